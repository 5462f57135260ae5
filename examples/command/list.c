/* SPDX-License-Identifier: MIT
 *
 * smtperr list: everything that has a name, for people and (--json) for programs that want all of it.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int32_t kind;
    const char *what;
} kinds[] = {
    {"codes", SMTPERR_KIND_CODE, "reply codes and their classes"},
    {"enhanced", SMTPERR_KIND_ENHANCED, "enhanced status codes; X stands for any class"},
    {"failures", SMTPERR_KIND_FAILURE, "what goes wrong without a reply"},
    {"categories", SMTPERR_KIND_CATEGORY, "what a refusal is about"},
    {"actions", SMTPERR_KIND_ACTION, "what to do next"},
    {"stages", SMTPERR_KIND_STAGE, "where in the dialogue a reply or failure came"},
    {"scopes", SMTPERR_KIND_SCOPE, "what else an answer is true of"},
    {"parties", SMTPERR_KIND_PARTY, "who must act"},
    {"bases", SMTPERR_KIND_BASIS, "what a category or a decision rests on"},
    {"confidences", SMTPERR_KIND_CONFIDENCE, "how sure a category is"},
    {"origins", SMTPERR_KIND_ORIGIN, "where a delay comes from"},
    {"dsn", SMTPERR_KIND_DSN, "action field of a delivery status notification"},
    {"statuses", SMTPERR_KIND_STATUS, "results of the reader"},
    {"rules", SMTPERR_KIND_RULE, "rows of the data that name categories"},
    {"providers", SMTPERR_KIND_PROVIDER, "who runs the servers that answer"},
    {"blocklists", SMTPERR_KIND_BLOCKLIST, "lists that replies name"},
    {"flags", SMTPERR_KIND_FLAG, "what is noticed about a reply"},
};
enum {
    KINDS = sizeof kinds / sizeof kinds[0],
    WIDEST = 28 /* columns for a name; longer ones have a line of their own */
};

/* What a code says where it is said most; words have one meaning. */
static int32_t usual_stage(int32_t kind, int32_t value)
{
    int32_t stage = INT32_MIN;

    if (kind != SMTPERR_KIND_CODE && kind != SMTPERR_KIND_ENHANCED) return SMTPERR_STAGE_UNKNOWN;
    if (*smtperr_describe(kind, value, SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_WHAT) != '\0') return SMTPERR_STAGE_UNKNOWN;
    while ((stage = smtperr_next(SMTPERR_KIND_STAGE, stage)) != INT32_MIN) {
        if (*smtperr_describe(kind, value, stage, SMTPERR_SAY_WHAT) != '\0') return stage;
    }
    return SMTPERR_STAGE_UNKNOWN;
}

static void list_json(int32_t kind, int32_t value, const char *kind_name, const char *name)
{
    json_t *object = need(json_object());

    json_put_text(object, "kind", kind_name);
    json_put_text(object, "name", name);
    json_put(object, "value", json_integer(value));
    json_put_says(object, kind, value, usual_stage(kind, value));
    json_write(object);
}

static void list_line(const char *name, const char *text, size_t width)
{
    size_t used = strlen(name);
    printf("%s%s%s", say_bold(), name, say_plain());
    if (*text == '\0') {
        putchar('\n');
        return;
    }
    if (used > width)
        printf("\n%*s", (int)width + 2, "");
    else
        printf("%*s", (int)(width - used + 2), "");
    say_rest(text, width + 2);
}

static int32_t sorted_kind;

static int by_name(const void *one, const void *other)
{
    return strcmp(smtperr_name(sorted_kind, *(const int32_t *)one), smtperr_name(sorted_kind, *(const int32_t *)other));
}

static void list_kind(const struct settings *settings, size_t index)
{
    int32_t kind = kinds[index].kind;
    int32_t value = INT32_MIN;
    int32_t *values = NULL;
    size_t count = 0;
    size_t width = 0;

    while ((value = smtperr_next(kind, value)) != INT32_MIN) {
        size_t used = strlen(smtperr_name(kind, value));
        if (used > width) width = used;
        if (count % 64 == 0) values = need(realloc(values, (count + 64) * sizeof *values));
        values[count++] = value;
    }
    if (width > WIDEST) width = WIDEST;
    if (kind == SMTPERR_KIND_RULE || kind == SMTPERR_KIND_PROVIDER || kind == SMTPERR_KIND_BLOCKLIST) { /* their numbers are hashes */
        sorted_kind = kind;
        qsort(values, count, sizeof *values, by_name);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = smtperr_name(kind, values[i]);
        const char *text = smtperr_describe(kind, values[i], usual_stage(kind, values[i]), SMTPERR_SAY_TITLE);
        if (*text == '\0') text = smtperr_describe(kind, values[i], usual_stage(kind, values[i]), SMTPERR_SAY_WHAT);
        if (settings->json)
            list_json(kind, values[i], kinds[index].name, name);
        else
            list_line(name, text, width);
    }
    free(values);
}

/* "codes", or "code", "category", "basis" as people say it. */
static bool same_kind(const char *name, size_t index)
{
    static const char *const singular[KINDS] = {"code",   "enhanced-code", "failure",  "category",   "action", "stage",
                                                "scope",  "party",         "basis",    "confidence", "origin", "dsn",
                                                "status", "rule",          "provider", "blocklist",  "flag"};
    return strcmp(name, kinds[index].name) == 0 || strcmp(name, singular[index]) == 0;
}

int command_list(const struct settings *settings, int count, char **arguments)
{
    if (count > 1) {
        complain("list takes one KIND");
        return EXIT_USAGE;
    }
    if (count == 0) {
        for (size_t i = 0; i < KINDS; i++) {
            if (settings->json) {
                json_t *object = need(json_object());
                json_put_text(object, "kind", kinds[i].name);
                json_put_text(object, "what", kinds[i].what);
                json_write(object);
            } else {
                list_line(kinds[i].name, kinds[i].what, 12);
            }
        }
        return EXIT_DONE;
    }
    for (size_t i = 0; i < KINDS; i++) {
        if (!same_kind(arguments[0], i)) continue;
        list_kind(settings, i);
        return EXIT_DONE;
    }
    complain("no such kind: '%s'; smtperr list shows them", arguments[0]);
    return EXIT_USAGE;
}
