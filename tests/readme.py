#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The blocks of a Markdown page do what they say: readme.py PAGE.md CC [ARGUMENT...]; CC and ARGUMENTs are the compiler and what
# it needs to find header and library.
#
#   ```c      a whole program: it is compiled without warnings and run
#   ```sh     run, if the line above the block is <!-- run -->
#   ```text   next after one of those: just what it prints
import pathlib
import re
import subprocess
import sys
import tempfile

page, compiler, arguments = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
BLOCK = re.compile(r"^(<!-- run -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(*command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return result.stdout + result.stderr


def run_program(source):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "program.c")
        file.write_text(source)
        program = file.with_suffix("")
        messages = run(compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-o", program, file, *arguments)
        return run(program) if program.exists() else sys.exit(f"{page.name}:\n{source}\n{messages}")


text = page.read_text()
printed, checked, wrong = None, 0, 0
for marked, language, body in BLOCK.findall(text):
    if language == "text" and printed is not None:
        if printed.strip() != body.strip():
            print(f"{page.name} promises:\n{body}\nbut this is what comes:\n{printed}")
            wrong += 1
        checked += 1
    printed = run_program(body) if language == "c" else run("sh", "-c", body) if marked and language == "sh" else None
print(f"{checked} blocks checked, {wrong} wrong")
sys.exit(1 if wrong or not checked else 0)
