/* SPDX-License-Identifier: MIT
 *
 * The calls that callers make, for Frama-C's EVA: verdicts and matches of any room, of older and newer callers, also none. What they call has
 * proofs of its own; here it may do anything to what it is given.
 */
#include "__fc_builtin.h"
#include "internal.h"
#include TABLES

#include <stddef.h>

enum { ROOM = sizeof(smtperr_verdict) + 8, MATCHES = 3 };

static int32_t any(void)
{
    return Frama_C_interval(-2147483647 - 1, 2147483647);
}

static int any_of_two(void)
{
    return Frama_C_interval(0, 1);
}

void smtperr__gather(const char *reply, size_t reply_len, int32_t shape, const smtperr__frame *frame,
                     const smtperr_context *context, smtperr_verdict *verdict, smtperr__matcher *matcher)
{
    size_t i;
    Frama_C_make_unknown((char *)verdict, sizeof *verdict);
    Frama_C_make_unknown((char *)matcher, sizeof *matcher);
    matcher->match_count = Frama_C_size_t_interval(0, MATCHES_MAX);
    for (i = 0; i < MATCHES_MAX; i++) {
        matcher->matches[i].rule = Frama_C_unsigned_short_interval(0, smtperr__target_bases[0] - 1);
    }
}

int smtperr__take_context(const smtperr_context *given, smtperr_context *context)
{
    Frama_C_make_unknown((char *)context, sizeof *context);
    return any_of_two();
}

int smtperr__take_policy(const smtperr_policy *given, smtperr_policy *policy)
{
    Frama_C_make_unknown((char *)policy, sizeof *policy);
    return any_of_two();
}

void smtperr__decide(const smtperr_context *context, const smtperr_policy *policy, smtperr_verdict *verdict)
{
    Frama_C_make_unknown((char *)verdict, sizeof *verdict);
}

void smtperr__classify_failure(smtperr_verdict *verdict, int32_t failure)
{
    Frama_C_make_unknown((char *)verdict, sizeof *verdict);
}

void smtperr__reader_frame(const smtperr_reader *reader, smtperr__frame *frame)
{
    Frama_C_make_unknown((char *)frame, sizeof *frame);
}

const char *smtperr_reader_reply(const smtperr_reader *reader, size_t *reply_len)
{
    static char kept[4];
    *reply_len = sizeof kept;
    return kept;
}

uint32_t smtperr_data_version(void)
{
    return 1;
}

uint16_t smtperr__provider_of(const char *host, size_t host_len)
{
    return Frama_C_unsigned_short_interval(0, smtperr__provider_count - 1);
}

int32_t smtperr__bound_to(uint16_t rule, uint16_t found)
{
    //@ assert rule_exists: rule < smtperr__target_bases[0];
    return any();
}

const smtperr__match *smtperr__best_below(const smtperr__matcher *matcher, uint64_t merit)
{
    return any_of_two() ? &matcher->matches[Frama_C_size_t_interval(0, MATCHES_MAX - 1)] : NULL;
}

int32_t smtperr__outcome(const smtperr__matcher *matcher, const smtperr__match *match, const smtperr_verdict *verdict)
{
    //@ assert match_exists: \valid_read(match);
    return any();
}

#include HAND_OUT

static char room[ROOM];
static char matches[MATCHES * (sizeof(smtperr_match) + 8)];
static smtperr_reader reader;
static smtperr_context context;
static smtperr_policy policy;

void prove_calls(void)
{
    size_t size;
    size_t count;
    for (size = 0; size <= ROOM; size++) { /* the verdict ends where its memory does */
        smtperr_verdict *const verdict = (smtperr_verdict *)(void *)(room + (ROOM - size));
        (void)smtperr_classify("x", 1, any(), &context, verdict, size);
        (void)smtperr_evaluate("x", 1, any(), &context, &policy, verdict, size);
        (void)smtperr_evaluate_failure(any(), &context, &policy, verdict, size);
        (void)smtperr_reader_evaluate(&reader, &context, &policy, verdict, size);
    }
    (void)smtperr_classify(NULL, 0, any(), NULL, NULL, 0);
    (void)smtperr_evaluate(NULL, 0, any(), NULL, NULL, NULL, ROOM);
    (void)smtperr_evaluate_failure(any(), NULL, NULL, NULL, ROOM);
    (void)smtperr_reader_evaluate(NULL, NULL, NULL, (smtperr_verdict *)(void *)room, ROOM);
    for (size = 0; size <= sizeof(smtperr_match) + 8; size++) {
        for (count = 0; count <= MATCHES; count++) {
            smtperr_match *const first = (smtperr_match *)(void *)(matches + sizeof matches - count * size);
            (void)smtperr_trace("x", 1, any(), &context, first, size, count);
        }
    }
    (void)smtperr_trace(NULL, 0, any(), NULL, NULL, sizeof(smtperr_match), 0);
    (void)smtperr_trace("x", 1, any(), NULL, NULL, sizeof(smtperr_match), 1);
    (void)smtperr_action(NULL, 0, any());
    (void)smtperr_should_retry("x", 1, any());
    (void)smtperr_provider_of_host("x", 1);
    (void)smtperr_provider_of_host(NULL, 1);
}
