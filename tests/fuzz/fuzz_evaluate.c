/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a reply, in both shapes, with any context and policy: what must be true of every verdict, and of everything
 * that looks into a reply.
 *
 * Input: 8 bytes for the context, 4 for the policy (see make_context() and make_policy()), then the reply.
 */
#include "fuzz.h"
#include "reference_reader.h"

#include <string.h>

enum { HEAD = 12 };

static void make_context(const uint8_t *data, smtperr_context *context)
{
    memset(context, 0, sizeof *context);
    context->size = sizeof *context;
    context->stage = data[0] % 18 - 1; /* -1 and 16 are none */
    context->role = data[1] % 4;
    context->flags = data[2] | (uint32_t)(data[3] == 0) << 8; /* 256 is none */
    context->recipients_accepted = data[4];
    context->attempt = data[5] == 255 ? UINT32_MAX : data[5];
    context->age_seconds = data[6] == 255 ? UINT32_MAX : (uint32_t)data[6] * 3600U;
}

/* Bits say which switch differs from the library's choice. 1: there is a policy. */
static int make_policy(const uint8_t *data, smtperr_policy *policy)
{
    memset(policy, 0, sizeof *policy);
    policy->size = sizeof *policy;
    policy->greeting_5yz = data[0] & 1 ? SMTPERR_ACTION_BOUNCE : 0;
    policy->login_refused = data[0] & 2 ? SMTPERR_ACTION_RETRY_LATER : data[0] & 4 ? SMTPERR_ACTION_BOUNCE : 0;
    policy->mailbox_full_5yz = data[0] & 8 ? SMTPERR_ACTION_RETRY_LATER : 0;
    policy->unknown_5yz = data[0] & 16 ? SMTPERR_ACTION_RETRY_LATER : 0;
    policy->domain_unknown_4yz = data[0] & 32 ? SMTPERR_ACTION_BOUNCE : 0;
    policy->soft_bounce = data[0] & 64 ? SMTPERR_ACTION_RETRY_LATER : 0;
    policy->delay_min_seconds = data[1];
    policy->delay_max_seconds = (uint32_t)data[2] * 1000U;
    return data[0] & 128 ? 1 : 0;
}

static int has_name(int32_t kind, int32_t value)
{
    return smtperr_name(kind, value)[0] != '\0';
}

static int is_inside(smtperr_span span, size_t length)
{
    return span.len == 0 || (span.at <= length && span.len <= length - span.at);
}

static void check_words(const smtperr_verdict *verdict)
{
    int32_t say;
    HOLDS(has_name(SMTPERR_KIND_STAGE, verdict->stage));
    HOLDS(has_name(SMTPERR_KIND_CATEGORY, verdict->category));
    HOLDS(has_name(SMTPERR_KIND_BASIS, verdict->basis) && verdict->basis >= SMTPERR_BASIS_TEXT &&
          verdict->basis < SMTPERR_BASIS_POLICY);
    HOLDS(has_name(SMTPERR_KIND_BASIS, verdict->decided_by));
    HOLDS(verdict->confidence >= SMTPERR_CONFIDENCE_LOW && verdict->confidence <= SMTPERR_CONFIDENCE_HIGH);
    HOLDS(has_name(SMTPERR_KIND_ACTION, verdict->action) && verdict->action != 0);
    HOLDS(verdict->scope >= SMTPERR_SCOPE_RECIPIENT && verdict->scope <= SMTPERR_SCOPE_LOCAL);
    HOLDS(has_name(SMTPERR_KIND_SCOPE, verdict->scope));
    HOLDS(verdict->party >= SMTPERR_PARTY_NOBODY && verdict->party <= SMTPERR_PARTY_THEIR_POSTMASTER);
    HOLDS(has_name(SMTPERR_KIND_PARTY, verdict->party));
    HOLDS(verdict->delay_origin >= SMTPERR_ORIGIN_NONE && verdict->delay_origin <= SMTPERR_ORIGIN_SERVER);
    HOLDS(verdict->dsn_action >= SMTPERR_DSN_NONE && verdict->dsn_action <= SMTPERR_DSN_RELAYED);
    HOLDS(verdict->address_dead == 0 || verdict->address_dead == 1);
    HOLDS(verdict->suppress == 0 || verdict->suppress == 1);
    HOLDS(verdict->retry == 0 || verdict->retry == 1);
    HOLDS(verdict->likely_permanent == 0 || verdict->likely_permanent == 1);
    HOLDS(verdict->outcome_unknown == 0 || verdict->outcome_unknown == 1);
    HOLDS(verdict->sysexit == 0 || (verdict->sysexit >= 64 && verdict->sysexit <= 78));
    HOLDS(verdict->enhanced == 0 || (verdict->enhanced >= 2000000 && verdict->enhanced <= 5999999));
    HOLDS(verdict->data_version == smtperr_data_version());
    for (say = SMTPERR_SAY_TITLE; say <= SMTPERR_SAY_SOURCE; say++) {
        HOLDS(smtperr_explain(verdict, say) != NULL);
    }
    HOLDS(smtperr_explain(verdict, SMTPERR_SAY_WHAT)[0] != '\0');
}

