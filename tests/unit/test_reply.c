/* SPDX-License-Identifier: MIT
 *
 * What stands in a reply that is already framed: its lines as they came, and the keywords of an EHLO reply.
 */
#include "check.h"

static void lines(void **state)
{
    static const struct {
        int line;
        const char *reply;
        size_t reply_len;
        uint32_t index;
        const char *wanted; /* NULL: there is no such line */
    } cases[] = {
        {__LINE__, BYTES("250 ok\r\n"), 0, "ok"},
        {__LINE__, BYTES("250 ok\n"), 0, "ok"},
        {__LINE__, BYTES("250 ok"), 0, "ok"},
        {__LINE__, BYTES("250\r\n"), 0, ""},
        {__LINE__, BYTES("250"), 0, ""},
        {__LINE__, BYTES("250 \r\n"), 0, ""},
        {__LINE__, BYTES("250 "), 0, ""},
        {__LINE__, BYTES("250-\r\n250 x\r\n"), 0, ""},
        {__LINE__, BYTES("250-\r\n250 x\r\n"), 1, "x"},
        {__LINE__, BYTES("250  two blanks \r\n"), 0, " two blanks "},
        {__LINE__, BYTES("250 ok\r\n"), 1, NULL},
        {__LINE__, BYTES("250 ok\r\n"), UINT32_MAX, NULL},
        {__LINE__, BYTES("250-a\r\n250-b\n250 c"), 0, "a"},
        {__LINE__, BYTES("250-a\r\n250-b\n250 c"), 1, "b"},
        {__LINE__, BYTES("250-a\r\n250-b\n250 c"), 2, "c"},
        {__LINE__, BYTES("250-a\r\n250-b\n250 c"), 3, NULL},
        {__LINE__, BYTES("250-234 text\r\n250 end\r\n"), 0, "234 text"},
        {__LINE__, BYTES("550 5.1.1 as it came\r\n"), 0, "5.1.1 as it came"},
        {__LINE__, BYTES("250 a\rb\r\n"), 0, "a\rb"},
        {__LINE__, BYTES("250 a\r\r\n"), 0, "a\r"},
        {__LINE__, BYTES("550 \x1B[2J\xFF\r\n"), 0, "\x1B[2J\xFF"},
        {__LINE__, BYTES("550 %s%n\r\n"), 0, "%s%n"},
        {__LINE__, BYTES("\r\n250 ok\r\n"), 0, "ok"},
        {__LINE__, BYTES(""), 0, NULL},
        {__LINE__, BYTES("\r\n"), 0, NULL},
        /* not framed: what is no reply has no code to leave out */
        {__LINE__, BYTES("hello\r\n"), 0, "hello"},
        {__LINE__, BYTES("2500 x\r\n"), 0, "2500 x"},
        {__LINE__, BYTES("25\r\n"), 0, "25"},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        char *const reply = check_exact(cases[i].reply, cases[i].reply_len);
        smtperr_span line = {77, 77};
        const int32_t found = smtperr_reply_line(reply, cases[i].reply_len, cases[i].index, &line);
        CHECK(found == (cases[i].wanted != NULL), "line %d: %s [%u]: got %d", cases[i].line,
              check_show(cases[i].reply, cases[i].reply_len), cases[i].index, (int)found);
        if (found == 1 && cases[i].wanted != NULL) {
            CHECK(line.at <= cases[i].reply_len && line.len <= cases[i].reply_len - line.at &&
                      line.len == strlen(cases[i].wanted) && memcmp(reply + line.at, cases[i].wanted, line.len) == 0,
                  "line %d: got %u bytes at %u, wanted '%s'", cases[i].line, line.len, line.at, cases[i].wanted);
        }
        free(reply);
    }
    check_end();
}

static void a_nul_is_an_ordinary_byte(void **state)
{
    static const char reply[] = "550 a\0b\r\n";
    smtperr_span line;
    (void)state;
    assert_int_equal(smtperr_reply_line(reply, sizeof reply - 1, 0, &line), 1);
    assert_int_equal(line.at, 4);
    assert_int_equal(line.len, 3);
}

