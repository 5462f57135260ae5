/* SPDX-License-Identifier: MIT
 *
 * The calls that go all the way from bytes, or from a failure, to a verdict.
 */
#include "internal.h"

#include <string.h>

enum { MATCH_SIZE_0_1 = 32 }; /* of the first version */

static int has_room(const smtperr_verdict *verdict, size_t verdict_size)
{
    return verdict != NULL && verdict_size >= sizeof verdict->size;
}

static int is_shape(int32_t shape)
{
    return shape == SMTPERR_SHAPE_WIRE || shape == SMTPERR_SHAPE_TEXT;
}

int32_t smtperr_classify(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                         smtperr_verdict *verdict, size_t verdict_size)
{
    smtperr_context own;
    smtperr_verdict full;
    smtperr__matcher matcher;
    if (!has_room(verdict, verdict_size) || !is_shape(shape) || !smtperr__take_context(context, &own)) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__gather(reply, reply_len, shape, NULL, &own, &full, &matcher);
    smtperr__hand_out(&full, verdict, verdict_size);
    return 0;
}

int32_t smtperr_evaluate(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                         const smtperr_policy *policy, smtperr_verdict *verdict, size_t verdict_size)
{
    smtperr_context own;
    smtperr_policy own_policy;
    smtperr_verdict full;
    smtperr__matcher matcher;
    if (!has_room(verdict, verdict_size) || !is_shape(shape) || !smtperr__take_context(context, &own) ||
        !smtperr__take_policy(policy, &own_policy)) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__gather(reply, reply_len, shape, NULL, &own, &full, &matcher);
    smtperr__decide(&own, &own_policy, &full);
    smtperr__hand_out(&full, verdict, verdict_size);
    return 0;
}

int32_t smtperr_evaluate_failure(int32_t failure, const smtperr_context *context, const smtperr_policy *policy,
                                 smtperr_verdict *verdict, size_t verdict_size)
{
    smtperr_context own;
    smtperr_policy own_policy;
    smtperr_verdict full;
    if (!has_room(verdict, verdict_size) || !smtperr__take_context(context, &own) ||
        !smtperr__take_policy(policy, &own_policy)) {
        return SMTPERR_ERR_MISUSE;
    }
    memset(&full, 0, sizeof full);
    full.size = sizeof full;
    full.data_version = smtperr_data_version();
    full.stage = own.stage;
    smtperr__classify_failure(&full, failure);
    smtperr__decide(&own, &own_policy, &full);
    smtperr__hand_out(&full, verdict, verdict_size);
    return 0;
}

int32_t smtperr_reader_evaluate(const smtperr_reader *reader, const smtperr_context *context,
                                const smtperr_policy *policy, smtperr_verdict *verdict, size_t verdict_size)
{
    smtperr_context own;
    smtperr_policy own_policy;
    smtperr_verdict full;
    smtperr__matcher matcher;
    smtperr__frame frame;
    const char *reply;
    size_t reply_len;
    if (reader == NULL || !has_room(verdict, verdict_size) || !smtperr__take_context(context, &own) ||
        !smtperr__take_policy(policy, &own_policy)) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__reader_frame(reader, &frame);
    reply = smtperr_reader_reply(reader, &reply_len);
    smtperr__gather(reply, reply_len, SMTPERR_SHAPE_WIRE, &frame, &own, &full, &matcher);
    smtperr__decide(&own, &own_policy, &full);
    smtperr__hand_out(&full, verdict, verdict_size);
    return 0;
}

int32_t smtperr_trace(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                      smtperr_match *matches, size_t match_size, size_t count)
{
    smtperr_context own;
    smtperr_verdict full;
    smtperr__matcher matcher;
    const smtperr__match *found;
    uint64_t merit = UINT64_MAX;
    char *at = (char *)matches;
    size_t i;
    if ((matches == NULL && count > 0) || match_size < MATCH_SIZE_0_1 || !is_shape(shape) ||
        !smtperr__take_context(context, &own)) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__gather(reply, reply_len, shape, NULL, &own, &full, &matcher);
    for (i = 0; i < count && (found = smtperr__best_below(&matcher, merit)) != NULL; i++) {
        const smtperr__rule *rule = &smtperr__rules[found->rule];
        smtperr_match match;
        memset(&match, 0, sizeof match);
        match.rule = (int32_t)rule->id;
        match.category = rule->category;
        match.rank = RANK_OF(rule);
        match.outcome = smtperr__outcome(&matcher, found, &full);
        match.provider = smtperr__bound_to(found->rule, matcher.provider);
        match.word_count = (int32_t)PHRASE_WORDS(found->merit);
        match.matched = smtperr__span(PHRASE_FROM(found->merit), found->to);
        memset(at, 0, match_size);
        memcpy(at, &match, match_size < sizeof match ? match_size : sizeof match);
        at += match_size;
        merit = found->merit;
    }
    return (int32_t)matcher.match_count;
}

int32_t smtperr_provider_of_host(const char *host, size_t host_len)
{
    if (host == NULL) {
        return 0;
    }
    host_len -= host_len > 0 && host[host_len - 1] == '.'; /* as resolvers write it (RFC 1034 3.1) */
    return (int32_t)smtperr__providers[smtperr__provider_of(host, host_len)];
}
