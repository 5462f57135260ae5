#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a small program pays: size.sh ARCHIVE INCLUDE CC. A stripped static program that makes one call of the library is so much larger
# than the same program without it: the linker takes only what the call needs.
set -eu
archive=$1 include=$2 cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/program.c" <<'END'
#include "smtperr.h"
int main(int argc, char **argv)
{
    const char *reply = argv[0];
    smtperr_verdict verdict = {0};
    verdict.category = argc;
    return CALL;
}
END

build() # CALL: prints how much memory a program with it takes, code and data
{
    $cc -Os -static -s -Wl,--gc-sections -I"$include" "-DCALL=$1" -o "$work/program" "$work/program.c" "$archive"
    size "$work/program" | awk 'NR == 2 { print $4 }'
}

without=$(build 'argc + *reply + verdict.category')
failed=0
adds() # NAME CALL MOST
{
    size=$(($(build "$2") - without))
    echo "$1() adds $size bytes (at most $3)"
    test $size -gt 0 && test $size -le "$3" || failed=1
}
adds smtperr_should_retry_code 'smtperr_should_retry_code(argc, argc, argc)' 16384
adds smtperr_should_retry 'smtperr_should_retry(reply, (size_t)argc, argc)' 262144
adds smtperr_explain '*smtperr_explain(&verdict, argc)' 786432
exit $failed
