/* SPDX-License-Identifier: MIT
 *
 * Finds the reply in a text that a person, a log or a bounce has: where it begins and ends, what its lines are, and which command it came
 * to. All that tells is what programs write around replies. Reads each byte a fixed number of times.
 */
#include "internal.h"

#include <string.h>

/* qmail's log has '_' for a blank. */
static int is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '_';
}

/* Bytes at the start of text that are these words, in lower case here, in any case there; '*' stands for one word, and a blank for any
 * number of them, since what people paste may be folded. 0: they are not. */
static size_t phrase_at(const char *text, size_t text_len, const char *words)
{
    size_t at = 0;
    for (; *words != '\0'; words++) {
        if (*words == '*') {
            while (at < text_len && !is_blank(text[at])) {
                at++;
            }
            continue;
        }
        if (at >= text_len || (*words == ' ' ? !is_blank(text[at]) : smtperr__lower(text[at]) != *words)) {
            return 0;
        }
        at++;
        while (*words == ' ' && at < text_len && is_blank(text[at])) {
            at++;
        }
    }
    return at;
}

/* The code of a reply at text: 100 to 699, then a blank, a hyphen or the end of a line or of the text. 0: none. */
static int32_t text_code_at(const char *text, size_t text_len)
{
    const int32_t code = text_len < 3 ? 0 : smtperr__code_at(text, 3);
    if (code < 100 || code > 699 || (text_len > 3 && text[3] != '-' && !is_blank(text[3]))) {
        return 0;
    }
    return code;
}

typedef struct {
    char words[20];
    size_t length;
} ending;

