# SPDX-License-Identifier: MIT
# Written by examples/bindings/generate.py from include/smtperr.h: do not edit.
"""Enums, dataclasses and layout of libsmtperr. smtperr/__init__.py is what you want to read."""
from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import Optional

from ._base import Answer, Excerpt, Word, name_words

VERSION = "0.1.0"
VERSION_NUMBER = 256
LINE_MAX = 16384
REPLY_MAX = 262144
INT32_MIN = -2147483648


class Stage(Word):
    """Where in the dialogue the reply or failure came. EHLO and HELO stand for LHLO too; other: VRFY, EXPN, HELP,
    NOOP."""

    UNKNOWN = 0
    CONNECT = 1
    """nothing was read yet; with a reply it counts as greeting"""
    GREETING = 2
    EHLO = 3
    HELO = 4
    STARTTLS = 5
    TLS = 6
    """the handshake"""
    AUTH = 7
    MAIL = 8
    RCPT = 9
    DATA = 10
    BODY = 11
    """while the text is sent; a BDAT chunk that is not the last"""
    EOD = 12
    """after the final dot or the last BDAT chunk"""
    RSET = 13
    QUIT = 14
    OTHER = 15


name_words(Stage, 3, {
    0: "unknown",
    1: "connect",
    2: "greeting",
    3: "ehlo",
    4: "helo",
    5: "starttls",
    6: "tls",
    7: "auth",
    8: "mail",
    9: "rcpt",
    10: "data",
    11: "body",
    12: "eod",
    13: "rset",
    14: "quit",
    15: "other",
})


class Category(Word):
    """What went wrong, in the words of the field. "Did the server do what I asked?" is category == CATEGORY_OK."""

    UNKNOWN = 0
    """a failure, and nothing tells why"""
    OK = 1
    """nothing: it did what was asked; at end of data the message is delivered"""
    CONTINUE = 2
    """nothing: a 3yz that asks for the text or the next AUTH response"""
    MAILBOX_UNKNOWN = 3
    MAILBOX_DISABLED = 4
    MAILBOX_FULL = 5
    MAILBOX_MOVED = 6
    MAILBOX_BUSY = 7
    RECIPIENT_RESTRICTED = 8
    RECIPIENT_RATE_LIMITED = 9
    ADDRESS_INVALID = 10
    DOMAIN_UNKNOWN = 11
    DOMAIN_NO_MAIL = 12
    RELAY_DENIED = 13
    ROUTING = 14
    SERVER_UNAVAILABLE = 15
    SERVER_FULL = 16
    NETWORK = 17
    GREYLISTED = 18
    RATE_LIMITED = 19
    TOO_MANY_RECIPIENTS = 20
    MESSAGE_TOO_LARGE = 21
    SPAM_CONTENT = 22
    MALWARE = 23
    ATTACHMENT_BLOCKED = 24
    MESSAGE_MALFORMED = 25
    MESSAGE_EXPIRED = 26
    IP_BLOCKED = 27
    DOMAIN_BLOCKED = 28
    GEO_BLOCKED = 29
    SENDER_REJECTED = 30
    SENDER_UNAUTHENTICATED = 31
    REVERSE_DNS = 32
    POLICY = 33
    CREDENTIALS = 34
    TLS = 35
    PROTOCOL_ERROR = 36
    NOT_SUPPORTED = 37


name_words(Category, 4, {
    0: "unknown",
    1: "ok",
    2: "continue",
    3: "mailbox-unknown",
    4: "mailbox-disabled",
    5: "mailbox-full",
    6: "mailbox-moved",
    7: "mailbox-busy",
    8: "recipient-restricted",
    9: "recipient-rate-limited",
    10: "address-invalid",
    11: "domain-unknown",
    12: "domain-no-mail",
    13: "relay-denied",
    14: "routing",
    15: "server-unavailable",
    16: "server-full",
    17: "network",
    18: "greylisted",
    19: "rate-limited",
    20: "too-many-recipients",
    21: "message-too-large",
    22: "spam-content",
    23: "malware",
    24: "attachment-blocked",
    25: "message-malformed",
    26: "message-expired",
    27: "ip-blocked",
    28: "domain-blocked",
    29: "geo-blocked",
    30: "sender-rejected",
    31: "sender-unauthenticated",
    32: "reverse-dns",
    33: "policy",
    34: "credentials",
    35: "tls",
    36: "protocol-error",
    37: "not-supported",
})


