/* SPDX-License-Identifier: MIT
 *
 * The evidence of replies, for Frama-C's EVA, in texts of any length: see eva_text.h. Each function that others build on is shown
 * by itself, and where it is called stands what was shown: follow_*(). What other files do with a verdict may be anything.
 */
#include "eva_text.h"

static uint64_t any_eight(void);
static void follow_scan_line(const char *reply, smtperr_span line, smtperr_verdict *verdict, smtperr__matcher *matcher);
static void follow_finish_numbers(const char *reply, size_t reply_len, smtperr_verdict *verdict);
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

static size_t follow_frame_whole(const char *reply, size_t reply_len, smtperr__frame *to)
{
    (void)end_of(reply);
    CHECK(reply_len <= whole_len);
    Frama_C_make_unknown((char *)to, sizeof *to);
    return some_of(whole_len);
}

/* What other files do: reader.c and find_reply.c, whose own proofs say that no more is used than there is; words.c; hints.c. */
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

size_t smtperr__find_reply(const char *text, size_t text_len, int32_t stage, smtperr__found *found)
{
    (void)end_of(text);
    CHECK(text_len <= whole_len);
    Frama_C_make_unknown((char *)found, sizeof *found);
    return some_of(text_len);
}

smtperr_span smtperr__found_line(const char *text, smtperr__found *found)
{
    smtperr_span span;
    (void)end_of(text);
    Frama_C_make_unknown((char *)found, sizeof *found);
    span.at = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    span.len = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    return span;
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
