#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Describes include/smtperr.h to other languages.

usage: generate.py HEADER LIBRARY FOLDER

Reads the header, asks the built library (libsmtperr.so) for the words of its values, and writes below FOLDER:

  smtperr.json           functions, enums, structs with offsets, constants: all that a binding has to know
  python/smtperr/_abi.py the same as Python's enums, dataclasses and formats
  node/abi.js, abi.d.ts  the same as JavaScript's tables and TypeScript's types

Offsets are those that every C compiler gives to a struct without padding; tests/bindings has each compiler confirm them,
and that these files are current. What the header does not say in C, the tables below do; what is in neither is an error."""
import ctypes
import json
import pathlib
import re
import sys
import textwrap

# An enum has no name in C: here it is the part after SMTPERR_ that its values share, or what stands here for its first value.
ENUMS = {"SMTPERR_NONE": "status", "SMTPERR_LINE_MAX": "limit"}

# What a field or parameter means, where its type alone doesn't say. The rest are plain numbers and stand in NUMBERS.
ENUM_OF = {"decided_by": "basis", "delay_origin": "origin", "dsn_action": "dsn", "outcome": "match", "list": "number"}
MEANINGS = {
    "size": "size",
    "enhanced": "enhanced", "failure_status": "enhanced", "dsn_status": "enhanced",
    "provider": "id of provider", "blocklist": "id of blocklist", "rule": "id of rule",
    "address_dead": "boolean", "retry": "boolean", "suppress": "boolean", "likely_permanent": "boolean", "outcome_unknown": "boolean",
    "closing": "boolean",
    "greeting_5yz": "enum action", "login_refused": "enum action", "mailbox_full_5yz": "enum action",
    "unknown_5yz": "enum action", "domain_unknown_4yz": "enum action", "soft_bounce": "enum action",
    "smtperr_context.flags": "bits of context", "smtperr_verdict.flags": "bits of flag",
    "smtperr_failure_from.number": "number",
}
NUMBERS = {"code", "first_code", "data_version", "retry_after_seconds", "delay_seconds", "sysexit", "recipients_accepted",
           "attempt", "age_seconds", "delay_min_seconds", "delay_max_seconds", "at", "len", "index", "value", "count",
           "word_count"}
# Fields of smtperr_verdict from this one on are the decision, those before it the evidence.
DECISION_FROM = "retry"
# Read and written; other pointers without const are written only.
READ_AND_WRITTEN = {"reader", "smtperr_decide.verdict"}
PRIVATE = {"smtperr_reader"}
# Enums of which a field may hold 0 for "none".
NONE_IF_0 = {"status", "failure"}
SIZES = {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4}


def fail(text):
    sys.exit(f"smtperr.h: {text}")


# ---- The header ----

TOKEN = re.compile(r"""(?P<comment>/\*.*?\*/) | (?P<directive>^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
                     | (?P<word>\w+) | (?P<string>"[^"]*") | (?P<sign>[^\s\w]) | (?P<line>\n)""", re.X | re.S | re.M)


def plain(comment):
    """The text of a comment, without its stars and rulers; blank if it is one about the file or a heading."""
    text = " ".join(line.strip().lstrip("*").strip() for line in comment[2:-2].split("\n"))
    return "" if text.strip().startswith(("SPDX", "----")) else re.sub(r"\s+", " ", text).strip()


