/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share. A target is a file with LLVMFuzzerTestOneInput(): linked with libFuzzer it searches, linked
 * with replay.c it runs the seeds as an ordinary test.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold for every input. */
#define HOLDS(condition)                                                                                                         \
    do {                                                                                                                         \
        if (!(condition)) {                                                                                                      \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                                       \
            abort();                                                                                                             \
        }                                                                                                                        \
    } while (0)

#endif
