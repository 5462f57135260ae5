#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Makes the manual pages of section 3 from the texts in this directory and from smtperr.h, which stays the only place where
# prototypes, fields and constants are written down:
#
#   pages.py --list HEADER TEXT...                    the files that will be written, a name a line
#   pages.py --out DIRECTORY HEADER DATA TEXT...      writes them; DATA is the folder of the words' sentences
#
# A text, NAME.3.in, is a page in mdoc. A line that begins with @ stands for something else:
#
#   @head WHAT                        the lines down to and with NAME; the name is that of the file
#   @prototypes FUNCTION...           of the synopsis; each function gets a page that leads here
#   @type STRUCT                      likewise
#   @fields STRUCT                    its fields with their comments and where they stand, in bytes
#   @constants CONSTANT               all values of the enumeration that has this one, with names and comments
#   @example ... @prints ... @end     a whole program, and what it prints (in the order in which the lines stand)
#   @since                            the section HISTORY
#
# What a text asks for and the header does not have is an error with file and line.
import datetime
import pathlib
import re
import sys
import textwrap
import tomllib

COMMENT = r"(?:[ \t]*/\*\s*(?P<comment>.*?)\s*\*/)?"
FIELD = re.compile(r"(?P<type>(?:const )?\w+ \*?)(?P<names>\w+(?:, \w+)*);" + COMMENT, re.DOTALL)
CONSTANT = re.compile(r"(?P<name>SMTPERR_\w+) = (?P<value>-?\w+),?" + COMMENT, re.DOTALL)
# Enumerations whose values have names and sentences of their own: the kind of smtperr_name().
NAMED = ["stage", "category", "action", "scope", "party", "basis", "confidence", "origin", "dsn", "failure", "status"]

# Fields that hold the words of another name; sizes of fields in bytes: structs have no padding.
WORD_OF = {"decided_by": "basis", "delay_origin": "origin", "dsn_action": "dsn"}
SIZES = {"int32_t": 4, "uint32_t": 4, "smtperr_span": 8}


def fail(where, message):
    sys.exit(f"{where}: {message}")


def roff(text):
    """Lines of text: a sentence a line, none much longer than 80 bytes, names of the header marked as such."""
    text = " ".join(re.sub(r"\n\s*\*", "\n", text).split()).replace("\\", "\\e")
    out = []
    for sentence in re.sub(r"(?<=[.:;])(?<!\.\.\.) (?=[A-Z])", "\n", text).split("\n"):
        for piece in re.split(r"(?:^| )((?:smtperr_\w+\(\)|SMTPERR_[A-Z0-9_]+\*?)[.,:;]*)(?= |$)", sentence):
            if name := re.fullmatch(r"(\w+\*?)(\(\))?([.,:;]*)", piece) if piece.lower().startswith("smtperr_") else None:
                out += [" ".join([".Fn" if name[2] else ".Dv", name[1], *name[3]])]
            else:
                out += [re.sub(r"^(?=[.'])", r"\\&", line) for line in textwrap.wrap(piece.strip(), 78, break_on_hyphens=False)]
    return out


def literal(line):
    return re.sub(r"^(?=[.'])", r"\\&", line.replace("\\", "\\e").replace("-", "\\-"))


class Header:
    def __init__(self, path):
        self.text = pathlib.Path(path).read_text()
        self.version = re.search(r'SMTPERR_VERSION "(.+)"', self.text)[1]
        self.functions = {name: (result, [" ".join(p.split()) for p in parameters.split(",")])
                          for result, name, parameters in
                          re.findall(r"SMTPERR_API ([\w *]+?[ *])(smtperr_\w+)\(([^)]*)\);", self.text)}
        self.structs = {name: body for body, name in re.findall(r"typedef struct \{(.*?)\n\} (smtperr_\w+);", self.text, re.DOTALL)}
        self.enums = re.findall(r"^enum \{(.*?)\};", self.text, re.DOTALL | re.MULTILINE)


class Words:
    """Names and sentences of constants, from the data."""

    def __init__(self, folder):
        self.of = {}
        load = lambda name: tomllib.loads(pathlib.Path(folder, name).read_text())
        for row in load("words.toml")["word"]:
            self.of[row["kind"], row["id"]] = row["name"], row.get("title", row["what"])
        for kind, name, head in (("category", "categories", "category"), ("failure", "failures", "failure")):
            for row in load(name + ".toml")[head]:
                self.of[kind, row["id"]] = row["name"], row["title"]
        day = datetime.datetime.strptime(str(load("version.toml")["version"][0]["number"])[:8], "%Y%m%d")
        self.date = f"{day:%B} {day.day}, {day.year}"


