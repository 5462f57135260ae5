/* SPDX-License-Identifier: MIT
 *
 * How many bytes of stack each public call uses: prints a line with name and number for each. A call runs in a thread whose stack was
 * filled with a pattern before; what is no longer there was used. What an empty call costs is taken off. Link it with -z now,
 * else the loader's own work at the first call of memchr() is counted.
 */
#define _POSIX_C_SOURCE 200809L

#include <smtperr.h>

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STACK_SIZE = 256 * 1024, PATTERN = 0xA5 };

/* Refusals that go through as much of the library as one can; each call sees them all. */
static const char *const replies[] = {
    "",
    "250 2.0.0 Ok: queued as 4XyZ12",
    "550-5.7.1 [192.0.2.25] client host blocked using zen.spamhaus.org\r\n"
    "550-5.7.1 see https://www.spamhaus.org/query/ip/192.0.2.25\r\n"
    "550-5.7.1 mailbox full, user unknown, relaying denied, greylisted, try again in 5 minutes\r\n"
    "550 5.7.1 message rejected as spam because of its content (#5.1.1)\r\n",
    "host mx.example.org[192.0.2.1] said: 452 4.2.2 <a@example.org>: over quota (in reply to RCPT TO command)",
    "HTTP/1.1 400 Bad Request\r\n",
};
static const char host[] = "gmail-smtp-in.l.google.com";
static const char ehlo[] = "250-mx.example.org\r\n250-SIZE 1000\r\n250 AUTH=LOGIN PLAIN\r\n";

static smtperr_context context;
static smtperr_policy policy;
static smtperr_verdict verdict;
static smtperr_reader reader; /* has read the reply */
static smtperr_reader fresh;
static smtperr_match matches[16];
static smtperr_span span;
static char out[500];
static char keep[1024];
static char fresh_keep[200];
static size_t number;
static const char *text;
static size_t length;

/* clang-format off */
static void nothing(void) {}
#define CALL(name, ...) static void call_##name(void) { (void)name(__VA_ARGS__); }
CALL(smtperr_should_retry, text, length, SMTPERR_STAGE_RCPT)
CALL(smtperr_action, text, length, SMTPERR_STAGE_RCPT)
CALL(smtperr_should_retry_code, 550, 5001001, SMTPERR_STAGE_RCPT)
CALL(smtperr_evaluate, text, length, text[0] == 'h', &context, &policy, &verdict, sizeof verdict)
CALL(smtperr_evaluate_failure, SMTPERR_FAILURE_DOMAIN_NOT_FOUND, &context, &policy, &verdict, sizeof verdict)
CALL(smtperr_failure_from, SMTPERR_NUMBER_X509, 10)
CALL(smtperr_classify, text, length, text[0] == 'h', &context, &verdict, sizeof verdict)
CALL(smtperr_decide, &context, &policy, &verdict, sizeof verdict)
CALL(smtperr_trace, text, length, text[0] == 'h', &context, matches, sizeof matches[0], 16)
CALL(smtperr_provider_of_host, host, sizeof host - 1)
static void call_smtperr_reader_size(void) { (void)smtperr_reader_size(); }
CALL(smtperr_reader_init, &reader, sizeof reader, keep, sizeof keep)
CALL(smtperr_reader_feed, &fresh, text, length, &number)
CALL(smtperr_reader_feed_line, &fresh, text, length)
CALL(smtperr_reader_pending, &reader)
CALL(smtperr_reader_reply, &reader, &number)
CALL(smtperr_reader_evaluate, &reader, &context, &policy, &verdict, sizeof verdict)
CALL(smtperr_reply_line, text, length, 2, &span)
CALL(smtperr_reply_keyword, ehlo, sizeof ehlo - 1, "auth", 4, &span)
CALL(smtperr_reply_queue_id, text, length, &span)
CALL(smtperr_sanitize, text, length, out, sizeof out)
CALL(smtperr_enhanced_parse, "5.7.133", 7)
CALL(smtperr_enhanced_format, 5007133, out, sizeof out)
CALL(smtperr_explain, &verdict, SMTPERR_SAY_FIX)
CALL(smtperr_describe, SMTPERR_KIND_ENHANCED, 5007001, SMTPERR_STAGE_RCPT, SMTPERR_SAY_FIX)
CALL(smtperr_name, SMTPERR_KIND_ENHANCED, 5007001)
CALL(smtperr_value, SMTPERR_KIND_CATEGORY, "not-supported", 13)
CALL(smtperr_next, SMTPERR_KIND_CATEGORY, 3)
static void call_smtperr_version_number(void) { (void)smtperr_version_number(); }
static void call_smtperr_data_version(void) { (void)smtperr_data_version(); }

