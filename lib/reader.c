/* SPDX-License-Identifier: MIT
 *
 * Frames a stream: finds where one reply ends (RFC 5321 4.2) and nothing else. Only the first four bytes of a line, its
 * end and the limits can fail a reply; text never can. LF is the only line end, with one CR right before it dropped.
 * There is no resynchronisation: after a framing error nobody knows which command the next reply answers, so errors stay.
 * Work per byte is constant; the raw bytes go to the caller's buffer, all other state is in the reader.
 */
#include "internal.h"

#include <string.h>

enum { BLANK_LINES_MAX = 4, KEEP_MIN = 16 };

/* Where in a line the next byte stands. */
enum { AT_DIGIT_1, AT_DIGIT_2, AT_DIGIT_3, AT_SEPARATOR, AT_BLANK_LF, AT_BARE_LF, AT_TEXT, AT_TEXT_CR };

static void begin_reply(smtperr_reader *reader)
{
    reader->kept = 0;
    reader->mark = 0;
    reader->line_at = 0;
    reader->reply_len = 0;
    reader->flags = 0;
    reader->status = SMTPERR_NONE;
    reader->code = 0;
    reader->first_code = 0;
    reader->position = AT_DIGIT_1;
    reader->last_line = 0;
    reader->blank_lines = 0;
    reader->line_cut = 0;
}

size_t smtperr_reader_size(void)
{
    return sizeof(smtperr_reader);
}

int32_t smtperr_reader_init(smtperr_reader *reader, size_t reader_size, char *keep, size_t keep_size)
{
    if (reader == NULL || reader_size < sizeof *reader || (keep == NULL && keep_size > 0)) {
        return SMTPERR_ERR_MISUSE;
    }
    reader->keep = keep_size < KEEP_MIN ? NULL : keep;
    reader->keep_size = keep_size < KEEP_MIN ? 0 : keep_size;
    memset(reader->reserved, 0, sizeof reader->reserved);
    begin_reply(reader);
    return 0;
}

/* Whether a part of a line can be kept, and its LF too. */
static int fits(const smtperr_reader *reader, size_t bytes_len)
{
    return bytes_len < reader->keep_size - reader->kept;
}

/* Where the last line begins among the first length bytes of the buffer. */
static size_t line_begin(const char *keep, size_t length)
{
    while (length > 0 && keep[length - 1] != '\n') {
        length--;
    }
    return length;
}

/* Keeps a part of a line, without its LF. When it does not fit, the line moves down over those before it, to the last
 * line end in the first half of the buffer; what still does not fit is left out. So the buffer always holds whole lines,
 * the first ones and the latest, and each byte moves at most once. */
static void keep_part(smtperr_reader *reader, const char *bytes, size_t bytes_len)
{
    if (reader->line_cut) {
        return;
    }
    if (!fits(reader, bytes_len)) {
        const size_t line_at = line_begin(reader->keep, reader->kept);
        if ((reader->flags & SMTPERR_FLAG_TEXT_TRUNCATED) == 0) {
            reader->flags |= SMTPERR_FLAG_TEXT_TRUNCATED;
            reader->mark = line_begin(reader->keep, line_at < reader->keep_size / 2 ? line_at : reader->keep_size / 2);
        }
        if (line_at > reader->mark) {
            memmove(reader->keep + reader->mark, reader->keep + line_at, reader->kept - line_at);
            reader->kept -= line_at - reader->mark;
        }
    }
    if (!fits(reader, bytes_len)) {
        bytes_len = reader->kept < reader->keep_size ? reader->keep_size - reader->kept - 1 : 0;
        reader->line_cut = 1;
    }
    memcpy(reader->keep + reader->kept, bytes, bytes_len);
    reader->kept += bytes_len;
}

/* Keeps bytes of the reply: all at once while there is room, else line by line. */
static void keep_bytes(smtperr_reader *reader, const char *bytes, size_t bytes_len)
{
    if (reader->keep == NULL || bytes_len == 0) {
        return;
    }
    if (!reader->line_cut && fits(reader, bytes_len)) {
        memcpy(reader->keep + reader->kept, bytes, bytes_len);
        reader->kept += bytes_len;
        return;
    }
    while (bytes_len > 0) {
        const char *end = memchr(bytes, '\n', bytes_len);
        const size_t part = end != NULL ? (size_t)(end - bytes) : bytes_len;
        keep_part(reader, bytes, part);
        if (end == NULL) {
            return;
        }
        if (reader->line_cut) { /* the buffer is full but for one byte */
            reader->kept = reader->keep_size - 2;
            reader->keep[reader->kept++] = '\r';
        }
        reader->keep[reader->kept++] = '\n';
        reader->line_cut = 0;
        bytes += part + 1;
        bytes_len -= part + 1;
    }
}

