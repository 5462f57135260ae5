#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# What the built library may show and hold: check.py CHECK FILE..., one check of those below a call, read off nm and readelf.
# Exit status 1 and one line for each thing that is wrong.
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}).stdout


def listed(name):
    return {line for line in (HERE / name).read_text().splitlines() if line and not line.startswith("#")}


def symbols(*nm):
    """Pairs of type and name, and never none: a file that shows nothing would pass every check."""
    found = [(words[-2], words[-1]) for words in map(str.split, output("nm", *nm).splitlines()) if len(words) >= 2]
    return found or sys.exit(f"nm {' '.join(nm)}: no symbols")


def exported(shared):
    """The shared library exports what exported.txt lists, no more and no less."""
    found = {name for kind, name in symbols("-D", "--defined-only", "--with-symbol-versions", shared) if kind != "A"}
    wanted = listed("exported.txt")
    return [f"{name}: exported, but not in exported.txt" for name in found - wanted] + [
        f"{name}: in exported.txt, but not exported" for name in wanted - found]


def prefix(archive):
    """Every global name in the static library begins with smtperr_."""
    return [f"{name}: a global name without smtperr_" for _, name in symbols("-g", "--defined-only", archive)
            if not name.startswith("smtperr_")]


def undefined(archive):
    """The objects want nothing that undefined.txt does not list."""
    own = {name for _, name in symbols("--defined-only", archive)}
    return [f"{name}: wanted by the library, but not in undefined.txt"
            for name in {name for _, name in symbols("-u", archive)} - own - listed("undefined.txt")]


def writable(archive):
    """The objects hold no data that can be written, nor data that the loader must relocate first."""
    wrong = [f"{name}: writable (nm type {kind})" for kind, name in symbols("--defined-only", archive) if kind in "bBdDCsSgG"]
    for name, size in re.findall(r"\] (\.(?:t?data|t?bss)\S*) +\S+ +\S+ +\S+ +(\S+)", output("readelf", "-SW", archive)):
        if int(size, 16) != 0:
            wrong.append(f"{name}: a section of {int(size, 16)} bytes")
    return wrong


def relocations(shared, empty):
    """The shared library has no more relocations at load time than one without any code, built the same way."""
    count = {path: len(re.findall(r" R_\w+_(?:RELATIVE|64|GLOB_DAT|ABS64|32) ", output("readelf", "-rW", path)))
             for path in (shared, empty)}
    return [f"{count[shared]} relocations, an empty library has {count[empty]}"] if count[shared] > count[empty] else []


wrong = globals()[sys.argv[1]](*sys.argv[2:])
print("\n".join(sorted(wrong)) or "ok")
sys.exit(1 if wrong else 0)
