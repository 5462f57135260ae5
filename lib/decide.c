/* SPDX-License-Identifier: MIT
 *
 * From evidence to decision: the table of data/decisions.toml answers (category, class, stage); the few rules that need
 * the context are the functions below, each named for what it is about, applied in the order in which they stand. Knows
 * numbers only, no text, and can be run again on evidence that the caller has changed.
 */
#include "internal.h"

#include <string.h>

enum {
    DELAY_MIN = 60,
    DELAY_MAX = 14400,
    DELAY_GREYLISTED_MAX = 86400,
    DELAY_PLAIN = 1800,
    DELAY_HOLD = 14400
};                                                                /* seconds */
enum { EX_UNAVAILABLE = 69, EX_TEMPFAIL = 75, EX_PROTOCOL = 76 }; /* sysexits.h */

typedef struct {
    const smtperr_context *context;
    const smtperr_policy *policy;
    smtperr_verdict *verdict;
    int decision_class; /* CLASS_* */
    int32_t status;     /* ENHANCED_KEY() of the answer */
} decision;

/* ---- What the table says. ---- */

/* The class of a reply or status by its first digit. */
static int class_of_digit(int32_t digit)
{
    switch (digit) {
    case 2:
        return CLASS_2YZ;
    case 3:
        return CLASS_3YZ;
    case 4:
        return CLASS_4YZ;
    case 5:
        return CLASS_5YZ;
    default:
        return CLASS_LOCAL;
    }
}

/* Decision class of the evidence. Different classes in one reply are temporary, whichever of them came last. */
static int class_of(const smtperr_verdict *verdict)
{
    const int by_code = class_of_digit(verdict->code / 100);
    if (verdict->failure != 0) {
        return (verdict->flags & SMTPERR_FLAG_PERMANENT) != 0 ? CLASS_LASTING : CLASS_LOCAL;
    }
    if ((verdict->flags & SMTPERR_FLAG_MIXED_CODES) != 0 && class_of_digit(verdict->first_code / 100) != by_code) {
        return CLASS_4YZ;
    }
    if (verdict->code != 0 || verdict->enhanced != 0) { /* a text may show the status alone */
        const int by_number = verdict->code != 0 ? by_code : class_of_digit(ENHANCED_CLASS_OF(verdict->enhanced));
        return by_number == CLASS_5YZ && (verdict->flags & SMTPERR_FLAG_TEMPORARY) != 0 ? CLASS_4YZ : by_number;
    }
    if (verdict->basis == SMTPERR_BASIS_TEXT) { /* or only words */
        return (verdict->flags & (SMTPERR_FLAG_PERMANENT | SMTPERR_FLAG_TEMPORARY)) == SMTPERR_FLAG_PERMANENT
                   ? CLASS_5YZ
                   : CLASS_4YZ;
    }
    return CLASS_LOCAL;
}

static const smtperr__answer *answer_for(const smtperr_verdict *verdict, int decision_class)
{
    const uint32_t key = verdict->enhanced >= 2000000 && verdict->enhanced <= 5999999
                             ? ENHANCED_KEY((uint32_t)ENHANCED_SUBJECT_OF(verdict->enhanced),
                                            (uint32_t)ENHANCED_DETAIL_OF(verdict->enhanced))
                             : 0;
    const smtperr__exception *row = smtperr__exceptions;
    for (; row->category <= verdict->category; row++) {
        if (row->category == verdict->category && row->decision_class == decision_class &&
            (row->stages >> verdict->stage & 1) != 0 && (row->code == 0 || row->code == verdict->code) &&
            (row->enhanced == 0 || row->enhanced == key)) {
            return &smtperr__answers[row->answer];
        }
    }
    return &smtperr__answers[smtperr__decisions[verdict->category][decision_class][verdict->stage]];
}

