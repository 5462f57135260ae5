/* SPDX-License-Identifier: MIT
 *
 * cases SMTPERR.JSON CASES.JSON: the C library through the table of cases that every binding must pass. Structs are written and
 * read at the offsets of smtperr.json, words go by its enums: so both files are proved right by the compiler that built this.
 * One line for each case that fails. */
#include "smtperr.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_MAX = 256, ARGUMENTS_MAX = 8, UNTOUCHED = 0xA5 };

static json_t *about; /* smtperr.json */
static int failed;
static size_t checked;
static const char *called[64]; /* functions that some case called */
static size_t called_count;

static void die(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    exit(2);
}

static void note_call(const char *name)
{
    size_t i;
    for (i = 0; i < called_count; i++) {
        if (strcmp(called[i], name) == 0) return;
    }
    called[called_count++] = name;
}

static void check(const json_t *test, const char *what, json_t *got, const json_t *wanted)
{
    checked++;
    if (!json_equal(got, wanted)) {
        char *line = json_dumps(test, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        char *is = json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY);
        char *should = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);
        printf("%.300s\n  %s: %s, should be %s\n", line, what, is, should);
        free(line);
        free(is);
        free(should);
        failed = 1;
    }
    json_decref(got);
}

/* ---- Bytes: a character of the table is one. ---- */

typedef struct {
    char *at; /* of its own memory of just that size, so that a sanitizer sees a read too far; NULL for null */
    size_t len;
} bytes;

static bytes bytes_of(const json_t *string)
{
    bytes result = {NULL, 0};
    const unsigned char *utf8;
    size_t len, i;
    if (!json_is_string(string)) return result;
    utf8 = (const unsigned char *)json_string_value(string);
    len = json_string_length(string);
    result.at = malloc(len + 1);
    for (i = 0; i < len; i++) {
        int wide = utf8[i] >= 0x80;
        if (wide && utf8[i] > 0xC3) die("a character above U+00FF is no byte");
        result.at[result.len++] = (char)(wide ? (utf8[i] & 3) << 6 | (utf8[i + 1] & 0x3F) : utf8[i]);
        i += (size_t)wide;
    }
    result.at = realloc(result.at, result.len > 0 ? result.len : 1);
    return result;
}

static json_t *json_of(const char *at, size_t len)
{
    char *utf8 = malloc(2 * len + 1);
    size_t to = 0, i;
    json_t *string;
    for (i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)at[i];
        if (byte >= 0x80) utf8[to++] = (char)(0xC0 | byte >> 6);
        utf8[to++] = (char)(byte >= 0x80 ? 0x80 | (byte & 0x3F) : byte);
    }
    string = json_stringn(utf8, to);
    free(utf8);
    return string;
}

/* ---- Words, by the enums of smtperr.json ---- */

/* By the enum of the kinds: providers, blocklists, rules and codes have a kind, but no enum in the header. */
static int kind_of(const char *enum_name)
{
    const json_t *kinds = json_object_get(json_object_get(json_object_get(about, "enums"), "kind"), "values");
    const json_t *kind;
    size_t i;
    json_array_foreach(kinds, i, kind) {
        if (strcmp(json_string_value(json_object_get(kind, "name")), enum_name) == 0) {
            return (int)json_integer_value(json_object_get(kind, "value"));
        }
    }
    return 0;
}

static int32_t number_of(const char *enum_name, const json_t *word)
{
    const json_t *values = json_object_get(json_object_get(json_object_get(about, "enums"), enum_name), "values");
    const json_t *value;
    size_t i;
    json_array_foreach(values, i, value) {
        if (json_equal(json_object_get(value, "name"), word)) return (int32_t)json_integer_value(json_object_get(value, "value"));
    }
    if (json_is_string(word) && kind_of(enum_name) != 0) {
        const int32_t number = smtperr_value(kind_of(enum_name), json_string_value(word), json_string_length(word));
        if (number != INT32_MIN) return number;
    }
    die("%s is no %s", json_is_string(word) ? json_string_value(word) : "that", enum_name);
    return 0;
}

