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
import unicodedata

EXPANSIONS = 4096  # of one pattern
GAP = 1
TOKENS = {"<address>": 2, "<host>": 3, "<ip>": 4, "<url>": 5}  # numbers of the tokens
PASSED_OVER = "{passed-over}"   # the set of words that texts are read without and that no pattern has
FIXED = {"*": GAP, **TOKENS, PASSED_OVER: 6}   # the numbers that lib/words.c knows; all others come behind them
RANKS = ["boilerplate", "measure", "cause"]
BITS = {"dead": 1, "temporary": 2, "likely_permanent": 4, "account": 8, "in_doubt": 32}
SETS = {}   # word -> "{set}"; filled by generate.py before any pattern is read
GUARDS = {}   # "@guard" -> its patterns; likewise
FNV_START, FNV_PRIME = 0x811C9DC5, 0x01000193
# Entries of the trie, as in lib/internal.h: a word, one before a pointer, the last of a node, the number of what ends here and whether
# nothing goes on behind it, edges in the common table with others behind them, and without.
VALUE, END, LAST, ACCEPT, ALONE, TABLE, TABLE_LAST = 0x3FFF, 0x4000, 0x8000, 0xC000, 0x2000, 0x7FFF, 0xBFFF
VETOES_MOST = 2048   # VETOES_MAX of lib/internal.h
WORDS_MOST = 100     # of a pattern; PHRASE_WORDS() there holds more
LIST_MOST = 5    # edges that are looked through one by one
BLOCK_LEAST = 3  # edges that nodes share in the common table
BLOCKS_MOST = 3  # such blocks of one node


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
        if point in (0x1A0, 0x1A1, 0x1AF, 0x1B0) or 0x386 <= point <= 0x3CE or 0x1EA0 <= point <= 0x1EF9:   # Greek, Vietnamese
            out.append(unicodedata.normalize("NFD", char)[0].lower().replace("ς", "σ"))
            continue
        if 0x41 <= point <= 0x5A or 0xC0 <= point < 0xDF or 0x410 <= point <= 0x42F:
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


CONTRACTION = re.compile("(?i)(?<![^\\s\"'(),;<>\\[\\]`{}])([a-z0-9]+)n['\u2019]t(?![^\\W_])")


def without_contractions(text):
    """ "isn't" is read as "is not", "can't" as "can not"."""
    return CONTRACTION.sub(lambda found: found[1] + ("n not" if found[1].lower() == "ca" else " not"), text)


def split_words(text):
    """The words of a plain text as they are read: without those that are passed over. Depends on SETS."""
    return [word for word in all_words(text) if SETS.get(word) != PASSED_OVER]


def all_words(text):
    """All words of a plain text; each character of a script without blanks is one."""
    words, word = [], ""
    for char in fold(without_contractions(text)) + " ":
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


def excluded(rule):
    """The patterns that keep a rule out: those of its 'not' and of the guards that it names there. Depends on GUARDS."""
    return [pattern for text in rule.get("not", []) for pattern in GUARDS.get(text, [text])]


