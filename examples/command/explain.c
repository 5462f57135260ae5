/* SPDX-License-Identifier: MIT
 *
 * smtperr explain: for people. Finds out what is meant: a reply, a failure, a code or any other word. What has no single
 * meaning (a code without its stage) is told stage by stage.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STAGES = 16, NAME_SIZE = 64, THINGS = 8 };

/* Something that has a name of its own. */
struct thing {
    int32_t kind;
    int32_t value;
};

static const struct {
    int32_t kind;
    const char *name;
} word_kinds[] = {
    {SMTPERR_KIND_FAILURE, "failure"},   {SMTPERR_KIND_CATEGORY, "category"},     {SMTPERR_KIND_ACTION, "action"},
    {SMTPERR_KIND_STAGE, "stage"},       {SMTPERR_KIND_SCOPE, "scope"},           {SMTPERR_KIND_PARTY, "party"},
    {SMTPERR_KIND_BASIS, "basis"},       {SMTPERR_KIND_CONFIDENCE, "confidence"}, {SMTPERR_KIND_ORIGIN, "origin"},
    {SMTPERR_KIND_DSN, "dsn"},           {SMTPERR_KIND_STATUS, "status"},         {SMTPERR_KIND_RULE, "rule"},
    {SMTPERR_KIND_PROVIDER, "provider"}, {SMTPERR_KIND_BLOCKLIST, "blocklist"},   {SMTPERR_KIND_FLAG, "flag"},
};
enum { WORD_KINDS = sizeof word_kinds / sizeof word_kinds[0] };

/* ---- A verdict ---- */

/* reply is excerpt->reply, or a whole one that stands nowhere. */
static int explain_excerpt(const struct settings *settings, const struct excerpt *excerpt)
{
    struct settings told = *settings;
    smtperr_verdict verdict;

    if (told.context.stage == SMTPERR_STAGE_UNKNOWN) told.context.stage = excerpt->stage;
    if (told.context.provider == 0)
        told.context.provider = smtperr_provider_of_host(excerpt->host, strlen(excerpt->host));
    if (smtperr_evaluate(excerpt->reply, excerpt->reply_len, told.shape, &told.context, &told.policy, &verdict,
                         sizeof verdict) == SMTPERR_ERR_MISUSE) {
        complain("the options contradict each other");
        return EXIT_USAGE;
    }
    page(&told, &verdict, excerpt);
    return EXIT_DONE;
}

static int explain_reply(const struct settings *settings, const char *reply, size_t reply_len)
{
    enum { SHORT = 500 }; /* bytes of what may be one reply that somebody wrapped */
    struct excerpt excerpt = {NULL, 0, SMTPERR_STAGE_UNKNOWN, "", 0, 0};
    bool pasted = settings->shape == SMTPERR_SHAPE_TEXT && is_pasted(reply, reply_len);
    int status;

    if (!pasted || !find_reply(settings, reply, reply_len, &excerpt)) {
        if (pasted && reply_len > SHORT) {
            complain("no reply of a mail server stands in these lines");
            return EXIT_BAD_DATA;
        }
        excerpt.reply = need(malloc(reply_len + 1));
        excerpt.reply_len = reply_len;
        memcpy(excerpt.reply, reply, reply_len);
    }
    status = explain_excerpt(settings, &excerpt);
    free(excerpt.reply);
    return status;
}

static int explain_failure(const struct settings *settings, int32_t failure)
{
    smtperr_verdict verdict;

    if (smtperr_evaluate_failure(failure, &settings->context, &settings->policy, &verdict, sizeof verdict) ==
        SMTPERR_ERR_MISUSE) {
        complain("the options contradict each other");
        return EXIT_USAGE;
    }
    page(settings, &verdict, NULL);
    return EXIT_DONE;
}

/* ---- A code or enhanced code without a stage: one meaning for several stages, and what to do at each ---- */

struct meaning {
    uint32_t stages; /* 1 << stage */
    int32_t stage;   /* one of them */
};