static json_t *word_of(const char *enum_name, int32_t number)
{
    const json_t *values = json_object_get(json_object_get(json_object_get(about, "enums"), enum_name), "values");
    const json_t *value;
    size_t i;
    json_array_foreach(values, i, value) {
        if (json_integer_value(json_object_get(value, "value")) == number) return json_copy(json_object_get(value, "name"));
    }
    return json_string(smtperr_name(kind_of(enum_name), number));
}

static int32_t enhanced_of(const json_t *text)
{
    return json_is_string(text) ? smtperr_enhanced_parse(json_string_value(text), json_string_length(text)) : 0;
}

/* ---- Structs, at the offsets of smtperr.json ---- */

static const json_t *field_of(const char *type, const char *name)
{
    const json_t *fields = json_object_get(json_object_get(json_object_get(about, "structs"), type), "fields");
    const json_t *field;
    size_t i;
    json_array_foreach(fields, i, field) {
        if (strcmp(json_string_value(json_object_get(field, "name")), name) == 0) return field;
    }
    die("%s has no field %s", type, name);
    return NULL;
}

static size_t size_of(const char *type)
{
    return (size_t)json_integer_value(json_object_get(json_object_get(json_object_get(about, "structs"), type), "size"));
}

static const char *means(const json_t *field, const char *how)
{
    const char *meaning = json_string_value(json_object_get(field, "means"));
    return strncmp(meaning, how, strlen(how)) == 0 ? meaning + strlen(how) : NULL;
}

static void put(const char *type, void *place, const char *name, const json_t *value)
{
    const json_t *field = field_of(type, name);
    const char *of;
    int32_t number;
    if ((of = means(field, "enum ")) != NULL) {
        number = json_is_null(value) ? 0 : number_of(of, value);
    } else if ((of = means(field, "id of ")) != NULL) {
        number = number_of(of, value);
    } else if (means(field, "enhanced") != NULL) {
        number = enhanced_of(value);
    } else {
        number = json_is_boolean(value) ? json_is_true(value) : (int32_t)json_integer_value(value);
    }
    memcpy((char *)place + json_integer_value(json_object_get(field, "offset")), &number, sizeof number);
}

/* A field as the table writes it; spans are of the reply. */
static json_t *get(const char *type, const void *place, const char *name, bytes reply)
{
    const json_t *field = field_of(type, name);
    const char *from = (const char *)place + json_integer_value(json_object_get(field, "offset"));
    const char *of;
    int32_t number;
    memcpy(&number, from, sizeof number);
    if (means(field, "span") != NULL) {
        smtperr_span span;
        memcpy(&span, from, sizeof span);
        if (span.at > reply.len || span.len > reply.len - span.at) die("a span outside of the reply");
        return json_of(span.len > 0 ? reply.at + span.at : "", span.len);
    }
    if ((of = means(field, "enum ")) != NULL) {
        return number == 0 && (strcmp(of, "failure") == 0 || strcmp(of, "status") == 0) ? json_null() : word_of(of, number);
    }
    if ((of = means(field, "id of ")) != NULL) return number == 0 ? json_null() : word_of(of, number);
    if (means(field, "bits of ") != NULL) {
        json_t *list = json_array();
        uint32_t bit;
        for (bit = 1; bit != 0; bit <<= 1) {
            if (((uint32_t)number & bit) != 0) json_array_append_new(list, word_of("flag", (int32_t)bit));
        }
        return list;
    }
    if (means(field, "enhanced") != NULL) {
        char text[16];
        return smtperr_enhanced_format(number, text, sizeof text) > 0 ? json_string(text) : json_null();
    }
    if (means(field, "boolean") != NULL) return json_boolean(number);
    return json_integer(strcmp(json_string_value(json_object_get(field, "type")), "uint32_t") == 0 ? (json_int_t)(uint32_t)number
                                                                                                   : number);
}

/* ---- The arguments of a case ---- */

typedef struct {
    smtperr_context context;
    smtperr_policy policy, *policy_or_null;
} situation;

