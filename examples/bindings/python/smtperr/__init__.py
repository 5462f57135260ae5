# SPDX-License-Identifier: MIT
"""What an SMTP reply means, and what to do next: libsmtperr for Python 3.9 and newer, by ctypes.

    >>> import smtperr
    >>> verdict = smtperr.evaluate(b"550 5.1.1 <ann@example.org>: no such user\\r\\n", "rcpt")
    >>> verdict.action, verdict.suppress, verdict.enhanced, str(verdict.category)
    (<Action.BOUNCE: 2>, True, '5.1.1', 'mailbox-unknown')
    >>> verdict.explain("what")
    'The server knows the domain, but nobody there has this address.'

What most programs need:

    evaluate(reply, stage)           a Verdict: retry? which action? whose fault? is the address dead? and why
    evaluate_failure(failure, stage) the same where there was no reply: refused, timed out, TLS, DNS
    failure_of(exception, stage)     the failure that an exception of socket, ssl or smtplib is
    should_retry(reply, stage)       True: keep the message queued
    Reader()                         finds where each reply in a stream of bytes ends
    sanitize(reply)                  one line for logs

A reply is bytes, or a str that is sent as UTF-8. A stage is a Stage, its name ("rcpt"), or a Context, which can say more. Bytes
of any kind get a verdict; only wrong calls raise: MisuseError (a ValueError), or TypeError. All is thread-safe but Reader, of
which each thread needs its own.

The library is the one that the environment variable SMTPERR_LIBRARY names, else the system's; without it the import raises
LibraryError (an ImportError).
"""
from __future__ import annotations

import ctypes
import ctypes.util
import os
import socket
import ssl
import sys
from dataclasses import dataclass
from struct import Struct, error as _StructError
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Type, Union

from . import _abi
from ._abi import (LINE_MAX, REPLY_MAX, Action, Basis, Category, Confidence, ContextBit, DsnAction, Evidence, Failure, Flag, Kind,
                   Match, NumberList, Origin, Outcome, Party, Rank, Role, Say, Scope, Shape, Stage, Status, Verdict)
from ._base import Excerpt, Word

__all__ = [
    "should_retry", "action", "should_retry_code", "evaluate", "evaluate_failure", "failure_of", "failure_from",
    "classify", "decide", "trace", "provider_of_host", "Reader", "Fed", "reply_line", "reply_lines", "reply_keyword",
    "reply_queue_id", "sanitize", "enhanced_parse", "enhanced_format", "explain", "describe", "name", "value", "values",
    "version", "data_version", "Context", "Policy", "Evidence", "Verdict", "Match", "Excerpt",
    "Stage", "Category", "Action", "Scope", "Party", "Basis", "Confidence", "Origin", "DsnAction", "Failure", "Flag", "Kind",
    "NumberList", "Outcome", "Rank", "Role", "Say", "Shape", "Status",
    "Error", "MisuseError", "ReplyError", "LibraryError", "LINE_MAX", "REPLY_MAX",
]

Bytes = Union[bytes, bytearray, memoryview, str]


class Error(Exception):
    """All errors of this module."""


class MisuseError(Error, ValueError):
    """A call that makes no sense, such as an unknown stage, or a least delay over the greatest. Never about a reply."""


class LibraryError(Error, ImportError):
    """libsmtperr is not there, or not one that this module can use."""


class ReplyError(Error):
    """The bytes of a stream are no SMTP replies: close the connection. status says why, Reader.evaluate() what to do."""

    def __init__(self, status: Status) -> None:
        super().__init__(f"the stream of replies is broken: {status}")
        self.status = status


# ---- The library ----

_TYPES: Dict[str, Any] = {
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "size_t": ctypes.c_size_t,
    "const char *": ctypes.c_char_p,  # text that ends with NUL, as a result; bytes, as a parameter
    "bytes *": ctypes.c_void_p,
    "size_t *": ctypes.POINTER(ctypes.c_size_t),
}


