#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a C program that compiles only if smtperr.json tells the truth about smtperr.h on this machine.

usage: proof.py SMTPERR.JSON PROGRAM.c"""
import json
import sys

about = json.load(open(sys.argv[1]))
lines = ['#include "smtperr.h"', "#include <stddef.h>",
         "#define HOLDS(name, what) extern char name[(what) ? 1 : -1]"]


def holds(what):
    lines.append(f"HOLDS(proof_{len(lines)}, {what});")


for name, value in about["constants"].items():
    holds(f"{name} == ({value + 1} - 1)")
for enum in about["enums"].values():
    for value in enum["values"]:
        holds(f"{value['constant']} == {value['value']}")
for name, struct in about["structs"].items():
    if struct.get("private"):
        holds(f"sizeof({name}) == (sizeof(void *) == 8 ? {struct['size_64']} : {struct['size_32']})")
        continue
    holds(f"sizeof({name}) == {struct['size']}")
    for field in struct["fields"]:
        holds(f"offsetof({name}, {field['name']}) == {field['offset']}")
        holds(f"sizeof((({name} *)0)->{field['name']}) == sizeof({field['type']})")
for function in about["functions"]:
    parameters = ", ".join(p["type"] for p in function["parameters"]) or "void"
    lines.append(f"{function['returns']['type']} (*const proof_of_{function['name']})({parameters}) = {function['name']};")
with open(sys.argv[2], "w") as program:
    program.write("\n".join(lines) + "\nint main(void) { return 0; }\n")
print(f"{len(lines)} lines")
