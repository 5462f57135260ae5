#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example mailer and the library against a real server, in each situation of situations.toml.

    live.py SERVER [--write] [--only=WORDS] [--log]

Starts the server that fetch.py unpacked to $SMTPERR_SERVERS, in namespaces of its own (world.py), or odd.py, which needs
neither, and for each situation the mailer ($SMTPERR_MAILER). The verdict must be the one in the table, as the mailer tells it
and as smtperr table ($SMTPERR) tells it of the captured session. --write keeps the sessions in sessions/, even if verdicts
are wrong. --only: situations whose name has these words. --log: show what the server logged. Exit status 77: nothing to test.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import odd
import servers
import table
import world

MESSAGE = "From: ann@client.example\nTo: ann@example.org\nSubject: Test\n\nHello\n"


def expand(text):
    """What is too long for the table."""
    return text.replace("{long}", "x" * 3000).replace("{received}", "Received: from a.example by b.example\n" * 60)


class Run:
    """A server and its situations."""

    name = ""  # of the package with its version
    version = ""
    address = "127.0.0.1"
    root = ""  # where its files are
    log = ()

    def __init__(self, server, situations):
        self.server = server
        self.situations = situations
        server.start()

    def mail(self, situation):
        """Runs the mailer. Its verdicts and its session."""
        address = situation.get("client", self.address)
        port = situation.get("port", self.server.port)
        wire = {key: situation[key] for key in ("commands", "replies", "early", "cut", "stall") if key in situation}
        if wire:
            wire["commands"] = [[old, expand(new)] for old, new in wire.get("commands", [])]
            wire = world.Wire(address, port, **wire)
            wire.start()
            port = wire.port
        command = [os.environ["SMTPERR_MAILER"], "--json", "--verbose", "--helo", situation.get("helo", "client.example")]
        command += ["--from", situation.get("from", "ann@client.example")] + situation.get("options", [])
        for recipient in situation["to"]:
            command += ["--to", recipient]
        command += situation.get("hosts", [f"{address}:{port}"])
        message = expand("".join(situation.get("message", MESSAGE)))
        message += ("x" * 69 + "\n") * (situation.get("size", 0) // 70)
        environment = dict(os.environ, MAILER_PASSWORD=situation.get("password", ""))
        if "trust" in situation:
            environment["SSL_CERT_FILE"] = self.root + situation["trust"]
        run = subprocess.run(
            command, input=message.encode(), capture_output=True, env=environment, timeout=world.PATIENCE * 2, check=False
        )
        session = run.stderr.decode("utf-8", "replace")
        if not run.stdout:
            raise RuntimeError(f"{command}: {session}")
        return [json.loads(line) for line in run.stdout.splitlines()], session

    def meet(self, situation):
        """Runs a situation. What is wrong, and the session with its heading."""
        if "plays" in situation:
            parts = json.loads(expand(json.dumps(situation["plays"])))
            self.server.play(parts)
        if "before" in situation:
            getattr(self.server, situation["before"])()
        time.sleep(situation.get("wait", 0))
        results, session = self.mail(situation)
        if "after" in situation:
            getattr(self.server, situation["after"])()
        faults = []
        for result, verdict, says in zip(results, situation["verdict"], situation["says"], strict=True):
            if table.words(result) != verdict or says not in result["reply"]:
                faults.append(f"wanted  {verdict}\n        {says}")
        if faults:
            faults += [f"mailer  {table.words(result)}\n        {result['rule']}: {result['reply']}" for result in results]
        heading, lines = situation["name"], []
        for line in session.splitlines():
            if line.startswith("--- "):
                line = f"\n--- {heading}"
                heading = f"{situation['name']} (once more)"
            lines.append(line + "\n")
        session = "".join(lines)
        return faults + table.faults(os.environ["SMTPERR"], situation, session), session


class OddRun(Run):
    """The odd server."""

    name = "odd.py"

    def __init__(self):
        super().__init__(odd.Odd(), table.situations("odd"))


class RealRun(Run):
    """A real server in its world."""

    address = "192.0.2.1"

    def __init__(self, name, directory):
        unpacked = pathlib.Path(os.environ["SMTPERR_SERVERS"]) / name
        package = (unpacked / "packages").read_text().splitlines()[0]
        self.name = f"{package} of Debian"
        self.version = package.split()[1].split(":")[-1]
        kind = servers.SERVERS[name]
        if not self.version.startswith(kind.versions):
            print(f"skipped: {package}, and the configuration is for {kind.versions}*")
            sys.stdout.flush()
            os._exit(77)
        situations = table.situations(name, self.version)
        world.add_addresses(sorted({situation.get("client", self.address) for situation in situations}))
        world.Nameserver().start()
        tree = world.Tree(unpacked / "root", directory, kind.users)
        self.root, self.log = str(tree.root), tree.log
        subprocess.run(["mount", "--bind", tree.root / "etc/resolv.conf", "/etc/resolv.conf"], check=True)
        super().__init__(kind(tree), situations)


def main():
    name = sys.argv[1]
    options = sys.argv[2:]
    only = next((option[7:] for option in options if option.startswith("--only=")), "")
    unpacked = os.environ.get("SMTPERR_SERVERS", "")
    if name == "odd":
        run = OddRun()
    elif not unpacked or not (pathlib.Path(unpacked) / name / "packages").exists():
        print(f"skipped: no {name} below $SMTPERR_SERVERS ({unpacked or 'not set'}); tests/servers/fetch.py gets it")
        sys.exit(77)
    else:
        run = RealRun(name, world.enter())
    sessions, failed = [], 0
    for situation in run.situations:
        if only not in situation["name"]:
            continue
        logged, began = len(run.log), time.monotonic()
        faults, session = run.meet(situation)
        sessions.append(session)
        failed += bool(faults)
        if faults:
            print(f"\nFAILED: {situation['name']}\n" + "\n".join(faults) + session)
        if faults or "--log" in options:
            print(f"{situation['name']}: {time.monotonic() - began:.1f} s; the log of the server:")
            time.sleep(0.1)
            print("".join("log     " + line + "\n" for line in run.log[logged:]))
    if "--write" in options:
        head = f"# What {run.name} said to examples/mailer in the situations of situations.toml, on loopback.\n"
        head += "# Written by live.py --write; names and addresses are those of RFC 2606 and RFC 5737.\n"
        table.sessions_file(name, run.version).write_text(head + "".join(sessions))
    print(f"{run.name}: {len(sessions) - failed} situations as expected, {failed} not")
    sys.stdout.flush()
    os._exit(1 if failed or not sessions else 0)  # the threads of the world end with it


if __name__ == "__main__":
    main()
