#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the data and writes the tables of the library.

usage: generate.py --header include/smtperr.h --out DIR FILE.toml ...

Reads the TOML files beside it (docs/data.md tells what is in them) and the numbers of the public header, and writes
tables_decide.c, tables_failures.c, tables_rules.c and tables_words.c into DIR. What is wrong with the data is told as FILE:LINE:
sentence, all but what would only follow from it, and nothing is written. The same input gives the same bytes.
"""
import argparse
import collections
import hashlib
import os
import re
import sys
import tomllib
import types

sys.dont_write_bytecode = True  # no cache beside the data

import check_rules
import compile_rules

STAGES = "unknown connect greeting ehlo helo starttls tls auth mail rcpt data body eod rset quit other".split()
REPLY_STAGES = [stage for stage in STAGES if stage != "connect"]  # a reply at connect is a greeting
CLASSES = "2yz 3yz 4yz 5yz local lasting".split()
EXITS = {"EX_OK": 0, "EX_DATAERR": 65, "EX_NOUSER": 67, "EX_NOHOST": 68, "EX_UNAVAILABLE": 69, "EX_TEMPFAIL": 75,
         "EX_PROTOCOL": 76, "EX_NOPERM": 77, "EX_CONFIG": 78}
CONFIDENCES = ["low", "medium", "high"]
MEANING_BUCKETS = 64   # of lib/internal.h
LISTS = {  # list: (SMTPERR_NUMBER_*, the keys of its numbers)
    "errno": (1, ["linux", "bsd", "windows"]), "getaddrinfo": (2, ["linux", "bsd", "windows"]),
    "h_errno": (3, ["number"]), "dns": (4, ["number"]), "tls-alert": (5, ["number"]), "x509": (6, ["number"]),
    "openssl": (7, ["number"]), "mailer": (0, [])}
PLATFORMS = {"number": 0, "linux": 1, "bsd": 2, "windows": 3}
FIRST_OF_OTHERS = 40  # failures below have a name in the header
HEADER_NAMES = {"NXDOMAIN": "DOMAIN_NOT_FOUND", "NODATA": "DOMAIN_NO_RECORDS"}
SAYS = ["title", "what", "cause", "fix", "author", "source", "steps", "url"]
MAX_BYTES = {"title": 60, "what": 240, "cause": 240, "fix": 240, "author": 240, "why": 240, "url": 200}
DELAYS = (60, 14400)
PROVED = ("mailbox-unknown", "mailbox-disabled", "mailbox-moved", "address-invalid", "domain-unknown", "domain-no-mail")

TEXT = dict.fromkeys(["title", "what", "cause", "fix"], str)
SCHEMAS = {  # table: (required keys, optional keys)
    "meaning": ({"code": str, "stages": list, "category": str, "confidence": str, **TEXT, "source": list},
                {"usual": bool, "kind": str, "dead": bool, "name": str}),
    "status": ({"code": str, "classes": list, "stages": list, "category": str, "confidence": str, **TEXT,
                "source": list},
               {"dead": bool, "name": str}),
    "failure": ({"id": int, "name": str, "list": str, "category": str, "enhanced": str, **TEXT, "source": list},
                {"number": int, "linux": int, "bsd": int, "windows": int, "lasting": bool, "dead": bool,
                 "tls_required": bool, "also": list}),
    "category": ({"id": int, "name": str, **TEXT, "author": str, "source": list}, {"steps": list, "permanent": bool}),
    "rule": ({"name": str, "words": list, "category": str, "source": list, "example": str, "near_miss": str},
             {"not": list, "codes": list, "classes": list, "enhanced": list, "stages": list, "providers": list, "rank": str,
              "dead": bool, "temporary": bool, "likely_permanent": bool, "account": bool, "in_doubt": bool, "url": str,
              **TEXT}),
    "set": ({"name": str, "words": list, "what": str}, {}),
    "guard": ({"name": str, "not": list, "what": str}, {}),
    "provider": ({"name": str, "title": str, "hosts": list, "source": list}, {"words": list, "url": str, "what": str}),
    "blocklist": ({"name": str, "title": str, "lists": str, "state": str, "what": str, "fix": str,
                   "source": list}, {"hosts": list, "words": list, "url": str}),
    "word": ({"kind": str, "id": int, "name": str, "what": str}, {}),
    "decision": ({"category": str, "class": str, "stages": list, "action": str, "scope": str, "party": str,
                  "status": str, "exit": str, "why": str, "source": list},
                 {"codes": list, "enhanced": list, "delay": int, "likely_permanent": bool, "suppress": bool}),
    "version": ({"number": int}, {}),
}
WORD_KINDS = {"stage": 3, "action": 5, "scope": 6, "party": 7, "basis": 8, "confidence": 9, "origin": 10, "dsn": 13,
              "status": 14, "flag": 15, "role": 18, "shape": 19, "context": 20, "number": 21, "say": 22, "match": 23,
              "rank": 24, "kind": 25}
KIND_CODE, KIND_ENHANCED, KIND_CATEGORY, KIND_FAILURE, KIND_RULE = 1, 2, 4, 11, 12
KIND_PROVIDER, KIND_BLOCKLIST = 16, 17
WRITTEN_BY_SERVERS = ("words", "not", "example", "near_miss")  # any language; what we write ourselves is ASCII

HOMES = {"meaning": "codes.toml", "status": "enhanced.toml", "failure": "failures.toml", "category": "categories.toml",
         "word": "words.toml", "decision": "decisions.toml", "version": "version.toml",
         "provider": "providers.toml", "blocklist": "blocklists.toml", "set": "sets.toml", "guard": "guards.toml", "rule": "rules/*.toml"}

problems = []


def complain(file, line, sentence):
    problems.append((file, line, sentence))


def stop_if_broken():
    """Ends the run if something is wrong: what comes next relies on what was checked."""
    if problems:
        for file, line, sentence in sorted(set(problems)):
            print(f"{file}:{line}: {sentence}", file=sys.stderr)
        sys.exit(1)


class Row(dict):
    """A table of a file, which knows where it stands."""

    def complain(self, sentence, key=None):
        complain(self.file, self.lines.get(key, self.line), sentence)


def name_of(path):
    """What a file of the data is called."""
    folder, file = os.path.split(path)
    return "rules/" + file if os.path.basename(folder) == "rules" else file  # its files may be named as others are


def load(path, file):
    """All rows of a file as (table, Row), or none if it can't be read. file: what complaints call it."""
    try:
        with open(path, "rb") as opened:
            raw = opened.read()
    except OSError as error:
        complain(file, 1, f"can't be read: {error.strerror}")
        return []
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        complain(file, raw.count(b"\n", 0, error.start) + 1, "this line is not UTF-8")
        return []
    places, line_of_key = [], {}  # tomllib tells no lines, so find the heads of the tables and their keys beside it
    for number, line in enumerate(text.split("\n"), 1):
        if '"""' in line or "'''" in line:
            complain(file, number, "write a text in one line, without triple quotes")
            return []
        head = re.match(r"\s*\[(\[?)\s*([\w-]+)\s*\]", line)
        key = re.match(r"\s*([\w-]+)\s*=", line)
        if head and not head[1]:
            complain(file, number, f"write [[{head[2]}]], not [{head[2]}]")
            return []
        if head:
            line_of_key = {}
            places.append((head[2], number, line_of_key))
        elif key:
            line_of_key.setdefault(key[1], number)
            if not places:
                complain(file, number, f"key {key[1]!r} stands outside of any [[table]]")
                return []
    try:
        tables = tomllib.loads(text)
    except ValueError as error:
        where = re.search(r"line (\d+)", str(error))
        complain(file, int(where[1]) if where else text.count("\n") + 1, f"no TOML: {error}")
        return []
    found = []
    for name, rows in tables.items():
        at = [place for place in places if place[0] == name]
        if not isinstance(rows, list) or len(rows) != len(at):
            complain(file, 1, f"write each head of {name!r} on a line of its own and as [[{name}]]")
            continue
        for values, place in zip(rows, at):
            row = Row(values)
            row.file, row.line, row.lines = file, place[1], place[2]
            found.append((name, row))
    return sorted(found, key=lambda item: item[1].line)


