/* SPDX-License-Identifier: MIT
 *
 * Words and numbers: the frozen vocabulary that integrators keep in their databases, the lists for bindings, the
 * sentences.
 */
#include "check.h"

typedef struct {
    int32_t value, frozen;
    const char *name;
} word;

static void check_words(int32_t kind, const word *words, size_t count)
{
    int32_t value = INT32_MIN;
    size_t listed = 0;
    size_t i;
    for (i = 0; i < count; i++) {
        CHECK(words[i].value == words[i].frozen, "%s is %d, not %d", words[i].name, (int)words[i].value,
              (int)words[i].frozen);
        CHECK(strcmp(smtperr_name(kind, words[i].value), words[i].name) == 0, "%d: got '%s', wanted '%s'",
              (int)words[i].value, smtperr_name(kind, words[i].value), words[i].name);
        CHECK(smtperr_value(kind, words[i].name, strlen(words[i].name)) == words[i].value, "%s", words[i].name);
        CHECK(smtperr_describe(kind, words[i].value, 0, SMTPERR_SAY_WHAT)[0] != '\0', "%s is not described",
              words[i].name);
    }
    while ((value = smtperr_next(kind, value)) != INT32_MIN) {
        listed++;
    }
    CHECK(listed == count, "kind %d lists %u words, wanted %u", (int)kind, (unsigned)listed, (unsigned)count);
    check_end();
}

static void stages(void **state)
{
    static const word words[] = {
        {SMTPERR_STAGE_UNKNOWN, 0, "unknown"},   {SMTPERR_STAGE_CONNECT, 1, "connect"},
        {SMTPERR_STAGE_GREETING, 2, "greeting"}, {SMTPERR_STAGE_EHLO, 3, "ehlo"},
        {SMTPERR_STAGE_HELO, 4, "helo"},         {SMTPERR_STAGE_STARTTLS, 5, "starttls"},
        {SMTPERR_STAGE_TLS, 6, "tls"},           {SMTPERR_STAGE_AUTH, 7, "auth"},
        {SMTPERR_STAGE_MAIL, 8, "mail"},         {SMTPERR_STAGE_RCPT, 9, "rcpt"},
        {SMTPERR_STAGE_DATA, 10, "data"},        {SMTPERR_STAGE_BODY, 11, "body"},
        {SMTPERR_STAGE_EOD, 12, "eod"},          {SMTPERR_STAGE_RSET, 13, "rset"},
        {SMTPERR_STAGE_QUIT, 14, "quit"},        {SMTPERR_STAGE_OTHER, 15, "other"},
    };
    (void)state;
    check_words(SMTPERR_KIND_STAGE, words, COUNT(words));
}

