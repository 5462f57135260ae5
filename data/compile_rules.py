# SPDX-License-Identifier: MIT
"""Compiles text rules into the tables of lib/words.c and lib/rules.c: a vocabulary, a trie of words, rules and their conditions.

A pattern is a line of words; a|b is one word or another, {a} any word of a set, [x] a word that may be missing, * any words in
between. It is expanded into phrases, which are the paths of the trie; a pattern with gaps is a row of phrases in order. A set
is one word of the trie: the matcher takes each of its words for the word itself and for its set.
"""
import collections
import functools
import itertools
import re

EXPANSIONS = 4096  # of one pattern
GAP = 1
TOKENS = {"<address>": 2, "<host>": 3, "<ip>": 4, "<url>": 5}  # numbers of the tokens; words come after them
RANKS = ["boilerplate", "measure", "cause"]
BITS = {"dead": 1, "temporary": 2, "likely_permanent": 4, "account": 8}
SETS = {}   # word -> "{set}"; filled by generate.py before any pattern is read
FNV_START, FNV_PRIME = 0x811C9DC5, 0x01000193
# Entries of the trie, as in lib/internal.h: a word, one before a pointer, the last of a node, the number of what ends here.
VALUE, END, LAST, ACCEPT, SORTED = 0x3FFF, 0x4000, 0x8000, 0xC000, 0x7FFF
VETOES_MOST = 2048   # VETOES_MAX of lib/internal.h
LIST_MOST = 6   # edges that are looked through one by one


# U+00C0 to U+017F without their accents, as in lib/words.c.
PLAIN_LETTERS = (
    "aaaaaa-ceeeeiiii-nooooo-ouuuuy--aaaaaa-ceeeeiiii-nooooo-ouuuuy-y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii--jjkk-lllllll"
    "lllnnnnnn---oooooo--rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs")


def fold(text):
    """Lower case without accents, as lib/words.c folds it: Latin, Greek and Cyrillic."""
    out = []
    for char in text:
        point = ord(char)
        if 0xC0 <= point < 0x180 and PLAIN_LETTERS[point - 0xC0] != "-":
            out.append(PLAIN_LETTERS[point - 0xC0])
            continue
        if 0x41 <= point <= 0x5A or 0xC0 <= point < 0xDF or 0x391 <= point <= 0x3A9 or 0x410 <= point <= 0x42F:
            point += 0x20
        elif 0x100 <= point < 0x180:
            point |= 1
        elif 0x400 <= point <= 0x40F:
            point += 0x50
        if not 0x300 <= point <= 0x36F:
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


def word_hash(word, start=FNV_START):
    value = start
    for byte in word.encode("utf-8"):
        value = (value ^ byte) * FNV_PRIME & 0xFFFFFFFF
    return value


def mix(value):
    """Brings the high bits of a hash into play for its low ones."""
    return value ^ value >> 15


class Bad(Exception):
    pass


@functools.lru_cache(maxsize=None)
def expand(pattern):
    """All rows of phrases that a pattern stands for: lists of lists of words, not to be changed. Depends on SETS."""
    choices = []
    for item in re.findall(r"\[[^\]]*\]|\S+", pattern):
        optional = item.startswith("[")
        item = item.strip("[]") if optional else item
        if item == "*":
            choices.append([["*"]])
            continue
        options = []
        for option in item.split("|"):
            if option[:1] == "{" and option in SETS.values():
                options.append([option])
            elif option[:1] in ("{", "}"):
                raise Bad(f"{option!r} is no set of sets.toml")
            elif option in TOKENS or re.fullmatch(r"<[a-z0-9-]+(\.[a-z0-9-]+)+>", option):
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
    rows, count = {}, 1
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
        rows.setdefault(tuple(map(tuple, row)), row)
    return list(rows.values())


def is_token(word):
    return word[0] == "<"