class Page:
    def __init__(self, path, header):
        self.path = pathlib.Path(path)
        self.name = self.path.name.removesuffix(".3.in")
        self.header = header
        self.lines = self.path.read_text().splitlines()
        self.links = []
        for number, line in enumerate(self.lines, 1):
            command, *names = line.split() or [""]
            known = {"@prototypes": header.functions, "@type": header.structs, "@fields": header.structs}.get(command)
            for name in names if known is not None else []:
                if name not in known:
                    fail(f"{path}:{number}", f"{name} is not in the header")
                if command != "@fields":
                    self.links.append(name)
        self.links = [name for name in self.links if name != self.name]

    def render(self, words):
        out = []
        lines = iter(enumerate(self.lines, 1))
        for number, line in lines:
            command, _, rest = line.partition(" ")
            where = f"{self.path}:{number}"
            if command == "@head":
                out += [f".Dd {words.date}", f".Dt {self.name.upper()} 3", f".Os libsmtperr {self.header.version}", ".Sh NAME"]
                names = [self.name] + self.links
                out += [f".Nm {name} ," for name in names[:-1]] + [f".Nm {names[-1]}", f".Nd {rest}"]
            elif command == "@prototypes":
                for name in rest.split():
                    result, parameters = self.header.functions[name]
                    out += [f".Ft {result.strip()}", f".Fo {name}"] + [f'.Fa "{p}"' for p in parameters] + [".Fc"]
            elif command == "@type":
                out += [f'.Vt "typedef struct {{ ... }} {rest}" ;']
            elif command == "@fields":
                out += self.fields(rest)
            elif command == "@constants":
                out += self.constants(rest, words, where)
            elif command == "@example":
                out += [".Bd -literal"]
                for number, line in lines:
                    if line == "@prints":
                        out += [".Ed", ".Pp", "It prints:", ".Bd -literal -offset indent"]
                    elif line == "@end":
                        break
                    else:
                        out += [literal(line)]
                out += [".Ed"]
            elif command == "@since":
                out += [".Sh HISTORY", "Since version 0.1.0."]
            elif command.startswith("@"):
                fail(where, f"{command} is unknown")
            elif line.startswith("."):
                out += [line]
            else:
                out += textwrap.wrap(line, 78, break_on_hyphens=False)
        return "\n".join(out) + "\n"

    def fields(self, struct):
        out = [f'.\\" Fields of {struct}', ".Bl -tag -width indent"]
        at = 0
        for match in FIELD.finditer(self.header.structs[struct]):
            for name in match["names"].split(", "):
                out += [f'.It Vt {match["type"].strip()} Fa {name} Pq at {at}']
                word = WORD_OF.get(name, name).upper()
                if match["comment"]:
                    out += roff(match["comment"])
                elif f"SMTPERR_{word}_" in self.header.text:
                    out += ["one of", f".Dv SMTPERR_{word}_*"]
                at += SIZES[match["type"].strip()]
        return out + [".El"]

    def constants(self, one, words, where):
        for body in self.header.enums:
            rows = list(CONSTANT.finditer(body))
            if any(row["name"] == one for row in rows):
                break
        else:
            fail(where, f"{one} is not in the header")
        kind = one.split("_")[1].lower()
        if kind in ("err", "more"):
            kind = "status"
        out = [".Bl -tag -width indent"]
        for row in rows:
            name, sentence = words.of.get((kind, int(row["value"], 0)), ("", "")) if kind in NAMED else ("", "")
            out += [f'.It Dv {row["name"]} Pq {row["value"]}' + (f" , Ql {name}" if name else "")]
            text = row["comment"] or sentence
            out += roff(text) if text else []
        return out + [".El"]


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--list"]:
        header = Header(arguments[1])
        pages = [Page(path, header) for path in arguments[2:]]
        print("\n".join(f"{name}.3" for page in pages for name in [page.name] + page.links))
    elif arguments[:1] == ["--out"]:
        out, header, words = pathlib.Path(arguments[1]), Header(arguments[2]), Words(arguments[3])
        for old in out.glob("*.3"):
            old.unlink()
        for path in arguments[4:]:
            page = Page(path, header)
            (out / f"{page.name}.3").write_text(page.render(words))
            for link in page.links:
                (out / f"{link}.3").write_text(f".so man3/{page.name}.3\n")
    else:
        sys.exit("pages.py --list HEADER TEXT... | --out DIRECTORY HEADER DATA TEXT...")


main()
