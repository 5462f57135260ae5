/* SPDX-License-Identifier: MIT
 *
 * mailer.c - a small SMTP and LMTP client to copy from: one message, any number of recipients, several hosts in order.
 *
 *     mailer --from me@example.org --to you@example.com mx1.example.com mx2.example.com < message
 *
 * It shows how a mailer lets libsmtperr judge every reply and every failure and obeys the answer; that half is smtp.c,
 * above stream.c, which has TLS. Here are the command line, the message and the report. There is no queue and no MX
 * look-up: the hosts on the command line stand for the MX hosts, and the RESULT lines say what a queue would do next.
 * See docs/mailer.md.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "smtp.h"
#include "stream.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Time limits are the least that RFC 5321 4.5.3.2 asks for; it says nothing of the stages with fewer than 2 minutes,
 * nor of STARTTLS, TLS and AUTH. */
static struct mail mail = {.at_once = RECIPIENTS_MAX,
                           .timeouts = {[SMTPERR_STAGE_CONNECT] = 60000,
                                        [SMTPERR_STAGE_GREETING] = 300000,
                                        [SMTPERR_STAGE_EHLO] = 300000,
                                        [SMTPERR_STAGE_HELO] = 300000,
                                        [SMTPERR_STAGE_STARTTLS] = 300000,
                                        [SMTPERR_STAGE_TLS] = 300000,
                                        [SMTPERR_STAGE_AUTH] = 300000,
                                        [SMTPERR_STAGE_MAIL] = 300000,
                                        [SMTPERR_STAGE_RCPT] = 300000,
                                        [SMTPERR_STAGE_DATA] = 120000,
                                        [SMTPERR_STAGE_BODY] = 180000,
                                        [SMTPERR_STAGE_EOD] = 600000,
                                        [SMTPERR_STAGE_RSET] = 20000,
                                        [SMTPERR_STAGE_QUIT] = 20000}};

/* Reads it whole. Every line end becomes CRLF, so that no bare CR or LF goes out (RFC 5321 2.3.8), and a dot at the
 * head of a line is doubled (4.5.2). */
static int read_message(FILE *file)
{
    size_t room = 0;
    int byte, before = '\n', line_start = 1;

    while ((byte = getc(file)) != EOF) {
        if (room - mail.text_len < 8) {
            char *const larger = realloc(mail.text, room = room * 2 + 65536);

            if (larger == NULL) return -1;
            mail.text = larger;
        }
        if (byte == '\n' && before == '\r') {
            before = byte; /* its line has ended already */
            continue;
        }
        before = byte;
        if (byte == '\r' || byte == '\n') {
            mail.text[mail.text_len++] = '\r';
            mail.text[mail.text_len++] = '\n';
            mail.size += 2;
            line_start = 1;
            continue;
        }
        if (line_start && byte == '.') mail.text[mail.text_len++] = '.';
        mail.text[mail.text_len++] = (char)byte;
        mail.size++;
        line_start = 0;
        if (byte > 127) mail.eight_bit = 1;
    }
    if (!line_start) {
        mail.text[mail.text_len++] = '\r';
        mail.text[mail.text_len++] = '\n';
        mail.size += 2;
    }
    return ferror(file) ? -1 : 0;
}

/* 0 delivered, 1 retry, 2 hold, 3 bounce: the order of what is worse. */
static int fate(const struct recipient *r)
{
    return r->delivered                                        ? 0
           : r->answer.verdict.action == SMTPERR_ACTION_BOUNCE ? 3
           : r->answer.verdict.action == SMTPERR_ACTION_HOLD   ? 2
                                                               : 1;
}

static const char *const fates[] = {"delivered", "retry", "hold", "bounce"};

