/* SPDX-License-Identifier: MIT
 *
 * What else a text carries: the time after which to come back, a page to go to, the name under which a server queued a
 * message. Plain scans, each over every byte once; nothing here changes the category.
 */
#include "internal.h"

enum { CONTEXT_BYTES = 60 }; /* how far before or behind a time the word may stand that makes a hint of it */

static int is_word_byte(char byte)
{
    return smtperr__is_digit((unsigned char)byte) || (smtperr__lower(byte) >= 'a' && smtperr__lower(byte) <= 'z');
}

/* Bytes of word, if text begins with it, in any case; else 0. word is in lower case. */
static size_t begins(const char *text, size_t text_len, const char *word)
{
    size_t i;
    for (i = 0; word[i] != '\0'; i++) {
        if (i >= text_len || smtperr__lower(text[i]) != word[i]) {
            return 0;
        }
    }
    return i;
}

/* Seconds in the unit that is named at text, 0 if none is. */
static uint32_t unit_at(const char *text, size_t text_len)
{
    static const struct {
        char name[8];
        uint32_t seconds;
    } units[] = {{"seconds", 1}, {"second", 1}, {"secs", 1}, {"sec", 1},      {"s", 1},        {"minutes", 60},
                 {"minute", 60}, {"mins", 60},  {"min", 60}, {"m", 60},       {"hours", 3600}, {"hour", 3600},
                 {"hrs", 3600},  {"hr", 3600},  {"h", 3600}, {"days", 86400}, {"day", 86400}};
    size_t i;
    if (text_len == 0 || (smtperr__lower(text[0]) != 's' && smtperr__lower(text[0]) != 'm' &&
                          smtperr__lower(text[0]) != 'h' && smtperr__lower(text[0]) != 'd')) {
        return 0; /* mostly */
    }
    for (i = 0; i < sizeof units / sizeof units[0]; i++) {
        const size_t length = begins(text, text_len, units[i].name);
        if (length > 0 && (length >= text_len || !is_word_byte(text[length]))) {
            return units[i].seconds;
        }
    }
    return 0;
}

/* Whether one of the words that ask to come back begins at text. */
static int asks_back(const char *text, size_t text_len)
{
    static const char words[][10] = {"retry",    "retrying", "again",   "wait",   "come back",
                                     "greylist", "graylist", "back in", "resend", "try in"};
    size_t i;
    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (smtperr__lower(text[0]) == words[i][0] && begins(text, text_len, words[i])) {
            return 1;
        }
    }
    return 0;
}

/* Whether such a word stands within reach before or behind a time: "wait 5 minutes", "5 minutes before you try again". */
static int is_asked(const char *text, size_t text_len, size_t from, size_t to)
{
    const size_t first = from > CONTEXT_BYTES ? from - CONTEXT_BYTES : 0;
    size_t at;
    for (at = first; at < text_len && at < to + CONTEXT_BYTES; at++) {
        if ((at == 0 || !is_word_byte(text[at - 1])) && asks_back(text + at, text_len - at)) {
            return 1;
        }
    }
    return 0;
}

/* A number of seconds at text[at]: "300 seconds", "5m", "00:04:30". *end is where its digits end. 0: no time. */
static uint32_t time_at(const char *text, size_t text_len, size_t at, size_t *end)
{
    uint32_t parts[3] = {0, 0, 0};
    size_t count = 0;
    uint32_t unit;
    while (count < 3 && at < text_len && smtperr__is_digit((unsigned char)text[at])) {
        for (; at < text_len && smtperr__is_digit((unsigned char)text[at]); at++) {
            parts[count] = parts[count] < 10000000 ? parts[count] * 10 + (uint32_t)(text[at] - '0') : parts[count];
        }
        count++;
        if (count < 3 && at + 1 < text_len && text[at] == ':' && smtperr__is_digit((unsigned char)text[at + 1])) {
            at++;
        } else {
            break;
        }
    }
    *end = at;
    if (count == 3 && parts[0] < 1000 && parts[1] < 60 && parts[2] < 60) {
        return parts[0] * 3600 + parts[1] * 60 + parts[2];
    }
    if (count != 1) {
        return 0;
    }
    while (at < text_len && (text[at] == ' ' || text[at] == '-')) {
        at++;
    }
    unit = unit_at(text + at, text_len - at);
    if (unit == 0 || parts[0] > 864000) {
        return 0;
    }
    return unit * parts[0] < 864000 ? unit * parts[0] : 864000;
}

