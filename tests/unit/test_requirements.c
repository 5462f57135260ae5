/* SPDX-License-Identifier: MIT
 *
 * How an SMTP client must read and act on replies: one test a rule, by the rules' numbers in docs. R1 to R17 are about
 * the framing and stand in test_reader.c; those of a program around the library (queues, time-outs, DNS) are the
 * mailer's. Where a rule needs words of the text, numbers and context are tested here and a comment says what the text
 * rules add. Section numbers are RFC 5321's.
 */
#include "check.h"

static const char *const stages[] = {"unknown", "connect", "greeting", "ehlo", "helo", "starttls", "tls",
                                     "auth",    "mail",    "rcpt",     "data", "body", "eod",      "other"};

static void check_text(int line, const char *got, size_t got_len, const char *wanted)
{
    if (got_len != strlen(wanted) || memcmp(got, wanted, got_len) != 0) {
        check_failures++;
        print_error("line %d: got '%.*s', wanted '%s'\n", line, (int)got_len, got, wanted);
    }
}

static int32_t category_of(const char *reply, const char *how)
{
    const check_row row = {__LINE__, reply, strlen(reply), how, ""};
    smtperr_verdict verdict;
    check_evaluate(&row, &verdict);
    return verdict.category;
}

/* 4.2 */
static void R18_greetings(void **state)
{
    static const check_row rows[] = {
        ROW("220 mx.example ESMTP\r\n", "greeting",
            "action=proceed category=ok flag!=ODD_SUCCESS text='mx.example ESMTP'"),
        ROW("220-mx.example\r\n220 hi\r\n", "greeting", "action=proceed category=ok code=220 flag!=ODD_SUCCESS"),
        ROW("220 [192.0.2.1] hi\r\n", "connect", "action=proceed category=ok stage=greeting"),
        ROW("554 no\r\n", "greeting", "retry=1 code=554"),
        ROW("421 later\r\n", "greeting", "retry=1 code=421"),
        ROW("250 mx.example\r\n", "greeting", "action=proceed flag=ODD_SUCCESS"),
    };
    static const char reply[] = "220-mx.example\r\n220 hi\r\n";
    smtperr_span line;
    (void)state;
    assert_int_equal(smtperr_reply_line(reply, sizeof reply - 1, 0, &line), 1);
    check_text(__LINE__, reply + line.at, line.len, "mx.example");
    CHECK_ROWS(rows);
}

/* 4.1.1.1 */
static void R19_ehlo_keywords(void **state)
{
    static const char reply[] = "250-mx.example SIZE 7\r\n250-starttls\r\n250-SIZE 100\r\n250-AUTH=LOGIN PLAIN\r\n"
                                "250-X_Y z\r\n250-8BITMIME\r\n250 DSN\r\n";
    static const struct {
        const char *keyword, *parameters; /* NULL: not there */
    } cases[] = {
        {"STARTTLS", ""}, {"starttls", ""}, {"SIZE", "100"}, {"size", "100"}, {"AUTH", "LOGIN PLAIN"}, {"8bitmime", ""},
        {"DSN", ""},      {"X", NULL},      {"X_Y", NULL},   {"MX", NULL},    {"mx.example", NULL},    {"HELP", NULL},
        {"SIZ", NULL},    {"SIZES", NULL},  {"START", NULL}, {"100", NULL},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        smtperr_span span = {0, 0};
        const int32_t found =
            smtperr_reply_keyword(reply, sizeof reply - 1, cases[i].keyword, strlen(cases[i].keyword), &span);
        CHECK(found == (cases[i].parameters != NULL), "%s: got %d", cases[i].keyword, (int)found);
        if (found == 1 && cases[i].parameters != NULL) {
            check_text(__LINE__, reply + span.at, span.len, cases[i].parameters);
        }
    }
    check_end();
}

