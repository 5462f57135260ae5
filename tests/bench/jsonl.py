# SPDX-License-Identifier: MIT
"""Measures "smtperr classify --jsonl": the most memory that a million lines take beside 10,000, and the time beside the same
program with judging switched off.

usage: jsonl.py SMTPERR IDLE REPLIES"""
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

FEW, TIMED, MANY = 10_000, 20_000, 1_000_000  # lines
ROUNDS = 9


def lines_of(replies, count):
    lines = [json.dumps({"reply": reply}) + "\n" for reply in replies]
    return "".join(lines[at % len(lines)] for at in range(count)).encode()


def most_memory(program, replies, count):
    """In kB, as the kernel tells when all answers are there and the program waits for more. What it tells of a process that has
    ended counts what the process was before it became this program."""
    some = lines_of(replies, FEW)
    with subprocess.Popen([program, "classify", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        def feed():
            for _ in range(count // FEW):
                child.stdin.write(some)
            child.stdin.flush()
        feeder = threading.Thread(target=feed)
        feeder.start()
        answers = 0
        while answers < count:
            answers += os.read(child.stdout.fileno(), 1 << 16).count(b"\n")
        feeder.join()
        with open(f"/proc/{child.pid}/status") as status:
            return int(re.search(r"^VmHWM:\s+(\d+)", status.read(), re.M)[1])


def seconds(program, path):
    """Of the processor."""
    child = os.posix_spawn(program, [program, "classify", "--jsonl", path], os.environ,
                           file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, used = os.wait4(child, 0)
    if status:
        sys.exit(f"{program} has failed")
    return used.ru_utime + used.ru_stime


def instructions(program, path):
    """None where valgrind is missing."""
    try:
        told = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "classify", "--jsonl", path],
                              check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
    except FileNotFoundError:
        return None
    return int(re.search(r"Collected : (\d+)", told)[1])


def main():
    program, idle, path = sys.argv[1:]
    with open(path) as file:
        replies = [line.rstrip("\n").replace("\\n", "\r\n") + "\r\n" for line in file if not line.startswith("#")]
    for count, runs in ((FEW, 3), (MANY, 1)):
        kilobytes = [most_memory(program, replies, count) for _ in range(runs)]
        print(f"{count:9,} lines: {' '.join(f'{kb:,}' for kb in kilobytes)} kB at most")
    with tempfile.NamedTemporaryFile() as file:
        file.write(lines_of(replies, TIMED))
        file.flush()
        rounds = [(seconds(program, file.name), seconds(idle, file.name)) for _ in range(ROUNDS)]
        counted = [instructions(which, file.name) for which in (program, idle)]
    ratios = sorted(busy / rest for busy, rest in rounds)
    print(f"time beside the same program with judging switched off: {ratios[ROUNDS // 2]:.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}),"
          f" {ROUNDS} times {TIMED:,} lines, {TIMED / sorted(busy for busy, _ in rounds)[ROUNDS // 2]:,.0f} a second")
    if None in counted:
        print("valgrind is not installed: no instructions are counted")
    else:
        print(f"instructions beside it: {counted[0] / counted[1]:.2f}, {counted[0] / TIMED:,.0f} a line")


if __name__ == "__main__":
    main()