static const char *stage_names(uint32_t stages, char out[SENTENCE_SIZE])
{
    out[0] = '\0';
    for (int32_t stage = 1; stage < STAGES; stage++) {
        if (!(stages >> stage & 1)) continue;
        if (out[0] != '\0') append(out, SENTENCE_SIZE, ", ");
        append(out, SENTENCE_SIZE, smtperr_name(SMTPERR_KIND_STAGE, stage));
    }
    return out;
}

static bool means_the_same(struct thing thing, int32_t stage, int32_t other)
{
    size_t s = 0;
    while (s < SAYS && strcmp(smtperr_describe(thing.kind, thing.value, stage, says[s].say),
                              smtperr_describe(thing.kind, thing.value, other, says[s].say)) == 0)
        s++;
    return s == SAYS;
}

static size_t find_meanings(struct thing thing, struct meaning meanings[STAGES])
{
    size_t count = 0;

    for (int32_t n = 1; n <= STAGES; n++) {
        int32_t stage = n % STAGES; /* unknown comes last: what is true there is true of what nobody named */
        size_t i = 0;

        if (stage == SMTPERR_STAGE_CONNECT) continue; /* a reply there counts as greeting */
        if (*smtperr_describe(thing.kind, thing.value, stage, SMTPERR_SAY_WHAT) == '\0') continue;
        while (i < count && !means_the_same(thing, stage, meanings[i].stage))
            i++;
        if (i == count) {
            meanings[count].stages = 0;
            meanings[count++].stage = stage;
        }
        meanings[i].stages |= (uint32_t)1 << stage;
    }
    /* The usual one, which holds for the stages that no other names, goes first. */
    for (size_t i = 1; i < count; i++) {
        if (meanings[i].stages & 1) {
            struct meaning usual = meanings[i];
            memmove(meanings + 1, meanings, i * sizeof *meanings);
            meanings[0] = usual;
        }
    }
    return count;
}

/* Replies that show what is decided: the code itself, a code that its class must decide, X with both classes. */
static size_t samples(struct thing thing, const char *name, char out[2][NAME_SIZE])
{
    if (thing.kind == SMTPERR_KIND_ENHANCED) {
        char text[ENHANCED_SIZE];
        smtperr_enhanced_format(thing.value, text, sizeof text);
        snprintf(out[0], NAME_SIZE, "%c50 %s", text[0], text);
        if (name[0] != 'X') return 1;
        snprintf(out[0], NAME_SIZE, "450 4%s", text + 1);
        snprintf(out[1], NAME_SIZE, "550 5%s", text + 1);
        return 2;
    }
    if (name[0] >= '0' && name[0] <= '9' && name[1] == 'y') {
        for (int number = 59; number >= 0; number--) {
            snprintf(out[0], NAME_SIZE, "%c%02d", name[0], number);
            if (smtperr_value(SMTPERR_KIND_CODE, out[0], 3) == INT32_MIN) return 1;
        }
    }
    if (name[0] == 'x') return 0;
    snprintf(out[0], NAME_SIZE, "%s", name);
    return 1;
}

static void decide_stage(const struct settings *settings, const char *sample, int32_t stage, smtperr_verdict *verdict)
{
    smtperr_context context = settings->context;

    context.stage = stage;
    if (smtperr_evaluate(sample, strlen(sample), settings->shape, &context, &settings->policy, verdict,
                         sizeof *verdict) == SMTPERR_ERR_MISUSE) {
        complain("the options contradict each other");
        exit(EXIT_USAGE);
    }
}