def _load() -> ctypes.CDLL:
    given = os.environ.get("SMTPERR_LIBRARY")
    usual = {"darwin": "libsmtperr.0.dylib", "win32": "smtperr-0.dll"}.get(sys.platform, "libsmtperr.so.0")
    reasons = []
    places: List[Optional[str]] = [given] if given else [usual, ctypes.util.find_library("smtperr")]
    for path in places:
        if path:
            try:
                library = ctypes.CDLL(path)
                break
            except OSError as error:
                reasons.append(str(error))
    else:
        raise LibraryError("libsmtperr was not found: install it, or name it in SMTPERR_LIBRARY (" + "; ".join(reasons) + ")")
    for name, returns, parameters in _abi.FUNCTIONS:
        try:
            function = getattr(library, name)
        except AttributeError:
            raise LibraryError(f"{path} has no {name}: it is older than {_abi.VERSION}") from None
        function.restype = _TYPES[returns]
        # Structs and buffers go as addresses.
        function.argtypes = [_TYPES.get(parameter, ctypes.c_void_p) for parameter in parameters]
    return library


_lib = _load()


# ---- Python's values and C's ----

def _bytes(text: Bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    if isinstance(text, str):
        return text.encode("utf-8", "surrogateescape")
    if isinstance(text, (bytearray, memoryview)):
        return bytes(text)
    raise TypeError(f"bytes or str expected, not {type(text).__name__}")


def _word(kind: Type[Word], given: Union[Word, str, int]) -> int:
    """The number of a word that the caller gave."""
    if type(given) is kind:
        return int(given)
    if isinstance(given, Word) or not isinstance(given, (str, int)):
        raise TypeError(f"{kind.__name__} or its name expected, not {given!r}")
    try:
        return int(kind(given))
    except ValueError as error:
        raise MisuseError(str(error)) from None


def _id(kind: Kind, given: Union[str, int, None]) -> int:
    """The id of a provider, blocklist or rule by its name."""
    if given is None or isinstance(given, int):
        return given or 0
    number = value(kind, given)
    if number is None:
        raise MisuseError(f"no {kind} is named {given!r}")
    return number


def _enhanced(number: int) -> Optional[str]:
    return f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}" if number else None


def _enhanced_number(text: Optional[str]) -> int:
    if text is None:
        return 0
    number = enhanced_parse(text)
    if number == 0:
        raise MisuseError(f"{text!r} is no enhanced status code")
    return number


def _checked(result: int) -> int:
    if result == Status.ERR_MISUSE:
        raise MisuseError("libsmtperr refuses this call: see the rules of its parameters")
    return result


def _pack(format: Struct, *numbers: int) -> bytes:
    try:
        return format.pack(*numbers)
    except _StructError as error:
        raise MisuseError(str(error)) from None


def _reading(fields: Any) -> List[Tuple[str, str, Any, Any]]:
    """For each field its name, the kind of its meaning, what turns its number into a value, and what it turned before."""
    rows = []
    for field, means in fields:
        how, _, of = means.partition(" ")
        before: Dict[int, Any] = {}
        if how == "enum":
            convert: Any = {"dsn": DsnAction, "match": Outcome}.get(of) or getattr(_abi, of.capitalize())
            # 0 is also what a library that knows fewer fields leaves.
            before = {0: None} if field in ("status", "failure") or 0 not in convert._value2member_map_ else before
        elif how == "id":
            convert = Kind[of.rpartition(" ")[2].upper()]
            before = {0: None}
        else:
            convert = {"bits": Flag, "boolean": bool, "enhanced": _enhanced}.get(how, int)
        rows.append((field, how, convert, before))
    return rows


_VERDICT_ROWS = _reading(_abi.VERDICT_FIELDS)
_MATCH_ROWS = _reading(_abi.MATCH_FIELDS)
_EVIDENCE_ROWS = _VERDICT_ROWS[:_abi.EVIDENCE_FIELDS]
_VERDICT_SIZE = _abi.VERDICT.size
_VerdictBuffer = ctypes.c_char * _VERDICT_SIZE
_EMPTY = Excerpt(b"", 0, 0)


