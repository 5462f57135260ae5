/* SPDX-License-Identifier: MIT
 *
 * curl-send.c - sends a message through libcurl and lets libsmtperr judge what the server said.
 *
 *     curl-send --from me@example.org --to you@example.com --to her@example.com smtp://mail.example.com < message
 *
 * libcurl tells one error number for the whole transfer. Here each recipient gets an answer: the header callback feeds
 * every line of the server to a reader, the debug callback tells which command it answers, and what failed without a
 * reply becomes a failure of the library. See docs/integrating/libcurl.md.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <curl/curl.h>
#include <smtperr.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#if LIBCURL_VERSION_NUM < 0x080200 /* 8.2.0 mended the name */
#define CURLOPT_MAIL_RCPT_ALLOWFAILS CURLOPT_MAIL_RCPT_ALLLOWFAILS
#endif

struct answer {
    smtperr_verdict verdict; /* size 0: none yet */
    char reply[512];         /* as it may be shown */
};

struct recipient {
    const char *address;
    int to_do;
    struct answer answer;
};

/* One run of libcurl. */
struct transfer {
    CURL *curl;
    smtperr_reader reader;
    char keep[8192]; /* the raw reply */
    int32_t stage;   /* that the next reply or failure belongs to */
    int login, tls, alone;
    int logged_in, ended; /* ended: QUIT is sent, nothing counts any more */
    uint32_t attempt, accepted;
    struct recipient *recipients, *asked; /* asked: whom the last RCPT was about */
    size_t recipient_count;
    struct answer session; /* the first refusal or failure that is about all of them */
    struct answer taken;   /* the success behind the final dot */
    FILE *message;
    int before; /* the last byte of the message that was read */
};

/* ---- What libcurl lets us see. ---- */

static smtperr_context context_of(const struct transfer *t)
{
    smtperr_context context = {.size = sizeof context};

    context.stage = t->stage;
    context.role = t->login ? SMTPERR_ROLE_SUBMISSION : SMTPERR_ROLE_UNKNOWN;
    context.flags = SMTPERR_CONTEXT_RECIPIENTS_COUNTED;
    context.flags |= t->tls ? SMTPERR_CONTEXT_TLS_REQUIRED : SMTPERR_CONTEXT_TLS_OPTIONAL;
    if (t->login) context.flags |= SMTPERR_CONTEXT_AUTHENTICATED;
    if (t->alone) context.flags |= SMTPERR_CONTEXT_REFUSED_ALONE;
    context.recipients_accepted = t->accepted;
    if (t->attempt > 1) context.flags |= SMTPERR_CONTEXT_RECONNECTED;
    return context;
}

static void fail(struct transfer *t, int32_t failure, const char *text)
{
    const smtperr_context context = context_of(t);

    (void)smtperr_evaluate_failure(failure, &context, NULL, &t->session.verdict, sizeof t->session.verdict);
    (void)snprintf(t->session.reply, sizeof t->session.reply, "%s", text);
}

/* The reader has a reply, or knows that there will be none. 0: libcurl must stop here. */
static int judge(struct transfer *t)
{
    const smtperr_context context = context_of(t);
    struct answer answer = {0};
    size_t reply_len;
    const char *reply = smtperr_reader_reply(&t->reader, &reply_len);
    const smtperr_verdict *const v = &answer.verdict;

    (void)smtperr_reader_evaluate(&t->reader, &context, NULL, &answer.verdict, sizeof answer.verdict);
    (void)smtperr_sanitize(reply, reply_len, answer.reply, sizeof answer.reply);
    if (v->action == SMTPERR_ACTION_PROCEED) {
        if (t->stage == SMTPERR_STAGE_AUTH && v->category == SMTPERR_CATEGORY_OK) t->logged_in = 1;
        if (t->stage == SMTPERR_STAGE_MAIL && t->login && !t->logged_in) { /* libcurl goes on without */
            t->stage = SMTPERR_STAGE_AUTH;
            fail(t, SMTPERR_FAILURE_AUTH_NOT_OFFERED, "AUTH is not offered");
            return 0;
        }
        /* A login or STARTTLS that was refused before has been overcome in another way. */
        if (t->stage == SMTPERR_STAGE_MAIL) memset(&t->session, 0, sizeof t->session);
        if (t->stage == SMTPERR_STAGE_RCPT) t->accepted++;
        if (t->stage == SMTPERR_STAGE_EOD) t->taken = answer;
        return 1;
    }
    if (v->action == SMTPERR_ACTION_SAY_HELO) return 1; /* libcurl does */
    if (t->stage == SMTPERR_STAGE_RCPT && t->asked != NULL && !v->closing)
        t->asked->answer = answer;
    else if (t->session.verdict.size == 0 && (v->flags & SMTPERR_FLAG_REPEATS_RCPT) == 0)
        t->session = answer; /* what comes later, as the 221 to QUIT, follows from it */
    /* libcurl reads the last line's code only, skips what is no reply, and says HELO after 421. */
    return v->status == SMTPERR_REPLY && v->code >= 400 && !v->closing;
}

