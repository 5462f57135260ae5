#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the smtperr command as a user meets it: arguments in, text, JSON and an exit status out.

usage: test_command.py SMTPERR [unittest options], or with the program's path in the environment as SMTPERR.
Only the standard library is needed. What the library decides is tested elsewhere; a few sure answers stand in for it.
"""
import json
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve()
SESSIONS = HERE.parents[2] / "examples" / "sessions"
HEADER = HERE.parents[2] / "include" / "smtperr.h"
SMTPERR = os.environ.get("SMTPERR", "smtperr")

KEYS = """code enhanced stage category basis rule matched confidence retry action scope party delay delay_origin retry_after
suppress likely_permanent outcome_unknown closing decided_by dsn_status dsn_action sysexit provider blocklist url new_address
queue_id flags description""".split()
SAYS = "title what cause fix steps author page source".split()
STAGES = "unknown connect greeting ehlo helo starttls tls auth mail rcpt data body eod rset quit other".split()
ACTIONS = """proceed bounce retry-later retry-other-host retry-without-tls say-helo new-transaction reconnect
hold""".split()


def run(*arguments, stdin=b"", env=None):
    """Status, standard output, standard error."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run([SMTPERR, *arguments], input=stdin, capture_output=True, timeout=60,
                          env={**os.environ, **(env or {})})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def lines(*objects, options=()):
    """classify --jsonl over objects (or raw lines): status, answers, standard error."""
    text = b"".join((o if isinstance(o, bytes) else json.dumps(o).encode()) + b"\n" for o in objects)
    status, out, err = run("classify", "--jsonl", *options, stdin=text)
    return status, [json.loads(line) for line in out.splitlines()], err


def one(answer_to=None, options=(), **keys):
    """The answer to one good line."""
    status, answers, err = lines(answer_to or keys, options=options)
    assert (status, len(answers), err) == (0, 1, ""), (status, answers, err)
    return answers[0]


class Options(unittest.TestCase):
    def test_help_names_every_command_option_and_exit_status(self):
        status, out, err = run("--help")
        self.assertEqual((status, err), (0, ""))
        for word in """explain classify table list check --diff --where --jsonl --stage --failure --shape --mx --mx-host --relay --lmtp --attempt
                --policy --author --trace --json""".split():
            self.assertIn(word, out)
        for number in "0 1 75 69 64 65 66 74".split():
            self.assertRegex(out, rf"(?m)(^|\s){number}\s")
        self.assertIn("334", out)
        self.assertLess(max(map(len, out.splitlines())), 100)

    def test_version_names_program_and_data(self):
        status, out, _ = run("--version")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^smtperr \d+\.\d+\.\d+, library \d+\.\d+\.\d+, data \d{10}\n$")

    def test_nothing_shows_the_help_on_standard_error(self):
        status, out, err = run()
        self.assertEqual((status, out), (64, ""))
        self.assertIn("smtperr explain", err)

    def test_wrong_usage_is_64_and_says_what(self):
        for arguments, said in ((["frobnicate"], "frobnicate"), (["--stage=nowhere", "explain", "450"], "nowhere"),
                                (["--attempt=-1", "explain", "450"], "attempt"), (["--age=4294967296", "explain", "450"], "age"),
                                (["--mx", "--relay", "classify", "450"], "only one"), (["--submission", "--mx=yes", "explain", "450"], "only one"),
                                (["--lmtp=maybe", "explain", "450"], "lmtp"), (["--shape=round", "explain", "450"], "round"),
                                (["--policy=soft_bounce", "explain", "450"], "soft_bounce"),
                                (["--policy=soft-bounce=dance", "explain", "450"], "dance"),
                                (["--policy=delay-min=9", "--policy=delay-max=3", "classify", "450"], "contradict"),
                                (["--failure=EWHATEVER", "classify"], "EWHATEVER"), (["--failure=EPIPE", "explain"], "failure"),
                                (["--failure=EPIPE", "classify", "450"], "450"), (["classify", "--jsonl", "a", "b"], "FILE"),
                                (["list", "nothing"], "nothing"), (["list", "codes", "stages"], "KIND"), (["table", "a", "b"], "FILE"),
                                (["--trace", "classify", "450"], "explain"), (["--author", "list"], "explain"),
                                (["--no-such-option"], "no-such-option")):
            with self.subTest(arguments=arguments):
                status, out, err = run(*arguments)
                self.assertEqual((status, out), (64, ""), err)
                self.assertIn(said, err)

    def test_a_role_can_be_said_twice_or_taken_back(self):
        for options in (["--mx", "--mx"], ["--mx", "--mx=no", "--relay"], ["--mx=no", "--relay"], ["--relay", "--mx=no"]):
            with self.subTest(options=options):
                self.assertEqual(run("classify", *options, "450 no")[0], 75)

    def test_missing_files_are_66(self):
        for arguments in (["table", "/nonexistent/file"], ["classify", "--jsonl", "/nonexistent/file"]):
            status, out, err = run(*arguments)
            self.assertEqual((status, out), (66, ""))
            self.assertIn("/nonexistent/file", err)

    def test_input_that_cannot_be_read_is_66(self):
        """Above all it is not taken for an empty reply, which asks for a retry."""
        for arguments in (["classify"], ["explain"], ["table"], ["classify", "--jsonl"]):
            with self.subTest(arguments=arguments):
                folder = os.open("/", os.O_RDONLY)
                self.addCleanup(os.close, folder)
                done = subprocess.run([SMTPERR, *arguments], stdin=folder, capture_output=True, timeout=60)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (66, b"", b"smtperr: standard input: Is a directory\n"))

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_output_that_cannot_be_written_is_74(self):
        for arguments in (["list", "codes"], ["explain", "450"], ["classify", "550 no"], ["classify", "--jsonl"]):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([SMTPERR, *arguments], input=b'{"reply": "550 no"}\n', stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 74)
                self.assertIn(b"standard output", done.stderr)

    def test_every_context_option_is_heard(self):
        tls, login, full = "starttls 454 4.7.0 TLS not available", "mail 530 5.7.0 Authentication required", "rcpt 452 4.5.3 Too many"
        relaying, limit = "rcpt 550 5.7.1 Relaying denied", "mail 450 4.7.1 Rate limit exceeded"
        for asked, without, option, key, default, changed in (
                (login, [], "--mx", "action", "hold", "bounce"),
                (relaying, [], "--submission", "action", "bounce", "hold"),
                (relaying, [], "--relay", "action", "bounce", "hold"),
                (limit, [], "--authenticated", "scope", "source", "account"),
                (tls, [], "--tls-optional", "action", "retry-other-host", "retry-without-tls"),
                (tls, ["--tls-optional"], "--in-clear", "action", "retry-without-tls", "retry-other-host"),
                ("eod 451 4.3.0 Try again", [], "--lmtp", "scope", "transaction", "recipient"),
                (full, [], "--refused-alone", "action", "new-transaction", "retry-later"),
                ("mail 354 Go on", [], "--reconnected", "action", "reconnect", "bounce"),
                ("rcpt 452 No", [], "--recipients-accepted=1", "category", "server-full", "too-many-recipients"),
                ("rcpt 450 No", [], "--attempt=3", "delay", 1800, 7200),
                ("rcpt 450 No", [], "--age=20000", "delay", 1800, 5000),
                ("rcpt 550 No", [], "--mx-host=aspmx.l.google.com", "provider", None, "google")):
            with self.subTest(option=option):
                stage, reply = asked.split(" ", 1)
                answers = [one(reply=reply, stage=stage, options=options)[key] for options in (without, [*without, option])]
                self.assertEqual(answers, [default, changed])

    def test_policy_switches_change_decisions(self):
        self.assertEqual(one(reply="550 5.1.1 no such user", stage="rcpt")["action"], "bounce")
        answer = one(reply="550 5.1.1 no such user", stage="rcpt", options=["--policy", "soft-bounce=retry-later"])
        self.assertEqual((answer["action"], answer["retry"], answer["decided_by"]), ("retry-later", True, "policy"))


