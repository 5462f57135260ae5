# SPDX-License-Identifier: MIT
#
# What eva.sh makes of words.c where it follows words through the trie: see eva_trie.c, which has its own functions that read the
# nodes. What makes words of bytes is not here.
/^\/\* What a pointer at this place points to/,/^\/\* Out of the way of what happens/{
/^\/\* Out of the way of what happens/!d
}
/^\/\* ---- Hosts\. ---- /,/^\/\* The lists need no start values/{
/^\/\* The lists need no start values/!d
}
/^void smtperr__read_words/,$d
/^#if defined(__GNUC__)/,/^#endif/d
s/^ \{8,\}\(take_rule\|open_gap\|close_gaps\)(/follow_\1(/
s/= accept_longer(/= follow_accept(/
s/ accept(matcher, node,/ follow_accept(matcher, node,/
s/^    smtperr__gap \*const end = .*/    \/*@ split matcher->gap_count; *\/\n&/
s/^    const smtperr__match \*const end = .*/    \/*@ split matcher->match_count; *\/\n&/
