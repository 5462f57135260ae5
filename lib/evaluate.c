/* SPDX-License-Identifier: MIT
 *
 * The calls that go all the way from bytes, or from a failure, to a verdict.
 */
#include "internal.h"

#include <string.h>

static int args_ok(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                   const smtperr_verdict *verdict, size_t verdict_size)
{
    return (reply != NULL || reply_len == 0) && (shape == SMTPERR_SHAPE_WIRE || shape == SMTPERR_SHAPE_TEXT) &&
           smtperr__context_ok(context) && verdict != NULL && verdict_size >= sizeof verdict->size;
}

int32_t smtperr_classify(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                         smtperr_verdict *verdict, size_t verdict_size)
{
    smtperr_verdict full;
    smtperr__matcher matcher;
    if (!args_ok(reply, reply_len, shape, context, verdict, verdict_size)) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__gather(reply, reply_len, shape, NULL, context, &full, &matcher);
    smtperr__hand_out(&full, verdict, verdict_size);
    return full.status;
}

int32_t smtperr_evaluate(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                         const smtperr_policy *policy, smtperr_verdict *verdict, size_t verdict_size)
{
    smtperr_verdict full;
    smtperr__matcher matcher;
    if (!args_ok(reply, reply_len, shape, context, verdict, verdict_size) || !smtperr__policy_ok(policy)) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__gather(reply, reply_len, shape, NULL, context, &full, &matcher);
    smtperr__decide(context, policy, &full);
    smtperr__hand_out(&full, verdict, verdict_size);
    return full.status;
}

int32_t smtperr_evaluate_failure(int32_t failure, const smtperr_context *context, const smtperr_policy *policy,
                                 smtperr_verdict *verdict, size_t verdict_size)
{
    smtperr_verdict full;
    if (!smtperr__context_ok(context) || !smtperr__policy_ok(policy) || verdict == NULL ||
        verdict_size < sizeof verdict->size) {
        return SMTPERR_ERR_MISUSE;
    }
    memset(&full, 0, sizeof full);
    full.size = sizeof full;
    full.data_version = smtperr_data_version();
    full.stage = context != NULL ? context->stage : SMTPERR_STAGE_UNKNOWN;
    smtperr__classify_failure(&full, failure);
    smtperr__decide(context, policy, &full);
    smtperr__hand_out(&full, verdict, verdict_size);
    return 0;
}

int32_t smtperr_reader_evaluate(const smtperr_reader *reader, const smtperr_context *context,
                                const smtperr_policy *policy, smtperr_verdict *verdict, size_t verdict_size)
{
    smtperr_verdict full;
    smtperr__matcher matcher;
    smtperr__frame frame;
    const char *reply;
    size_t reply_len;
    if (reader == NULL || !smtperr__policy_ok(policy) ||
        !args_ok("", 0, SMTPERR_SHAPE_WIRE, context, verdict, verdict_size)) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__reader_frame(reader, &frame);
    reply = smtperr_reader_reply(reader, &reply_len);
    smtperr__gather(reply, reply_len, SMTPERR_SHAPE_WIRE, &frame, context, &full, &matcher);
    smtperr__decide(context, policy, &full);
    smtperr__hand_out(&full, verdict, verdict_size);
    return full.status;
}

int32_t smtperr_trace(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                      smtperr_match *matches, size_t count)
{
    smtperr_verdict full;
    smtperr__matcher matcher;
    size_t i;
    if (!args_ok(reply, reply_len, shape, context, &full, sizeof full) || (matches == NULL && count > 0)) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__gather(reply, reply_len, shape, NULL, context, &full, &matcher);
    for (i = 0; i < matcher.match_count && i < count; i++) {
        const smtperr__rule *rule = &smtperr__rules[matcher.matches[i].rule];
        matches[i].rule = rule->id;
        matches[i].category = rule->category;
        matches[i].rank = rule->rank;
        matches[i].outcome = smtperr__outcome(&matcher, i, &full);
        matches[i].words = matcher.matches[i].words;
        matches[i].span.at = matcher.matches[i].from;
        matches[i].span.len = matcher.matches[i].to - matcher.matches[i].from;
    }
    return (int32_t)matcher.match_count;
}

uint32_t smtperr_provider_of_host(const char *host, size_t host_len)
{
    return host != NULL ? smtperr__providers[smtperr__provider_of(host, host_len)] : 0;
}