static void report(const struct recipient *r)
{
    const smtperr_verdict *const v = &r->answer.verdict;
    char status[16], next[100];

    (void)smtperr_enhanced_format(v->dsn_status, status, sizeof status);
    if (fate(r) == 0)
        (void)snprintf(next, sizeof next, "done");
    else if (fate(r) == 3)
        (void)snprintf(next, sizeof next, "%s",
                       *mail.sender == '\0' ? "give up; an empty sender gets no report"
                                            : "give up and tell the author");
    else if (fate(r) == 2)
        (void)snprintf(next, sizeof next, "keep it until an operator has acted");
    else
        (void)snprintf(next, sizeof next, "try again in %lu seconds", (unsigned long)v->delay_seconds);
    (void)printf("RESULT <%s> %s %s suppress=%d outcome_unknown=%d %s status=%s stage=%s host=%s : %s [%s] Next: %s.\n",
                 r->address, fates[fate(r)], smtperr_name(SMTPERR_KIND_ACTION, v->action), v->suppress != 0,
                 v->outcome_unknown != 0, smtperr_name(SMTPERR_KIND_CATEGORY, v->category), status,
                 smtperr_name(SMTPERR_KIND_STAGE, v->stage), r->answer.host, smtperr_explain(v, SMTPERR_SAY_WHAT),
                 r->answer.reply, next);
}

/* What the library makes fit to be shown is valid UTF-8 without control characters, as JSON wants it. */
static void put_string(const char *key, const char *text)
{
    char clean[1024], *s;

    (void)smtperr_sanitize(text, strlen(text), clean, sizeof clean);
    (void)printf("\"%s\": \"", key);
    for (s = clean; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\') (void)putchar('\\');
        (void)putchar(*s);
    }
    (void)fputs("\", ", stdout);
}

static void put_name(const char *key, int32_t kind, int32_t value)
{
    if (*smtperr_name(kind, value) != '\0')
        put_string(key, smtperr_name(kind, value));
    else
        (void)printf("\"%s\": null, ", key);
}

/* 0: there is none. */
static void put_number(const char *key, uint32_t number)
{
    if (number != 0)
        (void)printf("\"%s\": %lu, ", key, (unsigned long)number);
    else
        (void)printf("\"%s\": null, ", key);
}

static void put_enhanced(const char *key, int32_t enhanced)
{
    char text[16];

    if (smtperr_enhanced_format(enhanced, text, sizeof text) > 0)
        put_string(key, text);
    else
        (void)printf("\"%s\": null, ", key);
}

static void put_flag(const char *key, int32_t flag)
{
    (void)printf("\"%s\": %s, ", key, flag ? "true" : "false");
}

/* The whole verdict with the keys of "smtperr classify --jsonl", one object a line. */
static void report_json(const struct recipient *r)
{
    const smtperr_verdict *const v = &r->answer.verdict;
    const char *separator = "";
    int32_t flag;

    (void)putchar('{');
    put_string("recipient", r->address);
    put_string("fate", fates[fate(r)]);
    put_string("host", r->answer.host);
    put_string("reply", r->answer.reply);
    put_number("code", (uint32_t)v->code);
    put_enhanced("enhanced", v->enhanced);
    if (v->failure != 0) put_name("failure", SMTPERR_KIND_FAILURE, v->failure);
    put_name("stage", SMTPERR_KIND_STAGE, v->stage);
    put_name("category", SMTPERR_KIND_CATEGORY, v->category);
    put_name("basis", SMTPERR_KIND_BASIS, v->basis);
    put_name("rule", SMTPERR_KIND_RULE, (int32_t)v->rule);
    put_name("confidence", SMTPERR_KIND_CONFIDENCE, v->confidence);
    put_flag("retry", v->retry);
    put_name("action", SMTPERR_KIND_ACTION, v->action);
    put_name("scope", SMTPERR_KIND_SCOPE, v->scope);
    put_name("party", SMTPERR_KIND_PARTY, v->party);
    (void)printf("\"delay\": %lu, ", (unsigned long)v->delay_seconds);
    put_name("delay_origin", SMTPERR_KIND_ORIGIN, v->delay_origin);
    put_number("retry_after", v->retry_after_seconds);
    put_flag("suppress", v->suppress);
    put_flag("likely_permanent", v->likely_permanent);
    put_flag("outcome_unknown", v->outcome_unknown);
    put_flag("closing", v->closing);
    put_name("decided_by", SMTPERR_KIND_BASIS, v->decided_by);
    put_enhanced("dsn_status", v->dsn_status);
    put_name("dsn_action", SMTPERR_KIND_DSN, v->dsn_action);
    (void)printf("\"sysexit\": %ld, ", (long)v->sysexit);
    put_name("provider", SMTPERR_KIND_PROVIDER, (int32_t)v->provider);
    put_name("blocklist", SMTPERR_KIND_BLOCKLIST, (int32_t)v->blocklist);
    (void)fputs("\"flags\": [", stdout);
    for (flag = INT32_MIN; (flag = smtperr_next(SMTPERR_KIND_FLAG, flag)) != INT32_MIN;)
        if (v->flags & (uint32_t)flag) {
            (void)printf("%s\"%s\"", separator, smtperr_name(SMTPERR_KIND_FLAG, flag));
            separator = ", ";
        }
    (void)fputs("]}\n", stdout);
}

