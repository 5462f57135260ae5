/* SPDX-License-Identifier: MIT
 * smtperr.h - what an SMTP reply means, and what to do next.
 *     if (smtperr_should_retry(reply, reply_len, SMTPERR_STAGE_RCPT)) keep_it_queued();
 * Every function is thread-safe and re-entrant: there is no shared state, no heap, no errno, no locale, no file. Time
 * is linear in the length of the input, of which no more than SMTPERR_REPLY_MAX bytes are read; stack is under 4 KiB.
 * Replies are bytes with a length: NUL is an ordinary byte, a final line end is optional, NULL is an empty reply
 * whatever its length. Strings that are returned are static, NUL-terminated ASCII and never NULL (but for the bytes of
 * smtperr_reader_reply()). Times: seconds.
 * Structs grow at their end only. Each goes with its size as the caller knows it, in a field or a parameter: an older
 * caller's stays valid for ever (what it lacks counts as 0), a newer caller's is taken if the rest, which this
 * library does not know, is 0.
 * Everything here is since version 0.1.0. RFC numbers name the source of a rule; plain ones are RFC 5321's. 4yz is any
 * code that begins with 4 (4.2.1).
 */
#ifndef SMTPERR_H
#define SMTPERR_H

#include <stddef.h>
#include <stdint.h>

#define SMTPERR_VERSION "0.1.0"
#define SMTPERR_VERSION_NUMBER 0x000100 /* 0xMMmmpp */

#ifndef SMTPERR_API
#define SMTPERR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Words. Each has a name too ("mailbox-full"): smtperr_name(), smtperr_value(). Values are never reused. ---- */

/* Where in the dialogue the reply or failure came. EHLO and HELO stand for LHLO too; other: VRFY, EXPN, HELP, NOOP. */
enum {
    SMTPERR_STAGE_UNKNOWN = 0,
    SMTPERR_STAGE_CONNECT = 1, /* nothing was read yet; with a reply it counts as greeting */
    SMTPERR_STAGE_GREETING = 2,
    SMTPERR_STAGE_EHLO = 3,
    SMTPERR_STAGE_HELO = 4,
    SMTPERR_STAGE_STARTTLS = 5,
    SMTPERR_STAGE_TLS = 6, /* the handshake */
    SMTPERR_STAGE_AUTH = 7,
    SMTPERR_STAGE_MAIL = 8,
    SMTPERR_STAGE_RCPT = 9,
    SMTPERR_STAGE_DATA = 10,
    SMTPERR_STAGE_BODY = 11, /* while the text is sent; a BDAT chunk that is not the last */
    SMTPERR_STAGE_EOD = 12,  /* after the final dot or the last BDAT chunk */
    SMTPERR_STAGE_RSET = 13,
    SMTPERR_STAGE_QUIT = 14,
    SMTPERR_STAGE_OTHER = 15
};

/* What went wrong, in the words of the field. "Did the server do what I asked?" is category == SMTPERR_CATEGORY_OK. */
enum {
    SMTPERR_CATEGORY_UNKNOWN = 0,  /* a failure, and nothing tells why */
    SMTPERR_CATEGORY_OK = 1,       /* nothing: it did what was asked; at end of data the message is delivered */
    SMTPERR_CATEGORY_CONTINUE = 2, /* nothing: a 3yz that asks for the text or the next AUTH response */
    SMTPERR_CATEGORY_MAILBOX_UNKNOWN = 3,
    SMTPERR_CATEGORY_MAILBOX_DISABLED = 4,
    SMTPERR_CATEGORY_MAILBOX_FULL = 5,
    SMTPERR_CATEGORY_MAILBOX_MOVED = 6,
    SMTPERR_CATEGORY_MAILBOX_BUSY = 7,
    SMTPERR_CATEGORY_RECIPIENT_RESTRICTED = 8,
    SMTPERR_CATEGORY_RECIPIENT_RATE_LIMITED = 9,
    SMTPERR_CATEGORY_ADDRESS_INVALID = 10,
    SMTPERR_CATEGORY_DOMAIN_UNKNOWN = 11,
    SMTPERR_CATEGORY_DOMAIN_NO_MAIL = 12,
    SMTPERR_CATEGORY_RELAY_DENIED = 13,
    SMTPERR_CATEGORY_ROUTING = 14,
    SMTPERR_CATEGORY_SERVER_UNAVAILABLE = 15,
    SMTPERR_CATEGORY_SERVER_FULL = 16,
    SMTPERR_CATEGORY_NETWORK = 17,
    SMTPERR_CATEGORY_GREYLISTED = 18,
    SMTPERR_CATEGORY_RATE_LIMITED = 19,
    SMTPERR_CATEGORY_TOO_MANY_RECIPIENTS = 20,
    SMTPERR_CATEGORY_MESSAGE_TOO_LARGE = 21,
    SMTPERR_CATEGORY_SPAM_CONTENT = 22,
    SMTPERR_CATEGORY_MALWARE = 23,
    SMTPERR_CATEGORY_ATTACHMENT_BLOCKED = 24,
    SMTPERR_CATEGORY_MESSAGE_MALFORMED = 25,
    SMTPERR_CATEGORY_MESSAGE_EXPIRED = 26,
    SMTPERR_CATEGORY_IP_BLOCKED = 27,
    SMTPERR_CATEGORY_DOMAIN_BLOCKED = 28,
    SMTPERR_CATEGORY_GEO_BLOCKED = 29,
    SMTPERR_CATEGORY_SENDER_REJECTED = 30,
    SMTPERR_CATEGORY_SENDER_UNAUTHENTICATED = 31,
    SMTPERR_CATEGORY_REVERSE_DNS = 32,
    SMTPERR_CATEGORY_POLICY = 33,
    SMTPERR_CATEGORY_CREDENTIALS = 34,
    SMTPERR_CATEGORY_TLS = 35,
    SMTPERR_CATEGORY_PROTOCOL_ERROR = 36,
    SMTPERR_CATEGORY_NOT_SUPPORTED = 37
};

