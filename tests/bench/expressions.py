# SPDX-License-Identifier: MIT
"""Writes what all rules look for as regular expressions: expressions.py GENERATOR OUT BLANKS [--rules RULES.toml] DATA.toml ...

RULES.toml goes instead of data/rules.

A line is TARGET EXPRESSION: a rule has its number in the tables as target, what rules exclude 65,536 and its number, providers
and blocklists twice and three times that. The expressions are for bytes, without regard to case, and for text with a blank at both
ends. A word is a run of ASCII letters and digits and of bytes from 80 up, a gap up to 12 words, a set an alternation, a token what
looks like one. The hosts of providers and blocklists are left out: the rivals need not look for them. BLANKS gets the same for
text that was made ready, one blank between words, where no token can be told any more: patterns with tokens are left out.
Lines "passed WORD" in front name the words that texts are read without, so that the rivals can be given texts that lack them."""
import collections
import os
import re
import sys
import tomllib

WORD = r"[a-z0-9\x80-\xff]"
BETWEEN = r"[^a-z0-9\x80-\xff]"
WIDE_GAP = r"[^\r\n]{0,36}"  # 12 characters of three bytes
LONGEST = 2500  # Hyperscan called some of 3,700 bytes too large, where gaps and sets meet
TOKENS = {
    "<address>": r"[^ @]+@[a-z0-9.-]+",
    "<host>": r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z][a-z]+",
    "<ip>": r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*)",
    "<url>": r"(?:https?://|[a-z0-9.-]+\.[a-z]+/)[^ ]*",
}


def literal(word):
    return "".join(chr(byte) if byte < 0x80 else f"\\x{byte:02x}" for byte in word.encode())


def join(options):
    options = list(dict.fromkeys(options))
    return options[0] if len(options) == 1 else "(?:" + "|".join(options) + ")"


def option(text, between, compile_rules):
    if text not in TOKENS and compile_rules.is_token(text) and between[0] == " ":
        text = text.strip("<>")
    if compile_rules.is_set(text):
        return join([literal(member) for member, name in compile_rules.SETS.items() if name == text])
    if text in TOKENS:
        return TOKENS[text]
    if compile_rules.is_token(text):
        return r"(?:https?://)?(?:[a-z0-9_-]+\.)*" + re.escape(text.strip("<>"))
    return between.join(map(literal, compile_rules.split_words(text)))


def is_wide(text):
    return any(ord(char) >= 0x2E80 for char in text)


def split(items, at, options):
    """The pattern of these items with some of the options of one of them, for each choice of options."""
    brackets = "[{}]" if items[at].startswith("[") else "{}"
    return [" ".join([*items[:at], brackets.format("|".join(choice)), *items[at + 1:]]) for choice in options]


def expressions(pattern, separator, compile_rules):
    """The pattern as expressions, mostly one: none is too long for Hyperscan where that can be helped, and none has words with
    blanks beside words without. In scripts without blanks each character is a word, and nothing need stand between two."""
    items = re.findall(r"\[[^\]]*\]|\S+", pattern)
    wide = is_wide(pattern)
    patterns = []
    for at, item in enumerate(items):
        options = item.strip("[]").split("|")
        if wide and not item.startswith("[") and not all(is_wide(option) == is_wide(options[0]) for option in options):
            patterns = split(items, at, [[option for option in options if is_wide(option) == kind] for kind in (True, False)])
            break
    if not patterns:
        out = one_expression(items, wide, separator, compile_rules)
        at, longest = max(enumerate(items), key=lambda item: item[1].count("|"))
        options = longest.strip("[]").split("|")
        if len(out) < LONGEST or len(options) == 1:
            return [out]
        patterns = split(items, at, [options[:len(options) // 2], options[len(options) // 2:]])
    return [expression for part in patterns for expression in expressions(part, separator, compile_rules)]


def one_expression(items, wide, separator, compile_rules):
    between = separator + ("*" if wide else "+" if separator == BETWEEN else "")
    out = "" if wide else separator
    for number, item in enumerate(items, 1):  # each leaves behind it what stands between words
        optional = item.startswith("[")
        item = item.strip("[]") if optional else item
        if item == "*":
            out += WIDE_GAP if wide else f"(?:{WORD}+{between}){{0,12}}"
            continue
        options = join([option(text, between, compile_rules) for text in item.split("|")])
        behind = separator * (not wide) if number == len(items) and not optional else between
        out += f"(?:{options}{behind})?" if optional else options + behind
    return out


def main():
    generator, out, blanks, *files = sys.argv[1:]
    if files[0] == "--rules":
        files = [path for path in files[2:] if os.path.basename(os.path.dirname(path)) != "rules"] + [files[1]]
    sys.path.insert(0, os.path.dirname(generator))
    import compile_rules
    tables = collections.defaultdict(list)
    for path in files:
        with open(path, "rb") as file:
            for table, rows in tomllib.load(file).items():
                tables[table] += rows
    compile_rules.SETS.update((word, f"{{{row['name']}}}") for row in tables["set"] for word in row["words"])
    compile_rules.GUARDS.update((f"@{row['name']}", row["not"]) for row in tables["guard"])
    found, vetoes = [], {}
    for number, row in enumerate(tables["rule"]):
        found += [(0, number, text) for text in row["words"]]
        for text in compile_rules.excluded(row):
            if text not in vetoes:
                vetoes[text] = len(vetoes)
                found.append((1, vetoes[text], text))
    for kind, table in ((2, "provider"), (3, "blocklist")):
        found += [(kind, number, text) for number, row in enumerate(tables[table], 1) for text in row.get("words", [])]
    for path, separator in ((out, BETWEEN), (blanks, " ")):
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(f"passed {word}\n" for word, name in compile_rules.SETS.items() if name == compile_rules.PASSED_OVER and word.isascii()))
            for kind, number, text in found:
                if separator == " " and any(token in text for token in TOKENS):
                    continue
                for expression in expressions(text, separator, compile_rules):
                    file.write(f"{kind << 16 | number} {expression}\n")


if __name__ == "__main__":
    main()