class Header:
    """The declarations, each with the comment before it, each member with the comment on its line."""

    def __init__(self, path):
        self.tokens = [(m.lastgroup, m[0]) for m in TOKEN.finditer(path.read_text())]
        self.at = 0
        self.doc = ""
        self.constants, self.enums, self.structs, self.functions = {}, {}, {}, []
        while self.at < len(self.tokens):
            self.declaration()

    def take(self, wanted=None):
        """The next token that is no comment and no line end."""
        while self.tokens[self.at][0] in ("comment", "line"):
            self.at += 1
        token = self.tokens[self.at][1]
        self.at += 1
        if wanted is not None and token != wanted:
            fail(f"{wanted!r} expected, not {token!r}, after {' '.join(t for _, t in self.tokens[self.at - 12:self.at - 1])}")
        return token

    def until(self, *ends):
        """Tokens up to one of the ends, which is taken too, and the end."""
        found = []
        while True:
            token = self.take()
            if token in ends:
                return found, token
            found.append(token)

    def rest_of_line(self):
        """The comment that stands on the line of what was just read."""
        for kind, text in self.tokens[self.at:]:
            if kind == "comment":
                return plain(text)
            if kind != "sign":
                return ""

    def declaration(self):
        kind, text = self.tokens[self.at]
        if kind == "line":
            self.at += 1
            if self.tokens[self.at:self.at + 1] == [("line", "\n")]:
                self.doc = ""  # a blank line: the comment was about something else
        elif kind == "comment":
            self.doc = plain(text)
            self.at += 1
        elif kind == "directive":
            define = re.match(r'#define (SMTPERR_\w+) ("[^"]*"|0x[0-9a-f]+|\d+)', text)
            if define:
                self.constants[define[1]] = json.loads(define[2]) if define[2][0] == '"' else int(define[2], 0)
            self.at += 1
        elif text == "extern":  # "C" {
            self.until("{")
        elif text == "}":
            self.at += 1
        elif text == "enum":
            self.enum()
        elif text == "typedef":
            self.struct()
        elif text == "SMTPERR_API":
            self.function()
        else:
            fail(f"{text!r} begins nothing that a binding could use")

    def enum(self):
        doc = self.doc
        self.take("enum")
        self.take("{")
        values, end = [], ","
        doc = doc or self.rest_of_line()
        while end == ",":
            name = self.take()
            self.take("=")
            number, end = self.until(",", "}")
            values.append({"name": "", "value": int("".join(number), 0), "constant": name,
                           "doc": self.rest_of_line() if end == "," else ""})
            if end == "}":
                # The last comment stands before the brace.
                before = self.tokens[:self.at - 1][::-1]
                values[-1]["doc"] = next((plain(t) for k, t in before[:4] if k == "comment"), "")
        self.take(";")
        first = values[0]["constant"]
        shared = "_".join(first.split("_")[:2]) + "_"
        if first not in ENUMS and not all(v["constant"].startswith(shared) for v in values):
            fail(f"the enum that begins with {first} needs a name in ENUMS")
        enum = ENUMS.get(first, shared.split("_")[1].lower())
        for value in values:
            value["name"] = re.sub("^(SMTPERR_)?(ERR_)?", "", value["constant"].replace(shared, "", 1)
                                   if first not in ENUMS else value["constant"]).lower().replace("_", "-")
        if enum == "limit":
            self.constants.update({v["constant"]: v["value"] for v in values})
        else:
            self.enums[enum] = {"doc": doc, "values": values}
        self.doc = ""

    def struct(self):
        doc = self.doc
        self.take("typedef")
        self.take("struct")
        self.take("{")
        fields = []
        while True:
            words, end = self.until(";", "}")
            if end == "}":
                break
            comment = self.rest_of_line()
            kind = "pointer" if "*" in words else words[0]
            if words[-1] == "]":  # name [ number ]
                fields.append({"name": words[1], "type": kind, "count": int(words[-2]), "doc": comment})
                continue
            names = "".join(f" {w} " if w in "*," else w + " " for w in words[1:] if w != "char" or "*" not in words).split(",")
            for name in names:
                fields.append({"name": name.replace("*", "").strip(), "type": kind, "doc": comment})
        name = self.take()
        self.take(";")
        self.structs[name] = {"doc": doc, "fields": fields}
        self.doc = ""

    def function(self):
        self.take("SMTPERR_API")
        words, _ = self.until("(")
        inside, _ = self.until(")")
        self.take(";")
        parameters = []
        for text in " ".join(inside).split(" , ") if inside != ["void"] else []:
            match = re.fullmatch(r"((?:const )?\w+(?: \*)?) (\w+)", text)
            if not match:
                fail(f"parameter {text!r} of {words[-1]}")
            parameters.append({"name": match[2], "type": match[1]})
        doc = self.rest_of_line() or self.doc
        while self.tokens[self.at][0] == "comment":
            self.at += 1
        self.functions.append({"name": words[-1], "doc": doc, "returns": {"type": " ".join(words[:-1])}, "parameters": parameters})
        self.doc = ""