class Action(Word):
    """What to do. All but proceed and bounce keep the message queued. Who cannot do one retries after
    delay_seconds."""

    PROCEED = 1
    """done, or go on: category ok or continue. Whatever RSET and QUIT bring gives it too"""
    BOUNCE = 2
    """give up: tell the author"""
    RETRY_LATER = 3
    """after delay_seconds"""
    RETRY_OTHER_HOST = 4
    """another host of the destination now; if there is none, later"""
    RETRY_WITHOUT_TLS = 5
    """a new connection to this host, without STARTTLS"""
    SAY_HELO = 6
    """HELO on this connection"""
    NEW_TRANSACTION = 7
    """send the rest in a second transaction (4.5.3.1.10)"""
    RECONNECT = 8
    """close, then this step once more on a new connection (RECONNECTED)"""
    HOLD = 9
    """keep it and tell our operator: time alone mends nothing"""


name_words(Action, 5, {
    1: "proceed",
    2: "bounce",
    3: "retry-later",
    4: "retry-other-host",
    5: "retry-without-tls",
    6: "say-helo",
    7: "new-transaction",
    8: "reconnect",
    9: "hold",
})


class Scope(Word):
    """What else the answer is true of."""

    RECIPIENT = 1
    TRANSACTION = 2
    """this message to these recipients"""
    SESSION = 3
    HOST = 4
    SOURCE = 5
    """all that comes from our address"""
    DESTINATION = 6
    """all hosts of that domain; through a smart host: the smart host"""
    ACCOUNT = 7
    """all that we send with this login"""
    SENDER = 8
    """all mail of this sender address or domain"""
    LOCAL = 9
    """this machine"""


name_words(Scope, 6, {
    1: "recipient",
    2: "transaction",
    3: "session",
    4: "host",
    5: "source",
    6: "destination",
    7: "account",
    8: "sender",
    9: "local",
})


class Party(Word):
    """Who must act before it can work."""

    NOBODY = 0
    AUTHOR = 1
    OUR_POSTMASTER = 2
    RECIPIENT = 3
    THEIR_POSTMASTER = 4


name_words(Party, 7, {
    0: "nobody",
    1: "author",
    2: "our-postmaster",
    3: "recipient",
    4: "their-postmaster",
})


class Basis(Word):
    """What the category rests on, or, as decided_by, what the decision rests on."""

    TEXT = 1
    ENHANCED = 2
    CODE = 3
    STAGE = 4
    """the code is out of place here, or the context gives it its meaning"""
    LOCAL = 5
    """a failure of ours, or bytes that are no reply"""
    POLICY = 6
    """a switch of smtperr_policy"""


name_words(Basis, 8, {
    1: "text",
    2: "enhanced",
    3: "code",
    4: "stage",
    5: "local",
    6: "policy",
})