static void check_decision(const smtperr_verdict *verdict, const smtperr_context *context, const smtperr_policy *policy)
{
    const int ends = verdict->action == SMTPERR_ACTION_PROCEED || verdict->action == SMTPERR_ACTION_BOUNCE;
    const int mixed = (verdict->flags & SMTPERR_FLAG_MIXED_CODES) != 0;
    const int no_dependence = verdict->stage == SMTPERR_STAGE_RSET || verdict->stage == SMTPERR_STAGE_QUIT;
    const int reply_class = verdict->code / 100;
    uint32_t least = 60;
    uint32_t most = 14400;
    HOLDS(verdict->retry == !ends);
    HOLDS(verdict->dsn_status / 1000000 ==
          (verdict->action == SMTPERR_ACTION_PROCEED ? 2 : verdict->action == SMTPERR_ACTION_BOUNCE ? 5 : 4));
    HOLDS(verdict->action == SMTPERR_ACTION_PROCEED || verdict->dsn_action == (ends ? SMTPERR_DSN_FAILED : SMTPERR_DSN_DELAYED));
    if (policy != NULL && policy->delay_min_seconds != 0) {
        least = policy->delay_min_seconds;
    }
    if (policy != NULL && policy->delay_max_seconds != 0) {
        most = policy->delay_max_seconds;
    } else if (verdict->delay_origin == SMTPERR_ORIGIN_SERVER && verdict->category == SMTPERR_CATEGORY_GREYLISTED) {
        most = 86400;
    }
    if (ends) {
        HOLDS(verdict->delay_seconds == 0 && verdict->delay_origin == SMTPERR_ORIGIN_NONE);
    } else {
        HOLDS(verdict->delay_seconds >= least && verdict->delay_seconds <= most);
    }
    if (verdict->status < 0) { /* bytes that are no reply: later, never a success, never the end */
        HOLDS(verdict->failure != 0 && verdict->code == 0 && verdict->first_code == 0 && verdict->enhanced == 0);
        HOLDS(verdict->flags == 0 || verdict->flags == SMTPERR_FLAG_TEXT_TRUNCATED);
        HOLDS(no_dependence || !ends);
        HOLDS(!verdict->suppress && !verdict->address_dead);
        HOLDS(verdict->text.len == 0 && verdict->address.len == 0);
        return;
    }
    HOLDS(verdict->failure == 0);
    HOLDS(!verdict->suppress || (verdict->action == SMTPERR_ACTION_BOUNCE && verdict->address_dead && !mixed &&
                                 (reply_class == 5 || verdict->category == SMTPERR_CATEGORY_DOMAIN_UNKNOWN)));
    HOLDS(!verdict->suppress || verdict->stage == SMTPERR_STAGE_UNKNOWN || verdict->stage == SMTPERR_STAGE_RCPT ||
          verdict->stage == SMTPERR_STAGE_EOD);
    if (no_dependence) {
        return;
    }
    HOLDS(!mixed || verdict->action != SMTPERR_ACTION_PROCEED);
    HOLDS(!mixed || verdict->first_code / 100 == reply_class || !ends);
    HOLDS(reply_class < 4 || reply_class > 5 || verdict->action != SMTPERR_ACTION_PROCEED || mixed ||
          verdict->stage == SMTPERR_STAGE_OTHER || verdict->stage == SMTPERR_STAGE_UNKNOWN);
    if (reply_class == 4 && policy == NULL && (context == NULL || (context->flags & SMTPERR_CONTEXT_RECONNECTED) == 0)) {
        HOLDS(verdict->action != SMTPERR_ACTION_BOUNCE);
    }
    if (verdict->action == SMTPERR_ACTION_RETRY_WITHOUT_TLS) {
        HOLDS(context != NULL && (context->flags & SMTPERR_CONTEXT_TLS_OPTIONAL) != 0 && (context->flags & SMTPERR_CONTEXT_IN_CLEAR) == 0);
        HOLDS(context->role != SMTPERR_ROLE_SUBMISSION && (verdict->flags & SMTPERR_FLAG_TLS_REQUIRED) == 0);
    }
}