# ---- The description ----

def meaning(owner, name, kind, enums):
    """What stands in a field or parameter that is a number."""
    for key in (f"{owner}.{name}", name):
        if key in MEANINGS:
            return MEANINGS[key]
    if kind == "smtperr_span":
        return "span"
    if ENUM_OF.get(name, name) in enums:
        return "enum " + ENUM_OF.get(name, name)
    if name in NUMBERS:
        return "number"
    fail(f"what does {name} of {owner} mean? Say it in MEANINGS or NUMBERS of generate.py")


def lay_out(name, struct, structs, pointer):
    """Size and offsets, each field where its own size lets it begin."""
    at, widest, offsets = 0, 1, []
    for field in struct["fields"]:
        kind = field["type"]
        size = pointer if kind in ("pointer", "size_t") else structs[kind]["size"] if kind in structs else SIZES.get(kind)
        if size is None:
            fail(f"type {kind} of {name}.{field['name']}")
        align = 4 if kind in structs else size
        if at % align and name not in PRIVATE:
            fail(f"{name}.{field['name']}: padding before it")
        at += -at % align
        offsets.append(at)
        at += size * field.get("count", 1)
        widest = max(widest, align)
    return at + -at % widest, offsets


def describe(header, ask):
    enums, structs = header.enums, {}
    kinds = {v["name"]: v["value"] for v in enums["kind"]["values"]}
    for name, enum in enums.items():
        enum["doc"] = enum["doc"] or fail(f"what is {name} about? Say it in a comment")
        enum["kind"] = kinds.get(name)
        enum["bits"] = name in ("flag", "context")
        if enum["kind"] is not None:
            for value in enum["values"]:
                value["name"] = ask(enum["kind"], value["value"]) or fail(f"the library has no name for {value['constant']}")
    for name, struct in header.structs.items():
        if name in PRIVATE:
            structs[name] = {"private": True, "size_32": lay_out(name, struct, structs, 4)[0],
                             "size_64": lay_out(name, struct, structs, 8)[0], "doc": struct["doc"]}
            continue
        size, offsets = lay_out(name, struct, structs, 8)
        part = "evidence"
        for field, offset in zip(struct["fields"], offsets):
            field["offset"] = offset
            field["means"] = meaning(name, field["name"], field["type"], enums)
            if name == "smtperr_verdict":
                part = "decision" if field["name"] == DECISION_FROM else part
                field["part"] = part
        structs[name] = {"size": size, **struct}
    for function in header.functions:
        names = {p["name"] for p in function["parameters"]}
        for parameter in function["parameters"]:
            kind, name = parameter["type"], parameter["name"]
            if kind.endswith("*"):
                inout = name in READ_AND_WRITTEN or f"{function['name']}.{name}" in READ_AND_WRITTEN
                parameter["direction"] = "in" if kind.startswith("const") else "in out" if inout else "out"
                length = {name + "_len", name + "_size"} & names or ({"count"} if name == "matches" else set())
                if length and not kind.startswith("size_t"):
                    parameter["length"] = length.pop()
                    parameter["null"] = parameter["length"] == "count" or not kind.endswith("verdict *") and name != "reader"
                else:
                    parameter["null"] = name in ("context", "policy")
            elif kind != "size_t":
                parameter["means"] = meaning(function["name"], name, kind, enums)
        returns = function["returns"]
        if returns["type"] == "const char *":
            length = next((p["name"] for p in function["parameters"] if p["type"] == "size_t *"), None)
            if length:
                returns["length"] = length
    return {
        "comment": "What a binding of libsmtperr has to know; docs/bindings.md says how to read it. Written by generate.py.",
        "version": header.constants.pop("SMTPERR_VERSION"),
        "version_number": header.constants["SMTPERR_VERSION_NUMBER"],
        "constants": {**header.constants, "INT32_MIN": -2**31},
        "enums": enums, "structs": structs, "functions": header.functions,
    }


