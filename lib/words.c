/* SPDX-License-Identifier: MIT
 *
 * Reads the words of a text and follows them through the trie of all rules. One pass, no copy: a word is a number as soon as
 * its last byte is read. A word is a run of ASCII letters and digits, or of other letters; each character of a script without
 * blanks is one. Addresses, host names, IP addresses and URLs are one token each, so that what a server echoes cannot
 * decide. Work per word is bounded by the number of paths followed at once; nothing depends on the number of rules.
 */
#include "internal.h"

#include <string.h>

enum { WORD_GAP = 1, TOKEN_ADDRESS = 2, TOKEN_HOST = 3, TOKEN_IP = 4, TOKEN_URL = 5 };
#define HASH_START 0x811C9DC5u
#define HASH_PRIME 0x01000193u

/* ---- The trie. ---- */

static uint32_t word_number(uint32_t hash)
{
    uint32_t slot = (hash ^ hash >> 15) & smtperr__vocabulary_mask;
    uint32_t word;
    while ((word = smtperr__vocabulary[slot]) != 0 && smtperr__word_hashes[word] != hash) {
        slot = (slot + 1) & smtperr__vocabulary_mask;
    }
    return word;
}

/* The node behind a node by a word, 0 if there is none. */
static uint32_t follow(uint32_t node, uint32_t word)
{
    uint32_t low = smtperr__first_edges[node];
    uint32_t high = smtperr__first_edges[node + 1];
    const uint32_t end = high;
    while (high - low > 3) {
        const uint32_t middle = low + (high - low) / 2;
        if (smtperr__edge_words[middle] < word) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < end && smtperr__edge_words[low] < word) {
        low++;
    }
    return low < end && smtperr__edge_words[low] == word ? smtperr__edge_nodes[low] : 0;
}

/* Whether a comes before b: whose rank is higher, then who has more words, then who began earlier, then who asks for more. */
static int is_better(const smtperr__match *a, const smtperr__match *b)
{
    const unsigned rank_a = smtperr__rules[a->rule].rank;
    const unsigned rank_b = smtperr__rules[b->rule].rank;
    if (rank_a != rank_b) {
        return rank_a > rank_b;
    }
    if (a->words != b->words) {
        return a->words > b->words;
    }
    if (a->from != b->from) {
        return a->from < b->from;
    }
    return smtperr__rules[a->rule].conditions > 0 && smtperr__rules[b->rule].conditions == 0;
}

/* Keeps the best matches, each rule once. */
static void note_match(smtperr__matcher *matcher, uint16_t rule, uint32_t words, uint32_t from)
{
    smtperr__match match;
    size_t at;
    match.rule = rule;
    match.words = (uint16_t)words;
    match.from = from;
    match.to = matcher->word_end;
    for (at = 0; at < matcher->match_count; at++) {
        if (matcher->matches[at].rule == rule) {
            if (!is_better(&match, &matcher->matches[at])) {
                return;
            }
            matcher->match_count--;
            memmove(&matcher->matches[at], &matcher->matches[at + 1], (matcher->match_count - at) * sizeof match);
            break;
        }
    }
    for (at = matcher->match_count; at > 0 && is_better(&match, &matcher->matches[at - 1]); at--) {
    }
    if (at >= MATCHES_MAX) {
        return;
    }
    if (matcher->match_count < MATCHES_MAX) {
        matcher->match_count++;
    }
    memmove(&matcher->matches[at + 1], &matcher->matches[at], (matcher->match_count - 1 - at) * sizeof match);
    matcher->matches[at] = match;
}

static void accept(smtperr__matcher *matcher, uint32_t node, uint32_t from, uint32_t words)
{
    uint32_t at = smtperr__first_accepts[node];
    const uint32_t end = smtperr__first_accepts[node + 1];
    for (; at < end; at++) {
        const smtperr__accept *row = &smtperr__accepts[at];
        if (row->kind == ACCEPT_RULE) {
            if (smtperr__rule_applies(row->target, matcher->verdict)) {
                note_match(matcher, row->target, words, from);
            }
        } else if (row->kind == ACCEPT_VETO) {
            matcher->vetoes[row->target / 8] |= (uint8_t)(1u << row->target % 8);
        } else if (row->kind == ACCEPT_PROVIDER && matcher->provider == 0) {
            matcher->provider = row->target;
        } else if (row->kind == ACCEPT_BLOCKLIST && words > matcher->blocklist_words) {
            matcher->blocklist = row->target; /* "ivmsip 24" is not ivmsip */
            matcher->blocklist_words = words;
        }
    }
}

