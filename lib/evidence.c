/* SPDX-License-Identifier: MIT
 *
 * Gathers what a reply says in numbers: code, enhanced code, oddities, and where its text stands. Two shapes lead to the
 * same scan of lines: WIRE is framed strictly by the reader, TEXT is searched for the reply that it quotes.
 * Reads each byte a fixed number of times.
 */
#include "internal.h"

#include <string.h>

static uint32_t odd_byte(unsigned char byte)
{
    if (byte >= 0x80) {
        return SMTPERR_FLAG_EIGHTBIT;
    }
    return (byte < 0x20 && byte != '\t') || byte == 0x7F ? SMTPERR_FLAG_CONTROL : 0;
}

/* Whether a text has bytes that are no printable ASCII (4.2). Eight at a time: most texts have none. */
static uint32_t odd_bytes(const char *text, size_t text_len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint32_t flags = 0;
    size_t at = 0;
    while (at < text_len) {
        const size_t end = at + 8 < text_len ? at + 8 : text_len;
        if (end >= 8) {
            uint64_t eight;
            memcpy(&eight, text + end - 8, sizeof eight); /* the last ones overlap */
            /* A high bit stands for a byte above 0x7F, one below 0x20 (or behind such a one), or 0x7F. */
            if (((eight | (eight - ones * 0x20) | (eight + ones)) & ones << 7) == 0) {
                at = end;
            }
        }
        for (; at < end; at++) {
            flags |= odd_byte((unsigned char)text[at]);
        }
    }
    return flags;
}

/* RFC 2034 4: no status stands in a 3yz, nor in the greeting and what is said to EHLO; what looks like one is text. Refusals
 * there do carry one in practice. */
static int may_carry_status(const smtperr_verdict *verdict)
{
    return verdict->code / 100 != 3 &&
           (verdict->code / 100 != 2 || verdict->stage < SMTPERR_STAGE_GREETING || verdict->stage > SMTPERR_STAGE_HELO);
}

/* One line, or one part of a joined text: behind the code. */
static void scan_line(const char *reply, smtperr_span line, smtperr_verdict *verdict, smtperr__matcher *matcher)
{
    const char *const bytes = reply + line.at;
    const size_t bytes_len = line.len;
    size_t from = 0;
    size_t status_at;
    size_t status_len = 0;
    int32_t enhanced;
    verdict->flags |= odd_bytes(bytes, bytes_len);
    if (verdict->code != 0 && bytes_len > 4 && bytes[3] == ' ' && smtperr__code_at(bytes, bytes_len) == verdict->code) {
        from = 4; /* "550 550 5.1.1 ...": a relay has put its own code before that of the next */
    }
    /* RFC 2034 4: the code opens the text. "#5.1.1", as qmail's relatives write it, is taken too. */
    status_at = from;
    if (from < bytes_len && bytes[from] == '#') {
        status_at++;
    }
    enhanced = may_carry_status(verdict)
                   ? smtperr__enhanced_at_start(bytes + status_at, bytes_len - status_at, &status_len)
                   : 0;
    if (enhanced != 0) {
        if (verdict->enhanced != 0 && verdict->enhanced != enhanced) {
            verdict->flags |= SMTPERR_FLAG_MIXED_ESC;
        }
        verdict->enhanced = enhanced; /* where the lines differ, the last counts, as in Postfix */
        from = status_at + status_len;
        while (from < bytes_len && bytes[from] == ' ') {
            from++;
        }
    }
    line.at += (uint32_t)from;
    line.len = (uint32_t)(bytes_len - from);
    verdict->text = line;
    if (matcher != NULL) {
        smtperr__read_words(matcher, reply, line);
    }
}

/* "(#5.1.1)" at the end of a text: qmail and those that followed it write the status so. */
static int32_t hash_status(const char *text, size_t text_len)
{
    size_t at = smtperr__find_byte(text, text_len, 0, '#');
    while (at < text_len) {
        const size_t from = at + 1;
        size_t to = from;
        while (to < text_len && to - from < 9 && (smtperr__is_digit((unsigned char)text[to]) || text[to] == '.')) {
            to++;
        }
        if (at > 0 && text[at - 1] == '(' && to < text_len && (text[to] == ')' || text[to] == ' ')) {
            const int32_t enhanced = smtperr_enhanced_parse(text + from, to - from);
            if (enhanced != 0) {
                return enhanced;
            }
        }
        at = smtperr__find_byte(text, text_len, from, '#');
    }
    return 0;
}

