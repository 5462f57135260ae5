/* SPDX-License-Identifier: MIT
 *
 * The evidence of replies, for Frama-C's EVA, in texts of any length: see eva_text.h. Each function that others build on is shown
 * by itself, and where it is called stands what was shown: follow_*(). What other files do with a verdict may be anything.
 */
#include "eva_text.h"

static uint64_t any_eight(void);
static size_t follow_phrase_at(const char *text, size_t text_len, const char *words);
static size_t follow_line_end_at(const char *text, size_t text_len);
static size_t follow_next_break(const char *text, size_t text_len, size_t from, int hyphen, void *next);
static size_t follow_find_code(const char *text, size_t text_len);
static size_t follow_reply_end(const char *text, size_t text_len, size_t from);
static int32_t follow_stage_told(const char *text, size_t text_len, size_t from, size_t end);
static size_t follow_behind_report(const char *text, size_t text_len);
static smtperr_span follow_words_before(const char *text, size_t text_len, size_t code_at);
static size_t follow_scan_log(const char *text, size_t text_len, smtperr_verdict *verdict);
static void follow_scan_line(const char *reply, smtperr_span line, smtperr_verdict *verdict, smtperr__matcher *matcher);
static void follow_finish_numbers(const char *reply, size_t reply_len, smtperr_verdict *verdict);
static void follow_gather_lines(const char *text, size_t text_len, size_t at, smtperr_verdict *verdict,
                                smtperr__matcher *matcher);
static size_t follow_frame_whole(const char *reply, size_t reply_len, smtperr__frame *frame);

#include ENHANCED
#include REPLY
#include EVIDENCE

static smtperr_verdict verdict;
static smtperr_context context;
static smtperr__matcher matcher;
static smtperr__frame frame;

static int32_t any(void)
{
    return Frama_C_interval(-2147483647 - 1, 2147483647);
}

static uint64_t any_eight(void)
{
    return Frama_C_unsigned_long_long_interval(0, UINT64_MAX);
}

static void any_verdict(smtperr_verdict *to)
{
    Frama_C_make_unknown((char *)to, sizeof *to);
}

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

static size_t follow_next_break(const char *text, size_t text_len, size_t from, int hyphen, void *next)
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

static size_t follow_scan_log(const char *text, size_t text_len, smtperr_verdict *to)
{
    (void)end_of(text);
    any_verdict(to);
    return some_of(text_len);
}

static smtperr_span follow_words_before(const char *text, size_t text_len, size_t code_at)
{
    smtperr_span span;
    (void)end_of(text);
    CHECK(code_at + 3 <= text_len && text_len <= whole_len);
    span.at = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    span.len = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    return span;
}

static void follow_scan_line(const char *reply, smtperr_span line, smtperr_verdict *to, smtperr__matcher *words)
{
    (void)end_of(reply);
    any_verdict(to);
}

static void follow_finish_numbers(const char *reply, size_t reply_len, smtperr_verdict *to)
{
    CHECK(reply_len <= whole_len);
    if (reply_len > 0) {
        (void)end_of(reply);
    }
    any_verdict(to);
}

static void follow_gather_lines(const char *text, size_t text_len, size_t at, smtperr_verdict *to, smtperr__matcher *words)
{
    (void)end_of(text);
    CHECK(at + 3 <= text_len && text_len <= whole_len);
    any_verdict(to);
}

static size_t follow_frame_whole(const char *reply, size_t reply_len, smtperr__frame *to)
{
    (void)end_of(reply);
    CHECK(reply_len <= whole_len);
    Frama_C_make_unknown((char *)to, sizeof *to);
    return some_of(whole_len);
}

/* What other files do: reader.c, whose own proof says that no more is used than there is; words.c; hints.c. */
int32_t smtperr_reader_init(smtperr_reader *reader, size_t reader_size, char *keep, size_t keep_size)
{
    Frama_C_make_unknown((char *)reader, sizeof *reader);
    return 0;
}

