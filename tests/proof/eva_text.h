/* SPDX-License-Identifier: MIT
 *
 * What stands for texts while EVA reads the library. Each text begins at a_text and ends where `room` does: which byte is read
 * is told by how far it is from the end, i - text_len, and that is what EVA's octagons know. So one analysis is for every length
 * from 0 to TEXT_MAX. The rules in eva.sh bring this about: where the library hands on a part of a text, it is checked to be one,
 * and where it makes a span, that it lies in the whole text.
 */
#ifndef EVA_TEXT_H
#define EVA_TEXT_H

#include "__fc_builtin.h"
#include "internal.h"

enum { TEXT_MAX = 0x8000000 };
static char room[TEXT_MAX]; /* any bytes */
static char nothing[1];
#define a_text ((const char *)nothing + 1) /* reading it is an alarm */
static size_t whole_len;

/* EVA must see that nobody comes here; else its report tells the line. */
static size_t broken_in(const char *file, int line)
{
    Frama_C_show_each_broken(file, line);
    //@ assert never: \false;
    return 0;
}

#define broken() broken_in(__FILE__, __LINE__)

static const char *end_of(const char *text)
{
    //@ assert is_a_text: text == &nothing[0] + 1;
    return room + TEXT_MAX;
}

#define BYTE(text, i) (end_of(text)[(long long)(i) - (long long)text##_len])
#define LAST(text) (end_of(text)[text##_len > 0 ? -1 : (int)broken()])
/* What is left of a text behind its first bytes. */
#define LEFT(len, from) ((from) <= (len) ? (len) - (from) : broken())
/* A part of a text: itself a text. */
#define PART(text, from, len) ((from) <= text##_len && (len) <= text##_len - (from) ? (text) : (broken(), (text)))
#define RANGE(text, from, to) ((from) <= (to) && (to) <= text##_len ? (text) : (broken(), (text)))
#define PREFIX(text, len) ((len) <= text##_len ? (text) : (broken(), (text)))
/* Any rest of a text, where what was taken from it is known to be in it. */
#define SOME(len) some_of(len)
/* What is shown where a function returns, and known where it was called. */
#define CHECK(condition) ((condition) ? 0 : broken())
#define KNOWN(condition) if (!(condition)) Frama_C_abort()
/* Any place up to len: octagons know little of a variable that has one value only. */
#define ANYWHERE(at, len) at = Frama_C_size_t_interval(0, TEXT_MAX); KNOWN(at <= (len))

static size_t some_of(size_t len)
{
    size_t ANYWHERE(some, len);
    return some;
}

static size_t follow_find_byte(const char *text, size_t text_len, size_t from)
{
    size_t at = text_len;
    (void)end_of(text);
    if (from < text_len && Frama_C_interval(0, 1)) {
        at = Frama_C_size_t_interval(0, TEXT_MAX);
        KNOWN(at >= from && at < text_len);
    }
    return at;
}
#define smtperr__find_byte(text, text_len, from, byte) follow_find_byte(text, text_len, from)

static smtperr_span follow_span(size_t from, size_t to)
{
    smtperr_span span;
    CHECK(from <= to && to <= whole_len);
    span.at = (uint32_t)from;
    span.len = (uint32_t)(to - from);
    return span;
}
#define smtperr__span follow_span

/* A line is any span of the whole; prove_lines is for the real one. */
static int follow_next_line(size_t reply_len, size_t *at, smtperr_span *line)
{
    CHECK(reply_len <= whole_len);
    line->at = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    line->len = Frama_C_unsigned_int_interval(0, TEXT_MAX);
    if (*at >= reply_len) {
        return 0;
    }
    *at = Frama_C_size_t_interval(0, TEXT_MAX);
    return 1;
}

static size_t any_text(void)
{
    Frama_C_make_unknown(room, TEXT_MAX);
    whole_len = Frama_C_size_t_interval(0, TEXT_MAX);
    return whole_len;
}

#endif