def is_plain(text):
    return text.isascii() and text.isprintable() and text == text.strip() and text


def fits(row, table):
    """The row has the keys of its table, all of the right type; texts are plain and not too long."""
    required, optional = SCHEMAS[table]
    before = len(problems)
    for key in required:
        if key not in row:
            row.complain(f"{key!r} is missing")
    for key, value in row.items():
        wanted = required.get(key) or optional.get(key)
        if wanted is None:
            row.complain(f"unknown key {key!r} in a [[{table}]]", key)
        elif type(value) is not wanted:
            row.complain(f"{key!r} must be of type {wanted.__name__}", key)
        elif wanted is str and key not in WRITTEN_BY_SERVERS and not is_plain(value):
            row.complain(f"{key!r} must be ASCII, not empty, without control characters or blanks at its ends", key)
        elif wanted is str and key not in WRITTEN_BY_SERVERS and len(value) > MAX_BYTES.get(key, 64):
            row.complain(f"{key!r} has {len(value)} bytes, more than {MAX_BYTES.get(key, 64)}", key)
        elif key == "name" and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_./-]*", value):
            row.complain(f"the name {value!r} may have letters, digits, and _ . / - inside only", key)
        elif wanted is list and not all(type(item) is (int if (table, key) == ("status", "classes") else str)
                                        for item in value):
            row.complain(f"{key!r} must be a list of {'numbers' if table == 'status' else 'texts'}", key)
        elif wanted is list and (not value or len(set(value)) != len(value)):
            row.complain(f"{key!r} is empty or names something twice", key)
        elif key == "source" and not all(is_plain(item) and len(item) > 3 for item in value):
            row.complain("'source' must be a list of references that a reader can open", key)
    return len(problems) == before


def one_of(row, key, allowed):
    """The value of a key, or each item of its list, is one of those allowed."""
    values = row[key] if isinstance(row[key], list) else [row[key]]
    wrong = [value for value in values if value not in allowed]
    for value in wrong:
        row.complain(f"{key!r}: {value!r} is none of {', '.join(map(str, allowed))}", key)
    return not wrong


def rule_id(name):
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") & 0x7FFFFFFF or 1


