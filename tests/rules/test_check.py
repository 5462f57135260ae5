#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""smtperr check: faults of rules that are not built yet, and what two builds judge differently.

usage: test_check.py SMTPERR [unittest options], or with the program's path in the environment as SMTPERR.

Most tests give it a folder of data with a few rules, since all of them take long; the comparison is between two libraries that are
built of such folders, of which one has a changed rule.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import scratch  # noqa: E402

sys.path.insert(0, str(scratch.DATA))
import check  # noqa: E402
import check_rules  # noqa: E402
import generate  # noqa: E402

SMTPERR = os.environ.get("SMTPERR", "smtperr")
KEPT = ["general-attachment-blocked", "general-over-quota", "qmail-queue-refused"]  # all the rules that most tests have
GOOD = """# Rules of mine
[[rule]]
name = "mine-basket"
words = ["basket * overflows"]
category = "mailbox-full"
source = ["https://mail.example/basket"]
example = "452 4.2.2 Her basket overflows"
near_miss = "452 4.2.2 The basket is empty"
"""


def is_kept(_, block):
    return any(f'name = "{name}"' in block for name in KEPT)


def line_of(text, start):
    return next(number for number, line in enumerate(text.split("\n"), 1) if line.startswith(start))


class CheckTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.folder = pathlib.Path(cls.scratch.name)
        cls.data = cls.folder / "data"
        scratch.copy_data(cls.data, is_kept)

    def run_check(self, *arguments, env=None):
        done = subprocess.run([SMTPERR, "check", *map(str, arguments)], capture_output=True, text=True, timeout=200,
                              env={**os.environ, "SMTPERR_DATA": str(self.data), **(env or {})})
        return done.returncode, done.stdout, done.stderr

    def written(self, text, name="mine.toml"):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def refuses(self, text, start, sentence, name="mine.toml", file=None):
        """The line that begins with start is told with the sentence, and nothing else is."""
        path = self.written(text, name)
        number = line_of(text, start) if file is None else int(file.rpartition(":")[2])
        where = f"{path}:{number}" if file is None else file
        self.assertEqual((1, "", f"{where}: {sentence}\n"), self.run_check(path))


class Rules(CheckTest):
    def test_a_good_rule_and_what_the_library_makes_of_it(self):
        path = self.written(GOOD)
        status, out, err = self.run_check(path)
        self.assertEqual((0, ""), (status, err))
        self.assertEqual([
            f"{path}:{line_of(GOOD, 'example')}: mine-basket, example: mailbox-full, retry-later, by rule X.2.2/mailbox-full",
            f"{path}:{line_of(GOOD, 'near_miss')}: mine-basket, near-miss: mailbox-full, retry-later, by rule X.2.2/mailbox-full",
            "no faults: 1 of 4 rules tried"], out.splitlines())

    def test_the_sentences_of_the_generator(self):
        self.refuses(GOOD.replace("mailbox-full", "basket-full"), "category",
                     "'category': 'basket-full' is none of " + ", ".join(self.categories()))
        self.refuses(GOOD.replace("Her basket", "Her bag"), "example", "the example has none of the rule's words")
        self.refuses(GOOD.replace("[[rule]]", "[[rulle]]"), "[[", "unknown table [[rulle]]")

    def categories(self):
        text = (self.data / "categories.toml").read_text(encoding="utf-8")
        rows = scratch.tomllib.loads(text)["category"]
        return [row["name"] for row in sorted(rows, key=lambda row: row["id"])]

    def built_in(self, name):
        """Its row and file:line."""
        for path in scratch.toml_files(self.data):
            text = path.read_text(encoding="utf-8")
            for row in scratch.tomllib.loads(text).get("rule", []):
                if row["name"] == name:
                    at = line_of(text, f'name = "{name}"') - 1
                    return row, f"rules/{path.name}", at, text
        raise AssertionError(name)

    def test_a_name_that_is_taken(self):
        _, file, line, _ = self.built_in("general-over-quota")
        self.refuses(GOOD.replace("mine-basket", "general-over-quota"), "[[",
                     f"rule 'general-over-quota' stands at {file}:{line} already: give one a 'name' of its own")

    def test_words_that_a_rule_has_already(self):
        row, file, line, _ = self.built_in("qmail-queue-refused")
        pattern = row["words"][0]
        self.refuses(GOOD.replace("basket * overflows", pattern), "words",
                     f"{pattern!r} is claimed by rule 'qmail-queue-refused' at {file}:{line} already")

    def test_a_rule_that_can_never_win(self):
        row, *_ = self.built_in("qmail-queue-refused")
        text = GOOD.replace("basket * overflows", row["words"][0]).replace("452 4.2.2 Her basket overflows", "550 " + row["words"][0])
        text = text.replace("category =", 'rank = "boilerplate"\ncategory =')
        path = self.written(text)
        _, file, line, _ = self.built_in("qmail-queue-refused")
        self.assertEqual((1, "", f"{path}:{line_of(text, 'words')}: this rule can never win: qmail-queue-refused goes before "
                          "wherever its words stand\n"), self.run_check(path))

    def test_an_example_that_another_rule_wins(self):
        row, file, line, _ = self.built_in("qmail-queue-refused")
        self.refuses(GOOD.replace("Her basket overflows", f"Her basket overflows, {row['words'][1]}"), "example",
                     f"the example is won by rule 'qmail-queue-refused' at {file}:{line}")

    def test_an_example_taken_from_another_rule(self):
        row, file, _, text = self.built_in("qmail-queue-refused")
        mine = GOOD.replace("basket * overflows", row["words"][1]).replace("452 4.2.2 Her basket overflows", row["example"])
        mine = mine.replace("category =", 'codes = ["554"]\ncategory =')  # asks for more, so it goes before
        example = next(number for number, line in enumerate(text.split("\n"), 1) if line == f'example = "{row["example"]}"')
        self.refuses(mine, "", file=f"{file}:{example}",
                     sentence=f"the example is won by rule 'mine-basket' at {self.folder / 'mine.toml'}:{line_of(GOOD, '[[')}")

    def test_a_number_that_is_surer_than_a_measure(self):
        self.refuses(GOOD.replace("4.2.2 Her", "4.2.2 The").replace("category =", 'rank = "measure"\ncategory ='), "example",
                     "beside the number of its example a rule of rank 'measure' can't win: the number is surer")

    def test_a_file_of_the_data_stands_for_it(self):
        text = (self.data / "rules/qmail.toml").read_text(encoding="utf-8")
        path = self.written(text, "rules/qmail.toml")
        status, out, err = self.run_check(path)
        self.assertEqual((0, "no faults: 1 of 3 rules tried\n", ""), (status, out, err))  # the program has it already

    def test_no_file_is_all_the_data(self):
        self.assertEqual((0, "no faults: 3 of 3 rules tried\n", ""), self.run_check())

    def test_a_file_that_cannot_be_read(self):
        path = self.folder / "none.toml"
        self.assertEqual((1, "", f"{path}:1: can't be read: No such file or directory\n"), self.run_check(path))

    def test_the_rules_of_the_project_have_no_faults(self):
        """Which rule wins is told here from the words alone. test_rules.py says the same of the library, so the two agree."""
        status, out, err = self.run_check(env={"SMTPERR_DATA": str(scratch.DATA)})
        self.assertEqual((0, ""), (status, err))
        self.assertRegex(out, r"^no faults: (\d{3,}) of \1 rules tried\n$")


