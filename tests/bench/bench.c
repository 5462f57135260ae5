/* SPDX-License-Identifier: MIT
 *
 * The work that is measured: reader, matcher and whole verdict over a file of replies, beside rivals that do less. run.py calls
 * it, by itself for times and under callgrind for instructions, and prints the table.
 *
 *   bench time REPLIES [PHRASES]   a line a job: name, ns a reply hot, cold after a walk over 8 MB, and the first time
 *   bench count JOB REPLIES ...    runs a job once over each file, with a call of mark() behind each; callgrind does the rest
 *
 * Built with other engines to match words it is called rivals, and takes three arguments more in front: "raw" or "blanks", for the text
 * that the rivals get, EXPRESSIONS of expressions.py, and a FOLDER for what Hyperscan makes of them. Its third use is rivals ... found
 * REPLIES: who found what.
 *
 * REPLIES is raw (CRLF) or written as in replies.txt, or "x:WHAT:N", a long reply made up here; PHRASES has one a line. */
#define _GNU_SOURCE
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#ifdef HAVE_LIBETPAN
#include <libetpan/libetpan.h>
#endif
#ifdef HAVE_RIVALS
#include "rivals.h"
#endif

enum {
    REPLIES_MAX = 1000,
    PHRASES_MAX = 4000,
    ROUNDS = 31,
    COLD_ROUNDS = 3,
    WALK = 8 << 20,
    JOBS_MAX = 16,
    FOUND_MAX = 1000
};

typedef struct {
    char *bytes;
    size_t length;
    char *plain; /* for rivals: without codes, a blank at both ends */
    size_t plain_length;
} text;

static text replies[REPLIES_MAX];
static size_t reply_count;
static char *phrases[PHRASES_MAX];
static size_t phrase_count;
static volatile size_t sink; /* what is worked out counts for something */
static char *passed_over[PHRASES_MAX]; /* words that texts are read without: the rivals, who would stop at them, get texts without them */
static size_t passed_count;

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

