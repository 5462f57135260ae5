/* SPDX-License-Identifier: MIT
 *
 * smtperr table: a captured session as a table. The client's lines tell the stage of each reply, the server's go
 * through the library's reader, and the library judges them as a mailer would that sees them come in. What a mailer
 * does with the recipients in the end is counted under the table. Made for logs and tickets: logins and the local
 * parts of addresses are left out.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { QUEUE = 1024, KEEP = 4096 };

/* A line of the table: a reply or failure; or, with a heading, the beginning of a connection. */
struct row {
    char *heading;
    unsigned long line;
    char *reply;
    smtperr_verdict verdict;
};

struct session {
    const struct settings *settings;
    smtperr_context context;
    struct row *rows;
    size_t row_count;
    size_t rows_room;

    /* The connection. */
    smtperr_reader reader;
    char keep[KEEP];
    unsigned long reply_line; /* where the reply that is being read began */
    int32_t expected[QUEUE];  /* stages of the replies that are still to come, in a ring */
    size_t expected_first;
    size_t expected_count;
    bool spoken;     /* either side has said something */
    bool sending;    /* the text of the message, up to the dot */
    bool challenged; /* a 334 was said: the client's next line is a secret, not a command */
    bool tls;        /* STARTTLS was accepted and EHLO not yet said again */

    /* The transaction: recipients accepted so far, and the answer to MAIL if it was a refusal. */
    unsigned long accepted;
    bool mail_refused;
    smtperr_verdict mail;

    /* What became of the recipients. */
    unsigned long delivered, kept, given_up, suppressed;
};

/* ---- Recipients ---- */

static void settle(struct session *session, const smtperr_verdict *verdict, unsigned long recipients)
{
    if (verdict->retry)
        session->kept += recipients;
    else if (verdict->action == SMTPERR_ACTION_BOUNCE)
        session->given_up += recipients;
    else
        session->delivered += recipients;
    if (verdict->suppress) session->suppressed += recipients;
}

/* The transaction is over; who was accepted and has no answer stays queued. */
static void end_transaction(struct session *session)
{
    session->kept += session->accepted;
    session->accepted = 0;
    session->mail_refused = false;
}

static void follow(struct session *session, const smtperr_verdict *verdict)
{
    bool good = verdict->action == SMTPERR_ACTION_PROCEED;

    switch (verdict->stage) {
    case SMTPERR_STAGE_STARTTLS:
        session->tls = good;
        break;
    case SMTPERR_STAGE_EHLO:
    case SMTPERR_STAGE_HELO:
    case SMTPERR_STAGE_RSET:
        end_transaction(session);
        break;
    case SMTPERR_STAGE_MAIL:
        end_transaction(session);
        session->mail_refused = !good;
        session->mail = *verdict;
        break;
    case SMTPERR_STAGE_RCPT:
        if (good)
            session->accepted++;
        else
            settle(session, session->mail_refused ? &session->mail : verdict, 1); /* the first refusal decides */
        break;
    case SMTPERR_STAGE_DATA:
        if (good) {
            session->sending = true;
        } else {
            settle(session, verdict, session->accepted);
            session->accepted = 0;
        }
        break;
    case SMTPERR_STAGE_BODY:
        if (good) break; /* a BDAT chunk */
        settle(session, verdict, session->accepted);
        session->accepted = 0;
        session->sending = false;
        break;
    case SMTPERR_STAGE_EOD:
        if (session->context.flags & SMTPERR_CONTEXT_LMTP && session->accepted > 0) {
            settle(session, verdict, 1);
            session->accepted--;
        } else {
            settle(session, verdict, session->accepted);
            session->accepted = 0;
        }
        break;
    default:
        break;
    }
}

/* ---- Rows ---- */

static struct row *add_row(struct session *session)
{
    if (session->row_count == session->rows_room) {
        session->rows_room = session->rows_room * 2 + 16;
        session->rows = need(realloc(session->rows, session->rows_room * sizeof *session->rows));
    }
    memset(&session->rows[session->row_count], 0, sizeof *session->rows);
    return &session->rows[session->row_count++];
}

static void expect(struct session *session, int32_t stage)
{
    if (session->expected_count == QUEUE) return;
    session->expected[(session->expected_first + session->expected_count++) % QUEUE] = stage;
}

