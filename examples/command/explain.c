/* SPDX-License-Identifier: MIT
 *
 * smtperr explain: for people. The decision first, then what happened, why, what to do, what to tell the author, where
 * to read it up, and the evidence. What has no single meaning (a code without its stage) is told stage by stage.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STAGES = 16, SAYS = 6, NAME_SIZE = 64, THINGS = 8 };

static const struct {
    int32_t say;
    const char *key;
    const char *label;
} says[SAYS] = {
    {SMTPERR_SAY_TITLE, "title", NULL},
    {SMTPERR_SAY_WHAT, "what", "What happened"},
    {SMTPERR_SAY_CAUSE, "cause", "Cause"},
    {SMTPERR_SAY_FIX, "fix", "Fix"},
    {SMTPERR_SAY_AUTHOR, "author", "For the author"},
    {SMTPERR_SAY_SOURCE, "source", "Source"},
};

/* Something that has a name of its own. */
struct thing {
    int32_t kind;
    int32_t value;
};

static const struct {
    int32_t kind;
    const char *name;
} word_kinds[] = {
    {SMTPERR_FAILURE, "failure"}, {SMTPERR_CATEGORY, "category"},     {SMTPERR_ACTION, "action"},
    {SMTPERR_STAGE, "stage"},     {SMTPERR_SCOPE, "scope"},           {SMTPERR_PARTY, "party"},
    {SMTPERR_BASIS, "basis"},     {SMTPERR_CONFIDENCE, "confidence"}, {SMTPERR_ORIGIN, "origin"},
    {SMTPERR_DSN, "dsn"},         {SMTPERR_STATUS, "status"},         {SMTPERR_RULE, "rule"},
};
enum { WORD_KINDS = sizeof word_kinds / sizeof word_kinds[0] };

/* ---- A verdict ---- */

static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) need(NULL);
}

static void say_evidence(const smtperr_verdict *verdict)
{
    static const char *const bases[] = {
        "nothing",    "its words", "the enhanced code", "the code", "the code at this stage", "what we saw ourselves",
        "our policy",
    };
    char text[SENTENCE_SIZE];
    char number[ENHANCED_SIZE];
    const char *name;
    const char *what;

    snprintf(text, sizeof text, "scope %s; party %s", smtperr_name(SMTPERR_SCOPE, verdict->scope),
             smtperr_name(SMTPERR_PARTY, verdict->party));
    say_field("Reach", text);

    smtperr_enhanced_format(verdict->dsn_status, number, sizeof number);
    snprintf(text, sizeof text, "DSN %s %s; exit status %ld", smtperr_name(SMTPERR_DSN, verdict->dsn_action), number,
             (long)verdict->sysexit);
    say_field("To report", text);

    text[0] = '\0';
    if (verdict->failure != 0) {
        append(text, sizeof text, "failure ");
        append(text, sizeof text, smtperr_name(SMTPERR_FAILURE, verdict->failure));
    } else if (verdict->code != 0) {
        snprintf(text, sizeof text, "code %03ld", (long)verdict->code);
    } else {
        append(text, sizeof text, "no reply code");
    }
    if (verdict->enhanced != 0) {
        smtperr_enhanced_format(verdict->enhanced, number, sizeof number);
        append(text, sizeof text, ", enhanced code ");
        append(text, sizeof text, number);
    }
    append(text, sizeof text, ", stage ");
    append(text, sizeof text, smtperr_name(SMTPERR_STAGE, verdict->stage));
    if (verdict->status < 0) {
        append(text, sizeof text, ", read as ");
        append(text, sizeof text, smtperr_name(SMTPERR_STATUS, verdict->status));
    }
    append(text, sizeof text, "; ");
    append(text, sizeof text, smtperr_name(SMTPERR_CATEGORY, verdict->category));
    append(text, sizeof text, " by ");
    append(text, sizeof text, bases[verdict->basis >= 0 && verdict->basis <= 6 ? verdict->basis : 0]);
    append(text, sizeof text, ", confidence ");
    append(text, sizeof text, smtperr_name(SMTPERR_CONFIDENCE, verdict->confidence));
    name = verdict->rule != 0 ? smtperr_name(SMTPERR_RULE, (int32_t)verdict->rule) : "";
    if (*name != '\0') {
        append(text, sizeof text, "; rule ");
        append(text, sizeof text, name);
    }
    if (verdict->decided_by == SMTPERR_BASIS_POLICY) append(text, sizeof text, "; the decision is changed by --policy");
    say_field("Evidence", text);

    text[0] = '\0';
    for (unsigned i = 0; flag_name(i, &what) != NULL; i++) {
        if (!(verdict->flags >> i & 1)) continue;
        if (text[0] != '\0') append(text, sizeof text, "; ");
        append(text, sizeof text, what);
    }
    say_field("Noticed", text);
}

