/* SPDX-License-Identifier: MIT
 *
 * What the unit tests share: rows of three strings - a reply, how it was come by, what is wanted of the verdict - and
 * what must hold of every verdict whatever the reply was. A row that fails says its line, its input, what was got and
 * wanted; the other rows of its table are still looked at. Inputs are copied to blocks of their exact size, so that
 * AddressSanitizer sees a read past the end.
 *
 *     how:  "STAGE [text] [WORD ...]"   words: mx submission relay tls-optional tls-must in-clear authenticated
 *           lmtp refused-alone reconnected accepted=N attempt=N age=N failure=NAME no-context, and the switches of the policy
 *     want: "FIELD=WORD|WORD FIELD!=WORD FIELD>=N FIELD<=N flag=NAME flag!=NAME text='a b'"
 */
#ifndef CHECK_H
#define CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smtperr.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(literal) (literal), sizeof(literal) - 1

typedef struct {
    int line;
    const char *input;
    size_t input_len;
    const char *how;
    const char *want;
} check_row;
#define ROW(literal, how, want)                                                                                        \
    {                                                                                                                  \
        __LINE__, (literal), sizeof(literal) - 1, (how), (want)                                                        \
    }

typedef struct {
    smtperr_context context;
    smtperr_policy policy;
    int has_context, has_policy;
    int32_t shape, failure;
} check_how;

/* Failures of the test that runs; each test ends with check_end(). After so many they are only counted. */
enum { CHECK_SHOWN = 20 };
static int check_failures;

static inline void check_end(void)
{
    const int failures = check_failures;
    check_failures = 0;
    if (failures > 0) {
        fail_msg("%d failed", failures);
    }
}

/* A reply as a C string, cut where it is long. */
static inline const char *check_show(const char *input, size_t input_len)
{
    static char shown[300];
    size_t at = 0;
    size_t i;
    for (i = 0; i < input_len && at < 200; i++) {
        const unsigned char byte = (unsigned char)input[i];
        if (byte == '\r') {
            at += (size_t)sprintf(shown + at, "\\r");
        } else if (byte == '\n') {
            at += (size_t)sprintf(shown + at, "\\n");
        } else if (byte < 0x20 || byte >= 0x7F) {
            at += (size_t)sprintf(shown + at, "\\x%02X", byte);
        } else {
            shown[at++] = (char)byte;
        }
    }
    (void)sprintf(shown + at, i < input_len ? "..." : "");
    return shown;
}

static inline void check_complain(int line, const char *input, size_t input_len, const char *how, const char *what)
{
    if (check_failures++ < CHECK_SHOWN) {
        print_error("line %d: \"%s\" (%s): %s\n", line, check_show(input, input_len), how, what);
    }
}

/* For what is no row: says file and line, goes on. */
#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (!(condition) && check_failures++ < CHECK_SHOWN) {                                                          \
            print_error("line %d: %s: ", __LINE__, #condition);                                                        \
            print_error(__VA_ARGS__);                                                                                  \
            print_error("\n");                                                                                         \
        }                                                                                                              \
    } while (0)

/* The input in a block of exactly its size. Free it. */
static inline char *check_exact(const char *input, size_t input_len)
{
    char *copy = malloc(input_len > 0 ? input_len : 1);
    assert_non_null(copy);
    if (input_len > 0) {
        memcpy(copy, input, input_len);
    }
    return copy;
}

/* ---- how ---- */

static inline int check_is(const char *word, size_t word_len, const char *known)
{
    return word_len == strlen(known) && memcmp(word, known, word_len) == 0;
}

static inline int32_t check_value(int32_t kind, const char *word, size_t word_len)
{
    const int32_t value = smtperr_value(kind, word, word_len);
    if (value == INT32_MIN) {
        fail_msg("no such word: %.*s", (int)word_len, word);
    }
    return value;
}

