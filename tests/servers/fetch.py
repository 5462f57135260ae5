#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Unpacks real mail servers from Debian's packages, each into a directory of its own, and installs none of them.

    fetch.py DIRECTORY [SERVER...]

Debian's mail servers can't be installed side by side. So apt downloads a server with everything it depends on, down to
libc, as for an empty system, and dpkg-deb unpacks that to DIRECTORY/SERVER/root: a tree to chroot into, without any
maintainer script having run. What apt is told by its configuration (APT_CONFIG) holds, so other releases than that of
this machine can be had as well. A server whose packages are all there in their newest version is left alone.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

# The server itself comes first: its version is the one that a session tells. dash is /bin/sh, which nothing depends on.
SERVERS = {
    "postfix": ["postfix", "postgrey", "opendmarc", "rspamd", "sasl2-bin", "libsasl2-modules", "openssl"],
    "dovecot": ["dovecot-lmtpd"],
    "exim": ["exim4-daemon-heavy", "dash"],
    "opensmtpd": ["opensmtpd", "openssl"],
    "sendmail": ["sendmail-bin", "sendmail-cf", "m4", "sasl2-bin", "libsasl2-modules", "openssl", "dash"],
}


def apt(directory, *arguments):
    """apt-get as if nothing were installed."""
    command = ["apt-get", "-qq", "-y"]
    for option in (
        f"Dir::State::status={directory}/status",
        f"Dir::Cache::archives={directory}/debs/",
        "Debug::NoLocking=1",
        "APT::Install-Recommends=false",
        "APT::Sandbox::User=root",
    ):
        command += ["-o", option]
    command += arguments
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:  # perhaps the lists of packages are missing or too old
        subprocess.run(["apt-get", "-qq", "update"], capture_output=True, check=False)
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"fetch.py: apt-get {' '.join(arguments)}: {run.stderr.strip()}")
    return run.stdout


def fetch(directory, server):
    stamp = directory / server / "packages"
    wanted = apt(directory, "--simulate", "install", *SERVERS[server])
    versions = dict(re.findall(r"^Inst (\S+) \((\S+)", wanted, re.MULTILINE))
    names = SERVERS[server] + sorted(set(versions) - set(SERVERS[server]))
    content = "".join(f"{name} {versions[name]}\n" for name in names)
    if stamp.exists() and stamp.read_text() == content:
        return
    print(f"Unpacking {server}: {len(versions)} packages", flush=True)
    apt(directory, "--download-only", "install", *SERVERS[server])
    shutil.rmtree(directory / server, ignore_errors=True)
    root = directory / server / "root"
    # Since Debian 12 these are links, and some packages still bring files below the old names.
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to("usr/" + name)
    for name in ("dev", "etc", "home", "proc", "run", "tmp", "var"):
        (root / name).mkdir()
    for name, version in versions.items():
        epoch = version.replace(":", "%3a")
        found = list((directory / "debs").glob(f"{name}_{epoch}_*.deb"))
        if len(found) != 1:
            sys.exit(f"fetch.py: apt-get did not download {name} {version}")
        package = subprocess.run(["dpkg-deb", "--fsys-tarfile", found[0]], stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", root], input=package, check=True)
    stamp.write_text(content)


def main():
    if len(sys.argv) < 2 or not set(sys.argv[2:]) <= set(SERVERS):
        sys.exit(f"usage: fetch.py DIRECTORY [{'|'.join(SERVERS)}]...")
    directory = pathlib.Path(sys.argv[1]).resolve()
    (directory / "debs/partial").mkdir(parents=True, exist_ok=True)
    (directory / "status").write_text("")
    os.environ["LC_ALL"] = "C"
    for server in sys.argv[2:] or SERVERS:
        fetch(directory, server)


if __name__ == "__main__":
    main()