static void take_answer(decision *the, const smtperr__answer *answer)
{
    smtperr_verdict *verdict = the->verdict;
    verdict->action = answer->action;
    verdict->scope = answer->scope;
    verdict->party = answer->party;
    verdict->likely_permanent = (answer->bits & ANSWER_LIKELY_PERMANENT) != 0;
    verdict->suppress = (answer->bits & ANSWER_SUPPRESS) != 0;
    verdict->delay_seconds = answer->delay_seconds;
    verdict->sysexit = answer->sysexit;
    verdict->decided_by = verdict->basis;
    the->status = answer->status;
}

/* ---- Changes of the answer. ---- */

static void change_to_bounce(decision *the, int32_t scope, int32_t status, int32_t sysexit)
{
    the->verdict->action = SMTPERR_ACTION_BOUNCE;
    the->verdict->scope = scope;
    the->verdict->delay_seconds = 0;
    the->verdict->sysexit = sysexit;
    the->status = status;
}

static void change_to_keep(decision *the, int32_t action, int32_t scope, uint32_t delay_seconds)
{
    the->verdict->action = action;
    the->verdict->scope = scope;
    the->verdict->delay_seconds = delay_seconds;
    the->verdict->sysexit = EX_TEMPFAIL;
}

static int is_role(const decision *the, int32_t role)
{
    return the->context->role == role;
}

/* RFC 4954 9: a login is at stake, which must never go out in the clear because TLS was prevented. */
static int logs_in(const decision *the)
{
    return is_role(the, SMTPERR_ROLE_SUBMISSION) || smtperr__has(the->context, SMTPERR_CONTEXT_AUTHENTICATED);
}

static int tls_is_a_must(const decision *the)
{
    return smtperr__has(the->context, SMTPERR_CONTEXT_TLS_REQUIRED);
}

/* ---- Rules. Each returns 1 if it changed the action. ---- */

/* Out of step: one new connection may mend it, a second one will not (4.2.4, 4.3.2), nor a later attempt. Before MAIL the message is not
 * yet concerned, and a server that takes its leave, contradicts itself or talks garbage refuses nothing: another host and then later. */
static int reconnect_once(decision *the)
{
    const smtperr_verdict *verdict = the->verdict;
    const int reconnected = smtperr__has(the->context, SMTPERR_CONTEXT_RECONNECTED);
    if (verdict->action != SMTPERR_ACTION_RECONNECT) {
        return 0;
    }
    if ((verdict->stage >= SMTPERR_STAGE_CONNECT && verdict->stage <= SMTPERR_STAGE_AUTH) || verdict->code == 221 ||
        the->decision_class == CLASS_LOCAL || (verdict->flags & SMTPERR_FLAG_MIXED_CODES) != 0) {
        if (reconnected) {
            change_to_keep(the, SMTPERR_ACTION_RETRY_OTHER_HOST, SMTPERR_SCOPE_HOST, DELAY_PLAIN);
        }
        return reconnected;
    }
    if (reconnected || the->context->attempt > 1) {
        change_to_bounce(the, SMTPERR_SCOPE_SESSION, ENHANCED_KEY(5, 0), EX_PROTOCOL);
        return 1;
    }
    return 0;
}

/* 3.3, RFC 2920 3.1: a DATA that no recipient was accepted for is refused because of that. The RCPT replies decide: nothing is to
 * be done about this one, and the connection can go on. Whoever has no reply to RCPT stays queued. */
static int rcpt_replies_decide(decision *the)
{
    if ((the->verdict->flags & SMTPERR_FLAG_REPEATS_RCPT) == 0 ||
        (the->verdict->action != SMTPERR_ACTION_BOUNCE && the->verdict->action != SMTPERR_ACTION_RECONNECT)) {
        return 0;
    }
    change_to_keep(the, SMTPERR_ACTION_RETRY_LATER, SMTPERR_SCOPE_TRANSACTION, DELAY_PLAIN);
    return 1;
}

