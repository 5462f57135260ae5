#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The library as it is installed: installed.sh SOURCE CC. Into a prefix of its own and an absolute libdir outside of it, found
# through pkg-config, linked shared and static; the program runs and knows the version that pkg-config tells.
set -eu
source=$1 cc=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

meson setup "$work/build" "$source" --prefix="$work/prefix" --libdir="$work/elsewhere" -Dtests=disabled -Dcommand=disabled
meson install -C "$work/build"
(cd "$work" && find prefix elsewhere ! -type d) | grep -v -e /man3/ -e /doc/ | sort > "$work/files"
cat "$work/files"
diff - "$work/files" <<END
elsewhere/libsmtperr.a
elsewhere/libsmtperr.so
elsewhere/libsmtperr.so.0
elsewhere/pkgconfig/smtperr.pc
prefix/include/smtperr.h
END
for name in smtperr $(sed -n 's/@@.*//p' "$source/tests/abi/exported.txt"); do
    test -s "$work/prefix/share/man/man3/$name.3"
done

test -s "$work/prefix/share/doc/smtperr/reference/index.html"

export PKG_CONFIG_PATH="$work/elsewhere/pkgconfig"
version=$(pkg-config --modversion smtperr)
for link in '' -static; do
    # The words of pkg-config and an empty $link are to be split.
    $cc -o "$work/program" "$source/tests/abi/header.c" $link $(pkg-config --cflags --libs $link smtperr)
    test "$(LD_LIBRARY_PATH="$work/elsewhere" "$work/program")" = "$version"
done
readelf -d "$work/elsewhere/libsmtperr.so" | grep 'SONAME.*\[libsmtperr\.so\.0\]'