/* What to do. All but proceed and bounce keep the message queued. Who cannot do one retries after delay_seconds. */
enum {
    SMTPERR_ACTION_PROCEED = 1, /* done, or go on: category ok or continue. Whatever RSET and QUIT bring gives it too */
    SMTPERR_ACTION_BOUNCE = 2,  /* give up: tell the author */
    SMTPERR_ACTION_RETRY_LATER = 3,       /* after delay_seconds */
    SMTPERR_ACTION_RETRY_OTHER_HOST = 4,  /* another host of the destination now; if there is none, later */
    SMTPERR_ACTION_RETRY_WITHOUT_TLS = 5, /* a new connection to this host, without STARTTLS */
    SMTPERR_ACTION_SAY_HELO = 6,          /* HELO on this connection */
    SMTPERR_ACTION_NEW_TRANSACTION = 7,   /* send the rest in a second transaction (4.5.3.1.10) */
    SMTPERR_ACTION_RECONNECT = 8,         /* close, then this step once more on a new connection (RECONNECTED) */
    SMTPERR_ACTION_HOLD = 9               /* keep it and tell our operator: time alone mends nothing */
};

/* What else the answer is true of. */
enum {
    SMTPERR_SCOPE_RECIPIENT = 1,
    SMTPERR_SCOPE_TRANSACTION = 2, /* this message to these recipients */
    SMTPERR_SCOPE_SESSION = 3,
    SMTPERR_SCOPE_HOST = 4,
    SMTPERR_SCOPE_SOURCE = 5,      /* all that comes from our address */
    SMTPERR_SCOPE_DESTINATION = 6, /* all hosts of that domain; through a smart host: the smart host */
    SMTPERR_SCOPE_ACCOUNT = 7,     /* all that we send with this login */
    SMTPERR_SCOPE_SENDER = 8,      /* all mail of this sender address or domain */
    SMTPERR_SCOPE_LOCAL = 9        /* this machine */
};

/* Who must act before it can work. */
enum {
    SMTPERR_PARTY_NOBODY = 0,
    SMTPERR_PARTY_AUTHOR = 1,
    SMTPERR_PARTY_OUR_POSTMASTER = 2,
    SMTPERR_PARTY_RECIPIENT = 3,
    SMTPERR_PARTY_THEIR_POSTMASTER = 4
};

/* What the category rests on, or, as decided_by, what the decision rests on. */
enum {
    SMTPERR_BASIS_TEXT = 1,
    SMTPERR_BASIS_ENHANCED = 2,
    SMTPERR_BASIS_CODE = 3,
    SMTPERR_BASIS_STAGE = 4, /* the code is out of place here, or the context gives it its meaning */
    SMTPERR_BASIS_LOCAL = 5, /* a failure of ours, or bytes that are no reply */
    SMTPERR_BASIS_POLICY = 6 /* a switch of smtperr_policy */
};

/* How sure the category is. */
enum { SMTPERR_CONFIDENCE_LOW = 1, SMTPERR_CONFIDENCE_MEDIUM = 2, SMTPERR_CONFIDENCE_HIGH = 3 };

/* Where delay_seconds comes from. */
enum { SMTPERR_ORIGIN_NONE = 0, SMTPERR_ORIGIN_DEFAULT = 1, SMTPERR_ORIGIN_SERVER = 2 };

/* Action field of a delivery status notification (RFC 3464 2.3.3); none: there is nothing to report yet. */
enum { SMTPERR_DSN_NONE = 0, SMTPERR_DSN_FAILED = 1, SMTPERR_DSN_DELAYED = 2, SMTPERR_DSN_RELAYED = 3 };

/* Flags of a verdict. None of them is an error. Those up to UNENDED say what is odd about the bytes; the rest is
 * evidence, which smtperr_decide() reads, as it does MIXED_CODES. */
