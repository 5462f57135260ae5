/* SPDX-License-Identifier: MIT
 *
 * Words on a terminal: wrapped at 80 columns, coloured only where somebody looks (a terminal, and no NO_COLOR), and
 * never a byte that the terminal would obey. Also the masking of addresses for output that ends up in logs.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool colours;
static size_t columns; /* of the terminal; 0 = there is none */

void say_open(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (!isatty(STDOUT_FILENO)) return;
    colours = (no_color == NULL || *no_color == '\0') && term != NULL && strcmp(term, "dumb") != 0;
    columns = 80;
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) columns = size.ws_col;
#endif
}

size_t say_width(void)
{
    return columns == 0 || columns > 80 ? 80 : columns < 40 ? 40 : columns;
}

size_t say_table_width(void)
{
    return columns == 0 || columns > 100 ? 100 : columns < 80 ? 80 : columns;
}

const char *say_bold(void)
{
    return colours ? "\033[1m" : "";
}
const char *say_dim(void)
{
    return colours ? "\033[2m" : "";
}
const char *say_plain(void)
{
    return colours ? "\033[0m" : "";
}

const char *say_colour(const smtperr_verdict *verdict)
{
    if (!colours) return "";
    switch (verdict->action) {
    case SMTPERR_ACTION_PROCEED:
        return "\033[32m"; /* green */
    case SMTPERR_ACTION_BOUNCE:
        return "\033[31m"; /* red */
    case SMTPERR_ACTION_HOLD:
        return "\033[35m"; /* magenta: somebody must act */
    default:
        return "\033[33m"; /* yellow: it stays queued */
    }
}

/* UTF-8 bytes that continue a character take no column. */
static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

size_t text_columns(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += begins_character(*text);
    return count;
}

void text_shorten(char *text, size_t limit)
{
    size_t count = 0;

    if (text_columns(text) <= limit || limit < 2) return;
    for (;; text++) {
        if (begins_character(*text) && count++ == limit - 2) break;
    }
    strcpy(text, ".."); /* at least three characters stood here, so there is room */
}

/* Words of text, the first line beginning at column used, the next at indent. */
static void wrap(const char *text, size_t indent, size_t used)
{
    size_t column = used;
    bool first = true;

    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        size_t wide = 0;
        if (word == 0) {
            text++;
            continue;
        }
        for (size_t i = 0; i < word; i++)
            wide += begins_character(text[i]);
        if (!first && column + 1 + wide > say_width()) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            putchar(' ');
            column++;
        }
        fwrite(text, 1, word, stdout);
        column += wide;
        text += word;
        first = false;
    }
    putchar('\n');
}

void say_text(const char *text, size_t indent)
{
    printf("%*s", (int)indent, "");
    wrap(text, indent, indent);
}

void say_rest(const char *text, size_t indent)
{
    wrap(text, indent, indent);
}

enum { FIELD = 16 };

void say_field(const char *label, const char *text)
{
    if (text == NULL || *text == '\0') return;
    printf("%s%-*s%s", say_bold(), FIELD, label, say_plain());
    wrap(text, FIELD, FIELD);
}

/* Where the command to type begins in a step ("Look at the MX: dig +short MX example.org"), or at its end. */
static const char *find_command(const char *step)
{
    static const char *const tools[] = {"df ",      "dig ",       "du ",        "grep ",         "munpack ",
                                        "nc ",      "openssl ",   "ping ",      "postcat ",      "postconf ",
                                        "postmap ", "postqueue ", "postsuper ", "spamassassin ", "swaks "};
    const char *colon = step;

    while ((colon = strstr(colon, ": ")) != NULL) {
        colon += 2;
        for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
            if (strncmp(colon, tools[i], strlen(tools[i])) == 0) return colon;
        }
    }
    return step + strlen(step);
}

