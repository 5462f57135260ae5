/* SPDX-License-Identifier: MIT
 *
 * Finds the reply in what people paste: a bounce as Postfix, Exim, Sendmail, qmail, Exchange or Gmail write it, with or
 * without its headers and the original message, or a piece of a log. No MIME is parsed. Lines that belong together become
 * one item (folded fields, indented or wrapped text, replies of several lines); the library judges each item, and the one
 * that tells most is it. Each line is read once.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    WRAPPED_MIN = 60, /* columns of a line that may have been wrapped before the next */
    WRAPPED_MAX = 80,
    SOFT_BREAK_MIN = 40
};

/* A line as it is read: without what quoting and transcripts put in front of it. */
struct line {
    char *text;
    size_t len, indent, raw_len;
    unsigned long first, last; /* physical lines */
    bool said;                 /* "<<< ", by the server */
    bool sent;                 /* ">>> ", by the client */
};

struct search {
    const struct settings *settings;
    char *item; /* being put together */
    size_t item_len, indent, wrapped_len;
    unsigned long first, last;
    int more;    /* the code of a line that said with a hyphen that others follow */
    bool unread; /* a header of no use, with its folded lines */
    bool field;
    bool said; /* by the server itself, in a transcript */
    bool copy; /* the original message has begun */
    int32_t stage;
    char host[256];
    char status[ENHANCED_SIZE]; /* of this recipient */
    int best_score;
    struct excerpt *best;
};

