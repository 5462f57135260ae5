/* SPDX-License-Identifier: MIT
 *
 * The second reader. Written from the rules in smtperr.h (section 4) and from RFC 5321 4.2, not from lib/reader.c: it has the
 * whole stream in memory, looks at one line after the other, and works on lines where the library works on bytes. What is
 * easy to see here is not to be made fast.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "reference_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <sys/mman.h>
#include <unistd.h>
#endif

enum { BLANK_LINES = 4, KEEP_LEAST = 16, GUARD_BYTES = 16, GUARD_BYTE = 0x5A };

/* ---- The grammar of a line, in the words of RFC 5321 4.2 and of the header. ---- */

static int is_one_of(char byte, const char *these, size_t count)
{
    return memchr(these, byte, count) != NULL;
}

/* Offset of the first byte that makes the line none of a reply; length if there is none. The line may be unfinished. */
static size_t wrong_byte(const char *line, size_t length, int blank_allowed)
{
    static const char digits[] = "0123456789";
    if (length > 0 && blank_allowed && line[0] == '\n') {
        return length;
    }
    if (length > 0 && blank_allowed && line[0] == '\r') {
        return length > 1 && line[1] != '\n' ? 1 : length;
    }
    if (length > 0 && !is_one_of(line[0], "2345", 4)) {
        return 0;
    }
    if (length > 1 && !is_one_of(line[1], digits, 10)) {
        return 1;
    }
    if (length > 2 && !is_one_of(line[2], digits, 10)) {
        return 2;
    }
    if (length > 3 && !is_one_of(line[3], " -\r\n", 4)) {
        return 3;
    }
    if (length > 4 && line[3] == '\r' && line[4] != '\n') {
        return 4;
    }
    return length; /* text: anything */
}

static int is_blank_line(const char *line)
{
    return line[0] == '\n' || line[0] == '\r';
}

