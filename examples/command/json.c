/* SPDX-License-Identifier: MIT
 *
 * A verdict as a JSON object, in the words of smtperr.h: codes as numbers, enhanced codes as "5.1.1", yes and no as
 * booleans, what is not there as null. People store these keys and words: they only ever grow.
 */
#include "command.h"

#include <stdlib.h>

static const struct {
    const char *name;
    const char *what;
} flags[] = {
    {"bare-code", "the last line is a code without text"},
    {"bare-lf", "a line ends in LF without CR"},
    {"control", "control characters in the text"},
    {"eightbit", "bytes above 127 in the text"},
    {"text-cut", "not all of the text could be kept"},
    {"mixed-codes", "its lines carry different codes"},
    {"esc-mismatch", "the enhanced code contradicts the code, which rules"},
    {"blank-before", "empty lines before the reply"},
    {"odd-code", "no code by the grammar, read by its first digit"},
    {"odd-success", "an unusual success at this stage"},
    {"mixed-esc", "its lines carry different enhanced codes"},
    {"unended", "the last line has no line end"},
    {"leftover", "bytes behind the reply were not looked at"},
    {"repeats-rcpt", "only repeats that every RCPT was refused"},
    {"stage-told", "the text told the stage"},
    {"lasting", "waiting does not cure it"},
    {"never-clear", "nothing may be sent without TLS after it"},
};

const char *flag_name(unsigned index, const char **what)
{
    if (index >= sizeof flags / sizeof flags[0]) return NULL;
    if (what != NULL) *what = flags[index].what;
    return flags[index].name;
}

void json_put_text(json_t *object, const char *key, const char *text)
{
    if (json_object_set_new(object, key, *text != '\0' ? json_string(text) : json_null()) != 0) need(NULL);
}

static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) need(NULL);
}

static void put_word(json_t *object, const char *key, int32_t kind, int32_t value)
{
    json_put_text(object, key, smtperr_name(kind, value));
}

static void put_enhanced(json_t *object, const char *key, int32_t enhanced)
{
    char text[ENHANCED_SIZE];
    smtperr_enhanced_format(enhanced, text, sizeof text);
    json_put_text(object, key, text);
}

json_t *verdict_to_json(const smtperr_verdict *verdict)
{
    json_t *object = need(json_object());
    json_t *odd = need(json_array());

    for (unsigned i = 0; flag_name(i, NULL) != NULL; i++) {
        if (verdict->flags >> i & 1 && json_array_append_new(odd, json_string(flag_name(i, NULL))) != 0) need(NULL);
    }
    put(object, "code", verdict->code != 0 ? json_integer(verdict->code) : json_null());
    put_enhanced(object, "enhanced", verdict->enhanced);
    if (verdict->failure != 0) put_word(object, "failure", SMTPERR_FAILURE, verdict->failure);
    put_word(object, "stage", SMTPERR_STAGE, verdict->stage);
    put_word(object, "category", SMTPERR_CATEGORY, verdict->category);
    put_word(object, "basis", SMTPERR_BASIS, verdict->basis);
    json_put_text(object, "rule", verdict->rule != 0 ? smtperr_name(SMTPERR_RULE, (int32_t)verdict->rule) : "");
    put_word(object, "confidence", SMTPERR_CONFIDENCE, verdict->confidence);
    put(object, "retry", json_boolean(verdict->retry));
    put_word(object, "action", SMTPERR_ACTION, verdict->action);
    put_word(object, "scope", SMTPERR_SCOPE, verdict->scope);
    put_word(object, "party", SMTPERR_PARTY, verdict->party);
    put(object, "delay", json_integer((json_int_t)verdict->delay_seconds));
    put_word(object, "delay_origin", SMTPERR_ORIGIN, verdict->delay_origin);
    put(object, "suppress", json_boolean(verdict->suppress));
    put(object, "likely_permanent", json_boolean(verdict->likely_permanent));
    put(object, "outcome_unknown", json_boolean(verdict->outcome_unknown));
    put_word(object, "decided_by", SMTPERR_BASIS, verdict->decided_by);
    put_enhanced(object, "dsn_status", verdict->dsn_status);
    put_word(object, "dsn_action", SMTPERR_DSN, verdict->dsn_action);
    put(object, "sysexit", json_integer(verdict->sysexit));
    put(object, "provider", json_null()); /* none is recognised yet */
    put(object, "flags", odd);
    json_put_text(object, "description", smtperr_explain(verdict, SMTPERR_SAY_WHAT));
    return object;
}

void json_write(json_t *object)
{
    if (json_dumpf(object, stdout, 0) != 0 && !ferror(stdout)) complain("an answer could not be written as JSON");
    putchar('\n');
    json_decref(object);
}
