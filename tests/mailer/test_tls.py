#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example mailer and TLS: servers that start it, refuse it, break it, and attackers in between.

As test_mailer.py, with a mailer that has TLS (SMTPERR_MAILER). The certificates are made for each run, by openssl(1).
"""

import os
import pathlib
import queue
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest
import warnings

import test_mailer
from test_mailer import HANGUP, MESSAGE, PATIENCE, RESET, SILENT, MailerTest, Server

OFFER = "250-mx.example\n250 STARTTLS"
GO = "220 2.0.0 go"
CA_SETTINGS = """
[ca]
default_ca = ours
[ours]
database = {0}/index
serial = {0}/serial
new_certs_dir = {0}
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


def goodbye(connection):
    """TLS ends in order, and nothing follows."""
    try:
        connection.unwrap()
    except OSError:
        pass
    raise EOFError


def wait(connection):
    while connection.recv(65536):
        pass


class Certificates:
    """Those of one issuer, and one that is its own."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        (self.directory / "index").write_text("")
        (self.directory / "serial").write_text("01\n")
        (self.directory / "settings").write_text(CA_SETTINGS.format(directory))
        self.issuer = self.make("issuer", "DNS:issuer.example", "-x509", "-days", "2")
        self.good = self.sign("good", "DNS:localhost,IP:127.0.0.1", 1)
        self.expired = self.sign("expired", "DNS:localhost,IP:127.0.0.1", -1)
        self.other_name = self.sign("other-name", "DNS:mx.example,IP:127.0.0.2", 1)
        self.own = self.make("own", "DNS:localhost,IP:127.0.0.1", "-x509", "-days", "2")

    def path(self, name):
        return str(self.directory / (name + ".pem"))

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=PATIENCE)

    def make(self, name, names, *how):
        self.openssl("req", *how, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-batch",
                     "-subj", "/CN=" + name, "-addext", "subjectAltName=" + names,
                     "-keyout", self.path(name + "-key"), "-out", self.path(name))
        return self.path(name), self.path(name + "-key")

    def sign(self, name, names, days):
        """Valid from ten days ago until days from now."""
        def when(day):
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + day * 86400))

        self.make(name, names)
        self.openssl("ca", "-batch", "-notext", "-config", str(self.directory / "settings"), "-cert", self.issuer[0],
                     "-keyfile", self.issuer[1], "-startdate", when(-10), "-enddate", when(days),
                     "-in", self.path(name), "-out", self.path(name + "-signed"))
        return self.path(name + "-signed"), self.path(name + "-key")


CERTIFICATES = None


def setUpModule():  # pylint: disable=invalid-name
    global CERTIFICATES  # pylint: disable=global-statement
    directory = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
    unittest.addModuleCleanup(directory.cleanup)
    CERTIFICATES = Certificates(directory.name)
    os.environ["SSL_CERT_FILE"] = CERTIFICATES.issuer[0]


class TlsServer(Server):
    """After 220 to STARTTLS, or at once if implicit, TLS with the certificate of that name, and from then on the replies
    in inside. settle(settings) may change the server's settings; handshake(connection) takes the place of TLS."""

    STANDARD = dict(Server.STANDARD, EHLO=OFFER, STARTTLS=GO)

    def __init__(self, *arguments, certificate="good", inside=None, settle=None, handshake=None, implicit=False, **keys):
        self.settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.settings.load_cert_chain(*getattr(CERTIFICATES, certificate))
        self.settings.sni_callback = lambda _, name, __: self.names.append(name)
        if settle is not None:
            settle(self.settings)
        self.inside = dict({"EHLO": "250 mx.example", "STARTTLS": "503 it is on"}, **(inside or {}))
        self.handshake = handshake
        self.implicit = implicit
        self.names = []  # what each client asked for
        self.versions = []  # of each handshake that succeeded
        self.secured = None
        super().__init__(*arguments, **keys)

    def start_tls(self, connection, script):
        if self.handshake is not None:
            self.handshake(connection)
            raise EOFError
        self.secured = self.settings.wrap_socket(
            connection, server_side=True, suppress_ragged_eofs=False, do_handshake_on_connect=False
        )
        try:
            self.secured.do_handshake()
        except ssl.SSLError:
            # Reads on, so that no reset overtakes the alert.
            self.secured.shutdown(socket.SHUT_WR)
            wait(self.secured)
            raise
        self.versions.append(self.secured.version())
        return self.secured, dict(script, **self.inside)

    def _talk(self, connection, script, commands):
        try:
            if self.implicit:
                connection, script = self.start_tls(connection, script)[0], script
            super()._talk(connection, script, commands)
        finally:
            if self.secured is not None:
                self.secured.close()