static int32_t code_of(const char *line)
{
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static uint32_t flags_of(const char *line, size_t length, int is_last)
{
    uint32_t flags = 0;
    if (length < 2 || line[length - 2] != '\r') {
        flags |= SMTPERR_FLAG_BARE_LF;
    }
    if (is_last && line[3] != ' ') {
        flags |= SMTPERR_FLAG_BARE_CODE;
    }
    return flags;
}

/* ---- What is kept: whole lines, those in the first half of the buffer for good; a line that does not fit begins again
 * behind those, and is cut if it has to be. ---- */

typedef struct {
    size_t size;
    size_t for_good;
    int nothing_lost;
} keeping;

static void keep_line(keeping *keep, reader_event *event, const char *line, size_t length)
{
    if (keep->size < KEEP_LEAST) {
        return;
    }
    if (event->kept_len + length > keep->size) {
        keep->nothing_lost = 0;
        event->kept_len = keep->for_good;
    }
    if (event->kept_len + length > keep->size) {
        const size_t room = keep->size - 2 - event->kept_len;
        memcpy(event->kept + event->kept_len, line, room);
        memcpy(event->kept + event->kept_len + room, "\r\n", 2);
        event->kept_len = keep->size;
    } else {
        memcpy(event->kept + event->kept_len, line, length);
        event->kept_len += length;
    }
    if (keep->nothing_lost && event->kept_len <= keep->size / 2) {
        keep->for_good = event->kept_len;
    }
}

/* ---- Events. ---- */

static void clear(reader_event *event)
{
    event->result = SMTPERR_NONE;
    event->end = 0;
    event->code = 0;
    event->first_code = 0;
    event->flags = 0;
    event->kept_len = 0;
    event->pending = 0;
}

static void fail(reader_event *event, int32_t result, size_t end)
{
    clear(event);
    event->result = result;
    event->end = end;
}

void reference_next(const char *stream, size_t stream_len, size_t at, size_t keep_size, reader_event *event)
{
    const size_t begin = at;
    keeping keep = {keep_size, 0, 1};
    int blank_lines = 0;
    clear(event);
    for (;;) {
        const char *line = stream + at;
        const size_t in_reply = SMTPERR_REPLY_MAX - (at - begin);
        const size_t allowed = in_reply < SMTPERR_LINE_MAX ? in_reply : SMTPERR_LINE_MAX;
        const int blank_allowed = event->first_code == 0 && blank_lines < BLANK_LINES;
        int is_ended = 0;
        int is_last;
        size_t length = 0;
        size_t wrong;
        while (at + length < stream_len && length <= allowed && !is_ended) {
            is_ended = line[length] == '\n';
            length++;
        }
        wrong = wrong_byte(line, length > allowed ? allowed : length, blank_allowed);
        if (wrong < length && wrong < allowed) {
            fail(event, SMTPERR_ERR_SYNTAX, at + wrong + 1);
            return;
        }
        if (length > allowed) {
            fail(event, allowed == SMTPERR_LINE_MAX ? SMTPERR_ERR_LINE_TOO_LONG : SMTPERR_ERR_REPLY_TOO_LONG,
                 at + allowed + 1);
            return;
        }
        at += length;
        if (!is_ended) {
            fail(event, SMTPERR_NONE, at);
            event->pending = at - begin;
            return;
        }
        if (is_blank_line(line)) {
            blank_lines++;
            event->flags |= SMTPERR_FLAG_BLANK_BEFORE;
            continue;
        }
        is_last = line[3] != '-';
        event->code = code_of(line);
        event->flags |= flags_of(line, length, is_last);
        if (event->first_code == 0) {
            event->first_code = event->code;
        }
        if (event->first_code != event->code) {
            event->flags |= SMTPERR_FLAG_MIXED_CODES;
        }
        keep_line(&keep, event, line, length);
        if (is_last) {
            event->result = SMTPERR_REPLY;
            event->end = at;
            if (!keep.nothing_lost) {
                event->flags |= SMTPERR_FLAG_TEXT_TRUNCATED;
            }
            return;
        }
    }
}

size_t reference_events(const char *stream, size_t stream_len, size_t keep_size, reader_event *events)
{
    size_t count = 0;
    size_t at = 0;
    do {
        reference_next(stream, stream_len, at, keep_size, &events[count]);
        at = events[count].end;
    } while (events[count++].result == SMTPERR_REPLY && count < EVENTS_MAX);
    return count;
}

/* ---- The library's reader. ---- */

char *guarded(int place, size_t size)
{
    enum { FULL = 512 * 1024 };
    static char *ends[8];
    if (size > FULL) {
        abort();
    }
    if (ends[place] == NULL) {
#ifdef _WIN32
        ends[place] = (char *)malloc(FULL) + FULL;
#else
        const size_t page = (size_t)sysconf(_SC_PAGESIZE);
        char *start = mmap(NULL, FULL + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED || mprotect(start + FULL, page, PROT_NONE) != 0) {
            perror("guarded memory");
            abort();
        }
        ends[place] = start + FULL;
#endif
    }
    return ends[place] - size;
}

static size_t chunk_end(const chunking *chunks, size_t at, size_t stream_len)
{
    size_t i;
    if (chunks != NULL && chunks->step > 0) {
        return stream_len - at < chunks->step ? stream_len : at + chunks->step;
    }
    for (i = 0; chunks != NULL && i < chunks->cut_count; i++) {
        if (chunks->cuts[i] > at && chunks->cuts[i] < stream_len) {
            return chunks->cuts[i];
        }
    }
    return stream_len;
}

static const char *take_event(const smtperr_reader *reader, int32_t result, size_t end, reader_event *event)
{
    size_t kept_len;
    const char *kept = smtperr_reader_reply(reader, &kept_len);
    clear(event);
    event->result = result;
    event->end = end;
    if (result == SMTPERR_REPLY) {
        event->code = reader->code;
        event->first_code = reader->first_code;
        event->flags = reader->flags;
        event->kept_len = kept_len;
        if (kept_len > EVENT_KEEP_MAX) {
            return "kept more than it has room for";
        }
        memcpy(event->kept, kept, kept_len);
        if (smtperr_reader_pending(reader) != 0) {
            return "bytes pending behind a reply";
        }
    } else {
        event->pending = result == SMTPERR_NONE ? smtperr_reader_pending(reader) : 0;
        if (result == SMTPERR_NONE && (kept_len > event->pending || (kept_len == 0 && kept[0] != '\0'))) {
            return "more is kept than came";
        }
    }
    return NULL;
}

/* The bytes before the keep buffer; those behind it cannot be written. */
static const char *check_guard(size_t keep_size)
{
    const char *bytes = guarded(1, keep_size + GUARD_BYTES);
    size_t i;
    for (i = 0; i < GUARD_BYTES; i++) {
        if (bytes[i] != GUARD_BYTE) {
            return "wrote before the keep buffer";
        }
    }
    return NULL;
}

/* An error stays: nothing more is taken, whatever comes. */
static const char *check_sticky(smtperr_reader *reader, int32_t error)
{
    size_t used = 99;
    const uint32_t pending = smtperr_reader_pending(reader);
    if (smtperr_reader_feed(reader, "250 ok\r\n", 8, &used) != error || used != 0) {
        return "the error did not stay";
    }
    if (smtperr_reader_feed_line(reader, "250 ok", 6) != error || smtperr_reader_feed_line(reader, "a\nb", 3) != error ||
        smtperr_reader_pending(reader) != pending) {
        return "the error did not stay as it was";
    }
    return NULL;
}

const char *reader_events(const char *stream, size_t stream_len, size_t keep_size, const chunking *chunks,
                          reader_event *events, size_t *event_count)
{
    smtperr_reader reader;
    const char *broken = NULL;
    int32_t result = SMTPERR_NONE;
    size_t at = 0;
    *event_count = 0;
    memset(guarded(1, keep_size + GUARD_BYTES), GUARD_BYTE, GUARD_BYTES);
    if (smtperr_reader_init(&reader, sizeof reader, keep_size > 0 ? guarded(1, keep_size) : NULL, keep_size) != 0) {
        return "init failed";
    }
    while (at < stream_len && result >= 0) {
        const size_t chunk_len = chunk_end(chunks, at, stream_len) - at;
        char *chunk = guarded(0, chunk_len);
        size_t taken = 0;
        memcpy(chunk, stream + at, chunk_len);
        while (taken < chunk_len && result >= 0) {
            size_t used = SIZE_MAX;
            result = smtperr_reader_feed(&reader, chunk + taken, chunk_len - taken, &used);
            if (used == 0 || used > chunk_len - taken || (result == SMTPERR_NONE && used != chunk_len - taken)) {
                return "used is wrong";
            }
            taken += used;
            if (result == SMTPERR_REPLY) {
                broken = take_event(&reader, result, at + taken, &events[(*event_count)++]);
                if (broken != NULL || *event_count == EVENTS_MAX) {
                    return broken;
                }
            }
        }
        at += taken;
    }
    if (result == SMTPERR_REPLY) {
        size_t used = 99;
        result = smtperr_reader_feed(&reader, NULL, 0, &used);
        if (result != SMTPERR_NONE || used != 0) {
            return "a feed of nothing is not nothing";
        }
        fail(&events[(*event_count)++], result, at);
        return check_guard(keep_size);
    }
    broken = take_event(&reader, result, at, &events[(*event_count)++]);
    if (broken == NULL && result < 0) {
        broken = check_sticky(&reader, result);
    }
    return broken == NULL ? check_guard(keep_size) : broken;
}

const char *events_differ(const reader_event *a, size_t a_count, const reader_event *b, size_t b_count)
{
    size_t i;
    for (i = 0; i < a_count && i < b_count; i++) {
        if (a[i].result != b[i].result) {
            return "result";
        }
        if (a[i].end != b[i].end) {
            return "bytes used";
        }
        if (a[i].code != b[i].code) {
            return "code";
        }
        if (a[i].first_code != b[i].first_code) {
            return "first code";
        }
        if (a[i].flags != b[i].flags) {
            return "flags";
        }
        if (a[i].pending != b[i].pending) {
            return "pending";
        }
        if (a[i].kept_len != b[i].kept_len || memcmp(a[i].kept, b[i].kept, a[i].kept_len) != 0) {
            return "kept reply";
        }
    }
    return a_count != b_count ? "number of events" : NULL;
}