static int is_passed_over(const char *word, size_t length)
{
    size_t i;
    for (i = 0; i < passed_count; i++) {
        if (strlen(passed_over[i]) == length && strncasecmp(passed_over[i], word, length) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Takes out what stands between blanks and is passed over. */
static void leave_out(text *reply)
{
    char *to = reply->plain + 1;
    const char *from = to;
    const char *const end = reply->plain + reply->plain_length;
    while (from < end) {
        const size_t length = strcspn(from, " ");
        if (!is_passed_over(from, length)) {
            memmove(to, from, length + 1);
            to += length + 1;
        }
        from += length + 1;
    }
    reply->plain_length = (size_t)(to - reply->plain);
    *to = '\0';
}

/* What a rival would otherwise have to do first. */
static void make_plain(text *reply)
{
    smtperr_span line;
    size_t at = 0;
    char *to = reply->plain = malloc(reply->length + 3);
    if (to == NULL) {
        die("no memory");
    }
    *to++ = ' ';
    while (smtperr__next_line(reply->bytes, reply->length, &at, &line)) {
        if (line.len > 4) {
            memcpy(to, reply->bytes + line.at + 4, line.len - 4);
            to += line.len - 4;
            *to++ = ' ';
        }
    }
    *to = '\0';
    reply->plain_length = (size_t)(to - reply->plain);
    leave_out(reply);
}

static void add_reply(char *bytes, size_t length)
{
    if (reply_count == REPLIES_MAX) {
        die("too many replies");
    }
    replies[reply_count].bytes = bytes;
    replies[reply_count].length = length;
    make_plain(&replies[reply_count++]);
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

static smtperr__matcher matcher;
static smtperr_verdict numbers;

static void job_words(const text *reply)
{
    smtperr_span line;
    size_t at = 0;
    numbers.code = smtperr__code_at(reply->bytes, 3);
    smtperr__begin_words(&matcher, &numbers, 0);
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

#ifdef HAVE_RIVALS
static uint32_t found[FOUND_MAX];
static unsigned char is_word[256];
static int blanks; /* the rivals get a text with one blank between words */

/* The text that the rivals get, in `copied` if it has to be made. */
static const char *text_for_rivals(const text *reply, size_t *length)
{
    size_t to = 1;
    size_t i;
    if (!blanks) {
        *length = reply->plain_length;
        return reply->plain;
    }
    copied[0] = ' ';
    for (i = 0; i < reply->plain_length; i++) {
        const unsigned char byte = (unsigned char)reply->plain[i];
        if (is_word[byte]) {
            copied[to++] = (char)byte;
        } else if (copied[to - 1] != ' ') {
            copied[to++] = ' ';
        }
    }
    *length = to;
    return copied;
}

static void job_blanks(const text *reply)
{
    size_t length;
    sink += (size_t)*text_for_rivals(reply, &length);
}

#ifdef HAVE_HYPERSCAN
static void job_hyperscan(const text *reply)
{
    size_t length;
    const char *plain = text_for_rivals(reply, &length);
    sink += hyperscan_find(plain, length, found, FOUND_MAX);
}
#endif

#ifdef HAVE_RE2
static void job_re2(const text *reply)
{
    size_t length;
    const char *plain = text_for_rivals(reply, &length);
    sink += re2_find(plain, length, found, FOUND_MAX);
}
#endif
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
    {"nothing", job_nothing, 0},
    {"reader", job_reader, 0},
    {"reader-by-byte", job_bytes, 0},
    {"naive", job_naive, 0},
#ifdef HAVE_LIBETPAN
    {"libetpan", job_etpan, 0},
#endif
    {"nothing-failing", job_nothing, 1},
    {"words", job_words, 1},
    {"verdict-wire", job_wire, 1},
    {"verdict-text", job_text, 1},
    {"naive-failing", job_naive, 1},
#ifdef HAVE_LIBETPAN
    {"libetpan-failing", job_etpan, 1},
#endif
#ifdef HAVE_RIVALS
    {"blanks", job_blanks, 1},
#endif
#ifdef HAVE_HYPERSCAN
    {"hyperscan", job_hyperscan, 1},
#endif
#ifdef HAVE_RE2
    {"re2", job_re2, 1},
#endif
    {"verdict-good", job_wire, 2},
    {"phrases", job_phrases, 1},
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
    double first[JOBS_MAX] = {0}; /* a rival may only then make what it keeps */
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
            for (time = 0; time < (round > 0 ? times : 1); time++) {
                for (i = 0; i < reply_count; i++) {
                    if (is_for(&jobs[k], &replies[i])) {
                        jobs[k].run(&replies[i]);
                        done++;
                    }
                }
            }
            hot[k][round] = done > 0 ? (now() - begun) / (double)done : 0;
            first[k] = hot[k][0];
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
                for (at = 0; at < replies[i].plain_length; at++) {
                    sink += (unsigned char)replies[i].plain[at];
                }
                begun = now();
                jobs[k].run(&replies[i]);
                cold[k][cold_count[k]++] = now() - begun;
            }
        }
    }
    for (k = 0; k < JOB_COUNT; k++) {
        if (hot[k][0] > 0) {
            printf("%s %.1f %.1f %.1f\n", jobs[k].name, median(hot[k], ROUNDS),
                   cold_count[k] > 0 ? median(cold[k], cold_count[k]) : 0.0, first[k]);
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

#ifdef HAVE_RIVALS
static rival_pattern *patterns;
static size_t pattern_count;

static void load_patterns(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    if (file == NULL) {
        die(path);
    }
    while ((length = getline(&line, &size, file)) > 0) {
        unsigned target = 0;
        int at = 0;
        line[length - 1] = '\0';
        if (strncmp(line, "passed ", 7) == 0 && passed_count < PHRASES_MAX) {
            passed_over[passed_count++] = strdup(line + 7);
            continue;
        }
        if (sscanf(line, "%u%n", &target, &at) != 1 || line[at] != ' ') { /* an expression may begin with a blank */
            die(path);
        }
        patterns = realloc(patterns, (pattern_count + 1) * sizeof *patterns);
        if (patterns == NULL) {
            die("no memory");
        }
        patterns[pattern_count].target = target;
        patterns[pattern_count++].expression = strdup(line + at + 1);
    }
    free(line);
    fclose(file);
}

/* Only those that are wanted: to make them takes long, under callgrind most of all. */
static void open_rivals(const char *folder, const char *only)
{
#ifdef HAVE_HYPERSCAN
    if (only == NULL || strcmp(only, "hyperscan") == 0) {
        const double begun = now();
        const size_t bytes = hyperscan_open(patterns, pattern_count, folder);
        if (bytes == 0) {
            exit(2);
        }
        fprintf(stderr, "hyperscan %zu bytes %.3f s\n", bytes, (now() - begun) / 1e9);
    }
#endif
#ifdef HAVE_RE2
    if (only == NULL || strcmp(only, "re2") == 0) {
        const double begun = now();
        const size_t bytes = re2_open(patterns, pattern_count, folder);
        if (bytes == 0) {
            exit(2);
        }
        fprintf(stderr, "re2 %zu bytes %.3f s\n", bytes, (now() - begun) / 1e9);
    }
#endif
}

/* ---- Who found what. ---- */

enum { BY_LIBRARY = 1, BY_RIVAL = 2, RULES_MAX = 1 << 16 };

/* Of what the library finds it keeps the best rules that fit the code. What rules exclude it numbers otherwise than the expressions do. */
static void compare(const char *name, size_t (*find)(const char *text, size_t text_len, uint32_t *found, size_t room))
{
    size_t both = 0;
    size_t library_only = 0;
    size_t rival_only = 0;
    size_t crowded = 0;
    size_t i;
    size_t k;
    for (i = 0; i < reply_count; i++) {
        static unsigned char by[RULES_MAX];
        const char *plain;
        size_t length;
        size_t count;
        if (replies[i].bytes[0] < '4') {
            continue;
        }
        memset(by, 0, sizeof by);
        job_words(&replies[i]);
        for (k = 0; k < matcher.match_count; k++) {
            by[matcher.matches[k].rule] |= BY_LIBRARY;
        }
        plain = text_for_rivals(&replies[i], &length);
        count = find(plain, length, found, FOUND_MAX);
        if (count > FOUND_MAX) {
            die("more found than there is room for");
        }
        for (k = 0; k < count; k++) {
            if (found[k] < RULES_MAX && smtperr__may_apply((uint16_t)found[k], &matcher)) {
                by[found[k]] |= BY_RIVAL;
            }
        }
        for (k = 0; k < RULES_MAX; k++) {
            if (by[k] == BY_RIVAL && matcher.match_count == MATCHES_MAX) {
                crowded++;
            } else if (by[k] != 0) {
                size_t *which = by[k] == BY_LIBRARY ? &library_only : by[k] == BY_RIVAL ? &rival_only : &both;
                ++*which;
                if (which != &both) {
                    printf("%s: %s %zu in %s\n", name, by[k] == BY_LIBRARY ? "lacks" : "alone", k, replies[i].plain);
                }
            }
        }
    }
    printf("%s: both %zu, the library alone %zu, %s alone %zu, and %zu beyond the %d best\n", name, both, library_only,
           name, rival_only, crowded, MATCHES_MAX);
}
#endif

int main(int argc, char **argv)
{
#ifdef HAVE_RIVALS
    int byte;
    if (argc < 6) {
        die("usage: rivals raw|blanks EXPRESSIONS FOLDER time|count|found ...");
    }
    for (byte = 0; byte < 256; byte++) {
        is_word[byte] = byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                        (byte >= 'A' && byte <= 'Z');
    }
    blanks = strcmp(argv[1], "blanks") == 0;
    load_patterns(argv[2]);
    open_rivals(argv[3], strcmp(argv[4], "count") == 0 ? argv[5] : NULL);
    argv += 3;
    argc -= 3;
    if (strcmp(argv[1], "found") == 0) {
        load_replies(argv[2]);
#ifdef HAVE_HYPERSCAN
        compare("Hyperscan", hyperscan_find);
#endif
#ifdef HAVE_RE2
        compare("RE2", re2_find);
#endif
        return 0;
    }
#endif
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
