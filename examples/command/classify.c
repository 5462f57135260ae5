/* SPDX-License-Identifier: MIT
 *
 * smtperr classify: for programs. One reply gives one line and an exit status that a shell script can act on; JSON
 * lines give JSON lines, each answer written at once, in memory that the longest line bounds.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WHY_SIZE = 200 };

static int classify_one(const struct settings *settings, int count, char **arguments)
{
    smtperr_verdict verdict;
    char phrase[SENTENCE_SIZE];
    char sentence[SENTENCE_SIZE];
    char *reply = NULL;
    size_t reply_len = 0;
    int32_t status;

    if (settings->failure != 0) {
        if (count > 0) {
            complain("a failure has no reply: what is '%s'?", arguments[0]);
            return EXIT_USAGE;
        }
        status = smtperr_evaluate_failure(settings->failure, &settings->context, &settings->policy, &verdict,
                                          sizeof verdict);
    } else {
        bool given = count > 0 && !(count == 1 && strcmp(arguments[0], "-") == 0);
        reply = given ? join(count, arguments) : read_reply(&reply_len);
        if (reply == NULL) return EXIT_NO_INPUT;
        if (given) reply_len = strlen(reply);
        status = smtperr_evaluate(reply, reply_len, settings->shape, &settings->context, &settings->policy, &verdict,
                                  sizeof verdict);
    }
    if (status == SMTPERR_ERR_MISUSE) {
        complain("the options contradict each other");
        free(reply);
        return EXIT_USAGE;
    }
    if (settings->json) {
        json_write(verdict_to_json(&verdict, reply, reply_len));
    } else {
        printf("%s%s%s %s (%s): %s\n", say_colour(&verdict), smtperr_name(SMTPERR_KIND_ACTION, verdict.action), say_plain(),
               smtperr_name(SMTPERR_KIND_CATEGORY, verdict.category), evidence_phrase(&verdict, phrase),
               decision_sentence(&verdict, sentence));
    }
    free(reply);
    return verdict.retry ? EXIT_RETRY : verdict.action == SMTPERR_ACTION_BOUNCE ? EXIT_GIVE_UP : EXIT_DONE;
}

/* A string of the object, or NULL if it is absent or null. False if it is something else. */
static bool get_string(const json_t *object, const char *key, const json_t **string, char *why)
{
    *string = json_object_get(object, key);
    if (*string != NULL && json_is_null(*string)) *string = NULL;
    if (*string == NULL || json_is_string(*string)) return true;
    snprintf(why, WHY_SIZE, "\"%s\" must be a string", key);
    return false;
}

/* The value of a word; a NUL in it makes it another word. */
static int32_t value_of(int32_t kind, const json_t *word)
{
    const char *text = json_string_value(word);
    return strlen(text) == json_string_length(word) ? word_value(kind, text) : INT32_MIN;
}

/* False, and why. Foreign words in messages are short, printable and without addresses. */
static bool unknown_word(const char *key, const json_t *word, char *why)
{
    char *clean = clean_text(json_string_value(word), json_string_length(word));
    mask_addresses(clean);
    text_shorten(clean, 40);
    snprintf(why, WHY_SIZE, "no such %s: '%s'", key, clean);
    free(clean);
    return false;
}

static bool get_code(const json_t *object, long *code, char *why)
{
    const json_t *value = json_object_get(object, "code");
    const char *text = json_string_value(value); /* NULL if it is none */
    uint32_t number = 0;

    *code = 0;
    if (value == NULL || json_is_null(value)) return true;
    if (json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= 999) {
        *code = (long)json_integer_value(value);
        return true;
    }
    if (text != NULL && strlen(text) == 3 && parse_number(text, &number)) {
        *code = (long)number;
        return true;
    }
    snprintf(why, WHY_SIZE, "\"code\" must be a reply code of three digits");
    return false;
}

