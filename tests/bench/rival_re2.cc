// SPDX-License-Identifier: MIT
#include "rivals.h"

#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <re2/set.h>
#include <vector>

static RE2::Set *set;
static std::vector<uint32_t> targets;
static std::vector<int> hits;

size_t re2_open(const rival_pattern *patterns, size_t count, const char *)
{
    const size_t before = mallinfo2().uordblks;
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_case_sensitive(false);
    options.set_max_mem(int64_t{1} << 30); // with less it gives up
    set = new RE2::Set(options, RE2::UNANCHORED);
    for (size_t i = 0; i < count; i++) {
        std::string error;
        if (set->Add(patterns[i].expression, &error) < 0) {
            std::fprintf(stderr, "bench: RE2: %s: %s\n", error.c_str(), patterns[i].expression);
            return 0;
        }
        targets.push_back(patterns[i].target);
    }
    if (!set->Compile()) {
        std::fprintf(stderr, "bench: RE2 finds no room for these patterns\n");
        return 0;
    }
    return mallinfo2().uordblks + mallinfo2().hblkhd - before;
}

size_t re2_find(const char *text, size_t text_len, uint32_t *found, size_t room)
{
    RE2::Set::ErrorInfo error;
    if (!set->Match(re2::StringPiece(text, text_len), &hits, &error) && error.kind != RE2::Set::kNoError) {
        std::fprintf(stderr, "bench: RE2 gave up\n");
        std::exit(2);
    }
    for (size_t i = 0; i < hits.size() && i < room; i++) {
        found[i] = targets[hits[i]];
    }
    return hits.size();
}