class Explain(unittest.TestCase):
    def test_reply_decision_first_then_what_cause_fix_source_evidence(self):
        status, out, err = run("explain", "--stage=rcpt", "550 5.1.1 <ann@example.org>: User unknown")
        self.assertEqual((status, err), (0, ""))
        order = ["550 5.1.1 <ann@example.org>: User unknown", "Give up", "Never mail this address again", "What happened",
                 "Cause", "Fix", "For the author", "Source", "Evidence", "enhanced code 5.1.1", "confidence"]
        found = [out.find(word) for word in order]
        self.assertNotIn(-1, found, out)
        self.assertEqual(found, sorted(found), out)

    def test_everything_fits_80_columns(self):
        for what in (["550 5.1.1 no"], ["450"], ["550"], ["4yz"], ["5.7.1"], ["X.7.1"], ["ECONNREFUSED"], ["mailbox-full"],
                     ["550 " + "long words and more " * 40]):
            _, out, _ = run("explain", *what)
            self.assertLessEqual(max(map(len, out.splitlines())), 80, (what, out))

    def test_code_without_stage_tells_every_stage(self):
        status, out, _ = run("explain", "550")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"(?m)^550 at .*mail.*: ")
        _, out, _ = run("explain", "--json", "550")
        meanings = json.loads(out)["meanings"]
        told = sorted(stage for meaning in meanings for stage in meaning["stages"])
        self.assertEqual(told, sorted(set(STAGES) - {"connect"}), "each stage once")
        for meaning in meanings:
            self.assertEqual(sorted(s for d in meaning["decisions"] for s in d["stages"]), sorted(meaning["stages"]))
            for key in ("title", "what", "cause", "fix", "source"):
                self.assertTrue(meaning[key], key)

    def test_code_with_stage_is_a_reply(self):
        status, out, _ = run("explain", "--json", "--stage=RCPT", "450")
        answer = json.loads(out)
        self.assertEqual((status, answer["kind"], answer["code"], answer["stage"], answer["retry"]), (0, "reply", 450, "rcpt", True))

    def test_all_listed_codes_classes_and_enhanced_codes_can_be_explained(self):
        for kind in ("codes", "enhanced"):
            names = [json.loads(line)["name"] for line in run("list", "--json", kind)[1].splitlines()]
            self.assertGreater(len(names), 30)
            status, out, err = run("explain", "--json", *names)
            self.assertEqual((status, err), (0, ""))
            answers = [json.loads(line) for line in out.splitlines()]
            self.assertEqual([a["name"] for a in answers], names)
            self.assertEqual([a["name"] for a in answers if not a["meanings"]], [])

    def test_all_words_can_be_explained(self):
        for kind in """failures categories actions stages scopes parties bases confidences origins dsn statuses flags providers
                blocklists""".split():
            for name in (json.loads(line)["name"] for line in run("list", "--json", kind)[1].splitlines()):
                status, out, err = run("explain", name)
                self.assertEqual((status, err), (0, ""), name)
                self.assertIn(name, out)

    def test_x_and_xx_are_classes(self):
        self.assertEqual(run("explain", "4XX")[1], run("explain", "4yz")[1])
        self.assertEqual(run("explain", "x.7.1")[1], run("explain", "X.7.1")[1])
        for what in ("X.1.X", "5.X.X", "5.7.X", "X.9.9", "5.9.9", "x5z"):
            status, out, err = run("explain", what)
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out.startswith(what), out)
        self.assertEqual(run("explain", "5.0")[0], 64)

    def test_code_and_enhanced_code_without_quotes_are_a_reply(self):
        self.assertEqual(run("explain", "550", "5.1.1"), run("explain", "550 5.1.1"))

    def test_failures_in_any_case(self):
        status, out, _ = run("explain", "econnrefused", "--stage=connect")
        self.assertEqual(status, 0)
        for word in ("ECONNREFUSED", "Keep it queued", "What happened", "network"):
            self.assertIn(word, out)
        self.assertEqual(out.count("What happened"), 1, "the rule of the same name tells nothing new")

    def test_a_word_of_two_kinds_tells_both(self):
        _, out, _ = run("explain", "tls")
        self.assertIn("tls (category)", out)
        self.assertIn("tls (stage)", out)

    def test_reply_from_standard_input_and_without_quotes(self):
        quoted = run("explain", "550 5.1.1 User unknown")
        self.assertEqual(run("explain", stdin="550 5.1.1 User unknown"), quoted)
        self.assertEqual(run("explain", "-", stdin="550 5.1.1 User unknown"), quoted)
        self.assertEqual(run("explain", "550", "5.1.1", "User", "unknown"), quoted)

    def test_several_things_at_once(self):
        status, out, _ = run("explain", "450", "greylisted", "ECONNREFUSED")
        self.assertEqual(status, 0)
        self.assertEqual(out.count("\n----\n"), 2)

    def test_unknown_word_is_64_and_may_suggest(self):
        status, out, err = run("explain", "greylisting")
        self.assertEqual((status, out), (64, ""))
        self.assertIn("greylisted", err)
        self.assertEqual(run("explain", "qqqq")[0], 64)

    def test_json_has_the_words_of_classify_and_the_sentences(self):
        answer = json.loads(run("explain", "--json", "552 5.2.2 mailbox full")[1])
        for key in [k for k in KEYS if k != "description"] + SAYS:
            self.assertIn(key, answer)
        self.assertIsInstance(answer["steps"], list)
        self.assertEqual(set(answer["sentences_of"]), set(SAYS))
        self.assertEqual(answer["sentences_of"]["author"], "category")

    def test_control_characters_never_reach_the_terminal(self):
        for reply in ("550 \x1b[2J\x07\rgone", "550 5.1.1 \u202e\u009b31m"):
            out = run("explain", reply)[1]
            self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")

    def test_334_is_not_shown(self):
        self.assertNotIn("UGFzc3dvcmQ6", run("explain", "--stage=auth", "334 UGFzc3dvcmQ6")[1])


