/* SPDX-License-Identifier: MIT
 *
 * What a text carries beside its meaning: the time after which to come back (RFC 6647 5), a page, the name in the server's
 * queue. Each text stands in a block of its exact size.
 */
#include "check.h"
#include "internal.h"

/* ---- Times ---- */

static uint32_t retry_after(const char *text, size_t from)
{
    const size_t text_len = strlen(text);
    char *const exact = check_exact(text, text_len);
    const uint32_t seconds = smtperr__retry_after(exact, text_len, from);
    free(exact);
    return seconds;
}

static void a_time_counts_where_the_text_asks_to_come_back(void **state)
{
    static const struct {
        const char *text;
        uint32_t seconds;
    } rows[] = {
        {"try again in 300 seconds", 300},
        {"please wait 5 minutes", 300},
        {"5 minutes, then try again", 300}, /* the words stand behind it */
        {"Greylisted for 90 secs", 90},
        {"Retrying helps after 1 HOUR", 3600},
        {"come back in 2 hrs", 7200},
        {"resend in 3-days", 259200},
        {"wait 1 second", 1},
        {"wait 4 sec", 4},
        {"wait 8s", 8},
        {"wait 6 minute", 360},
        {"wait 6 mins", 360},
        {"wait 7 min.", 420},
        {"wait 2m", 120},
        {"wait 2 hr", 7200},
        {"wait 2h", 7200},
        {"wait 1 day", 86400},
        {"wait 00:04:30", 270},
        {"wait 2:00:00", 7200},
        {"wait 999:59:59", 3599999},
        /* a number behind the name of a header */
        {"retry=120", 120},
        {"Retry-After: 120", 120},
        {"see retry-after:7.", 7},
        {"retry=999999", 999999},
        /* the first that counts */
        {"1 of 2 tries; wait 5 minutes or 9 hours", 300},
        {"wait 12 apples, wait 2 minutes", 120},
        /* never more than ten days */
        {"wait 864000 seconds", 864000},
        {"wait 10 days", 864000},
        {"wait 11 days", 864000},
        {"wait 864001 seconds", 0},
        {"wait 99999999999999999999 seconds", 0},
        /* no times, or nobody asks */
        {"", 0},
        {"wait", 0},
        {"wait 5", 0},
        {"wait 0 seconds", 0},
        {"300 seconds", 0},
        {"try again", 0},
        {"wait 5 minutesque", 0},
        {"wait 5 days2", 0},
        {"wait mx5 minutes", 0},
        {"wait 10:30", 0},
        {"wait 00:60:00", 0},
        {"wait 00:00:60", 0},
        {"wait 1000:00:00", 0},
        {"await 5 minutes", 0},
        {"retry=1234567", 0},
        {"retry 120", 0},
        {"country=120", 0},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        const uint32_t got = retry_after(rows[i].text, 0);
        CHECK(got == rows[i].seconds, "'%s': got %lu, wanted %lu", rows[i].text, (unsigned long)got,
              (unsigned long)rows[i].seconds);
    }
    CHECK(retry_after("wait 5 minutes or 7 minutes", 6) == 420, "what stands before is not looked at");
    check_end();
}

/* The words may stand up to 60 bytes before the time or behind it. */
static void words_that_are_too_far_off_ask_for_nothing(void **state)
{
    char text[200];
    int i;
    (void)state;
    for (i = 40; i <= 80; i++) {
        (void)snprintf(text, sizeof text, "wait%*s5 minutes", i, "");
        CHECK(retry_after(text, 0) == (i + 4 <= 60 ? 300u : 0u), "%d before", i);
        (void)snprintf(text, sizeof text, "5 minutes%*swait", i, "");
        CHECK(retry_after(text, 0) == (i + 8 < 60 ? 300u : 0u), "%d behind", i); /* counted from the number on */
    }
    check_end();
}

/* ---- Pages ---- */