/* CURLOPT_HEADERFUNCTION: one line of the server each time. It has no NUL at its end. */
static size_t on_line(char *line, size_t size, size_t count, void *user)
{
    struct transfer *const t = user;

    if (t->ended) return size * count;
    if (t->stage == SMTPERR_STAGE_CONNECT) t->stage = SMTPERR_STAGE_GREETING;
    if (smtperr_reader_feed_line(&t->reader, line, size * count) != SMTPERR_NONE && !judge(t)) return 0;
    return size * count;
}

/* CURLOPT_DEBUGFUNCTION: the commands that libcurl sends tell the stage. A response to a 334 is no command: it leaves
 * the stage as it is. It also is the login: nothing of this may be logged. */
static int on_debug(CURL *curl, curl_infotype type, char *bytes, size_t count, void *user)
{
    static const struct {
        const char *verb;
        int32_t stage;
    } verbs[] = {{"EHLO ", SMTPERR_STAGE_EHLO}, {"HELO ", SMTPERR_STAGE_HELO}, {"STARTTLS", SMTPERR_STAGE_STARTTLS},
                 {"AUTH ", SMTPERR_STAGE_AUTH}, {"MAIL ", SMTPERR_STAGE_MAIL}, {"RCPT ", SMTPERR_STAGE_RCPT},
                 {"DATA\r", SMTPERR_STAGE_DATA}};
    struct transfer *const t = user;
    size_t i;

    (void)curl;
    if (type != CURLINFO_HEADER_OUT) return 0;
    if (count >= 4 && strncasecmp(bytes, "QUIT", 4) == 0)
        t->ended = 1; /* libcurl says it after a lost connection too */
    for (i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const size_t len = strlen(verbs[i].verb);

        if (count < len || strncasecmp(bytes, verbs[i].verb, len) != 0) continue;
        t->stage = verbs[i].stage;
        if (t->stage == SMTPERR_STAGE_MAIL) t->asked = NULL;
        if (t->stage == SMTPERR_STAGE_RCPT) { /* in the order of CURLOPT_MAIL_RCPT */
            struct recipient *const end = t->recipients + t->recipient_count;

            t->asked = t->asked == NULL ? t->recipients : t->asked + 1;
            while (t->asked < end && !t->asked->to_do)
                t->asked++;
            if (t->asked == end) t->asked = NULL;
        }
    }
    return 0;
}

/* CURLOPT_READFUNCTION: when there is no more text, libcurl sends the final dot. */
static size_t on_read(char *out, size_t size, size_t count, void *user)
{
    struct transfer *const t = user;
    const size_t room = size * count;
    size_t n = 0;
    int byte;

    while (n + 2 <= room && (byte = getc(t->message)) != EOF) {
        if (byte == '\n' && t->before != '\r') out[n++] = '\r';
        out[n++] = (char)byte;
        t->before = byte;
    }
    if (ferror(t->message)) return CURL_READFUNC_ABORT;
    t->stage = n > 0 ? SMTPERR_STAGE_BODY : SMTPERR_STAGE_EOD;
    return n;
}

/* ---- What libcurl says when no reply does. ---- */