class Confidence(Word):
    """How sure the category is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


name_words(Confidence, 9, {
    1: "low",
    2: "medium",
    3: "high",
})


class Origin(Word):
    """Where delay_seconds comes from."""

    NONE = 0
    DEFAULT = 1
    SERVER = 2


name_words(Origin, 10, {
    0: "none",
    1: "default",
    2: "server",
})


class DsnAction(Word):
    """Action field of a delivery status notification (RFC 3464 2.3.3); none: there is nothing to report yet."""

    NONE = 0
    FAILED = 1
    DELAYED = 2
    RELAYED = 3


name_words(DsnAction, 13, {
    0: "none",
    1: "failed",
    2: "delayed",
    3: "relayed",
})


class Flag(enum.IntFlag):
    """Flags of a verdict. None of them is an error. Those up to UNENDED say what is odd about the bytes; the rest
    is evidence, which smtperr_decide() reads, as it does MIXED_CODES."""

    BARE_CODE = 0x1
    """the last line is a code without text (legal, 4.2)"""
    BARE_LF = 0x2
    """a line ends in LF without CR"""
    CONTROL = 0x4
    """a control character or NUL in the text"""
    EIGHTBIT = 0x8
    """a byte above 127 in the text"""
    TEXT_TRUNCATED = 0x10
    """only a part was read: the reader's buffer, or REPLY_MAX"""
    MIXED_CODES = 0x20
    """the lines carry different codes: never a success, never suppressed"""
    ESC_MISMATCH = 0x40
    """the class of the enhanced code is not the code's, which rules (RFC 2034 4)"""
    BLANK_BEFORE = 0x80
    """empty lines before the reply, four at most: with more it is none"""
    ODD_CODE = 0x100
    """the second digit is 6 to 9: no code by 4.2, read by its first digit"""
    ODD_SUCCESS = 0x200
    """a 2yz that is unusual at this stage, still a success"""
    MIXED_ESC = 0x400
    """the lines carry different enhanced codes; the last is reported"""
    LEFTOVER = 0x800
    """bytes follow the reply, perhaps another one: they were not looked at"""
    UNENDED = 0x1000
    """the last line came without its line end, as if the caller had cut it off"""
    STAGE_FROM_TEXT = 0x2000
    """the stage was not given; the text of a log line told it"""
    REPEATS_RCPT = 0x4000
    """only repeats that every RCPT was refused: those decide (RFC 2920 3.1)"""
    PERMANENT = 0x8000
    """time does not cure it, though no code says so: a local failure, or words without a code"""
    TEMPORARY = 0x10000
    """plain words make it a deferral, whatever its class (greylisting ...)"""
    LIKELY_PERMANENT = 0x20000
    """plain words say that waiting will hardly help"""
    OUR_ACCOUNT = 0x40000
    """plain words blame the account that we send with"""
    TLS_REQUIRED = 0x80000
    """after this failure nothing goes without TLS (DANE, MTA-STS, injection)"""


class Status(Word):
    """What bytes are: the status of a verdict, the results of a reader. Others that can fail return 0 or MISUSE."""

    NONE = 0
    """no reply: the reader wants more bytes; the verdict is about a failure without one"""
    REPLY = 1
    """one whole reply"""
    ERR_MISUSE = -1
    """NULL where there may be none, a wrong size, an unknown word; nothing was written"""
    ERR_SYNTAX = -2
    """these bytes are no SMTP reply"""
    ERR_LINE_TOO_LONG = -3
    """a line of more than LINE_MAX bytes"""
    ERR_REPLY_TOO_LONG = -4
    """a reply of more than REPLY_MAX bytes"""
    ERR_INCOMPLETE = -5
    """the stream ended inside a reply, or the reply is empty"""


name_words(Status, 14, {
    0: "none",
    1: "reply",
    -1: "misuse",
    -2: "syntax",
    -3: "line-too-long",
    -4: "reply-too-long",
    -5: "incomplete",
})


class Shape(Word):
    """Shape of the input."""

    WIRE = 0
    """the bytes of a server, read strictly"""
    TEXT = 1
    """what people and logs have: joined lines, "smtp; 550 ...", "host ... said: 550 ...", no code. Where the
    context has no stage certain words tell it: "in reply to RCPT TO", "refused to talk to me" (Postfix, Exim,
    qmail, Sendmail, dma, msmtp)"""


name_words(Shape, 19, {
    0: "wire",
    1: "text",
})


class ContextBit(enum.IntFlag):
    """Bits of smtperr_context.flags. Each says something when it is set and nothing when it is not."""

    TLS_OPTIONAL = 0x1
    """our policy lets this message go in the clear. With REQUIRED: MISUSE"""
    TLS_REQUIRED = 0x2
    """our policy forbids that"""
    IN_CLEAR = 0x4
    """this connection does without TLS because the answer was retry-without-tls"""
    AUTHENTICATED = 0x8
    """we log in here, or have"""
    LMTP = 0x10
    """RFC 2033: at end of data each reply is about one recipient"""
    REFUSED_ALONE = 0x20
    """refused as the only recipient of its transaction: no more splitting"""
    RECIPIENTS_COUNTED = 0x40
    """recipients_accepted counts, also where it is 0"""
    RECONNECTED = 0x80
    """this step was tried on an earlier connection, and the answer was reconnect"""