/* 4.5.3.1.10: the rest in a transaction of its own, but a recipient that was refused alone is not one too many. */
static int split_no_further(decision *the)
{
    if (the->verdict->action != SMTPERR_ACTION_NEW_TRANSACTION ||
        !smtperr__has(the->context, SMTPERR_CONTEXT_REFUSED_ALONE)) {
        return 0;
    }
    if (the->decision_class == CLASS_5YZ) {
        change_to_bounce(the, SMTPERR_SCOPE_RECIPIENT, ENHANCED_KEY(5, 3), EX_UNAVAILABLE);
    } else {
        change_to_keep(the, SMTPERR_ACTION_RETRY_LATER, SMTPERR_SCOPE_RECIPIENT, DELAY_PLAIN);
    }
    return 1;
}

/* RFC 4954 6: "log in first" is about our set-up, but from an MX, which nobody logs in to, it is a refusal. */
static int no_login_at_an_mx(decision *the)
{
    if (the->verdict->action != SMTPERR_ACTION_HOLD || the->verdict->scope != SMTPERR_SCOPE_ACCOUNT ||
        the->decision_class != CLASS_5YZ || the->verdict->stage == SMTPERR_STAGE_AUTH ||
        the->verdict->category == SMTPERR_CATEGORY_TLS || !is_role(the, SMTPERR_ROLE_MX) ||
        smtperr__has(the->context, SMTPERR_CONTEXT_AUTHENTICATED)) {
        return 0;
    }
    change_to_bounce(the, SMTPERR_SCOPE_DESTINATION, ENHANCED_KEY(7, 0), EX_UNAVAILABLE);
    return 1;
}

/* 3.6.2: our own submission server that will not relay for us: the login or its configuration is at fault, all mail waits. */
static int our_relay_must_relay(decision *the)
{
    if (the->verdict->category != SMTPERR_CATEGORY_RELAY_DENIED || the->verdict->action != SMTPERR_ACTION_BOUNCE ||
        !(is_role(the, SMTPERR_ROLE_SUBMISSION) || is_role(the, SMTPERR_ROLE_RELAY))) {
        return 0;
    }
    change_to_keep(the, SMTPERR_ACTION_HOLD, SMTPERR_SCOPE_ACCOUNT, DELAY_HOLD);
    return 1;
}

/* STARTTLS or the handshake went wrong in a way that a new connection without it avoids. */
static int is_about_tls(const smtperr_verdict *verdict)
{
    if (verdict->category == SMTPERR_CATEGORY_TLS) {
        return 1;
    }
    return (verdict->stage == SMTPERR_STAGE_STARTTLS || verdict->stage == SMTPERR_STAGE_TLS) &&
           (verdict->category == SMTPERR_CATEGORY_NOT_SUPPORTED ||
            verdict->category == SMTPERR_CATEGORY_PROTOCOL_ERROR || verdict->category == SMTPERR_CATEGORY_UNKNOWN);
}

/* RFC 3207 4: whether to go on in the clear is policy. Never with a login, never after a failure that names a must, and only
 * once: what fails without TLS too is not about TLS. */
static int clear_if_optional(decision *the)
{
    if (the->verdict->action != SMTPERR_ACTION_RETRY_OTHER_HOST || !is_about_tls(the->verdict) || logs_in(the) ||
        !smtperr__has(the->context, SMTPERR_CONTEXT_TLS_OPTIONAL) ||
        smtperr__has(the->context, SMTPERR_CONTEXT_IN_CLEAR) ||
        (the->verdict->flags & SMTPERR_FLAG_TLS_REQUIRED) != 0) {
        return 0;
    }
    change_to_keep(the, SMTPERR_ACTION_RETRY_WITHOUT_TLS, SMTPERR_SCOPE_HOST, DELAY_MIN);
    return 1;
}