@functools.lru_cache(maxsize=None)
def expand(pattern):
    """All rows of phrases that a pattern stands for: lists of lists of words, not to be changed. Depends on SETS."""
    choices = []
    for item in re.findall(r"\[[^\]]*\](?!\S)|\S+", pattern):
        optional = item.startswith("[") and item.endswith("]")
        item = item[1:-1] if optional else item
        if item == "*":
            choices.append([["*"]])
            continue
        options = []
        for option in item.split("|"):
            if not option:
                raise Bad("a word is missing beside '|' or in '[]'")
            if option == PASSED_OVER:
                raise Bad(f"texts are read without the words of {option!r}: leave it out")
            if option[0] == "{" and option in SETS.values():
                options.append([option])
            elif option[0] in "{}":
                raise Bad(f"{option!r} is no set of sets.toml")
            elif option in TOKENS or re.fullmatch(r"<[a-z0-9-]+(\.[a-z0-9-]+)+>", option):
                options.append([option])
            elif option[0] == "@":
                raise Bad(f"{option!r} is no word: a guard stands under 'not'")
            elif any(char in option for char in "<>[]*|"):
                raise Bad(f"{option!r} is neither a word nor a token")
            else:
                options.append(all_words(option))
                if not options[-1]:
                    raise Bad(f"{option!r} has no letter or digit")
                for word in options[-1]:
                    if SETS.get(word) == PASSED_OVER:
                        raise Bad(f"texts are read without the word {word!r}: leave it out")
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
        if sum(map(len, row)) > WORDS_MOST:
            raise Bad(f"it has more than {WORDS_MOST} words")
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
        """Numbers all words: the fixed ones, then hosts that rules name, sets, then the others by their hash."""
        words = sorted({word for children in self.children for word in children} - set(FIXED))
        sets = [word for word in words if is_set(word)]
        hosts = [word for word in words if is_token(word)]
        plain = {word for word in words if word not in hosts + sets} | {word for word, name in SETS.items() if name in [*sets, PASSED_OVER]}
        self.hashes = Hashes(sorted(plain))
        self.words = dict(FIXED)
        for word in hosts + sets + self.hashes.words:
            self.words[word] = len(self.words) + 1
        self.first_hashed = len(FIXED) + len(hosts + sets) + 1
        if len(self.words) >= TABLE & VALUE:
            raise Bad(f"the tables hold at most {(TABLE & VALUE) - 1} words")

    def lay_out(self, counts):
        """Writes the trie: entries of 16 bits, as lib/internal.h tells. What is pointed to begins at an even place, so that half of
        it fits into an entry; one of the nodes of a list stands right behind it and needs no pointer.
        counts: how many targets of each kind there are."""
        self.bases = [0, *itertools.accumulate(counts)]
        assert self.bases[-1] <= ALONE   # 8,192: far more than anyone writes
        self.nodes, number = self.share()
        self.share_edges()
        self.ways = collections.Counter(number[child] for child in self.children[0].values())   # how often a node is pointed to
        for edges in [*self.block_bases, *(self.lists[row] for row in self.rows)]:
            self.ways.update({node for _, node in edges})
        self.trie, self.places, self.pointers = [0, 0], {}, []
        self.roots = [0] * (len(self.words) + 1)
        for word, child in sorted(self.children[0].items(), key=lambda edge: self.words[edge[0]]):
            self.place_pointed(number[child])
            self.roots[self.words[word]] = self.pointer(number[child])
        for at, node in self.pointers:
            self.trie[at] = self.pointer(node)
        if len(self.trie) > 2 * ACCEPT:
            raise Bad("the patterns stand for more phrases than the tables hold")
        self.edges = [(base, value if base == self.set_base else self.pointer(value)) for base, value in self.edges]

    def leaf(self, node):
        """What ends at a node that is nothing else, as an entry; None for any other."""
        accepts, edges = self.nodes[node]
        return ACCEPT | ALONE | self.bases[accepts[0][0]] + accepts[0][1] if len(accepts) == 1 and not edges else None

    def pointer(self, node):
        """Half of its place, or what ends at a leaf."""
        return self.places[node] // 2 if self.leaf(node) is None else self.leaf(node)

    def share_edges(self):
        """Which edges stand in the common table: all behind a gap, those that many nodes have, and those of nodes with many."""
        gaps = {edges[0][1] for _, edges in self.nodes if edges and edges[0][0] == GAP}
        rows = [frozenset(edge for edge in edges if edge[0] != GAP) for _, edges in self.nodes]
        self.blocks, self.lists = common_blocks(rows, {rows[node] for node in gaps})
        sets = frozenset((self.words[word], self.words[name]) for word, name in SETS.items() if name in self.words)
        blocks = sorted({block for blocks in self.blocks.values() for block in blocks} | {rows[node] for node in gaps} | {sets}, key=sorted)
        self.block_bases, self.edges = pack(blocks, len(self.words))
        self.rows, self.set_base = rows, self.block_bases[sets]

    def place_pointed(self, node):
        if node not in self.places and self.leaf(node) is None:
            self.trie += [0] * (len(self.trie) % 2)
            self.place_node(node)

    def place_node(self, node):
        self.places[node] = len(self.trie)
        accepts, edges = self.nodes[node]
        self.trie += [ACCEPT | self.bases[kind] + target for kind, target in accepts]
        if not edges:
            self.trie[-1] |= ALONE
            return
        later = [child for _, child in edges]
        if edges and edges[0][0] == GAP:
            self.trie += [END | GAP, self.block_bases[self.rows[edges[0][1]]]]
            later[:1] = [child for _, child in self.nodes[edges[0][1]][1]]
        blocks, rest = self.blocks[self.rows[node]], self.lists[self.rows[node]]
        for block in blocks:
            self.trie += [TABLE if rest or block != blocks[-1] else TABLE_LAST, self.block_bases[block]]
        if rest or not blocks:
            self.place_list(rest)
        for child in later:
            self.place_pointed(child)

    def place_list(self, edges):
        """The edges one after the other, words that lead to the same node together."""
        groups = collections.defaultdict(list)
        for word, node in edges:
            groups[node].append(word)
        end = len(self.trie) + len(edges) + len(groups) - 1   # where a node would stand right behind; all but one have a pointer
        last = next((node for node in groups if node not in self.places and self.leaf(node) is None
                     and (self.ways[node] == 1 or end % 2 == 0)), None)
        for node, words in groups.items():
            if node != last:
                self.trie += [*words[:-1], END | words[-1], 0]
                self.pointers.append((len(self.trie) - 1, node))
        if last is None:
            self.trie.append(0)
        else:
            self.trie += groups[last][:-1] + [LAST | groups[last][-1]]
            self.place_node(last)


