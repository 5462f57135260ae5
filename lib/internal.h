/* SPDX-License-Identifier: MIT
 *
 * What the files of the library share: the shape of the generated tables and the steps between bytes and decision.
 * Dependencies run one way: evaluate -> evidence, which has what reader, find_reply, words and hints see judged by classify -> lookup,
 * rules and failure; evaluate -> decide. find_reply knows no verdict, decide knows no text, the tables know no code.
 */
#ifndef SMTPERR_INTERNAL_H
#define SMTPERR_INTERNAL_H

#ifndef SMTPERR_API
#if defined(__GNUC__)
#define SMTPERR_API __attribute__((visibility("default")))
#else
#define SMTPERR_API
#endif
#endif
#include "smtperr.h"

#include <string.h>

/* Nothing below leaves the library, so it can be reached without a detour and needs no relocation. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* These counts, and others of this file, stand in tables_decide.c too, which compiles only where they agree with the data. */
#define STAGE_COUNT 16
#define CATEGORY_COUNT 38

/* ---- Tables: written by data/generate.py, constant, without pointers. ---- */

/* tables_decide.c: all that a decision needs. */

/* What a code or an enhanced code means at some stages. Rows of one key stand together, those of fewer stages first; their bucket
 * is (key ^ key >> 7) % MEANING_BUCKETS. */
typedef struct {
    uint16_t key;    /* 450, or 4 for 4yz; enhanced codes: ENHANCED_KEY() */
    uint16_t stages; /* 1 << stage */
    uint32_t rule;
    uint8_t category;
    uint8_t confidence;
    uint8_t dead; /* 1: this alone says that the recipient's address is dead */
    uint8_t unused;
} smtperr__meaning;

#define MEANING_BUCKETS 64
#define ENHANCED_KEY(subject, detail) ((subject) << 10 | (detail)) /* subjects up to 62, details up to 999 */
#define ENHANCED_ANY 1023 /* the detail of a row for all details of a subject */
#define ENHANCED_CLASS 63 /* the subject of the rows for classes */

enum { CLASS_2YZ, CLASS_3YZ, CLASS_4YZ, CLASS_5YZ, CLASS_LOCAL, CLASS_LASTING, CLASS_COUNT };

typedef struct {
    uint8_t action, scope, party;
    uint8_t bits; /* ANSWER_* */
    uint16_t delay_seconds;
    uint16_t status; /* ENHANCED_KEY(); the class comes from the action */
    uint8_t sysexit;
    uint8_t unused;
} smtperr__answer;
#define ANSWER_SUPPRESS 1
#define ANSWER_LIKELY_PERMANENT 2

/* Rows that hold for some codes only, in the order of category; they go before the big table. The last row is behind all categories. */
typedef struct {
    uint16_t code;     /* or 0 */
    uint16_t enhanced; /* ENHANCED_KEY(), or 0 */
    uint16_t stages;
    uint8_t category, decision_class, answer;
    uint8_t unused;
} smtperr__exception;

/* A failure without a reply. Rows are in the order of id. */
typedef struct {
    uint16_t id;
    uint16_t status; /* ENHANCED_KEY() */
    uint32_t rule;
    uint8_t category;
    uint8_t lasting, dead;
    uint8_t tls_required; /* 1: after it nothing may be sent without TLS, even where TLS is optional */
} smtperr__failure;

extern const smtperr__meaning smtperr__codes[];
extern const smtperr__meaning smtperr__enhanced[];
extern const uint8_t smtperr__code_buckets[MEANING_BUCKETS + 1],
    smtperr__enhanced_buckets[MEANING_BUCKETS + 1]; /* first rows */
extern const smtperr__answer smtperr__answers[];
extern const uint8_t smtperr__decisions[CATEGORY_COUNT][CLASS_COUNT][STAGE_COUNT]; /* index of the answer */
extern const smtperr__exception smtperr__exceptions[];

/* tables_rules.c: what the text of a reply means. Words are numbers: 1 a gap, 2 to 5 the tokens, 6 the set of the words that are
 * passed over, then hosts that rules name, then the other sets of words, then words in the order of their hashes. The trie shares what
 * can follow. It is a row of entries; a node is
 *
 *     ends of patterns (ENTRY_ACCEPT, the last ENTRY_ALONE if that is all), then,
 *     if words may come between, a gap and the base of the words that go on behind it, then
 *     its edges: ENTRY_TABLE and a base, any number of times, and a list of words; or ENTRY_TABLE_LAST and a base, and no list.
 *
 * In a list the words that lead to the same node stand together: the last of them is followed by a pointer to the node
 * (ENTRY_POINTER), or else the list ends and the node itself stands behind (ENTRY_LAST). A list may also end with 0.
 * Edges that many nodes have, or one that has many, stand in a table of all: that of a word is at the base and the word, and names the
 * base if it is one of these. What is pointed to begins at an even place, and the pointer is half of that; or a pointer is itself the end of
 * a pattern (ENTRY_ALONE). */
