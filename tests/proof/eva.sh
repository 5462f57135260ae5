#!/bin/sh
# SPDX-License-Identifier: MIT
#
# eva.sh ENTRY SOURCE_ROOT TABLES [MACHDEP]: Frama-C's EVA from one entry of eva_*.c; TABLES is where the generated tables are.
# EVA exits with 0 whatever it finds, so its report is read: no alarm, nothing unproved. An entry prove_seeded_NAME is prove_NAME
# with a bug in the library, some of them old ones: then alarms must show.
set -eu
entry=$1 root=$2 tables=$3 machdep=${4:-x86_64}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
main=$(echo "$entry" | sed 's/^prove_seeded_/prove_/')

# How to go about it: one case after the other as far as they can be told apart; or texts of all lengths at once (eva_text.h).
cases='-eva-precision 1 -eva-auto-loop-unroll 64 -eva-split-limit 300 -eva-interprocedural-splits -eva-slevel'
lengths='-eva-domains octagon -eva-octagon-through-calls -eva-widening-delay 20 -eva-auto-loop-unroll 20 -eva-slevel'
linked= included= checks=0
case $main in
prove_line|prove_feed|prove_keep) harness=reader included=reader how="$cases 5000" ;;
prove_enhanced) harness=evaluate linked=enhanced how="$cases 5000" ;;
prove_reply) harness=evaluate linked='reply enhanced' how="$cases 5000" ;;
prove_decide) harness=evaluate linked='decide classify lookup' how="$cases 3000" ;;
prove_numbers) harness=evaluate linked='retry_code decide classify lookup' how="$cases 5000" ;;
prove_classify) harness=evaluate linked='classify lookup' how="$cases 3000" ;;
prove_failure) harness=evaluate linked=failure how="$cases 1000" ;;
prove_lines)
    harness=reply included='enhanced reply' checks=3 how="$lengths 50 -eva-split-return-function smtperr__next_line:0" ;;
prove_hints) harness=hints included=hints checks=2 how="$lengths 0" ;;
prove_put) harness=sanitize included='enhanced reply sanitize' checks=4 how="$lengths 0" ;;
prove_sanitize) harness=sanitize included='enhanced reply sanitize' checks=4 how="$lengths 20" ;;
prove_phrase|prove_stage|prove_ending|prove_codes|prove_breaks|prove_found|prove_joined)
    harness=find_reply included='enhanced reply find_reply' checks=12 how="$lengths 20" ;;
prove_scan|prove_gather) harness=evidence included='enhanced reply evidence' checks=6 how="$lengths 20" ;;
prove_words|prove_contraction|prove_chunk) harness=words included=words checks=8 how="$lengths 20" ;;
prove_matches) harness=trie included=words how="$cases 5000" ;;
prove_ends|prove_open) harness=trie included=words how="$cases 3000" ;;
prove_close|prove_trie) harness=trie included=words how='-eva-precision 1 -eva-min-loop-unroll 41 -eva-slevel 0' ;;
prove_steps) harness=hosts included=words how='-eva-split-limit 1000 -eva-slevel 2000' ;;
prove_hosts) harness=hosts included=words how="$lengths 20" ;;
prove_names) harness=names included=names how="$lengths 200" ;;
prove_calls) harness=calls linked='evaluate retry' how='-eva-precision 1 -eva-min-loop-unroll 200 -eva-slevel 5000' ;;
prove_rules) harness=rules included=rules how='-eva-precision 1 -eva-min-loop-unroll 17 -eva-slevel 0' ;;
*) echo "no such entry: $entry" >&2; exit 2 ;;
esac

bug= in=
case $entry in
prove_seeded_keep) # the LF behind a full buffer
    in=reader bug='s#bytes_len < reader->keep_size - reader->kept;#bytes_len <= reader->keep_size - reader->kept;#' ;;
prove_seeded_enhanced|prove_seeded_lines) # a text that ends in the middle of a status
    in=enhanced bug='s#at >= text_len || ##' ;;
prove_seeded_hints) # a text that ends behind the first number of a time
    in=hints bug='s#at + 1 < text_len \&\& text#at < text_len \&\& text#' ;;
