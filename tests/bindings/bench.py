#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a call from Python costs: bench.py REPLIES. Nanoseconds a reply, the median of some rounds, and as a ratio to a regular
expression of re in the same run, since no two machines and minutes are alike. SMTPERR_LIBRARY names the library."""
import ctypes
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/bindings/python"))
import smtperr
from smtperr import Stage

ROUNDS = 31
# What people write instead: one expression for a handful of causes.
RIVAL = re.compile(rb"no such user|user unknown|unknown user|does not exist|mailbox full|over ?quota|greylist|too many|blocked|blacklist|spam|"
                   rb"relay|authentication|try again|temporar", re.I)

replies = [line.replace(b"\\n", b"\r\n") + b"\r\n" for line in pathlib.Path(sys.argv[1]).read_bytes().splitlines() if line[:1] in (b"4", b"5")]
version = smtperr._lib.smtperr_version_number
evaluate = smtperr._lib.smtperr_evaluate
context = smtperr.Context(Stage.RCPT)._packed()
verdict = ctypes.create_string_buffer(smtperr._abi.VERDICT.size)

jobs = {
    "re, one search for 15 phrases": RIVAL.search,
    "ctypes, a call that does nothing (smtperr_version_number)": lambda reply: version(),
    "should_retry_code()": lambda reply: smtperr.should_retry_code(550, None, Stage.RCPT),
    "should_retry()": lambda reply: smtperr.should_retry(reply, Stage.RCPT),
    "smtperr_evaluate() by ctypes, the verdict left as bytes": lambda reply: evaluate(reply, len(reply), 0, context, None, verdict, 160),
    "evaluate(), a whole Verdict": lambda reply: smtperr.evaluate(reply, Stage.RCPT),
}
times = {name: [] for name in jobs}
for _ in range(ROUNDS):
    for name, job in jobs.items():
        start = time.perf_counter_ns()
        for reply in replies:
            job(reply)
        times[name].append((time.perf_counter_ns() - start) / len(replies))
rival = statistics.median(times["re, one search for 15 phrases"])
print(f"Python {sys.version.split()[0]}, {len(replies)} refusals, {sum(map(len, replies)) / len(replies):.1f} bytes on average")
for name, each in times.items():
    print(f"  {name:58s} {statistics.median(each):8.0f} ns  {statistics.median(each) / rival:6.2f}")
