/* SPDX-License-Identifier: MIT
 *
 * smtp.c - the dialogue of the example mailer: connects, speaks SMTP or LMTP, and obeys libsmtperr.
 *
 * Every reply and every failure goes through judge() or fail(), which ask the library; settle() does what the verdict
 * says with one recipient. All else is the order of commands, and counting. It relies on POSIX sockets and stream.c. Plain
 * section numbers are those of RFC 5321; pipelining is RFC 2920, LMTP is RFC 2033, STARTTLS is RFC 3207.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "smtp.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    GROUP_MAX = (RECIPIENTS_MAX + 2) * (ADDRESS_MAX + 80),
    BLOCK = 16384 /* bytes of text for which one time limit holds */
};

/* What the server offers: only what it said last, and over TLS nothing that it said before (RFC 3207 4.2). */
struct offers {
    int pipelining, eight_bit, utf8, starttls, size, auth, plain;
    uint64_t size_max;
};

struct connection {
    struct mail *mail;
    struct stream stream;
    int usable; /* 0: it broke, was told to close or is out of step: nothing may be sent any more */
    int eof;
    int in_clear; /* TLS failed on the connection before, and the library said to go on without it */
    int32_t attempt;
    uint32_t accepted; /* recipients in this transaction */
    int alone;         /* this transaction has one recipient only */
    int open;          /* MAIL was accepted and the text has not been sent */
    size_t at_once;    /* recipients to offer in the next transaction */
    struct offers offers;
    const char *name, *host; /* as given, and without port and brackets */
    char line[1024];         /* of the server, until it is shown */
    size_t line_len;
    smtperr_reader reader;
    char keep[8192]; /* the raw reply; large enough for any sane list of extensions */
    char in[16384];
    size_t start, end; /* bytes of in that nobody has read yet */
};

/* ---- For --verbose: the dialogue as "smtperr table" reads it. ---- */

/* The server's line as it may be shown, without what a 334 asks, since that belongs to a login. What stands before it says
 * whether it is a line: one that was cut short would else be taken for a reply. */
static void show_line(struct connection *c, const char *head)
{
    const size_t len = c->line_len > 0 && c->line[c->line_len - 1] == '\r' ? c->line_len - 1 : c->line_len;
    char text[sizeof c->line + 1] = "";
    size_t i;

    (void)fputs(head, stderr);
    for (i = 0; i < len && i < 4; i++)
        (void)fputc(c->line[i] >= ' ' && c->line[i] < 127 ? c->line[i] : '?', stderr);
    if (len < 3 || strncmp(c->line, "334", 3) != 0) (void)smtperr_sanitize(c->line + i, len - i, text, sizeof text);
    (void)fprintf(stderr, "%s\n", text);
    c->line_len = 0;
}

static void show_received(struct connection *c, const char *bytes, size_t len)
{
    for (; c->mail->verbose && len > 0; bytes++, len--)
        if (*bytes == '\n')
            show_line(c, "S: ");
        else if (c->line_len < sizeof c->line)
            c->line[c->line_len++] = *bytes;
}

/* What was sent, or what failed. */
static void tell(struct connection *c, const char *format, ...)
{
    va_list arguments;

    if (!c->mail->verbose) return;
    if (c->line_len > 0) show_line(c, "cut short: ");
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
}

/* The lines that are sent, but neither the login nor the text. */
static void show_sent(struct connection *c, int32_t stage, const char *bytes, size_t len)
{
    if (stage == SMTPERR_STAGE_BODY)
        tell(c, "C: (text, not shown)\n");
    else if (stage == SMTPERR_STAGE_AUTH)
        tell(c, "C: %s(login, not shown)\n", strncmp(bytes, "AUTH PLAIN ", 11) == 0 ? "AUTH PLAIN " : "");
    else
        while (len > 0) {
            const size_t line = strcspn(bytes, "\r"); /* each ends in CRLF, and a NUL stands behind the last */

            tell(c, "C: %.*s\n", (int)line, bytes);
            bytes += line + 2;
            len -= line + 2;
        }
}

/* ---- Asking the library. ---- */

int smtp_needs_tls(const struct mail *mail)
{
    return mail->tls >= TLS_REQUIRED || mail->implicit_tls || (mail->user != NULL && !mail->cleartext_login);
}