static void categories(void **state)
{
    static const word words[] = {
        {SMTPERR_CATEGORY_UNKNOWN, 0, "unknown"},
        {SMTPERR_CATEGORY_OK, 1, "ok"},
        {SMTPERR_CATEGORY_CONTINUE, 2, "continue"},
        {SMTPERR_CATEGORY_MAILBOX_UNKNOWN, 3, "mailbox-unknown"},
        {SMTPERR_CATEGORY_MAILBOX_DISABLED, 4, "mailbox-disabled"},
        {SMTPERR_CATEGORY_MAILBOX_FULL, 5, "mailbox-full"},
        {SMTPERR_CATEGORY_MAILBOX_MOVED, 6, "mailbox-moved"},
        {SMTPERR_CATEGORY_MAILBOX_BUSY, 7, "mailbox-busy"},
        {SMTPERR_CATEGORY_RECIPIENT_RESTRICTED, 8, "recipient-restricted"},
        {SMTPERR_CATEGORY_RECIPIENT_RATE_LIMITED, 9, "recipient-rate-limited"},
        {SMTPERR_CATEGORY_ADDRESS_INVALID, 10, "address-invalid"},
        {SMTPERR_CATEGORY_DOMAIN_UNKNOWN, 11, "domain-unknown"},
        {SMTPERR_CATEGORY_DOMAIN_NO_MAIL, 12, "domain-no-mail"},
        {SMTPERR_CATEGORY_RELAY_DENIED, 13, "relay-denied"},
        {SMTPERR_CATEGORY_ROUTING, 14, "routing"},
        {SMTPERR_CATEGORY_SERVER_UNAVAILABLE, 15, "server-unavailable"},
        {SMTPERR_CATEGORY_SERVER_FULL, 16, "server-full"},
        {SMTPERR_CATEGORY_NETWORK, 17, "network"},
        {SMTPERR_CATEGORY_GREYLISTED, 18, "greylisted"},
        {SMTPERR_CATEGORY_RATE_LIMITED, 19, "rate-limited"},
        {SMTPERR_CATEGORY_TOO_MANY_RECIPIENTS, 20, "too-many-recipients"},
        {SMTPERR_CATEGORY_MESSAGE_TOO_LARGE, 21, "message-too-large"},
        {SMTPERR_CATEGORY_SPAM_CONTENT, 22, "spam-content"},
        {SMTPERR_CATEGORY_MALWARE, 23, "malware"},
        {SMTPERR_CATEGORY_ATTACHMENT_BLOCKED, 24, "attachment-blocked"},
        {SMTPERR_CATEGORY_MESSAGE_MALFORMED, 25, "message-malformed"},
        {SMTPERR_CATEGORY_MESSAGE_EXPIRED, 26, "message-expired"},
        {SMTPERR_CATEGORY_IP_BLOCKED, 27, "ip-blocked"},
        {SMTPERR_CATEGORY_DOMAIN_BLOCKED, 28, "domain-blocked"},
        {SMTPERR_CATEGORY_GEO_BLOCKED, 29, "geo-blocked"},
        {SMTPERR_CATEGORY_SENDER_REJECTED, 30, "sender-rejected"},
        {SMTPERR_CATEGORY_SENDER_UNAUTHENTICATED, 31, "sender-unauthenticated"},
        {SMTPERR_CATEGORY_REVERSE_DNS, 32, "reverse-dns"},
        {SMTPERR_CATEGORY_POLICY, 33, "policy"},
        {SMTPERR_CATEGORY_CREDENTIALS, 34, "credentials"},
        {SMTPERR_CATEGORY_TLS, 35, "tls"},
        {SMTPERR_CATEGORY_PROTOCOL_ERROR, 36, "protocol-error"},
        {SMTPERR_CATEGORY_NOT_SUPPORTED, 37, "not-supported"},
    };
    (void)state;
    check_words(SMTPERR_KIND_CATEGORY, words, COUNT(words));
}

static void actions(void **state)
{
    static const word words[] = {
        {SMTPERR_ACTION_PROCEED, 1, "proceed"},
        {SMTPERR_ACTION_BOUNCE, 2, "bounce"},
        {SMTPERR_ACTION_RETRY_LATER, 3, "retry-later"},
        {SMTPERR_ACTION_RETRY_OTHER_HOST, 4, "retry-other-host"},
        {SMTPERR_ACTION_RETRY_WITHOUT_TLS, 5, "retry-without-tls"},
        {SMTPERR_ACTION_SAY_HELO, 6, "say-helo"},
        {SMTPERR_ACTION_NEW_TRANSACTION, 7, "new-transaction"},
        {SMTPERR_ACTION_RECONNECT, 8, "reconnect"},
        {SMTPERR_ACTION_HOLD, 9, "hold"},
    };
    (void)state;
    check_words(SMTPERR_KIND_ACTION, words, COUNT(words));
}

static void scopes(void **state)
{
    static const word words[] = {
        {SMTPERR_SCOPE_RECIPIENT, 1, "recipient"}, {SMTPERR_SCOPE_TRANSACTION, 2, "transaction"},
        {SMTPERR_SCOPE_SESSION, 3, "session"},     {SMTPERR_SCOPE_HOST, 4, "host"},
        {SMTPERR_SCOPE_SOURCE, 5, "source"},       {SMTPERR_SCOPE_DESTINATION, 6, "destination"},
        {SMTPERR_SCOPE_ACCOUNT, 7, "account"},     {SMTPERR_SCOPE_SENDER, 8, "sender"},
        {SMTPERR_SCOPE_LOCAL, 9, "local"},
    };
    (void)state;
    check_words(SMTPERR_KIND_SCOPE, words, COUNT(words));
}