/* 3.2: HELO brings a session without extensions: no use where we need AUTH or TLS, and LMTP has no HELO (RFC 2033 4.1). */
static int helo_is_not_enough(decision *the)
{
    if (the->verdict->action != SMTPERR_ACTION_SAY_HELO ||
        !(logs_in(the) || tls_is_a_must(the) || smtperr__has(the->context, SMTPERR_CONTEXT_LMTP))) {
        return 0;
    }
    change_to_keep(the, SMTPERR_ACTION_RETRY_OTHER_HOST, SMTPERR_SCOPE_HOST, DELAY_PLAIN);
    the->verdict->party = SMTPERR_PARTY_OUR_POSTMASTER;
    return 1;
}

/* RFC 4954 6: what the words blame on our own account waits for our operator, with all that the account sends. */
static int our_account(decision *the)
{
    if ((the->verdict->flags & SMTPERR_FLAG_OUR_ACCOUNT) == 0 || the->verdict->action == SMTPERR_ACTION_PROCEED ||
        is_role(the, SMTPERR_ROLE_MX)) {
        return 0;
    }
    change_to_keep(the, SMTPERR_ACTION_HOLD, SMTPERR_SCOPE_ACCOUNT, DELAY_HOLD);
    return 1;
}

/* The answers of these rules leave the action as it is. */

/* RFC 2033 4.2: after the dot every recipient has a reply of its own. */
static void one_recipient_in_lmtp(decision *the)
{
    if (the->verdict->stage == SMTPERR_STAGE_EOD && the->verdict->scope == SMTPERR_SCOPE_TRANSACTION &&
        smtperr__has(the->context, SMTPERR_CONTEXT_LMTP)) {
        the->verdict->scope = SMTPERR_SCOPE_RECIPIENT;
    }
}

/* A server that we log in to counts what the account sends, not what the address sends. */
static void limit_of_the_account(decision *the)
{
    if (the->verdict->category == SMTPERR_CATEGORY_RATE_LIMITED && the->verdict->scope == SMTPERR_SCOPE_SOURCE &&
        logs_in(the)) {
        the->verdict->scope = SMTPERR_SCOPE_ACCOUNT;
    }
}

static void words_may_say_never(decision *the)
{
    if ((the->verdict->flags & SMTPERR_FLAG_LIKELY_PERMANENT) != 0) {
        the->verdict->likely_permanent = 1;
    }
}

/* 3.1: a bare 554 greeting may be a bad hour; only a code or words that name the cause make it likely to stay. */
static void bare_refusal_may_pass(decision *the)
{
    if (the->verdict->stage >= SMTPERR_STAGE_CONNECT && the->verdict->stage <= SMTPERR_STAGE_HELO &&
        the->verdict->basis == SMTPERR_BASIS_CODE && the->verdict->confidence == SMTPERR_CONFIDENCE_LOW) {
        the->verdict->likely_permanent = 0;
    }
}

/* An address is dead only by a permanent answer about a recipient: to RCPT, or after the dot to the only one. */
static void suppress_only_the_dead(decision *the)
{
    smtperr_verdict *verdict = the->verdict;
    int told_of_one = 0;
    switch (verdict->stage) {
    case SMTPERR_STAGE_UNKNOWN:
    case SMTPERR_STAGE_RCPT:
        told_of_one = 1;
        break;
    case SMTPERR_STAGE_EOD:
        told_of_one = smtperr__has(the->context, SMTPERR_CONTEXT_LMTP) ||
                      !smtperr__has(the->context, SMTPERR_CONTEXT_RECIPIENTS_COUNTED) ||
                      the->context->recipients_accepted <= 1;
        break;
    default:
        break;
    }
    verdict->suppress = verdict->suppress && verdict->address_dead && verdict->action == SMTPERR_ACTION_BOUNCE &&
                        (the->decision_class == CLASS_LASTING || (the->decision_class == CLASS_5YZ && told_of_one)) &&
                        (verdict->flags & SMTPERR_FLAG_MIXED_CODES) == 0;
}

