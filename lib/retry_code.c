/* SPDX-License-Identifier: MIT
 *
 * The question in one call, for numbers: apart from the others so that a program that asks only this links only this.
 */
#include "internal.h"

#include <string.h>

int32_t smtperr_should_retry_code(int32_t code, int32_t enhanced, int32_t stage)
{
    smtperr_context context;
    smtperr_policy policy;
    smtperr_verdict verdict;
    if (code < 200 || code > 599) {
        return 1; /* no reply of SMTP (4.2): nothing was said that could end the matter */
    }
    memset(&context, 0, sizeof context); /* nothing is known, nothing is asked for */
    memset(&policy, 0, sizeof policy);
    memset(&verdict, 0, sizeof verdict);
    verdict.status = SMTPERR_REPLY;
    verdict.code = code;
    verdict.first_code = code;
    verdict.enhanced = enhanced >= 2000000 && enhanced <= 5999999 && ENHANCED_CLASS_OF(enhanced) != 3 ? enhanced : 0;
    verdict.stage = stage >= 0 && stage < STAGE_COUNT ? stage : SMTPERR_STAGE_UNKNOWN;
    if (verdict.stage == SMTPERR_STAGE_CONNECT) {
        verdict.stage = SMTPERR_STAGE_GREETING;
    }
    smtperr__classify_numbers(&verdict, &context);
    smtperr__decide(&context, &policy, &verdict);
    return verdict.retry;
}
