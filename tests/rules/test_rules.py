#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every text rule of data/rules/ against the finished library: its example is won by it, as written and in disguise, and its
near-miss is not.

usage: test_rules.py SMTPERR [unittest options], or with the program's path in the environment as SMTPERR.
Only the standard library is needed. All cases go through one run of "smtperr classify --jsonl".

The disguises are what happens to replies on their way into a log, none of which may change the winner: the lines are wrapped
(at 72 columns, and at 24 since most examples are short), each with the code and the enhanced code; the line ends become
blanks; the text is in upper case; words that are passed over stand between all others; an echoed address stands before it, made of other rules' words; the reply has the other
class, 4yz for 5yz.
"""
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib
import unittest

sys.dont_write_bytecode = True  # no cache beside the data

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"
sys.path.insert(0, str(DATA))
import compile_rules  # noqa: E402

SMTPERR = os.environ.get("SMTPERR", "smtperr")
LINE = re.compile(r"(?:([2-5]\d\d)(?:[ -]|$))?(?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*)")


def load(pattern, table):
    rows = []
    for path in sorted(DATA.glob(pattern)):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))[table]:
            rows.append({**row, "file": path.name})
    return rows


RULES = load("rules/*.toml", "rule")
MEMBERS = {f"{{{row['name']}}}": row["words"][0] for row in load("sets.toml", "set")}
compile_rules.SETS.update({word: f"{{{row['name']}}}" for row in load("sets.toml", "set") for word in row["words"]})
HOSTS = {row["name"]: row["hosts"][0] for row in load("providers.toml", "provider") if row.get("hosts")}


# ---- The parts of a reply, and the whole again ----

def parts(reply):
    """Code, enhanced code and text, the lines of the text joined; code and enhanced code may be empty."""
    lines = [LINE.fullmatch(line).groups("") for line in reply.splitlines()]
    return lines[0][0], lines[0][1], " ".join(text for *_, text in lines)


def prefix(code, enhanced, separator=" "):
    return (code + separator if code else "") + (enhanced + " " if enhanced else "")


def wrapped(reply, columns):
    """Lines of at most so many columns, if the words allow it, each with the code and the enhanced code."""
    code, enhanced, text = parts(reply)
    lines = [""]
    for word in text.split():
        if lines[-1] and len(prefix(code, enhanced) + lines[-1] + word) >= columns:
            lines.append("")
        lines[-1] += " " + word if lines[-1] else word
    return [prefix(code, enhanced, "-") + line for line in lines[:-1]] + [prefix(code, enhanced) + lines[-1]]


def upper(reply):
    """As far as the library folds it back: Latin, Greek and Cyrillic."""
    code, enhanced, text = parts(reply)
    return prefix(code, enhanced) + "".join(
        char.upper() if compile_rules.fold(char.upper()) == compile_rules.fold(char) else char for char in text)


def plain(reply):
    """Without accents, as one writes who has none on the keyboard."""
    code, enhanced, text = parts(reply)
    return prefix(code, enhanced) + compile_rules.fold(text)


CONTRACTED = re.compile(r"(?i)\b(?:(is|was|are|were|has|have|had|do|does|did|could|would|should) not|can not)\b")


def contracted(reply):
    """With "isn't" for "is not" and "can't" for "can not"."""
    code, enhanced, text = parts(reply)
    return prefix(code, enhanced) + CONTRACTED.sub(lambda found: (found[1] + "n" if found[1] else "can") + "'t", text)


def padded(reply):
    """With words that are passed over behind each of its own."""
    code, enhanced, text = parts(reply)
    passed = itertools.cycle(["The", "has been", "a", "DER", "l'", "is", "d\u00e9"])
    return prefix(code, enhanced) + " ".join(f"{word} {next(passed)}" for word in text.split())


def echoed(reply, address):
    code, enhanced, text = parts(reply)
    return f"{prefix(code, enhanced)}<{address}>: {text}"


def odd_address(number):
    """Made of the words of three other rules."""
    pieces = [words_of(RULES[(number + step) % len(RULES)]) for step in (7, 29, 83)]
    return f"{pieces[0]}.{pieces[1]}@{pieces[2]}.example.org"


def words_of(rule):
    """The longest phrase of a rule as a part of an address."""
    phrases = [phrase for row in compile_rules.expand(rule["words"][0]) for phrase in row]
    phrase = max(phrases, key=len)
    return "-".join(MEMBERS.get(word, word) for word in phrase if word.isascii() and word[0] != "<") or "user-unknown"


def other_class(rule, reply):
    """4yz for 5yz and the other way round. What words of a lower rank say counts only beside a number that says little."""
    code, enhanced, text = parts(reply)
    turned = {"4": "5", "5": "4"}
    if rule.get("rank", "cause") != "cause":
        return f"{turned[code[0]]}50 {text}"
    return prefix(turned[code[0]] + code[1:], turned[enhanced[0]] + enhanced[1:] if enhanced else "") + text


# How mailers write down what a server said. {0}: the command that it answered, {1}: its reply, {2}: the same without its code.
FRAMES = [
    ("in a bounce of Postfix", "<ann@example.org>: host mx.example.net[192.0.2.25] said: {1} (in reply to {0} command)"),
    ("in a log of Postfix", "postfix/smtp[811]: 4F3A2: to=<ann@example.org>, relay=mx.example.net[192.0.2.25]:25, delay=1.2, "
     "delays=0.1/0/0.5/0.6, dsn=5.0.0, status=bounced (host mx.example.net[192.0.2.25] said: {1} (in reply to {0} command))"),
    ("in a bounce of Exim", "  ann@example.org\n    host mx.example.net [192.0.2.25]\n"
     "    SMTP error from remote mail server after {0}:\n    {1}"),
    ("in a log of Exim", "** ann@example.org R=dnslookup T=remote_smtp: SMTP error from remote mail server after {0}: "
     "host mx.example.net [192.0.2.25]: {1}"),
    ("in a bounce of qmail", "<ann@example.org>:\n192.0.2.25 does not like recipient.\nRemote host said: {1}\nGiving up on 192.0.2.25."),
    ("in a bounce of Sendmail", "<ann@example.org>\n    (reason: {1})"),
    ("in a delivery status notification", "Action: failed\nRemote-MTA: dns; mx.example.net\nDiagnostic-Code: smtp; {1}"),
    ("in a bounce of Exchange", "mx.example.net\nRemote Server returned '{1}'"),
    ("in a bounce of an older Exchange", "#< #5.0.0 smtp;{1}> #SMTP#"),
    ("in a bounce of Domino", "Error transferring to mx.example.net; SMTP Protocol Returned a Permanent Error {1}"),
    ("in a bounce of Gmail", "Delivery to the following recipient failed.\n\nThe response from the remote server was:\n{1}"),
    ("in a bounce of Cisco's gateways", "5.0.0 - Other mail system problem {code}-'{2}' (delivery attempts: 0)"),
    ("in a log of Cisco's gateways", "Bounced by destination server with response: 5.0.0 - Other mail system problem ('{code}', ['{2}']) []"),
    ("in an exception of Python", "({code}, b'{2}')"),
]
COMMANDS = {"rcpt": "RCPT TO", "mail": "MAIL FROM", "data": "DATA", "eod": "end of DATA", "ehlo": "EHLO", "helo": "HELO"}


def framed(rule):
    """(way, text) of an example as mailers write it down: their words are not the server's."""
    code, enhanced, text = parts(rule["example"])
    command = next((COMMANDS[stage] for stage in rule.get("stages", ["rcpt"]) if stage in COMMANDS), None)
    if code and command:
        for way, frame in FRAMES:
            yield way, frame.format(command, prefix(code, enhanced) + text, prefix("", enhanced) + text, code=code)


