#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""data/generate.py and its checks: good data always gives the same bytes, broken data is told with file, line and sentence.

A test breaks one thing in a copy of the data and runs main(), in this process since that is quicker; RealRuns are real
ones. EverySentence compares the sentences of the generator with those that the tests expect: none is left out.
"""
import ast
import contextlib
import functools
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATOR = ROOT / "data" / "generate.py"
HEADER = ROOT / "include" / "smtperr.h"
CHECKERS = [GENERATOR, *(ROOT / "data" / name for name in ("check_rules.py", "compile_rules.py"))]
TABLES = ["tables_decide.c", "tables_failures.c", "tables_rules.c", "tables_words.c"]
FILES = [path for folder in ("data", "data/rules") for path in sorted((ROOT / folder).glob("*.toml"))]
DATA = {path.name: path.read_bytes() for path in FILES if path.parent.name == "data"}
RULES = "rules/general-recipient.toml"  # its first rules stand for all, which would take long
DATA[RULES] = b"\n[[".join((ROOT / "data" / RULES).read_bytes().split(b"\n[[")[:3]) + b"\n"
CODE = compile(GENERATOR.read_text(encoding="utf-8"), str(GENERATOR), "exec")
sys.path.insert(0, str(GENERATOR.parent))
STAGES = "unknown, connect, greeting, ehlo, helo, starttls, tls, auth, mail, rcpt, data, body, eod, rset, quit, other"
REPLY_STAGES = STAGES.replace("connect, ", "")
SENDING_STAGES = STAGES.replace("rset, quit, ", "")

TEXT = {"title": "Refused for the test", "what": "It was refused.", "cause": "The test.", "fix": "Nothing to do."}
SOURCE = {"source": ["RFC 5321 4.2.1"]}
ANSWER = {"action": "hold", "scope": "local", "party": "our-postmaster", "delay": 999, "status": "4.7.0",
          "exit": "EX_TEMPFAIL", "why": "The test wants it.", **SOURCE}
GOOD = {  # rows that are in order beside those of the data
    "codes.toml": {"code": "598", "stages": ["any"], "category": "policy", "confidence": "low", **TEXT, **SOURCE},
    "enhanced.toml": {"code": "X.2.999", "classes": [4, 5], "stages": ["any"], "category": "policy",
                      "confidence": "low", **TEXT, **SOURCE},
    "failures.toml": {"id": 64999, "name": "test-failure", "list": "mailer", "category": "network", "enhanced": "4.7.0",
                      **TEXT, **SOURCE},
    "categories.toml": {"id": 999, "name": "test", **TEXT, "author": "It is a test.", **SOURCE},
    "words.toml": {"kind": "scope", "id": 999, "name": "test", "what": "A test."},
    "decisions.toml": {"category": "policy", "class": "5yz", "stages": ["rcpt"], "codes": ["598"], **ANSWER},
    "version.toml": {"number": 2020123101},
    RULES: {"name": "test-rule", "words": ["zyxt * wvut"], "category": "mailbox-full", **SOURCE,
            "example": "552 5.2.2 Zyxt: wvut", "near_miss": "552 5.2.2 Wvut, zyxt"},
    "sets.toml": {"name": "test-set", "words": ["zyxt", "zyxts"], "what": "A test."},
    "guards.toml": {"name": "test-guard", "not": ["uvw [zyxt]"], "what": "A test."},
    "providers.toml": {"name": "test-provider", "title": "Test Mail", "hosts": ["mx.test.example"], **SOURCE},
    "blocklists.toml": {"name": "test-list", "title": "Test List", "hosts": ["bl.test.example"], "lists": "ip",
                        "state": "active", "what": "It is listed.", "fix": "Nothing to do.", **SOURCE},
}
TABLE = {RULES: "rule", "sets.toml": "set", "guards.toml": "guard", "providers.toml": "provider", "blocklists.toml": "blocklist", "codes.toml": "meaning", "enhanced.toml": "status", "failures.toml": "failure", "categories.toml": "category",
         "words.toml": "word", "decisions.toml": "decision", "version.toml": "version"}

load_toml = functools.lru_cache(maxsize=None)(tomllib.loads)  # most files are the same in all tests


def written(value):
    return json.dumps(value, ensure_ascii=False)


class GeneratorTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.data = dict(DATA)
        self.header = HEADER.read_bytes()
        self.file, self.line = None, 0

    # ---- Small edits; each remembers the file and line of what it changed ----

    def lines(self, file):
        return self.data[file].decode("utf-8").split("\n")

    def blocks(self, file, *wanted):
        """(first, end) of each row that has all the wanted lines; lines count from 0."""
        lines = self.lines(file)
        heads = [number for number, line in enumerate(lines) if line.startswith("[[")] + [len(lines)]
        found = [(first, end) for first, end in zip(heads, heads[1:]) if set(wanted) <= set(lines[first:end])]
        self.assertTrue(found, f"no row of {file} has the lines {wanted}")
        return found

    def save(self, file, lines, line):
        self.data[file] = "\n".join(lines).encode("utf-8")
        self.file, self.line = file, line + 1

    def change(self, file, wanted, key, line):
        """Puts a line in the place of a key of the first row that has the wanted line."""
        lines = self.lines(file)
        first, end = self.blocks(file, wanted)[0]
        at = next(number for number in range(first, end) if lines[number].startswith(key + " ="))
        lines[at] = line
        self.save(file, lines, at)

    def remove(self, file, *wanted):
        """Takes away every row that has all the wanted lines."""
        lines = self.lines(file)
        for first, end in reversed(self.blocks(file, *wanted)):
            del lines[first:end]
        self.save(file, lines, 0)

    def add(self, file, key=None, without=(), **changes):
        """Appends a row that is in order but for the changes. The line is that of the key, or else of the head."""
        row = {name: value for name, value in {**GOOD[file], **changes}.items() if name not in without}
        lines = self.lines(file)
        lines += [f"[[{TABLE[file]}]]"] + [f"{name} = {written(value)}" for name, value in row.items()] + [""]
        self.save(file, lines, len(lines) - 2 - len(row) + (list(row).index(key) + 1 if key else 0))

    def append(self, file, text):
        lines = self.lines(file)
        self.save(file, lines + text.split("\n"), len(lines))

    # ---- Running ----

    def prepare(self):
        (self.directory / "rules").mkdir(exist_ok=True)
        for name, content in self.data.items():
            (self.directory / name).write_bytes(content)
        (self.directory / "smtperr.h").write_bytes(self.header)
        out = self.directory / "out"
        out.mkdir()
        return out, ["--header", str(self.directory / "smtperr.h"), "--out", str(out),
                     *(str(self.directory / name) for name in DATA)]

    def run_main(self, arguments):
        space = {"__name__": "generate"}
        exec(CODE, space)
        space["tomllib"] = type("toml", (), {"loads": staticmethod(load_toml)})
        told, status = io.StringIO(), 0
        with contextlib.redirect_stderr(told):
            try:
                space["main"](arguments)
            except SystemExit as leave:
                status = leave.code
        return status, told.getvalue()

    def accepts(self):
        """The data is in order: returns the tables."""
        out, arguments = self.prepare()
        self.assertEqual((0, ""), self.run_main(arguments))
        return {path.name: path.read_bytes() for path in out.iterdir()}

    def refuses(self, sentence, file=None, line=None, unlink=None):
        out, arguments = self.prepare()
        if unlink:
            (self.directory / unlink).unlink()
        wanted = f"{file or self.file}:{line or self.line}: {sentence}\n"
        self.assertEqual((1, wanted), self.run_main(arguments))
        self.assertEqual([], list(out.iterdir()), "nothing may be written")


class GoodData(GeneratorTest):
    def test_writes_all_tables(self):
        self.assertEqual(TABLES, sorted(self.accepts()))

    def test_rows_that_the_other_tests_break_are_good_as_they_stand(self):
        for file in ("codes.toml", "enhanced.toml", "failures.toml", "decisions.toml", RULES, "providers.toml",
                     "blocklists.toml", "sets.toml", "guards.toml"):
            self.add(file)
        self.accepts()

    def test_the_examples_of_the_docs(self):
        blocks = []
        for page in ("data.md", "rules.md"):
            text = (ROOT / "docs" / page).read_text(encoding="utf-8")
            blocks += re.findall(r"```toml\n# (\S+)\n(.*?)```", text, re.S)
        self.assertEqual(["codes.toml", "failures.toml", "decisions.toml", "providers.toml", "blocklists.toml", RULES, "sets.toml", "guards.toml"],
                         [file for file, _ in blocks])
        for file, text in blocks:
            self.append(file, text)
        self.accepts()

    def test_the_order_of_the_files_does_not_matter(self):
        tables = self.accepts()
        out = self.directory / "again"
        out.mkdir()
        names = [str(self.directory / name) for name in reversed(DATA)]
        self.assertEqual((0, ""), self.run_main(["--header", str(HEADER), "--out", str(out), *names]))
        self.assertEqual(tables, {path.name: path.read_bytes() for path in out.iterdir()})

    def test_a_sentence_changes_no_number(self):
        tables = self.accepts()
        self.setUp()
        self.change("codes.toml", 'code = "450"', "what", 'what = "Other words."')
        again = self.accepts()
        self.assertEqual(tables["tables_decide.c"], again["tables_decide.c"])
        self.assertEqual(tables["tables_failures.c"], again["tables_failures.c"])
        self.assertNotEqual(tables["tables_words.c"], again["tables_words.c"])


class BrokenFile(GeneratorTest):
    def test_missing_file(self):
        self.refuses("can't be read: No such file or directory", "codes.toml", 1, unlink="codes.toml")

    def test_missing_header(self):
        self.refuses("can't be read: No such file or directory", "smtperr.h", 1, unlink="smtperr.h")

    def test_empty_file(self):
        self.data["decisions.toml"] = b""
        self.refuses("no [[decision]]", "decisions.toml", 1)

    def test_not_utf_8(self):
        self.data["codes.toml"] += b"# f\xfcr\n"
        self.refuses("this line is not UTF-8", "codes.toml", DATA["codes.toml"].count(b"\n") + 1)

    def python_says(self):
        with self.assertRaises(tomllib.TOMLDecodeError) as caught:
            tomllib.loads(self.data[self.file].decode())
        return str(caught.exception)

    def test_no_toml(self):
        self.append("codes.toml", "[[meaning]]\ncode = 450 451")
        self.refuses(f"no TOML: {self.python_says()}", line=self.line + 1)

    def test_control_character(self):
        self.change("codes.toml", 'code = "450"', "what", 'what = "Rings \a"')
        self.refuses(f"no TOML: {self.python_says()}")

    def test_key_twice(self):
        self.append("version.toml", "number = 2026010101\n# the end")
        self.refuses(f"no TOML: {self.python_says()}")

    def test_ends_too_soon(self):
        self.append("codes.toml", 'source = ["RFC 5321"')
        self.refuses(f"no TOML: {self.python_says()}")

    def test_triple_quotes(self):
        self.change("codes.toml", 'code = "450"', "what", 'what = """The mailbox is busy."""')
        self.refuses("write a text in one line, without triple quotes")

    def test_key_outside_of_a_table(self):
        self.data["codes.toml"] = b'code = "450"\n' + self.data["codes.toml"]
        self.refuses("key 'code' stands outside of any [[table]]", "codes.toml", 1)

    def test_table_that_is_no_array(self):
        self.append("codes.toml", "[meaning]")
        self.refuses("write [[meaning]], not [meaning]")

    def test_head_in_quotes(self):
        self.append("words.toml", '[["word"]]')
        self.refuses("write each head of 'word' on a line of its own and as [[word]]", line=1)

    def test_value_in_place_of_tables(self):
        self.data["words.toml"] = b'"word" = 1\n' + self.data["words.toml"].split(b"[[")[0]
        self.refuses("write each head of 'word' on a line of its own and as [[word]]", "words.toml", 1)

    def test_unknown_table(self):
        self.append("codes.toml", '[[meanings]]\ncode = "450"')
        self.refuses("unknown table [[meanings]]")

    def test_table_in_a_table(self):
        self.append("codes.toml", "[[meaning.note]]")
        heads = [number for number, line in enumerate(self.lines("codes.toml"), 1) if line == "[[meaning]]"]
        self.refuses("unknown key 'note' in a [[meaning]]", line=heads[-1])


class BrokenRow(GeneratorTest):
    def test_unknown_key(self):
        self.add("codes.toml", "colour", colour="red")
        self.refuses("unknown key 'colour' in a [[meaning]]")

    def test_missing_key(self):
        self.add("codes.toml", without=["category"])
        self.refuses("'category' is missing")

    def test_missing_source(self):
        self.add("enhanced.toml", without=["source"])
        self.refuses("'source' is missing")

    def test_wrong_type(self):
        self.add("codes.toml", "code", code=598)
        self.refuses("'code' must be of type str")

    def test_wrong_type_of_a_number(self):
        self.add("failures.toml", "id", id="64999")
        self.refuses("'id' must be of type int")

    def test_truth_is_no_number(self):
        self.add("failures.toml", "id", id=True)
        self.refuses("'id' must be of type int")

    def test_wrong_type_in_a_list(self):
        self.add("codes.toml", "stages", stages=[9])
        self.refuses("'stages' must be a list of texts")

    def test_wrong_type_in_a_list_of_numbers(self):
        self.add("enhanced.toml", "classes", classes=["5"])
        self.refuses("'classes' must be a list of numbers")

    def test_empty_text(self):
        self.add("codes.toml", "fix", fix="")
        self.refuses("'fix' must be ASCII, not empty, without control characters or blanks at its ends")

    def test_blank_at_the_end(self):
        self.add("codes.toml", "title", title="Refused ")
        self.refuses("'title' must be ASCII, not empty, without control characters or blanks at its ends")

    def test_not_ascii(self):
        self.add("codes.toml", "what", what="Caf\u00e9 closed.")
        self.refuses("'what' must be ASCII, not empty, without control characters or blanks at its ends")

    def test_escaped_control_character(self):
        self.add("codes.toml", "what", what="Rings \u0007.")
        self.refuses("'what' must be ASCII, not empty, without control characters or blanks at its ends")

    def test_escaped_line_end(self):
        self.add("failures.toml", "cause", cause="One.\nTwo.")
        self.refuses("'cause' must be ASCII, not empty, without control characters or blanks at its ends")

    def test_overlong_sentence(self):
        self.add("codes.toml", "fix", fix="x" * 241)
        self.refuses("'fix' has 241 bytes, more than 240")

    def test_overlong_title(self):
        self.add("enhanced.toml", "title", title="x" * 61)
        self.refuses("'title' has 61 bytes, more than 60")

    def test_overlong_name(self):
        self.add("failures.toml", "name", name="x" * 65)
        self.refuses("'name' has 65 bytes, more than 64")

    def test_longest_texts_are_good(self):
        self.add("codes.toml", title="x" * 60, what="x" * 240, cause="x" * 240, fix="x" * 240)
        self.accepts()

    def test_name_with_odd_characters(self):
        self.add("failures.toml", "name", name="*/ int x; /*")
        self.refuses("the name '*/ int x; /*' may have letters, digits, and _ . / - inside only")

    def test_empty_list(self):
        self.add("codes.toml", "source", source=[])
        self.refuses("'source' is empty or names something twice")

    def test_stage_twice_in_a_list(self):
        self.add("codes.toml", "stages", stages=["rcpt", "rcpt"])
        self.refuses("'stages' is empty or names something twice")

    def test_source_too_thin(self):
        self.add("codes.toml", "source", source=["RFC"])
        self.refuses("'source' must be a list of references that a reader can open")

    def test_source_not_ascii(self):
        self.add("decisions.toml", "source", source=["Universit\u00e4t"])
        self.refuses("'source' must be a list of references that a reader can open")

    def test_several_faults_are_told_in_one_run(self):
        self.add("codes.toml", "code", code="5x8")
        line = self.line
        self.add("enhanced.toml", "confidence", confidence="sure")
        self.refuses("'5x8' is no code: write three digits, \"4yz\" or \"x5z\"\n"
                     f"enhanced.toml:{self.line}: 'confidence': 'sure' is none of low, medium, high",
                     "codes.toml", line)


def names(file, **wanted):
    rows = tomllib.loads(DATA[file].decode())[TABLE[file]]
    return ", ".join(row["name"] for row in sorted(rows, key=lambda row: row["id"])
                     if all(row[key] == value for key, value in wanted.items()))


class BrokenCodes(GeneratorTest):
    def test_bad_category(self):
        self.add("codes.toml", "category", category="weather")
        self.refuses(f"'category': 'weather' is none of {names('categories.toml')}")

    def test_bad_confidence(self):
        self.add("codes.toml", "confidence", confidence="sure")
        self.refuses("'confidence': 'sure' is none of low, medium, high")

    def test_bad_stage(self):
        self.add("codes.toml", "stages", stages=["rcpt", "dinner"])
        self.refuses(f"'stages': 'dinner' is none of {REPLY_STAGES}")

    def test_connect_is_no_stage_of_a_reply(self):
        self.add("codes.toml", "stages", stages=["connect"])
        self.refuses(f"'stages': 'connect' is none of {REPLY_STAGES}")

    def test_bad_stage_of_an_unusual_meaning(self):
        self.add("codes.toml", "stages", code="450", usual=False, name="test", stages=["dinner"])
        self.refuses(f"'stages': 'dinner' is none of {REPLY_STAGES}, any")

    def test_bad_kind(self):
        self.add("codes.toml", "kind", kind="poem")
        self.refuses("'kind': 'poem' is none of not-smtp, second-digit")

    def test_second_digit_with_a_code(self):
        self.add("codes.toml", "code", kind="second-digit")
        self.refuses('kind = "second-digit" goes with codes such as "x5z", and only with them')

    def test_second_digit_without_its_kind(self):
        self.add("codes.toml", "code", code="x8z")
        self.refuses('kind = "second-digit" goes with codes such as "x5z", and only with them')

    def test_bad_code(self):
        self.add("codes.toml", "code", code="5.1.1")
        self.refuses("'5.1.1' is no code: write three digits, \"4yz\" or \"x5z\"")

    def test_code_and_stage_twice(self):
        self.add("codes.toml", stages=["rcpt", "mail"])
        self.add("codes.toml", "stages", stages=["rcpt"], category="network")
        first = self.blocks("codes.toml", 'code = "598"')[0][0] + 1
        self.refuses(f"code 598 at rcpt stands at line {first} already")

    def test_any_that_can_never_win(self):
        self.add("codes.toml", stages=REPLY_STAGES.split(", "))
        self.add("codes.toml", "stages", category="network")
        self.refuses("this row of 598 can never win: other rows name all stages")

    def test_second_any_can_never_win(self):
        self.add("codes.toml")
        self.add("codes.toml", "stages", category="network")
        self.refuses("this row of 598 can never win: other rows name all stages")

    def test_rule_name_twice(self):
        self.add("codes.toml", stages=["rcpt"])
        first = self.line
        self.add("codes.toml", stages=["mail"])
        self.refuses(f"rule '598/policy' stands at codes.toml:{first} already: give one a 'name' of its own")

    def test_rule_name_twice_in_two_files(self):
        self.add("codes.toml", name="test-failure")
        first = self.line
        self.add("failures.toml")
        self.refuses(f"rule 'test-failure' stands at codes.toml:{first} already: give one a 'name' of its own")

    def test_rule_ids_collide(self):
        self.add("codes.toml", name="rule-59842")  # both hash to 1777166508
        self.add("enhanced.toml", name="rule-81239")
        self.refuses("the id of rule 'rule-81239' collides with that of 'rule-59842': choose another 'name'")

    def test_dead_in_a_wrong_category(self):
        self.add("codes.toml", "dead", dead=True)
        self.refuses("a row of category 'policy' can't call an address dead")

    def test_unusual_meaning_alone(self):
        self.add("codes.toml", "code", usual=False)
        self.refuses("code 598 has other meanings but no usual one")

    def test_class_without_a_row(self):
        self.remove("codes.toml", 'code = "4yz"')
        self.refuses(f"no row for the class 4yz at {REPLY_STAGES}", line=1)

    def test_class_without_a_row_for_a_stage(self):
        self.change("codes.toml", 'code = "5yz"', "stages", 'stages = ["rcpt"]')
        self.refuses(f"no row for the class 5yz at {REPLY_STAGES.replace('rcpt, ', '')}", line=1)


class BrokenStatuses(GeneratorTest):
    def test_bad_status(self):
        self.add("enhanced.toml", "code", code="5.2.999")
        self.refuses("'5.2.999' is no status: write X.7.1, X.7.X or 5.X.X")

    def test_bad_class(self):
        self.add("enhanced.toml", "classes", classes=[3])
        self.refuses("'classes': 3 is none of 2, 4, 5")

    def test_bad_stage(self):
        self.add("enhanced.toml", "stages", stages=["dinner"])
        self.refuses(f"'stages': 'dinner' is none of {REPLY_STAGES}")

    def test_bad_confidence(self):
        self.add("enhanced.toml", "confidence", confidence="HIGH")
        self.refuses("'confidence': 'HIGH' is none of low, medium, high")

    def test_status_and_stage_twice(self):
        self.add("enhanced.toml", stages=["rcpt"])
        first = self.line
        self.add("enhanced.toml", "stages", stages=["eod", "rcpt"], category="network")
        self.refuses(f"status X.2.999 at rcpt stands at line {first} already")

    def test_dead_in_a_wrong_category(self):
        self.add("enhanced.toml", "dead", dead=True)
        self.refuses("a row of category 'policy' can't call an address dead")

    def test_subject_too_large(self):
        self.add("enhanced.toml", code="X.63.X")
        self.add("enhanced.toml", "code", code="X.63.1", category="network")
        first = self.blocks("enhanced.toml", 'code = "X.63.X"')[0][0] + 2
        self.refuses("subject 63 is more than the tables can hold (62)\n"
                     f"enhanced.toml:{self.line}: subject 63 is more than the tables can hold (62)", line=first)

    def test_subject_without_a_row(self):
        self.add("enhanced.toml", "code", code="X.61.3")
        self.refuses("no row X.61.X for the unknown details of its subject")

    def test_class_without_a_row(self):
        self.remove("enhanced.toml", 'code = "5.X.X"')
        self.refuses(f"no row for the class 5.X.X at {REPLY_STAGES}", line=1)


class BrokenFailures(GeneratorTest):
    def test_bad_category(self):
        self.add("failures.toml", "category", category="weather")
        self.refuses(f"'category': 'weather' is none of {names('categories.toml')}")

    def test_bad_list(self):
        self.add("failures.toml", "list", list="errors")
        self.refuses("'list': 'errors' is none of errno, getaddrinfo, h_errno, dns, tls-alert, x509, openssl, mailer")

    def test_id_twice(self):
        self.add("failures.toml")
        self.add("failures.toml", "id", name="test-other")
        self.refuses("id 64999 is out of range or taken")

    def test_id_out_of_range(self):
        self.add("failures.toml", "id", id=65536)
        self.refuses("id 65536 is out of range or taken")

    def test_bad_enhanced_code(self):
        self.add("failures.toml", "enhanced", enhanced="2.0.0")
        self.refuses("'2.0.0' is no enhanced code of class 4 or 5")

    def test_lasting_with_a_temporary_code(self):
        self.add("failures.toml", "enhanced", lasting=True)
        self.refuses("an enhanced code of class 5 goes with 'lasting', and only with it")

    def test_permanent_code_without_lasting(self):
        self.add("failures.toml", "enhanced", enhanced="5.7.0")
        self.refuses("an enhanced code of class 5 goes with 'lasting', and only with it")

    def test_another_name_that_is_taken(self):
        self.add("failures.toml", "also", also=["econnrefused"])
        self.refuses("'econnrefused' is ECONNREFUSED already")

    def test_dead_in_a_wrong_category(self):
        self.add("failures.toml", "dead", dead=True, lasting=True, enhanced="5.7.0")
        self.refuses("only a lasting failure about the address can call it dead")

    def test_dead_but_not_lasting(self):
        self.add("failures.toml", "dead", dead=True, category="domain-unknown")
        self.refuses("only a lasting failure about the address can call it dead")

    def test_number_twice(self):
        self.add("failures.toml", "linux", list="errno", linux=111)
        self.refuses("errno 111 is ECONNREFUSED already")

    def test_number_in_a_list_without_numbers(self):
        self.add("failures.toml", "number", number=3)
        self.refuses("failures of the list 'mailer' have no number called 'number'")

    def test_number_of_another_list(self):
        self.add("failures.toml", "linux", list="dns", linux=3)
        self.refuses("failures of the list 'dns' have no number called 'linux'")

    def test_number_too_large(self):
        self.add("failures.toml", "windows", list="errno", windows=32768)
        self.refuses("32768 is more than the tables can hold (-32768 to 32767)")


class BrokenWords(GeneratorTest):
    def test_bad_kind(self):
        self.add("words.toml", "kind", kind="flags")
        self.refuses("'kind': 'flags' is none of stage, action, scope, party, basis, confidence, origin, dsn, status, flag, "
                     "role, shape, context, number, say, match, rank, kind")

    def test_number_that_the_header_does_not_have(self):
        self.add("words.toml", "id")
        self.refuses("the header has no scope TEST = 999")

    def test_name_with_another_number_than_in_the_header(self):
        self.change("words.toml", 'name = "syntax"', "id", "id = -7")
        self.refuses("no row for the header's status SYNTAX = -2\n"
                     f"words.toml:{self.line}: the header has no status SYNTAX = -7", line=1)

    def test_category_that_the_header_does_not_have(self):
        self.add("categories.toml", "id")
        self.refuses("the header has no category TEST = 999")

    def test_category_whose_id_leaves_one_out(self):
        self.header = self.header.replace(b"SMTPERR_CATEGORY_NOT_SUPPORTED = 37", b"SMTPERR_CATEGORY_NOT_SUPPORTED = 37, SMTPERR_CATEGORY_TEST = 39")
        self.add("categories.toml", "id", id=39)
        self.refuses("38 is left out, and decisions are looked up by the id")

    def test_stage_that_the_generator_does_not_know(self):
        self.header = self.header.replace(b"SMTPERR_STAGE_OTHER = 15", b"SMTPERR_STAGE_OTHER = 15, SMTPERR_STAGE_TEST = 16")
        self.add("words.toml", kind="stage", id=16)
        self.line = 1
        self.refuses("the stages are not those of STAGES in generate.py")

    def test_failure_that_the_header_does_not_have(self):
        self.add("failures.toml", "id", id=39)
        self.refuses("the header has no failure TEST_FAILURE = 39")

    def test_word_twice(self):
        self.add("words.toml", "id", kind="stage", id=9, name="rcpt")
        self.refuses("stage 'rcpt' or its id 9 stands twice")

    def test_enumerator_without_a_word(self):
        self.header += b"enum { SMTPERR_SCOPE_MOON = 99 };\n"
        self.refuses("no row for the header's scope MOON = 99", "words.toml", 1)

    def test_enumerator_without_a_category(self):
        self.header += b"enum { SMTPERR_CATEGORY_WEATHER = 99 };\n"
        self.refuses("no row for the header's category WEATHER = 99", "categories.toml", 1)

    def test_enumerator_without_a_failure(self):
        self.header += b"enum { SMTPERR_FAILURE_MOON_IN_THE_WAY = 39 };\n"
        self.refuses("no row for the header's failure MOON_IN_THE_WAY = 39", "failures.toml", 1)

    def test_two_versions(self):
        self.add("version.toml")
        self.refuses("the data has one version only")

    def test_version_that_is_no_day(self):
        for number in (7, 2026133101, 2026123201, 20261122011):
            with self.subTest(number=number):
                self.setUp()
                self.data["version.toml"] = f"[[version]]\nnumber = {number}\n".encode()
                self.refuses("'number' is no version of the form YYYYMMDDNN", "version.toml", 2)


class BrokenRules(GeneratorTest):
    """Of a rule, of a provider, of a blocklist."""

    def test_bad_category(self):
        self.add(RULES, "category", category="weather")
        self.refuses(f"'category': 'weather' is none of {names('categories.toml')}")

    def test_missing_example(self):
        self.add(RULES, without=["example"])
        self.refuses("'example' is missing")

    def test_missing_near_miss(self):
        self.add(RULES, without=["near_miss"])
        self.refuses("'near_miss' is missing")

    def test_missing_source(self):
        self.add(RULES, without=["source"])
        self.refuses("'source' is missing")

    def test_unknown_key(self):
        self.add(RULES, "tag", tag="TSS04")
        self.refuses("unknown key 'tag' in a [[rule]]")

    def test_no_words(self):
        self.add(RULES, "words", words=[])
        self.refuses("'words' is empty or names something twice")

    def test_bad_class(self):
        self.add(RULES, "classes", classes=["5xx"])
        self.refuses("'classes': '5xx' is none of 4yz, 5yz, none")

    def test_bad_stage(self):
        self.add(RULES, "stages", stages=["connect"])
        self.refuses(f"'stages': 'connect' is none of {REPLY_STAGES}")

    def test_unknown_provider(self):
        self.add("providers.toml")
        self.add(RULES, "providers", providers=["test-provider", "moon-mail"])
        known = [row["name"] for row in tomllib.loads(self.data["providers.toml"].decode())["provider"]]
        self.refuses(f"'providers': 'moon-mail' is none of {', '.join(known)}")

    def test_bad_rank(self):
        self.add(RULES, "rank", rank="general")
        self.refuses("'rank': 'general' is none of boilerplate, measure, cause")

    def test_code_of_a_success(self):
        self.add(RULES, "codes", codes=["250"])
        self.refuses("'250' is no code of a refusal")

    def test_bad_status(self):
        for status in ("5.2.2", "X.7.X", "5.X.X"):
            with self.subTest(status=status):
                self.setUp()
                self.add(RULES, "enhanced", enhanced=[status])
                self.refuses(f"'{status}' is no status with a detail: write X.7.30")

    def test_subject_too_large(self):
        self.add(RULES, "enhanced", enhanced=["X.63.1"])
        self.refuses("subject 63 is more than the tables can hold (62)")

    def test_dead_in_a_wrong_category(self):
        self.add(RULES, "dead", dead=True)
        self.refuses("a rule of category 'mailbox-full' can't call an address dead")

    def test_in_doubt_where_no_address_is_spoken_of(self):
        self.add(RULES, "in_doubt", in_doubt=True)
        self.refuses("'in_doubt' says nothing of an address that is dead by the words, or not spoken of")

    def test_in_doubt_and_dead(self):
        self.add(RULES, "in_doubt", category="mailbox-unknown", dead=True, in_doubt=True)
        self.refuses("'in_doubt' says nothing of an address that is dead by the words, or not spoken of")

    def test_dead_and_temporary(self):
        self.add(RULES, "dead", category="mailbox-unknown", dead=True, temporary=True)
        self.refuses("what is temporary is not dead")

    def test_rule_name_twice(self):
        self.add(RULES)
        first = self.line
        self.add(RULES, words=["zyxt wvut"], near_miss="552 5.2.2 Wvut")
        self.refuses(f"rule 'test-rule' stands at {RULES}:{first} already: give one a 'name' of its own")

    # ---- Patterns ----

    def test_pattern_with_half_a_token(self):
        self.add(RULES, "words", words=["zyxt wvut", "zyxt <hosts"])
        self.refuses("pattern 'zyxt <hosts': '<hosts' is neither a word nor a token")

    def test_pattern_with_an_unknown_token(self):
        self.add(RULES, "not", **{"not": ["zyxt <name>"]})
        self.refuses("pattern 'zyxt <name>': '<name>' is neither a word nor a token")

    def test_pattern_with_half_a_bracket(self):
        for pattern, item in (("zyxt [wvut", "[wvut"), ("zyxt wvut]", "wvut]"), ("[zyxt]wvut", "[zyxt]wvut"), ("[[zyxt] wvut", "[zyxt")):
            with self.subTest(pattern=pattern):
                self.setUp()
                self.add(RULES, "words", words=["zyxt wvut", pattern])
                self.refuses(f"pattern '{pattern}': '{item}' is neither a word nor a token")

    def test_pattern_with_a_word_left_out(self):
        for pattern in ("zyxt wvut|", "zyxt||uvw wvut", "zyxt [] wvut"):
            with self.subTest(pattern=pattern):
                self.setUp()
                self.add(RULES, "words", words=["zyxt wvut", pattern])
                self.refuses(f"pattern '{pattern}': a word is missing beside '|' or in '[]'")

    def test_pattern_of_punctuation(self):
        self.add(RULES, "words", words=["zyxt ... wvut"])
        self.refuses("pattern 'zyxt ... wvut': '...' has no letter or digit")

    def test_pattern_without_a_word_that_must_be_there(self):
        self.add(RULES, "words", words=["[zyxt] [wvut]"])
        self.refuses("pattern '[zyxt] [wvut]': it can match without any word")

    def test_pattern_of_too_many_words(self):
        self.add(RULES, "words", words=["zyxt" + " wvut" * 100])
        self.refuses(f"pattern 'zyxt{' wvut' * 100}': it has more than 100 words")

    def test_pattern_that_stands_for_too_many(self):
        self.add(RULES, "words", words=["zyxt" + " b|c" * 13])
        self.refuses(f"pattern 'zyxt{' b|c' * 13}': it stands for 8192 phrases, more than 4096")

    def test_two_words_with_the_same_hash_are_good(self):
        self.add(RULES, words=["zyxt * wvut", "zsjnqq", "wxknlxk"])   # FNV-1a gives both the same 32 bits
        self.accepts()

    def test_two_hosts_with_the_same_hash(self):
        self.add("providers.toml", hosts=["eajeej.example", "aeaghf.example"])
        self.refuses("'aeaghf.example' and 'eajeej.example' have the same hash", "rules", 1)

    def test_more_providers_than_a_byte_tells_apart(self):
        for number in range(256):
            self.add("providers.toml", name=f"test-{number}", hosts=[f"test{number}.example"])
        self.refuses("the tables hold at most 255 providers and as many blocklists", "rules", 1)

    def test_more_choices_of_stages_than_a_byte_tells_apart(self):
        stages = REPLY_STAGES.split(", ")[1:10]
        for number in range(1, 257):
            self.add(RULES, name=f"general-test-{number}", words=[f"zyxt{number}"], example=f"550 Zyxt{number}",
                     stages=[stage for bit, stage in enumerate(stages) if number >> bit & 1])
        self.refuses("the rules hold for more than 256 different choices of stages and classes", "rules", 1)

    def test_too_many_words(self):
        self.add(RULES, words=["zyxt * wvut", *(f"zyxt{number}" for number in range(17000))])
        self.refuses("the tables hold at most 16382 words", "rules", 1)

    def test_too_many_phrases(self):
        chosen = ["|".join(f"uvw{number}" for number in range(2000) if number * number % 251 % 7 != first % 7) for first in range(80)]
        self.add(RULES, words=["zyxt * wvut", *(f"zyxt{first} {words} uvw{first}" for first, words in enumerate(chosen))])
        self.refuses("the patterns stand for more phrases than the tables hold", "rules", 1)

    def test_too_many_patterns_under_not(self):
        for rule in range(70):  # each pattern keeps out two of them, other two than any other pattern does
            self.data[RULES] += ("[[rule]]\n" + "".join(f"{key} = {written(value)}\n" for key, value in {
                **GOOD[RULES], "name": f"test-{rule}", "words": ["zyxt * wvut", f"zyxt{rule}"],
                "not": [f"uvw{min(rule, other)}x{max(rule, other)}" for other in range(70) if other != rule]}.items())).encode()
        self.refuses("the rules have more than 2048 different patterns under 'not'", "rules", 1)

    # ---- Sets ----

    def test_a_set_in_a_pattern_is_good(self):
        self.add("sets.toml")
        self.add(RULES, words=["{test-set}|uvw * [{test-set}] wvut"])
        self.accepts()

    def test_pattern_with_an_unknown_set(self):
        self.add(RULES, "words", words=["zyxt wvut", "{zyxt} wvut"])
        self.refuses("pattern '{zyxt} wvut': '{zyxt}' is no set of sets.toml")

    def test_pattern_with_a_word_that_is_passed_over(self):
        for option, word in (("is", "is"), ("Das", "das"), ("isn't", "is"), ("e-mail", "e"), ("L'zyxts", "l"), ("ЭТОГО", "этого")):
            with self.subTest(option):
                self.setUp()
                self.add(RULES, "words", words=[f"zyxt {option} wvut"])
                self.refuses(f"pattern {f'zyxt {option} wvut'!r}: texts are read without the word {word!r}: leave it out")

    def test_not_with_a_word_that_is_passed_over(self):
        self.add(RULES, "not", **{"not": ["the uvw"]})
        self.refuses("pattern 'the uvw': texts are read without the word 'the': leave it out")

    def test_pattern_with_the_set_of_those_words(self):
        self.add(RULES, "words", words=["zyxt [{passed-over}] wvut"])
        self.refuses("pattern 'zyxt [{passed-over}] wvut': texts are read without the words of '{passed-over}': leave it out")

    def test_without_the_set_of_those_words(self):
        self.change("sets.toml", 'name = "passed-over"', "name", 'name = "passed"')
        self.line = 1
        self.refuses("no set 'passed-over'")

    def test_words_that_are_passed_over_may_stand_between_others(self):
        self.add(RULES, words=["zyxt wvut"], example="552 The zyxt that has been a wvut", near_miss="552 The zyxt that has not been a wvut")
        self.accepts()

    def test_near_miss_with_a_word_of_a_set(self):
        self.add("sets.toml")
        self.add(RULES, "near_miss", words=["{test-set} wvut"], example="552 zyxt wvut", near_miss="552 zyxts wvut")
        self.refuses("the near-miss has the words '{test-set} wvut', so the rule matches it")

    def test_word_in_two_sets(self):
        self.add("sets.toml")
        self.add("sets.toml", "words", name="test-other", words=["xyz", "zyxt"])
        self.refuses("'zyxt' is in the set 'test-set' already")

    def test_set_with_two_words_in_one(self):
        self.add("sets.toml", "words", words=["zyxt", "uvw-xyz"])
        self.refuses("'uvw-xyz' is not one word in lower case")

    def test_set_with_a_capital(self):
        self.add("sets.toml", "words", words=["Zyxt"])
        self.refuses("'Zyxt' is not one word in lower case")

    def test_set_name_twice(self):
        self.add("sets.toml")
        first = self.line
        self.add("sets.toml", words=["xyz"])
        self.refuses(f"rule 'test-set' stands at sets.toml:{first} already: give one a 'name' of its own")

    # ---- Guards ----

    def test_near_miss_that_a_guard_keeps_out_is_good(self):
        self.add("guards.toml")
        self.add(RULES, near_miss="552 5.2.2 Uvw: zyxt wvut", **{"not": ["@test-guard", "xyz"]})
        self.accepts()

    def test_example_that_a_guard_keeps_out(self):
        self.add("guards.toml")
        self.add(RULES, "example", example="552 5.2.2 Uvw: zyxt wvut", **{"not": ["@test-guard"]})
        self.refuses("the example does not meet the rule's conditions")

    def test_unknown_guard(self):
        self.add(RULES, "not", **{"not": ["@test-guard"]})
        self.refuses("'@test-guard' is no guard of guards.toml")

    def test_guard_that_names_another(self):
        self.add("guards.toml")
        self.add("guards.toml", "not", name="test-other", **{"not": ["xyz", "@test-guard"]})
        self.refuses("'@test-guard' is no guard of guards.toml")

    def test_guard_with_a_pattern_that_is_none(self):
        self.add("guards.toml", "not", **{"not": ["zyxt <name>"]})
        self.refuses("pattern 'zyxt <name>': '<name>' is neither a word nor a token")

    def test_guard_among_the_words_of_a_rule(self):
        self.add("guards.toml")
        self.add(RULES, "words", words=["zyxt * wvut", "@test-guard"])
        self.refuses("pattern '@test-guard': '@test-guard' is no word: a guard stands under 'not'")

    # ---- Two rules ----

    def test_same_words_with_another_category(self):
        self.add(RULES)
        first = self.line
        self.add(RULES, "words", name="test-other", category="mailbox-busy")
        self.refuses(f"'zyxt * wvut' is claimed by rule 'test-rule' at {RULES}:{first} already")

    def test_same_words_in_another_spelling(self):
        self.add(RULES, words=["zyxt|uvw xyz"], example="552 5.2.2 Zyxt xyz")
        first = self.line
        self.add(RULES, "words", name="test-other", words=["[see] UVW-XYZ"], example="552 5.2.2 uvw xyz", temporary=True)
        self.refuses(f"'[see] UVW-XYZ' is claimed by rule 'test-rule' at {RULES}:{first} already")

    def test_same_words_on_another_condition_are_good(self):
        self.add(RULES)
        self.add(RULES, name="test-other", category="mailbox-busy", codes=["552"])
        self.accepts()

    def test_rule_whose_words_another_has_already(self):
        self.add(RULES, words=["zyxt * wvut", "uvw xyz"])
        self.add(RULES, "words", name="test-other")
        self.refuses("this rule can never win: test-rule goes before wherever its words stand")

    def test_rule_that_loses_to_one_of_higher_rank(self):
        self.add(RULES, "words", name="test-other", rank="measure", words=["not zyxt * wvut now", "zyxt wvut"],
                 example="552 5.2.2 zyxt wvut", category="policy")
        line = self.line
        self.add(RULES)
        self.refuses("this rule can never win: test-rule goes before wherever its words stand", line=line)

    def test_rule_that_loses_to_two_of_higher_rank(self):
        self.add(RULES, "words", name="test-other", rank="measure", words=["zyxt wvut", "uvw xyz abc"],
                 example="552 5.2.2 zyxt wvut", category="policy")
        line = self.line
        self.add(RULES)
        self.add(RULES, name="test-third", words=["xyz abc"], example="552 5.2.2 Xyz abc")
        self.refuses("this rule can never win: test-rule, test-third goes before wherever its words stand", line=line)

    def test_rules_that_may_win_beside_one_of_higher_rank_are_good(self):
        measure = {"name": "test-other", "rank": "measure", "category": "policy", "words": ["zyxt * wvut"]}
        for higher in ({"codes": ["552"]}, {"classes": ["5yz"]}, {"stages": ["rcpt"]}, {"not": ["uvw"]},
                       {"words": ["zyxt wvut"]}, {"words": ["zyxt * wvut * uvw"], "example": "552 Zyxt wvut uvw"}):
            with self.subTest(higher=higher):
                self.setUp()
                self.add(RULES, **measure)
                self.add(RULES, **higher)
                self.accepts()

    def test_narrower_rule_that_loses_to_one_of_higher_rank(self):
        self.add(RULES, codes=["552", "550"], **{"not": ["uvw"]})
        self.add(RULES, "words", name="test-other", rank="boilerplate", codes=["552"], category="policy",
                 **{"not": ["uvw", "xyz"]})
        self.refuses("this rule can never win: test-rule goes before wherever its words stand")

    # ---- A rule against itself ----

    def test_pattern_that_its_own_not_forbids(self):
        self.add(RULES, "words", words=["zyxt * wvut", "uvw zyxt [now]"], **{"not": ["uvw"]})
        self.refuses("pattern 'uvw zyxt [now]' can never match: the rule's own 'not' stands in it")

    def test_rule_with_dead_whose_not_may_be_missing(self):
        self.add(RULES, "words", words=["zyxt [yet|not] wvut"], dead=True, category="mailbox-unknown")
        self.refuses("pattern 'zyxt [yet|not] wvut' of a rule with 'dead' matches without its 'not', too")

    def test_code_of_no_class(self):
        self.add(RULES, "codes", codes=["452", "552"], classes=["5yz"])
        self.refuses("code 452 is of none of the rule's classes")

    def test_rank_that_loses_to_its_own_enhanced_code(self):
        self.add(RULES, "enhanced", rank="measure", enhanced=["X.1.1"], stages=["rcpt"],
                 example="552 5.1.1 Zyxt wvut")
        self.refuses("beside X.1.1 a rule of rank 'measure' can never win: the number is surer")

    def test_empty_example(self):
        self.add(RULES, "example", example=" ")
        self.refuses("'example' is empty")

    def test_example_without_the_words(self):
        self.add(RULES, "example", example="552 5.2.2 Wvut, zyxt")
        self.refuses("the example has none of the rule's words")

    def test_words_that_are_too_far_apart(self):
        self.add(RULES, "example", example="552 5.2.2 Zyxt" + " and" * 13 + " wvut")
        self.refuses("the example has none of the rule's words")

    def test_example_with_the_words_in_an_address(self):
        self.add(RULES, "example", example="552 5.2.2 <zyxt.wvut@example.org>: full")
        self.refuses("the example has none of the rule's words")

    def test_example_that_is_excluded(self):
        self.add(RULES, "example", **{"not": ["uvw"], "example": "552 5.2.2 Zyxt uvw wvut"})
        self.refuses("the example does not meet the rule's conditions")

    def test_example_of_another_code(self):
        for condition in ({"codes": ["452"]}, {"enhanced": ["X.2.3"]}, {"classes": ["4yz", "none"]}):
            with self.subTest(condition=condition):
                self.setUp()
                self.add(RULES, "example", **condition)
                self.refuses("the example does not meet the rule's conditions")

    def test_examples_of_all_kinds_are_good(self):
        for words, example in ((["zyxt * wvut"], "552-5.2.2 Zyxt of\n552 5.2.2 wvut"), (["zyxt <host>"], "552 zyxt mx.example.org"),
                               (["zyxt <ip>"], "552 zyxt [192.0.2.7]"), (["zyxt <ip>"], "552 zyxt 2001:db8::25"),
                               (["zyxt <url>"], "552 zyxt: https://example.org/x"), (["zyxt <address>"], "zyxt <a@example.org>"),
                               (["zyxt <bl.test.example>"], "552 zyxt http://www.bl.test.example/?7"),
                               (["uvw wvut"], "552 Is uvw.Wvut is next"), (["zyxt wvut"], "552 ZYXT/wvut (#5.2.2)")):
            with self.subTest(example=example):
                self.setUp()
                self.add(RULES, words=words, example=example, near_miss="550 wvut")
                self.accepts()

    def test_near_miss_with_the_words(self):
        self.add(RULES, "near_miss", near_miss="450 4.2.2 ZYXT: no wvut")
        self.refuses("the near-miss has the words 'zyxt * wvut', so the rule matches it")

    def test_near_miss_with_the_words_that_does_not_meet_the_conditions_is_good(self):
        self.add(RULES, codes=["552"], near_miss="450 4.2.2 ZYXT: no wvut")
        self.accepts()

    # ---- Providers and blocklists ----

    def test_provider_twice(self):
        self.add("providers.toml")
        first = self.line
        self.add("providers.toml", hosts=["mx.other.example"])
        self.refuses(f"rule 'test-provider' stands at providers.toml:{first} already: give one a 'name' of its own")

    def test_host_of_two_providers(self):
        self.add("providers.toml")
        self.add("providers.toml", "hosts", name="test-other")
        self.refuses("provider 'test-provider' has the host mx.test.example already")

    def test_host_of_a_provider_and_a_blocklist_is_good(self):
        self.add("providers.toml")
        self.add("blocklists.toml", hosts=["mx.test.example"])
        self.accepts()

    def test_host_that_is_no_domain(self):
        for host in ("MX.test.example", "https://test.example", "test", "192.0.2.7/24"):
            with self.subTest(host=host):
                self.setUp()
                self.add("providers.toml", "hosts", hosts=[host])
                self.refuses(f"{host!r} is no domain in lower case")

    def test_pattern_of_a_provider(self):
        self.add("providers.toml", "words", words=["..."])
        self.refuses("pattern '...': '...' has no letter or digit")

    def test_host_of_two_blocklists(self):
        self.add("blocklists.toml")
        self.add("blocklists.toml", "hosts", name="test-other")
        self.refuses("blocklist 'test-list' has the host bl.test.example already")

    def test_bad_kind_of_a_blocklist(self):
        self.add("blocklists.toml", "lists", lists="asn")
        self.refuses("'lists': 'asn' is none of ip, domain, url")

    def test_bad_state_of_a_blocklist(self):
        self.add("blocklists.toml", "state", state="gone")
        self.refuses("'state': 'gone' is none of active, dead, error")

    def test_pattern_of_a_blocklist(self):
        self.add("blocklists.toml", "words", words=["a*b"])
        self.refuses("pattern 'a*b': 'a*b' is neither a word nor a token")


class BrokenDecisions(GeneratorTest):
    FILE = "decisions.toml"

    def test_bad_category(self):
        self.add(self.FILE, "category", category="weather")
        self.refuses(f"'category': 'weather' is none of {names('categories.toml')}")

    def test_bad_category_of_a_row_for_all_codes(self):
        self.add(self.FILE, "category", category="weather", without=["codes"])
        self.refuses(f"'category': 'weather' is none of {names('categories.toml')}, any")

    def test_any_category_for_certain_codes(self):
        self.add(self.FILE, "category", category="any")
        self.refuses(f"'category': 'any' is none of {names('categories.toml')}")

    def test_any_class_for_the_rest(self):
        self.add(self.FILE, "class", stages=["rest"], without=["codes"], **{"class": "any"})
        self.refuses("'class': 'any' is none of 2yz, 3yz, 4yz, 5yz, local, lasting")

    def test_bad_class(self):
        self.add(self.FILE, "class", **{"class": "6yz"})
        self.refuses("'class': '6yz' is none of 2yz, 3yz, 4yz, 5yz, local, lasting")

    def test_bad_stage(self):
        self.add(self.FILE, "stages", stages=["dinner"])
        self.refuses(f"'stages': 'dinner' is none of {STAGES}")

    def test_rest_for_certain_codes(self):
        self.add(self.FILE, "stages", stages=["rest"])
        self.refuses(f"'stages': 'rest' is none of {STAGES}")

    def test_rest_beside_a_stage(self):
        self.add(self.FILE, "stages", stages=["rcpt", "rest"], without=["codes"])
        self.refuses(f"'stages': 'rest' is none of {STAGES}")

    def test_bad_action(self):
        self.add(self.FILE, "action", action="pray")
        self.refuses(f"'action': 'pray' is none of {names('words.toml', kind='action')}")

    def test_bad_scope(self):
        self.add(self.FILE, "scope", scope="moon")
        self.refuses(f"'scope': 'moon' is none of {names('words.toml', kind='scope')}")

    def test_bad_party(self):
        self.add(self.FILE, "party", party="lawyer")
        self.refuses(f"'party': 'lawyer' is none of {names('words.toml', kind='party')}")

    def test_bad_exit(self):
        self.add(self.FILE, "exit", exit="EX_CAFE")
        self.refuses("'exit': 'EX_CAFE' is none of EX_OK, EX_DATAERR, EX_NOUSER, EX_NOHOST, EX_UNAVAILABLE, "
                     "EX_TEMPFAIL, EX_PROTOCOL, EX_NOPERM, EX_CONFIG")

    def test_bad_status(self):
        self.add(self.FILE, "status", status="4.X.X")
        self.refuses("'4.X.X' is no enhanced code")

    def test_status_of_another_class_than_the_action(self):
        self.add(self.FILE, "status", status="5.7.0")
        self.refuses("hold goes with a status of class 4")

    def test_status_of_a_bounce(self):
        self.add(self.FILE, "status", action="bounce", exit="EX_UNAVAILABLE", without=["delay"])
        self.refuses("bounce goes with a status of class 5")

    def test_exit_that_does_not_fit(self):
        self.add(self.FILE, "exit", exit="EX_CONFIG")
        self.refuses("hold does not go with EX_CONFIG")

    def test_exit_of_a_bounce(self):
        self.add(self.FILE, "exit", action="bounce", status="5.7.0", without=["delay"])
        self.refuses("bounce does not go with EX_TEMPFAIL")

    def test_hold_without_a_delay(self):
        self.add(self.FILE, without=["delay"])
        self.refuses("a delay goes with every action that keeps the message, and with no other")

    def test_bounce_with_a_delay(self):
        self.add(self.FILE, "delay", action="bounce", status="5.7.0", exit="EX_UNAVAILABLE")
        self.refuses("a delay goes with every action that keeps the message, and with no other")

    def test_delay_too_short(self):
        self.add(self.FILE, "delay", delay=59)
        self.refuses("a delay is 60 to 14400 seconds")

    def test_delay_too_long(self):
        self.add(self.FILE, "delay", delay=14401)
        self.refuses("a delay is 60 to 14400 seconds")

    def test_suppress_in_a_wrong_category(self):
        self.add(self.FILE, "suppress", action="bounce", status="5.7.0", exit="EX_UNAVAILABLE", suppress=True,
                 without=["delay"])
        self.refuses("only a bounce for a permanent answer about the address may suppress it")

    def test_suppress_without_a_bounce(self):
        self.add(self.FILE, "suppress", category="mailbox-unknown", suppress=True)
        self.refuses("only a bounce for a permanent answer about the address may suppress it")

    def test_4yz_that_bounces(self):
        self.add(self.FILE, "action", codes=["498"], action="bounce", status="5.7.0", exit="EX_UNAVAILABLE",
                 without=["delay"], **{"class": "4yz"})
        self.refuses("a 4yz answer never bounces")

    def test_local_failure_that_bounces(self):
        self.add(self.FILE, "action", action="bounce", status="5.7.0", exit="EX_UNAVAILABLE", enhanced=["X.7.1"],
                 without=["delay", "codes"], **{"class": "local"})
        self.refuses("a local answer never bounces")

    def test_5yz_that_is_a_success(self):
        self.add(self.FILE, "action", action="proceed", status="2.0.0", exit="EX_OK", without=["delay"])
        self.refuses("a 5yz answer is no success")

    def test_overlap(self):
        self.add(self.FILE, "stages", category="greylisted", stages=["rset"], without=["codes"], **{"class": "4yz"})
        first = self.blocks(self.FILE, 'category = "any"')[0][0] + 1
        self.refuses(f"greylisted, 4yz at rset is answered at line {first} already")

    def test_gap(self):
        self.remove(self.FILE, 'category = "mailbox-full"', 'class = "4yz"')
        self.refuses(f"no answer for mailbox-full, 4yz at {SENDING_STAGES}", line=1)

    def test_rest_that_can_never_win(self):
        self.add(self.FILE, category="network", stages=["rest"], without=["codes"], **{"class": "2yz"})
        self.add(self.FILE, "stages", category="network", stages=["rest"], without=["codes"], **{"class": "2yz"})
        self.refuses("this row can never win: other rows answer all stages")

    def test_certain_codes_that_can_never_win(self):
        self.add(self.FILE, codes=["597", "598"])
        self.add(self.FILE, "stages", codes=["598"], delay=998)
        self.refuses("this row can never win: rows before it answer all that it does")

    def test_certain_codes_behind_a_row_for_their_enhanced_code(self):
        self.add(self.FILE, enhanced=["X.7.999"], without=["codes"])
        self.add(self.FILE, "stages", codes=["598"], enhanced=["X.7.999"], delay=998)
        self.refuses("this row can never win: rows before it answer all that it does")

    def test_certain_codes_before_a_row_for_their_enhanced_code_are_good(self):
        self.add(self.FILE, codes=["598"], enhanced=["X.7.999"], delay=998)
        self.add(self.FILE, enhanced=["X.7.999"], without=["codes"])
        self.accepts()

    def test_certain_codes_that_change_nothing(self):
        row = next(row for row in load_toml(DATA[self.FILE].decode())["decision"]
                   if row["class"] == "5yz" and "rcpt" in row["stages"] and not {"codes", "enhanced"} & row.keys())
        self.add(self.FILE, "stages", without=["delay"] if "delay" not in row else [], **{**row, "stages": ["rcpt"]})
        self.refuses("this row changes nothing: the table has the same answer")

    def test_too_many_meanings(self):
        table = self.accepts()["tables_decide.c"].decode().split("smtperr__codes[] = {\n")[1]
        rows = table[:table.index("};")].count("\n")
        self.setUp()
        for number in range(99):
            self.add("codes.toml", code=str(500 + number), stages=["quit"], name=f"test-{number}")
        self.refuses(f"{rows + 99} rows are more than the table can hold (255)", line=1)

    def test_code_of_another_class(self):
        self.add(self.FILE, "codes", codes=["498"])
        self.refuses("'498' is no code of class 5yz")

    def test_status_without_a_detail(self):
        self.add(self.FILE, "enhanced", enhanced=["X.7.X"])
        self.refuses("'X.7.X' is no status with a detail: write X.7.30")

    def test_too_many_answers(self):
        table = self.accepts()["tables_decide.c"].decode().split("smtperr__answers[] = {\n")[1]
        answers = table[:table.index("};")].count("\n")
        self.setUp()
        for number in range(300):
            self.add(self.FILE, codes=[str(500 + number // 3)], stages=[["mail", "rcpt", "eod"][number % 3]],
                     delay=9001 + number)
        self.refuses(f"{answers + 300} different answers are more than the table can hold (255)", line=1)


class RealRuns(GeneratorTest):
    def generate(self, arguments, **options):
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **options.pop("env", {})}
        return subprocess.run([sys.executable, str(GENERATOR), *arguments], capture_output=True, text=True, timeout=60,
                              env=environment, **options)

    def test_same_bytes_whatever_the_directory_the_locale_and_the_hash_seed(self):
        out, arguments = self.prepare()
        seen = []
        elsewhere = self.directory / "elsewhere"
        elsewhere.mkdir()
        short = [os.path.relpath(word, elsewhere) if word.startswith("/") else word for word in arguments]
        for directory, words, seed, locale in (("/", arguments, "0", "C"), (elsewhere, short, "1", "C.UTF-8")):
            done = self.generate(words, cwd=directory, env={"PYTHONHASHSEED": seed, "LC_ALL": locale})
            self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))
            seen.append({path.name: path.read_bytes() for path in out.iterdir()})
            for path in out.iterdir():
                path.unlink()
        self.assertEqual(TABLES, sorted(seen[0]))
        self.assertEqual(seen[0], seen[1])
        for content in seen[0].values():
            self.assertNotIn(str(self.directory).encode(), content)

    def test_broken_data_exits_with_1_and_writes_nothing(self):
        self.add("codes.toml", "colour", colour="red")
        out, arguments = self.prepare()
        done = self.generate(arguments)
        wanted = f"codes.toml:{self.line}: unknown key 'colour' in a [[meaning]]\n"
        self.assertEqual((1, "", wanted), (done.returncode, done.stdout, done.stderr))
        self.assertEqual([], list(out.iterdir()))

    def test_usage(self):
        self.assertEqual(2, self.generate([]).returncode)
        out, arguments = self.prepare()
        out.rmdir()
        done = self.generate(arguments)
        self.assertEqual(2, done.returncode)
        self.assertTrue(done.stderr.endswith(f"error: --out: {out} is no folder\n"), done.stderr)


class EverySentence(unittest.TestCase):
    """Each complaint that the generator can make is one that a test above expects."""

    @staticmethod
    def template(node):
        """The literal pieces of a text or f-string; None for anything else."""
        if isinstance(node, ast.Constant):
            return [node.value]
        if isinstance(node, ast.JoinedStr):
            pieces = [""]
            for part in node.values:
                pieces = [*pieces[:-1], pieces[-1] + part.value] if isinstance(part, ast.Constant) else [*pieces, ""]
            return pieces
        return None

    def test_is_expected_by_a_test(self):
        complaints = []
        for node in (node for path in CHECKERS for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", None))
                which = {"complain": 0 if isinstance(node.func, ast.Attribute) else 2, "Bad": 0}.get(name)
                sentence = node.args[which] if which is not None else None
                if self.template(sentence):
                    complaints.append(self.template(sentence))
        self.assertGreater(len(complaints), 50)
        expected = []
        for node in ast.walk(ast.parse(pathlib.Path(__file__).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "refuses":
                template = self.template(node.args[0])
                expected += ["0".join(template).split("\n")[0]] if template else []
        # What compile_rules raises is told as it is, or as what is wrong with a pattern.
        left = {tuple(pieces) for pieces in complaints} - {("", ""), ("pattern ", ": ", "")}
        for sentence in expected:
            fitting = [pieces for pieces in complaints
                       if re.fullmatch("(pattern .+: )?" + ".+".join(map(re.escape, pieces)), sentence)]
            if fitting:  # the one that says most itself
                left.discard(tuple(max(fitting, key=lambda pieces: len("".join(pieces)))))
        self.assertEqual(set(), left, "no test expects these sentences")


if __name__ == "__main__":
    unittest.main()