/* shown: what was asked about, clean. */
static void explain_verdict(const smtperr_verdict *verdict, const char *kind, const char *shown, bool json)
{
    if (json) {
        json_t *object = need(json_object());
        json_t *answered = verdict_to_json(verdict);
        json_put_text(object, "kind", kind);
        json_put_text(object, kind, shown);
        json_object_update(object, answered);
        json_decref(answered);
        json_object_del(object, "description"); /* "what" is the same */
        for (size_t i = 0; i < SAYS; i++)
            json_put_text(object, says[i].key, smtperr_explain(verdict, says[i].say));
        json_write(object);
        return;
    }
    printf("%s", say_dim());
    say_text(*shown != '\0' ? shown : "(an empty reply)", 0);
    printf("%s\n", say_plain());
    say_decision(verdict);
    putchar('\n');
    fputs(say_bold(), stdout);
    say_text(smtperr_explain(verdict, SMTPERR_SAY_TITLE), 0);
    fputs(say_plain(), stdout);
    for (size_t i = 0; i < SAYS; i++) {
        if (says[i].label != NULL) say_field(says[i].label, smtperr_explain(verdict, says[i].say));
    }
    say_evidence(verdict);
}

static int explain_reply(const struct settings *settings, const char *reply, size_t reply_len)
{
    smtperr_verdict verdict;
    char *shown;

    if (smtperr_evaluate(reply, reply_len, settings->shape, &settings->context, &settings->policy, &verdict,
                         sizeof verdict) == SMTPERR_ERR_MISUSE) {
        complain("the options contradict each other");
        return EXIT_USAGE;
    }
    shown = clean_text(reply, reply_len);
    explain_verdict(&verdict, "reply", shown, settings->json);
    free(shown);
    return EXIT_DONE;
}

static int explain_failure(const struct settings *settings, int32_t failure)
{
    smtperr_verdict verdict;

    if (smtperr_evaluate_failure(failure, &settings->context, &settings->policy, &verdict, sizeof verdict) ==
        SMTPERR_ERR_MISUSE) {
        complain("the options contradict each other");
        return EXIT_USAGE;
    }
    explain_verdict(&verdict, "failure", smtperr_name(SMTPERR_FAILURE, failure), settings->json);
    return EXIT_DONE;
}

/* ---- A code or enhanced code without a stage: one meaning for several stages, and what to do at each ---- */

struct meaning {
    uint32_t stages; /* 1 << stage */
    const char *say[SAYS];
};

static const char *stage_names(uint32_t stages, char out[SENTENCE_SIZE])
{
    out[0] = '\0';
    for (int32_t stage = 1; stage < STAGES; stage++) {
        if (!(stages >> stage & 1)) continue;
        if (out[0] != '\0') append(out, SENTENCE_SIZE, ", ");
        append(out, SENTENCE_SIZE, smtperr_name(SMTPERR_STAGE, stage));
    }
    return out;
}