/* The LF of a line has been taken. */
static int32_t end_line(smtperr_reader *reader)
{
    if (reader->first_code == 0) {
        reader->first_code = reader->code;
    } else if (reader->first_code != reader->code) {
        reader->flags |= SMTPERR_FLAG_MIXED_CODES;
    }
    reader->position = AT_DIGIT_1;
    reader->line_at = reader->reply_len;
    return reader->last_line ? SMTPERR_REPLY : SMTPERR_NONE;
}

/* An empty line is skipped before a reply, never inside one (client practice; 4.2 knows none at all). */
static int32_t end_blank_line(smtperr_reader *reader)
{
    reader->flags |= SMTPERR_FLAG_BLANK_BEFORE;
    reader->blank_lines++;
    reader->position = AT_DIGIT_1;
    return SMTPERR_NONE;
}

/* The first byte of a line: 2 to 5 (4.2), or an empty line before the reply. */
static int32_t take_first(smtperr_reader *reader, unsigned char byte)
{
    if (byte >= '2' && byte <= '5') {
        reader->code = (int16_t)((byte - '0') * 100);
        reader->position = AT_DIGIT_2;
        return SMTPERR_NONE;
    }
    if (reader->first_code != 0 || reader->blank_lines == BLANK_LINES_MAX) {
        return SMTPERR_ERR_SYNTAX;
    }
    if (byte == '\r') {
        reader->position = AT_BLANK_LF;
        return SMTPERR_NONE;
    }
    return byte == '\n' ? end_blank_line(reader) : SMTPERR_ERR_SYNTAX;
}

/* The byte behind the code: what follows is text, or the line is bare. */
static int32_t take_separator(smtperr_reader *reader, unsigned char byte)
{
    reader->last_line = byte != '-';
    switch (byte) {
    case '-':
    case ' ':
        reader->position = AT_TEXT;
        return SMTPERR_NONE;
    case '\r':
        reader->position = AT_BARE_LF;
        return SMTPERR_NONE;
    case '\n':
        reader->flags |= SMTPERR_FLAG_BARE_CODE | SMTPERR_FLAG_BARE_LF;
        return SMTPERR_REPLY;
    default:
        return SMTPERR_ERR_SYNTAX;
    }
}

/* One byte before the text. REPLY: the byte is the LF of a bare last line. */
static int32_t take_prefix(smtperr_reader *reader, unsigned char byte)
{
    switch (reader->position) {
    case AT_DIGIT_1:
        return take_first(reader, byte);
    case AT_DIGIT_2:
    case AT_DIGIT_3:
        if (!smtperr__is_digit(byte)) {
            return SMTPERR_ERR_SYNTAX;
        }
        reader->code = (int16_t)(reader->code + (byte - '0') * (reader->position == AT_DIGIT_2 ? 10 : 1));
        reader->position++;
        return SMTPERR_NONE;
    case AT_SEPARATOR:
        return take_separator(reader, byte);
    case AT_BLANK_LF:
        return byte == '\n' ? end_blank_line(reader) : SMTPERR_ERR_SYNTAX;
    default: /* AT_BARE_LF */
        if (byte != '\n') {
            return SMTPERR_ERR_SYNTAX;
        }
        reader->flags |= SMTPERR_FLAG_BARE_CODE;
        return SMTPERR_REPLY;
    }
}

/* The four bytes before the text at once, where they are all there and as they mostly are. 0: go byte by byte. */
static size_t take_usual_prefix(smtperr_reader *reader, const char *bytes, size_t readable)
{
    int first;
    int second;
    int third;
    if (reader->position != AT_DIGIT_1 || readable < 4) {
        return 0;
    }
    first = (unsigned char)bytes[0] - '0';
    second = (unsigned char)bytes[1] - '0';
    third = (unsigned char)bytes[2] - '0';
    if (first < 2 || first > 5 || second < 0 || second > 9 || third < 0 || third > 9 ||
        (bytes[3] != ' ' && bytes[3] != '-')) {
        return 0;
    }
    reader->code = (int16_t)(first * 100 + second * 10 + third);
    reader->last_line = bytes[3] == ' ';
    reader->position = AT_TEXT;
    return 4;
}

/* Bytes that may still come before a limit is broken. */
static size_t allowance(const smtperr_reader *reader)
{
    const uint32_t line = SMTPERR_LINE_MAX - (reader->reply_len - reader->line_at);
    const uint32_t reply = SMTPERR_REPLY_MAX - reader->reply_len;
    return line < reply ? line : reply;
}

