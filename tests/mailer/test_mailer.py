#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example mailer against servers that misbehave.

Each test starts one or more scripted servers on 127.0.0.1 and runs the mailer (path in the environment variable
SMTPERR_MAILER) with them as its hosts. A name says the rule: r74 is "rule 74" of the list in docs/mailer.md, h16 is a
hostile reply of that number, d5 a decision. Time limits are given to the mailer stage by stage, so only the stage that
is meant to run out has a short one; the servers never sleep.
"""

import json
import os
import re
import select
import socket
import struct
import subprocess
import threading
import unittest

MAILER = os.environ.get("SMTPERR_MAILER", "mailer")
PATIENCE = 20  # seconds, far more than anything takes: for a hang only

HANGUP = object()  # end the stream instead of a reply
RESET = object()  # the same with a reset
SILENT = object()  # say nothing until the client hangs up

MESSAGE = b"Subject: test\r\n\r\nHello\r\n.\r\n..two\r\nlast\r\n"


class Server:
    """Answers each command from a script: verb -> one reply or a list of them, the last of which repeats.

    A reply is a str (lines; CRLF is added), bytes (sent as they are), HANGUP, RESET, SILENT, a function of the
    connection, or a tuple of these in turn.
    Keys: GREETING, EHLO (LHLO too), HELO, AUTH, MAIL, RCPT, DATA, RSET, QUIT, EOD (after the dot; in LMTP one
    tuple with all replies), RESPONSE (a line that is no command, as after 334). Each connection is recorded.
    """

    STANDARD = {
        "GREETING": "220 mx.example ESMTP",
        "EHLO": "250 mx.example",
        "HELO": "250 mx.example",
        "AUTH": "235 2.7.0 welcome",
        "MAIL": "250 2.1.0 ok",
        "RCPT": "250 2.1.5 ok",
        "DATA": "354 go on",
        "EOD": "250 2.0.0 queued",
        "RSET": "250 ok",
        "QUIT": "221 bye",
        "RESPONSE": "500 what",
    }

    def __init__(self, script=None, together=False, connections=None, **replies):
        self.scripts = connections or [dict(replies, **(script or {}))]
        self.together = together  # first connection: all replies of a group in one write, once DATA was read
        self.commands = []  # a list for each connection
        self.texts = []  # what came between DATA and the dot, for each time
        self.faults = []
        self.ahead = []  # (connection, verb): bytes came behind this command before its reply
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.name = "127.0.0.1:%d" % self.port
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.thread.join(PATIENCE)

    def _run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            script = self.scripts[min(len(self.commands), len(self.scripts) - 1)]
            commands = []
            self.commands.append(commands)
            try:
                with connection:
                    connection.settimeout(PATIENCE)
                    self._talk(connection, dict(self.STANDARD, **script), commands)
            except (OSError, EOFError):
                pass
            except Exception as fault:  # pylint: disable=broad-except
                self.faults.append(repr(fault))

    def start_tls(self, connection, script):
        """After a 220 to STARTTLS; returns what takes their place."""
        return connection, script

    def _talk(self, connection, script, commands):
        buffer = b""
        held = []
        turns = {}

        def line():
            nonlocal buffer
            while b"\r\n" not in buffer:
                got = connection.recv(65536)
                if not got:
                    raise EOFError
                buffer += got
            one, buffer = buffer.split(b"\r\n", 1)
            return one

        def release():
            connection.sendall(b"".join(held))
            held.clear()

        def reply(what):
            if isinstance(what, tuple):
                for part in what:
                    reply(part)
            elif what in (HANGUP, SILENT, RESET):
                release()
                if what is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    raise EOFError
                if what is HANGUP:
                    connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
                raise EOFError
            elif callable(what):
                what(connection)
            elif isinstance(what, str):
                reply(what.replace("\n", "\r\n").encode() + b"\r\n")
            elif self.together and len(self.commands) == 1:
                held.append(what)
            else:
                connection.sendall(what)

        def answer(key):
            replies = script[key]
            if isinstance(replies, list):
                turn = turns.get(key, 0)
                turns[key] = turn + 1
                replies = replies[min(turn, len(replies) - 1)]
            reply(replies)
            return replies

        if select.select([connection], [], [], 0)[0]:
            self.faults.append("bytes before the greeting")
        answer("GREETING")
        release()
        while True:
            command = line()
            verb = command.split(b" ")[0].decode("latin-1").upper()
            key = {"LHLO": "EHLO"}.get(verb, verb)
            if key not in script:
                verb = key = "RESPONSE"
            commands.append(command.decode("latin-1"))
            if buffer:
                self.ahead.append((len(self.commands) - 1, verb))
                if verb not in ("MAIL", "RCPT", "RESPONSE"):
                    self.faults.append("bytes behind " + verb)
            said = answer(key)
            if verb == "STARTTLS" and first(said).startswith(b"220"):
                connection, script = self.start_tls(connection, script)
            if verb not in ("MAIL", "RCPT"):
                release()
            if verb == "DATA" and first(said).startswith(b"3"):
                text = []
                while True:
                    one = line()
                    if one == b".":
                        break
                    text.append(one + b"\r\n")
                self.texts.append(b"".join(text))
                answer("EOD")
                release()
            elif verb == "QUIT":
                return


def first(said):
    """The first bytes of what a script said."""
    while isinstance(said, tuple):
        said = said[0]
    if isinstance(said, str):
        return said.encode()
    return said if isinstance(said, bytes) else b""


class Result:
    def __init__(self, line):
        match = re.fullmatch(
            r"RESULT <(?P<rcpt>[^>]*)> (?P<fate>delivered|retry|bounce|hold) (?P<action>[a-z-]+) "
            r"suppress=(?P<suppress>[01]) outcome_unknown=(?P<unknown>[01]) (?P<category>[a-z0-9-]+) "
            r"status=(?P<status>[245]\.\d+\.\d+) stage=(?P<stage>[a-z]+) host=(?P<host>\S+) : (?P<why>.+)",
            line,
        )
        if match is None:
            raise AssertionError("no RESULT line: " + line)
        self.line = line
        for key, value in match.groupdict().items():
            setattr(self, key, value)


PIPELINING = "250-mx.example\n250 PIPELINING"


class MailerTest(unittest.TestCase):
    """Base: starts servers, runs the mailer, looks at what it says."""

    def setUp(self):
        self.servers = []
        self.addCleanup(self._stop)

    def _stop(self):
        for server in self.servers:
            server.stop()
        for server in self.servers:
            self.assertEqual(server.faults, [])

    def server(self, script=None, **keys):
        server = Server(script, **keys)
        self.servers.append(server)
        return server

    def mail(
        self, *servers, to=("a@example.com",), sender="me@example.org", message=MESSAGE, options=(), password=None
    ):
        """Runs the mailer; self.results, self.status, self.log (the dialogue)."""
        arguments = [MAILER, "--verbose", "--helo", "client.example", "--from", sender]
        for recipient in to:
            arguments += ["--to", recipient]
        arguments += options
        arguments += [server if isinstance(server, str) else server.name for server in servers]
        environment = dict(os.environ, LC_ALL="C")
        environment.pop("MAILER_PASSWORD", None)
        if password is not None:
            environment["MAILER_PASSWORD"] = password
        run = subprocess.run(
            arguments, input=message, capture_output=True, env=environment, timeout=PATIENCE * 2, check=False
        )
        self.status = run.returncode
        self.log = run.stderr.decode("latin-1")
        self.output = run.stdout.decode("latin-1")
        self.results = [Result(line) for line in self.output.splitlines()]
        self.assertEqual([r.rcpt for r in self.results], list(to), self.log)
        for result in self.results:
            # What holds for every answer: the DSN status has the class of the decision; only a bounce suppresses.
            self.assertEqual(result.status[0], {"delivered": "2", "bounce": "5"}.get(result.fate, "4"), result.line)
            if result.fate != "bounce":
                self.assertEqual(result.suppress, "0", result.line)
            if result.fate in ("delivered", "bounce"):
                self.assertEqual(result.unknown, "0", result.line)
        return self.results[0]

    def fates(self):
        return [result.fate for result in self.results]

    def expect(self, result, fate, **fields):
        self.assertEqual(result.fate, fate, result.line + "\n" + self.log)
        for key, value in fields.items():
            self.assertEqual(getattr(result, key), value, result.line + "\n" + self.log)

    def verbs(self, server, connection=0):
        return [command.split(" ")[0] for command in server.commands[connection]]


class Plain(MailerTest):
    """The mailer as such, with servers that behave."""

    def test_delivers(self):
        server = self.server()
        self.expect(self.mail(server), "delivered", action="proceed", category="ok", stage="eod", host=server.name)
        self.assertEqual(self.status, 0)
        self.assertEqual(self.verbs(server), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])

    def test_dots_are_doubled_and_line_ends_mended(self):
        server = self.server()
        self.mail(server, message=b".\n..x\r\nbare\rcr\r\n\nend")
        self.assertEqual(server.texts, [b"..\r\n...x\r\nbare\r\ncr\r\n\r\nend\r\n"])

    def test_empty_message(self):
        server = self.server()
        self.expect(self.mail(server, message=b""), "delivered")
        self.assertEqual(server.texts, [b""])

    def test_large_message_arrives_whole(self):
        server = self.server()
        message = b"".join(b"%06d .dots\r\n.%06d\r\n" % (i, i) for i in range(50000))
        self.expect(self.mail(server, message=message), "delivered")
        self.assertEqual(server.texts[0].replace(b"\r\n..", b"\r\n."), message)

    def test_message_file_and_usage(self):
        for arguments, status in (
            (["--from", "a@b"], 64),
            (["--from", "a@b", "--to", "x@y\r\nDATA", "127.0.0.1:1"], 64),
            (["--from", "a@b", "--to", "x>@y", "127.0.0.1:1"], 64),
            (["--from", "a@b", "--to", "x@y", "--user", "u", "127.0.0.1:1"], 64),
            (["--from", "a@b", "--to", "x@y", "--timeout", "nonsense=1", "127.0.0.1:1"], 64),
            (["--from", "a@b", "--to", "x@y", "--message", "/nonexistent", "127.0.0.1:1"], 66),
            (["--help"], 0),
        ):
            environment = {k: v for k, v in os.environ.items() if k != "MAILER_PASSWORD"}
            run = subprocess.run(
                [MAILER] + arguments, capture_output=True, env=environment, input=b"", timeout=PATIENCE, check=False
            )
            self.assertEqual(run.returncode, status, arguments)

    def test_json(self):
        """The whole verdict, a line for each recipient; quotes and backslashes are escaped."""
        server = self.server(RCPT=['550 5.1.1 no "such\\user" here', "250 ok"])
        arguments = [MAILER, "--json", "--helo", "client.example", "--from", "me@example.org", "--to", "a@x.example"]
        run = subprocess.run(
            arguments + ["--to", "b@x.example", server.name], input=MESSAGE, capture_output=True, check=False
        )
        refused, delivered = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual(refused["reply"], '550 5.1.1 no "such\\user" here')
        for key, value in dict(
            recipient="a@x.example", fate="bounce", host=server.name, code=550, enhanced="5.1.1", stage="rcpt",
            category="mailbox-unknown", retry=False, suppress=True, delay=0, retry_after=None, dsn_status="5.1.1",
            sysexit=67, provider=None, flags=[],
        ).items():  # fmt: skip
            self.assertEqual(refused[key], value, key)
        self.assertNotIn("failure", refused)
        self.assertEqual((delivered["fate"], delivered["code"], delivered["stage"]), ("delivered", 250, "eod"))
        self.assertEqual(set(refused), set(delivered))
        run = subprocess.run(arguments + ["127.0.0.1:1"], input=MESSAGE, capture_output=True, check=False)
        self.assertEqual(json.loads(run.stdout)["failure"], "ECONNREFUSED")

    def test_verbose_is_a_session(self):
        """Each line tells who spoke; neither the text nor control characters are shown, nor half a line as if it were one."""
        server = self.server(EHLO="250-mx.example\n250 SIZE 10", GREETING=b"220-a\x1b\r\n220\r\n")
        self.mail(server)
        self.assertEqual(
            self.log.splitlines(),
            ["--- " + server.name, "S: 220-a?", "S: 220", "C: EHLO client.example", "S: 250-mx.example", "S: 250 SIZE 10",
             "E: size-exceeded at mail", "C: QUIT", "S: 221 bye"],
        )  # fmt: skip
        server = self.server(GREETING=(b"220-half", HANGUP))
        self.mail(server)
        self.assertEqual(self.log.splitlines()[1:2], ["cut short: 220-half"])

    def test_size_parameter(self):
        server = self.server(EHLO="250-mx.example\n250 SIZE 1000000")
        self.expect(self.mail(server), "delivered")
        self.assertEqual(server.commands[0][1], "MAIL FROM:<me@example.org> SIZE=%d" % len(MESSAGE))

    def test_too_large_for_size_is_not_sent(self):
        server = self.server(EHLO="250-mx.example\n250 SIZE 10")
        self.expect(self.mail(server), "bounce", category="message-too-large", suppress="0", stage="mail")
        self.assertEqual(self.verbs(server), ["EHLO", "QUIT"])

    def test_8bit(self):
        server = self.server(EHLO="250-mx.example\n250 8BITMIME")
        self.expect(self.mail(server, message=b"\r\ncaf\xe9\r\n"), "delivered")
        self.assertEqual(server.commands[0][1], "MAIL FROM:<me@example.org> BODY=8BITMIME")

    def test_8bit_not_offered_is_not_sent(self):
        server = self.server()
        self.mail(server, message=b"\r\ncaf\xe9\r\n")
        self.assertEqual(self.verbs(server), ["EHLO", "QUIT"])
        self.assertNotEqual(self.fates(), ["delivered"])

    def test_nothing_before_the_greeting_r50(self):
        early = []

        def greet(connection):
            early.append(bool(select.select([connection], [], [], 0.1)[0]))
            connection.sendall(b"220 mx.example\r\n")

        self.expect(self.mail(self.server(GREETING=greet)), "delivered")
        self.assertEqual(early, [False])

    def test_exit_status_is_that_of_the_worst(self):
        server = self.server(RCPT=["250 ok", "450 4.2.1 later", "550 5.1.1 no such user"])
        self.mail(server, to=("a@x.example", "b@x.example", "c@x.example"))
        self.assertEqual(self.fates(), ["delivered", "retry", "bounce"])
        self.assertEqual(self.status, 67)
        self.mail(self.server(RCPT=["250 ok", "450 4.2.1 later"]), to=("a@x.example", "b@x.example"))
        self.assertEqual(self.status, 75)

    def test_empty_sender_r57(self):
        server = self.server(RCPT="550 5.1.1 no such user")
        self.expect(self.mail(server, sender=""), "bounce", suppress="1")
        self.assertIn("no report", self.results[0].why)
        self.assertEqual(server.commands[0][1], "MAIL FROM:<>")


class Connecting(MailerTest):
    def closed_port(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return "127.0.0.1:%d" % listener.getsockname()[1]

    def test_connection_refused_then_next_host_r30(self):
        server = self.server()
        self.expect(self.mail(self.closed_port(), server), "delivered", host=server.name)

    def test_connection_refused_everywhere(self):
        result = self.mail(self.closed_port(), self.closed_port())
        self.expect(result, "retry", category="network", stage="connect", status="4.4.1", suppress="0")
        self.assertEqual(self.status, 75)

    def test_host_name_does_not_exist_d8(self):
        """A missing host is not a missing recipient domain: it must not suppress."""
        result = self.mail("no-such-host.invalid:25")
        self.expect(result, "retry", suppress="0", stage="connect")

    def test_host_name_does_not_exist_then_next_host_r30(self):
        server = self.server()
        self.expect(self.mail("no-such-host.invalid:25", server), "delivered")

    def test_5yz_greeting_then_next_host_r29_r30(self):
        one, two = self.server(GREETING="554 no", EHLO="503 bad sequence", MAIL="503 bad"), self.server()
        self.expect(self.mail(one, two), "delivered", host=two.name)
        self.assertEqual(self.verbs(one), ["QUIT"])

    def test_5yz_greeting_everywhere_r29_r31(self):
        """The greeting is reported, not a 503 that follows; no suppression."""
        servers = [self.server(GREETING="554 5.7.1 not you", QUIT="503 bad sequence") for _ in range(2)]
        result = self.mail(*servers)
        self.expect(result, "retry", action="retry-other-host", stage="greeting", suppress="0", host=servers[1].name)
        self.assertIn("not you", result.why)

    def test_521_greeting_r44(self):
        one, two = self.server(GREETING="521 5.3.2 no mail here", QUIT="521 no"), self.server()
        self.expect(self.mail(one), "retry", action="retry-other-host", suppress="0")
        self.expect(self.mail(one, two), "delivered")

    def test_4yz_greeting_then_next_host_r30(self):
        for greeting in ("450 busy", "451 4.7.1 try later", "421 4.7.0 too many connections"):
            self.expect(self.mail(self.server(GREETING=greeting), self.server()), "delivered")

    def test_421_greeting_closes_r34(self):
        one = self.server(GREETING="421 4.3.2 shutting down")
        result = self.mail(one)
        self.expect(result, "retry", stage="greeting", category="server-unavailable")
        self.assertEqual(one.commands, [[]])

    def test_greeting_timeout(self):
        two = self.server()
        result = self.mail(self.server(GREETING=SILENT), two, options=["--timeout", "greeting=0.2"])
        self.assertIn("greeting-timeout", self.log)
        self.expect(result, "delivered", host=two.name)
        result = self.mail(self.server(GREETING=SILENT), options=["--timeout", "greeting=0.2"])
        self.expect(result, "retry", stage="greeting", category="network", unknown="0")

    def test_a_trickle_does_not_stretch_the_time_limit_r52(self):
        """The limit is for the reply, not for each byte of it."""

        def trickle(connection):
            connection.settimeout(0.02)
            while True:
                connection.sendall(b"22" if trickle.first else b"0-x\r\n22")
                trickle.first = False
                try:
                    if not connection.recv(1):
                        raise EOFError
                except socket.timeout:
                    pass

        trickle.first = True
        result = self.mail(self.server(GREETING=trickle), options=["--timeout", "greeting=0.3"])
        self.expect(result, "retry", stage="greeting", category="network")

    def test_closed_before_greeting(self):
        two = self.server()
        self.expect(self.mail(self.server(GREETING=HANGUP), two), "delivered", host=two.name)
        self.expect(self.mail(self.server(GREETING=HANGUP)), "retry", stage="greeting", category="network")

    def test_not_smtp_at_all_h10(self):
        for greeting in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"* OK IMAP4rev1\r\n", b"\x15\x03\x01\x00\x02\x02\x28"):
            result = self.mail(self.server(GREETING=greeting))
            self.expect(result, "retry", stage="greeting", category="protocol-error", suppress="0")

    def test_many_addresses_are_bounded_by_the_hosts_given(self):
        """A host that is always out of step is asked twice, then the next one."""
        one, two = self.server(MAIL="354 what"), self.server()
        self.expect(self.mail(one, two), "bounce", stage="mail", suppress="0")
        self.assertEqual(len(one.commands), 2)


class Hello(MailerTest):
    def test_ehlo_500_says_helo_r32(self):
        for refusal in ("500 what", "502 5.5.1 not implemented", "504 no"):
            server = self.server(EHLO=refusal)
            self.expect(self.mail(server), "delivered")
            self.assertEqual(self.verbs(server)[:2], ["EHLO", "HELO"])
            self.assertEqual(len(server.commands), 1)

    def test_ehlo_421_is_no_reason_for_helo_r34(self):
        one, two = self.server(EHLO="421 4.3.2 later"), self.server()
        self.expect(self.mail(one), "retry", stage="ehlo", category="server-unavailable")
        self.assertEqual(one.commands, [["EHLO client.example"]])
        self.expect(self.mail(one, two), "delivered", host=two.name)

    def test_ehlo_501_and_550_go_to_the_next_host_r32(self):
        for refusal in ("501 5.5.4 bad name", "550 not you", "554 5.7.1 go away"):
            one, two = self.server(EHLO=refusal), self.server()
            self.expect(self.mail(one, two), "delivered", host=two.name)
            self.assertEqual(self.verbs(one), ["EHLO", "QUIT"])
            self.expect(self.mail(one), "retry", stage="ehlo", suppress="0")

    def test_helo_refused_too(self):
        server = self.server(EHLO="502 no", HELO="502 no")
        self.expect(self.mail(server), "retry", stage="helo", suppress="0")
        self.assertEqual(self.verbs(server), ["EHLO", "HELO", "QUIT"])

    def test_nothing_behind_a_greeting_is_believed(self):
        server = self.server(GREETING=b"220 go\r\n250-x\r\n250 AUTH PLAIN\r\n")
        self.expect(self.mail(server), "retry", category="protocol-error", suppress="0")
        self.assertFalse(any(server.commands))

    def test_must_issue_starttls_is_no_bounce_r85_d5(self):
        server = self.server(MAIL="530 5.7.0 Must issue a STARTTLS command first")
        self.expect(self.mail(server, options=["--relay"]), "hold", stage="mail", suppress="0")

    def test_ehlo_lost_connection_then_next_host_r30(self):
        two = self.server()
        self.mail(self.server(EHLO=HANGUP), two)
        self.assertEqual(self.fates(), ["delivered"], self.log)

    def test_keywords_in_lower_case_r19(self):
        server = self.server(EHLO="250-mx.example\n250-x y z\n250-8bitmime\n250 pipelining", together=True)
        self.expect(self.mail(server), "delivered")


class Login(MailerTest):
    OFFER = "250-mx.example\n250 AUTH LOGIN PLAIN"
    SECRET = "pa55word"
    RESPONSE = "AG1lAHBhNTV3b3Jk"  # "\0me\0pa55word"

    def login(self, server, *more, **keys):
        options = ["--user", "me", "--cleartext-login"]
        result = self.mail(server, *more, options=options, password=self.SECRET, **keys)
        for shown in (self.log, self.output):
            self.assertNotIn(self.SECRET, shown)
            self.assertNotIn(self.RESPONSE, shown)
        return result

    def refused(self, server, fate, **fields):
        two = self.server(EHLO=self.OFFER) if fate == "hold" else None
        result = self.login(server, *([two] if two else []))
        self.expect(result, fate, suppress="0", **fields)
        for one in self.servers:
            for commands in one.commands:
                self.assertFalse([c for c in commands if c.startswith(("MAIL", "RCPT", "DATA"))], "sent without login")

    def test_login(self):
        server = self.server(EHLO=self.OFFER)
        self.expect(self.login(server), "delivered")
        self.assertEqual(server.commands[0][1], "AUTH PLAIN " + self.RESPONSE)

    def test_535_holds_and_is_not_tried_again_r89_r91_d5(self):
        server = self.server(EHLO=self.OFFER, AUTH="535 5.7.8 bad credentials")
        self.refused(server, "hold", action="hold", category="credentials", stage="auth")
        self.assertEqual(len(server.commands), 1)
        self.assertEqual(self.status, 75)

    def test_454_is_for_later_r89_d5(self):
        server = self.server(EHLO=self.OFFER, AUTH="454 4.7.0 temporary authentication failure")
        self.refused(server, "retry", stage="auth")

    def test_other_refusals_hold_r89(self):
        for refusal in ("534 5.7.9 too weak", "504 5.5.4 no", "501 5.5.2 no", "530 5.7.0 no", "550 5.1.1 user unknown"):
            self.refused(self.server(EHLO=self.OFFER, AUTH=refusal), "hold", stage="auth")

    def test_432_needs_a_change_r89(self):
        server = self.server(EHLO=self.OFFER, AUTH="432 4.7.12 a password transition is needed")
        self.refused(server, "hold", stage="auth")

    def test_a_forgotten_hyphen_is_no_second_login_h16(self):
        server = self.server(EHLO=self.OFFER, AUTH=b"535 a\r\n535 b\r\n")
        self.refused(server, "hold", stage="auth")
        self.assertEqual(len(server.commands), 1)

    def test_auth_not_offered(self):
        self.refused(self.server(), "hold", stage="auth", category="credentials")

    def test_no_mechanism_in_common(self):
        self.refused(self.server(EHLO="250-mx.example\n250 AUTH GSSAPI PLAINER"), "hold", stage="auth")

    def test_ehlo_500_is_no_reason_to_go_without_login_d3(self):
        self.refused(self.server(EHLO="500 what"), "retry", stage="ehlo")

    def test_challenge_is_not_shown_and_answered_once_r88(self):
        server = self.server(EHLO=self.OFFER, AUTH="334 Y2hhbGxlbmdl", RESPONSE="235 2.7.0 ok")
        self.expect(self.login(server), "delivered")
        self.assertNotIn("Y2hhbGxlbmdl", self.log + self.output)
        self.assertEqual(server.commands[0][2], self.RESPONSE)

    def test_endless_challenges_r90(self):
        server = self.server(EHLO=self.OFFER, AUTH="334 ", RESPONSE="334 ")
        self.login(server)
        self.assertNotIn("delivered", self.fates())
        self.assertEqual([self.verbs(server, i) for i in range(len(server.commands))],
                         [["EHLO", "AUTH", self.RESPONSE]] * len(server.commands))

    def test_long_challenge_r88(self):
        server = self.server(EHLO=self.OFFER, AUTH="334 " + "QUJD" * 2500, RESPONSE="235 ok")
        self.expect(self.login(server), "delivered")

    def test_lost_at_auth(self):
        self.refused(self.server(EHLO=self.OFFER, AUTH=HANGUP), "retry", stage="auth", category="network")

    def test_530_at_mail_of_a_relay_holds_d5(self):
        server = self.server(MAIL="530 5.7.0 Authentication required")
        self.expect(self.mail(server, options=["--relay"]), "hold", suppress="0")


class Replies(MailerTest):
    """How a reply is framed, in a whole session."""

    def test_byte_at_a_time_r16(self):
        def slowly(text):
            def send(connection):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in text.encode():
                    connection.sendall(bytes([byte]))

            return send

        server = self.server(
            GREETING=slowly("220-mx\r\n220 hello\r\n"),
            EHLO=slowly("250-mx\r\n250 SIZE\r\n"),
            MAIL=slowly("250 ok\r\n"),
            RCPT=slowly("550-5.1.1 no\r\n550 5.1.1 such user\r\n"),
        )
        self.expect(self.mail(server), "bounce", category="mailbox-unknown", stage="rcpt", suppress="1")

    def test_bare_codes_r7_h1(self):
        server = self.server(
            GREETING="220", EHLO="250", MAIL="250", RCPT="250 ", DATA="354", EOD="250-\n250", QUIT="221"
        )
        self.expect(self.mail(server), "delivered")
        self.expect(self.mail(self.server(RCPT="550")), "bounce", suppress="0", stage="rcpt")

    def test_bare_lf_h21(self):
        server = self.server(GREETING=b"220 a\n", EHLO=b"250-a\n250 SIZE\n", RCPT=b"250 a\n", EOD=b"250 a\n")
        self.expect(self.mail(server), "delivered")

    def test_nul_and_escapes_are_not_shown_h24_h25(self):
        server = self.server(RCPT=b"550 5.1.1 a\0b\x1b[2J\x07 no such user\r\n")
        result = self.mail(server)
        self.expect(result, "bounce", suppress="1")
        for shown in (self.output, self.log):
            self.assertFalse(re.search(r"[\0-\x08\x0b-\x1f\x7f]", shown), repr(shown))

    def test_mixed_codes_never_deliver_r8_h13(self):
        self.expect(self.mail(self.server(EOD="250-a\n550 b")), "retry", stage="eod", unknown="1")
        self.expect(self.mail(self.server(EOD="550-a\n250 b")), "retry", stage="eod", unknown="1")

    def test_mixed_codes_never_suppress_r8_h13(self):
        self.expect(self.mail(self.server(RCPT="250-5.1.1 a\n550 5.1.1 no such user")), "retry", suppress="0")
        self.mail(self.server(RCPT="551-5.1.1 a\n550 5.1.1 no such user"))
        self.assertEqual(self.results[0].suppress, "0")

    def test_endless_continuation_r14_h17(self):
        def endless(connection):
            block = b"250-x\r\n" * 1000
            try:
                while True:
                    connection.sendall(block)
            except OSError as end:
                raise EOFError from end

        two = self.server()
        result = self.mail(self.server(EHLO=endless), two)
        self.assertIn(result.fate, ("delivered", "retry"), result.line)
        result = self.mail(self.server(EHLO=endless))
        self.expect(result, "retry", stage="ehlo", category="protocol-error", suppress="0")

    def test_over_long_line_h18(self):
        result = self.mail(self.server(RCPT="550 5.1.1 " + "x" * 20000))
        self.expect(result, "retry", stage="rcpt", category="protocol-error", suppress="0")

    def test_long_line_within_the_limit_r13(self):
        self.expect(self.mail(self.server(RCPT="250 " + "x" * 10000, EOD="250 " + "y" * 5000)), "delivered")

    def test_1yz_and_6yz_are_no_replies_r3_h8(self):
        for reply in ("199 x", "600 x", "050 x", "101 x"):
            self.expect(self.mail(self.server(RCPT=reply)), "retry", category="protocol-error", suppress="0")

    def test_cut_reply_is_no_reply_r17_h2(self):
        for reply in (b"550 5.1.1 no such user", b"550-5.1.1 no\r\n", b"55"):
            result = self.mail(self.server(RCPT=(reply, HANGUP)))
            self.expect(result, "retry", stage="rcpt", suppress="0")
            self.assertEqual(self.log.count("E: lost-connection at rcpt\n"), 1)
            self.assertNotIn("S: 550 5.1.1", self.log)

    def test_cut_success_at_the_dot_is_none_r17(self):
        result = self.mail(self.server(EOD=(b"250 queued", HANGUP)))
        self.expect(result, "retry", stage="eod", unknown="1")

    def test_blank_line_before_a_reply_h11(self):
        self.expect(self.mail(self.server(RCPT=b"\r\n250 ok\r\n")), "delivered")


class Transaction(MailerTest):
    THREE = ("a@x.example", "b@x.example", "c@x.example")

    def test_250_after_the_dot_is_final_r38_r47(self):
        for end in ("500 what", "421 no", HANGUP, b"garbage\r\n", SILENT, b"250 a\r\n550 b\r\n"):
            server = self.server(QUIT=end)
            self.expect(self.mail(server, options=["--timeout", "quit=0.2"]), "delivered", stage="eod")
            self.assertEqual(self.status, 0)
            self.assertEqual(len(server.commands), 1)

    def test_hangup_after_250_r47(self):
        self.expect(self.mail(self.server(EOD=("250 ok", HANGUP))), "delivered")

    def test_421_after_the_dot_r39(self):
        server = self.server(EOD="421 4.3.0 no room")
        self.expect(self.mail(server), "retry", stage="eod", unknown="0")
        self.assertNotIn("QUIT", self.verbs(server))

    def test_4yz_after_the_dot_r39(self):
        self.expect(self.mail(self.server(EOD="451 4.3.0 later"), to=self.THREE), "retry", stage="eod", unknown="0")
        self.assertEqual(self.fates(), ["retry"] * 3)

    def test_5yz_after_the_dot_r39(self):
        server, two = self.server(EOD="554 5.6.0 no"), self.server()
        self.expect(self.mail(server, two, to=self.THREE), "bounce", stage="eod", suppress="0")
        self.assertEqual(self.fates(), ["bounce"] * 3)
        self.assertEqual(two.commands, [])

    def test_5yz_after_the_dot_blames_no_recipient_of_several_d8(self):
        self.mail(self.server(EOD="550 5.1.1 no such user"), to=self.THREE)
        self.assertEqual([r.suppress for r in self.results], ["0"] * 3)

    def test_4yz_at_rcpt_does_not_hold_up_the_others_r58(self):
        server = self.server(RCPT=["250 ok", "450 4.2.0 busy", "250 ok"])
        self.mail(server, to=self.THREE)
        self.assertEqual(self.fates(), ["delivered", "retry", "delivered"])
        self.assertEqual(self.results[1].stage, "rcpt")
        self.assertEqual(len(server.texts), 1)

    def test_dead_address_is_suppressed_alone(self):
        self.mail(self.server(RCPT=["250 ok", "550 5.1.1 no such user", "250 ok"]), to=self.THREE)
        self.assertEqual([r.suppress for r in self.results], ["0", "1", "0"])
        self.assertEqual(self.fates(), ["delivered", "bounce", "delivered"])

    def test_452_then_a_second_transaction_r40_r41(self):
        server = self.server(RCPT=["250 ok", "452 4.5.3 too many recipients", "250 ok"])
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.fates(), ["delivered", "delivered"])
        self.assertEqual(
            self.verbs(server), ["EHLO", "MAIL", "RCPT", "RCPT", "DATA", "MAIL", "RCPT", "DATA", "QUIT"]
        )

    def test_552_after_accepted_recipients_is_too_many_r40_r41(self):
        server = self.server(RCPT=["250 ok", "250 ok", "552 no more", "250 ok"])
        self.mail(server, to=self.THREE)
        self.assertEqual(self.fates(), ["delivered"] * 3)
        self.assertEqual(len(server.texts), 2)

    def test_552_alone_is_final_r40(self):
        self.expect(self.mail(self.server(RCPT="552 no")), "bounce", stage="rcpt", suppress="0")

    def test_552_after_accepted_then_refused_alone_r40(self):
        server = self.server(RCPT=["250 ok", "552 no more", "552 no more"])
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.fates(), ["delivered", "bounce"])
        self.assertEqual(self.results[1].suppress, "0")
        self.assertEqual(len(server.texts), 1)

    def test_552_quota_is_not_too_many_r40(self):
        server = self.server(RCPT=["250 ok", "552 5.2.2 over quota"])
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.fates(), ["delivered", "bounce"])
        self.assertEqual(self.results[1].category, "mailbox-full")

    def test_too_many_for_ever_ends_r41(self):
        for pipelining in ("250 mx.example", PIPELINING):
            server = self.server(EHLO=pipelining, RCPT="452 4.5.3 too many recipients", DATA="503 no recipients")
            self.mail(server, to=self.THREE)
            self.assertEqual(self.fates(), ["retry"] * 3)
            self.assertLess(sum(len(c) for c in server.commands), 40)

    def test_101_recipients_r41(self):
        server = self.server(RCPT=["250 ok"] * 40 + ["452 4.5.3 too many"] * 60 + ["250 ok"])
        to = tuple("u%d@x.example" % i for i in range(101))
        self.mail(server, to=to)
        self.assertEqual(self.fates(), ["delivered"] * 101)
        self.assertEqual(len(server.texts), 2)

    def test_all_refused_then_554_to_data_r42(self):
        server = self.server(EHLO=PIPELINING, RCPT="450 4.2.0 busy", DATA="554 no valid recipients", together=True)
        self.expect(self.mail(server), "retry", stage="rcpt", category="mailbox-busy")
        self.assertIn("450", self.results[0].why)

    def test_all_refused_then_503_to_data_r42(self):
        server = self.server(EHLO=PIPELINING, RCPT="550 5.1.1 no such user", DATA="503 no recipients", together=True)
        self.expect(self.mail(server), "bounce", stage="rcpt", suppress="1")

    def test_some_refused_keep_their_own_reply_when_data_is_refused_r42(self):
        server = self.server(RCPT=["550 5.1.1 no such user", "250 ok", "450 4.2.0 busy"], DATA="554 5.3.0 no")
        self.mail(server, to=self.THREE)
        self.assertEqual([r.stage for r in self.results], ["rcpt", "data", "rcpt"])
        self.assertEqual([r.suppress for r in self.results], ["1", "0", "0"])
        self.assertEqual(self.fates()[0], "bounce")
        self.assertEqual(self.fates()[2], "retry")

    def test_503_to_data_reconnects_once_then_bounces_r43(self):
        server = self.server(DATA="503 5.5.1 bad sequence")
        self.expect(self.mail(server), "bounce", stage="data", category="protocol-error", suppress="0")
        self.assertEqual(len(server.commands), 2)
        self.assertEqual(self.verbs(server)[-1], "DATA")

    def test_503_to_data_once_only_r43(self):
        server = self.server(connections=[{"DATA": "503 bad sequence"}, {}])
        self.expect(self.mail(server), "delivered")
        self.assertEqual(len(server.commands), 2)

    def test_250_to_data_sends_no_text_r24(self):
        server = self.server(DATA="250 ok")
        self.mail(server)
        self.assertNotIn("delivered", self.fates())
        self.assertEqual(server.texts, [])
        self.assertEqual([self.verbs(server, i)[:4] for i in range(2)], [["EHLO", "MAIL", "RCPT", "DATA"]] * 2)

    def test_354_to_rcpt_r23(self):
        server = self.server(RCPT="354 go on")
        self.mail(server)
        self.expect(self.results[0], "bounce", stage="rcpt", category="protocol-error", suppress="0")
        self.assertEqual(len(server.commands), 2)
        server = self.server(connections=[{"RCPT": "354 go on"}, {}])
        self.expect(self.mail(server), "delivered")

    def test_354_to_mail_r23(self):
        server = self.server(connections=[{"MAIL": "354 go on"}, {}])
        self.expect(self.mail(server), "delivered")

    def test_other_2yz_is_a_success_r4(self):
        self.expect(self.mail(self.server(MAIL="299 x", RCPT="251 will forward to <x@y>", EOD="259 z")), "delivered")

    def test_571_is_final_r5(self):
        self.expect(self.mail(self.server(RCPT="571 5.7.1 no")), "bounce", suppress="0")

    def test_mail_refused_is_the_reason_r49(self):
        server = self.server(MAIL="550 5.7.1 not this sender", RCPT="503 no MAIL", DATA="503 no MAIL")
        self.expect(self.mail(server, to=self.THREE), "bounce", stage="mail", suppress="0")
        self.assertEqual([r.stage for r in self.results], ["mail"] * 3)
        self.assertEqual(self.verbs(server), ["EHLO", "MAIL", "QUIT"])

    def test_mail_4yz_goes_to_the_next_host_or_waits(self):
        self.mail(self.server(MAIL="451 4.3.0 later"))
        self.expect(self.results[0], "retry", stage="mail")

    def test_421_at_every_command_r25_r34(self):
        for key, stage in (("EHLO", "ehlo"), ("MAIL", "mail"), ("RCPT", "rcpt"), ("DATA", "data"), ("EOD", "eod")):
            server = self.server({key: "421 4.3.2 closing"})
            self.expect(self.mail(server), "retry", stage=stage, suppress="0", unknown="0")
            for connection in range(len(server.commands)):
                self.assertNotIn("QUIT", self.verbs(server, connection))

    def test_lost_at_every_command_r36(self):
        for key, stage in (("EHLO", "ehlo"), ("MAIL", "mail"), ("RCPT", "rcpt"), ("DATA", "data")):
            result = self.mail(self.server({key: HANGUP}))
            self.expect(result, "retry", stage=stage, category="network", status="4.4.2", unknown="0")

    def test_reset_at_every_command_r36(self):
        for key, stage in (("EHLO", "ehlo"), ("MAIL", "mail"), ("RCPT", "rcpt"), ("DATA", "data"), ("EOD", "eod")):
            result = self.mail(self.server({key: RESET}))
            self.expect(result, "retry", stage=stage, category="network", unknown=str(int(key == "EOD")))

    def test_timeout_at_every_command_r36(self):
        for key, stage in (("EHLO", "ehlo"), ("MAIL", "mail"), ("RCPT", "rcpt"), ("DATA", "data")):
            server = self.server({key: SILENT})
            result = self.mail(server, options=["--timeout", stage + "=0.2"])
            self.expect(result, "retry", stage=stage, category="network", unknown="0")

    def test_lost_after_the_dot_r37_d9(self):
        server, two = self.server(EOD=HANGUP), self.server()
        self.expect(self.mail(server, two, to=self.THREE), "retry", stage="eod", unknown="1", suppress="0")
        self.assertEqual([r.unknown for r in self.results], ["1"] * 3)
        self.assertEqual(two.commands, [], "another host now would be a duplicate")

    def test_timeout_after_the_dot_r37_d9(self):
        result = self.mail(self.server(EOD=SILENT), options=["--timeout", "eod=0.2"])
        self.expect(result, "retry", stage="eod", unknown="1")

    def test_garbage_after_the_dot_r37_r80(self):
        """The 221 that comes next must not become the reply to the dot."""
        result = self.mail(self.server(EOD=b"garbage\r\n221 bye\r\n"))
        self.expect(result, "retry", stage="eod", unknown="1", suppress="0")

    def test_3yz_after_the_dot_d9(self):
        self.expect(self.mail(self.server(EOD="354 go on")), "retry", stage="eod", unknown="1")

    def test_421_in_the_second_transaction_only_hits_it_r34(self):
        server = self.server(
            RCPT=["250 ok", "452 4.5.3 too many", "250 ok"], MAIL=["250 ok", "421 4.3.2 closing"]
        )
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.fates(), ["delivered", "retry"])
        self.assertEqual(self.results[1].stage, "mail")

    def test_421_unasked_between_transactions_r34(self):
        server = self.server(
            RCPT=["250 ok", "452 4.5.3 too many", "250 ok"], EOD=(b"250 ok\r\n421 4.3.2 closing\r\n", HANGUP)
        )
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.fates()[0], "delivered")
        self.assertLessEqual(len(server.commands), 2)

    def test_rset_refused_means_a_new_connection_r48(self):
        for reply in ("421 closing", "500 what", "554 no", "220 odd", HANGUP):
            first_time = {"RCPT": ["250 ok", "452 4.5.3 too many"], "DATA": "451 4.3.0 later", "RSET": reply}
            server = self.server(connections=[first_time, {}])
            self.mail(server, to=("a@x.example", "b@x.example"))
            self.assertEqual(self.results[1].fate, "delivered", self.log)
            self.assertEqual(len(server.commands), 2)
            self.assertEqual(self.verbs(server)[-1], "RSET")

    def test_rset_between_transactions_r48(self):
        server = self.server(
            RCPT=["250 ok", "452 4.5.3 too many", "250 ok"], DATA=["451 4.7.1 greylisted", "354 go"]
        )
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.results[1].fate, "delivered")
        self.assertIn("RSET", self.verbs(server))

    def test_two_replies_to_rset_r79(self):
        first_time = {"RCPT": ["250 ok", "452 4.5.3 too many"], "DATA": "451 4.3.0 later"}
        first_time["RSET"] = b"250 a\r\n250 b\r\n"
        server = self.server(connections=[first_time, {}])
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.verbs(server)[-1], "RSET")
        self.assertEqual(self.results[1].fate, "delivered")

    def test_two_replies_to_rcpt_r79_h16(self):
        server = self.server(RCPT=b"550 5.1.1 a\r\n250 ok\r\n")
        self.expect(self.mail(server), "retry", category="protocol-error", suppress="0")
        self.assertEqual(len(server.commands), 2)

    def test_success_that_came_before_the_text_r79(self):
        """A 250 that stands behind the 354 cannot be about the message."""
        server = self.server(DATA=b"354 go on\r\n250 queued\r\n", EOD=HANGUP)
        self.mail(server)
        self.assertNotIn("delivered", self.fates())
        self.assertEqual(server.texts, [])

    def test_success_while_the_text_is_sent_r79(self):
        """Nor can a 250 that comes before the dot."""

        def early(connection):
            connection.sendall(b"354 go on\r\n")
            connection.recv(1000)
            connection.sendall(b"250 queued\r\n")
            while connection.recv(65536):
                pass
            raise EOFError

        result = self.mail(self.server(DATA=early), message=(b"y" * 70 + b"\r\n") * 100000)
        self.expect(result, "retry", category="protocol-error", suppress="0")

    def test_two_replies_to_the_dot_r79(self):
        self.expect(self.mail(self.server(EOD=b"554 no\r\n250 queued\r\n")), "retry", stage="eod", unknown="1")
        self.expect(self.mail(self.server(EOD=b"250 queued\r\n554 no\r\n")), "delivered")

    def test_refusal_while_the_text_is_sent_r34(self):
        """The server refuses in the middle of the text and reads no further: its words are reported."""

        def refuse(connection):
            connection.sendall(b"354 go on\r\n")
            connection.recv(1000)
            connection.sendall(b"552 5.3.4 too big for us\r\n")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
            raise EOFError

        result = self.mail(self.server(DATA=refuse), message=b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 100000)
        self.expect(result, "bounce", category="message-too-large", suppress="0")
        self.assertIn(result.stage, ("body", "eod"))

    def test_421_while_the_text_is_sent_r34(self):
        def close(connection):
            connection.sendall(b"354 go on\r\n")
            connection.recv(1000)
            connection.sendall(b"421 4.3.2 closing\r\n")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
            raise EOFError

        result = self.mail(self.server(DATA=close), message=(b"y" * 70 + b"\r\n") * 100000)
        self.expect(result, "retry", suppress="0")

    def test_server_stops_reading_the_text(self):
        def stall(connection):
            connection.sendall(b"354 go on\r\n")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stop.wait(PATIENCE)
            raise EOFError

        stop = threading.Event()
        try:
            result = self.mail(
                self.server(DATA=stall), message=(b"y" * 70 + b"\r\n") * 200000, options=["--timeout", "body=0.3"]
            )
        finally:
            stop.set()
        self.expect(result, "retry", stage="body", category="network", unknown="0")


class Pipelining(MailerTest):
    THREE = Transaction.THREE

    def test_one_write_five_replies_in_one_read_r74(self):
        """The server answers nothing before it has DATA: whoever waits in between hangs."""
        server = self.server(EHLO=PIPELINING, together=True)
        self.mail(server, to=self.THREE)
        self.assertEqual(self.fates(), ["delivered"] * 3)
        self.assertEqual(self.verbs(server), ["EHLO", "MAIL", "RCPT", "RCPT", "RCPT", "DATA", "QUIT"])

    def test_not_offered_not_used_r50(self):
        waits = []

        def mail(connection):
            waits.append(bool(select.select([connection], [], [], 0.1)[0]))
            connection.sendall(b"250 ok\r\n")

        server = self.server(MAIL=mail)
        self.mail(server, to=self.THREE)
        self.assertEqual((waits, server.ahead, self.fates()), ([False], [], ["delivered"] * 3))

    def test_replies_are_matched_by_counting_r74_r75(self):
        server = self.server(
            EHLO=PIPELINING,
            RCPT=["250 rcpt c ok", "550-5.1.1 no\n550 5.1.1 such user", "250-250 a\n250-550 b\n250 ok"],
            together=True,
        )
        self.mail(server, to=self.THREE)
        self.assertEqual(self.fates(), ["delivered", "bounce", "delivered"])
        self.assertEqual([r.suppress for r in self.results], ["0", "1", "0"])

    def test_lone_dot_when_nobody_was_accepted_r76(self):
        server = self.server(EHLO=PIPELINING, RCPT="550 5.1.1 no such user", EOD="554 no recipients", together=True)
        self.expect(self.mail(server, to=self.THREE), "bounce", stage="rcpt", suppress="1")
        self.assertEqual(server.texts, [b""])
        self.assertEqual(self.verbs(server)[-1], "QUIT")

    def test_lone_dot_that_is_accepted_delivers_nothing_r76(self):
        server = self.server(EHLO=PIPELINING, RCPT="550 5.1.1 no such user", EOD="250 queued", together=True)
        self.expect(self.mail(server), "bounce", stage="rcpt", suppress="1")

    def test_lone_dot_without_reply_r76(self):
        for end in (HANGUP, SILENT):
            server = self.server(EHLO=PIPELINING, RCPT="450 4.2.0 busy", EOD=end, together=True)
            result = self.mail(server, options=["--timeout", "eod=0.2"])
            self.expect(result, "retry", stage="rcpt", unknown="0")

    def test_mail_refused_r77(self):
        server = self.server(
            EHLO=PIPELINING, MAIL="550 5.7.1 no", RCPT="503 no MAIL", DATA="503 no MAIL", together=True
        )
        self.expect(self.mail(server, to=self.THREE), "bounce", stage="mail", suppress="0")
        self.assertEqual([r.stage for r in self.results], ["mail"] * 3)
        self.assertEqual(self.verbs(server)[-1], "QUIT")

    def test_mail_refused_yet_354_r76_r77(self):
        server = self.server(EHLO=PIPELINING, MAIL="550 5.7.1 no", together=True)
        self.expect(self.mail(server), "bounce", stage="mail", suppress="0")
        self.assertEqual(server.texts, [b""])

    def test_nothing_behind_the_last_of_a_group_r78(self):
        """The servers of all tests watch for bytes behind EHLO, AUTH, DATA, RSET and QUIT; here for longer."""
        early = []

        def data(connection):
            early.append(bool(select.select([connection], [], [], 0.1)[0]))
            connection.sendall(b"354 go on\r\n")

        def ehlo(connection):
            early.append(bool(select.select([connection], [], [], 0.1)[0]))
            connection.sendall(b"250-mx\r\n250 PIPELINING\r\n")

        def greedy(connection):
            data(connection)
            raise EOFError

        self.mail(self.server(EHLO=ehlo, DATA=greedy))
        self.assertEqual(set(early), {False})

    def test_one_reply_too_many_r79(self):
        """Nobody knows which of them was the wrong one: no recipient is refused by them."""
        server = self.server(EHLO=PIPELINING, RCPT=[b"550 5.1.1 x\r\n550 5.1.1 y\r\n", "250 ok"], together=True)
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertNotIn("delivered", self.fates()[:1])
        self.assertEqual([r.suppress for r in self.results], ["0", "0"])
        self.assertEqual(server.texts, [])

    def test_one_refusal_too_many_r79(self):
        first_time = {"EHLO": PIPELINING, "RCPT": [b"550 5.1.1 a\r\n550 5.1.1 a\r\n", "550 5.1.1 b"], "DATA": "554 no"}
        server = self.server(connections=[first_time, {}], together=True)
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.fates(), ["delivered"] * 2)

    def test_one_reply_too_many_that_hides_r79(self):
        """The reply that is left over comes later, but a 250 to DATA gives it away."""

        def data(connection):
            connection.sendall(b"250 c\r\n")
            while connection.recv(65536):
                pass
            raise EOFError

        first_time = {"EHLO": PIPELINING, "RCPT": ["550 5.1.1 a", "550 5.1.1 a again"], "DATA": data}
        server = self.server(connections=[first_time, {}])
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.fates(), ["delivered"] * 2)

    def test_out_of_step_then_one_by_one_r79(self):
        behind = []

        def mail(connection):
            behind.append(bool(select.select([connection], [], [], 0.1)[0]))
            connection.sendall(b"250 ok\r\n")

        first_time = {"EHLO": PIPELINING, "RCPT": b"250 a\r\n250 b\r\n"}
        server = self.server(connections=[first_time, {"EHLO": PIPELINING, "MAIL": mail}])
        self.expect(self.mail(server), "delivered")
        self.assertEqual(self.verbs(server, 1), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
        self.assertEqual((behind, server.ahead), ([False], [(0, "MAIL"), (0, "RCPT")]))

    def test_garbage_line_in_the_middle_of_a_group_r80_h9(self):
        first_time = {"EHLO": PIPELINING, "RCPT": ["550 5.1.1 no such user", b"garbage\r\n250 ok\r\n", "250 ok"]}
        server = self.server(connections=[first_time, {"RCPT": b"garbage\r\n250 ok\r\n"}], together=True)
        self.mail(server, to=self.THREE)
        self.assertEqual(self.fates(), ["bounce", "retry", "retry"])
        self.assertEqual([r.suppress for r in self.results], ["1", "0", "0"])
        self.assertEqual(server.texts, [])

    def test_421_in_the_middle_of_a_group_r81(self):
        server = self.server(
            EHLO=PIPELINING, RCPT=["250 ok", (b"421 4.3.2 closing\r\n", HANGUP)], together=True
        )
        self.mail(server, to=self.THREE)
        self.assertEqual(self.fates(), ["retry"] * 3)
        self.assertEqual([r.stage for r in self.results], ["rcpt"] * 3)
        self.assertIn("closing", self.results[2].why)

    def test_refused_before_a_421_stays_refused_r81(self):
        server = self.server(
            EHLO=PIPELINING, RCPT=["550 5.1.1 no such user", (b"421 4.3.2 closing\r\n", HANGUP)], together=True
        )
        self.mail(server, to=self.THREE)
        self.assertEqual(self.fates(), ["bounce", "retry", "retry"])

    def test_hangup_in_the_middle_of_a_group_r36(self):
        server = self.server(EHLO=PIPELINING, RCPT=["250 ok", HANGUP], together=True)
        self.mail(server, to=self.THREE)
        self.assertEqual(self.fates(), ["retry"] * 3)
        self.assertEqual({r.status for r in self.results}, {"4.4.2"})

    def test_mail_refused_and_closed_at_once(self):
        server = self.server(EHLO=PIPELINING, MAIL=(b"550 5.7.1 go away\r\n", HANGUP))
        self.mail(server, to=tuple("u%d@x.example" % i for i in range(60)))
        for result in self.results:
            self.assertIn(result.fate, ("bounce", "retry"))
            self.assertEqual(result.suppress, "0")

    def test_replies_while_a_large_group_is_sent(self):
        """Long replies to a long group: both sides must not wait for each other."""
        to = tuple("%s%d@x.example" % ("r" * 200, i) for i in range(100))
        server = self.server(EHLO=PIPELINING, RCPT="250 " + "o" * 2000)
        self.mail(server, to=to)
        self.assertEqual(self.fates(), ["delivered"] * 100)

    def test_mixed_codes_in_a_group_r8_r75(self):
        server = self.server(EHLO=PIPELINING, RCPT=["250-a\n550 5.1.1 b", "250 ok"], together=True)
        self.mail(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.results[0].fate, "retry")
        self.assertEqual(self.results[0].suppress, "0")


class Lmtp(MailerTest):
    THREE = Transaction.THREE

    def lmtp(self, server, **keys):
        return self.mail(server, options=["--lmtp"] + keys.pop("options", []), **keys)

    def test_mixed_results_r92(self):
        server = self.server(
            EHLO=PIPELINING,
            RCPT=["250 ok", "550 5.1.1 no such user", "250 ok"],
            EOD=("250 2.0.0 kept", "452 4.2.2 full"),
            together=True,
        )
        self.lmtp(server, to=self.THREE)
        self.assertEqual(self.fates(), ["delivered", "bounce", "retry"])
        self.assertEqual([r.stage for r in self.results], ["eod", "rcpt", "eod"])
        self.assertEqual(self.results[2].category, "mailbox-full")
        self.assertEqual(self.verbs(server)[0], "LHLO")

    def test_dead_mailbox_at_the_dot_is_suppressed_alone_d8(self):
        server = self.server(EOD=("250 kept", "550 5.1.1 no such user", "250 kept"))
        self.lmtp(server, to=self.THREE)
        self.assertEqual(self.fates(), ["delivered", "bounce", "delivered"])
        self.assertEqual([r.suppress for r in self.results], ["0", "1", "0"])

    def test_the_same_address_twice_has_two_replies_r92(self):
        server = self.server(EOD=("250 kept", "452 4.2.2 full"))
        self.lmtp(server, to=("a@x.example", "a@x.example"))
        self.assertEqual(self.fates(), ["delivered", "retry"])

    def test_lost_between_the_replies_r92_d9(self):
        server = self.server(EOD=("250 kept", HANGUP))
        self.lmtp(server, to=self.THREE)
        self.assertEqual(self.fates(), ["delivered", "retry", "retry"])
        self.assertEqual([r.unknown for r in self.results], ["0", "1", "1"])

    def test_421_between_the_replies_r34_r92(self):
        server = self.server(EOD=("250 kept", "421 4.3.2 closing", HANGUP))
        self.lmtp(server, to=self.THREE)
        self.assertEqual(self.fates(), ["delivered", "retry", "retry"])
        self.assertEqual(self.results[2].unknown, "1")

    def test_a_reply_too_many_r79_r92(self):
        server = self.server(EOD=("250 kept", "250 kept", "250 kept"))
        self.lmtp(server, to=("a@x.example", "b@x.example"))
        self.assertEqual(self.fates(), ["delivered", "delivered"])
        self.assertNotIn("QUIT", self.verbs(server))

    def test_nobody_accepted_r93(self):
        server = self.server(EHLO=PIPELINING, RCPT="450 4.2.0 busy", DATA="503 no recipients", together=True)
        self.expect(self.lmtp(server, to=self.THREE), "retry", stage="rcpt")

    def test_lhlo_500_is_no_reason_for_helo_r94_d3(self):
        server = self.server(EHLO="500 what")
        self.lmtp(server)
        self.assertNotIn("HELO", self.verbs(server))
        self.assertNotIn("delivered", self.fates())


if __name__ == "__main__":
    unittest.main()
