#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The blocks of a Markdown page do what they say: readme.py PAGE.md CC [ARGUMENT...]; CC and ARGUMENTs are the compiler and what
# it needs to find header and library.
#
#   ```c      a whole program: it is compiled without warnings and run
#   ```text   next after a program or after ```sh: just what comes when that is run; other ```sh blocks are not run
import pathlib
import re
import subprocess
import sys
import tempfile

page, compiler, arguments = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


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


blocks = BLOCK.findall(page.read_text())
checked = wrong = 0
for (language, body), (next_language, promised) in zip(blocks, blocks[1:] + [("", "")]):
    if language == "c":
        printed = run_program(body)
    elif language == "sh" and next_language == "text":
        printed = run("sh", "-c", body)
    else:
        continue
    checked += 1
    if next_language == "text" and printed.strip() != promised.strip():
        print(f"{page.name} promises:\n{promised}\nbut this is what comes:\n{printed}")
        wrong += 1
print(f"{checked} blocks run, {wrong} wrong")
sys.exit(1 if wrong or not checked else 0)