static void keywords(void **state)
{
    static const char ehlo[] =
        "250-mx.example.net greets you PIPELINING\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-size 7\r\n"
        "250-AUTH PLAIN LOGIN\r\n250-AUTH=PLAIN LOGIN\r\n250-ENHANCEDSTATUSCODES\n250-X_Y\r\n250--BAD\r\n"
        "250-XTAB\tvalue\r\n250-EMPTY \r\n250-LIMITS RCPTMAX=10 MAILMAX=5\r\n250-\r\n250 8BITMIME";
    static const struct {
        const char *keyword, *parameters; /* NULL: not there */
    } cases[] = {
        {"PIPELINING", ""},
        {"pipelining", ""},
        {"SIZE", "10240000"},
        {"AUTH", "PLAIN LOGIN"},
        {"auth", "PLAIN LOGIN"},
        {"ENHANCEDSTATUSCODES", ""},
        {"8BITMIME", ""},
        {"8bitmime", ""},
        {"EMPTY", ""},
        {"LIMITS", "RCPTMAX=10 MAILMAX=5"},
        {"XTAB", "value"},
        {"X_Y", NULL},
        {"X", NULL},
        {"-BAD", NULL},
        {"BAD", NULL},
        {"mx", NULL},
        {"mx.example.net", NULL},
        {"STARTTLS", NULL},
        {"PIPELININ", NULL},
        {"PIPELININGS", NULL},
        {"SIZE 10240000", NULL},
        {" ", NULL},
        {"250", NULL},
    };
    char *const reply = check_exact(ehlo, sizeof ehlo - 1);
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        smtperr_span span = {0, 0};
        const int32_t found =
            smtperr_reply_keyword(reply, sizeof ehlo - 1, cases[i].keyword, strlen(cases[i].keyword), &span);
        CHECK(found == (cases[i].parameters != NULL), "%s: got %d", cases[i].keyword, (int)found);
        if (found == 1 && cases[i].parameters != NULL) {
            CHECK(span.at <= sizeof ehlo - 1 && span.len <= sizeof ehlo - 1 - span.at, "%s: outside", cases[i].keyword);
            CHECK(span.len == strlen(cases[i].parameters) &&
                      memcmp(reply + span.at, cases[i].parameters, span.len) == 0,
                  "%s: got '%.*s', wanted '%s'", cases[i].keyword, (int)span.len, reply + span.at, cases[i].parameters);
        }
    }
    free(reply);
    check_end();
}

static void the_old_form_of_auth_counts(void **state)
{
    static const char reply[] = "250-mx\r\n250 AUTH=LOGIN PLAIN\r\n";
    smtperr_span span;
    (void)state;
    assert_int_equal(smtperr_reply_keyword(reply, sizeof reply - 1, BYTES("AUTH"), &span), 1);
    assert_int_equal(span.len, 11);
    assert_memory_equal(reply + span.at, "LOGIN PLAIN", 11);
}

/* Only a 250 has keywords: nobody may be led to believe in an extension by a refusal. */
static void other_replies_have_no_keywords(void **state)
{
    static const char *const replies[] = {
        "550-mx\r\n550 STARTTLS\r\n", "250 STARTTLS\r\n", "220-mx\r\n220 STARTTLS\r\n", "STARTTLS\r\n", "",
        "250-mx\r\n550 STARTTLS\r\n"};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(replies); i++) {
        smtperr_span span = {5, 5};
        char *const reply = check_exact(replies[i], strlen(replies[i]));
        CHECK(smtperr_reply_keyword(reply, strlen(replies[i]), BYTES("STARTTLS"), &span) == 0, "%s",
              check_show(replies[i], strlen(replies[i])));
        free(reply);
    }
    check_end();
}

static void misuse(void **state)
{
    smtperr_span span = {3, 4};
    (void)state;
    CHECK(smtperr_reply_line(NULL, 5, 0, &span) == 0, "NULL with a length");
    CHECK(smtperr_reply_line(NULL, 0, 0, &span) == 0, "empty");
    CHECK(smtperr_reply_line(BYTES("250 x"), 0, NULL) == 1, "no span");
    CHECK(smtperr_reply_keyword(NULL, 5, BYTES("X"), &span) == 0, "NULL with a length");
    CHECK(smtperr_reply_keyword(NULL, 0, BYTES("X"), &span) == 0, "empty");
    CHECK(smtperr_reply_keyword(BYTES("250-a\r\n250 X\r\n"), NULL, 0, &span) == 0, "no keyword");
    CHECK(smtperr_reply_keyword(BYTES("250-a\r\n250 X\r\n"), BYTES(""), &span) == 0, "empty keyword");
    CHECK(smtperr_reply_keyword(BYTES("250-a\r\n250 X\r\n"), NULL, 1, &span) == 0, "NULL keyword");
    CHECK(smtperr_reply_keyword(BYTES("250-a\r\n250 X\r\n"), BYTES("X"), NULL) == 1, "no span");
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(a_nul_is_an_ordinary_byte),
        cmocka_unit_test(keywords),
        cmocka_unit_test(the_old_form_of_auth_counts),
        cmocka_unit_test(other_replies_have_no_keywords),
        cmocka_unit_test(misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