def _unpack(cls: Any, rows: List[Tuple[str, str, Any, Any]], numbers: Tuple[int, ...], reply: bytes) -> Any:
    """A dataclass out of the numbers of a struct, without its __init__, which would set each field by itself."""
    values: Dict[str, Any] = {}
    at = 0
    for field, how, convert, before in rows:
        number = numbers[at]
        at += 1
        if how == "number":
            values[field] = number
        elif how == "span":
            values[field] = Excerpt(reply, number, numbers[at]) if numbers[at] else _EMPTY
            at += 1
        elif number in before:
            values[field] = before[number]
        elif how != "size":
            # The words of a number are few, and never change.
            values[field] = before[number] = name(convert, number) if how == "id" else convert(number)
    result = cls.__new__(cls)
    result.__dict__.update(values)
    return result


def _unpack_verdict(buffer: Any, reply: bytes) -> Verdict:
    verdict: Verdict = _unpack(Verdict, _VERDICT_ROWS, _abi.VERDICT.unpack(buffer), reply)
    return verdict


def _packed(evidence: Evidence) -> Any:
    """The struct of which this evidence or verdict was made, with what the caller has changed."""
    if not isinstance(evidence, Evidence):
        raise TypeError(f"Evidence or Verdict expected, not {type(evidence).__name__}")
    numbers: List[int] = []
    for field, how, convert, _ in _VERDICT_ROWS:
        given = getattr(evidence, field, None)
        if how == "size":
            numbers.append(_VERDICT_SIZE)
        elif how == "span":
            start = getattr(given, "start", 0)
            numbers += [start, getattr(given, "end", 0) - start]
        elif how == "enum":
            numbers.append(0 if given is None else _word(convert, given))
        elif how == "id":
            numbers.append(_id(convert, given))
        elif how == "enhanced":
            numbers.append(_enhanced_number(given))
        else:
            numbers.append(int(given or 0))
    return _VerdictBuffer.from_buffer_copy(_pack(_abi.VERDICT, *numbers))


# ---- What the caller knows and wants ----

@dataclass
class Context:
    """What you know beside the reply. Only the stage matters to all; what is None or 0 is not known."""

    stage: Union[Stage, str] = Stage.UNKNOWN
    role: Union[Role, str] = Role.UNKNOWN
    """mx: a host of the destination; submission: a server that we log in to; relay: our smart host, without a login"""
    tls_optional: bool = False
    """our policy allows this message to go in the clear"""
    tls_required: bool = False
    """our policy forbids that"""
    in_clear: bool = False
    """this connection does without TLS because the answer was retry-without-tls"""
    authenticated: bool = False
    """we log in here, or have"""
    lmtp: bool = False
    """at end of data each reply is about one recipient"""
    refused_alone: bool = False
    """this recipient is or was refused as the only one of its transaction: no more splitting"""
    reconnected: bool = False
    """this step was tried on an earlier connection, and the answer was reconnect"""
    recipients_accepted: Optional[int] = None
    """in this transaction so far"""
    attempt: int = 0
    """of the queue: 1 = the first; makes delays grow"""
    age_seconds: int = 0
    """how long the message has been queued"""
    provider: Union[str, int, None] = None
    """as provider_of_host() gives it for the MX; None: the text alone tells"""

    def _packed(self) -> bytes:
        flags = ContextBit.RECIPIENTS_COUNTED if self.recipients_accepted is not None else 0
        for name, bit in _CONTEXT_BITS:
            if getattr(self, name):
                flags |= bit
        return _pack(_abi.CONTEXT, _abi.CONTEXT.size, _word(Stage, self.stage), _word(Role, self.role), flags,
                     self.recipients_accepted or 0, self.attempt, self.age_seconds, _id(Kind.PROVIDER, self.provider))


_CONTEXT_BITS = [(bit.name.lower(), int(bit)) for bit in ContextBit if bit.name and bit is not ContextBit.RECIPIENTS_COUNTED]
Where = Union[Context, Stage, str]


