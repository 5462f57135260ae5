# SPDX-License-Identifier: MIT
"""situations.toml and sessions/: what is sent to which server, what it said to that, and the verdict that must come of it."""

import json
import pathlib
import subprocess
import tomllib

HERE = pathlib.Path(__file__).parent
SESSIONS = HERE / "sessions"


# What is expected where the table tells no verdict.
DELIVERED = "250 2.0.0 at eod: ok by code, high; proceed, transaction, nobody; relayed 2.0.0, exit 0"


def situations(server=None, version=None):
    """All of them, or those of a server, or of a version of it, in the order of the file."""
    with open(HERE / "situations.toml", "rb") as file:
        found = tomllib.load(file)["situation"]
    names = [(situation["server"], situation["name"]) for situation in found]
    assert len(set(names)) == len(names), "two situations of one name"
    for situation in found:
        situation.setdefault("to", ["ann@example.org"])
        situation.setdefault("verdict", DELIVERED)
        situation.setdefault("in_session", situation["verdict"])
        for key in ("says", "verdict", "in_session"):
            if isinstance(situation.get(key, ""), str):
                situation[key] = [situation.get(key, "")] * len(situation["to"])
            assert len(situation[key]) == len(situation["to"]), f"{situation['name']}: {key} is not one for each recipient"
    found = [situation for situation in found if server in (None, situation["server"])]
    return [situation for situation in found if version is None or f"{version}.".startswith(situation.get("versions", ""))]


def words(verdict):
    """A verdict, as mailer --json and smtperr table --json write it, as the line that stands in the table: all of it but
    which rule it was, and without what is nothing or as always."""
    reply = " ".join(str(part) for part in (verdict.get("failure"), verdict["code"], verdict["enhanced"]) if part)
    evidence = f"{reply or 'no reply'} at {verdict['stage']}: {verdict['category']} by {verdict['basis']}, {verdict['confidence']}"
    for key in ("provider", "blocklist"):
        if verdict[key]:
            evidence += f", {key} {verdict[key]}"
    evidence += "".join(f", {flag}" for flag in verdict["flags"])
    decision = verdict["action"]
    if verdict["decided_by"] != verdict["basis"]:
        decision += f" by {verdict['decided_by']}"
    if verdict["retry"] != (verdict["action"] not in ("proceed", "bounce")):
        decision += " yet retry is " + str(verdict["retry"])
    if verdict["delay"]:
        decision += f", {verdict['delay']} s of {verdict['delay_origin']}"
    if verdict["retry_after"]:
        decision += f", asked for {verdict['retry_after']} s"
    decision += f", {verdict['scope']}, {verdict['party']}"
    for key in ("suppress", "likely_permanent", "outcome_unknown", "closing"):
        if verdict[key] != (key == "likely_permanent" and verdict["action"] in ("bounce", "hold")):  # there it goes without saying
            decision += ", " + ("" if verdict[key] else "not ") + key
    return f"{evidence}; {decision}; {verdict['dsn_action']} {verdict['dsn_status']}, exit {verdict['sysexit']}"


def told(situation, attempt):
    """Options of smtperr table: what the mailer knew in this situation."""
    options = situation.get("options", [])
    ours = "--relay" in options or "--user" in options
    flags = {
        "authenticated": "--user" in options,
        "lmtp": "--lmtp" in options,
        "refused-alone": len(situation["to"]) == 1,
        "tls-optional": not {"required", "verified", "--implicit-tls"} & set(options)
        and ("--user" not in options or "--cleartext-login" in options),
    }
    found = ["--relay" if ours else "--mx"] if ours or not flags["lmtp"] else []
    return found + (["--reconnected"] if attempt > 1 else []) + [f"--{name}={'yes' if on else 'no'}" for name, on in flags.items()]


def faults(smtperr, situation, session):
    """What is wrong when the library is asked about a session, one sentence each."""
    rows = []
    for index, connection in enumerate(session.split("--- ")[1:]):
        # A second connection to the only host is a second attempt.
        command = [smtperr, "table", "--json"] + told(situation, 1 if len(situation.get("hosts", [])) > 1 else index + 1)
        run = subprocess.run(command, input="--- " + connection, capture_output=True, text=True, check=True)
        rows.append([json.loads(line) for line in run.stdout.splitlines()])
    found = []
    wanted = list(zip(situation["in_session"], situation["says"])) + [(line, "") for line in situation.get("on_the_way", [])]
    for verdict, says in wanted:
        # What has these words and these numbers at this stage must be judged so, on the last connection where it was said.
        evidence = verdict.split(":")[0]
        judged = [[words(row) for row in connection if says in (row["reply"] or "")] for connection in rows]
        judged = [same for same in ([line for line in lines if line.split(":")[0] == evidence] for lines in judged) if same]
        if not judged or set(judged[-1]) != {verdict}:
            found.append(f"wanted  {verdict}\nsession {judged or [[words(row) for row in part] for part in rows]}")
    return found


def sessions_file(server, version):
    """sessions/SERVER-X.Y.txt: the first two numbers of the version, if there is one."""
    return SESSIONS / ("-".join([server] + ([".".join(version.split(".")[:2])] if version else [])) + ".txt")


def captured():
    """(server, version) of all files of sessions."""
    return sorted(path.stem.partition("-")[::2] for path in SESSIONS.glob("*.txt"))


def read_sessions(server, version):
    """Name of a situation -> its session, as captured."""
    found, name = {}, None
    for line in sessions_file(server, version).read_text().splitlines(keepends=True):
        if line.startswith("--- "):
            name = line[4:].split(" (")[0].strip()
        if name:
            found[name] = found.get(name, "") + line
    return found
