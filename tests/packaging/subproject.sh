#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The library as a Meson subproject of user/meson.build: subproject.sh SOURCE. It brings the library alone, built into the
# program: no tests, no command, and nothing of it is installed.
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/user/subprojects"
cp "$source/tests/packaging/user/meson.build" "$source/tests/abi/header.c" "$work/user"
ln -s "$source" "$work/user/subprojects/smtperr"
meson setup "$work/build" "$work/user" --prefix=/usr
meson test -C "$work/build"
DESTDIR="$work/root" meson install -C "$work/build"
test "$(cd "$work/root" && find . ! -type d)" = ./usr/bin/program
"$work/root/usr/bin/program"
