/* SPDX-License-Identifier: MIT
 *
 * Reads the words of a text and follows them through the trie of all rules. One pass, no copy: a word is a number as soon as
 * its last byte is read. A word is a run of ASCII letters and digits, or of other letters; each character of a script without
 * blanks is one. Words that say nothing ("the", "has been") are passed over, as if they were not there. Addresses, host names, IP
 * addresses and URLs are one token each, so that what a server echoes cannot decide. Work per word is bounded by the number of paths
 * followed at once; nothing depends on the number of rules.
 */
#include "internal.h"

#include <string.h>

enum { WORD_GAP = 1, TOKEN_ADDRESS = 2, TOKEN_HOST = 3, TOKEN_IP = 4, TOKEN_URL = 5, SET_PASSED_OVER = 6 };
#define HASH_START 0x811C9DC5u
#define HASH_PRIME 0x01000193u

typedef char places_have_18_bits[SMTPERR_REPLY_MAX == 1 << 18 ? 1 : -1]; /* of a phrase */

/* ---- The trie. ---- */

static uint32_t word_number(uint32_t hash)
{
    const uint32_t mixed = hash ^ hash >> 15;
    const uint16_t *bucket = &smtperr__buckets[mixed & smtperr__bucket_mask];
    uint32_t at = bucket[0];
    const uint32_t end = bucket[1];
    for (; at < end; at++) {
        if (smtperr__tags[at] == mixed >> 16) {
            return smtperr__first_hashed + at;
        }
    }
    return 0;
}

/* What a pointer at this place points to; the place itself if it is the end of a pattern. */
static const uint16_t *node_at(const uint16_t *pointer)
{
    return *pointer < ENTRY_ACCEPT ? &smtperr__trie[2u * *pointer] : pointer;
}

/* The node behind the edge of a word in a block of the common table, NULL if there is none. */
static inline const uint16_t *follow_edge(uint32_t base, uint32_t word)
{
    const smtperr__edge *const edge = &smtperr__edges[base + word];
    return edge->base == base ? node_at(&edge->node) : NULL;
}

/* The node behind a word that begins a phrase, NULL if there is none. */
static inline const uint16_t *root_of(uint32_t word)
{
    return smtperr__roots[word] != 0 ? node_at(&smtperr__roots[word]) : NULL;
}

/* The word that stands for the set of a word, 0 if it is in none. */
static inline uint32_t set_of(uint32_t word)
{
    const smtperr__edge *const edge = &smtperr__edges[smtperr__set_base + word];
    return edge->base == smtperr__set_base ? edge->node : 0;
}

/* The node behind edges by a word, NULL if there is none. */
static const uint16_t *follow(const uint16_t *at, uint32_t word)
{
    uint32_t entry = *at;
    while ((entry & ENTRY_VALUE) == ENTRY_VALUE) {
        const uint16_t *const node = follow_edge(at[1], word);
        if (node != NULL || entry == ENTRY_TABLE_LAST) {
            return node;
        }
        at += 2;
        entry = *at;
    }
    while (((entry ^ word) & ENTRY_VALUE) != 0) {
        if (entry >= ENTRY_LAST) {
            return NULL;
        }
        at += entry >= ENTRY_POINTER ? 2 : 1;
        entry = *at;
        if (entry == 0) {
            return NULL;
        }
    }
    while (entry < ENTRY_POINTER) {
        entry = *++at;
    }
    return entry >= ENTRY_LAST ? at + 1 : node_at(at + 1);
}

/* Out of the way of what happens at every word, and in it. */
#if defined(__GNUC__)
#define SELDOM __attribute__((noinline))
#define OFTEN inline __attribute__((always_inline))
#else
#define SELDOM
#define OFTEN inline
#endif

