/* SPDX-License-Identifier: MIT
 *
 * The work that is measured: reader, matcher and whole verdict over a file of replies, beside rivals that do less. run.py calls
 * it, by itself for times and under callgrind for instructions, and prints the table.
 *
 *   bench time REPLIES [PHRASES]   a line a job: name, ns a reply hot, and cold after a walk over 8 MB
 *   bench count JOB REPLIES ...    runs a job once over each file, with a call of mark() behind each; callgrind does the rest
 *
 * REPLIES is raw (CRLF) or written as in replies.txt, or "x:WHAT:N", a long reply made up here; PHRASES has one a line. */
#define _GNU_SOURCE
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef HAVE_LIBETPAN
#include <libetpan/libetpan.h>
#endif

enum { REPLIES_MAX = 1000, PHRASES_MAX = 4000, ROUNDS = 31, COLD_ROUNDS = 3, WALK = 8 << 20, JOBS_MAX = 16 };

typedef struct {
    char *bytes;
    size_t length;
} text;

static text replies[REPLIES_MAX];
static size_t reply_count;
static char *phrases[PHRASES_MAX];
static size_t phrase_count;
static volatile size_t sink; /* what is worked out counts for something */

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(2);
}

/* ---- Files. ---- */

static char *load(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    if (file == NULL || bytes == NULL) {
        die(path);
    }
    *length = fread(bytes, 1, (1 << 20) - 1, file);
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

static void add_reply(char *bytes, size_t length)
{
    if (reply_count == REPLIES_MAX) {
        die("too many replies");
    }
    replies[reply_count].bytes = bytes;
    replies[reply_count++].length = length;
}

static void load_raw(char *bytes, size_t length)
{
    char *start = bytes;
    char *line;
    char *end;
    for (line = bytes; (end = memchr(line, '\n', length - (size_t)(line - bytes))) != NULL; line = end + 1) {
        if (end - line < 4 || line[3] != '-') {
            add_reply(start, (size_t)(end + 1 - start));
            start = end + 1;
        }
    }
}

static void load_written(char *bytes)
{
    char *line;
    for (line = strtok(bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *out;
        char *to;
        if (line[0] == '#') {
            continue;
        }
        out = to = malloc(strlen(line) + 3);
        if (out == NULL) {
            die("no memory");
        }
        for (; *line != '\0'; line++) {
            if (line[0] == '\\' && line[1] == 'n') {
                *to++ = '\r';
                *to++ = '\n';
                line++;
            } else {
                *to++ = *line;
            }
        }
        memcpy(to, "\r\n", 2);
        add_reply(out, (size_t)(to + 2 - out));
    }
}

/* A reply of about `size` bytes: one text over and over, in lines of a kind. */
static void make_long(const char *what, size_t size)
{
    static const struct {
        const char *name, *line;
    } kinds[] = {
        {"text", "550-5.1.1 we had a look at the parcel that you handed over and put it on the shelf\r\n"},
        {"lines", "550-Hm\r\n"},
        {"near-misses",
         "550-the user is not un known and the mailbox is not fu ll but the relay access was not den ied here\r\n"},
        {"gaps", "550-no user or mailbox or account message sender address recipient domain was mail from\r\n"},
        {"hosts", "550-a.b.c.d.e.f.g.h.example.org 192.0.2.25 <a@example.org> https://a.example.net/b?c=d\r\n"},
    };
    size_t i;
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(what, kinds[i].name) == 0) {
            const size_t line = strlen(kinds[i].line);
            char *bytes = malloc(size + 8);
            size_t at;
            if (bytes == NULL) {
                die("no memory");
            }
            for (at = 0; at + line <= size; at += line) {
                memcpy(bytes + at, kinds[i].line, line);
            }
            memcpy(bytes + at, "550 \r\n", 6);
            add_reply(bytes, at + 6);
            return;
        }
    }
    die(what);
}

static void load_replies(const char *path)
{
    size_t length;
    char *bytes;
    reply_count = 0;
    if (strncmp(path, "x:", 2) == 0) {
        char what[32] = "";
        unsigned long size = 0;
        if (sscanf(path, "x:%31[^:]:%lu", what, &size) != 2) {
            die(path);
        }
        make_long(what, size);
        return;
    }
    bytes = load(path, &length);
    if (memchr(bytes, '\r', length) != NULL) {
        load_raw(bytes, length);
    } else {
        load_written(bytes);
    }
}

static void load_phrases(const char *path)
{
    size_t length;
    char *line;
    for (line = strtok(load(path, &length), "\n"); line != NULL && phrase_count < PHRASES_MAX;
         line = strtok(NULL, "\n")) {
        phrases[phrase_count++] = line;
    }
}

