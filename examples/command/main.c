/* SPDX-License-Identifier: MIT
 *
 * The smtperr command: what an SMTP reply means, and what to do next. This file reads the options, finds the command
 * and sees to it that output which could not be written is not taken for success.
 */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "smtperr - what an SMTP reply means, and what to do next\n"
    "\n"
    "  smtperr explain WHAT...           a reply, a code (450, 4yz), an enhanced code (5.7.1),\n"
    "                                    a failure (ECONNREFUSED) or any word of this program\n"
    "  smtperr explain < bounce          the reply in a pasted bounce or piece of a log\n"
    "  smtperr classify REPLY            one line for a script; the exit status decides\n"
    "  smtperr classify --jsonl [FILE]   JSON objects in, JSON objects out, one a line\n"
    "  smtperr table [FILE]              a captured session (C: and S: lines) as a table\n"
    "  smtperr list [KIND]               codes, enhanced, failures, categories, stages ...\n"
    "  smtperr check [FILE...]           faults of rules that you have written; needs python3\n"
    "  smtperr check --diff OLD NEW      what two smtperr commands judge differently\n"
    "\n"
    "Without REPLY or WHAT, or for \"-\", a reply is read from standard input.\n"
    "\n"
    "What is known about a reply\n"
    "  -s, --stage=STAGE         greeting ehlo starttls auth mail rcpt data body eod ...\n"
    "  -f, --failure=NAME        there was no reply but a failure (classify)\n"
    "      --shape=wire|text     the bytes of a server, read strictly, or what people and\n"
    "                            logs have (text, the default; table reads wire)\n"
    "      --mx                  we talk to an MX that we do not log in to\n"
    "      --submission          we talk to a server that we log in to\n"
    "      --relay               we talk to our smart host, without a login; only one of the three\n"
    "      --mx-host=HOST        the host that answers; its provider's own rules go first\n"
    "      --authenticated, --tls-optional, --in-clear, --lmtp, --refused-alone, --reconnected\n"
    "                            yes; =no takes it back, --tls-optional=no: nothing goes without TLS\n"
    "      --recipients-accepted=N   in this transaction so far\n"
    "      --attempt=N           1 is the first\n"
    "      --age=SECONDS         how long the message has been queued\n"
    "  -p, --policy=SWITCH=ACTION    greeting-5yz, login-refused, mailbox-full-5yz, unknown-5yz,\n"
    "                            domain-unknown-4yz or soft-bounce; delay-min=SECONDS, delay-max\n"
    "\n"
    "Output\n"
    "  -j, --json                explain, list, classify REPLY: JSON instead of text\n"
    "      --author              explain: what to tell the author of the mail, and no more\n"
    "      --trace               explain: the rules that the words met, and why one won\n"
    "      --where               check: the folder of the rules, no more\n"
    "  -h, --help                this text\n"
    "  -V, --version             versions of the program, the library and its data\n"
    "\n"
    "Exit status\n"
    "  0   done; classify REPLY: delivered, or go on with the next command\n"
    "  1   check: a fault, or an answer that differs\n"
    "  75  classify REPLY: keep the message queued\n"
    "  69  classify REPLY: give up, tell the author\n"
    "  64  wrong usage     65  unreadable input (classify --jsonl: at least one bad line)\n"
    "  66  no such file    74  the output could not be written\n"
    "\n"
    "table and the messages on standard error are made for logs: they show neither logins (the\n"
    "text of a 334, what follows AUTH) nor the local part of an address. Answers are not masked.\n"
    "NO_COLOR turns the colours of a terminal off. More: man smtperr\n";