class TlsTest(MailerTest):
    def tls(self, *arguments, **keys):
        server = TlsServer(*arguments, **keys)
        self.servers.append(server)
        return server

    def mail(self, *servers, mode=None, options=(), **keys):  # pylint: disable=arguments-differ
        self.before = {server: len(server.commands) for server in self.servers}
        return super().mail(*servers, options=list(options) + (["--tls", mode] if mode else []), **keys)

    def said(self, *verbs):
        """The commands with these verbs that the last run sent to any server."""
        return [command for server, before in self.before.items() for commands in server.commands[before:]
                for command in commands if command.split(" ")[0] in verbs]

    def expect_in_clear(self, server, *first):
        """Delivered there on a second connection that did not ask for TLS."""
        self.expect(self.results[0], "delivered", host=server.name)
        self.assertEqual([self.verbs(server, i) for i in range(len(server.commands))],
                         [list(first), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]], self.log)
        self.assertEqual(server.versions, [])

    def expect_kept(self, **fields):
        self.expect(self.results[0], "retry", suppress="0", unknown="0", **fields)
        self.assertEqual(self.said("MAIL", "RCPT", "DATA", "AUTH"), [])


class Modes(TlsTest):
    def test_optional_is_what_is_meant_and_ehlo_is_said_again_r82_r83(self):
        for options in ([], ["--tls", "optional"], ["--tls", "required"]):
            server = self.tls()
            self.expect(self.mail(server, options=options), "delivered")
            self.assertEqual(self.verbs(server), ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
            self.assertEqual(server.versions, ["TLSv1.3"])
            self.assertEqual(server.texts, [MESSAGE.replace(b"\r\n.", b"\r\n..")])
            self.assertEqual(len(server.commands), 1)

    def test_none(self):
        server = self.tls()
        self.expect(self.mail(server, mode="none"), "delivered")
        self.assertEqual(self.said("STARTTLS"), [])

    def test_keyword_in_lower_case_r19(self):
        server = self.tls(EHLO="250-mx.example\n250 starttls")
        self.expect(self.mail(server), "delivered")
        self.assertEqual(len(server.versions), 1)

    def test_tls_1_2_is_enough(self):
        server = self.tls(settle=lambda settings: setattr(settings, "maximum_version", ssl.TLSVersion.TLSv1_2))
        self.expect(self.mail(server, mode="verified"), "delivered")
        self.assertEqual(server.versions, ["TLSv1.2"])

    def test_tls_1_1_is_not(self):
        def settle(settings):
            settings.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python would rather not
                settings.minimum_version = ssl.TLSVersion.TLSv1_1
                settings.maximum_version = ssl.TLSVersion.TLSv1_1

        lenient = CERTIFICATES.directory / "lenient"  # so that the mailer refuses, not the system's settings for it
        lenient.write_text("openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n"
                           "[c]\nMinProtocol=TLSv1\nCipherString=ALL:@SECLEVEL=0\n")
        os.environ["OPENSSL_CONF"] = str(lenient)
        self.addCleanup(os.environ.pop, "OPENSSL_CONF")
        server = self.tls(settle=settle)
        self.mail(server, mode="required")
        self.expect_kept(stage="tls", category="tls")
        self.mail(server)
        self.expect(self.results[0], "delivered")
        self.assertEqual(server.versions, [])

    def test_whoever_answers_will_do_unless_verified(self):
        for mode in ("optional", "required"):
            for certificate in ("own", "expired", "other_name"):
                server = self.tls(certificate=certificate)
                self.expect(self.mail(server, mode=mode), "delivered")
                self.assertEqual(len(server.versions), 1)

    def test_name_that_is_asked_for(self):
        server = self.tls()
        self.expect(self.mail("localhost:%d" % server.port, mode="verified"), "delivered")
        self.expect(self.mail(server, mode="verified"), "delivered")
        self.assertEqual(server.names, ["localhost", None])  # no address in SNI

    def test_certificate_refused(self):
        for certificate, name, words in (
            ("expired", "X509_V_ERR_CERT_HAS_EXPIRED", "no longer valid"),
            ("other_name", "X509_V_ERR_HOSTNAME_MISMATCH", "name"),
            ("own", "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", "nobody else vouches"),
        ):
            bad, good = self.tls(certificate=certificate), self.tls()
            self.mail("localhost:%d" % bad.port, mode="verified")
            self.expect_kept(stage="tls", category="tls", action="retry-other-host", status="4.7.5")
            self.assertIn(name + " (", self.results[0].why)
            self.assertIn(words, self.results[0].why)
            self.assertEqual(self.verbs(bad), ["EHLO", "STARTTLS"])
            self.assertEqual(self.status, 75)
            self.expect(self.mail(bad, good, mode="verified"), "delivered", host=good.name)
            self.assertEqual(len(bad.commands), 2)

    def test_wrong_address_in_the_certificate(self):
        """OpenSSL has a number of its own for that, which the library need not know."""
        self.mail(self.tls(certificate="other_name"), mode="verified")
        self.expect_kept(stage="tls", category="tls")
        self.assertIn("IP address mismatch", self.results[0].why)

    def test_unknown_issuer(self):
        os.environ["SSL_CERT_FILE"] = CERTIFICATES.own[0]
        self.addCleanup(os.environ.__setitem__, "SSL_CERT_FILE", CERTIFICATES.issuer[0])
        self.mail(self.tls(), mode="verified")
        self.expect_kept(stage="tls", category="tls")
        self.assertIn("X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY", self.results[0].why)

    def test_usage(self):
        for options in (["--tls", "perhaps"], ["--tls", ""], ["--tls", "none", "--implicit-tls"],
                        ["--tls", "none", "--user", "me"]):
            run = subprocess.run(
                [test_mailer.MAILER, "--from", "a@b", "--to", "x@y", *options, "127.0.0.1:1"], capture_output=True,
                env=dict(os.environ, MAILER_PASSWORD="x"), input=b"", timeout=PATIENCE, check=False)
            self.assertEqual(run.returncode, 64, options)


class Forgetting(TlsTest):
    def test_extensions_of_before_are_forgotten_r83(self):
        server = self.tls(EHLO=OFFER.replace("250 ", "250-") + "\n250-SIZE 1000\n250-8BITMIME\n250 PIPELINING")
        self.expect(self.mail(server), "delivered")
        self.assertEqual(server.commands[0][3:5], ["MAIL FROM:<me@example.org>", "RCPT TO:<a@example.com>"])
        self.assertEqual(server.ahead, [])

    def test_helo_inside_has_no_extensions_of_before_r83(self):
        server = self.tls(EHLO=OFFER.replace("250 ", "250-") + "\n250 SIZE 1000", inside={"EHLO": "500 what"})
        self.expect(self.mail(server), "delivered")
        self.assertEqual(server.commands[0][2:5],
                         ["EHLO client.example", "HELO client.example", "MAIL FROM:<me@example.org>"])

    def test_what_is_offered_inside_counts_r83(self):
        server = self.tls(EHLO=OFFER.replace("250 ", "250-") + "\n250 SIZE 5", inside={"EHLO": "250-mx\n250 SIZE 1000"})
        self.expect(self.mail(server), "delivered")
        self.assertEqual(server.commands[0][3], "MAIL FROM:<me@example.org> SIZE=%d" % len(MESSAGE))

    def test_login_offered_before_tls_only_is_not_used_r83(self):
        server = self.tls(EHLO=OFFER.replace("250 ", "250-") + "\n250 AUTH PLAIN")
        self.expect(self.mail(server, options=["--user", "me"], password="pa55"), "hold", stage="auth")
        self.assertEqual(len(server.versions), 1)
        self.assertEqual(self.said("AUTH", "MAIL"), [])

    def test_starttls_offered_inside_too_is_not_taken(self):
        server = self.tls(inside={"EHLO": OFFER})
        self.expect(self.mail(server), "delivered")
        self.assertEqual(len(self.said("STARTTLS")), 1)


class Injection(TlsTest):
    """Bytes in the clear behind the 220, from somebody in between (CVE-2011-0411, CVE-2021-22947, CVE-2021-38371)."""

    def refused(self, reply, options=()):
        for mode in ("optional", "required", "verified"):
            begun = queue.Queue()
            bad, good = self.tls(STARTTLS=reply, handshake=lambda c, begun=begun: begun.put(c.recv(1))), self.tls()
            self.mail(bad, mode=mode, options=options)
            self.expect_kept(stage="starttls", category="tls", action="retry-other-host", status="4.7.0")
            self.assertIn("starttls-injection", self.results[0].why)
            self.assertEqual(self.verbs(bad), ["EHLO", "STARTTLS"])
            self.assertEqual(len(bad.commands), 1, "tried again, perhaps in the clear")
            self.assertEqual(begun.get(timeout=PATIENCE), b"", "a handshake was begun")
            self.expect(self.mail(bad, good, mode=mode, options=options), "delivered", host=good.name)

    def test_a_reply_behind_the_220_r84_h14(self):
        self.refused(b"220 go\r\n250-x\r\n250 AUTH PLAIN\r\n")

    def test_a_fragment_behind_the_220_h15(self):
        self.refused(b"220 go\r\n25")
        self.refused(b"220 go\r\n\r\n")

    def test_replies_to_the_whole_session_behind_the_220_h14(self):
        """With them the mail would be taken for delivered and never get to the server."""
        self.refused(b"220 go\r\n250 x\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n")
        self.refused(b"220-go\r\n220 go\r\n250 x\r\n")

    def test_login_is_not_lured_out_h14(self):
        bad = self.tls(STARTTLS=b"220 go\r\n250-x\r\n250 AUTH PLAIN\r\n334 \r\n", handshake=lambda c: c.recv(1))
        for options in ([], ["--tls", "optional"], ["--tls", "required"], ["--cleartext-login"]):
            self.mail(bad, options=["--user", "me"] + options, password="pa55")
            self.expect_kept(stage="starttls")

    def test_in_two_pieces(self):
        """It depends on timing whether the second comes before we begin. It is never believed."""
        def apart(connection):
            connection.sendall(b"220 go\r\n")
            connection.sendall(b"250-x\r\n250 AUTH PLAIN\r\n")

        self.mail(self.tls(STARTTLS=(GO[:0].encode(), apart), handshake=lambda c: c.recv(1)), mode="required")
        self.expect_kept(category="tls")

    def test_in_the_middle_of_the_handshake(self):
        def handshake(connection):
            connection.recv(65536)
            connection.sendall(b"250-mx.example\r\n250 AUTH PLAIN\r\n")
            while connection.recv(65536):
                pass

        self.mail(self.tls(), self.tls(handshake=handshake, STARTTLS=[b"220 go\r\n"]), mode="required")
        self.expect(self.results[0], "delivered")
        self.mail(self.tls(handshake=handshake, STARTTLS=b"220 go\r\n"), mode="required")
        self.expect(self.results[0], "retry", stage="tls", category="tls")


class Stripping(TlsTest):
    """Somebody in between, or an old server: no STARTTLS in the reply to EHLO."""

    def test_optional_goes_on_in_the_clear(self):
        self.expect(self.mail(self.tls(EHLO="250 mx.example")), "delivered")
        self.assertEqual(self.said("STARTTLS"), [])

    def test_a_must_stays_one(self):
        for mode in ("required", "verified"):
            server = self.tls(EHLO="250-mx.example\n250 XTARTTLS")
            self.mail(server, mode=mode)
            self.expect_kept(stage="ehlo", category="tls", action="retry-other-host", status="4.7.4")
            self.assertIn("starttls-not-offered", self.results[0].why)
            self.assertEqual(self.verbs(server), ["EHLO", "QUIT"])
            self.expect(self.mail(server, self.tls(), mode=mode), "delivered")

    def test_ehlo_refused_is_no_way_round_either(self):
        server = self.tls(EHLO="502 what")
        self.mail(server, mode="required")
        self.expect_kept(stage="ehlo")
        self.assertEqual(self.said("HELO"), [])

    def test_no_login_in_the_clear(self):
        offer = "250-mx.example\n250 AUTH PLAIN"
        for options in ([], ["--tls", "optional"], ["--tls", "required"], ["--tls", "verified", "--cleartext-login"]):
            self.mail(self.tls(EHLO=offer), options=["--user", "me"] + options, password="pa55")
            self.expect_kept(stage="ehlo", category="tls")

    def test_login_in_the_clear_only_when_told_so(self):
        for options in (["--cleartext-login"], ["--cleartext-login", "--tls", "none"]):
            server = self.tls(EHLO="250-mx.example\n250 AUTH PLAIN")
            self.expect(self.mail(server, options=["--user", "me"] + options, password="pa55"), "delivered")
            self.assertEqual(len(self.said("AUTH")), 1)


class Login(TlsTest):
    INSIDE = {"EHLO": "250-mx.example\n250 AUTH PLAIN"}

    def test_inside_of_tls_and_never_shown(self):
        server = self.tls(inside=self.INSIDE)
        self.mail(server, options=["--user", "me"], password="pa55word")
        self.expect(self.results[0], "delivered")
        self.assertEqual(self.verbs(server)[:4], ["EHLO", "STARTTLS", "EHLO", "AUTH"])
        self.assertNotIn("pa55word", self.log + self.output)
        self.assertNotIn("AG1lAHBhNTV3b3Jk", self.log + self.output)

    def test_only_a_server_that_shows_who_it_is_gets_the_password(self):
        for certificate in ("own", "expired"):
            self.mail(self.tls(inside=self.INSIDE, certificate=certificate), options=["--user", "me"], password="x")
            self.expect_kept(stage="tls", category="tls")

    def test_tls_that_fails_is_never_left_out(self):
        """The library does not say so with a login, not even with one that may go in the clear."""
        offer = OFFER.replace("250 ", "250-") + "\n250 AUTH PLAIN"
        for options in ([], ["--tls", "optional"], ["--cleartext-login"]):
            for keys in ({"STARTTLS": "454 4.7.0 not now"}, {"handshake": lambda connection: connection.recv(1)}):
                server = self.tls(EHLO=offer, **keys)
                self.mail(server, options=["--user", "me"] + options, password="pa55")
                self.expect_kept(category="tls", action="retry-other-host")
                self.assertEqual(len(server.commands), 1)


class Refused(TlsTest):
    """What a server can say to STARTTLS but 220."""

    NO = ("454 4.7.0 TLS not available", "450 no", "502 5.5.1 what", "500 what", "550 5.7.1 no", "454-a\n454 b")

    def test_optional_is_done_without_r82(self):
        for reply in self.NO:
            server = self.tls(STARTTLS=reply)
            self.mail(server)
            self.expect_in_clear(server, "EHLO", "STARTTLS", "QUIT")

    def test_required_is_tried_at_the_next_host_r82(self):
        for reply in self.NO:
            server = self.tls(STARTTLS=reply)
            self.mail(server, mode="required")
            self.expect_kept(stage="starttls", action="retry-other-host", host=server.name)
            self.assertEqual(self.verbs(server), ["EHLO", "STARTTLS", "QUIT"])
            self.expect(self.mail(server, self.tls(), mode="required"), "delivered")
            self.assertEqual(len(server.commands), 2)

    def test_refused_in_the_clear_as_well(self):
        """Without TLS only once, and what it brings is what counts."""
        server = self.tls(connections=[{"STARTTLS": "454 no"}, {"MAIL": "530 5.7.0 Must issue a STARTTLS command first"}])
        self.expect(self.mail(server), "hold", stage="mail", category="tls")
        self.assertEqual(len(server.commands), 2)
        server = self.tls(GREETING="440 TLS not available")
        self.expect(self.mail(server), "retry", stage="greeting", category="tls")
        self.assertEqual(len(server.commands), 2)

    def test_another_success_is_no_go_ahead(self):
        for reply in ("250 ok", "250 2.0.0 go ahead", "220-go\n250 ahead"):
            begun = queue.Queue()
            server = self.tls(STARTTLS=(reply, lambda connection, begun=begun: begun.put(connection.recv(1))))
            self.mail(server, mode="required")
            self.expect_kept(stage="starttls")
            self.assertEqual(begun.get(timeout=PATIENCE), b"", "a handshake was begun")
        server = self.tls(STARTTLS="250 ok")
        self.expect(self.mail(server), "delivered", host=server.name)
        self.assertEqual([commands[1].split()[0] for commands in server.commands], ["STARTTLS", "STARTTLS", "MAIL"])

    def test_out_of_step(self):
        """Once more on a new connection, then without TLS or, where it is a must, the next host."""
        for reply in ("501 no argument", "503 bad sequence", "334 ", "221 bye", b"garbage\r\n", b"\x16\x03\x03\0\1\0"):
            for mode in ("optional", "required"):
                server, good = self.tls(STARTTLS=reply), self.tls()
                clear = mode == "optional"
                self.expect(self.mail(server, good, mode=mode), "delivered", host=(server if clear else good).name)
                self.assertEqual(len(server.commands), 3 if clear else 2, reply)
                self.assertEqual(len(server.texts), 1 if clear else 0)

    def test_lost(self):
        for reply in (HANGUP, RESET, "421 4.3.2 closing", (b"220 go", HANGUP), (b"220-go\r\n", HANGUP)):
            server, good = self.tls(STARTTLS=reply), self.tls()
            self.mail(server)
            self.expect_kept(stage="starttls")
            self.expect(self.mail(server, good), "delivered", host=good.name)

    def test_nothing(self):
        for reply in (SILENT, (b"22", SILENT)):
            server, good = self.tls(STARTTLS=reply), self.tls()
            self.mail(server, options=["--timeout", "starttls=0.2"])
            self.expect_kept(stage="starttls", category="network", action="retry-other-host")
            self.expect(self.mail(server, good, options=["--timeout", "starttls=0.2"]), "delivered", host=good.name)


def after_hello(*actions):
    """Reads the client's first message, then does these."""
    def handshake(connection):
        connection.recv(65536)
        for action in actions:
            if callable(action):
                action(connection)
            else:
                connection.sendall(action)

    return handshake


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def trickle(connection):
    """A record that never ends: its head, then a byte at a time."""
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
    connection.settimeout(0.01)
    while True:
        connection.sendall(b"\0")
        try:
            if not connection.recv(1):
                return
        except socket.timeout:
            pass


class Handshake(TlsTest):
    BROKEN = [
        ("tls-unexpected-eof", after_hello()),
        ("tls-unexpected-eof", after_hello(b"\x16\x03\x03\x00\x40\x02")),
        ("alert-handshake-failure (", after_hello(b"\x15\x03\x03\x00\x02\x02\x28", wait)),
        ("alert-unrecognized-name (", after_hello(b"\x15\x03\x03\x00\x02\x02\x70", wait)),
        ("alert-internal-error (", after_hello(b"\x15\x03\x03\x00\x02\x02\x50", wait)),
        ("tls-failed", after_hello(b"\x15\x03\x03\x00\x02\x02\xff", wait)),
        ("t", after_hello(b"554 5.7.0 no TLS for you\r\n", wait)),
    ]

    def test_optional_is_done_without(self):
        for name, handshake in self.BROKEN + [("tls-unexpected-eof", after_hello(reset))]:
            server = self.tls(handshake=handshake)
            self.mail(server)
            self.assertIn("E: " + name.rstrip(" ("), self.log)
            self.expect_in_clear(server, "EHLO", "STARTTLS")

    def test_required_is_tried_at_the_next_host(self):
        for name, handshake in self.BROKEN:
            server, good = self.tls(handshake=handshake), self.tls()
            self.mail(server, mode="required")
            self.expect_kept(stage="tls", category="tls", action="retry-other-host", status="4.7.5")
            self.assertIn("[" + name, self.results[0].why)
            self.expect(self.mail(server, good, mode="required"), "delivered", host=good.name)
            self.assertEqual(len(server.commands), 2)

    def test_time_limit(self):
        for handshake in (wait, after_hello(b"\x16\x03\x03\x00\x40\x02", wait), after_hello(trickle)):
            server = self.tls(handshake=handshake)
            self.mail(server, mode="required", options=["--timeout", "tls=0.3"])
            self.expect_kept(stage="tls", category="tls")
            self.assertIn("tls-handshake-timeout", self.results[0].why)
        server = self.tls(handshake=wait)
        self.mail(server, options=["--timeout", "tls=0.2"])
        self.expect_in_clear(server, "EHLO", "STARTTLS")

    def test_refused_after_the_handshake(self):
        """A server that wants a certificate of ours says so only after TLS 1.3 is on for us: at EHLO."""
        def settle(settings):
            settings.verify_mode = ssl.CERT_REQUIRED
            settings.load_verify_locations(CERTIFICATES.issuer[0])

        server = self.tls(settle=settle)
        self.mail(server)
        self.expect_in_clear(server, "EHLO", "STARTTLS")
        server = self.tls(settle=settle)
        self.mail(server, mode="required")
        self.expect_kept(stage="ehlo", category="tls", action="retry-other-host")
        self.assertIn("alert-certificate-required", self.results[0].why)

    def test_not_content_with_tls_r85(self):
        """RFC 3207 4.1: 554 to all but QUIT."""
        server = self.tls(inside={"EHLO": "554 5.7.10 encryption needed: TLS is too weak"})
        self.mail(server, mode="required")
        self.expect(self.results[0], "hold", stage="ehlo", category="tls")
        self.assertEqual(self.verbs(server), ["EHLO", "STARTTLS", "EHLO", "QUIT"])


class Inside(TlsTest):
    """What else happens to a session does so inside of TLS too."""

    def test_lost_in_mid_reply_without_an_ending_of_tls(self):
        server, good = self.tls(inside={"EHLO": (b"250-mx.example\r\n250 SI", HANGUP)}), self.tls()
        self.expect(self.mail(server), "retry", stage="ehlo", unknown="0")
        self.expect(self.mail(server, good), "delivered", host=good.name)
        self.assertEqual(server.texts, [])
        for end in (HANGUP, RESET, goodbye):
            for reply in (b"250 o", b"25", b""):
                self.expect(self.mail(self.tls(inside={"RCPT": (reply, end)})), "retry", stage="rcpt", unknown="0")

    def test_lost_after_the_dot_r37(self):
        for end in (HANGUP, RESET, goodbye):
            for reply in (b"", b"2", b"250 ok", b"250-ok\r\n", b"550-no\r\n"):
                two = self.tls()
                self.expect(self.mail(self.tls(inside={"EOD": (reply, end)}), two), "retry", stage="eod", unknown="1")
                self.assertEqual(two.commands, [])

    def test_time_limit_after_the_dot_r37(self):
        server = self.tls(inside={"EOD": (b"250 o", SILENT)})
        result = self.mail(server, options=["--timeout", "eod=0.2"])
        self.expect(result, "retry", stage="eod", unknown="1")

    def test_damaged_after_the_dot_r37(self):
        def damage(connection):
            raw = socket.socket(fileno=os.dup(connection.fileno()))
            with raw:
                raw.sendall(b"\x17\x03\x03\x00\x20" + b"250 queued, says somebody else\r\n")
                wait(raw)

        result = self.mail(self.tls(inside={"EOD": damage}))
        self.expect(result, "retry", stage="eod", unknown="1", category="tls")

    def test_a_whole_reply_counts_however_it_ends(self):
        for end in (HANGUP, RESET, goodbye):
            self.expect(self.mail(self.tls(inside={"EOD": (b"250 ok\r\n", end)})), "delivered")
            self.expect(self.mail(self.tls(inside={"RCPT": (b"550 5.1.1 no such user\r\n", end)})), "bounce")

    def test_in_the_clear_after_tls_is_on(self):
        """A reply from somebody who does not have the keys."""
        def forge(connection):
            with socket.socket(fileno=os.dup(connection.fileno())) as raw:
                raw.sendall(b"250 ok\r\n")
                wait(raw)

        self.expect(self.mail(self.tls(inside={"RCPT": forge})), "retry", stage="rcpt", category="tls")

    def test_a_trickle_does_not_stretch_the_time_limit_r52(self):
        def slowly(connection):
            connection.settimeout(0.01)
            while True:
                connection.sendall(b"250-x\r\n")
                try:
                    if not connection.recv(1):
                        raise EOFError
                except socket.timeout:
                    pass

        result = self.mail(self.tls(inside={"MAIL": slowly}), options=["--timeout", "mail=0.3"])
        self.expect(result, "retry", stage="mail", category="network")


class Implicit(TlsTest):
    """TLS from the first byte (RFC 8314 3.3)."""

    def test_no_starttls(self):
        server = self.tls(implicit=True, EHLO=OFFER)
        self.expect(self.mail("localhost:%d" % server.port, options=["--implicit-tls"], mode="verified"), "delivered")
        self.assertEqual(self.verbs(server), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
        self.assertEqual(server.names, ["localhost"])

    def test_never_without(self):
        for handshake in (after_hello(b"220 mx.example\r\n", wait), after_hello()):
            server = self.tls(implicit=True, handshake=handshake)
            self.mail(server, options=["--implicit-tls"])
            self.expect_kept(stage="tls", category="tls", action="retry-other-host")
            self.assertEqual(server.commands, [[]])

    def test_verified(self):
        server = self.tls(implicit=True, certificate="own")
        self.mail(server, options=["--implicit-tls"], mode="verified")
        self.expect_kept(stage="tls", category="tls")


class OverTls(TlsTest):
    """The tests of the dialogue once more, every byte of it over TLS."""

    def server(self, script=None, **keys):
        return self.tls(script, implicit=True, **dict({"EHLO": "250 mx.example"}, **keys))

    def mail(self, *servers, options=(), **keys):  # pylint: disable=arguments-differ
        return super().mail(*servers, options=["--implicit-tls", *options], **keys)


class RepliesOverTls(OverTls, test_mailer.Replies):
    pass


class TransactionOverTls(OverTls, test_mailer.Transaction):
    pass


class PipeliningOverTls(OverTls, test_mailer.Pipelining):
    pass


class LmtpOverTls(OverTls, test_mailer.Lmtp):
    pass


if __name__ == "__main__":
    unittest.main()
