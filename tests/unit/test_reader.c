/* SPDX-License-Identifier: MIT
 *
 * The reader against what a hostile or careless server can send. Each row of the tables is a test of its name: its events
 * are written out, and then it is read whole, byte by byte, in every split (up to 16 bytes: all of them; beyond: every two
 * and three pieces), with every small keep buffer; each time the same as the reference reader. Feeds and keep buffers end
 * at an unreadable page. Rows whose number is missing speak of texts and are tested with the text rules; the rows at the end
 * of the file ask for the verdict where the row is about the decision.
 */
#include "reference_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
    REPLY = SMTPERR_REPLY,
    SYNTAX = SMTPERR_ERR_SYNTAX,
    BARE_CODE = SMTPERR_FLAG_BARE_CODE,
    BARE_LF = SMTPERR_FLAG_BARE_LF,
    MIXED = SMTPERR_FLAG_MIXED_CODES,
    BLANK = SMTPERR_FLAG_BLANK_BEFORE
};

/* ---- Rows of streams. ---- */

typedef struct {
    const char *name;
    const char *stream;
    size_t stream_len;
    struct {
        size_t end; /* of the stream, behind the reply */
        int32_t code, first_code;
        int flags;
    } replies[4];
    int32_t last; /* MORE or an error, after the replies */
    size_t last_end;
} stream_row;

#define BYTES(text) text, sizeof(text) - 1
#define NO_REPLY {{0, 0, 0, 0}}
#define ONE(end, code, flags) {{end, code, code, flags}}
#define TWO(end, code, flags, end2, code2, flags2) {{end, code, code, flags}, {end2, code2, code2, flags2}}
/* Nothing but one reply. */
#define IS_REPLY(text, code, flags) BYTES(text), ONE(sizeof(text) - 1, code, flags), SMTPERR_NONE, sizeof(text) - 1
/* No reply yet, or a fault at its end-th byte. */
#define IS_MORE(text) BYTES(text), NO_REPLY, SMTPERR_NONE, sizeof(text) - 1
#define IS_SYNTAX(text, end) BYTES(text), NO_REPLY, SYNTAX, end