/* 4.2.1: all lines of a reply have one code. Who mixes them with a success is at fault, and may be mended by the next time. */
static void mixed_success_is_theirs(decision *the)
{
    if ((the->verdict->flags & SMTPERR_FLAG_MIXED_CODES) != 0 &&
        the->verdict->category == SMTPERR_CATEGORY_PROTOCOL_ERROR && the->verdict->basis == SMTPERR_BASIS_STAGE) {
        the->verdict->party = SMTPERR_PARTY_THEIR_POSTMASTER;
        the->verdict->likely_permanent = 0;
    }
}

/* 4.5.3.2.6, 6.1: behind the final dot no clear answer means that the message may have been taken. */
static int no_clear_answer(const decision *the)
{
    const smtperr_verdict *verdict = the->verdict;
    return the->decision_class == CLASS_LOCAL || verdict->code / 100 == 3 ||
           (verdict->code == 0 &&
            verdict->category == SMTPERR_CATEGORY_NETWORK) || /* a log tells of a lost connection */
           (verdict->flags & SMTPERR_FLAG_MIXED_CODES) != 0 ||
           (verdict->code / 100 == 2 && verdict->category == SMTPERR_CATEGORY_PROTOCOL_ERROR);
}

static void outcome_may_be_unknown(decision *the)
{
    smtperr_verdict *verdict = the->verdict;
    verdict->outcome_unknown = (verdict->stage == SMTPERR_STAGE_EOD && no_clear_answer(the)) ||
                               verdict->failure == SMTPERR_FAILURE_LOST_AFTER_DOT;
}

/* What the reply to EHLO does not offer, or refuses beforehand: nothing was said yet that the server would have to forget. */
static int missed_in_ehlo(int32_t failure)
{
    switch (failure) {
    case SMTPERR_FAILURE_STARTTLS_NOT_OFFERED:
    case SMTPERR_FAILURE_REQUIRETLS_UNSUPPORTED:
    case SMTPERR_FAILURE_AUTH_NOT_OFFERED:
    case SMTPERR_FAILURE_NO_AUTH_MECHANISM:
    case SMTPERR_FAILURE_SIZE_EXCEEDED:
    case SMTPERR_FAILURE_SMTPUTF8_NOT_OFFERED:
    case SMTPERR_FAILURE_8BITMIME_NOT_OFFERED:
        return 1;
    default:
        return 0;
    }
}

/* 3.8: 421 is the last word of a connection, and after bytes that nobody understands no later reply can be trusted, nor where
 * the two sides are out of step. A server that answers the dot with 354 takes what comes next for more text. */
static void connection_may_be_over(decision *the, int out_of_step)
{
    smtperr_verdict *verdict = the->verdict;
    verdict->closing = verdict->code == 421 || (verdict->failure != 0 && !missed_in_ehlo(verdict->failure)) ||
                       (verdict->flags & SMTPERR_FLAG_MIXED_CODES) != 0 ||
                       (verdict->stage == SMTPERR_STAGE_EOD && verdict->code / 100 == 3) ||
                       (out_of_step && (verdict->flags & SMTPERR_FLAG_REPEATS_RCPT) == 0);
}

/* ---- Policy. ---- */

static int change_by_policy(decision *the, int32_t action)
{
    if (action == 0 || action == the->verdict->action) {
        return 0;
    }
    if (action == SMTPERR_ACTION_BOUNCE) {
        change_to_bounce(the, the->verdict->scope, the->status, EX_UNAVAILABLE);
    } else {
        change_to_keep(the, action, the->verdict->scope, DELAY_PLAIN);
    }
    the->verdict->suppress = 0;
    the->verdict->decided_by = SMTPERR_BASIS_POLICY;
    return 1;
}

