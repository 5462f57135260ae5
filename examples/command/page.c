/* SPDX-License-Identifier: MIT
 *
 * One verdict as a page. For the postmaster: the decision first, then what happened, why, what to do step by step, who runs
 * that server and which blocklist is named, what to tell the author, and the evidence. For the author: what became of the
 * mail, in plain words.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>

enum { MATCHES = 16 };

const struct say says[SAYS] = {
    {SMTPERR_SAY_TITLE, "title", NULL},
    {SMTPERR_SAY_WHAT, "what", "What happened"},
    {SMTPERR_SAY_CAUSE, "cause", "Cause"},
    {SMTPERR_SAY_FIX, "fix", "Fix"},
    {SMTPERR_SAY_STEPS, "steps", "Step by step"},
    {SMTPERR_SAY_AUTHOR, "author", "For the author"},
    {SMTPERR_SAY_URL, "page", "Page"},
    {SMTPERR_SAY_SOURCE, "source", "Source"},
};

static void json_put_say(json_t *object, size_t index, const char *text)
{
    if (says[index].say == SMTPERR_SAY_STEPS)
        json_put_lines(object, says[index].key, text);
    else
        json_put_text(object, says[index].key, text);
}

void json_put_says(json_t *object, int32_t kind, int32_t value, int32_t stage)
{
    for (size_t i = 0; i < SAYS; i++) {
        const char *text = smtperr_describe(kind, value, stage, says[i].say);
        if (*text != '\0') json_put_say(object, i, text);
    }
}

static void say_one(size_t index, const char *label, const char *text)
{
    if (says[index].say == SMTPERR_SAY_STEPS)
        say_steps(label, text);
    else if (label != NULL)
        say_field(label, text);
}

void say_says(int32_t kind, int32_t value, int32_t stage)
{
    bool event = kind == SMTPERR_KIND_CODE || kind == SMTPERR_KIND_ENHANCED || kind == SMTPERR_KIND_CATEGORY;

    for (size_t i = 0; i < SAYS; i++)
        say_one(i, !event && says[i].say == SMTPERR_SAY_WHAT ? "It means" : says[i].label,
                smtperr_describe(kind, value, stage, says[i].say));
}

/* ---- Trace ---- */


/* Why the first rule of those that won or lost is the one that counts. */
static const char *why_it_won(const smtperr_verdict *verdict, const smtperr_match *matches, size_t count)
{
    const smtperr_match *won = NULL;
    const smtperr_match *next = NULL;

    for (size_t i = 0; i < count; i++) {
        if (matches[i].outcome == SMTPERR_MATCH_WON) won = &matches[i];
        if (matches[i].outcome == SMTPERR_MATCH_LOST && next == NULL) next = &matches[i];
    }
    if (won == NULL) return "No rule counts: the numbers, or the blocklist that is named, decide.";
    if (verdict->rule != won->rule) return "Its words say less than the numbers do, which decide.";
    if (next == NULL) return "It is the only rule that counts.";
    if (won->rank > next->rank)
        return won->rank == SMTPERR_RANK_CAUSE ? "It names a cause, which goes before what was done about it."
                                               : "It says what was done, which goes before stock sentences.";
    if (won->provider != 0 && next->provider == 0) return "It is a rule of this provider, which goes before general ones.";
    if (won->word_count > next->word_count) return "It matched more words.";
    if (won->matched.at < next->matched.at) return "It stands earlier in the reply.";
    return "It goes before the others by its provider or its place in the data.";
}

static size_t find_matches(const struct settings *settings, const struct excerpt *excerpt,
                           smtperr_match matches[MATCHES])
{
    int32_t count = excerpt == NULL ? 0
                                    : smtperr_trace(excerpt->reply, excerpt->reply_len, settings->shape,
                                                    &settings->context, matches, sizeof matches[0], MATCHES);
    return count < 0 ? 0 : count > MATCHES ? MATCHES : (size_t)count;
}

