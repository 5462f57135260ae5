/* SPDX-License-Identifier: MIT
 *
 * decide.c - the first program: was the recipient accepted, is the address dead, or is there more to try?
 *     decide '550 5.1.1 <x@example.com>: no such user'
 */
#include <smtperr.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *reply = argc > 1 ? argv[1] : "550 5.1.1 <x@example.com>: no such user\r\n";
    const smtperr_context context = {.size = sizeof context, .stage = SMTPERR_STAGE_RCPT};
    smtperr_verdict verdict;

    smtperr_evaluate(reply, strlen(reply), SMTPERR_SHAPE_WIRE, &context, NULL, &verdict, sizeof verdict);
    if (verdict.retry)
        printf("keep it queued (%s), wait %u seconds\n", smtperr_name(SMTPERR_KIND_ACTION, verdict.action),
               (unsigned)verdict.delay_seconds);
    else if (verdict.action == SMTPERR_ACTION_BOUNCE)
        printf("give up%s\n", verdict.suppress ? ", and never mail this address again" : "");
    else
        printf("accepted: go on\n");
    printf("%s\n", smtperr_explain(&verdict, SMTPERR_SAY_WHAT));
    return verdict.sysexit;
}
