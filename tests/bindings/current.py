#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The files that generate.py writes are those it would write now.

usage: current.py GENERATE.PY HEADER LIBRARY FOLDER"""
import difflib
import pathlib
import subprocess
import sys
import tempfile

generate, header, library, folder = sys.argv[1:]
wrong = 0
with tempfile.TemporaryDirectory() as fresh:
    subprocess.run([sys.executable, "-B", generate, header, library, fresh], check=True)
    paths = [path.relative_to(fresh) for path in pathlib.Path(fresh).rglob("*") if path.is_file()]
    assert paths
    for path in paths:
        old = pathlib.Path(folder, path)
        before = old.read_text().splitlines() if old.exists() else []
        lines = list(difflib.unified_diff(before, pathlib.Path(fresh, path).read_text().splitlines(), str(path), "fresh", "", "", 0, ""))
        print("\n".join(lines[:20]))
        wrong += bool(lines)
if wrong:
    print(f"{wrong} files are not current: run {generate} {header} {library} {folder}")
sys.exit(1 if wrong else 0)