def common_blocks(rows, given):
    """Which edges nodes have in common. rows: sets of edges; given: blocks that the table holds anyway. Returns for each row its
    blocks and the edges that are left. Takes what spares most, row by row."""
    rows = sorted(set(rows), key=lambda row: (-len(row), sorted(row)))
    rest, blocks = {row: set(row) for row in rows}, {row: [] for row in rows}
    users = collections.defaultdict(set)   # edge -> the rows in whose rest it is
    for row in rows:
        for edge in row:
            users[edge].add(row)

    def all_users(block):
        return [row for row in set.intersection(*(users[edge] for edge in block)) if len(blocks[row]) < BLOCKS_MOST]

    def take(block, block_users):
        for row in block_users:
            rest[row] -= block
            blocks[row].append(block)
            for edge in block:
                users[edge].discard(row)

    for block in sorted(given, key=lambda row: (-len(row), sorted(row))):
        if len(block) >= BLOCK_LEAST:
            take(block, all_users(block))
    for row in rows:
        while len(rest[row]) >= BLOCK_LEAST and len(blocks[row]) < BLOCKS_MOST:
            shared = collections.Counter(other for edge in rest[row] for other in users[edge]
                                         if other is not row and len(blocks[other]) < BLOCKS_MOST)
            best = 6, None, None   # bytes
            for other, count in sorted(shared.items(), key=lambda item: (-item[1], len(item[0]), sorted(item[0])))[:12]:
                if count >= BLOCK_LEAST:
                    block = frozenset(rest[row] & rest[other])
                    block_users = all_users(block)
                    # An edge of a list takes about 3.4 bytes, one of the table 4, and so does each mention of a block.
                    spared = len(block_users) * (len(block) * 3.4 - 4) - len(block) * 4
                    if spared > best[0]:
                        best = spared, block, block_users
            if best[1] is None:
                break
            take(*best[1:])
    for row in rows:
        if len(rest[row]) > LIST_MOST:
            blocks[row].append(frozenset(rest[row]))
            rest[row] = set()
    return blocks, {row: sorted(edges) for row, edges in rest.items()}


