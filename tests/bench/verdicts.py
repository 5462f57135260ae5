# SPDX-License-Identifier: MIT
"""Measures the whole verdict beside programs that do some of the same work, over the refusals of a file, and prints a table.

usage: verdicts.py REPLIES BENCH

smtplib of this Python reads the reply and judges nothing. ZoneMTA's check of bounces (an npm package, found through NODE_PATH) and Sisimai
(Perl, libsisimai-perl) judge; they are called, never looked into. Sisimai reads whole mails, so each reply stands in a delivery status
notification of our making, which it has to take apart as well. Each program runs in rounds by itself, the programs in turn."""
import io
import json
import os
import smtplib
import subprocess
import sys
import tempfile
import time

ROUNDS = 7

ZONEMTA = r"""
const bounces = require('zone-mta/lib/bounces.js');
const replies = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'));
let known = 0;
for (const reply of replies) known += bounces.check(reply).category !== 'other' ? 1 : 0;
const begun = process.hrtime.bigint();
for (let time = 0; time < 20; time++) for (const reply of replies) bounces.check(reply);
console.log(Number(process.hrtime.bigint() - begun) / 20 / replies.length, known, require('zone-mta/package.json').version);
"""

SISIMAI = r"""
use strict;
use JSON::PP;
use Sisimai;
use Time::HiRes 'time';
open my $file, '<', $ARGV[0] or die;
my $mails = decode_json(do { local $/; <$file> });
my $known = 0;
foreach my $mail (@$mails) {
    my $found = Sisimai->make(\$mail);
    $known += grep { $_->reason !~ /^(?:undefined|onhold|)$/ } @$found if $found;
}
my $begun = time;
foreach my $mail (@$mails) { Sisimai->make(\$mail) }
printf "%f %d %s\n", (time - $begun) * 1e9 / @$mails, $known, $Sisimai::VERSION;
"""

MAIL = """From MAILER-DAEMON Sat Mar  1 10:15:00 2025
Return-Path: <>
Received: by mail.example.net; Sat, 1 Mar 2025 10:15:00 +0000
Date: Sat, 1 Mar 2025 10:15:00 +0000
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
Subject: Delivery Status Notification (Failure)
To: me@example.net
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
Message-Id: <1@mail.example.net>

--b1
Content-Type: text/plain

The mail could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
Arrival-Date: Sat, 1 Mar 2025 10:15:00 +0000

Final-Recipient: rfc822; ann@example.org
Action: failed
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; REPLY

--b1
Content-Type: message/rfc822

From: me@example.net
To: ann@example.org
Subject: hello
Message-Id: <2@example.net>
Date: Sat, 1 Mar 2025 10:14:00 +0000

hello
--b1--
"""


def python_getreply(replies):
    wire = "".join(replies).encode()
    session = smtplib.SMTP()
    session.sock = io.BytesIO()  # to be closed
    times = []
    for _ in range(31):
        session.file = io.BufferedReader(io.BytesIO(wire))
        begun = time.perf_counter_ns()
        for _ in replies:
            session.getreply()
        times.append((time.perf_counter_ns() - begun) / len(replies))
    return sorted(times)[len(times) // 2], None, sys.version.split()[0]


def told(command, what, place):
    """What the program prints: ns a reply, how many replies it could name a reason for, its version."""
    path = os.path.join(place, "input.json")
    with open(path, "w") as file:
        json.dump(what, file)
    row = subprocess.run([*command, path], check=True, capture_output=True, text=True).stdout.split()
    return float(row[0]), int(row[1]), row[2]


def is_there(*command):
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def bench(program, replies_file):
    for line in subprocess.run([program, "time", replies_file], check=True, capture_output=True, text=True).stdout.splitlines():
        if line.startswith("verdict-wire "):
            return float(line.split()[1]), None, ""
    raise ValueError("the bench tells no time")


def main():
    replies_file, program = sys.argv[1:]
    with open(replies_file) as file:
        replies = [line.rstrip("\n").replace("\\n", "\r\n") + "\r\n" for line in file if line[0] in "45"]
    one_line = [" ".join([reply[:3]] + [line[4:] for line in reply.splitlines()]) for reply in replies]
    with tempfile.TemporaryDirectory() as place:
        rivals = {"the library": lambda: bench(program, replies_file), "smtplib getreply, judges nothing": lambda: python_getreply(replies)}
        if is_there("node", "-e", "require('zone-mta/lib/bounces.js')"):
            rivals["ZoneMTA bounces.check"] = lambda: told(["node", "-e", ZONEMTA], one_line, place)
        else:
            print("zone-mta is not installed (npm, NODE_PATH): left out")
        if is_there("perl", "-MSisimai", "-e", "1"):
            rivals["Sisimai->make"] = lambda: told(["perl", "-e", SISIMAI], [MAIL.replace("REPLY", reply) for reply in one_line], place)
        else:
            print("libsisimai-perl is not installed: left out")
        rounds = [{name: measure() for name, measure in rivals.items()} for _ in range(ROUNDS)]
    for name in rivals:
        ratios = sorted(row["the library"][0] / row[name][0] for row in rounds)
        nanoseconds = sorted(row[name][0] for row in rounds)[ROUNDS // 2]
        known, version = rounds[0][name][1:]
        print(f"  {name + ' ' + version:45s} {nanoseconds:12,.0f} ns a refusal; the library takes {ratios[ROUNDS // 2]:.2g} of it"
              + (f"; it named a reason for {known} of {len(replies)}" if known is not None else ""))


if __name__ == "__main__":
    main()