/* A new match, or the least of them where there are too many. */
static inline smtperr__match *room_for_match(smtperr__matcher *matcher)
{
    smtperr__match *least = matcher->matches;
    size_t i;
    if (matcher->match_count < MATCHES_MAX) {
        least += matcher->match_count++;
        least->merit = 0;
        return least;
    }
    for (i = 1; i < MATCHES_MAX; i++) {
        least = matcher->matches[i].merit < least->merit ? &matcher->matches[i] : least;
    }
    return least;
}

/* The words of a rule stand in the text. The best matches are kept, each rule once. */
static inline void take_rule(smtperr__matcher *matcher, uint16_t rule, uint64_t phrase)
{
    const smtperr__rule *const row = &smtperr__rules[rule];
    const uint64_t merit = MERIT_OF(row, phrase, matcher->met);
    const smtperr__match *const end = matcher->matches + matcher->match_count;
    smtperr__match *match = matcher->matches;
    if (!smtperr__may_apply(rule, matcher)) {
        return;
    }
    matcher->met++;
    while (match < end && match->rule != rule) {
        match++;
    }
    if (match == end) {
        match = room_for_match(matcher);
    }
    if (merit > match->merit) {
        match->merit = merit;
        match->to = matcher->word_end;
        match->rule = rule;
    }
}

/* What ends at a node counts: a rule, words that rule one out, a provider, a blocklist. Returns the entry behind. */
static OFTEN const uint16_t *accept(smtperr__matcher *matcher, const uint16_t *entry, uint64_t phrase)
{
    const uint16_t *const bases = smtperr__target_bases;
    for (; *entry >= ENTRY_ACCEPT; entry++) {
        const uint16_t target = *entry & ENTRY_TARGET;
        if (target < bases[0]) {
            take_rule(matcher, target, phrase);
        } else if (target < bases[1]) {
            matcher->vetoes[(target - bases[0]) / 32u] |= 1u << (target - bases[0]) % 32u;
        } else if (target < bases[2]) {
            matcher->provider = matcher->provider == 0 ? (uint16_t)(target - bases[1]) : matcher->provider;
        } else if (PHRASE_WORDS(phrase) > matcher->blocklist_words) {
            matcher->blocklist = (uint16_t)(target - bases[2]); /* "ivmsip 24" is not ivmsip */
            matcher->blocklist_words = PHRASE_WORDS(phrase);
        }
        if ((*entry & ENTRY_ALONE) != 0) {
            return &smtperr__trie[0]; /* no edges */
        }
    }
    return entry;
}

/* The same where more than one word has led to the node: most nodes that are reached stand at the root. */
static SELDOM const uint16_t *accept_longer(smtperr__matcher *matcher, const uint16_t *entry, uint64_t phrase)
{
    return accept(matcher, entry, phrase);
}

/* Words behind a node may come after others: the gap stays open for some time. */
static inline void open_gap(smtperr__matcher *matcher, uint32_t base, uint64_t phrase)
{
    smtperr__gap *const end = matcher->gaps + matcher->gap_count;
    smtperr__gap *gap = (matcher->gap_sieve >> base % 64 & 1) != 0 ? matcher->gaps : end;
    while (gap < end && gap->base != base) {
        gap++;
    }
    if (gap == matcher->gaps + PATHS_MAX) { /* more at once than any honest text opens */
        return;
    }
    if (gap == end) {
        gap->base = base;
        gap->phrase = phrase;
        matcher->gap_sieve |= UINT64_C(1) << base % 64;
        matcher->gap_count++;
    }
    gap->until = matcher->index + GAP_WORDS + 1;
}

/* Closes the gaps that have been open for long enough. */
static SELDOM void close_gaps(smtperr__matcher *matcher)
{
    size_t open = 0;
    size_t i;
    matcher->first_until = matcher->index + GAP_WORDS + 1; /* no gap that opens later ends before */
    matcher->gap_sieve = 0;
    for (i = 0; i < matcher->gap_count; i++) {
        const smtperr__gap gap = matcher->gaps[i];
        if (gap.until >= matcher->index) {
            matcher->gaps[open++] = gap;
            matcher->gap_sieve |= UINT64_C(1) << gap.base % 64;
            matcher->first_until = gap.until < matcher->first_until ? gap.until : matcher->first_until;
        }
    }
    matcher->gap_count = open;
}