# ---- Cases ----

class Case:
    def __init__(self, rule, way, reply, shape="text", stage=None, wins=True):
        self.rule, self.way, self.reply, self.shape, self.wins = rule, way, reply, shape, wins
        self.stage = stage or rule.get("stages", ["unknown"])[0]

    def line(self):
        line = {"reply": self.reply, "shape": self.shape, "stage": self.stage}
        if "providers" in self.rule:  # they are known by the host that we talk to
            line["mx_host"] = HOSTS[self.rule["providers"][0]]
        return json.dumps(line) + "\n"

    def failure(self, got):
        name = self.rule["name"]
        if (got == name) == self.wins:
            return ""
        return (f"\n{self.rule['file']}: {name}, {self.way} ({self.shape}, {self.stage})\n  reply  {self.reply!r}\n"
                f"  wanted {name if self.wins else 'any other rule'}\n  got    {got}")


def disguises(number, rule):
    """(way, reply, shape) of an example."""
    reply = rule["example"]
    code = parts(reply)[0]
    shape, ending = ("wire", "\r\n") if code else ("text", "")
    if code:
        yield "on the wire", "\r\n".join(wrapped(reply, 9999)) + ending, shape
    for columns in (72, 24):
        yield f"wrapped at {columns} columns", "\r\n".join(wrapped(reply, columns)) + ending, shape
        yield f"wrapped at {columns} columns and joined by blanks", " ".join(wrapped(reply, columns)), "text"
    yield "in upper case", upper(reply), "text"
    if not reply.isascii():
        yield "without accents", plain(reply), "text"
    if contracted(reply) != reply:
        yield "contracted", contracted(reply), "text"
        yield "contracted by typographers", contracted(reply).replace("'", "\u2019"), "text"
    yield "with words that are passed over", padded(reply), "text"
    yield "behind an echoed address", echoed(reply, odd_address(number)), "text"
    if code and not rule.keys() & {"codes", "classes", "enhanced"}:
        yield "with the other class", other_class(rule, reply), "text"
    for way, text in framed(rule):
        yield way, text, "text"


