/* SPDX-License-Identifier: MIT
 *
 * The codes that people look up: lists on the web name these, some of them numbers that no SMTP server sends. Each must
 * be explained: a title, what it says, the likely cause, what to do, and where that is written.
 */
#include "check.h"

static const int32_t listed[] = {101, 111, 211, 214, 220, 221, 250, 251, 252, 334, 354, 403, 420, 421, 422,
                                 431, 432, 441, 442, 446, 447, 449, 450, 451, 452, 455, 471, 500, 501, 502,
                                 503, 504, 510, 511, 512, 513, 523, 530, 535, 541, 550, 551, 552, 553, 554};

static void every_listed_code_is_described(void **state)
{
    static const struct {
        int32_t say;
        const char *name;
    } says[] = {
        {SMTPERR_SAY_TITLE, "title"}, {SMTPERR_SAY_WHAT, "what"},     {SMTPERR_SAY_CAUSE, "cause"},
        {SMTPERR_SAY_FIX, "fix"},     {SMTPERR_SAY_SOURCE, "source"},
    };
    size_t i, j;
    int32_t stage;
    (void)state;
    for (i = 0; i < COUNT(listed); i++) {
        for (stage = 0; stage <= SMTPERR_STAGE_OTHER; stage++) {
            for (j = 0; j < COUNT(says); j++) {
                CHECK(smtperr_describe(SMTPERR_KIND_CODE, listed[i], stage, says[j].say)[0] != '\0', "%d at %s: no %s",
                      (int)listed[i], smtperr_name(SMTPERR_KIND_STAGE, stage), says[j].name);
            }
        }
    }
    check_end();
}

/* Not just by its class: each has words of its own, at least where the stage is not known. */
static void every_listed_code_has_a_row_of_its_own(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(listed); i++) {
        const int32_t class_example = listed[i] / 100 * 100 + 99; /* 199 to 599: nobody has listed them */
        CHECK(smtperr_name(SMTPERR_KIND_CODE, listed[i])[0] != '\0', "%d is not listed", (int)listed[i]);
        CHECK(smtperr_next(SMTPERR_KIND_CODE, listed[i] - 1) == listed[i], "%d is not in the list", (int)listed[i]);
        CHECK(strcmp(smtperr_describe(SMTPERR_KIND_CODE, listed[i], SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_WHAT),
                     smtperr_describe(SMTPERR_KIND_CODE, class_example, SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_WHAT)) != 0,
              "%d is described as any %dyz", (int)listed[i], (int)listed[i] / 100);
    }
    check_end();
}

static void every_class_is_described(void **state)
{
    int32_t first, say;
    (void)state;
    for (first = 2; first <= 5; first++) {
        for (say = SMTPERR_SAY_TITLE; say <= SMTPERR_SAY_FIX; say++) {
            CHECK(smtperr_describe(SMTPERR_KIND_CODE, first * 100 + 99, SMTPERR_STAGE_UNKNOWN, say)[0] != '\0',
                  "%dyz, say %d", (int)first, (int)say);
        }
        CHECK(smtperr_describe(SMTPERR_KIND_CODE, first * 100 + 99, SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_SOURCE)[0] != '\0',
              "%dyz", (int)first);
    }
    check_end();
}

/* What must not be said: a code that nobody sends passed off as SMTP's, or an address called dead by a code that is
 * not. */
static void codes_that_are_no_smtp_say_so(void **state)
{
    static const check_row rows[] = {
        ROW("101 x", "unknown text", "category=network"), ROW("111 x", "unknown text", "category=network"),
        ROW("441 x", "unknown text", "retry=1"),          ROW("442 x", "unknown text", "retry=1"),
        ROW("446 x", "unknown text", "retry=1"),          ROW("447 x", "unknown text", "retry=1"),
        ROW("449 x", "unknown text", "retry=1"),          ROW("471 x", "unknown text", "retry=1"),
        ROW("510 x", "unknown text", "suppress=0"),       ROW("511 x", "unknown text", "suppress=0"),
        ROW("512 x", "unknown text", "suppress=0"),       ROW("513 x", "unknown text", "suppress=0"),
        ROW("550 x", "unknown text", "suppress=0"),       ROW("553 x", "unknown text", "suppress=0"),
        ROW("605 x", "unknown text", "category=policy"),  ROW("699 x", "unknown text", "category=protocol-error"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* A few of the best known, at the stage they belong to (RFC 5321 4.2.3, 4.3.2, RFC 4954, RFC 3207). */
static void the_best_known_mean_what_the_rfc_says(void **state)
{
    static const check_row rows[] = {
        ROW("220 x\r\n", "greeting", "category=ok"),
        ROW("221 x\r\n", "quit", "category=ok"),
        ROW("250 x\r\n", "eod", "category=ok"),
        ROW("211 x\r\n", "other", "category=ok action=proceed"),
        ROW("214 x\r\n", "other", "category=ok action=proceed"),
        ROW("251 x\r\n", "rcpt", "category=ok"),
        ROW("252 x\r\n", "other", "category=ok"),
        ROW("334 x\r\n", "auth", "category=continue"),
        ROW("354 x\r\n", "data", "category=continue"),
        ROW("421 x\r\n", "mail", "category=server-unavailable"),
        ROW("450 x\r\n", "rcpt", "category=mailbox-busy"),
        ROW("451 x\r\n", "rcpt", "category=server-unavailable"),
        ROW("452 x\r\n", "mail", "category=server-full"),
        ROW("454 x\r\n", "starttls", "category=tls"),
        ROW("455 x\r\n", "rcpt", "category=not-supported"),
        ROW("500 x\r\n", "mail", "category=protocol-error"),
        ROW("502 x\r\n", "mail", "category=not-supported"),
        ROW("503 x\r\n", "rcpt", "category=protocol-error"),
        ROW("530 x\r\n", "mail", "category=credentials"),
        ROW("535 x\r\n", "auth", "category=credentials"),
        ROW("550 x\r\n", "rcpt", "category=mailbox-unknown confidence=low"),
        ROW("551 x\r\n", "rcpt", "category=mailbox-moved"),
        ROW("552 x\r\n", "rcpt", "category=mailbox-full"),
        ROW("552 x\r\n", "eod", "category=message-too-large"),
        ROW("553 x\r\n", "rcpt", "category=address-invalid"),
        ROW("555 x\r\n", "mail", "category=not-supported"),
        ROW("556 x\r\n", "rcpt", "category=domain-no-mail"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_listed_code_is_described),
        cmocka_unit_test(every_listed_code_has_a_row_of_its_own),
        cmocka_unit_test(every_class_is_described),
        cmocka_unit_test(codes_that_are_no_smtp_say_so),
        cmocka_unit_test(the_best_known_mean_what_the_rfc_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