LISTED = "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org; see https://check.spamhaus.org/"


class Page(unittest.TestCase):
    def test_category_blocklist_and_steps_come_together(self):
        status, out, _ = run("explain", "--stage=rcpt", LISTED)
        order = ["Give up", "What happened", "Cause", "Fix", "Step by step", "1. ", "2. ", "dig +short", "Blocklist", "Spamhaus ZEN",
                 "https://check.spamhaus.org/", "It points to", "For the author", "Source", "Numbers", "550: ", "5.7.1: ", "Reach",
                 "Evidence", "by its"]
        at = 0
        for word in order:
            at = out.find(word, at)
            self.assertNotEqual(at, -1, (word, out))
        self.assertEqual(status, 0)

    def test_commands_are_not_broken(self):
        command = r"(df|dig|du|grep|munpack|nc|openssl|ping|postcat|postconf|postmap|postqueue|postsuper|spamassassin|swaks) [^(]*"
        commands = 0
        for row in map(json.loads, run("list", "--json", "categories")[1].splitlines()):
            out = run("explain", row["name"])[1].splitlines()
            for step in row.get("steps", []):
                found = re.search(": (" + command + ")", step)
                if found:
                    commands += 1
                    self.assertIn(found[1].strip(), [line.strip() for line in out], row["name"])
            self.assertTrue(all(len(line) <= 80 or re.match(r"    " + command, line) for line in out), out)
        self.assertGreater(commands, 10)

    def test_provider(self):
        reply = "550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 - gsmtp"
        self.assertRegex(run("explain", reply)[1], r"(?m)^Provider +Gmail")
        answer = json.loads(run("explain", "--json", reply)[1])
        self.assertEqual(answer["provider"], "google")
        self.assertTrue(answer["provider_is"]["page"].startswith("https://"))
        self.assertEqual(answer["blocklist_is"], {})

    def test_json_names_the_blocklist(self):
        answer = json.loads(run("explain", "--json", LISTED)[1])
        self.assertEqual((answer["category"], answer["blocklist"], answer["url"]),
                         ("ip-blocked", "spamhaus-zen", "https://check.spamhaus.org/"))
        for key in ("title", "what", "fix", "page"):
            self.assertTrue(answer["blocklist_is"][key], key)
        self.assertEqual([a for a in answer["steps"] if "\n" in a], [])

    def test_author(self):
        status, out, _ = run("explain", "--author", LISTED)
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith("Your message could not be delivered."), out)
        self.assertIn("said:\n    550 5.7.1", out)
        for word in ("dig", "Evidence", "ip-blocked", "DSN", "scope"):
            self.assertNotIn(word, out)
        self.assertIn("keep trying", run("explain", "--author", "450 4.2.1 busy")[1])
        self.assertIn("put something right here", run("explain", "--author", "--stage=auth", "535 5.7.8 no")[1])

    def test_server_asks_to_wait(self):
        out = run("explain", "450 4.2.0 Greylisted, please try again in 900 seconds")[1]
        self.assertRegex(out, r"(?m)^It asks to wait +15 minutes$")
        self.assertIn("as the server asks", out)


class Trace(unittest.TestCase):
    def test_rules_words_and_why(self):
        status, out, _ = run("explain", "--trace", LISTED)
        self.assertEqual(status, 0)
        self.assertRegex(out, r"(?m)^won  +\S+ \(ip-blocked\), cause, \d+ words: ")
        self.assertRegex(out, r"(?m)^lost  +")
        self.assertRegex(out, r"(?m)^why  +It ")
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    def test_json(self):
        answer = json.loads(run("explain", "--trace", "--json", LISTED)[1])
        won = [match for match in answer["trace"] if match["outcome"] == "won"]
        self.assertEqual([(match["rule"], match["matched"]) for match in won], [(answer["rule"], answer["matched"])])
        for match in answer["trace"]:
            self.assertIn(match["outcome"], ("won", "lost", "vetoed"))
            self.assertIn(match["rank"], ("cause", "measure", "boilerplate"))
            self.assertIn(match["matched"], LISTED)
            self.assertGreater(match["word_count"], 0)
        self.assertTrue(answer["trace_why"])
        self.assertNotIn("trace", json.loads(run("explain", "--json", LISTED)[1]))

    def test_without_rules(self):
        for what in ("550 5.1.1", "ECONNREFUSED", "qwertz asdf"):
            self.assertIn("numbers", run("explain", "--trace", "--stage=rcpt", what)[1])


