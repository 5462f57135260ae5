/* SPDX-License-Identifier: MIT
 *
 * A reply as one line for eyes and logs: whatever a server sends, nothing of it may forge a log line, move a cursor,
 * end a C string or break a reader of UTF-8. Rules R10, R11 and R99; the rows are those of the docs on hostile replies.
 */
#include "check.h"

typedef struct {
    int line;
    const char *reply;
    size_t reply_len;
    const char *wanted;
} shown;
#define SHOWN(reply, wanted)                                                                                           \
    {                                                                                                                  \
        __LINE__, (reply), sizeof(reply) - 1, (wanted)                                                                 \
    }

/* A second opinion, written for being obvious: is it valid UTF-8 (RFC 3629) without controls? */
static int is_clean(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length) {
        const unsigned char *c = (const unsigned char *)text + i;
        const size_t left = length - i;
        if (c[0] >= 0x20 && c[0] < 0x7F) {
            i += 1;
        } else if (left >= 2 && c[0] >= 0xC2 && c[0] <= 0xDF && c[1] >= 0x80 && c[1] <= 0xBF &&
                   !(c[0] == 0xC2 && c[1] < 0xA0)) {
            i += 2;
        } else if (left >= 3 && c[0] >= 0xE0 && c[0] <= 0xEF && c[1] >= (c[0] == 0xE0 ? 0xA0 : 0x80) &&
                   c[1] <= (c[0] == 0xED ? 0x9F : 0xBF) && c[2] >= 0x80 && c[2] <= 0xBF) {
            i += 3;
        } else if (left >= 4 && c[0] >= 0xF0 && c[0] <= 0xF4 && c[1] >= (c[0] == 0xF0 ? 0x90 : 0x80) &&
                   c[1] <= (c[0] == 0xF4 ? 0x8F : 0xBF) && c[2] >= 0x80 && c[2] <= 0xBF && c[3] >= 0x80 &&
                   c[3] <= 0xBF) {
            i += 4;
        } else {
            return 0;
        }
    }
    return 1;
}

/* At every size of the buffer: ended by NUL, not a byte too much, a clean beginning of the whole, cut between
 * characters. */
static void check_every_size(int line, const char *reply, size_t reply_len, const char *wanted)
{
    char *const input = check_exact(reply, reply_len);
    const size_t needed = smtperr_sanitize(input, reply_len, NULL, 0);
    char *const whole = malloc(needed + 1);
    size_t size;
    assert_non_null(whole);
    CHECK(smtperr_sanitize(input, reply_len, whole, needed + 1) == needed && whole[needed] == '\0' &&
              strlen(whole) == needed,
          "line %d: the length that was asked for", line);
    CHECK(is_clean(whole, needed), "line %d: not clean", line);
    if (wanted != NULL) {
        CHECK(strcmp(whole, wanted) == 0, "line %d: got '%s', wanted '%s'", line, whole, wanted);
    }
    for (size = 1; size <= needed + 3; size++) {
        char *const out = malloc(size);
        size_t length;
        assert_non_null(out);
        memset(out, 0x55, size);
        CHECK(smtperr_sanitize(input, reply_len, out, size) == needed, "line %d: size %u: needed", line,
              (unsigned)size);
        length = 0;
        while (length < size && out[length] != '\0') {
            length++;
        }
        CHECK(length < size, "line %d: size %u: not ended", line, (unsigned)size);
        if (length < size) {
            CHECK(length <= needed && memcmp(out, whole, length) == 0, "line %d: size %u: another text", line,
                  (unsigned)size);
            CHECK(is_clean(out, length), "line %d: size %u: cut within a character", line, (unsigned)size);
            CHECK(size - 1 - length < 4 || length == needed, "line %d: size %u: shorter than it need be", line,
                  (unsigned)size);
        }
        free(out);
    }
    free(whole);
    free(input);
}

static void check_shown_rows(const shown *rows, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        check_every_size(rows[i].line, rows[i].reply, rows[i].reply_len, rows[i].wanted);
    }
    check_end();
}

