/* SPDX-License-Identifier: MIT
 *
 * Runs a fuzz target on files, without libFuzzer: on each as it is, and on every beginning of it. A broken property aborts.
 * replay FILE ...
 */
#include "fuzz.h"

#include <string.h>

enum { FILE_MAX = 65536, BEGINNINGS = 512 };

int main(int argc, char **argv)
{
    static uint8_t data[FILE_MAX];
    size_t inputs = 1;
    int i;
    (void)LLVMFuzzerTestOneInput(data, 0);
    for (i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        size_t size;
        size_t beginning;
        if (file == NULL) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        size = fread(data, 1, sizeof data, file);
        fclose(file);
        for (beginning = size > BEGINNINGS ? size - BEGINNINGS : 0; beginning <= size; beginning++) {
            (void)LLVMFuzzerTestOneInput(data, beginning);
            inputs++;
        }
    }
    printf("%d files, %lu inputs\n", argc - 1, (unsigned long)inputs);
    return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
