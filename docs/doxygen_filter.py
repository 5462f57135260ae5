#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Shows the plain comments of a header to doxygen: doxygen_filter.py HEADER. Those behind something on their line are about that,
# those that begin a line are about what follows. Headings of groups stay as they are, and what they say is about all of it.
import pathlib
import re
import sys


def shown(match):
    comment = re.sub(r"([\\@<>#%])", r"\\\1", match["comment"])
    before = match["before"]
    if comment.startswith(" ----") or before.rstrip().endswith("{"):
        return match[0]
    if match.start() == 0:
        comment = " @file\n *" + comment
    return f"{before}/**{'<' if before.strip() else ''}{comment}*/"


text = pathlib.Path(sys.argv[1]).read_text()
sys.stdout.write(re.sub(r"^(?P<before>[^\n]*?)/\*(?P<comment>.*?)\*/", shown, text, flags=re.DOTALL | re.MULTILINE))