# name: (what the pasted text is, code, enhanced, stage, category, provider, lines)
BOUNCES = {
    "postfix": ("""\
This is the mail system at host mail.example.com.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<ann@example.org>: host aspmx.l.google.com[192.0.2.1] said: 550-5.1.1 The
    email account that you tried to reach does not exist. Please try
    double-checking the address. 550 5.1.1 (in reply to RCPT TO command)
""", 550, "5.1.1", "rcpt", "mailbox-unknown", "google", [8, 10]),
    "postfix report": ("""\
From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
Subject: 550 Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4T0.1/mail.example.com"
Content-Length: 550

This is a MIME-encapsulated message.

--4T0.1/mail.example.com
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
Arrival-Date: Mon, 1 Jan 2024 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; ann@example.org
Action: failed
Status: 5.2.2
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 552 5.2.2 <ann@example.org>: Mailbox full, the quota of
    this user is exceeded

--4T0.1/mail.example.com
Content-Type: message/rfc822

Subject: hello
Error: 550 5.1.1 User unknown in the original message
""", 552, "5.2.2", "unknown", "mailbox-full", None, [19, 20]),
    "postfix without a code": ("""\
Final-Recipient: rfc822; bob@example.org
Action: failed
Status: 5.7.1
Diagnostic-Code: X-Postfix; nothing to see here

Final-Recipient: rfc822; ann@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Postfix; unknown user: "ann"
""", None, "5.1.1", "unknown", "mailbox-unknown", None, [9, 9]),
    "exim": ("""\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mail.example.com>
X-Failed-Recipients: ann@example.org

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ann@example.org
    host mx.example.org [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<ann@example.org>:
    550-5.2.1 This mailbox
    550 5.2.1 has been disabled.
  bob@example.org
    host mx.example.org [192.0.2.1]
    SMTP error from remote mail server after end of data:
    451 Temporary local problem

------ This is a copy of the message, including all the headers. ------

550 5.1.1 User unknown
""", 550, "5.2.1", "rcpt", "mailbox-disabled", None, [10, 14]),
    "sendmail": ("""\
The original message was received at Mon, 1 Jan 2024 10:00:00 GMT
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<ann@example.org>
    (reason: 550 5.1.1 <ann@example.org>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.example.org.:
>>> DATA
<<< 550-5.1.1 <ann@example.org>
<<< 550 5.1.1 User unknown, sorry
550 5.1.1 <ann@example.org>... User unknown
<<< 503 5.5.1 RCPT first
""", 550, "5.1.1", "unknown", "mailbox-unknown", None, [11, 12]),
    "sendmail before DATA": ("""\
... while talking to mx.example.org.:
>>> MAIL From:<me@example.com> SIZE=300
<<< 553 5.1.8 Domain of sender address me@example.com does not exist
501 5.6.0 Data format error
""", 553, "5.1.8", "mail", "sender-rejected", None, [3, 3]),
    "qmail": ("""\
Hi. This is the qmail-send program at mail.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@example.org>:
192.0.2.1 does not like recipient.
Remote host said: 550 sorry, no mailbox here by that name. (#5.1.1)
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

550 5.7.1 Message rejected as spam
""", 550, "5.1.1", "rcpt", "mailbox-unknown", None, [7, 7]),
    "qmail in lines": ("""\
<ann@example.org>:
192.0.2.1 failed after I sent the message.
Remote host said: 552-5.3.4 Your message exceeds
552 5.3.4 our size limits
""", 552, "5.3.4", "eod", "message-too-large", None, [3, 4]),
    "exchange": ("""\
Delivery has failed to these recipients or groups:

ann@example.org (ann@example.org)
Your message couldn't be delivered.

Diagnostic information for administrators:

Generating server: mail.example.com

ann@example.org
Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'

Original message headers:

Received: from mail.example.com (192.0.2.9) by mx.example.org with ESMTP id
 550; Mon, 1 Jan 2024 10:00:00 +0000
""", 550, "5.1.10", "unknown", "mailbox-unknown", None, [11, 11]),
    "exchange 2007": ("""\
Generating server: mail.example.com

ann@example.org
mx.example.org #552 5.2.2 Mailbox full ##
""", 552, "5.2.2", "unknown", "mailbox-full", None, [4, 4]),
    "gmail, forwarded as quoted-printable": ("""\
> Message blocked
>
> Your message to ann@example.org has been blocked. See technical details below.
>
> The response from the remote server was:
>
> 552 5.2.2 The recipient's mailbox is full and cannot take your message no=
> w. mx.google.com gsmtp
""", 552, "5.2.2", "unknown", "mailbox-full", "google", [7, 8]),
    "wrapped by hand": ("""\
Can you help? We get this:

550 5.1.1 <ann@example.org>: Recipient address rejected: there is no such
user in this domain

Thanks, 450 times
""", 550, "5.1.1", "unknown", "mailbox-unknown", None, [3, 4]),
    "log of postfix": ("""\
Jan  1 10:00:00 mail postfix/smtpd[1]: 4T0: client=localhost[127.0.0.1]
Jan  1 10:00:00 mail postfix/qmgr[2]: 4T0: from=<me@example.com>, size=550
Jan  1 10:00:01 mail postfix/smtp[3]: 4T0: to=<bob@example.net>, relay=mx.example.net[192.0.2.6]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok)
Jan  1 10:00:01 mail postfix/smtp[4]: 4T0: to=<ann@example.org>, relay=mx.example.org[192.0.2.5]:25, dsn=4.2.2, status=deferred (host mx.example.org[192.0.2.5] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))
Jan  1 10:00:02 mail postfix/qmgr[2]: 4T0: removed
""", 452, "4.2.2", "rcpt", "mailbox-full", None, [4, 4]),
    "log of exim": ("""\
2024-01-01 10:00:00 1rKExx-0001-Ab <= me@example.com H=localhost [127.0.0.1] P=esmtp S=550
2024-01-01 10:00:01 1rKExx-0001-Ab ** ann@example.org R=dnslookup T=remote_smtp H=aspmx.l.google.com [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<ann@example.org>: 550 5.1.1 User unknown
2024-01-01 10:00:01 1rKExx-0001-Ab Completed
""", 550, "5.1.1", "rcpt", "mailbox-unknown", "google", [2, 2]),
}


class Bounces(unittest.TestCase):
    def test_the_reply_is_found(self):
        for name, (text, *want) in BOUNCES.items():
            for disguise, paste in (("", text), ("CRLF", text.replace("\n", "\r\n")), ("cut", text.rstrip("\n")),
                                    ("quoted", "".join("> " + line for line in text.splitlines(True)))):
                with self.subTest(bounce=name, disguise=disguise):
                    status, out, err = run("explain", "--json", stdin=paste)
                    self.assertEqual((status, err), (0, ""))
                    answer = json.loads(out)
                    self.assertEqual([answer[key] for key in "code enhanced stage category provider lines".split()], want, answer["reply"])

    def test_the_page_says_where(self):
        text = BOUNCES["postfix"][0]
        out = run("explain", stdin=text)[1]
        self.assertIn("(lines 8 to 10 of what was given)", out)
        self.assertEqual(run("explain", text)[1], out, "an argument of many lines is the same")
        self.assertIn("(line 4 of", run("explain", stdin=BOUNCES["log of postfix"][0])[1])
        self.assertNotIn("of what was given", run("explain", stdin="550-5.1.1 no\r\n550 5.1.1 such user\r\n")[1])

    def test_options_go_before_what_the_text_tells(self):
        answer = json.loads(run("explain", "--json", "--stage=eod", stdin=BOUNCES["qmail"][0])[1])
        self.assertEqual(answer["stage"], "eod")
        answer = json.loads(run("explain", "--json", "--mx-host=mx.example.org", stdin=BOUNCES["qmail"][0])[1])
        self.assertIsNone(answer["provider"])

    def test_nothing_in_it_is_65(self):
        status, out, err = run("explain", stdin="A letter to you.\n" * 50)
        self.assertEqual((status, out), (65, ""))
        self.assertIn("no reply", err)

    def test_a_short_text_is_a_reply(self):
        self.assertEqual(json.loads(run("explain", "--json", stdin="the mailbox\nis full\n")[1])["category"], "mailbox-full")

    def test_wire_is_read_as_it_is(self):
        answer = json.loads(run("explain", "--json", "--shape=wire", stdin=BOUNCES["postfix"][0])[1])
        self.assertEqual((answer["code"], "lines" in answer), (None, False))


