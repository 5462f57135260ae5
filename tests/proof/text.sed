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