/* What may go on behind a node waits for the next word, or in a gap for some. Returns where the next path that waits is written. */
static inline smtperr__path *go_on(smtperr__matcher *matcher, const uint16_t *entry, uint64_t phrase,
                                   smtperr__path *next, const smtperr__path *last)
{
    if (*entry == (ENTRY_POINTER | WORD_GAP)) {
        open_gap(matcher, entry[1], phrase);
        entry += 2;
    }
    if (*entry != 0 && next < last) {
        next->edges = entry;
        next->phrase = phrase;
        next++;
    }
    return next;
}

/* A path has come to a node. */
static inline smtperr__path *arrive(smtperr__matcher *matcher, const uint16_t *entry, uint64_t phrase,
                                    smtperr__path *next, const smtperr__path *last)
{
    if (*entry >= ENTRY_ACCEPT) {
        entry = accept_longer(matcher, entry, phrase);
    }
    return go_on(matcher, entry, phrase, next, last);
}

/* One word that began at byte `position` of the reply: it goes on with every path that waits for it, and begins new ones. It may have
 * two names: a host what it is and which it is, a word itself and its set. */
static void take_either(smtperr__matcher *matcher, uint32_t word, uint32_t other)
{
    smtperr__path *const paths = matcher->waiting;
    const smtperr__path *const paths_end = matcher->waiting_end;
    smtperr__path *next = matcher->written;
    const smtperr__path *const last = next + PATHS_MAX;
    const smtperr__gap *gaps_end;
    matcher->index++;
    matcher->waiting = next;
    matcher->written = paths;
    if (word != 0) {
        if (matcher->first_until < matcher->index) {
            close_gaps(matcher);
        }
        gaps_end = matcher->gaps + matcher->gap_count; /* what this word opens is for those behind it */
        do {
            const smtperr__path *path;
            const smtperr__gap *gap;
            const uint16_t *node;
            for (path = paths; path < paths_end; path++) {
                node = follow(path->edges, word);
                if (node != NULL) {
                    next = arrive(matcher, node, path->phrase + PHRASE_WORD, next, last);
                }
            }
            for (gap = matcher->gaps; gap < gaps_end; gap++) {
                node = follow_edge(gap->base, word);
                if (node != NULL) {
                    next = arrive(matcher, node, gap->phrase + PHRASE_WORD, next, last);
                }
            }
            node = root_of(word);
            if (node != NULL) {
                const uint64_t phrase = PHRASE_FIRST(matcher->position);
                next = go_on(matcher, accept(matcher, node, phrase), phrase, next, last);
            }
            word = other;
            other = 0;
        } while (word != 0);
    }
    matcher->waiting_end = next;
}

static void take_token(smtperr__matcher *matcher, uint32_t token)
{
    take_either(matcher, token, 0);
}

/* The word that has this hash, unless it is passed over: then neither a gap nor a phrase takes note of it. */
static void take_word(smtperr__matcher *matcher, uint32_t hash)
{
    const uint32_t word = word_number(hash);
    const uint32_t set = set_of(word);
    if (set != SET_PASSED_OVER) {
        take_either(matcher, word, set);
    }
}

/* ---- Hosts. ---- */

/* What is known of a host or else of the domains above it, the longest name counting. */
static const smtperr__host *find_host(const char *host, size_t host_len)
{
    uint32_t hash = HASH_START;
    const smtperr__host *found = NULL;
    size_t at;
    for (at = host_len; at > 0; at--) { /* from the end, so that each domain is a prefix of what is hashed */
        const unsigned char byte = (unsigned char)smtperr__lower(host[at - 1]);
        hash = (hash ^ byte) * HASH_PRIME;
        if (at == 1 || host[at - 2] == '.') {
            const smtperr__host *slot = &smtperr__hosts[(uint64_t)hash * smtperr__host_count >> 32];
            while (slot->hash < hash) {
                slot++;
            }
            found = slot->hash == hash ? slot : found;
        }
    }
    return found;
}