@dataclass
class Policy:
    """A switch for each question on which good MTAs differ. None: the library's choice, else an Action or its name."""

    greeting_5yz: Union[Action, str, None] = None
    """a session refused by greeting, EHLO or HELO: retry-other-host (None), or bounce"""
    login_refused: Union[Action, str, None] = None
    """our login or account was refused: hold (None), retry-later, or bounce"""
    mailbox_full_5yz: Union[Action, str, None] = None
    """bounce (None), or retry-later"""
    unknown_5yz: Union[Action, str, None] = None
    """a 5yz that nothing explains: bounce (None), or retry-later"""
    domain_unknown_4yz: Union[Action, str, None] = None
    """"domain not found" as 4yz: retry-later (None), or bounce; never suppressed"""
    soft_bounce: Union[Action, str, None] = None
    """nothing bounces while set up or tested: None, or retry-later for every bounce"""
    delay_min_seconds: int = 0
    """bounds for delay_seconds; 0: 60 and 14400"""
    delay_max_seconds: int = 0

    def _packed(self) -> bytes:
        switches = [0 if given is None else _word(Action, given)
                    for given in (self.greeting_5yz, self.login_refused, self.mailbox_full_5yz, self.unknown_5yz,
                                  self.domain_unknown_4yz, self.soft_bounce)]
        return _pack(_abi.POLICY, _abi.POLICY.size, *switches, self.delay_min_seconds, self.delay_max_seconds)


_AT: Dict[Any, bytes] = {}  # packed contexts that say no more than a stage


def _context(where: Where) -> bytes:
    if isinstance(where, Context):
        return where._packed()
    if where not in _AT:
        packed = Context(where)._packed()
        if type(where) is not Stage:  # strings could be many
            return packed
        _AT[where] = packed
    return _AT[where]


def _policy(policy: Optional[Policy]) -> Optional[bytes]:
    if policy is None or isinstance(policy, Policy):
        return None if policy is None else policy._packed()
    raise TypeError(f"Policy expected, not {type(policy).__name__}")


# ---- One call ----

def should_retry(reply: Bytes, stage: Union[Stage, str] = Stage.UNKNOWN) -> bool:
    """True: keep the message queued. False: delivered, go on, or give up: action() tells which. What cannot be read gives True."""
    reply = _bytes(reply)
    return bool(_lib.smtperr_should_retry(reply, len(reply), _word(Stage, stage)))


def action(reply: Bytes, stage: Union[Stage, str] = Stage.UNKNOWN) -> Action:
    """What to do. All but PROCEED and BOUNCE keep the message queued."""
    reply = _bytes(reply)
    return Action(_lib.smtperr_action(reply, len(reply), _word(Stage, stage)))


def should_retry_code(code: int, enhanced: Optional[str] = None, stage: Union[Stage, str] = Stage.UNKNOWN) -> bool:
    """should_retry() by numbers alone, as in should_retry_code(550, "5.1.1"). A code that is not 200 to 599 gives True."""
    try:
        return bool(_lib.smtperr_should_retry_code(code, _enhanced_number(enhanced), _word(Stage, stage)))
    except ctypes.ArgumentError as error:
        raise TypeError(str(error)) from None


# ---- The whole answer ----

def evaluate(reply: Bytes, where: Where = Stage.UNKNOWN, policy: Optional[Policy] = None, *,
             shape: Union[Shape, str] = Shape.WIRE) -> Verdict:
    """The whole answer about a reply.

    reply: the bytes that the server sent (shape "wire", read strictly), or what people and logs have (shape "text"): joined
    lines, "smtp; 550 ...", "host ... said: 550 ...", no code at all.
    where: a Stage, its name, or a Context."""
    reply = _bytes(reply)
    buffer = _VerdictBuffer()
    _checked(_lib.smtperr_evaluate(reply, len(reply), _word(Shape, shape), _context(where), _policy(policy), buffer, _VERDICT_SIZE))
    return _unpack_verdict(buffer, reply)


def evaluate_failure(failure: Union[Failure, str], where: Where = Stage.UNKNOWN, policy: Optional[Policy] = None) -> Verdict:
    """The whole answer where there was no reply. failure: a Failure, its name ("ECONNREFUSED"), or what failure_of() found."""
    buffer = _VerdictBuffer()
    _checked(_lib.smtperr_evaluate_failure(_word(Failure, failure), _context(where), _policy(policy), buffer, _VERDICT_SIZE))
    return _unpack_verdict(buffer, b"")


