/* SPDX-License-Identifier: MIT
 *
 * The search for a host in the generated table, for Frama-C's EVA: names of any length and any bytes. The steps from row to row are shown one
 * by one: from any row, whatever the hash, so any number of them ends in the table.
 */
#include "eva_text.h"
#include TABLES

#define BYTE_OF(i, end) ((room + TEXT_MAX)[(long long)(i) - (long long)(end)])
enum {
    SLOTS = sizeof smtperr__hosts / sizeof smtperr__hosts[0],
    BLOCKLISTS_ALL = sizeof smtperr__blocklists / sizeof smtperr__blocklists[0]
};

static int any_row(void)
{
    return Frama_C_interval(0, SLOTS - 1);
}

/* Where the search ends that begins at a row. */
static const smtperr__host *search(const smtperr__host *slot)
{
    //@ assert in_the_table: &smtperr__hosts[0] <= slot < &smtperr__hosts[SLOTS];
    return &smtperr__hosts[any_row()];
}

static void take_either(smtperr__matcher *matcher, uint32_t word, uint32_t other)
{
}

#include WORDS

static smtperr__matcher matcher;

void prove_steps(void)
{
    const uint32_t hash = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    const int row = any_row();
    //@ split row;
    if (smtperr__hosts[row].hash < hash) {
        //@ assert another_row: row + 1 < SLOTS;
    }
}

void prove_hosts(void)
{
    const size_t length = any_text();
    Frama_C_make_unknown((char *)&matcher, sizeof matcher);
    matcher.provider = Frama_C_unsigned_short_interval(0, smtperr__provider_count - 1);
    matcher.blocklist = Frama_C_unsigned_short_interval(0, BLOCKLISTS_ALL - 1);
    (void)take_host(&matcher, 3, a_text, length);
    //@ assert provider_exists: matcher.provider < smtperr__provider_count;
    //@ assert blocklist_exists: matcher.blocklist < BLOCKLISTS_ALL;
    (void)smtperr__provider_of(a_text, length);
}
