/* SPDX-License-Identifier: MIT
 *
 * postfix-status.c - Postfix asks libsmtperr whether a 5yz is for good.
 *
 * Before Postfix bounces it looks the delivery status up in smtp_delivery_status_filter. This program answers as a
 * socketmap (socketmap_table(5)) on its standard input and output; Postfix starts it by spawn(8). The key is the status
 * and what the server said; the answer, if there is one, is the same with a status that defers. See
 * docs/integrating/postfix.md.
 */
#include <smtperr.h>

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { KEY_MAX = 100000 }; /* as socketmap_table(5) limits replies */

/* A netstring: length in decimal digits, ':', that many bytes, ','. Its length, or -1 at the end, or -2. */
static long read_netstring(char *out, long size)
{
    long length = 0;
    int byte = getchar();

    if (byte == EOF) return -1;
    for (; byte >= '0' && byte <= '9'; byte = getchar()) {
        length = length * 10 + (byte - '0');
        if (length > size) return -2;
    }
    if (byte != ':' || fread(out, 1, (size_t)length, stdin) != (size_t)length || getchar() != ',') return -2;
    return length;
}

/* Whether a refusal with this status and reason is to be deferred, and then with which status. */
static int deferral(const char *status, const char *reason, size_t reason_len, smtperr_verdict *verdict)
{
    smtperr_context context = {.size = sizeof context};

    /* It is not known how often this was tried: a dialogue out of step bounces, as without us, rather than wait. */
    context.flags |= SMTPERR_CONTEXT_RECONNECTED;
    if (status[0] != '5') return 0;
    (void)smtperr_evaluate(reason, reason_len, SMTPERR_SHAPE_TEXT, &context, NULL, verdict, sizeof *verdict);
    /* What Postfix found out by itself has no code of a server. */
    return verdict->retry && verdict->code >= 500;
}

int main(void)
{
    static char key[KEY_MAX + 1];
    long length;

    while ((length = read_netstring(key, KEY_MAX)) >= 0) {
        char answer[KEY_MAX + 100] = "NOTFOUND ", status[16];
        const char *text, *reason = NULL;
        smtperr_verdict verdict;

        key[length] = '\0';
        text = memchr(key, ' ', (size_t)length); /* behind the name of the map */
        if (text != NULL) reason = strchr(++text, ' ');
        if (reason != NULL && deferral(text, reason + 1, (size_t)(key + length - reason - 1), &verdict)) {
            (void)smtperr_enhanced_format(verdict.dsn_status, status, sizeof status);
            (void)snprintf(answer, sizeof answer, "OK %s%s (%s)", status, reason,
                           smtperr_name(SMTPERR_KIND_CATEGORY, verdict.category));
        }
        (void)printf("%zu:%s,", strlen(answer), answer);
        (void)fflush(stdout);
    }
    return length == -1 ? EX_OK : EX_DATAERR;
}
