/* SPDX-License-Identifier: MIT
 *
 * What a caller can tell about a reply, by name. Options (--recipients-accepted 3) and keys of JSON lines
 * ("recipients_accepted": 3) are the same names, so both are read here.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    enum context_type type;
    uint32_t bit;  /* SMTPERR_CONTEXT_*, or 0 */
    uint32_t not;  /* the bit that says the opposite, or 0 */
    int32_t role;  /* SMTPERR_ROLE_*, or 0 */
    size_t offset; /* of a number */
} keys[] = {
    {"mx", CONTEXT_FLAG, 0, 0, SMTPERR_ROLE_MX, 0},
    {"submission", CONTEXT_FLAG, 0, 0, SMTPERR_ROLE_SUBMISSION, 0},
    {"relay", CONTEXT_FLAG, 0, 0, SMTPERR_ROLE_RELAY, 0},
    {"authenticated", CONTEXT_FLAG, SMTPERR_CONTEXT_AUTHENTICATED, 0, 0, 0},
    {"tls_optional", CONTEXT_FLAG, SMTPERR_CONTEXT_TLS_OPTIONAL, SMTPERR_CONTEXT_TLS_REQUIRED, 0, 0},
    {"in_clear", CONTEXT_FLAG, SMTPERR_CONTEXT_IN_CLEAR, 0, 0, 0},
    {"lmtp", CONTEXT_FLAG, SMTPERR_CONTEXT_LMTP, 0, 0, 0},
    {"refused_alone", CONTEXT_FLAG, SMTPERR_CONTEXT_REFUSED_ALONE, 0, 0, 0},
    {"reconnected", CONTEXT_FLAG, SMTPERR_CONTEXT_RECONNECTED, 0, 0, 0},
    {"recipients_accepted", CONTEXT_NUMBER, SMTPERR_CONTEXT_RECIPIENTS_COUNTED, 0, 0,
     offsetof(smtperr_context, recipients_accepted)},
    {"attempt", CONTEXT_NUMBER, 0, 0, 0, offsetof(smtperr_context, attempt)},
    {"age", CONTEXT_NUMBER, 0, 0, 0, offsetof(smtperr_context, age_seconds)},
    {"mx_host", CONTEXT_HOST, 0, 0, 0, 0},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

/* Options have hyphens where keys have underscores. */
static bool same_name(const char *name, const char *key)
{
    for (; *key != '\0'; name++, key++) {
        if (*name != *key && !(*name == '-' && *key == '_')) return false;
    }
    return *name == '\0';
}

static size_t find_key(const char *name)
{
    size_t i = 0;
    while (i < KEYS && !same_name(name, keys[i].name))
        i++;
    return i;
}

enum context_type context_type(const char *name)
{
    size_t key = find_key(name);
    return key < KEYS ? keys[key].type : CONTEXT_NONE;
}

void context_set_flag(smtperr_context *context, const char *name, bool on)
{
    size_t key = find_key(name);

    if (keys[key].role != 0) {
        if (on)
            context->role = keys[key].role;
        else if (context->role == keys[key].role)
            context->role = SMTPERR_ROLE_UNKNOWN;
        return;
    }
    context->flags &= ~(keys[key].bit | keys[key].not);
    context->flags |= on ? keys[key].bit : keys[key].not;
}

void context_set_number(smtperr_context *context, const char *name, uint32_t number)
{
    size_t key = find_key(name);

    context->flags |= keys[key].bit;
    memcpy((char *)context + keys[key].offset, &number, sizeof number);
}

bool context_from_json(smtperr_context *context, const json_t *object, char *why, size_t why_size)
{
    for (size_t i = 0; i < KEYS; i++) {
        const json_t *value = json_object_get(object, keys[i].name);
        if (value == NULL || json_is_null(value)) continue;
        if (keys[i].type == CONTEXT_FLAG) {
            if (!json_is_boolean(value)) {
                snprintf(why, why_size, "\"%s\" must be true or false", keys[i].name);
                return false;
            }
            context_set_flag(context, keys[i].name, json_is_true(value));
        } else if (keys[i].type == CONTEXT_HOST) {
            if (!json_is_string(value)) {
                snprintf(why, why_size, "\"%s\" must be a string", keys[i].name);
                return false;
            }
            context->provider = smtperr_provider_of_host(json_string_value(value), json_string_length(value));
        } else {
            json_int_t number = json_integer_value(value);
            if (!json_is_integer(value) || number < 0 || number > UINT32_MAX) {
                snprintf(why, why_size, "\"%s\" must be a whole number from 0 to 4294967295", keys[i].name);
                return false;
            }
            context_set_number(context, keys[i].name, (uint32_t)number);
        }
    }
    if (json_is_true(json_object_get(object, "mx")) + json_is_true(json_object_get(object, "submission")) +
            json_is_true(json_object_get(object, "relay")) > 1) {
        snprintf(why, why_size, "of \"mx\", \"submission\" and \"relay\" only one can be true");
        return false;
    }
    return true;
}

bool policy_set(smtperr_policy *policy, const char *setting)
{
    static const struct {
        const char *name;
        size_t offset;
        bool seconds;
    } switches[] = {
        {"greeting_5yz", offsetof(smtperr_policy, greeting_5yz), false},
        {"login_refused", offsetof(smtperr_policy, login_refused), false},
        {"mailbox_full_5yz", offsetof(smtperr_policy, mailbox_full_5yz), false},
        {"unknown_5yz", offsetof(smtperr_policy, unknown_5yz), false},
        {"domain_unknown_4yz", offsetof(smtperr_policy, domain_unknown_4yz), false},
        {"soft_bounce", offsetof(smtperr_policy, soft_bounce), false},
        {"delay_min", offsetof(smtperr_policy, delay_min_seconds), true},
        {"delay_max", offsetof(smtperr_policy, delay_max_seconds), true},
    };
    const char *equals = strchr(setting, '=');
    char name[32];

    if (equals == NULL || (size_t)(equals - setting) >= sizeof name) return false;
    memcpy(name, setting, (size_t)(equals - setting));
    name[equals - setting] = '\0';
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        if (!same_name(name, switches[i].name)) continue;
        if (switches[i].seconds) {
            uint32_t seconds;
            if (!parse_number(equals + 1, &seconds)) return false;
            memcpy((char *)policy + switches[i].offset, &seconds, sizeof seconds);
        } else {
            int32_t action = word_value(SMTPERR_KIND_ACTION, equals + 1);
            if (action == INT32_MIN) return false;
            memcpy((char *)policy + switches[i].offset, &action, sizeof action);
        }
        return true;
    }
    return false;
}

bool parse_number(const char *text, uint32_t *number)
{
    uint64_t value = 0;

    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > UINT32_MAX) return false;
    }
    *number = (uint32_t)value;
    return true;
}

int32_t word_value(int32_t kind, const char *word)
{
    int32_t value = smtperr_value(kind, word, strlen(word));

    if (value != INT32_MIN || *word == '\0') return value;
    while ((value = smtperr_next(kind, value)) != INT32_MIN) {
        if (strcasecmp(smtperr_name(kind, value), word) == 0) break;
    }
    return value;
}