class Role(Word):
    """What the server is to us. Login and password are at stake with submission or AUTHENTICATED: nothing goes
    without TLS then that was to go with it, and HELO is not enough. A relay without a login may be treated like
    an MX there."""

    UNKNOWN = 0
    MX = 1
    """a server of the destination, which nobody logs in to"""
    SUBMISSION = 2
    """our provider's server, or whatever we log in to"""
    RELAY = 3
    """our smart host, which takes mail from our address without a login"""


name_words(Role, 18, {
    0: "unknown",
    1: "mx",
    2: "submission",
    3: "relay",
})


class Failure(Word):
    """The failures that a mailer finds by itself. There are more, with the names that errno.h, netdb.h, RFC 8446
    and OpenSSL give them: smtperr_failure_from() for their numbers, smtperr_value() for their names, "smtperr
    list failures" for all."""

    OTHER = 1
    GREETING_TIMEOUT = 2
    CLOSED_BEFORE_GREETING = 3
    LOST_CONNECTION = 4
    """at connect, greeting, tls and eod counts as 3, 33 and 6, which say more"""
    COMMAND_TIMEOUT = 5
    """at connect, greeting and tls: for ETIMEDOUT, 2 and 32"""
    LOST_AFTER_DOT = 6
    GARBAGE_REPLY = 7
    REPLY_TOO_LONG = 8
    REPLY_OUT_OF_SYNC = 9
    STARTTLS_INJECTION = 10
    STARTTLS_NOT_OFFERED = 11
    MTA_STS_MISMATCH = 12
    DANE_REQUIRED_FAILED = 13
    REQUIRETLS_UNSUPPORTED = 14
    AUTH_NOT_OFFERED = 15
    NO_AUTH_MECHANISM = 16
    SIZE_EXCEEDED = 17
    SMTPUTF8_NOT_OFFERED = 18
    _8BITMIME_NOT_OFFERED = 19
    TALKING_TO_MYSELF = 20
    TOO_MANY_HOPS = 21
    QUEUE_EXPIRED = 22
    DESTINATION_THROTTLED = 23
    LOCAL_DATA_ERROR = 24
    LOCAL_CONFIG_ERROR = 25
    PROXY_REFUSED = 26
    TLS_FAILED = 27
    DOMAIN_NOT_FOUND = 28
    """a definite answer about the recipient's own domain: NXDOMAIN"""
    DOMAIN_NO_RECORDS = 29
    """likewise: neither MX nor address"""
    NULL_MX = 30
    DNS_TIMEOUT = 31
    TLS_HANDSHAKE_TIMEOUT = 32
    TLS_UNEXPECTED_EOF = 33
    """the connection was closed or reset during the handshake"""


name_words(Failure, 11, {
    1: "other",
    2: "greeting-timeout",
    3: "closed-before-greeting",
    4: "lost-connection",
    5: "command-timeout",
    6: "lost-after-dot",
    7: "garbage-reply",
    8: "reply-too-long",
    9: "reply-out-of-sync",
    10: "starttls-injection",
    11: "starttls-not-offered",
    12: "mta-sts-mismatch",
    13: "dane-required-failed",
    14: "requiretls-unsupported",
    15: "auth-not-offered",
    16: "no-auth-mechanism",
    17: "size-exceeded",
    18: "smtputf8-not-offered",
    19: "8bitmime-not-offered",
    20: "talking-to-myself",
    21: "too-many-hops",
    22: "queue-expired",
    23: "destination-throttled",
    24: "local-data-error",
    25: "local-config-error",
    26: "proxy-refused",
    27: "tls-failed",
    28: "NXDOMAIN",
    29: "NODATA",
    30: "NULL-MX",
    31: "DNS-TIMEOUT",
    32: "tls-handshake-timeout",
    33: "tls-unexpected-eof",
})