def is_set(word):
    return word[0] == "{"


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
        """The nodes that differ: those from which the same can follow are one, so that alternatives cost little. Returns what
        ends at each and its edges, children before parents, and the number of each node of the tree."""
        known, number = {}, {}
        for node in reversed(range(1, len(self.children))):   # a child is always younger than its parent
            edges = tuple(sorted((self.words[word], number[child]) for word, child in self.children[node].items()))
            number[node] = known.setdefault((tuple(sorted(self.accepts[node])), edges), len(known))
        return list(known), number

    def number(self):
        """Numbers all words: gap and tokens as in lib/words.c, then hosts that rules name, sets, then the others by their hash."""
        fixed = {"*": GAP, **TOKENS}
        words = sorted({word for children in self.children for word in children} - set(fixed))
        sets = [word for word in words if is_set(word)]
        hosts = [word for word in words if is_token(word)]
        if len(sets) > 255:
            raise Bad("the tables hold at most 255 sets")
        plain = {word for word in words if word not in hosts + sets} | {word for word, name in SETS.items() if name in sets}
        self.hashes = Hashes(sorted(plain))
        self.words = dict(fixed)
        self.first_set = len(fixed) + len(hosts)   # of 1 up
        for word in hosts + sets + self.hashes.words:
            self.words[word] = len(self.words) + 1
        self.first_hashed = len(fixed) + len(hosts + sets) + 1
        self.sets = [self.words.get(SETS.get(word), self.first_set) - self.first_set for word in self.hashes.words]
        if len(self.words) >= SORTED & VALUE:
            raise Bad(f"the tables hold at most {(SORTED & VALUE) - 1} words")

    def lay_out(self, counts):
        """Writes the trie: entries of 16 bits, as lib/internal.h tells. What is pointed to begins at an even place, so that half of
        it fits into an entry; one of the nodes of a list stands right behind it and needs no pointer.
        counts: how many targets of each kind there are."""
        self.bases = [0, *itertools.accumulate(counts)]
        assert self.bases[-1] <= VALUE   # 16,383: far more than anyone writes
        self.nodes, number = self.share()
        self.ways = collections.Counter(number[child] for child in self.children[0].values())
        for _, edges in self.nodes:
            self.ways.update({node for _, node in edges})
        self.trie, self.places, self.pointers = [0, 0], {}, []
        self.roots = [0] * (len(self.words) + 1)
        for word, child in sorted(self.children[0].items(), key=lambda edge: self.words[edge[0]]):
            self.place_pointed(number[child])
            self.roots[self.words[word]] = self.places[number[child]] // 2
        for at, node in self.pointers:
            self.trie[at] = self.places[node] // 2
        if len(self.trie) > 2 << 16:
            raise Bad("the patterns stand for more phrases than the tables hold")

    def place_pointed(self, node):
        if node not in self.places:
            self.align()
            self.place_node(node)

    def align(self):
        self.trie += [0] * (len(self.trie) % 2)

    def place_node(self, node):
        self.places[node] = len(self.trie)
        accepts, edges = self.nodes[node]
        self.trie += [ACCEPT | self.bases[kind] + target for kind, target in accepts]
        later = []
        if edges and edges[0][0] == GAP:
            self.point(GAP, edges[0][1])
            bloom = sum({1 << word % 32 for word, _ in self.nodes[edges[0][1]][1]})
            self.trie += [bloom & 0xFFFF, bloom >> 16]
            later.append(edges[0][1])
            edges = edges[1:]
        if len(edges) <= LIST_MOST:
            later += self.place_list(edges)
        else:
            self.trie += [SORTED, len(edges)] + [word for word, _ in edges]
            for _, node in edges:
                self.pointers.append((len(self.trie), node))
                self.trie.append(0)
                later.append(node)
        for child in later:
            self.place_pointed(child)

    def place_list(self, edges):
        """The edges one after the other, words that lead to the same node together. Returns the nodes that are pointed to."""
        groups = collections.defaultdict(list)
        for word, node in edges:
            groups[node].append(word)
        end = len(self.trie) + len(edges) + len(groups) - 1   # where a node would stand right behind; all but one have a pointer
        last = next((node for node in groups if self.ways[node] == 1 or (node not in self.places and end % 2 == 0)), None)
        for node, words in groups.items():
            if node != last:
                self.trie += words[:-1]
                self.point(words[-1], node)
        if last is None:
            self.trie.append(0)
        else:
            self.trie += groups[last][:-1] + [LAST | groups[last][-1]]
            self.place_node(last)
        return [node for node in groups if node != last]

    def point(self, word, node):
        self.pointers.append((len(self.trie) + 1, node))
        self.trie += [END | word, 0]