/* What is decided for the sample at these stages: equal answers together. */
static void explain_decisions(const struct settings *settings, const char *sample, bool name_sample, uint32_t stages,
                              json_t *array)
{
    uint32_t left = stages;

    while (left != 0) {
        smtperr_verdict first;
        smtperr_verdict verdict;
        char sentence[SENTENCE_SIZE];
        char other[SENTENCE_SIZE];
        char names[SENTENCE_SIZE];
        uint32_t same = 0;

        for (int32_t n = 0; n < STAGES; n++) {
            int32_t stage = (n + SMTPERR_STAGE_RCPT) % STAGES; /* most refusals come there */
            if (!(left >> stage & 1)) continue;
            decide_stage(settings, sample, stage, &verdict);
            if (same == 0) {
                first = verdict;
                decision_sentence(&first, sentence);
            } else if ((array != NULL && verdict.category != first.category) ||
                       strcmp(decision_sentence(&verdict, other), sentence) != 0) {
                continue;
            }
            same |= (uint32_t)1 << stage;
        }
        left &= ~same;
        if (array != NULL) {
            json_t *object = verdict_to_json(&first, NULL, 0);
            json_t *list = need(json_array());
            for (int32_t stage = 0; stage < STAGES; stage++) {
                if (same >> stage & 1) json_array_append_new(list, json_string(smtperr_name(SMTPERR_KIND_STAGE, stage)));
            }
            json_object_del(object, "stage");
            json_object_del(object, "flags");
            json_object_del(object, "description");
            json_put(object, "stages", list);
            json_array_append_new(array, object);
            continue;
        }
        if (same == 1 && stages != 1) continue; /* an unknown stage, where the others differ from it: no news */
        fputs(say_colour(&first), stdout);
        {
            char line[2 * SENTENCE_SIZE] = "";
            if (name_sample) snprintf(line, sizeof line, "%cyz", sample[0]);
            if (same != stages) {
                append(line, sizeof line, name_sample ? " at " : "At ");
                append(line, sizeof line, stage_names(same, names));
            }
            if (line[0] != '\0') append(line, sizeof line, ": ");
            append(line, sizeof line, sentence);
            say_text(line, 0);
        }
        fputs(say_plain(), stdout);
    }
}

static int explain_meanings(const struct settings *settings, struct thing thing, const char *name)
{
    struct meaning meanings[STAGES];
    char sample[2][NAME_SIZE];
    size_t count = find_meanings(thing, meanings);
    size_t sample_count = samples(thing, name, sample);
    json_t *array = settings->json ? need(json_array()) : NULL;

    for (size_t i = 0; i < count; i++) {
        char names[SENTENCE_SIZE];
        json_t *decisions = settings->json ? need(json_array()) : NULL;

        if (!settings->json) {
            char line[2 * SENTENCE_SIZE];
            bool usual = i == 0 && (meanings[i].stages & 1);
            if (i > 0) putchar('\n');
            snprintf(line, sizeof line, "%s%s%s: %s", name, usual ? "" : " at ",
                     usual ? "" : stage_names(meanings[i].stages, names),
                     smtperr_describe(thing.kind, thing.value, meanings[i].stage, SMTPERR_SAY_TITLE));
            fputs(say_bold(), stdout);
            say_text(line, 0);
            fputs(say_plain(), stdout);
        }
        for (size_t s = 0; s < sample_count; s++)
            explain_decisions(settings, sample[s], sample_count > 1, meanings[i].stages, decisions);
        if (settings->json) {
            json_t *object = need(json_object());
            json_t *list = need(json_array());
            for (int32_t stage = 0; stage < STAGES; stage++) {
                if (meanings[i].stages >> stage & 1)
                    json_array_append_new(list, json_string(smtperr_name(SMTPERR_KIND_STAGE, stage)));
            }
            json_put(object, "stages", list);
            json_put_says(object, thing.kind, thing.value, meanings[i].stage);
            json_put(object, "decisions", decisions);
            json_array_append_new(array, object);
            continue;
        }
        say_says(thing.kind, thing.value, meanings[i].stage);
    }
    if (count > 1 && !settings->json) {
        putchar('\n');
        say_text("--stage=STAGE or the whole reply tells which it is.", 0);
    }
    if (settings->json) {
        json_t *object = need(json_object());
        json_put_text(object, "kind", thing.kind == SMTPERR_KIND_CODE ? "code" : "enhanced");
        json_put_text(object, "name", name);
        json_put(object, "meanings", array);
        json_write(object);
    }
    return EXIT_DONE;
}

/* ---- Any other word ---- */