static const stream_row stream_rows[] = {
    {"row_01_code_alone", IS_REPLY("250\r\n", 250, BARE_CODE)},
    {"row_01_bare_334", IS_REPLY("334\r\n", 334, BARE_CODE)},
    {"row_01_last_line_is_a_code_alone", IS_REPLY("550-a\r\n550\r\n", 550, BARE_CODE)},
    {"row_02_code_then_nothing", IS_MORE("250")},
    {"row_02_two_digits_then_nothing", IS_MORE("25")},
    {"row_02_text_without_end", IS_MORE("250 ok")},
    {"row_02_last_line_missing", IS_MORE("250-a\r\n250-b\r\n")},
    {"row_03_opensmtpd_short_last_line", IS_REPLY("553-\r\n553\r\n", 553, BARE_CODE)},
    {"row_04_five_digits", IS_SYNTAX("25013", 4)},
    {"row_05_bare_code_after_a_text", BYTES("550 5.1.1 no\r\n250\r\n"), TWO(14, 550, 0, 19, 250, BARE_CODE), SMTPERR_NONE, 19},
    {"row_06_four_digits", IS_SYNTAX("2509 x\r\n", 4)},
    {"row_06_two_digits", IS_SYNTAX("25 x\r\n", 3)},
    {"row_06_leading_blank", IS_SYNTAX(" 250 x\r\n", 1)},
    {"row_06_plus", IS_SYNTAX("+25 x\r\n", 1)},
    {"row_06_minus", IS_SYNTAX("-250 x\r\n", 1)},
    {"row_06_underscore_in_the_code", IS_SYNTAX("2_5 x\r\n", 2)},
    {"row_06_hexadecimal", IS_SYNTAX("0x2\r\n", 1)},
    {"row_06_underscore_behind_the_code", IS_SYNTAX("250_x\r\n", 4)},
    {"row_06_arabic_digits", IS_SYNTAX("\xd9\xa2\xd9\xa5\xd9\xa0 x\r\n", 1)},
    {"row_06_full_width_digits", IS_SYNTAX("\xef\xbc\x92\xef\xbc\x95\xef\xbc\x90 x\r\n", 1)},
    {"row_06_byte_order_mark", IS_SYNTAX("\xef\xbb\xbf" "250 x\r\n", 1)},
    {"row_07_eleven_nines", IS_SYNTAX("99999999999 x\r\n", 1)},
    {"row_07_eleven_digits", IS_SYNTAX("59999999999 x\r\n", 4)},
    {"row_07_a_flag_of_others_as_code", IS_SYNTAX("4096 x\r\n", 4)},
    {"row_08_000", IS_SYNTAX("000 x\r\n", 1)},
    {"row_08_199", IS_SYNTAX("199 x\r\n", 1)},
    {"row_08_600", IS_SYNTAX("600 x\r\n", 1)},
    {"row_08_999", IS_SYNTAX("999 x\r\n", 1)},
    {"row_08_571_is_a_reply", IS_REPLY("571 x\r\n", 571, 0)},
    {"row_08_599_is_a_reply", IS_REPLY("599 x\r\n", 599, 0)},
    {"row_09_garbage_is_not_skipped", IS_SYNTAX("garbage\r\n250 ok\r\n", 1)},
    {"row_10_tls_alert", IS_SYNTAX("\x15\x03\x01\x00\x02\x02\x28", 1)},
    {"row_10_http", IS_SYNTAX("HTTP/1.1 400 Bad Request\r\n", 1)},
    {"row_10_imap", IS_SYNTAX("* OK IMAP4rev1\r\n", 1)},
    {"row_10_pop3", IS_SYNTAX("-ERR\r\n", 1)},
    {"row_11_blank_line_before", IS_REPLY("\r\n250 ok\r\n", 250, BLANK)},
    {"row_11_four_blank_lines", IS_REPLY("\r\n\n\r\n\n250 ok\r\n", 250, BLANK)},
    {"row_11_five_blank_lines", IS_SYNTAX("\r\n\r\n\r\n\r\n\r\n250 ok\r\n", 9)},
    {"row_11_five_bare_blank_lines", IS_SYNTAX("\n\n\n\n\n250 ok\r\n", 5)},
    {"row_11_blank_lines_count_anew", BYTES("\n\n\n\n250 a\r\n\n\n\n\n250 b\r\n"),
     TWO(11, 250, BLANK, 22, 250, BLANK), SMTPERR_NONE, 22},
    {"row_11_only_a_blank_line", IS_MORE("\r\n")},
    {"row_12_blank_line_inside", IS_SYNTAX("250-a\r\n\r\n250 b\r\n", 8)},
    {"row_12_bare_blank_line_inside", IS_SYNTAX("250-a\r\n\n250 b\r\n", 8)},
    {"row_12_garbage_inside", IS_SYNTAX("250-a\r\nxx\r\n", 8)},
    {"row_13_mixed_codes", BYTES("220-a\r\n550 b\r\n"), {{14, 550, 220, MIXED}}, SMTPERR_NONE, 14},
    {"row_13_mixed_in_the_middle", BYTES("250-a\r\n251-b\r\n250 c\r\n"), {{21, 250, 250, MIXED}}, SMTPERR_NONE, 21},
    {"row_14_starttls_response_injection", BYTES("220 go\r\n250-x\r\n250 AUTH PLAIN\r\n"),
     TWO(8, 220, 0, 31, 250, 0), SMTPERR_NONE, 31},
    {"row_15_fragment_before_tls", BYTES("220 go\r\n25"), ONE(8, 220, 0), SMTPERR_NONE, 10},
    {"row_16_forgotten_hyphen", BYTES("535 a\r\n535 b\r\n"), TWO(7, 535, 0, 14, 535, 0), SMTPERR_NONE, 14},
    {"row_21_bare_lf", IS_REPLY("250 a\n", 250, BARE_LF)},
    {"row_21_bare_lf_in_one_line_of_two", IS_REPLY("250-a\n250 b\r\n", 250, BARE_LF)},
    {"row_21_bare_lf_behind_a_code_alone", IS_REPLY("250\n", 250, BARE_LF | BARE_CODE)},
    {"row_21_bare_lf_without_text", IS_REPLY("250 \n", 250, BARE_LF)},
    {"row_22_cr_in_the_text", IS_REPLY("250 a\rb\r\n", 250, 0)},
    {"row_22_two_crs_at_the_end", IS_REPLY("250 a\r\r\n", 250, 0)},
    {"row_22_cr_is_all_the_text", IS_REPLY("250 \r\r\n", 250, 0)},
    {"row_22_cr_before_a_code", IS_REPLY("250 a\r250 b\r\n", 250, 0)},
    {"row_23_cr_behind_the_code", IS_SYNTAX("250\r250 ok\r\n", 5)},
    {"row_23_two_crs_behind_the_code", IS_SYNTAX("250\r\r\n", 5)},
    {"row_23_cr_before_the_reply", IS_SYNTAX("\r250 x\r\n", 2)},
    {"row_24_nul_in_the_text", IS_REPLY("250 a\0b\r\n", 250, 0)},
    {"row_24_nul_in_the_code", IS_SYNTAX("25\0 x\r\n", 3)},
    {"row_24_nul_behind_the_code", IS_SYNTAX("250\0 x\r\n", 4)},
    {"row_25_escape_bell_delete", IS_REPLY("550 \x1b[2J\x07x\x7f\r\n", 550, 0)},
    {"row_26_other_line_ends", IS_REPLY("550 x\vy\fz\xe2\x80\xa8 250 ok\r\n", 550, 0)},
    {"row_26_next_line_character", IS_REPLY("550 x\xc2\x85" "250 ok\r\n", 550, 0)},
    {"row_27_format_string", IS_REPLY("550 %s%n\r\n", 550, 0)},
    {"row_28_latin_1", IS_REPLY("550 Empf\xe4nger\r\n", 550, 0)},
    {"row_28_invalid_utf_8", IS_REPLY("550 \xc0\x80\xff\xfe\r\n", 550, 0)},
    {"row_28_utf_8", IS_REPLY("550 \xc3\xa9\xe2\x82\xac\r\n", 550, 0)},
    {"row_33_nothing", IS_MORE("")},

    {"r01_lines_with_hyphen_and_one_with_blank", BYTES("250-a\r\n250 b\r\n"), ONE(14, 250, 0), SMTPERR_NONE, 14},
    {"r01_blank_ends_each", BYTES("250 a\r\n250 b\r\n"), TWO(7, 250, 0, 14, 250, 0), SMTPERR_NONE, 14},
    {"r02_leading_blank", IS_SYNTAX(" 250 ok\r\n", 1)},
    {"r02_sign", IS_SYNTAX("+25 ok\r\n", 1)},
    {"r02_two_digits", IS_SYNTAX("25 ok\r\n", 3)},
    {"r02_four_digits", IS_SYNTAX("2500 ok\r\n", 4)},
    {"r03_first_digit_1", IS_SYNTAX("101 x\r\n", 1)},
    {"r03_first_digit_6", IS_SYNTAX("600 x\r\n", 1)},
    {"r03_first_digit_0", IS_SYNTAX("050 x\r\n", 1)},
    {"r04_unlisted_299", IS_REPLY("299 x\r\n", 299, 0)},
    {"r04_unlisted_499", IS_REPLY("499 x\r\n", 499, 0)},
    {"r05_second_digit_7", IS_REPLY("571 5.7.1 no\r\n", 571, 0)},
    {"r06_tab", IS_SYNTAX("250\tok\r\n", 4)},
    {"r06_no_separator", IS_SYNTAX("250ok\r\n", 4)},
    {"r06_underscore", IS_SYNTAX("250_ok\r\n", 4)},
    {"r06_hyphen_without_text", IS_REPLY("250-\r\n250 ok\r\n", 250, 0)},
    {"r07_code_alone", IS_REPLY("250\r\n", 250, BARE_CODE)},
    {"r07_blank_without_text", IS_REPLY("250 \r\n", 250, 0)},
    {"r07_hyphen_then_code_alone", IS_REPLY("250-\r\n250\r\n", 250, BARE_CODE)},
    {"r08_codes_differ", BYTES("250-a\r\n550 b\r\n"), {{14, 550, 250, MIXED}}, SMTPERR_NONE, 14},
    {"r09_digits_in_the_text", IS_REPLY("250-234 text\r\n250 end\r\n", 250, 0)},
    {"r10_control_and_eight_bit_bytes", IS_REPLY("250 \x1b\x07\x7f\x80\xff\r\n", 250, 0)},
    {"r11_nul_hides_nothing", BYTES("550 a\0b\r\n250 c\r\n"), TWO(9, 550, 0, 16, 250, 0), SMTPERR_NONE, 16},
    {"r12_bare_lf", IS_REPLY("250 ok\n", 250, BARE_LF)},
    {"r12_bare_cr", IS_REPLY("250 a\rb\r\n", 250, 0)},
    {"r15_empty_line_before", IS_REPLY("\r\n250 ok\r\n", 250, BLANK)},
    {"r15_empty_line_inside", IS_SYNTAX("250-a\r\n\r\n250 b\r\n", 8)},
    {"r15_no_code", IS_SYNTAX("* hi\r\n", 1)},
    {"r16_several_replies_in_one_read", BYTES("250 a\r\n354\r\n550-b\r\n550 c\r\n421 d\n"),
     {{7, 250, 250, 0}, {12, 354, 354, BARE_CODE}, {26, 550, 550, 0}, {32, 421, 421, BARE_LF}}, SMTPERR_NONE, 32},
    {"r17_end_between_lines", IS_MORE("250-a\r\n")},
    {"r17_end_inside_a_code", IS_MORE("25")},
    {"r18_greeting", IS_REPLY("220 mx.example ESMTP\r\n", 220, 0)},
    {"r18_greeting_of_two_lines", IS_REPLY("220-mx.example\r\n220 hi\r\n", 220, 0)},
    {"r18_greeting_refuses", IS_REPLY("554 no\r\n", 554, 0)},
    {"r18_greeting_puts_off", IS_REPLY("421 later\r\n", 421, 0)},

    {"error_behind_a_reply", BYTES("250 a\r\n25x\r\n"), ONE(7, 250, 0), SYNTAX, 10},
    {"flags_do_not_outlive_their_reply", BYTES("\n250-a\n251\n250 c\r\n"),
     {{11, 251, 250, BLANK | BARE_LF | BARE_CODE | MIXED}, {18, 250, 250, 0}}, SMTPERR_NONE, 18},
};
enum { STREAM_ROWS = sizeof stream_rows / sizeof stream_rows[0] };

static reader_event wanted[EVENTS_MAX];
static reader_event got[EVENTS_MAX];

