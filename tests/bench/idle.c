/* SPDX-License-Identifier: MIT
 *
 * The smtperr command with judging switched off: its sources are built with this in place of smtperr_evaluate(), so that it reads and
 * writes as much and judges one reply only. */
#include <smtperr.h>
#include <string.h>

SMTPERR_API int32_t idle_evaluate(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                                  const smtperr_policy *policy, smtperr_verdict *verdict, size_t verdict_size);

int32_t idle_evaluate(const char *reply, size_t reply_len, int32_t shape, const smtperr_context *context,
                      const smtperr_policy *policy, smtperr_verdict *verdict, size_t verdict_size)
{
    static const char usual[] = "550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown";
    static smtperr_verdict one;
    (void)reply;
    (void)shape;
    if (one.code == 0) {
        smtperr_evaluate(usual, sizeof usual - 1, SMTPERR_SHAPE_WIRE, context, policy, &one, sizeof one);
        memset(&one.matched, 0, sizeof one.matched);
    }
    memcpy(verdict, &one, verdict_size);
    verdict->matched.len = (uint32_t)(reply_len < 12 ? reply_len : 12); /* what is quoted must stand in this reply */
    return 0;
}
