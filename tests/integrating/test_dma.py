#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dma, the DragonFly Mail Agent, as Debian has it, and with examples/integrating/dma.patch, in all situations with one
recipient (it has a queue file for each). Its log and its end are seen by spy.c, which is preloaded."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import debian
import situations

PAGE = situations.ROOT / "docs/integrating/dma.md"
VERSION = "0.14"
FOLDER = None
BUILDS = {}  # name -> program
MESSAGE = b"From: me@example.org\nSubject: test\n\nHello\n"
FATES = {"DATA 250": "retry"}  # it does not connect twice, but comes back later


def configure(port, situation):
    spool = FOLDER / "spool"
    shutil.rmtree(spool, ignore_errors=True)
    spool.mkdir()
    lines = ["SMARTHOST 127.0.0.1", f"PORT {port}", f"SPOOLDIR {spool}", "MAILNAME client.example", "INSECURE"]
    if situation.auth:
        (FOLDER / "etc/auth.conf").write_text("me|127.0.0.1:secret\n")
        lines.append(f"AUTHPATH {FOLDER}/etc/auth.conf")
    if situation.tls:
        lines += ["SECURETRANSFER", "STARTTLS"]
    (FOLDER / "etc/dma.conf").write_text("\n".join(lines) + "\n")
    if os.geteuid() == 0:  # it gives up root at once
        shutil.chown(spool, "mail", "mail")


def send(program, situation):
    """What becomes of the mail, the log, and the queue with a bounce, if there is one."""
    script = situation.script
    if "AUTH" in script:  # it says AUTH LOGIN, where the refusal follows the password
        script = {**script, "AUTH": "334 VXNlcm5hbWU6", "RESPONSE": ["334 UGFzc3dvcmQ6", script["AUTH"]]}
    server = situations.Server(script)
    configure(server.port, situation)
    try:
        done = subprocess.run(
            [program, "-D", "-f", "me@example.org", "r0@example.com"], input=MESSAGE, capture_output=True, timeout=60,
            check=False, env={**os.environ, "LD_PRELOAD": str(FOLDER / "spy.so")},
        )
    finally:
        server.stop()
    log = done.stderr.decode(errors="replace")
    queue = [file.read_text(errors="replace") for file in (FOLDER / "spool").glob("M*")]
    fate = {75: "retry", 70: "bounce", 99: "spins"}.get(done.returncode, f"exit {done.returncode}")
    if done.returncode == 0 and "delivery successful" in log:
        fate = "sent without the login" if situation.auth else "delivered"  # no login goes well here
    return fate, log, queue


class Dma(unittest.TestCase):
    def test_situations(self):
        rows = []
        for situation in situations.SITUATIONS:
            if situation.lmtp or len(situation.fates) > 1:
                continue
            with self.subTest(situation.name):
                before, _, _ = send(BUILDS["before"], situation)
                after, log, queue = send(BUILDS["after"], situation)
                wanted = FATES.get(situation.name, situation.fates[0].rstrip("?").replace("hold", "retry"))
                self.assertEqual(after, wanted, log)
                self.assertEqual(len(queue), {"delivered": 0}.get(after, 1), log)
                if situation.name == "RCPT 550 no such user":
                    self.assertIn(re.search(r"(?s)There was an .*(?=\nMessage headers)", queue[0])[0], PAGE.read_text())
                rows.append((situation.name, before, after))
        situations.check_page("dma.md", rows)


if __name__ == "__main__":
    debian.need("apt-get", "bison", "cc", "flex", "make", "meson", "patch", "pkg-config")
    if debian.call("pkg-config", "--exists", "openssl", must=False).returncode != 0:
        debian.skip("there is no OpenSSL to build with")
    with tempfile.TemporaryDirectory() as name:
        FOLDER = pathlib.Path(name)
        FOLDER.chmod(0o755)
        (FOLDER / "etc").mkdir()
        environment = debian.install_library(FOLDER)
        spy = situations.ROOT / "tests/integrating/spy.c"
        debian.call("cc", "-shared", "-fPIC", "-o", FOLDER / "spy.so", spy, "-ldl")
        source = debian.fetch("dma", VERSION, ["forky", "sid"], FOLDER)
        for build, tree in (("after", debian.patched(source, "dma.patch")), ("before", source)):
            debian.call("make", "YACC=bison -y", "LEX=flex", f"CONFDIR={FOLDER}/etc", cwd=tree, env=environment)
            BUILDS[build] = tree / "dma"
        unittest.main()
