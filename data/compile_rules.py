# SPDX-License-Identifier: MIT
"""Compiles text rules into the tables of lib/match.c: a vocabulary, a trie of words, patterns, rules and their conditions.

A pattern is a line of words; a|b is one word or another, [x] a word that may be missing, * any words in between. It is
expanded into phrases, which are the paths of the trie; a pattern with gaps is a row of phrases in order.
"""
import collections
import itertools
import re

EXPANSIONS = 4096  # of one pattern
GAP = 1
TOKENS = {"<address>": 2, "<host>": 3, "<ip>": 4, "<url>": 5}  # numbers of the tokens; words come after them
RANKS = ["boilerplate", "measure", "cause"]
BITS = {"dead": 1, "temporary": 2, "likely_permanent": 4, "account": 8}
FNV_START, FNV_PRIME = 0x811C9DC5, 0x01000193


def fold(text):
    """Lower case as lib/tokens.c folds it: ASCII, Latin-1, Greek and Cyrillic."""
    out = []
    for char in text:
        point = ord(char)
        if 0x41 <= point <= 0x5A or (0xC0 <= point <= 0xDE and point != 0xD7) or 0x391 <= point <= 0x3A9 or 0x410 <= point <= 0x42F:
            point += 0x20
        elif 0x400 <= point <= 0x40F:
            point += 0x50
        out.append(chr(point))
    return "".join(out)


def is_letter(point):
    """Of the characters above ASCII, those that are no punctuation or blanks."""
    return not (0x80 <= point <= 0xBF or point in (0xD7, 0xF7) or 0x2000 <= point <= 0x206F or 0x3000 <= point <= 0x3004
                or 0x3008 <= point <= 0x301F or 0xFF00 <= point <= 0xFF0F or 0xFF1A <= point <= 0xFF20
                or 0xFF3B <= point <= 0xFF40 or 0xFF5B <= point <= 0xFF65)


def split_words(text):
    """The words of a plain text; each character of a script without blanks is a word."""
    words, word = [], ""
    for char in fold(text) + " ":
        point = ord(char)
        if char.isascii() and char.isalnum() or point >= 0x80 and is_letter(point) and point < 0x2E80:
            word += char
            continue
        if word:
            words.append(word)
            word = ""
        if point >= 0x2E80 and is_letter(point):
            words.append(char)
    return words


def word_hash(word):
    value = FNV_START
    for byte in word.encode("utf-8"):
        value = (value ^ byte) * FNV_PRIME & 0xFFFFFFFF
    return value


class Bad(Exception):
    pass


def expand(pattern):
    """All rows of phrases that a pattern stands for: lists of lists of words."""
    choices = []
    for item in re.findall(r"\[[^\]]*\]|\S+", pattern):
        optional = item.startswith("[")
        item = item.strip("[]") if optional else item
        if item == "*":
            choices.append([["*"]])
            continue
        options = []
        for option in item.split("|"):
            if option in TOKENS or re.fullmatch(r"<[a-z0-9-]+(\.[a-z0-9-]+)+>", option):
                options.append([option])
            elif any(char in option for char in "<>[]*|"):
                raise Bad(f"{option!r} is neither a word nor a token")
            else:
                options.append(split_words(option))
                if not options[-1]:
                    raise Bad(f"{option!r} has no letter or digit")
        if optional:
            options.append([])
        choices.append(options)
    rows, count = [], 1
    for options in choices:
        count *= len(options)
    if count > EXPANSIONS:
        raise Bad(f"it stands for {count} phrases, more than {EXPANSIONS}")
    for choice in itertools.product(*choices):
        row, phrase = [], []
        for word in itertools.chain.from_iterable(choice):
            if word == "*":
                if phrase:
                    row.append(phrase)
                phrase = []
            else:
                phrase.append(word)
        if phrase:
            row.append(phrase)
        if not row:
            raise Bad("it can match without any word")
        if row not in rows:
            rows.append(row)
    return rows


def is_token(word):
    return word[0] == "<"


