/* SPDX-License-Identifier: MIT
 *
 * The public structs as other languages see them, byte by byte: the same on 32 and 64 bit, and never to change. A new field
 * gets a new row at the end of its struct. Each row starts where the one before ends, so there is no padding.
 * smtperr_reader is private: only its size is seen. */
#include "smtperr.h"

#include <stddef.h>
#include <stdio.h>

typedef struct {
    const char *name;
    size_t at, is_at, size;
} row;

/* clang-format off */
#define FIELD(type, field, at) {#type "." #field, (at), offsetof(type, field), sizeof((type *)0)->field}
#define END(type, at) {"end of " #type, (at), sizeof(type), 0}
/* clang-format on */

static const row rows[] = {
    FIELD(smtperr_span, at, 0),
    FIELD(smtperr_span, len, 4),
    END(smtperr_span, 8),

    FIELD(smtperr_context, size, 0),
    FIELD(smtperr_context, stage, 4),
    FIELD(smtperr_context, role, 8),
    FIELD(smtperr_context, flags, 12),
    FIELD(smtperr_context, recipients_accepted, 16),
    FIELD(smtperr_context, attempt, 20),
    FIELD(smtperr_context, age_seconds, 24),
    FIELD(smtperr_context, provider, 28),
    END(smtperr_context, 32),

    FIELD(smtperr_policy, size, 0),
    FIELD(smtperr_policy, greeting_5yz, 4),
    FIELD(smtperr_policy, login_refused, 8),
    FIELD(smtperr_policy, mailbox_full_5yz, 12),
    FIELD(smtperr_policy, unknown_5yz, 16),
    FIELD(smtperr_policy, domain_unknown_4yz, 20),
    FIELD(smtperr_policy, soft_bounce, 24),
    FIELD(smtperr_policy, delay_min_seconds, 28),
    FIELD(smtperr_policy, delay_max_seconds, 32),
    END(smtperr_policy, 36),

    FIELD(smtperr_verdict, size, 0),
    FIELD(smtperr_verdict, status, 4),
    FIELD(smtperr_verdict, code, 8),
    FIELD(smtperr_verdict, first_code, 12),
    FIELD(smtperr_verdict, enhanced, 16),
    FIELD(smtperr_verdict, failure, 20),
    FIELD(smtperr_verdict, failure_status, 24),
    FIELD(smtperr_verdict, stage, 28),
    FIELD(smtperr_verdict, category, 32),
    FIELD(smtperr_verdict, basis, 36),
    FIELD(smtperr_verdict, confidence, 40),
    FIELD(smtperr_verdict, provider, 44),
    FIELD(smtperr_verdict, blocklist, 48),
    FIELD(smtperr_verdict, rule, 52),
    FIELD(smtperr_verdict, flags, 56),
    FIELD(smtperr_verdict, address_dead, 60),
    FIELD(smtperr_verdict, data_version, 64),
    FIELD(smtperr_verdict, retry_after_seconds, 68),
    FIELD(smtperr_verdict, matched, 72),
    FIELD(smtperr_verdict, url, 80),
    FIELD(smtperr_verdict, text, 88),
    FIELD(smtperr_verdict, address, 96),
    FIELD(smtperr_verdict, retry, 104),
    FIELD(smtperr_verdict, action, 108),
    FIELD(smtperr_verdict, scope, 112),
    FIELD(smtperr_verdict, party, 116),
    FIELD(smtperr_verdict, suppress, 120),
    FIELD(smtperr_verdict, likely_permanent, 124),
    FIELD(smtperr_verdict, outcome_unknown, 128),
    FIELD(smtperr_verdict, closing, 132),
    FIELD(smtperr_verdict, decided_by, 136),
    FIELD(smtperr_verdict, delay_origin, 140),
    FIELD(smtperr_verdict, delay_seconds, 144),
    FIELD(smtperr_verdict, dsn_status, 148),
    FIELD(smtperr_verdict, dsn_action, 152),
    FIELD(smtperr_verdict, sysexit, 156),
    END(smtperr_verdict, 160),

    FIELD(smtperr_match, rule, 0),
    FIELD(smtperr_match, category, 4),
    FIELD(smtperr_match, rank, 8),
    FIELD(smtperr_match, outcome, 12),
    FIELD(smtperr_match, provider, 16),
    FIELD(smtperr_match, word_count, 20),
    FIELD(smtperr_match, matched, 24),
    END(smtperr_match, 32),
};

int main(void)
{
    int wrong = 0;
    size_t expected = 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].at != rows[i].is_at || rows[i].at != expected) {
            printf("%s is at %zu, not at %zu\n", rows[i].name, rows[i].is_at, rows[i].at);
            wrong = 1;
        }
        expected = rows[i].size == 0 ? 0 : rows[i].at + rows[i].size;
    }
    /* Four fields as wide as a pointer, 24 bytes, and the room to grow. */
    if (sizeof(smtperr_reader) != 4 * sizeof(void *) + 24 + 32) {
        printf("smtperr_reader has %zu bytes\n", sizeof(smtperr_reader));
        wrong = 1;
    }
    return wrong;
}