/* Words behind a node may come after others: the gap stays open for some time. */
static void open_gap(smtperr__matcher *matcher, uint32_t node, uint32_t from, uint32_t words)
{
    size_t i;
    for (i = 0; i < matcher->gap_count && matcher->gaps[i].node != node; i++) {
    }
    if (i == matcher->gap_count) {
        if (i == PATHS_MAX) { /* more at once than any honest text opens */
            return;
        }
        matcher->gaps[i].node = (uint16_t)node;
        matcher->gaps[i].from = from;
        matcher->gaps[i].words = (uint16_t)words;
        matcher->gap_count++;
    }
    matcher->gaps[i].until = matcher->index + GAP_WORDS + 1;
}

/* A path has come to a node: what ends here counts, and what may go on waits for the next word, or in a gap for some. */
static void arrive(smtperr__matcher *matcher, uint32_t node, uint32_t from, uint32_t words, smtperr__path *paths,
                   size_t *count)
{
    const uint32_t first_edge = smtperr__first_edges[node];
    if (smtperr__first_accepts[node] != smtperr__first_accepts[node + 1]) {
        accept(matcher, node, from, words);
    }
    if (first_edge == smtperr__first_edges[node + 1]) {
        return;
    }
    if (smtperr__edge_words[first_edge] == WORD_GAP) {
        open_gap(matcher, smtperr__edge_nodes[first_edge], from, words);
        if (first_edge + 1 == smtperr__first_edges[node + 1]) {
            return;
        }
    }
    if (*count < PATHS_MAX) {
        paths[*count].node = (uint16_t)node;
        paths[*count].from = from;
        paths[*count].words = (uint16_t)words;
        ++*count;
    }
}

/* The word may go on with every path that waits for it, and begin new ones. */
static void step(smtperr__matcher *matcher, uint32_t word, size_t open_gaps, smtperr__path *next, size_t *count)
{
    size_t i;
    for (i = 0; i < matcher->path_count; i++) {
        const uint32_t node = follow(matcher->paths[i].node, word);
        if (node != 0) {
            arrive(matcher, node, matcher->paths[i].from, matcher->paths[i].words + 1u, next, count);
        }
    }
    for (i = 0; i < open_gaps; i++) {
        const uint32_t node = follow(matcher->gaps[i].node, word);
        if (node != 0) {
            arrive(matcher, node, matcher->gaps[i].from, matcher->gaps[i].words + 1u, next, count);
        }
    }
    if (word <= smtperr__root_count && smtperr__roots[word] != 0) {
        arrive(matcher, smtperr__roots[word], matcher->position, 1, next, count);
    }
}

/* One word that began at byte `position` of the reply. A host has two names: what it is, and which it is. */
static void take_either(smtperr__matcher *matcher, uint32_t word, uint32_t other)
{
    smtperr__path next[PATHS_MAX];
    size_t count = 0;
    size_t i;
    matcher->index++;
    if (word == 0) {
        matcher->path_count = 0;
        return;
    }
    for (i = matcher->gap_count; i > 0; i--) {
        if (matcher->gaps[i - 1].until < matcher->index) {
            matcher->gaps[i - 1] = matcher->gaps[--matcher->gap_count];
        }
    }
    i = matcher->gap_count;
    step(matcher, word, i, next, &count);
    if (other != 0) {
        step(matcher, other, i, next, &count);
    }
    if (count > 0) {
        memcpy(matcher->paths, next, count * sizeof next[0]);
    }
    matcher->path_count = count;
}

