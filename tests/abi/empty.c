/* SPDX-License-Identifier: MIT
 *
 * A shared library of nothing: what check.py compares relocations with. */
int smtperr_nothing(void);
int smtperr_nothing(void)
{
    return 0;
}