enum {
    ENTRY_VALUE = 0x3FFF, /* number of the word */
    ENTRY_POINTER = 0x4000,
    ENTRY_LAST = 0x8000,
    ENTRY_ACCEPT = 0xC000,
    ENTRY_ALONE = 0x2000,  /* nothing goes on behind what ends here */
    ENTRY_TARGET = 0x1FFF, /* what ends here: rules, then vetoes, providers, blocklists */
    ENTRY_TABLE = 0x7FFF,
    ENTRY_TABLE_LAST = 0xBFFF
};

typedef struct {
    uint16_t base; /* whose edge it is; 0: nobody's */
    uint16_t node; /* pointer; in the block of the sets the word that stands for the set */
} smtperr__edge;

typedef struct {
    uint32_t id;
    uint16_t conditions; /* index into smtperr__conditions, 0 = none: codes, enhanced keys, providers */
    uint16_t vetoes;     /* the same of what is excluded */
    uint8_t category;
    uint8_t order; /* twice SMTPERR_RANK_*, and 1 more of a rule for some providers only */
    uint8_t bits;  /* RULE_* */
    uint8_t when;  /* index into smtperr__whens */
} smtperr__rule;
#define RULE_DEAD 1
#define RULE_TEMPORARY 2
#define RULE_LIKELY_PERMANENT 4
#define RULE_ACCOUNT 8
#define RULE_PERMANENT 16
#define RULE_IN_DOUBT 32
#define RANK_OF(rule) ((rule)->order >> 1) /* SMTPERR_RANK_* */

typedef struct {
    uint32_t hash; /* of the name read backwards; rows are in its order, each at its share of all hashes or behind */
    uint16_t word; /* by which rules name the host; 0 = none */
    uint8_t provider, blocklist;
} smtperr__host;

extern const uint32_t smtperr__hash_start, smtperr__bucket_mask;
extern const uint16_t smtperr__first_hashed; /* number of the first word that has a hash */
extern const uint16_t smtperr__set_base;     /* of the edges that lead from a word to its set */
extern const uint16_t smtperr__buckets[];    /* by the low bits of a hash: index of the first word in smtperr__tags */
extern const uint16_t smtperr__tags[];       /* high half of the hash */
extern const uint16_t smtperr__roots[];      /* by word: the node behind it at the start of a phrase, 0 = none */
extern const uint16_t smtperr__trie[];
extern const smtperr__edge smtperr__edges[];    /* as many behind each base as there are words */
extern const uint16_t smtperr__target_bases[3]; /* of vetoes, providers, blocklists */
extern const smtperr__rule smtperr__rules[];
extern const uint32_t
    smtperr__whens[]; /* 1 << stage, unknown always in it; 1 << (16 + code / 100), 1 << 16 for a text without code */
extern const uint16_t smtperr__conditions[]; /* lists: how many there are, then each */
extern const uint32_t smtperr__host_count;
extern const smtperr__host smtperr__hosts[];
extern const uint32_t smtperr__providers[], smtperr__blocklists[]; /* ids, by number; 0 stands for none */
extern const uint16_t smtperr__provider_count;                     /* with none */
extern const uint8_t smtperr__blocklist_categories[];

/* tables_failures.c */
extern const smtperr__failure smtperr__failures[];
extern const uint16_t smtperr__failure_count;
typedef struct {
    uint16_t id;
    int16_t number;
    uint8_t list; /* SMTPERR_NUMBER_* */
    uint8_t platform;
} smtperr__number;
enum { PLATFORM_ANY, PLATFORM_LINUX, PLATFORM_BSD, PLATFORM_WINDOWS };
extern const smtperr__number smtperr__numbers[];
extern const uint16_t smtperr__number_count;

/* tables_words.c: what people read. */
typedef struct {
    uint8_t kind;
    uint8_t unused[3];
    int32_t value;  /* rows are in the order of kind, then value */
    uint32_t name;  /* offsets into the pool */
    uint32_t words; /* index into smtperr__words, 0 = none */
} smtperr__word;
#define SAY_COUNT 8
extern const smtperr__word smtperr__word_list[];
extern const uint16_t smtperr__word_count;
extern const uint32_t smtperr__words[][SAY_COUNT];
extern const char smtperr__pool[]; /* begins with "" */
extern const uint32_t smtperr__data_version;