static void parties(void **state)
{
    static const word words[] = {
        {SMTPERR_PARTY_NOBODY, 0, "nobody"},
        {SMTPERR_PARTY_AUTHOR, 1, "author"},
        {SMTPERR_PARTY_OUR_POSTMASTER, 2, "our-postmaster"},
        {SMTPERR_PARTY_RECIPIENT, 3, "recipient"},
        {SMTPERR_PARTY_THEIR_POSTMASTER, 4, "their-postmaster"},
    };
    (void)state;
    check_words(SMTPERR_KIND_PARTY, words, COUNT(words));
}

static void bases(void **state)
{
    static const word words[] = {
        {SMTPERR_BASIS_TEXT, 1, "text"},   {SMTPERR_BASIS_ENHANCED, 2, "enhanced"}, {SMTPERR_BASIS_CODE, 3, "code"},
        {SMTPERR_BASIS_STAGE, 4, "stage"}, {SMTPERR_BASIS_LOCAL, 5, "local"},       {SMTPERR_BASIS_POLICY, 6, "policy"},
    };
    (void)state;
    check_words(SMTPERR_KIND_BASIS, words, COUNT(words));
}

static void confidences(void **state)
{
    static const word words[] = {
        {SMTPERR_CONFIDENCE_LOW, 1, "low"},
        {SMTPERR_CONFIDENCE_MEDIUM, 2, "medium"},
        {SMTPERR_CONFIDENCE_HIGH, 3, "high"},
    };
    (void)state;
    check_words(SMTPERR_KIND_CONFIDENCE, words, COUNT(words));
}

static void origins(void **state)
{
    static const word words[] = {
        {SMTPERR_ORIGIN_NONE, 0, "none"},
        {SMTPERR_ORIGIN_DEFAULT, 1, "default"},
        {SMTPERR_ORIGIN_SERVER, 2, "server"},
    };
    (void)state;
    check_words(SMTPERR_KIND_ORIGIN, words, COUNT(words));
}

static void dsn_actions(void **state)
{
    static const word words[] = {
        {SMTPERR_DSN_NONE, 0, "none"},
        {SMTPERR_DSN_FAILED, 1, "failed"},
        {SMTPERR_DSN_DELAYED, 2, "delayed"},
        {SMTPERR_DSN_RELAYED, 3, "relayed"},
    };
    (void)state;
    check_words(SMTPERR_KIND_DSN, words, COUNT(words));
}

static void statuses(void **state)
{
    static const word words[] = {
        {SMTPERR_ERR_INCOMPLETE, -5, "incomplete"},
        {SMTPERR_ERR_REPLY_TOO_LONG, -4, "reply-too-long"},
        {SMTPERR_ERR_LINE_TOO_LONG, -3, "line-too-long"},
        {SMTPERR_ERR_SYNTAX, -2, "syntax"},
        {SMTPERR_ERR_MISUSE, -1, "misuse"},
        {SMTPERR_NONE, 0, "none"},
        {SMTPERR_REPLY, 1, "reply"},
    };
    (void)state;
    check_words(SMTPERR_KIND_STATUS, words, COUNT(words));
}