/* The stage of what comes next. Nothing expected: the server spoke up by itself. */
static int32_t next_stage(struct session *session)
{
    int32_t stage;

    if (session->expected_count == 0) return session->sending ? SMTPERR_STAGE_BODY : SMTPERR_STAGE_UNKNOWN;
    stage = session->expected[session->expected_first];
    session->expected_first = (session->expected_first + 1) % QUEUE;
    session->expected_count--;
    return stage;
}

static void set_context(struct session *session, int32_t stage)
{
    session->context.stage = stage;
    if (session->settings->context.flags & SMTPERR_CONTEXT_RECIPIENTS_COUNTED) return; /* the options know better */
    session->context.flags &= ~(uint32_t)SMTPERR_CONTEXT_RECIPIENTS_COUNTED;
    if (stage < SMTPERR_STAGE_RCPT || stage > SMTPERR_STAGE_EOD) return;
    session->context.flags |= SMTPERR_CONTEXT_RECIPIENTS_COUNTED;
    session->context.recipients_accepted = (uint32_t)session->accepted;
}

/* The reader has a reply or an error, or its stream has ended. last: the line it ended with, for what is no reply. */
static void judge_reply(struct session *session, const char *last, size_t last_len)
{
    struct row *row = add_row(session);
    size_t reply_len;
    const char *reply = smtperr_reader_reply(&session->reader, &reply_len);

    set_context(session, next_stage(session));
    smtperr_reader_evaluate(&session->reader, &session->context, &session->settings->policy, &row->verdict,
                            sizeof row->verdict);
    row->line = session->reply_line;
    row->reply = reply_len > 0 ? clean_text(reply, reply_len) : clean_text(last, last_len);
    mask_addresses(row->reply);
    if (row->verdict.code == 334) { /* the client's next line is its answer, and no command */
        static const char shown[] = "334 (challenge left out)";
        row->reply = memcpy(need(realloc(row->reply, sizeof shown)), shown, sizeof shown);
        session->challenged = row->verdict.stage == SMTPERR_STAGE_AUTH;
    }
    follow(session, &row->verdict);
    smtperr_reader_init(&session->reader, sizeof session->reader, session->keep, sizeof session->keep);
    session->reply_line = 0;
}

/* ---- Lines of the capture ---- */

static void begin_connection(struct session *session)
{
    smtperr_reader_init(&session->reader, sizeof session->reader, session->keep, sizeof session->keep);
    session->context = session->settings->context;
    session->reply_line = 0;
    session->expected_first = 0;
    session->expected_count = 0;
    session->spoken = session->sending = session->challenged = session->tls = false;
    expect(session, SMTPERR_STAGE_GREETING);
}

static void end_connection(struct session *session)
{
    if (smtperr_reader_pending(&session->reader) > 0) judge_reply(session, "", 0);
    end_transaction(session);
}

static void read_server(struct session *session, const char *text, size_t text_len, unsigned long number)
{
    char *line = need(malloc(text_len + 2));
    size_t used;

    memcpy(line, text, text_len);
    memcpy(line + text_len, "\r\n", 2); /* captures lose the CR; that is no news about the server */
    if (session->reply_line == 0) session->reply_line = number;
    if (smtperr_reader_feed(&session->reader, line, text_len + 2, &used) != SMTPERR_NONE)
        judge_reply(session, text, text_len);
    session->spoken = true;
    free(line);
}

static bool is_command(const char *text, size_t text_len, const char *verb)
{
    size_t verb_len = strlen(verb);
    return text_len >= verb_len && strncasecmp(text, verb, verb_len) == 0 &&
           (text_len == verb_len || text[verb_len] == ' ');
}

/* The replies to the end of the text: one, or in LMTP one for each recipient (RFC 2033 4.2). */
static void expect_end(struct session *session)
{
    unsigned long count =
        session->context.flags & SMTPERR_CONTEXT_LMTP ? session->accepted : 1;

    do
        expect(session, SMTPERR_STAGE_EOD);
    while (count-- > 1);
}