static const char usage[] =
    "usage: mailer [options] --from ADDRESS --to ADDRESS [--to ADDRESS]... HOST[:PORT]... < message\n"
    "  -f, --from ADDRESS        sender; '' for the empty one\n"
    "  -t, --to ADDRESS          a recipient; may be repeated\n"
    "  -m, --message FILE        instead of standard input\n"
    "      --helo NAME           our name, else that of this machine\n"
    "      --user NAME           log in; the password is in the environment variable MAILER_PASSWORD\n"
    "      --cleartext-login     ... even without TLS\n"
    "      --tls WHEN            none, optional, required, or verified (required, and the certificate must be right);\n"
    "                            unless given: verified with --user but not --cleartext-login, optional otherwise\n"
    "      --implicit-tls        TLS from the first byte, as on port 465, instead of STARTTLS\n"
    "      --relay               the hosts are our own relay, not the MX hosts of the recipients\n"
    "      --lmtp                speak LMTP\n"
    "      --at-once N           recipients in one transaction, 1 to 100\n"
    "      --timeout STAGE=SECONDS\n"
    "                            connect, greeting, ehlo, helo, starttls, tls, auth, mail, rcpt, data, body, eod,\n"
    "                            rset, quit or all\n"
    "  -j, --json                the result for each recipient as a line of JSON: all of the verdict\n"
    "  -v, --verbose             show the dialogue on standard error, as smtperr table reads it\n"
    "The hosts are tried in order. Exit status: as in sysexits.h, that of the worst recipient; 0: all are delivered.\n";

/* An address or name goes into a command line as it is: nothing that could end the line or the brackets. */
static int harmless(const char *s, size_t max)
{
    size_t i;

    for (i = 0; s[i] != '\0'; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 127 || s[i] == '<' || s[i] == '>')
            return 0;
        else if ((unsigned char)s[i] > 127)
            mail.utf8_address = 1;
    return i <= max;
}

static int set_timeout(const char *argument)
{
    const char *const equals = strchr(argument, '=');
    const size_t len = equals == NULL ? 0 : (size_t)(equals - argument);
    const int all = len == 3 && strncmp(argument, "all", 3) == 0;
    const int32_t stage = all ? 0 : smtperr_value(SMTPERR_KIND_STAGE, argument, len);
    const double seconds = equals == NULL ? 0 : strtod(equals + 1, NULL);
    int32_t i;

    if (!(seconds > 0 && seconds < 100000) || stage < 0 || stage >= SMTPERR_STAGE_OTHER || (!all && stage == 0))
        return -1;
    for (i = 0; i < SMTPERR_STAGE_OTHER; i++)
        if (all || i == stage) mail.timeouts[i] = (int64_t)(seconds * 1000);
    return 0;
}