/* ---- lookup.c ---- */
const smtperr__meaning *smtperr__find_code(int32_t code,
                                           int32_t stage); /* NULL only for what is no code, and 3yz out of place */
const smtperr__meaning *smtperr__find_enhanced(int32_t enhanced, int32_t stage); /* never NULL for classes 2, 4, 5 */

/* ---- enhanced.c ---- */
#define ENHANCED_CLASS_OF(enhanced) ((enhanced) / 1000000)
#define ENHANCED_SUBJECT_OF(enhanced) ((enhanced) / 1000 % 1000)
#define ENHANCED_DETAIL_OF(enhanced) ((enhanced) % 1000)
/* A status at the very start of the text, ended by a blank or the end: its value, and its length. */
int32_t smtperr__enhanced_at_start(const char *text, size_t text_len, size_t *length);

/* ---- reply.c ---- */
int smtperr__next_line(const char *reply, size_t reply_len, size_t *at, smtperr_span *line);
int32_t smtperr__code_at(const char *text, size_t text_len); /* three digits, then blank, hyphen or the end; 0: none */

/* ---- sanitize.c ---- */
size_t smtperr__character(const char *text, size_t text_len,
                          uint32_t *value); /* of UTF-8: its bytes, 0 if it is none */

/* ---- words.c ---- */
enum { IN_SENTENCE, BEHIND_SENTENCE, IN_ADVICE }; /* "Unknown. If you think that this is an error ..." */
enum { PATHS_MAX = 40, MATCHES_MAX = 16, VETOES_MAX = 2048, GAP_WORDS = 12 };
/* How good a match is, as one number: from its top the order of the rule (3 bits), the words of the phrase (11), how early it begins in
 * the reply (18), whether the rule asks for more (1), how early it was met (31). A phrase under way has its words and beginning. */
#define PHRASE_WORD (UINT64_C(1) << 50)
#define PHRASE_FIRST(from) (PHRASE_WORD | (uint64_t)(SMTPERR_REPLY_MAX - 1 - (from)) << 32)
#define PHRASE_WORDS(phrase) ((uint32_t)((phrase) >> 50 & 0x7FF))
#define PHRASE_FROM(phrase) (SMTPERR_REPLY_MAX - 1 - (uint32_t)((phrase) >> 32 & (SMTPERR_REPLY_MAX - 1)))
#define MERIT_OF(rule, phrase, met)                                                                                    \
    ((uint64_t)(rule)->order << 61 | (phrase) | (uint64_t)((rule)->conditions != 0) << 31 | (0x7FFFFFFFu - (met)))
typedef struct {
    const uint16_t *edges;
    uint64_t phrase; /* so far; words of gaps are not counted */
} smtperr__path;
typedef struct {
    uint32_t base;  /* of the edges behind it */
    uint32_t until; /* the last word, counted, that may close it */
    uint64_t phrase;
} smtperr__gap;
typedef struct {
    uint64_t merit;
    uint32_t to; /* where it ends in the reply */
    uint16_t rule;
} smtperr__match;
typedef struct {
    const smtperr_verdict *verdict; /* code, stage: what rules ask for */
    uint32_t when;                  /* the same as one of smtperr__whens */
    uint32_t position, word_end;    /* of the word under way */
    uint16_t provider, blocklist;
    uint32_t blocklist_words; /* by which it was named */
    int sentence;             /* where the word under way stands: IN_SENTENCE ... */
    uint32_t index;           /* words so far */
    uint32_t number_at,
        url_at; /* where the first word with a digit in front stands, the first that may be a URL; UINT32_MAX: none */
    uint32_t first_until; /* no gap ends before */
    uint64_t gap_sieve;   /* of the bases of the gaps, by their low bits */
    uint32_t met;         /* matches so far, also those that were not kept */
    size_t gap_count, match_count;
    smtperr__path *waiting, *waiting_end; /* for the next word */
    smtperr__path *written;               /* for the one behind it; both stand in paths */
    smtperr__path paths[2][PATHS_MAX];
    smtperr__gap gaps[PATHS_MAX];        /* that wait for any word that comes soon */
    smtperr__match matches[MATCHES_MAX]; /* the best, in no order */
    uint32_t vetoes[VETOES_MAX / 32];    /* bits: what rules exclude and stands in the reply */
} smtperr__matcher;
void smtperr__begin_words(smtperr__matcher *matcher, const smtperr_verdict *verdict, uint16_t provider);
void smtperr__read_words(smtperr__matcher *matcher, const char *reply, smtperr_span text);

uint16_t smtperr__provider_of(const char *host, size_t host_len); /* number, 0: none */