static void json_put_trace(json_t *object, const struct settings *settings, const smtperr_verdict *verdict,
                           const struct excerpt *excerpt)
{
    smtperr_match matches[MATCHES];
    size_t count = find_matches(settings, excerpt, matches);
    json_t *array = need(json_array());

    for (size_t i = 0; i < count; i++) {
        json_t *match = need(json_object());
        char *text = clean_text(excerpt->reply + matches[i].matched.at, matches[i].matched.len);
        json_put_text(match, "rule", smtperr_name(SMTPERR_KIND_RULE, matches[i].rule));
        json_put_text(match, "category", smtperr_name(SMTPERR_KIND_CATEGORY, matches[i].category));
        json_put_text(match, "outcome", smtperr_name(SMTPERR_KIND_MATCH, matches[i].outcome));
        json_put_text(match, "rank", smtperr_name(SMTPERR_KIND_RANK, matches[i].rank));
        json_put(match, "word_count", json_integer(matches[i].word_count));
        json_put_text(match, "matched", text);
        json_put_id(match, "provider", SMTPERR_KIND_PROVIDER, matches[i].provider);
        json_array_append_new(array, match);
        free(text);
    }
    json_put(object, "trace", array);
    json_put_text(object, "trace_why", why_it_won(verdict, matches, count));
}

static void say_trace(const struct settings *settings, const smtperr_verdict *verdict, const struct excerpt *excerpt)
{
    smtperr_match matches[MATCHES];
    size_t count = find_matches(settings, excerpt, matches);

    printf("\n%sRules that the words met%s\n", say_bold(), say_plain());
    for (size_t i = 0; i < count; i++) {
        char line[SENTENCE_SIZE];
        char *text = clean_text(excerpt->reply + matches[i].matched.at, matches[i].matched.len);
        snprintf(
            line, sizeof line, "%s (%s), %s%s%s, %lu word%s: \"%s\"", smtperr_name(SMTPERR_KIND_RULE, matches[i].rule),
            smtperr_name(SMTPERR_KIND_CATEGORY, matches[i].category), smtperr_name(SMTPERR_KIND_RANK, matches[i].rank),
            matches[i].provider != 0 ? ", bound to " : "", smtperr_name(SMTPERR_KIND_PROVIDER, matches[i].provider),
            (unsigned long)matches[i].word_count, matches[i].word_count == 1 ? "" : "s", text);
        say_field(smtperr_name(SMTPERR_KIND_MATCH, matches[i].outcome), line);
        free(text);
    }
    say_field("why", why_it_won(verdict, matches, count));
}

/* ---- The page for the postmaster ---- */

/* A provider or blocklist: its name, what is known of it, and where to go. */
static void say_named(const char *label, int32_t kind, int32_t id)
{
    char text[3 * SENTENCE_SIZE] = "";

    for (size_t i = 0; i < SAYS && id != 0; i++) {
        const char *said = smtperr_describe(kind, id, SMTPERR_STAGE_UNKNOWN, says[i].say);
        if (*said == '\0' || says[i].say == SMTPERR_SAY_SOURCE) continue;
        if (text[0] != '\0') append(text, sizeof text, strchr(".!?", text[strlen(text) - 1]) != NULL ? " " : ". ");
        append(text, sizeof text, said);
    }
    say_field(label, text);
}

/* What the code and the enhanced code say by themselves, where words said more. */
static void say_numbers(const smtperr_verdict *verdict)
{
    char text[SENTENCE_SIZE];
    char number[ENHANCED_SIZE];

    if (verdict->basis != SMTPERR_BASIS_TEXT || verdict->code == 0) return;
    snprintf(text, sizeof text, "%03ld: %s", (long)verdict->code,
             smtperr_describe(SMTPERR_KIND_CODE, verdict->code, verdict->stage, SMTPERR_SAY_TITLE));
    if (verdict->enhanced != 0) {
        smtperr_enhanced_format(verdict->enhanced, number, sizeof number);
        append(text, sizeof text, "; ");
        append(text, sizeof text, number);
        append(text, sizeof text, ": ");
        append(text, sizeof text,
               smtperr_describe(SMTPERR_KIND_ENHANCED, verdict->enhanced, verdict->stage, SMTPERR_SAY_TITLE));
    }
    say_field("Numbers", text);
}