static void read_situation(const json_t *test, situation *s)
{
    const json_t *context = json_object_get(test, "context");
    json_t *policy = json_object_get(test, "policy");
    const json_t *bits = json_object_get(json_object_get(json_object_get(about, "enums"), "context"), "values");
    const char *name;
    json_t *value;
    size_t i;
    memset(s, 0, sizeof *s);
    s->context.size = (uint32_t)size_of("smtperr_context");
    json_object_foreach((json_t *)(uintptr_t)context, name, value) {
        char hyphened[32], *c;
        uint32_t found = 0;
        const json_t *bit;
        snprintf(hyphened, sizeof hyphened, "%s", strcmp(name, "recipients_accepted") == 0 ? "recipients_counted" : name);
        for (c = hyphened; *c != '\0'; c++) {
            if (*c == '_') *c = '-';
        }
        json_array_foreach(bits, i, bit) {
            if (strcmp(json_string_value(json_object_get(bit, "name")), hyphened) == 0) {
                found = (uint32_t)json_integer_value(json_object_get(bit, "value"));
            }
        }
        if (!json_is_false(value)) s->context.flags |= found;
        if (!json_is_boolean(value)) put("smtperr_context", &s->context, name, value);
    }
    s->policy_or_null = policy != NULL ? &s->policy : NULL;
    s->policy.size = (uint32_t)size_of("smtperr_policy");
    json_object_foreach(policy, name, value) {
        put("smtperr_policy", &s->policy, name, value);
    }
}

static void check_verdict(const json_t *test, const smtperr_verdict *verdict, bytes reply)
{
    const char *name;
    json_t *wanted;
    json_object_foreach(json_object_get(test, "verdict"), name, wanted) {
        check(test, name, get("smtperr_verdict", verdict, name, reply), wanted);
    }
    if (verdict->size != size_of("smtperr_verdict") || verdict->data_version != smtperr_data_version()) {
        check(test, "size and data_version", json_false(), json_true());
    }
}

static json_t *span_or_null(int32_t found, const smtperr_span *span, bytes reply)
{
    return found == 1 ? json_of(reply.at + span->at, span->len) : json_null();
}

static smtperr_verdict verdict_of(const json_t *of, bytes *reply)
{
    smtperr_context context = {.size = sizeof context, .stage = number_of("stage", json_object_get(of, "stage"))};
    smtperr_verdict verdict;
    *reply = bytes_of(json_object_get(of, "reply"));
    if (smtperr_evaluate(reply->at, reply->len, SMTPERR_SHAPE_WIRE, &context, NULL, &verdict, sizeof verdict) < 0) die("of");
    return verdict;
}

/* ---- calls ---- */