void complain(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fputs("smtperr: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void *need(void *memory)
{
    if (memory == NULL) {
        complain("out of memory");
        exit(71); /* EX_OSERR */
    }
    return memory;
}

FILE *open_input(const char *path)
{
    FILE *file;

    if (path == NULL || strcmp(path, "-") == 0) return stdin;
    file = fopen(path, "rb");
    if (file == NULL) complain("%s: %s", path, strerror(errno));
    return file;
}

char *read_reply(size_t *reply_len)
{
    enum { REPLY_SIZE = 1 << 20 };
    char *reply = need(malloc(REPLY_SIZE));

    *reply_len = fread(reply, 1, REPLY_SIZE, stdin);
    if (ferror(stdin)) { /* an empty reply means something else: the connection was lost */
        complain("standard input: %s", strerror(errno));
        free(reply);
        return NULL;
    }
    return reply;
}

char *join(int count, char **arguments)
{
    size_t size = 1;
    char *text;

    for (int i = 0; i < count; i++)
        size += strlen(arguments[i]) + 1;
    text = need(malloc(size));
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        if (i > 0) strcat(text, " ");
        strcat(text, arguments[i]);
    }
    return text;
}

enum { OPTION_CONTEXT = 256, OPTION_SHAPE, OPTION_JSONL, OPTION_TRACE, OPTION_AUTHOR, OPTION_DIFF, OPTION_WHERE };

static const struct option options[] = {
    {"stage", required_argument, NULL, 's'},
    {"failure", required_argument, NULL, 'f'},
    {"policy", required_argument, NULL, 'p'},
    {"shape", required_argument, NULL, OPTION_SHAPE},
    {"mx", optional_argument, NULL, OPTION_CONTEXT},
    {"relay", optional_argument, NULL, OPTION_CONTEXT},
    {"authenticated", optional_argument, NULL, OPTION_CONTEXT},
    {"tls-optional", optional_argument, NULL, OPTION_CONTEXT},
    {"lmtp", optional_argument, NULL, OPTION_CONTEXT},
    {"submission", optional_argument, NULL, OPTION_CONTEXT},
    {"in-clear", optional_argument, NULL, OPTION_CONTEXT},
    {"reconnected", optional_argument, NULL, OPTION_CONTEXT},
    {"refused-alone", optional_argument, NULL, OPTION_CONTEXT},
    {"recipients-accepted", required_argument, NULL, OPTION_CONTEXT},
    {"attempt", required_argument, NULL, OPTION_CONTEXT},
    {"age", required_argument, NULL, OPTION_CONTEXT},
    {"mx-host", required_argument, NULL, OPTION_CONTEXT},
    {"trace", no_argument, NULL, OPTION_TRACE},
    {"author", no_argument, NULL, OPTION_AUTHOR},
    {"diff", no_argument, NULL, OPTION_DIFF},
    {"where", no_argument, NULL, OPTION_WHERE},
    {"json", no_argument, NULL, 'j'},
    {"jsonl", no_argument, NULL, OPTION_JSONL},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static bool read_context(smtperr_context *context, const char *name, const char *value)
{
    const int32_t role = context->role;
    uint32_t number;

    if (context_type(name) == CONTEXT_NUMBER) {
        if (!parse_number(value, &number)) {
            complain("--%s takes a whole number, not '%s'", name, value);
            return false;
        }
        context_set_number(context, name, number);
    } else if (context_type(name) == CONTEXT_HOST) {
        context->provider = smtperr_provider_of_host(value, strlen(value));
    } else if (value == NULL || strcmp(value, "yes") == 0 || strcmp(value, "no") == 0) {
        context_set_flag(context, name, value == NULL || strcmp(value, "yes") == 0);
        if (role != SMTPERR_ROLE_UNKNOWN && context->role != SMTPERR_ROLE_UNKNOWN && context->role != role) {
            complain("of --mx, --submission and --relay only one can be said");
            return false;
        }
    } else {
        complain("--%s=%s: only yes or no", name, value);
        return false;
    }
    return true;
}

static bool read_word(int32_t kind, const char *option, const char *list, const char *word, int32_t *value)
{
    *value = word_value(kind, word);
    if (*value != INT32_MIN) return true;
    complain("--%s: '%s' is none; see smtperr list %s", option, word, list);
    return false;
}

static void print_version(void)
{
    uint32_t number = smtperr_version_number();

    printf("smtperr %s, library %lu.%lu.%lu, data %lu\n", SMTPERR_VERSION, (unsigned long)(number >> 16),
           (unsigned long)(number >> 8 & 255), (unsigned long)(number & 255), (unsigned long)smtperr_data_version());
}

static int run(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct settings *settings, int count, char **arguments);
    } commands[] = {
        {"explain", command_explain},
        {"list", command_list},
        {"classify", command_classify},
        {"table", command_table},
        {"check", command_check},
    };
    struct settings settings;
    int option;
    int index = 0;

    memset(&settings, 0, sizeof settings);
    settings.context.size = sizeof settings.context;
    settings.policy.size = sizeof settings.policy;
    settings.shape = SMTPERR_SHAPE_TEXT;
    settings.program = argv[0];

    while ((option = getopt_long(argc, argv, "s:f:p:jhV", options, &index)) != -1) {
        switch (option) {
        case 's':
            if (!read_word(SMTPERR_KIND_STAGE, "stage", "stages", optarg, &settings.context.stage)) return EXIT_USAGE;
            break;
        case 'f':
            if (!read_word(SMTPERR_KIND_FAILURE, "failure", "failures", optarg, &settings.failure)) return EXIT_USAGE;
            break;
        case 'p':
            if (policy_set(&settings.policy, optarg)) break;
            complain("--policy: no such switch or action: '%s'", optarg);
            return EXIT_USAGE;
        case OPTION_SHAPE:
            if (strcmp(optarg, "wire") != 0 && strcmp(optarg, "text") != 0) {
                complain("--shape: wire or text, not '%s'", optarg);
                return EXIT_USAGE;
            }
            settings.shape = optarg[0] == 'w' ? SMTPERR_SHAPE_WIRE : SMTPERR_SHAPE_TEXT;
            break;
        case OPTION_CONTEXT:
            if (!read_context(&settings.context, options[index].name, optarg)) return EXIT_USAGE;
            break;
        case 'j':
            settings.json = true;
            break;
        case OPTION_JSONL:
            settings.jsonl = true;
            break;
        case OPTION_TRACE:
            settings.trace = true;
            break;
        case OPTION_AUTHOR:
            settings.author = true;
            break;
        case OPTION_DIFF:
            settings.diff = true;
            break;
        case OPTION_WHERE:
            settings.where = true;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE;
        case 'V':
            print_version();
            return EXIT_DONE;
        default:
            fputs("Try 'smtperr --help'.\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind == argc) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    if (settings.failure != 0 && strcmp(argv[optind], "classify") != 0) {
        complain("--failure goes with classify; smtperr explain takes the name by itself");
        return EXIT_USAGE;
    }
    if ((settings.trace || settings.author) && strcmp(argv[optind], "explain") != 0) {
        complain("--trace and --author go with explain");
        return EXIT_USAGE;
    }
    if ((settings.diff || settings.where) && strcmp(argv[optind], "check") != 0) {
        complain("--diff and --where go with check");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[optind], commands[i].name) == 0)
            return commands[i].run(&settings, argc - optind - 1, argv + optind + 1);
    }
    complain("no such command: '%s'", argv[optind]);
    fputs("Try 'smtperr --help'.\n", stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int status;

    say_open();
    status = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        complain("standard output: %s", strerror(errno));
        return EXIT_OUTPUT;
    }
    return status;
}
