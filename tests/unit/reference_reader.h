/* SPDX-License-Identifier: MIT
 *
 * A second reader, for tests: what the stream of a server must come to, and how the library's reader took it, both as lists
 * of the same events, so that they can be compared field by field.
 */
#ifndef REFERENCE_READER_H
#define REFERENCE_READER_H

#include "smtperr.h"

enum { EVENT_KEEP_MAX = 1024, EVENTS_MAX = 16 };

typedef struct {
    int32_t result;              /* SMTPERR_REPLY, an error, or SMTPERR_NONE: the input is over inside a reply or between two */
    size_t end;                  /* of the stream taken so far */
    int32_t code, first_code;    /* 0 without a reply, as are those below */
    uint32_t flags;              /* those that framing can tell */
    size_t kept_len;
    size_t pending;              /* of MORE */
    char kept[EVENT_KEEP_MAX];
} reader_event;

/* The next event of a stream that is in memory whole, from offset at, where a reply begins. */
void reference_next(const char *stream, size_t stream_len, size_t at, size_t keep_size, reader_event *event);

/* All events: the last is MORE or an error, or there are EVENTS_MAX of them. Returns how many. */
size_t reference_events(const char *stream, size_t stream_len, size_t keep_size, reader_event *events);

/* How a stream is cut into feeds: at these offsets, or every step bytes, or (all zero) not at all. */
typedef struct {
    size_t step;
    const size_t *cuts; /* rising */
    size_t cut_count;
} chunking;

/* The same from the library's reader. Each feed gets a copy of its bytes that ends at an unreadable page, as does the keep
 * buffer. What every feed must hold to (used, MORE, sticky errors) is checked on the way: NULL, or what was broken. */
const char *reader_events(const char *stream, size_t stream_len, size_t keep_size, const chunking *chunks,
                          reader_event *events, size_t *event_count);

/* NULL if they are equal, else the field that differs. */
const char *events_differ(const reader_event *a, size_t a_count, const reader_event *b, size_t b_count);

/* Memory for size bytes; the byte behind them cannot be read or written. Each place (0 to 7) is one such piece of memory, at
 * its full size made once; smaller ones end where it ends. */
char *guarded(int place, size_t size);

#endif
