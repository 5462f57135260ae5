#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the text rules are worth on replies that somebody has judged: which rule decides what, which decide nothing, and how much of
the score hangs on rules that decide one reply only, and so may have been written for it.

usage: ablation.py SMTPERR REPLIES

SMTPERR: the command, linked to the shared library and built of this source. REPLIES: JSON objects, one a line, as "smtperr classify
--jsonl" takes them (reply, stage ...), each with the right answer: category, also (a list of others that will do), retry and suppress
("yes", "no"; "either" or nothing if it does not matter). Exit status 65 if a line is not so.

Dropping rules means to build a library without them, in a temporary folder; it needs a C compiler ($CC, or else cc).
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import scratch  # noqa: E402

LABELS = ("category", "also", "retry", "suppress")
MARKS = ("category", "retry", "suppress")
YES = {"yes": True, "no": False}


def leave(sentence):
    print(sentence, file=sys.stderr)
    sys.exit(65)


def read(path):
    """(line, labels) of each."""
    cases = []
    for number, text in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            line = json.loads(text)
            labels = {key: line.pop(key, None) for key in LABELS}
        except (ValueError, AttributeError, TypeError):
            leave(f"{path}:{number}: no JSON object")
        if not isinstance(labels["category"], str):
            leave(f"{path}:{number}: no category")
        if any(labels[key] not in (*YES, "either", None) for key in ("retry", "suppress")):
            leave(f"{path}:{number}: retry and suppress are \"yes\", \"no\" or \"either\"")
        cases.append((line, labels))
    if not cases:
        leave(f"{path}: no replies")
    return cases


def answers(program, cases, library=None):
    environment = {**os.environ, **({"LD_LIBRARY_PATH": str(library.parent)} if library else {})}
    done = subprocess.run([program, "classify", "--jsonl"], input="".join(json.dumps(line) + "\n" for line, _ in cases),
                          capture_output=True, text=True, env=environment)
    if done.returncode:
        leave(f"{program}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def marks(labels, answer):
    """What of an answer is right."""
    right = {key: labels[key] not in YES or YES[labels[key]] == answer[key] for key in ("retry", "suppress")}
    return {**right, "category": answer["category"] in [labels["category"], *(labels["also"] or [])]}


def score(cases, given):
    total = collections.Counter()
    for (_, labels), answer in zip(cases, given, strict=True):
        total.update(mark for mark, right in marks(labels, answer).items() if right)
    return total


def tell_score(what, total, count):
    print(f"{what:<32}" + "".join(f"{mark} {total[mark]} ({100 * total[mark] / count:.1f} %)   " for mark in MARKS).rstrip())


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, path = sys.argv[1:]
    names = [row["name"] for file in scratch.toml_files(scratch.DATA)
             for row in scratch.tomllib.loads(file.read_text(encoding="utf-8")).get("rule", [])]
    cases = read(path)
    if "libsmtperr.so.0" not in subprocess.run(["ldd", program], capture_output=True, text=True).stdout:
        leave(f"{program} has the library built in, so it can't be given another")
    given = answers(program, cases)
    decided = collections.defaultdict(list)  # rule -> the marks of the replies that it decides
    for (_, labels), answer in zip(cases, given, strict=True):
        if answer["rule"] in names:
            decided[answer["rule"]].append(marks(labels, answer))
    print(f"{'rule':<44}{'replies':>8}{'right':>8}" + "".join(f"{'wrong ' + mark:>16}" for mark in MARKS))
    for name, found in sorted(decided.items(), key=lambda item: (-len(item[1]), item[0])):
        right = sum(all(mark.values()) for mark in found)
        print(f"{name:<44}{len(found):>8}{right:>8}" + "".join(f"{sum(not mark[key] for mark in found) or '':>16}" for key in MARKS))
    idle = sorted(set(names) - decided.keys())
    print(f"\nDecide nothing here, {len(idle)} of {len(names)} rules:", *idle)
    single = {name for name, found in decided.items() if len(found) == 1}
    print(f"\nDecide one reply only, {len(single)} rules:", *sorted(single))
    print(f"\nOf {len(cases)} replies, {sum(map(len, decided.values()))} are decided by a text rule. Right are")
    tell_score("with all rules", score(cases, given), len(cases))
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder, "data")
        scratch.copy_data(data, lambda _, block: not any(f'\nname = "{name}"\n' in block for name in single))
        library = scratch.build(data, pathlib.Path(folder, "lib"))
        tell_score("without those that decide one", score(cases, answers(program, cases, library)), len(cases))


if __name__ == "__main__":
    main()