static void run_call(const json_t *test)
{
    const char *call = json_string_value(json_object_get(test, "call"));
    bytes reply = bytes_of(json_object_get(test, "reply"));
    const json_t *stage = json_object_get(test, "stage");
    const json_t *shape = json_object_get(test, "shape");
    json_t *gives = json_object_get(test, "gives");
    json_t *change = json_object_get(test, "change");
    const int32_t stage_number = stage != NULL ? number_of("stage", stage) : 0;
    const int32_t shape_number = shape != NULL ? number_of("shape", shape) : 0;
    static char names[64][64];
    static size_t name_count;
    json_t *got = NULL, *value;
    const char *field;
    smtperr_verdict verdict;
    smtperr_span span = {0, 0};
    situation s;

    if (name_count < 64) {
        snprintf(names[name_count], sizeof names[0], "smtperr_%s", call);
        note_call(names[name_count]);
        name_count += called[called_count - 1] == names[name_count];
    }
    memset(&verdict, UNTOUCHED, sizeof verdict);
    read_situation(test, &s);

    if (strcmp(call, "should_retry") == 0) {
        got = json_boolean(smtperr_should_retry(reply.at, reply.len, stage_number));
    } else if (strcmp(call, "action") == 0) {
        got = word_of("action", smtperr_action(reply.at, reply.len, stage_number));
    } else if (strcmp(call, "should_retry_code") == 0) {
        got = json_boolean(smtperr_should_retry_code((int32_t)json_integer_value(json_object_get(test, "code")),
                                                     enhanced_of(json_object_get(test, "enhanced")), stage_number));
    } else if (strcmp(call, "evaluate") == 0) {
        const int32_t result = smtperr_evaluate(reply.at, reply.len, shape_number, &s.context, s.policy_or_null, &verdict,
                                                sizeof verdict);
        got = word_of("status", result < 0 ? result : verdict.status);
    } else if (strcmp(call, "evaluate_failure") == 0) {
        got = word_of("status", smtperr_evaluate_failure(number_of("failure", json_object_get(test, "failure")), &s.context,
                                                         s.policy_or_null, &verdict, sizeof verdict));
    } else if (strcmp(call, "classify") == 0) {
        const int32_t result = smtperr_classify(reply.at, reply.len, shape_number, &s.context, &verdict, sizeof verdict);
        got = word_of("status", result < 0 ? result : verdict.status);
    } else if (strcmp(call, "decide") == 0) {
        verdict = verdict_of(json_object_get(test, "of"), &reply);
        json_object_foreach(change, field, value) {
            put("smtperr_verdict", &verdict, field, value);
        }
        got = word_of("status", smtperr_decide(&s.context, s.policy_or_null, &verdict, sizeof verdict));
    } else if (strcmp(call, "failure_from") == 0) {
        got = word_of("failure", smtperr_failure_from(number_of("number", json_object_get(test, "list")),
                                                      (int32_t)json_integer_value(json_object_get(test, "number"))));
    } else if (strcmp(call, "trace") == 0) {
        smtperr_match matches[16];
        const int32_t count = smtperr_trace(reply.at, reply.len, shape_number, &s.context, matches, sizeof matches[0], 16);
        gives = json_object_get(test, "first");
        got = count > 0 ? json_object() : json_null();
        json_object_foreach(count > 0 ? gives : NULL, field, value) {
            json_object_set_new(got, field, get("smtperr_match", matches, field, reply));
        }
    } else if (strcmp(call, "provider_of_host") == 0) {
        bytes host = bytes_of(json_object_get(test, "host"));
        const int32_t id = smtperr_provider_of_host(host.at, host.len);
        got = id == 0 ? json_null() : word_of("provider", id);
        free(host.at);
    } else if (strcmp(call, "reply_line") == 0) {
        const uint32_t index = (uint32_t)json_integer_value(json_object_get(test, "index"));
        got = span_or_null(smtperr_reply_line(reply.at, reply.len, index, &span), &span, reply);
    } else if (strcmp(call, "reply_keyword") == 0) {
        bytes keyword = bytes_of(json_object_get(test, "keyword"));
        got = span_or_null(smtperr_reply_keyword(reply.at, reply.len, keyword.at, keyword.len, &span), &span, reply);
        free(keyword.at);
    } else if (strcmp(call, "reply_queue_id") == 0) {
        got = span_or_null(smtperr_reply_queue_id(reply.at, reply.len, &span), &span, reply);
    } else if (strcmp(call, "sanitize") == 0) {
        const size_t size = smtperr_sanitize(reply.at, reply.len, NULL, 0) + 1;
        char *out = malloc(size);
        smtperr_sanitize(reply.at, reply.len, out, size);
        got = json_of(out, size - 1);
        free(out);
    } else if (strcmp(call, "enhanced_parse") == 0) {
        bytes text = bytes_of(json_object_get(test, "text"));
        got = json_integer(smtperr_enhanced_parse(text.at, text.len));
        free(text.at);
    } else if (strcmp(call, "enhanced_format") == 0) {
        char text[16];
        smtperr_enhanced_format((int32_t)json_integer_value(json_object_get(test, "enhanced")), text, sizeof text);
        got = json_string(text);
    } else if (strcmp(call, "explain") == 0) {
        verdict = verdict_of(json_object_get(test, "of"), &reply);
        got = json_string(smtperr_explain(&verdict, number_of("say", json_object_get(test, "say"))));
    } else if (strcmp(call, "describe") == 0) {
        const json_t *of = json_object_get(test, "value");
        const char *kind = json_string_value(json_object_get(test, "kind"));
        got = json_string(smtperr_describe(number_of("kind", json_object_get(test, "kind")),
                                           json_is_string(of) ? number_of(kind, of) : (int32_t)json_integer_value(of), stage_number,
                                           number_of("say", json_object_get(test, "say"))));
    } else if (strcmp(call, "name") == 0) {
        got = json_string(smtperr_name(number_of("kind", json_object_get(test, "kind")),
                                       (int32_t)json_integer_value(json_object_get(test, "number"))));
    } else if (strcmp(call, "value") == 0) {
        bytes name = bytes_of(json_object_get(test, "name"));
        const int32_t number = smtperr_value(number_of("kind", json_object_get(test, "kind")), name.at, name.len);
        got = number == INT32_MIN ? json_null() : json_integer(number);
        free(name.at);
    } else {
        die("no call %s", call);
    }
    check(test, "result", got, gives);
    if (json_object_get(test, "verdict") != NULL) check_verdict(test, &verdict, reply);
    free(reply.at);
}

