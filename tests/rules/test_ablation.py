#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ablation.py on a few replies whose answers are sure.

usage: test_ablation.py, with the smtperr command's path in the environment as SMTPERR.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SMTPERR = os.environ.get("SMTPERR", "smtperr")
QUOTA = {"reply": "550 ann: over quota", "stage": "rcpt", "category": "mailbox-full", "also": [], "suppress": "no"}
REPLIES = [
    QUOTA,
    {**QUOTA, "reply": "550 bob: over quota", "retry": "either"},
    {**QUOTA, "category": "policy", "also": ["mailbox-full"]},
    {**QUOTA, "category": "policy", "suppress": "yes"},                                                         # wrong twice
    {"reply": "554 mail server permanently rejected message", "stage": "eod", "category": "policy", "retry": "no"},
    {"reply": "250 2.0.0 Ok", "stage": "eod", "category": "ok", "retry": "no", "suppress": "no"},              # no text rule
]


class Ablation(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name, "replies.jsonl")

    def run_on(self, text):
        self.path.write_text(text)
        done = subprocess.run([sys.executable, HERE / "ablation.py", SMTPERR, self.path], capture_output=True, text=True, timeout=280)
        return done.returncode, done.stdout, done.stderr

    def test_figures(self):
        if "libsmtperr.so.0" not in subprocess.run(["ldd", SMTPERR], capture_output=True, text=True).stdout:
            self.skipTest("the command has the library built in, so it can't be given another")
        status, out, err = self.run_on("".join(json.dumps(line) + "\n" for line in REPLIES))
        self.assertEqual((0, ""), (status, err))
        lines = [" ".join(line.split()) for line in out.splitlines()]
        self.assertEqual(["general-over-quota 4 3 1 1", "qmail-queue-refused 1 1"], lines[1:3])
        self.assertRegex(out, r"\nDecide nothing here, \d+ of \d+ rules: .*\bgeneral-attachment-blocked\b")
        self.assertNotRegex(out, r"Decide nothing here.*\bgeneral-over-quota\b")
        self.assertIn("Decide one reply only, 1 rules: qmail-queue-refused", lines)
        self.assertIn("Of 6 replies, 5 are decided by a text rule. Right are", lines)
        self.assertIn("with all rules category 5 (83.3 %) retry 6 (100.0 %) suppress 5 (83.3 %)", lines)
        self.assertIn("without those that decide one category 4 (66.7 %) retry 6 (100.0 %) suppress 5 (83.3 %)", lines)

    def test_bad_lines(self):
        for line, sentence in (("[]", "no JSON object"), ("{}", "no category"),
                               ('{"category": "ok", "retry": true}', 'retry and suppress are "yes", "no" or "either"')):
            self.assertEqual((65, "", f"{self.path}:2: {sentence}\n"), self.run_on(json.dumps(QUOTA) + "\n" + line))
        self.assertEqual((65, "", f"{self.path}: no replies\n"), self.run_on(""))


if __name__ == "__main__":
    unittest.main()
