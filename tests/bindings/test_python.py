#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Python binding through the table of cases, and what the table can't say: exceptions, types, pickling, the search for the
library. SMTPERR_LIBRARY names the library."""
import ctypes
import dataclasses
import doctest
import errno
import gc
import inspect
import json
import os
import pathlib
import pickle
import re
import socket
import ssl
import subprocess
import sys
import threading
import unittest

BINDINGS = pathlib.Path(__file__).resolve().parents[2] / "examples" / "bindings"
sys.path.insert(0, str(BINDINGS / "python"))
import smtperr
from smtperr import Kind, Stage, _abi
from smtperr._base import Word

CASES = json.loads((BINDINGS / "cases.json").read_text())
ABOUT = json.loads((BINDINGS / "smtperr.json").read_text())


def octets(text):
    return None if text is None else text.encode("latin-1")


def as_text(excerpt, reply):
    """An excerpt as the table has it; the string must be what its bytes are."""
    if excerpt is None:
        return None
    found = reply[excerpt.start:excerpt.end]
    assert str(excerpt) == found.decode("utf-8", "backslashreplace"), (excerpt, found)
    return found.decode("latin-1")


class Table(unittest.TestCase):
    maxDiff = None

    def check_fields(self, wanted, answer, reply):
        plain = answer.as_dict()
        for field in wanted:
            value = getattr(answer, field)
            plain[field] = as_text(value, reply) if isinstance(value, smtperr.Excerpt) else plain[field]
        self.assertEqual({field: plain[field] for field in wanted}, wanted)
        self.assertEqual(answer.data_version, smtperr.data_version())

    def call(self, case):
        """Result as the table has it, and the verdict."""
        reply = octets(case.get("reply", ""))
        context = smtperr.Context(**case.get("context", {}))
        policy = smtperr.Policy(**case["policy"]) if "policy" in case else None
        call, stage, verdict = case["call"], case.get("stage"), None
        if "of" in case:
            reply = octets(case["of"]["reply"])
        if call in ("should_retry", "action"):
            result = getattr(smtperr, call)(reply, stage)
        elif call == "should_retry_code":
            result = smtperr.should_retry_code(case["code"], case["enhanced"], stage)
        elif call == "evaluate":
            verdict = smtperr.evaluate(reply, context, policy, shape=case["shape"])
            result = verdict.status
        elif call == "evaluate_failure":
            verdict = smtperr.evaluate_failure(case["failure"], context, policy)
            result = verdict.status or "none"
        elif call == "classify":
            verdict = smtperr.classify(reply, context, shape=case["shape"])
            result = verdict.status
        elif call == "decide":
            evidence = dataclasses.replace(smtperr.classify(reply, case["of"]["stage"]), **case["change"])
            verdict = smtperr.decide(evidence, context, policy)
            result = "none"
        elif call == "failure_from":
            result = smtperr.failure_from(case["list"], case["number"])
        elif call == "trace":
            matches = smtperr.trace(reply, context, shape=case["shape"])
            return next(({"rule": m.rule, "category": str(m.category), "rank": str(m.rank), "outcome": str(m.outcome),
                          "word_count": m.word_count, "matched": as_text(m.matched, reply), "provider": m.provider} for m in matches), None), None
        elif call == "provider_of_host":
            result = smtperr.provider_of_host(octets(case["host"]))
        elif call == "reply_line":
            result = as_text(smtperr.reply_line(reply, case["index"]), reply)
        elif call == "reply_keyword":
            result = as_text(smtperr.reply_keyword(reply, octets(case["keyword"])), reply)
        elif call == "reply_queue_id":
            result = as_text(smtperr.reply_queue_id(reply), reply)
        elif call == "sanitize":
            result = smtperr.sanitize(reply).encode().decode("latin-1")
        elif call == "enhanced_parse":
            result = smtperr.enhanced_parse(octets(case["text"]))
        elif call == "enhanced_format":
            result = smtperr.enhanced_format(case["enhanced"])
        elif call == "explain":
            result = smtperr.explain(smtperr.evaluate(reply, case["of"]["stage"]), case["say"])
        elif call == "describe":
            number = case["value"] if isinstance(case["value"], int) else smtperr.value(case["kind"], case["value"])
            result = smtperr.describe(case["kind"], number, stage, case["say"])
        elif call == "name":
            result = smtperr.name(case["kind"], case["number"])
        elif call == "value":
            result = smtperr.value(case["kind"], octets(case["name"]))
        return str(result) if isinstance(result, Word) else result, (verdict, reply)

    def test_calls(self):
        for case in CASES["calls"]:
            with self.subTest(case=case):
                if case.get("gives") == "misuse":
                    self.assertRaises(smtperr.MisuseError, self.call, case)
                    continue
                result, verdict = self.call(case)
                wanted = case.get("gives", case.get("first"))
                self.assertEqual(result, wanted)
                self.assertIs(type(result), type(wanted))
                if "verdict" in case:
                    self.check_fields(case["verdict"], *verdict)

    def test_every_field_of_a_verdict_differs_somewhere_in_the_table(self):
        fields = [f["name"] for f in ABOUT["structs"]["smtperr_verdict"]["fields"] if f["means"] != "size"]
        for field in set(fields) - {"data_version"}:
            seen = {json.dumps(case["verdict"][field]) for case in CASES["calls"] if field in case.get("verdict", {})}
            self.assertGreater(len(seen), 1, field)

    def feed(self, case, pieces):
        reader = smtperr.Reader(keep=case["keep"])
        replies = []
        for line in case.get("lines", []):
            if reader.feed_line(octets(line)) is smtperr.Status.REPLY:
                replies.append(reader.reply)
        for piece in pieces:
            while piece:
                status, used = reader.feed(piece)
                if status < 0:
                    break
                if status is smtperr.Status.REPLY:
                    replies.append(reader.reply)
                    self.assertEqual(reader.pending, 0)
                else:
                    self.assertGreater(reader.pending, 0)
                piece = piece[used:]
        self.assertEqual([reply.decode("latin-1") for reply in replies], case["replies"])
        status = reader.feed(b"").status  # an error stays
        self.assertEqual(str(status) if status < 0 else "incomplete" if reader.pending else "none", case["end"])
        self.check_fields(case["verdict"], reader.evaluate(case["stage"]), reader.reply)

    def test_streams_split_everywhere(self):
        for case in CASES["streams"]:
            data = octets(case.get("bytes", ""))
            with self.subTest(case=case):
                self.feed(case, [data])
                self.feed(case, [data[i:i + 1] for i in range(len(data))])
                for at in range(1, len(data)):
                    self.feed(case, [data[:at], data[at:]])

    def test_limits(self):
        kinds = {f["name"]: f for f in ABOUT["functions"]}
        for case in CASES["limits"]:
            with self.subTest(case=case):
                arguments = []
                for given, parameter in zip(case["arguments"], kinds[case["function"]]["parameters"]):
                    if isinstance(given, dict) and "room" in given:
                        given = (ctypes.c_char * given["room"])(*b"\xa5" * given["room"])
                    elif isinstance(given, dict):
                        given = (ctypes.c_int32 * len(given["int32"]))(*given["int32"])
                    elif isinstance(given, str):
                        given = octets(given)
                    if parameter["type"] == "size_t *" and given is not None:
                        given = ctypes.cast(given, ctypes.POINTER(ctypes.c_size_t))
                    arguments.append(given)
                result = getattr(smtperr._lib, case["function"])(*arguments)
                if case["function"] == "smtperr_reader_reply":
                    result = ctypes.string_at(result)
                if "at_least" in case:
                    self.assertGreaterEqual(result, case["at_least"])
                else:
                    self.assertEqual(result.decode("latin-1") if isinstance(result, bytes) else result, case["gives"])
                if "writes" in case:
                    at, numbers = case["writes"]
                    self.assertEqual(list((ctypes.c_int32 * len(numbers)).from_buffer(arguments[at])), numbers)
                if "text" in case:
                    self.assertEqual(arguments[case["text"][0]].value, octets(case["text"][1]))

    def test_words(self):
        for name, about in ABOUT["enums"].items():
            cls = {"dsn": smtperr.DsnAction, "match": smtperr.Outcome, "context": _abi.ContextBit}.get(name) \
                or getattr(_abi, {"number": "NumberList"}.get(name, name.capitalize()))
            self.assertEqual([int(member) for member in cls], [value["value"] for value in about["values"]][:len(list(cls))])
            for value in about["values"]:
                with self.subTest(value=value):
                    if not about["bits"]:
                        self.assertEqual(str(cls(value["value"])), value["name"])
                        self.assertIs(cls(value["name"]), cls(value["value"]))
                    if about["kind"] is not None:
                        self.assertEqual(smtperr.name(about["kind"], value["value"]), value["name"])
                        self.assertEqual(smtperr.value(about["kind"], value["name"]), value["value"])
            if about["kind"] is not None and name != "failure":
                self.assertEqual(list(smtperr.values(about["kind"])), sorted(value["value"] for value in about["values"]))
        self.assertGreater(set(smtperr.values(Kind.FAILURE)), {value["value"] for value in ABOUT["enums"]["failure"]["values"]})


class Misuse(unittest.TestCase):
    def test_unknown_words(self):
        for call in (lambda: smtperr.evaluate(b"", "rcptt"), lambda: smtperr.evaluate(b"", "rcpt", shape="round"),
                     lambda: smtperr.Stage(99) and None, lambda: smtperr.should_retry(b"", 99),
                     lambda: smtperr.evaluate_failure("EWHAT"), lambda: smtperr.evaluate(b"", smtperr.Context("rcpt", provider="gogle")),
                     lambda: smtperr.evaluate(b"", smtperr.Context("rcpt", attempt=-1)),
                     lambda: smtperr.evaluate(b"", "rcpt", smtperr.Policy(soft_bounce="laugh")),
                     lambda: smtperr.should_retry_code(550, "5.x"), lambda: smtperr.Reader(keep=-1),
                     lambda: smtperr.reply_line(b"", -1), lambda: smtperr.reply_line(b"", 2**32),
                     lambda: dataclasses.replace(smtperr.evaluate(b"250 a"), code=2**40).explain()):
            self.assertRaises(ValueError, call)  # MisuseError is one

    def test_wrong_types(self):
        for call in (lambda: smtperr.evaluate(None), lambda: smtperr.evaluate(550, "rcpt"), lambda: smtperr.evaluate(b"", None),
                     lambda: smtperr.evaluate(b"", smtperr.Category.OK), lambda: smtperr.evaluate(b"", "rcpt", {"a": 1}),
                     lambda: smtperr.decide(b"550 no"), lambda: smtperr.explain(None), lambda: smtperr.should_retry_code("550"),
                     lambda: smtperr.failure_from("errno", None)):
            self.assertRaises(TypeError, call)

    def test_misuse_is_told_apart_from_all_other_errors(self):
        self.assertTrue(issubclass(smtperr.MisuseError, (smtperr.Error, ValueError)))
        self.assertTrue(issubclass(smtperr.LibraryError, ImportError))


class Values(unittest.TestCase):
    verdict = smtperr.evaluate(b"450 4.7.1 Greylisted, try again in 300 seconds\r\n", "rcpt")

    def test_reply_as_str_bytearray_and_memoryview(self):
        text = "550 5.1.1 Bénédicte: no such user\r\n"
        for reply in (text, bytearray(text, "utf-8"), memoryview(text.encode())):
            self.assertEqual(smtperr.evaluate(reply, "rcpt"), smtperr.evaluate(text.encode(), Stage.RCPT))
        self.assertEqual(smtperr.evaluate(text).text, "Bénédicte: no such user")

    def test_verdicts_compare_hash_pickle_and_dump(self):
        copy = pickle.loads(pickle.dumps(self.verdict))
        self.assertEqual(copy, self.verdict)
        self.assertEqual(hash(copy), hash(self.verdict))
        self.assertEqual((copy.matched.start, copy.matched.end), (10, 20))
        self.assertEqual(json.loads(json.dumps(self.verdict.as_dict()))["flags"], ["temporary"])
        with self.assertRaises(dataclasses.FrozenInstanceError):
            self.verdict.code = 250

    def test_failures_that_only_the_data_knows(self):
        refused = smtperr.Failure("ECONNREFUSED")
        self.assertIs(refused, smtperr.failure_from("errno", errno.ECONNREFUSED))
        self.assertIs(pickle.loads(pickle.dumps(refused)), refused)
        self.assertEqual((str(refused), f"{refused:>14}"), ("ECONNREFUSED", "  ECONNREFUSED"))
        for number in smtperr.values("failure"):
            self.assertEqual(smtperr.Failure(str(smtperr.Failure(number))), number)

    def test_what_an_older_library_leaves_zero_is_none(self):
        verdict = smtperr._unpack_verdict(bytes(_abi.VERDICT.size), b"")
        self.assertEqual((verdict.action, verdict.scope, verdict.dsn_status, verdict.retry), (None, None, None, False))

    def test_explain_with_changed_evidence(self):
        changed = dataclasses.replace(self.verdict, rule=None, category=smtperr.Category.MAILBOX_FULL)
        self.assertEqual(changed.explain("title"), smtperr.describe("category", smtperr.Category.MAILBOX_FULL, say="title"))

    def test_what_failure_an_exception_is(self):
        def gai():
            raise socket.gaierror(socket.EAI_NONAME, "no")

        def chained():
            try:
                raise ConnectionResetError(errno.ECONNRESET, "reset")
            except OSError as error:
                raise EOFError("closed") from error

        expired = ssl.SSLCertVerificationError()
        expired.verify_code = 10
        for raised, stage, wanted in ((gai, "connect", "EAI_NONAME"), (chained, "mail", "ECONNRESET"),
                                      (ConnectionRefusedError(errno.ECONNREFUSED, ""), "connect", "ECONNREFUSED"),
                                      (socket.timeout("timed out"), "connect", "ETIMEDOUT"),
                                      (socket.timeout("timed out"), "greeting", "greeting-timeout"),
                                      (socket.timeout("timed out"), "eod", "lost-after-dot"),
                                      (socket.timeout("timed out"), "rcpt", "command-timeout"),
                                      (EOFError(), "greeting", "closed-before-greeting"), (EOFError(), "eod", "lost-after-dot"),
                                      (EOFError(), "mail", "lost-connection"), (expired, "tls", "X509_V_ERR_CERT_HAS_EXPIRED"),
                                      (ssl.SSLEOFError(8, "eof"), "tls", "tls-unexpected-eof"),
                                      (ssl.SSLError(1, "no"), "tls", "tls-failed"), (KeyError(), "mail", "other")):
            if inspect.isfunction(raised):
                with self.assertRaises(Exception) as caught:
                    raised()
                raised = caught.exception
            self.assertEqual(str(smtperr.failure_of(raised, stage)), wanted)


class Streams(unittest.TestCase):
    def test_replies_yields_each_and_keeps_the_rest(self):
        with smtperr.Reader() as reader:
            self.assertEqual(list(reader.replies(b"220 a\r\n250-b\r\n250 c\r\n25")), [b"220 a\r\n", b"250-b\r\n250 c\r\n"])
            self.assertEqual(reader.pending, 2)
            self.assertEqual(list(reader.replies(b"0 d\r\n")), [b"250 d\r\n"])

    def test_the_end_of_the_block_is_the_end_of_the_stream(self):
        with self.assertRaises(smtperr.ReplyError) as caught:
            with smtperr.Reader() as reader:
                list(reader.replies(b"250-cut"))
        self.assertIs(caught.exception.status, smtperr.Status.ERR_INCOMPLETE)
        with self.assertRaises(KeyError):  # an exception of the block goes before
            with smtperr.Reader() as reader:
                list(reader.replies(b"250-cut"))
                raise KeyError

    def test_an_error_stays_until_reset(self):
        reader = smtperr.Reader()
        self.assertRaises(smtperr.ReplyError, list, reader.replies(b"garbage\r\n"))
        self.assertEqual(reader.feed(b"250 ok\r\n"), (smtperr.Status.ERR_SYNTAX, 0))
        self.assertTrue(reader.evaluate("mail").closing)
        reader.reset()
        self.assertEqual(reader.feed(b"250 ok\r\n"), (smtperr.Status.REPLY, 8))

    def test_the_kept_bytes_live_as_long_as_the_reader(self):
        reader = smtperr.Reader()
        list(reader.replies(b"550 5.1.1 no such user\r\n"))
        gc.collect()
        junk = [bytearray(1024) for _ in range(1000)]
        self.assertEqual(reader.reply, b"550 5.1.1 no such user\r\n", len(junk))

    def test_threads(self):
        wrong = []

        def work(number):
            reader = smtperr.Reader()
            for i in range(200):
                text = b"550 5.1.1 thread %d, no such user\r\n" % number
                if list(reader.replies(text)) != [text] or reader.evaluate("rcpt") != smtperr.evaluate(text, "rcpt"):
                    wrong.append(number)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class Module(unittest.TestCase):
    def test_examples_in_the_docstrings(self):
        self.assertEqual(doctest.testmod(smtperr), (0, 4))

    def test_examples_in_the_page(self):
        # Only what stands between the fences: to doctest a fence would be output.
        text = (BINDINGS.parents[1] / "docs" / "bindings.md").read_text()
        code = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
        examples = doctest.DocTestParser().get_doctest(code, {}, "bindings.md", None, 0)
        self.assertEqual(len(examples.examples), 6)
        self.assertEqual(doctest.DocTestRunner().run(examples).failed, 0)

    def test_everything_public_is_documented_and_typed(self):
        for name in smtperr.__all__:
            thing = getattr(smtperr, name)
            if not isinstance(thing, int):
                self.assertTrue(inspect.getdoc(thing), name)
            if inspect.isfunction(thing):
                self.assertEqual(set(thing.__annotations__) - {"return"}, set(inspect.signature(thing).parameters), name)
                self.assertIn("return", thing.__annotations__, name)

    def test_context_and_policy_have_every_field(self):
        bits = {value["name"].replace("-", "_") for value in ABOUT["enums"]["context"]["values"]} - {"recipients_counted"}
        for cls, more in ((smtperr.Context, bits), (smtperr.Policy, set())):
            fields = {field["name"] for field in ABOUT["structs"]["smtperr_" + cls.__name__.lower()]["fields"]}
            self.assertEqual({field.name for field in dataclasses.fields(cls)}, fields - {"size", "flags"} | more)

    def test_the_whole_header_is_there(self):
        source = (BINDINGS / "python" / "smtperr" / "__init__.py").read_text()
        for function in ABOUT["functions"]:
            self.assertIn("_lib." + function["name"], source)

    def test_a_missing_library_is_an_import_error_that_says_what_to_do(self):
        for path, wanted in (("/nonexistent/libsmtperr.so", "SMTPERR_LIBRARY"), (ctypes.util.find_library("c"), "has no smtperr_")):
            done = subprocess.run([sys.executable, "-c", "import smtperr"], cwd=BINDINGS / "python", capture_output=True, text=True,
                                  env={**os.environ, "SMTPERR_LIBRARY": path, "PYTHONDONTWRITEBYTECODE": "1"})
            self.assertEqual(done.returncode, 1)
            self.assertIn("smtperr.LibraryError", done.stderr)
            self.assertIn(wanted, done.stderr)


if __name__ == "__main__":
    unittest.main()