class Foretold(unittest.TestCase):
    """Which rule wins, by the words alone and by the library. The near-misses are replies that nobody chose for it."""

    def test_the_library_agrees(self):
        data = generate.read_data([(str(path), generate.name_of(str(path))) for path in scratch.toml_files(scratch.DATA)], None,
                                  try_rules=False)
        rules = data.tables["rule"]
        hosts, recognised = check_rules.known_hosts(data.tables), check.Recognised(data.tables["provider"])
        rivals = check.Rivals(rules)
        asked = [{"reply": rule["near_miss"], "stage": check.stage_of(rule)} for rule in rules]
        names, agreed, wrong = {rule["name"] for rule in rules}, 0, []
        for line, answer in zip(asked, check.ask(SMTPERR, asked), strict=True):
            if answer["rule"] not in names:  # none met its words, or the numbers tell more
                continue
            best = rivals.best(line["reply"], line["stage"], recognised(line["reply"], hosts), hosts)
            agreed += best is not None and best["name"] == answer["rule"]
            if best is None or best["name"] != answer["rule"]:
                wrong.append((line["reply"], answer["rule"], best and best["name"]))
        self.assertEqual([], wrong)
        self.assertGreater(agreed, 100)


class Golden(unittest.TestCase):
    """--diff asks about the replies of tests/golden as golden.c does, so it gets the answers that stand there."""

    NOT_ASKED = re.compile("_[45]yz|soft_bounce|delay_|login_refused|\\\\x")  # policies, and bytes that JSON can't have

    def test_the_answers_are_those_of_golden(self):
        lines = (scratch.ROOT / "tests/golden/replies.txt").read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if line.startswith(("wire ", "text "))]
        blocks = re.split(r"\n(?! )", (scratch.ROOT / "tests/golden/expected.txt").read_text(encoding="utf-8"))
        expected = dict(block.split("\n", 1) for block in blocks if block)
        asked = [line for line in check.questions(scratch.DATA) if "shape" in line]
        self.assertEqual(len(lines), len(asked))
        compared = 0
        for line, answer in zip(lines, check.ask(SMTPERR, asked), strict=True):
            if not self.NOT_ASKED.search(line):
                wanted = dict(re.findall(r"(\w+)=(\S*)", expected[line]))
                got = {key: str(int(answer[key]) if isinstance(answer[key], bool) else answer[key])
                       for key in ("category", "action", "scope", "party", "suppress", "stage")}
                self.assertEqual({key: wanted[key] for key in got}, got, line)
                compared += 1
        self.assertGreater(compared, 80)