def pack(blocks, words):
    """Lays blocks of edges one into the other: that of a word is at the base of its block and the word, and names the base, so that
    no block takes it for its own. Returns the bases and the table: (base, node) for each slot."""
    blocks = sorted(blocks, key=lambda block: (-len(block), sorted(block)))
    count = sum(map(len, blocks))
    for bases_end in range(max(2, count - words), 1 << 16, max(1, count // 200)):
        bases = try_to_pack(blocks, words, bases_end)
        if bases is not None:
            break
    else:
        raise Bad("the patterns stand for more phrases than the tables hold")
    table = [(0, 0)] * (bases_end + words)
    for block, base in bases.items():
        for word, node in block:
            table[base + word] = base, node
    return bases, table


def try_to_pack(blocks, words, bases_end):
    """The bases of blocks, each its own, from 1 up to bases_end; None if they are too few. Numbers of words are even, so that blocks of
    high ones fill the end of the table and those of low ones its start."""
    unused = (1 << bases_end) - 2   # as bits
    free, bases = (1 << bases_end + words) - 1, {}
    for block in blocks:
        fits = unused
        for word, _ in block:
            fits &= free >> word
        if not fits:
            return None
        low = sum(word for word, _ in block) * 2 < len(block) * words
        bases[block] = base = (fits & -fits if low else fits).bit_length() - 1
        unused &= ~(1 << base)
        for word, _ in block:
            free &= ~(1 << base + word)
    return bases


class Hashes:
    """Words in the order of their hashes: the low bits of a hash choose a bucket, its high half tells the words there apart."""

    def __init__(self, words):
        bits = max(6, (len(words) * 3 // 8).bit_length())   # four buckets for three to six words
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


def in_order_of_hash(rows):
    """Slots for (hash, ...) rows, a fifth of them more than rows: each row at its share of all hashes or behind, in order, so that a search
    ends at the first hash that is not less. Free slots are filled with what follows; the last one is behind all hashes."""
    rows, slots, count = sorted(rows), [], len(rows) * 5 // 4 + 1
    for row, following in zip(rows, [*rows[1:], None]):
        if following and row[0] == following[0]:
            raise Bad(f"{row[-1]!r} and {following[-1]!r} have the same hash")
        slots += [row] * max(1, (row[0] * count >> 32) + 1 - len(slots))
    end = 0xFFFFFFFF, 0, 0, 0, "the end"
    return slots + [end] * max(1, count + 1 - len(slots)), count


def numbers(values, per_line=16):
    values = [str(value) for value in values]
    return "".join("    " + ", ".join(values[at:at + per_line]) + ",\n" for at in range(0, len(values), per_line))


def listing_category(row):
    """What a refusal that names this blocklist is about. A dead list or a refused query is the receiver's own fault."""
    if row["state"] != "active":
        return "server-unavailable"
    return {"ip": "ip-blocked", "domain": "domain-blocked", "url": "spam-content"}[row["lists"]]


def add_vetoes(tables, rules):
    """Adds the phrases under 'not'. Those that silence the same rules count as one, so that the matcher has one thing to note
    where many patterns are met. Returns for each choice of patterns which of them it stands for, and how many there are."""
    users, vetoes = collections.defaultdict(set), collections.defaultdict(set)
    for texts in {frozenset(excluded(row)) for row in rules}:
        for phrase in itertools.chain.from_iterable(map(expand, texts)):
            users[tuple(map(tuple, phrase))].add(texts)
    numbers_of = {}
    for phrase, choices in sorted(users.items()):
        veto = numbers_of.setdefault(frozenset(choices), len(numbers_of))
        tables.add(1, veto, phrase)
        for texts in choices:
            vetoes[texts].add(veto)
    if len(numbers_of) > VETOES_MOST:
        raise Bad(f"the rules have more than {VETOES_MOST} different patterns under 'not'")
    return vetoes, len(numbers_of)


def write_tables(rules, providers, blocklists, stage_bits, status_key, categories, permanent):
    """The text of tables_rules.c. rules: rows with .rule (id); providers, blocklists: rows with .rule too."""
    tables, conditions, places = Tables(), [0, 0, 0], {(0, 0, 0): 0, (0,): 0}
    provider_number = {row["name"]: number for number, row in enumerate(providers, 1)}
    lines, whens, (vetoes, veto_count) = [], {}, add_vetoes(tables, rules)
    for number, row in enumerate(rules):
        for text in row["words"]:
            tables.add_pattern(0, number, text)
        silencing = sorted(vetoes[frozenset(excluded(row))])
        codes = [int(code) for code in row.get("codes", [])]
        keys = sorted({status_key(status) for status in row.get("enhanced", [])})
        bound = [provider_number[name] for name in row.get("providers", [])]
        lists = (len(codes), *codes, len(keys), *keys, len(bound), *bound), (len(silencing), *silencing)
        for row_lists in lists:
            if row_lists not in places:
                places[row_lists] = len(conditions)
                conditions += row_lists
        classes = sum({"4yz": 16, "5yz": 32, "none": 1}[name] for name in row.get("classes", ["4yz", "5yz", "none"]))
        stages = stage_bits(row["stages"] + ["unknown"]) if "stages" in row else 0xFFFF
        bits = sum(bit for key, bit in BITS.items() if row.get(key))
        if (row["category"] in permanent or row.get("dead")) and not row.get("temporary"):
            bits |= 16
        when = whens.setdefault(classes << 16 | stages, len(whens))
        lines.append(f"    {{{row.rule}u, {places[lists[0]]}, {places[lists[1]]}, {categories.index(row['category'])}, "
                     f"{2 * RANKS.index(row.get('rank', 'cause')) + bool(bound)}, {bits}, {when}}}, /* {row['name']} */\n")
    if len(whens) > 256:
        raise Bad("the rules hold for more than 256 different choices of stages and classes")
    for number, row in enumerate(providers, 1):
        for text in row.get("words", []):
            tables.add_pattern(2, number, text)
    for number, row in enumerate(blocklists, 1):
        for text in row.get("words", []):
            tables.add_pattern(3, number, text)
    tables.number()
    tables.lay_out([len(rules), veto_count, len(providers) + 1, len(blocklists) + 1])
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
    hosts, host_count = in_order_of_hash([(word_hash(host[::-1]), *known[host], host) for host in known])
    if max(len(providers), len(blocklists)) > 255:
        raise Bad("the tables hold at most 255 providers and as many blocklists")
    out = [f"const uint32_t smtperr__hash_start = {tables.hashes.start}u, smtperr__bucket_mask = {tables.hashes.mask};\n",
           f"const uint16_t smtperr__first_hashed = {tables.first_hashed}, smtperr__set_base = {tables.set_base};\n",
           "const uint16_t smtperr__buckets[] = {\n", numbers(tables.hashes.buckets),
           "};\nconst uint16_t smtperr__tags[] = {\n", numbers([*tables.hashes.tags, 0]),
           "};\nconst uint16_t smtperr__roots[] = {\n", numbers(tables.roots),
           "};\nconst uint16_t smtperr__trie[] = {\n", numbers(tables.trie),
           "};\nconst smtperr__edge smtperr__edges[] = {\n", numbers([f"{{{base}, {node}}}" for base, node in tables.edges], 8),
           f"}};\nconst uint16_t smtperr__target_bases[] = {{{', '.join(map(str, tables.bases[1:-1]))}}};\n",
           "const uint32_t smtperr__whens[] = {\n", numbers(map(hex, whens)), "};\n"
           "const smtperr__rule smtperr__rules[] = {\n", "".join(lines),
           "};\nconst uint16_t smtperr__conditions[] = {\n", numbers(conditions),
           f"}};\nconst uint32_t smtperr__host_count = {host_count};\nconst smtperr__host smtperr__hosts[] = {{\n",
           "".join(f"    {{{slot[0]}u, {slot[3]}, {slot[1]}, {slot[2]}}}, /* {slot[4]} */\n" for slot in hosts),
           f"}};\nconst uint16_t smtperr__provider_count = {len(providers) + 1};\n", "const uint32_t smtperr__providers[] = {\n    0,\n",
           "".join(f"    {row.rule}u, /* {row['name']} */\n" for row in providers),
           "};\nconst uint32_t smtperr__blocklists[] = {\n    0,\n",
           "".join(f"    {row.rule}u, /* {row['name']} */\n" for row in blocklists),
           "};\nconst uint8_t smtperr__blocklist_categories[] = {\n    0,\n",
           "".join(f"    {categories.index(listing_category(row))}, /* {row['name']} */\n" for row in blocklists), "};\n"]
    return "".join(out)