static int32_t failure_of(struct transfer *t, CURLcode result)
{
    long number = 0;
    curl_off_t connected = 0;

    (void)curl_easy_getinfo(t->curl, CURLINFO_CONNECT_TIME_T, &connected);
    if (t->stage == SMTPERR_STAGE_CONNECT && connected > 0) t->stage = SMTPERR_STAGE_GREETING;
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return smtperr_failure_from(SMTPERR_NUMBER_GETADDRINFO, EAI_NONAME);
    case CURLE_COULDNT_CONNECT:
        (void)curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &number); /* for this one only: else it may be an old one */
        return smtperr_failure_from(SMTPERR_NUMBER_ERRNO, (int32_t)number);
    case CURLE_OPERATION_TIMEDOUT:
        return SMTPERR_FAILURE_COMMAND_TIMEOUT; /* at any stage */
    case CURLE_USE_SSL_FAILED:
        t->stage = SMTPERR_STAGE_STARTTLS;
        return SMTPERR_FAILURE_STARTTLS_NOT_OFFERED;
    case CURLE_PEER_FAILED_VERIFICATION:
        t->stage = SMTPERR_STAGE_TLS;
        (void)curl_easy_getinfo(t->curl, CURLINFO_SSL_VERIFYRESULT, &number); /* OpenSSL's; 0 with other libraries */
        return number > 0 ? smtperr_failure_from(SMTPERR_NUMBER_X509, (int32_t)number) : SMTPERR_FAILURE_TLS_FAILED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        t->stage = SMTPERR_STAGE_TLS;
        return SMTPERR_FAILURE_TLS_FAILED;
    case CURLE_LOGIN_DENIED: /* a refused login has a reply: here nothing was offered that libcurl can do */
        t->stage = SMTPERR_STAGE_AUTH;
        return SMTPERR_FAILURE_NO_AUTH_MECHANISM;
    case CURLE_READ_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_OUT_OF_MEMORY:
        return SMTPERR_FAILURE_LOCAL_DATA_ERROR;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_NOT_BUILT_IN:
        return SMTPERR_FAILURE_LOCAL_CONFIG_ERROR;
    default:
        return SMTPERR_FAILURE_LOST_CONNECTION;
    }
}

/* ---- The transfer. ---- */

/* Sends to those who are to be done, and gives each of them an answer. */
static void run(struct transfer *t, const char *sender)
{
    struct curl_slist *list = NULL;
    size_t i, asked = 0;
    CURLcode result;

    for (i = 0; i < t->recipient_count; i++)
        if (t->recipients[i].to_do) {
            memset(&t->recipients[i].answer, 0, sizeof t->recipients[i].answer);
            list = curl_slist_append(list, t->recipients[i].address);
            asked++;
        }
    (void)smtperr_reader_init(&t->reader, sizeof t->reader, t->keep, sizeof t->keep);
    memset(&t->session, 0, sizeof t->session);
    memset(&t->taken, 0, sizeof t->taken);
    t->stage = SMTPERR_STAGE_CONNECT;
    t->alone = asked == 1;
    t->accepted = 0;
    t->logged_in = t->ended = 0;
    t->before = 0;
    rewind(t->message);
    (void)curl_easy_setopt(t->curl, CURLOPT_MAIL_FROM, sender);
    (void)curl_easy_setopt(t->curl, CURLOPT_MAIL_RCPT, list);

    result = curl_easy_perform(t->curl);

    if (t->session.verdict.size == 0) {                /* nobody looks at it if all went well */
        const int32_t failure = failure_of(t, result); /* and its stage */

        fail(t, failure, curl_easy_strerror(result));
    }
    for (i = 0; i < t->recipient_count; i++)
        if (t->recipients[i].to_do && t->recipients[i].answer.verdict.size == 0)
            t->recipients[i].answer = t->taken.verdict.size != 0 ? t->taken : t->session;
    curl_slist_free_all(list);
}

/* As often as a verdict asks for a new transaction or a new connection at once. */
static void deliver(struct transfer *t, const char *sender)
{
    int again;

    t->attempt = 1;
    do {
        uint32_t attempt = t->attempt;
        size_t i;

        run(t, sender);
        again = 0;
        for (i = 0; i < t->recipient_count; i++) {
            struct recipient *const r = &t->recipients[i];

            if (!r->to_do) continue;
            if (r->answer.verdict.action == SMTPERR_ACTION_RECONNECT && t->attempt == 1)
                attempt = 2;
            else
                r->to_do = r->answer.verdict.action == SMTPERR_ACTION_NEW_TRANSACTION && t->accepted > 0;
            again |= r->to_do;
        }
        t->attempt = attempt;
    } while (again);
}

/* 0 delivered, 1 retry, 2 hold, 3 bounce: the order of what is worse. */
static int fate(const smtperr_verdict *v)
{
    return v->stage == SMTPERR_STAGE_EOD && v->action == SMTPERR_ACTION_PROCEED ? 0
           : v->action == SMTPERR_ACTION_BOUNCE                                 ? 3
           : v->action == SMTPERR_ACTION_HOLD                                   ? 2
                                                                                : 1;
}