/* ---- streams ---- */

/* Feeds pieces that end at the two places, or lines; list gets the replies. */
static void run_stream(const json_t *test, bytes stream, size_t first, size_t second)
{
    const size_t keep_size = (size_t)json_integer_value(json_object_get(test, "keep"));
    json_t *lines = json_object_get(test, "lines");
    json_t *replies = json_array(), *line;
    char *keep = keep_size > 0 ? malloc(keep_size) : NULL;
    smtperr_context context = {.size = sizeof context, .stage = number_of("stage", json_object_get(test, "stage"))};
    smtperr_reader reader;
    smtperr_verdict verdict;
    bytes reply;
    size_t at = 0, used, i;
    int32_t status = SMTPERR_NONE;
    if (smtperr_reader_init(&reader, sizeof reader, keep, keep_size) != 0) die("reader");
    json_array_foreach(lines, i, line) {
        bytes text = bytes_of(line);
        status = smtperr_reader_feed_line(&reader, text.at, text.len);
        reply.at = (char *)(uintptr_t)smtperr_reader_reply(&reader, &reply.len);
        if (status == SMTPERR_REPLY) json_array_append_new(replies, json_of(reply.at, reply.len));
        free(text.at);
    }
    while (at < stream.len && status >= 0) {
        const size_t end = at < first ? first : at < second ? second : stream.len;
        status = smtperr_reader_feed(&reader, stream.at + at, end - at, &used);
        at += used;
        reply.at = (char *)(uintptr_t)smtperr_reader_reply(&reader, &reply.len);
        if (status == SMTPERR_REPLY) json_array_append_new(replies, json_of(reply.at, reply.len));
        if ((smtperr_reader_pending(&reader) == 0) != (status == SMTPERR_REPLY) && status >= 0) die("pending");
    }
    check(test, "replies", replies, json_object_get(test, "replies"));
    if (status >= 0) status = smtperr_reader_pending(&reader) > 0 ? SMTPERR_ERR_INCOMPLETE : SMTPERR_NONE;
    check(test, "end", word_of("status", status), json_object_get(test, "end"));
    reply.at = (char *)(uintptr_t)smtperr_reader_reply(&reader, &reply.len);
    smtperr_reader_evaluate(&reader, &context, NULL, &verdict, sizeof verdict);
    check_verdict(test, &verdict, reply);
    free(keep);
}

static void run_stream_in_pieces(const json_t *test)
{
    bytes stream = bytes_of(json_object_get(test, "bytes"));
    size_t first, second;
    if (stream.len == 0) {
        run_stream(test, stream, 0, 0);
        free(stream.at);
        return;
    }
    for (first = 0; first < stream.len; first++) {
        for (second = first + 1; second <= stream.len; second++) {
            run_stream(test, stream, first, second);
        }
    }
    free(stream.at);
}

/* ---- limits: the functions as they are, with arguments that only C can say ---- */

typedef struct {
    void *at;
    int64_t number;
    size_t room;
} argument;

