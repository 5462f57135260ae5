/* SPDX-License-Identifier: MIT
 *
 * For Frama-C's EVA: what looks into a reply (prove_reply, prove_enhanced), and what goes from numbers to a
 * decision through the generated tables (prove_numbers, prove_classify, prove_decide, prove_failure). Any bytes, each length up to BYTES in an analysis of its own, which end where
 * their array ends; any numbers; NULL where it may stand. See eva.sh.
 */
#include "__fc_builtin.h"
#include "internal.h"

#include <stddef.h>

#ifndef BYTES
#define BYTES 5
#endif

/* The search as a loop that EVA can follow. */
size_t follow_find_byte(const char *text, size_t text_len, size_t from, char byte)
{
    size_t at = from;
    while (at < text_len && text[at] != byte) {
        at++;
    }
    return at < text_len ? at : text_len;
}

static char bytes[BYTES];
static smtperr_verdict verdict;
static smtperr_context context;
static smtperr_policy policy;

static int32_t any(void)
{
    return Frama_C_interval(-2147483647 - 1, 2147483647);
}

void prove_enhanced(void)
{
    char out[12];
    size_t length;
    size_t status_len;
    for (length = 0; length <= BYTES; length++) {
        Frama_C_make_unknown(bytes, BYTES);
        (void)smtperr_enhanced_parse(bytes + (BYTES - length), length);
        (void)smtperr__enhanced_at_start(bytes + (BYTES - length), length, &status_len);
        //@ assert inside: status_len <= length;
    }
    (void)smtperr_enhanced_parse(NULL, (size_t)any());
    for (length = 0; length <= sizeof out; length++) {
        (void)smtperr_enhanced_format(any(), out + (sizeof out - length), length);
    }
    (void)smtperr_enhanced_format(any(), NULL, 0);
}

void prove_reply(void)
{
    smtperr_span span;
    size_t length;
    for (length = 0; length <= BYTES; length++) {
        Frama_C_make_unknown(bytes, BYTES);
        (void)smtperr_reply_line(bytes + (BYTES - length), length, (uint32_t)any(), &span);
        (void)smtperr_reply_keyword(bytes + (BYTES - length), length, "X", 1, &span);
    }
    (void)smtperr_reply_line(NULL, 1, 0, &span);
    (void)smtperr_reply_line(NULL, 0, 0, &span);
    (void)smtperr_reply_line(bytes, BYTES, 0, NULL);
    (void)smtperr_reply_keyword(NULL, 0, "X", 1, &span);
    (void)smtperr_reply_keyword(NULL, 1, "X", 1, &span);
    (void)smtperr_reply_keyword(bytes, BYTES, NULL, 1, &span);
    (void)smtperr_reply_keyword(bytes, BYTES, "X", 1, NULL);
}

void prove_numbers(void)
{
    (void)smtperr_should_retry_code(any(), any(), any());
    (void)smtperr__find_code(any(), any());
    (void)smtperr__find_enhanced(any(), any());
}

void prove_decide(void)
{
    int with = Frama_C_interval(0, 3);
    Frama_C_make_unknown((char *)&verdict, sizeof verdict);
    Frama_C_make_unknown((char *)&context, sizeof context);
    Frama_C_make_unknown((char *)&policy, sizeof policy);
    context.size = (uint32_t)Frama_C_interval(0, sizeof context);
    policy.size = (uint32_t)Frama_C_interval(0, sizeof policy);
    (void)smtperr_decide((with & 1) != 0 ? &context : NULL, (with & 2) != 0 ? &policy : NULL, &verdict, sizeof verdict);
    (void)smtperr_decide(NULL, NULL, NULL, sizeof verdict);
    (void)smtperr_decide(NULL, NULL, &verdict, sizeof verdict - 1);
}

/* What numbers say of a verdict that may hold anything, at any stage. */
void prove_classify(void)
{
    Frama_C_make_unknown((char *)&verdict, sizeof verdict);
    Frama_C_make_unknown((char *)&context, sizeof context);
    smtperr__classify_numbers(&verdict, &context);
    (void)smtperr__speaks_of_address(any());
}

void prove_failure(void)
{
    Frama_C_make_unknown((char *)&verdict, sizeof verdict);
    smtperr__classify_failure(&verdict, any());
    (void)smtperr_failure_from(any(), any());
}
