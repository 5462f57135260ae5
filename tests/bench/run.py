# SPDX-License-Identifier: MIT
"""Measures the library and prints the tables of docs/performance.md.

usage: run.py REPLIES BENCH BENCH-100 BENCH-1000 BENCH-2000 PHRASES-2000 [--check]

REPLIES: replies.txt, or any file of raw replies. BENCH: the program of bench.c with the real rules, then with made-up ones.
Instructions are callgrind's, inside the call, per reply; times are told as ratios to a rival in the same run, since no two machines and
minutes are alike. --check only counts, and fails where a bar below is exceeded."""
import os
import re
import subprocess
import sys
import tempfile

FEED, WORDS, EVALUATE = "smtperr_reader_feed", "smtperr__read_words", "smtperr_evaluate"
READER_MOST = 350               # instructions a reply on average
LINEAR = (1.99, 2.01)           # I(2n)/I(n)
FLAT_MOST = 1.25                # the matcher with 2,000 rules against 100
TABLES_MOST = 200000            # bytes that a verdict reads, with the real rules
LONG = 16000                    # bytes: n of I(2n)/I(n)
GROWTHS = [("reader", FEED, ["text", "lines"]), ("verdict-wire", EVALUATE, ["text", "lines", "near-misses", "gaps", "hosts"]),
           ("verdict-text", EVALUATE, ["text", "lines", "near-misses", "gaps", "hosts"])]

failed = False


def bar(text, good):
    global failed
    failed |= not good
    print(text + ("" if good else "   <-- EXCEEDS ITS BAR"))


def instructions(program, job, function, *files):
    """For each file instructions of all calls of the function together, replies and bytes."""
    with tempfile.TemporaryDirectory() as place:
        out = os.path.join(place, "callgrind")
        told = subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=" + function, "--dump-before=mark",
                               "--callgrind-out-file=" + out, program, "count", job, *files], check=True, capture_output=True, text=True,
                              env={**os.environ, "LD_BIND_NOW": "1"}).stdout.split("\n")
        rows = []
        for number, path in enumerate(files, 1):
            with open(f"{out}.{number}") as account:
                total = re.search(r"^totals: (\d+)", account.read(), re.M)
            rows.append((int(total[1]), *map(int, told[number - 1].split())))
        return rows


def average(program, job, function, replies):
    (total, count, size), = instructions(program, job, function, replies)
    return total / count, size / count


def table_bytes(program):
    """Read-only tables that a verdict needs; the sentences for people and the failures without a reply are apart."""
    rows = subprocess.run(["nm", "-S", "--defined-only", program], check=True, capture_output=True, text=True).stdout.splitlines()
    return sum(int(row.split()[1], 16) for row in rows
               if re.search(r" [rR] smtperr__(?!word_|words|pool|failure|number|say)", row))


