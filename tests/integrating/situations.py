# SPDX-License-Identifier: MIT
"""What servers do, in one table for all programs that take the library in, and what becomes of a program there.

A situation is a script for the server of tests/mailer/test_mailer.py and, for each recipient, what a good mailer makes
of it: delivered, retry, hold, bounce; "retry?" if the message may have been taken all the same. Programs that keep a
message whole, or know no "hold", say so in their own test.
"""

import itertools
import os
import pathlib
import re
import sys
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/mailer"))
from test_mailer import HANGUP, Server  # pylint: disable=wrong-import-position,unused-import

AUTH = "250-mx.example\n250 AUTH PLAIN LOGIN"
STARTTLS = "250-mx.example\n250 STARTTLS"


class Situation(typing.NamedTuple):
    name: str
    fates: tuple  # for each recipient
    script: dict
    auth: bool = False
    tls: bool = False
    lmtp: bool = False


def one(name, fate, auth=False, tls=False, lmtp=False, **script):
    return Situation(name, tuple(fate.split()), script, auth, tls, lmtp)


SITUATIONS = [
    one("all is well", "delivered"),
    # before MAIL
    one("greeting 554", "retry", GREETING=("554 5.7.1 mx.example no service here", HANGUP)),
    one("greeting 421", "retry", GREETING=("421 4.3.2 too busy", HANGUP)),
    one("no greeting, hangs up", "retry", GREETING=HANGUP),
    one("EHLO 502, HELO 250", "delivered", EHLO="502 5.5.1 not implemented"),
    one("EHLO 421, hangs up", "retry", EHLO=("421 4.3.2 closing", HANGUP)),
    one("EHLO 550, HELO 550", "retry", EHLO="550 5.7.1 your address is listed", HELO="550 5.7.1 it is listed"),
    one("STARTTLS 454", "retry", tls=True, EHLO=STARTTLS, STARTTLS="454 4.7.0 TLS not available for now"),
    one("AUTH 535", "hold", auth=True, EHLO=AUTH, AUTH="535 5.7.8 bad user name or password"),
    one("AUTH 454", "retry", auth=True, EHLO=AUTH, AUTH="454 4.7.0 temporary authentication failure"),
    one("AUTH not offered", "hold", auth=True),
    # the recipient
    one("MAIL 451", "retry", MAIL="451 4.3.0 try later"),
    one("MAIL 550", "bounce", MAIL="550 5.1.8 sender domain does not exist"),
    one("RCPT 550 no such user", "bounce", RCPT="550 5.1.1 no such user"),
    one("RCPT 550 greylisted", "retry", RCPT="550 5.7.1 Greylisted, try again in 300 seconds"),
    one("RCPT 450 busy", "retry", RCPT="450 4.2.1 mailbox busy"),
    one("RCPT 452 full", "retry", RCPT="452 4.2.2 mailbox full"),
    one("RCPT 552 full", "bounce", RCPT="552 5.2.2 mailbox full"),
    one("RCPT 250 without text", "delivered", RCPT=b"250\r\n"),
    one("RCPT 550, a line of 5000 bytes", "bounce", RCPT="550 5.1.1 no such user " + "x" * 5000),
    one("RCPT 250-, 550", "retry", RCPT=b"250-2.1.5 ok\r\n550 5.1.1 no such user\r\n"),
    one("RCPT 550-, 250", "retry", RCPT=b"550-5.1.1 no such user\r\n250 2.1.5 ok\r\n"),
    one("RCPT garbage, then 550", "retry", RCPT=b"what do you want\r\n550 5.1.1 no such user\r\n"),
    one("RCPT 550 in UTF-8", "bounce", RCPT="550 5.1.1 Empf\u00e4nger unbekannt: no such user"),
    one("RCPT 250, 550", "delivered bounce", RCPT=["250 2.1.5 ok", "550 5.1.1 no such user"]),
    one("RCPT 250, 452 too many", "delivered delivered", RCPT=["250 ok", "452 4.5.3 too many recipients", "250 ok"]),
    # lost, at each stage
    one("hangs up after MAIL", "retry", MAIL=HANGUP),
    one("hangs up after RCPT", "retry", RCPT=HANGUP),
    one("hangs up after DATA", "retry", DATA=HANGUP),
    one("hangs up after the final dot", "retry?", EOD=HANGUP),
    one("hangs up within the last reply", "retry?", EOD=("250-2.0.0 queued", HANGUP)),
    # the text
    one("DATA 250", "bounce", DATA="250 ok"),  # after a second connection
    one("DATA 451", "retry", DATA="451 4.3.0 no room for now"),
    one("final dot 452", "retry", EOD="452 4.3.1 no room"),
    one("final dot 554 spam", "bounce", EOD="554 5.7.1 this message looks like spam"),
    one("final dot 250-, 554", "retry?", EOD=b"250-2.0.0 ok\r\n554 5.3.0 no\r\n"),
    one("final dot 421, hangs up", "retry", EOD=("421 4.3.2 closing", HANGUP)),
    # LMTP
    one("LMTP: 250, 452", "delivered retry", lmtp=True, EOD=("250 2.0.0 kept", "452 4.2.2 mailbox full")),
    one("LMTP: 550, 250", "bounce delivered", lmtp=True, EOD=("550 5.1.1 no such user", "250 2.0.0 kept")),
    one("LMTP: 452, lost", "retry retry?", lmtp=True, EOD=("452 4.2.2 mailbox full", HANGUP)),
]


def check_page(page, rows, loose=(), mark="table"):
    """What was seen just now is the table between the marks of docs/integrating/PAGE, below its head, but for the loose
    columns. With SMTPERR_WRITE_PAGES set it is written there instead."""
    path = ROOT / "docs/integrating" / page
    pattern = rf"(?s)(.*\n<!-- {mark} -->\n(?:\|[^\n]*\n){{2}})(.*)(<!-- end of {mark} -->\n.*)"
    found = re.fullmatch(pattern, path.read_text())
    if os.environ.get("SMTPERR_WRITE_PAGES"):
        path.write_text(found[1] + "".join("| " + " | ".join(row) + " |\n" for row in rows) + found[3])
        return

    def strict(line):
        return [cell for number, cell in enumerate(line) if number not in loose]

    promised = [strict(line.strip("| ").split(" | ")) for line in found[2].splitlines()]
    seen = [strict(row) for row in rows]
    pairs = itertools.zip_longest(promised, seen)
    wrong = [f"page: {old}\nseen: {new}" for old, new in pairs if old != new]
    if wrong:
        raise AssertionError("\n".join([page, *wrong]))
