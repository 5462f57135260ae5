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

KEYS = """code enhanced stage category basis rule confidence retry action scope party delay delay_origin suppress
likely_permanent outcome_unknown decided_by dsn_status dsn_action sysexit provider flags description""".split()
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
        for word in "explain classify table list --jsonl --stage --failure --shape --mx --relay --lmtp --attempt --policy --json".split():
            self.assertIn(word, out)
        for number in "0 75 69 64 65 66 74".split():
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
                                (["--lmtp=maybe", "explain", "450"], "lmtp"), (["--shape=round", "explain", "450"], "round"),
                                (["--policy=soft_bounce", "explain", "450"], "soft_bounce"),
                                (["--policy=soft-bounce=dance", "explain", "450"], "dance"),
                                (["--policy=delay-min=9", "--policy=delay-max=3", "classify", "450"], "contradict"),
                                (["--failure=EWHATEVER", "classify"], "EWHATEVER"), (["--failure=EPIPE", "explain"], "failure"),
                                (["--failure=EPIPE", "classify", "450"], "450"), (["classify", "--jsonl", "a", "b"], "FILE"),
                                (["list", "nothing"], "nothing"), (["list", "codes", "stages"], "KIND"), (["table", "a", "b"], "FILE"),
                                (["--no-such-option"], "no-such-option")):
            with self.subTest(arguments=arguments):
                status, out, err = run(*arguments)
                self.assertEqual((status, out), (64, ""), err)
                self.assertIn(said, err)

    def test_missing_files_are_66(self):
        for arguments in (["table", "/nonexistent/file"], ["classify", "--jsonl", "/nonexistent/file"]):
            status, out, err = run(*arguments)
            self.assertEqual((status, out), (66, ""))
            self.assertIn("/nonexistent/file", err)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_output_that_cannot_be_written_is_74(self):
        for arguments in (["list", "codes"], ["explain", "450"], ["classify", "550 no"], ["classify", "--jsonl"]):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([SMTPERR, *arguments], input=b'{"reply": "550 no"}\n', stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 74)
                self.assertIn(b"standard output", done.stderr)

    def test_every_context_option_is_heard(self):
        for options, key in ((["--tls-optional"], "action"),):
            default = one(reply="454 4.7.0 TLS not available", stage="starttls")
            changed = one(reply="454 4.7.0 TLS not available", stage="starttls", options=options)
            self.assertNotEqual(default[key], changed[key])
        self.assertEqual(one(reply="535 5.7.8 no", stage="auth", options=["--relay"])["action"], "hold")
        self.assertEqual(one(reply="530 5.7.0 Authentication required", stage="mail", options=["--mx"])["action"], "bounce")

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
        for kind in "failures categories actions stages scopes parties bases confidences origins dsn statuses".split():
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
        for key in [k for k in KEYS if k != "description"] + ["title", "what", "cause", "fix", "author", "source"]:
            self.assertIn(key, answer)

    def test_control_characters_never_reach_the_terminal(self):
        for reply in ("550 \x1b[2J\x07\rgone", "550 5.1.1 \u202e\u009b31m"):
            out = run("explain", reply)[1]
            self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")

    def test_334_is_not_shown(self):
        self.assertNotIn("UGFzc3dvcmQ6", run("explain", "--stage=auth", "334 UGFzc3dvcmQ6")[1])


class Colours(unittest.TestCase):
    def on_terminal(self, *arguments, **env):
        parent, child = pty.openpty()
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
        for kind in "codes enhanced failures categories actions stages scopes rules flags".split():
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
        for kind in "codes enhanced failures categories actions stages scopes parties bases".split():
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

    def test_absent_things_are_null(self):
        answer = one(reply="Mailbox does not exist")
        self.assertEqual((answer["code"], answer["enhanced"], answer["stage"]), (None, None, "unknown"))

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
        status, answers, err = lines(*({"failure": name, "stage": "connect"} for name in names))
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
            before = feed(200)
            after = feed(4000)
            process.stdin.close()
        self.assertLess(after - before, 1024, "KiB")


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
