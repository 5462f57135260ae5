/* SPDX-License-Identifier: MIT
 *
 * Enhanced status codes (RFC 3463, RFC 2034): text to number and back. Nothing else knows their grammar.
 */
#include "internal.h"

/* One to three digits. Leading zeros break RFC 3463 2; Postfix, Sendmail and Dovecot take them, and so is done here. */
static size_t number_at(const char *text, size_t text_len, int32_t *number)
{
    size_t length = 0;
    *number = 0;
    while (length < text_len && length < 3 && smtperr__is_digit((unsigned char)text[length])) {
        *number = *number * 10 + (text[length] - '0');
        length++;
    }
    return length;
}

int32_t smtperr__enhanced_at_start(const char *text, size_t text_len, size_t *length)
{
    int32_t subject = 0;
    int32_t detail = 0;
    size_t at = 2;
    size_t digits;
    *length = 0;
    if (text_len < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5') || text[1] != '.') {
        return 0;
    }
    digits = number_at(text + at, text_len - at, &subject);
    at += digits;
    if (digits == 0 || at >= text_len || text[at] != '.') {
        return 0;
    }
    at++;
    digits = number_at(text + at, text_len - at, &detail);
    at += digits;
    if (digits == 0 || (at < text_len && text[at] != ' ' && text[at] != '\t' && text[at] != '\r' && text[at] != '\n')) {
        return 0; /* RFC 2034 4: a blank (or where it is folded) or the end follows, so 5.1.1.1 and 5.1.1x are none */
    }
    *length = at;
    return (text[0] - '0') * 1000000 + subject * 1000 + detail;
}

int32_t smtperr_enhanced_parse(const char *text, size_t text_len)
{
    size_t length;
    int32_t enhanced;
    if (text == NULL) {
        return 0;
    }
    enhanced = smtperr__enhanced_at_start(text, text_len, &length);
    return length == text_len ? enhanced : 0;
}

size_t smtperr_enhanced_format(int32_t enhanced, char *out, size_t out_size)
{
    char text[12];
    size_t length = 0;
    size_t i;
    if ((enhanced >= 2000000 && enhanced <= 2999999) || (enhanced >= 4000000 && enhanced <= 5999999)) {
        const int32_t parts[3] = {ENHANCED_CLASS_OF(enhanced), ENHANCED_SUBJECT_OF(enhanced),
                                  ENHANCED_DETAIL_OF(enhanced)};
        for (i = 0; i < 3; i++) {
            if (i > 0) {
                text[length++] = '.';
            }
            if (parts[i] >= 100) {
                text[length++] = (char)('0' + parts[i] / 100);
            }
            if (parts[i] >= 10) {
                text[length++] = (char)('0' + parts[i] / 10 % 10);
            }
            text[length++] = (char)('0' + parts[i] % 10);
        }
    }
    if (out != NULL && out_size > 0) {
        for (i = 0; i < length && i + 1 < out_size; i++) {
            out[i] = text[i];
        }
        out[i] = '\0';
    }
    return length;
}
