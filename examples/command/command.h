/* SPDX-License-Identifier: MIT
 *
 * What the parts of the smtperr command share. main.c reads the options into struct settings and calls one of the
 * five commands; check.c runs the checker of the data; context.c knows the names of what a caller can tell; bounce.c finds the reply in a pasted mail or log;
 * page.c makes a page of a verdict, json.c JSON; say.c puts words on a terminal. Relies on smtperr.h, POSIX.1-2008, getopt_long() and jansson.
 */
#ifndef COMMAND_H
#define COMMAND_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* getline(), isatty(); this header comes first everywhere */
#endif

#include <jansson.h>
#include <smtperr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses, those of sysexits.h. */
enum {
    EXIT_DONE = 0,
    EXIT_USAGE = 64,
    EXIT_BAD_DATA = 65,
    EXIT_NO_INPUT = 66,
    EXIT_GIVE_UP = 69,
    EXIT_OUTPUT = 74,
    EXIT_RETRY = 75
};

/* What the options said. */
struct settings {
    smtperr_context context;
    smtperr_policy policy;
    int32_t shape;
    int32_t failure; /* --failure, or 0 */
    bool json;
    bool jsonl;
    bool trace;
    bool author; /* the page for the author of the mail, not for the postmaster */
    bool diff;   /* check: what two commands judge differently */
    bool where;  /* check: the folder of the data */
    const char *program;
};

/* The commands. They get what stands behind the options and return an exit status. */
int command_explain(const struct settings *settings, int count, char **arguments);
int command_list(const struct settings *settings, int count, char **arguments);
int command_classify(const struct settings *settings, int count, char **arguments);
int command_table(const struct settings *settings, int count, char **arguments);
int command_check(const struct settings *settings, int count, char **arguments);

/* ---- main.c ---- */

/* "smtperr: ..." on standard error. */
void complain(const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 1, 2)))
#endif
    ;
/* Memory or the end of the program. */
void *need(void *memory);
/* Standard input for "-" or NULL, else the file; NULL after a complaint. */
FILE *open_input(const char *path);
/* All of standard input, up to a megabyte; the caller frees it. NULL after a complaint. */
char *read_reply(size_t *reply_len);
/* The arguments with a blank between them; the caller frees it. */
char *join(int count, char **arguments);

/* ---- context.c: names that options and JSON keys have in common ---- */

enum context_type { CONTEXT_NONE, CONTEXT_FLAG, CONTEXT_NUMBER, CONTEXT_HOST };
enum context_type context_type(const char *name);
void context_set_flag(smtperr_context *context, const char *name, bool on);
void context_set_number(smtperr_context *context, const char *name, uint32_t number);
/* The context keys of a JSON object into context; false, and a sentence in why, if one is wrong. */
bool context_from_json(smtperr_context *context, const json_t *object, char *why, size_t why_size);
/* "soft_bounce=retry-later", "delay_min=300"; false if there is no such switch or value. */
bool policy_set(smtperr_policy *policy, const char *setting);
/* A decimal number of up to 32 bits and nothing else. */
bool parse_number(const char *text, uint32_t *number);
/* The value that a word has, upper and lower case alike; INT32_MIN if it has none. "greeting", "ECONNREFUSED", ... */
int32_t word_value(int32_t kind, const char *word);

/* ---- json.c ---- */

/* reply: the bytes that the verdict is about, or NULL. */
json_t *verdict_to_json(const smtperr_verdict *verdict, const char *reply, size_t reply_len);
void json_put(json_t *object, const char *key, json_t *value);
/* "" is written as null; lines as a list. */
void json_put_text(json_t *object, const char *key, const char *text);
void json_put_id(json_t *object, const char *key, int32_t kind, int32_t id); /* null for 0 */
void json_put_lines(json_t *object, const char *key, const char *lines);
/* One line on standard output; takes the object. */
void json_write(json_t *object);

/* ---- bounce.c ---- */

/* What was found in a pasted text. */
struct excerpt {
    char *reply; /* to be freed */
    size_t reply_len;
    int32_t stage;             /* that the lines around it tell, or unknown */
    char host[256];            /* who gave the reply, or "" */
    unsigned long first, last; /* lines, from 1 */
};
/* Whether a text is more than one reply: a mail, a piece of a log. */
bool is_pasted(const char *text, size_t text_len);
/* The most telling reply in it; false if there is none. */
bool find_reply(const struct settings *settings, const char *text, size_t text_len, struct excerpt *excerpt);

/* ---- page.c ---- */

/* What smtperr_explain() and smtperr_describe() can say: the number, its key in JSON, its label on a page. */
enum { SAYS = 8 };
extern const struct say {
    int32_t say;
    const char *key;
    const char *label;
} says[SAYS];
/* Everything known about a word, what is not being left out. */
void json_put_says(json_t *object, int32_t kind, int32_t value, int32_t stage);
void say_says(int32_t kind, int32_t value, int32_t stage);
/* excerpt: the reply and where it stood, line 0 for nowhere; NULL for a failure. */
void page(const struct settings *settings, const smtperr_verdict *verdict, const struct excerpt *excerpt);

/* ---- say.c ---- */

enum { ENHANCED_SIZE = 16, DURATION_SIZE = 32, SENTENCE_SIZE = 512 };

void say_open(void);          /* asks whether standard output is a terminal, and how wide */
size_t say_width(void);       /* of what is wrapped: at most 80 */
size_t say_table_width(void); /* 80 to 100 */
const char *say_bold(void);   /* "" unless colours are on */
const char *say_dim(void);
const char *say_colour(const smtperr_verdict *verdict);
const char *say_plain(void);
void say_text(const char *text, size_t indent);                  /* wrapped, each line indented */
void say_rest(const char *text, size_t indent);                  /* the same; the first line is indented already */
void say_field(const char *label, const char *text);             /* nothing for an empty text */
void say_steps(const char *label, const char *steps);            /* a step a line, numbered */
void say_decision(const smtperr_verdict *verdict);               /* the sentence in its colour */
size_t text_columns(const char *text);                           /* of valid UTF-8: its characters */
void text_shorten(char *text, size_t columns);                   /* in place, ".." at the end of what was cut */
void mask_addresses(char *text);                                 /* in place: ann@example.org to ***@example.org */
char *clean_text(const char *reply, size_t reply_len);           /* smtperr_sanitize() into memory to be freed */
const char *duration(uint32_t seconds, char out[DURATION_SIZE]); /* "30 minutes" */
const char *decision_sentence(const smtperr_verdict *verdict, char out[SENTENCE_SIZE]);
/* "550 5.1.1 at rcpt", "ECONNREFUSED at connect" */
const char *evidence_phrase(const smtperr_verdict *verdict, char out[SENTENCE_SIZE]);
void append(char *out, size_t out_size, const char *text); /* cut if there is no room */

#endif