static inline void check_read_word(const char *word, size_t word_len, check_how *how)
{
    static const struct {
        const char *word;
        uint32_t flag;
        int32_t role;
    } words[] = {
        {"mx", 0, SMTPERR_ROLE_MX},
        {"submission", 0, SMTPERR_ROLE_SUBMISSION},
        {"relay", 0, SMTPERR_ROLE_RELAY},
        {"tls-optional", SMTPERR_CONTEXT_TLS_OPTIONAL, 0},
        {"tls-must", SMTPERR_CONTEXT_TLS_REQUIRED, 0},
        {"in-clear", SMTPERR_CONTEXT_IN_CLEAR, 0},
        {"authenticated", SMTPERR_CONTEXT_AUTHENTICATED, 0},
        {"lmtp", SMTPERR_CONTEXT_LMTP, 0},
        {"refused-alone", SMTPERR_CONTEXT_REFUSED_ALONE, 0},
        {"reconnected", SMTPERR_CONTEXT_RECONNECTED, 0},
    };
    const struct {
        const char *word;
        int32_t *number;
    } switches[] = {
        {"greeting_5yz", &how->policy.greeting_5yz},
        {"login_refused", &how->policy.login_refused},
        {"mailbox_full_5yz", &how->policy.mailbox_full_5yz},
        {"unknown_5yz", &how->policy.unknown_5yz},
        {"domain_unknown_4yz", &how->policy.domain_unknown_4yz},
        {"soft_bounce", &how->policy.soft_bounce},
    };
    const struct {
        const char *word;
        uint32_t *number;
        int policy;
    } numbers[] = {
        {"accepted", &how->context.recipients_accepted, 0},
        {"attempt", &how->context.attempt, 0},
        {"age", &how->context.age_seconds, 0},
        {"delay_min", &how->policy.delay_min_seconds, 1},
        {"delay_max", &how->policy.delay_max_seconds, 1},
    };
    const char *equal = memchr(word, '=', word_len);
    size_t i;
    if (equal == NULL) {
        for (i = 0; i < COUNT(words); i++) {
            if (check_is(word, word_len, words[i].word)) {
                how->context.flags |= words[i].flag;
                how->context.role = words[i].role != 0 ? words[i].role : how->context.role;
                return;
            }
        }
        if (check_is(word, word_len, "text")) {
            how->shape = SMTPERR_SHAPE_TEXT;
            return;
        }
        if (check_is(word, word_len, "no-context")) {
            how->has_context = 0;
            return;
        }
    } else {
        const size_t name_len = (size_t)(equal - word);
        const char *value = equal + 1;
        const size_t value_len = word_len - name_len - 1;
        for (i = 0; i < COUNT(switches); i++) {
            if (check_is(word, name_len, switches[i].word)) {
                *switches[i].number = check_value(SMTPERR_KIND_ACTION, value, value_len);
                how->has_policy = 1;
                return;
            }
        }
        for (i = 0; i < COUNT(numbers); i++) {
            if (check_is(word, name_len, numbers[i].word)) {
                *numbers[i].number = (uint32_t)strtoul(value, NULL, 10);
                how->has_policy |= numbers[i].policy;
                how->context.flags |=
                    numbers[i].number == &how->context.recipients_accepted ? SMTPERR_CONTEXT_RECIPIENTS_COUNTED : 0;
                return;
            }
        }
        if (check_is(word, name_len, "failure")) {
            how->failure = check_value(SMTPERR_KIND_FAILURE, value, value_len);
            return;
        }
    }
    fail_msg("unknown word in a row: %.*s", (int)word_len, word);
}

static inline void check_read_how(const char *text, check_how *how)
{
    int first = 1;
    memset(how, 0, sizeof *how);
    how->context.size = sizeof how->context;
    how->policy.size = sizeof how->policy;
    how->has_context = 1;
    while (*text != '\0') {
        const size_t word_len = strcspn(text, " ");
        if (first) {
            how->context.stage = check_value(SMTPERR_KIND_STAGE, text, word_len);
        } else if (word_len > 0) {
            check_read_word(text, word_len, how);
        }
        first = 0;
        text += word_len;
        text += *text == ' ';
    }
}

/* ---- what must hold of every verdict ---- */