static void read_client(struct session *session, const char *text, size_t text_len)
{
    static const struct {
        const char *verb;
        int32_t stage;
    } commands[] = {
        {"EHLO", SMTPERR_STAGE_EHLO},         {"LHLO", SMTPERR_STAGE_EHLO}, {"HELO", SMTPERR_STAGE_HELO},
        {"STARTTLS", SMTPERR_STAGE_STARTTLS}, {"AUTH", SMTPERR_STAGE_AUTH}, {"MAIL", SMTPERR_STAGE_MAIL},
        {"RCPT", SMTPERR_STAGE_RCPT},         {"DATA", SMTPERR_STAGE_DATA}, {"RSET", SMTPERR_STAGE_RSET},
        {"QUIT", SMTPERR_STAGE_QUIT},
    };

    session->spoken = true;
    if (smtperr_reader_pending(&session->reader) > 0) /* the client did not wait for the rest, so none came */
        judge_reply(session, "", 0);
    if (session->sending) {
        if (text_len != 1 || text[0] != '.') return;
        session->sending = false;
        expect_end(session);
        return;
    }
    if (session->challenged) {
        session->challenged = false;
        expect(session, SMTPERR_STAGE_AUTH);
        return;
    }
    if (is_command(text, text_len, "BDAT")) {
        if (text_len > 5 && strncasecmp(text + text_len - 5, " LAST", 5) == 0)
            expect_end(session);
        else
            expect(session, SMTPERR_STAGE_BODY);
        return;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (!is_command(text, text_len, commands[i].verb)) continue;
        if (commands[i].verb[0] == 'L') session->context.flags |= SMTPERR_CONTEXT_LMTP;
        if (commands[i].stage == SMTPERR_STAGE_AUTH) session->context.flags |= SMTPERR_CONTEXT_AUTHENTICATED;
        if (commands[i].stage == SMTPERR_STAGE_EHLO) session->tls = false;
        expect(session, commands[i].stage);
        return;
    }
    expect(session, SMTPERR_STAGE_OTHER);
}

/* What the client found by itself, and the end of the connection: "lost-connection", or "size-exceeded at mail" where
 * the lines before don't tell the stage. */
static bool read_failure(struct session *session, const char *text, unsigned long number)
{
    struct row *row;
    const char *at = strstr(text, " at ");
    int32_t stage = at != NULL ? word_value(SMTPERR_KIND_STAGE, at + 4) : SMTPERR_STAGE_UNKNOWN;
    char name[80];
    int32_t failure;

    if (stage == INT32_MIN) {
        complain("line %lu: no such stage; see smtperr list stages", number);
        return false;
    }
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, " "), text);
    failure = word_value(SMTPERR_KIND_FAILURE, name);
    if (failure == INT32_MIN) {
        complain("line %lu: no such failure; see smtperr list failures", number);
        return false;
    }
    if (at != NULL)
        set_context(session, stage);
    else if (!session->spoken)
        set_context(session, SMTPERR_STAGE_CONNECT);
    else if (session->tls && session->expected_count == 0)
        set_context(session, SMTPERR_STAGE_TLS);
    else
        set_context(session, next_stage(session));
    row = add_row(session);
    row->line = number;
    smtperr_evaluate_failure(failure, &session->context, &session->settings->policy, &row->verdict,
                             sizeof row->verdict);
    row->reply = need(malloc(strlen(text) + 16));
    sprintf(row->reply, "(no reply: %s)", smtperr_name(SMTPERR_KIND_FAILURE, failure));
    follow(session, &row->verdict);
    smtperr_reader_init(&session->reader, sizeof session->reader, session->keep, sizeof session->keep);
    end_connection(session);
    session->expected_count = 0;
    return true;
}

/* Who speaks: our own C: and S:, the arrows of swaks and of curl -v. */
static char speaker(const char *line, const char **text)
{
    static const struct {
        const char *mark;
        char who;
    } marks[] = {
        {"S:", 'S'}, {"C:", 'C'}, {"E:", 'E'},  {"<-", 'S'}, {"<~", 'S'}, {"<**", 'S'},
        {"->", 'C'}, {"~>", 'C'}, {"**>", 'C'}, {"< ", 'S'}, {"> ", 'C'}, {"---", '-'},
    };

    line += strspn(line, " \t");
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t mark_len = strlen(marks[i].mark);
        if (strncmp(line, marks[i].mark, mark_len) != 0) continue;
        line += mark_len;
        if (marks[i].mark[0] == '<' || marks[i].mark[1] == '>')
            line += strspn(line, " "); /* swaks pads its arrows */
        else if (*line == ' ')
            line++;
        *text = line;
        return marks[i].who;
    }
    return 0;
}

