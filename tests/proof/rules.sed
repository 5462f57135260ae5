# SPDX-License-Identifier: MIT
#
# What eva.sh makes of rules.c: without what reads lists of conditions, see eva_rules.c.
/^static int \(in_list\|holds\)(/,/^}/d
/^int32_t smtperr__bound_to(/,/^}/d