enum {
    SMTPERR_FLAG_BARE_CODE = 0x0001, /* the last line is a code without text (legal, 4.2) */
    SMTPERR_FLAG_BARE_LF = 0x0002,   /* a line ends in LF without CR */
    SMTPERR_FLAG_CONTROL = 0x0004,   /* a control character or NUL in the text */
    SMTPERR_FLAG_EIGHTBIT = 0x0008,  /* a byte above 127 in the text */
    SMTPERR_FLAG_TEXT_TRUNCATED = 0x0010, /* only a part was read: the reader's buffer, or SMTPERR_REPLY_MAX */
    SMTPERR_FLAG_MIXED_CODES = 0x0020, /* the lines carry different codes: never a success, never suppressed */
    SMTPERR_FLAG_ESC_MISMATCH = 0x0040, /* the class of the enhanced code is not the code's, which rules (RFC 2034 4) */
    SMTPERR_FLAG_BLANK_BEFORE = 0x0080, /* empty lines before the reply, four at most: with more it is none */
    SMTPERR_FLAG_ODD_CODE = 0x0100, /* the second digit is 6 to 9: no code by 4.2, read by its first digit */
    SMTPERR_FLAG_ODD_SUCCESS = 0x0200, /* a 2yz that is unusual at this stage, still a success */
    SMTPERR_FLAG_MIXED_ESC = 0x0400,   /* the lines carry different enhanced codes; the last is reported */
    SMTPERR_FLAG_LEFTOVER = 0x0800,    /* bytes follow the reply, perhaps another one: they were not looked at */
    SMTPERR_FLAG_UNENDED = 0x1000, /* the last line came without its line end, as if the caller had cut it off */
    SMTPERR_FLAG_STAGE_FROM_TEXT = 0x2000, /* the stage was not given; the text of a log line told it */
    SMTPERR_FLAG_REPEATS_RCPT = 0x4000, /* only repeats that every RCPT was refused: those decide (RFC 2920 3.1) */
    SMTPERR_FLAG_PERMANENT = 0x8000, /* time does not cure it, though no code says so: a local failure, or words
                                      * without a code */
    SMTPERR_FLAG_TEMPORARY = 0x10000, /* plain words make it a deferral, whatever its class (greylisting ...) */
    SMTPERR_FLAG_LIKELY_PERMANENT = 0x20000, /* plain words say that waiting will hardly help */
    SMTPERR_FLAG_OUR_ACCOUNT = 0x40000,      /* plain words blame the account that we send with */
    SMTPERR_FLAG_TLS_REQUIRED = 0x80000 /* after this failure nothing goes without TLS (DANE, MTA-STS, injection) */
};

/* What bytes are: the status of a verdict, the results of a reader. Others that can fail return 0 or MISUSE. */
enum {
    SMTPERR_NONE = 0,        /* no reply: the reader wants more bytes; the verdict is about a failure without one */
    SMTPERR_REPLY = 1,       /* one whole reply */
    SMTPERR_ERR_MISUSE = -1, /* NULL where there may be none, a wrong size, an unknown word; nothing was written */
    SMTPERR_ERR_SYNTAX = -2, /* these bytes are no SMTP reply */
    SMTPERR_ERR_LINE_TOO_LONG = -3,  /* a line of more than SMTPERR_LINE_MAX bytes */
    SMTPERR_ERR_REPLY_TOO_LONG = -4, /* a reply of more than SMTPERR_REPLY_MAX bytes */
    SMTPERR_ERR_INCOMPLETE = -5      /* the stream ended inside a reply, or the reply is empty */
};
/* Limits in bytes, line ends counted. */
enum { SMTPERR_LINE_MAX = 16384, SMTPERR_REPLY_MAX = 262144 };

/* ---- 1. One call. ---- */

/* 1: keep the message queued. 0: delivered, go on, or give up: smtperr_action() tells which. What cannot be read
 * (empty, cut off, no SMTP) gives 1: mail is never lost by a reply that nobody understands. stage: SMTPERR_STAGE_*,
 * else unknown. */
SMTPERR_API int32_t smtperr_should_retry(const char *reply, size_t reply_len, int32_t stage);

/* The same question, answered with SMTPERR_ACTION_*. */
SMTPERR_API int32_t smtperr_action(const char *reply, size_t reply_len, int32_t stage);

/* smtperr_should_retry() by numbers alone, for programs that have no more or that count bytes: it carries no rules,
 * no words. code: 200 to 599, anything else gives 1. enhanced: as in smtperr_verdict, 0 or anything else for none. 0
 * means accepted if the code is below 400, else given up; at RSET and QUIT always "go on". */
SMTPERR_API int32_t smtperr_should_retry_code(int32_t code, int32_t enhanced, int32_t stage);

/* ---- 2. The whole answer. ---- */

/* Shape of the input. */
enum {
    SMTPERR_SHAPE_WIRE = 0, /* the bytes of a server, read strictly */
    SMTPERR_SHAPE_TEXT = 1 /* what people and logs have: joined lines, "smtp; 550 ...", "host ... said: 550 ...", no
                            * code. Where the context has no stage certain words tell it: "in reply to RCPT TO",
                            * "refused to talk to me" (Postfix, Exim, qmail, Sendmail, dma, msmtp) */
};

