/* SPDX-License-Identifier: MIT
 *
 * Engines for many regular expressions at once, each behind the same three functions. */
#ifndef RIVALS_H
#define RIVALS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint32_t target; /* what it stands for; several may stand for one */
    const char *expression;
} rival_pattern;

/* Makes all patterns ready; how many bytes that takes, 0 after a complaint on standard error. What can be kept for the next time
 * is in the folder. */
size_t hyperscan_open(const rival_pattern *patterns, size_t count, const char *folder);
size_t re2_open(const rival_pattern *patterns, size_t count, const char *folder);

/* Looks for all patterns in a text; how many of them were found, the targets of the first of them in `found`. */
size_t hyperscan_find(const char *text, size_t text_len, uint32_t *found, size_t room);
size_t re2_find(const char *text, size_t text_len, uint32_t *found, size_t room);

#ifdef __cplusplus
}
#endif
#endif