/* Code, enhanced code and text put together again as the server must have sent them: each line with its code. */
static char *compose(long code, const char *enhanced, const char *text, size_t text_len, size_t *reply_len)
{
    size_t lines = 1;
    size_t used = 0;
    const char *end = text + text_len;
    char *reply;

    for (const char *c = text; c < end; c++)
        lines += *c == '\n';
    reply = need(malloc(text_len + lines * (strlen(enhanced) + 8) + 1));
    for (;;) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        bool last = line_end == NULL || line_end + 1 == end; /* a final line end begins no other line */
        size_t line_len = (size_t)((line_end != NULL ? line_end : end) - text);
        size_t word_len = 0;
        if (line_len > 0 && text[line_len - 1] == '\r') line_len--;
        while (word_len < line_len && text[word_len] != ' ')
            word_len++;
        if (code != 0) used += (size_t)sprintf(reply + used, "%03ld%c", code, last ? ' ' : '-');
        if (*enhanced != '\0' && smtperr_enhanced_parse(text, word_len) == 0)
            used += (size_t)sprintf(reply + used, "%s ", enhanced);
        memcpy(reply + used, text, line_len);
        used += line_len;
        if (code != 0 || !last) {
            memcpy(reply + used, "\r\n", 2);
            used += 2;
        }
        if (last) break;
        text = line_end + 1;
    }
    *reply_len = used;
    return reply;
}

/* The text that a caller calls the text may be the whole reply. */
static bool begins_with_code(const char *text, size_t text_len, long code)
{
    char digits[8];
    snprintf(digits, sizeof digits, "%03ld", code);
    return text_len >= 3 && memcmp(text, digits, 3) == 0 && (text_len == 3 || text[3] == ' ' || text[3] == '-');
}

static char *copy(const json_t *string, size_t *reply_len)
{
    char *bytes = need(malloc(json_string_length(string) + 1));

    *reply_len = json_string_length(string);
    memcpy(bytes, json_string_value(string), *reply_len + 1);
    return bytes;
}

/* The reply, whole or from its parts, to be freed; NULL and why. */
static char *get_reply(const json_t *object, size_t *reply_len, char *why)
{
    const json_t *reply;
    const json_t *text;
    const json_t *enhanced;
    long code;

    if (!get_string(object, "reply", &reply, why)) return NULL;
    if (reply != NULL) return copy(reply, reply_len);
    if (!get_string(object, "text", &text, why) || !get_string(object, "enhanced", &enhanced, why)) return NULL;
    if (!get_code(object, &code, why)) return NULL;
    if (code == 0 && text == NULL && enhanced == NULL) {
        snprintf(why, WHY_SIZE, "neither \"reply\" nor \"code\" and \"text\" nor \"failure\"");
        return NULL;
    }
    if (enhanced != NULL && smtperr_enhanced_parse(json_string_value(enhanced), json_string_length(enhanced)) == 0) {
        unknown_word("enhanced code", enhanced, why);
        return NULL;
    }
    if (text != NULL && code != 0 && begins_with_code(json_string_value(text), json_string_length(text), code))
        return copy(text, reply_len);
    return compose(code, enhanced != NULL ? json_string_value(enhanced) : "",
                   text != NULL ? json_string_value(text) : "", text != NULL ? json_string_length(text) : 0, reply_len);
}