prove_seeded_put)
    in=sanitize bug='s#bytes_len <= to->room#bytes_len <= to->room + 1#' ;;
prove_seeded_sanitize) # a text that ends in the middle of a character
    in=sanitize bug='s#^    if (length > text_len) {#    if (length > text_len + 1) {#' ;;
prove_seeded_classify) # a search that goes on behind the last row
    in=lookup bug='s#at < end#at <= end#' ;;
prove_seeded_failure)
    in=failure bug='s#i < smtperr__number_count#i <= smtperr__number_count#' ;;
prove_seeded_phrase) in=find_reply bug='s#at >= text_len || (\*words#(*words#' ;;
prove_seeded_stage) in=find_reply bug='s#to >= text_len || ##' ;;
prove_seeded_ending) # a text that ends in its code
    in=find_reply bug='s#end < from + 3#end < from + 2#' ;;
prove_seeded_codes) in=find_reply bug='s#at + 3 <= text_len#at + 2 <= text_len#' ;;
prove_seeded_breaks) # a text that ends in CR
    in=find_reply bug='s#return text_len > 1 \&\& text#return text#' ;;
prove_seeded_found) # a text of nothing but blanks
    in=find_reply bug='s#text_len > 0 \&\& (is_blank#(is_blank#' ;;
prove_seeded_joined) # a text that ends in a code
    in=find_reply bug='s#hyphen = at + 3 < text_len \&\& #hyphen = #' ;;
prove_seeded_scan) in=evidence bug='s#bytes_len > 4 \&\& bytes#bytes#' ;;
prove_seeded_gather) # hints behind the end
    in=evidence bug='s#end = reply_len < SMTPERR_REPLY_MAX ?#end = reply_len > SMTPERR_REPLY_MAX ?#' ;;
prove_seeded_words) # a text that ends in a point
    in=words bug='s#at + 1 == end || kind_of#kind_of#' ;;
prove_seeded_contraction) # a text that ends in an apostrophe
    in=words bug='s#mark == 0 || behind > end#mark == 0#' ;;
prove_seeded_chunk) # a text that ends in "http"
    in=words bug='s#last - first > 8#last - first > 2#' ;;
prove_seeded_matches) in=words bug='s#match_count < MATCHES_MAX#match_count <= MATCHES_MAX#' ;;
prove_seeded_ends) # a target that is no blocklist counts as one
    in=words bug='s#target < bases.2.#target < bases[1]#' ;;
prove_seeded_hosts) in=words bug='s#host.at - 1.)#host[at])#' ;;
prove_seeded_calls) # more matches than the caller has room for
    in=evaluate bug='s#i < count \&\& ##' ;;
prove_seeded_names) # a name that begins with another
    in=names bug='s#known.i. != ..0. && ##' ;;
prove_seeded_open) in=words bug='s#gap == matcher->gaps + PATHS_MAX#gap > matcher->gaps + PATHS_MAX#' ;;
prove_seeded_close) in=words bug='s#i < matcher->gap_count; i++#i <= matcher->gap_count; i++#' ;;
prove_seeded_trie) in=words bug='s#\*entry != 0 \&\& next < last#*entry != 0 \&\& next <= last#' ;;
prove_seeded_rules) in=rules bug='s#i < matcher->match_count#i <= matcher->match_count#' ;;
esac

# Comments that only EVA reads (which values to keep apart), and loops or contracts instead of calls.
cat > "$work/cases.sed" <<'END'
s#memchr(#follow_memchr(#
s#smtperr__find_byte(#follow_find_byte(#
s#memcpy(reader#follow_memcpy(reader#
s#memmove(reader#follow_memcpy(reader#
s#status = take_line(#status = follow_take_line(#
s#^    keep_bytes(reader, bytes + keep_from#    follow_keep_bytes(reader, bytes + keep_from#
s#^    text_at = at;#    /*@ split at; */\n&#
s#^        at += line_used;#        /*@ split line_used; */\n&#
s#^        if (line_at > reader->mark) {#        /*@ split line_at; */ /*@ split reader->mark; */\n&#
s#^        const size_t part = .*#&\n        /*@ split part; */ /*@ split reader->kept; */#
s#^    at += digits;#&\n    /*@ split at; */#
s#^    return length == text_len ? enhanced#    /*@ split length; */\n&#
s#^        const char \*text = reply + line.at#        /*@ split line.at; */ /*@ split line.len; */ /*@ split at; */\n&#
s#^        uint32_t prefix = 0;#&\n        /*@ split found.at; */ /*@ split found.len; */ /*@ split at; */#
s#^    to = follow_find_byte.*#&\n    /*@ split to; */#
END
rules=$work/cases.sed
if [ $harness = words ] || [ $harness = trie ] || [ $harness = hosts ] || [ $harness = names ] ||
    [ $harness = rules ]; then
    rules=$root/tests/proof/$harness.sed
