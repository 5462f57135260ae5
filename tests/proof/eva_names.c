/* SPDX-License-Identifier: MIT
 *
 * Names, numbers and sentences in the generated tables, for Frama-C's EVA: any kinds, numbers and names of any length. Names in the pool are
 * strings of any length: tests/generator/test_tables.py sees to it that each ends there.
 */
#include "eva_text.h"
#include TABLES

static size_t known_len;

/* A character of a name in the pool: the last is 0. */
#define known_at(i) (CHECK((i) <= known_len), (i) < known_len ? (char)Frama_C_interval(1, 127) : 0)

static size_t follow_lower_bound(void)
{
    return some_of(smtperr__word_count);
}

static size_t between(size_t low, size_t high)
{
    size_t at = Frama_C_size_t_interval(0, TEXT_MAX);
    CHECK(low < high);
    KNOWN(at >= low && at < high);
    return at;
}

const smtperr__meaning *smtperr__find_code(int32_t code, int32_t stage)
{
    static smtperr__meaning row;
    Frama_C_make_unknown((char *)&row, sizeof row);
    return Frama_C_interval(0, 1) ? &row : NULL;
}

const smtperr__meaning *smtperr__find_enhanced(int32_t enhanced, int32_t stage)
{
    return smtperr__find_code(enhanced, stage);
}

#include NAMES

static int32_t any(void)
{
    return Frama_C_interval(-2147483647 - 1, 2147483647);
}

void prove_names(void)
{
    smtperr_verdict verdict;
    const size_t length = any_text();
    const size_t at = lower_bound(any(), any());
    CHECK(at <= smtperr__word_count);
    known_len = Frama_C_size_t_interval(0, TEXT_MAX);
    (void)smtperr_value(any(), a_text, length);
    (void)smtperr_value(any(), NULL, length);
    (void)smtperr_name(any(), any());
    (void)smtperr_next(any(), any());
    (void)smtperr_describe(any(), any(), any(), any());
    Frama_C_make_unknown((char *)&verdict, sizeof verdict);
    (void)smtperr_explain(&verdict, any());
    (void)smtperr_explain(NULL, any());
}