static size_t find_meanings(struct thing thing, struct meaning meanings[STAGES])
{
    size_t count = 0;

    for (int32_t n = 1; n <= STAGES; n++) {
        int32_t stage = n % STAGES; /* unknown comes last: what is true there is true of what nobody named */
        size_t i = 0;
        struct meaning meaning = {(uint32_t)1 << stage, {NULL}};

        if (stage == SMTPERR_STAGE_CONNECT) continue; /* a reply there counts as greeting */
        for (size_t s = 0; s < SAYS; s++)
            meaning.say[s] = smtperr_describe(thing.kind, thing.value, stage, says[s].say);
        if (*meaning.say[SMTPERR_SAY_WHAT] == '\0') continue;
        for (; i < count; i++) {
            size_t s = 0;
            while (s < SAYS && strcmp(meanings[i].say[s], meaning.say[s]) == 0)
                s++;
            if (s == SAYS) break;
        }
        if (i < count)
            meanings[i].stages |= meaning.stages;
        else
            meanings[count++] = meaning;
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
    if (thing.kind == SMTPERR_ENHANCED) {
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
            if (smtperr_value(SMTPERR_CODE, out[0], 3) == INT32_MIN) return 1;
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
            json_t *object = verdict_to_json(&first);
            json_t *list = need(json_array());
            for (int32_t stage = 0; stage < STAGES; stage++) {
                if (same >> stage & 1) json_array_append_new(list, json_string(smtperr_name(SMTPERR_STAGE, stage)));
            }
            json_object_del(object, "stage");
            json_object_del(object, "flags");
            json_object_del(object, "description");
            put(object, "stages", list);
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
                     usual ? "" : stage_names(meanings[i].stages, names), meanings[i].say[SMTPERR_SAY_TITLE]);
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
                    json_array_append_new(list, json_string(smtperr_name(SMTPERR_STAGE, stage)));
            }
            put(object, "stages", list);
            for (size_t s = 0; s < SAYS; s++)
                json_put_text(object, says[s].key, meanings[i].say[s]);
            put(object, "decisions", decisions);
            json_array_append_new(array, object);
            continue;
        }
        for (size_t s = 0; s < SAYS; s++) {
            if (says[s].label != NULL) say_field(says[s].label, meanings[i].say[says[s].say]);
        }
    }
    if (count > 1 && !settings->json) {
        putchar('\n');
        say_text("--stage=STAGE or the whole reply tells which it is.", 0);
    }
    if (settings->json) {
        json_t *object = need(json_object());
        json_put_text(object, "kind", thing.kind == SMTPERR_CODE ? "code" : "enhanced");
        json_put_text(object, "name", name);
        put(object, "meanings", array);
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
        verdict.dead = 1; /* decide knows for which categories this counts */
        if (smtperr_decide(&context, &settings->policy, &verdict, sizeof verdict) != 0) return;
        snprintf(line, sizeof line, "%cyz at %s: %s", refusals[i][0], smtperr_name(SMTPERR_STAGE, context.stage),
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
        for (size_t i = 0; i < SAYS; i++) {
            const char *text = smtperr_describe(thing.kind, thing.value, SMTPERR_STAGE_UNKNOWN, says[i].say);
            if (*text != '\0') json_put_text(object, says[i].key, text);
        }
        json_write(object);
        return EXIT_DONE;
    }
    printf("%s%s%s (%s)%s%s\n\n", say_bold(), name, say_plain(), kind, *title != '\0' ? "  " : "", title);
    if (thing.kind == SMTPERR_CATEGORY) explain_category(settings, thing.value);
    for (size_t i = 0; i < SAYS; i++) {
        if (says[i].label == NULL) continue;
        say_field(thing.kind != SMTPERR_CATEGORY && says[i].say == SMTPERR_SAY_WHAT ? "It means" : says[i].label,
                  smtperr_describe(thing.kind, thing.value, SMTPERR_STAGE_UNKNOWN, says[i].say));
    }
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
        thing->kind = SMTPERR_CODE;
        thing->value = smtperr_value(SMTPERR_CODE, name, 3);
        return thing->value != INT32_MIN;
    }
    for (size_t i = 0; i <= word_len; i++)
        name[i] = word[i] == 'x' ? 'X' : word[i];
    thing->kind = SMTPERR_ENHANCED;
    thing->value = enhanced_value(name);
    return thing->value != 0;
}

static size_t find_words(const char *word, struct thing things[THINGS])
{
    size_t count = 0;

    for (size_t i = 0; i < WORD_KINDS && count < THINGS; i++) {
        int32_t value = word_value(word_kinds[i].kind, word);
        if (value == INT32_MIN) continue;
        if (word_kinds[i].kind == SMTPERR_RULE && count > 0) continue; /* failures and their rules share names */
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
        if (word_kinds[i].kind == SMTPERR_RULE) continue;
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
        int status = things[i].kind == SMTPERR_FAILURE ? explain_failure(settings, things[i].value)
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
        int status = explain_reply(settings, reply, reply_len);
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
