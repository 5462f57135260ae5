/* SPDX-License-Identifier: MIT
 *
 * smtp.h - between the two halves of the example mailer: mailer.c (command line, message, report) and smtp.c (hosts,
 * dialogue). What both know is a message with its recipients, each with the last answer that was given about it.
 */
#ifndef EXAMPLE_SMTP_H
#define EXAMPLE_SMTP_H

#include <smtperr.h>

#include <stddef.h>
#include <stdint.h>

enum {
    ADDRESS_MAX = 320,   /* bytes of a mail address, 64 + 1 + 255 (RFC 5321 4.5.3.1) */
    LOGIN_MAX = 300,     /* user name and password together: AUTH with its response stays below 512 bytes */
    RECIPIENTS_MAX = 100 /* in one transaction: every server takes that many (RFC 5321 4.5.3.1.8) */
};

/* What a reply or a failure came to; kept for each recipient until the end. */
struct answer {
    smtperr_verdict verdict;
    char host[300];
    char reply[512]; /* as it may be shown */
};

enum tls {
    TLS_NONE,     /* never */
    TLS_OPTIONAL, /* where the server offers it; if it fails, the library says whether to go on without it */
    TLS_REQUIRED, /* nothing without it, but whoever the server is */
    TLS_VERIFIED  /* ... and only to a server whose certificate is valid and for the host that we asked for */
};

enum state {
    TO_DO,     /* not yet offered in this session, or refused as one too many: for the next transaction */
    OFFERED,   /* in this transaction, RCPT not answered yet */
    REFUSED,   /* in this transaction, with an answer of its own */
    ACCEPTED,  /* in this transaction, waiting for the text */
    AGAIN,     /* once more, on a new connection to this host */
    IN_CLEAR,  /* the same without TLS */
    ELSEWHERE, /* on the next host */
    SETTLED    /* no more to do in this run */
};

struct recipient {
    const char *address;
    enum state state;
    int delivered;
    struct answer answer;
};

/* The message and how to send it. Addresses and names hold no control characters and no angle brackets. */
struct mail {
    const char *sender, *helo_name;
    const char *user, *password;               /* NULL: don't log in */
    int lmtp;                                  /* RFC 2033 instead of SMTP */
    int relay;                                 /* the hosts are our own relay, not the MX hosts of the recipients */
    enum tls tls;                              /* STARTTLS */
    int implicit_tls;                          /* TLS from the first byte (RFC 8314 3.3): always required */
    int cleartext_login;                       /* the password may go without TLS */
    int verbose;                               /* show the dialogue on standard error, as "smtperr table" reads it */
    size_t at_once;                            /* recipients in one transaction, 1 to RECIPIENTS_MAX */
    int64_t timeouts[SMTPERR_STAGE_OTHER + 1]; /* milliseconds, by stage */
    char *text;                                /* lines end in CRLF, dots are doubled, no final dot */
    size_t text_len;
    uint64_t size; /* without the doubled dots (RFC 1870 3) */
    int eight_bit, utf8_address;
    struct recipient *recipients;
    size_t recipient_count;
};

/* 1: no session without TLS, by our policy, or because of a password that nobody allowed us to send in the clear. */
int smtp_needs_tls(const struct mail *mail);

/* Tries the recipients that are not settled on this host: host, host:port, [address] or [address]:port. */
void smtp_deliver(struct mail *mail, const char *name);

#endif