def as_json(about):
    """One line for each value, field and function, so that changes show as such."""
    def without_blanks(node):
        if isinstance(node, dict):
            return {key: without_blanks(value) for key, value in node.items() if key != "doc" or value}
        return [without_blanks(value) for value in node] if isinstance(node, list) else node

    text = json.dumps(without_blanks(about), indent=1)
    return re.sub(r"\{\n +(\"(?:name|type)\": [^{}\[\]]*?)\n +\}",
                  lambda m: "{" + re.sub(r"\n +", " ", m[1]) + "}", text) + "\n"


# ---- Python and JavaScript ----

def class_name(enum):
    return {"dsn": "DsnAction", "match": "Outcome", "context": "ContextBit", "number": "NumberList"}.get(enum, enum.capitalize())


def member(value, enum):
    """MAILBOX_FULL of SMTPERR_CATEGORY_MAILBOX_FULL."""
    if enum in ENUMS.values():
        name = value["constant"][len("SMTPERR_"):]
    else:
        name = value["constant"][len(f"SMTPERR_{enum}_"):]
    return "_" + name if name[0].isdigit() else name


def wrapped(text, indent, width=118):
    return textwrap.wrap(text, width - indent)


def docstring(text, indent):
    lines = wrapped(text, indent + 6)
    return " " * indent + '"""' + ("\n" + " " * indent).join(lines) + '"""\n'


PYTHON_TYPES = {"number": "int", "size": "int", "enhanced": "Optional[str]", "boolean": "bool", "span": "Excerpt"}


def python_type(field):
    kind, _, of = field["means"].partition(" ")
    if kind in ("enum", "bits"):
        name = class_name(of[3:] if kind == "bits" else of)
        return f"Optional[{name}]" if field["name"] in NONE_IF_0 else name
    return "Optional[str]" if kind == "id" else PYTHON_TYPES[field["means"]]


def spoken(field, nothing):
    """The header's words about a field, where numbers have become words."""
    text = field["doc"].replace("SMTPERR_", "")
    if field["means"] == "enhanced":
        text = re.sub(r"^5007001 is .*?\)", 'like "5.7.1"', text).replace(": as enhanced", "").replace("as enhanced; ", "")
    if field["name"] in NONE_IF_0:
        text = text.replace("0 for", nothing + " for")
    if field["means"] == "enhanced" or field["means"].startswith("id ") or field["name"] in NONE_IF_0:
        text = re.sub(r"^id of", "name of", text).replace("0 =", nothing + " =")
    return re.sub("^1(:| =) ", "", text) if field["means"] == "boolean" else text


def python_struct(name, struct):
    codes = "".join({"int32_t": "i", "uint32_t": "I", "smtperr_span": "II"}[f["type"]] for f in struct["fields"])
    return f'{name} = struct.Struct("={codes}")\n'


def python_class(name, base, fields, doc):
    text = f"\n\n@dataclass(frozen=True)\nclass {name}{base}:\n" + docstring(doc, 4) + "\n"
    for field in fields:
        line = f"    {field['name']}: {python_type(field)}"
        text += line + "\n"
        if field["doc"]:
            text += docstring(spoken(field, "None"), 4)
    return text


