# SPDX-License-Identifier: MIT
#
# What eva.sh makes of words.c from the bytes of a reply to its words and tokens: see eva_words.c.
1,/^\/\* What a byte is;/{
/^#define HASH_/p
/^enum { WORD_GAP/p
d
}
/^void smtperr__begin_words/,/^}/d
s/\b\(host\)\[\([^][]*\)\]/BYTE_OF(\2, host_len)/g
/^static int is_\(ip\|host\)(/,/^}/s/\btext\[\([^][]*\)\]/BYTE_OF(\1, len)/g
s/\b\(text\|reply\)\[\([^][]*\)\]/BYTE_OF(\2, end)/g
/^static/!s/\b\(take_words\|is_ip\|is_host\|host_end\|address_end\|take_chunk\|plain_word\|take_contraction\)(/follow_\1(/g
s/smtperr__character(text + at, end - at, /follow_character(end, at, /
s/memcmp(text + \([a-z]*\), \("[^"]*"\), \([34]\))/follow_memcmp(\1 + \3, LIMIT)/
s/memcmp(long_domains\[i\].name, text + last, len - last)/follow_memcmp(last + long_domains[i].length, len) + CHECK(long_domains[i].length <= sizeof long_domains[i].name)/
/^static int is_host(/,/^}/s/LIMIT/len/
s/LIMIT/end/
s/follow_is_host(text + \([a-z_]*\), \([a-z_]*\) - \1)/follow_is_host(\1, \2, end)/g
s/follow_is_ip(text + \([a-z_]*\), \([a-z_]*\) - \1)/follow_is_ip(\1, \2, end)/g
s/take_host(matcher, \([A-Z_]*\), text + \([a-z_]*\), \([a-z_]*\) - \2)/take_host(\2, \3, end)/g
s/follow_take_words(matcher, text, \(.*\), end)/follow_take_words(\1, end)/
s/follow_take_words(matcher, text, follow_address_end(text, first, last),/follow_take_words(follow_address_end(text, first, last),/
s/follow_take_words(matcher, reply, from, at)/follow_take_words(from, at); CHECK(at <= end)/
s/^    size_t last = end;/    size_t last = end;\n    ANYWHERE(last, end);\n    KNOWN(first <= last);/
s/^    const size_t end = (size_t)text\.at + text\.len;/    const size_t end = whole_len;/
s/^    size_t at = text\.at;/    size_t at = some_of(end);/
s/^        at = follow_plain_word.*/&\n        KNOWN(at >= from \&\& at <= end);/
/^static int is_host(/,/^}/s/size_t last = 0;/size_t last = some_of(len);/
s/^    return (points == 3/    CHECK(len > 0);\n&/
s/len - last < 2/(CHECK(last <= len), last + 2 > len)/
s/len - last > 4/(last + 4 < len)/
s/last - first > \([0-9]*\)/(CHECK(first <= last), first + \1 < last)/
s/^    host_to = .*/&\n    KNOWN(host_to >= host_from \&\& host_to <= last);/
s/^    if (first == last) {/    if (first >= last) {/
s/end - at > 3/at + 3 < end/
s/at - from < 2/from + 2 > at/
s/at - from == \([23]\)/at == from + \1/
s/at == end ||/at >= end ||/
s/at + 1 == end ||/at + 1 >= end ||/
s/long_domains\[i\]\.length == len - last/last + long_domains[i].length == len/
s/(void)follow_plain_word("not", 0, 3, &hash);/hash = 0;/
s/follow_plain_word(text, from, stem, &hash)/follow_plain_word(text, from, (CHECK(stem <= at), at), \&hash)/
s/^    size_t stem = at - 1;/    size_t stem;/
s/^    stem += \(at.*\);/    stem = at - 1;\n    stem += \1;/
