/* SPDX-License-Identifier: MIT
 *
 * Names the category from numbers: the enhanced code and the basic code at this stage, whichever says more, unless the
 * code is out of place here or the context gives it another meaning. Each such rule is a function below.
 */
#include "internal.h"

static void take_row(smtperr_verdict *verdict, const smtperr__meaning *row, int32_t basis)
{
    verdict->category = row->category;
    verdict->confidence = row->confidence;
    verdict->rule = (int32_t)row->rule;
    verdict->address_dead = row->dead;
    verdict->basis = basis;
}

static void take_category(smtperr_verdict *verdict, int32_t category, int32_t basis, int32_t confidence)
{
    verdict->category = category;
    verdict->confidence = confidence;
    verdict->rule = 0;
    verdict->address_dead = 0;
    verdict->basis = basis;
}

/* 3.3, 4.3.2: the text may be sent only after 3yz to DATA, and 3yz means nothing but there and in AUTH; RFC 3207 4: the handshake
 * begins after 220 only. Another 2yz there, or a 3yz elsewhere, shows that the two sides are out of step, so it is no success. */
static int is_out_of_step(const smtperr_verdict *verdict)
{
    switch (verdict->code / 100) {
    case 2:
        return verdict->stage == SMTPERR_STAGE_DATA ||
               (verdict->stage == SMTPERR_STAGE_STARTTLS && verdict->code != 220);
    case 3:
        return verdict->stage != SMTPERR_STAGE_DATA && verdict->stage != SMTPERR_STAGE_AUTH &&
               verdict->stage != SMTPERR_STAGE_UNKNOWN;
    default:
        return 0;
    }
}

/* 4.5.3.1.10: 452, and by an old mistake 552, also answers more recipients than the server takes at once. Since both
 * mostly speak of space, only recipients accepted before this one tell, beside stock sentences; never once it was refused alone. */
static int is_one_too_many(const smtperr_verdict *verdict, const smtperr_context *context)
{
    return (verdict->code == 452 || verdict->code == 552) && verdict->stage == SMTPERR_STAGE_RCPT &&
           verdict->basis == SMTPERR_BASIS_CODE && smtperr__has(context, SMTPERR_CONTEXT_RECIPIENTS_COUNTED) &&
           context->recipients_accepted > 0 && !smtperr__has(context, SMTPERR_CONTEXT_REFUSED_ALONE);
}

/* 3.3, RFC 2920 3.1: DATA refused after every RCPT was. */
static int repeats_rcpt(const smtperr_verdict *verdict, const smtperr_context *context)
{
    return verdict->stage == SMTPERR_STAGE_DATA && verdict->code >= 400 &&
           smtperr__has(context, SMTPERR_CONTEXT_RECIPIENTS_COUNTED) && context->recipients_accepted == 0;
}

/* RFC 3463 3.3: X.2.1 is a mailbox that takes no mail. With a 4 it takes none at the moment: who says 4.2.1 mostly means that it is busy, or
 * gets too much. */
static int is_off_for_now(const smtperr_verdict *verdict)
{
    const int32_t reply_class = verdict->code != 0 ? verdict->code / 100 : ENHANCED_CLASS_OF(verdict->enhanced);
    return reply_class == 4 && verdict->basis == SMTPERR_BASIS_ENHANCED &&
           verdict->category == SMTPERR_CATEGORY_MAILBOX_DISABLED;
}

int smtperr__speaks_of_address(int32_t category)
{
    switch (category) {
    case SMTPERR_CATEGORY_MAILBOX_UNKNOWN:
    case SMTPERR_CATEGORY_MAILBOX_DISABLED:
    case SMTPERR_CATEGORY_MAILBOX_MOVED:
    case SMTPERR_CATEGORY_ADDRESS_INVALID:
    case SMTPERR_CATEGORY_DOMAIN_UNKNOWN:
    case SMTPERR_CATEGORY_DOMAIN_NO_MAIL:
        return 1;
    default:
        return 0;
    }
}