def cases():
    for number, rule in enumerate(RULES):
        for stage in {"unknown", *rule.get("stages", [])}:
            yield Case(rule, "example", rule["example"], stage=stage)
            yield Case(rule, "near_miss", rule["near_miss"], stage=stage, wins=False)
        for way, reply, shape in disguises(number, rule):
            yield Case(rule, way, reply, shape)
        yield Case(rule, "plain address", echoed(rule["example"], "ann@example.org"))


def judged(all_cases):
    """What the library makes of each case; its rule is None where no text rule won."""
    done = subprocess.run([SMTPERR, "classify", "--jsonl"], input="".join(case.line() for case in all_cases).encode(),
                          capture_output=True, timeout=250)
    if done.returncode != 0:
        raise RuntimeError(f"smtperr classify --jsonl: status {done.returncode}, {done.stderr.decode()[:2000]}")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(all_cases):
        raise RuntimeError(f"{len(all_cases)} cases got {len(answers)} answers")
    return answers


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all = list(cases())
        cls.failures = {"example": [], "near_miss": [], "disguise": []}
        answers = [(case, answer["rule"]) for case, answer in zip(cls.all, judged(cls.all))]
        # Rules may look for <address>: then it is not the words in the address that make another one win.
        beside_an_address = {case.rule["name"]: got for case, got in answers if case.way == "plain address"}
        losers = set()
        for case, got in answers:
            if case.way == "plain address" or (case.way == "behind an echoed address"
                                               and got == beside_an_address[case.rule["name"]]):
                continue
            failure = case.failure(got)
            kind = case.way if case.way in cls.failures else "disguise"
            if failure and not (kind == "disguise" and case.rule["name"] in losers):  # it is told once
                cls.failures[kind].append(failure)
            if failure and kind == "example":
                losers.add(case.rule["name"])

    def none(self, kind):
        if self.failures[kind]:
            self.fail(f"{len(self.failures[kind])} cases{''.join(self.failures[kind])}")

    def test_every_example_is_won_by_its_rule(self):
        self.none("example")

    def test_no_near_miss_is_won_by_its_rule(self):
        self.none("near_miss")

    def test_disguises_do_not_change_the_winner(self):
        self.none("disguise")

    def test_rules_with_dead_condemn_an_address_and_others_no_more_than_numbers_do(self):
        bare = [prefix(*parts(rule["example"])[:2]) + "x" for rule in RULES]
        answers = zip(RULES, judged([Case(rule, "example", rule["example"]) for rule in RULES]),
                      judged([Case(rule, "numbers alone", reply) for rule, reply in zip(RULES, bare)]))
        self.assertEqual([], [(rule["name"], rule["example"]) for rule, answer, by_numbers in answers
                              if rule.get("dead", False) > answer["suppress"]
                              or answer["suppress"] > (rule.get("dead", False) or by_numbers["suppress"])])

    def test_what_a_server_adds_hides_no_dead_address(self):
        """Sentences behind the cause are met by the words of vetoes, too."""
        added = ["Please ask your email administrator.", "See https://www.example.net/help", "Giving up on 192.0.2.25.", "(ref 4F3A2B)"]
        dead = [rule for rule in RULES if rule.get("dead") and rule.get("rank", "cause") == "cause"]
        cases = [Case(rule, "with more behind it", f"{rule['example'].rstrip('.')}. {text}") for rule in dead for text in added]
        self.assertEqual([], [(case.reply, answer["category"]) for case, answer in zip(cases, judged(cases))
                              if answer["category"] != case.rule["category"] or not answer["suppress"]])

    def test_there_are_rules(self):
        self.assertGreater(len(RULES), 300)
        self.assertGreater(len(self.all), 8 * len(RULES))

    def test_each_source_is_one_that_a_reader_can_open(self):
        vague = re.compile(r"(?i)usual|various|common knowledge|experience|.* (replies|users|servers|gateways)")
        self.assertEqual([], [(rule["name"], source) for rule in RULES for source in rule["source"] if vague.fullmatch(source)])


