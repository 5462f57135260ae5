/* SPDX-License-Identifier: MIT
 *
 * Every string of up to N bytes over the twelve byte values that mean something to the reader, or stand for all others: fed
 * whole, fed byte by byte, and read by the reference, all three the same. N is the argument, or SMTPERR_EXHAUSTIVE, else 5.
 * 8 takes minutes. Prints TAP.
 */
#include "reference_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_MAX = 9, KEEP = 16 };

static const char alphabet[] = {'2', '5', '0', '9', '-', '.', ' ', '\r', '\n', 'x', '\0', (char)0x80};
enum { LETTERS = sizeof alphabet };

/* What can be seen of a reader, or of the reference, after each reply and at the end: small, so that it is quick. */
typedef struct {
    int32_t result;
    uint32_t end, pending, kept_len, flags;
    int32_t code, first_code;
} seen;

/* No string of nine bytes holds more than two replies. */
enum { SEEN_MAX = LENGTH_MAX / 4 + 2 };

static void note(const smtperr_reader *reader, int32_t result, size_t end, const char *stream, seen *to)
{
    size_t kept_len;
    const char *kept = smtperr_reader_reply(reader, &kept_len);
    to->result = result;
    to->end = (uint32_t)end;
    to->pending = result == SMTPERR_NONE ? smtperr_reader_pending(reader) : 0;
    to->kept_len = result == SMTPERR_REPLY ? (uint32_t)kept_len : 0; /* after an error it is for logs */
    to->code = result == SMTPERR_REPLY ? reader->code : 0;
    to->first_code = result == SMTPERR_REPLY ? reader->first_code : 0;
    to->flags = result == SMTPERR_REPLY ? reader->flags : 0;
    if (result == SMTPERR_REPLY && memcmp(kept, stream + end - kept_len, kept_len) != 0) {
        to->flags |= 0x80000000U; /* all of it fits, so what is kept must be what was fed */
    }
}

static size_t with_reader(const char *stream, size_t length, size_t step, seen *list)
{
    char keep[KEEP];
    smtperr_reader reader;
    size_t count = 0;
    size_t at = 0;
    int32_t result = SMTPERR_NONE;
    (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
    while (at < length && result >= 0) {
        size_t used = 0;
        result = smtperr_reader_feed(&reader, stream + at, step < length - at ? step : length - at, &used);
        at += used;
        if (result == SMTPERR_REPLY) {
            note(&reader, result, at, stream, &list[count++]);
        }
    }
    if (result == SMTPERR_REPLY) {
        result = smtperr_reader_feed(&reader, NULL, 0, &at);
        at = length;
    }
    if (result == SMTPERR_NONE && smtperr_reader_pending(&reader) == 0) {
        memset(&list[count], 0, sizeof list[count]);
        list[count++].end = (uint32_t)at;
    } else {
        note(&reader, result, at, stream, &list[count++]);
    }
    return count;
}

static size_t with_reference(const char *stream, size_t length, seen *list)
{
    static reader_event event;
    size_t count = 0;
    size_t at = 0;
    do {
        reference_next(stream, length, at, KEEP, &event);
        at = event.end;
        list[count].result = event.result;
        list[count].end = (uint32_t)at;
        list[count].pending = (uint32_t)event.pending;
        list[count].kept_len = (uint32_t)event.kept_len;
        list[count].flags = event.flags;
        list[count].code = event.code;
        list[count].first_code = event.first_code;
        count++;
    } while (event.result == SMTPERR_REPLY);
    return count;
}

static int is_same(const seen *a, size_t a_count, const seen *b, size_t b_count)
{
    return a_count == b_count && memcmp(a, b, a_count * sizeof *a) == 0;
}

static void tell(const char *how, const char *stream, size_t length)
{
    size_t i;
    printf("# %s differs:", how);
    for (i = 0; i < length; i++) {
        printf(" %02x", (unsigned)(unsigned char)stream[i]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    const char *asked = argc > 1 ? argv[1] : getenv("SMTPERR_EXHAUSTIVE");
    const size_t longest = asked != NULL && asked[0] >= '0' && asked[0] <= '9' && asked[1] == '\0' ? (size_t)(asked[0] - '0') : 5;
    unsigned long long strings = 0;
    unsigned long long replies = 0;
    unsigned long long wrong = 0;
    size_t length;
    for (length = 0; length <= longest; length++) {
        unsigned char digits[LENGTH_MAX + 1] = {0};
        char *const stream = guarded(0, length);
        memset(stream, alphabet[0], length);
        while (digits[length] == 0) { /* counts in base twelve; the digit behind the last ends it */
            seen reference[SEEN_MAX];
            seen whole[SEEN_MAX];
            seen bytewise[SEEN_MAX];
            const size_t count = with_reference(stream, length, reference);
            const size_t whole_count = with_reader(stream, length, length, whole);
            const size_t bytewise_count = with_reader(stream, length, 1, bytewise);
            size_t i = 0;
            if (!is_same(whole, whole_count, reference, count)) {
                if (wrong++ < 10) {
                    tell("whole", stream, length);
                }
            } else if (!is_same(bytewise, bytewise_count, reference, count)) {
                if (wrong++ < 10) {
                    tell("byte by byte", stream, length);
                }
            }
            strings++;
            replies += count - 1;
            while (i < length && digits[i] == LETTERS - 1) {
                digits[i] = 0;
                stream[i++] = alphabet[0];
            }
            digits[i]++;
            if (i < length) {
                stream[i] = alphabet[digits[i]];
            }
        }
    }
    printf("1..1\n%s 1 - every string of up to %u bytes over %u byte values, whole and byte by byte, is read as the reference reads it\n",
           wrong == 0 ? "ok" : "not ok", (unsigned)longest, (unsigned)LETTERS);
    printf("# %llu strings, %llu replies in them, %llu wrong\n", strings, replies, wrong);
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