class Hashes:
    """Words in the order of their hashes: the low bits of a hash choose a bucket, its high half tells the words there apart."""

    def __init__(self, words):
        bits = max(6, len(words).bit_length() - 1)
        for start in itertools.count(FNV_START):
            rows = sorted((mix(word_hash(word, start)) % (1 << bits), mix(word_hash(word, start)) >> 16, word) for word in words)
            if len({row[:2] for row in rows}) == len(rows):
                break
        self.start, self.mask = start, (1 << bits) - 1
        self.words = [word for _, _, word in rows]
        self.tags = [tag for _, tag, _ in rows]
        self.buckets = [0] * ((1 << bits) + 1)
        for bucket, _, _ in rows:
            self.buckets[bucket + 1] += 1
        for bucket in range(1 << bits):
            self.buckets[bucket + 1] += self.buckets[bucket]


def open_addressing(entries, least):
    """Slots for (hash, ...) entries, at most half of them taken; an entry stands at its hash or behind."""
    size = least
    while size < 2 * len(entries):
        size *= 2
    slots = [None] * size
    for entry in entries:
        slot = mix(entry[0]) % size
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
    tables, conditions, places = Tables(), [0, 0, 0], {(0, 0, 0): 0, (0,): 0}
    provider_number = {row["name"]: number for number, row in enumerate(providers, 1)}
    lines, vetoes = [], {}
    for number, row in enumerate(rules):
        for text in row["words"]:
            tables.add_pattern(0, number, text)
        for text in row.get("not", []):
            if text not in vetoes:
                vetoes[text] = len(vetoes)
                tables.add_pattern(1, vetoes[text], text)
        excluded = sorted(vetoes[text] for text in row.get("not", []))
        codes = [int(code) for code in row.get("codes", [])]
        keys = sorted({status_key("X" + status[1:]) for status in row.get("enhanced", [])})
        bound = [provider_number[name] for name in row.get("providers", [])]
        lists = (len(codes), *codes, len(keys), *keys, len(bound), *bound), (len(excluded), *excluded)
        for row_lists in lists:
            if row_lists not in places:
                places[row_lists] = len(conditions)
                conditions += row_lists
        classes = sum({"4yz": 16, "5yz": 32, "none": 1}[name] for name in row.get("classes", ["4yz", "5yz", "none"]))
        stages = stage_bits(row["stages"] + ["unknown"]) if "stages" in row else 0xFFFF
        bits = sum(bit for key, bit in BITS.items() if row.get(key))
        if (row["category"] in permanent or row.get("dead")) and not row.get("temporary"):
            bits |= 16
        lines.append(f"    {{{row.rule}u, 0x{stages:04x}, {places[lists[0]]}, {places[lists[1]]}, {categories.index(row['category'])}, "
                     f"{RANKS.index(row.get('rank', 'cause'))}, {classes}, {bits}}}, /* {row['name']} */\n")
    for number, row in enumerate(providers, 1):
        for text in row.get("words", []):
            tables.add_pattern(2, number, text)
    for number, row in enumerate(blocklists, 1):
        for text in row.get("words", []):
            tables.add_pattern(3, number, text)
    tables.number()
    tables.lay_out([len(rules), len(vetoes), len(providers) + 1, len(blocklists) + 1])
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
    if len(vetoes) > VETOES_MOST:
        raise Bad(f"the rules have more than {VETOES_MOST} different patterns under 'not'")
    out = [f"const uint32_t smtperr__hash_start = {tables.hashes.start}u, smtperr__bucket_mask = {tables.hashes.mask};\n",
           f"const uint32_t smtperr__word_share = {(1 << 32) // (len(tables.words) + 1)}u;\n",
           f"const uint16_t smtperr__first_hashed = {tables.first_hashed}, smtperr__first_set = {tables.first_set};\n",
           "const uint8_t smtperr__sets[] = {\n", numbers([*tables.sets, 0]), "};\n",
           "const uint16_t smtperr__buckets[] = {\n", numbers(tables.hashes.buckets),
           "};\nconst uint16_t smtperr__tags[] = {\n", numbers([*tables.hashes.tags, 0]),
           "};\nconst uint16_t smtperr__roots[] = {\n", numbers(tables.roots),
           "};\nconst uint16_t smtperr__trie[] = {\n", numbers(tables.trie),
           f"}};\nconst uint16_t smtperr__target_bases[] = {{{', '.join(map(str, tables.bases[1:-1]))}}};\n",
           "const smtperr__rule smtperr__rules[] = {\n", "".join(lines),
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