def as_python(about):
    text = '''# SPDX-License-Identifier: MIT
# Written by examples/bindings/generate.py from include/smtperr.h: do not edit.
"""Enums, dataclasses and layout of libsmtperr. smtperr/__init__.py is what you want to read."""
from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import Optional

from ._base import Answer, Excerpt, Word, name_words

'''
    text += f'VERSION = "{about["version"]}"\n'
    text += "".join(f"{k.replace('SMTPERR_', '')} = {v}\n" for k, v in about["constants"].items())
    for name, enum in about["enums"].items():
        text += f"\n\nclass {class_name(name)}({'enum.IntFlag' if enum['bits'] else 'Word'}):\n"
        text += docstring(enum["doc"].replace("SMTPERR_", ""), 4) + "\n"
        for value in enum["values"]:
            number = hex(value["value"]) if enum["bits"] else value["value"]
            text += f"    {member(value, name)} = {number}\n"
            if value["doc"]:
                text += docstring(value["doc"].replace("SMTPERR_", ""), 4)
        if not enum["bits"]:
            text += f"\n\nname_words({class_name(name)}, {enum['kind']}, {{\n"
            text += "".join(f"    {v['value']}: \"{v['name']}\",\n" for v in enum["values"]) + "})\n"
    verdict = about["structs"]["smtperr_verdict"]
    fields = [f for f in verdict["fields"] if f["means"] != "size"]
    text += python_class("Evidence", "(Answer)", [f for f in fields if f["part"] == "evidence"],
                         "What a reply or failure tells, before anything is decided: classify() gives it, decide() reads it.")
    text += python_class("Verdict", "(Evidence)", [f for f in fields if f["part"] == "decision"],
                         "The whole answer: the evidence, and what to do.")
    text += python_class("Match", "", about["structs"]["smtperr_match"]["fields"],
                         "A rule of the data that the words of a reply met: trace() lists them.")
    text += "\n\n# Formats of the structs; a span is two numbers.\n"
    for name, constant in (("context", "CONTEXT"), ("policy", "POLICY"), ("verdict", "VERDICT"), ("match", "MATCH"), ("span", "SPAN")):
        text += python_struct(constant, about["structs"]["smtperr_" + name])
    text += "# What each field means, in the order of the format.\n"
    for name, constant in (("verdict", "VERDICT"), ("match", "MATCH")):
        rows = "".join(f'    ("{f["name"]}", "{f["means"]}"),\n' for f in about["structs"]["smtperr_" + name]["fields"])
        text += f"{constant}_FIELDS = (\n{rows})\n"
    text += f"EVIDENCE_FIELDS = {1 + len([f for f in fields if f['part'] == 'evidence'])}  # the first so many are the evidence\n"
    reader = about["structs"]["smtperr_reader"]
    text += f"READER_SIZE = {{4: {reader['size_32']}, 8: {reader['size_64']}}}  # by the size of a pointer\n"
    text += "# Name, result, parameters, as in smtperr.json.\nFUNCTIONS = (\n"
    for f in about["functions"]:
        returns = "bytes *" if f["returns"].get("length") else f["returns"]["type"]
        types = ", ".join(f'"{p["type"]}"' for p in f["parameters"])
        text += f'    ("{f["name"]}", "{returns}", (\n        {types}{"," if types else ""})),\n'
    return text + ")\n"


def camel(name):
    return re.sub(r"_(\w)", lambda m: m[1].upper(), name)