static void apply_switches(decision *the)
{
    const smtperr_policy *policy = the->policy;
    const smtperr_verdict *verdict = the->verdict;
    const int permanent = the->decision_class == CLASS_5YZ;
    if (permanent && verdict->stage >= SMTPERR_STAGE_CONNECT && verdict->stage <= SMTPERR_STAGE_HELO &&
        verdict->action == SMTPERR_ACTION_RETRY_OTHER_HOST) {
        (void)change_by_policy(the, policy->greeting_5yz);
    } else if (verdict->action == SMTPERR_ACTION_HOLD && verdict->scope == SMTPERR_SCOPE_ACCOUNT) {
        (void)change_by_policy(the, policy->login_refused);
    } else if (permanent && verdict->category == SMTPERR_CATEGORY_MAILBOX_FULL &&
               verdict->action == SMTPERR_ACTION_BOUNCE) {
        (void)change_by_policy(the, policy->mailbox_full_5yz);
    } else if (permanent && verdict->category == SMTPERR_CATEGORY_UNKNOWN && verdict->action == SMTPERR_ACTION_BOUNCE) {
        (void)change_by_policy(the, policy->unknown_5yz);
    } else if (the->decision_class == CLASS_4YZ && verdict->category == SMTPERR_CATEGORY_DOMAIN_UNKNOWN &&
               verdict->action == SMTPERR_ACTION_RETRY_LATER && (verdict->flags & SMTPERR_FLAG_MIXED_CODES) == 0) {
        (void)change_by_policy(the, policy->domain_unknown_4yz);
    }
    if (verdict->action == SMTPERR_ACTION_BOUNCE) {
        (void)change_by_policy(the, policy->soft_bounce);
    }
}

static int is_one_of(int32_t value, int32_t a, int32_t b, int32_t c)
{
    return value == 0 || value == a || value == b || value == c;
}

enum { /* of the first version, which callers may always have; and more than any struct will ever have */
       CONTEXT_SIZE_0_1 = 32,
       POLICY_SIZE_0_1 = 36,
       VERDICT_SIZE_0_1 = 160,
       SIZE_MAX_EVER = 4096
};

/* Copies a caller's struct of this size over ours, which is zero. Bytes past those that we know must be zero: they would ask for
 * what this library cannot do. */
static int take(const void *given, uint32_t size, size_t least, void *own, size_t own_size)
{
    const unsigned char *bytes = given;
    size_t i;
    if (size < least || size > SIZE_MAX_EVER) {
        return 0;
    }
    for (i = own_size; i < size; i++) {
        if (bytes[i] != 0) {
            return 0;
        }
    }
    memcpy(own, given, size < own_size ? size : own_size);
    return 1;
}

static uint32_t least_delay(const smtperr_policy *policy)
{
    return policy->delay_min_seconds != 0 ? policy->delay_min_seconds : DELAY_MIN;
}

static uint32_t most_delay(const smtperr_policy *policy)
{
    return policy->delay_max_seconds != 0 ? policy->delay_max_seconds : DELAY_MAX;
}

int smtperr__take_policy(const smtperr_policy *given, smtperr_policy *policy)
{
    memset(policy, 0, sizeof *policy);
    if (given == NULL) {
        return 1;
    }
    if (!take(given, given->size, POLICY_SIZE_0_1, policy, sizeof *policy)) {
        return 0;
    }
    return least_delay(policy) <= most_delay(policy) &&
           is_one_of(policy->greeting_5yz, SMTPERR_ACTION_RETRY_OTHER_HOST, SMTPERR_ACTION_BOUNCE, 0) &&
           is_one_of(policy->login_refused, SMTPERR_ACTION_HOLD, SMTPERR_ACTION_RETRY_LATER, SMTPERR_ACTION_BOUNCE) &&
           is_one_of(policy->mailbox_full_5yz, SMTPERR_ACTION_BOUNCE, SMTPERR_ACTION_RETRY_LATER, 0) &&
           is_one_of(policy->unknown_5yz, SMTPERR_ACTION_BOUNCE, SMTPERR_ACTION_RETRY_LATER, 0) &&
           is_one_of(policy->domain_unknown_4yz, SMTPERR_ACTION_RETRY_LATER, SMTPERR_ACTION_BOUNCE, 0) &&
           is_one_of(policy->soft_bounce, SMTPERR_ACTION_RETRY_LATER, 0, 0);
}

