/* SPDX-License-Identifier: MIT
 *
 * Checks rules for those who write them. What a good rule is, the project's Python knows, which also builds the tables: check.py in
 * the folder of the data. This file finds that folder and hands over, with the path of this program, which check.py asks what the
 * library makes of a reply. The folder: $SMTPERR_DATA; else the one that a build notes in smtperr.data beside the program;
 * else where the data is installed.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

/* This program: "smtperr" alone is found again through PATH. */
static void own_path(const struct settings *settings, char *path, size_t path_size)
{
    ssize_t length = readlink("/proc/self/exe", path, path_size - 1);

    if (length > 0)
        path[length] = '\0';
    else
        snprintf(path, path_size, "%s", settings->program);
}

/* The line that a build leaves beside its program; false in any other place. */
static bool noted_folder(const char *program, char *folder, size_t folder_size)
{
    const char *slash = strrchr(program, '/');
    char note[PATH_SIZE];
    FILE *file;
    bool found;

    if (slash == NULL || (size_t)(slash - program) + sizeof "/smtperr.data" > sizeof note) return false;
    memcpy(note, program, (size_t)(slash - program));
    strcpy(note + (slash - program), "/smtperr.data");
    file = fopen(note, "r");
    if (file == NULL) return false;
    found = fgets(folder, (int)folder_size, file) != NULL;
    fclose(file);
    folder[found ? strcspn(folder, "\n") : 0] = '\0';
    return found;
}

int command_check(const struct settings *settings, int count, char **arguments)
{
    static char python[] = "python3", own[] = "--smtperr", diff[] = "--diff", end[] = "--";
    const char *given = getenv("SMTPERR_DATA");
    char program[PATH_SIZE], folder[PATH_SIZE];
    char *checker;
    char **command;
    int words = 0;
    int status = EXIT_NO_INPUT;

    own_path(settings, program, sizeof program);
    if (given != NULL && *given != '\0')
        snprintf(folder, sizeof folder, "%s", given);
    else if (!noted_folder(program, folder, sizeof folder))
        snprintf(folder, sizeof folder, "%s", INSTALLED_DATA);
    checker = need(malloc(strlen(folder) + sizeof "/check.py"));
    strcat(strcpy(checker, folder), "/check.py");
    command = need(calloc((size_t)count + 7, sizeof *command));

    if (access(checker, R_OK) != 0) {
        complain("check: the rules and their checker are not in %s; name their folder in SMTPERR_DATA", folder);
    } else if (settings->where) {
        puts(folder);
        status = EXIT_DONE;
    } else {
        command[words++] = python;
        command[words++] = checker;
        command[words++] = own;
        command[words++] = program;
        if (settings->diff) command[words++] = diff;
        command[words++] = end;
        memcpy(command + words, arguments, (size_t)count * sizeof *arguments);
        execvp(python, command);
        complain("check: python3 (3.11 or newer) is needed: %s", strerror(errno));
    }
    free(checker);
    free(command);
    return status;
}
