#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The manual pages as they were built say what the header and the library say: manual.py CHECK DIRECTORY ARGUMENT..., one check
# of those below a call. Nothing here is shared with the script that makes the pages: the compiler reads the header for us.
# Exit status 1 and one line for each thing that is wrong.
import pathlib
import re
import subprocess
import sys
import tempfile

SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "SEE ALSO", "HISTORY"]
SECTIONS_OF_CALLS = ["IMPLEMENTATION NOTES", "RETURN VALUES"]


def run(*command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def pages(folder):
    """Name and text of each page that is more than a way to another one."""
    found = {path.stem: path.read_text() for path in sorted(pathlib.Path(folder).glob("*.3"))}
    return {name: text for name, text in found.items() if not text.startswith(".so ")} or sys.exit(f"{folder}: no pages")


def unroff(line):
    return line.removeprefix("\\&").replace("\\-", "-").replace("\\e", "\\")


def squeeze(c):
    return re.sub(r"\s*([^\w\s])\s*", r"\1", " ".join(c.split()))


def preprocessed(compiler, header):
    status, text = run(compiler, "-E", "-P", "-DSMTPERR_API=", header)
    return text if status == 0 else sys.exit(text)


def prototypes(text):
    for result, name, body in re.findall(r"^\.Ft ([^\n]+)\n\.Fo (\w+)\n(.*?)^\.Fc$", text, re.MULTILINE | re.DOTALL):
        yield name, f"{result} {name}(" + ", ".join(re.findall(r'^\.Fa "(.+)"$', body, re.MULTILINE)) + ");"


def compiles(compiler, header, code):
    """What the compiler has against the code behind the header, or nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
        file.write(f'#include "{pathlib.Path(header).resolve()}"\n{code}\n')
        file.flush()
        status, messages = run(compiler, "-std=c99", "-fsyntax-only", "-Wall", "-Werror", file.name)
    return messages if status != 0 else ""


def symbols(folder, compiler, header, exported):
    """Each exported symbol and each public type has a page, no other name has one, and each page is about its own name."""
    wanted = {line.split("@")[0] for line in pathlib.Path(exported).read_text().splitlines() if line.startswith("smtperr_")}
    wanted |= set(re.findall(r"\} (smtperr_\w+);", preprocessed(compiler, header))) | {"smtperr"}
    there = {path.stem for path in pathlib.Path(folder).glob("*.3")}
    wrong = [f"{name}: no page" for name in wanted - there] + [f"{name}: a page, but not in the library" for name in there - wanted]
    for name in there & wanted:
        text = pathlib.Path(folder, name + ".3").read_text()
        if way := re.fullmatch(r"\.so man3/(\w+)\.3\n", text):
            target = pathlib.Path(folder, way[1] + ".3")
            text = target.read_text() if target.exists() else ""
        if not re.search(rf"^\.Nm {name}( ,)?$", text, re.MULTILINE):
            wrong.append(f"{name}: its page does not name it")
    return wrong


def header(folder, compiler, header):
    """Prototypes, constants and fields are those of the header, all of them; no page speaks of a name that is gone."""
    seen = preprocessed(compiler, header)
    public = squeeze(seen)
    known = set(re.findall(r"\b[Ss][Mm][Tt][Pp][Ee][Rr][Rr]_\w+", seen + pathlib.Path(header).read_text())) | {"smtperr"}
    wrong, functions, constants, fields = [], set(), set(), set()
    for page, text in pages(folder).items():
        for name, prototype in prototypes(text):
            functions.add(name)
            if squeeze(prototype) not in public or compiles(compiler, header, prototype):
                wrong.append(f"{page}: {prototype} differs from the header")
        told = re.findall(r"^\.It Dv (\w+) Pq (\S+)(?: , .*)?$", text, re.MULTILINE)
        constants |= {name for name, _ in told}
        if told and compiles(compiler, header, "".join(f"char a{i}[({n}) == ({v}) ? 1 : -1];\n" for i, (n, v) in enumerate(told))):
            wrong.append(f"{page}: a constant differs from the header")
        for struct, rows in re.findall(r'^\.\\" Fields of (\w+)\n(.*?)^\.El$', text, re.MULTILINE | re.DOTALL):
            told = re.findall(r"^\.It Vt (\S+) Fa (\w+) Pq at (\d+)$", rows, re.MULTILINE)
            fields |= {(struct, name) for _, name, _ in told}
            if messages := compiles(compiler, header, "".join(
                    f"char {name}_at[offsetof({struct}, {name}) == {at} ? 1 : -1]; {kind} *{name}_is = &(({struct} *)0)->{name};\n"
                    for kind, name, at in told)):
                wrong.append(f"{page}: a field of {struct} differs from the header: {messages}")
        for name in re.findall(r"\bsmtperr_\w+|\bSMTPERR_\w*[A-Z0-9]\b", re.sub(r"^\.Dt .*", "", text, flags=re.MULTILINE)):
            if name not in known and not any(k.startswith(name + "_") for k in known):
                wrong.append(f"{page}: {name} is not in the header")
    wrong += [f"{name}: no prototype" for name in set(re.findall(r"\b(smtperr_\w+)\(", public)) - functions]
    wrong += [f"{name}: not on any page" for name in set(re.findall(r"\b(SMTPERR_\w+)=", public)) - constants]
    for body, name in re.findall(r"struct\{([^}]*)\}(smtperr_\w+);", public):
        names = {word for part in body.split(";") for word in re.findall(r"(\w+)(?=,|$)", part)}
        wrong += [f"{name}.{field}: not on any page" for field in names if (name, field) not in fields and name != "smtperr_reader"]
    return wrong


def sections(folder):
    """Each page has its sections, those about functions more; what they refer to is there."""
    wrong = []
    all_pages = pages(folder)
    names = {path.stem for path in pathlib.Path(folder).glob("*.3")}
    for page, text in all_pages.items():
        there = re.findall(r"^\.Sh (.+)$", text, re.MULTILINE)
        wanted = SECTIONS + (SECTIONS_OF_CALLS if list(prototypes(text)) else [])
        wrong += [f"{page}: no section {section}" for section in wanted if section not in there]
        if list(prototypes(text)) and not re.search(r"hread-safe", text):
            wrong.append(f"{page}: nothing about threads")
        wrong += [f"{page}: refers to {name}, which has no page"
                  for name in re.findall(r"\.Xr (\w+) 3", text) if name.startswith("smtperr") and name not in names]
    return wrong


def examples(folder, compiler, *arguments):
    """Each page has an example that compiles without warnings and prints what the page says."""
    wrong = []
    for page, text in pages(folder).items():
        blocks = ["\n".join(map(unroff, block.split("\n"))) for block in
                  re.findall(r"^\.Bd -literal[^\n]*\n(.*?)\n\.Ed$", text, re.MULTILINE | re.DOTALL)]
        programs = [i for i, block in enumerate(blocks) if "int main(" in block]
        if not programs:
            wrong.append(f"{page}: no example")
        for i in programs:
            promised = blocks[i + 1] if i + 1 < len(blocks) and i + 1 not in programs else ""
            with tempfile.TemporaryDirectory() as work:
                source = pathlib.Path(work, "example.c")
                source.write_text(blocks[i] + "\n")
                program = source.with_suffix("")
                _, messages = run(compiler, "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", "-o", program,
                                  source, *arguments)
                printed = run(program)[1] if program.exists() else messages
            if printed.strip() != promised.strip():
                wrong.append(f"{page}: promises\n{promised}\nbut this comes:\n{printed}")
    return wrong


def lint(folder, *command):
    """A formatter has nothing against any page."""
    wrong = []
    for page in pages(folder):
        status, messages = run(*command, pathlib.Path(folder, page + ".3"))
        if status != 0 or messages:
            wrong.append(f"{page}: {messages}")
    return wrong


def stack(folder, program):
    """No call uses more stack than its page allows. The program says how much each of them does."""
    bounds = {}
    for page, text in pages(folder).items():
        notes = re.search(r"^\.Sh IMPLEMENTATION NOTES$(.*?)^\.Sh", text, re.MULTILINE | re.DOTALL)
        names = [name for name, _ in prototypes(text)]
        plain = " ".join(notes[1].split()) if notes else ""
        for named, bound in re.findall(r"((?:\.Fn \w+ (?:, )?(?:and )?)+|[Uu]ses|[Ee]ach|the others)[a-z ,]*less than (\d+)", plain):
            own = re.findall(r"\.Fn (\w+)", named)
            for name in own or [name for name in names if name not in bounds]:
                bounds[name] = int(bound)
    status, text = run(program)
    used = {name: int(bytes_) for name, bytes_ in re.findall(r"(\w+) (\d+)\n", text)}
    if status != 0 or not used:
        return [text]
    return [f"{name}: no bound on its page, or not measured" for name in bounds.keys() ^ used.keys()] + [
        f"{name}: {used[name]} bytes, and its page says less than {bounds[name]}" for name in bounds.keys() & used.keys()
        if used[name] >= bounds[name]]


wrong = globals()[sys.argv[1]](*sys.argv[2:])
print("\n".join(sorted(wrong)) or "ok")
sys.exit(1 if wrong else 0)