class Rules:
    """Names and ids of the rows that can name a category: names never change, ids are a hash of them."""

    def __init__(self):
        self.of_name, self.of_id = {}, {}

    def add(self, row, name):
        number = rule_id(name)
        if name in self.of_name:
            other = self.of_name[name]
            row.complain(f"rule {name!r} stands at {other.file}:{other.line} already: give one a 'name' of its own")
        elif number in self.of_id:
            row.complain(f"the id of rule {name!r} collides with that of {self.of_id[number]!r}: choose another 'name'")
        self.of_name[name] = row
        self.of_id.setdefault(number, name)
        row.rule, row.rule_name = number, name


# ---- Meanings of codes and of enhanced codes ----

def expand_stages(rows, what):
    """Gives each row its stages. "any" takes what the other rows of the same number leave."""
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row["code"]].append(row)
    for code, group in groups.items():
        taken = {}
        for row in sorted(group, key=lambda row: row["stages"] == ["any"]):
            row.stages = row["stages"]
            if row["stages"] == ["any"]:
                row.stages = [stage for stage in REPLY_STAGES if stage not in taken]
                if not row.stages:
                    row.complain(f"this row of {code} can never win: other rows name all stages", "stages")
            elif not one_of(row, "stages", REPLY_STAGES):
                row.stages = []
            for stage in row.stages:
                if stage in taken:
                    row.complain(f"{what} {code} at {stage} stands at line {taken[stage].line} already", "stages")
                taken[stage] = row


def check_classes(rows, classes):
    """A number that nobody listed means what its class means, so each class has rows for all its stages."""
    for needed, stages in classes.items():
        found = [stage for row in rows if row["code"] == needed for stage in row.stages]
        missing = [stage for stage in stages if stage not in found]
        if missing:
            complain(rows[0].file, 1, f"no row for the class {needed} at {', '.join(missing)}")


def check_meaning(row, categories, rules):
    """What rows of codes and of enhanced codes have in common."""
    one_of(row, "category", categories)
    one_of(row, "confidence", CONFIDENCES)
    if row.get("dead") and row["category"] not in PROVED:
        row.complain(f"a row of category {row['category']!r} can't call an address dead", "dead")
    rules.add(row, row.get("name") or f"{row['code']}/{row['category']}")


def check_meanings(rows, categories, rules):
    for row in rows:
        check_meaning(row, categories, rules)
        if not re.fullmatch(r"[0-9]{3}|[0-9]yz|x[0-9]z", row["code"]):
            row.complain(f"{row['code']!r} is no code: write three digits, \"4yz\" or \"x5z\"", "code")
        elif row["code"].startswith("x") != (row.get("kind") == "second-digit"):
            row.complain("kind = \"second-digit\" goes with codes such as \"x5z\", and only with them", "code")
        elif "kind" in row:
            one_of(row, "kind", ["not-smtp", "second-digit"])
    usual = [row for row in rows if row.get("usual", True)]
    expand_stages(usual, "code")
    check_classes(usual, {**dict.fromkeys(["2yz", "4yz", "5yz"], REPLY_STAGES), "3yz": ["auth", "data"]})
    numbers = {row["code"] for row in usual}
    for row in rows:
        if not row.get("usual", True):
            one_of(row, "stages", REPLY_STAGES + ["any"])
            if row["code"] not in numbers:
                row.complain(f"code {row['code']} has other meanings but no usual one", "code")
    return usual


STATUS = re.compile(r"X\.(0|[1-9]\d{0,2})\.(X|0|[1-9]\d{0,2})|([245])\.X\.X")


def status_key(code):
    match = STATUS.fullmatch(code)
    if match[3]:
        return 63 << 10 | int(match[3])
    return int(match[1]) << 10 | (1023 if match[2] == "X" else int(match[2]))


def check_subject(row, match, key):
    """match: what STATUS found, or None."""
    if match and match[1] and int(match[1]) > 62:
        row.complain(f"subject {match[1]} is more than the tables can hold (62)", key)


def check_details(row):
    """The statuses for which alone a rule or a decision is."""
    for status in row.get("enhanced", []):
        match = STATUS.fullmatch(status)
        if not match or status.endswith("X"):
            row.complain(f"{status!r} is no status with a detail: write X.7.30", "enhanced")
        else:
            check_subject(row, match, "enhanced")


def check_statuses(rows, categories, rules):
    for row in rows:
        check_meaning(row, categories, rules)
        one_of(row, "classes", [2, 4, 5])
        match = STATUS.fullmatch(row["code"])
        if not match:
            row.complain(f"{row['code']!r} is no status: write X.7.1, X.7.X or 5.X.X", "code")
        check_subject(row, match, "code")
    expand_stages(rows, "status")
    check_classes(rows, dict.fromkeys(["2.X.X", "4.X.X", "5.X.X"], REPLY_STAGES))
    subjects = {row["code"] for row in rows}
    for row in rows:
        match = STATUS.fullmatch(row["code"])
        if match and match[1] and f"X.{match[1]}.X" not in subjects:
            row.complain(f"no row X.{match[1]}.X for the unknown details of its subject", "code")


