# SPDX-License-Identifier: MIT
#
# What eva.sh makes of a file of lib/ that reads texts: see eva_text.h.
s/#include "internal.h"//

# In all of them: a byte; what is left of a text; a line, which is a text of its own.
s/\b\(text\|reply\|bytes\)\[\([^][]*\)\]/BYTE(\1, \2)/g
s/\b\(text\|reply\|bytes\) + \([a-z_0-9]*\), \1_len - \2\b/\1, LEFT(\1_len, \2)/g
s/\b\(text\|reply\|bytes\) + \([a-z_]*\) + \([a-z_0-9]*\), \1_len - \2 - \3\b/\1, LEFT(\1_len, \2 + \3)/g
s/\breply + line\.at\b/reply/
s/while (smtperr__next_line(reply, /while (follow_next_line(/

# enhanced.c, reply.c: without the calls that look at other memory than a text.
/^size_t smtperr_enhanced_format/,$d
/^int32_t smtperr_reply_line/,$d
s/^    return length;/    CHECK(length <= text_len);\n&/
s/^    at += digits;/&\n    KNOWN(at <= text_len);/
s/^    \*length = at;/    CHECK(at <= text_len);\n&/
s/^    return (BYTE(text, 0) - '0') \* 100 +/    CHECK(text_len >= 3);\n&/

# hints.c
s/begins(text + at - \([0-9]*\), \1,/begins(PART(text, at - \1, \1), \1,/g
s/^    return i;/    CHECK(i <= text_len);\n&/
s/^    \*end = at;/    CHECK(at <= text_len);\n&/
s/^            seconds = time_at.*/&\n            KNOWN(to <= text_len);/
s/^                size_t from = at + mark;/&\n                ANYWHERE(from, reply_len);/

# sanitize.c: what is written is the harness's.
s/put(&to, text, 3)/KNOWN(text_len >= 3); put(\&to, PART(text, 0, 3), 3)/
s/put(\(&to\|to\), "[ ?]", 1)/put(\1, a_text, 1)/
s/put(\(&to\|to\), text + at, length)/put(\1, a_text, length)/
s/from = 4 + status_len;/ANYWHERE(from, text_len);/
/^        to->out += bytes_len;/d
s/to->out\[\([^]]*\)\]/OUT(\1)/
s/to\.out\[\([^]]*\)\]/OUT(\1)/
s/output to = .*/char *to_out = NULL; to_room = to_length = 0;/
s/output \*to, //
s/\bput(\(&to\|to\), /follow_put(/
s/put_text(&to, /put_text(/
s/\bto\(->\|\.\)/to_/g

# find_reply.c and evidence.c: their larger parts are shown one by one, each with what the others do in their place.
/^static/!s/\b\(phrase_at\|line_end_at\|next_break\|find_code\|reply_end\|stage_told\|words_before\|behind_report\|scan_log\)(/follow_\1(/g
/^static/!s/\b\(scan_line\|finish_numbers\|frame_whole\)(/follow_\1(/g

# find_reply.c
s/? 2 : 0;/? CHECK(text_len >= 2), 2 : 0;/
s/^    return escaped > 0 ? escaped : \(.*\);/    if (escaped == 0) {\n        escaped = \1;\n    }\n    CHECK(escaped <= text_len);\n    return escaped;/
s/(text + \(from\|behind\), \(to\|end\) - \1\b/(RANGE(text, \1, \2), \2 - \1/
s/ smtperr__code_at(text, 3)/ smtperr__code_at(PART(text, 0, 3), 3)/
s/^            return at;/            CHECK(at + 3 <= text_len);\n&/
s/^    return code;/    CHECK(text_len >= 3);\n&/
s/^    const size_t from = follow_phrase_at(.*/&\n    KNOWN(from <= text_len);/
s/^            const size_t at = follow_phrase_at(.*/&\n            KNOWN(at <= text_len);/
s/^        at = end + follow_phrase_at(.*/&\n        KNOWN(at <= text_len);/
s/^            behind += follow_phrase_at(.*/&\n            KNOWN(behind <= end);/
/^static size_t behind_code/,/^}/s/^    return at;/    CHECK(at <= text_len);\n&/
/^static size_t reply_end/,/^}/s/^    return end;/    CHECK(from >= text_len || from + 3 <= end || end == text_len);\n&/
s/^    return last;/    CHECK(last <= text_len);\n&/
s/stage_before(text + at, from - at)/stage_before(PREFIX(text, from), LEFT(from, at))/
s/command_at(text + at, text_len - at)/command_at(text, SOME(text_len))/
s/text_code_at(text, LEFT(text_len, end + skip))/text_code_at(text, SOME(text_len))/
s/smtperr__code_at(text + at, 3)/smtperr__code_at(PREFIX(text, at + 3), 3)/
s/for (at = 0; at \(+ 3 <= text_len\|< from; at++\)/for (at = SOME(text_len); at \1/
/^static size_t phrase_at/,/^}/s/size_t at = 0;/size_t at = SOME(text_len);/
s/BYTE(text, text_len - 1)/LAST(text)/g
s/^    found->end = end;/    CHECK(end <= text_len);\n&/
s/^        found->first_code = /        KNOWN(at + 3 <= text_len \&\& at + 3 <= end);\n&/
s/^            size_t behind = found->next_at;/&\n            KNOWN(behind <= end);/
s/^        found->next_at = at;/        CHECK(at <= end);\n&/
s/^    const int hyphen = found->hyphen;/&\n    KNOWN(from <= text_len \&\& text_len <= whole_len);/
/^static void begin_line/,/^}/s/^    const size_t text_len = found->end;/&\n    KNOWN(at + 3 <= text_len \&\& text_len <= whole_len);/

# evidence.c
s/memcpy(&eight, eight_bytes, sizeof eight);/CHECK(eight_bytes == a_text); eight = any_eight();/
s/may_be_odd(text + text_len - 8)/may_be_odd(PART(text, LEFT(text_len, 8), 8))/
s/may_be_odd(text + at)/may_be_odd(PART(text, at, 8))/
s/bytes_len - from)/LEFT(bytes_len, from))/
/^static size_t behind_fold/,/^}/s/size_t at = 0;/size_t at = SOME(bytes_len);/
s/^    return folded ? at : 0;/    CHECK(at <= bytes_len);\n&/
s/^    status_at = from + behind_fold(.*/    CHECK(from <= bytes_len);\n    ANYWHERE(from, bytes_len);\n&\n    KNOWN(status_at <= bytes_len);/
s/^        from += behind_fold(.*/&\n        KNOWN(from <= bytes_len);/
s/from = status_at + status_len;/ANYWHERE(from, bytes_len);/
/^static uint32_t odd_bytes/,/^}/s/for (at = 0;/for (at = SOME(text_len);/
s/^        const uint32_t prefix = .*/        const uint32_t line_len = line.len;\n        const uint32_t prefix = line_len < 4 ? line_len : 4;/
s/line.len -= prefix;/line.len = LEFT(line_len, prefix);/
s/^        reply_len = follow_frame_whole.*/&\n        KNOWN(reply_len <= whole_len);/
