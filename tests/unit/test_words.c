/* SPDX-License-Identifier: MIT
 *
 * What a text's words are and which of the rules they meet goes first, with rules of the data whose words are plain enough to
 * stay. That each rule finds its own example, tests/rules says.
 */
#include "check.h"

#define ELEVEN "zq zq zq zq zq zq zq zq zq zq zq "

static void a_gap_is_twelve_words_wide(void **state)
{
    static const check_row rows[] = {
        ROW("450 receiving too quickly\r\n", "rcpt", "rule=general-receiving-too-fast"),
        ROW("450 receiving " ELEVEN "zq too quickly\r\n", "rcpt", "rule=general-receiving-too-fast"),
        ROW("450 receiving " ELEVEN "zq zq too quickly\r\n", "rcpt", "rule!=general-receiving-too-fast"),
        /* from the last time that it was opened */
        ROW("450 receiving " ELEVEN "receiving " ELEVEN "zq too quickly\r\n", "rcpt",
            "rule=general-receiving-too-fast"),
        ROW("450 receiving " ELEVEN "receiving " ELEVEN "zq zq too quickly\r\n", "rcpt",
            "rule!=general-receiving-too-fast"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* What a server echoes is a token each, and no word of it counts. */
static void names_and_addresses_are_no_words(void **state)
{
    static const check_row rows[] = {
        ROW("550 over quota\r\n", "rcpt", "category=mailbox-full"),
        ROW("550 over.quota\r\n", "rcpt",
            "category=mailbox-full"), /* no domain ends so: a sentence without its blank */
        ROW("550 over.Quota\r\n", "rcpt", "category=mailbox-full"),
        ROW("550 over.quota.example.org\r\n", "rcpt", "basis=code"),
        ROW("550 over.quota.xn--p1ai\r\n", "rcpt", "basis=code"),
        ROW("550 mailbox.full\r\n", "rcpt", "basis=code"), /* as long as "info" */
        ROW("550 mailbox.Full\r\n", "rcpt", "category=mailbox-full"),
        ROW("550 over.quota@example.org\r\n", "rcpt", "basis=code"),
        ROW("550 <over-quota@example.org>\r\n", "rcpt", "basis=code"),
        ROW("550 http://over.quota/over/quota\r\n", "rcpt", "basis=code"),
        ROW("550 example.org/over/quota\r\n", "rcpt", "basis=code"),
        ROW("550 rejected 192.0.2.1 listed at x\r\n", "rcpt", "category=ip-blocked"),
        ROW("550 rejected fe80::1 listed at x\r\n", "rcpt", "category=ip-blocked"),
        ROW("550 rejected fe80:1 listed at x\r\n", "rcpt", "category!=ip-blocked"),
        /* what stands right behind an address does */
        ROW("550 ann@example.org:user not exist\r\n", "rcpt", "rule=general-does-not-exist"),
        ROW("550 <ann@example.org>:user not exist\r\n", "rcpt", "rule=general-does-not-exist"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* Articles and helping verbs are read as if they were not there: in any case, with accents, wherever they stand. */
static void some_words_are_passed_over(void **state)
{
    static const check_row rows[] = {
        ROW("550 user unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 user zq unknown\r\n", "rcpt", "rule!=general-user-unknown"),
        ROW("550 the user is unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 A USER Has Been unknown.\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 the that user unknown this is\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550-user the\r\n550-is\r\n550 this unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("user has been unknown", "rcpt text", "category=mailbox-unknown action=bounce"),
        /* accents never count, nor does the case of Cyrillic; one of a single byte makes another word of it */
        ROW("550 user d\xC3\xA9s unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 user TH\xC3\x89 unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 user the\xCC\x81 unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 user \xD0\xAD\xD0\xA2\xD0\x9E\xD0\x93\xD0\x9E unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 user d\xE9 unknown\r\n", "rcpt", "rule!=general-user-unknown"),
        /* as words of their own, whatever stands between */
        ROW("550 user-is_the/unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 user, \"is\": (the) unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 l'user l\xE2\x80\x99unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 user e unknown\r\n", "rcpt", "rule=general-user-unknown"),
        ROW("550 userisunknown\r\n", "rcpt", "basis=code"),
        ROW("550 user them unknown\r\n", "rcpt", "rule!=general-user-unknown"),
        ROW("550 user the1 unknown\r\n", "rcpt", "rule!=general-user-unknown"),
        /* the not of a contraction stays */
        ROW("550 user isn't the unknown\r\n", "rcpt", "rule!=general-user-unknown"),
        ROW("550 relaying hasn't been the allowed\r\n", "rcpt", "category=relay-denied"),
        ROW("550 Relaying DON\xE2\x80\x99T allowed\r\n", "rcpt", "category=relay-denied"),
        /* nor is a token passed over that is made of them */
        ROW("550 unknown the user\r\n", "rcpt", "rule=general-unknown-user"),
        ROW("550 unknown the@example.org user\r\n", "rcpt", "rule!=general-unknown-user"),
        ROW("550 unknown the.example.org user\r\n", "rcpt", "rule!=general-unknown-user"),
        ROW("550 unknown http://the.example.org/is/the user\r\n", "rcpt", "rule!=general-unknown-user"),
        /* of a URL whose words are read they are passed over as well */
        ROW("550 https://www.spamhaus.org/over/the/quota\r\n", "rcpt", "rule=general-over-quota"),
        ROW("550 ann@example.org:is user unknown\r\n", "rcpt", "rule=general-user-unknown"),
        /* a gap does not count them */
        ROW("450 receiving " ELEVEN "zq too quickly\r\n", "rcpt", "rule=general-receiving-too-fast"),
        ROW("450 receiving the " ELEVEN "is a zq been too very the quickly\r\n", "rcpt",
            "rule!=general-receiving-too-fast"),
        ROW("450 receiving the " ELEVEN "is a zq been too the quickly\r\n", "rcpt",
            "rule=general-receiving-too-fast"),
        /* what a rule excludes is found behind them too */
        ROW("550 user unknown, relaying was the denied\r\n", "rcpt", "address_dead=0"),
        /* nothing else */
        ROW("550 the\r\n", "rcpt", "basis=code"),
        ROW("550 is the has been a e\r\n", "rcpt", "basis=code"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void the_first_provider_and_the_longest_blocklist_count(void **state)
{
    static const check_row rows[] = {
        ROW("554 kundenserver.de says that gmx.net is busy\r\n", "greeting", "provider=ionos"),
        ROW("554 gmx.net says that kundenserver.de is busy\r\n", "greeting", "provider=gmx"),
        ROW("554 kundenserver.de Nemesis ESMTP Service not available\r\n", "greeting",
            "provider=ionos"), /* GMX's words */
        ROW("550 www.spamhaus.org/sbl/query/sblcss\r\n", "rcpt", "blocklist=spamhaus-zen"),
        /* a blocklist is a cause: it goes before what was done and stock sentences, not before another cause */
        ROW("554 5.7.1 <ann@example.org>: Recipient address rejected: https://www.spamhaus.org/query/ip/192.0.2.25\r\n",
            "rcpt", "category=ip-blocked rule=0 blocklist=spamhaus-zen confidence=medium"),
        ROW("550 Mailbox over quota, https://www.spamhaus.org/query/ip/192.0.2.25\r\n", "rcpt",
            "category=mailbox-full blocklist=spamhaus-zen"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* A second cause saves an address: not one that is another reading of the same words, nor the same cause once more. */
static void what_condemns_an_address(void **state)
{
    static const check_row rows[] = {
        ROW("550 User unknown\r\n", "rcpt", "category=mailbox-unknown address_dead=1 suppress=1"),
        ROW("550 User unknown. Relaying denied\r\n", "rcpt", "category=mailbox-unknown address_dead=0 suppress=0"),
        ROW("501 5.1.7 Invalid address format\r\n", "rcpt", "category=address-invalid address_dead=0 suppress=0"),
        ROW("501 5.1.3 Invalid address format\r\n", "rcpt", "category=address-invalid address_dead=1 suppress=1"),
        ROW("550 SL E502 Email not exist\r\n", "rcpt", "category=mailbox-unknown address_dead=1 suppress=1"),
        ROW("Name service error for name=mx.example.org type=A: Host not found", "unknown text",
            "category=domain-unknown address_dead=1"),
        /* codes that contradict each other condemn nobody, and hearsay only a domain */
        ROW("550-User unknown\r\n551 User unknown\r\n", "rcpt",
            "category=mailbox-unknown address_dead=0 flag=MIXED_CODES"),
        ROW("User unknown", "rcpt text", "category=mailbox-unknown address_dead=0 action=bounce"),
        /* of a login, so not of a recipient (RFC 4954 6) */
        ROW("534 User unknown", "unknown text", "category=credentials address_dead=0"),
        ROW("535 User unknown", "unknown text", "category=credentials address_dead=0"),
        ROW("538 User unknown", "unknown text", "category=credentials address_dead=0"),
        /* 502 and 504 speak of the command, unless the status says otherwise (4.2.4) */
        ROW("502 User unknown\r\n", "rcpt", "category=not-supported address_dead=0"),
        ROW("504 5.1.1 User unknown\r\n", "rcpt", "category=mailbox-unknown address_dead=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* "try again later" beside a cause: the cause may pass, unless it is the address, this very message or its age. */
static void who_asks_to_come_back(void **state)
{
    static const check_row rows[] = {
        ROW("550 Disk full, try again later\r\n", "rcpt", "category=server-full retry=1"),
        ROW("552 error writing message: File too large\r\n", "eod", "category=message-too-large action=bounce"),
        ROW("552 Message too large, please try again later\r\n", "eod",
            "category=message-too-large action=bounce flag!=TEMPORARY"),
        ROW("550 Message expired, please try again later\r\n", "rcpt",
            "category=message-expired retry=0"),
        ROW("550 User unknown, try again later\r\n", "rcpt", "category=mailbox-unknown suppress=0"),
        /* and of what waiting hardly helps the words tell so */
        ROW("451 Mail for example.org loops back to myself\r\n", "rcpt", "action=retry-later likely_permanent=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* Only a rule of the same rank gives way to one that is bound to the provider. */
static void rank_goes_before_provider(void **state)
{
    static const char reply[] = "550 Mailbox over quota. Message rejected\r\n";
    smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
    smtperr_match matches[16];
    smtperr_verdict verdict;
    int32_t count, i, bound = 0;
    (void)state;
    context.provider = smtperr_provider_of_host(BYTES("msg.pkvw.co.charter.net"));
    assert_int_not_equal(context.provider, 0);
    assert_int_equal(smtperr_classify(BYTES(reply), SMTPERR_SHAPE_WIRE, &context, &verdict, sizeof verdict), 0);
    CHECK(verdict.category == SMTPERR_CATEGORY_MAILBOX_FULL, "%s", smtperr_name(SMTPERR_KIND_RULE, verdict.rule));
    count = smtperr_trace(BYTES(reply), SMTPERR_SHAPE_WIRE, &context, matches, sizeof matches[0], COUNT(matches));
    for (i = 0; i < count && i < (int32_t)COUNT(matches); i++) {
        bound |= matches[i].provider == context.provider && matches[i].outcome == SMTPERR_MATCH_LOST;
    }
    CHECK(bound, "no rule of the provider among the %d that match", (int)count);
    check_end();
}

/* ---- What smtperr_trace() hands out ---- */

/* Rules of several providers name the one that was found, else the first. */
static void a_match_names_the_provider_that_was_found(void **state)
{
    static const char *const hosts[][2] = {
        {"mx.kundenserver.de", "ionos"}, {"mx.gmx.net", "gmx"}, {"mx.example.org", "gmx"}};
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(hosts); i++) {
        smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
        smtperr_match match;
        context.provider = smtperr_provider_of_host(hosts[i][0], strlen(hosts[i][0]));
        memset(&match, 0, sizeof match);
        CHECK(smtperr_trace(BYTES("550 Reject due to policy restrictions\r\n"), SMTPERR_SHAPE_WIRE, &context, &match,
                            sizeof match, 1) > 0,
              "no match");
        CHECK(strcmp(smtperr_name(SMTPERR_KIND_PROVIDER, match.provider), hosts[i][1]) == 0, "%s: got %s", hosts[i][0],
              smtperr_name(SMTPERR_KIND_PROVIDER, match.provider));
    }
    check_end();
}

/* Words that are passed over count for none, though they stand in the span; a contraction stands in it whole. */
static void what_a_match_counts_and_spans(void **state)
{
    static const struct {
        const char *reply, *rule, *matched;
        uint32_t words;
    } cases[] = {
        {"550 the user is the unknown one", "general-user-unknown", "user is the unknown", 2},
        {"550 the user unknown is", "general-user-unknown", "user unknown", 2},
        {"550 it isn't the valid user, is it", "general-invalid-recipient", "isn't the valid user", 3},
        {"550 it isn\xE2\x80\x99t the valid user, is it", "general-invalid-recipient", "isn\xE2\x80\x99t the valid user", 3},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        const char *const reply = cases[i].reply;
        smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
        smtperr_match matches[16];
        smtperr_verdict verdict;
        const int32_t count =
            smtperr_trace(reply, strlen(reply), SMTPERR_SHAPE_WIRE, &context, matches, sizeof matches[0], COUNT(matches));
        int32_t won = 0;
        while (won < count && matches[won].outcome != SMTPERR_MATCH_WON) {
            won++;
        }
        if (won == count) {
            CHECK(0, "%s: nothing won", reply);
            continue;
        }
        CHECK(strcmp(smtperr_name(SMTPERR_KIND_RULE, matches[won].rule), cases[i].rule) == 0, "%s: got %s", reply,
              smtperr_name(SMTPERR_KIND_RULE, matches[won].rule));
        CHECK(matches[won].word_count == cases[i].words, "%s: got %u", reply, (unsigned)matches[won].word_count);
        CHECK(matches[won].matched.len == strlen(cases[i].matched) &&
                  memcmp(reply + matches[won].matched.at, cases[i].matched, matches[won].matched.len) == 0,
              "%s: got %.*s", reply, (int)matches[won].matched.len, reply + matches[won].matched.at);
        smtperr_classify(reply, strlen(reply), SMTPERR_SHAPE_WIRE, &context, &verdict, sizeof verdict);
        CHECK(memcmp(&verdict.matched, &matches[won].matched, sizeof verdict.matched) == 0, "%s: verdict", reply);
    }
    check_end();
}

/* Advice behind the cause is none; its hosts are heard. */
static void what_a_server_advises_is_no_cause(void **state)
{
    static const check_row rows[] = {
        ROW("550 User unknown. If you think that your message is spam, contact the sender\r\n", "rcpt",
            "category=mailbox-unknown suppress=1"),
        ROW("550-User unknown;\r\n550-if you\r\n550 were refused by our policy, log in. Bye\r\n", "rcpt",
            "category=mailbox-unknown suppress=1"),
        ROW("550 <u@example.org>: if the mailbox is full\r\n", "rcpt", "category=mailbox-full"),
        ROW("550 If the mailbox is full. If the user is unknown\r\n", "rcpt", "category=mailbox-full"),
        ROW("550 Rejected. If you wonder, don't. Mailbox full\r\n", "rcpt", "category=mailbox-full"),
        ROW("550 Rejected. If you wonder ask a.example.org. Mailbox full\r\n", "rcpt", "category=mailbox-full"),
        ROW("554 Rejected. If you wonder: zen.spamhaus.org knows\r\n", "rcpt", "category=ip-blocked"),
        ROW("550 Mailbox. If you wonder: unknown\r\n", "mail", "category!=mailbox-unknown"),
        ROW("550 Blocked, see https://a.example/b\r\n", "unknown", "rule=general-blocked-see"),
        ROW("550 Blocked. If not; see https://a.example/b\r\n", "unknown", "rule!=general-blocked-see"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* Of a newer caller, whose struct is larger: each stands where that caller looks for it, with 0 behind what we know. */
static void matches_of_any_size(void **state)
{
    static const char reply[] = "550 User unknown. Mailbox over quota. Message too large\r\n";
    struct {
        smtperr_match match;
        unsigned char more[8];
    } larger[4];
    smtperr_match matches[4];
    static const unsigned char nothing[8];
    int32_t count;
    size_t i;
    (void)state;
    memset(matches, 0xA5, sizeof matches);
    memset(larger, 0xA5, sizeof larger);
    count = smtperr_trace(BYTES(reply), SMTPERR_SHAPE_WIRE, NULL, matches, sizeof matches[0], 3);
    CHECK(count >= 3 && count <= 16, "got %d", (int)count);
    CHECK(smtperr_trace(BYTES(reply), SMTPERR_SHAPE_WIRE, NULL, NULL, sizeof matches[0], 0) == count, "counted only");
    CHECK(smtperr_trace(BYTES(reply), SMTPERR_SHAPE_WIRE, NULL, (smtperr_match *)larger, sizeof larger[0], 3) == count,
          "larger");
    for (i = 0; i < 3; i++) {
        CHECK(memcmp(&matches[i], &larger[i].match, sizeof matches[i]) == 0, "match %u", (unsigned)i);
        CHECK(memcmp(larger[i].more, nothing, sizeof nothing) == 0, "behind match %u", (unsigned)i);
        CHECK(matches[i].word_count > 0 && matches[i].matched.len > 0, "match %u is empty", (unsigned)i);
    }
    CHECK(matches[0].outcome == SMTPERR_MATCH_WON, "the best comes first");
    CHECK(((unsigned char *)&matches[3])[0] == 0xA5 && larger[3].more[7] == 0xA5, "written behind the last one");
    CHECK(smtperr_trace(BYTES(reply), SMTPERR_SHAPE_WIRE, NULL, matches, sizeof matches[0] - 1, 3) ==
              SMTPERR_ERR_MISUSE,
          "too small");
    CHECK(smtperr_trace(BYTES(reply), SMTPERR_SHAPE_WIRE, NULL, NULL, sizeof matches[0], 1) == SMTPERR_ERR_MISUSE,
          "NULL");
    CHECK(smtperr_trace(BYTES(reply), -1, NULL, matches, sizeof matches[0], 3) == SMTPERR_ERR_MISUSE, "shape");
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_twelve_words_wide),
        cmocka_unit_test(names_and_addresses_are_no_words),
        cmocka_unit_test(some_words_are_passed_over),
        cmocka_unit_test(the_first_provider_and_the_longest_blocklist_count),
        cmocka_unit_test(what_condemns_an_address),
        cmocka_unit_test(who_asks_to_come_back),
        cmocka_unit_test(rank_goes_before_provider),
        cmocka_unit_test(a_match_names_the_provider_that_was_found),
        cmocka_unit_test(what_a_match_counts_and_spans),
        cmocka_unit_test(what_a_server_advises_is_no_cause),
        cmocka_unit_test(matches_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
