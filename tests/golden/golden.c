/* SPDX-License-Identifier: MIT
 *
 * Judges every reply of replies.txt and prints its whole verdict, field by field: golden replies.txt [expected.txt]. With a
 * second file it prints only the first line that differs and exits with 1. It needs nothing but the library and stdio, so
 * that it runs wherever a compiler gets to: on 32 bit, on big endian, under an emulator. replies.txt says how it is written.
 *
 * Each reply on the wire goes through a reader as well, byte by byte, and must get the same verdict there. */
#include "smtperr.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What may stand in the third column of replies.txt: a field of the context or the policy, and its value. ---- */

typedef struct {
    const char *name;
    size_t at;
    uint32_t flag;  /* that goes with it */
    uint32_t value; /* 0: the number behind '=' */
} setting;

#define CONTEXT(name, field, value) {name, offsetof(smtperr_context, field), 0, value}
static const setting context_settings[] = {
    CONTEXT("mx", role, SMTPERR_ROLE_MX),
    CONTEXT("submission", role, SMTPERR_ROLE_SUBMISSION),
    CONTEXT("relay", role, SMTPERR_ROLE_RELAY),
    CONTEXT("attempt", attempt, 0),
    CONTEXT("age", age_seconds, 0),
    {"accepted", offsetof(smtperr_context, recipients_accepted), SMTPERR_CONTEXT_RECIPIENTS_COUNTED, 0},
    CONTEXT("tls-optional", flags, SMTPERR_CONTEXT_TLS_OPTIONAL),
    CONTEXT("tls-must", flags, SMTPERR_CONTEXT_TLS_REQUIRED),
    CONTEXT("in-clear", flags, SMTPERR_CONTEXT_IN_CLEAR),
    CONTEXT("authenticated", flags, SMTPERR_CONTEXT_AUTHENTICATED),
    CONTEXT("lmtp", flags, SMTPERR_CONTEXT_LMTP),
    CONTEXT("reconnected", flags, SMTPERR_CONTEXT_RECONNECTED),
    CONTEXT("refused-alone", flags, SMTPERR_CONTEXT_REFUSED_ALONE),
};

#define POLICY(name, field) {name, offsetof(smtperr_policy, field), 0, 0}
static const setting policy_settings[] = {
    POLICY("greeting_5yz", greeting_5yz),     POLICY("login_refused", login_refused),
    POLICY("mailbox_full_5yz", mailbox_full_5yz), POLICY("unknown_5yz", unknown_5yz),
    POLICY("domain_unknown_4yz", domain_unknown_4yz), POLICY("soft_bounce", soft_bounce),
    POLICY("delay_min", delay_min_seconds),   POLICY("delay_max", delay_max_seconds),
};

/* ---- What a verdict holds. kind: its number has a name. ---- */

typedef struct {
    const char *name;
    size_t at;
    int32_t kind;
} field;

enum { NUMBER = -1, HEX = -2, STATUS = -3, SPAN = -4, NEW_LINE = -5 };
#define FIELD(name, kind) {#name, offsetof(smtperr_verdict, name), kind}
#define LINE {"", 0, NEW_LINE}
/* All of it but size and data_version. */
static const field fields[] = {
    LINE, FIELD(status, SMTPERR_KIND_STATUS), FIELD(code, NUMBER), FIELD(first_code, NUMBER), FIELD(enhanced, STATUS),
    FIELD(failure, SMTPERR_KIND_FAILURE), FIELD(stage, SMTPERR_KIND_STAGE), FIELD(text, SPAN), FIELD(address, SPAN),
    LINE, FIELD(category, SMTPERR_KIND_CATEGORY), FIELD(basis, SMTPERR_KIND_BASIS), FIELD(confidence, SMTPERR_KIND_CONFIDENCE),
    FIELD(rule, HEX), FIELD(flags, HEX), FIELD(address_dead, NUMBER),
    LINE, FIELD(provider, SMTPERR_KIND_PROVIDER), FIELD(blocklist, SMTPERR_KIND_BLOCKLIST), FIELD(retry_after_seconds, NUMBER),
    FIELD(matched, SPAN), FIELD(url, SPAN),
    LINE, FIELD(retry, NUMBER), FIELD(action, SMTPERR_KIND_ACTION), FIELD(scope, SMTPERR_KIND_SCOPE), FIELD(party, SMTPERR_KIND_PARTY),
    FIELD(suppress, NUMBER), FIELD(likely_permanent, NUMBER), FIELD(outcome_unknown, NUMBER),
    FIELD(closing, NUMBER),
    LINE, FIELD(decided_by, SMTPERR_KIND_BASIS), FIELD(delay_seconds, NUMBER), FIELD(delay_origin, SMTPERR_KIND_ORIGIN),
    FIELD(dsn_status, STATUS), FIELD(dsn_action, SMTPERR_KIND_DSN), FIELD(sysexit, NUMBER),
};

