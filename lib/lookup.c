/* SPDX-License-Identifier: MIT
 *
 * Finds the row for a code or an enhanced code. Relies on the order that data/generate.py proves: rows sorted
 * by key, and a row for every class, so that a number nobody listed still has a meaning (RFC 5321 4.2, RFC 3463 2).
 */
#include "internal.h"

static const smtperr__meaning *find(const smtperr__meaning *rows, size_t count, uint32_t key, int32_t stage)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rows[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < count && rows[low].key == key; low++) {
        if ((rows[low].stages >> stage & 1) != 0) {
            return &rows[low];
        }
    }
    return NULL;
}

const smtperr__meaning *smtperr__find_code(int32_t code, int32_t stage)
{
    const smtperr__meaning *row;
    if (code < 100 || code > 699 || stage < 0 || stage >= STAGE_COUNT) {
        return NULL;
    }
    row = find(smtperr__codes, smtperr__code_count, (uint32_t)code, stage);
    return row != NULL ? row : find(smtperr__codes, smtperr__code_count, (uint32_t)code / 100, stage);
}

const smtperr__meaning *smtperr__find_enhanced(int32_t enhanced, int32_t stage)
{
    const smtperr__meaning *row = NULL;
    uint32_t subject;
    if (enhanced < 2000000 || enhanced > 5999999 || stage < 0 || stage >= STAGE_COUNT) {
        return NULL;
    }
    subject = (uint32_t)ENHANCED_SUBJECT_OF(enhanced);
    if (subject < ENHANCED_CLASS) {
        const uint32_t detail = (uint32_t)ENHANCED_DETAIL_OF(enhanced);
        row = find(smtperr__enhanced, smtperr__enhanced_count, ENHANCED_KEY(subject, detail), stage);
        if (row == NULL) { /* RFC 3463 2: an unknown detail means what its subject means ... */
            row = find(smtperr__enhanced, smtperr__enhanced_count, ENHANCED_KEY(subject, ENHANCED_ANY), stage);
        }
    }
    if (row == NULL) { /* ... and an unknown subject what its class means */
        const uint32_t class_key = ENHANCED_KEY((uint32_t)ENHANCED_CLASS, (uint32_t)ENHANCED_CLASS_OF(enhanced));
        row = find(smtperr__enhanced, smtperr__enhanced_count, class_key, stage);
    }
    return row;
}