static void joins_lines_and_drops_repeated_codes(void **state)
{
    static const shown rows[] = {
        SHOWN("250 ok\r\n", "250 ok"),
        SHOWN("250 ok", "250 ok"),
        SHOWN("250\r\n", "250"),
        SHOWN("", ""),
        SHOWN("550-5.7.1 a\r\n550 5.7.1 b\r\n", "550 5.7.1 a b"),
        SHOWN("550-5.7.1 a\r\n550-5.7.1 b\n550 5.7.1 c", "550 5.7.1 a b c"),
        SHOWN("550-a\r\n550 b\r\n", "550 a b"),
        SHOWN("550-5.7.1 a\r\n550 b\r\n", "550 5.7.1 a b"),
        /* what differs is shown */
        SHOWN("550-5.7.1 a\r\n550 5.1.1 b\r\n", "550 5.7.1 a 5.1.1 b"),
        SHOWN("250-a\r\n550 b\r\n", "250 a 550 b"),
        SHOWN("250-234 x\r\n250 y\r\n", "250 234 x y"),
    };
    (void)state;
    check_shown_rows(rows, COUNT(rows));
}

static void row_22_a_bare_cr_is_no_line_end(void **state)
{
    static const shown rows[] = {SHOWN("250 a\rb\r\n", "250 a?b"), SHOWN("250 a\r\r\n", "250 a?")};
    (void)state;
    check_shown_rows(rows, COUNT(rows));
}

static void row_24_R11_a_nul_hides_nothing(void **state)
{
    static const shown rows[] = {SHOWN("250 a\0b\r\n", "250 a?b"), SHOWN("550 \0\0\r\n", "550 ??"),
                                 SHOWN("550 a\0", "550 a?")};
    (void)state;
    check_shown_rows(rows, COUNT(rows));
}

static void row_25_R10_no_control_reaches_the_terminal(void **state)
{
    static const shown rows[] = {
        SHOWN("550 \x1b[2J\x07x\x7f\r\n", "550 ?[2J?x?"),
        SHOWN("550 a\tb\r\n", "550 a b"),
        SHOWN("550 \x01\x02\x1f\r\n", "550 ???"),
        SHOWN("550 \xC2\x9B"
              "2J\r\n",
              "550 ?2J"),                     /* CSI as one character of C1 */
        SHOWN("550 \xC2\x85x\r\n", "550 ?x"), /* NEL */
    };
    unsigned byte;
    (void)state;
    for (byte = 0; byte < 256; byte++) {
        char reply[] = "550 x.y\r\n";
        char wanted[] = "550 x?y";
        reply[5] = (char)byte;
        if (byte == '\n') {
            continue;
        }
        if (byte >= 0x20 && byte < 0x7F) {
            wanted[5] = (char)byte;
        } else if (byte == '\t') {
            wanted[5] = ' ';
        }
        check_every_size(__LINE__, reply, sizeof reply - 1, wanted);
    }
    check_shown_rows(rows, COUNT(rows));
}

static void row_26_other_line_ends_are_none(void **state)
{
    static const shown rows[] = {
        SHOWN("550 x\vy\fz\xe2\x80\xa8 250 ok\r\n", "550 x?y?z? 250 ok"), /* VT, FF, U+2028 */
        SHOWN("550 x\xe2\x80\xa9y\r\n", "550 x?y"),                       /* U+2029 */
    };
    (void)state;
    check_shown_rows(rows, COUNT(rows));
}

static void row_27_text_is_no_format(void **state)
{
    static const shown rows[] = {SHOWN("550 %s%n%p %d\r\n", "550 %s%n%p %d")};
    (void)state;
    check_shown_rows(rows, COUNT(rows));
}