static void flags(void **state)
{
    static const word words[] = {
        {SMTPERR_FLAG_BARE_CODE, 0x0001, "bare-code"},
        {SMTPERR_FLAG_BARE_LF, 0x0002, "bare-lf"},
        {SMTPERR_FLAG_CONTROL, 0x0004, "control"},
        {SMTPERR_FLAG_EIGHTBIT, 0x0008, "eightbit"},
        {SMTPERR_FLAG_TEXT_TRUNCATED, 0x0010, "text-truncated"},
        {SMTPERR_FLAG_MIXED_CODES, 0x0020, "mixed-codes"},
        {SMTPERR_FLAG_ESC_MISMATCH, 0x0040, "esc-mismatch"},
        {SMTPERR_FLAG_BLANK_BEFORE, 0x0080, "blank-before"},
        {SMTPERR_FLAG_ODD_CODE, 0x0100, "odd-code"},
        {SMTPERR_FLAG_ODD_SUCCESS, 0x0200, "odd-success"},
        {SMTPERR_FLAG_MIXED_ESC, 0x0400, "mixed-esc"},
        {SMTPERR_FLAG_LEFTOVER, 0x0800, "leftover"},
        {SMTPERR_FLAG_UNENDED, 0x1000, "unended"},
        {SMTPERR_FLAG_STAGE_FROM_TEXT, 0x2000, "stage-from-text"},
        {SMTPERR_FLAG_REPEATS_RCPT, 0x4000, "repeats-rcpt"},
        {SMTPERR_FLAG_PERMANENT, 0x8000, "permanent"},
        {SMTPERR_FLAG_TEMPORARY, 0x10000, "temporary"},
        {SMTPERR_FLAG_LIKELY_PERMANENT, 0x20000, "likely-permanent"},
        {SMTPERR_FLAG_OUR_ACCOUNT, 0x40000, "our-account"},
        {SMTPERR_FLAG_TLS_REQUIRED, 0x80000, "tls-required"},
    };
    (void)state;
    check_words(SMTPERR_KIND_FLAG, words, COUNT(words));
}

static void roles_shapes_and_lists(void **state)
{
    static const word roles[] = {{SMTPERR_ROLE_UNKNOWN, 0, "unknown"},
                                 {SMTPERR_ROLE_MX, 1, "mx"},
                                 {SMTPERR_ROLE_SUBMISSION, 2, "submission"},
                                 {SMTPERR_ROLE_RELAY, 3, "relay"}};
    static const word shapes[] = {{SMTPERR_SHAPE_WIRE, 0, "wire"}, {SMTPERR_SHAPE_TEXT, 1, "text"}};
    static const word context[] = {{SMTPERR_CONTEXT_TLS_OPTIONAL, 1, "tls-optional"},
                                   {SMTPERR_CONTEXT_TLS_REQUIRED, 2, "tls-required"},
                                   {SMTPERR_CONTEXT_IN_CLEAR, 4, "in-clear"},
                                   {SMTPERR_CONTEXT_AUTHENTICATED, 8, "authenticated"},
                                   {SMTPERR_CONTEXT_LMTP, 16, "lmtp"},
                                   {SMTPERR_CONTEXT_REFUSED_ALONE, 32, "refused-alone"},
                                   {SMTPERR_CONTEXT_RECIPIENTS_COUNTED, 64, "recipients-counted"},
                                   {SMTPERR_CONTEXT_RECONNECTED, 128, "reconnected"}};
    static const word numbers[] = {{SMTPERR_NUMBER_ERRNO, 1, "errno"},
                                   {SMTPERR_NUMBER_GETADDRINFO, 2, "getaddrinfo"},
                                   {SMTPERR_NUMBER_H_ERRNO, 3, "h-errno"},
                                   {SMTPERR_NUMBER_DNS_RCODE, 4, "dns-rcode"},
                                   {SMTPERR_NUMBER_TLS_ALERT, 5, "tls-alert"},
                                   {SMTPERR_NUMBER_X509, 6, "x509"},
                                   {SMTPERR_NUMBER_OPENSSL, 7, "openssl"}};
    static const word matches[] = {{SMTPERR_MATCH_LOST, 0, "lost"},
                                   {SMTPERR_MATCH_WON, 1, "won"},
                                   {SMTPERR_MATCH_VETOED, 2, "vetoed"}};
    static const word ranks[] = {{SMTPERR_RANK_BOILERPLATE, 0, "boilerplate"},
                                 {SMTPERR_RANK_MEASURE, 1, "measure"},
                                 {SMTPERR_RANK_CAUSE, 2, "cause"}};
    (void)state;
    check_words(SMTPERR_KIND_ROLE, roles, COUNT(roles));
    check_words(SMTPERR_KIND_SHAPE, shapes, COUNT(shapes));
    check_words(SMTPERR_KIND_CONTEXT, context, COUNT(context));
    check_words(SMTPERR_KIND_NUMBER, numbers, COUNT(numbers));
    check_words(SMTPERR_KIND_MATCH, matches, COUNT(matches));
    check_words(SMTPERR_KIND_RANK, ranks, COUNT(ranks));
}