static FILE *expected; /* or NULL: print */
static int line_number;

static void die(const char *what)
{
    fprintf(stderr, "line %d: %s\n", line_number, what);
    exit(2);
}

/* One line of the result: printed, or compared with the next line that is expected. */
static void put(const char *line)
{
    static int expected_line;
    static char wanted[8192];

    if (expected == NULL) {
        puts(line);
        return;
    }
    expected_line++;
    if (fgets(wanted, sizeof wanted, expected) == NULL) wanted[0] = '\0';
    wanted[strcspn(wanted, "\n")] = '\0';
    if (strcmp(line, wanted) != 0) {
        printf("line %d\nwanted: %s\ngot:    %s\n", expected_line, wanted, line);
        exit(1);
    }
}

static void put_verdict(const smtperr_verdict *verdict)
{
    char line[4096] = "";
    size_t length = 0;
    char status[16];

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const char *at = (const char *)verdict + fields[i].at;
        int32_t value = 0;
        smtperr_span span;

        if (fields[i].kind == NEW_LINE) {
            if (length != 0) put(line);
            length = (size_t)snprintf(line, sizeof line, "   ");
            continue;
        }
        memcpy(&value, at, sizeof value);
        memcpy(&span, at, fields[i].kind == SPAN ? sizeof span : sizeof span.at);
        length += (size_t)snprintf(line + length, sizeof line - length, " %s=", fields[i].name);
        switch (fields[i].kind) {
        case NUMBER:
            length += (size_t)snprintf(line + length, sizeof line - length, "%ld", (long)value);
            break;
        case HEX:
            length += (size_t)snprintf(line + length, sizeof line - length, "%lx", (unsigned long)(uint32_t)value);
            break;
        case STATUS:
            smtperr_enhanced_format(value, status, sizeof status);
            length += (size_t)snprintf(line + length, sizeof line - length, "%s", status);
            break;
        case SPAN:
            length += (size_t)snprintf(line + length, sizeof line - length, "%lu+%lu", (unsigned long)span.at,
                                       (unsigned long)span.len);
            break;
        default:
            length += (size_t)snprintf(line + length, sizeof line - length, "%s", smtperr_name(fields[i].kind, value));
        }
    }
    put(line);
    snprintf(line, sizeof line, "    %s", smtperr_explain(verdict, SMTPERR_SAY_TITLE));
    put(line);
}

/* The next word of the line, ended by NUL in place. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " ");
    char *end = word + strcspn(word, " ");

    if (*end != '\0') *end++ = '\0';
    *rest = end;
    return word;
}

/* \r \n \0 \\ and \xHH, in place. */
static size_t unescape(char *text)
{
    char *out = text;

    for (const char *in = text; *in != '\0'; in++) {
        if (*in != '\\') {
            *out++ = *in;
            continue;
        }
        in++;
        if (*in == 'r') *out++ = '\r';
        else if (*in == 'n') *out++ = '\n';
        else if (*in == '0') *out++ = '\0';
        else if (*in == '\\') *out++ = '\\';
        else if (*in == 'x' && in[1] != '\0' && in[2] != '\0') {
            char digits[3] = {in[1], in[2], '\0'};
            *out++ = (char)(unsigned char)strtoul(digits, NULL, 16);
            in += 2;
        } else die("a backslash that means nothing");
    }
    return (size_t)(out - text);
}

static const setting *find(const setting *list, size_t count, const char *name, size_t name_len)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(list[i].name) == name_len && memcmp(list[i].name, name, name_len) == 0) return &list[i];
    }
    return NULL;
}

