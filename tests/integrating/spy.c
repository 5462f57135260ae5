/* SPDX-License-Identifier: MIT
 *
 * spy.c - preloaded into dma, which logs to syslog only and stays alive for days: its log goes to standard error, and it
 * ends where it would wait for the next attempt (75), deliver its own bounce (70), or read an ended stream for ever (99).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static int bounced;

static void log_line(const char *format, va_list arguments)
{
    char line[4096];
    (void)vsnprintf(line, sizeof line, format, arguments); /* glibc knows %m */
    if (bounced && strstr(line, "trying delivery") != NULL) _exit(70);
    if (strstr(line, "bouncing as") != NULL) bounced = 1;
    (void)dprintf(2, "%s\n", line);
}

void syslog(int priority, const char *format, ...)
{
    va_list arguments;
    (void)priority;
    va_start(arguments, format);
    log_line(format, arguments);
    va_end(arguments);
}

void __syslog_chk(int priority, int flag, const char *format, ...) /* the same, built with _FORTIFY_SOURCE */
{
    va_list arguments;
    (void)priority;
    (void)flag;
    va_start(arguments, format);
    log_line(format, arguments);
    va_end(arguments);
}

unsigned sleep(unsigned seconds)
{
    (void)seconds;
    _exit(75);
}

ssize_t read(int fd, void *buffer, size_t size)
{
    static ssize_t (*next)(int, void *, size_t);
    static int ends;
    ssize_t n;

    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "read");
    n = next(fd, buffer, size);
    ends = n == 0 ? ends + 1 : 0;
    if (ends > 1000) _exit(99);
    return n;
}