/* ---- hints.c ---- */
/* Seconds after which a text asks to come back, 0: none. Looks for times from byte `from` on. */
uint32_t smtperr__retry_after(const char *text, size_t text_len, size_t from);
smtperr_span smtperr__find_url(const char *text, size_t text_len, size_t first); /* from byte `first` on; empty: none */

/* ---- reader.c: what the reader saw, beside the bytes it kept. ---- */
typedef struct {
    int32_t status; /* SMTPERR_NONE, SMTPERR_REPLY or an error */
    uint32_t flags;
    int32_t code, first_code;
} smtperr__frame;
void smtperr__reader_frame(const smtperr_reader *reader, smtperr__frame *frame);

/* ---- classify.c ---- */
/* Category, basis, confidence, rule, address_dead from code, enhanced code, stage and flags. */
void smtperr__classify_numbers(smtperr_verdict *verdict, const smtperr_context *context);
int smtperr__speaks_of_address(int32_t category); /* of the recipient's, so that it may be a dead one */

/* ---- rules.c ---- */
static inline int smtperr__may_apply(uint16_t rule, const smtperr__matcher *matcher) /* as far as class and stage go */
{
    return (~smtperr__whens[smtperr__rules[rule].when] & matcher->when) == 0;
}
/* The provider for whose replies alone a rule holds, the one that was found before others; 0: all. */
int32_t smtperr__bound_to(uint16_t rule, uint16_t found);
/* What became of a match: SMTPERR_MATCH_*. */
int32_t smtperr__outcome(const smtperr__matcher *matcher, const smtperr__match *match, const smtperr_verdict *verdict);
/* The best match of less merit than this, NULL if there is none. */
const smtperr__match *smtperr__best_below(const smtperr__matcher *matcher, uint64_t merit);
/* The same by the words that were matched, where they tell more. */
void smtperr__classify_words(smtperr_verdict *verdict, const smtperr__matcher *matcher);

/* ---- failure.c ---- */
void smtperr__classify_failure(smtperr_verdict *verdict, int32_t failure);

/* ---- find_reply.c: a reply in a text that people, logs and bounces have. ---- */
typedef struct {
    uint32_t flags;
    int32_t stage;            /* the one given; without one, that of the command that the text names */
    int32_t enhanced;         /* that a log has beside the words, 0: none */
    int32_t first_code, code; /* that of the line handed out last, 0: the reply has no code */
    smtperr_span before;      /* words that stand before their code, empty: none */
    int32_t next_code;        /* of the next line, 0: there is none */
    int hyphen;               /* whether the next line says that more follow */
    size_t next_at, end;      /* of the text of the next line, of the reply */
    size_t breaks[4];         /* where the bytes that may end a line stand next */
} smtperr__found;
/* Returns how many bytes of the text count: without blanks at its end, and as many as a reply may have. */
size_t smtperr__find_reply(const char *text, size_t text_len, int32_t stage, smtperr__found *found);
/* What a line says behind its code. There is at least one, and another while next_code is not 0. */
smtperr_span smtperr__found_line(const char *text, smtperr__found *found);

/* ---- evidence.c ---- */
/* All evidence of a reply; frame is what a reader has seen of it, or NULL. */
void smtperr__gather(const char *reply, size_t reply_len, int32_t shape, const smtperr__frame *frame,
                     const smtperr_context *context, smtperr_verdict *verdict, smtperr__matcher *matcher);

/* ---- decide.c ---- */
/* The caller's struct, which may be NULL, older or newer than ours, as ours. 0: it is not in order. */
int smtperr__take_context(const smtperr_context *given, smtperr_context *context);
int smtperr__take_policy(const smtperr_policy *given, smtperr_policy *policy);
void smtperr__decide(const smtperr_context *context, const smtperr_policy *policy, smtperr_verdict *verdict);
/* Copies as much as the caller's struct holds and sets its size. */
void smtperr__hand_out(const smtperr_verdict *full, smtperr_verdict *verdict, size_t verdict_size);

/* ---- small helpers ---- */
static inline int smtperr__is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline char smtperr__lower(char byte) /* ASCII only, whatever the locale */
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

/* Where a byte stands first, from `from` on; text_len: nowhere. */
static inline size_t smtperr__find_byte(const char *text, size_t text_len, size_t from, char byte)
{
    const char *found = from < text_len ? memchr(text + from, byte, text_len - from) : NULL;
    return found != NULL ? (size_t)(found - text) : text_len;
}

static inline smtperr_span smtperr__span(size_t from, size_t to)
{
    smtperr_span span;
    span.at = (uint32_t)from;
    span.len = (uint32_t)(to - from);
    return span;
}

static inline int smtperr__has(const smtperr_context *context, uint32_t flag)
{
    return (context->flags & flag) != 0;
}

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