/* What we know, for every judgement. */
static smtperr_context context_at(const struct connection *c, int32_t stage)
{
    const struct mail *m = c->mail;
    smtperr_context context;

    memset(&context, 0, sizeof context);
    context.size = sizeof context;
    context.stage = stage;
    context.role = m->user != NULL ? SMTPERR_ROLE_SUBMISSION
                   : m->relay      ? SMTPERR_ROLE_RELAY
                   : m->lmtp       ? SMTPERR_ROLE_UNKNOWN
                                   : SMTPERR_ROLE_MX;
    context.flags = SMTPERR_CONTEXT_RECIPIENTS_COUNTED;
    context.flags |= smtp_needs_tls(m) ? SMTPERR_CONTEXT_TLS_REQUIRED : SMTPERR_CONTEXT_TLS_OPTIONAL;
    if (c->in_clear) context.flags |= SMTPERR_CONTEXT_IN_CLEAR;
    if (c->attempt > 1) context.flags |= SMTPERR_CONTEXT_RECONNECTED;
    if (m->user != NULL) context.flags |= SMTPERR_CONTEXT_AUTHENTICATED;
    if (m->lmtp) context.flags |= SMTPERR_CONTEXT_LMTP;
    if (c->alone) context.flags |= SMTPERR_CONTEXT_REFUSED_ALONE;
    context.recipients_accepted = c->accepted;
    return context;
}

static void tell_failure(struct connection *c, int32_t stage, int32_t failure)
{
    tell(c, "E: %s at %s\n", smtperr_name(SMTPERR_KIND_FAILURE, failure), smtperr_name(SMTPERR_KIND_STAGE, stage));
}

/* Writes the answer for a failure without a reply. */
static int fail(struct connection *c, int32_t stage, int32_t failure, struct answer *answer)
{
    const smtperr_context context = context_at(c, stage);
    const char *const words = failure == c->stream.failure ? c->stream.words : NULL;

    memset(answer, 0, sizeof *answer);
    (void)smtperr_evaluate_failure(failure, &context, NULL, &answer->verdict, sizeof answer->verdict);
    (void)snprintf(answer->host, sizeof answer->host, "%s", c->name);
    failure = answer->verdict.failure; /* what is said of any stage, as this one has it */
    tell_failure(c, stage, failure);
    (void)snprintf(answer->reply, sizeof answer->reply, "%s%s%s%s", smtperr_name(SMTPERR_KIND_FAILURE, failure),
                   words != NULL ? " (" : "", words != NULL ? words : "", words != NULL ? ")" : "");
    return -1;
}

/* The same where the connection is of no more use either. */
static int lost(struct connection *c, int32_t stage, int32_t failure, struct answer *answer)
{
    c->usable = 0;
    return fail(c, stage, failure, answer);
}

/* Writes the answer for what the reader has. */
static void judge(struct connection *c, int32_t stage, struct answer *answer)
{
    const smtperr_context context = context_at(c, stage);
    size_t reply_len = 0;
    const char *reply = smtperr_reader_reply(&c->reader, &reply_len);

    memset(answer, 0, sizeof *answer);
    (void)smtperr_reader_evaluate(&c->reader, &context, NULL, &answer->verdict, sizeof answer->verdict);
    if (answer->verdict.status == SMTPERR_ERR_SYNTAX) {
        if (c->line_len > 0) show_line(c, "S: "); /* an error is not at the end of a line */
    } else if (answer->verdict.status != SMTPERR_REPLY)
        tell_failure(c, stage, answer->verdict.failure);
    (void)snprintf(answer->host, sizeof answer->host, "%s", c->name);
    (void)smtperr_sanitize(reply, reply_len, answer->reply, sizeof answer->reply); /* hides what a 334 asks */
    /* A framing error leaves nobody knowing which reply comes next; 421 closes whatever it answers (3.8). */
    if (answer->verdict.status != SMTPERR_REPLY || answer->verdict.code == 421 || answer->verdict.first_code == 421)
        c->usable = 0;
}

/* ---- Bytes in and out, each wait with a deadline. ---- */

static int64_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The events that came, 0 when the time is up, however much there is to read by then. */
static short wait_for(const struct connection *c, short events, int64_t deadline)
{
    struct pollfd p = {c->stream.fd, events, 0};

    for (;;) {
        const int64_t left = deadline - now();
        int n;

        if (left <= 0) return 0;
        n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (n > 0) return p.revents;
        if (n < 0 && errno != EINTR) return events; /* the next call on the socket tells */
    }
}

/* Reads what there is into the free part of in. 1: new bytes; 0: the stream has ended; STREAM_WAIT: the time is up;
 * STREAM_BROKEN. */
static int fill(struct connection *c, int64_t deadline)
{
    if (c->start == c->end) c->start = c->end = 0;
    if (c->end == sizeof c->in) return 1;
    while (!c->eof) {
        const ssize_t n = stream_read(&c->stream, c->in + c->end, sizeof c->in - c->end);

        if (n > 0) {
            c->end += (size_t)n;
            return 1;
        }
        if (n == STREAM_END)
            c->eof = 1;
        else if (n == STREAM_BROKEN || wait_for(c, c->stream.wants, deadline) == 0)
            return (int)n;
    }
    return 0;
}

