/* SPDX-License-Identifier: MIT */
#include "rivals.h"

#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hs_database_t *database;
static hs_scratch_t *scratch;

enum { LARGE = 1500 }; /* bytes of an expression that may be too large for it */

/* Whether it takes an expression by itself: of many it would tell only once it has worked on all. */
static int takes(const char *expression, unsigned flags)
{
    hs_database_t *alone;
    hs_compile_error_t *error;
    if (hs_compile(expression, flags, HS_MODE_BLOCK, NULL, &alone, &error) != HS_SUCCESS) {
        hs_free_compile_error(error);
        return 0;
    }
    hs_free_database(alone);
    return 1;
}

static int compile(const rival_pattern *patterns, size_t count)
{
    const char **expressions = malloc(count * sizeof *expressions);
    unsigned *flags = malloc(count * sizeof *flags);
    unsigned *ids = malloc(count * sizeof *ids);
    hs_compile_error_t *error;
    unsigned taken = 0;
    size_t i;
    if (expressions == NULL || flags == NULL || ids == NULL) {
        return 0;
    }
    for (i = 0; i < count; i++) {
        const unsigned all = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
        if (strlen(patterns[i].expression) < LARGE || takes(patterns[i].expression, all)) {
            expressions[taken] = patterns[i].expression;
            flags[taken] = all;
            ids[taken++] = patterns[i].target;
        }
    }
    if (taken < count) {
        fprintf(stderr, "Hyperscan: %zu of %zu expressions are too large for it\n", count - taken, count);
    }
    if (hs_compile_multi(expressions, flags, ids, taken, HS_MODE_BLOCK, NULL, &database, &error) !=
        HS_SUCCESS) {
        fprintf(stderr, "Hyperscan: %s (expression %d)\n", error->message, error->expression);
        hs_free_compile_error(error);
        return 0;
    }
    free(expressions);
    free(flags);
    free(ids);
    return 1;
}

static int load(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t length = 0;
    int good = file != NULL && fseek(file, 0, SEEK_END) == 0 && (length = (size_t)ftell(file)) > 0 &&
               (bytes = malloc(length)) != NULL;
    if (good) {
        rewind(file);
        good =
            fread(bytes, 1, length, file) == length && hs_deserialize_database(bytes, length, &database) == HS_SUCCESS;
    }
    free(bytes);
    if (file != NULL) {
        fclose(file);
    }
    return good;
}

static void save(const char *path)
{
    FILE *file = fopen(path, "wb");
    char *bytes;
    size_t length;
    if (file != NULL) {
        if (hs_serialize_database(database, &bytes, &length) == HS_SUCCESS) {
            fwrite(bytes, 1, length, file);
            free(bytes);
        }
        fclose(file);
    }
}

size_t hyperscan_open(const rival_pattern *patterns, size_t count, const char *folder)
{
    char path[4096];
    size_t bytes;
    size_t scratch_bytes;
    snprintf(path, sizeof path, "%s/hyperscan.db", folder);
    if (!load(path)) {
        if (!compile(patterns, count)) {
            return 0;
        }
        save(path);
    }
    if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS || hs_database_size(database, &bytes) != HS_SUCCESS ||
        hs_scratch_size(scratch, &scratch_bytes) != HS_SUCCESS) {
        return 0;
    }
    return bytes + scratch_bytes;
}

typedef struct {
    uint32_t *found;
    size_t room, count;
} hits;

static int hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    hits *all = context;
    (void)from;
    (void)to;
    (void)flags;
    if (all->count < all->room) {
        all->found[all->count] = id;
    }
    all->count++;
    return 0;
}

size_t hyperscan_find(const char *text, size_t text_len, uint32_t *found, size_t room)
{
    hits all = {found, room, 0};
    if (hs_scan(database, text, (unsigned)text_len, 0, scratch, hit, &all) != HS_SUCCESS) {
        fprintf(stderr, "bench: hs_scan failed\n");
        exit(2);
    }
    return all.count;
}