/* Takes bytes up to the end of the line or of what there is. */
static int32_t take_line(smtperr_reader *reader, const char *bytes, size_t bytes_len, size_t *used)
{
    const size_t allowed = allowance(reader);
    const size_t readable = bytes_len < allowed ? bytes_len : allowed;
    const char *line_end = NULL;
    size_t at = take_usual_prefix(reader, bytes, readable);
    size_t text_at;

    while (reader->position < AT_TEXT && at < readable) {
        const int32_t result = take_prefix(reader, (unsigned char)bytes[at]);
        at++;
        if (result != SMTPERR_NONE ||
            reader->position == AT_DIGIT_1) { /* an error, a bare last line, or a blank line */
            reader->reply_len += (uint32_t)at;
            *used = at;
            if (result == SMTPERR_REPLY) {
                return end_line(reader);
            }
            reader->line_at = reader->reply_len;
            return result;
        }
    }
    text_at = at;
    if (at < readable) {
        line_end = memchr(bytes + at, '\n', readable - at);
    }
    if (line_end != NULL) {
        at = (size_t)(line_end - bytes);
        if (at > text_at ? bytes[at - 1] != '\r' : reader->position != AT_TEXT_CR) {
            reader->flags |= SMTPERR_FLAG_BARE_LF;
        }
        reader->reply_len += (uint32_t)at + 1;
        *used = at + 1;
        return end_line(reader);
    }
    if (readable > text_at) {
        reader->position = bytes[readable - 1] == '\r' ? AT_TEXT_CR : AT_TEXT;
    }
    reader->reply_len += (uint32_t)readable;
    if (bytes_len > readable) { /* the byte that breaks the limit is taken too */
        *used = readable + 1;
        return reader->reply_len - reader->line_at == SMTPERR_LINE_MAX ? SMTPERR_ERR_LINE_TOO_LONG
                                                                       : SMTPERR_ERR_REPLY_TOO_LONG;
    }
    *used = readable;
    return SMTPERR_NONE;
}

int32_t smtperr_reader_feed(smtperr_reader *reader, const char *bytes, size_t bytes_len, size_t *used)
{
    size_t at = 0;
    size_t keep_from = 0; /* blank lines before the reply are not kept */
    int32_t status;
    if (reader == NULL || used == NULL || (bytes == NULL && bytes_len > 0)) {
        return SMTPERR_ERR_MISUSE;
    }
    *used = 0;
    if (reader->status < 0) {
        return reader->status;
    }
    if (bytes_len == 0) {
        return SMTPERR_NONE;
    }
    if (reader->status == SMTPERR_REPLY) {
        begin_reply(reader);
    }
    do {
        size_t line_used = 0;
        status = take_line(reader, bytes + at, bytes_len - at, &line_used);
        at += line_used;
        if (status == SMTPERR_NONE && reader->first_code == 0 &&
            (reader->position == AT_DIGIT_1 || reader->position == AT_BLANK_LF)) {
            keep_from = at;
        }
    } while (status == SMTPERR_NONE && at < bytes_len);
    keep_bytes(reader, bytes + keep_from,
               (status < 0 ? bytes_len : at) - keep_from); /* of what is no reply, all for a log */
    reader->status = status;
    *used = at;
    return status;
}

int32_t smtperr_reader_feed_line(smtperr_reader *reader, const char *line, size_t line_len)
{
    size_t used;
    int32_t result;
    if (reader == NULL || (line == NULL && line_len > 0)) {
        return SMTPERR_ERR_MISUSE;
    }
    if (line_len > 0 && line[line_len - 1] == '\n') {
        line_len--;
    }
    if (line_len > 0 && line[line_len - 1] == '\r') {
        line_len--;
    }
    if (line_len > 0 && memchr(line, '\n', line_len) != NULL && reader->status >= 0) {
        if (reader->status == SMTPERR_REPLY) {
            begin_reply(reader);
        }
        reader->status = SMTPERR_ERR_SYNTAX;
    }
    result = smtperr_reader_feed(reader, line, line_len, &used);
    return result < 0 ? result : smtperr_reader_feed(reader, "\r\n", 2, &used);
}

uint32_t smtperr_reader_pending(const smtperr_reader *reader)
{
    return reader == NULL || reader->status == SMTPERR_REPLY ? 0 : reader->reply_len;
}

const char *smtperr_reader_reply(const smtperr_reader *reader, size_t *reply_len)
{
    const int there = reader != NULL && reader->kept > 0;
    if (reply_len != NULL) {
        *reply_len = there ? reader->kept : 0;
    }
    return there ? reader->keep : "";
}

void smtperr__reader_frame(const smtperr_reader *reader, smtperr__frame *frame)
{
    frame->status = reader->status == SMTPERR_NONE ? SMTPERR_ERR_INCOMPLETE : reader->status;
    frame->flags = frame->status == SMTPERR_REPLY ? reader->flags : 0;
    if (frame->status == SMTPERR_REPLY && reader->keep == NULL && (reader->flags & SMTPERR_FLAG_BARE_CODE) == 0) {
        frame->flags |= SMTPERR_FLAG_TEXT_TRUNCATED;
    }
    frame->code = frame->status == SMTPERR_REPLY ? reader->code : 0;
    frame->first_code = frame->status == SMTPERR_REPLY ? reader->first_code : 0;
}