/* Reads one reply and judges it. 0: there is one, good or bad. -1: a failure instead. One deadline holds for the whole
 * reply: it does not start anew with each byte or line. */
static int read_until(struct connection *c, int32_t stage, int64_t deadline, struct answer *answer)
{
    for (;;) {
        size_t used = 0;
        const int32_t status = smtperr_reader_feed(&c->reader, c->in + c->start, c->end - c->start, &used);
        int got;

        show_received(c, c->in + c->start, used);
        c->start += used;
        if (status != SMTPERR_NONE) {
            judge(c, stage, answer);
            return status == SMTPERR_REPLY ? 0 : -1;
        }
        got = fill(c, deadline);
        /* Also in the middle of a reply: half of one is none. */
        if (got == 0) return lost(c, stage, SMTPERR_FAILURE_LOST_CONNECTION, answer);
        if (got == STREAM_WAIT) return lost(c, stage, SMTPERR_FAILURE_COMMAND_TIMEOUT, answer);
        if (got == STREAM_BROKEN) return lost(c, stage, c->stream.failure, answer);
    }
}

static int read_reply(struct connection *c, int32_t stage, struct answer *answer)
{
    return read_until(c, stage, now() + c->mail->timeouts[stage], answer);
}

/* 0 if nothing came that was not due. A 421 may come at any time (3.8), and a server may refuse while the text still
 * flows; anything else, a success above all, must not be taken for the reply to a command that it came before. */
static int quiet(struct connection *c, int32_t stage, struct answer *answer)
{
    int got;

    if (c->start == c->end && fill(c, 0) < 0) return 0;
    c->usable = 0;
    got = read_until(c, stage, 0, answer); /* only what is here already */
    if (got == 0 ? answer->verdict.code == 421 || (stage == SMTPERR_STAGE_BODY && answer->verdict.code >= 400)
                 : answer->verdict.failure != SMTPERR_FAILURE_COMMAND_TIMEOUT)
        return -1;
    return lost(c, stage, SMTPERR_FAILURE_REPLY_OUT_OF_SYNC, answer);
}