/* A command is for copying, so it stands on a line of its own and is not wrapped; a remark behind it is. */
static void say_step(const char *step)
{
    enum { STEP = FIELD + 3 };
    const char *command = find_command(step);
    const char *remark = strstr(command, " (");
    size_t indent;
    char text[SENTENCE_SIZE];

    snprintf(text, sizeof text, "%.*s", (int)(command - step), step);
    say_rest(text, STEP);
    if (*command == '\0') return;
    if (remark == NULL) remark = command + strlen(command);
    indent = STEP + 2;
    while (indent > 4 && indent + (size_t)(remark - command) > say_width())
        indent--;
    printf("%*s%.*s\n", (int)indent, "", (int)(remark - command), command);
    if (*remark != '\0') say_text(remark, STEP + 2);
}

void say_steps(const char *label, const char *steps)
{
    for (int number = 1; *steps != '\0'; number++) {
        char step[SENTENCE_SIZE];
        size_t step_len = strcspn(steps, "\n");
        snprintf(step, sizeof step, "%.*s", (int)step_len, steps);
        printf("%s%-*s%s%d. ", say_bold(), FIELD, number == 1 ? label : "", say_plain(), number);
        say_step(step);
        steps += step_len + (steps[step_len] == '\n');
    }
}

void say_decision(const smtperr_verdict *verdict)
{
    char sentence[SENTENCE_SIZE];
    fputs(say_colour(verdict), stdout);
    wrap(decision_sentence(verdict, sentence), 0, 0);
    fputs(say_plain(), stdout);
}

void append(char *out, size_t out_size, const char *text)
{
    size_t used = strlen(out);
    size_t more = strlen(text);

    if (more > out_size - used - 1) more = out_size - used - 1;
    memcpy(out + used, text, more);
    out[used + more] = '\0';
}