/* The row that says more. An address is called dead only where the other number does not name another cause. */
static void take_best(smtperr_verdict *verdict, const smtperr__meaning *code_row, const smtperr__meaning *status_row)
{
    /* X.0.0 says nothing (RFC 3463 3.1); and what is a success by its status is none by its code, which rules (RFC 2034 4). */
    const int tells = status_row != NULL && status_row->category != SMTPERR_CATEGORY_UNKNOWN &&
                      status_row->category != SMTPERR_CATEGORY_OK && ENHANCED_CLASS_OF(verdict->enhanced) != 2;
    if (tells && (code_row == NULL || status_row->confidence >= code_row->confidence)) {
        take_row(verdict, status_row, SMTPERR_BASIS_ENHANCED);
        if (code_row != NULL && code_row->confidence > SMTPERR_CONFIDENCE_LOW &&
            !smtperr__speaks_of_address(code_row->category)) {
            verdict->address_dead = 0;
        }
    } else if (code_row != NULL) {
        take_row(verdict, code_row, SMTPERR_BASIS_CODE);
    }
}

static int is_odd_success(const smtperr_verdict *verdict)
{
    switch (verdict->stage) {
    case SMTPERR_STAGE_GREETING:
        return verdict->code != 220;
    case SMTPERR_STAGE_AUTH:
        return verdict->code != 235;
    case SMTPERR_STAGE_MAIL:
    case SMTPERR_STAGE_RCPT:
        return verdict->code < 250 || verdict->code > 252;
    case SMTPERR_STAGE_EHLO:
    case SMTPERR_STAGE_HELO:
    case SMTPERR_STAGE_BODY:
    case SMTPERR_STAGE_EOD:
        return verdict->code != 250;
    default:
        return 0;
    }
}

void smtperr__classify_numbers(smtperr_verdict *verdict, const smtperr_context *context)
{
    const smtperr__meaning *code_row = NULL;
    const smtperr__meaning *status_row = NULL;
    const int32_t reply_class = verdict->code / 100;

    if (verdict->code != 0) {
        code_row = smtperr__find_code(verdict->code, verdict->stage);
    }
    if (reply_class != 2 && reply_class != 3 &&
        verdict->enhanced != 0) { /* 4.2: a success is one whatever its text says */
        status_row = smtperr__find_enhanced(verdict->enhanced, verdict->stage);
    }
    take_category(verdict, SMTPERR_CATEGORY_UNKNOWN, SMTPERR_BASIS_CODE, SMTPERR_CONFIDENCE_LOW);
    if (verdict->code == 0 && ENHANCED_CLASS_OF(verdict->enhanced) == 2) { /* a log that shows the status alone */
        take_category(verdict, SMTPERR_CATEGORY_OK, SMTPERR_BASIS_ENHANCED, SMTPERR_CONFIDENCE_MEDIUM);
        status_row = NULL;
    }
    take_best(verdict, code_row, status_row);
    if (is_out_of_step(verdict) ||
        ((verdict->flags & SMTPERR_FLAG_MIXED_CODES) != 0 && (reply_class == 2 || reply_class == 3))) {
        take_category(verdict, SMTPERR_CATEGORY_PROTOCOL_ERROR, SMTPERR_BASIS_STAGE, SMTPERR_CONFIDENCE_HIGH);
    } else if (is_one_too_many(verdict, context)) {
        take_category(verdict, SMTPERR_CATEGORY_TOO_MANY_RECIPIENTS, SMTPERR_BASIS_STAGE, SMTPERR_CONFIDENCE_MEDIUM);
    } else if (repeats_rcpt(verdict, context)) {
        verdict->flags |= SMTPERR_FLAG_REPEATS_RCPT;
    } else if (is_off_for_now(verdict)) {
        take_category(verdict, SMTPERR_CATEGORY_MAILBOX_BUSY, SMTPERR_BASIS_ENHANCED, verdict->confidence);
    }
    if (verdict->category == SMTPERR_CATEGORY_OK && is_odd_success(verdict)) {
        verdict->flags |= SMTPERR_FLAG_ODD_SUCCESS;
    }
    /* Numbers that contradict each other, or stand alone in a text, condemn nobody. */
    if ((verdict->flags & (SMTPERR_FLAG_MIXED_CODES | SMTPERR_FLAG_MIXED_ESC | SMTPERR_FLAG_ESC_MISMATCH)) != 0 ||
        verdict->code == 0) {
        verdict->address_dead = 0;
    }
}