static void take_word(smtperr__matcher *matcher, uint32_t word)
{
    take_either(matcher, word, 0);
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
            uint32_t slot = (hash ^ hash >> 15) & smtperr__host_mask;
            while (smtperr__hosts[slot].hash != 0) {
                if (smtperr__hosts[slot].hash == hash) {
                    found = &smtperr__hosts[slot];
                    break;
                }
                slot = (slot + 1) & smtperr__host_mask;
            }
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

/* Lower case of the scripts that have it: Latin-1, Greek, Cyrillic. */
static uint32_t fold(uint32_t value)
{
    if ((value >= 0xC0 && value <= 0xDE && value != 0xD7) || (value >= 0x391 && value <= 0x3A9) ||
        (value >= 0x410 && value <= 0x42F)) {
        return value + 0x20;
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

/* The words of a chunk that is nothing else. */
static void take_words(smtperr__matcher *matcher, const char *text, size_t from, size_t end)
{
    uint32_t hash = HASH_START;
    size_t begun = 0;
    size_t at = from;
    while (at < end) {
        const unsigned kind = kind_of(text[at]);
        size_t length = 1;
        matcher->word_end = (uint32_t)at;
        if ((kind & (L | D)) != 0) {
            unsigned byte = (unsigned char)text[at];
            byte |= byte >= 'A' && byte <= 'Z' ? 0x20u : 0;
            hash = hash_byte(hash, byte);
            begun++;
        } else if (kind == H) {
            uint32_t value = 0;
            length = smtperr__character(text + at, end - at, &value);
            if (length == 0) { /* no UTF-8: each byte a letter, as it is in most of the old encodings */
                length = 1;
                hash = hash_byte(hash, (unsigned char)text[at]);
                begun++;
            } else if (value >= 0x2E80 || !is_letter(value)) {
                if (begun > 0) {
                    take_word(matcher, word_number(hash));
                }
                if (is_letter(value)) {
                    matcher->position = (uint32_t)at;
                    matcher->word_end = (uint32_t)(at + length);
                    take_word(matcher, word_number(hash_character(HASH_START, value)));
                }
                hash = HASH_START;
                begun = 0;
            } else {
                hash = hash_character(hash, fold(value));
                begun++;
            }
        } else if (begun > 0) {
            take_word(matcher, word_number(hash));
            hash = HASH_START;
            begun = 0;
        }
        if (begun == 1) {
            matcher->position = (uint32_t)at;
        }
        at += length;
    }
    matcher->word_end = (uint32_t)end;
    if (begun > 0) {
        take_word(matcher, word_number(hash));
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
    host_from = first;
    if ((seen & S) != 0 && last - first > 8 && (text[first] | 0x20) == 'h') { /* http://, https:// */
        const size_t colon = text[first + 4] == ':' ? first + 4 : first + 5;
        if (memcmp(text + colon, "://", 3) == 0) {
            host_from = colon + 3;
        }
    }
    host_to = host_end(text, host_from, last);
    if (host_from > first ||
        ((seen & S) != 0 && host_to < last && text[host_to] == '/' && is_host(text + host_from, host_to - host_from))) {
        if (take_host(matcher, TOKEN_URL, text + host_from, host_to - host_from)) {
            take_words(matcher, text, host_to, end); /* the pages of those whom we know carry tags in their addresses */
        }
    } else if ((seen & A) != 0 && last - first > 2) {
        take_word(matcher, TOKEN_ADDRESS);
        take_words(matcher, text, address_end(text, first, last), end); /* "<ann@example.org>:user unknown" without the brackets */
    } else if (is_ip(text + first, last - first)) {
        take_word(matcher, TOKEN_IP);
    } else if ((seen & P) != 0 && is_host(text + first, host_to - first) && host_to == last) {
        (void)take_host(matcher, TOKEN_HOST, text + first, last - first);
    } else {
        take_words(matcher, text, from, end);
    }
}

/* A word of ASCII at text[at], read while it is hashed; what it is part of decides whether it counts. */
static size_t plain_word(const char *text, size_t at, size_t end, uint32_t *hash)
{
    uint32_t value = HASH_START;
    unsigned byte;
    while (at < end && (byte = folded[(unsigned char)text[at]]) != 0) {
        value = hash_byte(value, byte);
        at++;
    }
    *hash = value;
    return at;
}

void smtperr__read_words(smtperr__matcher *matcher, const char *reply, smtperr_span text)
{
    const size_t end = (size_t)text.at + text.len;
    size_t at = text.at;
    while (at < end) {
        const size_t from = at;
        uint32_t hash;
        unsigned seen = 0;
        unsigned kind;
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
            take_word(matcher, word_number(hash));
            at++;
            continue;
        }
        while (at < end && (kind = kind_of(reply[at])) != 0) {
            if (kind == P && at + 1 < end && reply[at + 1] == '.') {
                break;
            }
            seen |= kind;
            at++;
        }
        if ((seen & (P | A | C | S)) != 0) {
            take_chunk(matcher, reply, from, at, seen);
        } else if (at > from) {
            take_words(matcher, reply, from, at);
        }
        at++;
    }
}
