/* SPDX-License-Identifier: MIT
 *
 * Lines, codes and status codes, for Frama-C's EVA, in texts of any length: see eva_text.h.
 */
#include "eva_text.h"

#include ENHANCED
#include REPLY

void prove_lines(void)
{
    const size_t length = any_text();
    size_t at = Frama_C_size_t_interval(0, SIZE_MAX);
    smtperr_span line;
    if (smtperr__next_line(a_text, length, &at, &line)) {
        //@ assert set: \initialized(&line.at) && \initialized(&line.len);
    }
    (void)smtperr__code_at(a_text, length);
    (void)smtperr__enhanced_at_start(a_text, length, &at);
}
