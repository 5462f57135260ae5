/* SPDX-License-Identifier: MIT
 *
 * What the files of the library share: the shape of the generated tables and the steps between bytes and decision.
 * Dependencies run one way: evaluate -> classify -> lookup, decide -> lookup; decide knows no text, the tables know no code.
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

#define STAGE_COUNT 16
#define CATEGORY_COUNT 38

/* ---- Tables: written by data/generate.py, constant, without pointers. ---- */

/* tables_decide.c: all that a decision needs. */

/* What a code or an enhanced code means at some stages. Rows of one key stand together, those of fewer stages first. */
typedef struct {
    uint16_t key;    /* 450, or 4 for 4yz; enhanced codes: ENHANCED_KEY() */
    uint16_t stages; /* 1 << stage */
    uint32_t rule;
    uint8_t category;
    uint8_t confidence;
    uint8_t dead; /* 1: this alone says that the recipient's address is dead */
    uint8_t unused;
} smtperr__meaning;

#define ENHANCED_KEY(subject, detail) ((subject) << 10 | (detail)) /* subjects up to 62, details up to 999 */
#define ENHANCED_ANY 1023                                          /* the detail of a row for all details of a subject */
#define ENHANCED_CLASS 63                                          /* the subject of the rows for classes */

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

/* Rows that hold for some codes only; they go before the big table. */
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
    uint8_t never_clear; /* 1: after it nothing may be sent without TLS, even where TLS is optional */
} smtperr__failure;

extern const smtperr__meaning smtperr__codes[];
extern const smtperr__meaning smtperr__enhanced[];
extern const uint16_t smtperr__code_count, smtperr__enhanced_count;
extern const smtperr__answer smtperr__answers[];
extern const uint8_t smtperr__decisions[CATEGORY_COUNT][CLASS_COUNT][STAGE_COUNT]; /* index of the answer */
extern const smtperr__exception smtperr__exceptions[];
extern const uint16_t smtperr__exception_count;

/* tables_failures.c */
extern const smtperr__failure smtperr__failures[];
extern const uint16_t smtperr__failure_count;
typedef struct {
    uint16_t id;
    int16_t number;
    uint8_t source; /* SMTPERR_SOURCE_* */
    uint8_t platform;
} smtperr__number;
enum { PLATFORM_ANY, PLATFORM_LINUX, PLATFORM_BSD, PLATFORM_WINDOWS };
extern const smtperr__number smtperr__numbers[];
extern const uint16_t smtperr__number_count;

/* tables_words.c: what people read. */
typedef struct {
    uint8_t kind;
    uint8_t unused[3];
    int32_t value;      /* rows are in the order of kind, then value */
    uint32_t name;      /* offsets into the pool */
    uint32_t words;     /* index into smtperr__words, 0 = none */
} smtperr__word;
#define SAY_COUNT 6
extern const smtperr__word smtperr__word_list[];
extern const uint16_t smtperr__word_count;
extern const uint32_t smtperr__words[][SAY_COUNT];
extern const char smtperr__pool[]; /* begins with "" */
extern const uint32_t smtperr__data_version;

/* ---- lookup.c ---- */
const smtperr__meaning *smtperr__find_code(int32_t code, int32_t stage);         /* NULL only for what is no code, and 3yz out of place */
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

/* ---- reader.c: what the reader saw, beside the bytes it kept. ---- */
typedef struct {
    int32_t status; /* SMTPERR_MORE, SMTPERR_REPLY or an error */
    uint32_t flags;
    int32_t code, first_code;
} smtperr__frame;
void smtperr__reader_frame(const smtperr_reader *reader, smtperr__frame *frame);

/* ---- classify.c ---- */
/* Category, basis, confidence, rule, dead from code, enhanced code, stage and flags. */
void smtperr__classify_numbers(smtperr_verdict *verdict, const smtperr_context *context);

/* ---- failure.c ---- */
void smtperr__classify_failure(smtperr_verdict *verdict, int32_t failure);

/* ---- evidence.c ---- */
/* All evidence of a reply; frame is what a reader has seen of it, or NULL. */
void smtperr__gather(const char *reply, size_t reply_len, int32_t shape, const smtperr__frame *frame,
                     const smtperr_context *context, smtperr_verdict *verdict);

/* ---- decide.c ---- */
int smtperr__context_ok(const smtperr_context *context);
int smtperr__policy_ok(const smtperr_policy *policy);
void smtperr__decide(const smtperr_context *context, const smtperr_policy *policy, smtperr_verdict *verdict);
/* Copies as much as the caller's struct holds and sets its size. */
void smtperr__hand_out(const smtperr_verdict *full, smtperr_verdict *verdict, size_t verdict_size);

/* ---- small helpers ---- */
static inline int smtperr__is_digit(unsigned char byte) { return byte >= '0' && byte <= '9'; }

static inline int smtperr__heard(const smtperr_context *context, uint32_t flag)
{
    return context != NULL && (context->known & flag) != 0 && (context->flags & flag) != 0;
}

#endif
