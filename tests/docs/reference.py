#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The pages that docs/reference.py made: reference.py FOLDER DATA. Each row of the data has its entry with all that it says, each
# category its decisions and what leads to it; each link leads to an entry; no name leads to two.
import html.parser
import pathlib
import sys
import tomllib
import urllib.parse

folder, data = map(pathlib.Path, sys.argv[1:])
PAGES = {"meaning": "codes", "status": "enhanced", "category": "categories", "failure": "failures", "provider": "providers",
         "blocklist": "blocklists", "set": "sets", "guard": "guards", "word": "words"}
TOLD = ("title", "what", "cause", "fix", "author", "url", "example", "near_miss")
LISTS = ("steps", "source", "words", "not", "hosts")
wrong = []


class Page(html.parser.HTMLParser):
    """The text below each id, and the links with the ids that they stand below."""

    def __init__(self, path):
        super().__init__()
        self.open, self.ids, self.texts, self.links = [], [], {}, []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        if self.open:
            wrong.append(f"{path.name}: sections that do not end")

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "section":
            self.open.append(attributes["id"])
            self.ids.append(attributes["id"])
            self.texts.setdefault(attributes["id"], "")
        elif tag == "a":
            self.links.append((attributes["href"], list(self.open)))

    def handle_endtag(self, tag):
        if tag == "section":
            self.open.pop()

    def handle_data(self, words):
        for name in self.open:
            self.texts[name] += words


pages = {path.name: Page(path) for path in folder.glob("*.html")}
checked = {"links": 0, "rows": 0, "decisions": 0}
for name, page in pages.items():
    if len(set(page.ids)) != len(page.ids):
        wrong.append(f"{name}: two entries have the same id")
    for href, _ in page.links:
        file, _, entry = href.partition("#")
        if file.startswith("https://") or file.startswith("http://"):
            continue
        checked["links"] += 1
        if file not in pages or (entry and urllib.parse.unquote(entry) not in pages[file].texts):
            wrong.append(f"{name}: {href} leads nowhere")
if {"index.html"} | {href for href, _ in pages["index.html"].links} != pages.keys():
    wrong.append("index.html: does not list all pages")


def links_to(page, entry, target):
    return any(href == target for href, where in pages[page].links if entry in where)


for path in sorted([*data.glob("*.toml"), *data.glob("rules/*.toml")]):
    for table, rows in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for row in rows:
            where = f"{path.relative_to(data)}: {table} {row.get('name') or row.get('code') or row.get('category')}"
            if table == "version":
                if str(row["number"]) not in (folder / "index.html").read_text(encoding="utf-8"):
                    wrong.append(f"{where} is not told")
                continue
            checked["rows"] += 1
            if table == "decision":
                checked["decisions"] += 1
                if row["category"] != "any" and row["why"] not in pages["categories.html"].texts[row["category"]]:
                    wrong.append(f"{where}, {row['class']}: is not told at its category")
                continue
            page = f"rules-{path.stem}.html" if table == "rule" else PAGES[table] + ".html"
            entry = row["name"] if "name" in row else f"{row['code']}/{row['category']}"
            if table == "word":
                entry = f"{row['kind']}-{entry}"
            told = pages[page].texts.get(entry)
            if told is None:
                wrong.append(f"{where}: no entry in {page}")
                continue
            for sentence in [row[key] for key in TOLD if key in row] + [item for key in LISTS for item in row.get(key, [])]:
                if sentence not in told:
                    wrong.append(f"{where}: {page} does not say {sentence!r}")
            if table in ("meaning", "status", "failure", "rule"):
                if not links_to(page, entry, f"categories.html#{row['category']}"):
                    wrong.append(f"{where}: no link to its category")
                if not links_to("categories.html", row["category"], f"{page}#{urllib.parse.quote(entry)}"):
                    wrong.append(f"{where}: its category has no link to it")
            for provider in row.get("providers", []):
                if not links_to("providers.html", provider, f"{page}#{entry}"):
                    wrong.append(f"{where}: its provider has no link to it")
print("\n".join(wrong) or ", ".join(f"{count} {what}" for what, count in checked.items()) + " are good")
sys.exit(1 if wrong or not all(checked.values()) else 0)