/* ---- The table ---- */

/* "retry-later, 30 min"; "bounce, suppress" */
static const char *short_decision(const smtperr_verdict *verdict, char out[SENTENCE_SIZE])
{
    unsigned long seconds = verdict->delay_seconds;

    snprintf(out, SENTENCE_SIZE, "%s", smtperr_name(SMTPERR_KIND_ACTION, verdict->action));
    if (verdict->action == SMTPERR_ACTION_RETRY_LATER && seconds > 0) {
        char wait[DURATION_SIZE];
        if (seconds % 3600 == 0)
            snprintf(wait, sizeof wait, ", %lu h", seconds / 3600);
        else if (seconds % 60 == 0)
            snprintf(wait, sizeof wait, ", %lu min", seconds / 60);
        else
            snprintf(wait, sizeof wait, ", %lu s", seconds);
        append(out, SENTENCE_SIZE, wait);
    }
    if (verdict->suppress) append(out, SENTENCE_SIZE, ", suppress");
    return out;
}

static void widen(size_t *width, const char *text)
{
    if (text_columns(text) > *width) *width = text_columns(text);
}

static void print_cell(const char *text, size_t width)
{
    size_t used = text_columns(text);
    printf("%s%*s", text, used < width ? (int)(width - used) : 0, "");
}

static void print_rule(size_t width)
{
    while (width-- > 0)
        putchar('-');
}

static void print_table(struct session *session)
{
    size_t stage = strlen("stage");
    size_t reply = strlen("reply");
    size_t decision = strlen("decision");
    size_t why = strlen("why");
    size_t room;
    char text[SENTENCE_SIZE];

    for (size_t i = 0; i < session->row_count; i++) {
        const struct row *row = &session->rows[i];
        if (row->heading != NULL) continue;
        widen(&stage, smtperr_name(SMTPERR_KIND_STAGE, row->verdict.stage));
        widen(&reply, row->reply);
        widen(&decision, short_decision(&row->verdict, text));
        widen(&why, smtperr_name(SMTPERR_KIND_CATEGORY, row->verdict.category));
    }
    room = say_table_width() - (4 + 2 + stage + 2 + 2 + decision + 2 + why);
    if (reply > room) reply = room;

    printf("%sline  ", say_bold());
    print_cell("stage", stage + 2);
    print_cell("reply", reply + 2);
    print_cell("decision", decision + 2);
    printf("why%s\n%s----  ", say_plain(), say_dim());
    print_rule(stage);
    fputs("  ", stdout);
    print_rule(reply);
    fputs("  ", stdout);
    print_rule(decision);
    fputs("  ", stdout);
    print_rule(why);
    printf("%s\n", say_plain());

    for (size_t i = 0; i < session->row_count; i++) {
        struct row *row = &session->rows[i];
        const char *colour;
        if (row->heading != NULL) {
            printf("%s      %s%s%s\n", i > 0 ? "\n" : "", say_bold(), row->heading, say_plain());
            continue;
        }
        colour = say_colour(&row->verdict);
        text_shorten(row->reply, reply);
        printf("%4lu  ", row->line);
        print_cell(smtperr_name(SMTPERR_KIND_STAGE, row->verdict.stage), stage + 2);
        print_cell(*row->reply != '\0' ? row->reply : "(empty)", reply + 2);
        fputs(colour, stdout);
        print_cell(short_decision(&row->verdict, text), decision);
        printf("%s  %s\n", say_plain(), smtperr_name(SMTPERR_KIND_CATEGORY, row->verdict.category));
        if (row->verdict.outcome_unknown)
            printf("%*s%s^ may have been taken all the same: a retry can deliver it twice%s\n", (int)(stage + 8), "",
                   colour, say_plain());
        else if (row->verdict.retry && row->verdict.likely_permanent && row->verdict.action != SMTPERR_ACTION_HOLD)
            printf("%*s%s^ hardly heals by itself: tell somebody%s\n", (int)(stage + 8), "", colour, say_plain());
    }
}