elif [ $checks != 0 ]; then
    rules=$root/tests/proof/text.sed
fi
includes= sources=
for file in $linked $included; do
    if [ "$file" = "$in" ]; then
        sed -e "$bug" "$root/lib/$file.c"
    else
        cat "$root/lib/$file.c"
    fi | sed -f "$rules" > "$work/$file.c"
done
for file in $linked; do
    sed -i 's|^#include "internal.h"|&\nsize_t follow_find_byte(const char *text, size_t text_len, size_t from, char byte);|' \
        "$work/$file.c"
    sources="$sources $work/$file.c"
done
for file in $included; do
    includes="$includes -D$(echo "$file" | tr a-z A-Z)='\"$work/$file.c\"'"
done
case $main in
prove_decide|prove_numbers|prove_classify) sources="$sources $tables/tables_decide.c" ;;
prove_failure) sources="$sources $tables/tables_failures.c" ;;
prove_calls)
    sed -n '/^void smtperr__hand_out/,/^}/p' "$root/lib/decide.c" > "$work/hand_out"
    includes="$includes -DHAND_OUT='\"$work/hand_out\"' -DTABLES='\"$tables/tables_rules.c\"'" ;;
prove_names) # of the pool its size: EVA would read each byte
    pool=$(sed -n '/^const char smtperr__pool/,/^};/p' "$tables/tables_words.c" | tr -cd , | wc -c)
    sed "/^const char smtperr__pool/,/^};/c const char smtperr__pool[$pool] = {0};" "$tables/tables_words.c" > "$work/tables"
    includes="$includes -DTABLES='\"$work/tables\"'" ;;
prove_gather) sources="$sources $tables/tables_rules.c" ;;
prove_matches|prove_ends|prove_open|prove_close|prove_trie|prove_steps|prove_hosts|prove_rules) # nodes are told, not read
    sed -e '/^const uint16_t smtperr__trie/,/^};/c const uint16_t smtperr__trie[1] = {0};' \
        -e '/^const smtperr__edge smtperr__edges/,/^};/c const smtperr__edge smtperr__edges[1] = {{0, 0}};' \
        "$tables/tables_rules.c" > "$work/tables"
    includes="$includes -DTABLES='\"$work/tables\"'" ;;
esac
# What is taken as known must have been shown.
if [ $checks != 0 ] && [ "$(cat "$work"/*.c | grep -c 'CHECK(')" != $checks ]; then
    echo "$entry: $rules and lib/ do not match"
    exit 1
fi

# shellcheck disable=SC2086 # lists of words
frama-c -eva $how -main "$main" -machdep "$machdep" \
    -cpp-extra-args="-I$root/include -I$root/lib -I$root/tests/proof $includes" \
    "$root/tests/proof/eva_$harness.c" $sources > "$work/report" || { cat "$work/report"; exit 1; }

alarms=$(sed -n 's/^ *\([0-9]*\) alarms\{0,1\} generated by the analysis.*/\1/p' "$work/report")
unproved=$(grep -c -E 'got status (unknown|invalid)' "$work/report" || true)
echo "$entry ($machdep): $alarms alarms, $unproved unproved"
if [ "$entry" != "$main" ]; then
    test "$((alarms + unproved))" -gt 0
    exit
fi
grep -A 2 'eva:alarm' "$work/report" || true
test "$alarms" = 0 && test "$unproved" = 0
