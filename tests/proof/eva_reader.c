/* SPDX-License-Identifier: MIT
 *
 * The reader, for Frama-C's EVA, by induction: whatever state keeps to what holds() says, any call with any bytes does nothing undefined and
 * leaves a state that keeps to it too; and init makes such a state. So no stream, however long, cut and mixed with calls,
 * can make the reader read or write outside of what it was given. One size of the keep buffer at a time (KEEP), feeds of
 * up to BYTES bytes. eva.sh runs it on lib/reader.c and shows EVA where to take cases apart; with SEEDED_BUG it must find an alarm.
 */
#include "__fc_builtin.h"
#include "smtperr.h"

#include <stddef.h>

#ifndef KEEP
#define KEEP 0
#endif
#ifndef BYTES
#define BYTES 6
#endif
enum { AT_DIGIT_1, AT_DIGIT_2, AT_DIGIT_3, AT_SEPARATOR, AT_BLANK_LF, AT_BARE_LF, AT_TEXT, AT_TEXT_CR };

/* memchr() as a loop that EVA can follow. */
void *memchr(const void *bytes, int byte, size_t length)
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

static char bytes[BYTES];
static char keep[KEEP > 0 ? KEEP : 1];
static smtperr_reader reader;

static int32_t any(int32_t least, int32_t most)
{
    return Frama_C_interval(least, most);
}

/* Any state that holds() allows. */
static void any_reader(void)
{
    int position = any(AT_DIGIT_1, AT_TEXT_CR);
    int cut = any(0, 1);
    size_t mark = Frama_C_size_t_interval(0, KEEP / 2);
    size_t kept = Frama_C_size_t_interval(0, KEEP);
    /*@ split position; */
    /*@ split cut; */
    /*@ split mark; */
    /*@ split kept; */
    reader.keep = KEEP > 0 ? keep : NULL;
    reader.keep_size = KEEP;
    Frama_C_make_unknown(keep, sizeof keep);
    reader.kept = kept;
    reader.mark = mark;
    reader.reply_len = (uint32_t)any(0, SMTPERR_REPLY_MAX);
    reader.line_at = (uint32_t)any(0, SMTPERR_REPLY_MAX);
    reader.flags = (uint32_t)any(0, 0x1FFFF);
    reader.status = any(SMTPERR_ERR_CUT, SMTPERR_REPLY);
    reader.first_code = (int16_t)any(0, 599);
    reader.last_line = (uint8_t)any(0, 1);
    reader.line_cut = (uint8_t)cut;
    reader.position = (uint8_t)position;
    reader.blank_lines = (uint8_t)any(0, position == AT_BLANK_LF ? 3 : 4);
    if (position == AT_DIGIT_2) {
        reader.code = (int16_t)(100 * any(2, 5));
    } else if (position == AT_DIGIT_3) {
        reader.code = (int16_t)(10 * any(20, 59));
    } else {
        reader.code = (int16_t)any(0, 599);
    }
}

static void holds(void)
{
    int position = reader.position;
    /*@ split position; */
    //@ assert kept: reader.kept <= KEEP;
    //@ assert mark: reader.mark <= KEEP / 2;
    //@ assert keep: reader.keep_size == KEEP && (KEEP > 0 ==> reader.keep == &keep[0]);
    //@ assert length: reader.reply_len <= SMTPERR_REPLY_MAX && reader.line_at <= SMTPERR_REPLY_MAX;
    //@ assert status: SMTPERR_ERR_CUT <= reader.status <= SMTPERR_REPLY;
    //@ assert first: 0 <= reader.first_code <= 599;
    //@ assert bits: reader.last_line <= 1 && reader.line_cut <= 1 && position <= AT_TEXT_CR && reader.flags <= 0x1FFFF;
    //@ assert blank: reader.blank_lines <= 4;
    if (reader.status >= 0) {
        //@ assert blank_lf: position == AT_BLANK_LF ==> reader.blank_lines <= 3;
        //@ assert second: position == AT_DIGIT_2 ==> reader.code <= 500;
        //@ assert third: position == AT_DIGIT_3 ==> reader.code <= 590;
    }
    //@ assert code: 0 <= reader.code <= 599;
}

void prove_calls(void)
{
    size_t used = 0;
    size_t reply_len;
    const char *reply;
    size_t length = Frama_C_size_t_interval(0, BYTES);
    const char *input;
    any_reader();
    Frama_C_make_unknown(bytes, sizeof bytes);
    /*@ split length; */
    input = bytes + (BYTES - length);
    switch (any(0, 6)) {
    case 0:
        (void)smtperr_reader_feed(&reader, input, length, &used);
        //@ assert used: used <= length;
        break;
    case 1:
        (void)smtperr_reader_feed_line(&reader, input, length);
        break;
    case 2:
        (void)smtperr_reader_end(&reader);
        break;
    case 3:
        (void)smtperr_reader_pending(&reader);
        break;
    case 4:
        reply = smtperr_reader_reply(&reader, any(0, 1) ? &reply_len : NULL);
        break;
    case 5:
        (void)smtperr_reader_feed(&reader, NULL, length, &used);
        (void)smtperr_reader_feed_line(&reader, NULL, 1);
        (void)smtperr_reader_feed(&reader, input, length, NULL);
        break;
    default:
        (void)smtperr_reader_init(&reader, sizeof reader, KEEP > 0 ? keep : NULL, KEEP);
        break;
    }
    holds();
}

void prove_init(void)
{
    size_t used = 0;
    size_t reply_len;
    (void)smtperr_reader_init(&reader, sizeof reader, KEEP > 0 ? keep : NULL, KEEP);
    holds();
    (void)smtperr_reader_init(NULL, sizeof reader, keep, KEEP);
    (void)smtperr_reader_init(&reader, Frama_C_size_t_interval(0, sizeof reader - 1), keep, KEEP);
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, Frama_C_size_t_interval(1, 100));
    (void)smtperr_reader_feed(NULL, bytes, BYTES, &used);
    (void)smtperr_reader_feed_line(NULL, bytes, BYTES);
    (void)smtperr_reader_end(NULL);
    (void)smtperr_reader_pending(NULL);
    (void)smtperr_reader_reply(NULL, &reply_len);
    (void)smtperr_reader_reply(NULL, NULL);
    holds();
}