#define ROW(name) {#name, call_##name}
/* clang-format on */
static const struct row {
    const char *name;
    void (*call)(void);
} rows[] = {
    {"", nothing},
    ROW(smtperr_should_retry),
    ROW(smtperr_action),
    ROW(smtperr_should_retry_code),
    ROW(smtperr_evaluate),
    ROW(smtperr_evaluate_failure),
    ROW(smtperr_failure_from),
    ROW(smtperr_classify),
    ROW(smtperr_decide),
    ROW(smtperr_trace),
    ROW(smtperr_provider_of_host),
    ROW(smtperr_reader_size),
    ROW(smtperr_reader_init),
    ROW(smtperr_reader_feed),
    ROW(smtperr_reader_pending),
    ROW(smtperr_reader_reply),
    ROW(smtperr_reader_evaluate),
    ROW(smtperr_reader_feed_line),
    ROW(smtperr_reply_line),
    ROW(smtperr_reply_keyword),
    ROW(smtperr_reply_queue_id),
    ROW(smtperr_sanitize),
    ROW(smtperr_enhanced_parse),
    ROW(smtperr_enhanced_format),
    ROW(smtperr_explain),
    ROW(smtperr_describe),
    ROW(smtperr_name),
    ROW(smtperr_value),
    ROW(smtperr_next),
    ROW(smtperr_version_number),
    ROW(smtperr_data_version),
};

static void *run(void *row)
{
    ((const struct row *)row)->call();
    return NULL;
}

static size_t used_by(const struct row *row, unsigned char *stack)
{
    pthread_attr_t attributes;
    pthread_t thread;
    size_t untouched = 0;

    memset(stack, PATTERN, STACK_SIZE);
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstack(&attributes, stack, STACK_SIZE) != 0 ||
        pthread_create(&thread, &attributes, run, (void *)(uintptr_t)row) != 0 || pthread_join(thread, NULL) != 0)
        exit(1);
    (void)pthread_attr_destroy(&attributes);
    while (untouched < STACK_SIZE && stack[untouched] == PATTERN)
        untouched++;
    return STACK_SIZE - untouched;
}

int main(void)
{
    void *stack;
    size_t base = 0;
    size_t i;
    size_t j;

    context.size = sizeof context;
    policy.size = sizeof policy;
    if (posix_memalign(&stack, 4096, STACK_SIZE) != 0) return 1;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t most = 0;
        for (j = 0; j < sizeof replies / sizeof replies[0]; j++) {
            size_t used;
            text = replies[j];
            length = strlen(text);
            (void)smtperr_reader_init(&fresh, sizeof fresh, fresh_keep, sizeof fresh_keep);
            (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
            (void)smtperr_reader_feed(&reader, text, length, &number);
            (void)smtperr_reader_feed_line(&reader, "", 0);
            used = used_by(&rows[i], stack);
            if (used > most) most = used;
        }
        if (i == 0)
            base = most;
        else
            printf("%s %zu\n", rows[i].name, most > base ? most - base : 0);
    }
    free(stack);
    return 0;
}
