/* SPDX-License-Identifier: MIT
 *
 * Words of replies, for Frama-C's EVA, in texts of any length: how words.c finds words, hosts, addresses and numbers in bytes. What it
 * then looks up in the generated tables is not here: take_word() and take_host() stand for that. Texts are those of eva_text.h; the
 * end of one is a place in it, and each function is shown by itself, with what others are shown to do in their place.
 */
#include "eva_text.h"

#define BYTE_OF(i, end) ((room + TEXT_MAX)[(long long)(i) - (long long)(end)])

static int any_of_two(void)
{
    return Frama_C_interval(0, 1);
}

static size_t between(size_t from, size_t to)
{
    size_t at = Frama_C_size_t_interval(0, TEXT_MAX);
    KNOWN(at >= from && at <= to);
    return at;
}

static int follow_memcmp(size_t to, size_t end)
{
    CHECK(to <= end);
    return Frama_C_interval(-1, 1);
}

static size_t follow_character(size_t end, size_t at, uint32_t *value)
{
    CHECK(at < end);
    *value = Frama_C_unsigned_int_interval(0, 0x10FFFF);
    return Frama_C_size_t_interval(0, 4);
}

static int follow_is_host(size_t from, size_t to, size_t end)
{
    CHECK(from <= to && to <= end);
    return any_of_two();
}
#define take_host follow_is_host

static int follow_is_ip(size_t from, size_t to, size_t end)
{
    CHECK(from < to && to <= end);
    return any_of_two();
}

static size_t follow_host_end(const char *text, size_t from, size_t end)
{
    CHECK(from <= end);
    return between(from, end);
}
#define follow_address_end follow_host_end

static void follow_take_words(size_t from, size_t end)
{
    CHECK(end <= whole_len);
}

static void take_word(smtperr__matcher *matcher, uint32_t hash)
{
}

static void take_token(smtperr__matcher *matcher, uint32_t token)
{
}

static size_t follow_plain_word(const char *text, size_t at, size_t end, uint32_t *hash)
{
    CHECK(end <= whole_len);
    *hash = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    return between(at, end);
}

static void follow_take_chunk(smtperr__matcher *matcher, const char *text, size_t from, size_t end, unsigned seen)
{
    CHECK(from <= end && end <= whole_len);
}

static size_t follow_take_contraction(smtperr__matcher *matcher, const char *text, size_t from, size_t at, size_t end)
{
    CHECK(at < end);
    return Frama_C_size_t_interval(0, 4);
}

#define SELDOM
#include WORDS

static smtperr__matcher matcher;
static smtperr_verdict numbers;

void prove_words(void)
{
    const size_t end = any_text();
    const size_t from = some_of(end);
    smtperr_span text;
    size_t to;
    uint32_t hash;
    Frama_C_make_unknown((char *)&matcher, sizeof matcher);
    Frama_C_make_unknown((char *)&numbers, sizeof numbers);
    numbers.stage = Frama_C_interval(0, STAGE_COUNT - 1);
    matcher.verdict = &numbers;
    text.at = 0;
    text.len = (uint32_t)end;
    smtperr__read_words(&matcher, a_text, text);
    take_words(&matcher, a_text, Frama_C_size_t_interval(0, TEXT_MAX), end);
    to = plain_word(a_text, from, end, &hash);
    CHECK(from <= to && to <= end);
    to = host_end(a_text, from, end);
    CHECK(from <= to && to <= end);
    to = address_end(a_text, from, end);
    CHECK(from <= to && to <= end);
    if (end > 0) {
        (void)is_ip(a_text, end);
    }
    (void)is_host(a_text, end);
}

void prove_contraction(void)
{
    const size_t end = any_text();
    const size_t at = some_of(end);
    const size_t from = some_of(end);
    size_t rest = 0;
    Frama_C_make_unknown((char *)&matcher, sizeof matcher);
    if (from <= at && at < end) {
        rest = take_contraction(&matcher, a_text, from, at, end);
    }
    CHECK(rest <= 4);
}

void prove_chunk(void)
{
    const size_t end = any_text();
    Frama_C_make_unknown((char *)&matcher, sizeof matcher);
    take_chunk(&matcher, a_text, some_of(end), end, Frama_C_unsigned_int_interval(0, 255));
}