class Folder(CheckTest):
    def test_where(self):
        self.assertEqual((0, f"{self.data}\n", ""), self.run_check("--where"))

    def test_a_build_knows_its_source(self):
        environment = {key: value for key, value in os.environ.items() if key != "SMTPERR_DATA"}
        done = subprocess.run([SMTPERR, "check", "--where"], capture_output=True, text=True, env=environment)
        self.assertEqual((0, f"{scratch.DATA}\n", ""), (done.returncode, done.stdout, done.stderr))

    def test_no_data(self):
        status, out, err = self.run_check(env={"SMTPERR_DATA": str(self.folder / "nowhere")})
        self.assertEqual((66, ""), (status, out))
        self.assertRegex(err, r"^smtperr: check: the rules and their checker are not in .*/nowhere; name their folder in SMTPERR_DATA\n$")

    def test_no_python(self):
        status, out, err = self.run_check(env={"PATH": str(self.folder / "nowhere")})
        self.assertEqual((66, ""), (status, out))
        self.assertRegex(err, r"^smtperr: check: python3 \(3.11 or newer\) is needed: ")

    def test_options_go_with_check(self):
        done = subprocess.run([SMTPERR, "list", "--diff"], capture_output=True, text=True)
        self.assertEqual((64, "", "smtperr: --diff and --where go with check\n"), (done.returncode, done.stdout, done.stderr))


class Difference(CheckTest):
    """The old library has an over-quota rule of another category and an attachment rule that the new one lacks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        linked = subprocess.run(["ldd", SMTPERR], capture_output=True, text=True).stdout
        if "libsmtperr.so.0" not in linked:
            raise unittest.SkipTest("the command has the library built in, so it can't be given another")
        old = cls.folder / "old/data"
        scratch.copy_data(old, is_kept)
        (path,) = [path for path in scratch.toml_files(old) if "general-over-quota" in path.read_text(encoding="utf-8")]
        path.write_text(path.read_text(encoding="utf-8").replace('category = "mailbox-full"', 'category = "policy"'), encoding="utf-8")
        new = cls.folder / "new/data"
        scratch.copy_data(new, lambda file, block: is_kept(file, block) and "general-attachment-blocked" not in block)
        cls.program = {}
        for name, data in (("old", old), ("new", new)):
            library = scratch.build(data, cls.folder / name / "lib")
            cls.program[name] = cls.folder / name / "smtperr"
            cls.program[name].write_text(f'#!/bin/sh\nSMTPERR_DATA="{data}" LD_LIBRARY_PATH="{library.parent}" exec "{SMTPERR}" "$@"\n')
            cls.program[name].chmod(0o755)

    def example(self, name):
        for path in scratch.toml_files(scratch.DATA):
            for row in scratch.tomllib.loads(path.read_text(encoding="utf-8")).get("rule", []):
                if row["name"] == name:
                    return row
        raise AssertionError(name)

    def test_changes(self):
        status, out, err = self.run_check("--diff", self.program["old"], self.program["new"])
        told = out.splitlines()
        self.assertEqual(1, status)
        for line in told:
            self.assertRegex(line, r"^- `.+`( at [a-z]+)?: [a-z]+ .+ -> .+\.$")
        quota = self.example("general-over-quota")["example"]
        (line,) = [line for line in told if line.startswith(f"- `{quota}`")]
        self.assertIn(": category policy -> mailbox-full", line)
        self.assertNotIn("rule", line.rpartition("`")[2])
        attachment = self.example("general-attachment-blocked")["example"]
        (line,) = [line for line in told if line.startswith(f"- `{attachment}`")]
        self.assertIn("rule general-attachment-blocked -> ", line)
        self.assertRegex(err, rf"^{len(told)} of \d+ replies are judged differently\n$")

    def test_no_change(self):
        status, out, err = self.run_check("--diff", self.program["new"], self.program["new"])
        self.assertEqual((0, ""), (status, out))
        self.assertRegex(err, r"^0 of \d+ replies are judged differently\n$")

    def test_wrong_use(self):
        status, _, err = self.run_check("--diff", self.program["new"])
        self.assertEqual(2, status)
        self.assertIn("--diff takes two smtperr commands, OLD and NEW", err)
        status, _, err = self.run_check("--diff", self.program["new"], "/nowhere/smtperr")
        self.assertEqual((66, "smtperr: /nowhere/smtperr: No such file or directory\n"), (status, err))


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        SMTPERR = sys.argv.pop(1)
    unittest.main()
