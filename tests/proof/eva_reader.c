/* SPDX-License-Identifier: MIT
 *
 * The reader, for Frama-C's EVA, in three parts: one line (prove_line), the loop over lines with all other calls
 * (prove_feed), and the keep buffer (prove_keep). What framing remembers may be anything at all; of the keep buffer only
 * mark <= kept <= size and mark <= size / 2 are taken as given, which init makes so and prove_keep shows that it stays so.
 * So no stream, however long and however cut and mixed with calls, makes the reader read or write outside of what it was
 * given, use what was not set, or overflow a signed number. Feeds are of 0 to BYTES bytes, each length in an analysis of its own, and end
 * where their array ends. eva.sh puts follow_*() in place of the calls they stand for, and tells EVA which cases to keep apart.
 */
#include "__fc_builtin.h"
#include "internal.h"

#include <stddef.h>

enum { BYTES = 5, KEEP = 16 };

/* The C library as loops that EVA can follow. Its own contracts forbid a pointer behind the last byte even where 0 bytes are
 * meant. It stands for memmove() too: the reader only moves down. */
static void follow_memcpy(char *to, const char *from, size_t length)
{
    size_t i;
    for (i = 0; i < length; i++) {
        to[i] = from[i];
    }
}


static void *follow_memchr(const void *bytes, int byte, size_t length)
{
    const unsigned char *at = bytes;
    size_t i;
    for (i = 0; i < length; i++) {
        if (at[i] == (unsigned char)byte) {
            return (void *)(at + i);
        }
    }
    return NULL;
}

static void any_framing(smtperr_reader *reader);

/* What prove_line shows of take_line(): some bytes are used, at least one, and the state keeps to the rules. */
static int32_t follow_take_line(smtperr_reader *reader, const char *bytes, size_t bytes_len, size_t *used)
{
    //@ assert there_is_one: bytes_len > 0 && \valid_read(bytes + (0 .. bytes_len - 1));
    int32_t result = Frama_C_interval(SMTPERR_ERR_REPLY_TOO_LONG, SMTPERR_REPLY);
    size_t taken = Frama_C_size_t_interval(1, bytes_len);
    any_framing(reader);
    if (result == SMTPERR_NONE && Frama_C_interval(0, 1)) {
        taken = bytes_len;
    }
    *used = taken;
    return result;
}

/* What prove_keep shows of keep_bytes(): it reads these bytes only. */
static void follow_keep_bytes(smtperr_reader *reader, const char *bytes, size_t bytes_len)
{
    //@ assert readable: bytes_len == 0 || \valid_read(bytes + (0 .. bytes_len - 1));
    (void)reader;
    (void)bytes;
    (void)bytes_len;
}

#include READER

/* The fields of framing may hold anything at all. */
static void any_framing(smtperr_reader *reader)
{
    reader->line_at = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    reader->reply_len = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    reader->flags = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    reader->code = (int16_t)Frama_C_interval(-32768, 32767);
    reader->first_code = (int16_t)Frama_C_interval(-32768, 32767);
    reader->last_line = (uint8_t)Frama_C_interval(0, 255);
    reader->position = (uint8_t)Frama_C_interval(0, 255);
    reader->blank_lines = (uint8_t)Frama_C_interval(0, 255);
}

void prove_line(void)
{
    size_t length;
    for (length = 1; length <= BYTES; length++) {
        char bytes[BYTES];
        smtperr_reader reader;
        size_t used = 0;
        int32_t result;
        Frama_C_make_unknown(bytes, BYTES);
        any_framing(&reader);
        result = take_line(&reader, bytes + (BYTES - length), length, &used);
        //@ assert used: 1 <= used <= length;
        //@ assert result: SMTPERR_ERR_REPLY_TOO_LONG <= result <= SMTPERR_REPLY;
    }
}

void prove_feed(void)
{
    char bytes[BYTES];
    static char keep[KEEP];
    smtperr_reader reader;
    size_t length;
    size_t reply_len;
    size_t used;
    (void)smtperr_reader_init(NULL, sizeof reader, keep, KEEP);
    (void)smtperr_reader_init(&reader, Frama_C_size_t_interval(0, sizeof reader - 1), keep, KEEP);
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, Frama_C_size_t_interval(1, 100));
    (void)smtperr_reader_init(&reader, sizeof reader, keep, Frama_C_size_t_interval(0, KEEP));
    while (Frama_C_interval(0, 1)) {
        for (length = 0; length <= BYTES; length++) {
            Frama_C_make_unknown(bytes, BYTES);
            switch (Frama_C_interval(0, 5)) {
            case 0:
                (void)smtperr_reader_feed(&reader, bytes + (BYTES - length), length, &used);
                //@ assert used: used <= length;
                break;
            case 1:
                (void)smtperr_reader_feed_line(&reader, bytes + (BYTES - length), length);
                break;
            case 2:
                (void)smtperr_reader_pending(&reader);
                (void)smtperr_reader_pending(NULL);
                break;
            case 3:
                (void)smtperr_reader_reply(&reader, &reply_len);
                (void)smtperr_reader_reply(&reader, NULL);
                (void)smtperr_reader_reply(NULL, &reply_len);
                break;
            case 4:
                (void)smtperr_reader_feed(&reader, NULL, length, &used);
                (void)smtperr_reader_feed(NULL, bytes, length, &used);
                (void)smtperr_reader_feed(&reader, bytes, length, NULL);
                (void)smtperr_reader_feed_line(NULL, bytes, length);
                (void)smtperr_reader_feed_line(&reader, NULL, length);
                break;
            default:
                (void)smtperr_reader_init(&reader, sizeof reader, keep, KEEP);
                break;
            }
        }
    }
}

/* kept and mark are taken one by one, so that EVA knows them. */
static void one_keep(size_t length, size_t kept, size_t mark, int text_cut, int line_cut)
{
    char bytes[BYTES];
    char keep[KEEP];
    smtperr_reader reader;
    Frama_C_make_unknown(bytes, BYTES);
    Frama_C_make_unknown(keep, KEEP);
    any_framing(&reader);
    reader.status = SMTPERR_NONE;
    reader.keep = keep;
    reader.keep_size = KEEP;
    reader.kept = kept;
    reader.mark = mark;
    reader.line_cut = (uint8_t)line_cut;
    reader.flags = text_cut ? SMTPERR_FLAG_TEXT_TRUNCATED : 0;
    keep_bytes(&reader, bytes + (BYTES - length), length);
    //@ assert kept: reader.kept <= KEEP;
    //@ assert mark: reader.mark <= KEEP / 2;
    //@ assert cut: reader.line_cut <= 1;
}

void prove_keep(void)
{
    size_t length;
    size_t kept;
    size_t mark;
    for (length = 0; length <= 3; length++) {
        for (kept = 0; kept <= KEEP; kept++) {
            one_keep(length, kept, 0, 0, 0);
            for (mark = 0; mark <= KEEP / 2 && mark <= kept; mark++) {
                one_keep(length, kept, mark, 1, 0);
                one_keep(length, kept, mark, 1, kept == KEEP - 1);
            }
        }
    }
}
