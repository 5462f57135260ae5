#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Makes a reference of all that the data knows, pages of HTML that lead to each other: codes, enhanced codes, categories with what is
# decided on them, failures, rules, sets of words, guards, providers, blocklists and the other words of a verdict.
#
#   reference.py --list DATA...            the pages that will be written, a name a line
#   reference.py --out DIRECTORY DATA...   writes them; DATA are the files of data/
#
# Each row has an entry whose id is the name that a verdict has for it. Whatever is named leads to its entry; what does not stand in
# the data ends the run.
import argparse
import collections
import html
import os
import pathlib
import re
import sys
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "data"))
import compile_rules  # noqa: E402
import generate  # noqa: E402

PAGES = {  # of each table but that of the rules: file, title
    "meaning": ("codes.html", "Reply codes"), "status": ("enhanced.html", "Enhanced status codes"),
    "category": ("categories.html", "Categories and decisions"), "failure": ("failures.html", "Failures without a reply"),
    "provider": ("providers.html", "Providers"), "blocklist": ("blocklists.html", "Blocklists"),
    "set": ("sets.html", "Sets of words"), "guard": ("guards.html", "Guards of rules"), "word": ("words.html", "Words of a verdict")}
STYLE = """body { font: 1rem/1.5 sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; font-size: .9rem } td, th { border: 1px solid #8888; padding: .2rem .5rem; text-align: left;
vertical-align: top } dt { font-weight: bold } dd { margin: 0 0 .4rem 1.5rem } section { border-top: 1px solid #8888; margin-top: 1rem }
code, pre { font-size: .9rem; white-space: pre-wrap; overflow-wrap: anywhere } h3 { margin-bottom: .3rem }"""


def rules_page(file):
    return "rules-" + pathlib.PurePath(file).stem + ".html"


def text(words):
    return html.escape(str(words))


def code(words):
    return f"<code>{text(words)}</code>"


def link(page, name, shown=None):
    return f'<a href="{page}#{urllib.parse.quote(name)}">{text(shown or name)}</a>'


def source(reference):
    """As a link, where it is a page or a section of an RFC."""
    rfc = re.fullmatch(r"RFC (\d+)(?: (\d+(?:\.\d+)*))?", reference)
    if rfc:
        section = f"#section-{rfc[2]}" if rfc[2] else ""
        return f'<a href="https://www.rfc-editor.org/rfc/rfc{rfc[1]}.html{section}">{text(reference)}</a>'
    if reference.startswith(("https://", "http://")):
        return f'<a href="{text(reference)}">{text(reference)}</a>'
    return text(reference)


def definitions(entries):
    """A list of (term, HTML); what is empty is left out."""
    rows = [f"<dt>{text(term)}</dt><dd>{value}</dd>" for term, value in entries if value]
    return f"<dl>{''.join(rows)}</dl>" if rows else ""


def listed(items, separator=", "):
    return separator.join(items)


def entry(name, title, body, level=2):
    return f'<section id="{text(name)}"><h{level}>{title}</h{level}>{body}</section>'