/* Bytes at .. at + len of the very reply that was passed; of smtperr_reader_reply() after smtperr_reader_evaluate().
 * len 0: none. */
typedef struct {
    uint32_t at, len;
} smtperr_span;

/* Bits of smtperr_context.flags. Each says something when it is set and nothing when it is not. */
enum {
    SMTPERR_CONTEXT_TLS_OPTIONAL = 0x01, /* our policy lets this message go in the clear. With REQUIRED: MISUSE */
    SMTPERR_CONTEXT_TLS_REQUIRED = 0x02, /* our policy forbids that */
    SMTPERR_CONTEXT_IN_CLEAR = 0x04,     /* this connection does without TLS because the answer was retry-without-tls */
    SMTPERR_CONTEXT_AUTHENTICATED = 0x08, /* we log in here, or have */
    SMTPERR_CONTEXT_LMTP = 0x10,          /* RFC 2033: at end of data each reply is about one recipient */
    SMTPERR_CONTEXT_REFUSED_ALONE = 0x20, /* refused as the only recipient of its transaction: no more splitting */
    SMTPERR_CONTEXT_RECIPIENTS_COUNTED = 0x40, /* recipients_accepted counts, also where it is 0 */
    SMTPERR_CONTEXT_RECONNECTED = 0x80 /* this step was tried on an earlier connection, and the answer was reconnect */
};

/* What the server is to us. Login and password are at stake with submission or AUTHENTICATED: nothing goes without
 * TLS then that was to go with it, and HELO is not enough. A relay without a login may be treated like an MX there. */
enum {
    SMTPERR_ROLE_UNKNOWN = 0,
    SMTPERR_ROLE_MX = 1,         /* a server of the destination, which nobody logs in to */
    SMTPERR_ROLE_SUBMISSION = 2, /* our provider's server, or whatever we log in to */
    SMTPERR_ROLE_RELAY = 3       /* our smart host, which takes mail from our address without a login */
};

/* What the caller knows. All zero but size and stage is fine:
 *     smtperr_context context = {0};
 *     context.size = sizeof context;
 *     context.stage = SMTPERR_STAGE_RCPT; */
typedef struct {
    uint32_t size; /* sizeof; bytes past what this library knows must be 0. More than 4096 is MISUSE */
    int32_t stage;                /* SMTPERR_STAGE_*, another is MISUSE; 0 = not known */
    int32_t role;                 /* SMTPERR_ROLE_*, another is MISUSE */
    uint32_t flags;               /* SMTPERR_CONTEXT_*; a bit that this library does not know is MISUSE */
    uint32_t recipients_accepted; /* in this transaction so far */
    uint32_t attempt;             /* of the queue: 1 = the first; makes delays grow, and counts as RECONNECTED where MAIL or
                                   * what follows is out of step; 0 = not known */
    uint32_t age_seconds;         /* how long the message has been queued: the delay is a quarter of it or more while
                                   * attempt is 0 */
    int32_t provider; /* id, as smtperr_provider_of_host() gives it for the MX; 0 or unknown = the text alone tells */
} smtperr_context;

/* The provider whose MX or page a host name is, for those who know it before any reply: id, or 0. The name in any
 * case, with or without a final dot. host may be NULL. */
SMTPERR_API int32_t smtperr_provider_of_host(const char *host, size_t host_len);

/* One switch for each question on which good MTAs differ. 0: the library's choice; else one of the SMTPERR_ACTION_*
 * named here; another is MISUSE. */
typedef struct {
    uint32_t size; /* sizeof, as in smtperr_context */
    int32_t greeting_5yz; /* greeting, EHLO or HELO refuses: retry-other-host (0), or bounce (Exim, Sendmail) */
    int32_t login_refused;      /* our login or account was refused: hold (0), retry-later, or bounce */
    int32_t mailbox_full_5yz;   /* bounce (0), or retry-later */
    int32_t unknown_5yz;        /* a 5yz that nothing explains: bounce (0), or retry-later */
    int32_t domain_unknown_4yz; /* "domain not found" as 4yz: retry-later (0), or bounce; never suppressed */
    int32_t soft_bounce;        /* nothing bounces while set up or tested: 0, or retry-later for every bounce */
    uint32_t delay_min_seconds; /* bounds for delay_seconds; 0: 60. Over the maximum (0 as what it means) is MISUSE */
    uint32_t delay_max_seconds; /* 0: 14400, for the time that a greylisting server itself names 86400 */
} smtperr_policy;

