/* SPDX-License-Identifier: MIT
 *
 * A stream cut as the input says, against the reference reader, at unreadable pages; and the same stream by lines.
 *
 * Input: byte 0 the size of the keep buffer (times 4 from 128 up), byte 1 how many cuts follow (0 to 15) and, in its high bits,
 * what becomes of the rest; then the cuts, each the length of a feed (the last holds for all feeds that follow; 0 is 4096);
 * then the stream. Byte 0 255 and high bits 0xA0: the stream is repeated up to where a line must end. The limit of a reply is
 * left to tests/unit: it would make the search slow.
 */
#include "fuzz.h"
#include "reference_reader.h"

#include <string.h>

enum { STREAM_MAX = SMTPERR_LINE_MAX + 4096, CUTS_MAX = STREAM_MAX };

static char stream[STREAM_MAX];
static size_t cuts[CUTS_MAX];
static reader_event wanted[EVENTS_MAX];
static reader_event got[EVENTS_MAX];

static size_t make_stream(const uint8_t *data, size_t size, unsigned how)
{
    size_t length = size < 4096 ? size : 4096;
    size_t part = length;
    const size_t least = how == 0xFFA0 ? SMTPERR_LINE_MAX + 300 : 0;
    memcpy(stream, data, length);
    while (part > 0 && length < least) {
        const size_t more = least - length < part ? least - length : part;
        memcpy(stream + length, stream, more);
        length += more;
    }
    return length;
}

static void check_lines(size_t length)
{
    char keep[2][100];
    smtperr_reader by_line;
    smtperr_reader by_feed;
    size_t at = 0;
    int32_t result = SMTPERR_NONE;
    (void)smtperr_reader_init(&by_line, sizeof by_line, keep[0], sizeof keep[0]);
    (void)smtperr_reader_init(&by_feed, sizeof by_feed, keep[1], sizeof keep[1]);
    while (at < length && result >= 0) {
        const char *end = memchr(stream + at, '\n', length - at);
        const size_t line_len = end != NULL ? (size_t)(end - (stream + at)) : length - at;
        const size_t text_len = line_len > 0 && stream[at + line_len - 1] == '\r' ? line_len - 1 : line_len;
        size_t used;
        size_t kept_len[2];
        const char *kept[2];
        int32_t expected = smtperr_reader_feed(&by_feed, stream + at, text_len, &used);
        if (expected >= 0) {
            expected = smtperr_reader_feed(&by_feed, "\r\n", 2, &used);
        }
        result = smtperr_reader_feed_line(&by_line, stream + at, line_len + (end != NULL));
        HOLDS(result == expected);
        kept[0] = smtperr_reader_reply(&by_line, &kept_len[0]);
        kept[1] = smtperr_reader_reply(&by_feed, &kept_len[1]);
        HOLDS(kept_len[0] == kept_len[1] && memcmp(kept[0], kept[1], kept_len[0]) == 0);
        at += line_len + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chunking chunks = {0, cuts, 0};
    size_t keep_size;
    size_t cut_bytes;
    size_t length;
    size_t at = 0;
    size_t i;
    size_t wanted_count;
    size_t got_count;
    const char *broken;
    if (size < 2) {
        return 0;
    }
    keep_size = data[0] < 128 ? data[0] : (size_t)data[0] * 4;
    cut_bytes = data[1] & 15U;
    if (cut_bytes > size - 2) {
        cut_bytes = size - 2;
    }
    length = make_stream(data + 2 + cut_bytes, size - 2 - cut_bytes,
                         (data[0] == 255 ? 0xFF00U : 0) | (data[1] & 0xF0U));
    for (i = 0; i < cut_bytes; i++) {
        const size_t step = data[2 + i] == 0 ? 4096 : data[2 + i];
        do {
            at += step;
            if (at < length && chunks.cut_count < 200) { /* looked up from the first each time: not too many */
                cuts[chunks.cut_count++] = at;
            }
        } while (i + 1 == cut_bytes && at < length && chunks.cut_count < 200);
    }
    wanted_count = reference_events(stream, length, keep_size, wanted);
    broken = reader_events(stream, length, keep_size, &chunks, got, &got_count);
    if (broken == NULL) {
        broken = events_differ(wanted, wanted_count, got, got_count);
    }
    if (broken == NULL) {
        broken = reader_events(stream, length, keep_size, NULL, got, &got_count);
    }
    if (broken == NULL) {
        broken = events_differ(wanted, wanted_count, got, got_count);
    }
    if (broken != NULL) {
        fprintf(stderr, "broken: %s\n", broken);
        abort();
    }
    check_lines(length);
    return 0;
}