def check_failures(rows, categories, rules):
    """The rows by (list, number, platform)."""
    ids, numbers, names = {}, {}, {row["name"].lower(): row for row in rows}
    for row in rows:
        one_of(row, "category", categories)
        for name in row.get("also", []):
            if name.lower() in names:
                row.complain(f"{name!r} is {names[name.lower()]['name']} already", "also")
            names[name.lower()] = row
        if row["id"] in ids or not 1 <= row["id"] <= 65535:
            row.complain(f"id {row['id']} is out of range or taken", "id")
        ids[row["id"]] = row
        if not re.fullmatch(r"[45]\.\d\.\d{1,2}", row["enhanced"]):
            row.complain(f"{row['enhanced']!r} is no enhanced code of class 4 or 5", "enhanced")
        elif (row["enhanced"][0] == "5") != bool(row.get("lasting")):
            row.complain("an enhanced code of class 5 goes with 'lasting', and only with it", "enhanced")
        if row.get("dead") and not (row.get("lasting") and row["category"] in PROVED):
            row.complain("only a lasting failure about the address can call it dead", "dead")
        rules.add(row, row["name"])
        if not one_of(row, "list", LISTS):
            continue
        list_number, keys = LISTS[row["list"]]
        for key in PLATFORMS.keys() & row.keys():
            number = (list_number, row[key], PLATFORMS[key])
            if key not in keys:
                row.complain(f"failures of the list {row['list']!r} have no number called {key!r}", key)
            elif not -32768 <= row[key] <= 32767:
                row.complain(f"{row[key]} is more than the tables can hold (-32768 to 32767)", key)
            elif number in numbers:
                row.complain(f"{row['list']} {row[key]} is {numbers[number]['name']} already", key)
            numbers[number] = row
    return numbers


# ---- Text rules, providers, blocklists ----

def check_rule(row, categories, providers):
    one_of(row, "category", categories)
    for key, allowed in (("classes", ["4yz", "5yz", "none"]), ("stages", REPLY_STAGES), ("providers", providers),
                         ("rank", compile_rules.RANKS)):
        if key in row:
            one_of(row, key, allowed)
    for code in row.get("codes", []):
        if not re.fullmatch(r"[45]\d\d", code):
            row.complain(f"{code!r} is no code of a refusal", "codes")
    check_details(row)
    if row.get("dead") and row["category"] not in PROVED:
        row.complain(f"a rule of category {row['category']!r} can't call an address dead", "dead")
    if row.get("in_doubt") and (row.get("dead") or row["category"] not in PROVED):
        row.complain("'in_doubt' says nothing of an address that is dead by the words, or not spoken of", "in_doubt")
    if row.get("dead") and row.get("temporary"):
        row.complain("what is temporary is not dead", "dead")
    for key in ("words", "not"):
        check_patterns(row, key)


def check_patterns(row, key):
    for pattern in row.get(key, []):
        if key == "not" and pattern.startswith("@"):
            if pattern not in compile_rules.GUARDS:
                row.complain(f"{pattern!r} is no guard of guards.toml", key)
            continue
        try:
            compile_rules.expand(pattern)
        except compile_rules.Bad as error:
            row.complain(f"pattern {pattern!r}: {error}", key)


def check_sets(rows):
    """Fills compile_rules.SETS. A word is in one set at most: it has two names then, and the matcher follows both."""
    compile_rules.SETS.clear()
    compile_rules.expand.cache_clear()
    names = Rules()
    owners = {}
    for row in rows:
        names.add(row, row["name"])
        for word in row["words"]:
            if compile_rules.all_words(word) != [word]:
                row.complain(f"{word!r} is not one word in lower case", "words")
            elif word in owners:
                row.complain(f"{word!r} is in the set {owners[word]['name']!r} already", "words")
            owners.setdefault(word, row)
            compile_rules.SETS[word] = f"{{{row['name']}}}"
    if compile_rules.PASSED_OVER not in compile_rules.SETS.values():
        complain(HOMES["set"], 1, "no set 'passed-over'")


def check_guards(rows):
    """Fills compile_rules.GUARDS."""
    compile_rules.GUARDS.clear()
    names = Rules()
    for row in rows:
        names.add(row, row["name"])
        check_patterns(row, "not")
    compile_rules.GUARDS.update((f"@{row['name']}", row["not"]) for row in rows)


def judgement(rule):
    return [rule.get(key, False) for key in ("category", *compile_rules.BITS)]


def check_claims(rows):
    """Two rules that judge differently may not claim the same words under the same conditions: chance would choose."""
    claimed = {}
    for row in rows:
        condition = tuple(tuple(sorted(row.get(key, []))) for key in ("codes", "classes", "enhanced", "stages", "providers"))
        for pattern in row["words"]:
            for phrases in compile_rules.expand(pattern):
                claim = (row.get("rank", "cause"), condition, tuple(map(tuple, phrases)))
                other = claimed.setdefault(claim, row)
                if judgement(other) != judgement(row):
                    row.complain(f"{pattern!r} is claimed by rule {other['name']!r} at {other.file}:{other.line} already",
                                 "words")


def check_hosts(rows, what):
    owners = {}
    for row in rows:
        for host in row.get("hosts", []):
            if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9-]+)+", host):
                row.complain(f"{host!r} is no domain in lower case", "hosts")
            elif host in owners:
                row.complain(f"{what} {owners[host]['name']!r} has the host {host} already", "hosts")
            owners.setdefault(host, row)
        check_patterns(row, "words")