class Disguises(unittest.TestCase):
    """The disguises themselves."""

    REPLY = "550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown in local recipient table"

    def test_parts_of_lines(self):
        self.assertEqual(("550", "5.1.1", "No such user"), parts("550-5.1.1 No such\n550 5.1.1 user"))
        self.assertEqual(("421", "", "mx.example.org busy"), parts("421 mx.example.org busy"))
        self.assertEqual(("", "", "Connection refused"), parts("Connection refused"))

    def test_wrapped(self):
        self.assertEqual(["550-5.1.1 <ann@example.org>: Recipient address rejected: User unknown in",
                          "550 5.1.1 local recipient table"], wrapped(self.REPLY, 72))

    def test_upper(self):
        self.assertEqual("550 5.1.1 ПОЛЬЗОВАТЕЛЬ, ÜBERFÜLLT, SKRZYNKA PEŁNA",
                         upper("550 5.1.1 Пользователь, überfüllt, skrzynka pełna"))

    def test_echoed_address_has_words_of_other_rules(self):
        reply = echoed(self.REPLY, odd_address(0))
        self.assertRegex(reply, r"^550 5\.1\.1 <[a-z0-9-]+\.[a-z0-9-]+@[a-z0-9-]+\.example\.org>: <ann@example\.org>: Rec")
        self.assertIn(words_of(RULES[7]), reply)

    def test_other_class(self):
        self.assertEqual("450 4.1.1 Unknown", other_class({}, "550 5.1.1 Unknown"))
        self.assertEqual("552 Full", other_class({}, "452 Full"))
        self.assertEqual("450 Rejected", other_class({"rank": "measure"}, "554 5.7.0 Rejected"))


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        SMTPERR = sys.argv.pop(1)
    unittest.main()
