#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""examples/integrating/postfix-status.c (path in the environment variable POSTFIX_STATUS), asked as smtp(8) asks it."""

import os
import re
import subprocess
import unittest

import situations

PROGRAM = os.environ["POSTFIX_STATUS"]


def netstring(data):
    return b"%d:%s," % (len(data), data)


def ask(*keys):
    """The answers, without "OK"; None for NOTFOUND."""
    asked = b"".join(netstring(b"status " + key.encode()) for key in keys)
    done = subprocess.run([PROGRAM], input=asked, capture_output=True, timeout=60, check=True)
    answers, rest = [], done.stdout
    while rest:
        length, _, rest = rest.partition(b":")
        answer, rest = rest[: int(length)].decode(), rest[int(length) + 1 :]
        answers.append(answer.removeprefix("OK ") if answer.startswith("OK ") else None)
        if answers[-1] is None and answer != "NOTFOUND ":
            raise AssertionError(answer)
    return answers


def said(status, reply, command="RCPT TO"):
    """A reason in the form of Postfix's smtp_proto.c: the lines of the reply joined by blanks."""
    return f"{status} host mx.example.com[192.0.2.1] said: {reply} (in reply to {command} command)"


class Postfix(unittest.TestCase):
    def test_table(self):
        """The table of the page: what is deferred and what stays."""
        rows = []
        for reply, command, deferred in (
            ("550 5.7.1 Greylisted, try again in 300 seconds", "RCPT TO", "4.7.1"),
            ("554 5.7.1 Too many connections from your address, try again later", "MAIL FROM", "4"),
            ("550 5.4.5 Daily sending quota exceeded for this account", "MAIL FROM", "4"),
            ("530 5.7.0 Authentication required", "MAIL FROM", "4"),
            ("550-5.7.1 Greylisted 550 5.7.1 Please come back later", "RCPT TO", "4"),
            ("550 5.1.1 no such user", "RCPT TO", None),
            ("552 5.2.2 mailbox full", "RCPT TO", None),
            ("554 5.7.1 this message looks like spam", "end of DATA", None),
            ("503 5.5.1 RCPT first", "DATA", None),
            ("550 something", "RCPT TO", None),
        ):
            enhanced = re.match(r"\d{3}[ -](5\.\d+\.\d+)", reply)
            key = said(enhanced[1] if enhanced else "5.0.0", reply, command)
            answer = ask(key)[0]
            with self.subTest(reply):
                if deferred is None:
                    self.assertIsNone(answer)
                else:
                    self.assertTrue(answer.startswith(deferred), answer)
                    self.assertIn(key.split(" ", 1)[1], answer)
            shown = "stays" if answer is None else answer.split()[0] + ", " + answer.rsplit("(", 1)[1].rstrip(")")
            rows.append((f"`{reply}`", command, shown))
        situations.check_page("postfix.md", rows)

    def test_deferrals_and_what_postfix_finds_stay(self):
        for key in (
            said("4.7.1", "450 4.7.1 Greylisted"),
            "5.4.4 Host or domain name not found. Name service error for name=example.org type=A: Host not found",
            "5.4.6 mail for example.org loops back to myself",
            "5.1.1 unknown user: greylisted, try again later",
            "2.0.0 250 2.0.0 ok: queued as 4XyZ",
            "",
            "5.7.1",
        ):
            self.assertEqual(ask(key), [None], key)

    def test_many_questions_on_one_connection(self):
        grey, dead = said("5.7.1", "550 5.7.1 Greylisted"), said("5.1.1", "550 5.1.1 no such user")
        answers = ask(*[grey, dead] * 500)
        self.assertEqual([answer is None for answer in answers], [False, True] * 500)

    def test_long_and_broken_questions(self):
        self.assertTrue(ask(said("5.7.1", "550 5.7.1 Greylisted " + "x" * 99000))[0].startswith("4."))
        for broken in (b"5", b"5:", b"5:abc", b"5:abcdefg", b":,", b"x", b"100001:" + b"x" * 100001 + b","):
            done = subprocess.run([PROGRAM], input=broken, capture_output=True, timeout=60, check=False)
            expected = 0 if broken == b":," else 65
            self.assertEqual((done.returncode, done.stdout), (expected, b"9:NOTFOUND ," if not expected else b""), broken)


if __name__ == "__main__":
    unittest.main()