static void row_28_R99_what_is_shown_is_valid_utf8(void **state)
{
    static const shown rows[] = {
        /* valid */
        SHOWN("551 try <\xCE\xB4\xCE\xBF@example>\r\n", "551 try <\xCE\xB4\xCE\xBF@example>"),
        SHOWN("550 \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x93\xA7\r\n", "550 \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x93\xA7"),
        SHOWN("550 \xC2\xA0\xEF\xBF\xBD\r\n", "550 \xC2\xA0\xEF\xBF\xBD"),
        SHOWN("550 \xF4\x8F\xBF\xBD\r\n", "550 \xF4\x8F\xBF\xBD"),
        /* Latin-1 */
        SHOWN("550 caf\xE9 ferm\xE9\r\n", "550 caf? ferm?"),
        /* overlong: '/' in 2, 3 and 4 bytes, NUL in 2 */
        SHOWN("550 \xC0\xAF\r\n", "550 ??"), SHOWN("550 \xE0\x80\xAF\r\n", "550 ???"),
        SHOWN("550 \xF0\x80\x80\xAF\r\n", "550 ????"), SHOWN("550 \xC0\x80\r\n", "550 ??"),
        SHOWN("550 \xC1\xBF\r\n", "550 ??"),
        /* surrogates, above U+10FFFF, bytes that never occur */
        SHOWN("550 \xED\xA0\x80\r\n", "550 ???"), SHOWN("550 \xED\xBF\xBF\r\n", "550 ???"),
        SHOWN("550 \xF4\x90\x80\x80\r\n", "550 ????"), SHOWN("550 \xF5\x80\x80\x80\r\n", "550 ????"),
        SHOWN("550 \xFE\xFF\r\n", "550 ??"), SHOWN("550 \x80\xBF\r\n", "550 ??"),
        /* cut: what follows is still shown */
        SHOWN("550 \xC3\r\n", "550 ?"), SHOWN("550 \xC3x\r\n", "550 ?x"), SHOWN("550 \xE4\xBD\r\n", "550 ??"),
        SHOWN("550 \xE4\xBDx\r\n", "550 ??x"), SHOWN("550 \xF0\x9F\x93\r\n", "550 ???"),
        SHOWN("550 \xF0\x9F\x93", "550 ???"), SHOWN("550 \xC3\xC3\xA9\r\n", "550 ?\xC3\xA9"),
        SHOWN("550-\xE4\xBD\r\n550 \xA0\r\n", "550 ?? ?"), /* over two lines */
        /* valid, but it turns the line round or hides in it */
        SHOWN("550 \xE2\x80\xAEx\r\n", "550 ?x"), /* U+202E */
        SHOWN("550 \xE2\x81\xA6x\r\n", "550 ?x"), /* U+2066 */
        SHOWN("550 \xE2\x80\x8Bx\r\n", "550 ?x"), /* U+200B */
        SHOWN("550 \xEF\xBB\xBFx\r\n", "550 ?x"), /* U+FEFF */
        SHOWN("550 \xD8\x9Cx\r\n", "550 ?x"),     /* U+061C */
    };
    (void)state;
    check_shown_rows(rows, COUNT(rows));
}

