#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example mailer as built without OpenSSL (SMTPERR_MAILER): it says so, and never sends what must go over TLS."""

import subprocess
import unittest

import test_mailer
from test_mailer import MailerTest

OFFER = "250-mx.example\n250-STARTTLS\n250 AUTH PLAIN"


class NoTls(MailerTest):
    def test_an_offer_is_passed_over(self):
        for options in ([], ["--tls", "none"]):
            server = self.server(EHLO=OFFER)
            self.expect(self.mail(server, options=options), "delivered")
            self.assertEqual(self.verbs(server), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
            self.assertNotIn("TLS (", self.log)

    def test_optional_is_done_without_and_it_says_so(self):
        server = self.server(EHLO=OFFER)
        self.expect(self.mail(server, options=["--tls", "optional"]), "delivered")
        self.assertIn("built without TLS", self.log)

    def test_a_must_is_refused_before_anything_is_sent(self):
        for options in (["--tls", "required"], ["--tls", "verified"], ["--implicit-tls"], ["--user", "me"],
                        ["--user", "me", "--tls", "optional"]):
            server = self.server(EHLO=OFFER)
            run = self.run_mailer(server, options)
            self.assertEqual((run.returncode, run.stdout), (69, b""), options)
            self.assertIn(b"built without TLS", run.stderr)
            self.assertEqual(server.commands, [])

    def run_mailer(self, server, options):
        return subprocess.run(
            [test_mailer.MAILER, "--from", "a@b", "--to", "x@y", *options, server.name],
            capture_output=True, input=b"", env={"MAILER_PASSWORD": "x"}, timeout=test_mailer.PATIENCE, check=False)

    def test_login_in_the_clear_when_told_so(self):
        server = self.server(EHLO=OFFER)
        self.mail(server, options=["--user", "me", "--cleartext-login"], password="pa55")
        self.expect(self.results[0], "delivered")


if __name__ == "__main__":
    unittest.main()
