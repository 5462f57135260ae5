/* SPDX-License-Identifier: MIT
 *
 * A reply as one line that is safe to show: a server must not be able to forge log lines, move a terminal's cursor or
 * break a reader of UTF-8. Everything that is not a printable character of valid UTF-8 comes out as '?'.
 */
#include "internal.h"

typedef struct {
    char *out;     /* where the next byte goes */
    size_t room;   /* behind it, without the NUL; 0 once something did not fit */
    size_t length; /* needed, written or not */
} output;

/* All of a character or nothing of it, and nothing after the first that did not fit. */
static void put(output *to, const char *bytes, size_t bytes_len)
{
    size_t i;
    if (bytes_len <= to->room) {
        for (i = 0; i < bytes_len; i++) {
            to->out[i] = bytes[i];
        }
        to->out += bytes_len;
        to->room -= bytes_len;
    } else {
        to->room = 0;
    }
    to->length += bytes_len;
}

/* Bytes of the character at text: 1 to 4, or 0 for what is no valid UTF-8 (RFC 3629: no overlong forms, no surrogates). */
size_t smtperr__character(const char *text, size_t text_len, uint32_t *value)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = (unsigned char)text[0];
    size_t length;
    size_t i;
    if (first < 0x80) {
        *value = first;
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
        *value = first & 0x1FU;
    } else if ((first & 0xF0U) == 0xE0) {
        length = 3;
        *value = first & 0x0FU;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        *value = first & 0x07U;
    } else {
        return 0;
    }
    if (length > text_len) {
        return 0;
    }
    for (i = 1; i < length; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if ((byte & 0xC0U) != 0x80) {
            return 0;
        }
        *value = *value << 6 | (byte & 0x3FU);
    }
    if (*value < smallest[length] || *value > 0x10FFFF || (*value >= 0xD800 && *value <= 0xDFFF)) {
        return 0;
    }
    return length;
}

/* Not for eyes: controls, and what changes the direction or the breaking of a line. */
static int is_hidden(uint32_t value)
{
    return value < 0x20 || (value >= 0x7F && value <= 0x9F) || (value >= 0x200B && value <= 0x200F) ||
           (value >= 0x2028 && value <= 0x202E) || (value >= 0x2060 && value <= 0x206F) || value == 0x61C ||
           value == 0xFEFF || (value >= 0xFFF9 && value <= 0xFFFB) || (value >= 0xE0000 && value <= 0xE007F);
}

static void put_text(output *to, const char *text, size_t text_len, size_t at)
{
    while (at < text_len) {
        uint32_t value = 0;
        const size_t length = smtperr__character(text + at, text_len - at, &value);
        if (text[at] == '\t') {
            put(to, " ", 1);
        } else if (length == 0 || is_hidden(value)) {
            put(to, "?", 1);
        } else {
            put(to, text + at, length);
        }
        at += length == 0 ? 1 : length;
    }
}

size_t smtperr_sanitize(const char *reply, size_t reply_len, char *out, size_t out_size)
{
    output to = {NULL, 0, 0};
    smtperr_span line;
    size_t at = 0;
    int32_t first_code = -1;
    int32_t first_enhanced = 0;
    if (reply == NULL) {
        reply_len = 0;
    }
    if (out != NULL && out_size > 0) {
        to.out = out;
        to.room = out_size - 1;
    }
    while (smtperr__next_line(reply, reply_len, &at, &line)) {
        const char *const text = reply + line.at;
        const size_t text_len = line.len;
        const int32_t code = smtperr__code_at(text, text_len);
        size_t from = 0; /* what is before it has been said, or is said once for all lines */
        size_t status_len = 0;
        int32_t enhanced = 0;
        if (text_len == 0) {
            continue;
        }
        if (code != 0 && text_len > 4) {
            enhanced = smtperr__enhanced_at_start(text + 4, text_len - 4, &status_len);
        }
        if (first_code < 0) {
            first_code = code;
            first_enhanced = enhanced;
            if (code != 0) {
                put(&to, text, 3);
                from = 3;
                if (code == 334) { /* RFC 4954: a challenge is part of a login */
                    break;
                }
                if (text_len > 4) {
                    put(&to, " ", 1);
                    from = 4;
                }
            }
        } else {
            put(&to, " ", 1);
            if (code != 0 && code == first_code) {
                from = text_len > 4 ? 4 : text_len;
                if (enhanced != 0 && enhanced == first_enhanced) {
                    from = 4 + status_len;
                    while (from < text_len && text[from] == ' ') {
                        from++;
                    }
                }
            }
        }
        put_text(&to, text, text_len, from);
    }
    if (to.out != NULL) {
        to.out[0] = '\0';
    }
    return to.length;
}