/* The verdict on one object, and the reply that it is about, to be freed; or false and why. */
static bool evaluate_object(const json_t *object, const struct settings *settings, smtperr_verdict *verdict,
                            char **reply, size_t *reply_len, char *why)
{
    smtperr_context context = settings->context;
    int32_t shape = settings->shape;
    int32_t status;
    const json_t *failure;
    const json_t *word;

    *reply = NULL;
    *reply_len = 0;
    if (!get_string(object, "stage", &word, why)) return false;
    if (word != NULL) {
        context.stage = value_of(SMTPERR_KIND_STAGE, word);
        if (context.stage == INT32_MIN) return unknown_word("stage", word, why);
    }
    if (!get_string(object, "shape", &word, why)) return false;
    if (word != NULL) {
        if (strcmp(json_string_value(word), "wire") == 0)
            shape = SMTPERR_SHAPE_WIRE;
        else if (strcmp(json_string_value(word), "text") == 0)
            shape = SMTPERR_SHAPE_TEXT;
        else
            return unknown_word("shape", word, why);
    }
    if (!context_from_json(&context, object, why, WHY_SIZE)) return false;
    if (!get_string(object, "failure", &failure, why)) return false;
    if (failure != NULL) {
        int32_t number = value_of(SMTPERR_KIND_FAILURE, failure);
        if (!get_string(object, "reply", &word, why)) return false;
        if (word != NULL) {
            snprintf(why, WHY_SIZE, "\"reply\" and \"failure\" exclude each other");
            return false;
        }
        if (number == INT32_MIN) return unknown_word("failure", failure, why);
        status = smtperr_evaluate_failure(number, &context, &settings->policy, verdict, sizeof *verdict);
    } else {
        *reply = get_reply(object, reply_len, why);
        if (*reply == NULL) return false;
        status = smtperr_evaluate(*reply, *reply_len, shape, &context, &settings->policy, verdict, sizeof *verdict);
    }
    if (status == SMTPERR_ERR_MISUSE) {
        snprintf(why, WHY_SIZE, "the context is not in order");
        free(*reply);
        return false;
    }
    return true;
}

/* One line in, one line out; or false and why. */
static bool answer(const char *line, size_t line_len, const struct settings *settings, char *why)
{
    json_error_t error;
    json_t *object = json_loadb(line, line_len, JSON_ALLOW_NUL, &error);
    json_t *result;
    json_t *answered;
    smtperr_verdict verdict;
    char *reply;
    size_t reply_len;

    if (object == NULL) {
        char *near = strstr(error.text, " near "); /* jansson quotes the input, which may be secret */
        if (near != NULL) *near = '\0';
        snprintf(why, WHY_SIZE, "no JSON: %s (byte %d)", error.text, error.position);
        return false;
    }
    if (!json_is_object(object)) {
        snprintf(why, WHY_SIZE, "no JSON object");
        json_decref(object);
        return false;
    }
    if (!evaluate_object(object, settings, &verdict, &reply, &reply_len, why)) {
        json_decref(object);
        return false;
    }
    result = need(json_object());
    if (json_object_get(object, "id") != NULL) json_object_set(result, "id", json_object_get(object, "id"));
    answered = verdict_to_json(&verdict, reply, reply_len);
    free(reply);
    json_object_update(result, answered);
    json_decref(answered);
    if (verdict.failure == 0) json_object_del(object, "failure"); /* it was null */
    json_object_update_missing(result, object);
    json_decref(object);
    json_write(result);
    return true;
}

static int classify_lines(const struct settings *settings, const char *path)
{
    FILE *input = open_input(path);
    const char *name = input == stdin ? "line " : path;
    char *line = NULL;
    size_t line_size = 0;
    ssize_t line_len;
    unsigned long number = 0;
    unsigned long bad = 0;
    int status = EXIT_DONE;

    if (input == NULL) return EXIT_NO_INPUT;
    /* Whoever writes a line and waits for its answer gets it. */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    while ((line_len = getline(&line, &line_size, input)) != -1) {
        char why[WHY_SIZE];
        number++;
        if (strspn(line, " \t\r\n") == (size_t)line_len) continue;
        if (!answer(line, (size_t)line_len, settings, why)) {
            complain("%s%s%lu: %s", name, input == stdin ? "" : ":", number, why);
            bad++;
        }
        if (ferror(stdout)) break;
    }
    if (ferror(input)) {
        complain("%s: %s", input == stdin ? "standard input" : path, strerror(errno));
        status = EXIT_NO_INPUT;
    }
    if (bad > 0) {
        complain("%lu of %lu lines were bad", bad, number);
        status = EXIT_BAD_DATA;
    }
    free(line);
    if (input != stdin) fclose(input);
    return status;
}

int command_classify(const struct settings *settings, int count, char **arguments)
{
    if (!settings->jsonl) return classify_one(settings, count, arguments);
    if (count > 1 || settings->failure != 0) {
        complain("classify --jsonl takes one FILE and no --failure");
        return EXIT_USAGE;
    }
    return classify_lines(settings, count == 1 ? arguments[0] : NULL);
}
