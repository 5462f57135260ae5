/* SPDX-License-Identifier: MIT
 *
 * The decision: each of the thirteen questions on which good mailers differ and which this library answers once and for
 * all (docs: decisions 1 to 13), each switch of the policy, delays, what is never suppressed, and deciding again after
 * the caller has corrected the evidence. Here numbers alone decide; what words of the text add is tested with their
 * rules.
 */
#include "check.h"

/* The stages at which a reply can come and the message is not settled yet. */
static const char *const open_stages[] = {"unknown", "connect", "greeting", "ehlo", "helo", "starttls", "tls",
                                          "auth",    "mail",    "rcpt",     "data", "body", "eod",      "other"};
static const char *const closing_stages[] = {"rset", "quit"};

/* ---- 1. Lines that carry different codes. ---- */

static void decision_01_mixed_codes_report_the_last_and_never_succeed_or_suppress(void **state)
{
    static const check_row rows[] = {
        ROW("250-a\r\n550 5.1.1 b\r\n", "rcpt", "code=550 first_code=250 flag=MIXED_CODES retry=1 suppress=0"),
        ROW("550-a\r\n250 b\r\n", "eod", "retry=1 likely_permanent=0 outcome_unknown=1 party=their-postmaster closing=1"),
        ROW("550-5.1.1 a\r\n250 b\r\n", "rcpt", "code=250 first_code=550 flag=MIXED_CODES retry=1 suppress=0"),
        ROW("450-a\r\n550 5.1.1 b\r\n", "rcpt", "code=550 first_code=450 retry=1 suppress=0"),
        ROW("550-5.1.1 a\r\n450 5.1.1 b\r\n", "rcpt", "code=450 retry=1 suppress=0"),
        /* one class: still a refusal, but nobody is called dead by it */
        ROW("550-5.1.1 a\r\n551 5.1.1 b\r\n", "rcpt", "code=551 first_code=550 action=bounce suppress=0"),
        ROW("553-a\r\n556 5.1.10 b\r\n", "rcpt", "code=556 action=bounce suppress=0"),
        ROW("450-a\r\n451 b\r\n", "rcpt", "code=451 flag=MIXED_CODES retry=1"),
        /* one class, and still no success */
        ROW("250-a\r\n251 b\r\n", "rcpt", "code=251 flag=MIXED_CODES retry=1"),
        ROW("251-a\r\n250 b\r\n", "mail", "retry=1"),
        ROW("354-a\r\n355 b\r\n", "data", "retry=1"),
        ROW("220-a\r\n250 b\r\n", "greeting", "retry=1"),
        ROW("220-a\r\n554 b\r\n", "greeting", "retry=1"),
        ROW("250-a\r\n500 b\r\n", "ehlo", "retry=1 action!=say-helo"),
        /* all lines but the last are alike */
        ROW("250-a\r\n250-b\r\n550 c\r\n", "rcpt", "code=550 first_code=250 flag=MIXED_CODES retry=1"),
        /* joined, as logs have it */
        ROW("250-a\n550 5.1.1 b", "rcpt text", "code=550 first_code=250 flag=MIXED_CODES retry=1 suppress=0"),
        ROW("250-a\r\n250 b\r\n", "rcpt", "flag!=MIXED_CODES action=proceed"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_01_mixed_codes_bounce_nothing_by_repetition(void **state)
{
    static const check_row rows[] = {
        ROW("250-a\r\n550 b\r\n", "rcpt attempt=9", "retry=1"),
        ROW("354-a\r\n250 b\r\n", "data reconnected", "retry=1"),
        ROW("450-a\r\n503 b\r\n", "rcpt reconnected", "retry=1"),
        ROW("250-a\r\n251 b\r\n", "rcpt reconnected", "retry=1"),
        ROW("450-a\r\n550 4.1.2 b\r\n", "rcpt domain_unknown_4yz=bounce", "retry=1"),
        ROW("220-a\r\n554 b\r\n", "greeting greeting_5yz=bounce", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* ---- 2. Bytes that are no reply. ---- */

static void decision_02_framing_error_reconnects_and_never_bounces(void **state)
{
    static const char *const garbage[] = {"garbage\r\n",
                                          "199 x\r\n",
                                          "600 x\r\n",
                                          "250x\r\n",
                                          "250-a\r\nxx\r\n",
                                          "\r250 x\r\n",
                                          "2500 x\r\n",
                                          "550-5.1.1 a\r\n550_b\r\n",
                                          "\r\n\r\n\r\n\r\n\r\n250 ok\r\n"};
    size_t i, j;
    (void)state;
    for (i = 0; i < COUNT(garbage); i++) {
        for (j = 0; j < COUNT(open_stages); j++) {
            const check_row row = {
                __LINE__, garbage[i], strlen(garbage[i]), open_stages[j],
                "status=syntax failure=garbage-reply category=protocol-error retry=1 suppress=0 basis=local"};
            smtperr_verdict verdict;
            check_evaluate(&row, &verdict);
            check_want(&row, &verdict);
        }
    }
    {
        static const check_row rows[] = {
            ROW("garbage\r\n", "ehlo", "action=reconnect"),
            ROW("garbage\r\n", "auth", "action=reconnect"),
            ROW("garbage\r\n", "mail", "action=reconnect"),
            ROW("garbage\r\n", "rcpt", "action=reconnect"),
            ROW("garbage\r\n", "data", "action=reconnect"),
            ROW("garbage\r\n", "unknown", "action=reconnect"),
            /* the wrong port: another host is as good as another connection */
            ROW("HTTP/1.1 400 Bad Request\r\n", "greeting", "action=reconnect|retry-other-host"),
            /* however often: time may mend the server */
            ROW("garbage\r\n", "rcpt attempt=9", "retry=1"),
            ROW("garbage\r\n", "mail reconnected age=400000", "retry=1"),
        };
        check_rows(rows, COUNT(rows));
    }
    check_end();
}

static void decision_02_framing_error_behind_the_dot_leaves_the_outcome_unknown(void **state)
{
    static const check_row rows[] = {
        ROW("garbage\r\n", "eod", "status=syntax outcome_unknown=1 retry=1 suppress=0"),
        ROW("250-a\r\n", "eod", "status=incomplete outcome_unknown=1 retry=1 suppress=0"),
        ROW("25", "eod", "status=incomplete outcome_unknown=1 retry=1"),
        ROW("", "eod", "status=incomplete outcome_unknown=1 retry=1"),
        ROW("garbage\r\n", "rcpt", "outcome_unknown=0"),
        ROW("garbage\r\n", "data", "outcome_unknown=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_02_up_to_four_blank_lines_are_skipped(void **state)
{
    static const check_row rows[] = {
        ROW("\r\n550 no\r\n", "rcpt", "status=reply code=550 flag=BLANK_BEFORE"),
        ROW("\r\n\n\r\n\r\n250 ok\r\n", "rcpt", "status=reply code=250 flag=BLANK_BEFORE action=proceed"),
        ROW("\r\n\r\n\r\n\r\n\r\n250 ok\r\n", "rcpt", "status=syntax"),
        ROW("250-a\r\n\r\n250 b\r\n", "rcpt", "status=syntax"),
        ROW("250 ok\r\n", "rcpt", "flag!=BLANK_BEFORE"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_02_text_counts_as_far_as_it_goes(void **state)
{
    static const check_row rows[] = {
        ROW("550-5.1.1 no such", "rcpt text", "status=reply code=550 enhanced=5.1.1 action=bounce"),
        ROW("550", "rcpt text", "status=reply code=550 action=bounce suppress=0"),
        ROW("some words that nobody knows", "rcpt text", "status=reply code=0 retry=1 suppress=0"),
        /* without a code nothing is suppressed on less than plain words */
        ROW("5.1.1", "rcpt text", "code=0 enhanced=5.1.1 action=bounce suppress=0"),
        ROW("5.1.1", "unknown text", "code=0 enhanced=5.1.1 suppress=0"),
        ROW("4.2.2", "rcpt text", "code=0 enhanced=4.2.2 category=mailbox-full retry=1"),
        ROW("2.1.5", "rcpt text", "code=0 category=ok action=proceed"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* ---- 3. A refused session. ---- */

static void decision_03_5yz_greeting_is_another_host(void **state)
{
    int32_t code;
    (void)state;
    for (code = 500; code <= 599; code++) {
        smtperr_verdict verdict;
        if (code != 556) {
            check_numbers(__LINE__, code, 0, "greeting", "action=retry-other-host suppress=0 stage=greeting", &verdict);
            check_numbers(__LINE__, code, 0, "connect mx", "action=retry-other-host suppress=0 stage=greeting",
                          &verdict);
            check_numbers(__LINE__, code, 5003002, "greeting", "action=retry-other-host suppress=0", &verdict);
        }
    }
    {
        static const check_row rows[] = {
            ROW("554 no\r\n", "greeting", "likely_permanent=0"),
            ROW("554\r\n", "greeting", "action=retry-other-host likely_permanent=0"),
            ROW("554 no\r\n", "helo", "action=retry-other-host likely_permanent=0"),
            ROW("554 5.7.1 no\r\n", "helo", "action=retry-other-host likely_permanent=1"),
            ROW("521 5.3.2 no\r\n", "greeting",
                "action=retry-other-host likely_permanent=1 category=server-unavailable"),
            ROW("521 no\r\n", "greeting submission", "action=retry-other-host"),
            ROW("554 5.7.1 no\r\n", "greeting", "action=retry-other-host"),
            ROW("554 5.1.1 no\r\n", "greeting", "action=retry-other-host suppress=0"),
        };
        check_rows(rows, COUNT(rows));
    }
    check_end();
}

static void decision_03_5yz_to_ehlo_not_about_the_command_is_another_host(void **state)
{
    static const check_row rows[] = {
        ROW("550 no\r\n", "ehlo", "action=retry-other-host suppress=0"),
        ROW("554 no\r\n", "ehlo", "action=retry-other-host suppress=0"),
        ROW("521 no\r\n", "ehlo", "action=retry-other-host suppress=0"),
        ROW("501 no\r\n", "ehlo", "action=retry-other-host suppress=0"),
        ROW("501 5.5.4 no\r\n", "ehlo", "action=retry-other-host suppress=0"),
        ROW("550 no\r\n", "helo", "action=retry-other-host suppress=0"),
        ROW("554 5.7.1 no\r\n", "helo", "action=retry-other-host suppress=0"),
        ROW("599 no\r\n", "helo", "action=retry-other-host suppress=0"),
        ROW("554 5.1.1 no\r\n", "ehlo", "action=retry-other-host suppress=0"),
        ROW("530 no\r\n", "ehlo", "retry=1"),
        ROW("550 no\r\n", "ehlo attempt=9 age=400000", "action=retry-other-host"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_03_only_556_and_5_1_10_mean_that_no_mail_is_ever_taken(void **state)
{
    static const check_row rows[] = {
        ROW("556 never\r\n", "greeting", "category=domain-no-mail action=bounce suppress=0"),
        ROW("556 5.1.10 never\r\n", "greeting", "category=domain-no-mail action=bounce suppress=0"),
        ROW("554 5.1.10 never\r\n", "greeting", "category=domain-no-mail action=bounce suppress=0"),
        ROW("550 5.1.10 never\r\n", "ehlo", "category=domain-no-mail action=bounce suppress=0"),
        ROW("556 never\r\n", "ehlo", "category=domain-no-mail action=bounce suppress=0"),
        ROW("521 no\r\n", "greeting", "category!=domain-no-mail action=retry-other-host"),
        ROW("521 5.3.2 no\r\n", "ehlo", "category!=domain-no-mail action=retry-other-host"),
        ROW("554 no\r\n", "greeting", "category!=domain-no-mail"),
        ROW("456 4.1.10 x\r\n", "greeting", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_03_ehlo_that_is_not_known_is_said_as_helo(void **state)
{
    static const check_row rows[] = {
        ROW("500 what\r\n", "ehlo", "action=say-helo scope=session category=not-supported"),
        ROW("502 what\r\n", "ehlo", "action=say-helo"),
        ROW("504 what\r\n", "ehlo", "action=say-helo"),
        ROW("500\r\n", "ehlo mx", "action=say-helo"),
        ROW("500 5.5.1 what\r\n", "ehlo", "action=say-helo"),
        ROW("502 5.5.1 what\r\n", "ehlo", "action=say-helo"),
        ROW("502 5.5.2 what\r\n", "ehlo", "action=say-helo"), /* Postfix: "Error: command not recognized" */
        ROW("500 5.5.2 what\r\n", "ehlo", "action=say-helo"),
        ROW("500 what\r\n", "ehlo tls-optional", "action=say-helo"),
        /* not where we need more than HELO brings, nor in LMTP */
        ROW("500 what\r\n", "ehlo authenticated", "action=retry-other-host"),
        ROW("502 what\r\n", "ehlo submission", "action=retry-other-host"),
        ROW("504 what\r\n", "ehlo tls-must", "action=retry-other-host"),
        ROW("500 what\r\n", "ehlo lmtp", "action=retry-other-host"),
        /* there is nothing older than HELO */
        ROW("500 what\r\n", "helo", "action=retry-other-host"),
        ROW("502 what\r\n", "helo", "action=retry-other-host"),
        ROW("504 what\r\n", "helo", "action=retry-other-host"),
        /* 4yz is not about the command */
        ROW("421 later\r\n", "ehlo", "action!=say-helo retry=1"),
        ROW("450 later\r\n", "ehlo", "action!=say-helo retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* ---- 4. One recipient too many. ---- */

static void decision_04_552_and_452_are_too_many_only_where_something_says_so(void **state)
{
    static const check_row rows[] = {
        ROW("552 x\r\n", "rcpt", "category=mailbox-full action=bounce suppress=0"),
        ROW("552 x\r\n", "rcpt accepted=0", "category=mailbox-full action=bounce"),
        ROW("452 x\r\n", "rcpt", "category!=too-many-recipients action!=new-transaction retry=1"),
        ROW("452 x\r\n", "rcpt accepted=0", "category!=too-many-recipients action!=new-transaction retry=1"),
        /* x.5.3 */
        ROW("452 4.5.3 x\r\n", "rcpt", "category=too-many-recipients action=new-transaction"),
        ROW("552 5.5.3 x\r\n", "rcpt", "category=too-many-recipients action=new-transaction retry=1"),
        ROW("550 5.5.3 x\r\n", "rcpt", "category=too-many-recipients action=new-transaction retry=1"),
        ROW("452 4.5.3 x\r\n", "rcpt accepted=0", "action=new-transaction"),
        /* recipients were accepted before, and nothing else is said */
        ROW("552 x\r\n", "rcpt accepted=1", "category=too-many-recipients action=new-transaction basis=stage"),
        ROW("452 x\r\n", "rcpt accepted=100", "category=too-many-recipients action=new-transaction"),
        ROW("552 5.0.0 x\r\n", "rcpt accepted=1", "category=too-many-recipients action=new-transaction"),
        ROW("552 Requested action aborted\r\n", "rcpt accepted=9", "category=too-many-recipients action=new-transaction"),
        ROW("552 Requested action aborted\r\n", "rcpt", "category!=too-many-recipients action=bounce suppress=0"),
        /* something else is said */
        ROW("552 5.2.2 x\r\n", "rcpt accepted=1", "category=mailbox-full action=bounce"),
        ROW("452 4.2.2 x\r\n", "rcpt accepted=1", "category=mailbox-full action=retry-later"),
        ROW("452 4.3.1 x\r\n", "rcpt accepted=1", "category=server-full action!=new-transaction retry=1"),
        ROW("552 5.1.1 x\r\n", "rcpt accepted=1", "category=mailbox-unknown action=bounce"),
        ROW("550 x\r\n", "rcpt accepted=1", "action=bounce"),
        /* elsewhere it is about space */
        ROW("552 x\r\n", "mail accepted=1", "category=message-too-large action=bounce"),
        ROW("552 x\r\n", "eod accepted=2", "category=message-too-large action=bounce"),
        ROW("452 x\r\n", "mail accepted=1", "action!=new-transaction retry=1"),
        ROW("452 x\r\n", "eod accepted=2", "action!=new-transaction retry=1"),
        ROW("552 x\r\n", "unknown accepted=2", "action=bounce suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_04_never_again_once_refused_alone(void **state)
{
    static const check_row rows[] = {
        ROW("552 5.5.3 x\r\n", "rcpt refused-alone", "action=bounce suppress=0"),
        ROW("552 5.5.3 x\r\n", "rcpt refused-alone accepted=3", "action=bounce"),
        ROW("452 4.5.3 x\r\n", "rcpt refused-alone", "action=retry-later delay_seconds>=60"),
        ROW("552 x\r\n", "rcpt refused-alone accepted=3", "category=mailbox-full action=bounce"),
        ROW("452 x\r\n", "rcpt refused-alone accepted=3", "action!=new-transaction retry=1"),
        ROW("550 Too many recipients\r\n", "rcpt refused-alone", "action=bounce scope=recipient dsn_status=5.5.3"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* ---- 5. Our login, TLS. ---- */

static void decision_05_a_refused_login_holds_all_mail_of_the_account(void **state)
{
    static const check_row rows[] = {
        ROW("430 x\r\n", "auth", "action=hold scope=account"),
        ROW("431 x\r\n", "auth", "action=hold scope=account"),
        ROW("432 4.7.12 x\r\n", "auth", "action=hold scope=account"),
        ROW("530 x\r\n", "auth", "action=hold scope=account"),
        ROW("534 5.7.9 x\r\n", "auth", "action=hold scope=account"),
        ROW("535 5.7.8 x\r\n", "auth", "action=hold scope=account category=credentials party=our-postmaster"),
        ROW("535 x\r\n", "auth", "action=hold scope=account category=credentials"),
        ROW("538 5.7.11 x\r\n", "auth", "action=hold scope=account"),
        ROW("501 5.5.2 x\r\n", "auth", "action=hold scope=account"),
        ROW("501 x\r\n", "auth", "action=hold scope=account"),
        ROW("504 5.5.4 x\r\n", "auth", "action=hold scope=account"),
        ROW("525 5.7.13 x\r\n", "auth", "action=hold scope=account"),
        ROW("550 5.7.8 x\r\n", "auth", "action=hold scope=account"),
        ROW("554 5.7.9 x\r\n", "auth", "action=hold scope=account"),
        ROW("530 x\r\n", "mail", "action=hold scope=account"),
        ROW("530 5.7.0 x\r\n", "mail", "action=hold"),
        ROW("530 x\r\n", "rcpt", "action=hold scope=account"),
        ROW("535 x\r\n", "mail", "action=hold scope=account"),
        ROW("535 5.7.8 x\r\n", "rcpt", "action=hold scope=account"),
        ROW("550 5.7.8 x\r\n", "mail", "action=hold scope=account"),
        ROW("550 5.7.8 x\r\n", "rcpt", "action=hold scope=account"),
        ROW("554 5.7.9 x\r\n", "eod", "action=hold scope=account"),
        ROW("535 x\r\n", "unknown", "action=hold scope=account"),
        ROW("530 x\r\n", "rcpt submission", "action=hold scope=account"),
        ROW("", "ehlo failure=auth-not-offered", "action=hold scope=account"),
        ROW("", "auth failure=no-auth-mechanism", "action=hold scope=account"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_05_5yz_to_auth_never_bounces_whoever_they_are(void **state)
{
    static const char *const hows[] = {"auth",
                                       "auth mx",
                                       "auth submission",
                                       "auth authenticated attempt=5 age=500000",
                                       "auth tls-optional",
                                       "auth refused-alone accepted=1"};
    static const int32_t statuses[] = {0,       5000000, 5001001, 5001010, 5002001, 5002002, 5005001, 5005004,
                                       5007000, 5007001, 5007008, 5007009, 5007013, 4007000, 4007008};
    int32_t code;
    size_t i, j;
    (void)state;
    for (code = 400; code <= 599; code++) {
        for (i = 0; i < COUNT(hows); i++) {
            for (j = 0; j < COUNT(statuses); j++) {
                smtperr_verdict verdict;
                check_numbers(__LINE__, code, statuses[j], hows[i], "retry=1 suppress=0 action!=retry-without-tls",
                              &verdict);
            }
        }
    }
    check_end();
}

static void decision_05_only_an_mx_that_nobody_logs_in_to_refuses_for_good(void **state)
{
    static const check_row rows[] = {
        ROW("530 x\r\n", "mail mx", "action=bounce suppress=0"),
        ROW("530 x\r\n", "rcpt mx", "action=bounce suppress=0"),
        ROW("550 5.7.8 x\r\n", "rcpt mx", "action=bounce suppress=0"),
        ROW("535 x\r\n", "mail mx", "action=bounce suppress=0"),
        /* which other hosts may yet take */
        ROW("530 5.7.0 Authentication required\r\n", "ehlo mx", "action=retry-other-host category=credentials"),
        ROW("530 5.7.0 Authentication required\r\n", "greeting mx", "action=retry-other-host"),
        /* one that we do log in to */
        ROW("530 x\r\n", "mail mx authenticated", "action=hold"),
        ROW("535 5.7.8 x\r\n", "auth mx", "action=hold"),
        /* nor has an MX an account of ours, whatever its words say */
        ROW("550 Your account has been suspended\r\n", "mail", "action=hold scope=account"),
        ROW("550 Your account has been suspended\r\n", "mail mx", "action=bounce"),
        ROW("550 Your account has exceeded its sending limit\r\n", "mail mx", "action=retry-later scope=source"),
        /* said as 4yz it is none */
        ROW("450 4.7.8 x\r\n", "rcpt mx", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_05_454_at_auth_is_retried(void **state)
{
    static const check_row rows[] = {
        ROW("454 4.7.0 x\r\n", "auth", "action=retry-later scope=account"),
        ROW("454 x\r\n", "auth", "action=retry-later scope=account"),
        ROW("454 x\r\n", "auth submission attempt=7", "action=retry-later"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* "Must issue a STARTTLS command first" as 530 5.7.0 at MAIL is told by words: tested with the text rules. */
static void decision_05_tls_that_they_demand_never_bounces(void **state)
{
    static const check_row rows[] = {
        ROW("530 5.7.0 x\r\n", "ehlo", "retry=1"),
        ROW("530 5.7.0 x\r\n", "data", "retry=1"),
        ROW("530 5.7.0 x\r\n", "mail", "retry=1"),
        ROW("523 5.7.10 x\r\n", "auth", "retry=1"),
        ROW("538 5.7.11 x\r\n", "auth mx", "retry=1"),
        ROW("550 5.7.10 x\r\n", "mail", "category=tls action=reconnect|hold"),
        ROW("550 5.7.10 x\r\n", "mail mx", "category=tls action=reconnect|hold"),
        ROW("550 5.7.10 x\r\n", "rcpt mx tls-optional", "category=tls action=reconnect|hold"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_05_without_tls_only_if_optional_and_without_login(void **state)
{
    static const char *const refusals[] = {"454 4.7.0 x\r\n", "454 x\r\n", "500 x\r\n",       "502 x\r\n",
                                           "502 5.5.1 x\r\n", "554 x\r\n", "550 5.7.0 x\r\n", "504 x\r\n"};
    static const struct {
        const char *how, *want;
    } cases[] = {
        {"starttls tls-optional", "action=retry-without-tls scope=host retry=1"},
        {"starttls tls-optional mx", "action=retry-without-tls"},
        {"starttls", "action=retry-other-host|reconnect"},
        {"starttls tls-must", "action=retry-other-host|reconnect"},
        {"starttls mx", "action=retry-other-host|reconnect"},
        {"starttls tls-optional authenticated", "action=retry-other-host|reconnect"},
        {"starttls tls-optional submission", "action=retry-other-host|reconnect"},
    };
    size_t i, j;
    (void)state;
    for (i = 0; i < COUNT(refusals); i++) {
        for (j = 0; j < COUNT(cases); j++) {
            const check_row row = {__LINE__, refusals[i], strlen(refusals[i]), cases[j].how, cases[j].want};
            smtperr_verdict verdict;
            check_evaluate(&row, &verdict);
            check_want(&row, &verdict);
        }
    }
    {
        static const check_row rows[] = {
            ROW("", "tls failure=tls-failed tls-optional", "action=retry-without-tls"),
            ROW("", "tls failure=tls-failed tls-optional mx", "action=retry-without-tls"),
            ROW("", "tls failure=alert-handshake-failure tls-optional", "action=retry-without-tls"),
            ROW("", "tls failure=X509_V_ERR_CERT_HAS_EXPIRED tls-optional", "action=retry-without-tls"),
            ROW("", "tls failure=tls-failed", "action=retry-other-host"),
            ROW("", "tls failure=tls-failed tls-must", "action=retry-other-host"),
            ROW("", "tls failure=tls-failed tls-optional authenticated", "action=retry-other-host"),
            ROW("", "tls failure=tls-failed tls-optional submission", "action=retry-other-host"),
            /* where something says that TLS is a must, and where somebody meddles, an option is none */
            ROW("", "tls failure=dane-required-failed tls-optional",
                "action!=retry-without-tls retry=1 flag=TLS_REQUIRED"),
            ROW("", "tls failure=mta-sts-mismatch tls-optional", "action!=retry-without-tls retry=1 flag=TLS_REQUIRED"),
            ROW("", "starttls failure=starttls-injection tls-optional", "action!=retry-without-tls retry=1"),
            ROW("", "tls failure=X509_V_ERR_DANE_NO_MATCH tls-optional", "action!=retry-without-tls retry=1"),
            ROW("", "connect failure=TLSA-LOOKUP-FAILED tls-optional", "action!=retry-without-tls retry=1"),
            ROW("", "starttls failure=requiretls-unsupported tls-optional", "action!=retry-without-tls"),
            /* 421 is about the server, not about TLS */
            ROW("421 x\r\n", "starttls tls-optional", "action!=retry-without-tls retry=1"),
        };
        check_rows(rows, COUNT(rows));
    }
    check_end();
}

/* ---- 6. Out of step. ---- */

static void decision_06_out_of_step_reconnects_once_then_bounces(void **state)
{
    static const char *const replies[][2] = {
        {"503 x\r\n", "mail"},       {"503 x\r\n", "rcpt"}, {"503 5.5.1 x\r\n", "mail"},
        {"503 5.5.1 x\r\n", "rcpt"}, {"503 x\r\n", "data"}, {"503 5.5.1 x\r\n", "data"},
        {"354 x\r\n", "mail"},       {"354 x\r\n", "rcpt"}, {"334 x\r\n", "mail"},
        {"334 x\r\n", "rcpt"},       {"399 x\r\n", "rcpt"}, {"250 x\r\n", "data"},
        {"250 2.0.0 x\r\n", "data"}, {"220 x\r\n", "data"}, {"503 x\r\n", "body"},
    };
    static const struct {
        const char *attempt, *want;
    } cases[] = {
        {"", "action=reconnect scope=session retry=1 category=protocol-error"},
        {" attempt=1", "action=reconnect scope=session retry=1"},
        {" reconnected", "action=bounce scope=session suppress=0"},
        {" attempt=2", "action=bounce scope=session suppress=0"},
        {" reconnected attempt=3 mx", "action=bounce scope=session suppress=0"},
        {" reconnected accepted=3", "action=bounce scope=session suppress=0"},
        {" attempt=1 accepted=3", "action=reconnect scope=session"},
    };
    size_t i, j;
    (void)state;
    for (i = 0; i < COUNT(replies); i++) {
        for (j = 0; j < COUNT(cases); j++) {
            char how[60];
            const check_row row = {__LINE__, replies[i][0], strlen(replies[i][0]), how, cases[j].want};
            smtperr_verdict verdict;
            (void)snprintf(how, sizeof how, "%s%s", replies[i][1], cases[j].attempt);
            check_evaluate(&row, &verdict);
            check_want(&row, &verdict);
        }
    }
    check_end();
}

static void decision_06_before_mail_nothing_bounces_for_it(void **state)
{
    static const check_row rows[] = {
        ROW("503 x\r\n", "ehlo", "action=reconnect"),        ROW("354 x\r\n", "ehlo", "action=reconnect"),
        ROW("354 x\r\n", "greeting", "action=reconnect"),    ROW("354 x\r\n", "starttls", "action=reconnect"),
        ROW("503 x\r\n", "ehlo reconnected", "retry=1"),       ROW("354 x\r\n", "greeting reconnected", "retry=1"),
        ROW("503 x\r\n", "starttls reconnected", "retry=1"),   ROW("503 x\r\n", "starttls tls-optional", "retry=1"),
        ROW("503 5.5.1 x\r\n", "auth reconnected", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_06_3yz_is_for_data_and_auth(void **state)
{
    static const check_row rows[] = {
        ROW("354 x\r\n", "data", "action=proceed category=continue"),
        ROW("355 x\r\n", "data", "action=proceed category=continue"),
        ROW("334 x\r\n", "auth", "action=proceed category=continue"),
        ROW("334\r\n", "auth", "action=proceed category=continue"),
        ROW("354 x\r\n", "helo", "action=reconnect"),
        ROW("354 x\r\n", "body", "action=reconnect"),
        ROW("354 x\r\n", "other", "action!=proceed action!=bounce"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_06_an_unusual_2yz_at_mail_and_rcpt_is_success(void **state)
{
    static const int32_t odd[] = {200, 211, 214, 220, 235, 253, 259, 299};
    static const int32_t usual[] = {250, 251, 252};
    static const char *const stages[] = {"mail", "rcpt", "rcpt mx reconnected attempt=3"};
    smtperr_verdict verdict;
    size_t i, j;
    (void)state;
    for (j = 0; j < COUNT(stages); j++) {
        for (i = 0; i < COUNT(odd); i++) {
            check_numbers(__LINE__, odd[i], 0, stages[j], "action=proceed category=ok flag=ODD_SUCCESS", &verdict);
        }
        for (i = 0; i < COUNT(usual); i++) {
            check_numbers(__LINE__, usual[i], 0, stages[j], "action=proceed category=ok flag!=ODD_SUCCESS", &verdict);
        }
        /* 221: the server closes, as with 421; whatever it is, it is no refusal of anybody */
        check_numbers(__LINE__, 221, 0, stages[j], "action!=bounce", &verdict);
    }
    check_end();
}

static void decision_06_data_without_recipients_repeats_what_rcpt_said(void **state)
{
    static const check_row rows[] = {
        ROW("503 x\r\n", "data accepted=0", "flag=REPEATS_RCPT action!=bounce suppress=0"),
        ROW("503 5.5.1 x\r\n", "data accepted=0 reconnected", "flag=REPEATS_RCPT action!=bounce suppress=0"),
        ROW("554 x\r\n", "data accepted=0", "flag=REPEATS_RCPT action!=bounce suppress=0"),
        ROW("554 5.5.1 x\r\n", "data accepted=0 reconnected attempt=3", "flag=REPEATS_RCPT action!=bounce suppress=0"),
        ROW("550 x\r\n", "data accepted=0", "flag=REPEATS_RCPT action!=bounce suppress=0"),
        ROW("550 5.1.1 x\r\n", "data accepted=0", "flag=REPEATS_RCPT suppress=0"),
        ROW("451 x\r\n", "data accepted=0", "flag=REPEATS_RCPT retry=1"),
        ROW("554 x\r\n", "data accepted=1", "flag!=REPEATS_RCPT"),
        ROW("554 x\r\n", "data", "flag!=REPEATS_RCPT"),
        ROW("354 x\r\n", "data accepted=0", "flag!=REPEATS_RCPT action=proceed"),
        ROW("550 x\r\n", "rcpt accepted=0", "flag!=REPEATS_RCPT"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* ---- 7. 4yz. ---- */

static void decision_07_4yz_is_always_retried(void **state)
{
    static const char *const contexts[] = {"", " mx attempt=50 age=4000000 refused-alone accepted=0",
                                           " submission authenticated attempt=2 reconnected accepted=7 tls-must lmtp"};
    static const int32_t statuses[] = {0,       4000000, 4001001, 4001002, 4001008, 4002001, 4002002,
                                       4003001, 4004007, 4005001, 4005003, 4007001, 4007008, 4007030,
                                       4009009, 5001001, 5001010, 5007001, 2000000};
    int32_t code;
    size_t stage, context, status;
    (void)state;
    for (code = 400; code <= 499; code++) {
        for (stage = 0; stage < COUNT(open_stages); stage++) {
            for (context = 0; context < COUNT(contexts); context++) {
                char how[120];
                (void)snprintf(how, sizeof how, "%s%s", open_stages[stage], contexts[context]);
                for (status = 0; status < COUNT(statuses); status++) {
                    smtperr_verdict verdict;
                    check_numbers(__LINE__, code, statuses[status], how, "retry=1 suppress=0 sysexit=75", &verdict);
                }
            }
        }
    }
    check_end();
}

/* "450 user unknown" and "permanently deferred" are words: tested with the text rules. */
static void decision_07_what_hardly_heals_is_likely_permanent(void **state)
{
    static const check_row rows[] = {
        ROW("450 4.1.2 x\r\n", "rcpt", "retry=1 likely_permanent=1 category=domain-unknown"),
        ROW("450 4.1.1 x\r\n", "rcpt", "retry=1 likely_permanent=1 category=mailbox-unknown"),
        ROW("550 4.1.1 x\r\n", "rcpt", "action=bounce"),
        ROW("454 x\r\n", "rcpt", "retry=1 likely_permanent=1 category=relay-denied"),
        ROW("451 4.3.0 x\r\n", "rcpt", "retry=1 likely_permanent=0"),
        ROW("450 4.2.0 x\r\n", "rcpt", "retry=1 likely_permanent=0"),
        ROW("421 x\r\n", "rcpt", "retry=1 likely_permanent=0"),
        ROW("452 4.2.2 x\r\n", "rcpt", "retry=1 likely_permanent=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* ---- 8. Suppression. ---- */

static void decision_08_words_that_name_two_causes_take_the_proof_from_a_number(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.1.1 Mailbox unknown\r\n", "rcpt", "category=mailbox-unknown suppress=1"),
        ROW("550 5.1.1 Mailbox unknown or full\r\n", "rcpt", "category=mailbox-unknown action=bounce suppress=0"),
        ROW("550 5.1.1 User does not exist or is suspended\r\n", "rcpt", "action=bounce suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_08_suppress_matrix_of_stages(void **state)
{
    static const int32_t dead[][2] = {{550, 5001001}, {550, 5001002}, {553, 5001003}, {551, 5001006},
                                      {556, 5001010}, {550, 5007017}, {550, 5007018}, {556, 0}};
    static const struct {
        const char *how, *want;
    } cases[] = {
        {"rcpt", "suppress=1 action=bounce scope=recipient"},
        {"rcpt mx accepted=5 attempt=3", "suppress=1"},
        {"unknown", "suppress=1"},
        {"unknown no-context", "suppress=1"},
        {"eod lmtp accepted=5", "suppress=1"},
        {"eod", "suppress=1"},
        {"eod accepted=1", "suppress=1"},
        {"eod accepted=2", "suppress=0"},
        {"eod accepted=5 mx", "suppress=0"},
        {"greeting", "suppress=0"},
        {"connect", "suppress=0"},
        {"ehlo", "suppress=0"},
        {"helo", "suppress=0"},
        {"starttls", "suppress=0"},
        {"tls", "suppress=0"},
        {"auth", "suppress=0"},
        {"mail", "suppress=0"},
        {"data", "suppress=0"},
        {"data accepted=1", "suppress=0"},
        {"data accepted=0", "suppress=0"},
        {"body", "suppress=0"},
        {"rset", "suppress=0"},
        {"quit", "suppress=0"},
        {"other", "suppress=0"}, /* VRFY, EXPN */
        {"rcpt soft_bounce=retry-later", "suppress=0 action=retry-later"},
    };
    size_t i, j;
    (void)state;
    for (i = 0; i < COUNT(dead); i++) {
        for (j = 0; j < COUNT(cases); j++) {
            /* a domain that is called missing after the dot is the sender's */
            const int of_sender = dead[i][1] == 5001002 && memcmp(cases[j].how, "eod", 3) == 0;
            smtperr_verdict verdict;
            check_numbers(__LINE__, dead[i][0], dead[i][1], cases[j].how, of_sender ? "suppress=0" : cases[j].want,
                          &verdict);
        }
    }
    check_end();
}

static void decision_08_a_bare_code_never_suppresses_but_556(void **state)
{
    static const char *const contexts[] = {"", " accepted=1 mx", " lmtp authenticated attempt=9 age=4000000"};
    size_t stage, context;
    int32_t code;
    (void)state;
    for (code = 200; code <= 599; code++) {
        for (stage = 0; stage < COUNT(open_stages) + COUNT(closing_stages); stage++) {
            for (context = 0; context < COUNT(contexts); context++) {
                char how[80];
                smtperr_verdict verdict;
                (void)snprintf(how, sizeof how, "%s%s",
                               stage < COUNT(open_stages) ? open_stages[stage]
                                                          : closing_stages[stage - COUNT(open_stages)],
                               contexts[context]);
                if (code != 556) {
                    check_numbers(__LINE__, code, 0, how, "suppress=0 address_dead=0", &verdict);
                    check_numbers(__LINE__, code, code / 100 * 1000000, how, "suppress=0 address_dead=0", &verdict);
                }
            }
        }
    }
    check_end();
}

/* X.1.4 (ambiguous) and X.2.1 (disabled, perhaps not for ever) may be read either way; "no" is the safer answer. */
static void decision_08_only_a_status_about_a_dead_address_suppresses(void **state)
{
    static const int32_t dead[] = {1001, 1002, 1003, 1006, 1010, 7017, 7018};
    int32_t subject, detail;
    size_t i;
    (void)state;
    for (subject = 0; subject <= 12; subject++) {
        for (detail = 0; detail <= 140; detail++) {
            smtperr_verdict verdict;
            int is_dead = 0;
            for (i = 0; i < COUNT(dead); i++) {
                is_dead |= dead[i] == subject * 1000 + detail;
            }
            check_numbers(__LINE__, 550, 5000000 + subject * 1000 + detail, "rcpt",
                          is_dead ? "suppress=1" : "suppress=0", &verdict);
            check_numbers(__LINE__, 450, 4000000 + subject * 1000 + detail, "rcpt", "suppress=0 retry=1", &verdict);
            check_numbers(__LINE__, 450, 5000000 + subject * 1000 + detail, "rcpt", "suppress=0 retry=1", &verdict);
            check_numbers(__LINE__, 250, 5000000 + subject * 1000 + detail, "rcpt", "suppress=0 action=proceed",
                          &verdict);
        }
    }
    check_end();
}

static void decision_08_never_if_a_second_cause_would_not(void **state)
{
    static const check_row rows[] = {
        ROW("550-5.7.1 a\r\n550 5.1.1 b\r\n", "rcpt", "suppress=0 flag=MIXED_ESC"),
        ROW("550-5.1.1 a\r\n550 5.7.1 b\r\n", "rcpt", "suppress=0 flag=MIXED_ESC"),
        ROW("550-5.2.2 a\r\n550 5.1.1 b\r\n", "rcpt", "suppress=0"),
        ROW("552 5.1.1 x\r\n", "rcpt", "suppress=0"), /* full, or unknown? */
        ROW("535 5.1.1 x\r\n", "rcpt", "suppress=0"),
        /* a status of another class is but a hint: what is left is a bare code */
        ROW("550 4.1.1 x\r\n", "rcpt", "action=bounce suppress=0 flag=ESC_MISMATCH"),
        ROW("550 2.1.1 x\r\n", "rcpt", "action=bounce suppress=0 flag=ESC_MISMATCH"),
        ROW("556 4.3.2 x\r\n", "rcpt", "action=bounce"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_08_of_failures_only_a_definite_answer_about_the_domain_suppresses(void **state)
{
    static const check_row definite[] = {
        ROW("", "unknown failure=NXDOMAIN", "action=bounce suppress=1 category=domain-unknown dsn_status=5.1.2"),
        ROW("", "connect failure=NODATA", "action=bounce suppress=1"),
        ROW("", "connect failure=NULL-MX", "action=bounce suppress=1 category=domain-no-mail dsn_status=5.1.10"),
        /* running out of retries is no reason */
        ROW("", "rcpt failure=queue-expired", "action=bounce suppress=0 category=message-expired"),
        ROW("", "unknown failure=queue-expired age=432000 attempt=40", "action=bounce suppress=0"),
        ROW("", "connect failure=EAI_NONAME submission", "retry=1 suppress=0"),
        ROW("", "connect failure=EAI_NODATA", "retry=1 suppress=0"),
        ROW("", "connect failure=HOST_NOT_FOUND", "retry=1 suppress=0"),
        ROW("", "connect failure=SERVFAIL", "retry=1 suppress=0"),
        ROW("", "connect failure=DNS-TIMEOUT", "retry=1 suppress=0"),
        ROW("", "connect failure=REFUSED", "retry=1 suppress=0"),
    };
    int32_t failure = INT32_MIN;
    (void)state;
    check_rows(definite, COUNT(definite));
    while ((failure = smtperr_next(SMTPERR_KIND_FAILURE, failure)) != INT32_MIN) {
        size_t stage;
        for (stage = 0; stage < COUNT(open_stages); stage++) {
            char how[100];
            const check_row row = {__LINE__, "", 0, how,
                                   failure == SMTPERR_FAILURE_DOMAIN_NOT_FOUND ||
                                           failure == SMTPERR_FAILURE_DOMAIN_NO_RECORDS ||
                                           failure == SMTPERR_FAILURE_NULL_MX
                                       ? "action=bounce"
                                       : "suppress=0"};
            smtperr_verdict verdict;
            (void)snprintf(how, sizeof how, "%s failure=%s", open_stages[stage],
                           smtperr_name(SMTPERR_KIND_FAILURE, failure));
            check_evaluate(&row, &verdict);
            check_want(&row, &verdict);
        }
    }
    check_end();
}

/* ---- 9. Behind the final dot; RSET and QUIT. ---- */

static void decision_09_without_a_clear_answer_to_the_dot_the_outcome_is_unknown(void **state)
{
    static const check_row rows[] = {
        ROW("", "eod failure=lost-connection", "outcome_unknown=1 action=retry-later suppress=0"),
        ROW("", "eod failure=command-timeout", "outcome_unknown=1 action=retry-later"),
        ROW("", "eod failure=lost-after-dot", "outcome_unknown=1 action=retry-later"),
        ROW("", "unknown failure=lost-after-dot", "outcome_unknown=1 action=retry-later"),
        ROW("", "eod failure=garbage-reply", "outcome_unknown=1 action=retry-later"),
        ROW("", "eod failure=reply-too-long", "outcome_unknown=1 action=retry-later"),
        ROW("", "eod failure=ECONNRESET", "outcome_unknown=1 action=retry-later"),
        ROW("", "eod failure=ETIMEDOUT attempt=9 age=400000", "outcome_unknown=1 action=retry-later"),
        ROW("", "eod failure=EPIPE lmtp", "outcome_unknown=1 action=retry-later"),
        ROW("", "eod failure=reply-out-of-sync", "outcome_unknown=1 action=retry-later"),
        ROW("", "eod failure=alert-bad-record-mac", "outcome_unknown=1 action=retry-later"),
        ROW("garbage\r\n", "eod", "outcome_unknown=1 action=retry-later"),
        ROW("garbage\r\n", "eod attempt=5", "outcome_unknown=1 action=retry-later"),
        ROW("250-a\r\n550 b\r\n", "eod", "outcome_unknown=1 action=retry-later"),
        ROW("550-a\r\n250 b\r\n", "eod", "outcome_unknown=1 action=retry-later"),
        ROW("354 x\r\n", "eod", "outcome_unknown=1 action=retry-later closing=1"),
        ROW("354 x\r\n", "eod reconnected", "outcome_unknown=1 action=retry-later"),
        ROW("250-a\r\n", "eod", "outcome_unknown=1 action=retry-later"),
        /* a clear answer */
        ROW("250 x\r\n", "eod", "outcome_unknown=0 action=proceed dsn_action=relayed"),
        ROW("451 x\r\n", "eod", "outcome_unknown=0 retry=1"),
        ROW("421 x\r\n", "eod", "outcome_unknown=0 retry=1"),
        ROW("554 x\r\n", "eod", "outcome_unknown=0 action=bounce"),
        /* before the dot */
        ROW("", "data failure=lost-connection", "outcome_unknown=0 retry=1"),
        ROW("", "body failure=command-timeout", "outcome_unknown=0 retry=1"),
        ROW("", "rcpt failure=ECONNRESET", "outcome_unknown=0 retry=1"),
        ROW("", "quit failure=lost-connection", "outcome_unknown=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_09_replies_to_rset_and_quit_change_nothing(void **state)
{
    static const char *const contexts[] = {"", " attempt=5 refused-alone submission", " mx tls-must lmtp accepted=3"};
    size_t stage, context;
    int32_t code;
    (void)state;
    for (stage = 0; stage < COUNT(closing_stages); stage++) {
        for (context = 0; context < COUNT(contexts); context++) {
            static const char *const others[] = {"garbage\r\n", "250-a\r\n550 b\r\n", "250-a\r\n", "", "199 x\r\n"};
            smtperr_verdict verdict;
            char how[100];
            size_t i;
            (void)snprintf(how, sizeof how, "%s%s", closing_stages[stage], contexts[context]);
            for (code = 200; code <= 599; code++) {
                check_numbers(__LINE__, code, 0, how, "action=proceed retry=0 suppress=0", &verdict);
                check_numbers(__LINE__, code, 5001001, how, "action=proceed retry=0 suppress=0", &verdict);
            }
            for (i = 0; i < COUNT(others); i++) {
                const check_row row = {__LINE__, others[i], strlen(others[i]), how, "action=proceed suppress=0"};
                check_evaluate(&row, &verdict);
                check_want(&row, &verdict);
            }
        }
    }
    {
        static const check_row rows[] = {
            ROW("", "quit failure=lost-connection", "action=proceed"),
            ROW("", "quit failure=command-timeout", "action=proceed"),
            ROW("", "rset failure=ECONNRESET", "action=proceed"),
            ROW("", "quit failure=other", "action=proceed"),
        };
        check_rows(rows, COUNT(rows));
    }
    check_end();
}

/* Action proceed is also what follows from any reply to RSET and QUIT; category ok is said of a success alone. */
static void ok_means_that_the_server_did_what_was_asked(void **state)
{
    static const check_row rows[] = {
        ROW("220 x\r\n", "greeting", "category=ok action=proceed"),
        ROW("220 x\r\n", "starttls", "category=ok action=proceed"),
        ROW("250 x\r\n", "starttls", "category!=ok action=reconnect"),
        ROW("235 x\r\n", "auth", "category=ok action=proceed"),
        ROW("334 x\r\n", "auth", "category=continue action=proceed"),
        ROW("354 x\r\n", "data", "category=continue action=proceed"),
        ROW("250 x\r\n", "data", "category!=ok action=reconnect"),
        ROW("250 x\r\n", "rcpt", "category=ok action=proceed"),
        ROW("251 x\r\n", "rcpt", "category=ok action=proceed"),
        ROW("252 x\r\n", "rcpt", "category=ok action=proceed"),
        ROW("250 x\r\n", "eod", "category=ok action=proceed"),
        ROW("250 x\r\n", "rset", "category=ok action=proceed"),
        ROW("502 x\r\n", "rset", "category!=ok action=proceed"),
        ROW("221 x\r\n", "quit", "category=ok action=proceed"),
        ROW("421 x\r\n", "quit", "category!=ok action=proceed"),
        ROW("", "quit failure=lost-connection", "category!=ok action=proceed"),
    };
    int32_t code;
    size_t stage;
    (void)state;
    for (code = 200; code <= 599; code++) {
        for (stage = 0; stage < COUNT(open_stages) + COUNT(closing_stages); stage++) {
            const char *const how =
                stage < COUNT(open_stages) ? open_stages[stage] : closing_stages[stage - COUNT(open_stages)];
            smtperr_verdict verdict;
            check_numbers(__LINE__, code, 0, how, "", &verdict);
            CHECK(verdict.category != SMTPERR_CATEGORY_OK || (code < 300 && verdict.action == SMTPERR_ACTION_PROCEED),
                  "%d at %s", (int)code, how);
        }
    }
    CHECK_ROWS(rows);
}

/* ---- 10. Numbers that no server sends. ---- */

static void decision_10_codes_that_are_no_smtp(void **state)
{
    static const check_row rows[] = {
        ROW("101 x\r\n", "rcpt", "status=syntax retry=1 suppress=0"),
        ROW("111 x\r\n", "greeting", "status=syntax retry=1 suppress=0"),
        ROW("111 Connection refused", "unknown text", "code=111 category=network retry=1 suppress=0"),
        ROW("101 Network is unreachable", "unknown text", "code=101 category=network retry=1 suppress=0"),
        ROW("442 x\r\n", "rcpt", "retry=1 suppress=0"),
        ROW("442 x\r\n", "eod", "retry=1 suppress=0"),
        ROW("447 x\r\n", "unknown", "retry=1 suppress=0"),
        ROW("512 x\r\n", "rcpt", "action=bounce suppress=0"),
        ROW("510 x\r\n", "rcpt", "action=bounce suppress=0"),
        ROW("605 x\r\n", "rcpt", "status=syntax retry=1"),
        ROW("605 x", "unknown text", "retry=1 suppress=0"),
    };
    static const int32_t codes[] = {101, 111, 431, 441, 442, 446, 447, 449, 471, 510, 512};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(codes); i++) {
        CHECK(smtperr_describe(SMTPERR_KIND_CODE, codes[i], SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_WHAT)[0] != '\0', "%d",
              (int)codes[i]);
    }
    CHECK_ROWS(rows);
}

/* ---- 11. Delays. ---- */

static void decision_11_delays_double_with_each_attempt_up_to_a_cap(void **state)
{
    static const check_row rows[] = {
        ROW("451 x\r\n", "rcpt", "delay_seconds=1800 delay_origin=default"),
        ROW("450 x\r\n", "rcpt", "delay_seconds=1800"),
        ROW("499 x\r\n", "rcpt", "delay_seconds=1800"),
        ROW("451 x\r\n", "rcpt attempt=1", "delay_seconds=1800"),
        ROW("451 x\r\n", "rcpt attempt=2", "delay_seconds=3600"),
        ROW("451 x\r\n", "rcpt attempt=3", "delay_seconds=7200"),
        ROW("451 x\r\n", "rcpt attempt=4", "delay_seconds=14400"),
        ROW("451 x\r\n", "rcpt attempt=5", "delay_seconds=14400"),
        ROW("451 x\r\n", "rcpt attempt=4294967295", "delay_seconds=14400"),
        ROW("", "connect failure=ECONNREFUSED attempt=3", "delay_seconds=7200"),
        /* age alone; who knows the attempt needs no age */
        ROW("451 x\r\n", "rcpt age=60", "delay_seconds=1800 retry=1"),
        ROW("451 x\r\n", "rcpt age=20000", "delay_seconds=5000"),
        ROW("451 x\r\n", "rcpt age=20000 attempt=1", "delay_seconds=1800"),
        ROW("451 x\r\n", "rcpt age=4294967295", "delay_seconds<=14400 retry=1"),
        ROW("451 x\r\n", "rcpt age=4294967295 attempt=4294967295", "delay_seconds=14400 retry=1"),
        /* bounds of the policy */
        ROW("451 x\r\n", "rcpt delay_max=600", "delay_seconds=600"),
        ROW("451 x\r\n", "rcpt delay_min=3000", "delay_seconds=3000"),
        ROW("451 x\r\n", "rcpt delay_min=3000 attempt=2", "delay_seconds=3600"),
        ROW("451 x\r\n", "rcpt delay_max=100000 attempt=6", "delay_seconds=57600"),
        ROW("451 x\r\n", "rcpt delay_max=4294967295 attempt=4294967295", "delay_seconds=4294967295"),
        ROW("451 x\r\n", "rcpt delay_min=777 delay_max=777 attempt=9", "delay_seconds=777"),
        /* nothing to wait for */
        ROW("250 x\r\n", "rcpt attempt=3", "delay_seconds=0 delay_origin=none"),
        ROW("550 x\r\n", "rcpt attempt=3 delay_min=500", "delay_seconds=0 delay_origin=none"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_11_greylisting_waits_five_minutes(void **state)
{
    static const struct {
        uint32_t attempt, delay;
    } cases[] = {{0, 300}, {1, 300}, {2, 600}, {3, 1200}, {4, 2400}, {7, 14400}, {99, 14400}};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
        smtperr_verdict verdict;
        context.attempt = cases[i].attempt;
        assert_int_equal(
            smtperr_classify(BYTES("451 4.7.1 x\r\n"), SMTPERR_SHAPE_WIRE, &context, &verdict, sizeof verdict), 0);
        verdict.category = SMTPERR_CATEGORY_GREYLISTED;
        assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
        CHECK(verdict.retry == 1 && verdict.action == SMTPERR_ACTION_RETRY_LATER, "attempt %u", cases[i].attempt);
        CHECK(verdict.delay_seconds == cases[i].delay, "attempt %u: got %u, wanted %u", cases[i].attempt,
              verdict.delay_seconds, cases[i].delay);
    }
    check_end();
}

/* RFC 6647 5: what the server asks for, within bounds; greylisting may ask for a day, unless the policy says otherwise. */
static void decision_11_what_the_server_asks_for(void **state)
{
    static const check_row rows[] = {
        ROW("451 Busy, try again in 10 minutes\r\n", "rcpt attempt=5", "delay_seconds=600 delay_origin=server"),
        ROW("451 Busy, try again in 5 seconds\r\n", "rcpt", "delay_seconds=60 delay_origin=server"),
        ROW("451 Busy, try again in 20 hours\r\n", "rcpt", "delay_seconds=14400 delay_origin=server"),
        ROW("451 Greylisted, try again in 20 hours\r\n", "rcpt", "delay_seconds=72000 delay_origin=server"),
        ROW("451 Greylisted, try again in 2 days\r\n", "rcpt", "delay_seconds=86400 delay_origin=server"),
        ROW("451 Greylisted, try again in 20 hours\r\n", "rcpt delay_max=3600", "delay_seconds=3600 delay_origin=server"),
        ROW("451 Greylisted, try again in 5 minutes\r\n", "rcpt delay_min=600", "delay_seconds=600 delay_origin=server"),
        /* time alone mends nothing */
        ROW("432 4.7.12 A new password is needed, retry=600\r\n", "auth", "action=hold delay_seconds=14400 delay_origin=default"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* ---- 12. The stage. ---- */

static void decision_12_the_callers_stage_wins_and_text_fills_what_is_unknown(void **state)
{
    static const check_row rows[] = {
        ROW("host mx.example said: 550 5.1.1 no (in reply to RCPT TO command)", "unknown text",
            "stage=rcpt flag=STAGE_FROM_TEXT suppress=1"),
        ROW("host mx.example said: 550 5.1.1 no (in reply to MAIL FROM command)", "unknown text",
            "stage=mail suppress=0"),
        ROW("host mx.example said: 554 no (in reply to end of DATA command)", "unknown text",
            "stage=eod flag=STAGE_FROM_TEXT"),
        ROW("host mx.example said: 554 no (in reply to DATA command)", "unknown text", "stage=data"),
        ROW("host mx.example said: 550 5.1.1 no (in reply to RCPT TO command)", "mail text",
            "stage=mail flag!=STAGE_FROM_TEXT suppress=0"),
        ROW("host mx.example said: 550 5.1.1 no (in reply to MAIL FROM command)", "rcpt text",
            "stage=rcpt flag!=STAGE_FROM_TEXT suppress=1"),
        ROW("550 5.1.1 no", "unknown text", "stage=unknown flag!=STAGE_FROM_TEXT"),
        /* the bytes of a server tell no stage */
        ROW("550 5.1.1 no (in reply to MAIL FROM command)\r\n", "unknown", "stage=unknown flag!=STAGE_FROM_TEXT"),
        /* with a reply, connect is the greeting */
        ROW("554 no\r\n", "connect", "stage=greeting"),
        ROW("554 no", "connect text", "stage=greeting"),
        ROW("", "connect failure=ECONNREFUSED", "stage=connect"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* ---- 13. Another host; known bits. ---- */

static void decision_13_another_host_is_also_later(void **state)
{
    static const check_row rows[] = {
        ROW("554 no\r\n", "greeting", "action=retry-other-host retry=1 delay_seconds>=60 dsn_action=delayed"),
        ROW("", "connect failure=ECONNREFUSED", "action=retry-other-host retry=1 delay_seconds>=60"),
        ROW("", "greeting failure=greeting-timeout", "action=retry-other-host retry=1 delay_seconds>=60"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void decision_13_what_is_not_known_is_not_heard(void **state)
{
    smtperr_context context;
    smtperr_verdict verdict, plain;
    (void)state;
    memset(&context, 0, sizeof context);
    context.size = sizeof context;

    /* a number that was not counted: as if nothing was said */
    context.recipients_accepted = 3;
    {
        static const char *const replies[] = {"454 4.7.0 x\r\n", "500 x\r\n",       "552 x\r\n",
                                              "552 5.5.3 x\r\n", "554 5.1.1 x\r\n", "530 x\r\n"};
        size_t i;
        int32_t stage;
        for (i = 0; i < COUNT(replies); i++) {
            for (stage = 0; stage <= SMTPERR_STAGE_OTHER; stage++) {
                smtperr_context bare = {sizeof bare, 0, 0, 0, 0, 0, 0, 0};
                bare.stage = stage;
                context.stage = stage;
                (void)smtperr_evaluate(replies[i], strlen(replies[i]), 0, &context, NULL, &verdict, sizeof verdict);
                (void)smtperr_evaluate(replies[i], strlen(replies[i]), 0, &bare, NULL, &plain, sizeof plain);
                CHECK(check_same_verdict(&verdict, &plain), "%s at stage %d",
                      check_show(replies[i], strlen(replies[i])), (int)stage);
            }
        }
    }
    /* 0 recipients say something only when they were counted */
    context.flags = 0;
    context.recipients_accepted = 0;
    context.stage = SMTPERR_STAGE_DATA;
    (void)smtperr_evaluate(BYTES("554 x\r\n"), 0, &context, NULL, &verdict, sizeof verdict);
    CHECK((verdict.flags & SMTPERR_FLAG_REPEATS_RCPT) == 0, "not counted");
    context.flags = SMTPERR_CONTEXT_RECIPIENTS_COUNTED;
    (void)smtperr_evaluate(BYTES("554 x\r\n"), 0, &context, NULL, &verdict, sizeof verdict);
    CHECK((verdict.flags & SMTPERR_FLAG_REPEATS_RCPT) != 0, "counted: 0");
    check_end();
}

/* ---- Policy. ---- */

static void policy_greeting_5yz(void **state)
{
    static const check_row rows[] = {
        ROW("554 no\r\n", "greeting greeting_5yz=bounce",
            "action=bounce decided_by=policy suppress=0 scope=host|source"),
        ROW("521 no\r\n", "greeting greeting_5yz=bounce", "action=bounce decided_by=policy suppress=0"),
        ROW("550 5.1.1 no\r\n", "connect greeting_5yz=bounce", "action=bounce suppress=0"),
        ROW("554 no\r\n", "greeting greeting_5yz=retry-other-host", "action=retry-other-host decided_by!=policy"),
        ROW("554 no\r\n", "rcpt greeting_5yz=bounce", "action=bounce decided_by!=policy"),
        ROW("421 no\r\n", "greeting greeting_5yz=bounce", "retry=1 decided_by!=policy"),
        ROW("garbage\r\n", "greeting greeting_5yz=bounce", "retry=1"),
        ROW("", "greeting failure=closed-before-greeting greeting_5yz=bounce", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void policy_login_refused(void **state)
{
    static const check_row rows[] = {
        ROW("535 5.7.8 x\r\n", "auth login_refused=retry-later", "action=retry-later decided_by=policy scope=account"),
        ROW("535 5.7.8 x\r\n", "auth login_refused=bounce", "action=bounce decided_by=policy suppress=0"),
        ROW("535 5.7.8 x\r\n", "auth login_refused=hold", "action=hold decided_by!=policy"),
        ROW("530 x\r\n", "mail login_refused=bounce", "action=bounce decided_by=policy"),
        ROW("432 x\r\n", "auth login_refused=retry-later", "action=retry-later decided_by=policy"),
        ROW("", "ehlo failure=auth-not-offered login_refused=bounce", "action=bounce decided_by=policy"),
        ROW("454 x\r\n", "auth login_refused=bounce", "action=retry-later decided_by!=policy"),
        ROW("550 5.1.1 x\r\n", "rcpt login_refused=retry-later", "action=bounce"),
        /* TLS that they demand never bounces */
        ROW("550 5.7.10 x\r\n", "mail login_refused=bounce", "retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void policy_mailbox_full_5yz(void **state)
{
    static const check_row rows[] = {
        ROW("552 5.2.2 x\r\n", "rcpt mailbox_full_5yz=retry-later",
            "action=retry-later decided_by=policy dsn_status=4.2.2"),
        ROW("552 x\r\n", "rcpt mailbox_full_5yz=retry-later", "action=retry-later decided_by=policy"),
        ROW("552 5.2.2 x\r\n", "eod mailbox_full_5yz=retry-later", "action=retry-later decided_by=policy"),
        ROW("552 5.2.2 x\r\n", "rcpt mailbox_full_5yz=bounce", "action=bounce decided_by!=policy"),
        ROW("552 5.2.2 x\r\n", "rcpt", "action=bounce decided_by!=policy"),
        ROW("452 4.2.2 x\r\n", "rcpt mailbox_full_5yz=retry-later", "action=retry-later decided_by!=policy"),
        ROW("552 5.3.4 x\r\n", "eod mailbox_full_5yz=retry-later", "action=bounce"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void policy_unknown_5yz(void **state)
{
    static const check_row rows[] = {
        ROW("599 x\r\n", "rcpt unknown_5yz=retry-later", "action=retry-later decided_by=policy category=unknown"),
        ROW("599 x\r\n", "eod unknown_5yz=retry-later", "action=retry-later decided_by=policy"),
        ROW("599 5.0.0 x\r\n", "mail unknown_5yz=retry-later", "action=retry-later decided_by=policy"),
        ROW("599 x\r\n", "rcpt unknown_5yz=bounce", "action=bounce decided_by!=policy"),
        ROW("599 x\r\n", "rcpt", "action=bounce"),
        ROW("550 5.1.1 x\r\n", "rcpt unknown_5yz=retry-later", "action=bounce suppress=1"),
        ROW("499 x\r\n", "rcpt unknown_5yz=retry-later", "decided_by!=policy"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void policy_domain_unknown_4yz(void **state)
{
    static const check_row rows[] = {
        ROW("450 4.1.2 x\r\n", "rcpt domain_unknown_4yz=bounce",
            "action=bounce decided_by=policy suppress=0 dsn_status=5.1.2"),
        ROW("450 4.1.2 x\r\n", "rcpt domain_unknown_4yz=retry-later", "action=retry-later decided_by!=policy"),
        ROW("450 4.1.2 x\r\n", "rcpt", "action=retry-later likely_permanent=1"),
        ROW("450 4.1.1 x\r\n", "rcpt domain_unknown_4yz=bounce", "retry=1"),
        ROW("", "connect failure=EAI_NONAME domain_unknown_4yz=bounce", "retry=1"),
        ROW("450 4.1.2 x\r\n", "rcpt domain_unknown_4yz=bounce soft_bounce=retry-later", "retry=1 suppress=0"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void policy_soft_bounce_keeps_everything(void **state)
{
    static const int32_t statuses[] = {0, 5001001, 5001010, 5002002, 5005003, 5007001, 5007008, 5007030};
    smtperr_verdict verdict;
    size_t stage, status;
    int32_t code;
    int32_t failure = INT32_MIN;
    (void)state;
    for (code = 500; code <= 599; code++) {
        for (stage = 0; stage < COUNT(open_stages); stage++) {
            char how[160];
            if (strcmp(open_stages[stage], "other") == 0) {
                continue; /* nothing of a message was said */
            }
            (void)snprintf(how, sizeof how,
                           "%s mx attempt=3 soft_bounce=retry-later greeting_5yz=bounce login_refused=bounce",
                           open_stages[stage]);
            for (status = 0; status < COUNT(statuses); status++) {
                check_numbers(__LINE__, code, statuses[status], how, "retry=1 suppress=0", &verdict);
            }
        }
    }
    while ((failure = smtperr_next(SMTPERR_KIND_FAILURE, failure)) != INT32_MIN) {
        char how[100];
        const check_row row = {__LINE__, "", 0, how, "retry=1 suppress=0"};
        (void)snprintf(how, sizeof how, "rcpt soft_bounce=retry-later failure=%s",
                       smtperr_name(SMTPERR_KIND_FAILURE, failure));
        check_evaluate(&row, &verdict);
        check_want(&row, &verdict);
    }
    {
        static const check_row rows[] = {
            ROW("550 5.1.1 x\r\n", "rcpt soft_bounce=retry-later",
                "action=retry-later decided_by=policy dsn_status=4.1.1"),
            ROW("250 x\r\n", "rcpt soft_bounce=retry-later", "action=proceed decided_by!=policy"),
            ROW("451 x\r\n", "rcpt soft_bounce=retry-later", "action=retry-later decided_by!=policy"),
        };
        check_rows(rows, COUNT(rows));
    }
    check_end();
}

/* ---- Deciding again. ---- */

static void evidence_that_was_changed_is_decided_anew(void **state)
{
    static const smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
    smtperr_verdict verdict;
    (void)state;

    assert_int_equal(smtperr_classify(BYTES("550 no\r\n"), SMTPERR_SHAPE_WIRE, &context, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == 0 && verdict.retry == 0 && verdict.scope == 0, "classify decides nothing");

    verdict.category = SMTPERR_CATEGORY_MAILBOX_UNKNOWN; /* our own words say so */
    verdict.basis = SMTPERR_BASIS_TEXT;
    verdict.confidence = SMTPERR_CONFIDENCE_HIGH;
    verdict.address_dead = 1;
    assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == SMTPERR_ACTION_BOUNCE && verdict.suppress == 1, "a dead address");
    CHECK(verdict.decided_by == SMTPERR_BASIS_TEXT, "decided by text");

    verdict.category = SMTPERR_CATEGORY_GREYLISTED; /* no, it was that */
    assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == SMTPERR_ACTION_RETRY_LATER && verdict.retry == 1 && verdict.suppress == 0,
          "greylisted in 5yz");
    CHECK(verdict.delay_seconds == 300 && verdict.dsn_status / 1000000 == 4 && verdict.sysexit == 75, "all follows");

    verdict.category =
        SMTPERR_CATEGORY_SPAM_CONTENT; /* dead is not enough: the category must be one about the address */
    assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == SMTPERR_ACTION_BOUNCE && verdict.suppress == 0, "spam says nothing of the address");

    verdict.category = SMTPERR_CATEGORY_MAILBOX_UNKNOWN; /* the filter of a postmaster: 550 is 450 here */
    verdict.code = 450;
    verdict.first_code = 450;
    assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.retry == 1 && verdict.suppress == 0 && verdict.likely_permanent == 1, "4yz");

    verdict.code = 550;
    verdict.first_code = 550;
    verdict.address_dead = 0;
    assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == SMTPERR_ACTION_BOUNCE && verdict.suppress == 0, "not dead enough");

    verdict.address_dead = 1;
    verdict.stage = SMTPERR_STAGE_MAIL;
    assert_int_equal(smtperr_decide(NULL, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.suppress == 0, "never before RCPT");

    verdict.stage = SMTPERR_STAGE_RCPT; /* and back: nothing of the old decisions is left */
    assert_int_equal(smtperr_decide(&context, NULL, &verdict, sizeof verdict), 0);
    CHECK(verdict.action == SMTPERR_ACTION_BOUNCE && verdict.suppress == 1 && verdict.delay_seconds == 0 &&
              verdict.delay_origin == SMTPERR_ORIGIN_NONE && verdict.dsn_status / 1000000 == 5,
          "back");
    check_end();
}

static void every_category_decides_at_every_stage_and_class(void **state)
{
    static const int32_t codes[] = {250, 354, 450, 550, 421, 503, 554, 0};
    static const int32_t suppressing[] = {SMTPERR_CATEGORY_MAILBOX_UNKNOWN, SMTPERR_CATEGORY_MAILBOX_DISABLED,
                                          SMTPERR_CATEGORY_MAILBOX_MOVED,   SMTPERR_CATEGORY_ADDRESS_INVALID,
                                          SMTPERR_CATEGORY_DOMAIN_UNKNOWN,  SMTPERR_CATEGORY_DOMAIN_NO_MAIL};
    int32_t category, stage;
    size_t i, j;
    (void)state;
    for (category = 0; category <= SMTPERR_CATEGORY_NOT_SUPPORTED; category++) {
        int is_suppressing = 0;
        for (j = 0; j < COUNT(suppressing); j++) {
            is_suppressing |= suppressing[j] == category;
        }
        for (stage = 0; stage <= SMTPERR_STAGE_OTHER; stage++) {
            for (i = 0; i < COUNT(codes); i++) {
                check_how how;
                smtperr_verdict verdict;
                char name[80];
                memset(&how, 0, sizeof how);
                memset(&verdict, 0, sizeof verdict);
                verdict.size = sizeof verdict;
                verdict.data_version = smtperr_data_version();
                verdict.status = SMTPERR_REPLY;
                verdict.code = codes[i];
                verdict.first_code = codes[i];
                verdict.stage = stage;
                verdict.category = category;
                verdict.basis = SMTPERR_BASIS_TEXT;
                verdict.confidence = SMTPERR_CONFIDENCE_HIGH;
                verdict.address_dead = 1;
                if ((codes[i] / 100 == 2 && category != SMTPERR_CATEGORY_OK &&
                     category != SMTPERR_CATEGORY_PROTOCOL_ERROR) ||
                    (codes[i] / 100 == 3 && category != SMTPERR_CATEGORY_CONTINUE &&
                     category != SMTPERR_CATEGORY_PROTOCOL_ERROR) ||
                    (codes[i] / 100 != 2 && category == SMTPERR_CATEGORY_OK) ||
                    (codes[i] / 100 != 3 && category == SMTPERR_CATEGORY_CONTINUE)) {
                    /* a success is no failure and the reverse: any answer, but an answer */
                    assert_int_equal(smtperr_decide(NULL, NULL, &verdict, sizeof verdict), 0);
                    CHECK(verdict.action >= 1 && verdict.action <= 9, "category %d code %d stage %d", (int)category,
                          (int)codes[i], (int)stage);
                    continue;
                }
                assert_int_equal(smtperr_decide(NULL, NULL, &verdict, sizeof verdict), 0);
                (void)snprintf(name, sizeof name, "category %s, code %d, stage %s",
                               smtperr_name(SMTPERR_KIND_CATEGORY, category), (int)codes[i],
                               smtperr_name(SMTPERR_KIND_STAGE, stage));
                check_laws(__LINE__, "", 0, name, &how, &verdict);
                CHECK(!verdict.suppress || (is_suppressing && codes[i] / 100 == 5), "%s", name);
                CHECK(!verdict.suppress || stage == SMTPERR_STAGE_RCPT || stage == SMTPERR_STAGE_UNKNOWN ||
                          stage == SMTPERR_STAGE_EOD,
                      "%s", name);
                CHECK(!(is_suppressing && codes[i] / 100 == 5 && codes[i] != 503 && stage == SMTPERR_STAGE_RCPT) ||
                          verdict.suppress,
                      "%s", name);
            }
        }
    }
    check_end();
}

/* ---- Misuse: an error, and not a byte is written. ---- */

static void check_misuse(int line, const smtperr_context *context, const smtperr_policy *policy)
{
    smtperr_verdict verdict, before;
    memset(&verdict, 0x5A, sizeof verdict);
    before = verdict;
    if (smtperr_evaluate(BYTES("550 x\r\n"), SMTPERR_SHAPE_WIRE, context, policy, &verdict, sizeof verdict) !=
        SMTPERR_ERR_MISUSE) {
        check_complain(line, "", 0, "evaluate", "no MISUSE");
    }
    if (memcmp(&verdict, &before, sizeof verdict) != 0) {
        check_complain(line, "", 0, "evaluate", "written");
    }
    verdict = before;
    if (smtperr_evaluate_failure(SMTPERR_FAILURE_OTHER, context, policy, &verdict, sizeof verdict) !=
            SMTPERR_ERR_MISUSE ||
        memcmp(&verdict, &before, sizeof verdict) != 0) {
        check_complain(line, "", 0, "evaluate_failure", "no MISUSE, or written");
    }
    assert_int_equal(smtperr_classify(BYTES("550 x\r\n"), SMTPERR_SHAPE_WIRE, NULL, &verdict, sizeof verdict), 0);
    before = verdict;
    if (smtperr_decide(context, policy, &verdict, sizeof verdict) != SMTPERR_ERR_MISUSE ||
        memcmp(&verdict, &before, sizeof verdict) != 0) {
        check_complain(line, "", 0, "decide", "no MISUSE, or written");
    }
}

static void misuse_of_a_policy(void **state)
{
    static const int32_t switch_values[6][4] = {
        {0, SMTPERR_ACTION_RETRY_OTHER_HOST, SMTPERR_ACTION_BOUNCE, -1},
        {0, SMTPERR_ACTION_HOLD, SMTPERR_ACTION_RETRY_LATER, SMTPERR_ACTION_BOUNCE},
        {0, SMTPERR_ACTION_BOUNCE, SMTPERR_ACTION_RETRY_LATER, -1},
        {0, SMTPERR_ACTION_BOUNCE, SMTPERR_ACTION_RETRY_LATER, -1},
        {0, SMTPERR_ACTION_RETRY_LATER, SMTPERR_ACTION_BOUNCE, -1},
        {0, SMTPERR_ACTION_RETRY_LATER, -1, -1},
    };
    smtperr_policy policy;
    size_t i, j;
    int32_t value;
    (void)state;
    for (i = 0; i < 6; i++) {
        for (value = -2; value <= 11; value++) {
            int32_t *const switches[6] = {&policy.greeting_5yz, &policy.login_refused,      &policy.mailbox_full_5yz,
                                          &policy.unknown_5yz,  &policy.domain_unknown_4yz, &policy.soft_bounce};
            int good = 0;
            memset(&policy, 0, sizeof policy);
            policy.size = sizeof policy;
            *switches[i] = value;
            for (j = 0; j < 4; j++) {
                good |= value >= 0 && switch_values[i][j] == value;
            }
            if (good) {
                smtperr_verdict verdict;
                CHECK(smtperr_evaluate(BYTES("550 x\r\n"), 0, NULL, &policy, &verdict, sizeof verdict) == 0,
                      "switch %u, value %d", (unsigned)i, (int)value);
            } else {
                check_misuse(__LINE__, NULL, &policy);
            }
        }
    }
    memset(&policy, 0, sizeof policy);
    check_misuse(__LINE__, NULL, &policy); /* size 0 */
    policy.size = sizeof policy - 1;
    check_misuse(__LINE__, NULL, &policy);
    policy.size = sizeof policy;
    policy.delay_min_seconds = 601;
    policy.delay_max_seconds = 600;
    check_misuse(__LINE__, NULL, &policy);
    policy.delay_max_seconds = 0; /* 14400 */
    policy.delay_min_seconds = 14401;
    check_misuse(__LINE__, NULL, &policy);
    policy.delay_min_seconds = 0; /* 60 */
    policy.delay_max_seconds = 59;
    check_misuse(__LINE__, NULL, &policy);
    check_end();
}

/* A caller of version 0.1.0 stays in order whatever this library's structs have grown to, and a newer one keeps what is his. */
static void structs_grow(void **state)
{
    static const struct {
        uint32_t size;
        int32_t stage, role;
        uint32_t flags, recipients_accepted, attempt, age_seconds;
        int32_t provider;
    } old_context = {32, SMTPERR_STAGE_RCPT, SMTPERR_ROLE_MX, 0, 0, 2, 0, 0};
    static const struct {
        uint32_t size;
        int32_t switches[6];
        uint32_t least, most;
    } old_policy = {36, {0, 0, 0, 0, 0, 0}, 100, 5000};
    struct {
        smtperr_verdict known;
        unsigned char newer[8];
    } big;
    const unsigned char newer[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    unsigned char small[160];
    smtperr_verdict verdict;
    (void)state;

    assert_int_equal(smtperr_evaluate(BYTES("451 x\r\n"), 0, (const smtperr_context *)(const void *)&old_context,
                                      (const smtperr_policy *)(const void *)&old_policy, &verdict, sizeof verdict),
                     0);
    assert_int_equal(verdict.delay_seconds, 3600);

    assert_int_equal(smtperr_classify(BYTES("550 x\r\n"), 0, NULL, &big.known, sizeof big), 0);
    memcpy(big.newer, newer, sizeof newer);
    memcpy(small, &big.known, sizeof small);
    assert_int_equal(smtperr_decide(NULL, NULL, &big.known, sizeof big), 0);
    assert_int_equal(big.known.action, SMTPERR_ACTION_BOUNCE);
    assert_memory_equal(big.newer, newer, sizeof newer);
    assert_int_equal(smtperr_decide(NULL, NULL, (smtperr_verdict *)(void *)small, sizeof small), 0);
    assert_memory_equal(small, &big.known, sizeof small);
    assert_int_equal(smtperr_decide(NULL, NULL, (smtperr_verdict *)(void *)small, sizeof small - 4), SMTPERR_ERR_MISUSE);
}

/* ---- STARTTLS. ---- */

static void a_server_whose_starttls_is_broken_gets_its_mail(void **state)
{
    static const check_row rows[] = {
        /* RFC 3207 4: another 2yz is no go-ahead */
        ROW("250 ok\r\n", "starttls", "category=protocol-error action=reconnect closing=1"),
        ROW("250 ok\r\n", "starttls mx tls-optional", "action=reconnect closing=1"),
        ROW("250 ok\r\n", "starttls mx tls-optional reconnected", "action=retry-without-tls closing=1"),
        ROW("250 ok\r\n", "starttls tls-must reconnected", "action=retry-other-host"),
        ROW("220 go\r\n", "starttls", "category=ok action=proceed"),
        ROW("501 x\r\n", "starttls tls-optional", "action=reconnect"),
        ROW("501 x\r\n", "starttls mx tls-optional reconnected", "action=retry-without-tls"),
        ROW("503 x\r\n", "starttls tls-optional reconnected", "action=retry-without-tls"),
        ROW("554 5.5.1 x\r\n", "starttls relay tls-optional reconnected", "action=retry-without-tls"),
        ROW("503 x\r\n", "starttls submission tls-optional reconnected", "action=retry-other-host"),
        ROW("503 x\r\n", "starttls authenticated tls-optional reconnected", "action=retry-other-host"),
        ROW("503 x\r\n", "starttls tls-must reconnected", "action=retry-other-host"),
        ROW("garbage\r\n", "starttls tls-optional reconnected", "action=retry-without-tls closing=1"),
        ROW("454 4.7.0 x\r\n", "starttls relay tls-optional", "action=retry-without-tls"),
        ROW("454 4.7.0 x\r\n", "starttls mx tls-optional in-clear", "action=retry-other-host"),
        ROW("", "tls failure=lost-connection", "category=tls retry=1"),
        ROW("", "tls failure=lost-connection mx tls-optional", "category=tls action=retry-without-tls"),
        ROW("", "tls failure=ECONNRESET mx tls-optional", "category=tls action=retry-without-tls"),
        ROW("", "tls failure=ETIMEDOUT mx tls-optional", "category=tls action=retry-without-tls"),
        ROW("", "tls failure=command-timeout mx tls-optional", "category=tls action=retry-without-tls"),
        ROW("", "tls failure=tls-handshake-timeout mx tls-optional", "action=retry-without-tls"),
        ROW("", "tls failure=tls-unexpected-eof mx tls-optional", "action=retry-without-tls"),
        ROW("", "tls failure=ECONNRESET submission tls-optional", "action=retry-other-host"),
        ROW("", "tls failure=ECONNRESET tls-must", "action=retry-other-host"),
        ROW("", "mail failure=ECONNRESET tls-optional", "category=network"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void misuse_of_a_context(void **state)
{
    struct {
        smtperr_context known;
        char newer[8];
    } big;
    smtperr_context context;
    smtperr_verdict verdict;
    (void)state;
    memset(&context, 0, sizeof context);
    check_misuse(__LINE__, &context, NULL); /* size 0 */
    context.size = sizeof context - 4;
    check_misuse(__LINE__, &context, NULL);
    context.size = sizeof context;
    context.stage = 16;
    check_misuse(__LINE__, &context, NULL);
    context.stage = -1;
    check_misuse(__LINE__, &context, NULL);
    context.stage = 0;
    context.role = 4;
    check_misuse(__LINE__, &context, NULL);
    context.role = -1;
    check_misuse(__LINE__, &context, NULL);
    context.role = 0;
    context.flags = SMTPERR_CONTEXT_RECONNECTED << 1; /* of a newer caller */
    check_misuse(__LINE__, &context, NULL);
    context.flags = SMTPERR_CONTEXT_TLS_OPTIONAL | SMTPERR_CONTEXT_TLS_REQUIRED;
    check_misuse(__LINE__, &context, NULL);
    context.flags = 0;
    context.size = 0xFFFFFFFFU; /* never set: nothing behind the struct is read */
    check_misuse(__LINE__, &context, NULL);

    memset(&big, 0, sizeof big); /* of a newer caller */
    big.known.size = sizeof big;
    assert_int_equal(smtperr_evaluate(BYTES("550 x\r\n"), 0, &big.known, NULL, &verdict, sizeof verdict), 0);
    big.newer[7] = 1;
    check_misuse(__LINE__, &big.known, NULL);
    check_end();
}

static void misuse_of_a_policy_of_a_newer_caller(void **state)
{
    struct {
        smtperr_policy known;
        char newer[8];
    } big;
    smtperr_verdict verdict;
    (void)state;
    memset(&big, 0, sizeof big);
    big.known.size = sizeof big;
    assert_int_equal(smtperr_evaluate(BYTES("550 x\r\n"), 0, NULL, &big.known, &verdict, sizeof verdict), 0);
    big.newer[0] = 1;
    check_misuse(__LINE__, NULL, &big.known);
    check_end();
}

static void misuse_of_the_evidence(void **state)
{
    static const struct {
        const char *field;
        size_t offset;
        int32_t value;
    } wrong[] = {
        {"stage", offsetof(smtperr_verdict, stage), -1},
        {"stage", offsetof(smtperr_verdict, stage), 16},
        {"category", offsetof(smtperr_verdict, category), -1},
        {"category", offsetof(smtperr_verdict, category), 38},
        {"basis", offsetof(smtperr_verdict, basis), 99},
        {"basis", offsetof(smtperr_verdict, basis), -1},
        {"confidence", offsetof(smtperr_verdict, confidence), 9},
        {"confidence", offsetof(smtperr_verdict, confidence), -1},
        {"code", offsetof(smtperr_verdict, code), -1},
        {"code", offsetof(smtperr_verdict, code), 1000},
        {"code", offsetof(smtperr_verdict, code), INT32_MAX},
        {"first_code", offsetof(smtperr_verdict, first_code), -550},
        {"enhanced", offsetof(smtperr_verdict, enhanced), 1},
        {"enhanced", offsetof(smtperr_verdict, enhanced), 3000000}, /* RFC 3463 2 has no such class */
        {"enhanced", offsetof(smtperr_verdict, enhanced), 6000000},
        {"failure_status", offsetof(smtperr_verdict, failure_status), 3000000},
        {"failure_status", offsetof(smtperr_verdict, failure_status), -4004001},
        {"enhanced", offsetof(smtperr_verdict, enhanced), -5001001},
        {"enhanced", offsetof(smtperr_verdict, enhanced), INT32_MIN},
    };
    smtperr_verdict verdict, before;
    size_t i;
    (void)state;
    assert_int_equal(smtperr_classify(BYTES("550 x\r\n"), SMTPERR_SHAPE_WIRE, NULL, &verdict, sizeof verdict), 0);
    before = verdict;
    for (i = 0; i < COUNT(wrong); i++) {
        smtperr_verdict changed;
        verdict = before;
        memcpy((char *)&verdict + wrong[i].offset, &wrong[i].value, sizeof wrong[i].value);
        changed = verdict;
        CHECK(smtperr_decide(NULL, NULL, &verdict, sizeof verdict) == SMTPERR_ERR_MISUSE, "%s %d", wrong[i].field,
              (int)wrong[i].value);
        CHECK(check_same_verdict(&changed, &verdict), "%s %d: written", wrong[i].field, (int)wrong[i].value);
    }
    verdict = before;
    CHECK(smtperr_decide(NULL, NULL, NULL, sizeof verdict) == SMTPERR_ERR_MISUSE, "NULL");
    CHECK(smtperr_decide(NULL, NULL, &verdict, sizeof verdict - 1) == SMTPERR_ERR_MISUSE, "too small");
    CHECK(smtperr_decide(NULL, NULL, &verdict, 0) == SMTPERR_ERR_MISUSE, "no size");
    CHECK(check_same_verdict(&before, &verdict), "written");
    CHECK(smtperr_decide(NULL, NULL, &verdict, sizeof verdict) == 0, "in order");
    check_end();
}

/* Evidence that contradicts itself gets an answer, and none of it suppresses without a permanent one. */
static void any_evidence_in_order_gets_an_answer(void **state)
{
    uint32_t seed = 1;
    int i;
    (void)state;
    for (i = 0; i < 200000; i++) {
        smtperr_verdict verdict;
        uint32_t random[8];
        size_t j;
        for (j = 0; j < COUNT(random); j++) {
            seed = seed * 1664525U + 1013904223U;
            random[j] = seed >> 8;
        }
        memset(&verdict, 0, sizeof verdict);
        verdict.size = sizeof verdict;
        verdict.code = (int32_t)(random[0] % 1000);
        verdict.first_code = verdict.code;
        verdict.enhanced = random[1] % 2 ? 0 : (int32_t)(2000000 + random[1] % 4000000);
        verdict.failure = random[2] % 2 ? 0 : (int32_t)(random[2] % 200);
        verdict.stage = (int32_t)(random[3] % 16);
        verdict.category = (int32_t)(random[4] % 38);
        verdict.basis = (int32_t)(1 + random[5] % 5);
        verdict.confidence = (int32_t)(1 + random[5] / 5 % 3);
        verdict.flags = random[6] & 0x1FFFF;
        verdict.address_dead = (int32_t)(random[7] % 2);
        if (smtperr_decide(NULL, NULL, &verdict, sizeof verdict) == 0) {
            CHECK(verdict.action >= 1 && verdict.action <= 9 && verdict.scope >= 1 && verdict.scope <= 9, "%d", i);
            CHECK(verdict.retry == (verdict.action > 2), "%d", i);
            CHECK(!verdict.suppress || verdict.action == SMTPERR_ACTION_BOUNCE, "%d", i);
            if (!verdict.retry || verdict.action == SMTPERR_ACTION_HOLD) {
                CHECK(verdict.likely_permanent == (verdict.action != SMTPERR_ACTION_PROCEED), "%d", i);
            }
        } else { /* 100 to 199 and 600 to 999 are no codes of replies, 3.y.z is no status: MISUSE is allowed */
            CHECK(verdict.code < 200 || verdict.code > 599 || verdict.enhanced / 1000000 == 3, "%d", i);
        }
    }
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decision_01_mixed_codes_report_the_last_and_never_succeed_or_suppress),
        cmocka_unit_test(decision_01_mixed_codes_bounce_nothing_by_repetition),
        cmocka_unit_test(decision_02_framing_error_reconnects_and_never_bounces),
        cmocka_unit_test(decision_02_framing_error_behind_the_dot_leaves_the_outcome_unknown),
        cmocka_unit_test(decision_02_up_to_four_blank_lines_are_skipped),
        cmocka_unit_test(decision_02_text_counts_as_far_as_it_goes),
        cmocka_unit_test(decision_03_5yz_greeting_is_another_host),
        cmocka_unit_test(decision_03_5yz_to_ehlo_not_about_the_command_is_another_host),
        cmocka_unit_test(decision_03_only_556_and_5_1_10_mean_that_no_mail_is_ever_taken),
        cmocka_unit_test(decision_03_ehlo_that_is_not_known_is_said_as_helo),
        cmocka_unit_test(decision_04_552_and_452_are_too_many_only_where_something_says_so),
        cmocka_unit_test(decision_04_never_again_once_refused_alone),
        cmocka_unit_test(decision_05_a_refused_login_holds_all_mail_of_the_account),
        cmocka_unit_test(decision_05_5yz_to_auth_never_bounces_whoever_they_are),
        cmocka_unit_test(decision_05_only_an_mx_that_nobody_logs_in_to_refuses_for_good),
        cmocka_unit_test(decision_05_454_at_auth_is_retried),
        cmocka_unit_test(decision_05_tls_that_they_demand_never_bounces),
        cmocka_unit_test(decision_05_without_tls_only_if_optional_and_without_login),
        cmocka_unit_test(decision_06_out_of_step_reconnects_once_then_bounces),
        cmocka_unit_test(decision_06_before_mail_nothing_bounces_for_it),
        cmocka_unit_test(decision_06_3yz_is_for_data_and_auth),
        cmocka_unit_test(decision_06_an_unusual_2yz_at_mail_and_rcpt_is_success),
        cmocka_unit_test(decision_06_data_without_recipients_repeats_what_rcpt_said),
        cmocka_unit_test(decision_07_4yz_is_always_retried),
        cmocka_unit_test(decision_07_what_hardly_heals_is_likely_permanent),
        cmocka_unit_test(decision_08_words_that_name_two_causes_take_the_proof_from_a_number),
        cmocka_unit_test(decision_08_suppress_matrix_of_stages),
        cmocka_unit_test(decision_08_a_bare_code_never_suppresses_but_556),
        cmocka_unit_test(decision_08_only_a_status_about_a_dead_address_suppresses),
        cmocka_unit_test(decision_08_never_if_a_second_cause_would_not),
        cmocka_unit_test(decision_08_of_failures_only_a_definite_answer_about_the_domain_suppresses),
        cmocka_unit_test(decision_09_without_a_clear_answer_to_the_dot_the_outcome_is_unknown),
        cmocka_unit_test(decision_09_replies_to_rset_and_quit_change_nothing),
        cmocka_unit_test(ok_means_that_the_server_did_what_was_asked),
        cmocka_unit_test(decision_10_codes_that_are_no_smtp),
        cmocka_unit_test(decision_11_delays_double_with_each_attempt_up_to_a_cap),
        cmocka_unit_test(decision_11_greylisting_waits_five_minutes),
        cmocka_unit_test(decision_11_what_the_server_asks_for),
        cmocka_unit_test(decision_12_the_callers_stage_wins_and_text_fills_what_is_unknown),
        cmocka_unit_test(decision_13_another_host_is_also_later),
        cmocka_unit_test(decision_13_what_is_not_known_is_not_heard),
        cmocka_unit_test(policy_greeting_5yz),
        cmocka_unit_test(policy_login_refused),
        cmocka_unit_test(policy_mailbox_full_5yz),
        cmocka_unit_test(policy_unknown_5yz),
        cmocka_unit_test(policy_domain_unknown_4yz),
        cmocka_unit_test(policy_soft_bounce_keeps_everything),
        cmocka_unit_test(evidence_that_was_changed_is_decided_anew),
        cmocka_unit_test(every_category_decides_at_every_stage_and_class),
        cmocka_unit_test(misuse_of_a_policy),
        cmocka_unit_test(structs_grow),
        cmocka_unit_test(a_server_whose_starttls_is_broken_gets_its_mail),
        cmocka_unit_test(misuse_of_a_context),
        cmocka_unit_test(misuse_of_a_policy_of_a_newer_caller),
        cmocka_unit_test(misuse_of_the_evidence),
        cmocka_unit_test(any_evidence_in_order_gets_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