#define CHECK_LAW(law)                                                                                                 \
    do {                                                                                                               \
        if (!(law)) {                                                                                                  \
            check_complain(line, input, input_len, how, "breaks: " #law);                                              \
        }                                                                                                              \
    } while (0)

static inline int check_same_verdict(const smtperr_verdict *a, const smtperr_verdict *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static inline void check_laws(int line, const char *input, size_t input_len, const char *how, const check_how *the,
                              const smtperr_verdict *verdict)
{
    const int32_t action = verdict->action;
    const int keeps = action != SMTPERR_ACTION_PROCEED && action != SMTPERR_ACTION_BOUNCE;
    const int closing = verdict->stage == SMTPERR_STAGE_RSET || verdict->stage == SMTPERR_STAGE_QUIT;
    const int mixed = (verdict->flags & SMTPERR_FLAG_MIXED_CODES) != 0;
    const uint32_t least = the->policy.delay_min_seconds != 0 ? the->policy.delay_min_seconds : 60;
    const int greylisted =
        verdict->category == SMTPERR_CATEGORY_GREYLISTED && verdict->delay_origin == SMTPERR_ORIGIN_SERVER;
    const uint32_t most = the->policy.delay_max_seconds != 0 ? the->policy.delay_max_seconds : greylisted ? 86400 : 14400;

    CHECK_LAW(verdict->size == sizeof *verdict);
    CHECK_LAW(verdict->data_version == smtperr_data_version() && verdict->data_version != 0);
    CHECK_LAW(action >= SMTPERR_ACTION_PROCEED && action <= SMTPERR_ACTION_HOLD);
    CHECK_LAW(verdict->scope >= SMTPERR_SCOPE_RECIPIENT && verdict->scope <= SMTPERR_SCOPE_LOCAL);
    CHECK_LAW(verdict->party >= SMTPERR_PARTY_NOBODY && verdict->party <= SMTPERR_PARTY_THEIR_POSTMASTER);
    CHECK_LAW(verdict->basis >= SMTPERR_BASIS_TEXT && verdict->basis <= SMTPERR_BASIS_LOCAL);
    CHECK_LAW(verdict->decided_by >= SMTPERR_BASIS_TEXT && verdict->decided_by <= SMTPERR_BASIS_POLICY);
    CHECK_LAW(the->has_policy || verdict->decided_by != SMTPERR_BASIS_POLICY);
    CHECK_LAW(verdict->confidence >= SMTPERR_CONFIDENCE_LOW && verdict->confidence <= SMTPERR_CONFIDENCE_HIGH);
    CHECK_LAW(verdict->category >= 0 && verdict->category <= SMTPERR_CATEGORY_NOT_SUPPORTED);
    CHECK_LAW(verdict->code == 0 || (verdict->code >= 100 && verdict->code <= 699));
    CHECK_LAW((verdict->code == verdict->first_code) == !mixed || verdict->status != SMTPERR_REPLY);
    /* decision 5: all but proceed and bounce keep the message */
    CHECK_LAW(verdict->retry == keeps);
    /* decision 8 */
    CHECK_LAW(!verdict->suppress || (action == SMTPERR_ACTION_BOUNCE && verdict->address_dead && !mixed));
    /* decision 1 */
    CHECK_LAW(!mixed || closing || action != SMTPERR_ACTION_PROCEED);
    CHECK_LAW(!mixed || verdict->code / 100 == verdict->first_code / 100 || closing || keeps);
    /* decision 2 */
    CHECK_LAW(verdict->status >= 0 || closing || keeps);
    CHECK_LAW((verdict->status < 0) <= (verdict->failure != 0));
    /* 4.2.1: a refusal is no success; VRFY and its like settle nothing */
    CHECK_LAW(verdict->code < 400 || closing || verdict->stage == SMTPERR_STAGE_OTHER ||
              action != SMTPERR_ACTION_PROCEED);
    CHECK_LAW(verdict->status >= 0 || verdict->closing == 1);
    CHECK_LAW(verdict->code != 421 || verdict->closing == 1);
    CHECK_LAW(verdict->closing == 0 || verdict->closing == 1);
    /* decision 7 */
    CHECK_LAW(verdict->code / 100 != 4 || closing || keeps || verdict->decided_by == SMTPERR_BASIS_POLICY);
    /* decision 9 */
    CHECK_LAW(!closing || (action == SMTPERR_ACTION_PROCEED && !verdict->outcome_unknown));
    CHECK_LAW(!verdict->outcome_unknown || keeps);
    /* decision 11 */
    CHECK_LAW(keeps ? verdict->delay_seconds >= least && verdict->delay_seconds <= most : verdict->delay_seconds == 0);
    CHECK_LAW((verdict->delay_seconds == 0) == (verdict->delay_origin == SMTPERR_ORIGIN_NONE));
    /* the report agrees with the decision */
    CHECK_LAW(verdict->dsn_status / 1000000 == (keeps ? 4 : action == SMTPERR_ACTION_BOUNCE ? 5 : 2));
    CHECK_LAW(verdict->dsn_action == (keeps                                 ? SMTPERR_DSN_DELAYED
                                      : action == SMTPERR_ACTION_BOUNCE     ? SMTPERR_DSN_FAILED
                                      : verdict->stage == SMTPERR_STAGE_EOD ? SMTPERR_DSN_RELAYED
                                                                            : SMTPERR_DSN_NONE));
    CHECK_LAW(keeps ? verdict->sysexit == 75
              : action == SMTPERR_ACTION_BOUNCE
                  ? verdict->sysexit >= 64 && verdict->sysexit <= 78 && verdict->sysexit != 75
                  : verdict->sysexit == 0);
    /* spans lie in the reply */
    CHECK_LAW(verdict->text.at <= input_len && verdict->text.len <= input_len - verdict->text.at);
    CHECK_LAW(verdict->address.at <= input_len && verdict->address.len <= input_len - verdict->address.at);
    CHECK_LAW(smtperr_explain(verdict, SMTPERR_SAY_TITLE)[0] != '\0');
    CHECK_LAW(smtperr_explain(verdict, SMTPERR_SAY_FIX)[0] != '\0');
}

/* ---- want ---- */

typedef struct {
    const char *name;
    size_t offset;
    int32_t kind; /* of its words; 0: a number */
} check_field;

static const struct {
    const char *name;
    uint32_t flag;
} check_flags[] = {
    {"BARE_CODE", SMTPERR_FLAG_BARE_CODE},       {"BARE_LF", SMTPERR_FLAG_BARE_LF},
    {"CONTROL", SMTPERR_FLAG_CONTROL},           {"EIGHTBIT", SMTPERR_FLAG_EIGHTBIT},
    {"TEXT_TRUNCATED", SMTPERR_FLAG_TEXT_TRUNCATED},         {"MIXED_CODES", SMTPERR_FLAG_MIXED_CODES},
    {"ESC_MISMATCH", SMTPERR_FLAG_ESC_MISMATCH}, {"BLANK_BEFORE", SMTPERR_FLAG_BLANK_BEFORE},
    {"ODD_CODE", SMTPERR_FLAG_ODD_CODE},         {"ODD_SUCCESS", SMTPERR_FLAG_ODD_SUCCESS},
    {"MIXED_ESC", SMTPERR_FLAG_MIXED_ESC},       {"UNENDED", SMTPERR_FLAG_UNENDED},
    {"LEFTOVER", SMTPERR_FLAG_LEFTOVER},         {"REPEATS_RCPT", SMTPERR_FLAG_REPEATS_RCPT},
    {"STAGE_FROM_TEXT", SMTPERR_FLAG_STAGE_FROM_TEXT},     {"TLS_REQUIRED", SMTPERR_FLAG_TLS_REQUIRED},
    {"PERMANENT", SMTPERR_FLAG_PERMANENT},       {"TEMPORARY", SMTPERR_FLAG_TEMPORARY},
};

static inline int64_t check_wanted(const check_field *field, const char *word, size_t word_len)
{
    if ((word[0] >= '0' && word[0] <= '9') || word[0] == '-') {
        if (memchr(word, '.', word_len) != NULL) {
            const int32_t enhanced = smtperr_enhanced_parse(word, word_len);
            assert_int_not_equal(enhanced, 0);
            return enhanced;
        }
        return strtoll(word, NULL, 10);
    }
    if (field->kind == 0) {
        fail_msg("a number is wanted for %s", field->name);
    }
    return check_value(field->kind, word, word_len);
}

static inline void check_compare(const check_row *row, const check_field *field, const char *op, size_t op_len,
                                 const char *words, size_t words_len, int64_t got)
{
    const char *const end = words + words_len;
    char what[300];
    int good = 0;
    for (;;) {
        const char *bar = memchr(words, '|', (size_t)(end - words));
        const size_t word_len = (size_t)((bar != NULL ? bar : end) - words);
        const int64_t wanted = check_wanted(field, words, word_len);
        good |= op[0] == '>' ? got >= wanted : op[0] == '<' ? got <= wanted : got == wanted;
        if (bar == NULL) {
            break;
        }
        words = bar + 1;
    }
    if (op[0] == '!') {
        good = !good;
    }
    if (!good) {
        const char *name = field->kind != 0 ? smtperr_name(field->kind, (int32_t)got) : "";
        (void)snprintf(what, sizeof what, "%s: got %s%s%ld, wanted %.*s%.*s", field->name, name,
                       *name != '\0' ? " = " : "", (long)got, (int)op_len, op, (int)words_len, end - words_len);
        check_complain(row->line, row->input, row->input_len, row->how, what);
    }
}

static inline void check_span(const check_row *row, const char *name, smtperr_span span, const char *wanted,
                              size_t wanted_len)
{
    char what[300];
    if (span.len != wanted_len || memcmp(row->input + span.at, wanted, wanted_len) != 0) {
        (void)snprintf(what, sizeof what, "%s: got '%.*s', wanted '%.*s'", name, (int)span.len, row->input + span.at,
                       (int)wanted_len, wanted);
        check_complain(row->line, row->input, row->input_len, row->how, what);
    }
}

static inline void check_want(const check_row *row, const smtperr_verdict *verdict)
{
#define FIELD(name, kind)                                                                                              \
    {                                                                                                                  \
#name, offsetof(smtperr_verdict, name), kind                                                                   \
    }
    static const check_field fields[] = {
        FIELD(status, SMTPERR_KIND_STATUS),
        FIELD(code, 0),
        FIELD(first_code, 0),
        FIELD(enhanced, 0),
        FIELD(failure, SMTPERR_KIND_FAILURE),
        FIELD(stage, SMTPERR_KIND_STAGE),
        FIELD(category, SMTPERR_KIND_CATEGORY),
        FIELD(basis, SMTPERR_KIND_BASIS),
        FIELD(confidence, SMTPERR_KIND_CONFIDENCE),
        FIELD(address_dead, 0),
        FIELD(retry, 0),
        FIELD(action, SMTPERR_KIND_ACTION),
        FIELD(scope, SMTPERR_KIND_SCOPE),
        FIELD(party, SMTPERR_KIND_PARTY),
        FIELD(suppress, 0),
        FIELD(likely_permanent, 0),
        FIELD(outcome_unknown, 0),
        FIELD(closing, 0),
        FIELD(decided_by, SMTPERR_KIND_BASIS),
        FIELD(delay_origin, SMTPERR_KIND_ORIGIN),
        FIELD(delay_seconds, 0),
        FIELD(dsn_status, 0),
        FIELD(dsn_action, SMTPERR_KIND_DSN),
        FIELD(sysexit, 0),
        FIELD(rule, SMTPERR_KIND_RULE),
        FIELD(provider, SMTPERR_KIND_PROVIDER),
        FIELD(blocklist, SMTPERR_KIND_BLOCKLIST),
    };
#undef FIELD
    const char *want = row->want;
    while (*want != '\0') {
        const size_t name_len = strcspn(want, "=!<>");
        const char *const op = want + name_len;
        const size_t op_len = strspn(op, "=!<>");
        const char *value = op + op_len;
        size_t value_len = *value == '\'' ? strcspn(value + 1, "'") + 2 : strcspn(value, " ");
        size_t i;
        int found = 0;
        if (check_is(want, name_len, "flag")) {
            for (i = 0; i < COUNT(check_flags); i++) {
                if (check_is(value, value_len, check_flags[i].name)) {
                    found = 1;
                    if (((verdict->flags & check_flags[i].flag) != 0) != (op[0] == '=')) {
                        char what[100];
                        (void)snprintf(what, sizeof what, "flags: got 0x%04lX, wanted %s %s",
                                       (unsigned long)verdict->flags, op[0] == '=' ? "with" : "without",
                                       check_flags[i].name);
                        check_complain(row->line, row->input, row->input_len, row->how, what);
                    }
                }
            }
        } else if (check_is(want, name_len, "text") || check_is(want, name_len, "address")) {
            found = 1;
            check_span(row, *want == 't' ? "text" : "address", *want == 't' ? verdict->text : verdict->address,
                       value + 1, value_len - 2);
        } else {
            for (i = 0; i < COUNT(fields); i++) {
                if (check_is(want, name_len, fields[i].name)) {
                    int32_t got;
                    memcpy(&got, (const char *)verdict + fields[i].offset, sizeof got);
                    found = 1;
                    check_compare(row, &fields[i], op, op_len, value, value_len,
                                  strcmp(fields[i].name, "delay_seconds") != 0 ? got : (int64_t)(uint32_t)got);
                }
            }
        }
        if (!found) {
            fail_msg("unknown word in a row: %.*s", (int)(name_len + op_len + value_len), want);
        }
        want = value + value_len;
        want += strspn(want, " ");
    }
}

/* ---- all together ---- */

/* The verdict on a row's input, by all its laws. */
static inline void check_evaluate(const check_row *row, smtperr_verdict *verdict)
{
    check_how how;
    char *const input = check_exact(row->input, row->input_len);
    int32_t result;
    check_read_how(row->how, &how);
    memset(verdict, 0xA5, sizeof *verdict);
    if (how.failure != 0) {
        result = smtperr_evaluate_failure(how.failure, how.has_context ? &how.context : NULL,
                                          how.has_policy ? &how.policy : NULL, verdict, sizeof *verdict);
    } else {
        result = smtperr_evaluate(input, row->input_len, how.shape, how.has_context ? &how.context : NULL,
                                  how.has_policy ? &how.policy : NULL, verdict, sizeof *verdict);
    }
    free(input);
    if (result != 0) {
        check_complain(row->line, row->input, row->input_len, row->how, "a call in order was refused");
    }
    check_laws(row->line, row->input, row->input_len, row->how, &how, verdict);
    if (verdict->stage == SMTPERR_STAGE_CONNECT && how.failure == 0) {
        check_complain(row->line, row->input, row->input_len, row->how, "with a reply, connect is the greeting");
    }
    /* Twice the same, from evidence to decision: nothing is remembered, and decide gives what evaluate gave. */
    if (how.failure == 0 && result == 0) {
        smtperr_verdict again = *verdict;
        if (smtperr_decide(how.has_context ? &how.context : NULL, how.has_policy ? &how.policy : NULL, &again,
                           sizeof again) != 0 ||
            !check_same_verdict(&again, verdict)) {
            check_complain(row->line, row->input, row->input_len, row->how, "decided again it is another verdict");
        }
    }
}

static inline void check_rows(const check_row *rows, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        smtperr_verdict verdict;
        check_evaluate(&rows[i], &verdict);
        check_want(&rows[i], &verdict);
    }
}

#define CHECK_ROWS(rows)                                                                                               \
    do {                                                                                                               \
        check_rows(rows, COUNT(rows));                                                                                 \
        check_end();                                                                                                   \
    } while (0)

/* A verdict on a reply made of numbers, for tests that walk through all of them. enhanced: or 0. */
static inline void check_numbers(int line, int32_t code, int32_t enhanced, const char *how, const char *want,
                                 smtperr_verdict *verdict)
{
    char reply[40];
    char status[12];
    check_row row;
    (void)smtperr_enhanced_format(enhanced, status, sizeof status);
    row.line = line;
    row.input = reply;
    row.input_len = (size_t)sprintf(reply, "%03d%s%s x\r\n", (int)code, enhanced != 0 ? " " : "", status);
    row.how = how;
    row.want = want;
    check_evaluate(&row, verdict);
    check_want(&row, verdict);
}

#endif
