/* SPDX-License-Identifier: MIT
 *
 * Names the category from the words that a text has met: which of the rules goes first, and where words tell more than the
 * numbers do. Apart from classify.c, so that a program without texts carries no rules.
 */
#include "internal.h"

/* A list of conditions: how many there are, then each. An empty one holds for all. */
static int in_list(const uint16_t *list, uint32_t value)
{
    uint16_t i;
    for (i = 1; i <= list[0]; i++) {
        if (list[i] == value) {
            return 1;
        }
    }
    return list[0] == 0;
}

static const uint16_t *next_list(const uint16_t *list)
{
    return list + 1 + list[0];
}

/* What is known once the whole text is read. */
static int holds(const smtperr__rule *row, const smtperr__matcher *matcher, const smtperr_verdict *verdict)
{
    const uint16_t *codes = &smtperr__conditions[row->conditions];
    const uint16_t *statuses = next_list(codes);
    const uint16_t *providers = next_list(statuses);
    const uint16_t *vetoes = &smtperr__conditions[row->vetoes];
    uint16_t i;
    for (i = 1; i <= vetoes[0]; i++) {
        if ((matcher->vetoes[vetoes[i] / 32] >> vetoes[i] % 32 & 1) != 0) {
            return 0;
        }
    }
    if (statuses[0] != 0) {
        const uint32_t key = ENHANCED_KEY((uint32_t)ENHANCED_SUBJECT_OF(verdict->enhanced),
                                          (uint32_t)ENHANCED_DETAIL_OF(verdict->enhanced));
        if (verdict->enhanced == 0 || !in_list(statuses, key)) {
            return 0;
        }
    }
    return in_list(codes, (uint32_t)verdict->code) && in_list(providers, matcher->provider);
}

static const uint16_t *providers_of(const smtperr__rule *row)
{
    return next_list(next_list(&smtperr__conditions[row->conditions]));
}

int32_t smtperr__bound_to(uint16_t rule, uint16_t found)
{
    const uint16_t *providers = providers_of(&smtperr__rules[rule]);
    if (providers[0] == 0) {
        return 0;
    }
    return (int32_t)smtperr__providers[in_list(providers, found) ? found : providers[1]];
}

const smtperr__match *smtperr__best_below(const smtperr__matcher *matcher, uint64_t merit)
{
    const smtperr__match *const end = matcher->matches + matcher->match_count;
    const smtperr__match *best = NULL;
    const smtperr__match *match;
    for (match = matcher->matches; match < end; match++) {
        if (match->merit < merit && (best == NULL || match->merit > best->merit)) {
            best = match;
        }
    }
    return best;
}

/* The best match of a rule that holds, NULL if there is none. */
static const smtperr__match *winner(const smtperr__matcher *matcher, const smtperr_verdict *verdict)
{
    const smtperr__match *match = smtperr__best_below(matcher, UINT64_MAX);
    while (match != NULL && !holds(&smtperr__rules[match->rule], matcher, verdict)) {
        match = smtperr__best_below(matcher, match->merit);
    }
    return match;
}

/* A second cause beside the first that would not condemn the address saves it. Other readings of the same words do not. */
static int another_cause_saves(const smtperr__matcher *matcher, const smtperr_verdict *verdict,
                               const smtperr__match *best)
{
    size_t i;
    for (i = 0; i < matcher->match_count; i++) {
        const smtperr__match *other = &matcher->matches[i];
        const smtperr__rule *row = &smtperr__rules[other->rule];
        if (RANK_OF(row) == SMTPERR_RANK_CAUSE && (row->bits & RULE_DEAD) == 0 &&
            row->category != smtperr__rules[best->rule].category &&
            (other->to <= PHRASE_FROM(best->merit) || PHRASE_FROM(other->merit) >= best->to) &&
            holds(row, matcher, verdict)) {
            return 1;
        }
    }
    return 0;
}

/* "Could not be stored, please try again later": the cause is told, and beside it that it may pass. Not so where the cause is
 * the address or this very message, or that somebody has tried for long enough. */
static int another_asks_back(const smtperr__matcher *matcher, const smtperr_verdict *verdict)
{
    size_t i;
    if (smtperr__speaks_of_address(verdict->category) || verdict->category == SMTPERR_CATEGORY_SPAM_CONTENT ||
        verdict->category == SMTPERR_CATEGORY_MALWARE || verdict->category == SMTPERR_CATEGORY_ATTACHMENT_BLOCKED ||
        verdict->category == SMTPERR_CATEGORY_MESSAGE_TOO_LARGE ||
        verdict->category == SMTPERR_CATEGORY_MESSAGE_EXPIRED) {
        return 0;
    }
    for (i = 0; i < matcher->match_count; i++) {
        const smtperr__rule *row = &smtperr__rules[matcher->matches[i].rule];
        if ((row->bits & RULE_TEMPORARY) != 0 && holds(row, matcher, verdict)) {
            return 1;
        }
    }
    return 0;
}

int32_t smtperr__outcome(const smtperr__matcher *matcher, const smtperr__match *match, const smtperr_verdict *verdict)
{
    if (match == winner(matcher, verdict)) {
        return SMTPERR_MATCH_WON;
    }
    return holds(&smtperr__rules[match->rule], matcher, verdict) ? SMTPERR_MATCH_LOST : SMTPERR_MATCH_VETOED;
}