/* The answer: first the evidence, then the decision. New fields are only ever appended. */
typedef struct {
    uint32_t size;      /* bytes that were written; not read */
    int32_t status;     /* SMTPERR_REPLY; SMTPERR_ERR_* if the bytes are no whole reply; 0 for a failure without one */
    int32_t code;       /* of the last line; 0 = none */
    int32_t first_code; /* of the first line: differs only with MIXED_CODES */
    int32_t enhanced;   /* 5007001 is 5.7.1 (class * 1000000 + subject * 1000 + detail); 0 = none */
    int32_t failure; /* SMTPERR_FAILURE_* or another's number, also of the bytes if status < 0; 0 = a reply */
    int32_t failure_status; /* the enhanced code that stands for the failure (4.4.2); 0 = none */
    int32_t stage;          /* the one that was used */
    int32_t category;
    int32_t basis;
    int32_t confidence;
    int32_t provider;  /* id of the provider that the reply shows; 0 = none */
    int32_t blocklist; /* id of the blocklist it names; 0 = none */
    int32_t rule;      /* id of the row of the data that named the category; 0 = none */
    uint32_t flags;    /* SMTPERR_FLAG_* */
    int32_t address_dead; /* 1: evidence that the address is dead. Use suppress, which asks for more */
    uint32_t data_version;        /* smtperr_data_version() */
    uint32_t retry_after_seconds; /* after which the text asks to come back, as it says; 0 = it does not */
    smtperr_span matched;         /* from the first to the last word that decided, where basis is text */
    smtperr_span url;             /* the first page that the text names */
    smtperr_span text;            /* of the last line, without the code and the enhanced code */
    smtperr_span address; /* the new address of a 251 or 551 (3.4): to be shown, never mailed to unasked (7.4) */

    int32_t retry; /* 1 = keep it queued */
    int32_t action;
    int32_t scope;
    int32_t party;
    int32_t suppress;         /* 1 = never mail this address again. Running out of retries is no reason to */
    int32_t likely_permanent; /* 1 = waiting hardly helps: if retry is 1 tell somebody early. 1 at bounce and hold */
    int32_t outcome_unknown; /* it may have been taken all the same: a retry can deliver it twice (4.5.3.2.6) */
    int32_t closing; /* 1 = the server closes this connection, or it is of no more use: not even QUIT (421, garbage,
                      * out of step) */
    int32_t decided_by; /* as basis; policy if a switch changed the action */
    int32_t delay_origin;
    uint32_t delay_seconds; /* 0 without retry; for what can be done at once, as HELO: for callers that cannot */
    int32_t dsn_status;     /* as enhanced; always there, its class agrees with the decision */
    int32_t dsn_action;
    int32_t sysexit; /* for a program that must exit with it: 0, 75 (EX_TEMPFAIL), 67 ... */
} smtperr_verdict;

/* The verdict on any bytes at all: its status tells whether they are one reply, else why not, which decides as
 * "temporary". shape: SMTPERR_SHAPE_*. context and policy may be NULL. verdict_size is sizeof(smtperr_verdict) as the
 * caller knows it: an older caller gets the fields it has, a newer one has the rest zeroed. 0, or MISUSE: NULL
 * verdict, a verdict_size of less than 4, an unknown shape, a context or policy that is not in order. */
SMTPERR_API int32_t smtperr_evaluate(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                                     const smtperr_policy *policy, smtperr_verdict *verdict, size_t verdict_size);

/* The same where there is no reply. 0, or MISUSE. A number that no failure has counts as one that nothing explains. */
SMTPERR_API int32_t smtperr_evaluate_failure(int32_t failure, const smtperr_context *context,
                                             const smtperr_policy *policy, smtperr_verdict *verdict,
                                             size_t verdict_size);

/* The failures that a mailer finds by itself. There are more, with the names that errno.h, netdb.h, RFC 8446 and
 * OpenSSL give them: smtperr_failure_from() for their numbers, smtperr_value() for their names, "smtperr list
 * failures" for all. */