static void a_page_ends_where_the_sentence_goes_on(void **state)
{
    static const struct {
        const char *text, *url;
    } rows[] = {
        {"see https://a.example/b?c=1&d#e for more", "https://a.example/b?c=1&d#e"},
        {"see HTTP://a.example", "HTTP://a.example"},
        {"see https://a.example/b.", "https://a.example/b"},
        {"see https://a.example/b,; then", "https://a.example/b"},
        {"see https://a.example/b; then", "https://a.example/b"},
        {"(https://a.example/b)", "https://a.example/b"},
        {"<https://a.example/b>", "https://a.example/b"},
        {"\"https://a.example/b\"", "https://a.example/b"},
        {"[https://a.example/b] 'x'", "https://a.example/b"},
        {"https://a.example/\xC3\xA9", "https://a.example/"},
        {"note: https://a.example/1 https://a.example/2", "https://a.example/1"},
        {"ftp://a.example/b http://a.example/c", "http://a.example/c"},
        {"httpsx://a.example/b", ""},
        {"://a.example", ""},
        {"https:/a.example", ""},
        {"a:", ""},
        {"", ""},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        const size_t text_len = strlen(rows[i].text);
        char *const text = check_exact(rows[i].text, text_len);
        const smtperr_span url = smtperr__find_url(text, text_len, 0);
        CHECK(url.len == strlen(rows[i].url) && memcmp(text + url.at, rows[i].url, url.len) == 0, "'%s': got '%.*s'",
              rows[i].text, (int)url.len, text + url.at);
        free(text);
    }
    {
        const smtperr_span url = smtperr__find_url(BYTES("http://a http://b"), 8);
        CHECK(url.at == 9 && url.len == 8, "what stands before is not looked at");
    }
    check_end();
}

/* ---- Names in a queue ---- */

static void the_name_in_the_servers_queue(void **state)
{
    static const struct {
        const char *reply, *id;
    } rows[] = {
        {"250 2.0.0 Ok: queued as 4XyZ12\r\n", "4XyZ12"},
        {"250 2.0.0 Ok: Queued as: 4XyZ12\r\n", "4XyZ12"},
        {"250 OK id=1abcDE-000Fg3-2x\r\n", "1abcDE-000Fg3-2x"},
        {"250 Message received: <x.y_z@mx> queue id \"q_1.2\"", "q_1.2"},
        {"250 queueid <abc>", "abc"},
        {"250 Queued id 777", "777"},
        {"250 id: 0a1", "0a1"},
        {"250-one\r\n250 queued as abc\r\n", "abc"},
        {"250 queued as ab; id=cde", "cde"}, /* shorter ones are words */
        {"250 solid=1234", NULL},
        {"250 queued as", NULL},
        {"250 queued as ", NULL},
        {"250 Ok", NULL},
        {"", NULL},
    };
    static char large[SMTPERR_REPLY_MAX + 1];
    const smtperr_span untouched = {77, 78};
    smtperr_span id;
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        const size_t reply_len = strlen(rows[i].reply);
        char *const reply = check_exact(rows[i].reply, reply_len);
        int32_t found;
        id = untouched;
        found = smtperr_reply_queue_id(reply, reply_len, &id);
        if (rows[i].id == NULL) {
            CHECK(found == 0 && id.at == 77 && id.len == 78, "'%s': got one", rows[i].reply);
        } else {
            CHECK(found == 1 && id.len == strlen(rows[i].id) && memcmp(reply + id.at, rows[i].id, id.len) == 0,
                  "'%s': wanted '%s'", rows[i].reply, rows[i].id);
        }
        CHECK(smtperr_reply_queue_id(reply, reply_len, NULL) == found, "'%s': without a span", rows[i].reply);
        free(reply);
    }
    memset(large, ' ', sizeof large);
    memcpy(large, "250 id=abc", 10);
    CHECK(smtperr_reply_queue_id(large, SMTPERR_REPLY_MAX, &id) == 1, "as large as a reply can be");
    CHECK(smtperr_reply_queue_id(large, SMTPERR_REPLY_MAX + 1, &id) == 0, "larger than a reply can be");
    CHECK(smtperr_reply_queue_id(NULL, 7, &id) == 0, "NULL");
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_counts_where_the_text_asks_to_come_back),
        cmocka_unit_test(words_that_are_too_far_off_ask_for_nothing),
        cmocka_unit_test(a_page_ends_where_the_sentence_goes_on),
        cmocka_unit_test(the_name_in_the_servers_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