def failure_from(list: Union[NumberList, str], number: int) -> Failure:
    """The failure that has this number in that list, such as ("errno", 111). If none has: TLS_FAILED in those of TLS, else OTHER."""
    try:
        return Failure(_lib.smtperr_failure_from(_word(NumberList, list), number))
    except ctypes.ArgumentError as error:
        raise TypeError(str(error)) from None


def failure_of(exception: BaseException, stage: Union[Stage, str] = Stage.UNKNOWN) -> Failure:
    """The failure that an exception of socket or ssl is, or the one that caused it. The stage tells what a time limit or the
    end of the stream meant."""
    at = Stage(_word(Stage, stage))
    seen: Optional[BaseException] = exception
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return failure_from(NumberList.X509, seen.verify_code)
        if isinstance(seen, ssl.SSLEOFError):
            return Failure.TLS_UNEXPECTED_EOF
        if isinstance(seen, ssl.SSLError):
            return Failure("tls-wrong-version-number" if getattr(seen, "reason", None) == "WRONG_VERSION_NUMBER" else "tls-failed")
        if isinstance(seen, socket.gaierror):
            return failure_from(NumberList.GETADDRINFO, seen.errno)
        if isinstance(seen, socket.timeout) and not seen.errno:
            if at <= Stage.GREETING:
                return Failure("ETIMEDOUT" if at is Stage.CONNECT else "greeting-timeout")
            return Failure.LOST_AFTER_DOT if at is Stage.EOD else Failure.COMMAND_TIMEOUT
        if isinstance(seen, OSError) and seen.errno and not hasattr(seen, "smtp_code"):
            return failure_from(NumberList.ERRNO, seen.errno)
        seen = seen.__cause__ or seen.__context__
    if isinstance(exception, (EOFError, OSError)):  # the other side hung up; SMTPServerDisconnected is an OSError too
        if at is Stage.EOD:
            return Failure.LOST_AFTER_DOT
        return Failure.CLOSED_BEFORE_GREETING if at in (Stage.CONNECT, Stage.GREETING) else Failure.LOST_CONNECTION
    return Failure.OTHER


# ---- Its halves ----

def classify(reply: Bytes, where: Where = Stage.UNKNOWN, *, shape: Union[Shape, str] = Shape.WIRE) -> Evidence:
    """The evidence alone. Change it with dataclasses.replace(), if you know better, and decide() on that."""
    reply = _bytes(reply)
    buffer = _VerdictBuffer()
    _checked(_lib.smtperr_classify(reply, len(reply), _word(Shape, shape), _context(where), buffer, _VERDICT_SIZE))
    evidence: Evidence = _unpack(Evidence, _EVIDENCE_ROWS, _abi.VERDICT.unpack(buffer), reply)
    return evidence


def decide(evidence: Evidence, where: Where = Stage.UNKNOWN, policy: Optional[Policy] = None) -> Verdict:
    """The decision about evidence. The stage is the one in the evidence; the rest of the Context counts."""
    buffer = _packed(evidence)
    _checked(_lib.smtperr_decide(_context(where), _policy(policy), buffer, _VERDICT_SIZE))
    verdict = _unpack_verdict(buffer, b"")
    for field, how, _, _ in _VERDICT_ROWS:
        if how == "span":  # the reply is not here any more
            verdict.__dict__[field] = getattr(evidence, field)
    return verdict


def trace(reply: Bytes, where: Where = Stage.UNKNOWN, *, shape: Union[Shape, str] = Shape.WIRE) -> List[Match]:
    """Which rules of the data the words of a reply met, the best first, for those who write rules. At most 16."""
    reply = _bytes(reply)
    size = _abi.MATCH.size
    buffer = ctypes.create_string_buffer(16 * size)
    count = _checked(_lib.smtperr_trace(reply, len(reply), _word(Shape, shape), _context(where), buffer, size, 16))
    return [_unpack(Match, _MATCH_ROWS, _abi.MATCH.unpack_from(buffer, i * size), reply) for i in range(min(count, 16))]