# ---- Decisions ----

def needed_classes(categories, failures):
    """The pairs of category and class that must be answered; all others fall back to one of these."""
    pairs = {("ok", "2yz"), ("continue", "3yz"), ("protocol-error", "2yz"), ("protocol-error", "3yz")}
    for category in categories:
        if category not in ("ok", "continue"):
            pairs |= {(category, "4yz"), (category, "5yz")}
    pairs |= {(row["category"], "lasting" if row.get("lasting") else "local") for row in failures}
    return pairs | {("unknown", "local")}


def check_answer(row):
    """An answer must agree with itself; most of these are promises of the documentation."""
    kept = row["action"] not in ("proceed", "bounce")
    status_class = "4" if kept else "2" if row["action"] == "proceed" else "5"
    if not re.fullmatch(r"[245]\.\d\.\d{1,2}", row["status"]):
        row.complain(f"{row['status']!r} is no enhanced code", "status")
    elif row["status"][0] != status_class:
        row.complain(f"{row['action']} goes with a status of class {status_class}", "status")
    if (row["exit"] == "EX_TEMPFAIL") != kept or (row["exit"] == "EX_OK") != (row["action"] == "proceed"):
        row.complain(f"{row['action']} does not go with {row['exit']}", "exit")
    if kept != ("delay" in row):
        row.complain("a delay goes with every action that keeps the message, and with no other", "delay")
    elif kept and not DELAYS[0] <= row["delay"] <= DELAYS[1]:
        row.complain(f"a delay is {DELAYS[0]} to {DELAYS[1]} seconds", "delay")
    if row.get("suppress") and (row["action"] != "bounce" or row["class"] not in ("5yz", "lasting")
                                or row["category"] not in PROVED):
        row.complain("only a bounce for a permanent answer about the address may suppress it", "suppress")
    if row["action"] == "bounce" and row["class"] not in ("5yz", "lasting"):
        row.complain(f"a {row['class']} answer never bounces", "action")
    if row["action"] == "proceed" and row["class"] not in ("2yz", "3yz", "any") and row["stages"] != ["other"]:
        row.complain(f"a {row['class']} answer is no success", "action")


def decide(rows, categories, failures, words):
    """The table (category, class, stage) -> row, proved to have one answer each, and the rows for certain codes."""
    table, exceptions, rests = {}, [], []
    for row in rows:
        special = "codes" in row or "enhanced" in row
        rest = row["stages"] == ["rest"] and not special
        loose = [] if special or rest else ["any"]
        allowed = {"category": categories + loose, "class": CLASSES + loose, "stages": ["rest"] if rest else STAGES,
                   "exit": EXITS, **{key: words[key] for key in ("action", "scope", "party")}}
        if not all([one_of(row, key, values) for key, values in allowed.items()]):
            continue
        check_answer(row)
        row.stages = [stage for stage in STAGES if stage in row["stages"]
                      or stage == "connect" and "greeting" in row["stages"]]
        if rest or special:
            (rests if rest else exceptions).append(row)
            continue
        for category in categories if row["category"] == "any" else [row["category"]]:
            for decision_class in CLASSES if row["class"] == "any" else [row["class"]]:
                for stage in row.stages:
                    other = table.setdefault((category, decision_class, stage), row)
                    if other is not row:
                        row.complain(f"{category}, {decision_class} at {stage} is answered at line {other.line} "
                                     "already", "stages")
    stop_if_broken()
    for row in rests:
        left = [stage for stage in STAGES if (row["category"], row["class"], stage) not in table]
        if not left:
            row.complain("this row can never win: other rows answer all stages", "stages")
        for stage in left:
            table[row["category"], row["class"], stage] = row
    for pair in sorted(needed_classes(categories, failures)):
        left = [stage for stage in STAGES if (*pair, stage) not in table]
        if left:
            complain(HOMES["decision"], 1, f"no answer for {', '.join(pair)} at {', '.join(left)}")
    stop_if_broken()
    fallback = {"ok": "2yz", "continue": "3yz"}
    for category in categories:
        for decision_class in CLASSES:
            for stage in STAGES:
                table.setdefault((category, decision_class, stage),
                                 table[category, fallback.get(category, "4yz"), stage])
    check_exceptions(exceptions, table)
    return table, exceptions


def check_exceptions(rows, table):
    seen = set()  # what the rows before answer; "" stands for any
    for row in rows:
        for code in row.get("codes", []):
            if not re.fullmatch(r"[2-5]\d\d", code) or f"{code[0]}yz" != row["class"]:
                row.complain(f"{code!r} is no code of class {row['class']}", "codes")
        check_details(row)
        cells = {(row["category"], row["class"], stage, code, status) for stage in row.stages
                 for code in row.get("codes", [""]) for status in row.get("enhanced", [""])}
        if all(any((*place, code, status) in seen for code in {one_code, ""} for status in {one_status, ""})
               for *place, one_code, one_status in cells):
            row.complain("this row can never win: rows before it answer all that it does", "stages")
        seen |= cells
        if all(same_answer(row, table[row["category"], row["class"], stage]) for stage in row.stages):
            row.complain("this row changes nothing: the table has the same answer", "stages")