/* Reads as cut and compares with wanted, which holds count events. */
static void check_chunking(const char *stream, size_t stream_len, size_t keep_size, const chunking *chunks, size_t count)
{
    size_t got_count;
    const char *broken = reader_events(stream, stream_len, keep_size, chunks, got, &got_count);
    if (broken == NULL) {
        broken = events_differ(wanted, count, got, got_count);
    }
    if (broken != NULL) {
        size_t i;
        print_error("%s (keep %u, step %u, cut at", broken, (unsigned)keep_size, chunks != NULL ? (unsigned)chunks->step : 0U);
        for (i = 0; chunks != NULL && i < chunks->cut_count && i < 16; i++) {
            print_error(" %u", (unsigned)chunks->cuts[i]);
        }
        fail_msg(")");
    }
}

/* Every set of cuts of a short stream. */
static void check_all_splits(const char *stream, size_t stream_len, size_t keep_size, size_t count)
{
    const uint32_t sets = stream_len > 1 ? (uint32_t)1 << (stream_len - 1) : 1;
    uint32_t set;
    for (set = 0; set < sets; set++) {
        size_t cuts[16];
        chunking chunks = {0, cuts, 0};
        size_t i;
        for (i = 0; i + 1 < stream_len; i++) {
            if ((set >> i & 1) != 0) {
                cuts[chunks.cut_count++] = i + 1;
            }
        }
        check_chunking(stream, stream_len, keep_size, &chunks, count);
    }
}

static void check_two_and_three_pieces(const char *stream, size_t stream_len, size_t keep_size, size_t count)
{
    size_t cuts[2];
    chunking chunks = {0, cuts, 1};
    for (cuts[0] = 1; cuts[0] < stream_len; cuts[0]++) {
        chunks.cut_count = 1;
        check_chunking(stream, stream_len, keep_size, &chunks, count);
        chunks.cut_count = 2;
        for (cuts[1] = cuts[0] + 1; cuts[1] < stream_len && stream_len <= 300; cuts[1]++) {
            check_chunking(stream, stream_len, keep_size, &chunks, count);
        }
    }
}

static void check_every_chunking(const char *stream, size_t stream_len, size_t keep_size)
{
    const size_t count = reference_events(stream, stream_len, keep_size, wanted);
    chunking chunks = {0, NULL, 0};
    check_chunking(stream, stream_len, keep_size, NULL, count);
    for (chunks.step = 1; chunks.step <= 7; chunks.step++) {
        check_chunking(stream, stream_len, keep_size, &chunks, count);
    }
    if (stream_len <= 16) {
        check_all_splits(stream, stream_len, keep_size, count);
    } else if (stream_len <= 2000) {
        check_two_and_three_pieces(stream, stream_len, keep_size, count);
    }
}

static size_t first_line_len(const char *reply, size_t reply_len)
{
    const char *end = memchr(reply, '\n', reply_len);
    return end != NULL ? (size_t)(end - reply) + 1 : reply_len;
}

/* What is kept must be a reply itself: of the same code, with the first lines while they are short, and with the beginning
 * of the last; cut exactly if it says so. */
static void check_kept(const char *reply, size_t reply_len, size_t keep_size, const reader_event *event)
{
    reader_event again;
    size_t first;
    size_t last;
    size_t kept_last;
    size_t same;
    if (keep_size < 16) {
        assert_int_equal(event->kept_len, 0);
        assert_int_equal(event->flags & SMTPERR_FLAG_TEXT_TRUNCATED, 0);
        return;
    }
    assert_true(event->kept_len <= keep_size);
    assert_int_equal((event->flags & SMTPERR_FLAG_TEXT_TRUNCATED) != 0, reply_len > keep_size);
    assert_int_equal((event->flags & SMTPERR_FLAG_TEXT_TRUNCATED) == 0,
                     event->kept_len == reply_len && memcmp(event->kept, reply, reply_len) == 0);
    reference_next(event->kept, event->kept_len, 0, EVENT_KEEP_MAX, &again);
    assert_int_equal(again.result, SMTPERR_REPLY);
    assert_int_equal(again.end, event->kept_len);
    assert_int_equal(again.code, event->code);
    first = first_line_len(reply, reply_len);
    if (first <= keep_size / 2) {
        assert_memory_equal(event->kept, reply, first);
        assert_int_equal(again.first_code, event->first_code);
    }
    for (last = reply_len - 1; last > 0 && reply[last - 1] != '\n'; last--) {
    }
    for (kept_last = event->kept_len - 1; kept_last > 0 && event->kept[kept_last - 1] != '\n'; kept_last--) {
    }
    same = reply_len - last; /* all of the last line, or as much of it as half a buffer holds and more */
    if (same > event->kept_len - kept_last) {
        assert_true(event->kept_len - kept_last >= keep_size / 2);
        same = event->kept_len - kept_last - 2;
    } else {
        assert_int_equal(same, event->kept_len - kept_last);
    }
    assert_memory_equal(event->kept + kept_last, reply + last, same < 2 ? 0 : same - 2);
}

static size_t keep_sizes(size_t index)
{
    static const size_t more[] = {100, 101, 127, 128, 255, 256, 512, 1000, 1023, 1024};
    return index <= 64 ? index : index - 65 < sizeof more / sizeof more[0] ? more[index - 65] : SIZE_MAX;
}

static void check_every_keep_size(const char *stream, size_t stream_len)
{
    static const size_t steps[] = {0, 1, 3, 5, 16};
    size_t index;
    for (index = 0; keep_sizes(index) != SIZE_MAX; index++) {
        const size_t keep_size = keep_sizes(index);
        const size_t count = reference_events(stream, stream_len, keep_size, wanted);
        size_t begin = 0;
        size_t i;
        for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            const chunking chunks = {steps[i], NULL, 0};
            check_chunking(stream, stream_len, keep_size, &chunks, count);
        }
        for (i = 0; i < count && wanted[i].result == SMTPERR_REPLY; i++) {
            const size_t end = wanted[i].end;
            while (stream[begin] == '\r' || stream[begin] == '\n') { /* blank lines are not kept */
                begin++;
            }
            check_kept(stream + begin, end - begin, keep_size, &got[i]);
            begin = end;
        }
    }
}

static void check_stream_row(void **state)
{
    const stream_row *row = *state;
    const size_t count = reference_events(row->stream, row->stream_len, EVENT_KEEP_MAX, wanted);
    size_t i;
    for (i = 0; i < 4 && row->replies[i].end > 0; i++) {
        assert_int_equal(wanted[i].result, SMTPERR_REPLY);
        assert_int_equal(wanted[i].end, row->replies[i].end);
        assert_int_equal(wanted[i].code, row->replies[i].code);
        assert_int_equal(wanted[i].first_code, row->replies[i].first_code);
        assert_int_equal(wanted[i].flags, row->replies[i].flags);
    }
    assert_int_equal(count, i + 1);
    assert_int_equal(wanted[i].result, row->last);
    assert_int_equal(wanted[i].end, row->last_end);
    check_every_chunking(row->stream, row->stream_len, EVENT_KEEP_MAX);
    check_every_chunking(row->stream, row->stream_len, 16);
    check_every_keep_size(row->stream, row->stream_len);
}

/* ---- Long streams: the limits. ---- */

static char stream[SMTPERR_REPLY_MAX * 2];

static size_t put(size_t at, const char *text)
{
    memcpy(stream + at, text, strlen(text));
    return at + strlen(text);
}

/* A line of so many bytes, its end among them. */
static size_t put_line(size_t at, const char *prefix, size_t line_len, const char *line_end)
{
    const size_t end = at + line_len - strlen(line_end);
    at = put(at, prefix);
    memset(stream + at, 'x', end - at);
    return put(end, line_end);
}