/* ---- Every kind. ---- */

static void every_list_rises_and_ends(void **state)
{
    int32_t kind;
    (void)state;
    for (kind = SMTPERR_KIND_CODE; kind <= SMTPERR_KIND_KIND; kind++) {
        int32_t value = smtperr_next(kind, INT32_MIN);
        int32_t last = INT32_MIN;
        int count = 0;
        CHECK(value != INT32_MIN, "kind %d has no words", (int)kind);
        while (value != INT32_MIN && count < 100000) {
            CHECK(value > last, "kind %d: %d after %d", (int)kind, (int)value, (int)last);
            CHECK(last == INT32_MIN || value == last + 1 || smtperr_next(kind, value - 1) == value,
                  "kind %d: %d is not next to %d", (int)kind, (int)value, (int)value - 1);
            last = value;
            value = smtperr_next(kind, value);
            count++;
        }
        CHECK(smtperr_next(kind, INT32_MAX) == INT32_MIN, "kind %d goes on", (int)kind);
        CHECK(smtperr_next(kind, INT32_MAX - 1) == INT32_MIN, "kind %d goes on", (int)kind);
    }
    for (kind = -2; kind <= SMTPERR_KIND_KIND + 3; kind++) {
        if (kind < SMTPERR_KIND_CODE || kind > SMTPERR_KIND_KIND) {
            CHECK(smtperr_next(kind, INT32_MIN) == INT32_MIN, "kind %d", (int)kind);
        }
    }
    check_end();
}

