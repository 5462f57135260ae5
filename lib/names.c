/* SPDX-License-Identifier: MIT
 *
 * Names, numbers and sentences: reads the table of words, which is in the order of kind and value.
 */
#include "internal.h"

#include <string.h>

/* The first row that is not before (kind, value). */
static size_t lower_bound(int32_t kind, int32_t value)
{
    size_t low = 0;
    size_t high = smtperr__word_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const smtperr__word *word = &smtperr__word_list[middle];
        if (word->kind < kind || (word->kind == kind && word->value < value)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const smtperr__word *find(int32_t kind, int32_t value)
{
    const size_t at = lower_bound(kind, value);
    if (at < smtperr__word_count && smtperr__word_list[at].kind == kind && smtperr__word_list[at].value == value) {
        return &smtperr__word_list[at];
    }
    return NULL;
}

static const char *say_of(const smtperr__word *word, int32_t say)
{
    if (word == NULL || say < 0 || say >= SAY_COUNT) {
        return "";
    }
    return &smtperr__pool[smtperr__words[word->words][say]];
}

/* 5.7.1 has the words of X.7.1. */
static int32_t listed_value(int32_t kind, int32_t value)
{
    return kind == SMTPERR_KIND_ENHANCED && value >= 2000000 && value <= 5999999 ? 1000000 + value % 1000000 : value;
}

const char *smtperr_name(int32_t kind, int32_t value)
{
    const smtperr__word *word = find(kind, listed_value(kind, value));
    return word != NULL ? &smtperr__pool[word->name] : "";
}

int32_t smtperr_value(int32_t kind, const char *name, size_t name_len)
{
    size_t at;
    if (name == NULL || name_len == 0) {
        return INT32_MIN;
    }
    for (at = lower_bound(kind, INT32_MIN); at < smtperr__word_count && smtperr__word_list[at].kind == kind; at++) {
        const char *known = &smtperr__pool[smtperr__word_list[at].name];
        size_t i = 0;
        while (i < name_len && known[i] != '\0' && smtperr__lower(known[i]) == smtperr__lower(name[i])) {
            i++;
        }
        if (i == name_len && known[i] == '\0') {
            return smtperr__word_list[at].value;
        }
    }
    return INT32_MIN;
}

int32_t smtperr_next(int32_t kind, int32_t value)
{
    const size_t at = value == INT32_MIN  ? lower_bound(kind, INT32_MIN)
                      : value < INT32_MAX ? lower_bound(kind, value + 1)
                                          : smtperr__word_count;
    if (at < smtperr__word_count && smtperr__word_list[at].kind == kind) {
        return smtperr__word_list[at].value;
    }
    return INT32_MIN;
}

/* The row that names the category of a number at a stage. Where the stage is unknown and no row is about that, the number's
 * own first row says more to people than that of its class. */
static const smtperr__word *find_meaning(int32_t kind, int32_t value, int32_t stage)
{
    const smtperr__word *own = find(kind, listed_value(kind, value));
    const smtperr__meaning *row;
    if (stage == SMTPERR_STAGE_CONNECT) {
        stage = SMTPERR_STAGE_GREETING;
    }
    row = kind == SMTPERR_KIND_CODE ? smtperr__find_code(value, stage) : smtperr__find_enhanced(value, stage);
    if (row == NULL && own == NULL && kind == SMTPERR_KIND_CODE && value >= 100 && value <= 699) {
        return find(kind, value / 100); /* 3yz where none belongs */
    }
    if (row == NULL || (own != NULL && kind == SMTPERR_KIND_CODE && row->key < 10 && stage == SMTPERR_STAGE_UNKNOWN)) {
        return own;
    }
    return find(SMTPERR_KIND_RULE, (int32_t)row->rule);
}

const char *smtperr_describe(int32_t kind, int32_t value, int32_t stage, int32_t say)
{
    const smtperr__word *word;
    if (kind == SMTPERR_KIND_CODE || kind == SMTPERR_KIND_ENHANCED) {
        word = find_meaning(kind, value, stage);
    } else {
        word = find(kind, value);
    }
    return say_of(word, say);
}

const char *smtperr_explain(const smtperr_verdict *verdict, int32_t say)
{
    const char *words = "";
    if (verdict == NULL) {
        return words;
    }
    if (verdict->rule > 0) {
        words = say_of(find(SMTPERR_KIND_RULE, verdict->rule), say);
    }
    if (words[0] == '\0') {
        words = say_of(find(SMTPERR_KIND_CATEGORY, verdict->category), say);
    }
    return words;
}