enum {
    SMTPERR_FAILURE_OTHER = 1,
    SMTPERR_FAILURE_GREETING_TIMEOUT = 2,
    SMTPERR_FAILURE_CLOSED_BEFORE_GREETING = 3,
    SMTPERR_FAILURE_LOST_CONNECTION = 4, /* at connect, greeting, tls and eod counts as 3, 33 and 6, which say more */
    SMTPERR_FAILURE_COMMAND_TIMEOUT = 5, /* at connect, greeting and tls: for ETIMEDOUT, 2 and 32 */
    SMTPERR_FAILURE_LOST_AFTER_DOT = 6,
    SMTPERR_FAILURE_GARBAGE_REPLY = 7,
    SMTPERR_FAILURE_REPLY_TOO_LONG = 8,
    SMTPERR_FAILURE_REPLY_OUT_OF_SYNC = 9,
    SMTPERR_FAILURE_STARTTLS_INJECTION = 10,
    SMTPERR_FAILURE_STARTTLS_NOT_OFFERED = 11,
    SMTPERR_FAILURE_MTA_STS_MISMATCH = 12,
    SMTPERR_FAILURE_DANE_REQUIRED_FAILED = 13,
    SMTPERR_FAILURE_REQUIRETLS_UNSUPPORTED = 14,
    SMTPERR_FAILURE_AUTH_NOT_OFFERED = 15,
    SMTPERR_FAILURE_NO_AUTH_MECHANISM = 16,
    SMTPERR_FAILURE_SIZE_EXCEEDED = 17,
    SMTPERR_FAILURE_SMTPUTF8_NOT_OFFERED = 18,
    SMTPERR_FAILURE_8BITMIME_NOT_OFFERED = 19,
    SMTPERR_FAILURE_TALKING_TO_MYSELF = 20,
    SMTPERR_FAILURE_TOO_MANY_HOPS = 21,
    SMTPERR_FAILURE_QUEUE_EXPIRED = 22,
    SMTPERR_FAILURE_DESTINATION_THROTTLED = 23,
    SMTPERR_FAILURE_LOCAL_DATA_ERROR = 24,
    SMTPERR_FAILURE_LOCAL_CONFIG_ERROR = 25,
    SMTPERR_FAILURE_PROXY_REFUSED = 26,
    SMTPERR_FAILURE_TLS_FAILED = 27,
    SMTPERR_FAILURE_DOMAIN_NOT_FOUND = 28,  /* a definite answer about the recipient's own domain: NXDOMAIN */
    SMTPERR_FAILURE_DOMAIN_NO_RECORDS = 29, /* likewise: neither MX nor address */
    SMTPERR_FAILURE_NULL_MX = 30,
    SMTPERR_FAILURE_DNS_TIMEOUT = 31,
    SMTPERR_FAILURE_TLS_HANDSHAKE_TIMEOUT = 32,
    SMTPERR_FAILURE_TLS_UNEXPECTED_EOF = 33 /* the connection was closed or reset during the handshake */
};

/* Lists of numbers that failures have elsewhere. */
enum {
    SMTPERR_NUMBER_ERRNO = 1,       /* errno of this platform; Winsock numbers (10061) everywhere */
    SMTPERR_NUMBER_GETADDRINFO = 2, /* EAI_*, of this platform */
    SMTPERR_NUMBER_H_ERRNO = 3,     /* of gethostbyname() */
    SMTPERR_NUMBER_DNS_RCODE = 4, /* about the recipient's domain (RFC 1035); 0, an answer without records, is NODATA */
    SMTPERR_NUMBER_TLS_ALERT = 5, /* that the server sent (RFC 8446 6) */
    SMTPERR_NUMBER_X509 = 6,      /* OpenSSL's X509_V_ERR_*, from SSL_get_verify_result() */
    SMTPERR_NUMBER_OPENSSL = 7 /* OpenSSL's SSL_R_*, from ERR_GET_REASON() of an error of ERR_LIB_SSL; alerts that
                                * came are among them */
};
/* The failure that has this number in that list, SMTPERR_NUMBER_*. If none has: SMTPERR_FAILURE_TLS_FAILED in the
 * lists of TLS, else SMTPERR_FAILURE_OTHER. */
SMTPERR_API int32_t smtperr_failure_from(int32_t list, int32_t number);

/* ---- 3. Its halves: classify writes the evidence, decide reads it, changed or not, and writes the decision. ---- */

/* The evidence; all of the decision is 0. Parameters and result as smtperr_evaluate(). */
SMTPERR_API int32_t smtperr_classify(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                                     smtperr_verdict *verdict, size_t verdict_size);
/* Overwrites all of the decision and reads nothing of it. The stage is the one in the verdict. 0, or MISUSE: among
 * others if verdict_size is less than the 160 bytes of version 0.1.0, or a word in the evidence is unknown, or code
 * is not 0 to 999. context and policy may be NULL. */
SMTPERR_API int32_t smtperr_decide(const smtperr_context *context, const smtperr_policy *policy,
                                   smtperr_verdict *verdict, size_t verdict_size);

/* ---- 4. A stream: where each reply ends. ---- */

/* Private: the fields stand here so that you can place a reader where you like. It may be copied and moved, as long
 * as only one of the copies goes on with the buffer. */
typedef struct {
    char *keep;
    size_t keep_size, kept, mark;
    uint32_t line_at, reply_len, flags;
    int32_t status;
    int16_t code, first_code;
    uint8_t position, last_line, blank_lines, line_cut;
    uint32_t reserved[8];
} smtperr_reader;

/* sizeof(smtperr_reader) of the library that runs, for languages that cannot read the struct. */
SMTPERR_API size_t smtperr_reader_size(void);

/* keep: memory of the caller's for the raw reply, which must live as long as the reader; 1,024 bytes hold nearly all,
 * those to EHLO are the longest. When it is too small the first lines and the beginning of the last are kept, and what
 * lies between is not read: no keyword is found there.
 * NULL with 0, or less than 16 bytes, keeps nothing: the code alone decides. Calling it again is the way to reset. 0,
 * or MISUSE: NULL reader, NULL keep with a size, a reader_size of less than smtperr_reader_size(). */
SMTPERR_API int32_t smtperr_reader_init(smtperr_reader *reader, size_t reader_size, char *keep, size_t keep_size);

