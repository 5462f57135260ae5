/* SPDX-License-Identifier: MIT
 *
 * Failures without a reply: from the numbers of errno.h, netdb.h, Winsock, DNS, TLS and OpenSSL to ours, to their names
 * and back, and what each is judged to be.
 */
#define _GNU_SOURCE /* EAI_NODATA and its like */
#include "check.h"

#include <errno.h>
#if !defined(_WIN32)
#include <netdb.h>
#endif

typedef struct {
    int32_t list, number;
    const char *name;
} known;

static void check_known(const known *rows, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        const int32_t got = smtperr_failure_from(rows[i].list, rows[i].number);
        CHECK(strcmp(smtperr_name(SMTPERR_KIND_FAILURE, got), rows[i].name) == 0,
              "list %d, number %d: got %d = %s, wanted %s", (int)rows[i].list, (int)rows[i].number, (int)got,
              smtperr_name(SMTPERR_KIND_FAILURE, got), rows[i].name);
    }
    check_end();
}

static void errno_of_this_platform(void **state)
{
#define ROW_OF(name)                                                                                                   \
    {                                                                                                                  \
        SMTPERR_NUMBER_ERRNO, name, #name                                                                              \
    }
    static const known rows[] = {
        ROW_OF(ECONNREFUSED),
        ROW_OF(ETIMEDOUT),
        ROW_OF(ENETUNREACH),
        ROW_OF(EHOSTUNREACH),
        ROW_OF(ECONNRESET),
        ROW_OF(ECONNABORTED),
        ROW_OF(EPIPE),
        ROW_OF(ENOTCONN),
        ROW_OF(EACCES),
        ROW_OF(EPERM),
        ROW_OF(EADDRINUSE),
        ROW_OF(EADDRNOTAVAIL),
        ROW_OF(EAFNOSUPPORT),
        ROW_OF(EAGAIN),
        ROW_OF(EINPROGRESS),
        ROW_OF(EALREADY),
        ROW_OF(EINTR),
        ROW_OF(EMFILE),
        ROW_OF(ENFILE),
        ROW_OF(ENOBUFS),
        ROW_OF(ENOMEM),
        ROW_OF(ENOSPC),
        ROW_OF(EIO),
        ROW_OF(EROFS),
        ROW_OF(EMSGSIZE),
        ROW_OF(ENETDOWN),
        ROW_OF(ENETRESET),
#if defined(EHOSTDOWN)
        ROW_OF(EHOSTDOWN),
#endif
#if defined(ESHUTDOWN)
        ROW_OF(ESHUTDOWN),
#endif
#if defined(EDQUOT)
        ROW_OF(EDQUOT),
#endif
    };
    (void)state;
    check_known(rows, COUNT(rows));
}

static void winsock_everywhere(void **state)
{
    static const known rows[] = {
        {SMTPERR_NUMBER_ERRNO, 10061, "ECONNREFUSED"},     {SMTPERR_NUMBER_ERRNO, 10060, "ETIMEDOUT"},
        {SMTPERR_NUMBER_ERRNO, 10051, "ENETUNREACH"},      {SMTPERR_NUMBER_ERRNO, 10065, "EHOSTUNREACH"},
        {SMTPERR_NUMBER_ERRNO, 10054, "ECONNRESET"},       {SMTPERR_NUMBER_ERRNO, 10053, "ECONNABORTED"},
        {SMTPERR_NUMBER_ERRNO, 10013, "EACCES"},           {SMTPERR_NUMBER_ERRNO, 10048, "EADDRINUSE"},
        {SMTPERR_NUMBER_ERRNO, 10055, "ENOBUFS"},          {SMTPERR_NUMBER_ERRNO, 10024, "EMFILE"},
        {SMTPERR_NUMBER_GETADDRINFO, 11001, "EAI_NONAME"}, {SMTPERR_NUMBER_GETADDRINFO, 11002, "EAI_AGAIN"},
    };
    (void)state;
    check_known(rows, COUNT(rows));
}

