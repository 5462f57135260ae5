/* SPDX-License-Identifier: MIT
 *
 * The header before anything else, and once more: each standard of C and C++ compiles this, as a user would. As a program it is
 * what the tests of the installed library and of the subproject build: it checks that header and library belong together. */
#include "smtperr.h"
#include "smtperr.h"

#include <stdio.h>

int main(void)
{
    static const char reply[] = "450 4.2.1 Please come back later\r\n";
    smtperr_verdict verdict;

    if (smtperr_evaluate(reply, sizeof reply - 1, SMTPERR_SHAPE_WIRE, NULL, NULL, &verdict, sizeof verdict) != 0) return 1;
    if (verdict.status != SMTPERR_REPLY || verdict.code != 450 || verdict.retry != 1) return 1;
    if (smtperr_should_retry(reply, sizeof reply - 1, SMTPERR_STAGE_RCPT) != 1) return 1;
    if (smtperr_version_number() != SMTPERR_VERSION_NUMBER) return 1;
    puts(SMTPERR_VERSION);
    return 0;
}
