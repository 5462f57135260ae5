#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The blocks of a Markdown page do what they say: page.py PAGE.md CC [ARGUMENT...]; CC and ARGUMENTs are the compiler and what
# it needs to find header and library.
#
#   ```c            a whole program: it is compiled without warnings and run
#   ```c NAME.c     a piece of the program NAME: all its pieces, one behind the other, are compiled without warnings; ```sh finds it
#   ```text server  what a server says (S:) and waits for (C:), a connection under each ---; the next ```sh finds it at $HOST, $PORT
#   ```text         next after a program or after ```sh: just what comes when that is run; other ```sh blocks are not run
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading

BLOCK = re.compile(r"^```(\w+)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 20  # seconds, for a hang only


class Server:
    """Plays a script on a port of its own; what went otherwise than in the script is in wrong."""

    def __init__(self, script):
        self.connections = [part.splitlines() for part in re.split(r"^---.*\n", script, flags=re.MULTILINE) if part.strip()]
        self.wrong = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.thread = threading.Thread(target=self.play, daemon=True)
        self.thread.start()

    def environment(self):
        host, port = self.listener.getsockname()
        return {"HOST": host, "PORT": str(port)}

    def play(self):
        try:
            for script in self.connections:
                connection = self.listener.accept()[0]
                connection.settimeout(PATIENCE)
                with connection, connection.makefile("r", encoding="utf-8", newline="\r\n") as lines:
                    for kind, text in (line.split(": ", 1) for line in script):
                        if kind == "S":
                            connection.sendall(text.encode() + b"\r\n")
                            continue
                        said = lines.readline()
                        while text == "." and said not in (".\r\n", ""):  # the text of a message
                            said = lines.readline()
                        if said != text + "\r\n":
                            self.wrong.append(f"the server waits for {text!r}, the client says {said!r}")
                            return
        except OSError as error:
            self.wrong.append(f"the server: {error}")
        finally:
            self.listener.close()

    def end(self):
        self.thread.join(PATIENCE)
        return self.wrong + (["the client came less often than the script says"] if self.thread.is_alive() else [])


def run(*command, **environment):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, **environment},
                            timeout=3 * PATIENCE)
    if not 0 <= result.returncode < 128:  # a signal, perhaps of what a shell ran; what was printed may look right
        sys.exit(f"{page.name}: {' '.join(map(str, command))}: status {result.returncode}\n{result.stderr}")
    return result.stdout + result.stderr


def compiled(source, program):
    file = program.with_name(program.name + ".c")
    file.write_text(source)
    messages = run(compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-o", program, file, *arguments)
    return program if program.exists() else sys.exit(f"{page.name}:\n{source}\n{messages}")


page, compiler, arguments = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
blocks = BLOCK.findall(page.read_text())
pieces = {}
for language, name, body in blocks:
    if language == "c" and name:
        pieces[name] = pieces.get(name, "") + body
checked = len(pieces)
wrong = 0
server = None
with tempfile.TemporaryDirectory() as folder:
    for name, source in pieces.items():
        compiled(source, pathlib.Path(folder, name).with_suffix(""))
    for number, (language, name, body) in enumerate(blocks):
        next_language, next_name, promised = blocks[number + 1] if number + 1 < len(blocks) else ("", "", "")
        is_promise = next_language == "text" and not next_name
        if language == "text" and name == "server":
            server = Server(body)
            continue
        if language == "c" and not name:
            printed = run(compiled(body, pathlib.Path(folder, f"block{number}")))
        elif language == "sh" and is_promise:
            printed = run("sh", "-c", body, PATH=f"{folder}:{os.environ['PATH']}", **(server.environment() if server else {}))
        else:
            continue
        checked += 1
        for complaint in server.end() if server else []:
            print(f"{page.name}: {complaint}")
            wrong += 1
        server = None
        if is_promise and printed.strip() != promised.strip():
            print(f"{page.name} promises:\n{promised}\nbut this is what comes:\n{printed}")
            wrong += 1
print(f"{checked} blocks run, {wrong} wrong")
sys.exit(1 if wrong or not checked else 0)