static void every_name_leads_back_to_its_value(void **state)
{
    int32_t kind;
    (void)state;
    for (kind = SMTPERR_KIND_CODE; kind <= SMTPERR_KIND_KIND; kind++) {
        int32_t value = INT32_MIN;
        while ((value = smtperr_next(kind, value)) != INT32_MIN) {
            const char *name = smtperr_name(kind, value);
            char upper[100];
            size_t i;
            CHECK(name[0] != '\0' && strlen(name) < sizeof upper, "kind %d, %d has no name", (int)kind, (int)value);
            CHECK(smtperr_value(kind, name, strlen(name)) == value, "kind %d: %s is %d, not %d", (int)kind, name,
                  (int)smtperr_value(kind, name, strlen(name)), (int)value);
            for (i = 0; name[i] != '\0' && i + 1 < sizeof upper; i++) { /* in any case, and not NUL-terminated */
                upper[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
            }
            CHECK(smtperr_value(kind, upper, i) == value, "kind %d: %s in capitals", (int)kind, name);
            CHECK(smtperr_value(kind, name, strlen(name) - 1) != value, "kind %d: %s cut", (int)kind, name);
        }
    }
    check_end();
}

static void names_of_codes_and_enhanced_codes(void **state)
{
    (void)state;
    CHECK(strcmp(smtperr_name(SMTPERR_KIND_CODE, 450), "450") == 0, "450: '%s'", smtperr_name(SMTPERR_KIND_CODE, 450));
    CHECK(smtperr_value(SMTPERR_KIND_CODE, BYTES("450")) == 450, "450");
    CHECK(smtperr_value(SMTPERR_KIND_CODE, BYTES("45")) == INT32_MIN, "45");
    CHECK(smtperr_value(SMTPERR_KIND_CODE, BYTES("4500")) == INT32_MIN, "4500");
    CHECK(smtperr_next(SMTPERR_KIND_ENHANCED, 1007000) == 1007001, "X.7.1 is listed as class 1");
    check_end();
}

static void every_category_code_and_failure_is_described(void **state)
{
    static const int32_t kinds[] = {SMTPERR_KIND_CATEGORY, SMTPERR_KIND_CODE, SMTPERR_KIND_ENHANCED, SMTPERR_KIND_FAILURE, SMTPERR_KIND_RULE};
    static const int32_t says[] = {SMTPERR_SAY_TITLE, SMTPERR_SAY_WHAT, SMTPERR_SAY_CAUSE, SMTPERR_SAY_FIX,
                                   SMTPERR_SAY_SOURCE};
    size_t i, j;
    (void)state;
    for (i = 0; i < COUNT(kinds); i++) {
        int32_t value = INT32_MIN;
        while ((value = smtperr_next(kinds[i], value)) != INT32_MIN) {
            for (j = 0; j < COUNT(says); j++) {
                const char *words = smtperr_describe(kinds[i], value, SMTPERR_STAGE_UNKNOWN, says[j]);
                CHECK(words[0] != '\0', "kind %d, %s, say %d", (int)kinds[i], smtperr_name(kinds[i], value),
                      (int)says[j]);
                CHECK(strlen(words) <= 1000, "kind %d, %s, say %d: %u bytes", (int)kinds[i],
                      smtperr_name(kinds[i], value), (int)says[j], (unsigned)strlen(words));
            }
        }
    }
    check_end();
}

/* A code means different things at different stages, and what it means is told. */
static void the_stage_matters_for_codes(void **state)
{
    int32_t code;
    (void)state;
    CHECK(strcmp(smtperr_describe(SMTPERR_KIND_CODE, 552, SMTPERR_STAGE_RCPT, SMTPERR_SAY_TITLE),
                 smtperr_describe(SMTPERR_KIND_CODE, 552, SMTPERR_STAGE_EOD, SMTPERR_SAY_TITLE)) != 0,
          "552 at rcpt and eod");
    CHECK(strcmp(smtperr_describe(SMTPERR_KIND_CODE, 454, SMTPERR_STAGE_STARTTLS, SMTPERR_SAY_TITLE),
                 smtperr_describe(SMTPERR_KIND_CODE, 454, SMTPERR_STAGE_AUTH, SMTPERR_SAY_TITLE)) != 0,
          "454 at starttls and auth");
    CHECK(strcmp(smtperr_describe(SMTPERR_KIND_ENHANCED, 5007000, SMTPERR_STAGE_AUTH, SMTPERR_SAY_TITLE),
                 smtperr_describe(SMTPERR_KIND_ENHANCED, 5007000, SMTPERR_STAGE_RCPT, SMTPERR_SAY_TITLE)) != 0,
          "5.7.0 at auth and rcpt");
    for (code = 200; code <= 599; code++) {
        CHECK(strcmp(smtperr_describe(SMTPERR_KIND_CODE, code, SMTPERR_STAGE_CONNECT, SMTPERR_SAY_WHAT),
                     smtperr_describe(SMTPERR_KIND_CODE, code, SMTPERR_STAGE_GREETING, SMTPERR_SAY_WHAT)) == 0,
              "%d: connect counts as greeting", (int)code);
    }
    check_end();
}

/* 4.2: codes that nobody listed, too, by their class. */
static void every_code_has_words_at_every_stage(void **state)
{
    int32_t stage;
    (void)state;
    for (stage = SMTPERR_STAGE_OTHER; stage >= 0; stage--) {
        int32_t code;
        for (code = 200; code <= 599; code += code % 100 == 2 ? 97 : 1) {
            CHECK(smtperr_describe(SMTPERR_KIND_CODE, code, stage, SMTPERR_SAY_TITLE)[0] != '\0', "%d at %d", (int)code,
                  (int)stage);
            CHECK(smtperr_describe(SMTPERR_KIND_CODE, code, stage, SMTPERR_SAY_FIX)[0] != '\0', "%d at %d", (int)code,
                  (int)stage);
        }
    }
    check_end();
}

/* Hostile row 36. */
static void unknown_values_give_an_empty_string(void **state)
{
    static const int32_t values[] = {INT32_MIN, INT32_MIN + 1, -100, 700, 999, 1000, 65535, 6000000, INT32_MAX};
    static const int32_t numbers[] = {-1, 0, 199, 600, 65535, -65536, INT32_MAX, INT32_MIN};
    int32_t kind, say;
    size_t i;
    (void)state;
    for (kind = -1; kind <= 16; kind++) {
        for (i = 0; i < COUNT(values); i++) {
            CHECK(smtperr_name(kind, values[i])[0] == '\0', "kind %d, %d: '%s'", (int)kind, (int)values[i],
                  smtperr_name(kind, values[i]));
            for (say = -1; say <= 7; say++) {
                CHECK(smtperr_describe(kind, values[i], 0, say)[0] == '\0', "kind %d, %d: '%s'", (int)kind,
                      (int)values[i], smtperr_describe(kind, values[i], 0, say));
            }
        }
        CHECK(smtperr_value(kind, BYTES("no-such-name")) == INT32_MIN, "kind %d", (int)kind);
        CHECK(smtperr_value(kind, NULL, 0) == INT32_MIN, "kind %d", (int)kind);
        CHECK(smtperr_value(kind, NULL, 5) == INT32_MIN, "kind %d", (int)kind);
        CHECK(smtperr_value(kind, BYTES("")) == INT32_MIN, "kind %d", (int)kind);
        CHECK(smtperr_value(kind, "rcpt\0", 5) == INT32_MIN, "kind %d: a NUL in the name", (int)kind);
    }
    for (i = 0; i < COUNT(numbers); i++) { /* class text or nothing, and no read out of range (sanitizers) */
        int32_t stage;
        for (stage = -1; stage <= 17; stage++) {
            (void)smtperr_describe(SMTPERR_KIND_CODE, numbers[i], stage, SMTPERR_SAY_WHAT);
            (void)smtperr_describe(SMTPERR_KIND_ENHANCED, numbers[i], stage, SMTPERR_SAY_WHAT);
            CHECK(smtperr_name(SMTPERR_KIND_CODE, numbers[i]) != NULL, "NULL");
        }
    }
    CHECK(smtperr_describe(SMTPERR_KIND_CODE, 450, INT32_MAX, SMTPERR_SAY_WHAT) != NULL, "stage");
    CHECK(smtperr_describe(SMTPERR_KIND_CODE, 450, INT32_MIN, SMTPERR_SAY_WHAT) != NULL, "stage");
    CHECK(smtperr_describe(SMTPERR_KIND_ENHANCED, 5999999, 0, SMTPERR_SAY_WHAT)[0] != '\0',
          "5.999.999 is a permanent failure");
    CHECK(smtperr_describe(SMTPERR_KIND_ENHANCED, 4999999, 0, SMTPERR_SAY_WHAT)[0] != '\0',
          "4.999.999 is a passing failure");
    check_end();
}

static void versions(void **state)
{
    unsigned major, minor, patch;
    const uint32_t data = smtperr_data_version();
    (void)state;
    CHECK(smtperr_version_number() == SMTPERR_VERSION_NUMBER, "another library");
    assert_int_equal(sscanf(SMTPERR_VERSION, "%u.%u.%u", &major, &minor, &patch), 3);
    CHECK(SMTPERR_VERSION_NUMBER == (major << 16 | minor << 8 | patch), "the macros differ");
    CHECK(data >= 2020010100U && data <= 2099123199U && data / 10000 % 100 >= 1 && data / 10000 % 100 <= 12 &&
              data / 100 % 100 >= 1 && data / 100 % 100 <= 31,
          "%u is no YYYYMMDDNN", data);
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages),
        cmocka_unit_test(categories),
        cmocka_unit_test(actions),
        cmocka_unit_test(scopes),
        cmocka_unit_test(parties),
        cmocka_unit_test(bases),
        cmocka_unit_test(confidences),
        cmocka_unit_test(origins),
        cmocka_unit_test(dsn_actions),
        cmocka_unit_test(statuses),
        cmocka_unit_test(flags),
        cmocka_unit_test(roles_shapes_and_lists),
        cmocka_unit_test(every_list_rises_and_ends),
        cmocka_unit_test(every_name_leads_back_to_its_value),
        cmocka_unit_test(names_of_codes_and_enhanced_codes),
        cmocka_unit_test(every_category_code_and_failure_is_described),
        cmocka_unit_test(the_stage_matters_for_codes),
        cmocka_unit_test(every_code_has_words_at_every_stage),
        cmocka_unit_test(unknown_values_give_an_empty_string),
        cmocka_unit_test(versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