/* Sends bytes, and meanwhile takes what the server says, else both sides could wait for ever (RFC 2920 3.1). */
static int transmit(struct connection *c, int32_t stage, const char *bytes, size_t len, struct answer *answer)
{
    const int64_t deadline = now() + c->mail->timeouts[stage];

    if (quiet(c, stage, answer) != 0) return -1;
    show_sent(c, stage, bytes, len);
    while (len > 0) {
        const ssize_t n = stream_write(&c->stream, bytes, len);

        if (n >= 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (n == STREAM_WAIT) {
            const int room = !c->eof && c->end < sizeof c->in;
            const short came = wait_for(c, (short)(c->stream.wants | (room ? POLLIN : 0)), deadline);

            if (came == 0) return lost(c, stage, SMTPERR_FAILURE_COMMAND_TIMEOUT, answer);
            if (room && (came & POLLIN) != 0) (void)fill(c, 0);
        } else {
            const int32_t failure = c->stream.failure;

            /* Why the server hung up may stand in a reply that came before the end: to one of these commands, or, while
             * the text is under way, unasked. */
            (void)fill(c, 0);
            if (c->start < c->end)
                return stage == SMTPERR_STAGE_BODY || stage == SMTPERR_STAGE_EOD ? quiet(c, stage, answer) : 0;
            return lost(c, stage, failure, answer);
        }
    }
    return 0;
}

/* Adds a command line to a group. Addresses and names were checked: no line end can get in. */
static void add(char *group, const char *format, ...)
{
    const size_t used = strlen(group);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(group + used, GROUP_MAX - used, format, arguments);
    va_end(arguments);
}

/* After the last reply that is due there must be no more bytes (the other side would be out of step). */
static int in_step(struct connection *c, int32_t stage, struct answer *answer)
{
    if (c->usable && c->start < c->end) return lost(c, stage, SMTPERR_FAILURE_REPLY_OUT_OF_SYNC, answer);
    return 0;
}

/* An answer that counts (one that is a mere consequence does not) and wants a new connection ends this one. */
static int wants_new_connection(struct connection *c, const struct answer *answer)
{
    if (answer->verdict.action != SMTPERR_ACTION_RECONNECT) return 0;
    c->usable = 0;
    return 1;
}

/* The only reply that is due. 0: go on. -1: not accepted, the answer says what to do. */
static int one_reply(struct connection *c, int32_t stage, struct answer *answer)
{
    if (read_reply(c, stage, answer) != 0 || wants_new_connection(c, answer)) return -1;
    if (answer->verdict.action != SMTPERR_ACTION_PROCEED && answer->verdict.retry && c->start < c->end) {
        c->usable = 0; /* "535 a", "535 b": a hyphen was forgotten; the first is the refusal */
        return -1;
    }
    return in_step(c, stage, answer) == 0 && answer->verdict.action == SMTPERR_ACTION_PROCEED ? 0 : -1;
}

static int command(struct connection *c, int32_t stage, const char *line, struct answer *answer)
{
    return transmit(c, stage, line, strlen(line), answer) == 0 ? one_reply(c, stage, answer) : -1;
}

/* ---- What becomes of a recipient. ---- */

/* Obeys the verdict. Never makes a delivery of it: only the end of data does. */
static void settle(struct recipient *r, const struct answer *answer, int alone)
{
    if (&r->answer != answer) r->answer = *answer;
    switch (answer->verdict.action) {
    case SMTPERR_ACTION_BOUNCE:
    case SMTPERR_ACTION_HOLD:
        r->state = SETTLED;
        break;
    case SMTPERR_ACTION_RETRY_LATER:
        /* Before MAIL nothing has been said about the message: every host has its turn before it waits (5.1). */
        r->state = answer->verdict.stage <= SMTPERR_STAGE_TLS ? ELSEWHERE : SETTLED;
        break;
    case SMTPERR_ACTION_NEW_TRANSACTION:
        r->state = alone ? SETTLED : TO_DO; /* refused alone: there is no smaller transaction */
        break;
    case SMTPERR_ACTION_RECONNECT:
        r->state = AGAIN;
        break;
    case SMTPERR_ACTION_RETRY_WITHOUT_TLS:
        r->state = IN_CLEAR;
        break;
    default: /* retry-other-host; the rest has no meaning here */
        r->state = ELSEWHERE;
        break;
    }
}

/* All recipients in the states from to to get this answer. */
static void settle_all(struct mail *mail, enum state from, enum state to, const struct answer *answer, int alone)
{
    size_t i;

    for (i = 0; i < mail->recipient_count; i++)
        if (mail->recipients[i].state >= from && mail->recipients[i].state <= to)
            settle(&mail->recipients[i], answer, alone);
}

static size_t count(const struct mail *mail, enum state state)
{
    size_t i, n = 0;

    for (i = 0; i < mail->recipient_count; i++)
        n += mail->recipients[i].state == state;
    return n;
}

/* ---- The dialogue. ---- */

static int offered(const struct connection *c, const char *keyword, smtperr_span *parameters)
{
    size_t reply_len = 0;
    const char *reply = smtperr_reader_reply(&c->reader, &reply_len);

    return smtperr_reply_keyword(reply, reply_len, keyword, strlen(keyword), parameters) == 1;
}

/* EHLO, or HELO where the library says so. */
static int say_hello(struct connection *c, struct answer *answer)
{
    char line[300];
    smtperr_span p;

    memset(&c->offers, 0, sizeof c->offers);
    (void)snprintf(line, sizeof line, "%s %s\r\n", c->mail->lmtp ? "LHLO" : "EHLO", c->mail->helo_name);
    if (command(c, SMTPERR_STAGE_EHLO, line, answer) == 0) {
        const char *reply = smtperr_reader_reply(&c->reader, &(size_t){0});
        struct offers *const o = &c->offers;
        size_t i;

        o->pipelining = offered(c, "PIPELINING", &p) && c->attempt == 1; /* a second time everything in its turn */
        o->eight_bit = offered(c, "8BITMIME", &p);
        o->utf8 = offered(c, "SMTPUTF8", &p);
        o->starttls = offered(c, "STARTTLS", &p);
        o->size = offered(c, "SIZE", &p);
        for (i = 0; o->size && i < p.len && i < 18 && reply[p.at + i] >= '0' && reply[p.at + i] <= '9'; i++)
            o->size_max = o->size_max * 10 + (uint64_t)(reply[p.at + i] - '0');
        o->auth = offered(c, "AUTH", &p);
        for (i = 0; o->auth && i + 5 <= p.len; i++)
            if ((i == 0 || reply[p.at + i - 1] == ' ') && (i + 5 == p.len || reply[p.at + i + 5] == ' ') &&
                strncasecmp(reply + p.at + i, "PLAIN", 5) == 0)
                o->plain = 1;
        return 0;
    }
    if (answer->verdict.action != SMTPERR_ACTION_SAY_HELO || !c->usable) return -1;
    (void)snprintf(line, sizeof line, "HELO %s\r\n", c->mail->helo_name);
    return command(c, SMTPERR_STAGE_HELO, line, answer);
}

/* The handshake. What came in the clear is worth nothing after it: the reader starts anew, and EHLO must follow. */
static int start_tls(struct connection *c, struct answer *answer)
{
    const int64_t deadline = now() + c->mail->timeouts[SMTPERR_STAGE_TLS];

    for (;;) {
        const int result = stream_start_tls(&c->stream, c->host, c->mail->tls == TLS_VERIFIED);

        if (result == STREAM_BROKEN) return lost(c, SMTPERR_STAGE_TLS, c->stream.failure, answer);
        if (result != STREAM_WAIT) break;
        if (wait_for(c, c->stream.wants, deadline) == 0)
            return lost(c, SMTPERR_STAGE_TLS, SMTPERR_FAILURE_TLS_HANDSHAKE_TIMEOUT, answer);
    }
    c->start = c->end = 0;
    (void)smtperr_reader_init(&c->reader, sizeof c->reader, c->keep, sizeof c->keep);
    return 0;
}

/* STARTTLS, as our policy wants it and the server offers it. */
static int secure(struct connection *c, struct answer *answer)
{
    const int must = smtp_needs_tls(c->mail);

    if (c->stream.tls != NULL || (!must && (c->mail->tls == TLS_NONE || c->in_clear))) return 0;
    if (!c->offers.starttls)
        return must ? fail(c, SMTPERR_STAGE_EHLO, SMTPERR_FAILURE_STARTTLS_NOT_OFFERED, answer) : 0;
    if (transmit(c, SMTPERR_STAGE_STARTTLS, "STARTTLS\r\n", 10, answer) != 0 ||
        read_reply(c, SMTPERR_STAGE_STARTTLS, answer) != 0 || wants_new_connection(c, answer))
        return -1;
    if (answer->verdict.action == SMTPERR_ACTION_PROCEED) {
        /* A byte more before we have begun the handshake did not come over TLS, but would be read as if it had: somebody
         * may have slipped it in (RFC 3207 6, CVE-2021-22947). */
        if (c->start == c->end) (void)fill(c, 0);
        if (c->start < c->end || smtperr_reader_pending(&c->reader) > 0)
            return lost(c, SMTPERR_STAGE_STARTTLS, SMTPERR_FAILURE_STARTTLS_INJECTION, answer);
        return start_tls(c, answer) == 0 ? say_hello(c, answer) : -1;
    }
    if (answer->verdict.closing) c->usable = 0;
    (void)in_step(c, SMTPERR_STAGE_STARTTLS, answer);
    return -1;
}

/* AUTH PLAIN (RFC 4616). Whatever goes wrong, nothing is sent without the login. The response is never printed. */
static int log_in(struct connection *c, struct answer *answer)
{
    struct mail *const m = c->mail;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char in[LOGIN_MAX + 5] = {0};
    char line[LOGIN_MAX * 2] = "AUTH PLAIN ";
    size_t n = 0, out = strlen(line), i;
    const size_t response = out;

    if (!c->offers.plain)
        return fail(c, SMTPERR_STAGE_AUTH,
                    c->offers.auth ? SMTPERR_FAILURE_NO_AUTH_MECHANISM : SMTPERR_FAILURE_AUTH_NOT_OFFERED, answer);
    n = 1;
    memcpy(in + n, m->user, strlen(m->user));
    n += strlen(m->user) + 1;
    memcpy(in + n, m->password, strlen(m->password));
    n += strlen(m->password);
    for (i = 0; i < n; i += 3) {
        line[out++] = digits[in[i] >> 2];
        line[out++] = digits[(in[i] & 3) << 4 | in[i + 1] >> 4];
        line[out++] = '=';
        line[out++] = '=';
        if (i + 1 < n) line[out - 2] = digits[(in[i + 1] & 15) << 2 | in[i + 2] >> 6];
        if (i + 2 < n) line[out - 1] = digits[in[i + 2] & 63];
    }
    (void)memcpy(line + out, "\r\n", 3);
    if (command(c, SMTPERR_STAGE_AUTH, line, answer) != 0) return -1;
    /* Some servers ask for what they were told already: say it once more, not for ever. */
    if (answer->verdict.category == SMTPERR_CATEGORY_CONTINUE &&
        command(c, SMTPERR_STAGE_AUTH, line + response, answer) != 0)
        return -1;
    if (answer->verdict.category != SMTPERR_CATEGORY_OK)
        return lost(c, SMTPERR_STAGE_AUTH, SMTPERR_FAILURE_REPLY_OUT_OF_SYNC, answer);
    return 0;
}

/* The text, the dot, and the replies to it: one for all, or in LMTP one for each accepted recipient (RFC 2033 4.2). */
static void send_text(struct connection *c)
{
    struct mail *const m = c->mail;
    struct answer answer;
    size_t at, i;

    for (at = 0; at < m->text_len; at += BLOCK) {
        const size_t len = m->text_len - at < BLOCK ? m->text_len - at : BLOCK;

        if (transmit(c, SMTPERR_STAGE_BODY, m->text + at, len, &answer) != 0) {
            settle_all(m, ACCEPTED, ACCEPTED, &answer, c->alone);
            return;
        }
    }
    /* Up to here the server cannot have taken the message: a success that is here already is not about it. */
    if (quiet(c, SMTPERR_STAGE_BODY, &answer) != 0 || transmit(c, SMTPERR_STAGE_EOD, ".\r\n", 3, &answer) != 0) {
        settle_all(m, ACCEPTED, ACCEPTED, &answer, c->alone);
        return;
    }
    for (i = 0; i < m->recipient_count; i++) {
        struct recipient *r = &m->recipients[i];

        if (r->state != ACCEPTED) continue;
        if (read_reply(c, SMTPERR_STAGE_EOD, &answer) != 0) {
            settle_all(m, ACCEPTED, ACCEPTED, &answer, c->alone); /* this one and those behind it */
            return;
        }
        if (answer.verdict.action == SMTPERR_ACTION_PROCEED && answer.verdict.category == SMTPERR_CATEGORY_OK) {
            size_t j;

            /* Final (4.2.5): nothing that comes later changes it. */
            for (j = i; j < (m->lmtp ? i + 1 : m->recipient_count); j++)
                if (m->recipients[j].state == ACCEPTED) {
                    m->recipients[j].answer = answer;
                    m->recipients[j].delivered = 1;
                    m->recipients[j].state = SETTLED;
                }
        } else if (m->lmtp)
            settle(r, &answer, c->alone);
        else {
            (void)in_step(c, SMTPERR_STAGE_EOD, &answer); /* a refusal with another reply behind it is none */
            settle_all(m, ACCEPTED, ACCEPTED, &answer, c->alone);
        }
        (void)wants_new_connection(c, &answer);
    }
    c->open = 0;
    (void)in_step(c, SMTPERR_STAGE_EOD, &answer); /* more replies than due: the connection is not used again */
}

/* The reply to one command of the group: sends it first, unless the whole group is on its way. */
static int step(struct connection *c, int32_t stage, const char *line, struct answer *answer)
{
    if (!c->offers.pipelining && transmit(c, stage, line, strlen(line), answer) != 0) return -1;
    return read_reply(c, stage, answer) != 0 || (!c->offers.pipelining && in_step(c, stage, answer) != 0) ? -1 : 0;
}

/* MAIL, RCPT ..., DATA, text. Replies belong to commands by counting and by nothing else (RFC 2920 3.1). */
static void transaction(struct connection *c)
{
    struct mail *const m = c->mail;
    char group[GROUP_MAX] = "", line[ADDRESS_MAX + 40];
    struct recipient *to[RECIPIENTS_MAX];
    struct answer mail, data;
    size_t n = 0, i;
    int refused, go;

    add(group, "MAIL FROM:<%s>", m->sender);
    if (c->offers.size) add(group, " SIZE=%llu", (unsigned long long)m->size);
    add(group, "%s%s\r\n", m->eight_bit ? " BODY=8BITMIME" : "", m->utf8_address ? " SMTPUTF8" : "");
    for (i = 0; i < m->recipient_count && n < c->at_once; i++)
        if (m->recipients[i].state == TO_DO) {
            m->recipients[i].state = OFFERED;
            to[n++] = &m->recipients[i];
            if (c->offers.pipelining) add(group, "RCPT TO:<%s>\r\n", m->recipients[i].address);
        }
    if (c->offers.pipelining) add(group, "DATA\r\n"); /* must be the last of its group */
    c->accepted = 0;
    c->alone = n == 1;

    if ((c->offers.pipelining && transmit(c, SMTPERR_STAGE_MAIL, group, strlen(group), &mail) != 0) ||
        step(c, SMTPERR_STAGE_MAIL, group, &mail) != 0) {
        settle_all(m, TO_DO, OFFERED, &mail, 1);
        return;
    }
    /* After a refused MAIL there is no transaction. What RCPT and DATA say then are consequences (4.1.4): if they were
     * sent already their replies are read and dropped. */
    refused = mail.verdict.action != SMTPERR_ACTION_PROCEED;
    c->open = !refused;
    if (refused && (wants_new_connection(c, &mail) || !c->offers.pipelining || !c->usable)) {
        settle_all(m, TO_DO, OFFERED, &mail, 1);
        return;
    }
    for (i = 0; i < n; i++) {
        (void)snprintf(line, sizeof line, "RCPT TO:<%s>\r\n", to[i]->address);
        if (step(c, SMTPERR_STAGE_RCPT, line, &to[i]->answer) != 0 || !c->usable ||
            (!refused && wants_new_connection(c, &to[i]->answer)))
            break;
        to[i]->state = to[i]->answer.verdict.action == SMTPERR_ACTION_PROCEED ? ACCEPTED : REFUSED;
        c->accepted += to[i]->state == ACCEPTED;
    }
    if (i < n) {
        /* Lost, 421 or out of step: that is for all that is unfinished, but not for those who were refused before. */
        data = to[i]->answer;
        settle_all(m, OFFERED, OFFERED, refused ? &mail : &data, c->alone);
        settle_all(m, ACCEPTED, ACCEPTED, refused ? &mail : &data, c->alone);
    } else if (c->accepted > 0 || c->offers.pipelining) {
        go = step(c, SMTPERR_STAGE_DATA, "DATA\r\n", &data) == 0;
        if (go && (in_step(c, SMTPERR_STAGE_DATA, &data) != 0 || (c->offers.pipelining && data.verdict.code < 300))) {
            /* One reply too many, or 2yz to DATA, which looks like the reply to the last RCPT: any of those in the
             * group may be the wrong one, and who was refused by it is not known. */
            c->usable = 0;
            settle_all(m, TO_DO, ACCEPTED, &data, c->alone);
            return;
        }
        if (go && !refused && c->accepted > 0) (void)wants_new_connection(c, &data);
        /* The text may follow a 3yz only, never a 2yz (3.3). */
        go = go && c->usable && data.verdict.action == SMTPERR_ACTION_PROCEED &&
             data.verdict.category == SMTPERR_CATEGORY_CONTINUE;
        if (go && !refused && c->accepted > 0)
            send_text(c);
        else if (go && m->lmtp)
            c->usable = 0; /* how many replies a dot would have is not known */
        else if (go && transmit(c, SMTPERR_STAGE_EOD, ".\r\n", 3, &data) == 0)
            (void)read_reply(c, SMTPERR_STAGE_EOD, &data); /* nobody is to get it: a lone dot, its reply says nothing */
        else if (!refused)
            settle_all(m, ACCEPTED, ACCEPTED, &data, c->alone); /* if there are none, the replies to RCPT stand */
    }
    for (i = 0; i < n; i++)
        if (refused)
            settle(to[i], &mail, 1);
        else if (to[i]->state == REFUSED)
            settle(to[i], &to[i]->answer, c->alone);
    if (refused) settle_all(m, TO_DO, TO_DO, &mail, 1);
    /* Split as far as can be where less did not help, so that each further transaction settles somebody. */
    for (i = 0; i < n; i++)
        if (to[i]->state == TO_DO && (c->accepted == 0 || to[i]->answer.verdict.stage != SMTPERR_STAGE_RCPT))
            c->at_once = 1;
}

/* What we can know before MAIL: whether this host can take this message at all. */
static int check_message(struct connection *c, struct answer *answer)
{
    if (c->offers.size && c->offers.size_max > 0 && c->mail->size > c->offers.size_max)
        return fail(c, SMTPERR_STAGE_MAIL, SMTPERR_FAILURE_SIZE_EXCEEDED, answer);
    if (c->mail->eight_bit && !c->offers.eight_bit)
        return fail(c, SMTPERR_STAGE_MAIL, SMTPERR_FAILURE_8BITMIME_NOT_OFFERED, answer);
    if (c->mail->utf8_address && !c->offers.utf8)
        return fail(c, SMTPERR_STAGE_MAIL, SMTPERR_FAILURE_SMTPUTF8_NOT_OFFERED, answer);
    return 0;
}

static void session(struct connection *c)
{
    struct mail *const m = c->mail;
    struct answer answer;
    size_t i;

    if ((m->implicit_tls && start_tls(c, &answer) != 0) || one_reply(c, SMTPERR_STAGE_GREETING, &answer) != 0 ||
        say_hello(c, &answer) != 0 || secure(c, &answer) != 0 || (m->user != NULL && log_in(c, &answer) != 0) ||
        check_message(c, &answer) != 0)
        settle_all(m, TO_DO, TO_DO, &answer, 1);
    while (c->usable && count(m, TO_DO) > 0) {
        if (c->open && (command(c, SMTPERR_STAGE_RSET, "RSET\r\n", &answer) != 0 || answer.verdict.code != 250))
            c->usable = 0; /* who has not had his turn gets a new connection */
        else
            transaction(c);
    }
    if (c->usable) /* what QUIT brings changes nothing */
        (void)command(c, SMTPERR_STAGE_QUIT, "QUIT\r\n", &answer);
    for (i = 0; i < m->recipient_count; i++)
        if (m->recipients[i].state == TO_DO) {
            if (m->recipients[i].answer.verdict.size == 0)
                (void)fail(c, SMTPERR_STAGE_MAIL, SMTPERR_FAILURE_LOST_CONNECTION, &m->recipients[i].answer);
            m->recipients[i].state = AGAIN;
        }
}

/* ---- Hosts. ---- */

/* 0, or an errno. */
static int open_connection(struct connection *c, const struct addrinfo *address)
{
    int fd, error = 0, flags;
    socklen_t len = sizeof error;

    c->stream.fd = fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (fd < 0) return errno;
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return errno;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
        if (errno != EINPROGRESS) return errno;
        if (wait_for(c, POLLOUT, now() + c->mail->timeouts[SMTPERR_STAGE_CONNECT]) == 0) return ETIMEDOUT;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) return errno;
    }
    return error;
}

