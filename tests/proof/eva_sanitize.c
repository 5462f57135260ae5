/* SPDX-License-Identifier: MIT
 *
 * What is safe to show, for Frama-C's EVA, of texts of any length: see eva_text.h. In two parts: prove_put, one piece of output
 * with any room; prove_sanitize, everything else, with what prove_put shows in its place.
 */
#include "eva_text.h"

/* Where the output goes: as in eva_text.h, the end is fixed and the room before it any. */
static char written[TEXT_MAX];
static size_t to_room, to_length;
#define OUT(i) ((written + TEXT_MAX)[(long long)(i) - (long long)to_room - 1])
static void follow_put(const char *bytes, size_t bytes_len);

#include ENHANCED
#include REPLY
#include SANITIZE

static void any_output(void)
{
    to_room = Frama_C_size_t_interval(0, TEXT_MAX - 1);
    to_length = Frama_C_size_t_interval(0, TEXT_MAX);
}

static void follow_put(const char *bytes, size_t bytes_len)
{
    (void)end_of(bytes);
    CHECK(1 <= bytes_len && bytes_len <= 4);
    any_output();
}

void prove_put(void)
{
    size_t i;
    (void)any_text();
    for (i = 1; i <= 4; i++) {
        any_output();
        put(a_text, i);
        CHECK(to_room < TEXT_MAX);
    }
}

void prove_sanitize(void)
{
    const size_t length = any_text();
    (void)smtperr_sanitize(a_text, length, written, Frama_C_size_t_interval(0, TEXT_MAX));
    (void)smtperr_sanitize(a_text, length, NULL, Frama_C_size_t_interval(0, TEXT_MAX));
    (void)smtperr_sanitize(NULL, length, written, Frama_C_size_t_interval(0, TEXT_MAX));
}