def answer_of(row, words):
    bits = (1 if row.get("suppress") else 0) | (2 if row.get("likely_permanent") else 0)
    subject, detail = map(int, row["status"].split(".")[1:])
    return (words["action"][row["action"]], words["scope"][row["scope"]], words["party"][row["party"]], bits,
            row.get("delay", 0), subject << 10 | detail, EXITS[row["exit"]])


def same_answer(a, b):
    keys = ["action", "scope", "party", "suppress", "likely_permanent", "delay", "status", "exit"]
    return [a.get(key) for key in keys] == [b.get(key) for key in keys]


# ---- The header's numbers ----

def header_numbers(path):
    """The enumerators as kind -> name -> number."""
    numbers = collections.defaultdict(dict)
    try:
        with open(path, encoding="utf-8") as header:
            text = header.read()
    except OSError as error:
        complain(os.path.basename(path), 1, f"can't be read: {error.strerror}")
        return numbers
    kinds = ["CATEGORY", "FAILURE", "ERR", *map(str.upper, WORD_KINDS)]
    for name, value in re.findall(r"\bSMTPERR_(\w+) = (-?\w+)", text):
        kind, _, rest = name.partition("_")
        if kind in kinds and rest:
            numbers["status" if kind == "ERR" else kind.lower()][rest] = int(value, 0)
        elif name in ("NONE", "REPLY"):
            numbers["status"][name] = int(value, 0)
    return numbers


def check_numbers(rows, numbers, kind, file):
    """Each enumerator of the header has its row with the same number, and each row its enumerator. numbers: None if there is no
    header to compare with."""
    ids, names = set(), set()
    for row in rows:
        if row["id"] in ids or row["name"] in names:
            row.complain(f"{kind} {row['name']!r} or its id {row['id']} stands twice", "id")
        ids.add(row["id"])
        names.add(row["name"])
        enumerator = HEADER_NAMES.get(row["name"]) or re.sub(r"\W", "_", row["name"]).upper()
        if numbers is not None and numbers[kind].get(enumerator) != row["id"]:
            row.complain(f"the header has no {kind} {enumerator} = {row['id']}", "id")
    for name, value in numbers[kind].items() if numbers is not None else ():
        if value not in ids:
            complain(file, 1, f"no row for the header's {kind} {name} = {value}")
    return {row["name"]: row["id"] for row in rows}


def check_version(rows):
    for row in rows[1:]:
        row.complain("the data has one version only")
    if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d\d", str(rows[0]["number"])):
        rows[0].complain("'number' is no version of the form YYYYMMDDNN", "number")


# ---- Writing ----

HEAD = """/* SPDX-License-Identifier: MIT
 *
 * {what} Written by data/generate.py: change the data, not this file.
 */
#include "internal.h"

"""


def stage_bits(stages):
    return sum(1 << STAGES.index(stage) for stage in stages)


def write_meanings(out, name, rows, key_of):
    """The rows, and where those of each bucket begin, as lib/lookup.c finds them."""
    lines = []
    for row in rows:
        bits = stage_bits(row.stages)
        bucket = (key_of(row) ^ key_of(row) >> 7) % MEANING_BUCKETS
        lines.append((bucket, key_of(row), bits, f"    {{{key_of(row)}, 0x{bits:04x}, {row.rule}u, {row.number}, "
                      f"{CONFIDENCES.index(row['confidence']) + 1}, {int(row.get('dead', False))}, 0}},"
                      f" /* {row.rule_name}, {row.file}:{row.line} */\n"))
    lines.sort()
    if len(lines) > 255:
        complain(rows[0].file, 1, f"{len(lines)} rows are more than the table can hold (255)")
    starts = [sum(line[0] < bucket for line in lines) for bucket in range(MEANING_BUCKETS + 1)]
    out.append(f"const smtperr__meaning smtperr__{name}[] = {{\n{''.join(line for *_, line in lines)}}};\n")
    out.append(f"const uint8_t smtperr__{name.removesuffix('s')}_buckets[] = {{\n{compile_rules.numbers(starts)}}};\n\n")


