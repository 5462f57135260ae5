/* SPDX-License-Identifier: MIT
 *
 * The walk through the trie, for Frama-C's EVA: one word at any state of the walk, which is left as it was found, so any number of
 * them. Nodes are any that the compiler of rules makes: tests/generator/test_tables.py
 * walks through all of those that it made.
 */
#include "__fc_builtin.h"
#include "internal.h"
#include TABLES

enum { ENDS_MOST = 8 }; /* of patterns at one node; test_tables.py holds the real ones to it */
static uint16_t node[ENDS_MOST + 1];
static uint16_t rest[3]; /* of a node behind these ends */
enum {
    RULES_ALL = sizeof smtperr__rules / sizeof smtperr__rules[0],
    BLOCKLISTS_ALL = sizeof smtperr__blocklists / sizeof smtperr__blocklists[0]
};
static smtperr__matcher matcher;
static smtperr_verdict numbers;

static int any_of_two(void)
{
    return Frama_C_interval(0, 1);
}

static uint16_t any_edges(void)
{
    const uint16_t entry = Frama_C_unsigned_short_interval(0, ENTRY_ACCEPT - 1);
    return entry == (ENTRY_POINTER | 1) ? 0 : entry;
}

static const uint16_t *any_rest(void)
{
    rest[0] = any_edges();
    rest[1] = Frama_C_unsigned_short_interval(0, 0xFFFF);
    rest[2] = any_edges();
    if (any_of_two()) {
        rest[0] = ENTRY_POINTER | 1;
    }
    return rest;
}

static const uint16_t *any_node(void)
{
    node[0] = Frama_C_unsigned_short_interval(ENTRY_ACCEPT, 0xFFFF);
    return any_of_two() ? node : any_rest();
}

static const uint16_t *perhaps(void)
{
    return any_of_two() ? any_node() : NULL;
}
#define follow(at, word) perhaps()
#define follow_edge(base, word) perhaps()
#define root_of(word) perhaps()
#define set_of(word) Frama_C_unsigned_int_interval(0, 0xFFFF)

/* What stands for the functions that entries of their own are for. */
static void follow_take_rule(smtperr__matcher *matcher, uint16_t rule, uint64_t phrase)
{
    //@ assert rule_exists: rule < RULES_ALL;
}

static const uint16_t *follow_accept(smtperr__matcher *matcher, const uint16_t *entry, uint64_t phrase)
{
    //@ assert at_a_node: entry == &node[0] || entry == &rest[0];
    if (entry == rest) {
        return rest; /* nothing ends there */
    }
    return any_of_two() ? &smtperr__trie[0] : any_rest();
}

static void follow_open_gap(smtperr__matcher *matcher, uint32_t base, uint64_t phrase)
{
    matcher->gap_count = Frama_C_size_t_interval(0, PATHS_MAX);
}

static void follow_close_gaps(smtperr__matcher *matcher)
{
    matcher->gap_count = Frama_C_size_t_interval(0, PATHS_MAX);
}

#define SELDOM
#define OFTEN
#include WORDS

static void any_state(void)
{
    Frama_C_make_unknown((char *)&matcher, sizeof matcher);
    Frama_C_make_unknown((char *)&numbers, sizeof numbers);
    matcher.verdict = &numbers;
    matcher.blocklist = Frama_C_unsigned_short_interval(0, BLOCKLISTS_ALL - 1);
    matcher.gap_count = Frama_C_size_t_interval(0, PATHS_MAX);
}

static uint32_t any_number(void)
{
    return Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

static uint64_t any_phrase(void)
{
    return Frama_C_unsigned_long_long_interval(0, UINT64_MAX);
}

void prove_matches(void)
{
    size_t i;
    any_state();
    matcher.match_count = Frama_C_size_t_interval(0, MATCHES_MAX);
    for (i = 0; i < MATCHES_MAX; i++) {
        matcher.matches[i].rule = Frama_C_unsigned_short_interval(0, RULES_ALL - 1);
    }
    take_rule(&matcher, Frama_C_unsigned_short_interval(0, RULES_ALL - 1), any_phrase());
    //@ assert list_in_bounds: matcher.match_count <= MATCHES_MAX;
    for (i = 0; i < MATCHES_MAX; i++) {
        //@ assert rules_exist: matcher.matches[i].rule < RULES_ALL;
    }
}

void prove_ends(void)
{
    const int ends = Frama_C_interval(1, ENDS_MOST);
    const uint16_t *behind;
    int i;
    //@ split ends;
    any_state();
    for (i = 0; i < ends; i++) {
        node[i] = ENTRY_ACCEPT | Frama_C_unsigned_short_interval(0, smtperr__target_bases[2] + BLOCKLISTS_ALL - 1);
    }
    node[ends] = 0;
    if (any_of_two()) {
        node[ends - 1] |= ENTRY_ALONE;
    }
    behind = accept(&matcher, node, any_phrase());
    //@ assert behind_the_ends: behind == &smtperr__trie[0] || behind == &node[ends];
    //@ assert blocklist_exists: matcher.blocklist < BLOCKLISTS_ALL;
}

void prove_open(void)
{
    smtperr__begin_words(&matcher, &numbers, Frama_C_unsigned_short_interval(0, 0xFFFF));
    any_state();
    open_gap(&matcher, any_number(), any_phrase());
    //@ assert gaps_in_bounds: matcher.gap_count <= PATHS_MAX;
}

void prove_close(void)
{
    any_state();
    close_gaps(&matcher);
    //@ assert gaps_in_bounds: matcher.gap_count <= PATHS_MAX;
}

void prove_trie(void)
{
    any_state();
    if (any_of_two()) {
        matcher.waiting = matcher.paths[0];
        matcher.written = matcher.paths[1];
    } else {
        matcher.waiting = matcher.paths[1];
        matcher.written = matcher.paths[0];
    }
    //@ split matcher.waiting;
    matcher.waiting_end = matcher.waiting + Frama_C_size_t_interval(0, PATHS_MAX);
    take_either(&matcher, word_number(any_number()), any_number());
    //@ assert paths_in_bounds: matcher.waiting <= matcher.waiting_end <= matcher.waiting + PATHS_MAX;
    //@ assert sides_in_bounds: matcher.waiting == matcher.paths[0] && matcher.written == matcher.paths[1] || matcher.waiting == matcher.paths[1] && matcher.written == matcher.paths[0];
    //@ assert gaps_in_bounds: matcher.gap_count <= PATHS_MAX;
}