static void getaddrinfo_of_this_platform(void **state)
{
#if !defined(_WIN32)
#define GAI(name)                                                                                                      \
    {                                                                                                                  \
        SMTPERR_NUMBER_GETADDRINFO, name, #name                                                                        \
    }
    static const known rows[] = {
        GAI(EAI_AGAIN),
        GAI(EAI_NONAME),
        GAI(EAI_FAIL),
        GAI(EAI_FAMILY),
        GAI(EAI_SERVICE),
        GAI(EAI_SOCKTYPE),
        GAI(EAI_BADFLAGS),
        GAI(EAI_MEMORY),
        GAI(EAI_SYSTEM),
        GAI(EAI_OVERFLOW),
#if defined(EAI_NODATA)
        GAI(EAI_NODATA),
#endif
#if defined(EAI_ADDRFAMILY)
        GAI(EAI_ADDRFAMILY),
#endif
#if defined(EAI_IDN_ENCODE)
        GAI(EAI_IDN_ENCODE),
#endif
    };
    check_known(rows, COUNT(rows));
#endif
    (void)state;
}

static void numbers_of_h_errno(void **state)
{
    static const known rows[] = {
        {SMTPERR_NUMBER_H_ERRNO, 1, "HOST_NOT_FOUND"},
        {SMTPERR_NUMBER_H_ERRNO, 2, "TRY_AGAIN"},
        {SMTPERR_NUMBER_H_ERRNO, 3, "NO_RECOVERY"},
        {SMTPERR_NUMBER_H_ERRNO, 4, "NO_DATA"},
    };
    (void)state;
    check_known(rows, COUNT(rows));
}

static void dns(void **state)
{
    static const known rows[] = {
        {SMTPERR_NUMBER_DNS_RCODE, 0, "NODATA"},   {SMTPERR_NUMBER_DNS_RCODE, 1, "FORMERR"},
        {SMTPERR_NUMBER_DNS_RCODE, 2, "SERVFAIL"}, {SMTPERR_NUMBER_DNS_RCODE, 3, "NXDOMAIN"},
        {SMTPERR_NUMBER_DNS_RCODE, 4, "NOTIMP"},   {SMTPERR_NUMBER_DNS_RCODE, 5, "REFUSED"},
    };
    (void)state;
    CHECK(smtperr_failure_from(SMTPERR_NUMBER_DNS_RCODE, 3) == SMTPERR_FAILURE_DOMAIN_NOT_FOUND, "NXDOMAIN");
    CHECK(smtperr_failure_from(SMTPERR_NUMBER_DNS_RCODE, 0) == SMTPERR_FAILURE_DOMAIN_NO_RECORDS, "NODATA");
    check_known(rows, COUNT(rows));
}

/* RFC 8446 6; certificate_required and no_application_protocol among them */
static void tls_alerts(void **state)
{
    static const known rows[] = {
        {SMTPERR_NUMBER_TLS_ALERT, 0, "alert-close-notify"},
        {SMTPERR_NUMBER_TLS_ALERT, 10, "alert-unexpected-message"},
        {SMTPERR_NUMBER_TLS_ALERT, 20, "alert-bad-record-mac"},
        {SMTPERR_NUMBER_TLS_ALERT, 40, "alert-handshake-failure"},
        {SMTPERR_NUMBER_TLS_ALERT, 42, "alert-bad-certificate"},
        {SMTPERR_NUMBER_TLS_ALERT, 45, "alert-certificate-expired"},
        {SMTPERR_NUMBER_TLS_ALERT, 46, "alert-certificate-unknown"},
        {SMTPERR_NUMBER_TLS_ALERT, 47, "alert-illegal-parameter"},
        {SMTPERR_NUMBER_TLS_ALERT, 48, "alert-unknown-ca"},
        {SMTPERR_NUMBER_TLS_ALERT, 49, "alert-access-denied"},
        {SMTPERR_NUMBER_TLS_ALERT, 50, "alert-decode-error"},
        {SMTPERR_NUMBER_TLS_ALERT, 51, "alert-decrypt-error"},
        {SMTPERR_NUMBER_TLS_ALERT, 70, "alert-protocol-version"},
        {SMTPERR_NUMBER_TLS_ALERT, 71, "alert-insufficient-security"},
        {SMTPERR_NUMBER_TLS_ALERT, 80, "alert-internal-error"},
        {SMTPERR_NUMBER_TLS_ALERT, 86, "alert-inappropriate-fallback"},
        {SMTPERR_NUMBER_TLS_ALERT, 112, "alert-unrecognized-name"},
        {SMTPERR_NUMBER_TLS_ALERT, 116, "alert-certificate-required"},
        {SMTPERR_NUMBER_TLS_ALERT, 120, "alert-no-application-protocol"},
    };
    (void)state;
    check_known(rows, COUNT(rows));
}