class Colours(unittest.TestCase):
    def on_terminal(self, *arguments, **env):
        try:
            parent, child = pty.openpty()
        except OSError:
            self.skipTest('no pseudo terminal here')
        process = subprocess.Popen([SMTPERR, *arguments], stdout=child, stderr=child, stdin=subprocess.DEVNULL,
                                   env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", **env})
        os.close(child)
        out = b""
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:
                break
            if not piece:
                break
            out += piece
        os.close(parent)
        process.wait()
        return out

    def test_only_on_a_terminal_and_not_with_no_color(self):
        for arguments in (["explain", "550 5.1.1 no"], ["classify", "450"], ["list"], ["table", str(SESSIONS / "refused.txt")]):
            self.assertIn(b"\x1b[", self.on_terminal(*arguments))
            self.assertNotIn(b"\x1b", self.on_terminal(*arguments, NO_COLOR="1"))
            self.assertNotIn(b"\x1b", self.on_terminal(*arguments, TERM="dumb"))
            self.assertNotIn("\x1b", run(*arguments)[1])


class List(unittest.TestCase):
    def test_kinds(self):
        status, out, _ = run("list")
        self.assertEqual(status, 0)
        kinds = [line.split()[0] for line in out.splitlines()]
        for kind in "codes enhanced failures categories actions stages scopes rules providers blocklists flags".split():
            self.assertIn(kind, kinds)
        for kind in kinds:
            self.assertEqual(run("list", kind)[0], 0, kind)
            self.assertEqual(run("list", "--json", kind)[0], 0, kind)

    def test_words_are_those_of_the_header(self):
        header = HEADER.read_text()
        for kind, prefix in (("stages", "STAGE"), ("categories", "CATEGORY"), ("actions", "ACTION"), ("scopes", "SCOPE"),
                             ("parties", "PARTY"), ("bases", "BASIS"), ("confidences", "CONFIDENCE"), ("origins", "ORIGIN"),
                             ("flags", "FLAG"), ("dsn", "DSN")):
            want = {(name.lower().replace("_", "-"), int(value, 0)) for name, value in
                    re.findall(rf"\bSMTPERR_{prefix}_(\w+) = (0x[0-9a-fA-F]+|\d+)", header)}
            got = {(o["name"], o["value"]) for o in map(json.loads, run("list", "--json", kind)[1].splitlines())}
            self.assertEqual(got, want, kind)

    def test_every_row_has_words(self):
        for kind in "codes enhanced failures categories actions stages scopes parties bases flags".split():
            for row in map(json.loads, run("list", "--json", kind)[1].splitlines()):
                self.assertTrue(row.get("what"), (kind, row))

    def test_codes_of_the_standard_and_of_folklore(self):
        names = {line.split()[0] for line in run("list", "codes")[1].splitlines()}
        for code in "101 111 211 220 250 251 252 334 354 421 450 451 452 503 521 530 535 550 551 552 553 554 556 4yz 5yz".split():
            self.assertIn(code, names)


class Classify(unittest.TestCase):
    def test_exit_status_is_the_answer(self):
        for arguments, status, action in ((["--stage=eod", "250 2.0.0 queued"], 0, "proceed"),
                                          (["--stage=rcpt", "450 4.2.1 busy"], 75, "retry-later"),
                                          (["--stage=rcpt", "550 5.1.1 no such user"], 69, "bounce"),
                                          (["--stage=auth", "535 5.7.8 wrong password"], 75, "hold"),
                                          (["--shape=wire", "--stage=rcpt", ""], 75, None)):
            got, out, err = run("classify", *arguments)
            self.assertEqual((got, err), (status, ""), arguments)
            self.assertEqual(out.count("\n"), 1)
            self.assertIn(out.split()[0], ACTIONS)
            if action:
                self.assertEqual(out.split()[0], action)

    def test_reply_from_standard_input_with_all_its_bytes(self):
        for arguments in (["classify"], ["classify", "-"]):
            status, out, _ = run(*arguments, "--stage=rcpt", "--shape=wire", "--json",
                                 stdin=b"550-5.1.1 a\0b\r\n550 5.1.1 \xff no such user\r\n")
            answer = json.loads(out)
            self.assertEqual((status, answer["code"], answer["enhanced"]), (69, 550, "5.1.1"))
            self.assertIn("control", answer["flags"])
            self.assertIn("eightbit", answer["flags"])

    def test_failure_option(self):
        status, out, _ = run("classify", "--failure=ECONNREFUSED", "--stage=connect")
        self.assertEqual(status, 75)
        self.assertIn("ECONNREFUSED", out)

    def test_json(self):
        answer = json.loads(run("classify", "--json", "--stage=rcpt", "550 5.1.1 no such user")[1])
        self.assertEqual([k for k in KEYS if k not in answer], [])


class JsonLines(unittest.TestCase):
    def test_keys_words_and_types(self):
        answer = one(id="a", reply="550 5.1.1 <ann@example.org>: no such user", stage="rcpt")
        self.assertEqual([k for k in ["id", *KEYS] if k not in answer], [])
        self.assertEqual(list(answer)[0], "id")
        self.assertEqual((answer["id"], answer["code"], answer["enhanced"], answer["stage"]), ("a", 550, "5.1.1", "rcpt"))
        self.assertEqual((answer["category"], answer["action"], answer["scope"]), ("mailbox-unknown", "bounce", "recipient"))
        self.assertIs(answer["retry"], False)
        self.assertIs(answer["suppress"], True)
        self.assertIs(answer["outcome_unknown"], False)
        self.assertIsInstance(answer["likely_permanent"], bool)
        self.assertIsNone(answer["provider"])
        self.assertEqual(answer["dsn_status"], "5.1.1")
        self.assertIsInstance(answer["delay"], int)
        self.assertIsInstance(answer["flags"], list)
        self.assertTrue(answer["description"])

    def test_what_else_the_text_carries(self):
        answer = one(reply=LISTED, stage="rcpt")
        self.assertEqual((answer["blocklist"], answer["url"], answer["provider"], answer["closing"]),
                         ("spamhaus-zen", "https://check.spamhaus.org/", None, False))
        self.assertIn("blocked", answer["matched"])
        self.assertEqual(answer["basis"], "text")
        parts = one(code=550, enhanced="5.7.1", text=LISTED[len("550 5.7.1 "):], stage="rcpt")
        self.assertEqual([parts[key] for key in ("matched", "url")], [answer[key] for key in ("matched", "url")])
        answer = one(reply="421 4.7.0 Too many messages, try again in 20 minutes", stage="mail")
        self.assertEqual((answer["retry_after"], answer["delay"], answer["delay_origin"], answer["closing"]), (1200, 1200, "server", True))
        self.assertEqual(one(reply="551 User not local; please try <ann@example.net>", stage="rcpt")["new_address"], "ann@example.net")
        self.assertEqual(one(reply="250 2.0.0 Ok: queued as 4XyZ12", stage="eod")["queue_id"], "4XyZ12")
        self.assertIn("temporary", one(reply="550 5.7.1 Greylisted, please try again later", stage="rcpt")["flags"])

    def test_absent_things_are_null(self):
        answer = one(reply="Mailbox does not exist")
        self.assertEqual((answer["code"], answer["enhanced"], answer["stage"]), (None, None, "unknown"))
        for key in ("retry_after", "provider", "blocklist", "url", "new_address", "queue_id"):
            self.assertIsNone(answer[key], key)
        self.assertEqual([one(failure="EPIPE")[key] for key in ("matched", "url", "rule")], [None, None, "EPIPE"])

    def test_other_keys_are_passed_through_and_ours_win(self):
        answer = one({"id": 7, "reply": "250 ok", "stage": "eod", "category": "theirs", "retry": "yes", "mine": {"a": [1, None, "ü"]},
                      "big": 9007199254740993, "x": None})
        self.assertEqual((answer["id"], answer["mine"], answer["big"], answer["x"]), (7, {"a": [1, None, "ü"]}, 9007199254740993, None))
        self.assertEqual((answer["category"], answer["retry"], answer["reply"]), ("ok", False, "250 ok"))

    def test_any_id_and_none(self):
        for identity in (None, 0, "", [1], {"a": 1}, True):
            self.assertEqual(one(id=identity, reply="250 ok")["id"], identity)
        self.assertNotIn("id", one(reply="250 ok"))

    def test_code_text_and_enhanced_are_a_reply_in_parts(self):
        whole = one(reply="550 5.1.1 no such user", stage="rcpt")
        for parts in ({"code": 550, "enhanced": "5.1.1", "text": "no such user"}, {"code": "550", "text": "5.1.1 no such user"},
                      {"code": 550, "enhanced": "5.1.1", "text": "5.1.1 no such user"}, {"code": 550, "text": "550 5.1.1 no such user"},
                      {"reply": None, "code": 550, "enhanced": "5.1.1", "text": "no such user\r\n"}):
            for shape in ("text", "wire"):
                answer = one(stage="rcpt", shape=shape, **parts)
                for key in ("code", "enhanced", "category", "basis", "action", "suppress", "stage"):
                    self.assertEqual(answer[key], whole[key], (parts, shape, key))

    def test_text_of_several_lines_in_parts(self):
        answer = one(stage="rcpt", shape="wire", code=550, enhanced="5.1.1", text="no such user\nreally\r\n\nnone at all")
        self.assertEqual((answer["code"], answer["enhanced"], answer["flags"]), (550, "5.1.1", []))

    def test_code_alone_enhanced_alone_text_alone(self):
        self.assertEqual(one(code=450, stage="rcpt")["code"], 450)
        self.assertEqual(one(enhanced="5.1.1", stage="rcpt")["enhanced"], "5.1.1")
        self.assertEqual(one(text="nobody here", stage="rcpt")["code"], None)
        self.assertEqual(one(code=0, text="nobody here", stage="rcpt")["code"], None)

    def test_shape_default_is_text(self):
        self.assertEqual(one(reply="smtp; 550 5.1.1 no such user", stage="rcpt")["code"], 550)
        self.assertEqual(one(reply="smtp; 550 5.1.1 no such user", stage="rcpt", shape="wire")["code"], None)
        self.assertEqual(one(reply="smtp; 550 5.1.1 no such user", stage="rcpt", options=["--shape=wire"])["code"], None)

    def test_connect_counts_as_greeting_for_a_reply(self):
        self.assertEqual(one(reply="220 hello", stage="connect")["stage"], "greeting")

    def test_every_stage_is_known(self):
        for stage in STAGES:
            self.assertIn(one(reply="450 4.0.0 later", stage=stage)["stage"], (stage, "greeting"))

    def test_nul_and_all_of_unicode(self):
        answer = one({"reply": "550 5.1.1 a\0b \u202e\U0001f4e7 no such user", "stage": "rcpt", "shape": "wire"})
        self.assertEqual((answer["code"], answer["enhanced"], answer["action"]), (550, "5.1.1", "bounce"))
        self.assertIn("control", answer["flags"])
        self.assertEqual(answer["reply"], "550 5.1.1 a\0b \u202e\U0001f4e7 no such user")
        hidden = one({"reply": "250 ok\0\r\n550 5.1.1 no", "stage": "rcpt", "shape": "wire"})
        self.assertTrue(hidden["flags"], "what stands behind a NUL is seen")

    def test_failures_by_name(self):
        answer = one(failure="ECONNREFUSED", stage="connect", mx=True)
        self.assertEqual((answer["category"], answer["basis"], answer["retry"], answer["code"], answer["failure"]),
                         ("network", "local", True, None, "ECONNREFUSED"))
        self.assertIs(one(failure="lost-after-dot", stage="eod")["outcome_unknown"], True)

    def test_every_listed_failure_is_answered(self):
        names = [json.loads(line)["name"] for line in run("list", "--json", "failures")[1].splitlines()]
        self.assertGreater(len(names), 60)
        status, answers, err = lines(*({"failure": name, "stage": "rset"} for name in names))
        self.assertEqual((status, err, [a["failure"] for a in answers]), (0, "", names))

    def test_context_by_name(self):
        starttls = {"reply": "454 4.7.0 TLS not available", "stage": "starttls"}
        self.assertEqual(one(tls_optional=True, **starttls)["action"], "retry-without-tls")
        self.assertNotEqual(one(tls_optional=False, **starttls)["action"], "retry-without-tls")
        login = {"reply": "530 5.7.0 Authentication required", "stage": "mail"}
        self.assertEqual(one(mx=True, **login)["action"], "bounce")
        self.assertEqual(one(relay=True, **login)["action"], "hold")
        self.assertEqual(one(relay=True, **login, options=["--mx"])["action"], "hold", "the line knows better than the options")
        self.assertEqual(one(mx=False, **login, options=["--mx"])["action"], "hold")
        many = {"reply": "452 4.5.3 too many recipients", "stage": "rcpt"}
        self.assertEqual(one(recipients_accepted=100, refused_alone=False, **many)["action"], "new-transaction")
        self.assertNotEqual(one(refused_alone=True, **many)["action"], "new-transaction")
        later = {"reply": "450 4.2.0 later", "stage": "rcpt"}
        self.assertGreater(one(attempt=4, age=7200, **later)["delay"], one(attempt=1, **later)["delay"])
        self.assertEqual(one(mx_host="aspmx.l.google.com", **later)["provider"], "google")
        self.assertEqual(one(**later, options=["--mx-host=ASPMX.L.GOOGLE.COM"])["provider"], "google")
        self.assertIsNone(one(mx_host="mx.example.org", **later, options=["--mx-host=aspmx.l.google.com"])["provider"])
        one(mx_host="mx.example.org", authenticated=None, pipelined=True, lmtp=True, **later)

    def test_bad_lines_are_told_with_their_numbers_and_do_not_stop_the_run(self):
        bad = [b"no json", b'{"reply": "250 ok"', b"[1]", b'"250"', b'{"reply": 250}', {"stage": "rcpt"}, {"reply": "250", "stage": "nowhere"},
               {"reply": "250", "stage": 3}, {"reply": "250", "shape": "round"}, {"failure": "EWHATEVER"}, {"failure": 111},
               {"reply": "250", "failure": "EPIPE"}, {"reply": "250", "mx": 1}, {"reply": "250", "lmtp": "yes"},
               {"reply": "250", "attempt": -1}, {"reply": "250", "attempt": 1.5}, {"reply": "250", "age": 4294967296},
               {"reply": "250", "mx": True, "relay": True}, {"reply": "250", "mx_host": 7}, {"code": 1000}, {"code": "25"},
               {"code": 550, "text": 5}, {"code": 550, "enhanced": "5.1"}, {"code": 550, "enhanced": 5.1}, b'{"reply": "\xff"}',
               b'{"reply": "250 \\ud800"}', b'{"reply": "250"} x', b'{"stage": "rcpt\\u0000x", "reply": "250"}']
        rows = [row for line in bad for row in (line, {"id": "good", "reply": "250 ok"})]
        status, answers, err = lines(*rows)
        self.assertEqual(status, 65)
        self.assertEqual([a["id"] for a in answers], ["good"] * len(bad))
        said = err.splitlines()
        self.assertEqual(len(said), len(bad) + 1, err)
        for n, line in enumerate(said[:-1]):
            self.assertTrue(line.startswith(f"smtperr: line {2 * n + 1}: "), (bad[n], line))
        self.assertEqual(said[-1], f"smtperr: {len(bad)} of {len(rows)} lines were bad")

    def test_messages_show_no_secrets(self):
        for line in (b'{"reply": "334 VXNlcm5hbWU6" "x"}', b'{"stage": "ann.secret@example.org", "reply": "250"}',
                     b'{"failure": "\\u001b[31mann.secret@example.org", "x": 1}', b'ann.secret@example.org', b'AUTH PLAIN AGFubgBwYXNz'):
            _, _, err = lines(line)
            self.assertNotRegex(err, "VXNlcm|ann\\.secret|\x1b|AGFub", line)

    def test_blank_lines_crlf_and_no_last_line_end(self):
        status, out, err = run("classify", "--jsonl", stdin=b'\n  \r\n{"reply": "250 ok"}\r\n\n{"reply": "550 no"}')
        self.assertEqual((status, err, len(out.splitlines())), (0, "", 2))
        self.assertEqual(run("classify", "--jsonl", stdin=b""), (0, "", ""))

    def test_file_argument(self):
        path = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"smtperr-test-{os.getpid()}.jsonl"
        try:
            path.write_text('{"reply": "250 ok"}\nbad\n')
            status, out, err = run("classify", "--jsonl", str(path))
            self.assertEqual((status, len(out.splitlines())), (65, 1))
            self.assertIn(f"{path}:2: no JSON", err)
        finally:
            path.unlink()

    def test_answers_come_at_once(self):
        with subprocess.Popen([SMTPERR, "classify", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for n in range(3):
                process.stdin.write(json.dumps({"id": n, "reply": "250 ok"}).encode() + b"\n")
                process.stdin.flush()
                self.assertTrue(select.select([process.stdout], [], [], 10)[0], "no answer to a line while the input stays open")
                self.assertEqual(json.loads(process.stdout.readline())["id"], n)
            process.stdin.close()
            self.assertEqual(process.wait(), 0)

    @unittest.skipUnless(sys.platform == "linux", "reads /proc")
    def test_memory_does_not_grow_with_the_input(self):
        line = json.dumps({"reply": "550 5.1.1 " + "no such user " * 50, "stage": "rcpt", "more": ["x"] * 50}).encode() + b"\n"
        quiet = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"}
        with subprocess.Popen([SMTPERR, "classify", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=quiet) as process:
            def feed(count):
                for _ in range(count):
                    process.stdin.write(line)
                    process.stdin.flush()
                    process.stdout.readline()
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                return int(re.search(r"VmRSS:\s+(\d+)", status)[1])
            before = feed(1000)
            after = feed(5000)  # 5 MiB of input, and several times as much in objects
            process.stdin.close()
        self.assertLess(after - before, 3072, "KiB")


class Table(unittest.TestCase):
    def table(self, text, *options):
        return run("table", *options, stdin=text)

    def rows(self, text, *options):
        status, out, err = self.table(text, "--json", *options)
        self.assertEqual((status, err), (0, ""))
        return [json.loads(line) for line in out.splitlines()]

    def test_the_example_sessions(self):
        for path in sorted(SESSIONS.glob("*.txt")):
            status, out, err = run("table", str(path))
            self.assertEqual((status, err), (0, ""), path)
            self.assertLessEqual(max(map(len, out.splitlines())), 100, out)
            self.assertNotRegex(out, r"VXNlcm|UGFzc3|bmV3c2|bm90IH|(ann|bob\.old|carla|heidi|newsletter)@", "logins and addresses are masked")
            self.assertIn("Recipients:", out)

    def test_one_evening(self):
        rows = [json.loads(line) for line in run("table", "--json", str(SESSIONS / "one-evening.txt"))[1].splitlines()]
        stages = [row["stage"] for row in rows]
        self.assertEqual(stages, ["greeting", "ehlo", "mail"] + ["rcpt"] * 6 + ["data", "eod", "quit"] +
                         ["greeting", "ehlo", "starttls", "ehlo", "auth", "auth", "auth", "quit"] +
                         ["greeting", "ehlo", "helo", "mail", "rcpt", "data", "eod"])
        out = run("table", str(SESSIONS / "one-evening.txt"))[1]
        self.assertRegex(out, r"(?m)^ *\d+  rcpt +550 5\.1\.1 <\*\*\*@example\.org>: no such user.* bounce, suppress +mailbox-unknown$")
        self.assertRegex(out, r"(?m)^ *\d+  auth +334 \(challenge left out\) +proceed +continue$")
        self.assertRegex(out, r"Recipients: 1 delivered, \d kept queued, \d given up, \d of them never to be mailed again\.\n$")

    def test_replies_of_several_lines_are_one(self):
        rows = self.rows("S: 250-one\nS: 250-two\nS: 250 three\n")
        self.assertEqual([(row["line"], row["reply"]) for row in rows], [(1, "250 one two three")])

    def test_stages_of_a_pipelined_session(self):
        rows = self.rows("S: 220 x\nC: EHLO x\nS: 250 PIPELINING\nC: MAIL FROM:<>\nC: RCPT TO:<a@example.org>\nC: DATA\n"
                         "S: 250 ok\nS: 550 5.1.1 no\nS: 503 5.5.1 no\n")
        self.assertEqual([row["stage"] for row in rows], ["greeting", "ehlo", "mail", "rcpt", "data"])
        self.assertEqual(rows[-1]["category"], "protocol-error")
        self.assertIs(rows[-1]["suppress"], False)

    def test_text_of_the_message_is_no_command(self):
        rows = self.rows("S: 220 x\nC: HELO x\nS: 250 x\nC: MAIL FROM:<>\nS: 250 x\nC: RCPT TO:<a@example.org>\nS: 250 x\n"
                         "C: data\nS: 354 go\nC: QUIT\nC: ..\nC: .\nS: 250 ok\nC: quit\nS: 221 bye\n")
        self.assertEqual([row["stage"] for row in rows][-3:], ["data", "eod", "quit"])

    def test_lmtp_answers_each_recipient(self):
        text = ("S: 220 x\nC: LHLO x\nS: 250 x\nC: MAIL FROM:<>\nS: 250 x\nC: RCPT TO:<a@example.org>\nS: 250 x\n"
                "C: RCPT TO:<b@example.org>\nS: 250 x\nC: DATA\nS: 354 go\nC: .\nS: 250 2.1.5 ok\nS: 452 4.2.2 full\n")
        self.assertEqual([row["stage"] for row in self.rows(text)][-2:], ["eod", "eod"])
        self.assertIn("Recipients: 1 delivered, 1 kept queued, 0 given up.", self.table(text)[1])

    def test_bdat(self):
        rows = self.rows("S: 220 x\nC: EHLO x\nS: 250 CHUNKING\nC: MAIL FROM:<>\nS: 250 x\nC: RCPT TO:<a@example.org>\nS: 250 x\n"
                         "C: BDAT 86\nS: 250 ok\nC: BDAT 5 LAST\nS: 250 ok\n")
        self.assertEqual([row["stage"] for row in rows][-2:], ["body", "eod"])

    def test_failures_and_what_they_interrupt(self):
        begin = "S: 220 x\nC: EHLO x\nS: 250 STARTTLS\n"
        self.assertEqual(self.rows("E: econnrefused\n")[0]["stage"], "connect")
        found = self.rows("S: 220 x\nC: EHLO a\nS: 250 x\nE: size-exceeded at mail\nC: QUIT\nS: 221 bye\n")
        self.assertEqual([row["stage"] for row in found], ["greeting", "ehlo", "mail", "quit"])
        self.assertEqual(self.table("E: ECONNREFUSED at nowhere\n")[0], 65)
        self.assertEqual(self.rows(begin + "C: STARTTLS\nS: 220 go\nE: alert-handshake-failure\n")[-1]["stage"], "tls")
        self.assertEqual(self.rows(begin + "C: MAIL FROM:<>\nE: command-timeout\n")[-1]["stage"], "mail")
        status, _, err = self.table("S: 220 x\nE: nonsense ann@example.org\n")
        self.assertEqual(status, 65)
        self.assertIn("line 2", err)
        self.assertNotIn("ann@", err)

    def test_a_reply_cut_short(self):
        for text in ("S: 220-hello\n", "S: 220-hello\nC: EHLO x\n", "S: 220-hello\n--- next\nS: 220 x\n"):
            row = self.rows(text)[0]
            self.assertEqual((row["stage"], row["retry"]), ("greeting", True))

    def test_what_is_no_reply(self):
        row = self.rows("S: HTTP/1.1 400 Bad Request\n")[0]
        self.assertEqual((row["code"], row["retry"], row["reply"]), (None, True, "HTTP/1.1 400 Bad Request"))

    def test_an_answer_to_a_challenge_is_no_command(self):
        rows = self.rows("S: 220 x\nC: EHLO x\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: QUIT\nS: 334 x\nC: x\nS: 235 ok\n")
        self.assertEqual([row["stage"] for row in rows][2:], ["auth", "auth", "auth"])

    def test_other_captures(self):
        swaks = ("=== Trying mx.example.org:25...\n<-  220 mx.example.org ESMTP\n -> EHLO x\n<-  250-mx.example.org\n<-  250 STARTTLS\n"
                 " -> STARTTLS\n<-  220 go\n=== TLS started\n ~> EHLO x\n<~  250 mx.example.org\n ~> MAIL FROM:<a@example.net>\n<~* 250 ok\n"
                 " ~> RCPT TO:<b@example.org>\n<~** 550 5.1.1 no such user\n ~> QUIT\n<~  221 bye\n")
        curl = "* Connected\n< 220 mx.example.org ESMTP\n> EHLO x\n< 250 mx.example.org\n> QUIT\n< 221 bye\n"
        self.assertEqual([row["stage"] for row in self.rows(swaks.replace("<~*", "<~ ").replace("<~ *", "<~**"))][-3:], ["mail", "rcpt", "quit"])
        self.assertEqual([row["stage"] for row in self.rows(curl)], ["greeting", "ehlo", "quit"])

    def test_nothing_to_show_is_65(self):
        status, out, err = self.table("hello\n")
        self.assertEqual((status, out), (65, ""))
        self.assertIn("C: or S:", err)

    def test_addresses_are_masked(self):
        for shown, masked in (("ann.o'hara+x@example.org", "***@example.org"), ('"john doe"@example.org', "***@example.org"),
                              ("<a@b.example>", "<*@b.example>"), ("q=ann%40example.org", "***%40example.org"),
                              ("to=ann@example.org,bob@example.org", "***@example.org"), ("ännchen@example.org", "***@example.org"),
                              ("a lone @ sign", "a lone @ sign")):
            out = self.table(f"S: 550 {shown} no\n")[1]
            self.assertIn(masked, out)
            self.assertNotRegex(out, "ann|bob@|john|nnchen")

    def test_rows_stay_in_their_columns(self):
        out = self.table("S: 550 5.7.1 " + "Grüße " * 60 + "\n")[1]
        self.assertLessEqual(max(map(len, out.splitlines())), 100)
        self.assertIn("..", out)

    def test_a_narrow_terminal_gets_80_columns(self):
        self.assertLessEqual(max(map(len, self.table("S: 450 4.7.1 " + "wait " * 60 + "\n")[1].splitlines())), 100)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        SMTPERR = os.path.abspath(sys.argv.pop(1))
    unittest.main()
