# SPDX-License-Identifier: MIT
"""What lib/words.c, lib/rules.c and lib/names.c rely on in their tables, which are trusted and not checked while they are read: walks
through every node, list, slot and name. usage: test_tables.py TABLES_RULES_C TABLES_WORDS_C, with the numbers of lib/internal.h and of the proof
that holds for such nodes (tests/proof/eva_trie.c) read from there.
"""
import pathlib
import re
import sys
import tomllib
import unittest

sys.dont_write_bytecode = True  # no cache beside the data
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "data"))
import check_rules  # noqa: E402
import compile_rules  # noqa: E402

VALUE, POINTER, LAST, ACCEPT, ALONE, TARGET, TABLE, TABLE_LAST = 0x3FFF, 0x4000, 0x8000, 0xC000, 0x2000, 0x1FFF, 0x7FFF, 0xBFFF
GAP = 1
TEXT = pathlib.Path(sys.argv.pop(1)).read_text(encoding="utf-8")
WORDS_TEXT = pathlib.Path(sys.argv.pop(1)).read_text(encoding="utf-8")


def array(name, text=TEXT):
    body = re.search(rf"smtperr__{name}\[\w*\](?:\[\w*\])? = {{(.*?)}};", text, re.S)[1]
    return [int(number, 0) for number in re.findall(r"\b(?:0x[0-9a-f]+|\d+)", re.sub(r"/\*.*?\*/", "", body))]


def rows(name, width):
    flat = array(name)
    return [flat[at:at + width] for at in range(0, len(flat), width)]


def value(name, text=TEXT):
    return int(re.search(rf"\b{name} = (\d+)", text)[1])