uint16_t smtperr__provider_of(const char *host, size_t host_len)
{
    const smtperr__host *found = find_host(host, host_len);
    return found != NULL ? found->provider : 0;
}

/* 1: something is known of the host. */
static int take_host(smtperr__matcher *matcher, uint32_t token, const char *host, size_t host_len)
{
    const smtperr__host *found = find_host(host, host_len);
    take_either(matcher, token, found != NULL ? found->word : 0);
    if (found == NULL) {
        return 0;
    }
    if (found->provider != 0 && matcher->provider == 0) {
        matcher->provider = found->provider;
    }
    if (found->blocklist != 0 && matcher->blocklist == 0) {
        matcher->blocklist = found->blocklist;
        matcher->blocklist_words = 1;
    }
    return 1;
}

/* ---- Bytes to tokens. ---- */

/* What a byte is; 0 ends a chunk. */
/* clang-format off */
#define L 1  /* letter */
#define D 2  /* digit */
#define P 4  /* point */
#define A 8  /* at */
#define C 16 /* colon */
#define S 32 /* slash */
#define O 64 /* any other that does not end a chunk */
#define H 128
static const uint8_t kinds[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, O, 0, O, O, O, O, 0, 0, 0, O, O, 0, O, P, S,
    D, D, D, D, D, D, D, D, D, D, C, 0, 0, O, 0, O,
    A, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, 0, O, 0, O, O,
    0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, 0, 0, 0, O, 0,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
};

/* Letters and digits in lower case; 0 for all others. */
static const uint8_t folded[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 0, 0, 0, 0, 0, 0,
    0, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 0, 0, 0, 0, 0,
    0, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 0, 0, 0, 0, 0,
};

/* clang-format on */

static unsigned kind_of(char byte)
{
    return kinds[(unsigned char)byte];
}

static uint32_t hash_byte(uint32_t hash, unsigned byte)
{
    return (hash ^ byte) * HASH_PRIME;
}

static uint32_t hash_character(uint32_t hash, uint32_t value)
{
    if (value < 0x80) {
        return value > 0 ? hash_byte(hash, value) : hash;
    }
    if (value < 0x800) {
        hash = hash_byte(hash, 0xC0 | value >> 6);
    } else if (value < 0x10000) {
        hash = hash_byte(hash, 0xE0 | value >> 12);
        hash = hash_byte(hash, 0x80 | (value >> 6 & 0x3F));
    } else {
        hash = hash_byte(hash, 0xF0 | value >> 18);
        hash = hash_byte(hash, 0x80 | (value >> 12 & 0x3F));
        hash = hash_byte(hash, 0x80 | (value >> 6 & 0x3F));
    }
    return hash_byte(hash, 0x80 | (value & 0x3F));
}

/* U+00C0 to U+017F without their accents, in lower case; '-' for those that are no ASCII letter with something to it. */
static const char plain_letters[] = "aaaaaa-ceeeeiiii-nooooo-ouuuuy--aaaaaa-ceeeeiiii-nooooo-ouuuuy-y"
                                    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii--jjkk-lllllll"
                                    "lllnnnnnn---oooooo--rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* U+0386 to U+03CE likewise, 'a' for alpha and so on in the order of Unicode; both sigmas are one. */
static const char plain_greek[] = "a-egi-o-uyiabcdefghijklmnopq-stuvwxyi"
                                  "uaegiuabcdefghijklmnopqsstuvwxyiuouy";

/* U+1EA0 to U+1EF9: the letters of Vietnamese, and where those end that one letter stands for. */
static uint32_t plain_vietnamese(uint32_t value)
{
    return value <= 0x1EB7   ? 'a'
           : value <= 0x1EC7 ? 'e'
           : value <= 0x1ECB ? 'i'
           : value <= 0x1EE3 ? 'o'
           : value <= 0x1EF1 ? 'u'
                             : 'y';
}