static bool begins(const char *text, size_t text_len, const char *word)
{
    return text_len >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

static const char *find(const char *text, size_t text_len, const char *word)
{
    for (size_t i = 0; i < text_len; i++) {
        if (begins(text + i, text_len - i, word)) return text + i;
    }
    return NULL;
}

/* 200 to 599 in front of a blank, a hyphen or the end; else 0. */
static int code_at(const char *text, size_t text_len)
{
    if (text_len < 3 || text[0] < '2' || text[0] > '5' || text[1] < '0' || text[1] > '9' || text[2] < '0' ||
        text[2] > '9')
        return 0;
    if (text_len > 3 && text[3] != ' ' && text[3] != '-' && text[3] != '\r') return 0;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

/* ---- Lines ---- */

static void strip(struct line *line, size_t count)
{
    line->text += count;
    line->len -= count;
}

static void strip_blanks(struct line *line)
{
    while (line->len > 0 && (line->text[0] == ' ' || line->text[0] == '\t')) {
        strip(line, 1);
        line->indent++;
    }
}

/* The next line of the text, which is changed: soft line breaks of quoted-printable are joined. */
static bool read_line(char **at, char *end, unsigned long *number, struct line *line)
{
    char *to = *at;

    memset(line, 0, sizeof *line);
    if (*at == end) return false;
    line->text = *at;
    line->first = *number + 1;
    for (;;) {
        char *line_end = memchr(*at, '\n', (size_t)(end - *at));
        char *next = line_end != NULL ? line_end + 1 : end;
        size_t len = (size_t)((line_end != NULL ? line_end : end) - *at);
        ++*number;
        if (len > 0 && (*at)[len - 1] == '\r') len--;
        memmove(to, *at, len);
        *at = next;
        line->raw_len = len;
        to += len;
        if (len < SOFT_BREAK_MIN || to[-1] != '=' || next == end) break;
        to--;
        if (begins(line->text, (size_t)(to - line->text), "> ") && begins(*at, (size_t)(end - *at), "> ")) *at += 2;
    }
    line->last = *number;
    line->len = (size_t)(to - line->text);
    while (line->len > 0 && (line->text[line->len - 1] == ' ' || line->text[line->len - 1] == '\t'))
        line->len--;
    while (begins(line->text, line->len, "> ") || (line->len == 1 && line->text[0] == '>'))
        strip(line, 1 + (line->len > 1));
    strip_blanks(line);
    line->said = begins(line->text, line->len, "<<<");
    line->sent = begins(line->text, line->len, ">>>");
    if (line->said || line->sent) strip(line, 3);
    if (line->len > 3 && line->text[0] == '#' && code_at(line->text + 1, line->len - 1) != 0) strip(line, 1);
    if (line->said || line->sent) strip_blanks(line);
    return true;
}

/* ---- Items ---- */

/* "host mx.example.org[192.0.2.1] said", "relay=mx.example.org[", "H=mx.example.org [", "while talking to mx.example.org.:" */
static void find_host(const char *text, size_t text_len, char host[256])
{
    static const char *const marks[] = {"host ", "relay=", " H=", "talking to ", "dns; ", "dns;"};

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *name = find(text, text_len, marks[i]);
        size_t len = 0;
        if (name == NULL) continue;
        name += strlen(marks[i]);
        while (name + len < text + text_len && len < 255 && strchr(" [(:,;<>\"'", name[len]) == NULL)
            len++;
        if (len > 0 && name[len - 1] == '.') len--;
        if (memchr(name, '.', len) == NULL) continue;
        memcpy(host, name, len);
        host[len] = '\0';
        return;
    }
}

/* The command of a line of Sendmail's behind ">>>", for the lines behind "<<<"; what other mailers write around a reply the library
 * reads by itself. */
static int32_t stage_of(const char *text, size_t text_len)
{
    static const struct {
        const char *words;
        int32_t stage;
    } commands[] = {
        /* Sendmail sends DATA before it reads the answers to RCPT, so its ">>> DATA" tells nothing. */
        {"RCPT", SMTPERR_STAGE_RCPT},
        {"MAIL", SMTPERR_STAGE_MAIL},
        {"EHLO", SMTPERR_STAGE_EHLO},
        {"HELO", SMTPERR_STAGE_HELO},
        {"STARTTLS", SMTPERR_STAGE_STARTTLS},
        {"AUTH", SMTPERR_STAGE_AUTH},
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (begins(text, text_len, commands[i].words)) return commands[i].stage;
    return SMTPERR_STAGE_UNKNOWN;
}

/* How much a verdict tells; 0: nothing. */
static int score_of(const smtperr_verdict *verdict)
{
    int score = 0;

    if (verdict->code != 0 && verdict->code < 400) return 0;
    if (verdict->code == 0 && verdict->enhanced == 0 &&
        (verdict->basis != SMTPERR_BASIS_TEXT || verdict->confidence != SMTPERR_CONFIDENCE_HIGH))
        return 0;
    if (verdict->code == 0 && verdict->enhanced / 1000000 == 2) return 0;
    if (verdict->code != 0) score += 100;
    if (verdict->enhanced != 0) score += 4;
    if (verdict->stage != SMTPERR_STAGE_UNKNOWN) score += 6;
    if (verdict->basis == SMTPERR_BASIS_TEXT) score += 5;
    if (verdict->provider != 0) score += 2;
    /* What follows a refusal out of step ("503 need RCPT first") only repeats that there was one. */
    if (verdict->category != SMTPERR_CATEGORY_UNKNOWN && verdict->category != SMTPERR_CATEGORY_PROTOCOL_ERROR)
        score += 10 * verdict->confidence;
    return score + 1;
}

/* Ends an item: keeps it if it tells more than those before it. */
static void judge(struct search *search)
{
    smtperr_context context = search->settings->context;
    smtperr_verdict verdict;
    struct excerpt *best = search->best;
    char host[256];
    int score;

    if (search->item_len == 0 || search->unread) {
        search->item_len = 0;
        return;
    }
    search->item[search->item_len] = '\0';
    strcpy(host, search->host);
    if (!search->field) find_host(search->item, search->item_len, host);
    if (context.stage == SMTPERR_STAGE_UNKNOWN) context.stage = search->stage;
    if (context.provider == 0) context.provider = smtperr_provider_of_host(host, strlen(host));
    smtperr_classify(search->item, search->item_len, SMTPERR_SHAPE_TEXT, &context, &verdict, sizeof verdict);
    score = score_of(&verdict);
    if (score > 0) score += (search->said ? 8 : 0) - (search->copy ? 60 : 0);
    if (score > search->best_score) {
        search->best_score = score;
        memcpy(best->reply, search->item, search->item_len);
        best->reply_len = search->item_len;
        best->stage = context.stage;
        strcpy(best->host, host);
        best->first = search->first;
        best->last = search->last;
    }
    /* What is said before a reply ("192.0.2.1 does not like recipient.") is true of the lines up to the next blank one. */
    if (verdict.code == 0) {
        search->stage = verdict.stage;
        strcpy(search->host, host);
    }
    search->item_len = 0;
}

/* 550, if a reply in this line says by "550-" that its next line follows. */
static int more_follows(const struct line *line)
{
    for (size_t i = 0; i + 3 < line->len; i++) {
        int code = i == 0 || strchr(" '\"#", line->text[i - 1]) != NULL ? code_at(line->text + i, line->len - i) : 0;
        if (code != 0) return line->text[i + 3] == '-' ? code : 0;
    }
    return -1;
}

static void add(struct search *search, const struct line *line, char between)
{
    if (between != '\0') search->item[search->item_len++] = between;
    memcpy(search->item + search->item_len, line->text, line->len);
    search->item_len += line->len;
    search->last = line->last;
    if (more_follows(line) >= 0) search->more = more_follows(line);
    search->wrapped_len = line->raw_len;
}

/* The length of a field's name with its colon, as in "Diagnostic-Code:"; 0 if the line does not begin with one. */
static size_t field_name(const struct line *line)
{
    size_t len = 0;

    while (len < line->len &&
           ((line->text[len] | 32) >= 'a'
                ? (line->text[len] | 32) <= 'z'
                : line->text[len] == '-' || (len > 0 && line->text[len] >= '0' && line->text[len] <= '9')))
        len++;
    return len > 0 && len < line->len && line->text[len] == ':' && (len + 1 == line->len || line->text[len + 1] == ' ')
               ? len + 1
               : 0;
}

/* Reads what a field tells, and whether it may hold a reply: of fields that nobody knows only "Error: 550 ..." does. */
static void read_field(struct search *search, const struct line *line, size_t name_len)
{
    const char *value = line->text + name_len;
    size_t value_len = line->len - name_len;

    while (value_len > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        value_len--;
    }
    search->field = true;
    search->unread = false;
    if (begins(line->text, line->len, "Final-Recipient:") || begins(line->text, line->len, "Original-Recipient:")) {
        search->unread = true;
        search->status[0] = search->host[0] = '\0';
    } else if (begins(line->text, line->len, "Remote-MTA:")) {
        search->unread = true;
        find_host(value, value_len, search->host);
    } else if (begins(line->text, line->len, "Status:")) {
        size_t len = 0;
        while (len < value_len && len < sizeof search->status - 1 && strchr("0123456789.", value[len]) != NULL)
            len++;
        memcpy(search->status, value, len);
        search->status[len] = '\0';
    } else if (!begins(line->text, line->len, "Diagnostic-Code:")) {
        search->unread = begins(line->text, line->len, "Subject:") || code_at(value, value_len) < 400 || value_len < 5;
        if (begins(value, value_len, "message/rfc822") || begins(value, value_len, "text/rfc822-headers"))
            search->copy = true;
    }
}

static void begin_item(struct search *search, const struct line *line)
{
    static const char *const copies[] = {"--- Below this line is a copy", "--- Original message",
                                         "--- Unsent message below", "------ This is a copy of"};
    size_t name_len = field_name(line);
    struct line rest = *line;

    judge(search);
    search->field = search->unread = false;
    search->said = line->said;
    search->more = 0;
    search->first = line->first;
    search->indent = line->indent;
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        if (begins(line->text, line->len, copies[i])) search->copy = true;
    }
    if (name_len > 0) read_field(search, line, name_len);
    if (begins(line->text, line->len, "Diagnostic-Code:")) {
        const char *type = memchr(line->text, ';', line->len);
        strip(&rest, type != NULL ? (size_t)(type + 1 - line->text) : name_len);
        strip_blanks(&rest);
        /* "X-Postfix; unknown user": the status that stands beside it is part of it. */
        if (code_at(rest.text, rest.len) == 0 && search->status[0] != '\0') {
            search->item_len = strlen(search->status);
            memcpy(search->item, search->status, search->item_len);
            add(search, &rest, ' ');
            return;
        }
    }
    add(search, &rest, '\0');
}

/* Whether the item goes on with this line, and what stands between them. */
static char goes_on(const struct search *search, const struct line *line)
{
    int code = code_at(line->text, line->len);

    if (search->item_len == 0 && !search->unread) return '\0';
    if (code != 0 && code == search->more) return '\n';
    if (line->said || line->sent) return '\0';
    if (line->indent > search->indent) return ' ';
    if (code != 0 || search->field || field_name(line) > 0 || line->text[0] == '<' || line->text[0] == '-') return '\0';
    if (begins(line->text, line->len, "Giving up on ")) return '\0'; /* qmail's own words */
    /* Wrapped, unless both begin alike, as lines of a log do. */
    if (search->wrapped_len >= WRAPPED_MIN && search->wrapped_len <= WRAPPED_MAX && line->indent == search->indent &&
        strncmp(search->item, line->text, search->item_len < 4 || line->len < 4 ? 1 : 4) != 0)
        return ' ';
    return '\0';
}

static void read_item(struct search *search, const struct line *line)
{
    char between = goes_on(search, line);
    const char *hash;

    if (between != '\0') {
        if (!search->unread) add(search, line, between);
        return;
    }
    if (line->sent) {
        judge(search);
        search->stage = stage_of(line->text, line->len);
        return;
    }
    begin_item(search, line);
    hash = find(line->text, line->len, " #"); /* Exchange: "mx.example.org #550 5.1.1 User unknown ##" */
    if (hash != NULL && code_at(hash + 2, line->len - (size_t)(hash + 2 - line->text)) >= 400) {
        struct line rest = *line;
        find_host(line->text, line->len, search->host);
        strip(&rest, (size_t)(hash + 2 - line->text));
        search->item_len = 0;
        add(search, &rest, '\0');
    }
}

bool is_pasted(const char *text, size_t text_len)
{
    const char *end = text + text_len;
    size_t count = 0;
    bool codes = true;

    while (text < end) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        size_t len = (size_t)((line_end != NULL ? line_end : end) - text);
        bool blank = true;
        for (size_t i = 0; i < len; i++)
            blank = blank && strchr(" \t\r", text[i]) != NULL && text[i] != '\0';
        if (!blank) {
            count++;
            codes = codes && code_at(text, len) != 0;
        }
        text += len + (line_end != NULL);
    }
    return count > 1 && !codes;
}

bool find_reply(const struct settings *settings, const char *text, size_t text_len, struct excerpt *excerpt)
{
    char *copy = need(malloc(text_len + 1));
    char *at = copy;
    unsigned long number = 0;
    struct search search;
    struct line line;

    memcpy(copy, text, text_len);
    memset(excerpt, 0, sizeof *excerpt);
    memset(&search, 0, sizeof search);
    search.settings = settings;
    search.best = excerpt;
    search.item = need(malloc(2 * text_len + ENHANCED_SIZE + 1)); /* a blank a line at most, and a status */
    excerpt->reply = need(malloc(2 * text_len + ENHANCED_SIZE + 1));
    while (read_line(&at, copy + text_len, &number, &line)) {
        if (line.len == 0) {
            judge(&search);
            search.stage = SMTPERR_STAGE_UNKNOWN;
            search.host[0] = search.status[0] = '\0';
            search.unread = false;
        } else {
            read_item(&search, &line);
        }
    }
    judge(&search);
    free(search.item);
    free(copy);
    if (search.best_score > 0) return true;
    free(excerpt->reply);
    excerpt->reply = NULL;
    return false;
}
