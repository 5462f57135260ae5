# SPDX-License-Identifier: MIT
"""Measures the matcher beside Hyperscan and RE2::Set and prints the table of docs/rivals.md.

usage: rivals.py REPLIES RIVALS EXPRESSIONS BLANKS ...

For each set of rules the program of bench.c with both engines, and what expressions.py wrote. Times are told as ratios in the same run,
hot and after a walk over 8 MB; instructions are callgrind's, the second time that the replies come."""
import os
import re
import subprocess
import sys
import tempfile

ENGINES = [("hyperscan", "hyperscan_find"), ("re2", "re2_find")]
RUNS = 3


def run(*command):
    told = subprocess.run(command, capture_output=True, text=True)
    if told.returncode:
        sys.exit(told.stderr)
    return told.stdout.splitlines(), told.stderr.splitlines()


def middle(values):
    return sorted(values)[len(values) // 2]


def mask(source, to):
    """The replies with a word of no meaning for each address, host and URL: inside of these rivals find words."""
    with open(source) as file, open(to, "w") as masked:
        for line in file:
            for token in (r"https?://[^ \\\n<>()]+", r"[^ <>()\\]+@[^ <>():;,\\\n]+", r"\b(?!\d{3}-)\w[\w.-]*\.[A-Za-z]{2,}\b(/[^ \\]*)?",
                          r"\b\d+(\.\d+){3}\b"):
                line = re.sub(token, "Qz", line)
            masked.write(line)


def instructions(place, command, job, function, replies):
    """A reply, the second time; None where valgrind is missing."""
    out = os.path.join(place, "callgrind")
    try:
        told, _ = run("valgrind", "--tool=callgrind", "--toggle-collect=" + function, "--dump-before=mark",
                      "--callgrind-out-file=" + out, *command, "count", job, replies, replies)
    except FileNotFoundError:
        return None
    with open(out + ".2") as account:
        return int(re.search(r"^totals: (\d+)", account.read(), re.M)[1]) / int(told[1].split()[0])


def measure(name, place, command, replies):
    print(f"\n{name}")
    _, first = run(*command, "found", replies)
    for line in first:
        if " bytes " not in line:
            print("  " + line)   # what an engine cannot take
            continue
        engine, size, _, seconds, _ = line.split()
        print(f"  {engine:10s} {int(size):12,} bytes, made ready in {float(seconds):.2f} s")
    without_tokens = os.path.join(place, "replies.txt")
    mask(replies, without_tokens)
    for what, path in [("", replies), ("without addresses, hosts and URLs: ", without_tokens)]:
        for line in run(*command, "found", path)[0]:
            if ": both" in line:
                print("  " + what + line)
    rounds = []
    for _ in range(RUNS):
        rounds.append({line.split()[0]: [float(value) for value in line.split()[1:]] for line in run(*command, "time", replies)[0]})
    for engine, function in ENGINES:
        if engine not in rounds[0]:
            print(f"  {engine} is not installed: left out")
            continue
        ratios = [middle([row["words"][at] / row[engine][at] for row in rounds]) for at in (0, 1)]
        first = middle([row["words"][0] / row[engine][2] for row in rounds])
        blanks = middle([row["blanks"][0] / row[engine][0] for row in rounds])
        print(f"  words : {engine:10s} hot {ratios[0]:.2g}  cold {ratios[1]:.2g}  its first time {first:.2g}"
              f"   ({middle([row['words'][0] for row in rounds]):.0f} ns : {middle([row[engine][0] for row in rounds]):.0f} ns hot,"
              f" {100 * blanks:.0f} % of it for the text)")
    for job, function in [("words", "smtperr__read_words"), *ENGINES]:
        if job in rounds[0] and not (job == "re2" and name.startswith("real")):   # it would take callgrind minutes
            count = instructions(place, command, job, function, replies)
            print(f"  {job:10s} {count:9.0f} instructions a reply" if count else "  valgrind is not installed: no instructions")


def main():
    replies, *rest = sys.argv[1:]
    for program, expressions, blanks in zip(rest[::3], rest[1::3], rest[2::3]):
        for name, path in (("raw", expressions), ("blanks", blanks)):
            with tempfile.TemporaryDirectory() as place:
                title = "real rules" if "real" in os.path.basename(program) else "2,000 made-up rules"
                how = "text as it comes" if name == "raw" else "one blank between words, made in their time, no patterns with tokens"
                measure(f"{title}, {how}", place, [program, name, path, place], replies)


if __name__ == "__main__":
    main()