int smtperr__take_context(const smtperr_context *given, smtperr_context *context)
{
    const uint32_t tls = SMTPERR_CONTEXT_TLS_OPTIONAL | SMTPERR_CONTEXT_TLS_REQUIRED;
    memset(context, 0, sizeof *context);
    if (given != NULL && !take(given, given->size, CONTEXT_SIZE_0_1, context, sizeof *context)) {
        return 0;
    }
    return context->stage >= 0 && context->stage < STAGE_COUNT && context->role >= SMTPERR_ROLE_UNKNOWN &&
           context->role <= SMTPERR_ROLE_RELAY && context->flags < SMTPERR_CONTEXT_RECONNECTED * 2 &&
           (context->flags & tls) != tls;
}

/* ---- What follows from the action. ---- */

/* RFC 6647 5: what the server asks for, within bounds: it may not make us hammer it, nor forget the mail. */
static uint32_t asked_delay(const decision *the)
{
    const uint32_t asked = the->verdict->retry_after_seconds;
    const uint32_t least = least_delay(the->policy);
    const uint32_t most = the->policy->delay_max_seconds == 0 && the->verdict->category == SMTPERR_CATEGORY_GREYLISTED
                              ? DELAY_GREYLISTED_MAX
                              : most_delay(the->policy);
    return asked < least ? least : asked > most ? most : asked;
}

/* 4.5.4.1: retries come less often the longer they last: doubled with each attempt or, where that is not known, a quarter
 * of the time in the queue. */
static uint32_t growing_delay(const decision *the)
{
    const uint32_t least = least_delay(the->policy);
    const uint32_t most = most_delay(the->policy);
    uint32_t delay = the->verdict->delay_seconds;
    uint32_t attempt;
    for (attempt = 1; attempt < the->context->attempt && delay < most; attempt++) {
        delay = delay <= most / 2 ? delay * 2 : most;
    }
    if (the->context->attempt == 0 && the->context->age_seconds / 4 > delay) {
        delay = the->context->age_seconds / 4;
    }
    if (delay > most) {
        delay = most;
    }
    return delay < least ? least : delay;
}

static int32_t report_status(const decision *the, int32_t status_class)
{
    if (the->verdict->enhanced != 0 && ENHANCED_CLASS_OF(the->verdict->enhanced) == status_class) {
        return the->verdict->enhanced;
    }
    if (the->verdict->failure_status != 0) {
        return status_class * 1000000 + the->verdict->failure_status % 1000000;
    }
    return status_class * 1000000 + (the->status >> 10) * 1000 + (the->status & ENHANCED_ANY);
}

static void finish(decision *the)
{
    smtperr_verdict *verdict = the->verdict;
    verdict->delay_origin = SMTPERR_ORIGIN_NONE;
    verdict->dsn_action = SMTPERR_DSN_NONE;
    switch (verdict->action) {
    case SMTPERR_ACTION_PROCEED:
        verdict->retry = 0;
        verdict->likely_permanent = 0;
        verdict->delay_seconds = 0;
        verdict->dsn_status = report_status(the, 2);
        if (verdict->stage == SMTPERR_STAGE_EOD) {
            verdict->dsn_action = SMTPERR_DSN_RELAYED;
        }
        break;
    case SMTPERR_ACTION_BOUNCE:
        verdict->retry = 0;
        verdict->likely_permanent = 1;
        verdict->delay_seconds = 0;
        verdict->dsn_status = report_status(the, 5);
        verdict->dsn_action = SMTPERR_DSN_FAILED;
        break;
    default:
        verdict->retry = 1;
        verdict->likely_permanent = verdict->likely_permanent || verdict->action == SMTPERR_ACTION_HOLD;
        if (verdict->retry_after_seconds != 0 && verdict->action != SMTPERR_ACTION_HOLD) {
            verdict->delay_seconds = asked_delay(the);
            verdict->delay_origin = SMTPERR_ORIGIN_SERVER;
        } else {
            verdict->delay_seconds = growing_delay(the);
            verdict->delay_origin = SMTPERR_ORIGIN_DEFAULT;
        }
        verdict->dsn_status = report_status(the, 4);
        verdict->dsn_action = SMTPERR_DSN_DELAYED;
        break;
    }
}

