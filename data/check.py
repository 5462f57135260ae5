#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks text rules before anyone builds them, and tells what two builds judge differently. "smtperr check" runs it.

usage: check.py [--smtperr PROGRAM] [FILE...]
       check.py --diff OLD NEW

FILE: rules that are to come beside those in this folder; a file that has the name of one of this folder's (rules/postfix.toml) takes
its place. None: the folder as it is. Each fault is told on standard error as FILE:LINE: sentence; the sentences are those of
generate.py, and beside them: an example that another rule wins, or that a new rule takes from another. If there is no fault,
standard output says what PROGRAM, the smtperr command as it is built, makes of the examples and near-misses of those rules that it
has not got yet.

OLD, NEW: two smtperr commands. Both are asked about every example and near-miss of the data that either was made of, and about
the replies of tests/golden, where those are at hand. Each answer that differs is told as a line for CHANGELOG.md.

Exit status: 0 nothing to tell, 1 a fault or a difference, 2 wrong usage, 66 no such program or folder.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

sys.dont_write_bytecode = True  # no cache beside the data

import check_rules
import compile_rules
import generate

FOLDER = pathlib.Path(__file__).resolve().parent
JUDGEMENT = ("category", "retry", "suppress", "action", "rule")
REPLY_MOST = 100  # characters of a reply in a line of a changelog


def leave(sentence):
    print(f"smtperr: {sentence}", file=sys.stderr)
    sys.exit(66)


def toml_files(folder):
    return sorted([*folder.glob("*.toml"), *folder.glob("rules/*.toml")])


# ---- Which rule wins, by the words alone: docs/rules.md, "Which rule wins" ----

def plainness(row):
    """Of rows that match the same words: the word itself goes before its set, then no gap before a gap, from the last word on."""
    return [(not compile_rules.is_set(word), number == 0 or place > 0)
            for number, phrase in reversed(list(enumerate(row))) for place, word in reversed(list(enumerate(phrase)))]


class Rivals:
    """Rules, found by the first word or two of their patterns."""

    def __init__(self, rules):
        self.rows = {}
        for place, rule in enumerate(rules):
            for pattern in rule["words"]:
                for row in check_rules.expand(pattern):
                    self.rows.setdefault(tuple(row[0][:2]), []).append((place, rule, row))

    def begun_at(self, words, at):
        """(place, rule, row) of those that may begin at one of the words of a reply."""
        following = words[at + 1] if at + 1 < len(words) else ()
        for name in words[at]:
            yield from self.rows.get((name,), ())
            for other in following:
                yield from self.rows.get((name, other), ())

    def best(self, reply, stage, providers, hosts):
        """The rule that goes before all others which match. providers: names of those that are recognised."""
        code, enhanced, words = check_rules.numbers_and_words(reply, hosts)
        found = {}
        for at in range(len(words)):
            for place, rule, row in self.begun_at(words, at):
                end = check_rules.begins_at(row, words, at)
                if end is not None:
                    asks = not rule.keys().isdisjoint({"codes", "enhanced", "providers"})
                    mark = (sum(map(len, row)), -at, asks, -end, plainness(row))
                    found[place] = max(found.get(place, ((), None)), (mark, rule), key=lambda entry: entry[0])
        marks = [((check_rules.rank_of(rule), "providers" in rule, *mark, -place), rule)
                 for place, (mark, rule) in found.items()
                 if not check_rules.is_out(rule, code, enhanced, words)
                 and (stage == "unknown" or stage in rule.get("stages", [stage]))
                 and ("providers" not in rule or not providers.isdisjoint(rule["providers"]))]
        return max(marks, key=lambda entry: entry[0])[1] if marks else None


class Recognised:
    """Providers as a text shows them."""

    def __init__(self, rows):
        self.rows = rows

    def __call__(self, reply, hosts):
        words = check_rules.numbers_and_words(reply, hosts)[2]
        return {row["name"] for row in self.rows
                if any(f"<{host}>" in names for host in row.get("hosts", []) for names in words)
                or check_rules.has_any(row.get("words", []), words)}


def stage_of(rule):
    return rule.get("stages", ["unknown"])[0]


