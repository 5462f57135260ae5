#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a small program pays: size.sh ARCHIVE INCLUDE CC. A stripped static program that calls only smtperr_should_retry_code()
# is at most 16 KiB larger than the same program without the call.
set -eu
archive=$1 include=$2 cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/program.c" <<'END'
#include "smtperr.h"
#ifndef CALL
#define smtperr_should_retry_code(code, enhanced, stage) (code)
#endif
int main(int argc, char **argv)
{
    (void)argv;
    return smtperr_should_retry_code(argc, argc, argc);
}
END
for call in -UCALL -DCALL; do
    $cc -Os -static -s -Wl,--gc-sections -I"$include" $call -o "$work/program$call" "$work/program.c" "$archive"
done
without=$(wc -c < "$work/program-UCALL")
with=$(wc -c < "$work/program-DCALL")
echo "smtperr_should_retry_code() adds $((with - without)) bytes ($without without, $with with)"
test $((with - without)) -gt 0
test $((with - without)) -le 16384