void smtperr__decide(const smtperr_context *context, const smtperr_policy *policy, smtperr_verdict *verdict)
{
    decision the;
    int out_of_step;
    the.context = context;
    the.policy = policy;
    the.verdict = verdict;
    the.decision_class = class_of(verdict);
    take_answer(&the, answer_for(verdict, the.decision_class));
    out_of_step = verdict->action == SMTPERR_ACTION_RECONNECT;
    if (rcpt_replies_decide(&the) || reconnect_once(&the) || split_no_further(&the) || no_login_at_an_mx(&the) ||
        our_relay_must_relay(&the) || helo_is_not_enough(&the) || our_account(&the)) {
        verdict->decided_by = SMTPERR_BASIS_STAGE;
    }
    if (clear_if_optional(&the)) { /* also of what was to reconnect once */
        verdict->decided_by = SMTPERR_BASIS_STAGE;
    }
    one_recipient_in_lmtp(&the);
    limit_of_the_account(&the);
    words_may_say_never(&the);
    bare_refusal_may_pass(&the);
    mixed_success_is_theirs(&the);
    suppress_only_the_dead(&the);
    outcome_may_be_unknown(&the);
    connection_may_be_over(&the, out_of_step);
    apply_switches(&the);
    finish(&the);
}

/* 0, or a status of a class that there is (RFC 3463 2). */
static int status_ok(int32_t status)
{
    const int32_t status_class = ENHANCED_CLASS_OF(status);
    return status == 0 || status_class == 2 || status_class == 4 || status_class == 5;
}

int32_t smtperr_decide(const smtperr_context *context, const smtperr_policy *policy, smtperr_verdict *verdict,
                       size_t verdict_size)
{
    const size_t shared = verdict_size < sizeof *verdict ? verdict_size : sizeof *verdict;
    smtperr_context own;
    smtperr_policy own_policy;
    smtperr_verdict full;
    if (verdict == NULL || verdict_size < VERDICT_SIZE_0_1 || !smtperr__take_context(context, &own) ||
        !smtperr__take_policy(policy, &own_policy)) {
        return SMTPERR_ERR_MISUSE;
    }
    memset(&full, 0, sizeof full);
    memcpy(&full, verdict, shared);
    if (full.stage < 0 || full.stage >= STAGE_COUNT || full.category < 0 || full.category >= CATEGORY_COUNT ||
        full.code < 0 || full.code > 999 || full.first_code < 0 || full.first_code > 999 || !status_ok(full.enhanced) ||
        !status_ok(full.failure_status) || full.basis < SMTPERR_BASIS_TEXT || full.basis > SMTPERR_BASIS_POLICY ||
        full.confidence < SMTPERR_CONFIDENCE_LOW || full.confidence > SMTPERR_CONFIDENCE_HIGH) {
        return SMTPERR_ERR_MISUSE;
    }
    smtperr__decide(&own, &own_policy, &full);
    memcpy(verdict, &full, shared);
    return 0;
}

void smtperr__hand_out(const smtperr_verdict *full, smtperr_verdict *verdict, size_t verdict_size)
{
    const size_t known = verdict_size < sizeof *full ? verdict_size : sizeof *full;
    memset(verdict, 0, verdict_size);
    memcpy(verdict, full, known);
    verdict->size = (uint32_t)known;
}
