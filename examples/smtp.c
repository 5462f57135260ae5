/* SPDX-License-Identifier: MIT
 *
 * smtp.c - the dialogue of the example mailer: connects, speaks SMTP or LMTP, and obeys libsmtperr.
 *
 * Every reply and every failure goes through judge() or fail(), which ask the library; settle() does what the verdict
 * says with one recipient. All else is the order of commands, and counting. It relies on POSIX sockets only. Plain
 * section numbers are those of RFC 5321; pipelining is RFC 2920, LMTP is RFC 2033. There is no TLS yet.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "smtp.h"

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

struct connection {
    struct mail *mail;
    int fd;
    int usable; /* 0: it broke, was told to close or is out of step: nothing may be sent any more */
    int eof;
    int trusted; /* a loopback address: a password in the clear is seen by nobody else */
    int32_t attempt;
    uint32_t accepted; /* recipients in this transaction */
    int alone;         /* this transaction has one recipient only */
    int open;          /* MAIL was accepted and the text has not been sent */
    size_t at_once;    /* recipients to offer in the next transaction */
    int pipelining, size_offered, eight_bit_offered, utf8_offered, auth_offered, plain_offered;
    uint64_t size_max;
    const char *name;
    int shown;  /* bytes of the server's line that were shown */
    int hidden; /* its rest is not */
    smtperr_reader reader;
    char keep[8192]; /* the raw reply; large enough for any sane list of extensions */
    char in[16384];
    size_t start, end; /* bytes of in that nobody has read yet */
};

/* ---- For --verbose: the dialogue as "smtperr table" reads it. ---- */

/* A line of ours that tells what was sent or what failed. */
static void tell(struct connection *c, const char *format, ...)
{
    va_list arguments;

    if (!c->mail->verbose) return;
    if (c->shown > 0) (void)fputc('\n', stderr); /* the server's line broke off */
    c->shown = 0;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
}