static void move_all(struct mail *mail, enum state from, enum state to)
{
    size_t i;

    for (i = 0; i < mail->recipient_count; i++)
        if (mail->recipients[i].state == from) mail->recipients[i].state = to;
}

/* One address of a host: a session, one more where a verdict asks for it, and one without TLS where a verdict says so. */
static void try_address(struct mail *mail, const char *name, const char *host, const struct addrinfo *address)
{
    int32_t attempt = 1;
    int in_clear = 0;

    while (attempt <= 2 && count(mail, TO_DO) > 0) {
        static struct connection c;
        struct answer answer;
        int error, now_in_clear;

        memset(&c, 0, sizeof c);
        c.mail = mail;
        c.name = name;
        c.host = host;
        c.in_clear = in_clear;
        c.attempt = attempt;
        c.usable = 1;
        c.at_once = mail->at_once;
        (void)smtperr_reader_init(&c.reader, sizeof c.reader, c.keep, sizeof c.keep);
        tell(&c, "--- %s\n", name);
        error = open_connection(&c, address);
        if (error == 0)
            session(&c);
        else {
            (void)lost(&c, SMTPERR_STAGE_CONNECT, smtperr_failure_from(SMTPERR_NUMBER_ERRNO, error), &answer);
            settle_all(mail, TO_DO, TO_DO, &answer, 1);
        }
        stream_close(&c.stream);
        now_in_clear = !in_clear && count(mail, IN_CLEAR) > 0;
        move_all(mail, IN_CLEAR, now_in_clear ? TO_DO : ELSEWHERE);
        if (now_in_clear)
            in_clear = 1; /* what failed was TLS: no second attempt at the rest */
        else
            attempt++;
        move_all(mail, AGAIN, attempt <= 2 ? TO_DO : ELSEWHERE);
    }
}