/* 4.2 */
static void R20_act_by_the_code_not_the_text(void **state)
{
    static const check_row rows[] = {
        ROW("250 5.1.1 user unknown, rejected\r\n", "rcpt", "action=proceed category=ok suppress=0"),
        ROW("250 550 5.1.1 no such user\r\n", "rcpt", "action=proceed code=250"),
        ROW("550 OK queued\r\n", "rcpt", "action=bounce"),
        ROW("550 2.0.0 OK queued\r\n", "eod", "action=bounce"),
        ROW("550 250 2.1.5 Ok\r\n", "rcpt", "action=bounce code=550"),
        ROW("250\r\n", "eod", "action=proceed"),
        ROW("550\r\n", "eod", "action=bounce"),
        ROW("450 rejected for ever\r\n", "rcpt", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 4.2.1 */
static void R21_first_digit(void **state)
{
    int32_t code;
    smtperr_verdict verdict;
    (void)state;
    for (code = 200; code <= 599; code++) {
        switch (code / 100) {
        case 2:
            check_numbers(__LINE__, code, 0, "eod",
                          code == 221 ? "action!=bounce" : "action=proceed dsn_action=relayed", &verdict);
            break;
        case 3:
            check_numbers(__LINE__, code, 0, "data", "action=proceed category=continue", &verdict);
            break;
        case 4:
            check_numbers(__LINE__, code, 0, "eod", "retry=1 dsn_action=delayed", &verdict);
            check_numbers(__LINE__, code, 0, "rcpt", "retry=1", &verdict);
            break;
        default:
            if (code != 503 && code != 530 && code != 531 && code != 535 && code != 505) {
                check_numbers(__LINE__, code, 0, "rcpt", "action=bounce|hold", &verdict);
            }
            break;
        }
    }
    check_end();
}

/* 4.2.1 */
static void R22_second_digit_only_explains(void **state)
{
    int32_t second, third;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(stages); i++) {
        for (second = 0; second <= 9; second++) {
            for (third = 0; third <= 9; third++) {
                smtperr_verdict verdict;
                check_numbers(__LINE__, 400 + second * 10 + third, 0, stages[i], "retry=1", &verdict);
            }
        }
    }
    CHECK(smtperr_should_retry(BYTES("450 x\r\n"), SMTPERR_STAGE_RCPT) ==
              smtperr_should_retry(BYTES("499 x\r\n"), SMTPERR_STAGE_RCPT),
          "450 and 499");
    check_end();
}

/* 3.3, 4.3.2 */
static void R23_3yz_is_for_data_and_auth_only(void **state)
{
    static const check_row rows[] = {
        ROW("354 x\r\n", "data", "action=proceed"),
        ROW("355 x\r\n", "data", "action=proceed"),
        ROW("334 x\r\n", "auth", "action=proceed"),
        ROW("354 x\r\n", "mail", "category=protocol-error action!=proceed retry=1"),
        ROW("354 x\r\n", "rcpt", "category=protocol-error action!=proceed retry=1"),
        ROW("334 x\r\n", "rcpt", "category=protocol-error action!=proceed"),
        ROW("354 x\r\n", "greeting", "category=protocol-error action!=proceed"),
        ROW("354 x\r\n", "ehlo", "category=protocol-error action!=proceed"),
        ROW("354 x\r\n", "helo", "category=protocol-error action!=proceed"),
        ROW("354 x\r\n", "starttls", "category=protocol-error action!=proceed"),
        ROW("354 x\r\n", "body", "category=protocol-error action!=proceed"),
        ROW("354 x\r\n", "eod", "category=protocol-error action!=proceed"),
        ROW("399 x\r\n", "mail", "category=protocol-error action!=proceed"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 3.3 */
static void R24_no_text_without_354(void **state)
{
    static const check_row rows[] = {
        ROW("354 x\r\n", "data", "action=proceed"),
        ROW("250 ok\r\n", "data", "action!=proceed category=protocol-error"),
        ROW("250 2.0.0 ok\r\n", "data", "action!=proceed"),
        ROW("220 ok\r\n", "data", "action!=proceed"),
        ROW("299\r\n", "data", "action!=proceed"),
        ROW("354-x\r\n250 y\r\n", "data", "action!=proceed"),
        ROW("250-x\r\n354 y\r\n", "data", "action!=proceed"),
        ROW("451 x\r\n", "data", "action!=proceed retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 4.3.2 */
static void R25_421_500_501_to_any_command(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(stages); i++) {
        smtperr_verdict verdict;
        check_numbers(__LINE__, 421, 0, stages[i], "retry=1 suppress=0 category=server-unavailable", &verdict);
        check_numbers(__LINE__, 421, 4003002, stages[i], "retry=1 suppress=0 category=server-unavailable", &verdict);
        check_numbers(__LINE__, 500, 0, stages[i], "suppress=0 category!=mailbox-unknown category!=unknown", &verdict);
        check_numbers(__LINE__, 501, 0, stages[i], "suppress=0 category!=mailbox-unknown category!=unknown", &verdict);
    }
    check_end();
}

/* 4.2.4 */
static void R26_500_and_502_say_nothing_about_an_address(void **state)
{
    static const check_row rows[] = {
        ROW("502 x\r\n", "other", "category=not-supported suppress=0 action!=bounce"),
        ROW("502 5.5.1 x\r\n", "other", "category!=mailbox-unknown suppress=0 action!=bounce"),
        ROW("500 x\r\n", "other", "category!=mailbox-unknown suppress=0 action!=bounce"),
        ROW("502 x\r\n", "rcpt", "category=not-supported suppress=0"),
        ROW("500 x\r\n", "rcpt", "category!=mailbox-unknown suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 3.5.3 */
static void R27_252_to_vrfy_is_no_proof(void **state)
{
    static const check_row rows[] = {
        ROW("250 x\r\n", "other", "action=proceed category=ok"),
        ROW("252 x\r\n", "other", "action=proceed category=ok suppress=0"),
        ROW("550 5.1.1 x\r\n", "other", "suppress=0"),
        ROW("553 x\r\n", "other", "suppress=0"),
    };
    const char *sure = smtperr_describe(SMTPERR_KIND_CODE, 250, SMTPERR_STAGE_OTHER, SMTPERR_SAY_WHAT);
    const char *unsure = smtperr_describe(SMTPERR_KIND_CODE, 252, SMTPERR_STAGE_OTHER, SMTPERR_SAY_WHAT);
    (void)state;
    CHECK(unsure[0] != '\0' && strcmp(sure, unsure) != 0, "252 is described as 250: %s", unsure);
    CHECK_ROWS(rows);
}

/* 3.4, 7.4 */
static void R28_new_addresses_are_reported_only(void **state)
{
    static const check_row rows[] = {
        ROW("251 User not local; will forward to <a@b>\r\n", "rcpt", "action=proceed address='a@b'"),
        ROW("551 5.1.6 User not local; please try <a@b.example>\r\n", "rcpt",
            "action=bounce category=mailbox-moved address='a@b.example'"),
        ROW("551-User not local;\r\n551 please try <a@b>\r\n", "rcpt", "address='a@b'"),
        ROW("251-to <first@b>\r\n251 ok\r\n", "rcpt", "address='first@b'"),
        ROW("551 please try <\xCE\xB4\xCE\xBF@example>\r\n", "rcpt",
            "address='\xCE\xB4\xCE\xBF@example' flag=EIGHTBIT"),
        ROW("551 try elsewhere\r\n", "rcpt", "address=''"),
        ROW("551 try <nowhere>\r\n", "rcpt", "address=''"),
        ROW("551 try <a@b\r\n", "rcpt", "address=''"),
        ROW("250 ok <a@b>\r\n", "rcpt", "address=''"),
        ROW("550 no <a@b>\r\n", "rcpt", "address=''"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void R31_5yz_greeting_tells_its_stage_and_suppresses_nobody(void **state)
{
    static const check_row rows[] = {
        ROW("554 no\r\n", "greeting", "stage=greeting suppress=0 retry=1"),
        ROW("554 5.1.1 no\r\n", "greeting", "stage=greeting suppress=0 retry=1"),
        ROW("554 no\r\n", "greeting greeting_5yz=bounce", "stage=greeting suppress=0 action=bounce"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 3.2 */
static void R32_helo_after_500_502_to_ehlo(void **state)
{
    static const check_row rows[] = {
        ROW("500 x\r\n", "ehlo", "action=say-helo"),  ROW("502 x\r\n", "ehlo", "action=say-helo"),
        ROW("501 x\r\n", "ehlo", "action!=say-helo"), ROW("550 x\r\n", "ehlo", "action!=say-helo"),
        ROW("554 x\r\n", "ehlo", "action!=say-helo"), ROW("421 x\r\n", "ehlo", "action!=say-helo"),
        ROW("451 x\r\n", "ehlo", "action!=say-helo"), ROW("500 x\r\n", "helo", "action!=say-helo"),
        ROW("500 x\r\n", "mail", "action!=say-helo"), ROW("500 x\r\n", "ehlo tls-must", "action!=say-helo"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void R35_the_end_after_421_is_normal(void **state)
{
    char keep[64];
    smtperr_reader reader;
    size_t used;
    size_t len;
    (void)state;
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep), 0);
    assert_int_equal(smtperr_reader_feed(&reader, BYTES("421 later\r\n"), &used), SMTPERR_REPLY);
    assert_int_equal(smtperr_reader_pending(&reader), 0);
    check_text(__LINE__, smtperr_reader_reply(&reader, &len), 11, "421 later\r\n");
    assert_int_equal(len, 11);
    {
        static const check_row rows[] = {
            ROW("421 x\r\n", "rcpt", "closing=1 retry=1"),
            ROW("421 x\r\n", "eod", "closing=1 retry=1"),
            ROW("421 x\r\n", "greeting", "closing=1 retry=1"),
            ROW("421-x\r\n450 y\r\n", "rcpt", "closing=1 retry=1"),
            ROW("garbage\r\n", "rcpt", "closing=1"),
            ROW("503 x\r\n", "rcpt", "action=reconnect closing=1"),
            ROW("554 5.5.0 Error: SMTP protocol synchronization\r\n", "mail", "action=reconnect closing=1"),
            ROW("554 5.5.0 Error: SMTP protocol synchronization\r\n", "mail reconnected", "action=bounce"),
            ROW("354 x\r\n", "rcpt", "action=reconnect closing=1"),
            ROW("", "rcpt failure=lost-connection", "closing=1"),
            ROW("", "mail failure=size-exceeded", "closing=0"),
            ROW("", "auth failure=no-auth-mechanism", "closing=0"),
            ROW("", "tls failure=tls-failed", "closing=1"),
            ROW("450 x\r\n", "rcpt", "closing=0"),
            ROW("550 x\r\n", "rcpt", "closing=0"),
            ROW("250 x\r\n", "eod", "closing=0"),
            ROW("552 5.5.3 x\r\n", "rcpt", "action=new-transaction closing=0"),
            ROW("500 x\r\n", "ehlo", "action=say-helo closing=0"),
        };
        check_rows(rows, COUNT(rows));
    }
    check_end();
}

/* 3.8 */
static void R36_a_lost_connection_counts_as_451(void **state)
{
    static const check_row rows[] = {
        ROW("", "rcpt failure=lost-connection", "retry=1 suppress=0 category=network dsn_status=4.4.2 sysexit=75"),
        ROW("", "mail failure=lost-connection", "retry=1 dsn_status=4.4.2"),
        ROW("", "data failure=command-timeout", "retry=1 dsn_status=4.4.2"),
        ROW("", "rcpt failure=ECONNRESET", "retry=1 dsn_status=4.4.2"),
        ROW("250-a\r\n", "rcpt", "status=incomplete retry=1 dsn_status=4.4.2 code=0|250 failure=lost-connection"),
        ROW("", "rcpt", "status=incomplete retry=1 dsn_status=4.4.2"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 4.5.3.2.6, 6.1 */
static void R37_no_reply_to_the_dot_may_be_a_duplicate(void **state)
{
    static const check_row rows[] = {
        ROW("", "eod failure=command-timeout", "outcome_unknown=1 retry=1"),
        ROW("", "eod failure=lost-connection", "outcome_unknown=1 retry=1"),
        ROW("", "body failure=command-timeout", "outcome_unknown=0 retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 4.5.3.1.10. "552 too many recipients" is a matter of words: tested with the text rules. */
static void R40_552_is_too_many_recipients_only_on_evidence(void **state)
{
    static const check_row rows[] = {
        ROW("552 5.5.3 x\r\n", "rcpt", "retry=1 category=too-many-recipients"),
        ROW("552 4.5.3 x\r\n", "rcpt", "retry=1 category=too-many-recipients"),
        ROW("552 5.2.2 quota\r\n", "rcpt", "retry=0 category=mailbox-full"),
        ROW("552 x\r\n", "rcpt", "retry=0"),
        ROW("552 x\r\n", "rcpt accepted=3", "retry=1 category=too-many-recipients"),
        ROW("552 5.2.2 quota\r\n", "rcpt accepted=3", "retry=0 category=mailbox-full"),
        ROW("552 5.3.4 size\r\n", "rcpt accepted=3", "retry=0 category=message-too-large"),
        ROW("552 x\r\n", "rcpt accepted=3 refused-alone", "retry=0"),
        ROW("552 5.5.3 x\r\n", "rcpt refused-alone", "retry=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 4.5.3.1.8 */
static void R41_the_rest_in_another_transaction(void **state)
{
    static const check_row rows[] = {
        ROW("452 x\r\n", "rcpt accepted=100", "action=new-transaction retry=1"),
        ROW("452 4.5.3 x\r\n", "rcpt accepted=100", "action=new-transaction retry=1"),
        ROW("552 x\r\n", "rcpt accepted=100", "action=new-transaction retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 3.3, RFC 2920 3.1 */
static void R42_data_refused_after_all_rcpt_repeats_them(void **state)
{
    static const check_row rows[] = {
        ROW("554 5.5.1 no valid recipients\r\n", "data accepted=0", "flag=REPEATS_RCPT action!=bounce suppress=0"),
        ROW("503 x\r\n", "data accepted=0", "flag=REPEATS_RCPT action!=bounce suppress=0"),
        ROW("503 x\r\n", "data accepted=0 reconnected", "flag=REPEATS_RCPT action!=bounce"),
        ROW("554 x\r\n", "data accepted=0 attempt=4", "flag=REPEATS_RCPT action!=bounce"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* 4.5.3.1.10 */
static void R43_503_to_data_reconnects_once(void **state)
{
    static const check_row rows[] = {
        ROW("503 x\r\n", "data accepted=3", "action=reconnect"),
        ROW("503 x\r\n", "data accepted=3 attempt=1", "action=reconnect"),
        ROW("503 x\r\n", "data accepted=3 reconnected", "action=bounce suppress=0"),
        ROW("550 x\r\n", "rcpt accepted=100", "action=bounce"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 7504 3 */
static void R44_521_greeting(void **state)
{
    static const check_row rows[] = {
        ROW("521 5.3.2 x\r\n", "greeting", "action=retry-other-host likely_permanent=1 suppress=0"),
        ROW("521 x\r\n", "greeting", "action=retry-other-host likely_permanent=1 suppress=0 category!=domain-no-mail"),
        ROW("521 x\r\n", "ehlo", "action=retry-other-host suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 7504 4, RFC 7505 3 */
static void R45_556_and_null_mx(void **state)
{
    static const check_row rows[] = {
        ROW("556 x\r\n", "rcpt", "category=domain-no-mail action=bounce dsn_status=5.1.10 suppress=1"),
        ROW("556 5.1.10 x\r\n", "rcpt", "category=domain-no-mail action=bounce dsn_status=5.1.10"),
        ROW("550 5.1.10 x\r\n", "rcpt", "category=domain-no-mail action=bounce"),
        ROW("", "unknown failure=NULL-MX", "category=domain-no-mail action=bounce dsn_status=5.1.10 suppress=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 7505 4.2 */
static void R46_550_5_7_27_at_mail(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.7.27 x\r\n", "mail", "category=sender-rejected action=bounce suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 3463 2, RFC 2034 4 */
static void R62_form_of_an_enhanced_code(void **state)
{
    static const struct {
        const char *text;
        int32_t value;
    } cases[] = {
        {"5.1.1", 5001001},
        {"5.7.133", 5007133},
        {"4.12.345", 4012345},
        {"2.0.0", 2000000},
        {"5.999.999", 5999999},
        {"5.01.1", 5001001}, /* against the letter, but sent */
        {"5.1.001", 5001001},
        {"3.1.1", 0},
        {"1.1.1", 0},
        {"0.0.0", 0},
        {"6.1.1", 0},
        {"5.1", 0},
        {"5.1.", 0},
        {"5.1.1234", 0},
        {"5.1234.1", 0},
        {"5..1", 0},
        {"5. 1.1", 0},
        {"5.1 .1", 0},
        {" 5.1.1", 0},
        {"5.1.1 ", 0},
        {"5.1.1x", 0},
        {"5.1.1.1", 0},
        {"55.1.1", 0},
        {"5.1.-1", 0},
        {"+5.1.1", 0},
        {"5,1,1", 0},
        {"", 0},
        {"5", 0},
        {"5.", 0},
        {".1.1", 0},
        {"5.99999999999.1", 0},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        const size_t length = strlen(cases[i].text);
        char *const text = check_exact(cases[i].text, length);
        const int32_t got = smtperr_enhanced_parse(text, length);
        char reply[60];
        smtperr_verdict verdict;
        const check_row row = {__LINE__, reply, (size_t)sprintf(reply, "550 %s\r\n", cases[i].text), "rcpt",
                               "code=550"};
        CHECK(got == cases[i].value, "'%s': got %d, wanted %d", cases[i].text, (int)got, (int)cases[i].value);
        check_evaluate(&row, &verdict);
        check_want(&row, &verdict);
        if (strcmp(cases[i].text, "5.1.1 ") != 0) { /* in a reply a blank may follow */
            CHECK(verdict.enhanced == cases[i].value, "'%s': got %d, wanted %d", reply, (int)verdict.enhanced,
                  (int)cases[i].value);
        }
        free(text);
    }
    check_end();
}

/* RFC 2034 3, 4 */
static void R63_place_of_an_enhanced_code(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.1.1 x\r\n", "rcpt", "enhanced=5.1.1 text='x'"),
        ROW("550 5.1.1   x\r\n", "rcpt", "enhanced=5.1.1 text='x'"),
        ROW("550 5.1.1\r\n", "rcpt", "enhanced=5.1.1 text=''"),
        ROW("550 5.1.1x\r\n", "rcpt", "enhanced=0"),
        ROW("550 5.1.1.2 is listed\r\n", "rcpt", "enhanced=0"),
        ROW("550 5.1.1: x\r\n", "rcpt", "code=550 action=bounce"), /* RFC: none; a heuristic may read it */
        ROW("550 no 5.1.1 here\r\n", "rcpt", "enhanced=0"),
        ROW("550 (#5.1.1)\r\n", "rcpt", "enhanced=5.1.1"), /* qmail's way */
        ROW("550 sorry, no mailbox here by that name. (#5.1.1)\r\n", "rcpt", "enhanced=5.1.1"),
        ROW("550 <5.1.1@example.net> no\r\n", "rcpt", "enhanced=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 2034 4 */
static void R64_no_enhanced_code_in_greeting_ehlo_helo_and_3yz(void **state)
{
    static const check_row rows[] = {
        ROW("220 2.0.0 mx\r\n", "greeting", "enhanced=0 action=proceed"),
        ROW("250-2.0.0 x\r\n250 SIZE\r\n", "ehlo", "enhanced=0 action=proceed"),
        ROW("250-2.0.0.example\r\n250 SIZE\r\n", "ehlo", "enhanced=0 action=proceed"),
        ROW("250 2.0.0 x\r\n", "helo", "enhanced=0"),
        ROW("334 5.7.8 x\r\n", "auth", "enhanced=0 action=proceed"),
        ROW("354 5.1.1 x\r\n", "data", "enhanced=0 action=proceed"),
        ROW("250 2.1.5 x\r\n", "rcpt", "enhanced=2.1.5"),
        ROW("235 2.7.0 x\r\n", "auth", "enhanced=2.7.0"),
        ROW("220 2.0.0 x\r\n", "starttls", "enhanced=2.0.0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 2034 4 */
static void R65_enhanced_codes_are_always_read(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(stages); i++) {
        smtperr_verdict verdict;
        check_numbers(__LINE__, 550, 5007001, stages[i], "enhanced=5.7.1", &verdict);
        check_numbers(__LINE__, 450, 4007001, stages[i], "enhanced=4.7.1", &verdict);
    }
    check_end();
}

/* RFC 2034 4 */
static void R66_the_code_rules_over_the_enhanced_class(void **state)
{
    static const check_row rows[] = {
        ROW("450 5.1.1 x\r\n", "rcpt", "retry=1 suppress=0 flag=ESC_MISMATCH dsn_status>=4000000 dsn_status<=4999999"),
        ROW("550 4.2.1 x\r\n", "rcpt", "action=bounce flag=ESC_MISMATCH dsn_status>=5000000"),
        ROW("250 5.0.0 x\r\n", "rcpt", "action=proceed flag=ESC_MISMATCH dsn_status>=2000000 dsn_status<=2999999"),
        ROW("250 4.2.1 x\r\n", "eod", "action=proceed category=ok"),
        ROW("450 2.0.0 x\r\n", "rcpt", "retry=1"),
        ROW("550 2.1.5 x\r\n", "rcpt", "action=bounce category!=ok"),
        ROW("450 2.1.5 x\r\n", "rcpt", "retry=1 category!=ok"),
        ROW("550 5.2.1 x\r\n", "rcpt", "flag!=ESC_MISMATCH"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void check_shown(int line, const char *reply, const char *wanted)
{
    char out[200];
    const size_t needed = smtperr_sanitize(reply, strlen(reply), out, sizeof out);
    check_text(line, out, strlen(out), wanted);
    CHECK(needed == strlen(wanted), "line %d: needed %u", line, (unsigned)needed);
}

/* RFC 2034 4 */
static void R67_an_enhanced_code_on_every_line(void **state)
{
    static const check_row rows[] = {
        ROW("550-5.7.1 a\r\n550 5.7.1 b\r\n", "rcpt", "enhanced=5.7.1 text='b' flag!=MIXED_ESC"),
        ROW("550-5.7.1 a\r\n550 5.1.1 b\r\n", "rcpt", "enhanced=5.1.1 flag=MIXED_ESC"),
        ROW("550-5.7.1 a\n550 5.7.1 b", "rcpt text", "enhanced=5.7.1 text='b' flag!=MIXED_ESC"),
    };
    (void)state;
    check_shown(__LINE__, "550-5.7.1 a\r\n550 5.7.1 b\r\n", "550 5.7.1 a b");
    check_shown(__LINE__, "550-a\r\n550 b\r\n", "550 a b");
    CHECK_ROWS(rows);
}

static void R68_an_enhanced_code_on_one_line_only(void **state)
{
    static const check_row rows[] = {
        ROW("550-5.7.1 a\r\n550 b\r\n", "rcpt", "enhanced=5.7.1 text='b' flag!=MIXED_ESC"),
        ROW("550-a\r\n550 5.7.1 b\r\n", "rcpt", "enhanced=5.7.1 text='b' flag!=MIXED_ESC"),
        ROW("550-a\r\n550-5.7.1 b\r\n550 c\r\n", "rcpt", "enhanced=5.7.1 text='c'"),
        ROW("550-5.7.1 a\r\n550\r\n", "rcpt", "enhanced=5.7.1 text='' flag=BARE_CODE"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 3463 2 */
static void R69_unknown_detail_means_what_its_subject_means(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.1.99 x\r\n", "rcpt", "category=address-invalid suppress=0 action=bounce"),
        ROW("550 5.7.515 x\r\n", "eod", "category=policy action=bounce"),
        ROW("450 4.7.515 x\r\n", "eod", "category=policy retry=1"),
        ROW("599 5.6.77 x\r\n", "eod", "category=message-malformed action=bounce"),
        ROW("599 5.4.77 x\r\n", "eod", "category=routing action=bounce"),
    };
    (void)state;
    CHECK(strcmp(smtperr_describe(SMTPERR_KIND_ENHANCED, 5001099, SMTPERR_STAGE_RCPT, SMTPERR_SAY_TITLE), "") != 0,
          "5.1.99");
    CHECK_ROWS(rows);
}

/* RFC 3463 2 */
static void R70_unknown_subject_means_what_its_class_means(void **state)
{
    static const check_row rows[] = {
        ROW("599 5.9.9 x\r\n", "rcpt", "action=bounce category=unknown suppress=0"),
        ROW("499 4.9.9 x\r\n", "rcpt", "retry=1 category=unknown"),
        ROW("599 5.999.999 x\r\n", "rcpt", "action=bounce category=unknown"),
        ROW("5.9.9", "rcpt text", "action=bounce category=unknown suppress=0"),
    };
    (void)state;
    CHECK(strcmp(smtperr_describe(SMTPERR_KIND_ENHANCED, 5009009, SMTPERR_STAGE_RCPT, SMTPERR_SAY_TITLE), "") != 0, "5.9.9");
    CHECK_ROWS(rows);
}

/* RFC 3463 3.1. Words decide where there are any (text rules); without them the code does, as if X.0.0 were missing. */
static void R71_x_0_0_says_nothing(void **state)
{
    int32_t code;
    size_t i;
    (void)state;
    for (code = 400; code <= 599; code++) {
        for (i = 0; i < COUNT(stages); i++) {
            smtperr_verdict bare, with;
            check_numbers(__LINE__, code, 0, stages[i], "", &bare);
            check_numbers(__LINE__, code, code / 100 * 1000000, stages[i], "", &with);
            CHECK(bare.category == with.category && bare.action == with.action, "%d at %s is %s, with X.0.0 %s",
                  (int)code, stages[i], smtperr_name(SMTPERR_KIND_CATEGORY, bare.category),
                  smtperr_name(SMTPERR_KIND_CATEGORY, with.category));
        }
    }
    check_end();
}

/* No table of guesses is written down anywhere: what counts is that there is one, of the right class, not passed off as
 * theirs. */
static void R72_a_missing_enhanced_code_is_derived(void **state)
{
    static const check_row rows[] = {
        ROW("450 x\r\n", "rcpt", "enhanced=0 dsn_status=4.2.0"),
        ROW("451 x\r\n", "rcpt", "enhanced=0 dsn_status=4.3.0"),
        ROW("452 x\r\n", "mail", "enhanced=0 dsn_status=4.3.1"),
        ROW("552 x\r\n", "rcpt", "enhanced=0 dsn_status=5.2.2"),
        ROW("552 x\r\n", "mail", "enhanced=0 dsn_status=5.3.4"),
        ROW("551 x\r\n", "rcpt", "enhanced=0 dsn_status=5.1.6"),
        ROW("553 x\r\n", "rcpt", "enhanced=0 dsn_status=5.1.3"),
        ROW("599 x\r\n", "rcpt", "enhanced=0 dsn_status=5.0.0"),
        ROW("499 x\r\n", "rcpt", "enhanced=0 dsn_status=4.0.0"),
        ROW("250 x\r\n", "rcpt", "enhanced=0 dsn_status=2.1.5"),
        ROW("550 5.7.133 x\r\n", "rcpt", "enhanced=5.7.133 dsn_status=5.7.133"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* Google's 4.7.27 and others: which meaning holds is a matter of words, so the number alone must not be too sure. */
static void R73_private_numbers_are_never_certain(void **state)
{
    static const check_row rows[] = {
        ROW("421 4.7.23 x\r\n", "eod", "confidence<=2 retry=1"),
        ROW("421 4.7.27 x\r\n", "eod", "confidence<=2 retry=1"),
        ROW("421 4.7.29 x\r\n", "eod", "confidence<=2 retry=1"),
        ROW("421 4.7.30 x\r\n", "eod", "confidence<=2 retry=1"),
        ROW("550 5.1.10 x\r\n", "rcpt", "confidence<=2"),
        ROW("550 5.4.1 x\r\n", "rcpt", "confidence<=2 suppress=0"),
        ROW("550 5.7.3 x\r\n", "rcpt", "confidence<=2 suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 3207 4 */
static void R82_replies_to_starttls(void **state)
{
    static const check_row rows[] = {
        ROW("220 go\r\n", "starttls", "action=proceed category=ok flag!=ODD_SUCCESS flag!=LEFTOVER"),
        ROW("220 go\r\n250 injected\r\n", "starttls", "flag=LEFTOVER"),
        ROW("454 4.7.0 x\r\n", "starttls", "category=tls retry=1 action!=retry-without-tls"),
        ROW("454 4.7.0 x\r\n", "starttls tls-optional", "action=retry-without-tls"),
        ROW("501 x\r\n", "starttls", "category=protocol-error retry=1"),
        ROW("502 x\r\n", "starttls", "retry=1 action!=retry-without-tls"),
        ROW("502 x\r\n", "starttls tls-optional", "action=retry-without-tls"),
        ROW("500 x\r\n", "starttls tls-optional", "action=retry-without-tls"),
        ROW("554 x\r\n", "starttls tls-optional", "action=retry-without-tls"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 3207 4, 4.2. At MAIL and RCPT "Must issue a STARTTLS command first" is told from "log in first" by words: text
 * rules. */
static void R85_starttls_first(void **state)
{
    static const check_row rows[] = {
        ROW("530 5.7.0 x\r\n", "ehlo", "category=tls retry=1"),  ROW("530 5.7.0 x\r\n", "data", "category=tls retry=1"),
        ROW("530 5.7.0 x\r\n", "mail", "retry=1 suppress=0"),    ROW("530 5.7.0 x\r\n", "rcpt", "retry=1 suppress=0"),
        ROW("530 5.7.10 x\r\n", "rcpt", "category=tls retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 8461 5, RFC 7672 */
static void R86_mta_sts_and_dane_delay_the_mail(void **state)
{
    static const check_row rows[] = {
        ROW("", "tls failure=mta-sts-mismatch", "retry=1 category=tls suppress=0"),
        ROW("", "tls failure=dane-required-failed", "retry=1 category=tls suppress=0"),
        ROW("", "tls failure=X509_V_ERR_DANE_NO_MATCH", "retry=1 suppress=0"),
        ROW("", "connect failure=TLSA-LOOKUP-FAILED", "retry=1 suppress=0"),
        ROW("", "connect failure=DNSSEC-BOGUS", "retry=1 suppress=0"),
        ROW("", "tls failure=mta-sts-mismatch attempt=30 age=500000", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 8689 */
static void R87_requiretls(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.7.30 x\r\n", "mail", "category=tls action=bounce dsn_status=5.7.30 suppress=0"),
        ROW("550 5.7.30 x\r\n", "rcpt", "category=tls action=bounce dsn_status=5.7.30 suppress=0"),
        ROW("", "starttls failure=requiretls-unsupported",
            "category=tls dsn_status=5.7.30|4.7.30 suppress=0 action!=retry-without-tls"),
        ROW("", "starttls failure=requiretls-unsupported tls-optional", "action!=retry-without-tls"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 4954 */
static void R88_334_carries_data(void **state)
{
    static const check_row rows[] = {
        ROW("334 \r\n", "auth", "action=proceed category=continue enhanced=0"),
        ROW("334\r\n", "auth", "action=proceed flag=BARE_CODE"),
        ROW("334 VXNlcm5hbWU6\r\n", "auth", "action=proceed text='VXNlcm5hbWU6'"),
        ROW("334 5.7.8\r\n", "auth", "enhanced=0 text='5.7.8'"),
    };
    char *const challenge = malloc(12300);
    check_row row;
    smtperr_verdict verdict;
    size_t length;
    (void)state;
    assert_non_null(challenge);
    for (length = 10000; length <= 12288; length += 2288) {
        memcpy(challenge, "334 ", 4);
        memset(challenge + 4, 'A', length);
        memcpy(challenge + 4 + length, "\r\n", 2);
        row.line = __LINE__;
        row.input = challenge;
        row.input_len = length + 6;
        row.how = "auth";
        row.want = "status=reply code=334 action=proceed";
        check_evaluate(&row, &verdict);
        check_want(&row, &verdict);
        CHECK(verdict.text.len == length, "%u", (unsigned)verdict.text.len);
    }
    free(challenge);
    check_shown(__LINE__, "334 VXNlcm5hbWU6\r\n", "334"); /* out of logs */
    CHECK_ROWS(rows);
}

/* RFC 4954 4, 6 */
static void R89_replies_to_auth(void **state)
{
    static const check_row rows[] = {
        ROW("235 2.7.0 x\r\n", "auth", "action=proceed category=ok flag!=ODD_SUCCESS"),
        ROW("535 5.7.8 x\r\n", "auth", "action=hold category=credentials scope=account"),
        ROW("454 4.7.0 x\r\n", "auth", "action=retry-later category=credentials|server-unavailable"),
        ROW("534 5.7.9 x\r\n", "auth", "action=hold category=credentials"),
        ROW("530 x\r\n", "auth", "action=hold category=credentials"),
        ROW("432 4.7.12 x\r\n", "auth", "action=hold category=credentials"),
        ROW("501 x\r\n", "auth", "action=hold retry=1"),
        ROW("501 5.5.2 x\r\n", "auth", "action=hold retry=1"),
        ROW("503 x\r\n", "auth", "category=protocol-error retry=1"),
        ROW("504 x\r\n", "auth", "action=hold retry=1"),
        ROW("500 5.5.6 x\r\n", "auth", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void R91_a_refused_auth_says_nothing_about_recipients(void **state)
{
    static const int32_t statuses[] = {0, 5001001, 5001002, 5001003, 5001006, 5001010, 5007017};
    int32_t code;
    size_t i;
    (void)state;
    for (code = 400; code <= 599; code++) {
        for (i = 0; i < COUNT(statuses); i++) {
            smtperr_verdict verdict;
            check_numbers(__LINE__, code, statuses[i], "auth", "suppress=0 retry=1", &verdict);
        }
    }
    check_end();
}

/* RFC 3464 2.3.4 */
static void R101_status_field(void **state)
{
    static const check_row rows[] = {
        ROW("Status: 5.2.0 (LMTP transmission failure)", "unknown text", "enhanced=5.2.0 code=0"),
        ROW("Status: 5.1.1", "unknown text", "enhanced=5.1.1 action=bounce suppress=0"),
        ROW("status:4.4.1", "unknown text", "enhanced=4.4.1 retry=1"),
        ROW("Status: 5.1", "unknown text", "enhanced=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 3464 2.3.6 */
static void R102_diagnostic_code_field(void **state)
{
    static const check_row rows[] = {
        ROW("smtp; 550-5.1.1 a 550 5.1.1 b", "rcpt text", "code=550 enhanced=5.1.1 text='b' suppress=1"),
        ROW("smtp;550 5.1.1 a", "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("SMTP; 452 4.2.2 full", "rcpt text", "code=452 enhanced=4.2.2 retry=1"),
        ROW("Diagnostic-Code: smtp; 550 5.7.1 a", "rcpt text", "code=550 enhanced=5.7.1"),
        ROW("smtp; 550-5.1.1 a\r\n    550 5.1.1 b", "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("X-Postfix; host not found", "rcpt text", "code=0 suppress=0"),
        ROW("x-unix; 550 is the exit status of nothing", "rcpt text", "suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void R103_status_against_diagnostic_code(void **state)
{
    static const check_row rows[] = {
        ROW("Status: 4.0.0", "unknown text", "enhanced=4.0.0 retry=1 suppress=0"),
        ROW("smtp; 426 connection timed out", "unknown text", "code=426 retry=1 suppress=0"),
        ROW("Status: 4.0.0\nDiagnostic-Code: smtp; 426 connection timed out", "unknown text",
            "code=426 retry=1 suppress=0"),
        ROW("Status: 5.1.1\nDiagnostic-Code: smtp; 450 4.1.1 x", "rcpt text", "code=450 retry=1 suppress=0"),
    };
    (void)state;
    /* the reply explains the cause, whatever became of the mail in the end */
    CHECK(category_of("smtp; 452 4.2.2 x", "rcpt text") == SMTPERR_CATEGORY_MAILBOX_FULL, "cause");
    CHECK_ROWS(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(R18_greetings),
        cmocka_unit_test(R19_ehlo_keywords),
        cmocka_unit_test(R20_act_by_the_code_not_the_text),
        cmocka_unit_test(R21_first_digit),
        cmocka_unit_test(R22_second_digit_only_explains),
        cmocka_unit_test(R23_3yz_is_for_data_and_auth_only),
        cmocka_unit_test(R24_no_text_without_354),
        cmocka_unit_test(R25_421_500_501_to_any_command),
        cmocka_unit_test(R26_500_and_502_say_nothing_about_an_address),
        cmocka_unit_test(R27_252_to_vrfy_is_no_proof),
        cmocka_unit_test(R28_new_addresses_are_reported_only),
        cmocka_unit_test(R31_5yz_greeting_tells_its_stage_and_suppresses_nobody),
        cmocka_unit_test(R32_helo_after_500_502_to_ehlo),
        cmocka_unit_test(R35_the_end_after_421_is_normal),
        cmocka_unit_test(R36_a_lost_connection_counts_as_451),
        cmocka_unit_test(R37_no_reply_to_the_dot_may_be_a_duplicate),
        cmocka_unit_test(R40_552_is_too_many_recipients_only_on_evidence),
        cmocka_unit_test(R41_the_rest_in_another_transaction),
        cmocka_unit_test(R42_data_refused_after_all_rcpt_repeats_them),
        cmocka_unit_test(R43_503_to_data_reconnects_once),
        cmocka_unit_test(R44_521_greeting),
        cmocka_unit_test(R45_556_and_null_mx),
        cmocka_unit_test(R46_550_5_7_27_at_mail),
        cmocka_unit_test(R62_form_of_an_enhanced_code),
        cmocka_unit_test(R63_place_of_an_enhanced_code),
        cmocka_unit_test(R64_no_enhanced_code_in_greeting_ehlo_helo_and_3yz),
        cmocka_unit_test(R65_enhanced_codes_are_always_read),
        cmocka_unit_test(R66_the_code_rules_over_the_enhanced_class),
        cmocka_unit_test(R67_an_enhanced_code_on_every_line),
        cmocka_unit_test(R68_an_enhanced_code_on_one_line_only),
        cmocka_unit_test(R69_unknown_detail_means_what_its_subject_means),
        cmocka_unit_test(R70_unknown_subject_means_what_its_class_means),
        cmocka_unit_test(R71_x_0_0_says_nothing),
        cmocka_unit_test(R72_a_missing_enhanced_code_is_derived),
        cmocka_unit_test(R73_private_numbers_are_never_certain),
        cmocka_unit_test(R82_replies_to_starttls),
        cmocka_unit_test(R85_starttls_first),
        cmocka_unit_test(R86_mta_sts_and_dane_delay_the_mail),
        cmocka_unit_test(R87_requiretls),
        cmocka_unit_test(R88_334_carries_data),
        cmocka_unit_test(R89_replies_to_auth),
        cmocka_unit_test(R91_a_refused_auth_says_nothing_about_recipients),
        cmocka_unit_test(R101_status_field),
        cmocka_unit_test(R102_diagnostic_code_field),
        cmocka_unit_test(R103_status_against_diagnostic_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