/* Takes bytes up to the end of one reply, no further: *used says how many, the rest is yours (after a 220 to STARTTLS
 * there must be none). Returns NONE, REPLY, or an error, which stays until the next init: nobody knows any more which
 * reply belongs to which command, so close the connection. The first byte after a REPLY begins the next reply; no
 * bytes (NULL then is fine) give NONE and change nothing. MISUSE: NULL reader or used, NULL bytes with a length. Code
 * and text of a reply: smtperr_reader_evaluate().
 * The stream has ended, or nothing comes: smtperr_evaluate_failure(), whether within a reply or between two. */
SMTPERR_API int32_t smtperr_reader_feed(smtperr_reader *reader, const char *bytes, size_t bytes_len, size_t *used);

/* For those who read by lines: exactly one, whole (pieces of one are for feed), with or without its line end; so
 * length 0 is an empty line. Returns as feed; SYNTAX if it holds an LF before its end. MISUSE: NULL reader, NULL line
 * with a length. */
SMTPERR_API int32_t smtperr_reader_feed_line(smtperr_reader *reader, const char *line, size_t line_len);

/* Bytes taken for a reply that is not complete, or is none, blank lines included. 0: between replies. Before STARTTLS
 * look at your own buffer too: bytes behind a finished reply stay there (used < bytes_len), and must not be taken for
 * the server's TLS (RFC 3207 6). reader may be NULL: 0. */
SMTPERR_API uint32_t smtperr_reader_pending(const smtperr_reader *reader);

/* The raw reply as kept, itself in the form of a reply, until the next feed or init: *reply_len bytes in keep, not
 * ended by NUL. After an error the bytes that are none, and before a reply is complete what came of it: for
 * smtperr_sanitize() and a log. "" and 0 before the first byte, if nothing is kept, and for a NULL reader. reply_len
 * may be NULL. */
SMTPERR_API const char *smtperr_reader_reply(const smtperr_reader *reader, size_t *reply_len);

/* smtperr_evaluate() of the reader's reply or error, with all that the reader saw. Before a reply is complete it
 * judges as if the stream had ended: INCOMPLETE. The reader does not change. 0, or MISUSE: NULL reader, or as
 * smtperr_evaluate(). */
SMTPERR_API int32_t smtperr_reader_evaluate(const smtperr_reader *reader, const smtperr_context *context,
                                            const smtperr_policy *policy, smtperr_verdict *verdict,
                                            size_t verdict_size);

/* ---- 5. Parts of a reply. ---- */

/* Each returns 1 and writes where it stands (the span may be NULL), or returns 0 and writes nothing.
 * Line index (from 0), raw, without code, separator and line end. */
SMTPERR_API int32_t smtperr_reply_line(const char *reply, size_t reply_len, uint32_t index, smtperr_span *line);

/* A keyword of a 250 to EHLO (4.1.1.1), in any case, and its parameters (may be empty). The first line, which names the
 * server, has none. AUTH=LOGIN counts as AUTH. A NULL or empty keyword is never there. */
SMTPERR_API int32_t smtperr_reply_keyword(const char *reply, size_t reply_len, const char *keyword, size_t keyword_len,
                                          smtperr_span *parameters);

/* The name under which the server queued a message ("250 2.0.0 Ok: queued as 4XyZ12"). It looks at words only: ask it
 * about a success at the end of data. */
SMTPERR_API int32_t smtperr_reply_queue_id(const char *reply, size_t reply_len, smtperr_span *queue_id);

/* One line for eyes and logs: valid UTF-8, '?' for what is not printable, repeated codes removed, a blank between
 * lines. Writes up to out_size bytes, always ended by NUL and cut between characters; nothing if out is NULL or
 * out_size 0. Returns the bytes needed without the NUL. out may not overlap reply. Texts without a code are fine too.
 * The text of a 334 is left out: it belongs to a login (RFC 4954). */
SMTPERR_API size_t smtperr_sanitize(const char *reply, size_t reply_len, char *out, size_t out_size);

/* "5.7.1" and nothing else into a number as in smtperr_verdict; 0 if it is none (class 2, 4 or 5: RFC 3463 2) or NULL.
 * And back, out as above: "" for what is no such number, at most 10 bytes with the NUL. */
SMTPERR_API int32_t smtperr_enhanced_parse(const char *text, size_t text_len);
SMTPERR_API size_t smtperr_enhanced_format(int32_t enhanced, char *out, size_t out_size);

/* ---- 6. Words for people, and lists for bindings. ---- */

