/* SPDX-License-Identifier: MIT
 *
 * Enhanced status codes (RFC 3463, RFC 2034): text to number and back.
 */
#include "check.h"

static void parse(void **state)
{
    static const struct {
        const char *text;
        size_t length;
        int32_t wanted;
    } cases[] = {
        {BYTES("2.0.0"), 2000000},
        {BYTES("4.7.1"), 4007001},
        {BYTES("5.7.1"), 5007001},
        {BYTES("5.1.10"), 5001010},
        {BYTES("5.7.133"), 5007133},
        {BYTES("4.12.345"), 4012345},
        {BYTES("5.999.999"), 5999999},
        {BYTES("5.0.0"), 5000000},
        /* leading zeros: against the letter, but Postfix, Sendmail and Dovecot take them */
        {BYTES("5.01.1"), 5001001},
        {BYTES("5.001.001"), 5001001},
        {BYTES("5.1.00"), 5001000},
        {BYTES("0.1.1"), 0},
        {BYTES("1.1.1"), 0},
        {BYTES("3.1.1"), 0},
        {BYTES("6.1.1"), 0},
        {BYTES("9.1.1"), 0},
        {BYTES("X.1.1"), 0},
        {BYTES("05.1.1"), 0},
        {BYTES("55.1.1"), 0},
        {BYTES("5.1"), 0},
        {BYTES("5.1."), 0},
        {BYTES("5."), 0},
        {BYTES("5"), 0},
        {BYTES(""), 0},
        {BYTES("5..1"), 0},
        {BYTES("5.1..1"), 0},
        {BYTES(".5.1.1"), 0},
        {BYTES("5.1.1."), 0},
        {BYTES("5.1.1.1"), 0},
        {BYTES("5.1000.1"), 0},
        {BYTES("5.1.1000"), 0},
        {BYTES("5.99999999999.1"), 0},
        {BYTES("5.1.99999999999"), 0},
        {BYTES(" 5.1.1"), 0},
        {BYTES("5.1.1 "), 0},
        {BYTES("5.1.1\t"), 0},
        {BYTES("5.1.1\r\n"), 0},
        {BYTES("5. 1.1"), 0},
        {BYTES("5.1 .1"), 0},
        {BYTES("5.1.1x"), 0},
        {BYTES("5.1.1:"), 0},
        {BYTES("#5.1.1"), 0},
        {BYTES("5.1.1\0"), 0},
        {BYTES("5\0.1.1"), 0},
        {BYTES("5,1,1"), 0},
        {BYTES("-5.1.1"), 0},
        {BYTES("+5.1.1"), 0},
        {BYTES("5.-1.1"), 0},
        {BYTES("5.1.+1"), 0},
        {BYTES("5.0x1.1"), 0},
        {BYTES("\xEF\xBC\x95.1.1"), 0},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        char *const text = check_exact(cases[i].text, cases[i].length);
        const int32_t got = smtperr_enhanced_parse(text, cases[i].length);
        CHECK(got == cases[i].wanted, "\"%s\": got %d, wanted %d", check_show(cases[i].text, cases[i].length), (int)got,
              (int)cases[i].wanted);
        free(text);
    }
    CHECK(smtperr_enhanced_parse(NULL, 0) == 0, "NULL");
    CHECK(smtperr_enhanced_parse(NULL, 5) == 0, "NULL with a length");
    check_end();
}

static void there_and_back_for_every_value(void **state)
{
    static const int32_t classes[] = {2, 4, 5};
    size_t i;
    int32_t subject, detail;
    (void)state;
    for (i = 0; i < COUNT(classes); i++) {
        for (subject = 0; subject <= 999; subject += subject < 120 ? 1 : 97) {
            for (detail = 0; detail <= 999; detail++) {
                char wanted[40], got[16];
                const int32_t value = classes[i] * 1000000 + subject * 1000 + detail;
                const size_t length = (size_t)sprintf(wanted, "%d.%d.%d", (int)classes[i], (int)subject, (int)detail);
                const size_t needed = smtperr_enhanced_format(value, got, sizeof got);
                CHECK(needed == length && strcmp(got, wanted) == 0, "got %s, wanted %s", got, wanted);
                CHECK(smtperr_enhanced_parse(wanted, length) == value, "%s", wanted);
            }
        }
    }
    check_end();
}

static void what_is_none_has_no_form(void **state)
{
    static const int32_t values[] = {0, 1, -1, 550, 999999, 1999999, 6000000, 9999999, INT32_MAX, INT32_MIN, -5001001};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(values); i++) {
        char out[16] = "x";
        CHECK(smtperr_enhanced_format(values[i], out, sizeof out) == 0 && out[0] == '\0', "%d: got '%s'",
              (int)values[i], out);
    }
    check_end();
}

/* What smtperr_enhanced_parse() never gives is none either: what is written must be readable again. */
static void a_class_that_does_not_exist_has_no_form(void **state)
{
    char out[16] = "x";
    (void)state;
    CHECK(smtperr_enhanced_format(3001001, out, sizeof out) == 0 && out[0] == '\0', "3.1.1: got '%s'", out);
    check_end();
}

static void format_at_every_size(void **state)
{
    static const char whole[] = "5.7.133";
    size_t size;
    (void)state;
    CHECK(smtperr_enhanced_format(5007133, NULL, 0) == 7, "asking for the size");
    CHECK(smtperr_enhanced_format(5007133, NULL, 99) == 7, "no out");
    for (size = 1; size <= 12; size++) {
        char *const out = malloc(size);
        const size_t length = size - 1 < 7 ? size - 1 : 7;
        assert_non_null(out);
        memset(out, 0x55, size);
        CHECK(smtperr_enhanced_format(5007133, out, size) == 7, "size %u", (unsigned)size);
        CHECK(memcmp(out, whole, length) == 0 && out[length] == '\0', "size %u: cut", (unsigned)size);
        free(out);
    }
    {
        char out[4] = "abc";
        CHECK(smtperr_enhanced_format(5007133, out, 0) == 7 && strcmp(out, "abc") == 0, "size 0");
    }
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse),
        cmocka_unit_test(there_and_back_for_every_value),
        cmocka_unit_test(what_is_none_has_no_form),
        cmocka_unit_test(a_class_that_does_not_exist_has_no_form),
        cmocka_unit_test(format_at_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