/* Cuts near the end, where the limit is, and steady ones. */
static void check_long(size_t stream_len, int32_t result, size_t end)
{
    static const size_t steps[] = {0, 1, 2, 1000, 4096, 16384, 65521};
    const size_t count = reference_events(stream, stream_len, EVENT_KEEP_MAX, wanted);
    size_t cuts[2] = {0, 0};
    chunking chunks = {0, cuts, 2};
    size_t i;
    assert_int_equal(wanted[0].result, result);
    assert_int_equal(wanted[0].end, end);
    for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const chunking steady = {steps[i], NULL, 0};
        check_chunking(stream, stream_len, EVENT_KEEP_MAX, &steady, count);
    }
    for (cuts[0] = end > 4 ? end - 4 : 1; cuts[0] < end + 2 && cuts[0] < stream_len; cuts[0]++) {
        for (cuts[1] = cuts[0] + 1; cuts[1] < end + 3; cuts[1]++) {
            check_chunking(stream, stream_len, EVENT_KEEP_MAX, &chunks, count);
        }
    }
}

static void row_17_r14_endless_lines(void **state)
{
    size_t at = 0;
    (void)state;
    while (at < SMTPERR_REPLY_MAX + 70) {
        at = put(at, "250-x\r\n");
    }
    check_long(at, SMTPERR_ERR_REPLY_TOO_LONG, SMTPERR_REPLY_MAX + 1);
}

static void row_18_r14_endless_line(void **state)
{
    (void)state;
    memset(stream, 'x', sizeof stream);
    (void)put(0, "250 ");
    check_long(SMTPERR_REPLY_MAX, SMTPERR_ERR_LINE_TOO_LONG, SMTPERR_LINE_MAX + 1);
}

static void row_19_auth_challenge_of_12288_bytes(void **state)
{
    const size_t length = put_line(0, "334 ", 4 + 12288 + 2, "\r\n");
    (void)state;
    check_long(length, SMTPERR_REPLY, length);
    assert_int_equal(wanted[0].flags, SMTPERR_FLAG_TEXT_TRUNCATED);
    assert_int_equal(got[0].kept_len, EVENT_KEEP_MAX);
}

static void row_20_line_at_the_limit(void **state)
{
    static const char *const line_ends[] = {"\r\n", "\n"};
    static const char *const prefixes[] = {"250 ", "250-"};
    size_t i;
    size_t j;
    (void)state;
    for (i = 0; i < 2; i++) {
        for (j = 0; j < 2; j++) {
            size_t length;
            for (length = SMTPERR_LINE_MAX - 1; length <= SMTPERR_LINE_MAX + 1; length++) {
                size_t at = put_line(0, prefixes[j], length, line_ends[i]);
                if (j == 1) {
                    at = put(at, "250 end\r\n");
                }
                if (length <= SMTPERR_LINE_MAX) {
                    check_long(at, SMTPERR_REPLY, at);
                } else {
                    check_long(at, SMTPERR_ERR_LINE_TOO_LONG, SMTPERR_LINE_MAX + 1);
                }
            }
        }
    }
}

static void row_20_reply_at_the_limit(void **state)
{
    size_t length;
    (void)state;
    for (length = SMTPERR_REPLY_MAX - 1; length <= SMTPERR_REPLY_MAX + 1; length++) {
        size_t at = 0;
        while (length - at > 2000) {
            at = put_line(at, "250-", 1000, "\r\n");
        }
        at = put_line(at, "250 ", length - at, "\r\n");
        assert_int_equal(at, length);
        at = put(at, "250 next\r\n");
        if (length <= SMTPERR_REPLY_MAX) {
            check_long(at, SMTPERR_REPLY, length);
        } else {
            check_long(at, SMTPERR_ERR_REPLY_TOO_LONG, SMTPERR_REPLY_MAX + 1);
        }
    }
}

/* The limit of a reply falls behind a line, in a code, and where a line breaks its own limit too. */
static void row_20_reply_limit_in_every_place(void **state)
{
    size_t short_by;
    (void)state;
    for (short_by = 0; short_by <= 6; short_by++) {
        size_t at = 0;
        while (SMTPERR_REPLY_MAX - at > 2000) {
            at = put_line(at, "250-", 1000, "\r\n");
        }
        at = put_line(at, "250-", SMTPERR_REPLY_MAX - at - short_by, "\r\n");
        at = put(at, "250 next\r\n");
        check_long(at, SMTPERR_ERR_REPLY_TOO_LONG, SMTPERR_REPLY_MAX + 1);
    }
    memset(stream, 'x', sizeof stream);
    for (short_by = 0; short_by < SMTPERR_REPLY_MAX; short_by += SMTPERR_LINE_MAX) {
        (void)put_line(short_by, "250-", SMTPERR_LINE_MAX, short_by + SMTPERR_LINE_MAX == SMTPERR_REPLY_MAX ? "" : "\r\n");
    }
    check_long(SMTPERR_REPLY_MAX + 1, SMTPERR_ERR_LINE_TOO_LONG, SMTPERR_REPLY_MAX + 1);
}

static void row_20_blank_lines_count_for_the_reply(void **state)
{
    size_t at = put(0, "\r\n\r\n");
    (void)state;
    while (SMTPERR_REPLY_MAX - at > 2000) {
        at = put_line(at, "250-", 1000, "\r\n");
    }
    at = put_line(at, "250 ", SMTPERR_REPLY_MAX + 1 - at, "\r\n");
    check_long(at, SMTPERR_ERR_REPLY_TOO_LONG, SMTPERR_REPLY_MAX + 1);
}

static void r13_lines_of_513_and_5000_octets(void **state)
{
    static const size_t lengths[] = {512, 513, 2048, 5000};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        check_long(put_line(0, "250 ", lengths[i], "\r\n"), SMTPERR_REPLY, lengths[i]);
    }
}

/* ---- Keep buffers. ---- */

/* Replies of many shapes, of lines that do and do not fit: from a fixed series of numbers, so each run is the same. */
static void kept_reply_is_well_formed_at_every_size(void **state)
{
    uint32_t number = 1;
    int round;
    (void)state;
    for (round = 0; round < 60; round++) {
        size_t at = 0;
        uint32_t lines;
        number = number * 1664525U + 1013904223U;
        for (lines = number >> 8 & 7; lines > 0; lines--) {
            number = number * 1664525U + 1013904223U;
            at = put_line(at, number >> 16 & 1 ? "550-" : "250-", 6 + (number >> 20) % (round % 2 ? 12 : 90), "\r\n");
        }
        number = number * 1664525U + 1013904223U;
        at = number >> 9 & 7 ? put_line(at, "550 ", 6 + (number >> 20) % 100, number >> 8 & 1 ? "\r\n" : "\n")
                             : put(at, "550\r\n");
        check_every_keep_size(stream, at);
    }
}

static void kept_reply_of_each_length_around_each_size(void **state)
{
    size_t length;
    (void)state;
    for (length = 6; length <= 70; length++) {
        check_every_keep_size(stream, put_line(0, "250 ", length, "\r\n"));
        check_every_keep_size(stream, put_line(0, "250 ", length, "\n"));
        check_every_keep_size(stream, put_line(put_line(0, "250-", 20, "\r\n"), "250 ", length, "\r\n"));
        check_every_keep_size(stream, put(put_line(0, "250-", length, "\r\n"), "250\n"));
    }
}