def write_decide(codes, statuses, table, exceptions, categories, words, version):
    out = [HEAD.format(what="What codes mean, and what is decided on it.")]
    counts = {"STAGE_COUNT": len(STAGES), "CATEGORY_COUNT": len(categories), "CLASS_COUNT": len(CLASSES), "SAY_COUNT": len(SAYS),
              "MEANING_BUCKETS": MEANING_BUCKETS}
    out += [f"typedef char smtperr__{name.lower()}_agrees[{name} == {count} ? 1 : -1];\n" for name, count in counts.items()]
    out.append("\n")
    code_key = lambda row: int(row["code"][0]) if row["code"].endswith("yz") else int(row["code"])  # noqa: E731
    codes = [row for row in codes if not row["code"].startswith("x")]
    write_meanings(out, "codes", codes, code_key)
    write_meanings(out, "enhanced", statuses, lambda row: status_key(row["code"]))
    answers = sorted({answer_of(row, words) for row in [*table.values(), *exceptions]})
    index = {answer: number for number, answer in enumerate(answers)}
    if len(answers) > 255:
        complain(HOMES["decision"], 1, f"{len(answers)} different answers are more than the table can hold (255)")
    out.append("const smtperr__answer smtperr__answers[] = {\n")
    out += [f"    {{{action}, {scope}, {party}, {bits}, {delay}, {status}, {leave}, 0}},\n"
            for action, scope, party, bits, delay, status, leave in answers]
    out.append("};\n\nconst uint8_t smtperr__decisions[CATEGORY_COUNT][CLASS_COUNT][STAGE_COUNT] = {\n")
    for category in categories:
        out.append(f"    {{ /* {category} */\n")
        for decision_class in CLASSES:
            cells = [str(index[answer_of(table[category, decision_class, stage], words)]) for stage in STAGES]
            out.append(f"        {{{', '.join(cells)}}}, /* {decision_class} */\n")
        out.append("    },\n")
    out.append("};\n\nconst smtperr__exception smtperr__exceptions[] = {\n")
    for row in sorted(exceptions, key=lambda row: categories.index(row["category"])):
        for code in row.get("codes", ["0"]):
            for status in row.get("enhanced", [None]):
                out.append(f"    {{{code}, {status_key(status) if status else 0}, 0x{stage_bits(row.stages):04x}, "
                           f"{categories.index(row['category'])}, {CLASSES.index(row['class'])}, "
                           f"{index[answer_of(row, words)]}, 0}}, /* {row.file}:{row.line} */\n")
    out.append("    {0, 0, 0, 255, 0, 0, 0}, /* the end */\n};\n\n")
    out.append(f"const uint32_t smtperr__data_version = {version}u;\n")
    return "".join(out)


def write_failures(failures, numbers):
    out = [HEAD.format(what="Failures without a reply.")]
    out.append("const smtperr__failure smtperr__failures[] = {\n")
    for row in sorted(failures, key=lambda row: row["id"]):
        subject, detail = map(int, row["enhanced"].split(".")[1:])
        out.append(f"    {{{row['id']}, {subject << 10 | detail}, {row.rule}u, {row.number}, "
                   f"{int(row.get('lasting', False))}, {int(row.get('dead', False))}, "
                   f"{int(row.get('tls_required', False))}}}, /* {row['name']} */\n")
    out.append(f"}};\nconst uint16_t smtperr__failure_count = {len(failures)};\n\n")
    out.append("const smtperr__number smtperr__numbers[] = {\n")
    for (of, number, platform), row in sorted(numbers.items(), key=lambda item: item[0]):
        out.append(f"    {{{row['id']}, {number}, {of}, {platform}}}, /* {row['name']} */\n")
    out.append(f"}};\nconst uint16_t smtperr__number_count = {len(numbers)};\n")
    return "".join(out)


def write_rules(tables, categories):
    permanent = {row["name"] for row in tables["category"] if row.get("permanent")}
    try:
        return HEAD.format(what="What the words of a reply mean.") + compile_rules.write_tables(
            tables["rule"], tables["provider"], tables["blocklist"], stage_bits, status_key, categories, permanent)
    except compile_rules.Bad as error:
        complain("rules", 1, f"{error}")
        return ""


class Pool:
    """Strings one behind the other, each once."""

    def __init__(self):
        self.offsets, self.size, self.strings = {"": 0}, 1, [""]

    def add(self, text):
        if text not in self.offsets:
            self.offsets[text] = self.size
            self.strings.append(text)
            self.size += len(text) + 1
        return self.offsets[text]


def main_meaning(row):
    """Sorts the rows of a code so that the one comes first which people mean when they name no stage."""
    order = ["unknown", "any", "rcpt", "eod", "mail"]
    return not row.get("usual", True), min((order.index(stage) for stage in row["stages"] if stage in order), default=9)


def write_words(codes, statuses, failures, categories, other_words, rules, providers, blocklists):
    pool, words, entries = Pool(), {(0,) * len(SAYS): 0}, []

    def add(kind, value, name, row=None):
        index = 0
        if row is not None:
            texts = {**row, "source": "; ".join(row.get("source", [])), "steps": "\n".join(row.get("steps", []))}
            index = words.setdefault(tuple(pool.add(texts.get(say, "")) for say in SAYS), len(words))
        entries.append((kind, value, pool.add(name), index, name))

    first = {}
    for row in sorted(codes, key=main_meaning):
        first.setdefault(row["code"], row)
    for code, row in first.items():
        value = int(code[0]) if code.endswith("yz") else 10 + int(code[1]) if code[0] == "x" else int(code)
        add(KIND_CODE, value, code, row)
    first = {}
    for row in statuses:
        first.setdefault(row["code"], row)
    for code, row in first.items():
        key = status_key(code)
        if key >> 10 < 63 and key & 1023 < 1000:
            add(KIND_ENHANCED, 1000000 + (key >> 10) * 1000 + (key & 1023), code, row)
    for row in categories:
        add(KIND_CATEGORY, row["id"], row["name"], row)
    for row in failures:
        for name in (row["name"], *row.get("also", [])):  # the first is the one that smtperr_name() gives
            add(KIND_FAILURE, row["id"], name, row)
    for row in other_words:
        add(WORD_KINDS[row["kind"]], row["id"], row["name"], row)
    for row in [*codes, *statuses, *failures]:
        add(KIND_RULE, row.rule, row.rule_name, row)
    of_category = {row["name"]: row for row in categories}
    for row in rules:  # what a rule does not say itself, its category says
        add(KIND_RULE, row.rule, row.rule_name, {**of_category[row["category"]], **row})
    for row in providers:
        add(KIND_PROVIDER, row.rule, row["name"], row)
    for row in blocklists:
        add(KIND_BLOCKLIST, row.rule, row["name"], row)
    entries.sort(key=lambda entry: entry[:2])
    out = [HEAD.format(what="Names, and sentences for people.")]
    out.append("const smtperr__word smtperr__word_list[] = {\n")
    out += [f"    {{{kind}, {{0, 0, 0}}, {value}, {name}, {index}}}, /* {text} */\n"
            for kind, value, name, index, text in entries]
    out.append(f"}};\nconst uint16_t smtperr__word_count = {len(entries)};\n\n")
    out.append("const uint32_t smtperr__words[][SAY_COUNT] = {\n")
    out += ["    {" + ", ".join(map(str, row)) + "},\n" for row in words]
    out.append("};\n\n/* As numbers, since compilers need not take a string of this length. */\n"
               "const char smtperr__pool[] = {\n")
    for text in pool.strings:
        out.append("    " + "".join(f"{byte}, " for byte in text.encode("ascii") + b"\0").rstrip() + "\n")
    out.append("};\n")
    return "".join(out)