static void report(const struct recipient *r)
{
    static const char *const fates[] = {"delivered", "retry", "hold", "bounce"};
    const smtperr_verdict *const v = &r->answer.verdict;
    char status[16];

    (void)smtperr_enhanced_format(v->dsn_status, status, sizeof status);
    (void)printf("RESULT <%s> %s %s suppress=%d outcome_unknown=%d %s status=%s stage=%s : %s [%s]\n", r->address,
                 fates[fate(v)], smtperr_name(SMTPERR_KIND_ACTION, v->action), v->suppress != 0, v->outcome_unknown != 0,
                 smtperr_name(SMTPERR_KIND_CATEGORY, v->category), status, smtperr_name(SMTPERR_KIND_STAGE, v->stage),
                 smtperr_explain(v, SMTPERR_SAY_WHAT), r->answer.reply);
}

static int usage(void)
{
    (void)fputs(
        "usage: curl-send [--user NAME] [--tls] [--timeout SECONDS] --from ADDRESS --to ADDRESS [--to ADDRESS]...\n"
        "                 smtp://HOST[:PORT][/OUR-NAME] < message\n"
        "The message must be a file. The password is in the environment variable CURL_SEND_PASSWORD. Exit status: as\n"
        "in sysexits.h, that of the worst recipient; 0: all are delivered.\n",
        stderr);
    return EX_USAGE;
}

int main(int argc, char **argv)
{
    static struct transfer t;
    const char *sender = NULL, *user = NULL, *url = NULL;
    long timeout = 300;
    int i, worst = 0, status = 0;
    size_t n;

    t.message = stdin;
    t.recipients = calloc((size_t)argc, sizeof *t.recipients);
    if (t.recipients == NULL) return EX_OSERR;
    for (i = 1; i < argc; i++) {
        const char *const value = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(argv[i], "--tls") == 0)
            t.tls = 1;
        else if (argv[i][0] != '-' && url == NULL)
            url = argv[i];
        else if (value == NULL)
            return usage();
        else if (strcmp(argv[i], "--from") == 0)
            sender = argv[++i];
        else if (strcmp(argv[i], "--to") == 0) {
            t.recipients[t.recipient_count].to_do = 1;
            t.recipients[t.recipient_count++].address = argv[++i];
        } else if (strcmp(argv[i], "--user") == 0)
            user = argv[++i];
        else if (strcmp(argv[i], "--timeout") == 0)
            timeout = strtol(argv[++i], NULL, 10);
        else
            return usage();
    }
    t.login = user != NULL;
    if (url == NULL || sender == NULL || t.recipient_count == 0 || timeout < 1 || fseek(stdin, 0, SEEK_SET) != 0 ||
        (t.login && getenv("CURL_SEND_PASSWORD") == NULL))
        return usage();
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (t.curl = curl_easy_init()) == NULL) return EX_SOFTWARE;

    (void)curl_easy_setopt(t.curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(t.curl, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(t.curl, CURLOPT_FORBID_REUSE, 1L); /* QUIT is said within the transfer that it belongs to */
    (void)curl_easy_setopt(t.curl, CURLOPT_MAIL_RCPT_ALLOWFAILS, 1L);
    (void)curl_easy_setopt(t.curl, CURLOPT_CONNECTTIMEOUT, timeout);
    (void)curl_easy_setopt(t.curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout); /* each reply */
    (void)curl_easy_setopt(t.curl, CURLOPT_USE_SSL, t.tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
    if (t.login) {
        (void)curl_easy_setopt(t.curl, CURLOPT_USERNAME, user);
        (void)curl_easy_setopt(t.curl, CURLOPT_PASSWORD, getenv("CURL_SEND_PASSWORD"));
    }
    (void)curl_easy_setopt(t.curl, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(t.curl, CURLOPT_READDATA, &t);
    (void)curl_easy_setopt(t.curl, CURLOPT_HEADERFUNCTION, on_line);
    (void)curl_easy_setopt(t.curl, CURLOPT_HEADERDATA, &t);
    (void)curl_easy_setopt(t.curl, CURLOPT_DEBUGFUNCTION, on_debug);
    (void)curl_easy_setopt(t.curl, CURLOPT_DEBUGDATA, &t);
    (void)curl_easy_setopt(t.curl, CURLOPT_VERBOSE, 1L); /* else the debug callback is not called */

    deliver(&t, sender);
    for (n = 0; n < t.recipient_count; n++) {
        const smtperr_verdict *const v = &t.recipients[n].answer.verdict;

        report(&t.recipients[n]);
        if (fate(v) > worst) {
            worst = fate(v);
            status = v->sysexit;
        }
    }
    curl_easy_cleanup(t.curl);
    curl_global_cleanup();
    free(t.recipients);
    return status;
}
