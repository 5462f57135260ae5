# SPDX-License-Identifier: MIT
"""Writes what all rules look for as regular expressions: expressions.py GENERATOR OUT BLANKS [--rules RULES.toml] DATA.toml ...

RULES.toml goes instead of data/rules.

A line is TARGET EXPRESSION: a rule has its number in the tables as target, what rules exclude 65,536 and its number, providers
and blocklists twice and three times that. The expressions are for bytes, without regard to case, and for text with a blank at both
ends. A word is a run of ASCII letters and digits and of bytes from 80 up, a gap up to 12 words, a set an alternation, a token what
looks like one. The hosts of providers and blocklists are left out: the rivals need not look for them. BLANKS gets the same for
text that was made ready, one blank between words, where no token can be told any more: patterns with tokens are left out."""
import collections
import os
import re
import sys
import tomllib

WORD = r"[a-z0-9\x80-\xff]"
BETWEEN = r"[^a-z0-9\x80-\xff]"
WIDE_GAP = r"[^\r\n]{0,36}"  # 12 characters of three bytes
LONGEST = 15000  # Hyperscan takes 16,000 bytes
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


def expressions(pattern, separator, compile_rules):
    """The pattern as expressions, one if it is not too long for Hyperscan. In scripts without blanks each character is a word, and
    nothing need stand between two."""
    items = re.findall(r"\[[^\]]*\]|\S+", pattern)
    wide = any(ord(char) >= 0x2E80 for char in pattern)
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
    if len(out) < LONGEST:
        return [out]
    at, longest = max(enumerate(items), key=lambda item: item[1].count("|"))
    options = longest.strip("[]").split("|")
    halves = [options[:len(options) // 2], options[len(options) // 2:]]
    brackets = "[{}]" if longest.startswith("[") else "{}"
    return [expression for half in halves
            for expression in expressions(" ".join([*items[:at], brackets.format("|".join(half)), *items[at + 1:]]), separator, compile_rules)]


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
    found, vetoes = [], {}
    for number, row in enumerate(tables["rule"]):
        found += [(0, number, text) for text in row["words"]]
        for text in row.get("not", []):
            if text not in vetoes:
                vetoes[text] = len(vetoes)
                found.append((1, vetoes[text], text))
    for kind, table in ((2, "provider"), (3, "blocklist")):
        found += [(kind, number, text) for number, row in enumerate(tables[table], 1) for text in row.get("words", [])]
    for path, separator in ((out, BETWEEN), (blanks, " ")):
        with open(path, "w", encoding="ascii") as file:
            for kind, number, text in found:
                if separator == " " and any(token in text for token in TOKENS):
                    continue
                for expression in expressions(text, separator, compile_rules):
                    file.write(f"{kind << 16 | number} {expression}\n")


if __name__ == "__main__":
    main()