/* No rule found a cause, but the reply names a blocklist: then that is the cause. */
static void take_blocklist(smtperr_verdict *verdict, const smtperr__matcher *matcher)
{
    const smtperr_span no_words = {0, 0};
    verdict->category = smtperr__blocklist_categories[matcher->blocklist];
    verdict->basis = SMTPERR_BASIS_TEXT;
    verdict->confidence = SMTPERR_CONFIDENCE_MEDIUM;
    verdict->rule = 0;
    verdict->address_dead = 0;
    verdict->matched = no_words;
}

/* Whether a rule tells more than the numbers did: words that say only what was done, or nothing, tell less than a number that
 * names a cause. */
static int tells_more(const smtperr__rule *row, const smtperr_verdict *verdict)
{
    if ((RANK_OF(row) == SMTPERR_RANK_BOILERPLATE && verdict->confidence >= SMTPERR_CONFIDENCE_MEDIUM) ||
        (RANK_OF(row) == SMTPERR_RANK_MEASURE && verdict->confidence >= SMTPERR_CONFIDENCE_HIGH)) {
        return 0;
    }
    /* RFC 5321 4.2.4: 502 and 504 speak of the command, and "VRFY is not known here" does too; Postfix says 504 to malformed addresses.
     * RFC 4954 4 and 6: 534, 535 and 538 speak of our login, and so does "user unknown" behind them. */
    return !smtperr__speaks_of_address(row->category) || ENHANCED_SUBJECT_OF(verdict->enhanced) == 1 ||
           !(verdict->code == 502 || verdict->code == 534 || verdict->code == 535 || verdict->code == 538 ||
             (verdict->code == 504 && row->category != SMTPERR_CATEGORY_ADDRESS_INVALID));
}

static void take_rule(smtperr_verdict *verdict, const smtperr__matcher *matcher, const smtperr__match *match)
{
    const smtperr__rule *row = &smtperr__rules[match->rule];
    /* Words that say the same as a number take nothing from its proof. Of a mailbox that is not in use they tell more: for how
     * long. */
    const int proved = verdict->address_dead && verdict->category == row->category &&
                       row->category != SMTPERR_CATEGORY_MAILBOX_DISABLED && (row->bits & RULE_IN_DOUBT) == 0;
    /* RFC 3463 3.2: X.1.7 and X.1.8 are about the sender's address, whatever the words leave open. */
    const int of_sender =
        verdict->category == SMTPERR_CATEGORY_SENDER_REJECTED && verdict->basis == SMTPERR_BASIS_ENHANCED;
    verdict->category = row->category;
    verdict->basis = SMTPERR_BASIS_TEXT;
    verdict->confidence = RANK_OF(row) == SMTPERR_RANK_CAUSE     ? SMTPERR_CONFIDENCE_HIGH
                          : RANK_OF(row) == SMTPERR_RANK_MEASURE ? SMTPERR_CONFIDENCE_MEDIUM
                                                                 : SMTPERR_CONFIDENCE_LOW;
    verdict->rule = (int32_t)row->id;
    verdict->matched.at = PHRASE_FROM(match->merit);
    verdict->matched.len = match->to - verdict->matched.at;
    /* A text without a code is hearsay: it may end a delivery, but of all that condemns an address only a domain that does
     * not exist is as sure without a server's own answer. */
    verdict->address_dead = ((row->bits & RULE_DEAD) != 0 || proved) &&
                            (verdict->flags & SMTPERR_FLAG_MIXED_CODES) == 0 &&
                            (verdict->code != 0 || row->category == SMTPERR_CATEGORY_DOMAIN_UNKNOWN) && !of_sender &&
                            !another_cause_saves(matcher, verdict, match);
    if ((row->bits & RULE_TEMPORARY) != 0 || (!verdict->address_dead && another_asks_back(matcher, verdict))) {
        verdict->flags |= SMTPERR_FLAG_TEMPORARY;
    }
    if ((row->bits & RULE_LIKELY_PERMANENT) != 0) {
        verdict->flags |= SMTPERR_FLAG_LIKELY_PERMANENT;
    }
    if ((row->bits & RULE_PERMANENT) != 0 && verdict->code == 0) {
        verdict->flags |= SMTPERR_FLAG_PERMANENT;
    }
    if ((row->bits & RULE_ACCOUNT) != 0) {
        verdict->flags |= SMTPERR_FLAG_OUR_ACCOUNT;
    }
}

void smtperr__classify_words(smtperr_verdict *verdict, const smtperr__matcher *matcher)
{
    const smtperr__match *match = winner(matcher, verdict);
    verdict->provider = (int32_t)smtperr__providers[matcher->provider];
    verdict->blocklist = (int32_t)smtperr__blocklists[matcher->blocklist];
    if (match != NULL && tells_more(&smtperr__rules[match->rule], verdict)) {
        take_rule(verdict, matcher, match);
    }
    if (matcher->blocklist != 0 && (match == NULL || RANK_OF(&smtperr__rules[match->rule]) != SMTPERR_RANK_CAUSE)) {
        take_blocklist(verdict, matcher);
    }
}