def as_js(about):
    text = ("// SPDX-License-Identifier: MIT\n// Written by examples/bindings/generate.py from include/smtperr.h: do not edit.\n"
            "'use strict';\n\n")
    text += f"exports.version = '{about['version']}';\n"
    text += "exports.constants = {\n"
    text += "".join(f"  {k.replace('SMTPERR_', '')}: {v},\n" for k, v in about["constants"].items()) + "};\n"
    text += "// Word to number.\nexports.enums = {\n"
    for name, enum in about["enums"].items():
        text += f"  {name}: {{\n" + "".join(f"    '{v['name']}': {v['value']},\n" for v in enum["values"]) + "  },\n"
    text += "};\n\n// Size, and for each field its name, offset, type and meaning.\nexports.structs = {\n"
    for name, struct in about["structs"].items():
        if struct.get("private"):
            text += f"  {name[8:]}: {{ size32: {struct['size_32']}, size64: {struct['size_64']} }},\n"
            continue
        text += f"  {name[8:]}: {{\n    size: {struct['size']},\n    fields: [\n"
        for f in struct["fields"]:
            part = f", '{f['part']}'" if "part" in f else ""
            text += f"      ['{camel(f['name'])}', {f['offset']}, '{f['type'].replace('smtperr_', '')}', '{f['means']}'{part}],\n"
        text += "    ],\n  },\n"
    text += "};\n\n// Name, result, parameters.\nexports.functions = [\n"
    for f in about["functions"]:
        returns = "bytes *" if f["returns"].get("length") else f["returns"]["type"]
        text += f"  ['{f['name']}', '{returns}', [" + ", ".join(f"'{p['type']}'" for p in f["parameters"]) + "]],\n"
    return text + "];\n"


TS_TYPES = {"number": "number", "enhanced": "string | null", "boolean": "boolean", "span": "string"}


def ts_type(field):
    kind, _, of = field["means"].partition(" ")
    if kind == "enum":
        return class_name(of) + (" | null" if field["name"] in NONE_IF_0 else "")
    if kind == "bits":
        return class_name(of[3:]) + "[]"
    return "string | null" if kind == "id" else TS_TYPES[field["means"]]


def ts_interface(name, base, fields, doc):
    text = f"/** {doc} */\nexport interface {name}{base} {{\n"
    for f in fields:
        if f["doc"]:
            lines = wrapped(spoken(f, "null"), 8, 116)
            text += "  /** " + "\n   *  ".join(lines) + " */\n"
        text += f"  {camel(f['name'])}: {ts_type(f)};\n"
    spans = "; ".join(f"{f['name']}: [number, number]" for f in fields if f["means"] == "span")
    if spans:
        text += f"  /** Where the bytes of these texts begin and end in the reply. */\n  spans: {{ {spans} }};\n"
    return text + "}\n\n"


def as_ts(about):
    text = ("// SPDX-License-Identifier: MIT\n// Written by examples/bindings/generate.py from include/smtperr.h: do not edit.\n\n")
    for name, enum in about["enums"].items():
        doc = "\n *  ".join(wrapped(enum["doc"].replace("SMTPERR_", ""), 8, 116))
        words = [f"'{v['name']}'" for v in enum["values"]]
        if name == "failure":
            words.append("(string & {})")  # the data has more than the header
        text += f"/** {doc} */\nexport type {class_name(name)} =\n  | " + "\n  | ".join(words) + ";\n\n"
    fields = [f for f in about["structs"]["smtperr_verdict"]["fields"] if f["means"] != "size"]
    text += ts_interface("Evidence", "", [f for f in fields if f["part"] == "evidence"],
                         "What a reply or failure tells, before anything is decided.")
    text += ts_interface("Verdict", " extends Evidence", [f for f in fields if f["part"] == "decision"],
                         "The whole answer: the evidence, and what to do.")
    text += ts_interface("Match", "", about["structs"]["smtperr_match"]["fields"], "A rule of the data that the words of a reply met.")
    return text[:-1]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    header, library, folder = map(pathlib.Path, sys.argv[1:])
    name = ctypes.CDLL(str(library)).smtperr_name
    name.restype, name.argtypes = ctypes.c_char_p, (ctypes.c_int32, ctypes.c_int32)
    about = describe(Header(header), lambda kind, value: name(kind, value).decode())
    for path, text in {"smtperr.json": as_json(about), "python/smtperr/_abi.py": as_python(about), "node/abi.js": as_js(about),
                       "node/abi.d.ts": as_ts(about)}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


if __name__ == "__main__":
    main()