/* The buffer is full to the last byte behind a line; then comes what may not follow, most of all an LF alone. */
static void full_buffer_then_an_empty_line(void **state)
{
    static const char *const lines[] = {"\n", "\r\n", "x\n", "2\n", "25\n", "250\n", "250 \n", "250\r\n"};
    size_t keep_size;
    size_t more;
    size_t i;
    (void)state;
    for (keep_size = 16; keep_size <= 24; keep_size++) {
        for (more = 0; more <= 2; more++) {
            for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
                const size_t length = put(put_line(0, "250-", keep_size + more, "\r\n"), lines[i]);
                check_every_chunking(stream, length, keep_size);
            }
        }
    }
}

/* TEXT_TRUNCATED of a line that in the end is no reply must not show, whichever way it came. */
static void an_error_has_no_flags(void **state)
{
    static const char text[] = "\n550-1234567\n55x";
    char keep[16];
    size_t step;
    (void)state;
    for (step = 1; step <= 20; step++) {
        smtperr_reader reader;
        smtperr_verdict verdict;
        size_t at = 0;
        size_t used;
        assert_int_equal(smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep), 0);
        while (at + 1 < sizeof text) {
            (void)smtperr_reader_feed(&reader, text + at, step < sizeof text - 1 - at ? step : sizeof text - 1 - at, &used);
            at += used;
        }
        assert_int_equal(smtperr_reader_evaluate(&reader, NULL, NULL, &verdict, sizeof verdict), 0);
        assert_int_equal(verdict.status, SMTPERR_ERR_SYNTAX);
        assert_int_equal(verdict.flags, 0);
        assert_int_equal(verdict.code, 0);
    }
}

/* ---- Calls. ---- */

static void row_02_r17_cut_at_the_end(void **state)
{
    static const char *const texts[] = {"250", "25", "250 ok", "250-a\r\n250-b\r\n", "250-a\r\n", "250 ok\r", "\r\n", "\r"};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        smtperr_reader reader;
        smtperr_verdict verdict;
        size_t used;
        (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
        assert_int_equal(smtperr_reader_feed(&reader, texts[i], strlen(texts[i]), &used), SMTPERR_NONE);
        assert_int_equal(smtperr_reader_pending(&reader), strlen(texts[i]));
        assert_int_equal(smtperr_reader_evaluate(&reader, NULL, NULL, &verdict, sizeof verdict), 0);
        assert_int_equal(verdict.status, SMTPERR_ERR_INCOMPLETE);
        assert_int_equal(verdict.failure, SMTPERR_FAILURE_LOST_CONNECTION);
        assert_int_equal(verdict.retry, 1);
        assert_int_equal(verdict.suppress, 0);
        assert_int_equal(verdict.code, 0);
    }
}

static void half_a_reply_is_kept_for_a_log(void **state)
{
    static const char text[] = "550-5.7.1 blocked\r\n550 5.7";
    char keep[64];
    smtperr_reader reader;
    size_t used;
    size_t length;
    const char *kept;
    (void)state;
    (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
    assert_int_equal(smtperr_reader_feed(&reader, "250 a\r\n", 7, &used), SMTPERR_REPLY);
    assert_int_equal(smtperr_reader_feed(&reader, text, strlen(text), &used), SMTPERR_NONE);
    kept = smtperr_reader_reply(&reader, &length);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(kept, text, length);
}

static void what_is_no_reply_is_kept_for_a_log(void **state)
{
    static const char text[] = "HTTP/1.1 400 Bad Request\r\n";
    char keep[64];
    smtperr_reader reader;
    size_t used;
    size_t reply_len;
    const char *reply;
    (void)state;
    (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
    assert_int_equal(smtperr_reader_feed(&reader, text, sizeof text - 1, &used), SMTPERR_ERR_SYNTAX);
    reply = smtperr_reader_reply(&reader, &reply_len);
    assert_int_equal(reply_len, sizeof text - 1);
    assert_memory_equal(reply, text, reply_len);
    assert_int_equal(smtperr_reader_size(), sizeof reader);
}

static void row_05_nothing_of_the_reply_before(void **state)
{
    static const char text[] = "550 5.1.1 no\r\n250\r\n";
    char keep[64];
    smtperr_reader reader;
    smtperr_verdict verdict;
    smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
    size_t used;
    size_t reply_len;
    (void)state;
    (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
    assert_int_equal(smtperr_reader_feed(&reader, text, sizeof text - 1, &used), SMTPERR_REPLY);
    assert_int_equal(smtperr_reader_evaluate(&reader, &context, NULL, &verdict, sizeof verdict), 0);
    assert_int_equal(verdict.enhanced, 5001001);
    assert_int_equal(verdict.suppress, 1);
    assert_int_equal(smtperr_reader_feed(&reader, text + used, sizeof text - 1 - used, &used), SMTPERR_REPLY);
    assert_int_equal(smtperr_reader_evaluate(&reader, &context, NULL, &verdict, sizeof verdict), 0);
    assert_int_equal(verdict.code, 250);
    assert_int_equal(verdict.enhanced, 0);
    assert_int_equal(verdict.text.len, 0);
    assert_int_equal(verdict.action, SMTPERR_ACTION_PROCEED);
    assert_string_equal((smtperr_reader_reply(&reader, &reply_len), reply_len == 5 ? "five" : "other"), "five");
}

static void row_14_leftovers_stay_with_the_caller(void **state)
{
    static const char text[] = "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n";
    smtperr_reader reader;
    size_t used;
    (void)state;
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
    assert_int_equal(smtperr_reader_feed(&reader, text, sizeof text - 1, &used), SMTPERR_REPLY);
    assert_int_equal(used, 8);
    assert_int_equal(sizeof text - 1, 31);
    assert_int_equal(smtperr_reader_pending(&reader), 0);
}

static void row_15_a_fragment_is_not_idle(void **state)
{
    smtperr_reader reader;
    size_t used;
    (void)state;
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
    assert_int_equal(smtperr_reader_feed(&reader, "220 go\r\n", 8, &used), SMTPERR_REPLY);
    assert_int_equal(smtperr_reader_pending(&reader), 0);
    assert_int_equal(smtperr_reader_feed(&reader, "25", 2, &used), SMTPERR_NONE);
    assert_int_equal(smtperr_reader_pending(&reader), 2);
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
    assert_int_equal(smtperr_reader_pending(&reader), 0);
    assert_int_equal(smtperr_reader_feed(&reader, "0 x\r\n", 5, &used), SMTPERR_ERR_SYNTAX);
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
    assert_int_equal(smtperr_reader_feed(&reader, "\r", 1, &used), SMTPERR_NONE);
    assert_int_equal(smtperr_reader_pending(&reader), 1);
}

static int readers_equal(const smtperr_reader *a, const smtperr_reader *b)
{
    return a->keep == b->keep && a->keep_size == b->keep_size && a->kept == b->kept && a->mark == b->mark &&
           a->line_at == b->line_at && a->reply_len == b->reply_len && a->flags == b->flags && a->status == b->status &&
           a->code == b->code && a->first_code == b->first_code && a->position == b->position &&
           a->last_line == b->last_line && a->blank_lines == b->blank_lines && a->line_cut == b->line_cut;
}

static void row_33_feeding_nothing_changes_nothing(void **state)
{
    static const char text[] = "\r\n250-a\r\n250\r\n25x";
    char keep[32];
    smtperr_reader reader;
    size_t i;
    size_t used;
    int32_t result = SMTPERR_NONE;
    (void)state;
    (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
    for (i = 0; i < sizeof text - 1; i++) {
        const smtperr_reader before = reader;
        used = 99;
        assert_int_equal(smtperr_reader_feed(&reader, NULL, 0, &used), SMTPERR_NONE);
        assert_int_equal(used, 0);
        used = 99;
        assert_int_equal(smtperr_reader_feed(&reader, text, 0, &used), SMTPERR_NONE);
        assert_int_equal(used, 0);
        assert_true(readers_equal(&before, &reader));
        result = smtperr_reader_feed(&reader, text + i, 1, &used);
    }
    assert_int_equal(result, SMTPERR_ERR_SYNTAX);
    assert_int_equal(smtperr_reader_feed(&reader, NULL, 0, &used), SMTPERR_ERR_SYNTAX);
}

static void row_34_misuse_writes_nothing(void **state)
{
    char keep[32] = "untouched";
    smtperr_reader reader;
    smtperr_reader before;
    smtperr_verdict verdict;
    smtperr_verdict verdict_before;
    size_t used = 77;
    size_t reply_len = 77;
    (void)state;
    memset(&reader, 0x5A, sizeof reader);
    before = reader;
    assert_int_equal(smtperr_reader_init(NULL, sizeof reader, keep, sizeof keep), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader - 1, keep, sizeof keep), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_init(&reader, 0, keep, sizeof keep), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader, NULL, 1), SMTPERR_ERR_MISUSE);
    assert_memory_equal(&reader, &before, sizeof reader);
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader + 8, keep, sizeof keep), 0);
    before = reader;
    assert_int_equal(smtperr_reader_feed(NULL, "2", 1, &used), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_feed(&reader, NULL, 1, &used), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_feed(&reader, "2", 1, NULL), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_feed_line(NULL, "2", 1), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_feed_line(&reader, NULL, 1), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_pending(NULL), 0);
    assert_string_equal(smtperr_reader_reply(NULL, &reply_len), "");
    assert_int_equal(reply_len, 0);
    assert_string_equal(smtperr_reader_reply(NULL, NULL), "");
    assert_string_equal(smtperr_reader_reply(&reader, NULL), "");
    assert_true(readers_equal(&reader, &before));
    assert_int_equal(used, 77);
    assert_string_equal(keep, "untouched");
    memset(&verdict, 0x5A, sizeof verdict);
    verdict_before = verdict;
    assert_int_equal(smtperr_reader_evaluate(NULL, NULL, NULL, &verdict, sizeof verdict), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_evaluate(&reader, NULL, NULL, NULL, sizeof verdict), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_reader_evaluate(&reader, NULL, NULL, &verdict, 3), SMTPERR_ERR_MISUSE);
    assert_int_equal(smtperr_evaluate("", 0, 2, NULL, NULL, &verdict, sizeof verdict), SMTPERR_ERR_MISUSE);
    assert_memory_equal(&verdict, &verdict_before, sizeof verdict);
    assert_int_equal(smtperr_reader_init(NULL, 0, NULL, 0), SMTPERR_ERR_MISUSE);
}