/* ---- The rivals. ---- */

/* What many a mailer does: memchr for the line, strtol for the code, memcpy for the text; no checks. Not static, so that it
 * keeps its name for callgrind. */
long naive_read(const char *bytes, size_t length, char *out);
long naive_read(const char *bytes, size_t length, char *out)
{
    const char *at = bytes;
    long code = 0;
    size_t kept = 0;
    for (;;) {
        const char *end = memchr(at, '\n', length - (size_t)(at - bytes));
        char *behind;
        if (end == NULL) {
            return -1;
        }
        code = strtol(at, &behind, 10);
        if (end > behind) {
            memcpy(out + kept, behind + 1, (size_t)(end - behind - 1));
            kept += (size_t)(end - behind - 1);
        }
        if (*behind != '-') {
            sink += kept;
            return code;
        }
        at = end + 1;
    }
}

/* What many a bounce handler does: looks for each of its phrases in turn. */
static size_t naive_match(const char *ended_text)
{
    size_t i;
    size_t found = 0;
    for (i = 0; i < phrase_count; i++) {
        found += strcasestr(ended_text, phrases[i]) != NULL;
    }
    return found;
}

#ifdef HAVE_LIBETPAN
typedef struct {
    const char *bytes;
    size_t left;
} memory;

static ssize_t memory_read(mailstream_low *low, void *out, size_t room)
{
    memory *from = low->data;
    const size_t length = from->left < room ? from->left : room;
    memcpy(out, from->bytes, length);
    from->bytes += length;
    from->left -= length;
    return (ssize_t)length;
}

static int memory_close(mailstream_low *low)
{
    (void)low;
    return 0;
}

static int memory_fd(mailstream_low *low)
{
    (void)low;
    return -1;
}

static mailstream_low_driver memory_driver = {
    .mailstream_read = memory_read, .mailstream_close = memory_close, .mailstream_get_fd = memory_fd};
static memory memory_of_etpan;
static mailsmtp *etpan;

/* Exported, but in no header. */
extern int mailsmtp_read_response(mailsmtp *session);

static void start_etpan(void)
{
    mailstream_low *low = mailstream_low_new(&memory_of_etpan, &memory_driver);
    etpan = mailsmtp_new(0, NULL);
    etpan->stream = mailstream_new(low, 8192);
}
#endif

/* ---- The jobs: each takes one reply. ---- */

static smtperr_reader reader;
static char keep[1024];
static char copied[1 << 20];
static smtperr_verdict verdict;

static void job_reader(const text *reply)
{
    size_t used;
    sink += (size_t)smtperr_reader_feed(&reader, reply->bytes, reply->length, &used);
}

static void job_bytes(const text *reply)
{
    size_t i;
    size_t used;
    for (i = 0; i < reply->length; i++) {
        sink += (size_t)smtperr_reader_feed(&reader, reply->bytes + i, 1, &used);
    }
}

static void job_words(const text *reply)
{
    static smtperr__matcher matcher;
    static smtperr_verdict numbers;
    smtperr_span line;
    size_t at = 0;
    memset(&matcher, 0, sizeof matcher);
    numbers.code = smtperr__code_at(reply->bytes, 3);
    matcher.verdict = &numbers;
    while (smtperr__next_line(reply->bytes, reply->length, &at, &line)) {
        if (line.len > 4) {
            line.at += 4;
            line.len -= 4;
            smtperr__read_words(&matcher, reply->bytes, line);
        }
    }
    sink += matcher.match_count;
}

static void job_wire(const text *reply)
{
    sink +=
        (size_t)smtperr_evaluate(reply->bytes, reply->length, SMTPERR_SHAPE_WIRE, NULL, NULL, &verdict, sizeof verdict);
}

static void job_text(const text *reply)
{
    sink +=
        (size_t)smtperr_evaluate(reply->bytes, reply->length, SMTPERR_SHAPE_TEXT, NULL, NULL, &verdict, sizeof verdict);
}

static long (*volatile naive_reader)(const char *bytes, size_t length, char *out) = naive_read;

static void job_naive(const text *reply)
{
    sink += (size_t)naive_reader(reply->bytes, reply->length, copied);
}

static void job_phrases(const text *reply)
{
    memcpy(copied, reply->bytes, reply->length);
    copied[reply->length] = '\0';
    sink += naive_match(copied);
}

#ifdef HAVE_LIBETPAN
static void job_etpan(const text *reply)
{
    memory_of_etpan.bytes = reply->bytes;
    memory_of_etpan.left = reply->length;
    sink += (size_t)mailsmtp_read_response(etpan);
}
#endif

static void job_nothing(const text *reply)
{
    sink += reply->length;
}

