#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The examples of the bindings, smtplib's send.py and Nodemailer's send.js, against servers that misbehave: both must say the same.

usage: test_examples.py COMMAND..., such as "python3 send.py" or "node send.js". SMTPERR_LIBRARY names the library. send.js is
skipped where Node.js finds no koffi or no nodemailer (in NODE_PATH, say)."""
import os
import pathlib
import re
import socket
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "mailer"))
from test_mailer import HANGUP, RESET, SILENT, Server

COMMAND = []
LINE = re.compile(r"(?P<who>\S+): (?P<what>.+) \[(?P<category>\S+), (?P<said>.+), stage (?P<stage>\w+)\] (?P<why>.+)")


def send(server, *recipients, arguments=(), **environment):
    """The exit status, and what the example says about each recipient."""
    name = server if isinstance(server, str) else server.name
    done = subprocess.run([*COMMAND, *arguments, name, "me@example.org", *recipients], capture_output=True,
                          timeout=60, input=b"Subject: test\r\n\r\nHello\r\n", env={**os.environ, **environment})
    assert not done.stderr, done.stderr.decode()
    rows = [LINE.fullmatch(line) for line in done.stdout.decode().splitlines()]
    assert all(rows), done.stdout
    return done.returncode, {row["who"]: row for row in rows}


class Example(unittest.TestCase):
    def one(self, what, said, stage, status, recipients=("you@example.com",), arguments=(), environment={}, **replies):
        """All recipients fare the same."""
        server = Server(**replies)
        self.addCleanup(server.stop)
        found, rows = send(server, *recipients, arguments=arguments, **environment)
        self.assertEqual(server.faults, [])
        self.assertEqual(set(rows), set(recipients))
        for row in rows.values():
            self.assertIn(what, row["what"])
            self.assertEqual((row["said"], row["stage"]), (said, stage))
        self.assertEqual(found, status)
        return server

    def test_delivered(self):
        server = self.one("delivered", "250 2.0.0", "eod", 0)
        self.assertIn(b"Hello", server.texts[0])

    def test_each_recipient_has_his_own_answer(self):
        server = Server(RCPT=["250 ok", "550 5.1.1 no such user", "452 4.2.2 mailbox full"])
        self.addCleanup(server.stop)
        status, rows = send(server, "a@example.com", "b@example.com", "c@example.com")
        self.assertEqual(rows["a@example.com"]["what"], "delivered")
        self.assertEqual(rows["b@example.com"]["what"], "give up and tell the author, never mail this address again")
        self.assertIn("keep it queued, retry-later", rows["c@example.com"]["what"])
        self.assertEqual([row["said"] for row in rows.values()], ["250 2.0.0", "550 5.1.1", "452 4.2.2"])
        self.assertEqual(status, 75)

    def test_all_recipients_refused(self):
        self.one("never mail this address again", "550 5.1.1", "rcpt", 67, RCPT="550 5.1.1 no such user")

    def test_a_refusal_of_several_lines(self):
        self.one("never mail this address again", "550 5.1.1", "rcpt", 67, RCPT="550-5.1.1 no such\n550 5.1.1 user")

    def test_refused_at_rcpt_and_then_the_rest_at_data(self):
        server = Server(RCPT=["250 ok", "550 5.1.1 no such user"], DATA="451 4.3.0 later")
        self.addCleanup(server.stop)
        _, rows = send(server, "a@example.com", "b@example.com")
        self.assertEqual((rows["a@example.com"]["said"], rows["a@example.com"]["stage"]), ("451 4.3.0", "data"))
        self.assertEqual((rows["b@example.com"]["said"], rows["b@example.com"]["stage"]), ("550 5.1.1", "rcpt"))

    def test_sender_refused(self):
        self.one("give up", "550 5.7.1", "mail", 77, MAIL="550 5.7.1 sender denied")

    def test_text_refused_is_not_data_refused(self):
        self.one("give up", "554 5.7.1", "eod", 77, EOD="554 5.7.1 message looks like spam")

    def test_greeting_refused(self):
        self.one("retry-other-host", "554", "greeting", 75, GREETING="554 go away")

    def test_hung_up_before_the_greeting(self):
        server = Server(GREETING=HANGUP)
        self.addCleanup(server.stop)
        status, rows = send(server, "you@example.com", arguments=("--timeout", "2"))
        row = rows["you@example.com"]
        # Nodemailer 6 does not notice, and waits.
        self.assertIn(row["said"], ("closed-before-greeting", "greeting-timeout"))
        self.assertEqual((row["stage"], status), ("greeting", 75))

    def test_hung_up_in_mid_session(self):
        self.one("keep it queued", "lost-connection", "rcpt", 75, RCPT=HANGUP)

    def test_hung_up_after_the_dot_may_have_arrived(self):
        self.one("may have arrived", "lost-after-dot", "eod", 75, EOD=HANGUP)

    def test_421_to_the_second_recipient_is_for_all(self):
        server = Server(RCPT=["250 ok", ("421 4.3.2 shutting down", HANGUP)])
        self.addCleanup(server.stop)
        _, rows = send(server, "a@example.com", "b@example.com", "c@example.com")
        for row in rows.values():
            self.assertIn("keep it queued", row["what"])

    def test_a_bad_answer_to_quit_changes_nothing(self):
        self.one("delivered", "250 2.0.0", "eod", 0, QUIT=HANGUP)
        self.one("delivered", "250 2.0.0", "eod", 0, QUIT="500 what")

    def test_login_refused(self):
        self.one("tell our operator", "535 5.7.8", "auth", 75, arguments=("--user", "me"), environment={"SMTP_PASSWORD": "secret"},
                 EHLO="250-mx\n250 AUTH PLAIN", AUTH="535 5.7.8 Authentication failed")

    def test_starttls_refused(self):
        self.one("keep it queued", "454 4.7.0", "starttls", 75, arguments=("--starttls",), EHLO="250-mx\n250 STARTTLS",
                 STARTTLS="454 4.7.0 TLS not available")

    def test_no_reply_in_time(self):
        self.one("keep it queued", "command-timeout", "rcpt", 75, arguments=("--timeout", "5"), RCPT=SILENT)

    def test_nobody_listens(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            status, rows = send("127.0.0.1:%d" % closed.getsockname()[1], "you@example.com")
        self.assertEqual((status, rows["you@example.com"]["said"]), (75, "ECONNREFUSED"))

    def test_no_such_host(self):
        status, rows = send("mx.invalid:25", "you@example.com")
        self.assertEqual(status, 75)
        self.assertIn(rows["you@example.com"]["said"], ("EAI_NONAME", "EAI_AGAIN", "EAI_NODATA"))

    def test_reset(self):
        self.one("keep it queued", "ECONNRESET", "mail", 75, MAIL=RESET)

    def test_garbage(self):
        self.one("keep it queued", "garbage-reply", "mail", 75, MAIL="whatever")


if __name__ == "__main__":
    COMMAND, sys.argv = sys.argv[1:], sys.argv[:1]
    if COMMAND[-1].endswith(".js"):
        for package in ("koffi", "nodemailer"):
            if subprocess.run([COMMAND[0], "-e", f"require('{package}')"], capture_output=True).returncode != 0:
                print(f"skipped: {package} is not installed (npm install {package})")
                sys.exit(77)
    unittest.main()