/* Kinds of words: every enum of this file but the limits, and what only the data knows. */
enum {
    SMTPERR_KIND_CODE = 1,     /* 0 to 6 are classes ("4yz"), 10 to 15 second digits ("x5z") */
    SMTPERR_KIND_ENHANCED = 2, /* in lists the class is 1, which stands for every class: 1007001 is X.7.1 */
    SMTPERR_KIND_STAGE = 3,
    SMTPERR_KIND_CATEGORY = 4,
    SMTPERR_KIND_ACTION = 5,
    SMTPERR_KIND_SCOPE = 6,
    SMTPERR_KIND_PARTY = 7,
    SMTPERR_KIND_BASIS = 8,
    SMTPERR_KIND_CONFIDENCE = 9,
    SMTPERR_KIND_ORIGIN = 10,
    SMTPERR_KIND_FAILURE = 11,
    SMTPERR_KIND_RULE = 12,
    SMTPERR_KIND_DSN = 13,
    SMTPERR_KIND_STATUS = 14, /* SMTPERR_NONE, SMTPERR_REPLY and the errors */
    SMTPERR_KIND_FLAG = 15,   /* one bit */
    SMTPERR_KIND_PROVIDER = 16,
    SMTPERR_KIND_BLOCKLIST = 17,
    SMTPERR_KIND_ROLE = 18,
    SMTPERR_KIND_SHAPE = 19,
    SMTPERR_KIND_CONTEXT = 20, /* one bit of smtperr_context.flags */
    SMTPERR_KIND_NUMBER = 21,
    SMTPERR_KIND_SAY = 22,
    SMTPERR_KIND_MATCH = 23, /* what became of a rule */
    SMTPERR_KIND_RANK = 24,
    SMTPERR_KIND_KIND = 25
};

/* What to say. */
enum {
    SMTPERR_SAY_TITLE = 0,  /* a few words */
    SMTPERR_SAY_WHAT = 1,   /* what happened */
    SMTPERR_SAY_CAUSE = 2,  /* why it mostly happens */
    SMTPERR_SAY_FIX = 3,    /* for the postmaster or programmer who sends */
    SMTPERR_SAY_AUTHOR = 4, /* what to tell the author of the mail */
    SMTPERR_SAY_SOURCE = 5, /* where that can be looked up */
    SMTPERR_SAY_STEPS = 6,  /* what to try, in order: a step a line */
    SMTPERR_SAY_URL = 7     /* a page of the provider, the blocklist or the standard */
};

/* About a verdict, from the most specific row that named its category: reads its rule and category only. What is
 * known of its provider, blocklist and flags: smtperr_describe(). NULL: "". */
SMTPERR_API const char *smtperr_explain(const smtperr_verdict *verdict, int32_t say);

/* About one word. stage matters for codes and enhanced codes only. "" where nothing is known, also of the kind or the
 * say. */
SMTPERR_API const char *smtperr_describe(int32_t kind, int32_t value, int32_t stage, int32_t say);

/* "mailbox-full", "rcpt", "450" ...; "" for what has no name. An enhanced code is called "X.7.1", whatever its class:
 * smtperr_enhanced_format() says 5.7.1. */
SMTPERR_API const char *smtperr_name(int32_t kind, int32_t value);

/* The way back, in any case of ASCII letters. INT32_MIN: no such name or kind; name may be NULL. */
SMTPERR_API int32_t smtperr_value(int32_t kind, const char *name, size_t name_len);

/* All values of a kind, in rising order: start with INT32_MIN, ends with INT32_MIN, as does an unknown kind. */
SMTPERR_API int32_t smtperr_next(int32_t kind, int32_t value);

/* ---- 7. For those who write rules. ---- */

/* What became of a rule whose words stand in a reply. */
enum {
    SMTPERR_MATCH_LOST = 0, /* another one goes before it */
    SMTPERR_MATCH_WON = 1,
    SMTPERR_MATCH_VETOED = 2 /* its excluded words are there too, or it asks for another code, stage or provider */
};
/* Which rule goes before which: the cause before what was done about it, and that before stock sentences. */
enum { SMTPERR_RANK_BOILERPLATE = 0, SMTPERR_RANK_MEASURE = 1, SMTPERR_RANK_CAUSE = 2 };

/* A rule of the data that the words of a reply met. */
typedef struct {
    int32_t rule; /* id */
    int32_t category;
    int32_t rank;    /* SMTPERR_RANK_* */
    int32_t outcome; /* SMTPERR_MATCH_* */
    int32_t provider; /* id: the rule is bound to this provider and goes before general ones, which have 0 */
    uint32_t word_count;  /* how many words it matched */
    smtperr_span matched; /* from the first to the last of them */
} smtperr_match;

/* Writes up to count matches, each match_size bytes behind the one before, and returns how many there are (at most 16),
 * or MISUSE. They come by rank, then by their number of words, whatever their outcome: a vetoed one may stand
 * before the one that won. match_size is sizeof(smtperr_match) as the caller knows it. matches may be NULL if count is
 * 0. */
SMTPERR_API int32_t smtperr_trace(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                                  smtperr_match *matches, size_t match_size, size_t count);

/* ---- 8. Versions. ---- */

SMTPERR_API uint32_t smtperr_version_number(void); /* of the library that runs: SMTPERR_VERSION_NUMBER of its header */
SMTPERR_API uint32_t smtperr_data_version(void);   /* of its rules and tables: YYYYMMDDNN */

#ifdef __cplusplus
}
#endif
#endif
