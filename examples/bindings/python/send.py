#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sends a message with smtplib and says for each recipient what became of it, and what to do.

usage: send.py [--starttls] [--user NAME] [--timeout SECONDS] HOST:PORT SENDER RECIPIENT... < MESSAGE

The password of --user is in the environment variable SMTP_PASSWORD. The exit status is of sysexits.h: 0 if all was delivered,
75 if anything is worth another try, else that of the first refusal."""
from __future__ import annotations

import argparse
import os
import smtplib
import ssl
import sys
from typing import Any, Dict, List, Sequence, Tuple, Union

import smtperr
from smtperr import Action, Category, Failure, Stage, Verdict

STAGES = {"ehlo": Stage.EHLO, "helo": Stage.HELO, "starttls": Stage.STARTTLS, "auth": Stage.AUTH, "mail": Stage.MAIL,
          "rcpt": Stage.RCPT, "data": Stage.DATA}


class SMTP(smtplib.SMTP):
    """smtplib.SMTP that remembers where in the dialogue it is and what the server said to each recipient.

    smtplib forgets both: SMTPDataError is for DATA and for the text, and once it is raised nobody knows who was refused before."""

    stage = Stage.CONNECT
    authenticated = False

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.accepted = 0
        self.refused: Dict[str, Verdict] = {}
        self.final: Tuple[int, bytes] = (0, b"")
        super().__init__(*arguments, **keywords)

    def getreply(self) -> Tuple[int, bytes]:
        if self.stage is Stage.CONNECT:
            self.stage = Stage.GREETING
        code, text = super().getreply()
        if code == 354 and self.stage is Stage.DATA:
            self.stage = Stage.EOD  # smtplib sends text and dot in one: when that fails nobody knows how much was taken
        elif code == 220 and self.stage is Stage.STARTTLS:
            self.stage = Stage.TLS
        return code, text

    def putcmd(self, cmd: str, args: str = "") -> None:
        # RSET and QUIT come after what counts; lines of a login belong to AUTH.
        self.stage = STAGES.get(cmd.split(" ")[0].lower(), self.stage)
        super().putcmd(cmd, args)

    def context(self) -> smtperr.Context:
        return smtperr.Context(self.stage, authenticated=self.authenticated, recipients_accepted=self.accepted)

    def login(self, *arguments: Any, **keywords: Any) -> Any:
        self.authenticated = True
        self.stage = Stage.AUTH
        return super().login(*arguments, **keywords)

    def rcpt(self, recip: str, options: Sequence[str] = ()) -> Tuple[int, bytes]:
        code, text = super().rcpt(recip, options)
        if code in (250, 251):
            self.accepted += 1
        else:
            self.refused[recip] = smtperr.evaluate(as_reply(code, text), self.context())
        return code, text

    def data(self, msg: Any) -> Tuple[int, bytes]:
        self.final = super().data(msg)
        return self.final


def as_reply(code: int, text: Union[str, bytes]) -> bytes:
    """The reply of which smtplib made code and text. Code -1: there was none."""
    lines = (text.encode() if isinstance(text, str) else text).split(b"\n")
    if code == -1:
        return b"\r\n".join(lines) + b"\r\n"
    return b"".join(b"%d-%s\r\n" % (code, line) for line in lines[:-1]) + b"%d %s\r\n" % (code, lines[-1])


def verdict_of(error: Exception, context: smtperr.Context) -> Verdict:
    """What an exception of smtplib or of the connection means."""
    if isinstance(error, smtplib.SMTPResponseException):  # greeting, HELO, login, sender, data
        if (error.smtp_code, error.smtp_error) == (500, "Line too long."):  # smtplib's own, not the server's
            return smtperr.evaluate_failure(Failure.REPLY_TOO_LONG, context)
        return smtperr.evaluate(as_reply(error.smtp_code, error.smtp_error), context)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        text = str(error)
        failure = (Failure.SMTPUTF8_NOT_OFFERED if "SMTPUTF8" in text else
                   Failure.STARTTLS_NOT_OFFERED if "STARTTLS" in text else Failure.AUTH_NOT_OFFERED)
        return smtperr.evaluate_failure(failure, context)
    if type(error) is smtplib.SMTPException and context.stage is Stage.AUTH:  # "No suitable authentication method found."
        return smtperr.evaluate_failure(Failure.NO_AUTH_MECHANISM, context)
    # SMTPServerDisconnected, and OSError of all kinds: no name, refused, timed out, TLS, hung up
    return smtperr.evaluate_failure(smtperr.failure_of(error, context.stage), context)


def deliver(server: SMTP, host: str, port: int, sender: str, recipients: List[str], message: bytes, *, starttls: bool = False,
            login: Tuple[str, str] = ("", "")) -> Dict[str, Verdict]:
    """What became of each recipient."""
    try:
        code, text = server.connect(host, port)
        if code != 220:  # connect() does not mind
            raise smtplib.SMTPConnectError(code, text)
        if starttls:
            server.starttls(context=ssl.create_default_context())
        if login[0]:
            server.login(*login)
        server.sendmail(sender, recipients, message)
        others = smtperr.evaluate(as_reply(*server.final), server.context())
    except smtplib.SMTPRecipientsRefused as error:
        # All of them; or 421 to one, after which smtplib gives up and says nothing about the rest.
        others = list(server.refused.values())[-1] if server.refused else verdict_of(error, server.context())
    except (smtplib.SMTPException, OSError) as error:
        others = verdict_of(error, server.context())
    try:
        server.quit()  # whatever comes of it, it changes nothing
    except (smtplib.SMTPException, OSError):
        server.close()
    # The reply to his own RCPT goes before what came of the message.
    return {recipient: server.refused.get(recipient, others) for recipient in recipients}


def advice(verdict: Verdict) -> str:
    """What to do, in words."""
    if verdict.action is Action.PROCEED and verdict.category is Category.OK:
        return "delivered"
    if verdict.action is Action.BOUNCE:
        return "give up and tell the author" + (", never mail this address again" if verdict.suppress else "")
    if verdict.action is Action.HOLD:
        return "keep it and tell our operator"
    text = f"keep it queued, {verdict.action}, by itself in {verdict.delay_seconds} seconds"
    return text + (", though it may have arrived" if verdict.outcome_unknown else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starttls", action="store_true")
    parser.add_argument("--user", default="")
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("server", metavar="HOST:PORT")
    parser.add_argument("sender")
    parser.add_argument("recipients", nargs="+", metavar="recipient")
    options = parser.parse_args()
    host, _, port = options.server.rpartition(":")
    server = SMTP(timeout=options.timeout)
    setattr(server, "_host", host)  # connect() does not set the name that the certificate must have
    verdicts = deliver(server, host, int(port), options.sender, options.recipients, sys.stdin.buffer.read(), starttls=options.starttls,
                       login=(options.user, os.environ.get("SMTP_PASSWORD", "")))
    for recipient, verdict in verdicts.items():
        said = f"{verdict.code} {verdict.enhanced or ''}".strip() if verdict.code else str(verdict.failure)
        print(f"{recipient}: {advice(verdict)} [{verdict.category}, {said}, stage {verdict.stage}] {verdict.explain('what')}")
    statuses = [verdict.sysexit for verdict in verdicts.values()]
    return 75 if 75 in statuses else next((status for status in statuses if status), 0)


if __name__ == "__main__":
    sys.exit(main())
