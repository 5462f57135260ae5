/* SPDX-License-Identifier: MIT
 *
 * The questions in one call, for a whole reply.
 */
#include "internal.h"

int32_t smtperr_action(const char *reply, size_t reply_len, int32_t stage)
{
    smtperr_context context;
    smtperr_policy policy;
    smtperr_verdict verdict;
    smtperr__matcher matcher;
    (void)smtperr__take_context(NULL, &context);
    (void)smtperr__take_policy(NULL, &policy);
    context.stage = stage >= 0 && stage < STAGE_COUNT ? stage : SMTPERR_STAGE_UNKNOWN;
    smtperr__gather(reply, reply_len, SMTPERR_SHAPE_WIRE, NULL, &context, &verdict, &matcher);
    smtperr__decide(&context, &policy, &verdict);
    return verdict.action;
}

int32_t smtperr_should_retry(const char *reply, size_t reply_len, int32_t stage)
{
    const int32_t action = smtperr_action(reply, reply_len, stage);
    return action != SMTPERR_ACTION_PROCEED && action != SMTPERR_ACTION_BOUNCE;
}
