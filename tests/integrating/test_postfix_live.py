#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real Postfix, as tests/servers/fetch.py unpacked it to $SMTPERR_SERVERS, that sends to the servers of situations.py:
as it is, and with postfix-status ($POSTFIX_STATUS) set up as docs/integrating/postfix.md says."""

import os
import pathlib
import re
import shutil
import smtplib
import sys
import time

import situations

sys.path.insert(0, str(situations.ROOT / "tests/servers"))
import world  # pylint: disable=wrong-import-position

PAGE = (situations.ROOT / "docs/integrating/postfix.md").read_text()
SPAWN, FILTER = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)[:2]  # what the page says for master.cf and main.cf

# Replies are read by Postfix itself, and it does not split a transaction before the queue comes back to the message.
FATES = {
    "RCPT 250-, 550": ("bounce",),
    "RCPT 550-, 250": ("delivered",),
    "RCPT garbage, then 550": ("bounce",),
    "RCPT 250, 452 too many": ("delivered", "retry"),
    "final dot 250-, 554": ("bounce",),
}

MAIN = """compatibility_level = 3.6
myhostname = client.example
mydestination =
alias_maps =
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maillog_file =
queue_minfree = 0
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_tls_security_level = none
notify_classes =
"""
MASTER = """cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
"""


class Postfix:
    def __init__(self, directory, port, ours):
        directory.mkdir()
        unpacked = pathlib.Path(os.environ["SMTPERR_SERVERS"]) / "postfix/root"
        self.port = port
        self.todo = [s for s in situations.SITUATIONS if not (s.lmtp or s.auth or s.tls)]
        self.servers = [situations.Server(situation.script) for situation in self.todo]
        self.tree = tree = world.Tree(unpacked, directory, {"postfix": 101, "postdrop": 102})
        tree.postfix_spool()
        routes = [f"s{number}.example=smtp:[127.0.0.1]:{server.port}" for number, server in enumerate(self.servers)]
        routes = "transport_maps = inline:{" + ", ".join(routes) + "}\n"
        tree.write("/etc/postfix/main.cf", MAIN + routes + (FILTER if ours else ""))
        spawn = SPAWN.replace("/usr/local/libexec", "/tmp/ours/examples")
        tree.write("/etc/postfix/master.cf", f"{MASTER}{spawn}{port} inet n - n - - smtpd\n")
        program = pathlib.Path(os.environ["POSTFIX_STATUS"])  # finds the library by its place
        library = next((program.parent.parent / "lib").glob("libsmtperr.so.?"))
        for file, place in ((program, "examples"), (library, "lib")):
            tree.directory("/tmp/ours/" + place)
            shutil.copy(file, f"{tree.root}/tmp/ours/{place}/{file.name}")
        tree.start("/usr/lib/postfix/sbin/master", "-d", "-c", "/etc/postfix")
        tree.wait_for("127.0.0.1", port)

    def send(self, number):
        """What becomes of each recipient, and what Postfix says of the last."""
        situation = self.todo[number]
        logged = len(self.tree.log)
        to = [f"r{i}@s{number}.example" for i in range(len(situation.fates))]
        with smtplib.SMTP("127.0.0.1", self.port) as client:
            client.sendmail("me@example.org", to, "Subject: test\n\nHello\n")
        deadline = time.monotonic() + world.PATIENCE
        found = {}
        while len(found) < len(to) and time.monotonic() < deadline:
            time.sleep(0.05)
            for line in self.tree.log[logged:]:
                for address, status, text in re.findall(r"to=<(r\d@s\d+\.example)>.*? status=(\w+) \((.*)", line):
                    found[address] = (status, text)
        if len(found) < len(to):
            raise RuntimeError(situation.name + self.tree.tail())
        return [found[address][0] for address in to], found[to[-1]][1]


def main():
    if not (pathlib.Path(os.environ.get("SMTPERR_SERVERS", "/nonexistent")) / "postfix/root").exists():
        print("skipped: no postfix below $SMTPERR_SERVERS; tests/servers/fetch.py gets it")
        sys.exit(77)
    directory = world.enter()
    world.add_addresses([])
    before, after = Postfix(directory / "before", 25, False), Postfix(directory / "after", 26, True)
    rows, faults = [], 0
    names = {"delivered": "sent", "retry": "deferred", "bounce": "bounced"}
    for number, situation in enumerate(before.todo):
        alone, ours, text = before.send(number)[0], *after.send(number)
        wanted = [names[fate.rstrip("?")] for fate in FATES.get(situation.name, situation.fates)]
        if ours != wanted:
            faults += 1
            print(f"{situation.name}: wanted {wanted}, got {ours}: {text}")
        rows.append([situation.name, ", ".join(alone), ", ".join(ours)])
    try:
        situations.check_page("postfix.md", rows, mark="live")
    except AssertionError as difference:
        faults += 1
        print(difference)
    print(f"{len(rows)} situations, {faults} faults")
    sys.stdout.flush()
    os._exit(1 if faults or not rows else 0)  # the threads of the world end with it


if __name__ == "__main__":
    main()