/* What would be decided if a refusal plainly said this. */
static void explain_category(const struct settings *settings, int32_t category)
{
    static const char *const refusals[] = {"450", "550"};

    if (category == SMTPERR_CATEGORY_OK || category == SMTPERR_CATEGORY_CONTINUE) return;
    for (size_t i = 0; i < 2; i++) {
        smtperr_context context = settings->context;
        smtperr_verdict verdict;
        char sentence[SENTENCE_SIZE];
        char line[2 * SENTENCE_SIZE];

        if (context.stage == SMTPERR_STAGE_UNKNOWN) context.stage = SMTPERR_STAGE_RCPT;
        smtperr_classify(refusals[i], 3, SMTPERR_SHAPE_TEXT, &context, &verdict, sizeof verdict);
        verdict.category = category;
        verdict.basis = SMTPERR_BASIS_TEXT;
        verdict.confidence = SMTPERR_CONFIDENCE_HIGH;
        verdict.address_dead = 1; /* decide knows for which categories this counts */
        if (smtperr_decide(&context, &settings->policy, &verdict, sizeof verdict) != 0) return;
        snprintf(line, sizeof line, "%cyz at %s: %s", refusals[i][0], smtperr_name(SMTPERR_KIND_STAGE, context.stage),
                 decision_sentence(&verdict, sentence));
        fputs(say_colour(&verdict), stdout);
        say_text(line, 0);
        fputs(say_plain(), stdout);
    }
    putchar('\n');
}

static int explain_word(const struct settings *settings, struct thing thing)
{
    const char *name = smtperr_name(thing.kind, thing.value);
    const char *kind = "";
    const char *title = smtperr_describe(thing.kind, thing.value, SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_TITLE);

    for (size_t i = 0; i < WORD_KINDS; i++) {
        if (word_kinds[i].kind == thing.kind) kind = word_kinds[i].name;
    }
    if (settings->json) {
        json_t *object = need(json_object());
        json_put_text(object, "kind", kind);
        json_put_text(object, "name", name);
        json_put_says(object, thing.kind, thing.value, SMTPERR_STAGE_UNKNOWN);
        json_write(object);
        return EXIT_DONE;
    }
    printf("%s%s%s (%s)%s%s\n\n", say_bold(), name, say_plain(), kind, *title != '\0' ? "  " : "", title);
    if (thing.kind == SMTPERR_KIND_CATEGORY) explain_category(settings, thing.value);
    say_says(thing.kind, thing.value, SMTPERR_STAGE_UNKNOWN);
    return EXIT_DONE;
}

/* ---- What is meant ---- */

/* The value to describe: a letter X stands for any class, and for a subject or detail that has no row of its own. */
static int32_t enhanced_value(const char *name)
{
    static const char *const unlisted[] = {"5", "62", "999"};
    char text[NAME_SIZE] = "";
    size_t part = 0;

    for (; *name != '\0'; name++) {
        char one[2] = {*name, '\0'};
        if (*name == '.') part++;
        append(text, sizeof text, *name == 'X' && part < 3 ? unlisted[part] : one);
    }
    return smtperr_enhanced_parse(text, strlen(text));
}

/* "450", "4yz", "4xx" or "5.7.1", "X.7.1", "X.1.X"; the name as the library writes it. */
static bool find_code(const char *word, struct thing *thing, char name[NAME_SIZE])
{
    size_t word_len = strlen(word);

    if (word_len >= NAME_SIZE) return false;
    if (word_len == 3) {
        for (size_t i = 0; i <= 3; i++)
            name[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] + ('a' - 'A')) : word[i];
        if (name[0] >= '0' && name[0] <= '9' && strcmp(name + 1, "xx") == 0) strcpy(name + 1, "yz");
        thing->kind = SMTPERR_KIND_CODE;
        thing->value = smtperr_value(SMTPERR_KIND_CODE, name, 3);
        return thing->value != INT32_MIN;
    }
    for (size_t i = 0; i <= word_len; i++)
        name[i] = word[i] == 'x' ? 'X' : word[i];
    thing->kind = SMTPERR_KIND_ENHANCED;
    thing->value = enhanced_value(name);
    return thing->value != 0;
}