static void say_evidence(const smtperr_verdict *verdict, const struct excerpt *excerpt)
{
    static const char *const bases[] = {
        "nothing",    "its words", "the enhanced code", "the code", "the code at this stage", "what we saw ourselves",
        "our policy",
    };
    char text[SENTENCE_SIZE];
    char number[ENHANCED_SIZE];
    const char *name = smtperr_name(SMTPERR_KIND_RULE, (int32_t)verdict->rule);

    snprintf(text, sizeof text, "scope %s; party %s", smtperr_name(SMTPERR_KIND_SCOPE, verdict->scope),
             smtperr_name(SMTPERR_KIND_PARTY, verdict->party));
    if (verdict->closing) append(text, sizeof text, "; this connection is at its end");
    say_field("Reach", text);

    smtperr_enhanced_format(verdict->dsn_status, number, sizeof number);
    snprintf(text, sizeof text, "DSN %s %s; exit status %ld", smtperr_name(SMTPERR_KIND_DSN, verdict->dsn_action), number,
             (long)verdict->sysexit);
    say_field("To report", text);

    text[0] = '\0';
    if (verdict->failure != 0) {
        append(text, sizeof text, "failure ");
        append(text, sizeof text, smtperr_name(SMTPERR_KIND_FAILURE, verdict->failure));
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
    append(text, sizeof text, smtperr_name(SMTPERR_KIND_STAGE, verdict->stage));
    if (verdict->status < 0) {
        append(text, sizeof text, ", read as ");
        append(text, sizeof text, smtperr_name(SMTPERR_KIND_STATUS, verdict->status));
    }
    append(text, sizeof text, "; ");
    append(text, sizeof text, smtperr_name(SMTPERR_KIND_CATEGORY, verdict->category));
    append(text, sizeof text, " by ");
    append(text, sizeof text, bases[verdict->basis >= 0 && verdict->basis <= 6 ? verdict->basis : 0]);
    if (verdict->matched.len > 0) {
        char *words = clean_text(excerpt->reply + verdict->matched.at, verdict->matched.len);
        text_shorten(words, 60);
        append(text, sizeof text, " (\"");
        append(text, sizeof text, words);
        append(text, sizeof text, "\")");
        free(words);
    }
    append(text, sizeof text, ", confidence ");
    append(text, sizeof text, smtperr_name(SMTPERR_KIND_CONFIDENCE, verdict->confidence));
    if (*name != '\0') {
        append(text, sizeof text, "; rule ");
        append(text, sizeof text, name);
    }
    if (verdict->decided_by == SMTPERR_BASIS_POLICY) append(text, sizeof text, "; the decision is changed by --policy");
    say_field("Evidence", text);

    text[0] = '\0';
    for (int32_t flag = INT32_MIN; (flag = smtperr_next(SMTPERR_KIND_FLAG, flag)) != INT32_MIN;) {
        if (!(verdict->flags & (uint32_t)flag)) continue;
        if (text[0] != '\0') append(text, sizeof text, " ");
        append(text, sizeof text, smtperr_describe(SMTPERR_KIND_FLAG, flag, SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_WHAT));
    }
    say_field("Noticed", text);
}

static void say_found(const struct excerpt *excerpt)
{
    char text[64];

    if (excerpt == NULL || excerpt->last == 0) return;
    if (excerpt->first == excerpt->last)
        snprintf(text, sizeof text, "(line %lu", excerpt->first);
    else
        snprintf(text, sizeof text, "(lines %lu to %lu", excerpt->first, excerpt->last);
    append(text, sizeof text, " of what was given)");
    say_text(text, 0);
}

static void page_for_postmaster(const struct settings *settings, const smtperr_verdict *verdict, const char *shown,
                                const struct excerpt *excerpt)
{
    const char *provider_page =
        smtperr_describe(SMTPERR_KIND_PROVIDER, (int32_t)verdict->provider, SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_URL);
    char wait[DURATION_SIZE];

    fputs(say_dim(), stdout);
    say_text(*shown != '\0' ? shown : "(an empty reply)", 0);
    say_found(excerpt);
    printf("%s\n", say_plain());
    say_decision(verdict);
    putchar('\n');
    fputs(say_bold(), stdout);
    say_text(smtperr_explain(verdict, SMTPERR_SAY_TITLE), 0);
    fputs(say_plain(), stdout);
    for (size_t i = 0; i < SAYS; i++) {
        if (says[i].say == SMTPERR_SAY_AUTHOR) { /* what the reply names comes behind the postmaster's steps */
            say_named("Blocklist", SMTPERR_KIND_BLOCKLIST, verdict->blocklist);
            say_named("Provider", SMTPERR_KIND_PROVIDER, verdict->provider);
            if (verdict->url.len > 0) {
                char *url = clean_text(excerpt->reply + verdict->url.at, verdict->url.len);
                say_field("It points to", url);
                free(url);
            }
            if (verdict->retry_after_seconds != 0)
                say_field("It asks to wait", duration(verdict->retry_after_seconds, wait));
        }
        const char *text = smtperr_explain(verdict, says[i].say);
        if (says[i].say == SMTPERR_SAY_URL && strcmp(text, provider_page) == 0) continue; /* it was told */
        say_one(i, says[i].label, text);
    }
    say_numbers(verdict);
    say_evidence(verdict, excerpt);
    if (settings->trace) say_trace(settings, verdict, excerpt);
}

/* ---- The page for the author ---- */

static void page_for_author(const smtperr_verdict *verdict, const char *shown, const struct excerpt *excerpt)
{
    const char *provider =
        smtperr_describe(SMTPERR_KIND_PROVIDER, (int32_t)verdict->provider, SMTPERR_STAGE_UNKNOWN, SMTPERR_SAY_TITLE);
    const char *fate =
        verdict->action == SMTPERR_ACTION_BOUNCE    ? "Your message could not be delivered."
        : verdict->action == SMTPERR_ACTION_HOLD    ? "Your message is kept until we have put something right here."
        : verdict->action == SMTPERR_ACTION_PROCEED ? "Nothing is wrong with your message."
                                                    : "Your message has not been delivered yet. We keep trying.";
    char line[SENTENCE_SIZE];

    snprintf(line, sizeof line, "%s%s", fate, verdict->outcome_unknown ? " It may have arrived all the same." : "");
    fputs(say_bold(), stdout);
    say_text(line, 0);
    printf("%s\n", say_plain());
    say_text(smtperr_explain(verdict, SMTPERR_SAY_AUTHOR), 0);
    if (excerpt == NULL) return;
    printf("\nThe mail server%s%s said:\n", *provider != '\0' ? " of " : "", provider);
    say_text(shown, 4);
}

/* ---- Both, or JSON ---- */

static void page_as_json(const struct settings *settings, const smtperr_verdict *verdict, const char *shown,
                         const struct excerpt *excerpt)
{
    json_t *object = need(json_object());
    json_t *rows = need(json_object()); /* for translators: whether a sentence belongs to the rule or to the category */
    json_t *answered = excerpt != NULL ? verdict_to_json(verdict, excerpt->reply, excerpt->reply_len)
                                       : verdict_to_json(verdict, NULL, 0);
    static const struct {
        const char *key;
        int32_t kind;
    } named[] = {{"provider_is", SMTPERR_KIND_PROVIDER}, {"blocklist_is", SMTPERR_KIND_BLOCKLIST}};

    json_put_text(object, "kind", excerpt != NULL ? "reply" : "failure");
    json_put_text(object, excerpt != NULL ? "reply" : "failure", shown);
    if (excerpt != NULL && excerpt->last != 0) {
        json_t *lines = need(json_array());
        json_array_append_new(lines, json_integer((json_int_t)excerpt->first));
        json_array_append_new(lines, json_integer((json_int_t)excerpt->last));
        json_put(object, "lines", lines);
    }
    json_object_update(object, answered);
    json_decref(answered);
    json_object_del(object, "description"); /* "what" is the same */
    for (size_t i = 0; i < SAYS; i++) {
        const char *of_rule = smtperr_describe(SMTPERR_KIND_RULE, (int32_t)verdict->rule, SMTPERR_STAGE_UNKNOWN, says[i].say);
        const char *of_category = smtperr_describe(SMTPERR_KIND_CATEGORY, verdict->category, SMTPERR_STAGE_UNKNOWN, says[i].say);
        bool own = *of_rule != '\0' && strcmp(of_rule, of_category) != 0;
        json_put_say(object, i, smtperr_explain(verdict, says[i].say));
        json_put_text(rows, says[i].key, own ? "rule" : "category");
    }
    json_put(object, "sentences_of", rows);
    for (size_t i = 0; i < 2; i++) {
        int32_t id = named[i].kind == SMTPERR_KIND_PROVIDER ? verdict->provider : verdict->blocklist;
        json_t *about = need(json_object());
        json_put_says(about, named[i].kind, id, SMTPERR_STAGE_UNKNOWN);
        json_put(object, named[i].key, about);
    }
    if (settings->trace) json_put_trace(object, settings, verdict, excerpt);
    json_write(object);
}

void page(const struct settings *settings, const smtperr_verdict *verdict, const struct excerpt *excerpt)
{
    char *shown = excerpt != NULL ? clean_text(excerpt->reply, excerpt->reply_len) : NULL;
    const char *text = shown != NULL ? shown : smtperr_name(SMTPERR_KIND_FAILURE, verdict->failure);

    if (settings->json)
        page_as_json(settings, verdict, text, excerpt);
    else if (settings->author)
        page_for_author(verdict, text, excerpt);
    else
        page_for_postmaster(settings, verdict, text, excerpt);
    free(shown);
}
