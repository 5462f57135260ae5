# SPDX-License-Identifier: MIT
"""A server that answers as broken servers do. What it says stands in the situations; it needs no packages, and no root."""

import asyncio
import re
import socket
import struct
import threading

# What it says if a situation does not say otherwise.
USUAL = {
    "greeting": "220 odd.example.org ESMTP",
    "ehlo": "250-odd.example.org\r\n250-PIPELINING\r\n250-SIZE 100000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES",
    "helo": "250 odd.example.org",
    "auth": "235 2.7.0 Welcome",
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 Go on",
    "body": "{more}",
    "eod": "250 2.0.0 Ok: queued",
    "rset": "250 2.0.0 Ok",
    "quit": "221 2.0.0 Bye",
}
MARK = re.compile(r"\{(cut|reset|silence|more|\d+ times)\}")


class End(Exception):
    """The connection is over."""


class Odd(threading.Thread):
    """Each connection plays its part: stage -> a reply, or a list of replies, of which the last one is repeated.

    CR LF stands behind a reply unless it ends with a mark. {cut}: here the connection is lost; {reset}: in a rude way;
    {silence}: nothing more is said; {more}: nothing stands behind it; {9 times}: what stands before the mark is said so often.
    The reply "body" is said when the first line of the text has come. With "forgets", what comes in one go with a
    command is not read.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.parts = []

    def play(self, parts):
        """The next connections play these; those after them the last one."""
        self.parts = list(parts) if isinstance(parts, list) else [parts]

    def run(self):
        asyncio.run(self._serve())

    async def _serve(self):
        async with await asyncio.start_server(self._meet, sock=self.listener) as server:
            await server.serve_forever()

    async def _meet(self, reader, writer):
        part = self.parts.pop(0) if len(self.parts) > 1 else self.parts[0]
        try:
            await Conversation(reader, writer, part).hold()
        except (End, OSError):
            pass
        writer.close()


class Conversation:
    """One connection."""

    def __init__(self, reader, writer, part):
        self.reader, self.writer = reader, writer
        self.forgets = part.get("forgets", False)
        replies = {stage: said for stage, said in {**USUAL, **part}.items() if stage != "forgets"}
        self.replies = {stage: [said] if isinstance(said, str) else list(said) for stage, said in replies.items()}
        self.heard = b""

    async def hold(self):
        await self.say("greeting")
        while True:
            stage = (await self.line())[:4].decode("latin-1").strip().lower()
            stage = {"lhlo": "ehlo", "star": "starttls"}.get(stage, stage)
            said = await self.say(stage)
            if stage == "quit":
                return
            if stage == "data" and said.startswith("3"):
                line = await self.line()
                await self.say("body")
                while line != b".":
                    line = await self.line()
                await self.say("eod")

    async def line(self):
        while b"\n" not in self.heard:
            more = await self.reader.read(65536)
            if not more:
                raise End
            self.heard += more
        line, _, self.heard = self.heard.partition(b"\n")
        if self.forgets:
            self.heard = b""
        return line.rstrip(b"\r")

    async def say(self, stage):
        """Says it, as far as it goes, and returns it."""
        said = self.replies.get(stage, ["500 5.5.1 What?"])
        said = said.pop(0) if len(said) > 1 else said[0]
        text, *marks = MARK.split(said)
        for mark, behind in zip(marks[::2], marks[1::2]):
            if mark.endswith("times"):
                text = text * int(mark.split()[0]) + behind
                continue
            self.writer.write(text.encode("latin-1"))
            await self.writer.drain()
            if mark == "reset":
                self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.writer.transport.abort()
                raise End
            if mark == "cut":
                self.writer.write_eof()
            if mark != "more":
                await self.reader.read(-1)  # else what it did not read would turn the end into a reset
                raise End
            text = behind
            if not behind:
                return said
        self.writer.write(text.encode("latin-1") + b"\r\n")
        await self.writer.drain()
        return said
