#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh ENTRY SOURCE_ROOT TABLES: EVA from one entry of proof.c. EVA exits with 0 whatever it finds, so its count is read:
# none for all entries but prove_seeded, where the two bugs that stand there must show.
set -eu
entry=$1 root=$2 tables=$3

frama-c -eva -eva-precision 6 -main "$entry" -machdep x86_64 -eva-no-alloc-returns-null \
    -warn-unsigned-overflow -warn-unsigned-downcast -warn-signed-downcast \
    -cpp-extra-args="-I$root/include -I$root/lib" "$root"/tests/proof/proof.c "$root"/lib/*.c "$tables"/tables_*.c |
    grep -E 'Alarm|alarm|warning|rror|coverage|statements reached'