/* Whether one of some words ends before text[before]. */
static int ends_with(const char *text, size_t text_len, size_t before, const ending *list, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        if (before >= list[i].length) {
            const size_t from = before - list[i].length;
            if (phrase_at(text + from, text_len - from, list[i].words) > 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whether words that announce a code end before text[before]: "SMTP error (550): ", "code 550", "status: 550". */
static int is_announced(const char *text, size_t text_len, size_t before)
{
    static const ending words[] = {{"error", 5}, {"code", 4},  {"status", 6},
                                   {"smtp", 4},  {"reply", 5}, {"response", 8}};
    return ends_with(text, text_len, before, words, sizeof words / sizeof words[0]);
}

/* Whether it is told there that somebody has spoken: "returned '550 no'", "responded with 550 no". */
static int is_told(const char *text, size_t text_len, size_t before)
{
    static const ending words[] = {{"said", 4},    {"returned", 8},      {"responded", 9}, {"responded with", 14},
                                   {"replied", 7}, {"replied with", 12}, {"answered", 8},  {"answered with", 13}};
    return ends_with(text, text_len, before, words, sizeof words / sizeof words[0]);
}

/* Whether a command is named there, as clients of NetEase and Tencent do: "RCPT TO:550 5.1.1", "DOT:550". */
static int is_commanded(const char *text, size_t text_len, size_t before)
{
    static const ending words[] = {{"rcpt to:", 8}, {"mail from:", 10}, {"data:", 5}, {"dot:", 4}};
    return ends_with(text, text_len, before, words, sizeof words / sizeof words[0]);
}

/* A refusal's code that more than a blank stands behind: "550: no", "550.5.1.1 no", "[550] no", "(550, b'5.1.1 no')", "('550', ['5.1.1 no'])"
 * of Cisco's log, "SMTP error (550): no", or that ends the text in brackets: "no (550)". */
static int is_wrapped_code(const char *text, size_t text_len, size_t at)
{
    const char open = at > 0 ? text[at - 1] : ' ';
    const char close = at + 3 < text_len ? text[at + 3] : ' ';
    const int32_t code = at + 3 <= text_len ? smtperr__code_at(text + at, 3) : 0;
    if (code < 400 || code > 599 ||
        (close != ':' && close != ',' && close != ')' && close != ']' && close != '\'' && (close != '.' || at > 0))) {
        return 0;
    }
    if (at == 0 || (open == '(' && close == ',') || (open == '[' && close == ']' && at == 1) ||
        (open == '\'' && close == '\'' && at > 1 && text[at - 2] == '(') ||
        (((open == '(' && close == ')') || (open == '[' && close == ']')) && at + 4 == text_len)) {
        return 1;
    }
    while (at > 0 && (is_blank(text[at - 1]) || text[at - 1] == '(' || text[at - 1] == ':' || text[at - 1] == '"')) {
        at--;
    }
    return is_announced(text, text_len, at);
}

/* Whether the three digits at text[at] are a reply's code by what stands before them, or by the status behind them. */
static int is_code(const char *text, size_t text_len, size_t at)
{
    size_t before = at;
    size_t status_len;
    const int32_t code = text_code_at(text + at, text_len - at);
    if (code == 0) {
        return is_wrapped_code(text, text_len, at);
    }
    while (before > 0 && (is_blank(text[before - 1]) || text[before - 1] == '"' || text[before - 1] == '\'')) {
        before--;
    }
    if (before == 0) {
        return 1;
    }
    if (code < 200 || code > 599) {
        return 0;
    }
    if (before < at && (text[before - 1] == ':' || text[before - 1] == ';')) {
        return 1; /* "said: 550", "smtp; 550" */
    }
    if (text[before - 1] == ';' || text[before - 1] == '<' || text[before - 1] == '>') {
        return 1; /* "smtp;550", "<<< 550" */
    }
    if ((before < at || text[before - 1] == '(' || text[before - 1] == '=' || text[before - 1] == '#') &&
        at + 4 < text_len && smtperr__enhanced_at_start(text + at + 4, text_len - at - 4, &status_len) != 0) {
        return 1; /* "responded with 550 5.1.1", "status=sent (250 2.0.0 Ok)", "reply=550 5.1.1", "#550 5.1.1 no##" */
    }
    if (code >= 400 && ((at + 4 < text_len && text[at + 3] == '-' && text[at + 4] == '\'') ||
                        (before == at && is_commanded(text, text_len, before)))) {
        return 1; /* "Unknown address error 550-'5.1.1 no'" of Cisco's bounces, "RCPT TO:550 no" */
    }
    return before < at && code >= 400 && (is_announced(text, text_len, before) || is_told(text, text_len, before));
}

/* Where the reply begins in a text; text_len if it has no code. */
static size_t find_code(const char *text, size_t text_len)
{
    size_t at;
    for (at = 0; at + 3 <= text_len; at++) {
        if (smtperr__is_digit((unsigned char)text[at]) &&
            (at == 0 || !smtperr__is_digit((unsigned char)text[at - 1])) && is_code(text, text_len, at)) {
            return at;
        }
    }
    return text_len;
}

/* The command that is named at text, as logs write commands. */
static int32_t command_at(const char *text, size_t text_len)
{
    static const struct {
        char words[24];
        int32_t stage;
    } commands[] = {
        {"rcpt to", SMTPERR_STAGE_RCPT},
        {"mail from", SMTPERR_STAGE_MAIL},
        {"end of data", SMTPERR_STAGE_EOD},
        {"data end", SMTPERR_STAGE_EOD}, /* PHPMailer */
        {"data", SMTPERR_STAGE_DATA},
        {"ehlo", SMTPERR_STAGE_EHLO},
        {"helo", SMTPERR_STAGE_HELO},
        {"lhlo", SMTPERR_STAGE_EHLO},
        {"starttls", SMTPERR_STAGE_STARTTLS},
        {"auth", SMTPERR_STAGE_AUTH},
        {"initial connection", SMTPERR_STAGE_GREETING},      /* Exim */
        {"initial server greeting", SMTPERR_STAGE_GREETING}, /* Postfix */
        {"connect", SMTPERR_STAGE_GREETING},                 /* dma */
        {"message body", SMTPERR_STAGE_BODY},                /* Postfix */
        {"sending data block", SMTPERR_STAGE_BODY},          /* Exim */
        {"final data", SMTPERR_STAGE_EOD},                   /* dma */
        {"i sent the message", SMTPERR_STAGE_EOD},           /* qmail */
        {"quit", SMTPERR_STAGE_QUIT},
        {"rset", SMTPERR_STAGE_RSET},
        {"dot", SMTPERR_STAGE_EOD}, /* NetEase */
    };
    const size_t from = phrase_at(text, text_len, "pipelined ");
    size_t i;
    for (i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const size_t length = phrase_at(text + from, text_len - from, commands[i].words);
        const size_t to = from + length;
        if (length > 0 && (to >= text_len || smtperr__lower(text[to]) < 'a' || smtperr__lower(text[to]) > 'z')) {
            return commands[i].stage;
        }
    }
    return SMTPERR_STAGE_UNKNOWN;
}

/* What a client writes in front of a reply, or instead of one, at the start of a word; then comes the command, or it is clear. */
static int32_t stage_before(const char *text, size_t text_len)
{
    static const struct {
        char words[44];
        int32_t stage; /* or unknown: that of the command behind the words */
    } marks[] = {
        {"refused to talk to me", SMTPERR_STAGE_GREETING}, /* Postfix; of EHLO too, which comes to the same */
        {"connect to * connection ", SMTPERR_STAGE_GREETING},
        {"connect to * no route ", SMTPERR_STAGE_GREETING},
        {"connect to * network is ", SMTPERR_STAGE_GREETING},
        {"while sending ", SMTPERR_STAGE_UNKNOWN},
        {"while receiving the ", SMTPERR_STAGE_UNKNOWN},
        {"while performing the ", SMTPERR_STAGE_UNKNOWN},
        {"sasl authentication failed; server ", SMTPERR_STAGE_AUTH},
        {"mail server after ", SMTPERR_STAGE_UNKNOWN}, /* Exim */
        {"remote mailer after ", SMTPERR_STAGE_UNKNOWN},
        {"smtp timeout after ", SMTPERR_STAGE_UNKNOWN},
        {"connected to * * after ", SMTPERR_STAGE_UNKNOWN},
        {"in response to ", SMTPERR_STAGE_UNKNOWN},
        {"smtp server error: ", SMTPERR_STAGE_UNKNOWN}, /* PHPMailer */
        {"smtp error, ", SMTPERR_STAGE_UNKNOWN},        /* NetEase */
        {">>> rcpt to",
         SMTPERR_STAGE_RCPT}, /* Sendmail, which says DATA before it reads the replies to RCPT: not that */
        {">>> mail from", SMTPERR_STAGE_MAIL},
        {"but greeting failed", SMTPERR_STAGE_GREETING}, /* qmail */
        {"but my name was rejected", SMTPERR_STAGE_HELO},
        {"but sender was rejected", SMTPERR_STAGE_MAIL},
        {"does not like recipient", SMTPERR_STAGE_RCPT},
        {"possible duplicate!", SMTPERR_STAGE_EOD},
        {"failed on data command", SMTPERR_STAGE_DATA},
        {"failed after ", SMTPERR_STAGE_UNKNOWN}, /* and dma */
        {"did not like our ", SMTPERR_STAGE_UNKNOWN},
        {"recipient address * not accepted by ", SMTPERR_STAGE_RCPT}, /* msmtp */
        {"envelope from address * not accepted by ", SMTPERR_STAGE_MAIL},
        {"the server did not accept the mail", SMTPERR_STAGE_EOD},
    };
    size_t i;
    for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (smtperr__lower(text[0]) == marks[i].words[0]) {
            const size_t at = phrase_at(text, text_len, marks[i].words);
            if (at > 0) {
                return marks[i].stage != SMTPERR_STAGE_UNKNOWN ? marks[i].stage : command_at(text + at, text_len - at);
            }
        }
    }
    return SMTPERR_STAGE_UNKNOWN;
}

/* The last place where words stand; text_len: nowhere. */
static size_t last_phrase(const char *text, size_t text_len, const char *words)
{
    size_t last = text_len;
    size_t at = smtperr__find_byte(text, text_len, 0, words[0]);
    while (at < text_len) {
        last = phrase_at(text + at, text_len - at, words) > 0 ? at : last;
        at = smtperr__find_byte(text, text_len, at + 1, words[0]);
    }
    return last;
}

static const char postfix_tail[] = "(in reply to ";

/* Where a reply ends that begins at from, since the words behind it are not the server's but those of Postfix, "(in reply to RCPT TO
 * command)", or another. What they say last counts: the server itself may quote another's log. */
static size_t reply_end(const char *text, size_t text_len, size_t from)
{
    static const char tails[][24] = {
        "\ngiving up on ",      /* qmail */
        "/giving up on ",       /* its log */
        "(delivery attempts: ", /* Cisco */
        "> #smtp#",             /* older Exchange */
    };
    size_t end = last_phrase(text, text_len, postfix_tail);
    size_t i;
    for (i = 0; from > 0 && i < sizeof tails / sizeof tails[0]; i++) {
        const size_t tail = last_phrase(text, text_len, tails[i]);
        end = tail < end ? tail : end;
    }
    if (from < text_len && end < from + 3) { /* before the reply, or in its code */
        end = text_len;
    }
    return end;
}

/* Which command a log says the reply came to: by the last words before the reply, which begins at from, or by those at its end. What the
 * server itself says in between is not asked: it may quote another's log. */
static int32_t stage_told(const char *text, size_t text_len, size_t from, size_t end)
{
    int32_t stage = SMTPERR_STAGE_UNKNOWN;
    size_t at;
    for (at = 0; at < from; at++) {
        if (at == 0 || is_blank(text[at - 1]) || text[at - 1] == '(' || text[at - 1] == '\'') {
            const int32_t found = stage_before(text + at, from - at);
            stage = found != SMTPERR_STAGE_UNKNOWN ? found : stage;
        }
    }
    if (stage == SMTPERR_STAGE_UNKNOWN && end < text_len) {
        at = end + phrase_at(text + end, text_len - end, postfix_tail);
        stage = command_at(text + at, text_len - at);
    }
    return stage;
}

/* Bytes of a line end at text: LF, CRLF, or their escapes as some logs write them. 0: none. */
static size_t line_end_at(const char *text, size_t text_len)
{
    size_t escaped;
    if (text[0] == '\n') {
        return 1;
    }
    if (text[0] == '\r') {
        return text_len > 1 && text[1] == '\n' ? 2 : 0;
    }
    escaped = phrase_at(text, text_len, "\\r\\n");
    return escaped > 0 ? escaped : phrase_at(text, text_len, "\\n");
}

/* Where a line of a reply may end, from here on: at a line end or, if its hyphen says that more follows, at a blank. Keeps where the
 * bytes for it stand next, since most texts have few of them. */
static size_t next_break(const char *text, size_t text_len, size_t from, int hyphen, size_t next[4])
{
    static const char ends[4] = {'\n', '\r', '\\', ' '};
    size_t end = text_len;
    size_t i;
    for (i = 0; i < (hyphen ? 4u : 3u); i++) {
        size_t at = next[i];
        if (at < from) {
            at = smtperr__find_byte(text, text_len, from, ends[i]);
            next[i] = at;
        }
        end = at < end ? at : end;
    }
    return end;
}

/* Where the text behind the code at text[at] begins: behind one blank or hyphen, or behind what wraps the code ("550: ", "(550, b'", "550-'"). */
static size_t behind_code(const char *text, size_t text_len, size_t at)
{
    at += 3;
    if (at < text_len && (is_blank(text[at]) || text[at] == '-')) {
        return at + 1 + (at + 1 < text_len && text[at] == '-' && text[at + 1] == '\'');
    }
    while (at < text_len && (text[at] == ':' || text[at] == ',' || text[at] == ')' || text[at] == ']' ||
                             text[at] == '[' || text[at] == '\'' || text[at] == '.' || text[at] == ' ')) {
        at++;
    }
    if (at + 1 < text_len && text[at] == 'b' && (text[at + 1] == '\'' || text[at + 1] == '"')) {
        at += 2;
    }
    return at;
}

/* Behind a sign that one of some words stands before, the last of these places, and behind the blanks there; 0: nowhere. */
static size_t behind_sign(const char *text, size_t text_len, char sign, const ending *list, size_t count)
{
    size_t from = 0;
    size_t at = smtperr__find_byte(text, text_len, 0, sign);
    while (at < text_len) {
        from = ends_with(text, text_len, at, list, count) ? at + 1 : from;
        at = smtperr__find_byte(text, text_len, at + 1, sign);
    }
    while (from > 0 && from < text_len && is_blank(text[from])) {
        from++;
    }
    return from;
}

/* Where the words of a server begin in a report without a code before them: "The server response was: ", PHPMailer's "Detail: ". */
static size_t behind_report(const char *text, size_t text_len)
{
    static const ending words[] = {
        {"server response was", 19}, {"server responded", 16}, {"host said", 9}, {"server said", 11}, {"detail", 6}};
    return behind_sign(text, text_len, ':', words, sizeof words / sizeof words[0]);
}

/* Logs of Sendmail and Postfix: "dsn=5.1.1, stat=User unknown". Tells the status and returns where the words begin, 0: it is no such log. */
static size_t scan_log(const char *text, size_t text_len, int32_t *enhanced)
{
    static const ending dsn[] = {{"dsn", 3}};
    static const ending stat[] = {{"stat", 4}, {"status", 6}};
    const size_t from = behind_sign(text, text_len, '=', dsn, 1);
    const size_t to = smtperr__find_byte(text, text_len, from, ',');
    if (from == 0) {
        return 0;
    }
    *enhanced = smtperr_enhanced_parse(text + from, to - from);
    return behind_sign(text, text_len, '=', stat, 2);
}

/* The words of a reply whose code stands behind them: "User unknown (550)", PHPMailer's "Detail: User unknown SMTP code: 550". Empty
 * where words go on at `behind` the code. */
static smtperr_span words_before(const char *text, size_t text_len, size_t code_at, size_t behind)
{
    const smtperr_span none = {0, 0};
    size_t before = code_at;
    size_t at;
    for (at = behind; at < text_len; at++) {
        const char byte = smtperr__lower(text[at]);
        if ((byte >= 'a' && byte <= 'z') || (unsigned char)byte >= 0x80) {
            return none;
        }
    }
    while (before > 0 && (is_blank(text[before - 1]) || text[before - 1] == ':')) {
        before--;
    }
    if (before == 0 || (text[before - 1] != '(' && text[before - 1] != '[' && !is_announced(text, text_len, before))) {
        return none;
    }
    return smtperr__span(behind_report(text, before), before);
}

/* The next line of what is found begins with the code at text[at]. */
static void begin_line(const char *text, size_t at, int32_t code, smtperr__found *found)
{
    const size_t text_len = found->end;
    found->next_code = code;
    found->next_at = behind_code(text, text_len, at);
    found->hyphen = at + 3 < text_len && text[at + 3] == '-';
}

/* "4.1.1 <u@example.net>: ... undeliverable address: host mx.example.org said: 550 no" has lost its code and quotes the reply of another:
 * what that one refused for good, this one only defers. */
static int is_deferral(const char *text, size_t text_len)
{
    size_t status_len;
    return text_len > 1 && text[0] == '4' && text[1] == '.' &&
           smtperr__enhanced_at_start(text, text_len, &status_len) != 0;
}

size_t smtperr__find_reply(const char *text, size_t text_len, int32_t stage, smtperr__found *found)
{
    size_t at;
    size_t end;
    memset(found, 0, sizeof *found);
    while (text_len > 0 && (is_blank(text[text_len - 1]) || text[text_len - 1] == '\0')) {
        text_len--;
    }
    if (text_len > SMTPERR_REPLY_MAX) { /* as much as a reply may have; the rest is not read */
        text_len = SMTPERR_REPLY_MAX;
        found->flags = SMTPERR_FLAG_TEXT_TRUNCATED;
    }
    at = is_deferral(text, text_len) ? text_len : find_code(text, text_len);
    end = reply_end(text, text_len, at);
    found->end = end;
    found->stage = stage != SMTPERR_STAGE_UNKNOWN ? stage : stage_told(text, text_len, at, end);
    if (at < text_len) {
        found->first_code = smtperr__code_at(text + at, 3);
        begin_line(text, at, found->first_code, found);
        if (at > 0) {
            size_t behind = found->next_at;
            behind += phrase_at(text + behind, end - behind, "additional smtp info: "); /* PHPMailer */
            found->next_at = behind;
            found->before = words_before(text, end, at, behind);
        }
    } else {
        at = phrase_at(text, end, "status:"); /* of a delivery report (RFC 3464 2.3.4) */
        while (at > 0 && at < end && is_blank(text[at])) {
            at++;
        }
        at = at > 0 ? at : scan_log(text, end, &found->enhanced);
        at = at > 0 ? at : behind_report(text, end);
        found->next_at = at;
    }
    return text_len;
}

/* Lines are ended by a line end, or by a blank with the same code behind it while the line before said with its hyphen that more
 * follows ("550-5.7.1 a 550 5.7.1 b"). Another code behind a last line begins another reply. */
smtperr_span smtperr__found_line(const char *text, smtperr__found *found)
{
    const size_t text_len = found->end;
    const size_t from = found->next_at;
    const int hyphen = found->hyphen;
    size_t at = from;
    size_t end;
    size_t skip = 0;
    int32_t next = 0;
    found->code = found->next_code;
    if (found->code == 0) {
        return smtperr__span(from, text_len);
    }
    do {
        end = next_break(text, text_len, at, hyphen, found->breaks);
        if (end < text_len) {
            const size_t line_end = line_end_at(text + end, text_len - end);
            const int joined = line_end == 0 && hyphen && text[end] == ' ';
            skip = joined ? 1 : line_end;
            next = skip > 0 ? text_code_at(text + end + skip, text_len - end - skip) : 0;
            if (next < 200 || (joined && next != found->first_code)) {
                next = 0;
            }
        }
        at = end + 1;
    } while (next == 0 && end < text_len);
    if (next != 0 && !hyphen && next != found->code) {
        found->flags |= SMTPERR_FLAG_LEFTOVER;
        next = 0;
    }
    found->next_code = next;
    if (next != 0) {
        begin_line(text, end + skip, next, found);
    }
    return smtperr__span(from, end);
}
