# SPDX-License-Identifier: MIT
"""Looks for rules that can't do what they are for: those that can never match or never win, and those whose own example or
near-miss says otherwise. Static: no library is needed. tests/rules/ asks the finished one.
"""
import re

import compile_rules

GAP_WORDS = 12  # of lib/internal.h
CONDITIONS = ("codes", "classes", "enhanced", "stages", "providers")
LOSES_TO = {"measure": ["high"], "boilerplate": ["high", "medium"]}  # confidence of a number, see lib/rules.c
expand = compile_rules.expand
NEGATIONS = {"no", "not", "non", "never", "pas", "nicht", "não", "nao", "не", "不"}
LONG_DOMAINS = "example invalid local localdomain localhost internal online email".split()


# ---- A reply as lib/words.c reads it: a list of words, each with all that it can be taken for ----

def names_of_words(text):
    return [{word, compile_rules.SETS.get(word, word)} for word in compile_rules.split_words(text)]


def read(text, hosts):
    """hosts: the domains that tokens of rules name."""
    words = []
    for chunk in re.findall(r"[^\x00-\x20\"'(),;<>\[\]`{}\x7f]+", compile_rules.without_contractions(text)):
        for part in re.split(r"(?<=\.)(?=\.)", chunk):
            words += read_chunk(part, hosts)
    return words


def read_chunk(chunk, hosts):
    plain = re.sub(r"^[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]+|[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]+$", "", chunk)
    url = re.match(r"(?i)h\w{3,4}://([^/:?#]*)", plain) or re.match(r"([^/:?#]*)/", plain)
    if url and ("://" in plain or is_host(url[1])):
        names = names_of(url[1], hosts)
        rest = names_of_words(plain[url.end(1):]) if names else []
        return [{"<url>", *names}, *rest]
    if "@" in chunk and len(plain) > 2:
        return [{"<address>"}, *names_of_words(plain.partition("@")[2].partition(":")[2])]  # "<ann@example.org>:user unknown" without brackets
    if re.fullmatch(r"\d[\da-fA-Fx*]*(\.[\da-fA-Fx*]*){3}|[\da-fA-Fx*.]*(:[\da-fA-Fx*.]*){2,}", plain):
        return [{"<ip>"}]
    if is_host(plain):
        return [{"<host>", *names_of(plain, hosts)}]
    return names_of_words(chunk)


def is_host(text):
    labels = text.split(".")
    last = labels[-1]
    if len(labels) < 2 or len(last) < 2 or not labels[0] or not re.fullmatch(r"[A-Za-z0-9._*-]+", text):
        return False
    if not re.fullmatch(r"[A-Za-z]+", last):
        return len(last) > 4 and last.startswith("xn--")
    return len(labels) > 2 or not (last[0].isupper() and last[1].islower()) and (len(last) <= 4 or last in LONG_DOMAINS)


def names_of(host, hosts):
    """The token that names a host, or else the nearest domain above it."""
    labels = host.lower().split(".")
    above = (".".join(labels[first:]) for first in range(len(labels)))
    return next(({f"<{domain}>"} for domain in above if domain in hosts), set())


REPLY_LINE = re.compile(r"(?:([2-5]\d\d)(?:[ -]|$))?(?:#?([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*)")


def numbers_and_words(reply, hosts):
    """Code, enhanced code (as X.s.d) and words; None where there is no such number."""
    lines = [REPLY_LINE.match(line) for line in reply.splitlines()]
    text = " ".join(line[3] for line in lines)
    at_end = re.search(r"\(#([245]\.\d{1,3}\.\d{1,3})[ )]", text)
    enhanced = lines[-1][2] or (at_end[1] if at_end else None)
    return lines[-1][1], "X" + enhanced[1:] if enhanced else None, read(text, hosts)


def begins_at(row, words, first):
    """Where a row of phrases that begins at one of the words of a reply ends first; None if it doesn't stand there."""
    ends = None  # of what was found so far
    for phrase in row:
        found = set()
        for at in range(first, len(words) - len(phrase) + 1) if ends else (first,):
            near = ends is None or any(0 <= at - end <= GAP_WORDS for end in ends)
            if near and all(at + step < len(words) and word in words[at + step] for step, word in enumerate(phrase)):
                found.add(at + len(phrase))
        if not found:
            return None
        ends = found
    return min(ends)


def stands_in(row, words):
    return any(begins_at(row, words, at) is not None for at, names in enumerate(words) if row[0][0] in names)


def has_any(patterns, words):
    """The first of some patterns that stands in the words."""
    return next((pattern for pattern in patterns
                 if any(stands_in(row, words) for row in expand(pattern))), None)


# ---- Example and near-miss ----

def is_out(rule, code, enhanced, words):
    """Whether numbers or 'not' keep a rule from a reply. An unknown stage or provider doesn't."""
    reply_class = f"{code[0]}yz" if code else "none"
    return ("codes" in rule and code not in rule["codes"] or "enhanced" in rule and enhanced not in rule["enhanced"]
            or "classes" in rule and reply_class not in rule["classes"]
            or has_any(compile_rules.excluded(rule), words) is not None)


def check_replies(rule, hosts):
    for key in ("example", "near_miss"):
        if not rule[key].strip():
            rule.complain(f"{key!r} is empty", key)
            return
    code, enhanced, words = numbers_and_words(rule["example"], hosts)
    if has_any(rule["words"], words) is None:
        rule.complain("the example has none of the rule's words", "example")
    elif is_out(rule, code, enhanced, words):
        rule.complain("the example does not meet the rule's conditions", "example")
    code, enhanced, words = numbers_and_words(rule["near_miss"], hosts)
    found = has_any(rule["words"], words)
    if found is not None and "providers" not in rule and not is_out(rule, code, enhanced, words):
        rule.complain(f"the near-miss has the words {found!r}, so the rule matches it", "near_miss")