/* Who has no accents on the keyboard leaves them out: so they never count. Nor does the case of the scripts that have it: Latin, Greek,
 * Cyrillic. 0: no letter of its own, an accent that stands apart. */
static uint32_t fold(uint32_t value)
{
    if (value >= 0xC0 && value < 0x180) {
        if (plain_letters[value - 0xC0] != '-') {
            return (uint32_t)(unsigned char)plain_letters[value - 0xC0];
        }
        return value < 0xDF ? value + 0x20 : value >= 0x100 ? value | 1 : value;
    }
    if (value >= 0x386 && value <= 0x3CE && plain_greek[value - 0x386] != '-') {
        return 0x3B1 + (uint32_t)(plain_greek[value - 0x386] - 'a');
    }
    if (value >= 0x410 && value <= 0x42F) {
        return value + 0x20;
    }
    if (value >= 0x1A0 && value <= 0x1B0 && (value <= 0x1A1 || value >= 0x1AF)) { /* with a horn */
        return value <= 0x1A1 ? 'o' : 'u';
    }
    if (value >= 0x1EA0 && value <= 0x1EF9) {
        return plain_vietnamese(value);
    }
    if (value >= 0x300 && value <= 0x36F) {
        return 0;
    }
    return value >= 0x400 && value <= 0x40F ? value + 0x50 : value;
}

/* Above ASCII: no blank, no punctuation. */
static int is_letter(uint32_t value)
{
    return !((value >= 0x80 && value <= 0xBF) || value == 0xD7 || value == 0xF7 ||
             (value >= 0x2000 && value <= 0x206F) || (value >= 0x3000 && value <= 0x3004) ||
             (value >= 0x3008 && value <= 0x301F) || (value >= 0xFF00 && value <= 0xFF0F) ||
             (value >= 0xFF1A && value <= 0xFF20) || (value >= 0xFF3B && value <= 0xFF40) ||
             (value >= 0xFF5B && value <= 0xFF65));
}

static void note_number(smtperr__matcher *matcher, size_t at)
{
    if (matcher->number_at > at) {
        matcher->number_at = (uint32_t)at;
    }
}

/* A word of ASCII at text[at], read while it is hashed; what it is part of decides whether it counts. */
static size_t plain_word(const char *text, size_t at, size_t end, uint32_t *hash)
{
    uint32_t value = smtperr__hash_start;
    unsigned byte;
    while (at < end && (byte = folded[(unsigned char)text[at]]) != 0) {
        value = hash_byte(value, byte);
        at++;
    }
    *hash = value;
    return at;
}

/* "isn't" is read as "is not", "can't" as "can not". The word began at `from`, what may be its apostrophe stands at `at`. Takes both,
 * which stand where the contraction does, and returns the bytes behind `at` that belong to them, or 0. */
static SELDOM size_t take_contraction(smtperr__matcher *matcher, const char *text, size_t from, size_t at, size_t end)
{
    const size_t mark = text[at] == '\'' ? 1 : end - at > 3 && memcmp(text + at, "\xE2\x80\x99", 3) == 0 ? 3 : 0;
    const size_t behind = at + mark + 1;
    size_t stem = at - 1;
    uint32_t hash;
    if (mark == 0 || behind > end || at - from < 2 || smtperr__lower(text[at - 1]) != 'n' ||
        smtperr__lower(text[behind - 1]) != 't' || (behind < end && (kind_of(text[behind]) & (L | D | H)) != 0)) {
        return 0;
    }
    stem += at - from == 3 && smtperr__lower(text[from]) == 'c' && smtperr__lower(text[from + 1]) == 'a';
    if (plain_word(text, from, stem, &hash) != stem) {
        return 0;
    }
    matcher->position = (uint32_t)from;
    matcher->word_end = (uint32_t)behind;
    take_word(matcher, hash);
    (void)plain_word("not", 0, 3, &hash);
    take_word(matcher, hash);
    return mark + 1;
}

