/* SPDX-License-Identifier: MIT
 *
 * What those who build mailers asked for: P1.1 to P1.8, without which a library repeats the faults of the programs it
 * is to serve, and P2.9 to P2.20, which most of them need. One test a point. Points about words of the text are tested
 * here as far as numbers go.
 */
#include "check.h"

#include <errno.h>
#include <locale.h>

static smtperr_verdict evaluated(const char *reply, const char *how)
{
    const check_row row = {__LINE__, reply, strlen(reply), how, ""};
    smtperr_verdict verdict;
    check_evaluate(&row, &verdict);
    return verdict;
}

static void P1_1_stage_and_reply_never_the_code_alone(void **state)
{
    static const check_row rows[] = {
        /* the same code at several stages */
        ROW("552 x\r\n", "rcpt accepted=1", "action=new-transaction"),
        ROW("552 x\r\n", "mail accepted=1", "category=message-too-large action=bounce"),
        ROW("552 x\r\n", "eod accepted=1", "category=message-too-large action=bounce"),
        ROW("554 x\r\n", "greeting", "action=retry-other-host scope=host|source"),
        ROW("554 x\r\n", "eod", "action=bounce scope=transaction"),
        ROW("554 x\r\n", "rcpt", "action=bounce scope=recipient"),
        ROW("554 x\r\n", "auth", "action=hold scope=account"),
        ROW("554 x\r\n", "quit", "action=proceed"),
        ROW("500 x\r\n", "ehlo", "action=say-helo"),
        ROW("450 x\r\n", "rcpt", "action=retry-later scope=recipient"),
        ROW("450 x\r\n", "eod", "action=retry-later scope=transaction"),
        /* unknown is conservative */
        ROW("550 x\r\n", "unknown", "suppress=0"),
        ROW("553 x\r\n", "unknown", "suppress=0"),
        ROW("551 x\r\n", "unknown", "suppress=0"),
        ROW("550 x\r\n", "unknown no-context", "suppress=0 stage=unknown"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void P1_2_retry_scope_action_and_a_plain_int(void **state)
{
    int32_t code, stage;
    (void)state;
    for (code = 200; code <= 599; code++) {
        for (stage = 0; stage <= SMTPERR_STAGE_OTHER; stage++) {
            char reply[16];
            smtperr_context context = {sizeof context, 0, 0, 0, 0, 0, 0, 0};
            smtperr_verdict verdict;
            const size_t length = (size_t)sprintf(reply, "%d x\r\n", (int)code);
            context.stage = stage;
            assert_int_equal(
                smtperr_evaluate(reply, length, SMTPERR_SHAPE_WIRE, &context, NULL, &verdict, sizeof verdict), 0);
            CHECK(smtperr_should_retry(reply, length, stage) == verdict.retry, "%s at %d", reply, (int)stage);
            CHECK(smtperr_action(reply, length, stage) == verdict.action, "%s at %d", reply, (int)stage);
            CHECK(smtperr_should_retry_code(code, 0, stage) == verdict.retry, "%d at %d", (int)code, (int)stage);
        }
    }
    for (code = 200; code <= 599; code++) { /* with an enhanced code */
        static const int32_t statuses[] = {2001005, 4001002, 4004007, 4005003, 4007008, 5000000, 5001001, 5001010,
                                           5002002, 5005001, 5005003, 5007001, 5007008, 5007010, 5009009, 5999999};
        for (stage = 0; stage <= SMTPERR_STAGE_OTHER; stage++) {
            size_t i;
            for (i = 0; i < COUNT(statuses); i++) {
                char reply[40], status[12];
                size_t length;
                (void)smtperr_enhanced_format(statuses[i], status, sizeof status);
                length = (size_t)sprintf(reply, "%d %s x\r\n", (int)code, status);
                CHECK(smtperr_should_retry_code(code, statuses[i], stage) == smtperr_should_retry(reply, length, stage),
                      "%d %s at %d", (int)code, status, (int)stage);
            }
        }
    }
    /* what nobody understands is kept; what is no stage is unknown */
    CHECK(smtperr_should_retry(NULL, 0, 0) == 1, "empty");
    CHECK(smtperr_should_retry(BYTES(""), SMTPERR_STAGE_RCPT) == 1, "empty");
    CHECK(smtperr_should_retry(BYTES("garbage"), SMTPERR_STAGE_RCPT) == 1, "garbage");
    CHECK(smtperr_should_retry(BYTES("550-a\r\n"), SMTPERR_STAGE_RCPT) == 1, "cut off");
    CHECK(smtperr_should_retry(BYTES("550 a"), SMTPERR_STAGE_RCPT) == 0, "the final line end is optional");
    CHECK(smtperr_action(NULL, 0, 0) > SMTPERR_ACTION_BOUNCE, "empty");
    for (stage = -3; stage <= 20; stage++) {
        const int32_t known = stage < 0 || stage > SMTPERR_STAGE_OTHER ? SMTPERR_STAGE_UNKNOWN : stage;
        CHECK(smtperr_action(BYTES("554 x\r\n"), stage) == smtperr_action(BYTES("554 x\r\n"), known), "stage %d",
              (int)stage);
        CHECK(smtperr_should_retry_code(554, 0, stage) == smtperr_should_retry_code(554, 0, known), "stage %d",
              (int)stage);
    }
    CHECK(smtperr_action(BYTES("554 x\r\n"), INT32_MIN) == SMTPERR_ACTION_BOUNCE, "INT32_MIN");
    for (code = -5; code < 1200; code++) {
        CHECK((code >= 200 && code <= 599) || smtperr_should_retry_code(code, 0, SMTPERR_STAGE_RCPT) == 1, "%d",
              (int)code);
    }
    CHECK(smtperr_should_retry_code(INT32_MAX, INT32_MAX, INT32_MAX) == 1, "far out");
    CHECK(smtperr_should_retry_code(INT32_MIN, INT32_MIN, INT32_MIN) == 1, "far out");
    CHECK(smtperr_should_retry_code(550, 5001001, SMTPERR_STAGE_RCPT) == 0, "550 5.1.1");
    CHECK(smtperr_should_retry_code(550, 5005003, SMTPERR_STAGE_RCPT) == 1, "550 5.5.3");
    CHECK(smtperr_should_retry_code(550, -7, SMTPERR_STAGE_RCPT) == 0, "no status");
    CHECK(smtperr_should_retry_code(550, 3005003, SMTPERR_STAGE_RCPT) == 0, "no status has class 3");
    check_end();
}

static void P1_3_decide_with_no_reply(void **state)
{
    static const check_row rows[] = {
        ROW("", "connect failure=ECONNREFUSED",
            "retry=1 code=0 first_code=0 enhanced=0 status=none failure=ECONNREFUSED basis=local"),
        ROW("", "greeting failure=greeting-timeout", "retry=1 code=0 category=network"),
        ROW("", "tls failure=tls-failed", "retry=1 code=0 category=tls"),
        ROW("", "connect failure=SERVFAIL", "retry=1 code=0 suppress=0"),
        ROW("", "eod failure=lost-connection", "retry=1 code=0 outcome_unknown=1"),
        ROW("", "rcpt failure=lost-connection", "retry=1 code=0 outcome_unknown=0"),
        ROW("garbage\r\n", "rcpt", "retry=1 code=0 failure=garbage-reply"),
        ROW("", "connect failure=NULL-MX", "retry=0 code=0 action=bounce"),
        ROW("", "unknown no-context failure=ETIMEDOUT", "retry=1 stage=unknown"),
    };
    smtperr_verdict verdict;
    (void)state;
    /* a number that no failure has */
    CHECK(smtperr_evaluate_failure(30000, NULL, NULL, &verdict, sizeof verdict) == 0, "30000");
    CHECK(verdict.retry == 1 && verdict.failure == SMTPERR_FAILURE_OTHER && verdict.suppress == 0, "30000");
    CHECK(smtperr_evaluate_failure(0, NULL, NULL, &verdict, sizeof verdict) == 0 && verdict.retry == 1, "0");
    CHECK(smtperr_evaluate_failure(-1, NULL, NULL, &verdict, sizeof verdict) == 0 && verdict.retry == 1, "-1");
    CHECK(smtperr_evaluate_failure(INT32_MAX, NULL, NULL, &verdict, sizeof verdict) == 0 && verdict.retry == 1, "max");
    CHECK(smtperr_evaluate_failure(65536 + 28, NULL, NULL, &verdict, sizeof verdict) == 0 && verdict.retry == 1,
          "16 bits");
    CHECK_ROWS(rows);
}

/* What a program makes of the bytes; the framing itself is tested in test_reader.c. */
static void P1_4_parser_rules(void **state)
{
    static const check_row rows[] = {
        ROW("250\r\n", "rcpt", "action=proceed flag=BARE_CODE"),
        ROW("250 ok\n", "rcpt", "action=proceed flag=BARE_LF"),
        ROW("550 caf\xE9 \xFF\x01\r\n", "rcpt", "action=bounce flag=EIGHTBIT flag=CONTROL"),
        ROW("250-first\r\n550 last\r\n", "rcpt", "code=550 retry=1 flag=MIXED_CODES"),
        ROW("garbage\r\n550 x\r\n", "rcpt", "status=syntax retry=1"),
        ROW("250 a\r\n550 b\r\n", "rcpt", "code=250 flag=LEFTOVER"),
    };
    /* a buffer that is too small keeps code, enhanced code and finality */
    char keep[32];
    static const char head[] = "550-5.1.1 first\r\n550-";
    static const char tail[] = "\r\n550 5.1.1 last line of all that is too long\r\n";
    smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
    smtperr_reader reader;
    smtperr_verdict verdict;
    size_t used;
    int i;
    (void)state;
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep), 0);
    assert_int_equal(smtperr_reader_feed(&reader, head, sizeof head - 1, &used), SMTPERR_NONE);
    for (i = 0; i < 500; i++) {
        assert_int_equal(smtperr_reader_feed(&reader, "y", 1, &used), SMTPERR_NONE);
    }
    assert_int_equal(smtperr_reader_feed(&reader, tail, sizeof tail - 1, &used), SMTPERR_REPLY);
    assert_int_equal(smtperr_reader_evaluate(&reader, &context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.code == 550 && verdict.enhanced == 5001001 && verdict.action == SMTPERR_ACTION_BOUNCE,
          "kept: %d %d %d", (int)verdict.code, (int)verdict.enhanced, (int)verdict.action);
    CHECK((verdict.flags & SMTPERR_FLAG_TEXT_TRUNCATED) != 0, "TEXT_TRUNCATED");
    CHECK_ROWS(rows);
}

static void P1_5_suppress_is_its_own_output_and_mostly_no(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.1.1 x\r\n", "rcpt", "suppress=1"),
        ROW("550 5.7.1 x\r\n", "rcpt", "suppress=0 action=bounce"),
        ROW("550 x\r\n", "rcpt", "suppress=0"),
        ROW("552 5.2.2 x\r\n", "rcpt", "suppress=0 action=bounce"),
        ROW("554 5.7.1 x\r\n", "eod", "suppress=0"),
        ROW("450 4.1.1 x\r\n", "rcpt attempt=99 age=4000000", "suppress=0"),
        ROW("", "rcpt failure=queue-expired", "suppress=0 action=bounce"),
        ROW("550 5.1.1 x\r\n", "mail", "suppress=0"),
        ROW("550 5.1.1 x\r\n", "auth", "suppress=0"),
        ROW("550 5.4.6 x\r\n", "rcpt", "suppress=0"),
        ROW("550 5.6.0 x\r\n", "rcpt", "suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void P1_6_our_own_fault_is_not_the_recipients(void **state)
{
    static const check_row rows[] = {
        ROW("530 x\r\n", "mail", "action=hold scope=account suppress=0"),
        ROW("534 x\r\n", "auth", "action=hold scope=account suppress=0"),
        ROW("535 x\r\n", "auth", "action=hold scope=account suppress=0"),
        ROW("538 x\r\n", "auth", "action=hold scope=account suppress=0"),
        ROW("454 x\r\n", "auth", "action=retry-later scope=account suppress=0"),
        ROW("454 x\r\n", "starttls", "retry=1 suppress=0 scope=host|session"),
        ROW("503 x\r\n", "rcpt", "action=reconnect scope=session suppress=0"),
        ROW("354 x\r\n", "rcpt", "action=reconnect scope=session suppress=0"),
        /* a bad password is not tried again in a minute */
        ROW("535 x\r\n", "auth", "delay_seconds>=1800"),
        ROW("535 x\r\n", "auth attempt=3", "action=hold"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* That plain words overrule the code is tested with the text rules. */
static void P1_7_says_what_it_rests_on_and_ignores_echoes(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.1.1 x\r\n", "rcpt", "basis=enhanced decided_by=enhanced confidence=high"),
        ROW("556 x\r\n", "rcpt", "basis=code decided_by=code confidence=high"),
        ROW("550 x\r\n", "rcpt", "basis=code confidence=low"),
        ROW("354 x\r\n", "rcpt", "basis=stage decided_by=stage"),
        ROW("", "connect failure=ECONNREFUSED", "basis=local decided_by=local"),
        ROW("garbage\r\n", "rcpt", "basis=local"),
        ROW("554 x\r\n", "greeting greeting_5yz=bounce", "basis=code decided_by=policy"),
        /* what a server echoes decides nothing */
        ROW("550 <5.1.1@example.net> refused\r\n", "rcpt", "enhanced=0 suppress=0"),
        ROW("450 <user@550.example> 5.1.1\r\n", "rcpt", "enhanced=0 retry=1"),
        ROW("250 RCPT TO:<550-5.1.1@example.net> ok\r\n", "rcpt", "action=proceed"),
        ROW("550 4.7.1.example.net says no\r\n", "rcpt", "enhanced=0"),
        ROW("550 192.0.2.1 is listed\r\n", "rcpt", "enhanced=0"),
        ROW("550 2.0.0.127.bl.example is listed\r\n", "rcpt", "enhanced=0"),
        ROW("host 550.example[5.1.1.1] said: 450 4.2.0 x", "rcpt text", "code=450 enhanced=4.2.0"),
        ROW("<550@example.net>: host mx said: 451 x (in reply to RCPT TO command)", "rcpt text", "code=451"),
    };
    int32_t rule;
    (void)state;
    rule = (int32_t)evaluated("550 5.1.1 x\r\n", "rcpt").rule;
    CHECK(rule != 0 && rule != (int32_t)evaluated("550 x\r\n", "rcpt").rule, "rules %d", (int)rule);
    CHECK(smtperr_describe(SMTPERR_KIND_RULE, rule, 0, SMTPERR_SAY_WHAT)[0] != '\0', "rule %d is not described", (int)rule);
    CHECK_ROWS(rows);
}

static void P1_8_policy_is_constant_data_and_overriding_is_deciding_again(void **state)
{
    static const smtperr_policy policy = {sizeof policy, SMTPERR_ACTION_BOUNCE, 0, 0, 0, 0, 0, 0, 0};
    static const smtperr_context context = {sizeof context, SMTPERR_STAGE_GREETING, 0, 0, 0, 0, 0, 0};
    smtperr_verdict verdict;
    (void)state;
    assert_int_equal(smtperr_evaluate(BYTES("554 x\r\n"), 0, &context, &policy, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == SMTPERR_ACTION_BOUNCE, "by policy");
    assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == SMTPERR_ACTION_RETRY_OTHER_HOST && verdict.decided_by != SMTPERR_BASIS_POLICY,
          "without it");
    verdict.category = SMTPERR_CATEGORY_RATE_LIMITED;
    verdict.basis = SMTPERR_BASIS_TEXT;
    assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == SMTPERR_ACTION_RETRY_LATER && verdict.scope == SMTPERR_SCOPE_SOURCE &&
              verdict.decided_by == SMTPERR_BASIS_TEXT,
          "changed evidence");
    check_end();
}

static void P2_9_every_shape_of_input_gives_the_same_verdict(void **state)
{
    static const char *const shapes[] = {
        "550-5.1.1 a\r\n550 5.1.1 b\r\n",
        "550-5.1.1 a\r\n550 5.1.1 b",
        "550-5.1.1 a\n550 5.1.1 b",
        "550-5.1.1 a\\r\\n550 5.1.1 b",
        "550-5.1.1 a 550 5.1.1 b",
        "smtp; 550-5.1.1 a 550 5.1.1 b",
        "550 5.1.1 b",
        "host mx.example[192.0.2.1] said: 550 5.1.1 b",
        "host mx.example[192.0.2.1] said: 550-5.1.1 a 550 5.1.1 b (in reply to RCPT TO command)",
    };
    const smtperr_verdict wanted = evaluated("550-5.1.1 a\r\n550 5.1.1 b\r\n", "rcpt");
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(shapes); i++) {
        const smtperr_verdict got = evaluated(shapes[i], "rcpt text");
        CHECK(got.code == wanted.code && got.enhanced == wanted.enhanced && got.category == wanted.category &&
                  got.action == wanted.action && got.suppress == wanted.suppress && got.rule == wanted.rule &&
                  got.dsn_status == wanted.dsn_status,
              "%s", check_show(shapes[i], strlen(shapes[i])));
    }
    check_end();
}

static void P2_10_context_is_small_and_optional(void **state)
{
    int32_t code, stage;
    (void)state;
    for (code = 200; code <= 599; code++) {
        char reply[16];
        smtperr_context context = {sizeof context, 0, 0, 0, 0, 0, 0, 0};
        smtperr_policy policy = {sizeof policy, 0, 0, 0, 0, 0, 0, 0, 0};
        smtperr_verdict without, with;
        const size_t length = (size_t)sprintf(reply, "%d x\r\n", (int)code);
        assert_int_equal(smtperr_evaluate(reply, length, 0, NULL, NULL, &without, sizeof without), 0);
        assert_int_equal(smtperr_evaluate(reply, length, 0, &context, &policy, &with, sizeof with), 0);
        CHECK(check_same_verdict(&without, &with), "%d: zero is not the same as nothing", (int)code);
        for (stage = 1; stage <= SMTPERR_STAGE_OTHER; stage++) { /* zero as unknown, and the first try as unknown */
            context.stage = stage;
            context.attempt = 0;
            (void)smtperr_evaluate(reply, length, 0, &context, NULL, &without, sizeof without);
            context.attempt = 1;
            (void)smtperr_evaluate(reply, length, 0, &context, NULL, &with, sizeof with);
            CHECK(check_same_verdict(&without, &with), "%d at %d, attempt 1", (int)code, (int)stage);
        }
    }
    CHECK(sizeof(smtperr_context) <= 64, "%u bytes", (unsigned)sizeof(smtperr_context));
    check_end();
}

/* A delay that the server names is a matter of words: tested with the text rules. */
static void P2_11_delay_has_bounds_an_origin_and_a_scope(void **state)
{
    static const check_row rows[] = {
        ROW("451 x\r\n", "rcpt", "delay_seconds>=60 delay_seconds<=14400 delay_origin=default scope=recipient"),
        ROW("421 4.7.28 x\r\n", "mail", "delay_seconds>=60 delay_seconds<=14400 delay_origin=default scope=source"),
        ROW("421 4.7.28 x\r\n", "mail submission", "scope=account"),
        ROW("250 x\r\n", "rcpt", "delay_seconds=0 delay_origin=none"),
        ROW("550 x\r\n", "rcpt", "delay_seconds=0 delay_origin=none"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void P2_12_fields_of_a_delivery_report(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.7.133 x\r\n", "rcpt", "dsn_status=5.7.133 dsn_action=failed enhanced=5.7.133"),
        ROW("550 #5.1.1 x\r\n", "rcpt", "dsn_status=5.1.1 enhanced=5.1.1"),
        ROW("550 x\r\n", "rcpt", "dsn_status>=5000000 dsn_action=failed enhanced=0"),
        ROW("451 x\r\n", "rcpt", "dsn_status>=4000000 dsn_status<=4999999 dsn_action=delayed"),
        ROW("250 2.6.0 x\r\n", "eod", "dsn_status=2.6.0 dsn_action=relayed"),
        ROW("250 x\r\n", "eod", "dsn_status>=2000000 dsn_status<=2999999 dsn_action=relayed"),
        /* the class is that of the decision */
        ROW("450 5.1.1 x\r\n", "rcpt", "dsn_status>=4000000 dsn_status<=4999999"),
        ROW("554 5.7.1 x\r\n", "greeting", "dsn_status>=4000000 dsn_status<=4999999 dsn_action=delayed"),
        ROW("550 5.1.1 x\r\n", "rcpt soft_bounce=retry-later", "dsn_status=4.1.1 dsn_action=delayed"),
        ROW("", "connect failure=ECONNREFUSED", "dsn_status=4.4.1 dsn_action=delayed"),
        ROW("garbage\r\n", "rcpt", "dsn_status>=4000000 dsn_status<=4999999"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static int is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7E) {
            return 0;
        }
    }
    return 1;
}

static void P2_13_sentences_for_author_and_postmaster(void **state)
{
    int32_t kind, say;
    (void)state;
    for (kind = SMTPERR_KIND_CODE; kind <= SMTPERR_KIND_FLAG; kind++) {
        int32_t value = INT32_MIN;
        while ((value = smtperr_next(kind, value)) != INT32_MIN) {
            for (say = SMTPERR_SAY_TITLE; say <= SMTPERR_SAY_SOURCE; say++) {
                CHECK(is_plain(smtperr_describe(kind, value, 0, say)), "kind %d, value %d, say %d", (int)kind,
                      (int)value, (int)say);
            }
        }
    }
    for (kind = 0; kind <= SMTPERR_CATEGORY_NOT_SUPPORTED; kind++) {
        for (say = SMTPERR_SAY_TITLE; say <= SMTPERR_SAY_SOURCE; say++) {
            CHECK(smtperr_describe(SMTPERR_KIND_CATEGORY, kind, 0, say)[0] != '\0', "category %d, say %d", (int)kind,
                  (int)say);
        }
    }
    {
        const smtperr_verdict verdict = evaluated("550 5.1.1 x\r\n", "rcpt");
        for (say = SMTPERR_SAY_TITLE; say <= SMTPERR_SAY_SOURCE; say++) {
            CHECK(smtperr_explain(&verdict, say)[0] != '\0', "say %d", (int)say);
        }
        CHECK(strcmp(smtperr_explain(&verdict, SMTPERR_SAY_AUTHOR), smtperr_explain(&verdict, SMTPERR_SAY_FIX)) != 0,
              "alike");
        CHECK(smtperr_explain(&verdict, 99)[0] == '\0' && smtperr_explain(&verdict, -1)[0] == '\0', "unknown say");
        CHECK(smtperr_explain(NULL, SMTPERR_SAY_WHAT)[0] == '\0', "NULL");
    }
    check_end();
}

static void P2_14_raw_lines_and_a_line_for_eyes(void **state)
{
    static const char reply[] = "550-5.7.1 a\x1B[2J\r\n550 5.7.1  b\xFF\r\n";
    char out[64];
    smtperr_span line;
    (void)state;
    CHECK(smtperr_reply_line(reply, sizeof reply - 1, 0, &line) == 1 && line.len == 11 &&
              memcmp(reply + line.at, "5.7.1 a\x1B[2J", 11) == 0,
          "line 0 as it came");
    CHECK(smtperr_reply_line(reply, sizeof reply - 1, 1, &line) == 1 && line.len == 9 &&
              memcmp(reply + line.at, "5.7.1  b\xFF", 9) == 0,
          "line 1 as it came");
    CHECK(smtperr_reply_line(reply, sizeof reply - 1, 2, &line) == 0, "no line 2");
    (void)smtperr_sanitize(reply, sizeof reply - 1, out, sizeof out);
    CHECK(strcmp(out, "550 5.7.1 a?[2J b?") == 0, "got '%s'", out);
    check_end();
}

static void P2_15_inert_and_re_entrant(void **state)
{
    const smtperr_verdict before = evaluated("550 5.1.1 x\r\n", "rcpt");
    smtperr_verdict after;
    char out[40];
    (void)state;
    errno = 12345;
    (void)smtperr_should_retry(BYTES("550 x\r\n"), SMTPERR_STAGE_RCPT);
    (void)smtperr_evaluate(BYTES("250-a\r\n"), 0, NULL, NULL, &after, sizeof after);
    (void)smtperr_evaluate_failure(smtperr_failure_from(SMTPERR_NUMBER_ERRNO, ECONNREFUSED), NULL, NULL, &after,
                                   sizeof after);
    (void)smtperr_sanitize(BYTES("550 \xFF\r\n"), out, sizeof out);
    (void)smtperr_value(SMTPERR_KIND_STAGE, BYTES("rcpt"));
    CHECK(errno == 12345, "errno is touched: %d", errno);
    (void)setlocale(LC_ALL, "tr_TR.UTF-8"); /* where it is there */
    CHECK(smtperr_value(SMTPERR_KIND_CATEGORY, BYTES("MAILBOX-FULL")) == SMTPERR_CATEGORY_MAILBOX_FULL, "locale");
    after = evaluated("550 5.1.1 x\r\n", "rcpt");
    (void)setlocale(LC_ALL, "C");
    CHECK(check_same_verdict(&before, &after), "not the same again");
    check_end();
}

static void P2_18_for_other_languages(void **state)
{
    (void)state;
    /* size first, fixed widths, no holes, no pointers */
    CHECK(offsetof(smtperr_verdict, size) == 0 && sizeof(smtperr_verdict) % 4 == 0, "verdict");
    CHECK(offsetof(smtperr_context, size) == 0 && sizeof(smtperr_context) == 32, "context %u",
          (unsigned)sizeof(smtperr_context));
    CHECK(offsetof(smtperr_policy, size) == 0 && sizeof(smtperr_policy) == 36, "policy %u",
          (unsigned)sizeof(smtperr_policy));
    CHECK(sizeof(smtperr_span) == 8, "span");
    /* numbers that integrators store */
    CHECK(SMTPERR_ACTION_BOUNCE == 2 && SMTPERR_ACTION_HOLD == 9 && SMTPERR_STAGE_RCPT == 9 &&
              SMTPERR_STAGE_EOD == 12 && SMTPERR_CATEGORY_MAILBOX_UNKNOWN == 3 &&
              SMTPERR_CATEGORY_NOT_SUPPORTED == 37 && SMTPERR_SCOPE_LOCAL == 9,
          "frozen");
    check_end();
}

static void P2_19_sysexits_and_lmtp(void **state)
{
    static const check_row rows[] = {
        ROW("250 x\r\n", "eod", "sysexit=0"),
        ROW("451 x\r\n", "rcpt", "sysexit=75"),
        ROW("554 x\r\n", "greeting", "sysexit=75"),
        ROW("535 x\r\n", "auth", "sysexit=75"), /* the message is kept */
        ROW("550 5.1.1 x\r\n", "rcpt", "sysexit=67"),
        ROW("550 5.1.2 x\r\n", "rcpt", "sysexit=68"),
        ROW("552 5.2.2 x\r\n", "rcpt", "sysexit=69"),
        ROW("554 5.7.1 x\r\n", "eod", "sysexit=77"),
        /* LMTP: one answer a recipient */
        ROW("250 2.1.5 x\r\n", "eod lmtp accepted=3", "action=proceed scope=recipient"),
        ROW("452 4.2.2 x\r\n", "eod lmtp accepted=3", "action=retry-later scope=recipient category=mailbox-full"),
        ROW("550 5.1.1 x\r\n", "eod lmtp accepted=3", "action=bounce scope=recipient suppress=1"),
        ROW("554 5.7.1 x\r\n", "eod lmtp accepted=3", "action=bounce scope=recipient"),
        ROW("451 x\r\n", "eod lmtp", "scope=recipient"),
        ROW("451 x\r\n", "eod", "scope=transaction"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void P2_20_bytes_left_before_starttls(void **state)
{
    static const char bytes[] = "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n";
    char keep[64];
    smtperr_reader reader;
    size_t used;
    (void)state;
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep), 0);
    assert_int_equal(smtperr_reader_feed(&reader, bytes, sizeof bytes - 1, &used), SMTPERR_REPLY);
    CHECK(used == 8, "used %u", (unsigned)used);
    CHECK(smtperr_reader_pending(&reader) == 0, "idle");
    assert_int_equal(smtperr_reader_feed(&reader, "25", 2, &used), SMTPERR_NONE);
    CHECK(smtperr_reader_pending(&reader) == 2, "a fragment: TLS must not start");
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep), 0);
    CHECK(smtperr_reader_pending(&reader) == 0, "reset");
    assert_int_equal(smtperr_reader_feed(&reader, "\r\n", 2, &used), SMTPERR_NONE);
    CHECK(smtperr_reader_pending(&reader) == 2, "blank lines count");
    check_end();
}

/* P2.16 (small, layered) and P2.17 (C89-clean header, licence) are tests of the finished library: see tests/packaging,
 * tests/abi. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(P1_1_stage_and_reply_never_the_code_alone),
        cmocka_unit_test(P1_2_retry_scope_action_and_a_plain_int),
        cmocka_unit_test(P1_3_decide_with_no_reply),
        cmocka_unit_test(P1_4_parser_rules),
        cmocka_unit_test(P1_5_suppress_is_its_own_output_and_mostly_no),
        cmocka_unit_test(P1_6_our_own_fault_is_not_the_recipients),
        cmocka_unit_test(P1_7_says_what_it_rests_on_and_ignores_echoes),
        cmocka_unit_test(P1_8_policy_is_constant_data_and_overriding_is_deciding_again),
        cmocka_unit_test(P2_9_every_shape_of_input_gives_the_same_verdict),
        cmocka_unit_test(P2_10_context_is_small_and_optional),
        cmocka_unit_test(P2_11_delay_has_bounds_an_origin_and_a_scope),
        cmocka_unit_test(P2_12_fields_of_a_delivery_report),
        cmocka_unit_test(P2_13_sentences_for_author_and_postmaster),
        cmocka_unit_test(P2_14_raw_lines_and_a_line_for_eyes),
        cmocka_unit_test(P2_15_inert_and_re_entrant),
        cmocka_unit_test(P2_18_for_other_languages),
        cmocka_unit_test(P2_19_sysexits_and_lmtp),
        cmocka_unit_test(P2_20_bytes_left_before_starttls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