static void run_limit(const json_t *test)
{
    const char *name = json_string_value(json_object_get(test, "function"));
    const json_t *list = json_object_get(test, "arguments"), *item, *value;
    const json_t *writes = json_object_get(test, "writes"), *text = json_object_get(test, "text");
    const json_t *at_least = json_object_get(test, "at_least");
    argument a[ARGUMENTS_MAX] = {{NULL, 0, 0}};
    int64_t number = 0;
    const char *string = NULL;
    size_t i, j;

    note_call(name);
    json_array_foreach(list, i, item) {
        if (json_is_integer(item)) {
            a[i].number = json_integer_value(item);
        } else if (json_is_string(item)) {
            a[i].at = bytes_of(item).at;
        } else if (json_is_object(item) && json_object_get(item, "room") != NULL) {
            a[i].room = (size_t)json_integer_value(json_object_get(item, "room"));
            a[i].at = malloc(a[i].room);
            memset(a[i].at, UNTOUCHED, a[i].room);
        } else if (json_is_object(item)) {
            int32_t *numbers = a[i].at = malloc(4 * json_array_size(json_object_get(item, "int32")));
            json_array_foreach(json_object_get(item, "int32"), j, value) {
                numbers[j] = (int32_t)json_integer_value(value);
            }
        }
    }
#define P(i) (a[i].at)
#define N(i) ((int32_t)a[i].number)
#define U(i) ((uint32_t)a[i].number)
#define Z(i) ((size_t)a[i].number)
#define IF(function) else if (strcmp(name, #function) == 0)
    if (name == NULL) die("function");
    IF(smtperr_should_retry) number = smtperr_should_retry(P(0), Z(1), N(2));
    IF(smtperr_action) number = smtperr_action(P(0), Z(1), N(2));
    IF(smtperr_should_retry_code) number = smtperr_should_retry_code(N(0), N(1), N(2));
    IF(smtperr_evaluate) number = smtperr_evaluate(P(0), Z(1), N(2), P(3), P(4), P(5), Z(6));
    IF(smtperr_evaluate_failure) number = smtperr_evaluate_failure(N(0), P(1), P(2), P(3), Z(4));
    IF(smtperr_failure_from) number = smtperr_failure_from(N(0), N(1));
    IF(smtperr_classify) number = smtperr_classify(P(0), Z(1), N(2), P(3), P(4), Z(5));
    IF(smtperr_decide) number = smtperr_decide(P(0), P(1), P(2), Z(3));
    IF(smtperr_trace) number = smtperr_trace(P(0), Z(1), N(2), P(3), P(4), Z(5), Z(6));
    IF(smtperr_provider_of_host) number = smtperr_provider_of_host(P(0), Z(1));
    IF(smtperr_reader_size) number = (int64_t)smtperr_reader_size();
    IF(smtperr_reader_init) number = smtperr_reader_init(P(0), Z(1), P(2), Z(3));
    IF(smtperr_reader_feed) number = smtperr_reader_feed(P(0), P(1), Z(2), P(3));
    IF(smtperr_reader_feed_line) number = smtperr_reader_feed_line(P(0), P(1), Z(2));
    IF(smtperr_reader_pending) number = smtperr_reader_pending(P(0));
    IF(smtperr_reader_reply) string = smtperr_reader_reply(P(0), P(1));
    IF(smtperr_reader_evaluate) number = smtperr_reader_evaluate(P(0), P(1), P(2), P(3), Z(4));
    IF(smtperr_reply_line) number = smtperr_reply_line(P(0), Z(1), U(2), P(3));
    IF(smtperr_reply_keyword) number = smtperr_reply_keyword(P(0), Z(1), P(2), Z(3), P(4));
    IF(smtperr_reply_queue_id) number = smtperr_reply_queue_id(P(0), Z(1), P(2));
    IF(smtperr_sanitize) number = (int64_t)smtperr_sanitize(P(0), Z(1), P(2), Z(3));
    IF(smtperr_enhanced_parse) number = smtperr_enhanced_parse(P(0), Z(1));
    IF(smtperr_enhanced_format) number = (int64_t)smtperr_enhanced_format(N(0), P(1), Z(2));
    IF(smtperr_explain) string = smtperr_explain(P(0), N(1));
    IF(smtperr_describe) string = smtperr_describe(N(0), N(1), N(2), N(3));
    IF(smtperr_name) string = smtperr_name(N(0), N(1));
    IF(smtperr_value) number = smtperr_value(N(0), P(1), Z(2));
    IF(smtperr_next) number = smtperr_next(N(0), N(1));
    IF(smtperr_version_number) number = smtperr_version_number();
    IF(smtperr_data_version) number = smtperr_data_version();
    else die("no function %s", name);

    if (at_least != NULL) {
        check(test, "at least", json_boolean(number >= json_integer_value(at_least)), json_true());
    } else {
        check(test, "result", string != NULL ? json_string(string) : json_integer(number), json_object_get(test, "gives"));
    }
    json_array_foreach(json_array_get(writes, 1), i, value) {
        const int32_t *numbers = a[json_integer_value(json_array_get(writes, 0))].at;
        check(test, "writes", json_integer(numbers[i]), value);
    }
    if (text != NULL) {
        check(test, "text", json_string(a[json_integer_value(json_array_get(text, 0))].at), json_array_get(text, 1));
    }
    for (i = 0; i < ARGUMENTS_MAX; i++) {
        /* Misuse writes nothing. */
        for (j = 0; number == SMTPERR_ERR_MISUSE && j < a[i].room; j++) {
            if (((unsigned char *)a[i].at)[j] != UNTOUCHED) {
                check(test, "untouched", json_integer((json_int_t)j), json_null());
                break;
            }
        }
        free(a[i].at);
    }
}