class NumberList(Word):
    """Lists of numbers that failures have elsewhere."""

    ERRNO = 1
    """errno of this platform; Winsock numbers (10061) everywhere"""
    GETADDRINFO = 2
    """EAI_*, of this platform"""
    H_ERRNO = 3
    """of gethostbyname()"""
    DNS_RCODE = 4
    """about the recipient's domain (RFC 1035); 0, an answer without records, is NODATA"""
    TLS_ALERT = 5
    """that the server sent (RFC 8446 6)"""
    X509 = 6
    """OpenSSL's X509_V_ERR_*, from SSL_get_verify_result()"""
    OPENSSL = 7
    """OpenSSL's SSL_R_*, from ERR_GET_REASON() of an error of ERR_LIB_SSL; alerts that came are among them"""


name_words(NumberList, 21, {
    1: "errno",
    2: "getaddrinfo",
    3: "h-errno",
    4: "dns-rcode",
    5: "tls-alert",
    6: "x509",
    7: "openssl",
})


class Kind(Word):
    """Kinds of words: every enum of this file but the limits, and what only the data knows."""

    CODE = 1
    """0 to 6 are classes ("4yz"), 10 to 15 second digits ("x5z")"""
    ENHANCED = 2
    """in lists the class is 1, which stands for every class: 1007001 is X.7.1"""
    STAGE = 3
    CATEGORY = 4
    ACTION = 5
    SCOPE = 6
    PARTY = 7
    BASIS = 8
    CONFIDENCE = 9
    ORIGIN = 10
    FAILURE = 11
    RULE = 12
    DSN = 13
    STATUS = 14
    """NONE, REPLY and the errors"""
    FLAG = 15
    """one bit"""
    PROVIDER = 16
    BLOCKLIST = 17
    ROLE = 18
    SHAPE = 19
    CONTEXT = 20
    """one bit of smtperr_context.flags"""
    NUMBER = 21
    SAY = 22
    MATCH = 23
    """what became of a rule"""
    RANK = 24
    KIND = 25


name_words(Kind, 25, {
    1: "code",
    2: "enhanced",
    3: "stage",
    4: "category",
    5: "action",
    6: "scope",
    7: "party",
    8: "basis",
    9: "confidence",
    10: "origin",
    11: "failure",
    12: "rule",
    13: "dsn",
    14: "status",
    15: "flag",
    16: "provider",
    17: "blocklist",
    18: "role",
    19: "shape",
    20: "context",
    21: "number",
    22: "say",
    23: "match",
    24: "rank",
    25: "kind",
})


class Say(Word):
    """What to say."""

    TITLE = 0
    """a few words"""
    WHAT = 1
    """what happened"""
    CAUSE = 2
    """why it mostly happens"""
    FIX = 3
    """for the postmaster or programmer who sends"""
    AUTHOR = 4
    """what to tell the author of the mail"""
    SOURCE = 5
    """where that can be looked up"""
    STEPS = 6
    """what to try, in order: a step a line"""
    URL = 7
    """a page of the provider, the blocklist or the standard"""


name_words(Say, 22, {
    0: "title",
    1: "what",
    2: "cause",
    3: "fix",
    4: "author",
    5: "source",
    6: "steps",
    7: "url",
})


class Outcome(Word):
    """What became of a rule whose words stand in a reply."""

    LOST = 0
    """another one goes before it"""
    WON = 1
    VETOED = 2
    """its excluded words are there too, or it asks for another code, stage or provider"""


name_words(Outcome, 23, {
    0: "lost",
    1: "won",
    2: "vetoed",
})


class Rank(Word):
    """Which rule goes before which: the cause before what was done about it, and that before stock sentences."""

    BOILERPLATE = 0
    MEASURE = 1
    CAUSE = 2


name_words(Rank, 24, {
    0: "boilerplate",
    1: "measure",
    2: "cause",
})


