/* SPDX-License-Identifier: MIT
 *
 * Entry points for Frama-C's EVA: each function here calls the library with any bytes, any lengths, any numbers, in any order,
 * NULL where it may stand, and EVA shows that no such call ever reads or writes outside of what it was given, uses what was
 * not set, overflows or loses bits. run.sh says how it is called. A length goes up to the size of its array, so that one byte
 * too many is a byte outside of it.
 *
 * A stream has no bound: the loop over feeds ends when EVA knows all states the reader can be in. */
#include "__fc_builtin.h"
#include "smtperr.h"

#include <stddef.h>

#define ANY() Frama_C_interval(-2147483647 - 1, 2147483647)
enum { BYTES = 48, KEEP = 64 };

static char bytes[BYTES];

/* 0 to BYTES bytes, no one knows which. */
static const char *any_bytes(size_t *length)
{
    Frama_C_make_unknown(bytes, sizeof bytes);
    *length = Frama_C_size_t_interval(0, BYTES);
    return bytes;
}

static const smtperr_context *any_context(void)
{
    static smtperr_context context;

    Frama_C_make_unknown((char *)&context, sizeof context);
    context.size = Frama_C_nondet(0, 1) ? sizeof context : (uint32_t)Frama_C_interval(0, 8);
    return Frama_C_nondet(0, 1) ? NULL : &context;
}

static const smtperr_policy *any_policy(void)
{
    static smtperr_policy policy;

    Frama_C_make_unknown((char *)&policy, sizeof policy);
    policy.size = Frama_C_nondet(0, 1) ? sizeof policy : (uint32_t)Frama_C_interval(0, 8);
    return Frama_C_nondet(0, 1) ? NULL : &policy;
}

static smtperr_verdict verdict;

void prove_reader(void)
{
    static char keep[KEEP];
    smtperr_reader reader;
    size_t length, used;
    const char *input;

    smtperr_reader_init(NULL, sizeof reader, keep, KEEP);
    smtperr_reader_init(&reader, Frama_C_size_t_interval(0, sizeof reader - 1), keep, KEEP);
    smtperr_reader_init(&reader, sizeof reader, NULL, 1);
    length = Frama_C_size_t_interval(0, KEEP);
    smtperr_reader_init(&reader, sizeof reader, keep, length);
    while (Frama_C_nondet(0, 1)) {
        switch (Frama_C_interval(0, 6)) {
        case 0:
            input = any_bytes(&length);
            smtperr_reader_feed(&reader, input, length, Frama_C_nondet(0, 1) ? &used : NULL);
            break;
        case 1:
            input = any_bytes(&length);
            smtperr_reader_feed_line(&reader, input, length);
            break;
        case 2:
            smtperr_reader_end(Frama_C_nondet(0, 1) ? &reader : NULL);
            break;
        case 3:
            smtperr_reader_pending(Frama_C_nondet(0, 1) ? &reader : NULL);
            break;
        case 4:
            input = smtperr_reader_reply(&reader, &length);
            if (length > 0) Frama_C_show_each_reply(input[0], input[length - 1]);
            break;
        case 5:
            length = Frama_C_size_t_interval(0, KEEP);
            smtperr_reader_init(&reader, sizeof reader, keep, length);
            break;
        default:
            smtperr_reader_feed(NULL, "", 0, &used);
            smtperr_reader_feed(&reader, NULL, (size_t)Frama_C_interval(0, 1), &used);
            smtperr_reader_feed_line(&reader, NULL, (size_t)Frama_C_interval(0, 1));
            break;
        }
    }
}

void prove_evaluate(void)
{
    size_t length;
    const char *input = any_bytes(&length);

    smtperr_should_retry(NULL, (size_t)Frama_C_interval(0, 1), ANY());
    smtperr_should_retry(input, length, ANY());
    smtperr_action(input, length, ANY());
    smtperr_evaluate(input, length, ANY(), any_context(), any_policy(), Frama_C_nondet(0, 1) ? &verdict : NULL,
                     Frama_C_size_t_interval(0, sizeof verdict));
}

void prove_decide(void)
{
    smtperr_should_retry_code(ANY(), ANY(), ANY());
    smtperr_evaluate_failure(ANY(), any_context(), any_policy(), &verdict, Frama_C_size_t_interval(0, sizeof verdict));
    Frama_C_make_unknown((char *)&verdict, sizeof verdict);
    smtperr_decide(any_context(), any_policy(), &verdict, Frama_C_size_t_interval(0, sizeof verdict));
    smtperr_failure_from(ANY(), ANY());
}

void prove_text(void)
{
    char out[16];
    smtperr_span span;
    size_t length;
    const char *input = any_bytes(&length);
    size_t room = Frama_C_size_t_interval(0, sizeof out);

    smtperr_reply_line(input, length, (uint32_t)Frama_C_interval(0, 2147483647), &span);
    smtperr_reply_keyword(input, length, "SIZE", 4, &span);
    smtperr_sanitize(input, length, room > 0 ? out : NULL, room);
    smtperr_enhanced_parse(input, length);
    smtperr_enhanced_format(ANY(), room > 0 ? out : NULL, room);
}

void prove_words(void)
{
    size_t length;
    const char *input = any_bytes(&length);

    Frama_C_make_unknown((char *)&verdict, sizeof verdict);
    smtperr_explain(&verdict, ANY());
    smtperr_describe(ANY(), ANY(), ANY(), ANY());
    smtperr_name(ANY(), ANY());
    smtperr_value(ANY(), input, length);
    smtperr_next(ANY(), ANY());
}

/* The proof of the proof: two bugs of the kind that history is full of. EVA must see them both. */
void prove_seeded(void)
{
    char line[3];
    int32_t code = 0;

    Frama_C_make_unknown(line, sizeof line);
    while (Frama_C_nondet(0, 1)) {
        code = code * 10 + Frama_C_interval(0, 9); /* digits without end */
    }
    if (line[4] == ' ') code = 1; /* text looked for behind a reply that is only a code */
    Frama_C_show_each_code(code);
}
