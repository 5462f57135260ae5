# SPDX-License-Identifier: MIT
#
# What eva.sh makes of rules.c: without what reads lists of conditions, see eva_rules.c.
/^static int \(in_list\|holds\|is_bound_to_provider\)(/,/^}/d
/^int smtperr__codes_hold(/,/^}/d
/^int32_t smtperr__bound_to(/,/^}/d