/* Bytes of the server, without what a 334 asks, since that belongs to a login. */
static void show_received(struct connection *c, const char *bytes, size_t len)
{
    static const char challenge[] = "334";

    for (; c->mail->verbose && len > 0; bytes++, len--) {
        const int at_end = *bytes == '\n';

        if (c->shown == 0) {
            (void)fputs("S: ", stderr);
            c->hidden = 1;
        }
        if (c->shown < 3) c->hidden &= *bytes == challenge[c->shown];
        if (at_end || (*bytes != '\r' && !(c->hidden && c->shown >= 4)))
            (void)fputc(at_end || (*bytes >= ' ' && *bytes < 127) ? *bytes : '?', stderr);
        c->shown = at_end ? 0 : c->shown + 1;
    }
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

/* What we know, for every judgement. Each flag counts only if its bit in known is set. */
static smtperr_context context_at(const struct connection *c, int32_t stage)
{
    const struct mail *m = c->mail;
    smtperr_context context;

    memset(&context, 0, sizeof context);
    context.size = sizeof context;
    context.stage = stage;
    context.role = m->user != NULL || m->relay ? SMTPERR_ROLE_SUBMISSION : SMTPERR_ROLE_MX;
    if (m->lmtp && !m->relay) context.role = SMTPERR_ROLE_UNKNOWN;
    context.known = SMTPERR_CONTEXT_TLS_OPTIONAL | SMTPERR_CONTEXT_AUTHENTICATED | SMTPERR_CONTEXT_LMTP |
                    SMTPERR_CONTEXT_PIPELINED | SMTPERR_CONTEXT_REFUSED_ALONE | SMTPERR_CONTEXT_RECIPIENTS;
    context.flags = SMTPERR_CONTEXT_TLS_OPTIONAL; /* this program has no TLS */
    if (m->user != NULL) context.flags |= SMTPERR_CONTEXT_AUTHENTICATED;
    if (m->lmtp) context.flags |= SMTPERR_CONTEXT_LMTP;
    if (c->pipelining) context.flags |= SMTPERR_CONTEXT_PIPELINED;
    if (c->alone) context.flags |= SMTPERR_CONTEXT_REFUSED_ALONE;
    context.recipients_accepted = c->accepted;
    context.attempt = (uint32_t)c->attempt; /* a queue adds the attempts of its earlier runs for the delay */
    return context;
}

/* Writes the answer for a failure without a reply. */
static int fail(struct connection *c, int32_t stage, int32_t failure, struct answer *answer)
{
    const smtperr_context context = context_at(c, stage);

    memset(answer, 0, sizeof *answer);
    (void)smtperr_evaluate_failure(failure, &context, NULL, &answer->verdict, sizeof answer->verdict);
    (void)snprintf(answer->host, sizeof answer->host, "%s", c->name);
    (void)snprintf(answer->reply, sizeof answer->reply, "%s", smtperr_name(SMTPERR_FAILURE, failure));
    tell(c, "E: %s at %s\n", answer->reply, smtperr_name(SMTPERR_STAGE, stage));
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

/* The events that came, 0 when the time is up. */
static short wait_for(int fd, short events, int64_t deadline)
{
    struct pollfd p = {fd, events, 0};

    for (;;) {
        const int64_t left = deadline - now();
        const int n = poll(&p, 1, left < 0 ? 0 : left > 1000000 ? 1000000 : (int)left);

        if (n > 0) return p.revents;
        if (n == 0 && left <= 1000000) return 0;
        if (n < 0 && errno != EINTR) return events; /* the next call on the socket tells */
    }
}

/* Reads what there is into the free part of in. 1: new bytes; 0: the stream has ended; -1: errno. */
static int fill(struct connection *c, int64_t deadline)
{
    if (c->start == c->end) c->start = c->end = 0;
    if (c->end == sizeof c->in) return 1;
    while (!c->eof) {
        const ssize_t n = recv(c->fd, c->in + c->end, sizeof c->in - c->end, 0);

        if (n > 0) {
            c->end += (size_t)n;
            return 1;
        }
        if (n == 0)
            c->eof = 1;
        else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (wait_for(c->fd, POLLIN, deadline) == 0) {
                errno = ETIMEDOUT;
                return -1;
            }
        } else if (errno != EINTR)
            return -1;
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
        if (status != SMTPERR_MORE) {
            judge(c, stage, answer);
            return status == SMTPERR_REPLY ? 0 : -1;
        }
        got = fill(c, deadline);
        if (got == 0 && smtperr_reader_end(&c->reader) == SMTPERR_ERR_CUT) {
            judge(c, stage, answer); /* ended in the middle of a reply: that is no reply */
            return -1;
        }
        if (got == 0)
            return lost(c, stage,
                        stage == SMTPERR_STAGE_GREETING ? SMTPERR_FAILURE_CLOSED_BEFORE_GREETING
                        : stage == SMTPERR_STAGE_EOD    ? SMTPERR_FAILURE_LOST_AFTER_DOT
                                                        : SMTPERR_FAILURE_LOST_CONNECTION,
                        answer);
        if (got < 0 && errno == ETIMEDOUT)
            return lost(c, stage,
                        stage == SMTPERR_STAGE_GREETING ? SMTPERR_FAILURE_GREETING_TIMEOUT
                                                        : SMTPERR_FAILURE_COMMAND_TIMEOUT,
                        answer);
        if (got < 0) return lost(c, stage, smtperr_failure_from(SMTPERR_SOURCE_ERRNO, errno), answer);
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

    if (c->start == c->end && (wait_for(c->fd, POLLIN, 0) == 0 || fill(c, 0) < 0)) return 0;
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
        const ssize_t n = send(c->fd, bytes, len, 0);

        if (n >= 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            const int room = !c->eof && c->end < sizeof c->in;
            const short came = wait_for(c->fd, room ? POLLIN | POLLOUT : POLLOUT, deadline);

            if (came == 0) return lost(c, stage, SMTPERR_FAILURE_COMMAND_TIMEOUT, answer);
            if (room && (came & POLLIN) != 0) (void)fill(c, 0);
        } else if (errno != EINTR) {
            const int error = errno;

            /* Why the server hung up may stand in a reply that came before the end: to one of these commands, or, while
             * the text is under way, unasked. */
            (void)fill(c, 0);
            if (c->start < c->end)
                return stage == SMTPERR_STAGE_BODY || stage == SMTPERR_STAGE_EOD ? quiet(c, stage, answer) : 0;
            return lost(c, stage, smtperr_failure_from(SMTPERR_SOURCE_ERRNO, error), answer);
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
        r->state = answer->verdict.stage <= SMTPERR_STAGE_HELO ? ELSEWHERE : SETTLED;
        break;
    case SMTPERR_ACTION_NEW_TRANSACTION:
        r->state = alone ? SETTLED : TO_DO; /* refused alone: there is no smaller transaction */
        break;
    case SMTPERR_ACTION_RECONNECT:
        r->state = AGAIN;
        break;
    default: /* retry-other-host; the rest, retry-without-tls among it, has no meaning here */
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

static int offers(const struct connection *c, const char *keyword, smtperr_span *parameters)
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

    (void)snprintf(line, sizeof line, "%s %s\r\n", c->mail->lmtp ? "LHLO" : "EHLO", c->mail->helo_name);
    if (command(c, SMTPERR_STAGE_EHLO, line, answer) == 0) {
        const char *reply = smtperr_reader_reply(&c->reader, &(size_t){0});
        size_t i;

        c->pipelining = offers(c, "PIPELINING", &p) && c->attempt == 1; /* a second time everything in its turn */
        c->eight_bit_offered = offers(c, "8BITMIME", &p);
        c->utf8_offered = offers(c, "SMTPUTF8", &p);
        c->size_offered = offers(c, "SIZE", &p);
        for (i = 0; c->size_offered && i < p.len && i < 18 && reply[p.at + i] >= '0' && reply[p.at + i] <= '9'; i++)
            c->size_max = c->size_max * 10 + (uint64_t)(reply[p.at + i] - '0');
        c->auth_offered = offers(c, "AUTH", &p);
        for (i = 0; c->auth_offered && i + 5 <= p.len; i++)
            if ((i == 0 || reply[p.at + i - 1] == ' ') && (i + 5 == p.len || reply[p.at + i + 5] == ' ') &&
                strncasecmp(reply + p.at + i, "PLAIN", 5) == 0)
                c->plain_offered = 1;
        return 0;
    }
    if (answer->verdict.action != SMTPERR_ACTION_SAY_HELO || !c->usable) return -1;
    (void)snprintf(line, sizeof line, "HELO %s\r\n", c->mail->helo_name);
    return command(c, SMTPERR_STAGE_HELO, line, answer);
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

    if (!c->plain_offered)
        return fail(c, SMTPERR_STAGE_AUTH,
                    c->auth_offered ? SMTPERR_FAILURE_NO_AUTH_MECHANISM : SMTPERR_FAILURE_AUTH_NOT_OFFERED, answer);
    if (!c->trusted && !m->cleartext_login)
        return fail(c, SMTPERR_STAGE_AUTH, SMTPERR_FAILURE_LOCAL_CONFIG_ERROR, answer);
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
    if (!c->pipelining && transmit(c, stage, line, strlen(line), answer) != 0) return -1;
    return read_reply(c, stage, answer) != 0 || (!c->pipelining && in_step(c, stage, answer) != 0) ? -1 : 0;
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
    if (c->size_offered) add(group, " SIZE=%llu", (unsigned long long)m->size);
    add(group, "%s%s\r\n", m->eight_bit ? " BODY=8BITMIME" : "", m->utf8_address ? " SMTPUTF8" : "");
    for (i = 0; i < m->recipient_count && n < c->at_once; i++)
        if (m->recipients[i].state == TO_DO) {
            m->recipients[i].state = OFFERED;
            to[n++] = &m->recipients[i];
            if (c->pipelining) add(group, "RCPT TO:<%s>\r\n", m->recipients[i].address);
        }
    if (c->pipelining) add(group, "DATA\r\n"); /* must be the last of its group */
    c->accepted = 0;
    c->alone = n == 1;

    if ((c->pipelining && transmit(c, SMTPERR_STAGE_MAIL, group, strlen(group), &mail) != 0) ||
        step(c, SMTPERR_STAGE_MAIL, group, &mail) != 0) {
        settle_all(m, TO_DO, OFFERED, &mail, 1);
        return;
    }
    /* After a refused MAIL there is no transaction. What RCPT and DATA say then are consequences (4.1.4): if they were
     * sent already their replies are read and dropped. */
    refused = mail.verdict.action != SMTPERR_ACTION_PROCEED;
    c->open = !refused;
    if (refused && (wants_new_connection(c, &mail) || !c->pipelining || !c->usable)) {
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
    } else if (c->accepted > 0 || c->pipelining) {
        go = step(c, SMTPERR_STAGE_DATA, "DATA\r\n", &data) == 0;
        if (go && (in_step(c, SMTPERR_STAGE_DATA, &data) != 0 || (c->pipelining && data.verdict.code < 300))) {
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
    if (c->size_offered && c->size_max > 0 && c->mail->size > c->size_max)
        return fail(c, SMTPERR_STAGE_MAIL, SMTPERR_FAILURE_SIZE_EXCEEDED, answer);
    if (c->mail->eight_bit && !c->eight_bit_offered)
        return fail(c, SMTPERR_STAGE_MAIL, SMTPERR_FAILURE_8BITMIME_NOT_OFFERED, answer);
    if (c->mail->utf8_address && !c->utf8_offered)
        return fail(c, SMTPERR_STAGE_MAIL, SMTPERR_FAILURE_SMTPUTF8_NOT_OFFERED, answer);
    return 0;
}

static void session(struct connection *c)
{
    struct mail *const m = c->mail;
    struct answer answer;
    size_t i;

    if (one_reply(c, SMTPERR_STAGE_GREETING, &answer) != 0 || say_hello(c, &answer) != 0 ||
        (m->user != NULL && log_in(c, &answer) != 0) || check_message(c, &answer) != 0)
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
    char number[64] = "";
    int error = 0, flags;
    socklen_t len = sizeof error;

    c->fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (c->fd < 0) return errno;
    flags = fcntl(c->fd, F_GETFL);
    if (flags < 0 || fcntl(c->fd, F_SETFL, flags | O_NONBLOCK) < 0) return errno;
    if (connect(c->fd, address->ai_addr, address->ai_addrlen) != 0) {
        if (errno != EINPROGRESS) return errno;
        if (wait_for(c->fd, POLLOUT, now() + c->mail->timeouts[SMTPERR_STAGE_CONNECT]) == 0) return ETIMEDOUT;
        if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) return errno;
    }
    (void)getnameinfo(address->ai_addr, address->ai_addrlen, number, sizeof number, NULL, 0, NI_NUMERICHOST);
    c->trusted = strncmp(number, "127.", 4) == 0 || strcmp(number, "::1") == 0;
    return error;
}

static void move_all(struct mail *mail, enum state from, enum state to)
{
    size_t i;

    for (i = 0; i < mail->recipient_count; i++)
        if (mail->recipients[i].state == from) mail->recipients[i].state = to;
}

/* One address of a host: a session, and one more where a verdict asks for it. */
static void try_address(struct mail *mail, const char *name, const struct addrinfo *address)
{
    int32_t attempt;

    for (attempt = 1; attempt <= 2 && count(mail, TO_DO) > 0; attempt++) {
        static struct connection c;
        struct answer answer;
        int error;

        memset(&c, 0, sizeof c);
        c.mail = mail;
        c.name = name;
        c.attempt = attempt;
        c.usable = 1;
        c.at_once = mail->at_once;
        (void)smtperr_reader_init(&c.reader, sizeof c.reader, c.keep, sizeof c.keep);
        tell(&c, "--- %s\n", name);
        error = open_connection(&c, address);
        if (error == 0)
            session(&c);
        else {
            (void)lost(&c, SMTPERR_STAGE_CONNECT, smtperr_failure_from(SMTPERR_SOURCE_ERRNO, error), &answer);
            settle_all(mail, TO_DO, TO_DO, &answer, 1);
        }
        if (c.fd >= 0) (void)close(c.fd);
        move_all(mail, AGAIN, attempt == 1 ? TO_DO : ELSEWHERE);
    }
}

/* host, host:port, [address] or [address]:port; all addresses of it in order (5.1). */
void smtp_deliver(struct mail *mail, const char *name)
{
    struct addrinfo hints, *list = NULL;
    const struct addrinfo *address;
    char host[256];
    const char *port = mail->lmtp ? "24" : "25", *colon = strrchr(name, ':');
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
                   error == EAI_SYSTEM ? smtperr_failure_from(SMTPERR_SOURCE_ERRNO, errno)
                                       : smtperr_failure_from(SMTPERR_SOURCE_GETADDRINFO, error),
                   &answer);
        settle_all(mail, TO_DO, TO_DO, &answer, 1);
        return;
    }
    for (address = list; address != NULL; address = address->ai_next) {
        move_all(mail, ELSEWHERE, TO_DO);
        try_address(mail, name, address);
    }
    freeaddrinfo(list);
}