# ---- Rules that can never match or win ----

def parts(phrase):
    return [(first, end, tuple(phrase[first:end])) for first in range(len(phrase)) for end in range(first + 1, len(phrase) + 1)]


def behind(wanted, row, number, end):
    """Whether phrases stand in a row behind place `end` of its phrase `number`, never too far off. A gap of the row may be as
    long as a gap can be, so nothing but it may lie between."""
    if not wanted:
        return True
    phrase = row[number]
    length = len(wanted[0])
    for at in range(end, min(len(phrase) - length, end + GAP_WORDS) + 1):
        if tuple(phrase[at:at + length]) == wanted[0] and behind(wanted[1:], row, number, at + length):
            return True
    return (end == len(phrase) and number + 1 < len(row) and tuple(row[number + 1][:length]) == wanted[0]
            and behind(wanted[1:], row, number + 1, length))


class Claims:
    """Whose rows of phrases stand in a row."""

    def __init__(self):
        self.of_first = {}  # first phrase -> [(rule, the other phrases)]

    def add(self, rule, patterns):
        for pattern in patterns:
            for row in expand(pattern):
                first, *others = map(tuple, row)
                self.of_first.setdefault(first, []).append((rule, tuple(others)))

    def within(self, row):
        for number, phrase in enumerate(row):
            for _, end, part in parts(phrase):
                for rule, others in self.of_first.get(part, ()):
                    if behind(others, row, number, end):
                        yield rule


def asks_no_more(other, rule):
    """Whether a rule applies wherever another does."""
    return set(compile_rules.excluded(other)) <= set(compile_rules.excluded(rule)) and all(
        key not in other or key in rule and set(rule[key]) <= set(other[key]) for key in CONDITIONS)


def rank_of(rule):
    return compile_rules.RANKS.index(rule.get("rank", "cause"))


def goes_before(other, rule, place):
    """Of two rules that match the same words. place: the order of the rules, which settles what is left."""
    if rank_of(other) != rank_of(rule):
        return rank_of(other) > rank_of(rule)
    for keys in ({"providers"}, {"codes", "enhanced", "providers"}):
        if other.keys().isdisjoint(keys) != rule.keys().isdisjoint(keys):
            return rule.keys().isdisjoint(keys)
    return place[id(other)] < place[id(rule)]


def check_winnable(rules):
    claims, same, place = Claims(), {}, {}
    for rule in rules:
        claims.add(rule, rule["words"])
        place[id(rule)] = len(place)
        for pattern in rule["words"]:
            for row in expand(pattern):
                same.setdefault(tuple(map(tuple, row)), []).append(rule)
    for rule in rules:
        winners = []
        for row in (row for pattern in rule["words"] for row in expand(pattern)):
            # Of the same rank only the very same words go before: more words win.
            rivals = list(same[tuple(map(tuple, row))])
            if rank_of(rule) < len(compile_rules.RANKS) - 1:
                rivals += [other for other in claims.within(row) if rank_of(other) > rank_of(rule)]
            winner = next((other for other in rivals if other is not rule and goes_before(other, rule, place)
                           and asks_no_more(other, rule)), None)
            if winner is None:
                break
            winners.append(winner["name"])
        else:
            rule.complain(f"this rule can never win: {', '.join(sorted(set(winners)))} goes before wherever its words stand",
                          "words")


def check_matchable(rule):
    vetoes = Claims()
    vetoes.add(rule, compile_rules.excluded(rule))
    for pattern in rule["words"]:
        if all(any(vetoes.within(row)) for row in expand(pattern)):
            rule.complain(f"pattern {pattern!r} can never match: the rule's own 'not' stands in it", "words")
    classes = rule.get("classes", ["4yz", "5yz", "none"])
    for code in rule.get("codes", []):
        if f"{code[0]}yz" not in classes:
            rule.complain(f"code {code} is of none of the rule's classes", "codes")


def check_denial(rule):
    """Words that condemn an address with or without a "not" condemn it where it is said to be good."""
    for pattern in rule["words"] if rule.get("dead") else ():
        for choice in re.findall(r"\[([^\]]*)\]", pattern):
            denial = NEGATIONS.intersection(choice.split("|"))
            if denial:
                rule.complain(f"pattern {pattern!r} of a rule with 'dead' matches without its {min(denial)!r}, too", "words")


def check_numbers(rule, statuses):
    """What was done, not why, tells less than a number that names a cause for sure."""
    surer = LOSES_TO.get(rule.get("rank"), [])
    for status in rule.get("enhanced", []):
        rows = [row for row in statuses if row["code"] == status and row["category"] not in ("unknown", "ok")
                and not set(row.stages).isdisjoint(rule.get("stages", row.stages))]
        if rows and all(row["confidence"] in surer for row in rows):
            rule.complain(f"beside {status} a rule of rank {rule['rank']!r} can never win: the number is surer", "enhanced")


def known_hosts(tables):
    """The domains that rules, providers and blocklists name; the pages of known hosts are read word by word."""
    hosts = {host for row in tables["provider"] + tables["blocklist"] for host in row.get("hosts", [])}
    return hosts | {word.strip("<>") for rule in tables["rule"] for pattern in [*rule["words"], *compile_rules.excluded(rule)]
                    for word in re.findall(r"<[a-z0-9-]+(?:\.[a-z0-9-]+)+>", pattern)}


def check(rules, statuses, hosts):
    """hosts: see known_hosts()."""
    for rule in rules:
        check_replies(rule, hosts)
        check_matchable(rule)
        check_denial(rule)
        check_numbers(rule, statuses)
    check_winnable(rules)
