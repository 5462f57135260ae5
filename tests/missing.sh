#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Stands in for a tool that is not installed: 77 is Meson's status for "skipped".
echo "skipped: the tool is not installed"
exit 77