@dataclass(frozen=True)
class Evidence(Answer):
    """What a reply or failure tells, before anything is decided: classify() gives it, decide() reads it."""

    status: Optional[Status]
    """REPLY; ERR_* if the bytes are no whole reply; None for a failure without one"""
    code: int
    """of the last line; 0 = none"""
    first_code: int
    """of the first line: differs only with MIXED_CODES"""
    enhanced: Optional[str]
    """like "5.7.1"; None = none"""
    failure: Optional[Failure]
    """FAILURE_* or another's number, also of the bytes if status < 0; None = a reply"""
    failure_status: Optional[str]
    """the enhanced code that stands for the failure (4.4.2); None = none"""
    stage: Stage
    """the one that was used"""
    category: Category
    basis: Basis
    confidence: Confidence
    provider: Optional[str]
    """name of the provider that the reply shows; None = none"""
    blocklist: Optional[str]
    """name of the blocklist it names; None = none"""
    rule: Optional[str]
    """name of the row of the data that named the category; None = none"""
    flags: Flag
    """FLAG_*"""
    address_dead: bool
    """evidence that the address is dead. Use suppress, which asks for more"""
    data_version: int
    """smtperr_data_version()"""
    retry_after_seconds: int
    """after which the text asks to come back, as it says; 0 = it does not"""
    matched: Excerpt
    """from the first to the last word that decided, where basis is text"""
    url: Excerpt
    """the first page that the text names"""
    text: Excerpt
    """of the last line, without the code and the enhanced code"""
    address: Excerpt
    """the new address of a 251 or 551 (3.4): to be shown, never mailed to unasked (7.4)"""


@dataclass(frozen=True)
class Verdict(Evidence):
    """The whole answer: the evidence, and what to do."""

    retry: bool
    """keep it queued"""
    action: Action
    scope: Scope
    party: Party
    suppress: bool
    """never mail this address again. Running out of retries is no reason to"""
    likely_permanent: bool
    """waiting hardly helps: if retry is 1 tell somebody early. 1 at bounce and hold"""
    outcome_unknown: bool
    """it may have been taken all the same: a retry can deliver it twice (4.5.3.2.6)"""
    closing: bool
    """the server closes this connection, or it is of no more use: not even QUIT (421, garbage, out of step)"""
    decided_by: Basis
    """as basis; policy if a switch changed the action"""
    delay_origin: Origin
    delay_seconds: int
    """0 without retry; for what can be done at once, as HELO: for callers that cannot"""
    dsn_status: Optional[str]
    """always there, its class agrees with the decision"""
    dsn_action: DsnAction
    sysexit: int
    """for a program that must exit with it: 0, 75 (EX_TEMPFAIL), 67 ..."""


@dataclass(frozen=True)
class Match:
    """A rule of the data that the words of a reply met: trace() lists them."""

    rule: Optional[str]
    """id"""
    category: Category
    rank: Rank
    """RANK_*"""
    outcome: Outcome
    """MATCH_*"""
    provider: Optional[str]
    """id: the rule is bound to this provider and goes before general ones, which have 0"""
    word_count: int
    """how many words it matched"""
    matched: Excerpt
    """from the first to the last of them"""