static void row_37_counters_never_wrap(void **state)
{
    static const char text[] = "250-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
    smtperr_reader reader;
    size_t used;
    uint32_t pending;
    long i;
    int32_t result = SMTPERR_NONE;
    (void)state;
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
    while (result == SMTPERR_NONE) {
        result = smtperr_reader_feed(&reader, text, sizeof text - 1, &used);
    }
    pending = smtperr_reader_pending(&reader);
    for (i = 0; i < 1000000; i++) {
        (void)smtperr_reader_feed(&reader, text, sizeof text - 1, &used);
        if (used != 0) {
            fail_msg("bytes were taken after an error");
        }
    }
    assert_int_equal(smtperr_reader_pending(&reader), pending);
    assert_int_equal(pending, SMTPERR_REPLY_MAX);
}

static void row_38_bytes_so_far_are_readable(void **state)
{
    static const char text[] = "\r\n250-a\r\n250 b\r\n";
    smtperr_reader reader;
    size_t used;
    uint32_t i;
    (void)state;
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
    for (i = 0; i < sizeof text - 1; i++) {
        assert_int_equal(smtperr_reader_pending(&reader), i);
        (void)smtperr_reader_feed(&reader, text + i, 1, &used);
    }
    assert_int_equal(smtperr_reader_pending(&reader), 0);
}

/* Two readers fed in turn, a byte each, read what each reads alone: all pairs of rows. */
static void two_readers_interleaved(void **state)
{
    static char keep[2][64];
    size_t pair;
    (void)state;
    for (pair = 0; pair < (size_t)STREAM_ROWS * STREAM_ROWS; pair++) {
        const stream_row *const rows[2] = {&stream_rows[pair / STREAM_ROWS], &stream_rows[pair % STREAM_ROWS]};
        smtperr_reader reader[2];
        size_t at;
        size_t replies[2] = {0, 0};
        size_t i;
        for (i = 0; i < 2; i++) {
            (void)smtperr_reader_init(&reader[i], sizeof reader[i], keep[i], sizeof keep[i]);
        }
        for (at = 0; at < rows[0]->stream_len || at < rows[1]->stream_len; at++) {
            for (i = 0; i < 2; i++) {
                size_t used;
                size_t reply_len;
                const char *reply;
                if (at >= rows[i]->stream_len ||
                    smtperr_reader_feed(&reader[i], rows[i]->stream + at, 1, &used) != SMTPERR_REPLY) {
                    continue;
                }
                reply = smtperr_reader_reply(&reader[i], &reply_len);
                assert_true(replies[i] < 4);
                assert_int_equal(rows[i]->replies[replies[i]].end, at + 1);
                assert_int_equal(rows[i]->replies[replies[i]].code, reader[i].code);
                assert_int_equal(rows[i]->replies[replies[i]].flags, reader[i].flags);
                assert_memory_equal(reply, rows[i]->stream + at + 1 - reply_len, reply_len);
                replies[i]++;
            }
        }
        for (i = 0; i < 2; i++) {
            assert_true(replies[i] == 4 || rows[i]->replies[replies[i]].end == 0);
        }
    }
}

/* Lines one by one, with and without their ends, give what the stream gives. */
static void feed_line_equals_feed(void **state)
{
    size_t index;
    (void)state;
    for (index = 0; index < STREAM_ROWS; index++) {
        const stream_row *row = &stream_rows[index];
        int how;
        for (how = 0; how < 3; how++) { /* as it is, without LF, without CRLF */
            char keep[2][64];
            smtperr_reader by_line;
            smtperr_reader by_feed;
            size_t at = 0;
            int32_t result = SMTPERR_NONE;
            (void)smtperr_reader_init(&by_line, sizeof by_line, keep[0], sizeof keep[0]);
            (void)smtperr_reader_init(&by_feed, sizeof by_feed, keep[1], sizeof keep[1]);
            while (result >= 0 && at < row->stream_len) {
                const char *line = row->stream + at;
                const size_t line_len = first_line_len(line, row->stream_len - at);
                size_t text_len = line_len;
                size_t given;
                size_t used;
                size_t reply_len[2];
                const char *reply[2];
                int32_t feed_result;
                text_len -= text_len > 0 && line[text_len - 1] == '\n';
                given = how == 0 ? line_len : text_len;
                text_len -= text_len > 0 && line[text_len - 1] == '\r';
                if (how == 2 && (text_len == 0 || line[text_len - 1] != '\r')) { /* else that CR would look like its end */
                    given = text_len;
                }
                memcpy(guarded(2, given), line, given);
                result = smtperr_reader_feed_line(&by_line, guarded(2, given), given);
                feed_result = smtperr_reader_feed(&by_feed, line, text_len, &used);
                if (feed_result >= 0) {
                    feed_result = smtperr_reader_feed(&by_feed, "\r\n", 2, &used);
                }
                assert_int_equal(result, feed_result);
                reply[0] = smtperr_reader_reply(&by_line, &reply_len[0]);
                reply[1] = smtperr_reader_reply(&by_feed, &reply_len[1]);
                assert_int_equal(reply_len[0], reply_len[1]);
                assert_memory_equal(reply[0], reply[1], reply_len[0]);
                assert_int_equal(by_line.flags, by_feed.flags);
                assert_int_equal(by_line.code, by_feed.code);
                at += line_len;
            }
        }
    }
}