def lost_examples(tables, mine, hosts):
    """(rule, winner) for each example that is won by another rule, as far as one of mine has to do with it."""
    everyone, ours = Rivals(tables["rule"]), Rivals(mine)
    recognised = Recognised(tables["provider"])
    names = {rule["name"] for rule in mine}
    for rule in tables["rule"]:
        seen = set(rule.get("providers", [])[:1]) or recognised(rule["example"], hosts)
        asked = rule["example"], stage_of(rule), seen, hosts
        if rule["name"] not in names and ours.best(*asked) is None:
            continue
        winner = everyone.best(*asked)
        if winner is not rule and winner is not None and (rule["name"] in names or winner["name"] in names):
            yield rule, winner


# ---- Asking the command ----

def ask(program, asked):
    """The answers of "smtperr classify --jsonl" to a list of objects."""
    lines = "".join(json.dumps(line) + "\n" for line in asked)
    try:
        done = subprocess.run([program, "classify", "--jsonl"], input=lines, capture_output=True, text=True)
    except OSError as error:
        leave(f"{program}: {error.strerror}")
    if done.returncode:
        leave(f"{program} classify --jsonl: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def question(rule, key, hosts_of):
    line = {"reply": rule[key], "stage": stage_of(rule)}
    host = next((hosts_of[name] for name in rule.get("providers", []) if hosts_of.get(name)), None)
    return {**line, "mx_host": host} if host else line  # a provider is known by the host that we talk to


def provider_hosts(rows):
    return {row["name"]: row.get("hosts", [None])[0] for row in rows}


def answer_in_words(answer):
    return ", ".join(filter(None, [answer["category"], answer["action"], "suppress" if answer["suppress"] else None,
                                   f"by rule {answer['rule']}" if answer["rule"] else f"by the {answer['basis']}"]))


def tell_answers(program, mine, hosts_of):
    """Of the rules that the program has not got: which it has win their examples."""
    cases = [(rule, key) for rule in mine for key in ("example", "near_miss")]
    answers = ask(program, [question(rule, key, hosts_of) for rule, key in cases])
    known = {rule["name"] for (rule, key), answer in zip(cases, answers) if key == "example" and answer["rule"] == rule["name"]}
    for (rule, key), answer in zip(cases, answers):
        if rule["name"] not in known:
            print(f"{rule.file}:{rule.lines.get(key, rule.line)}: {rule['name']}, {key.replace('_', '-')}: {answer_in_words(answer)}")


def number_is_surer(program, mine):
    """The rules of a lower rank whose example carries a number that tells more."""
    lower, asked = [], []
    for rule in mine:
        line = check_rules.REPLY_LINE.match(rule["example"].splitlines()[-1])
        numbers = {key: number for key, number in (("code", line[1]), ("enhanced", line[2])) if number}
        if rule.get("rank") in check_rules.LOSES_TO and numbers:
            lower.append(rule)
            asked.append({"text": "", "stage": stage_of(rule), **numbers})
    for rule, answer in zip(lower, ask(program, asked)):
        if answer["category"] != "unknown" and answer["confidence"] in check_rules.LOSES_TO[rule["rank"]]:
            rule.complain(f"beside the number of its example a rule of rank {rule['rank']!r} can't win: the number is surer", "example")


def check(paths, program):
    given = {generate.name_of(path): path for path in paths}
    files = [(str(path), generate.name_of(str(path))) for path in toml_files(FOLDER)]
    files = [(path, name) for path, name in files if name not in given]
    header = FOLDER.parent / "include/smtperr.h"  # in the source tree; installed data has been compared with it
    data = generate.read_data(files + [(path, path) for path in paths], header if header.exists() else None)
    tables = data.tables
    mine = [rule for rule in tables["rule"] if rule.file in paths] if paths else tables["rule"]
    hosts = check_rules.known_hosts(tables)
    for rule, winner in lost_examples(tables, mine, hosts):
        rule.complain(f"the example is won by rule {winner['name']!r} at {winner.file}:{winner.line}", "example")
    if program:
        number_is_surer(program, mine)
    generate.stop_if_broken()
    if program and paths:
        tell_answers(program, mine, provider_hosts(tables["provider"]))
    print(f"no faults: {len(mine)} of {len(tables['rule'])} rules tried")


# ---- What two builds judge differently ----

def folder_of(program):
    try:
        done = subprocess.run([program, "check", "--where"], capture_output=True, text=True)
    except OSError as error:
        leave(f"{program}: {error.strerror}")
    if done.returncode:
        leave(f"{program} check --where: {done.stderr.strip()}")
    return pathlib.Path(done.stdout.removesuffix("\n"))


def questions(folder):
    """All that the data in a folder has to ask, and what tests/golden has beside it."""
    load = lambda path, table: tomllib.loads(path.read_text(encoding="utf-8")).get(table, [])  # noqa: E731
    hosts_of = provider_hosts(load(folder / "providers.toml", "provider"))
    for path in toml_files(folder):
        for rule in load(path, "rule"):
            for key in ("example", "near_miss"):
                yield question(rule, key, hosts_of)
    golden = folder.parent / "tests/golden/replies.txt"
    for line in golden.read_text(encoding="utf-8").splitlines() if golden.exists() else ():
        shape, stage, context, reply = [*line.split(" ", 3), "", "", ""][:4]
        if shape in ("wire", "text"):
            yield {"reply": unescaped(reply), "shape": shape, "stage": stage, **context_of(context)}


def unescaped(text):
    """The escapes of golden.c. JSON has no bytes that are no UTF-8: those become U+FFFD."""
    byte_of = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"\\": b"\\"}
    raw = re.sub(rb"\\(?:x([0-9a-fA-F]{2})|(.))", lambda found: bytes.fromhex(found[1].decode()) if found[1] else byte_of[found[2]],
                 text.encode("utf-8"))
    return raw.decode("utf-8", "replace")