# Formats of the structs; a span is two numbers.
CONTEXT = struct.Struct("=IiiIIIIi")
POLICY = struct.Struct("=IiiiiiiII")
VERDICT = struct.Struct("=IiiiiiiiiiiiiiIiIIIIIIIIIIiiiiiiiiiiIiii")
MATCH = struct.Struct("=iiiiiIII")
SPAN = struct.Struct("=II")
# What each field means, in the order of the format.
VERDICT_FIELDS = (
    ("size", "size"),
    ("status", "enum status"),
    ("code", "number"),
    ("first_code", "number"),
    ("enhanced", "enhanced"),
    ("failure", "enum failure"),
    ("failure_status", "enhanced"),
    ("stage", "enum stage"),
    ("category", "enum category"),
    ("basis", "enum basis"),
    ("confidence", "enum confidence"),
    ("provider", "id of provider"),
    ("blocklist", "id of blocklist"),
    ("rule", "id of rule"),
    ("flags", "bits of flag"),
    ("address_dead", "boolean"),
    ("data_version", "number"),
    ("retry_after_seconds", "number"),
    ("matched", "span"),
    ("url", "span"),
    ("text", "span"),
    ("address", "span"),
    ("retry", "boolean"),
    ("action", "enum action"),
    ("scope", "enum scope"),
    ("party", "enum party"),
    ("suppress", "boolean"),
    ("likely_permanent", "boolean"),
    ("outcome_unknown", "boolean"),
    ("closing", "boolean"),
    ("decided_by", "enum basis"),
    ("delay_origin", "enum origin"),
    ("delay_seconds", "number"),
    ("dsn_status", "enhanced"),
    ("dsn_action", "enum dsn"),
    ("sysexit", "number"),
)
MATCH_FIELDS = (
    ("rule", "id of rule"),
    ("category", "enum category"),
    ("rank", "enum rank"),
    ("outcome", "enum match"),
    ("provider", "id of provider"),
    ("word_count", "number"),
    ("matched", "span"),
)
EVIDENCE_FIELDS = 22  # the first so many are the evidence
READER_SIZE = {4: 72, 8: 88}  # by the size of a pointer
# Name, result, parameters, as in smtperr.json.
FUNCTIONS = (
    ("smtperr_should_retry", "int32_t", (
        "const char *", "size_t", "int32_t",)),
    ("smtperr_action", "int32_t", (
        "const char *", "size_t", "int32_t",)),
    ("smtperr_should_retry_code", "int32_t", (
        "int32_t", "int32_t", "int32_t",)),
    ("smtperr_provider_of_host", "int32_t", (
        "const char *", "size_t",)),
    ("smtperr_evaluate", "int32_t", (
        "const char *", "size_t", "int32_t", "const smtperr_context *", "const smtperr_policy *", "smtperr_verdict *", "size_t",)),
    ("smtperr_evaluate_failure", "int32_t", (
        "int32_t", "const smtperr_context *", "const smtperr_policy *", "smtperr_verdict *", "size_t",)),
    ("smtperr_failure_from", "int32_t", (
        "int32_t", "int32_t",)),
    ("smtperr_classify", "int32_t", (
        "const char *", "size_t", "int32_t", "const smtperr_context *", "smtperr_verdict *", "size_t",)),
    ("smtperr_decide", "int32_t", (
        "const smtperr_context *", "const smtperr_policy *", "smtperr_verdict *", "size_t",)),
    ("smtperr_reader_size", "size_t", (
        )),
    ("smtperr_reader_init", "int32_t", (
        "smtperr_reader *", "size_t", "char *", "size_t",)),
    ("smtperr_reader_feed", "int32_t", (
        "smtperr_reader *", "const char *", "size_t", "size_t *",)),
    ("smtperr_reader_feed_line", "int32_t", (
        "smtperr_reader *", "const char *", "size_t",)),
    ("smtperr_reader_pending", "uint32_t", (
        "const smtperr_reader *",)),
    ("smtperr_reader_reply", "bytes *", (
        "const smtperr_reader *", "size_t *",)),
    ("smtperr_reader_evaluate", "int32_t", (
        "const smtperr_reader *", "const smtperr_context *", "const smtperr_policy *", "smtperr_verdict *", "size_t",)),
    ("smtperr_reply_line", "int32_t", (
        "const char *", "size_t", "uint32_t", "smtperr_span *",)),
    ("smtperr_reply_keyword", "int32_t", (
        "const char *", "size_t", "const char *", "size_t", "smtperr_span *",)),
    ("smtperr_reply_queue_id", "int32_t", (
        "const char *", "size_t", "smtperr_span *",)),
    ("smtperr_sanitize", "size_t", (
        "const char *", "size_t", "char *", "size_t",)),
    ("smtperr_enhanced_parse", "int32_t", (
        "const char *", "size_t",)),
    ("smtperr_enhanced_format", "size_t", (
        "int32_t", "char *", "size_t",)),
    ("smtperr_explain", "const char *", (
        "const smtperr_verdict *", "int32_t",)),
    ("smtperr_describe", "const char *", (
        "int32_t", "int32_t", "int32_t", "int32_t",)),
    ("smtperr_name", "const char *", (
        "int32_t", "int32_t",)),
    ("smtperr_value", "int32_t", (
        "int32_t", "const char *", "size_t",)),
    ("smtperr_next", "int32_t", (
        "int32_t", "int32_t",)),
    ("smtperr_trace", "int32_t", (
        "const char *", "size_t", "int32_t", "const smtperr_context *", "smtperr_match *", "size_t", "size_t",)),
    ("smtperr_version_number", "uint32_t", (
        )),
    ("smtperr_data_version", "uint32_t", (
        )),
)
