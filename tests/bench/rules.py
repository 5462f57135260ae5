# SPDX-License-Identifier: MIT
"""Writes the tables of N made-up rules for the bench: rules.py COUNT TABLES.c PHRASES.txt RULES.toml GENERATOR HEADER DATA.toml ...

The rules are of the form of data/rules/, go through the project's own generator, and say nothing about mail: two to six words
each, mostly those that replies are made of, one rule in eleven with a gap. The same count gives the same rules, and the rules of a
smaller count are among those of a larger one. PHRASES gets their words for the rival that looks for each in turn."""
import os
import shutil
import subprocess
import sys
import tempfile

WORDS = """user mailbox recipient address account sender domain message mail server host relay access denied rejected blocked refused unknown
unavailable disabled full quota exceeded limit rate policy spam virus content attachment size too large many connections messages
temporarily deferred again later try wait minutes service connection timed out lookup failed dns record found not no such here local
remote system client network list listed reputation poor bad authentication required login password tls encryption needed command
syntax error sequence parameter invalid format header from to data transaction aborted closed storage space insufficient loop hops
routing gateway filter scanner engine score threshold signature link url image text part body line long short greylisted throttled
suspended inactive expired moved forward permission allowed accept send receive delivery queue internal external tenant group
for by in on of at with your our it will may must should need when then into out only each all more""".split()
RARE = ["".join((a, b, c, d)) for a in "bdfgklmnprstvz" for b in "aeiou" for c in "lmnrst" for d in ("a", "en", "ix", "ot")]


def made_up(count):
    state = 2463534242
    def below(n):   # xorshift: the same everywhere
        nonlocal state
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        return state % n
    rules, known = [], set()
    while len(rules) < count:
        words = [RARE[below(len(RARE))] if below(4) == 0 else WORDS[below(len(WORDS))] for _ in range(2 + below(5))]
        gap = below(11) == 0 and len(words) > 2
        text = " ".join(words[:2] + ["*"] + words[2:] if gap else words)
        if text not in known:
            known.add(text)
            rules.append(text)
    return rules


def main():
    count, tables, phrases, rules, generator, header, *data = sys.argv[1:]
    texts = made_up(int(count))
    with open(rules, "w") as file:
        for number, text in enumerate(texts):
            plain = text.replace(" * ", " and so ")
            file.write(f'[[rule]]\nname = "made-up-{number}"\nwords = ["{text}"]\ncategory = "policy"\n'
                       f'source = ["tests/bench/rules.py"]\nexample = "550 {plain}"\nnear_miss = "550 {plain[1:]}"\n\n')
    with tempfile.TemporaryDirectory() as place:
        real = [path for path in data if os.path.basename(os.path.dirname(path)) != "rules"]
        subprocess.run([sys.executable, generator, "--header", header, "--out", place, *real, rules], check=True)
        shutil.copyfile(os.path.join(place, "tables_rules.c"), tables)
    with open(phrases, "w") as file:
        file.write("".join(text.split(" * ")[0] + "\n" for text in texts))


if __name__ == "__main__":
    main()
