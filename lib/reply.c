/* SPDX-License-Identifier: MIT
 *
 * Looks into a reply that was framed already: its lines, and the keywords of an EHLO reply. Takes any bytes.
 */
#include "internal.h"

/* The line at *at, raw and without its end; moves *at behind it. 0: there is none. */
int smtperr__next_line(const char *reply, size_t reply_len, size_t *at, smtperr_span *line)
{
    const size_t from = *at;
    size_t to;
    if (from >= reply_len || from > UINT32_MAX / 2) {
        return 0;
    }
    to = smtperr__find_byte(reply, reply_len, from, '\n');
    *at = to + (to < reply_len);
    if (to > from && reply[to - 1] == '\r') {
        to--;
    }
    *line = smtperr__span(from, to - from < UINT32_MAX / 2 ? to : from + UINT32_MAX / 2);
    return 1;
}

int32_t smtperr__code_at(const char *text, size_t text_len)
{
    if (text_len < 3 || !smtperr__is_digit((unsigned char)text[0]) || !smtperr__is_digit((unsigned char)text[1]) ||
        !smtperr__is_digit((unsigned char)text[2]) || (text_len > 3 && text[3] != ' ' && text[3] != '-')) {
        return 0;
    }
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

int32_t smtperr_reply_line(const char *reply, size_t reply_len, uint32_t index, smtperr_span *line)
{
    smtperr_span found = {0, 0};
    size_t at = 0;
    if (reply == NULL) {
        return 0;
    }
    while (smtperr__next_line(reply, reply_len, &at, &found)) {
        uint32_t prefix = 0;
        if (found.len == 0) { /* a blank line before the reply */
            continue;
        }
        if (index > 0) {
            index--;
            continue;
        }
        if (smtperr__code_at(reply + found.at, found.len) != 0) {
            prefix = found.len > 3 ? 4 : 3;
        }
        if (line != NULL) {
            line->at = found.at + prefix;
            line->len = found.len - prefix;
        }
        return 1;
    }
    return 0;
}

static int is_keyword_byte(unsigned char byte)
{
    return smtperr__is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '-';
}

static int same_word(const char *a, const char *b, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++) {
        if (smtperr__lower(a[i]) != smtperr__lower(b[i])) {
            return 0;
        }
    }
    return 1;
}

int32_t smtperr_reply_keyword(const char *reply, size_t reply_len, const char *keyword, size_t keyword_len,
                              smtperr_span *parameters)
{
    smtperr_span line;
    size_t at = 0;
    uint32_t lines = 0;
    if (keyword == NULL || keyword_len == 0 || reply == NULL) {
        return 0;
    }
    while (smtperr__next_line(reply, reply_len, &at, &line)) {
        const char *text;
        uint32_t text_len;
        uint32_t word = 0;
        if (line.len == 0 || lines++ == 0) { /* the first line is the server's name and greeting (4.1.1.1) */
            continue;
        }
        if (line.len < 5 || smtperr__code_at(reply + line.at, line.len) != 250) {
            continue;
        }
        text = reply + line.at + 4;
        text_len = line.len - 4;
        while (word < text_len && is_keyword_byte((unsigned char)text[word])) {
            word++;
        }
        if (word != keyword_len || text[0] == '-' || !same_word(text, keyword, keyword_len)) {
            continue;
        }
        /* "AUTH=LOGIN" is how servers wrote it before RFC 2554, and some still do beside the right form. */
        if (word < text_len && text[word] != ' ' && text[word] != '\t' && text[word] != '=') {
            continue;
        }
        if (parameters != NULL) {
            word += word < text_len;
            parameters->at = line.at + 4 + word;
            parameters->len = text_len - word;
        }
        return 1;
    }
    return 0;
}