typedef struct {
    const char *name;
    void (*run)(const text *reply);
    int failing; /* 1: only replies that refuse */
} job;

static const job jobs[] = {
    {"nothing", job_nothing, 0},         {"reader", job_reader, 0},
    {"reader-by-byte", job_bytes, 0},    {"naive", job_naive, 0},
#ifdef HAVE_LIBETPAN
    {"libetpan", job_etpan, 0},
#endif
    {"nothing-failing", job_nothing, 1}, {"words", job_words, 1},
    {"verdict-wire", job_wire, 1},       {"verdict-text", job_text, 1},
    {"naive-failing", job_naive, 1},
#ifdef HAVE_LIBETPAN
    {"libetpan-failing", job_etpan, 1},
#endif
    {"verdict-good", job_wire, 2},       {"phrases", job_phrases, 1},
};
enum { JOB_COUNT = sizeof jobs / sizeof jobs[0] };

static int is_for(const job *the, const text *reply)
{
    const int refuses = reply->bytes[0] >= '4';
    return the->failing == 0 || refuses == (the->failing == 1);
}

/* ---- Measuring. ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int rising(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, rising);
    return values[count / 2];
}

/* Rounds are interleaved, so that a busy minute of the machine hits all alike. */
static void print_times(void)
{
    static double hot[JOBS_MAX][ROUNDS], cold[JOBS_MAX][COLD_ROUNDS * REPLIES_MAX];
    static unsigned char walk[WALK];
    size_t cold_count[JOBS_MAX] = {0};
    size_t round;
    size_t i;
    size_t at;
    size_t k;
    for (round = 0; round < ROUNDS; round++) {
        for (k = 0; k < JOB_COUNT; k++) {
            const int times = jobs[k].run == job_phrases ? 1 : 20;
            size_t done = 0;
            double begun;
            int time;
            if (jobs[k].run == job_phrases && phrase_count == 0) {
                continue;
            }
            begun = now();
            for (time = 0; time < times; time++) {
                for (i = 0; i < reply_count; i++) {
                    if (is_for(&jobs[k], &replies[i])) {
                        jobs[k].run(&replies[i]);
                        done++;
                    }
                }
            }
            hot[k][round] = done > 0 ? (now() - begun) / (double)done : 0;
        }
    }
    for (round = 0; round < COLD_ROUNDS; round++) {
        for (k = 0; k < JOB_COUNT; k++) {
            for (i = 0; i < reply_count; i++) {
                double begun;
                if (!is_for(&jobs[k], &replies[i]) || jobs[k].run == job_phrases) {
                    continue;
                }
                for (at = 0; at < WALK; at += 64) {
                    walk[at]++;
                }
                for (at = 0; at < replies[i].length; at++) { /* the reply has just come in */
                    sink += (unsigned char)replies[i].bytes[at];
                }
                begun = now();
                jobs[k].run(&replies[i]);
                cold[k][cold_count[k]++] = now() - begun;
            }
        }
    }
    for (k = 0; k < JOB_COUNT; k++) {
        if (hot[k][0] > 0) {
            printf("%s %.1f %.1f\n", jobs[k].name, median(hot[k], ROUNDS),
                   cold_count[k] > 0 ? median(cold[k], cold_count[k]) : 0.0);
        }
    }
}

/* Here callgrind ends one account and begins the next. */
__attribute__((noinline)) void mark(void);
void mark(void)
{
    sink++;
}

static void count(const char *name, char **files, int file_count)
{
    size_t k;
    size_t i;
    int file;
    for (k = 0; k < JOB_COUNT && strcmp(jobs[k].name, name) != 0; k++) {
    }
    if (k == JOB_COUNT) {
        die(name);
    }
    for (file = 0; file < file_count; file++) {
        size_t done = 0;
        size_t bytes = 0;
        load_replies(files[file]);
        for (i = 0; i < reply_count; i++) {
            if (is_for(&jobs[k], &replies[i])) {
                jobs[k].run(&replies[i]);
                bytes += replies[i].length;
                done++;
            }
        }
        mark();
        printf("%zu %zu\n", done, bytes);
    }
}

int main(int argc, char **argv)
{
    (void)smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep);
#ifdef HAVE_LIBETPAN
    start_etpan();
#endif
    if (argc >= 3 && strcmp(argv[1], "time") == 0) {
        load_replies(argv[2]);
        if (argc > 3) {
            load_phrases(argv[3]);
        }
        print_times();
    } else if (argc >= 4 && strcmp(argv[1], "count") == 0) {
        count(argv[2], argv + 3, argc - 3);
    } else {
        die("usage: bench time REPLIES [PHRASES] | bench count JOB REPLIES ...");
    }
    return 0;
}
