/* SPDX-License-Identifier: MIT
 *
 * The search for a reply, for Frama-C's EVA, in texts of any length: see eva_text.h. Each function that others build on is shown by itself,
 * and where it is called stands what was shown: follow_*().
 */
#include "eva_text.h"

static size_t follow_phrase_at(const char *text, size_t text_len, const char *words);
static size_t follow_line_end_at(const char *text, size_t text_len);
static size_t follow_next_break(const char *text, size_t text_len, size_t from, int hyphen, size_t *next);
static size_t follow_find_code(const char *text, size_t text_len);
static size_t follow_reply_end(const char *text, size_t text_len, size_t from);
static int32_t follow_stage_told(const char *text, size_t text_len, size_t from, size_t end);
static size_t follow_behind_report(const char *text, size_t text_len);
static smtperr_span follow_words_before(const char *text, size_t text_len, size_t code_at, size_t behind);
static size_t follow_scan_log(const char *text, size_t text_len, int32_t *enhanced);

#include ENHANCED
#include REPLY
#include FIND_REPLY

static smtperr__found found;

static size_t follow_phrase_at(const char *text, size_t text_len, const char *words)
{
    (void)end_of(text);
    return some_of(text_len);
}

static size_t follow_line_end_at(const char *text, size_t text_len)
{
    (void)end_of(text);
    CHECK(text_len > 0);
    return some_of(text_len);
}

static size_t follow_next_break(const char *text, size_t text_len, size_t from, int hyphen, size_t *next)
{
    size_t end = Frama_C_size_t_interval(0, TEXT_MAX);
    (void)end_of(text);
    CHECK(from <= text_len);
    KNOWN(end >= from && end <= text_len);
    return end;
}

static size_t follow_find_code(const char *text, size_t text_len)
{
    size_t at = text_len;
    (void)end_of(text);
    if (Frama_C_interval(0, 1)) {
        at = Frama_C_size_t_interval(0, TEXT_MAX);
        KNOWN(at + 3 <= text_len);
    }
    return at;
}

static size_t follow_reply_end(const char *text, size_t text_len, size_t from)
{
    size_t end = text_len;
    (void)end_of(text);
    CHECK(from <= text_len);
    if (Frama_C_interval(0, 1)) {
        end = Frama_C_size_t_interval(0, TEXT_MAX);
        KNOWN(end <= text_len && (from >= text_len || from + 3 <= end));
    }
    return end;
}

static int32_t follow_stage_told(const char *text, size_t text_len, size_t from, size_t end)
{
    (void)end_of(text);
    CHECK(from <= text_len && end <= text_len);
    return Frama_C_interval(0, STAGE_COUNT - 1);
}

static size_t follow_behind_report(const char *text, size_t text_len)
{
    (void)end_of(text);
    return some_of(text_len);
}

static size_t follow_scan_log(const char *text, size_t text_len, int32_t *enhanced)
{
    (void)end_of(text);
    *enhanced = Frama_C_interval(0, INT32_MAX);
    return some_of(text_len);
}

static smtperr_span follow_words_before(const char *text, size_t text_len, size_t code_at, size_t behind)
{
    smtperr_span span;
    (void)end_of(text);
    CHECK(code_at + 3 <= text_len && behind <= text_len && text_len <= whole_len);
    span.at = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    span.len = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    return span;
}

/* Words of any bytes and any length that tables here hold; logs of any length. */
void prove_phrase(void)
{
    char words[44];
    const size_t length = any_text();
    size_t at;
    Frama_C_make_unknown(words, sizeof words);
    words[sizeof words - 1] = '\0';
    at = phrase_at(a_text, length, words);
    CHECK(at <= length);
}

void prove_stage(void)
{
    const size_t length = any_text();
    const int32_t stage = stage_told(a_text, length, some_of(length), some_of(length));
    CHECK(stage >= 0 && stage < STAGE_COUNT);
}

void prove_ending(void)
{
    const size_t length = any_text();
    const size_t from = some_of(length);
    const size_t end = reply_end(a_text, length, from);
    const size_t behind = behind_report(a_text, length);
    int32_t enhanced;
    CHECK(end <= length);
    CHECK(behind <= length);
    CHECK(scan_log(a_text, length, &enhanced) <= length);
    if (from + 3 <= length) {
        (void)words_before(a_text, length, from, some_of(length));
    }
}

void prove_codes(void)
{
    const size_t length = any_text();
    (void)find_code(a_text, length);
}

void prove_breaks(void)
{
    const size_t length = any_text();
    size_t from;
    size_t to;
    size_t next[4];
    if (length > 0) {
        (void)line_end_at(a_text, length);
    }
    Frama_C_make_unknown((char *)next, sizeof next);
    from = some_of(length);
    to = next_break(a_text, length, from, Frama_C_interval(0, 1), next);
    CHECK(from <= to && to <= length);
}

void prove_found(void)
{
    const size_t length = any_text();
    const size_t kept = smtperr__find_reply(a_text, length, Frama_C_interval(0, STAGE_COUNT - 1), &found);
    CHECK(kept <= length);
    CHECK(found.stage >= 0 && found.stage < STAGE_COUNT);
}

/* Any line of what any search has found. */
void prove_joined(void)
{
    (void)any_text();
    Frama_C_make_unknown((char *)&found, sizeof found);
    (void)smtperr__found_line(a_text, &found);
}