def provider_of_host(host: Bytes) -> Optional[str]:
    """The name of the provider whose MX or page a host name is, or None; for Context.provider."""
    host = _bytes(host)
    number = _lib.smtperr_provider_of_host(host, len(host))
    return name(Kind.PROVIDER, number) if number else None


# ---- A stream ----

class Fed(NamedTuple):
    """What Reader.feed() did: NONE, REPLY or an error, and how many bytes it took."""
    status: Status
    used: int


class Reader:
    """Finds where each reply in a stream ends. Feed it what recv() brings:

        with smtperr.Reader() as reader:
            for data in iter(lambda: sock.recv(4096), b""):
                for reply in reader.replies(data):
                    print(reader.evaluate("greeting").action)

    The end of the block is the end of the stream: ReplyError if that is inside a reply.

    keep: bytes of the raw reply to hold. When it is too small the first lines and the beginning of the last are kept; less
    than 16 keeps nothing: the code alone decides. A Reader is for one thread at a time."""

    def __init__(self, keep: int = 1024) -> None:
        if not isinstance(keep, int) or keep < 0:
            raise MisuseError("keep is a number of bytes")
        self._reader = ctypes.create_string_buffer(_lib.smtperr_reader_size())
        self._keep = ctypes.create_string_buffer(keep) if keep else None
        self.reset()

    def reset(self) -> None:
        """Forget all: a new connection, or the other side of STARTTLS."""
        _checked(_lib.smtperr_reader_init(self._reader, len(self._reader), self._keep, len(self._keep) if self._keep else 0))

    def feed(self, data: Bytes) -> Fed:
        """Takes bytes up to the end of one reply, no further. An error stays until reset(): close the connection."""
        data = _bytes(data)
        used = ctypes.c_size_t()
        status = _lib.smtperr_reader_feed(self._reader, data, len(data), ctypes.byref(used))
        return Fed(Status(_checked(status)), used.value)

    def feed_line(self, line: Bytes) -> Status:
        """The same for those who read by lines: exactly one, with or without its line end."""
        line = _bytes(line)
        return Status(_checked(_lib.smtperr_reader_feed_line(self._reader, line, len(line))))

    def replies(self, data: Bytes) -> Iterator[bytes]:
        """Feeds all of data and yields each reply that is complete, raw; evaluate() is about the last one yielded.
        ReplyError where the stream is broken. A reply that data does not end waits for the next call."""
        data = memoryview(_bytes(data))
        while len(data):
            status, used = self.feed(data)
            if status < 0:
                raise ReplyError(status)
            data = data[used:]
            if status is Status.REPLY:
                yield self.reply

    @property
    def pending(self) -> int:
        """Bytes taken for a reply that is not complete. 0: idle, TLS may start."""
        return int(_lib.smtperr_reader_pending(self._reader))

    @property
    def reply(self) -> bytes:
        """The raw reply as kept, after an error what was kept of the bytes that are none; before it is complete what came of it."""
        length = ctypes.c_size_t()
        return ctypes.string_at(_lib.smtperr_reader_reply(self._reader, ctypes.byref(length)), length.value)

    def evaluate(self, where: Where = Stage.UNKNOWN, policy: Optional[Policy] = None) -> Verdict:
        """evaluate() of the reply or error, with all that the reader saw. Before a reply is complete: as if the stream had ended."""
        buffer = _VerdictBuffer()
        _checked(_lib.smtperr_reader_evaluate(self._reader, _context(where), _policy(policy), buffer, _VERDICT_SIZE))
        return _unpack_verdict(buffer, self.reply)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: Any, exception: Any, traceback: Any) -> None:
        status = self.feed(b"").status  # an error stays
        if kind is None and (status < 0 or self.pending):
            raise ReplyError(status if status < 0 else Status.ERR_INCOMPLETE)


# ---- What stands in a reply ----

def _span(function: Any, reply: Bytes, *arguments: Any) -> Optional[Excerpt]:
    reply = _bytes(reply)
    buffer = ctypes.create_string_buffer(_abi.SPAN.size)
    found = function(reply, len(reply), *arguments, buffer) == 1
    return Excerpt(reply, *_abi.SPAN.unpack(buffer)) if found else None