class Tables:
    """What is written: see lib/internal.h for the meaning of each."""

    def __init__(self):
        self.children = [{}]          # node -> {word: node}; node 0 is the root
        self.accepts = [set()]        # node -> {(kind, target)}

    def add(self, kind, target, row):
        """A row of phrases leads to a target."""
        node = 0
        path = [word for phrase in row for word in [*phrase, "*"]][:-1]
        for word in path:
            if word not in self.children[node]:
                self.children[node][word] = len(self.children)
                self.children.append({})
                self.accepts.append(set())
            node = self.children[node][word]
        self.accepts[node].add((kind, target))

    def add_pattern(self, kind, target, pattern):
        for row in expand(pattern):
            self.add(kind, target, row)

    def share(self):
        """Numbers the nodes so that those from which the same can follow are one: alternatives then cost little."""
        known, number = {}, {}
        for node in reversed(range(len(self.children))):   # a child is always younger than its parent
            edges = tuple(sorted((self.words[word], number[child]) for word, child in self.children[node].items()))
            number[node] = known.setdefault((tuple(sorted(self.accepts[node])), edges), len(known))
        return known, number

    def number(self):
        """Gap and tokens have fixed numbers. Words that begin a phrase come next, then all others."""
        order = lambda word: (word_hash(word), word)  # noqa: E731
        fixed = {"*": GAP, **TOKENS}
        firsts = sorted((word for word in self.children[0] if word not in fixed), key=order)
        others = sorted({word for children in self.children for word in children} - set(firsts) - set(fixed), key=order)
        self.words = dict(fixed)
        for word in firsts + others:
            self.words[word] = len(self.words) + 1
        self.root_count = len(fixed) + len(firsts)
        known, number = self.share()
        self.roots = [0] * (self.root_count + 1)
        for word, child in self.children[0].items():
            self.roots[self.words[word]] = number[child] + 1
        self.edge_words, self.edge_nodes, self.first_edges, self.first_accepts, self.accept_rows = [], [], [0], [0], []
        for accepts, edges in known:   # in the order of their numbers; node 0 is none
            self.first_edges.append(len(self.edge_words))
            self.first_accepts.append(len(self.accept_rows))
            self.edge_words += [word for word, _ in edges]
            self.edge_nodes += [node + 1 for _, node in edges]
            self.accept_rows += accepts
        self.first_edges.append(len(self.edge_words))
        self.first_accepts.append(len(self.accept_rows))
        if max(len(self.first_edges), len(self.edge_words), len(self.words), len(self.accept_rows)) > 65535:
            raise Bad("the tables hold at most 65535 nodes, edges, words and ends of patterns")


def open_addressing(entries, least):
    """Slots for (hash, ...) entries, at most half of them taken; an entry stands at its hash or behind."""
    size = least
    while size < 2 * len(entries):
        size *= 2
    slots = [None] * size
    for entry in entries:
        slot = (entry[0] ^ entry[0] >> 15) % size
        while slots[slot] is not None:
            if slots[slot][0] == entry[0]:
                raise Bad(f"{entry[-1]!r} and {slots[slot][-1]!r} have the same hash")
            slot = (slot + 1) % size
        slots[slot] = entry
    return slots


def numbers(values, per_line=16):
    values = [str(value) for value in values]
    return "".join("    " + ", ".join(values[at:at + per_line]) + ",\n" for at in range(0, len(values), per_line))


def listing_category(row):
    """What a refusal that names this blocklist is about. A dead list or a refused query is the receiver's own fault."""
    if row["state"] != "active":
        return "server-unavailable"
    return {"ip": "ip-blocked", "domain": "domain-blocked", "url": "spam-content"}[row["lists"]]