static void print_summary(const struct session *session)
{
    unsigned long go_on = 0;
    unsigned long kept = 0;
    unsigned long given_up = 0;
    unsigned long replies;

    for (size_t i = 0; i < session->row_count; i++) {
        const struct row *row = &session->rows[i];
        if (row->heading != NULL) continue;
        if (row->verdict.retry)
            kept++;
        else if (row->verdict.action == SMTPERR_ACTION_BOUNCE)
            given_up++;
        else
            go_on++;
    }
    replies = go_on + kept + given_up;
    printf("\n%lu answer%s: %lu go on, %lu keep it queued, %lu give up.\n", replies, replies == 1 ? "" : "s", go_on,
           kept, given_up);
    if (session->delivered + session->kept + session->given_up == 0) return;
    printf("%sRecipients: %lu delivered, %lu kept queued, %lu given up", say_bold(), session->delivered, session->kept,
           session->given_up);
    if (session->suppressed > 0) printf(", %lu of them never to be mailed again", session->suppressed);
    printf(".%s\n", say_plain());
}

static void print_json(const struct session *session)
{
    for (size_t i = 0; i < session->row_count; i++) {
        const struct row *row = &session->rows[i];
        json_t *object;
        json_t *answered;
        if (row->heading != NULL) continue;
        object = need(json_object());
        answered = verdict_to_json(&row->verdict, NULL, 0); /* the reply is masked, nothing is quoted of it */
        if (json_object_set_new(object, "line", json_integer((json_int_t)row->line)) != 0) need(NULL);
        json_put_text(object, "reply", row->reply);
        json_object_update(object, answered);
        json_decref(answered);
        json_write(object);
    }
}

int command_table(const struct settings *settings, int count, char **arguments)
{
    struct session *session;
    FILE *input;
    char *line = NULL;
    size_t line_size = 0;
    ssize_t line_len;
    unsigned long number = 0;
    unsigned long known = 0;
    int status = EXIT_DONE;

    if (count > 1) {
        complain("table takes one FILE");
        return EXIT_USAGE;
    }
    input = open_input(count == 1 ? arguments[0] : NULL);
    if (input == NULL) return EXIT_NO_INPUT;

    session = need(calloc(1, sizeof *session));
    session->settings = settings;
    begin_connection(session);
    while ((line_len = getline(&line, &line_size, input)) != -1) {
        const char *text = NULL;
        size_t text_len;
        number++;
        while (line_len > 0 && (line[line_len - 1] == '\n' || line[line_len - 1] == '\r'))
            line[--line_len] = '\0';
        switch (speaker(line, &text)) {
        case 'S':
            text_len = (size_t)(line + line_len - text);
            read_server(session, text, text_len, number);
            break;
        case 'C':
            text_len = (size_t)(line + line_len - text);
            read_client(session, text, text_len);
            break;
        case 'E':
            if (!read_failure(session, text, number)) status = EXIT_BAD_DATA;
            break;
        case '-': { /* --- mx1.example.org: another connection */
            struct row *row;
            if (known > 0) end_connection(session);
            begin_connection(session);
            row = add_row(session);
            text += strspn(text, "- ");
            row->heading = clean_text(text, strlen(text));
            mask_addresses(row->heading);
            continue;
        }
        default:
            continue; /* remarks */
        }
        known++;
    }
    if (ferror(input)) {
        complain("%s: %s", count == 1 ? arguments[0] : "standard input", strerror(errno));
        status = EXIT_NO_INPUT;
    }
    end_connection(session);
    if (known > 0 && settings->json) {
        print_json(session);
    } else if (known > 0) {
        print_table(session);
        print_summary(session);
    } else if (status == EXIT_DONE) {
        complain("no line begins with C: or S:");
        status = EXIT_BAD_DATA;
    }
    for (size_t i = 0; i < session->row_count; i++) {
        free(session->rows[i].reply);
        free(session->rows[i].heading);
    }
    free(session->rows);
    free(session);
    free(line);
    if (input != stdin) fclose(input);
    return status;
}