/* openssl/x509_vfy.h */
static void x509(void **state)
{
    static const known rows[] = {
        {SMTPERR_NUMBER_X509, 9, "X509_V_ERR_CERT_NOT_YET_VALID"},
        {SMTPERR_NUMBER_X509, 10, "X509_V_ERR_CERT_HAS_EXPIRED"},
        {SMTPERR_NUMBER_X509, 18, "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT"},
        {SMTPERR_NUMBER_X509, 19, "X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN"},
        {SMTPERR_NUMBER_X509, 20, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
        {SMTPERR_NUMBER_X509, 21, "X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE"},
        {SMTPERR_NUMBER_X509, 23, "X509_V_ERR_CERT_REVOKED"},
        {SMTPERR_NUMBER_X509, 26, "X509_V_ERR_INVALID_PURPOSE"},
        {SMTPERR_NUMBER_X509, 62, "X509_V_ERR_HOSTNAME_MISMATCH"},
        {SMTPERR_NUMBER_X509, 65, "X509_V_ERR_DANE_NO_MATCH"},
    };
    (void)state;
    check_known(rows, COUNT(rows));
}

static void what_nothing_has_is_other(void **state)
{
    static const int32_t numbers[] = {-1000, -200, 999, 9999, 10999, 12000, 65535, 65536 + 111, INT32_MAX, INT32_MIN};
    int32_t list;
    size_t i;
    (void)state;
    for (list = -1; list <= 8; list++) {
        for (i = 0; i < COUNT(numbers); i++) {
            CHECK(smtperr_failure_from(list, numbers[i]) ==
                      (list >= SMTPERR_NUMBER_TLS_ALERT && list <= SMTPERR_NUMBER_OPENSSL ? SMTPERR_FAILURE_TLS_FAILED
                                                                                              : SMTPERR_FAILURE_OTHER), "list %d, number %d: got %d",
                  (int)list, (int)numbers[i], (int)smtperr_failure_from(list, numbers[i]));
        }
    }
    for (i = 0; i < 256; i++) {
        const int32_t alert = (int32_t)i;
        CHECK(smtperr_failure_from(SMTPERR_NUMBER_OPENSSL, 1000 + alert) == smtperr_failure_from(SMTPERR_NUMBER_TLS_ALERT, alert),
              "alert %d", (int)alert);
    }
    CHECK(smtperr_failure_from(SMTPERR_NUMBER_TLS_ALERT, 120) != SMTPERR_FAILURE_TLS_FAILED, "the last alert has a row");
    CHECK(smtperr_failure_from(SMTPERR_NUMBER_OPENSSL, 294) == SMTPERR_FAILURE_TLS_UNEXPECTED_EOF, "eof");
    CHECK(smtperr_failure_from(0, ECONNREFUSED) == SMTPERR_FAILURE_OTHER, "no list");
    CHECK(smtperr_failure_from(8, 3) == SMTPERR_FAILURE_OTHER, "unknown list");
    CHECK(smtperr_failure_from(INT32_MIN, INT32_MIN) == SMTPERR_FAILURE_OTHER, "far out");
    CHECK(smtperr_failure_from(SMTPERR_NUMBER_ERRNO, 0) == SMTPERR_FAILURE_OTHER, "no error");
    CHECK(smtperr_failure_from(SMTPERR_NUMBER_TLS_ALERT, 10061) == SMTPERR_FAILURE_TLS_FAILED,
          "Winsock's numbers are no alerts");
    check_end();
}

static void the_mailers_own_numbers_are_frozen(void **state)
{
    static const struct {
        int32_t number, frozen;
        const char *name;
    } rows[] = {
        {SMTPERR_FAILURE_OTHER, 1, NULL},
        {SMTPERR_FAILURE_GREETING_TIMEOUT, 2, "greeting-timeout"},
        {SMTPERR_FAILURE_CLOSED_BEFORE_GREETING, 3, "closed-before-greeting"},
        {SMTPERR_FAILURE_LOST_CONNECTION, 4, "lost-connection"},
        {SMTPERR_FAILURE_COMMAND_TIMEOUT, 5, "command-timeout"},
        {SMTPERR_FAILURE_LOST_AFTER_DOT, 6, "lost-after-dot"},
        {SMTPERR_FAILURE_GARBAGE_REPLY, 7, "garbage-reply"},
        {SMTPERR_FAILURE_REPLY_TOO_LONG, 8, "reply-too-long"},
        {SMTPERR_FAILURE_REPLY_OUT_OF_SYNC, 9, "reply-out-of-sync"},
        {SMTPERR_FAILURE_STARTTLS_INJECTION, 10, "starttls-injection"},
        {SMTPERR_FAILURE_STARTTLS_NOT_OFFERED, 11, "starttls-not-offered"},
        {SMTPERR_FAILURE_MTA_STS_MISMATCH, 12, "mta-sts-mismatch"},
        {SMTPERR_FAILURE_DANE_REQUIRED_FAILED, 13, "dane-required-failed"},
        {SMTPERR_FAILURE_REQUIRETLS_UNSUPPORTED, 14, "requiretls-unsupported"},
        {SMTPERR_FAILURE_AUTH_NOT_OFFERED, 15, "auth-not-offered"},
        {SMTPERR_FAILURE_NO_AUTH_MECHANISM, 16, "no-auth-mechanism"},
        {SMTPERR_FAILURE_SIZE_EXCEEDED, 17, "size-exceeded"},
        {SMTPERR_FAILURE_SMTPUTF8_NOT_OFFERED, 18, "smtputf8-not-offered"},
        {SMTPERR_FAILURE_8BITMIME_NOT_OFFERED, 19, "8bitmime-not-offered"},
        {SMTPERR_FAILURE_TALKING_TO_MYSELF, 20, "talking-to-myself"},
        {SMTPERR_FAILURE_TOO_MANY_HOPS, 21, "too-many-hops"},
        {SMTPERR_FAILURE_QUEUE_EXPIRED, 22, "queue-expired"},
        {SMTPERR_FAILURE_DESTINATION_THROTTLED, 23, "destination-throttled"},
        {SMTPERR_FAILURE_LOCAL_DATA_ERROR, 24, "local-data-error"},
        {SMTPERR_FAILURE_LOCAL_CONFIG_ERROR, 25, "local-config-error"},
        {SMTPERR_FAILURE_PROXY_REFUSED, 26, "proxy-refused"},
        {SMTPERR_FAILURE_TLS_FAILED, 27, "tls-failed"},
        {SMTPERR_FAILURE_DOMAIN_NOT_FOUND, 28, "NXDOMAIN"},
        {SMTPERR_FAILURE_DOMAIN_NO_RECORDS, 29, "NODATA"},
        {SMTPERR_FAILURE_NULL_MX, 30, "NULL-MX"},
        {SMTPERR_FAILURE_DNS_TIMEOUT, 31, "DNS-TIMEOUT"},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CHECK(rows[i].number == rows[i].frozen, "%d is not %d", (int)rows[i].number, (int)rows[i].frozen);
        CHECK(smtperr_name(SMTPERR_KIND_FAILURE, rows[i].number)[0] != '\0', "%d has no name", (int)rows[i].number);
        CHECK(rows[i].name == NULL || strcmp(smtperr_name(SMTPERR_KIND_FAILURE, rows[i].number), rows[i].name) == 0,
              "%d: got %s, wanted %s", (int)rows[i].number, smtperr_name(SMTPERR_KIND_FAILURE, rows[i].number),
              rows[i].name);
    }
    check_end();
}

/* RFC 8446 6.2 writes them with underscores; others leave out whose they are. smtperr_name() says which is ours. */
static void other_names(void **state)
{
    static const struct {
        const char *other, *name;
    } rows[] = {
        {"handshake_failure", "alert-handshake-failure"},
        {"CERTIFICATE_EXPIRED", "alert-certificate-expired"},
        {"unexpected-eof", "tls-unexpected-eof"},
        {"timeout", "DNS-TIMEOUT"},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        const int32_t failure = smtperr_value(SMTPERR_KIND_FAILURE, rows[i].other, strlen(rows[i].other));
        CHECK(strcmp(smtperr_name(SMTPERR_KIND_FAILURE, failure), rows[i].name) == 0, "%s: got '%s', wanted '%s'",
              rows[i].other, smtperr_name(SMTPERR_KIND_FAILURE, failure), rows[i].name);
    }
    check_end();
}

static void names_and_numbers_of_all(void **state)
{
    int32_t failure = INT32_MIN;
    int count = 0;
    (void)state;
    while ((failure = smtperr_next(SMTPERR_KIND_FAILURE, failure)) != INT32_MIN) {
        const char *name = smtperr_name(SMTPERR_KIND_FAILURE, failure);
        smtperr_verdict verdict;
        CHECK(failure > 0, "%d", (int)failure);
        CHECK(name[0] != '\0', "%d has no name", (int)failure);
        CHECK(smtperr_value(SMTPERR_KIND_FAILURE, name, strlen(name)) == failure, "%s", name);
        CHECK(smtperr_evaluate_failure(failure, NULL, NULL, &verdict, sizeof verdict) == 0, "%s", name);
        CHECK(verdict.failure == failure && verdict.code == 0 && verdict.enhanced == 0 && verdict.status == 0 &&
                  verdict.basis == SMTPERR_BASIS_LOCAL && verdict.text.len == 0,
              "%s", name);
        CHECK(verdict.category != SMTPERR_CATEGORY_UNKNOWN || failure == SMTPERR_FAILURE_OTHER, "%s is not known",
              name);
        CHECK(verdict.rule != 0, "%s has no rule", name);
        count++;
    }
    CHECK(count >= 100, "%d failures", count);
    check_end();
}

static void each_is_judged_for_what_it_is(void **state)
{
    static const check_row rows[] = {
        ROW("", "connect failure=ECONNREFUSED", "category=network action=retry-other-host scope=host dsn_status=4.4.1"),
        ROW("", "connect failure=EHOSTUNREACH", "category=network action=retry-other-host"),
        ROW("", "mail failure=ECONNRESET", "category=network retry=1 dsn_status=4.4.2"),
        ROW("", "unknown failure=ENOSPC", "category=server-full retry=1 scope=local"),
        ROW("", "unknown failure=ENOMEM", "category=server-unavailable retry=1 scope=local"),
        ROW("", "unknown failure=EMFILE", "category=server-unavailable retry=1 scope=local"),
        ROW("", "connect failure=EAI_AGAIN", "category=routing retry=1"),
        ROW("", "connect failure=EAI_NONAME", "category=domain-unknown retry=1 suppress=0"),
        ROW("", "connect failure=NXDOMAIN", "category=domain-unknown action=bounce suppress=1 flag=PERMANENT sysexit=68"),
        ROW("", "connect failure=NULL-MX", "category=domain-no-mail action=bounce suppress=1 dsn_status=5.1.10"),
        ROW("", "connect failure=SERVFAIL", "category=routing retry=1 dsn_status=4.4.3"),
        ROW("", "connect failure=MX-LOOP", "category=routing action=bounce suppress=0"),
        ROW("", "tls failure=tls-failed", "category=tls retry=1"),
        ROW("", "starttls failure=starttls-injection", "category=tls retry=1 flag=TLS_REQUIRED"),
        ROW("", "rcpt failure=reply-out-of-sync", "category=protocol-error action=reconnect"),
        ROW("", "mail failure=size-exceeded", "category=message-too-large action=bounce suppress=0 dsn_status=5.3.4"),
        ROW("", "mail failure=smtputf8-not-offered", "category=message-malformed action=bounce suppress=0"),
        ROW("", "greeting failure=talking-to-myself", "category=routing action=bounce suppress=0"),
        ROW("", "unknown failure=too-many-hops", "category=routing action=bounce suppress=0"),
        ROW("", "unknown failure=queue-expired", "category=message-expired action=bounce suppress=0 dsn_status=5.4.7"),
        ROW("", "unknown failure=destination-throttled", "retry=1"),
        ROW("", "unknown failure=local-config-error", "retry=1 suppress=0"),
        ROW("", "ehlo failure=auth-not-offered", "category=credentials action=hold scope=account"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 3463 3.5, 3.7, 3.8: what is known of a failure is reported, not only what its category would say. */
static void a_report_carries_the_status_of_the_failure(void **state)
{
    static const check_row rows[] = {
        ROW("", "unknown failure=lost-connection", "dsn_status=4.4.2"),
        ROW("", "unknown failure=command-timeout", "dsn_status=4.4.2"),
        ROW("", "unknown failure=lost-after-dot", "dsn_status=4.4.2"),
        ROW("", "unknown failure=ECONNREFUSED", "dsn_status=4.4.1"),
        ROW("", "unknown failure=SERVFAIL", "dsn_status=4.4.3"),
        ROW("", "unknown failure=MX-LOOP", "dsn_status=5.4.6"),
        ROW("", "unknown failure=too-many-hops", "dsn_status=5.4.6"),
        ROW("", "unknown failure=talking-to-myself", "dsn_status=5.4.6"),
        ROW("", "unknown failure=smtputf8-not-offered", "dsn_status=5.6.7"),
        ROW("", "unknown failure=8bitmime-not-offered", "dsn_status=5.6.3"),
        ROW("", "unknown failure=starttls-not-offered", "dsn_status=4.7.4"),
        ROW("", "unknown failure=queue-expired", "dsn_status=5.4.7"),
        /* of the class of the decision, whatever becomes of it */
        ROW("", "unknown failure=too-many-hops soft_bounce=retry-later", "dsn_status=4.4.6"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* What a caller need not tell apart. */
static void the_stage_tells_what_a_lost_connection_and_a_time_limit_mean(void **state)
{
    static const check_row rows[] = {
        ROW("", "connect failure=lost-connection", "failure=closed-before-greeting stage=connect"),
        ROW("", "greeting failure=lost-connection", "failure=closed-before-greeting category=network"),
        ROW("", "ehlo failure=lost-connection", "failure=lost-connection"),
        ROW("", "tls failure=lost-connection", "failure=tls-unexpected-eof category=tls"),
        ROW("", "rcpt failure=lost-connection", "failure=lost-connection"),
        ROW("", "body failure=lost-connection", "failure=lost-connection outcome_unknown=0"),
        ROW("", "eod failure=lost-connection", "failure=lost-after-dot outcome_unknown=1"),
        ROW("", "unknown failure=lost-connection", "failure=lost-connection"),
        ROW("250-a\r\n250 b", "eod", "status=reply"),
        ROW("250-a\r\n", "eod", "status=incomplete failure=lost-after-dot outcome_unknown=1"),
        ROW("", "connect failure=command-timeout", "failure=ETIMEDOUT"),
        ROW("", "greeting failure=command-timeout", "failure=greeting-timeout"),
        ROW("", "tls failure=command-timeout", "failure=tls-handshake-timeout category=tls"),
        ROW("", "mail failure=command-timeout", "failure=command-timeout"),
        ROW("", "eod failure=command-timeout", "failure=command-timeout outcome_unknown=1"),
        ROW("", "greeting failure=ECONNRESET", "failure=ECONNRESET"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stage_tells_what_a_lost_connection_and_a_time_limit_mean),
        cmocka_unit_test(errno_of_this_platform),
        cmocka_unit_test(winsock_everywhere),
        cmocka_unit_test(getaddrinfo_of_this_platform),
        cmocka_unit_test(numbers_of_h_errno),
        cmocka_unit_test(dns),
        cmocka_unit_test(tls_alerts),
        cmocka_unit_test(x509),
        cmocka_unit_test(what_nothing_has_is_other),
        cmocka_unit_test(the_mailers_own_numbers_are_frozen),
        cmocka_unit_test(other_names),
        cmocka_unit_test(names_and_numbers_of_all),
        cmocka_unit_test(each_is_judged_for_what_it_is),
        cmocka_unit_test(a_report_carries_the_status_of_the_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
