/* SPDX-License-Identifier: MIT
 *
 * Times, URLs and queue names, for Frama-C's EVA, in texts of any length: see eva_text.h.
 */
#include "eva_text.h"

#include HINTS

void prove_hints(void)
{
    const size_t length = any_text();
    smtperr_span span;
    (void)smtperr__retry_after(a_text, length, Frama_C_size_t_interval(0, TEXT_MAX));
    (void)smtperr__find_url(a_text, length, Frama_C_size_t_interval(0, TEXT_MAX));
    (void)smtperr_reply_queue_id(a_text, length, &span);
    (void)smtperr_reply_queue_id(a_text, length, NULL);
    (void)smtperr_reply_queue_id(NULL, length, &span);
}
