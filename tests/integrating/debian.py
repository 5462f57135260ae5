# SPDX-License-Identifier: MIT
"""Another program from Debian's sources, built twice: as it is, and with our patch. For the tests that compare the two.

What cannot be had here (no network, no such version any more, a tool is missing) ends the test as skipped.
"""

import os
import shutil
import subprocess
import sys

import situations


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def call(*command, cwd=None, env=None, must=True):
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if must and done.returncode != 0:
        sys.exit(f"{command}: {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}")
    return done


def fetch(package, version, suites, folder):
    """The unpacked upstream source of that version, as apt gets it from the first of these suites that has it. Nothing
    of the system's own apt is changed."""
    apt = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial", "sources.list.d"):
        (apt / name).mkdir(parents=True)
    targets = call("apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages").stdout
    archive = [line.split()[1] for line in targets.decode().splitlines() if line.startswith("Debian ")]
    archive = [uri for uri in archive if "security" not in uri]
    if not archive:
        skip("apt knows no Debian archive")
    options = ["-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={apt}/sources.list.d"]
    options += ["-o", f"Dir::State::lists={apt}/lists", "-o", f"Dir::Cache={apt}/cache"]
    options += ["-o", "APT::Sandbox::User=root"]
    for suite in suites:
        (apt / "sources.list.d/source.list").write_text(f"deb-src {archive[0]} {suite} main\n")
        if call("apt-get", *options, "update", must=False).returncode != 0:
            continue
        call("apt-get", *options, "source", "--download-only", "--tar-only", package, cwd=folder, must=False)
        found = list(folder.glob(f"{package}_{version}.orig.tar.*z"))
        if found:
            call("tar", "-xf", found[0], cwd=folder)
            return folder / f"{package}-{version}"
    return skip(f"the source of {package} {version} is not to be had here")


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            skip(f"there is no {tool}")


def install_library(folder):
    """Installs the library there; what pkg-config needs to find it."""
    prefix = folder / "prefix"
    options = [f"--prefix={prefix}", "--libdir=lib", "--default-library=static", "-Dtests=disabled"]
    options += ["-Dcommand=disabled"]
    call("meson", "setup", folder / "library", situations.ROOT, *options)
    call("meson", "install", "-C", folder / "library")
    return {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}


def patched(source, patch):
    """A copy of the source with our patch; it must fit without fuzz."""
    copy = source.with_name(source.name + "-patched")
    shutil.copytree(source, copy)
    call("patch", "-p1", "--fuzz=0", "-i", situations.ROOT / "examples/integrating" / patch, cwd=copy)
    return copy