class Folding(unittest.TestCase):
    """What data/ and lib/ both have to know about words and their letters is the same: a rule's words are folded there, a reply's here."""

    @classmethod
    def setUpClass(cls):
        cls.words = (ROOT / "lib/words.c").read_text(encoding="utf-8")
        cls.internal = (ROOT / "lib/internal.h").read_text(encoding="utf-8")

    def text(self, name):
        body = re.search(rf"{name}\[\] = ((?:\s*\"[^\"]*\")+);", self.words)[1]
        return "".join(re.findall(r'"([^"]*)"', body))

    def test_latin(self):
        self.assertEqual(self.text("plain_letters"), compile_rules.PLAIN_LETTERS)

    def test_greek(self):
        plain = self.text("plain_greek")
        self.assertEqual(0x3CE - 0x386 + 1, len(plain))
        for point, letter in enumerate(plain, 0x386):
            if letter != "-":
                self.assertEqual(chr(0x3B1 + ord(letter) - ord("a")), compile_rules.fold(chr(point)), hex(point))

    def test_vietnamese(self):
        ends = [(int(end, 16), letter) for end, letter in re.findall(r"value <= (0x1E[0-9A-F]+)\s*\? '(\w)'", self.words)]
        self.assertEqual("aeiou", "".join(letter for _, letter in ends))
        for point in range(0x1EA0, 0x1EFA):
            self.assertEqual(next((letter for end, letter in ends if point <= end), "y"), compile_rules.fold(chr(point)), hex(point))

    def test_domains_of_many_letters(self):
        body = re.search(r"long_domains\[\] = {(.*?)};", self.words, re.S)[1]
        rows = [(name, int(length)) for name, length in re.findall(r'{"(\w+)", (\d+)}', body)]
        self.assertEqual(sorted(check_rules.LONG_DOMAINS), sorted(name for name, _ in rows))
        self.assertTrue(all(len(name) == length for name, length in rows))

    def test_numbers_of_words(self):
        known = {"WORD_GAP": compile_rules.FIXED["*"], "SET_PASSED_OVER": compile_rules.FIXED[compile_rules.PASSED_OVER],
                 **{f"TOKEN_{name.strip('<>').upper()}": number for name, number in compile_rules.TOKENS.items()}}
        self.assertEqual(known, {name: value(name, self.words) for name in known})
        self.assertEqual(sorted(known.values()), list(range(1, len(known) + 1)))

    def test_numbers(self):
        self.assertEqual(compile_rules.VETOES_MOST, value("VETOES_MAX", self.internal))
        self.assertEqual(check_rules.GAP_WORDS, value("GAP_WORDS", self.internal))
        for name, number in (("VALUE", compile_rules.VALUE), ("POINTER", compile_rules.END), ("LAST", compile_rules.LAST),
                             ("ACCEPT", compile_rules.ACCEPT), ("ALONE", compile_rules.ALONE), ("TABLE", compile_rules.TABLE),
                             ("TABLE_LAST", compile_rules.TABLE_LAST)):
            self.assertEqual(hex(number), re.search(rf"ENTRY_{name} = (0x\w+)", self.internal)[1].lower(), name)


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.trie, cls.roots, cls.edges = array("trie"), array("roots"), rows("edges", 2)
        cls.rules, cls.conditions, cls.bases = rows("rules", 7), array("conditions"), array("target_bases")
        cls.set_base, cls.words = value("smtperr__set_base"), len(cls.roots) - 1
        cls.providers, cls.blocklists = len(array("providers")), len(array("blocklists"))
        cls.targets = cls.bases[2] + cls.blocklists
        cls.ends_most = value("ENDS_MOST", (ROOT / "tests/proof/eva_trie.c").read_text(encoding="utf-8"))
        cls.internal = (ROOT / "lib/internal.h").read_text(encoding="utf-8")

    def is_target(self, entry):
        self.assertLess(entry & TARGET, self.targets)

    def is_base(self, base):
        self.assertNotIn(base, (0, self.set_base))
        self.assertLess(base + self.words, len(self.edges))

    def follow(self, pointer, waiting):
        """A pointer: a leaf, or a node to walk through."""
        if pointer >= ACCEPT:
            self.assertTrue(pointer & ALONE)
            self.is_target(pointer)
        else:
            self.assertGreater(pointer, 0)
            waiting.append(2 * pointer)

    def walk(self, at, waiting):
        ends = 0
        while self.trie[at] >= ACCEPT:
            self.is_target(self.trie[at])
            ends += 1
            if self.trie[at] & ALONE:
                self.assertLessEqual(ends, self.ends_most)
                return
            at += 1
        self.assertLessEqual(ends, self.ends_most)
        if self.trie[at] == POINTER | GAP:
            self.is_base(self.trie[at + 1])
            at += 2
            if self.trie[at] == 0:
                return
        tables = 0
        while self.trie[at] in (TABLE, TABLE_LAST):
            self.is_base(self.trie[at + 1])
            if self.trie[at] == TABLE_LAST:
                return
            tables += 1
            at += 2
        self.assertTrue(self.trie[at] != 0 or ends + tables == 0, "no edges where follow() looks for some")
        self.walk_list(at, waiting)

    def walk_list(self, at, waiting):
        open_group = False
        while self.trie[at] != 0:
            word = self.trie[at] & VALUE
            self.assertTrue(GAP < word <= self.words)
            open_group = self.trie[at] < POINTER
            if self.trie[at] >= LAST:
                waiting.append(at + 1)
                return
            if self.trie[at] >= POINTER:
                self.follow(self.trie[at + 1], waiting)
                at += 1
            at += 1
        self.assertFalse(open_group, "words of a list that lead nowhere")

    def test_every_node_of_the_trie(self):
        waiting, seen = [], set()
        for root in self.roots:
            if root != 0:
                self.follow(root, waiting)
        for base, node in self.edges:
            if base not in (0, self.set_base):
                self.follow(node, waiting)
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                self.walk(at, waiting)
        self.assertGreater(len(seen), 1000)

    def test_words_and_their_sets(self):
        buckets, tags, first = array("buckets"), array("tags"), value("smtperr__first_hashed")
        self.assertEqual(buckets, sorted(buckets))
        self.assertEqual(len(buckets), value("smtperr__bucket_mask") + 2)
        self.assertEqual(buckets[-1], len(tags) - 1)
        self.assertEqual(first + buckets[-1], self.words + 1)
        self.assertLess(self.set_base + self.words, len(self.edges))
        sets = [node for base, node in self.edges if base == self.set_base]
        self.assertTrue(all(0 < node < first for node in sets) and sets)
        passed = next(row for row in tomllib.loads((ROOT / "data/sets.toml").read_text(encoding="utf-8"))["set"] if row["name"] == "passed-over")
        self.assertEqual(sets.count(compile_rules.FIXED[compile_rules.PASSED_OVER]), len(passed["words"]))

    def list_at(self, at):
        count = self.conditions[at]
        self.assertLess(at + count, len(self.conditions))
        return self.conditions[at + 1:at + 1 + count], at + 1 + count

    def test_rules_and_their_conditions(self):
        self.assertEqual(len(self.rules), self.bases[0])
        self.assertLessEqual(self.bases[1] - self.bases[0], value("VETOES_MAX", self.internal))
        self.assertEqual(self.bases[2] - self.bases[1], self.providers)
        categories = int(re.search(r"#define CATEGORY_COUNT (\d+)", self.internal)[1])
        whens = len(array("whens"))
        for _, conditions, vetoes, category, order, _, when in self.rules:
            self.assertLess(when, whens)
            self.assertLess(category, categories)
            self.assertLess(order, 6)
            _, at = self.list_at(conditions)
            _, at = self.list_at(at)
            providers, _ = self.list_at(at)
            self.assertEqual(order & 1, bool(providers))
            self.assertTrue(all(0 < provider < self.providers for provider in providers))
            self.assertTrue(all(veto < self.bases[1] - self.bases[0] for veto in self.list_at(vetoes)[0]))
        self.assertEqual(len(array("blocklist_categories")), self.blocklists)
        self.assertTrue(all(category < categories for category in array("blocklist_categories")))

    def test_hosts(self):
        hosts, count = rows("hosts", 4), value("smtperr__host_count")
        self.assertGreater(len(hosts), count)
        self.assertEqual(hosts[-1][0], 0xFFFFFFFF, "where every search ends")
        self.assertEqual(hosts, sorted(hosts, key=lambda row: row[0]))
        last = {}
        for at, (key, word, provider, blocklist) in enumerate(hosts):
            self.assertTrue(word <= self.words and provider < self.providers and blocklist < self.blocklists)
            last[key] = at
        self.assertTrue(all(key * count >> 32 <= at < len(hosts) for key, at in last.items()))

    def test_names(self):
        pool, words = array("pool", WORDS_TEXT), array("words", WORDS_TEXT)
        names = re.findall(r"^    {(\d+), {0, 0, 0}, (-?\d+), (\d+), (\d+)}", WORDS_TEXT, re.M)
        self.assertEqual(len(names), value("smtperr__word_count", WORDS_TEXT))
        self.assertEqual([(int(row[0]), int(row[1])) for row in names], sorted((int(row[0]), int(row[1])) for row in names))
        self.assertEqual(pool[-1], 0, "where every name ends")
        self.assertTrue(all(int(row[2]) < len(pool) and int(row[3]) < len(words) // 8 for row in names))
        self.assertTrue(all(at < len(pool) for at in words))


if __name__ == "__main__":
    unittest.main()
