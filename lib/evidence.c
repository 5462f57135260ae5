/* SPDX-License-Identifier: MIT
 *
 * Gathers what a reply says in numbers: code, enhanced code, oddities, and where its text stands. Two shapes lead to the
 * same scan of lines: WIRE is framed strictly by the reader, TEXT is searched for a reply by find_reply.c.
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

/* A high bit stands for a byte above 0x7F, one below 0x20 (or behind such a one), or 0x7F. */
static uint64_t may_be_odd(const char *eight_bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t eight;
    memcpy(&eight, eight_bytes, sizeof eight);
    return (eight | (eight - ones * 0x20) | (eight + ones)) & ones << 7;
}

/* Whether a text has bytes that are no printable ASCII (4.2). Eight at a time, since most texts have none. */
static uint32_t odd_bytes(const char *text, size_t text_len)
{
    uint32_t flags = 0;
    size_t at;
    if (text_len >= 8) {
        uint64_t odd = may_be_odd(text + text_len - 8);
        for (at = 0; at + 8 <= text_len; at += 8) {
            odd |= may_be_odd(text + at);
        }
        if (odd == 0) {
            return 0;
        }
    }
    for (at = 0; at < text_len; at++) {
        flags |= odd_byte((unsigned char)text[at]);
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

/* Behind the place where a text is folded: a line end, and the blanks round it. 0: it is not folded there. */
static size_t behind_fold(const char *bytes, size_t bytes_len)
{
    size_t at = 0;
    int folded = 0;
    while (at < bytes_len && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n')) {
        folded |= bytes[at] == '\n';
        at++;
    }
    return folded ? at : 0;
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
    /* RFC 2034 4: the code opens the text. "#5.1.1", as qmail's relatives write it, is taken too, and one that stands in the next line
     * of a folded text. */
    status_at = from + behind_fold(bytes + from, bytes_len - from);
    if (status_at < bytes_len && bytes[status_at] == '#') {
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
        from += behind_fold(bytes + from, bytes_len - from);
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

static void gather_text(const char *text, size_t text_len, smtperr_verdict *verdict, smtperr__matcher *matcher)
{
    smtperr__found found;
    int is_positive;
    text_len = smtperr__find_reply(text, text_len, verdict->stage, &found);
    verdict->status = text_len > 0 ? SMTPERR_REPLY : SMTPERR_ERR_INCOMPLETE;
    if (found.stage != verdict->stage) {
        verdict->stage = found.stage;
        verdict->flags |= SMTPERR_FLAG_STAGE_FROM_TEXT;
    }
    verdict->first_code = found.first_code;
    verdict->enhanced = found.enhanced;
    is_positive = found.first_code / 100 == 2 || found.first_code / 100 == 3;
    do {
        const smtperr_span line = smtperr__found_line(text, &found);
        verdict->code = found.code;
        scan_line(text, line, verdict, is_positive ? NULL : matcher);
    } while (found.next_code != 0);
    verdict->flags |= found.flags;
    if (found.before.len > 0 && verdict->code >= 400) {
        scan_line(text, found.before, verdict, matcher);
    }
    finish_numbers(text, text_len, verdict);
}

/* ---- Both ---- */

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