def write_tables(rules, providers, blocklists, stage_bits, status_key, categories, permanent):
    """The text of tables_rules.c. rules: rows with .rule (id); providers, blocklists: rows with .rule too."""
    tables, conditions, places = Tables(), [0, 0, 0], {(0, 0, 0): 0}
    provider_number = {row["name"]: number for number, row in enumerate(providers, 1)}
    lines, vetoes = [], {}
    for number, row in enumerate(rules):
        for text in row["words"]:
            tables.add_pattern(0, number, text)
        excluded = tuple(sorted(row.get("not", [])))
        if excluded and excluded not in vetoes:   # rules that exclude the same words share one bit
            vetoes[excluded] = len(vetoes) + 1
            for text in excluded:
                tables.add_pattern(1, vetoes[excluded] - 1, text)
        veto = vetoes.get(excluded, 0)
        codes = [int(code) for code in row.get("codes", [])]
        keys = sorted({status_key("X" + status[1:]) for status in row.get("enhanced", [])})
        bound = [provider_number[name] for name in row.get("providers", [])]
        condition = (len(codes), *codes, len(keys), *keys, len(bound), *bound)
        if condition not in places:
            places[condition] = len(conditions)
            conditions += condition
        classes = sum({"4yz": 16, "5yz": 32, "none": 1}[name] for name in row.get("classes", ["4yz", "5yz", "none"]))
        stages = stage_bits(row["stages"] + ["unknown"]) if "stages" in row else 0xFFFF
        bits = sum(bit for key, bit in BITS.items() if row.get(key))
        if (row["category"] in permanent or row.get("dead")) and not row.get("temporary"):
            bits |= 16
        lines.append(f"    {{{row.rule}u, 0x{stages:04x}, {places[condition]}, {veto}, {categories.index(row['category'])}, "
                     f"{RANKS.index(row.get('rank', 'cause'))}, {classes}, {bits}}}, /* {row['name']} */\n")
    for number, row in enumerate(providers, 1):
        for text in row.get("words", []):
            tables.add_pattern(2, number, text)
    for number, row in enumerate(blocklists, 1):
        for text in row.get("words", []):
            tables.add_pattern(3, number, text)
    tables.number()
    known = collections.defaultdict(lambda: [0, 0, 0])
    for number, row in enumerate(providers, 1):
        for host in row.get("hosts", []):
            known[host][0] = number
    for number, row in enumerate(blocklists, 1):
        for host in row.get("hosts", []):
            known[host][1] = number
    for word, number in tables.words.items():
        if is_token(word) and word not in TOKENS:
            known[word.strip("<>")][2] = number
    hosts = open_addressing([(word_hash(host[::-1]), *known[host], host) for host in sorted(known)], 64)
    words = open_addressing([(word_hash(word), number, word) for word, number in sorted(tables.words.items())
                             if not is_token(word) and word != "*"], 1024)
    if len(vetoes) > 1024:
        raise Bad("the rules have more than 1024 different lists of 'not'")
    out = [f"const uint32_t smtperr__vocabulary_mask = {len(words) - 1};\n",
           "const uint16_t smtperr__vocabulary[] = {\n", numbers([slot[1] if slot else 0 for slot in words]),
           "};\nconst uint32_t smtperr__word_hashes[] = {\n",
           numbers(["0"] + [f"{0 if is_token(word) or word == '*' else word_hash(word)}u" for word in tables.words], 8),
           f"}};\nconst uint16_t smtperr__root_count = {tables.root_count};\n",
           "const uint16_t smtperr__first_edges[] = {\n", numbers(tables.first_edges),
           "};\nconst uint16_t smtperr__roots[] = {\n", numbers(tables.roots),
           "};\nconst uint16_t smtperr__edge_words[] = {\n", numbers(tables.edge_words + [0]),
           "};\nconst uint16_t smtperr__edge_nodes[] = {\n", numbers(tables.edge_nodes + [0]),
           "};\nconst uint16_t smtperr__first_accepts[] = {\n", numbers(tables.first_accepts),
           "};\nconst smtperr__accept smtperr__accepts[] = {\n",
           numbers([f"{{{target}, {kind}}}" for kind, target in tables.accept_rows] + ["{0, 0}"], 8),
           "};\nconst smtperr__rule smtperr__rules[] = {\n", "".join(lines),
           "};\nconst uint16_t smtperr__conditions[] = {\n", numbers(conditions),
           f"}};\nconst uint32_t smtperr__host_mask = {len(hosts) - 1};\nconst smtperr__host smtperr__hosts[] = {{\n",
           "".join(f"    {{{slot[0]}u, {slot[1]}, {slot[2]}, {slot[3]}}}, /* {slot[4]} */\n" if slot else "    {0, 0, 0, 0},\n"
                   for slot in hosts),
           f"}};\nconst uint16_t smtperr__provider_count = {len(providers) + 1};\n", "const uint32_t smtperr__providers[] = {\n    0,\n",
           "".join(f"    {row.rule}u, /* {row['name']} */\n" for row in providers),
           "};\nconst uint32_t smtperr__blocklists[] = {\n    0,\n",
           "".join(f"    {row.rule}u, /* {row['name']} */\n" for row in blocklists),
           "};\nconst uint8_t smtperr__blocklist_categories[] = {\n    0,\n",
           "".join(f"    {categories.index(listing_category(row))}, /* {row['name']} */\n" for row in blocklists), "};\n"]
    return "".join(out)