/* Each range of them from the first to the last, and its neighbours, which are seen. */
static void what_is_hidden_is_hidden_to_its_last_character(void **state)
{
    static const uint32_t ranges[][2] = {{0x7F, 0x9F},     {0x61C, 0x61C},   {0x200B, 0x200F}, {0x2028, 0x202E},
                                         {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(ranges); i++) {
        uint32_t value;
        for (value = ranges[i][0] - 1; value <= ranges[i][1] + 1; value++) {
            const int seen = value < ranges[i][0] || value > ranges[i][1];
            char reply[8] = "550 ";
            char out[16];
            size_t length = 4;
            if (value < 0x80) {
                reply[length++] = (char)value;
            } else if (value < 0x800) {
                reply[length++] = (char)(0xC0 | value >> 6);
            } else if (value < 0x10000) {
                reply[length++] = (char)(0xE0 | value >> 12);
                reply[length++] = (char)(0x80 | (value >> 6 & 0x3F));
            } else {
                reply[length++] = (char)(0xF0 | value >> 18);
                reply[length++] = (char)(0x80 | (value >> 12 & 0x3F));
                reply[length++] = (char)(0x80 | (value >> 6 & 0x3F));
            }
            if (value >= 0x80) {
                reply[length++] = (char)(0x80 | (value & 0x3F));
            }
            (void)smtperr_sanitize(reply, length, out, sizeof out);
            CHECK(seen ? strlen(out) == length && memcmp(out, reply, length) == 0 : strcmp(out, "550 ?") == 0, "U+%04lX",
                  (unsigned long)value);
        }
    }
    check_end();
}

/* RFC 4954: a challenge is part of a login. */
static void the_text_of_a_334_is_left_out(void **state)
{
    static const shown rows[] = {
        SHOWN("334 VXNlcm5hbWU6\r\n", "334"), SHOWN("334 \r\n", "334"),           SHOWN("334\r\n", "334"),
        SHOWN("334-a\r\n334 b\r\n", "334"),   SHOWN("\r\n334 secret\r\n", "334"),
    };
    (void)state;
    check_shown_rows(rows, COUNT(rows));
}

/* Any bytes: every string of up to four of an alphabet that matters behind "550 ", and of long pseudo-random ones. */
static void any_bytes_come_out_clean(void **state)
{
    static const unsigned char alphabet[] = {'a',  ' ',  '\r', '\n', '\0', 0x1B, 0x7F, 0x80,
                                             0xA8, 0xBF, 0xC2, 0xE2, 0xED, 0xF0, 0xF4, 0xFF};
    uint32_t seed = 7;
    size_t a, b, c, d, i;
    (void)state;
    for (a = 0; a < sizeof alphabet; a++) {
        for (b = 0; b < sizeof alphabet; b++) {
            for (c = 0; c < sizeof alphabet; c++) {
                for (d = 0; d < sizeof alphabet; d += 3) {
                    const char reply[] = {
                        '5', '5', '0', ' ', (char)alphabet[a], (char)alphabet[b], (char)alphabet[c], (char)alphabet[d]};
                    check_every_size(__LINE__, reply, sizeof reply, NULL);
                }
            }
        }
    }
    for (i = 0; i < 200; i++) {
        char bytes[300];
        for (a = 0; a < sizeof bytes; a++) {
            seed = seed * 1664525U + 1013904223U;
            bytes[a] = (char)(seed >> 24);
        }
        check_every_size(__LINE__, bytes, sizeof bytes, NULL);
    }
    check_end();
}

static void misuse_reads_and_writes_nothing(void **state)
{
    char out[8] = "untouch";
    (void)state;
    CHECK(smtperr_sanitize(NULL, 0, NULL, 0) == 0, "nothing");
    CHECK(smtperr_sanitize(NULL, 5, NULL, 0) == 0, "NULL with a length");
    CHECK(smtperr_sanitize(BYTES("250 ok"), out, 0) == 6 && strcmp(out, "untouch") == 0, "size 0");
    CHECK(smtperr_sanitize(BYTES("250 ok"), NULL, 9) == 6, "no out");
    CHECK(smtperr_sanitize(NULL, 0, out, sizeof out) == 0 && out[0] == '\0', "empty, and ended");
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_lines_and_drops_repeated_codes),
        cmocka_unit_test(row_22_a_bare_cr_is_no_line_end),
        cmocka_unit_test(row_24_R11_a_nul_hides_nothing),
        cmocka_unit_test(row_25_R10_no_control_reaches_the_terminal),
        cmocka_unit_test(row_26_other_line_ends_are_none),
        cmocka_unit_test(row_27_text_is_no_format),
        cmocka_unit_test(row_28_R99_what_is_shown_is_valid_utf8),
        cmocka_unit_test(what_is_hidden_is_hidden_to_its_last_character),
        cmocka_unit_test(the_text_of_a_334_is_left_out),
        cmocka_unit_test(any_bytes_come_out_clean),
        cmocka_unit_test(misuse_reads_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