static void feed_line_takes_one_line_only(void **state)
{
    static const char *const texts[] = {"250 a\r\n250 b\r\n", "250 a\n250 b", "\n\n", "250-\n\r\n"};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        smtperr_reader reader;
        (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
        assert_int_equal(smtperr_reader_feed_line(&reader, texts[i], strlen(texts[i])), SMTPERR_ERR_SYNTAX);
        assert_int_equal(smtperr_reader_feed_line(&reader, "250 a", 5), SMTPERR_ERR_SYNTAX);
        (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
        assert_int_equal(smtperr_reader_feed_line(&reader, "250 a", 5), SMTPERR_REPLY);
        assert_int_equal(smtperr_reader_feed_line(&reader, texts[i], strlen(texts[i])), SMTPERR_ERR_SYNTAX);
        assert_int_equal(smtperr_reader_pending(&reader), 0);
        assert_int_equal(smtperr_reader_feed_line(&reader, NULL, 0), SMTPERR_ERR_SYNTAX);
    }
}

/* ---- Rows about the verdict, for what can be told from numbers. ---- */

typedef struct {
    const char *name;
    const char *reply;
    int32_t stage;
    int32_t status, code, first_code, enhanced;
    uint32_t flags;
    int32_t action; /* 0: only that it is no success and no final refusal */
    int32_t retry;
} verdict_row;

enum { RCPT = SMTPERR_STAGE_RCPT, MISMATCH = SMTPERR_FLAG_ESC_MISMATCH, BOUNCE = SMTPERR_ACTION_BOUNCE };

static const verdict_row verdict_rows[] = {
    {"row_13_success_then_refusal_is_temporary", "250-a\r\n550 b\r\n", RCPT, 1, 550, 250, 0, MIXED, 0, 1},
    {"row_13_refusal_then_success_is_temporary", "550-a\r\n250 b\r\n", RCPT, 1, 250, 550, 0, MIXED, 0, 1},
    {"row_13_two_successes_are_none", "250-a\r\n251 b\r\n", RCPT, 1, 251, 250, 0, MIXED, 0, 1},
    {"row_13_two_refusals_are_one", "550-5.1.1 a\r\n551 5.1.1 b\r\n", RCPT, 1, 551, 550, 5001001, MIXED, BOUNCE, 0},
    {"row_13_at_the_greeting", "220-a\r\n550 b\r\n", SMTPERR_STAGE_GREETING, 1, 550, 220, 0, MIXED, 0, 1},
    {"row_29_status_ends_the_line", "550 5.1.1\r\n", RCPT, 1, 550, 550, 5001001, 0, BOUNCE, 0},
    {"row_29_status_in_a_late_line", "550-x\r\n550 5.7.1 y\r\n", RCPT, 1, 550, 550, 5007001, 0, BOUNCE, 0},
    {"row_30_two_parts", "550 5.1\r\n", RCPT, 1, 550, 550, 0, 0, BOUNCE, 0},
    {"row_30_letter_behind", "550 5.1.1x\r\n", RCPT, 1, 550, 550, 0, 0, BOUNCE, 0},
    {"row_30_four_parts", "550 5.1.1.1\r\n", RCPT, 1, 550, 550, 0, 0, BOUNCE, 0},
    {"row_30_empty_part", "550 5..1\r\n", RCPT, 1, 550, 550, 0, 0, BOUNCE, 0},
    {"row_30_four_digits", "550 5.1000.1\r\n", RCPT, 1, 550, 550, 0, 0, BOUNCE, 0},
    {"row_30_eleven_digits", "550 5.99999999999.1\r\n", RCPT, 1, 550, 550, 0, 0, BOUNCE, 0},
    {"row_31_code_rules_over_status", "550 4.7.1 later\r\n", RCPT, 1, 550, 550, 4007001, MISMATCH, BOUNCE, 0},
    {"row_31_the_other_way", "450 5.7.1 never\r\n", RCPT, 1, 450, 450, 5007001, MISMATCH, 0, 1},
    {"row_32_intermediate_has_no_status", "354 5.1.1 x\r\n", SMTPERR_STAGE_DATA, 1, 354, 354, 0, 0,
     SMTPERR_ACTION_PROCEED, 0},
    {"r03_first_digit_1_is_no_reply", "101 x\r\n", RCPT, SYNTAX, 0, 0, 0, 0, 0, 1},
    {"r03_first_digit_6_is_no_reply", "600 x\r\n", RCPT, SYNTAX, 0, 0, 0, 0, 0, 1},
    {"r03_first_digit_0_is_no_reply", "050 x\r\n", RCPT, SYNTAX, 0, 0, 0, 0, 0, 1},
    {"r04_299_is_a_success", "299 x\r\n", SMTPERR_STAGE_RSET, 1, 299, 299, 0, SMTPERR_FLAG_ODD_CODE,
     SMTPERR_ACTION_PROCEED, 0},
    {"r04_499_is_temporary", "499 x\r\n", RCPT, 1, 499, 499, 0, SMTPERR_FLAG_ODD_CODE, 0, 1},
    {"r04_599_is_permanent", "599 x\r\n", RCPT, 1, 599, 599, 0, SMTPERR_FLAG_ODD_CODE, BOUNCE, 0},
    {"r05_571_is_permanent_and_odd", "571 5.7.1 no\r\n", RCPT, 1, 571, 571, 5007001, SMTPERR_FLAG_ODD_CODE, BOUNCE, 0},
    {"r10_control_and_eight_bit_are_flagged", "450 \x1b\x80\r\n", RCPT, 1, 450, 450, 0,
     SMTPERR_FLAG_CONTROL | SMTPERR_FLAG_EIGHTBIT, 0, 1},
    {"row_22_cr_in_the_text_is_flagged", "450 a\rb\r\n", RCPT, 1, 450, 450, 0, SMTPERR_FLAG_CONTROL, 0, 1},
    {"garbage_is_temporary", "garbage\r\n", RCPT, SYNTAX, 0, 0, 0, 0, 0, 1},
    {"nothing_is_temporary", "", RCPT, SMTPERR_ERR_INCOMPLETE, 0, 0, 0, 0, 0, 1},
};
enum { VERDICT_ROWS = sizeof verdict_rows / sizeof verdict_rows[0] };

static void check_verdict_row(void **state)
{
    const verdict_row *row = *state;
    const size_t length = strlen(row->reply);
    smtperr_context context = {sizeof context, row->stage, 0, 0, 0, 0, 0, 0};
    smtperr_verdict verdict;
    smtperr_verdict fed;
    smtperr_reader reader;
    char keep[64];
    size_t i;
    memcpy(guarded(2, length), row->reply, length);
    assert_int_equal(
        smtperr_evaluate(guarded(2, length), length, SMTPERR_SHAPE_WIRE, &context, NULL, &verdict, sizeof verdict), 0);
    assert_int_equal(verdict.status, row->status);
    assert_int_equal(verdict.code, row->code);
    assert_int_equal(verdict.first_code, row->first_code);
    assert_int_equal(verdict.enhanced, row->enhanced);
    assert_int_equal(verdict.flags, row->flags);
    assert_int_equal(verdict.retry, row->retry);
    assert_int_equal(smtperr_should_retry(row->reply, length, row->stage), row->retry);
    if (row->action != 0) {
        assert_int_equal(verdict.action, row->action);
    } else {
        assert_int_not_equal(verdict.action, SMTPERR_ACTION_PROCEED);
        assert_int_not_equal(verdict.action, SMTPERR_ACTION_BOUNCE);
    }
    if (row->status < 0 || (row->flags & MIXED) != 0) {
        assert_int_equal(verdict.suppress, 0);
        assert_int_equal(verdict.address_dead, 0);
    }
    (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
    for (i = 0; i < length; i++) {
        size_t used;
        (void)smtperr_reader_feed(&reader, row->reply + i, 1, &used);
    }
    assert_int_equal(smtperr_reader_evaluate(&reader, &context, NULL, &fed, sizeof fed), 0);
    assert_memory_equal(&fed, &verdict, sizeof fed);
}

/* The text of the last line as a program gets to see it. */
static void row_24_r11_nul_is_shown_not_obeyed(void **state)
{
    static const char reply[] = "250 a\0b\r\n";
    smtperr_verdict verdict;
    char shown[32];
    (void)state;
    assert_int_equal(
        smtperr_evaluate(reply, sizeof reply - 1, SMTPERR_SHAPE_WIRE, NULL, NULL, &verdict, sizeof verdict), 0);
    assert_int_equal(verdict.text.at, 4);
    assert_int_equal(verdict.text.len, 3);
    assert_int_equal(verdict.flags, SMTPERR_FLAG_CONTROL);
    assert_int_equal(smtperr_sanitize(reply, sizeof reply - 1, shown, sizeof shown), 7);
    assert_string_equal(shown, "250 a?b");
}

static void row_36_numbers_outside_of_the_tables(void **state)
{
    static const int32_t none[] = {0, 1, 99, 199, 600, 699, 700, 999, 65535, 65786, -1, INT32_MAX, INT32_MIN};
    static const int32_t statuses[] = {5999999, 5063000, 5062999, 5000000, 6000000, 1999999, -1, INT32_MAX, INT32_MIN, 3001001};
    size_t i;
    int32_t stage;
    int32_t say;
    (void)state;
    for (stage = -2; stage <= 17; stage++) {
        for (i = 0; i < sizeof none / sizeof none[0]; i++) {
            assert_int_equal(smtperr_should_retry_code(none[i], 0, stage), 1);
        }
        for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
            if (stage != SMTPERR_STAGE_RSET && stage != SMTPERR_STAGE_QUIT) { /* nothing depends on those */
                assert_int_equal(smtperr_should_retry_code(450, statuses[i], stage), 1);
            }
            assert_int_equal(smtperr_should_retry_code(550, statuses[i], SMTPERR_STAGE_RCPT), 0);
        }
        for (say = -1; say <= 6; say++) {
            for (i = 0; i < sizeof none / sizeof none[0]; i++) {
                assert_non_null(smtperr_describe(SMTPERR_KIND_CODE, none[i], stage, say));
            }
            for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
                assert_non_null(smtperr_describe(SMTPERR_KIND_ENHANCED, statuses[i], stage, say));
            }
        }
    }
    assert_string_equal(smtperr_describe(SMTPERR_KIND_CODE, 65535, SMTPERR_STAGE_RCPT, SMTPERR_SAY_TITLE), "");
    assert_string_equal(smtperr_describe(SMTPERR_KIND_CODE, -1, SMTPERR_STAGE_RCPT, SMTPERR_SAY_TITLE), "");
}