/* Behind a text that ends in "retry=" or "Retry-After: " a number counts seconds by itself. */
static int ends_in_retry(const char *text, size_t text_len)
{
    size_t at = text_len;
    while (at > 0 && !is_word_byte(text[at - 1]) && text_len - at < 2) {
        at--;
    }
    return at < text_len && text[at] != ' ' &&
           ((at >= 5 && begins(text + at - 5, 5, "retry")) || (at >= 11 && begins(text + at - 11, 11, "retry-after")));
}

/* Whether the number that ends at text[to] may be a time by what stands behind it: most are parts of codes and addresses. */
static int may_be_time(const char *text, size_t text_len, size_t to)
{
    char byte;
    if (to < text_len && text[to] == ':') {
        return 1;
    }
    while (to < text_len && (text[to] == ' ' || text[to] == '-')) {
        to++;
    }
    byte = to < text_len ? smtperr__lower(text[to]) : ' ';
    return byte == 's' || byte == 'm' || byte == 'h' || byte == 'd';
}

uint32_t smtperr__retry_after(const char *text, size_t text_len, size_t from)
{
    size_t to;
    for (; from < text_len; from = to + 1) {
        uint32_t seconds;
        if (!smtperr__is_digit((unsigned char)text[from])) {
            to = from;
            continue;
        }
        for (to = from + 1; to < text_len && smtperr__is_digit((unsigned char)text[to]); to++) {
        }
        if (from > 0 && is_word_byte(text[from - 1])) { /* the digits of a name */
            continue;
        }
        if (may_be_time(text, text_len, to)) {
            seconds = time_at(text, text_len, from, &to);
            if (seconds > 0) {
                if (is_asked(text, text_len, from, to)) {
                    return seconds;
                }
                continue;
            }
        }
        if (to - from < 7 && ends_in_retry(text, from)) {
            for (seconds = 0; from < to; from++) {
                seconds = seconds * 10 + (uint32_t)(text[from] - '0');
            }
            return seconds;
        }
    }
    return 0;
}

static int ends_url(char byte)
{
    return byte == '<' || byte == '>' || byte == '"' || byte == '\'' || byte == ')' || byte == ']';
}

smtperr_span smtperr__find_url(const char *text, size_t text_len, size_t first)
{
    const smtperr_span none = {0, 0};
    size_t at = smtperr__find_byte(text, text_len, first, ':');
    while (at < text_len) {
        size_t from = at;
        size_t to = at + 1;
        if (at + 3 < text_len && text[at + 1] == '/' && text[at + 2] == '/') {
            while (from > first && is_word_byte(text[from - 1])) {
                from--;
            }
            while (to < text_len && (unsigned char)text[to] > ' ' && (unsigned char)text[to] < 0x7F &&
                   !ends_url(text[to])) {
                to++;
            }
            while (to > at && (text[to - 1] == '.' || text[to - 1] == ',' || text[to - 1] == ';')) {
                to--;
            }
            if (smtperr__lower(text[from]) == 'h' && at - from <= 5) {
                return smtperr__span(from, to);
            }
        }
        at = smtperr__find_byte(text, text_len, to, ':');
    }
    return none;
}

/* The word behind "queued as", "id=", "queue id" ... */
int32_t smtperr_reply_queue_id(const char *reply, size_t reply_len, smtperr_span *queue_id)
{
    static const char marks[][12] = {"queued as ", "queued as: ", "queue id ", "queueid ", "id=", "id: ", "queued id "};
    size_t at;
    size_t i;
    if (reply == NULL || reply_len > SMTPERR_REPLY_MAX) {
        return 0;
    }
    for (at = 0; at < reply_len; at++) {
        if (at > 0 && is_word_byte(reply[at - 1])) {
            continue;
        }
        for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
            const size_t mark = begins(reply + at, reply_len - at, marks[i]);
            if (mark > 0) {
                size_t from = at + mark;
                size_t to;
                while (from < reply_len && (reply[from] == ' ' || reply[from] == '<' || reply[from] == '"')) {
                    from++;
                }
                for (to = from; to < reply_len &&
                                (is_word_byte(reply[to]) || reply[to] == '-' || reply[to] == '.' || reply[to] == '_');
                     to++) {
                }
                if (to - from >= 3) {
                    if (queue_id != NULL) {
                        *queue_id = smtperr__span(from, to);
                    }
                    return 1;
                }
            }
        }
    }
    return 0;
}
