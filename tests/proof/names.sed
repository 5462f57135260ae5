# SPDX-License-Identifier: MIT
#
# What eva.sh makes of names.c: see eva_names.c. The middle of a binary search is any place in it.
s/= low + (high - low) \/ 2;/= between(low, high);/
/^static size_t lower_bound/!s/\blower_bound([^()]*)/follow_lower_bound()/g
s/^        size_t i = 0;/        size_t i = SOME(name_len);\n        KNOWN(i <= known_len);/
s/\bknown\[i\]/known_at(i)/g
s/\bname\[i\]/BYTE(name, i)/g
