#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msmtp as Debian has it, and with examples/integrating/msmtp.patch, in all situations."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

import debian
import situations

VERSION = "1.8.28"
BUILDS = {}  # name -> program
PAGE = situations.ROOT / "docs/integrating/msmtp.md"
MESSAGE = b"Subject: test\n\nHello\n"

# msmtp sends to all or to nobody, and does not connect twice.
# 75, "try again later", is all that it can say of a mail that must wait for an operator.
FATES = {
    "RCPT 250, 550": "bounce",
    "RCPT 250, 452 too many": "retry",
    "DATA 250": "retry",
    "LMTP: 250, 452": "retry",
    "LMTP: 550, 250": "bounce",
    "LMTP: 452, lost": "retry",
}


def status_name(status):
    """0, 75 EX_TEMPFAIL, SIGSEGV ..."""
    if status <= 0:
        return signal.Signals(-status).name if status else "0"
    return f"{status} " + [name for name in dir(os) if name.startswith("EX_") and getattr(os, name) == status][0]


def send(program, situation):
    server = situations.Server(situation.script)
    recipients = [f"r{i}@example.com" for i in range(len(situation.fates))]
    arguments = [program, "-C", "/dev/null", "--host=127.0.0.1", f"--port={server.port}", "--domain=client.example"]
    arguments += ["--protocol=" + ("lmtp" if situation.lmtp else "smtp"), "--timeout=20", "-f", "me@example.org"]
    arguments += ["--tls=" + ("on" if situation.tls else "off"), "--tls-certcheck=off"]
    if situation.auth:
        arguments += ["--auth=plain", "--user=me", "--passwordeval=echo secret"]
    try:
        done = subprocess.run(
            [*arguments, "--", *recipients], input=MESSAGE, capture_output=True, timeout=60, check=False,
            env={**os.environ, "HOME": "/nonexistent", "LC_ALL": "C"},
        )
    finally:
        server.stop()
    said = [re.sub(r"^msmtp: ", "", line) for line in done.stderr.decode(errors="replace").splitlines()]
    return done.returncode, said, server


class Msmtp(unittest.TestCase):
    def test_situations(self):
        rows = []
        for situation in situations.SITUATIONS:
            with self.subTest(situation.name):
                before, _, _ = send(BUILDS["before"], situation)
                after, said, server = send(BUILDS["after"], situation)
                self.assertEqual(server.faults, [])
                wanted = FATES.get(situation.name, situation.fates[0].rstrip("?"))
                fate = {0: "delivered", 75: "retry"}.get(after, "bounce")
                self.assertEqual(fate, wanted.replace("hold", "retry"), said)
                doubt = any("may have been delivered all the same" in line for line in said)
                self.assertEqual(doubt, "?" in "".join(situation.fates), said)
                rows.append((situation.name, status_name(before), status_name(after)))
                if situation.name == "RCPT 550 greylisted":
                    self.assertIn("".join(f"msmtp: {line}\n" for line in said), PAGE.read_text())
        situations.check_page("msmtp.md", rows)


if __name__ == "__main__":
    debian.need("apt-get", "autoreconf", "autopoint", "make", "meson", "patch", "pkg-config")
    if debian.call("pkg-config", "--atleast-version=3.7.2", "gnutls", must=False).returncode != 0:
        debian.skip("there is no GnuTLS to build with")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = debian.install_library(folder)
        source = debian.fetch("msmtp", VERSION, ["trixie"], folder)
        for build, tree in (("after", debian.patched(source, "msmtp.patch")), ("before", source)):
            if build == "after":
                debian.call("autoreconf", "-fi", cwd=tree)
            without = ["--without-" + name for name in ("libgsasl", "libidn", "libsecret", "msmtpd")]
            debian.call("./configure", "--disable-nls", *without, cwd=tree, env=environment)
            debian.call("make", "-j2", cwd=tree)
            BUILDS[build] = tree / "src/msmtp"
        unittest.main()
