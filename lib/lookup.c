/* SPDX-License-Identifier: MIT
 *
 * Finds the row for a code or an enhanced code. data/generate.py sees to a row for every class, so that a number nobody listed still
 * has a meaning (RFC 5321 4.2, RFC 3463 2).
 */
#include "internal.h"

static const smtperr__meaning *find(const smtperr__meaning *rows, const uint8_t *buckets, uint32_t key, int32_t stage)
{
    const uint8_t *bucket = &buckets[(key ^ key >> 7) % MEANING_BUCKETS];
    const uint32_t end = bucket[1];
    uint32_t at;
    for (at = bucket[0]; at < end; at++) {
        if (rows[at].key == key && (rows[at].stages >> stage & 1) != 0) {
            return &rows[at];
        }
    }
    return NULL;
}

const smtperr__meaning *smtperr__find_code(int32_t code, int32_t stage)
{
    const smtperr__meaning *row = NULL;
    uint32_t key = (uint32_t)code;
    if (code < 100 || code > 699 || stage < 0 || stage >= STAGE_COUNT) {
        return NULL;
    }
    for (; row == NULL && key > 0; key /= 100) { /* an unknown code means what its class means */
        row = find(smtperr__codes, smtperr__code_buckets, key, stage);
    }
    return row;
}

const smtperr__meaning *smtperr__find_enhanced(int32_t enhanced, int32_t stage)
{
    const smtperr__meaning *row = NULL;
    uint32_t keys[3];
    size_t i;
    if (enhanced < 2000000 || enhanced > 5999999 || stage < 0 || stage >= STAGE_COUNT) {
        return NULL;
    }
    /* RFC 3463 2: an unknown detail means what its subject means, and an unknown subject what its class means. */
    keys[0] = ENHANCED_KEY((uint32_t)ENHANCED_SUBJECT_OF(enhanced), (uint32_t)ENHANCED_DETAIL_OF(enhanced));
    keys[1] = keys[0] | ENHANCED_ANY;
    keys[2] = ENHANCED_KEY((uint32_t)ENHANCED_CLASS, (uint32_t)ENHANCED_CLASS_OF(enhanced));
    for (i = ENHANCED_SUBJECT_OF(enhanced) < ENHANCED_CLASS ? 0 : 2; row == NULL && i < 3; i++) {
        row = find(smtperr__enhanced, smtperr__enhanced_buckets, keys[i], stage);
    }
    return row;
}