/* WHEN of --tls; -1: no such word. */
static int tls_named(const char *word)
{
    static const char *const words[] = {
        [TLS_NONE] = "none", [TLS_OPTIONAL] = "optional", [TLS_REQUIRED] = "required", [TLS_VERIFIED] = "verified"};
    int i;

    for (i = TLS_NONE; i <= TLS_VERIFIED; i++)
        if (strcmp(word, words[i]) == 0) return i;
    return -1;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"from", required_argument, NULL, 'f'},    {"to", required_argument, NULL, 't'},
        {"message", required_argument, NULL, 'm'}, {"helo", required_argument, NULL, 'H'},
        {"user", required_argument, NULL, 'u'},    {"cleartext-login", no_argument, NULL, 'c'},
        {"tls", required_argument, NULL, 'S'},     {"implicit-tls", no_argument, NULL, 'I'},
        {"relay", no_argument, NULL, 'r'},         {"lmtp", no_argument, NULL, 'l'},
        {"at-once", required_argument, NULL, 'n'}, {"timeout", required_argument, NULL, 'T'},
        {"json", no_argument, NULL, 'j'},          {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    char name[256] = "localhost";
    const char *file_name = NULL;
    FILE *file = stdin;
    size_t i;
    int option, tls = -1, bad = 0, json = 0, worst = 0, status = 0;

    (void)signal(SIGPIPE, SIG_IGN); /* EPIPE tells it */
    mail.recipients = calloc((size_t)argc, sizeof *mail.recipients);
    if (mail.recipients == NULL) return EX_OSERR;
    while ((option = getopt_long(argc, argv, "f:t:m:jvh", options, NULL)) != -1)
        switch (option) {
        case 'f':
            mail.sender = optarg;
            bad |= !harmless(optarg, ADDRESS_MAX);
            break;
        case 't':
            mail.recipients[mail.recipient_count++].address = optarg;
            bad |= !*optarg || !harmless(optarg, ADDRESS_MAX);
            break;
        case 'm':
            file_name = optarg;
            break;
        case 'H':
            mail.helo_name = optarg;
            bad |= !*optarg || !harmless(optarg, 255);
            break;
        case 'u':
            mail.user = optarg;
            mail.password = getenv("MAILER_PASSWORD");
            break;
        case 'c':
            mail.cleartext_login = 1;
            break;
        case 'S':
            tls = tls_named(optarg);
            bad |= tls < 0;
            break;
        case 'I':
            mail.implicit_tls = 1;
            break;
        case 'r':
            mail.relay = 1;
            break;
        case 'l':
            mail.lmtp = 1;
            break;
        case 'n':
            mail.at_once = (size_t)strtoul(optarg, NULL, 10);
            break;
        case 'T':
            bad |= set_timeout(optarg) != 0;
            break;
        case 'j':
            json = 1;
            break;
        case 'v':
            mail.verbose = 1;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            return EX_OK;
        default:
            bad = 1;
            break;
        }
    /* A password asks for a server that has shown who it is (RFC 8314, RFC 7817). */
    mail.tls = tls >= 0 ? (enum tls)tls : mail.user != NULL && !mail.cleartext_login ? TLS_VERIFIED : TLS_OPTIONAL;
    bad |= mail.tls == TLS_NONE && smtp_needs_tls(&mail);
    if (bad || mail.sender == NULL || mail.recipient_count == 0 || optind >= argc || mail.at_once < 1 ||
        mail.at_once > RECIPIENTS_MAX ||
        (mail.user != NULL && (mail.password == NULL || strlen(mail.user) + strlen(mail.password) > LOGIN_MAX))) {
        (void)fputs(usage, stderr);
        return EX_USAGE;
    }
    if (!stream_has_tls()) {
        if (tls > TLS_NONE || smtp_needs_tls(&mail))
            (void)fprintf(stderr, "mailer: this program was built without TLS (it needs OpenSSL)%s\n",
                          smtp_needs_tls(&mail) ? "" : ", and goes on in the clear");
        if (smtp_needs_tls(&mail)) return EX_UNAVAILABLE;
        mail.tls = TLS_NONE;
    }
    if (mail.helo_name == NULL) {
        (void)gethostname(name, sizeof name - 1);
        mail.helo_name = name;
    }
    if ((file_name != NULL && (file = fopen(file_name, "rb")) == NULL) || read_message(file) != 0) {
        (void)fprintf(stderr, "mailer: the message cannot be read: %s\n", strerror(errno));
        return EX_NOINPUT;
    }

    for (; optind < argc; optind++)
        smtp_deliver(&mail, argv[optind]);

    for (i = 0; i < mail.recipient_count; i++) {
        json ? report_json(&mail.recipients[i]) : report(&mail.recipients[i]);
        if (fate(&mail.recipients[i]) > worst) {
            worst = fate(&mail.recipients[i]);
            status = mail.recipients[i].answer.verdict.sysexit;
        }
    }
    if (file != stdin) (void)fclose(file);
    free(mail.recipients);
    free(mail.text);
    return status;
}
