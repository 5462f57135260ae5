#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""examples/integrating/curl-send.c (path in the environment variable CURL_SEND) in all situations but those of LMTP,
which libcurl does not speak; and for comparison what the curl command says, which is libcurl without us."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import situations

CURL_SEND = os.environ["CURL_SEND"]
MESSAGE = b"Subject: test\n\nHello\n.\n..two\nlast\n"
RESULT = re.compile(
    r"RESULT <(?P<rcpt>[^>]*)> (?P<fate>\w+) (?P<action>\S+) suppress=(?P<suppress>[01]) "
    r"outcome_unknown=(?P<unknown>[01]) (?P<category>\S+) status=(?P<status>[245]\.\d+\.\d+) stage=(?P<stage>\w+) : .+"
)


def run(arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with tempfile.TemporaryFile() as message:
        message.write(MESSAGE)
        message.seek(0)
        return subprocess.run(
            arguments, stdin=message, capture_output=True, env={**clean, **environment}, timeout=60, check=False
        )


def send(url, recipients, *options):
    """The results, and the exit status."""
    arguments = [CURL_SEND, "--timeout", "20", "--from", "me@example.org", *options]
    for recipient in recipients:
        arguments += ["--to", recipient]
    done = run([*arguments, url + "/client.example"], CURL_SEND_PASSWORD="secret")
    results = [RESULT.fullmatch(line) for line in done.stdout.decode().splitlines()]
    if None in results or [result["rcpt"] for result in results] != recipients:
        raise AssertionError(done)
    return results, done.returncode


def send_with_curl(url, recipients, *options):
    """What libcurl returns, and the last code it saw, which after a failed read (56) depends on what came together."""
    arguments = ["curl", "-s", "-m", "20", "-T", "-", "--crlf", "-w", "%{response_code}"]
    arguments += ["--mail-from", "me@example.org", "--mail-rcpt-allowfails", *options]
    for recipient in recipients:
        arguments += ["--mail-rcpt", recipient]
    done = run([*arguments, url + "/client.example"])
    return "56" if done.returncode == 56 else f"{done.returncode}, {int(done.stdout)}"


def recipients_of(situation):
    return [f"r{i}@example.com" for i in range(len(situation.fates))]


class Curl(unittest.TestCase):
    def with_server(self, situation, sender, *options):
        server = situations.Server(situation.script)
        try:
            return sender("smtp://" + server.name, recipients_of(situation), *options)
        finally:
            server.stop()
            self.assertEqual(server.faults, [])

    def send(self, situation):
        options = (["--user", "me"] if situation.auth else []) + (["--tls"] if situation.tls else [])
        return self.with_server(situation, send, *options)

    def test_situations(self):
        rows = []
        for situation in situations.SITUATIONS:
            if situation.lmtp:
                continue
            with self.subTest(situation.name):
                results, status = self.send(situation)
                fates = [result["fate"] + "?" * int(result["unknown"]) for result in results]
                self.assertEqual(tuple(fates), situation.fates, results[-1][0])
                self.assertEqual(status == 0, set(fates) == {"delivered"}, status)
                options = (["-u", "me:secret"] if situation.auth else []) + (["--ssl-reqd"] if situation.tls else [])
                alone = self.with_server(situation, send_with_curl, *options)
                last = results[-1]
                rows.append(
                    (situation.name, alone, ", ".join(fates), f"{last['action']}, {last['category']}, {last['stage']}")
                )
        version = run(["curl", "--version"]).stdout.decode().split()[1]
        page = (situations.ROOT / "docs/integrating/libcurl.md").read_text()
        situations.check_page("libcurl.md", rows, loose=() if f"| curl {version}:" in page else (1,))

    def test_the_message_arrives_as_it_is(self):
        server = situations.Server()
        send("smtp://" + server.name, ["a@example.com"])
        server.stop()
        self.assertEqual(server.texts, [b"Subject: test\r\n\r\nHello\r\n..\r\n...two\r\nlast\r\n"])

    def test_suppresses_a_dead_address_only(self):
        for reply, suppress in (("550 5.1.1 no such user", "1"), ("550 5.7.1 blocked by policy", "0")):
            results, status = self.send(situations.one("", "bounce", RCPT=reply))
            self.assertEqual(results[0]["suppress"], suppress)
            self.assertIn(status, (67, 69, 77))

    def test_connection_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        results, status = send(f"smtp://127.0.0.1:{port}", ["a@example.com"])
        self.assertEqual((results[0]["fate"], results[0]["stage"], status), ("retry", "connect", 75))

    def test_no_such_host(self):
        results, _ = send("smtp://no-such-host.invalid", ["a@example.com"])
        self.assertEqual((results[0]["fate"], results[0]["suppress"], results[0]["stage"]), ("retry", "0", "connect"))

    def test_starttls_is_a_must(self):
        results, _ = self.send(situations.one("", "retry", tls=True))
        self.assertEqual((results[0]["category"], results[0]["stage"]), ("tls", "starttls"))
        self.assertNotEqual(results[0]["fate"], "delivered")


if __name__ == "__main__":
    if shutil.which("curl") is None:
        print("skipped: there is no curl command to compare with")
        sys.exit(77)
    unittest.main()