def context_of(words):
    """The context of a golden line as keys of JSON. What a policy asks for is no judgement of ours, so it is left out."""
    flags = ("mx", "submission", "relay", "authenticated", "lmtp", "tls-optional", "in-clear", "refused-alone", "reconnected")
    numbers = {"attempt": "attempt", "age": "age", "accepted": "recipients_accepted"}
    context = {}
    for word in words.split(","):
        name, _, value = word.partition("=")
        if name in flags:
            context[name.replace("-", "_")] = True
        elif name == "tls-must":
            context["tls_optional"] = False
        elif name in numbers:
            context[numbers[name]] = int(value)
    return context


def shortened(reply):
    text = " ".join(json.dumps(reply, ensure_ascii=False)[1:-1].replace("\\r\\n", " ").replace("\\n", " ").replace("\\\"", "\"").split())
    return (text if len(text) <= REPLY_MOST else text[:REPLY_MOST - 3] + "...").replace("`", "'")


def said(value):
    return {None: "none", True: "yes", False: "no"}.get(value, value)


def diff(old, new):
    """How many answers differ."""
    asked = {}
    for program in (old, new):
        for line in questions(folder_of(program)):
            asked.setdefault(json.dumps(line, sort_keys=True), line)
    changed = 0
    for line, before, after in zip(asked.values(), ask(old, asked.values()), ask(new, asked.values()), strict=True):
        changes = [f"{key} {said(before[key])} -> {said(after[key])}" for key in JUDGEMENT if before[key] != after[key]]
        if changes:
            changed += 1
            where = f" at {line['stage']}" if line["stage"] != "unknown" else ""
            where += f" of {line['mx_host']}" if "mx_host" in line else ""
            print(f"- `{shortened(line['reply'])}`{where}: {', '.join(changes)}.")
    print(f"{changed} of {len(asked)} replies are judged differently", file=sys.stderr)
    return changed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smtperr", metavar="PROGRAM")
    parser.add_argument("--diff", action="store_true")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    if not args.diff:
        check(args.files, args.smtperr)
    elif len(args.files) != 2:
        parser.error("--diff takes two smtperr commands, OLD and NEW")
    else:
        sys.exit(1 if diff(*args.files) else 0)


if __name__ == "__main__":
    main()