/* host, host:port, [address] or [address]:port; all addresses of it in order (5.1). */
void smtp_deliver(struct mail *mail, const char *name)
{
    struct addrinfo hints, *list = NULL;
    const struct addrinfo *address;
    char host[256];
    const char *port = mail->implicit_tls ? "465" : mail->lmtp ? "24" : "25", *colon = strrchr(name, ':');
    int error;

    move_all(mail, ELSEWHERE, TO_DO);
    if (count(mail, TO_DO) == 0) return;
    if (colon != NULL && (strchr(name, ':') == colon || (colon > name && colon[-1] == ']')))
        port = colon + 1;
    else
        colon = name + strlen(name);
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - name), name);
    if (host[0] == '[' && strchr(host, ']') != NULL) {
        *strchr(host, ']') = '\0';
        (void)memmove(host, host + 1, strlen(host));
    }
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    error = getaddrinfo(host, port, &hints, &list); /* it has a time limit of its own */
    if (error != 0) {
        static struct connection none;
        struct answer answer;

        memset(&none, 0, sizeof none);
        none.mail = mail;
        none.name = name;
        none.attempt = 1;
        tell(&none, "--- %s\n", name);
        (void)fail(&none, SMTPERR_STAGE_CONNECT,
                   error == EAI_SYSTEM ? smtperr_failure_from(SMTPERR_NUMBER_ERRNO, errno)
                                       : smtperr_failure_from(SMTPERR_NUMBER_GETADDRINFO, error),
                   &answer);
        settle_all(mail, TO_DO, TO_DO, &answer, 1);
        return;
    }
    for (address = list; address != NULL; address = address->ai_next) {
        move_all(mail, ELSEWHERE, TO_DO);
        try_address(mail, name, host, address);
    }
    freeaddrinfo(list);
}