class Reference:
    def __init__(self, data):
        self.tables, self.data = data.tables, data
        self.rule_page = {row["name"]: rules_page(row.file) for row in self.tables["rule"]}
        self.names = {table: {row.get("name", row.get("code")): row for row in self.tables[table]} for table in PAGES}
        self.codes = {row["code"] for row in self.tables["meaning"]}
        self.statuses = {row["code"] for row in self.tables["status"]}
        self.leading = collections.defaultdict(list)  # (table, name) -> links to what names it
        for row in self.tables["meaning"]:
            self.leading["category", row["category"]].append(link("codes.html", row.rule_name))
        for row in self.tables["status"]:
            self.leading["category", row["category"]].append(link("enhanced.html", row.rule_name))
        for row in self.tables["failure"]:
            self.leading["category", row["category"]].append(link("failures.html", row["name"]))
        for row in self.tables["blocklist"]:
            self.leading["category", compile_rules.listing_category(row)].append(link("blocklists.html", row["name"]))
        for row in self.tables["rule"]:
            here = self.rule(row["name"])
            self.leading["rules of category", row["category"]].append(here)
            for key, table in (("codes", "meaning"), ("enhanced", "status"), ("providers", "provider")):
                for name in row.get(key, []):
                    self.leading[table, name].append(here)
            self.note_sets([*row["words"], *row.get("not", [])], here)
            for name in row.get("not", []):
                if name.startswith("@"):
                    self.leading["guard", name[1:]].append(here)
        for row in self.tables["guard"]:
            self.note_sets(row["not"], link("guards.html", row["name"]))

    def note_sets(self, patterns, here):
        for name in {name for pattern in patterns for name in re.findall(r"\{([\w./-]+)\}", pattern)}:
            self.leading["set", name].append(here)

    # ---- Links to entries ----

    def to(self, table, name, shown=None):
        if name not in self.names[table]:
            sys.exit(f"no {table} {name!r}")
        return link(PAGES[table][0], name, shown)

    def word(self, kind, name):
        if not any((row["kind"], row["name"]) == (kind, name) for row in self.tables["word"]):
            sys.exit(f"no {kind} {name!r}")
        return link("words.html", f"{kind}-{name}", name)

    def rule(self, name):
        return link(self.rule_page[name], name)

    def code(self, name):
        return link("codes.html", name) if name in self.codes else code(name)  # rules may name codes that mean what their class means

    def status(self, name):
        return link("enhanced.html", name) if name in self.statuses else code(name)

    def words(self, kind, names):
        return listed(self.word(kind, name) if name not in ("any", "rest") else name for name in names)

    # ---- Entries ----

    def sentences(self, row):
        """What all rows that speak to people have in common."""
        steps = "".join(f"<li>{text(step)}</li>" for step in row.get("steps", []))
        return [("What", text(row.get("what", ""))), ("Cause", text(row.get("cause", ""))), ("Fix", text(row.get("fix", ""))),
                ("Step by step", f"<ol>{steps}</ol>" if steps else ""), ("For the author", text(row.get("author", ""))),
                ("Page", source(row["url"]) if "url" in row else ""),
                ("Source", listed(map(source, row["source"]), "; ") if "source" in row else "")]

    def flags(self, row, *keys):
        return ("Beside", listed(key.replace("_", " ") for key in keys if row.get(key)))

    def numbered(self, table, show):
        """Codes or enhanced codes: each with all its meanings."""
        rows = collections.defaultdict(list)
        for row in self.tables[table]:
            rows[row["code"]].append(row)
        out = []
        for number, meanings in rows.items():
            body = "".join(entry(row.rule_name, text(row["title"]), definitions([
                ("Stages", self.words("stage", row["stages"])), ("Category", self.to("category", row["category"])),
                ("Confidence", self.word("confidence", row["confidence"])), *self.sentences(row), self.flags(row, "dead"),
                ("Only elsewhere", "not what a mail server says usually" if not row.get("usual", True) else "")]), 3)
                for row in meanings)
            special = [row for row in self.data.exceptions if number in row.get(show, [])]
            out.append(entry(number, text(number), body + definitions([
                ("Decisions of its own", listed(sorted({self.to("category", row["category"]) for row in special}))),
                ("Rules that ask for it", listed(self.leading[table, number]))])))
        return out

    def codes_page(self):
        return self.numbered("meaning", "codes")

    def statuses_page(self):
        return self.numbered("status", "enhanced")

    def answer(self, row):
        return (f"<td>{self.word('action', row['action'])}</td><td>{self.word('scope', row['scope'])}</td>"
                f"<td>{self.word('party', row['party'])}</td><td>{row.get('delay', '')}</td><td>{text(row['status'])}</td>"
                f"<td>{text(row['exit'])}</td><td>{text(row['why'])} <small>({listed(map(source, row['source']), '; ')})</small></td>")

    def decisions(self, name):
        """What is done, by class and stage. Of a class that borrows the answers of another nothing is said."""
        lines = []
        for decision_class in generate.CLASSES:
            stages = collections.defaultdict(list)
            for stage in generate.STAGES:
                row = self.data.decisions[name, decision_class, stage]
                stages[row.file, row.line].append((stage, row))
            special = [row for row in self.data.exceptions if (row["category"], row["class"]) == (name, decision_class)]
            if not special and not any((found[0][1]["category"], found[0][1]["class"]) == (name, decision_class)
                                       for found in stages.values()):
                continue
            for row in special:
                asked = listed([*map(self.code, row.get("codes", [])), *map(self.status, row.get("enhanced", []))])
                lines.append(f"<tr><td>{decision_class} ({asked})</td><td>{self.words('stage', row.stages)}</td>{self.answer(row)}</tr>")
            for found in stages.values():
                lines.append(f"<tr><td>{decision_class}</td><td>{self.words('stage', [stage for stage, _ in found])}</td>"
                             f"{self.answer(found[0][1])}</tr>")
        head = "".join(f"<th>{title}</th>" for title in
                       ["Class", "Stages", "Action", "Scope", "Who must act", "Delay (s)", "Status", "Exit", "Why"])
        return f"<table><tr>{head}</tr>{''.join(lines)}</table>"

    def categories_page(self):
        return [entry(row["name"], text(row["title"]), f"<p>{code(row['name'])}</p>" + definitions([
            *self.sentences(row), self.flags(row, "permanent"),
            ("Leads here by itself", listed(self.leading["category", row["name"]])),
            ("Rules that lead here", listed(self.leading["rules of category", row["name"]]))]) + self.decisions(row["name"]))
            for row in self.tables["category"]]

    def failures_page(self):
        return [entry(row["name"], text(f"{row['name']}: {row['title']}"), definitions([
            ("Also called", listed(map(text, row.get("also", [])))), ("List", text(row["list"])),
            ("Numbers", listed(f"{row[key]} ({key})" if key != "number" else str(row[key]) for key in generate.PLATFORMS if key in row)),
            ("Category", self.to("category", row["category"])), ("Enhanced code", self.status_of(row["enhanced"])),
            *self.sentences(row), self.flags(row, "lasting", "dead", "tls_required")])) for row in self.tables["failure"]]

    def status_of(self, number):
        """5.1.1 leads to X.1.1."""
        name = "X" + number[1:]
        return link("enhanced.html", name, number) if name in self.statuses else code(number)

    def rules_page(self, rows):
        return [entry(row["name"], text(row.get("title") or row["name"]), f"<p>{code(row['name'])}</p>" + definitions([
            ("Category", self.to("category", row["category"])), ("Rank", text(row.get("rank", "cause"))),
            ("Words", "<br>".join(map(self.pattern, row["words"]))), ("Not", "<br>".join(map(self.pattern, row.get("not", [])))),
            ("Codes", listed(map(self.code, row.get("codes", [])))), ("Classes", listed(row.get("classes", []))),
            ("Enhanced codes", listed(map(self.status, row.get("enhanced", [])))),
            ("Stages", self.words("stage", row.get("stages", []))),
            ("Providers", listed(self.to("provider", name) for name in row.get("providers", []))),
            self.flags(row, "dead", "temporary", "likely_permanent", "account", "in_doubt"), *self.sentences(row),
            ("Example", code(row["example"])), ("Near-miss", code(row["near_miss"]))])) for row in rows]

    def pattern(self, words):
        if words.startswith("@"):
            return f"<code>{self.to('guard', words[1:], words)}</code>"
        return code(words) if "{" not in words else "<code>" + re.sub(
            r"\{([\w./-]+)\}", lambda found: self.to("set", found[1], found[0]), text(words)) + "</code>"

    def sets_page(self):
        return [entry(row["name"], text(row["name"]), definitions([
            ("What", text(row["what"])), ("Words", text(listed(row["words"]))), ("Rules", listed(self.leading["set", row["name"]]))]))
            for row in self.tables["set"]]

    def guards_page(self):
        return [entry(row["name"], text(row["name"]), definitions([
            ("What", text(row["what"])), ("Not", "<br>".join(map(self.pattern, row["not"]))),
            ("Rules", listed(self.leading["guard", row["name"]]))])) for row in self.tables["guard"]]

    def providers_page(self):
        return [entry(row["name"], text(row["title"]), f"<p>{code(row['name'])}</p>" + definitions([
            ("Hosts", text(listed(row["hosts"]))), ("Words", "<br>".join(map(code, row.get("words", [])))), *self.sentences(row),
            ("Rules of its own", listed(self.leading["provider", row["name"]]))])) for row in self.tables["provider"]]

    def blocklists_page(self):
        return [entry(row["name"], text(row["title"]), f"<p>{code(row['name'])}</p>" + definitions([
            ("Lists", text(row["lists"])), ("State", text(row["state"])),
            ("Category", self.to("category", compile_rules.listing_category(row))), ("Hosts", text(listed(row.get("hosts", [])))),
            ("Words", "<br>".join(map(code, row.get("words", [])))), *self.sentences(row)])) for row in self.tables["blocklist"]]

    def words_page(self):
        return [entry(f"{row['kind']}-{row['name']}", text(f"{row['kind']}: {row['name']}"), f"<p>{text(row['what'])}</p>")
                for row in self.tables["word"]]

    # ---- Pages ----

    def pages(self):
        """File -> (title, how many rows, entries)."""
        makers = {"meaning": self.codes_page, "status": self.statuses_page, "category": self.categories_page,
                  "failure": self.failures_page, "provider": self.providers_page, "blocklist": self.blocklists_page,
                  "set": self.sets_page, "guard": self.guards_page, "word": self.words_page}
        made = {PAGES[table][0]: (PAGES[table][1], len(self.tables[table]), maker()) for table, maker in makers.items()}
        files = collections.defaultdict(list)
        for row in self.tables["rule"]:
            files[row.file].append(row)
        for file, rows in files.items():
            made[rules_page(file)] = (f"Rules: {pathlib.PurePath(file).stem}", len(rows), self.rules_page(rows))
        index = "".join(f'<tr><td><a href="{file}">{text(title)}</a></td><td>{count}</td></tr>' for file, (title, count, _) in made.items())
        version = self.tables["version"][0]["number"]
        made["index.html"] = ("What libsmtperr knows", 0, [
            f"<p>All the data of libsmtperr, version {version}: made of the files of its folder data/, in which it is kept.</p>"
            f"<table><tr><th>Page</th><th>Rows</th></tr>{index}</table>"])
        return made


def page(title, body):
    home = '<p><a href="index.html">What libsmtperr knows</a></p>'
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{text(title)} - libsmtperr</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>\n{home}<h1>{text(title)}</h1>\n'
            + "\n".join(body) + "\n</body></html>\n")


def main():
    parser = argparse.ArgumentParser()
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--list", action="store_true")
    task.add_argument("--out")
    parser.add_argument("data", nargs="+")
    args = parser.parse_args()
    if args.list:
        names = [generate.name_of(os.path.abspath(path)) for path in args.data]
        print("\n".join(["index.html", *(file for file, _ in PAGES.values()),
                         *(rules_page(name) for name in names if name.startswith("rules/"))]))
        return
    data = generate.read_data([(path, generate.name_of(path)) for path in args.data], None, try_rules=False)
    for file, (title, _, body) in Reference(data).pages().items():
        pathlib.Path(args.out, file).write_text(page(title, body), encoding="utf-8")


if __name__ == "__main__":
    main()