static size_t find_words(const char *word, struct thing things[THINGS])
{
    size_t count = 0;

    for (size_t i = 0; i < WORD_KINDS && count < THINGS; i++) {
        int32_t value = word_value(word_kinds[i].kind, word);
        if (value == INT32_MIN) continue;
        if (word_kinds[i].kind == SMTPERR_KIND_RULE && count > 0) continue; /* failures and their rules share names */
        things[count].kind = word_kinds[i].kind;
        things[count++].value = value;
    }
    return count;
}

/* Three digits that may begin a reply. */
static bool is_number(const char *word)
{
    return strspn(word, "0123456789") == 3 && (word[3] == '\0' || word[3] == '-' || word[3] == ' ');
}

static bool is_known(const char *word)
{
    struct thing things[THINGS];
    char name[NAME_SIZE];

    return find_code(word, things, name) || find_words(word, things) > 0 || strchr(word, ' ') != NULL ||
           is_number(word);
}

/* The word that begins most like this one. */
static const char *similar_word(const char *word)
{
    const char *best = NULL;
    size_t best_len = 3; /* fewer letters are an accident */

    for (size_t i = 0; i < WORD_KINDS; i++) {
        int32_t value = INT32_MIN;
        if (word_kinds[i].kind == SMTPERR_KIND_RULE) continue;
        while ((value = smtperr_next(word_kinds[i].kind, value)) != INT32_MIN) {
            const char *name = smtperr_name(word_kinds[i].kind, value);
            size_t same = 0;
            while (name[same] != '\0' && strncasecmp(name, word, same + 1) == 0)
                same++;
            if (same > best_len) {
                best = name;
                best_len = same;
            }
        }
    }
    return best;
}

static int explain(const struct settings *settings, const char *argument)
{
    struct thing things[THINGS];
    char name[NAME_SIZE];
    size_t count;

    if (strchr(argument, ' ') != NULL || strchr(argument, '\n') != NULL)
        return explain_reply(settings, argument, strlen(argument));
    if (find_code(argument, things, name)) {
        if (settings->context.stage != SMTPERR_STAGE_UNKNOWN && strpbrk(name, "Xxyz") == NULL)
            return explain_reply(settings, name, strlen(name));
        return explain_meanings(settings, things[0], name);
    }
    if (is_number(argument)) return explain_reply(settings, argument, strlen(argument));
    count = find_words(argument, things);
    for (size_t i = 0; i < count; i++) {
        int status = things[i].kind == SMTPERR_KIND_FAILURE ? explain_failure(settings, things[i].value)
                                                       : explain_word(settings, things[i]);
        if (status != EXIT_DONE) return status;
        if (i + 1 < count && !settings->json) putchar('\n');
    }
    return EXIT_DONE;
}

int command_explain(const struct settings *settings, int count, char **arguments)
{
    int unknown = -1;

    if (count == 0 || (count == 1 && strcmp(arguments[0], "-") == 0)) {
        size_t reply_len;
        char *reply = read_reply(&reply_len);
        int status = reply != NULL ? explain_reply(settings, reply, reply_len) : EXIT_NO_INPUT;
        free(reply);
        return status;
    }
    for (int i = count - 1; i >= 0; i--) {
        if (!is_known(arguments[i])) unknown = i;
    }
    if (count == 2 && is_number(arguments[0]) && smtperr_enhanced_parse(arguments[1], strlen(arguments[1])) != 0)
        unknown = 1; /* 550 5.1.1 */
    if (unknown >= 0 && count == 1) {
        const char *similar = similar_word(arguments[0]);
        if (similar != NULL)
            complain("'%s' is nothing known; did you mean %s?", arguments[0], similar);
        else
            complain("'%s' is no code, failure or word; put a reply in quotes, or see smtperr list", arguments[0]);
        return EXIT_USAGE;
    }
    if (unknown >= 0) { /* a reply without quotes: 550 5.1.1 User unknown */
        char *reply = join(count, arguments);
        int status = explain_reply(settings, reply, strlen(reply));
        free(reply);
        return status;
    }
    for (int i = 0; i < count; i++) {
        int status = explain(settings, arguments[i]);
        if (status != EXIT_DONE) return status;
        if (i + 1 < count && !settings->json) printf("\n%s----%s\n\n", say_dim(), say_plain());
    }
    return EXIT_DONE;
}