/* The address in angle brackets of a 251 or 551 (3.4). */
static smtperr_span bracketed_address(const char *reply, size_t reply_len)
{
    const smtperr_span none = {0, 0};
    const size_t open = smtperr__find_byte(reply, reply_len, 0, '<');
    const size_t close = smtperr__find_byte(reply, reply_len, open, '>');
    const size_t at = smtperr__find_byte(reply, reply_len, open, '@');
    return at < close && close < reply_len ? smtperr__span(open + 1, close) : none;
}

/* What the numbers imply once all lines are read. */
static void finish_numbers(const char *reply, size_t reply_len, smtperr_verdict *verdict)
{
    const int32_t reply_class = verdict->code / 100;
    if (verdict->enhanced == 0 && may_carry_status(verdict)) {
        verdict->enhanced = hash_status(reply, reply_len);
    }
    if (verdict->enhanced != 0 && reply_class != 0 && ENHANCED_CLASS_OF(verdict->enhanced) != reply_class) {
        verdict->flags |= SMTPERR_FLAG_ESC_MISMATCH;
    }
    if (verdict->code / 10 % 10 > 5) {
        verdict->flags |= SMTPERR_FLAG_ODD_CODE;
    }
    if (verdict->first_code != verdict->code) {
        verdict->flags |= SMTPERR_FLAG_MIXED_CODES;
    }
    if (verdict->code == 251 || verdict->code == 551) {
        verdict->address = bracketed_address(reply, reply_len);
    }
}

/* ---- WIRE ---- */

/* Frames a reply that the caller has whole. Many callers have cut off the last line end; that of a last line is not missed. */
static size_t frame_whole(const char *reply, size_t reply_len, smtperr__frame *frame)
{
    smtperr_reader reader;
    size_t used = 0;
    (void)smtperr_reader_init(&reader, sizeof reader, NULL, 0);
    if (smtperr_reader_feed(&reader, reply, reply_len, &used) == SMTPERR_NONE && smtperr_reader_pending(&reader) > 0) {
        const uint32_t flags = reader.flags;
        size_t end_used;
        if (smtperr_reader_feed(&reader, "\n", 1, &end_used) == SMTPERR_REPLY) {
            reader.flags = (reader.flags & ~(uint32_t)SMTPERR_FLAG_BARE_LF) | (flags & SMTPERR_FLAG_BARE_LF) |
                           SMTPERR_FLAG_UNENDED;
        } else {
            reader.status = SMTPERR_ERR_INCOMPLETE;
            reader.flags = flags;
        }
    }
    smtperr__reader_frame(&reader, frame);
    frame->flags &= ~(uint32_t)SMTPERR_FLAG_TEXT_TRUNCATED; /* the caller has kept it */
    if (used < reply_len && frame->status == SMTPERR_REPLY) {
        frame->flags |= SMTPERR_FLAG_LEFTOVER;
    }
    return used;
}

/* Returns how many bytes are the reply: others behind it are not looked at. */
static size_t gather_wire(const char *reply, size_t reply_len, const smtperr__frame *seen, smtperr_verdict *verdict,
                          smtperr__matcher *matcher)
{
    smtperr__frame frame;
    smtperr_span line;
    size_t at = 0;
    if (seen != NULL) {
        frame = *seen;
    } else {
        reply_len = frame_whole(reply, reply_len, &frame);
    }
    verdict->status = frame.status;
    verdict->code = frame.code;
    verdict->first_code = frame.first_code;
    verdict->flags |= frame.flags;
    if (frame.status != SMTPERR_REPLY) {
        return 0;
    }
    if (frame.code < 400) { /* 4.2: the text of a success changes nothing */
        matcher = NULL;
    }
    while (smtperr__next_line(reply, reply_len, &at, &line)) {
        const uint32_t prefix = line.len < 4 ? line.len : 4;
        line.at += prefix;
        line.len -= prefix;
        if (prefix > 0) {
            scan_line(reply, line, verdict, matcher);
        }
    }
    finish_numbers(reply, reply_len, verdict);
    return reply_len;
}