/* The words of a chunk that is nothing else. */
static void take_words(smtperr__matcher *matcher, const char *text, size_t from, size_t end)
{
    uint32_t hash = smtperr__hash_start;
    size_t begun = 0;
    size_t at = from;
    while (at < end) {
        const unsigned kind = kind_of(text[at]);
        size_t length = 1;
        matcher->word_end = (uint32_t)at;
        if ((kind & (L | D)) != 0) {
            if (kind == D) {
                note_number(matcher, at);
            }
            hash = hash_byte(hash, folded[(unsigned char)text[at]]);
            begun++;
        } else if (kind == H) {
            uint32_t value = 0;
            length = smtperr__character(text + at, end - at, &value);
            if (length == 0) { /* no UTF-8: each byte a letter, as it is in most of the old encodings */
                length = 1;
                hash = hash_byte(hash, (unsigned char)text[at]);
                begun++;
            } else if (value >= 0x2E80 || !is_letter(value)) {
                const size_t rest =
                    begun > 0 && matcher->position == from ? take_contraction(matcher, text, from, at, end) : 0;
                if (rest > 0) {
                    length = rest;
                } else if (begun > 0) {
                    take_word(matcher, hash);
                }
                if (is_letter(value)) {
                    matcher->position = (uint32_t)at;
                    matcher->word_end = (uint32_t)(at + length);
                    take_word(matcher, hash_character(smtperr__hash_start, value));
                }
                hash = smtperr__hash_start;
                begun = 0;
            } else {
                hash = hash_character(hash, fold(value));
                begun++;
            }
        } else if (begun > 0) {
            take_word(matcher, hash);
            hash = smtperr__hash_start;
            begun = 0;
        }
        if (begun == 1) {
            matcher->position = (uint32_t)at;
        }
        at += length;
    }
    matcher->word_end = (uint32_t)end;
    if (begun > 0) {
        take_word(matcher, hash);
    }
}

