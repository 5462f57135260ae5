/* SPDX-License-Identifier: MIT
 *
 * A verdict as a JSON object, in the words of smtperr.h: codes as numbers, enhanced codes as "5.1.1", yes and no as
 * booleans, what is not there as null. People store these keys and words: they only ever grow.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>

void json_put_text(json_t *object, const char *key, const char *text)
{
    if (json_object_set_new(object, key, *text != '\0' ? json_string(text) : json_null()) != 0) need(NULL);
}

void json_put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) need(NULL);
}

void json_put_lines(json_t *object, const char *key, const char *lines)
{
    json_t *array = need(json_array());

    while (*lines != '\0') {
        size_t line_len = strcspn(lines, "\n");
        json_array_append_new(array, json_stringn(lines, line_len));
        lines += line_len + (lines[line_len] == '\n');
    }
    json_put(object, key, array);
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

/* What stands there in the reply, made fit to be read; null where there is nothing. */
static void put_span(json_t *object, const char *key, const char *reply, smtperr_span span)
{
    char *text = reply != NULL ? clean_text(reply + span.at, span.len) : NULL;
    json_put_text(object, key, text != NULL ? text : "");
    free(text);
}

/* Ids of rules, providers and blocklists; 0 has no name. */
void json_put_id(json_t *object, const char *key, int32_t kind, int32_t id)
{
    json_put_text(object, key, smtperr_name(kind, id));
}

json_t *verdict_to_json(const smtperr_verdict *verdict, const char *reply, size_t reply_len)
{
    json_t *object = need(json_object());
    json_t *odd = need(json_array());
    smtperr_span queue_id = {0, 0};

    for (int32_t flag = INT32_MIN; (flag = smtperr_next(SMTPERR_KIND_FLAG, flag)) != INT32_MIN;) {
        if (verdict->flags & (uint32_t)flag) json_array_append_new(odd, json_string(smtperr_name(SMTPERR_KIND_FLAG, flag)));
    }
    if (verdict->category == SMTPERR_CATEGORY_OK) smtperr_reply_queue_id(reply, reply_len, &queue_id);
    json_put(object, "code", verdict->code != 0 ? json_integer(verdict->code) : json_null());
    put_enhanced(object, "enhanced", verdict->enhanced);
    if (verdict->failure != 0) put_word(object, "failure", SMTPERR_KIND_FAILURE, verdict->failure);
    put_word(object, "stage", SMTPERR_KIND_STAGE, verdict->stage);
    put_word(object, "category", SMTPERR_KIND_CATEGORY, verdict->category);
    put_word(object, "basis", SMTPERR_KIND_BASIS, verdict->basis);
    json_put_id(object, "rule", SMTPERR_KIND_RULE, verdict->rule);
    put_span(object, "matched", reply, verdict->matched);
    put_word(object, "confidence", SMTPERR_KIND_CONFIDENCE, verdict->confidence);
    json_put(object, "retry", json_boolean(verdict->retry));
    put_word(object, "action", SMTPERR_KIND_ACTION, verdict->action);
    put_word(object, "scope", SMTPERR_KIND_SCOPE, verdict->scope);
    put_word(object, "party", SMTPERR_KIND_PARTY, verdict->party);
    json_put(object, "delay", json_integer((json_int_t)verdict->delay_seconds));
    put_word(object, "delay_origin", SMTPERR_KIND_ORIGIN, verdict->delay_origin);
    json_put(object, "retry_after",
             verdict->retry_after_seconds != 0 ? json_integer(verdict->retry_after_seconds) : json_null());
    json_put(object, "suppress", json_boolean(verdict->suppress));
    json_put(object, "likely_permanent", json_boolean(verdict->likely_permanent));
    json_put(object, "outcome_unknown", json_boolean(verdict->outcome_unknown));
    json_put(object, "closing", json_boolean(verdict->closing));
    put_word(object, "decided_by", SMTPERR_KIND_BASIS, verdict->decided_by);
    put_enhanced(object, "dsn_status", verdict->dsn_status);
    put_word(object, "dsn_action", SMTPERR_KIND_DSN, verdict->dsn_action);
    json_put(object, "sysexit", json_integer(verdict->sysexit));
    json_put_id(object, "provider", SMTPERR_KIND_PROVIDER, verdict->provider);
    json_put_id(object, "blocklist", SMTPERR_KIND_BLOCKLIST, verdict->blocklist);
    put_span(object, "url", reply, verdict->url);
    put_span(object, "new_address", reply, verdict->address);
    put_span(object, "queue_id", reply, queue_id);
    json_put(object, "flags", odd);
    json_put_text(object, "description", smtperr_explain(verdict, SMTPERR_SAY_WHAT));
    return object;
}

void json_write(json_t *object)
{
    if (json_dumpf(object, stdout, 0) != 0 && !ferror(stdout)) complain("an answer could not be written as JSON");
    putchar('\n');
    json_decref(object);
}