/* Row 34 for the other calls is tested with them. */

/* Words that nearly meet many rules, over and over, decide nothing, however many there are. The work they make is counted by
 * the benchmark (near-misses: twice the text, twice the instructions). */
static void row_35_half_matches_of_rules(void **state)
{
    static const char piece[] = "user un known, mailbox is nearly, block by using, exceeded nearly, grey area; ";
    static const size_t counts[] = {1, 10, 100, 180};
    char *text = malloc(SMTPERR_LINE_MAX);
    size_t i;
    (void)state;
    assert_non_null(text);
    for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        smtperr_verdict verdict;
        size_t length = 4;
        size_t k;
        memcpy(text, "550 ", 4);
        for (k = 0; k < counts[i]; k++) {
            memcpy(text + length, piece, sizeof piece - 1);
            length += sizeof piece - 1;
        }
        assert_int_equal(smtperr_evaluate(text, length, SMTPERR_SHAPE_WIRE, NULL, NULL, &verdict, sizeof verdict), 0);
        assert_int_equal(verdict.category, SMTPERR_CATEGORY_UNKNOWN);
        assert_int_equal(verdict.action, SMTPERR_ACTION_BOUNCE);
        assert_int_equal(verdict.suppress, 0);
    }
    free(text);
}


#define TEST(function) {#function, function, NULL, NULL, NULL}

int main(void)
{
    static const struct CMUnitTest calls[] = {
        TEST(row_02_r17_cut_at_the_end),
        TEST(what_is_no_reply_is_kept_for_a_log),
        TEST(row_05_nothing_of_the_reply_before),
        TEST(row_14_leftovers_stay_with_the_caller),
        TEST(row_15_a_fragment_is_not_idle),
        TEST(row_17_r14_endless_lines),
        TEST(row_18_r14_endless_line),
        TEST(row_19_auth_challenge_of_12288_bytes),
        TEST(row_20_line_at_the_limit),
        TEST(row_20_reply_at_the_limit),
        TEST(row_20_reply_limit_in_every_place),
        TEST(row_20_blank_lines_count_for_the_reply),
        TEST(row_24_r11_nul_is_shown_not_obeyed),
        TEST(row_33_feeding_nothing_changes_nothing),
        TEST(row_34_misuse_writes_nothing),
        TEST(row_35_half_matches_of_rules),
        TEST(row_36_numbers_outside_of_the_tables),
        TEST(row_37_counters_never_wrap),
        TEST(row_38_bytes_so_far_are_readable),
        TEST(r13_lines_of_513_and_5000_octets),
        TEST(kept_reply_is_well_formed_at_every_size),
        TEST(kept_reply_of_each_length_around_each_size),
        TEST(full_buffer_then_an_empty_line),
        TEST(an_error_has_no_flags),
        TEST(half_a_reply_is_kept_for_a_log),
        TEST(two_readers_interleaved),
        TEST(feed_line_equals_feed),
        TEST(feed_line_takes_one_line_only),
    };
    enum { CALLS = sizeof calls / sizeof calls[0] };
    static struct CMUnitTest tests[STREAM_ROWS + VERDICT_ROWS + CALLS];
    size_t count = 0;
    size_t i;
    for (i = 0; i < STREAM_ROWS; i++) {
        tests[count].name = stream_rows[i].name;
        tests[count].test_func = check_stream_row;
        tests[count++].initial_state = (void *)(uintptr_t)&stream_rows[i];
    }
    for (i = 0; i < VERDICT_ROWS; i++) {
        tests[count].name = verdict_rows[i].name;
        tests[count].test_func = check_verdict_row;
        tests[count++].initial_state = (void *)(uintptr_t)&verdict_rows[i];
    }
    for (i = 0; i < CALLS; i++) {
        tests[count++] = calls[i];
    }
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
