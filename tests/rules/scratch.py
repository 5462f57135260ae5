# SPDX-License-Identifier: MIT
"""The library of other data than the project's: a folder of data, perhaps with fewer rules, and what the compiler makes of it."""
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tomllib  # noqa: F401 (also for those who import this)

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


def toml_files(folder):
    return sorted([*folder.glob("*.toml"), *folder.glob("rules/*.toml")])


def copy_data(folder, keep):
    """The data with the checker beside it, without the rules whose block keep(file, block) refuses."""
    (folder / "rules").mkdir(parents=True)
    for path in DATA.glob("*.py"):
        shutil.copy(path, folder)
    for path in toml_files(DATA):
        head, *blocks = path.read_text(encoding="utf-8").split("\n[[")
        if path.parent.name == "rules":
            blocks = [block for block in blocks if keep(path.name, block)]
        (folder / path.relative_to(DATA)).write_text("\n[[".join([head, *blocks]) + "\n", encoding="utf-8")


def build(data, out):
    """out/libsmtperr.so.0 of a folder of data."""
    out.mkdir(parents=True)
    subprocess.run([sys.executable, DATA / "generate.py", "--header", ROOT / "include/smtperr.h", "--out", out, *toml_files(data)],
                   check=True)
    library = out / "libsmtperr.so.0"
    subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-std=c99", "-O1", "-fPIC", "-shared", "-I", ROOT / "include",
                    "-I", ROOT / "lib", f"-Wl,--version-script={ROOT / 'lib/smtperr.map'}", "-Wl,-soname,libsmtperr.so.0",
                    *sorted((ROOT / "lib").glob("*.c")), *sorted(out.glob("*.c")), "-o", library], check=True)
    return library