def main():
    check = "--check" in sys.argv
    replies, bench, *made_up, phrases = (argument for argument in sys.argv[1:] if argument != "--check")
    has_rival = subprocess.run([bench, "count", "libetpan", replies], capture_output=True).returncode == 0
    try:
        subprocess.run(["valgrind", "--version"], check=True, capture_output=True)
        counts = True
    except OSError:
        counts = False
        print("valgrind is not installed: no instructions are counted\n")

    if counts:
        print("Instructions a reply, inside the call")
        cost, size = average(bench, "reader", FEED, replies)
        bar(f"  reader, whole reply in one call, {size:.1f} bytes  {cost:9.0f}   (at most {READER_MOST})", cost <= READER_MOST)
        if not check:
            print(f"  reader, a call a byte                      {average(bench, 'reader-by-byte', FEED, replies)[0]:9.0f}")
            print(f"  naive: memchr, strtol, memcpy              {average(bench, 'naive', 'naive_read', replies)[0]:9.0f}")
            if has_rival:
                print(f"  libetpan: mailsmtp_read_response           {average(bench, 'libetpan', 'mailsmtp_read_response', replies)[0]:9.0f}")
            cost, size = average(bench, "verdict-wire", WORDS, replies)
            print(f"  words and rules of a refusal, {size:.1f} bytes   {cost:9.0f}")
            print(f"  whole verdict of a refusal, WIRE           {average(bench, 'verdict-wire', EVALUATE, replies)[0]:9.0f}")
            print(f"  whole verdict of a refusal, TEXT           {average(bench, 'verdict-text', EVALUATE, replies)[0]:9.0f}")
            print(f"  whole verdict of 2yz and 3yz, WIRE         {average(bench, 'verdict-good', EVALUATE, replies)[0]:9.0f}")

        print(f"\nGrowth with the length: I(2n)/I(n), n = {LONG} bytes (between {LINEAR[0]} and {LINEAR[1]})")
        for job, function, kinds in GROWTHS:
            files = [f"x:{kind}:{size}" for kind in kinds for size in (LONG, 2 * LONG)]
            rows = instructions(bench, job, function, *files)
            for at, kind in enumerate(kinds):
                (once, _, n), (twice, _, _) = rows[2 * at:2 * at + 2]
                bar(f"  {job:13s} {kind:12s} {twice / once:7.4f}   ({once / n:5.1f} instructions a byte)",
                    LINEAR[0] <= twice / once <= LINEAR[1])

        print("\nMade-up rules: instructions a refusal, words and rules, then the whole verdict, WIRE")
        programs = made_up if not check else made_up[::2]
        counted = [average(program, "verdict-wire", WORDS, replies)[0] for program in programs]
        for program, cost in zip(programs, counted):
            whole = "" if check else f"{average(program, 'verdict-wire', EVALUATE, replies)[0]:9.0f}"
            print(f"  {program.rsplit('-', 1)[1]:>5s} rules {cost:9.0f}{whole}")
        bar(f"  last to first {counted[-1] / counted[0]:5.2f}   (at most {FLAT_MOST})", counted[-1] / counted[0] <= FLAT_MOST)
    sizes = [table_bytes(program) for program in [bench, *made_up]]
    bar(f"\nTables for verdicts with the real rules: {sizes[0]} bytes   (at most {TABLES_MOST})", sizes[0] <= TABLES_MOST)
    if check:
        sys.exit(failed)

    print("  made-up: "
          + ", ".join(f"{size} with {program.rsplit('-', 1)[1]}" for program, size in zip(made_up, sizes[1:]))
          + f", so {(sizes[3] - sizes[1]) / 1900:.1f} a rule")

    if not has_rival:
        print("\nlibetpan-dev is not installed: its reader is left out")
    print("\nTime against a rival of the same run, hot, and cold after a walk over 8 MB (medians; 0.50: half the rival's time)")
    for title, program in [("the real rules", bench)] + [(name.rsplit("-", 1)[1] + " made-up rules", name) for name in made_up]:
        times = {}
        for line in subprocess.run([program, "time", replies] + [phrases] * (program == made_up[-1]), check=True, capture_output=True,
                                   text=True).stdout.splitlines():
            name, hot, cold, _ = line.split()
            times[name] = float(hot), float(cold)
        rows = [("words", "naive-failing"), ("words", "libetpan-failing"), ("words", "phrases"), ("verdict-wire", "naive-failing"),
                ("verdict-wire", "libetpan-failing"), ("verdict-text", "libetpan-failing")]
        if program == bench:
            rows = [("reader", "naive"), ("reader", "libetpan"), ("reader-by-byte", "naive"), ("reader-by-byte", "libetpan")] + rows
        print(f"  with {title}")
        for name, rival in rows:
            if rival not in times:
                continue
            idle = times["nothing-failing" if rival not in ("naive", "libetpan") else "nothing"]
            (hot, cold), (rival_hot, rival_cold) = times[name], times[rival]
            ratio = f"{(hot - idle[0]) / max(rival_hot - idle[0], 0.1):8.4g}"
            ratio += f" {(cold - idle[1]) / max(rival_cold - idle[1], 0.1):8.4g}" if rival_cold else "        -"
            print(f"    {name:15s} : {rival:17s}{ratio}   ({hot:.0f} ns : {rival_hot:.0f} ns hot)")
    sys.exit(failed)


if __name__ == "__main__":
    main()