def reply_line(reply: Bytes, index: int) -> Optional[Excerpt]:
    """Line index (from 0) without code, separator and line end; None if there is no such line."""
    if not isinstance(index, int) or not 0 <= index < 2**32:
        raise MisuseError("index counts from 0")
    return _span(_lib.smtperr_reply_line, reply, index)


def reply_lines(reply: Bytes) -> List[Excerpt]:
    """All lines."""
    lines: List[Excerpt] = []
    line = reply_line(reply, 0)
    while line is not None:
        lines.append(line)
        line = reply_line(reply, len(lines))
    return lines


def reply_keyword(reply: Bytes, keyword: Bytes) -> Optional[Excerpt]:
    """The parameters of a keyword of a 250 to EHLO, in any case; may be "". None: it does not stand there."""
    keyword = _bytes(keyword)
    return _span(_lib.smtperr_reply_keyword, reply, keyword, len(keyword))


def reply_queue_id(reply: Bytes) -> Optional[Excerpt]:
    """The name under which the server queued a message ("250 2.0.0 Ok: queued as 4XyZ12"), or None."""
    return _span(_lib.smtperr_reply_queue_id, reply)


def sanitize(reply: Bytes) -> str:
    """One line for eyes and logs: '?' for what is not printable, repeated codes removed, a blank between lines."""
    reply = _bytes(reply)
    size = _lib.smtperr_sanitize(reply, len(reply), None, 0) + 1
    out = ctypes.create_string_buffer(size)
    _lib.smtperr_sanitize(reply, len(reply), out, size)
    return out.value.decode()


def enhanced_parse(text: Bytes) -> int:
    """"5.7.1" as the number 5007001, as C and databases have it; 0 if it is none."""
    text = _bytes(text)
    return int(_lib.smtperr_enhanced_parse(text, len(text)))


def enhanced_format(enhanced: int) -> str:
    """5007001 as "5.7.1"; "" for 0 and what is none."""
    out = ctypes.create_string_buffer(16)
    _lib.smtperr_enhanced_format(enhanced, out, len(out))
    return out.value.decode()


# ---- Words for people, and lists ----

def _text(static: bytes) -> str:
    return static.decode("ascii")


def explain(verdict: Evidence, say: Union[Say, str] = Say.WHAT) -> str:
    """A sentence about a verdict, from the most specific row of the data that named its category."""
    return _text(_lib.smtperr_explain(_packed(verdict), _word(Say, say)))


def describe(kind: Union[Kind, str], value: int, stage: Union[Stage, str] = Stage.UNKNOWN, say: Union[Say, str] = Say.WHAT) -> str:
    """A sentence about one word, such as (Kind.CODE, 450, Stage.RCPT). "" where nothing is known."""
    return _text(_lib.smtperr_describe(_word(Kind, kind), value, _word(Stage, stage), _word(Say, say)))


def name(kind: Union[Kind, str], value: int) -> str:
    """"mailbox-full", "rcpt", "450"; "" for what has no name."""
    return _text(_lib.smtperr_name(_word(Kind, kind), value))


def value(kind: Union[Kind, str], name: Bytes) -> Optional[int]:
    """The way back, in any case. None: no such name."""
    name = _bytes(name)
    number = _lib.smtperr_value(_word(Kind, kind), name, len(name))
    return None if number == _abi.INT32_MIN else number


def values(kind: Union[Kind, str]) -> Iterator[int]:
    """All values of a kind, in rising order."""
    number = _word(Kind, kind)
    found = _lib.smtperr_next(number, _abi.INT32_MIN)
    while found != _abi.INT32_MIN:
        yield found
        found = _lib.smtperr_next(number, found)


def version() -> str:
    """Of the library that runs, such as "0.1.0"."""
    number = _lib.smtperr_version_number()
    return f"{number >> 16}.{number >> 8 & 255}.{number & 255}"


def data_version() -> int:
    """Of its rules and tables: YYYYMMDDNN."""
    return int(_lib.smtperr_data_version())