/* One call, its halves, a caller with a smaller struct, and a second time. */
static void check_calls(const char *reply, size_t length, int32_t shape, const smtperr_context *context,
                        const smtperr_policy *policy, const smtperr_verdict *verdict)
{
    smtperr_verdict other;
    unsigned char small[sizeof other];
    size_t i;
    memset(&other, 0xA5, sizeof other);
    HOLDS(smtperr_classify(reply, length, shape, context, &other, sizeof other) == 0);
    HOLDS(smtperr_decide(context, policy, &other, sizeof other) == 0);
    HOLDS(memcmp(&other, verdict, sizeof other) == 0);
    HOLDS(smtperr_decide(context, policy, &other, sizeof other) == 0);
    HOLDS(memcmp(&other, verdict, sizeof other) == 0);
    memset(&other, 0xA5, sizeof other);
    HOLDS(smtperr_evaluate(reply, length, shape, context, policy, &other, 24) == 0);
    HOLDS(other.size == 24 && memcmp(&other.status, &verdict->status, 20) == 0);
    memcpy(small, &other, sizeof small);
    for (i = 24; i < sizeof small; i++) {
        HOLDS(small[i] == 0xA5);
    }
}

static void check_reader(const char *reply, size_t length, const smtperr_context *context, const smtperr_policy *policy,
                         const smtperr_verdict *verdict)
{
    char keep[1024];
    smtperr_reader reader;
    smtperr_verdict fed;
    size_t at = 0;
    int32_t result = SMTPERR_NONE;
    (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
    while (at < length && result == SMTPERR_NONE) {
        size_t used;
        result = smtperr_reader_feed(&reader, reply + at, length - at < 7 ? length - at : 7, &used);
        at += used;
    }
    HOLDS(smtperr_reader_evaluate(&reader, context, policy, &fed, sizeof fed) == 0);
    HOLDS(fed.status == (result == SMTPERR_NONE ? SMTPERR_ERR_INCOMPLETE : result));
    if (result < 0) {
        HOLDS(memcmp(&fed, verdict, sizeof fed) == 0);
    } else if (result == SMTPERR_REPLY && (fed.flags & (SMTPERR_FLAG_TEXT_TRUNCATED | SMTPERR_FLAG_BLANK_BEFORE)) == 0) {
        fed.flags |= verdict->flags & SMTPERR_FLAG_LEFTOVER;
        HOLDS(memcmp(&fed, verdict, sizeof fed) == 0);
    }
}

static void check_verdicts(const char *reply, size_t length, const smtperr_context *context, const smtperr_policy *policy)
{
    smtperr_verdict verdict;
    smtperr_verdict untouched;
    int32_t shape;
    const int good = context == NULL || (context->stage >= 0 && context->stage <= SMTPERR_STAGE_OTHER && context->flags < 256 &&
                                       (context->flags & 3) != 3);
    for (shape = SMTPERR_SHAPE_WIRE; shape <= SMTPERR_SHAPE_TEXT; shape++) {
        int32_t status;
        memset(&verdict, 0xA5, sizeof verdict);
        untouched = verdict;
        status = smtperr_evaluate(reply, length, shape, context, policy, &verdict, sizeof verdict);
        if (status == SMTPERR_ERR_MISUSE) {
            HOLDS(!good || (policy != NULL && policy->delay_max_seconds < 14400));
            HOLDS(memcmp(&verdict, &untouched, sizeof verdict) == 0);
            continue;
        }
        HOLDS(good && status == 0 && (verdict.status == SMTPERR_REPLY || verdict.status <= SMTPERR_ERR_SYNTAX));
        HOLDS(verdict.size == sizeof verdict);
        HOLDS(is_inside(verdict.text, length) && is_inside(verdict.address, length));
        HOLDS(shape == SMTPERR_SHAPE_TEXT || (verdict.code == 0) == (verdict.status < 0));
        check_words(&verdict);
        check_decision(&verdict, context, policy);
        check_calls(reply, length, shape, context, policy, &verdict);
        if (shape == SMTPERR_SHAPE_WIRE) {
            check_reader(reply, length, context, policy, &verdict);
        }
    }
}

static void check_one_call(const char *reply, size_t length, int32_t stage)
{
    smtperr_context context;
    smtperr_verdict verdict;
    memset(&context, 0, sizeof context);
    context.size = sizeof context;
    context.stage = stage >= 0 && stage <= SMTPERR_STAGE_OTHER ? stage : 0;
    (void)smtperr_evaluate(reply, length, SMTPERR_SHAPE_WIRE, &context, NULL, &verdict, sizeof verdict);
    HOLDS(smtperr_action(reply, length, stage) == verdict.action);
    HOLDS(smtperr_should_retry(reply, length, stage) == verdict.retry);
}

/* Valid UTF-8 without controls, by the tables of RFC 3629 4. */
static int is_printable(const char *text, size_t length)
{
    const unsigned char *byte = (const unsigned char *)text;
    const unsigned char *end = byte + length;
    while (byte < end) {
        const unsigned char second = end - byte > 1 ? byte[1] : 0;
        size_t more = 0;
        if (*byte >= 0x20 && *byte < 0x7F) {
            byte++;
            continue;
        }
        if (*byte >= 0xC2 && *byte <= 0xDF && second >= (*byte == 0xC2 ? 0xA0 : 0x80)) {
            more = 1;
        } else if (*byte >= 0xE0 && *byte <= 0xEF && second >= (*byte == 0xE0 ? 0xA0 : 0x80) &&
                   second <= (*byte == 0xED ? 0x9F : 0xBF)) {
            more = 2;
        } else if (*byte >= 0xF0 && *byte <= 0xF4 && second >= (*byte == 0xF0 ? 0x90 : 0x80) &&
                   second <= (*byte == 0xF4 ? 0x8F : 0xBF)) {
            more = 3;
        } else {
            return 0;
        }
        if ((size_t)(end - byte) <= more) {
            return 0;
        }
        for (byte++; more > 0; more--, byte++) {
            if ((*byte & 0xC0) != 0x80) {
                return 0;
            }
        }
    }
    return 1;
}

static void check_sanitize(const char *reply, size_t length)
{
    static char shown[3 * 65536];
    const size_t needed = smtperr_sanitize(reply, length, NULL, 0);
    size_t room;
    HOLDS(needed < sizeof shown);
    HOLDS(smtperr_sanitize(reply, length, shown, sizeof shown) == needed);
    HOLDS(shown[needed] == '\0' && memchr(shown, '\0', needed) == NULL && is_printable(shown, needed));
    for (room = 1; room <= needed + 1 && room <= 40; room++) {
        char *out = guarded(3, room);
        const char *end;
        memset(out, 0x7F, room);
        HOLDS(smtperr_sanitize(reply, length, out, room) == needed);
        end = memchr(out, '\0', room);
        HOLDS(end != NULL && memcmp(out, shown, (size_t)(end - out)) == 0 && is_printable(out, (size_t)(end - out)));
        HOLDS((size_t)(end - out) + 4 >= room || (size_t)(end - out) == needed); /* not shorter than a character asks for */
    }
    if (length >= 4 && memcmp(reply, "334 ", 4) == 0) {
        HOLDS(strcmp(shown, "334") == 0);
    }
}

static void check_lines(const char *reply, size_t length)
{
    static const char *const keywords[] = {"AUTH", "size", "8BITMIME", "X"};
    smtperr_span line = {0, 0};
    size_t begin = 0;
    uint32_t index;
    size_t i;
    for (index = 0; index < 300 && smtperr_reply_line(reply, length, index, &line); index++) {
        HOLDS(line.at >= begin && line.at <= length && line.len <= length - line.at);
        HOLDS(memchr(reply + line.at, '\n', line.len) == NULL);
        begin = line.at + line.len;
    }
    for (i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        line.at = line.len = UINT32_MAX;
        if (smtperr_reply_keyword(reply, length, keywords[i], strlen(keywords[i]), &line)) {
            HOLDS(line.at <= length && line.len <= length - line.at && memchr(reply + line.at, '\n', line.len) == NULL);
        } else {
            HOLDS(line.at == UINT32_MAX && line.len == UINT32_MAX);
        }
    }
    if (length >= 4) { /* a keyword that the sender of the reply has chosen */
        (void)smtperr_reply_keyword(reply, length, reply + 4, length - 4, &line);
        (void)smtperr_reply_keyword(reply, length, reply, 4, &line);
    }
}

static void check_status(const char *text, size_t length)
{
    char out[16];
    const int32_t status = smtperr_enhanced_parse(text, length);
    const size_t written = smtperr_enhanced_format(status, out, sizeof out);
    HOLDS(status == 0 || (status >= 2000000 && status <= 5999999));
    HOLDS(written < sizeof out && strlen(out) == written && (written > 0) == (status != 0));
    HOLDS(smtperr_enhanced_parse(out, written) == status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    smtperr_context context;
    smtperr_policy policy;
    const smtperr_policy *used_policy;
    const char *reply;
    size_t length;
    if (size < HEAD || size > 65536) {
        return 0;
    }
    make_context(data, &context);
    used_policy = make_policy(data + 8, &policy) ? &policy : NULL;
    length = size - HEAD;
    reply = memcpy(guarded(2, length), data + HEAD, length);
    check_verdicts(reply, length, data[7] & 1 ? NULL : &context, used_policy);
    check_one_call(reply, length, context.stage);
    check_sanitize(reply, length);
    check_lines(reply, length);
    check_status(reply, length < 16 ? length : 16);
    return 0;
}