/* ---- words: each name in smtperr.json both ways, and the list of each kind ---- */

static void run_words(void)
{
    const char *name;
    json_t *one;
    json_object_foreach(json_object_get(about, "enums"), name, one) {
        const int32_t kind = kind_of(name);
        const json_t *own = json_object_get(one, "kind"), *value;
        size_t i, listed = 0;
        int32_t number;
        check(one, "kind", kind != 0 ? json_integer(kind) : json_null(), own);
        if (kind == 0) continue;
        json_array_foreach(json_object_get(one, "values"), i, value) {
            const json_t *word = json_object_get(value, "name");
            number = (int32_t)json_integer_value(json_object_get(value, "value"));
            check(value, "name", json_string(smtperr_name(kind, number)), word);
            check(value, "value", json_integer(smtperr_value(kind, json_string_value(word), json_string_length(word))),
                  json_object_get(value, "value"));
        }
        for (number = smtperr_next(kind, INT32_MIN); number != INT32_MIN; number = smtperr_next(kind, number)) {
            listed++;
        }
        /* The data has more failures than the header. */
        if (strcmp(name, "failure") == 0 ? listed <= i : listed != i) {
            printf("%s: the library lists %zu, smtperr.json %zu\n", name, listed, i);
            failed = 1;
        }
    }
    note_call("smtperr_next");
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *cases, *test;
    size_t i, j;
    if (argc != 3) die("usage: cases SMTPERR.JSON CASES.JSON");
    about = json_load_file(argv[1], 0, &error);
    if (about == NULL) die("%s:%d: %s", argv[1], error.line, error.text);
    cases = json_load_file(argv[2], JSON_ALLOW_NUL, &error);
    if (cases == NULL) die("%s:%d: %s", argv[2], error.line, error.text);

    run_words();
    json_array_foreach(json_object_get(cases, "calls"), i, test) {
        run_call(test);
    }
    json_array_foreach(json_object_get(cases, "streams"), i, test) {
        run_stream_in_pieces(test);
    }
    json_array_foreach(json_object_get(cases, "limits"), i, test) {
        run_limit(test);
    }
    json_array_foreach(json_object_get(about, "functions"), i, test) {
        const char *name = json_string_value(json_object_get(test, "name"));
        for (j = 0; j < called_count && strcmp(called[j], name) != 0; j++) {
        }
        if (j == called_count) {
            printf("%s: no case calls it\n", name);
            failed = 1;
        }
    }
    printf("%zu checks, %s\n", checked, failed ? "some wrong" : "all right");
    json_decref(cases);
    json_decref(about);
    return failed;
}
