/* SPDX-License-Identifier: MIT
 *
 * Failures without a reply: their evidence, and the way from the numbers of errno.h, netdb.h, DNS, TLS and OpenSSL to ours.
 */
#include "internal.h"

#include <errno.h> /* constants only: errno itself is neither read nor written */

#if defined(_WIN32)
#define PLATFORM_HERE PLATFORM_WINDOWS
#elif defined(__linux__)
#define PLATFORM_HERE PLATFORM_LINUX
#else
#define PLATFORM_HERE PLATFORM_BSD
#endif

/* SSL_AD_REASON_OFFSET of openssl/ssl.h: reasons from here on are the alerts that came. */
enum { OPENSSL_ALERT = 1000 };

static const smtperr__failure *find_failure(int32_t failure)
{
    size_t low = 0;
    size_t high = smtperr__failure_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (smtperr__failures[middle].id < failure) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < smtperr__failure_count && smtperr__failures[low].id == failure) {
        return &smtperr__failures[low];
    }
    return &smtperr__failures[0]; /* id 1: a failure that nothing explains */
}

/* A connection that is lost, or a time limit that is over, means something else at some stages: the caller need not know. */
static int32_t failure_at(int32_t failure, int32_t stage)
{
    enum { FAILURE_ETIMEDOUT = 42 }; /* failures.toml */
    static const struct {
        int8_t failure, stage, means;
    } rows[] = {
        {SMTPERR_FAILURE_LOST_CONNECTION, SMTPERR_STAGE_CONNECT, SMTPERR_FAILURE_CLOSED_BEFORE_GREETING},
        {SMTPERR_FAILURE_LOST_CONNECTION, SMTPERR_STAGE_GREETING, SMTPERR_FAILURE_CLOSED_BEFORE_GREETING},
        {SMTPERR_FAILURE_LOST_CONNECTION, SMTPERR_STAGE_TLS, SMTPERR_FAILURE_TLS_UNEXPECTED_EOF},
        {SMTPERR_FAILURE_LOST_CONNECTION, SMTPERR_STAGE_EOD, SMTPERR_FAILURE_LOST_AFTER_DOT},
        {SMTPERR_FAILURE_COMMAND_TIMEOUT, SMTPERR_STAGE_CONNECT, FAILURE_ETIMEDOUT},
        {SMTPERR_FAILURE_COMMAND_TIMEOUT, SMTPERR_STAGE_GREETING, SMTPERR_FAILURE_GREETING_TIMEOUT},
        {SMTPERR_FAILURE_COMMAND_TIMEOUT, SMTPERR_STAGE_TLS, SMTPERR_FAILURE_TLS_HANDSHAKE_TIMEOUT},
    };
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].failure == failure && rows[i].stage == stage) {
            return rows[i].means;
        }
    }
    return failure;
}

/* RFC 3207 4.1: a connection that breaks or stalls in the handshake is a handshake that failed: the network has carried all that
 * came before. */
static int breaks_tls(const smtperr_verdict *verdict)
{
    return verdict->stage == SMTPERR_STAGE_TLS && verdict->category == SMTPERR_CATEGORY_NETWORK;
}

void smtperr__classify_failure(smtperr_verdict *verdict, int32_t failure)
{
    const smtperr__failure *row = find_failure(failure_at(failure, verdict->stage));
    verdict->failure = row->id;
    verdict->failure_status =
        (row->lasting ? 5 : 4) * 1000000 + (row->status >> 10) * 1000 + (row->status & ENHANCED_ANY);
    verdict->category = row->category;
    if (breaks_tls(verdict)) {
        verdict->category = SMTPERR_CATEGORY_TLS;
    }
    verdict->basis = SMTPERR_BASIS_LOCAL;
    verdict->confidence = SMTPERR_CONFIDENCE_HIGH;
    verdict->rule = (int32_t)row->rule;
    verdict->address_dead = row->dead;
    if (row->lasting) {
        verdict->flags |= SMTPERR_FLAG_PERMANENT;
    }
    if (row->tls_required) {
        verdict->flags |= SMTPERR_FLAG_TLS_REQUIRED;
    }
}

static int32_t find_number(int32_t list, int32_t number, int platform)
{
    size_t i;
    for (i = 0; i < smtperr__number_count; i++) {
        const smtperr__number *row = &smtperr__numbers[i];
        if (row->list == list && row->number == number &&
            (row->platform == platform || row->platform == PLATFORM_ANY)) {
            return row->id;
        }
    }
    return list >= SMTPERR_NUMBER_TLS_ALERT && list <= SMTPERR_NUMBER_OPENSSL ? SMTPERR_FAILURE_TLS_FAILED
                                                                              : SMTPERR_FAILURE_OTHER;
}

/* Linux numbers its errors differently on MIPS, Alpha, SPARC and PA-RISC; the table has those of all others. */
static int32_t usual_errno(int32_t number)
{
#if defined(__linux__)
    static const struct {
        int16_t here, usual;
    } same[] = {
        {EADDRINUSE, 98},    {EADDRNOTAVAIL, 99}, {ENETDOWN, 100},  {ENETUNREACH, 101},  {ENETRESET, 102},
        {ECONNABORTED, 103}, {ECONNRESET, 104},   {ENOBUFS, 105},   {ENOTCONN, 107},     {ESHUTDOWN, 108},
        {ETIMEDOUT, 110},    {ECONNREFUSED, 111}, {EHOSTDOWN, 112}, {EHOSTUNREACH, 113}, {EALREADY, 114},
        {EINPROGRESS, 115},  {EDQUOT, 122},       {EMSGSIZE, 90},   {EAFNOSUPPORT, 97},
    };
    size_t i;
    for (i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (same[i].here == number) {
            return same[i].usual;
        }
    }
#endif
    return number;
}

int32_t smtperr_failure_from(int32_t list, int32_t number)
{
    int platform = PLATFORM_HERE;
    if (number >= 10000 && number < 12000) {
        platform = PLATFORM_WINDOWS; /* Winsock's numbers are nobody else's */
    } else if (list == SMTPERR_NUMBER_ERRNO) {
        number = usual_errno(number);
    } else if (list == SMTPERR_NUMBER_OPENSSL && number >= OPENSSL_ALERT && number < OPENSSL_ALERT + 256) {
        list = SMTPERR_NUMBER_TLS_ALERT;
        number -= OPENSSL_ALERT;
    }
    return find_number(list, number, platform);
}
