/* SPDX-License-Identifier: MIT
 *
 * Which rule wins and what it says, for Frama-C's EVA: any matches of any rules. The lists of conditions are read by functions that
 * do not look at anything else; tests/generator/test_tables.py walks through all of these lists.
 */
#include "__fc_builtin.h"
#include "internal.h"
#include TABLES

static int any_of_two(void)
{
    return Frama_C_interval(0, 1);
}
#define holds(row, matcher, verdict) any_of_two()

#include RULES

static smtperr__matcher matcher;
static smtperr_verdict verdict;

int smtperr__speaks_of_address(int32_t category)
{
    return any_of_two();
}

void prove_rules(void)
{
    size_t i;
    Frama_C_make_unknown((char *)&matcher, sizeof matcher);
    Frama_C_make_unknown((char *)&verdict, sizeof verdict);
    matcher.match_count = Frama_C_size_t_interval(0, MATCHES_MAX);
    matcher.provider = Frama_C_unsigned_short_interval(0, smtperr__provider_count - 1);
    matcher.blocklist = Frama_C_unsigned_short_interval(0, sizeof smtperr__blocklist_categories - 1);
    for (i = 0; i < MATCHES_MAX; i++) {
        matcher.matches[i].rule = Frama_C_unsigned_short_interval(0, smtperr__target_bases[0] - 1);
    }
    verdict.enhanced = Frama_C_interval(0, 5999999);
    verdict.category = Frama_C_interval(0, CATEGORY_COUNT - 1);
    smtperr__classify_words(&verdict, &matcher);
    //@ assert category_exists: 0 <= verdict.category < CATEGORY_COUNT;
    if (matcher.match_count > 0) {
        (void)smtperr__outcome(&matcher, &matcher.matches[Frama_C_size_t_interval(0, matcher.match_count - 1)], &verdict);
    }
}