int32_t smtperr_reader_feed(smtperr_reader *reader, const char *bytes, size_t bytes_len, size_t *used)
{
    Frama_C_make_unknown((char *)reader, sizeof *reader);
    *used = some_of(bytes_len);
    return any();
}

uint32_t smtperr_reader_pending(const smtperr_reader *reader)
{
    return Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

void smtperr__reader_frame(const smtperr_reader *reader, smtperr__frame *to)
{
    Frama_C_make_unknown((char *)to, sizeof *to);
}

void smtperr__begin_words(smtperr__matcher *words, const smtperr_verdict *of, uint16_t provider)
{
    Frama_C_make_unknown((char *)words, sizeof *words);
}

void smtperr__read_words(smtperr__matcher *words, const char *reply, smtperr_span text)
{
    (void)end_of(reply);
    words->url_at = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    words->number_at = Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

uint32_t smtperr__retry_after(const char *text, size_t text_len, size_t from)
{
    (void)end_of(text);
    CHECK(text_len <= whole_len);
    return Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

smtperr_span smtperr__find_url(const char *text, size_t text_len, size_t first)
{
    smtperr_span span;
    (void)end_of(text);
    CHECK(text_len <= whole_len);
    span.at = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    span.len = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    return span;
}

void smtperr__classify_numbers(smtperr_verdict *to, const smtperr_context *from)
{
    any_verdict(to);
}

void smtperr__classify_words(smtperr_verdict *to, const smtperr__matcher *words)
{
    any_verdict(to);
}

void smtperr__classify_failure(smtperr_verdict *to, int32_t failure)
{
    any_verdict(to);
}

uint32_t smtperr_data_version(void)
{
    return Frama_C_unsigned_int_interval(0, UINT32_MAX);
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
    CHECK(end <= length);
    CHECK(behind <= length);
    CHECK(scan_log(a_text, length, &verdict) <= length);
    if (from + 3 <= length) {
        (void)words_before(a_text, length, from);
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
    breaks found;
    if (length > 0) {
        (void)line_end_at(a_text, length);
    }
    Frama_C_make_unknown((char *)&found, sizeof found);
    from = some_of(length);
    to = next_break(a_text, length, from, Frama_C_interval(0, 1), &found);
    CHECK(from <= to && to <= length);
}

void prove_scan(void)
{
    smtperr_span line;
    line.at = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    line.len = (uint32_t)any_text();
    any_verdict(&verdict);
    scan_line(a_text, line, &verdict, Frama_C_interval(0, 1) ? &matcher : NULL);
    any_verdict(&verdict);
    finish_numbers(a_text, whole_len, &verdict);
}

void prove_joined(void)
{
    const size_t length = any_text();
    size_t at = some_of(length);
    any_verdict(&verdict);
    if (at + 3 <= length) {
        gather_lines(a_text, length, at, &verdict, Frama_C_interval(0, 1) ? &matcher : NULL);
    }
}

void prove_gather(void)
{
    const size_t length = any_text();
    Frama_C_make_unknown((char *)&context, sizeof context);
    Frama_C_make_unknown((char *)&frame, sizeof frame);
    (void)frame_whole(a_text, length, &frame);
    if (length > 0) {
        smtperr__gather(a_text, length, SMTPERR_SHAPE_TEXT, NULL, &context, &verdict, &matcher);
        smtperr__gather(a_text, length, SMTPERR_SHAPE_WIRE, NULL, &context, &verdict, &matcher);
        smtperr__gather(a_text, length, SMTPERR_SHAPE_WIRE, &frame, &context, &verdict, &matcher);
    }
    smtperr__gather(NULL, length, SMTPERR_SHAPE_TEXT, NULL, &context, &verdict, &matcher);
    smtperr__gather(a_text, 0, SMTPERR_SHAPE_WIRE, NULL, &context, &verdict, &matcher);
    smtperr__gather(NULL, 0, SMTPERR_SHAPE_WIRE, &frame, &context, &verdict, &matcher);
}