const char *duration(uint32_t seconds, char out[DURATION_SIZE])
{
    static const struct {
        uint32_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t unit = 0;

    while (unit < 3 && (seconds < units[unit].seconds || seconds % units[unit].seconds != 0))
        unit++;
    snprintf(out, DURATION_SIZE, "%lu %s%s", (unsigned long)(seconds / units[unit].seconds), units[unit].name,
             seconds == units[unit].seconds ? "" : "s");
    return out;
}

const char *decision_sentence(const smtperr_verdict *verdict, char out[SENTENCE_SIZE])
{
    char wait[DURATION_SIZE];

    duration(verdict->delay_seconds, wait);
    out[0] = '\0';
    switch (verdict->action) {
    case SMTPERR_ACTION_PROCEED:
        append(out, SENTENCE_SIZE,
               verdict->stage == SMTPERR_STAGE_EOD ? "Done: the server has taken the message."
                                                   : "Go on: this is no refusal.");
        break;
    case SMTPERR_ACTION_BOUNCE:
        append(out, SENTENCE_SIZE, "Give up: tell the author.");
        break;
    case SMTPERR_ACTION_RETRY_LATER:
        append(out, SENTENCE_SIZE, "Keep it queued and try again");
        break;
    case SMTPERR_ACTION_RETRY_OTHER_HOST:
        append(out, SENTENCE_SIZE, "Keep it queued: try the next host now and, if there is none, this one");
        break;
    case SMTPERR_ACTION_RETRY_WITHOUT_TLS:
        append(out, SENTENCE_SIZE, "Keep it queued: connect to this host again, without STARTTLS.");
        break;
    case SMTPERR_ACTION_SAY_HELO:
        append(out, SENTENCE_SIZE, "Keep it queued: say HELO instead, on this connection.");
        break;
    case SMTPERR_ACTION_NEW_TRANSACTION:
        append(out, SENTENCE_SIZE,
               "Keep it queued: finish with the recipients accepted so far, then send to the others in a new "
               "transaction.");
        break;
    case SMTPERR_ACTION_RECONNECT:
        append(out, SENTENCE_SIZE, "Keep it queued: close the connection and try once more on a new one.");
        break;
    case SMTPERR_ACTION_HOLD:
        append(out, SENTENCE_SIZE, "Hold it: keep it queued and call our postmaster, for time alone mends nothing.");
        break;
    default:
        append(out, SENTENCE_SIZE,
               smtperr_describe(SMTPERR_KIND_ACTION, verdict->action, verdict->stage, SMTPERR_SAY_WHAT));
        break;
    }
    if (verdict->action == SMTPERR_ACTION_RETRY_LATER || verdict->action == SMTPERR_ACTION_RETRY_OTHER_HOST) {
        if (verdict->delay_seconds != 0) {
            append(out, SENTENCE_SIZE, " in ");
            append(out, SENTENCE_SIZE, wait);
            append(out, SENTENCE_SIZE, verdict->delay_origin == SMTPERR_ORIGIN_SERVER ? ", as the server asks." : ".");
        } else {
            append(out, SENTENCE_SIZE, " later.");
        }
    }
    if (verdict->suppress) append(out, SENTENCE_SIZE, " Never mail this address again.");
    if (verdict->retry && verdict->likely_permanent && verdict->action != SMTPERR_ACTION_HOLD)
        append(out, SENTENCE_SIZE, " It hardly heals by itself, so tell somebody.");
    if (verdict->outcome_unknown)
        append(out, SENTENCE_SIZE,
               " The server may have taken the message all the same: sending it again can deliver it twice.");
    return out;
}

const char *evidence_phrase(const smtperr_verdict *verdict, char out[SENTENCE_SIZE])
{
    char enhanced[ENHANCED_SIZE];

    smtperr_enhanced_format(verdict->enhanced, enhanced, sizeof enhanced);
    if (verdict->failure != 0) {
        snprintf(out, SENTENCE_SIZE, "%s", smtperr_name(SMTPERR_KIND_FAILURE, verdict->failure));
    } else if (verdict->code == 0) {
        snprintf(out, SENTENCE_SIZE, "%s", enhanced[0] != '\0' ? enhanced : "no code");
    } else {
        snprintf(out, SENTENCE_SIZE, "%03ld%s%s", (long)verdict->code, enhanced[0] != '\0' ? " " : "", enhanced);
    }
    if (verdict->stage != SMTPERR_STAGE_UNKNOWN) {
        append(out, SENTENCE_SIZE, " at ");
        append(out, SENTENCE_SIZE, smtperr_name(SMTPERR_KIND_STAGE, verdict->stage));
    }
    return out;
}

char *clean_text(const char *reply, size_t reply_len)
{
    size_t size = smtperr_sanitize(reply, reply_len, NULL, 0) + 1;
    char *out = need(malloc(size));
    smtperr_sanitize(reply, reply_len, out, size);
    return out;
}

/* What may stand in a local part, generously: masking too much does no harm. */
static bool is_local(char byte)
{
    return (unsigned char)byte > ' ' && strchr("<>()[],;:\\\"@", byte) == NULL;
}

void mask_addresses(char *text)
{
    static const char stars[] = "***";
    char *from = text; /* nothing before this is looked at again */

    for (char *at = text; *at != '\0'; at++) {
        bool escaped = strncmp(at, "%40", 3) == 0; /* in a link */
        const char *domain = at + (escaped ? 3 : 1);
        char *begin = at;
        if (*at != '@' && !escaped) continue;
        if (*domain == '\0' || strchr(" \t<>\"'),;", *domain) != NULL) continue;
        if (begin > from && begin[-1] == '"') { /* "john doe"@example.org */
            for (begin--; begin > from && begin[-1] != '"'; begin--)
                continue;
            if (begin > from) begin--;
        } else {
            while (begin > from && is_local(begin[-1]))
                begin--;
        }
        if (begin == at) continue;
        if ((size_t)(at - begin) >= sizeof stars - 1) {
            memcpy(begin, stars, sizeof stars - 1);
            memmove(begin + sizeof stars - 1, at, strlen(at) + 1);
            at = begin + sizeof stars - 1;
        } else { /* a local part of one or two letters: no room for three stars, and none is needed */
            memset(begin, '*', (size_t)(at - begin));
        }
        from = at + 1;
    }
}