static int is_ip(const char *text, size_t len)
{
    unsigned points = 0;
    unsigned colons = 0;
    size_t i;
    for (i = 0; i < len; i++) {
        const char byte = text[i];
        if (byte == '.') {
            points++;
        } else if (byte == ':') {
            colons++;
        } else if (!smtperr__is_digit((unsigned char)byte) &&
                   !((byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F') || byte == 'x' || byte == '*')) {
            return 0;
        }
    }
    return (points == 3 && smtperr__is_digit((unsigned char)text[0])) || colons >= 2;
}

/* A host name has a point and ends in letters. Where a sentence ends without a blank behind it ("unknown.Please"), it does
 * not: then the last label begins with a capital or is a word of more letters than the usual domains. */
static int is_host(const char *text, size_t len)
{
    static const struct {
        char name[12];
        size_t length;
    } long_domains[] = {{"example", 7},   {"invalid", 7},  {"local", 5},  {"localdomain", 11},
                        {"localhost", 9}, {"internal", 8}, {"online", 6}, {"email", 5}};
    size_t labels = 1;
    size_t last = 0;
    size_t i;
    for (i = 0; i < len; i++) {
        const unsigned kind = kind_of(text[i]);
        if (text[i] == '.') {
            labels++;
            last = i + 1;
        } else if ((kind & (L | D)) == 0 && text[i] != '-' && text[i] != '_' && text[i] != '*') {
            return 0;
        }
    }
    if (labels < 2 || len - last < 2 || text[0] == '.') {
        return 0;
    }
    for (i = last; i < len; i++) {
        if (kind_of(text[i]) != L) {
            return len - last > 4 && memcmp(text + last, "xn--", 4) == 0;
        }
    }
    if (labels > 2) {
        return 1;
    }
    if (text[last] <= 'Z' && text[last + 1] > 'Z') {
        return 0;
    }
    if (len - last <= 4) {
        return 1;
    }
    for (i = 0; i < sizeof long_domains / sizeof long_domains[0]; i++) {
        if (long_domains[i].length == len - last && memcmp(long_domains[i].name, text + last, len - last) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Where a host name in a URL ends. */
static size_t host_end(const char *text, size_t from, size_t end)
{
    while (from < end && text[from] != '/' && text[from] != ':' && text[from] != '?' && text[from] != '#') {
        from++;
    }
    return from;
}

/* Where an address ends: behind the name that follows its @. */
static size_t address_end(const char *text, size_t from, size_t end)
{
    while (from < end && text[from] != '@') {
        from++;
    }
    while (from < end && text[from] != ':') {
        from++;
    }
    return from;
}

/* A chunk that has one of . @ : / in it. */
static void take_chunk(smtperr__matcher *matcher, const char *text, size_t from, size_t end, unsigned seen)
{
    size_t first = from;
    size_t last = end;
    size_t host_from;
    size_t host_to;
    while (first < last && (kind_of(text[first]) & (L | D | H)) == 0) {
        first++;
    }
    while (last > first && (kind_of(text[last - 1]) & (L | D | H)) == 0) {
        last--;
    }
    matcher->position = (uint32_t)first;
    matcher->word_end = (uint32_t)last;
    if (first == last) {
        return;
    }
    if ((seen & C) != 0) { /* 00:05:00 */
        note_number(matcher, first);
        if ((seen & S) != 0 && matcher->url_at > first) {
            matcher->url_at = (uint32_t)first;
        }
    }
    host_from = first;
    if ((seen & S) != 0 && last - first > 8 && (text[first] | 0x20) == 'h') { /* http://, https:// */
        const size_t colon = text[first + 4] == ':' ? first + 4 : first + 5;
        if (memcmp(text + colon, "://", 3) == 0) {
            host_from = colon + 3;
        }
    }
    host_to = (seen & (C | S)) != 0 ? host_end(text, host_from, last) : last;
    if (host_from > first ||
        ((seen & S) != 0 && host_to < last && text[host_to] == '/' && is_host(text + host_from, host_to - host_from))) {
        if (take_host(matcher, TOKEN_URL, text + host_from, host_to - host_from)) {
            take_words(matcher, text, host_to, end); /* the pages of those whom we know carry tags in their addresses */
        }
    } else if ((seen & A) != 0 && last - first > 2) {
        take_token(matcher, TOKEN_ADDRESS);
        take_words(matcher, text, address_end(text, first, last),
                   end); /* "<ann@example.org>:user unknown" without the brackets */
    } else if (is_ip(text + first, last - first)) {
        take_token(matcher, TOKEN_IP);
    } else if ((seen & P) != 0 && is_host(text + first, host_to - first) && host_to == last) {
        (void)take_host(matcher, TOKEN_HOST, text + first, last - first);
    } else {
        take_words(matcher, text, from, end);
    }
}

/* Whether a character of a script without blanks, or its punctuation, begins at text[at]: it is no part of an address or host that it
 * touches. In UTF-8 the first of its bytes is 0xE3 or more. */
static int is_wide(const char *text, size_t at, size_t end)
{
    return (unsigned char)text[at] >= 0xE3 && at + 1 < end && ((unsigned char)text[at + 1] & 0xC0) == 0x80;
}

/* The lists need no start values beyond their counts. */
void smtperr__begin_words(smtperr__matcher *matcher, const smtperr_verdict *verdict, uint16_t provider)
{
    matcher->verdict = verdict;
    matcher->position = 0;
    matcher->word_end = 0;
    matcher->provider = provider;
    matcher->blocklist = 0;
    matcher->blocklist_words = 0;
    matcher->sentence = IN_SENTENCE;
    matcher->index = 0;
    matcher->number_at = UINT32_MAX;
    matcher->url_at = UINT32_MAX;
    matcher->first_until = GAP_WORDS + 1;
    matcher->gap_sieve = 0;
    matcher->waiting = matcher->waiting_end = matcher->paths[0];
    matcher->written = matcher->paths[1];
    matcher->gap_count = 0;
    matcher->met = 0;
    matcher->match_count = 0;
    memset(matcher->vetoes, 0, sizeof matcher->vetoes);
}

static int ends_sentence(char byte)
{
    return byte == '.' || byte == '!' || byte == '?' || byte == ';';
}

/* What stands behind the cause is often advice: "If you believe that this is an error, contact ...". A sentence that begins so behind
 * another speaks of nothing that has happened. Whether the word at text[from], which ends before text[at], is part of one. */
static SELDOM int is_advice(smtperr__matcher *matcher, const char *text, size_t from, size_t at, size_t end)
{
    int advice = matcher->sentence == IN_ADVICE;
    if (matcher->sentence == BEHIND_SENTENCE && at - from == 2 && smtperr__lower(text[from]) == 'i' &&
        smtperr__lower(text[from + 1]) == 'f') {
        matcher->waiting_end = matcher->waiting; /* no phrase goes on behind it */
        advice = 1;
    }
    matcher->sentence = at < end && ends_sentence(text[at])                ? BEHIND_SENTENCE
                        : advice                                           ? IN_ADVICE
                        : at < end && (text[at] == ')' || text[at] == '>') ? BEHIND_SENTENCE
                                                                           : IN_SENTENCE;
    return advice;
}

void smtperr__read_words(smtperr__matcher *matcher, const char *reply, smtperr_span text)
{
    const int32_t code = matcher->verdict->code;
    const size_t end = (size_t)text.at + text.len;
    size_t at = text.at;
    matcher->when = 1u << matcher->verdict->stage | (code >= 200 && code <= 599 ? 1u << code / 100 : 1u) << 16;
    while (at < end) {
        const size_t from = at;
        uint32_t hash;
        unsigned seen = 0;
        unsigned kind;
        int advice;
        if (kind_of(reply[at]) == 0) {
            at++;
            continue;
        }
        at = plain_word(reply, at, end, &hash);
        /* Most chunks are one word, perhaps with the point or colon of a sentence behind it. */
        if (at > from && (at == end || (kind = kind_of(reply[at])) == 0 ||
                          ((kind & (P | C)) != 0 && (at + 1 == end || kind_of(reply[at + 1]) == 0)))) {
            matcher->position = (uint32_t)from;
            matcher->word_end = (uint32_t)at;
            if (reply[from] <= '9') {
                note_number(matcher, from);
            }
            if ((matcher->sentence != IN_SENTENCE || (at < end && reply[at] != ' ')) &&
                is_advice(matcher, reply, from, at, end)) {
                at++;
                continue;
            }
            if (at < end && reply[at] == '\'') {
                const size_t rest = take_contraction(matcher, reply, from, at, end);
                at += rest;
                if (rest > 0) {
                    continue;
                }
            }
            take_word(matcher, hash);
            at++;
            continue;
        }
        if (at == from && is_wide(reply, at, end)) {
            while (at < end && kind_of(reply[at]) == H) {
                at++;
            }
            take_words(matcher, reply, from, at);
            continue;
        }
        while (at < end && (kind = kind_of(reply[at])) != 0) {
            if ((kind == P && at + 1 < end && reply[at + 1] == '.') || (kind == H && is_wide(reply, at, end))) {
                break;
            }
            seen |= kind;
            at++;
        }
        advice = matcher->sentence == IN_ADVICE; /* where hosts and URLs still count */
        matcher->sentence = (at > from && ends_sentence(reply[at - 1])) || (at < end && ends_sentence(reply[at]))
                                ? BEHIND_SENTENCE
                            : advice ? IN_ADVICE
                                     : IN_SENTENCE;
        if ((seen & (P | A | C | S)) != 0) {
            take_chunk(matcher, reply, from, at, seen);
        } else if (at > from && !advice) {
            take_words(matcher, reply, from, at);
        }
        at += at == end || kind_of(reply[at]) != H;
    }
}
