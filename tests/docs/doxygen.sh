#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Doxygen says nothing against the header, and has all functions: doxygen.sh DOXYGEN DOXYFILE EXPORTED.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{ cat "$2" && echo "OUTPUT_DIRECTORY = $work"; } | "$1" - > "$work/messages" 2>&1
cat "$work/messages"
test ! -s "$work/messages"
for name in $(sed -n 's/@@.*//p' "$3"); do
    grep -q "$name" "$work/html/smtperr_8h.html" || { echo "$name is missing"; exit 1; }
done