/* ---- TEXT ---- */

/* qmail's log has '_' for a blank. */
static int is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '_';
}

/* Bytes at the start of text that are these words, in lower case here, in any case there; '*' stands for one word. 0: they are not. */
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

/* A refusal's code that more than a blank stands behind: "550: no", "550.5.1.1 no", "[550] no", "(550, b'5.1.1 no')",
 * "SMTP error (550): no", or that ends the text in brackets: "no (550)". */
static int is_wrapped_code(const char *text, size_t text_len, size_t at)
{
    const char open = at > 0 ? text[at - 1] : ' ';
    const char close = at + 3 < text_len ? text[at + 3] : ' ';
    const int32_t code = at + 3 <= text_len ? smtperr__code_at(text + at, 3) : 0;
    if (code < 400 || code > 599 ||
        (close != ':' && close != ',' && close != ')' && close != ']' && (close != '.' || at > 0))) {
        return 0;
    }
    if (at == 0 || (open == '(' && close == ',') || (open == '[' && close == ']' && at == 1) ||
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

/* The last place where words stand behind a mark; text_len: nowhere. */
static size_t last_mark(const char *text, size_t text_len, char mark, const char *words)
{
    size_t last = text_len;
    size_t at = smtperr__find_byte(text, text_len, 0, mark);
    while (at < text_len) {
        at++;
        if (phrase_at(text + at, text_len - at, words) > 0) {
            last = at - 1;
        }
        at = smtperr__find_byte(text, text_len, at, mark);
    }
    return last;
}

static const char postfix_tail[] = "in reply to ";
static const char qmail_tail[] = "giving up on ";

/* Where a reply ends that begins at from, since the words behind it are not the server's: those of Postfix, "(in reply to RCPT TO
 * command)", and of qmail, "Giving up on 192.0.2.1.". What it says last counts: the server itself may quote another's log. */
static size_t reply_end(const char *text, size_t text_len, size_t from)
{
    size_t end = last_mark(text, text_len, '(', postfix_tail);
    if (from > 0) {
        const size_t line = last_mark(text, text_len, '\n', qmail_tail);
        const size_t logged = last_mark(text, text_len, '/', qmail_tail);
        end = line < end ? line : end;
        end = logged < end ? logged : end;
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
        at = end + 1;
        at += phrase_at(text + at, text_len - at, postfix_tail);
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

/* Where the bytes that may end a line stand next; most texts have few of them. */
typedef struct {
    size_t at[4];
} breaks;

/* Where a line of a reply may end, from here on: at a line end or, if its hyphen says that more follows, at a blank. */
static size_t next_break(const char *text, size_t text_len, size_t from, int hyphen, breaks *next)
{
    static const char ends[4] = {'\n', '\r', '\\', ' '};
    size_t end = text_len;
    size_t i;
    for (i = 0; i < (hyphen ? 4u : 3u); i++) {
        size_t at = next->at[i];
        if (at < from) {
            at = smtperr__find_byte(text, text_len, from, ends[i]);
            next->at[i] = at;
        }
        end = at < end ? at : end;
    }
    return end;
}

/* Where the text behind the code at text[at] begins: behind one blank or hyphen, or behind what wraps the code ("550: ", "(550, b'"), or
 * what PHPMailer says before the status. */
static size_t behind_code(const char *text, size_t text_len, size_t at)
{
    const int is_first = at == 0;
    at += 3;
    if (at < text_len && (is_blank(text[at]) || text[at] == '-')) {
        at++;
        if (!is_first) {
            at += phrase_at(text + at, text_len - at, "additional smtp info: ");
        }
        return at;
    }
    while (at < text_len && (text[at] == ':' || text[at] == ',' || text[at] == ')' || text[at] == ']' ||
                             text[at] == '.' || text[at] == ' ')) {
        at++;
    }
    if (at + 1 < text_len && text[at] == 'b' && (text[at + 1] == '\'' || text[at + 1] == '"')) {
        at += 2;
    }
    return at;
}

/* Lines of a reply in a text: ended by a line end, or by a blank with the same code behind it while the line before said
 * with its hyphen that more follows ("550-5.7.1 a 550 5.7.1 b"). Another code behind a last line begins another reply. */
static void gather_lines(const char *text, size_t text_len, size_t at, smtperr_verdict *verdict,
                         smtperr__matcher *matcher)
{
    breaks found = {{0, 0, 0, 0}};
    int32_t next = 1;
    verdict->first_code = smtperr__code_at(text + at, 3);
    verdict->code = verdict->first_code;
    if (verdict->code / 100 == 2 || verdict->code / 100 == 3) {
        matcher = NULL;
    }
    while (next != 0) {
        const int hyphen = at + 3 < text_len && text[at + 3] == '-';
        const size_t start = behind_code(text, text_len, at);
        size_t end = next_break(text, text_len, start, hyphen, &found);
        size_t skip = 0;
        next = 0;
        while (end < text_len) {
            const size_t line_end = line_end_at(text + end, text_len - end);
            const int joined = line_end == 0 && hyphen && text[end] == ' ';
            skip = joined ? 1 : line_end;
            next = skip > 0 ? text_code_at(text + end + skip, text_len - end - skip) : 0;
            if (next >= 200 && (!joined || next == verdict->first_code)) {
                break;
            }
            next = 0;
            end = next_break(text, text_len, end + 1, hyphen, &found);
        }
        if (next != 0 && !hyphen && next != verdict->code) {
            verdict->flags |= SMTPERR_FLAG_LEFTOVER;
            next = 0;
        }
        scan_line(text, smtperr__span(start, end), verdict, matcher);
        if (next != 0) {
            at = end + skip;
            verdict->code = next;
        }
    }
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

/* Logs of Sendmail and Postfix: "dsn=5.1.1, stat=User unknown". Returns where the words begin, 0: it is no such log. */
static size_t scan_log(const char *text, size_t text_len, smtperr_verdict *verdict)
{
    static const ending dsn[] = {{"dsn", 3}};
    static const ending stat[] = {{"stat", 4}, {"status", 6}};
    const size_t from = behind_sign(text, text_len, '=', dsn, 1);
    const size_t to = smtperr__find_byte(text, text_len, from, ',');
    if (from == 0) {
        return 0;
    }
    verdict->enhanced = smtperr_enhanced_parse(text + from, to - from);
    return behind_sign(text, text_len, '=', stat, 2);
}

/* The words of a reply whose code stands behind them: "User unknown (550)", PHPMailer's "Detail: User unknown SMTP code: 550". Empty
 * where words stand behind it. */
static smtperr_span words_before(const char *text, size_t text_len, size_t code_at)
{
    const smtperr_span none = {0, 0};
    size_t before = code_at;
    size_t at;
    if (code_at == 0) {
        return none;
    }
    for (at = behind_code(text, text_len, code_at); at < text_len; at++) {
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

static void gather_text(const char *text, size_t text_len, smtperr_verdict *verdict, smtperr__matcher *matcher)
{
    size_t at;
    size_t end;
    while (text_len > 0 && (is_blank(text[text_len - 1]) || text[text_len - 1] == '\0')) {
        text_len--;
    }
    if (text_len > SMTPERR_REPLY_MAX) { /* as much as a reply may have; the rest is not read */
        text_len = SMTPERR_REPLY_MAX;
        verdict->flags |= SMTPERR_FLAG_TEXT_TRUNCATED;
    }
    at = find_code(text, text_len);
    end = reply_end(text, text_len, at);
    if (verdict->stage == SMTPERR_STAGE_UNKNOWN) {
        verdict->stage = stage_told(text, text_len, at, end);
        if (verdict->stage != SMTPERR_STAGE_UNKNOWN) {
            verdict->flags |= SMTPERR_FLAG_STAGE_FROM_TEXT;
        }
    }
    verdict->status = text_len > 0 ? SMTPERR_REPLY : SMTPERR_ERR_INCOMPLETE;
    if (at < text_len) {
        const smtperr_span before = words_before(text, end, at);
        gather_lines(text, end, at, verdict, matcher);
        if (before.len > 0 && verdict->code >= 400) {
            scan_line(text, before, verdict, matcher);
        }
        if (verdict->code < 200 || verdict->code > 599) { /* 111 in a log is an errno; no server has said it */
            verdict->flags &= ~(uint32_t)SMTPERR_FLAG_ODD_CODE;
        }
    } else {
        static const char field[] = "status:"; /* of a delivery report (RFC 3464 2.3.4) */
        at = phrase_at(text, end, field);
        while (at < end && is_blank(text[at])) {
            at++;
        }
        at = at > 0 ? at : scan_log(text, end, verdict);
        at = at > 0 ? at : behind_report(text, end);
        scan_line(text, smtperr__span(at, end), verdict, matcher);
    }
    finish_numbers(text, text_len, verdict);
}

/* What a refusal tells beside its cause. A time to come back matters only where we may. */
static void read_hints(const char *reply, size_t reply_len, const smtperr__matcher *matcher, smtperr_verdict *verdict)
{
    const uint32_t end = reply_len < SMTPERR_REPLY_MAX ? (uint32_t)reply_len : (uint32_t)SMTPERR_REPLY_MAX;
    if (matcher->url_at < end) {
        verdict->url = smtperr__find_url(reply, end, matcher->url_at);
    }
    if (matcher->number_at < end && (verdict->code / 100 != 5 || (verdict->flags & SMTPERR_FLAG_TEMPORARY) != 0)) {
        verdict->retry_after_seconds = smtperr__retry_after(reply, end, matcher->number_at);
    }
}

static uint16_t provider_number(const smtperr_context *context)
{
    uint16_t number;
    if (context->provider > 0) {
        for (number = 1; number < smtperr__provider_count; number++) {
            if (smtperr__providers[number] == (uint32_t)context->provider) {
                return number;
            }
        }
    }
    return 0;
}

/* What bytes that are no whole reply count as. */
static int32_t failure_of(int32_t status)
{
    switch (status) {
    case SMTPERR_ERR_INCOMPLETE:
        return SMTPERR_FAILURE_LOST_CONNECTION;
    case SMTPERR_ERR_SYNTAX:
        return SMTPERR_FAILURE_GARBAGE_REPLY;
    default:
        return SMTPERR_FAILURE_REPLY_TOO_LONG;
    }
}

void smtperr__gather(const char *reply, size_t reply_len, int32_t shape, const smtperr__frame *frame,
                     const smtperr_context *context, smtperr_verdict *verdict, smtperr__matcher *matcher)
{
    memset(verdict, 0, sizeof *verdict);
    if (reply == NULL) {
        reply_len = 0;
    }
    smtperr__begin_words(matcher, verdict, provider_number(context));
    verdict->size = sizeof *verdict;
    verdict->data_version = smtperr_data_version();
    verdict->stage = context->stage;
    if (verdict->stage == SMTPERR_STAGE_CONNECT) {
        verdict->stage = SMTPERR_STAGE_GREETING;
    }
    if (reply_len > 0 && shape == SMTPERR_SHAPE_TEXT) {
        gather_text(reply, reply_len, verdict, matcher);
    } else if (reply_len > 0 || frame != NULL) {
        reply_len = gather_wire(reply, reply_len, frame, verdict, matcher);
    } else {
        verdict->status = SMTPERR_ERR_INCOMPLETE;
    }
    if (verdict->status == SMTPERR_REPLY) {
        smtperr__classify_numbers(verdict, context);
        if (verdict->code / 100 != 2 && verdict->code / 100 != 3) {
            smtperr__classify_words(verdict, matcher);
            read_hints(reply, reply_len, matcher, verdict);
        }
    } else {
        smtperr__classify_failure(verdict, failure_of(verdict->status));
    }
}
