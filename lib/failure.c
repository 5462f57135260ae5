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

void smtperr__classify_failure(smtperr_verdict *verdict, int32_t failure)
{
    const smtperr__failure *row = find_failure(failure);
    verdict->failure = row->id;
    verdict->own_status = (row->lasting ? 5 : 4) * 1000000 + (row->status >> 10) * 1000 + (row->status & ENHANCED_ANY);
    verdict->category = row->category;
    verdict->basis = SMTPERR_BASIS_LOCAL;
    verdict->confidence = SMTPERR_CONFIDENCE_HIGH;
    verdict->rule = row->rule;
    verdict->dead = row->dead;
    if (row->lasting) {
        verdict->flags |= SMTPERR_FLAG_LASTING;
    }
    if (row->never_clear) {
        verdict->flags |= SMTPERR_FLAG_NEVER_CLEAR;
    }
}

static int32_t find_number(int32_t source, int32_t number, int platform)
{
    size_t i;
    for (i = 0; i < smtperr__number_count; i++) {
        const smtperr__number *row = &smtperr__numbers[i];
        if (row->source == source && row->number == number &&
            (row->platform == platform || row->platform == PLATFORM_ANY)) {
            return row->id;
        }
    }
    return SMTPERR_FAILURE_OTHER;
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

int32_t smtperr_failure_from(int32_t source, int32_t number)
{
    int platform = PLATFORM_HERE;
    if (number >= 10000 && number < 12000) {
        platform = PLATFORM_WINDOWS; /* Winsock's numbers are nobody else's */
    } else if (source == SMTPERR_SOURCE_ERRNO) {
        number = usual_errno(number);
    }
    return find_number(source, number, platform);
}