/* "mx,attempt=3,soft_bounce=retry-later" */
static void read_settings(const char *text, smtperr_context *context, smtperr_policy *policy)
{
    while (*text != '\0' && *text != '-') {
        size_t length = strcspn(text, ",");
        size_t name_len = strcspn(text, "=,");
        const char *number = text + name_len + 1;
        size_t number_len = length > name_len ? length - name_len - 1 : 0;
        const setting *found = find(context_settings, sizeof context_settings / sizeof context_settings[0], text, name_len);
        char *into = (char *)context;
        uint32_t value = 0, old;

        if (found == NULL) {
            found = find(policy_settings, sizeof policy_settings / sizeof policy_settings[0], text, name_len);
            into = (char *)policy;
        }
        if (found == NULL) die("a setting that there is not");
        if (number_len != 0) {
            int32_t action = smtperr_value(SMTPERR_KIND_ACTION, number, number_len);
            value = action == INT32_MIN ? (uint32_t)strtoul(number, NULL, 10) : (uint32_t)action;
        }
        memcpy(&old, into + found->at, sizeof old);
        value |= found->value | old;
        memcpy(into + found->at, &value, sizeof value);
        if (into == (char *)context) context->flags |= found->flag;
        text += length;
        if (*text == ',') text++;
    }
}

/* What a reader says of the same bytes, fed one by one, must be the same. */
static void compare_with_reader(const char *reply, size_t reply_len, const smtperr_context *context,
                                const smtperr_policy *policy, const smtperr_verdict *whole)
{
    smtperr_reader reader;
    smtperr_verdict verdict;
    char keep[2048];
    size_t used = 0;
    int32_t status = SMTPERR_NONE;

    smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
    for (size_t i = 0; i < reply_len && status == SMTPERR_NONE; i++) {
        status = smtperr_reader_feed(&reader, reply + i, 1, &used);
        if (status == SMTPERR_REPLY && i + 1 < reply_len) return; /* the one call flags what is left over */
    }
    /* The one call takes a line without its end for whole, and counts blank lines in front, which a reader does not keep. */
    if (whole->flags & (SMTPERR_FLAG_UNENDED | SMTPERR_FLAG_BLANK_BEFORE)) return;
    memset(&verdict, 0, sizeof verdict);
    smtperr_reader_evaluate(&reader, context, policy, &verdict, sizeof verdict);
    if (reply_len != 0 && memcmp(&verdict, whole, sizeof verdict) != 0) {
        puts("the reader judges otherwise:");
        expected = NULL;
        put_verdict(&verdict);
        puts("than the one call:");
        put_verdict(whole);
        exit(1);
    }
}

/* "wire rcpt mx,attempt=2 450 4.2.1 Later\r\n" or "failure connect - ECONNREFUSED" */
static void judge(char *rest)
{
    smtperr_context context = {.size = sizeof context};
    smtperr_policy policy = {.size = sizeof policy};
    smtperr_verdict verdict;
    const char *shape = next_word(&rest);
    const char *stage = next_word(&rest);
    const char *settings = next_word(&rest);
    int32_t result;

    memset(&verdict, 0, sizeof verdict);
    context.stage = smtperr_value(SMTPERR_KIND_STAGE, stage, strlen(stage));
    if (context.stage == INT32_MIN) die("a stage that there is not");
    read_settings(settings, &context, &policy);
    if (strcmp(shape, "failure") == 0) {
        int32_t failure = smtperr_value(SMTPERR_KIND_FAILURE, rest, strlen(rest));
        if (failure == INT32_MIN) die("a failure that there is not");
        result = smtperr_evaluate_failure(failure, &context, &policy, &verdict, sizeof verdict);
    } else {
        int32_t is_wire = strcmp(shape, "wire") == 0;
        size_t length = unescape(rest);
        if (!is_wire && strcmp(shape, "text") != 0) die("neither wire, text nor failure");
        result = smtperr_evaluate(rest, length, is_wire ? SMTPERR_SHAPE_WIRE : SMTPERR_SHAPE_TEXT, &context, &policy,
                                  &verdict, sizeof verdict);
        if (is_wire) compare_with_reader(rest, length, &context, &policy, &verdict);
    }
    if (result == SMTPERR_ERR_MISUSE) die("misuse");
    put_verdict(&verdict);
}

int main(int argc, char **argv)
{
    static char line[8192];
    FILE *replies = argc > 1 ? fopen(argv[1], "rb") : NULL;

    if (argc > 2) expected = fopen(argv[2], "rb");
    if (replies == NULL || (argc > 2 && expected == NULL)) {
        fputs("golden replies.txt [expected.txt]\n", stderr);
        return 2;
    }
    while (fgets(line, sizeof line, replies) != NULL) {
        line_number++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#') continue;
        put(line);
        judge(line);
    }
    if (expected != NULL && fgets(line, sizeof line, expected) != NULL) {
        puts("more was expected");
        return 1;
    }
    return 0;
}