def read_data(files, header, try_rules=True):
    """The checked data, or the end of the run. files: (path, what complaints call it); header: its path, or None to go without;
    try_rules: whether the rules are compared and their examples tried, which takes longest."""
    tables = collections.defaultdict(list)
    for path, file in files:
        for table, row in load(path, file):
            if table not in SCHEMAS:
                row.complain(f"unknown table [[{table}]]")
            elif fits(row, table):
                tables[table].append(row)
    numbers = header_numbers(header) if header else None
    stop_if_broken()

    for table, file in HOMES.items():
        if not tables[table]:
            complain(file, 1, f"no [[{table}]]")
    stop_if_broken()

    for row in tables["word"]:
        one_of(row, "kind", WORD_KINDS)
    words = {kind: check_numbers([row for row in tables["word"] if row["kind"] == kind], numbers, kind, HOMES["word"])
             for kind in WORD_KINDS}
    check_numbers(tables["category"], numbers, "category", HOMES["category"])
    check_numbers([row for row in tables["failure"] if row["id"] < FIRST_OF_OTHERS], numbers, "failure",
                  HOMES["failure"])
    check_version(tables["version"])
    stop_if_broken()

    tables["category"].sort(key=lambda row: row["id"])
    for number, row in enumerate(tables["category"]):
        if row["id"] != number:
            row.complain(f"{number} is left out, and decisions are looked up by the id", "id")
            break
    if words["stage"] != {stage: number for number, stage in enumerate(STAGES)}:
        complain(HOMES["word"], 1, "the stages are not those of STAGES in generate.py")
    stop_if_broken()

    categories = [row["name"] for row in tables["category"]]
    rules = Rules()
    usual = check_meanings(tables["meaning"], categories, rules)
    check_statuses(tables["status"], categories, rules)
    failure_numbers = check_failures(tables["failure"], categories, rules)
    providers = [row["name"] for row in tables["provider"]]
    check_sets(tables["set"])
    check_guards(tables["guard"])
    for row in tables["rule"]:
        check_rule(row, categories, providers)
        rules.add(row, row["name"])
    for row in tables["blocklist"]:
        one_of(row, "lists", ["ip", "domain", "url"])
        one_of(row, "state", ["active", "dead", "error"])
    for table, what in (("provider", "provider"), ("blocklist", "blocklist")):
        names = Rules()
        for row in tables[table]:
            names.add(row, row["name"])
        check_hosts(tables[table], what)
    stop_if_broken()
    if try_rules:
        check_claims(tables["rule"])
        stop_if_broken()
        check_rules.check(tables["rule"], tables["status"], check_rules.known_hosts(tables))
        stop_if_broken()

    table, exceptions = decide(tables["decision"], categories, tables["failure"], words)
    stop_if_broken()

    for row in [*tables["meaning"], *tables["status"], *tables["failure"]]:
        row.number = categories.index(row["category"])
    return types.SimpleNamespace(tables=tables, words=words, categories=categories, usual_codes=usual,
                                 failure_numbers=failure_numbers, decisions=table, exceptions=exceptions)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--header", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args(arguments)
    if not os.path.isdir(args.out):
        parser.error(f"--out: {args.out} is no folder")

    data = read_data([(path, name_of(path)) for path in args.files], args.header)
    tables = data.tables
    written = {
        "tables_decide.c": write_decide(data.usual_codes, tables["status"], data.decisions, data.exceptions, data.categories,
                                        data.words, tables["version"][0]["number"]),
        "tables_failures.c": write_failures(tables["failure"], data.failure_numbers),
        "tables_rules.c": write_rules(tables, data.categories),
        "tables_words.c": write_words(tables["meaning"], tables["status"], tables["failure"], tables["category"],
                                      tables["word"], tables["rule"], tables["provider"], tables["blocklist"]),
    }
    stop_if_broken()
    for name, text in written.items():
        with open(os.path.join(args.out, name), "w", encoding="ascii", newline="\n") as file:
            file.write(text)


if __name__ == "__main__":
    main()
