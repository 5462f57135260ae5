# SPDX-License-Identifier: MIT
"""A small world for mail servers: namespaces of their own, in which every port and address is free, a DNS and a syslog.

enter() starts the program once more inside: no network but a loopback that also has the addresses of RFC 5737, no
processes but its own, and mounts that nobody else sees. All ends with it. The clock and the processors are the only
things shared with the machine. It needs root, and Linux.
"""

import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
NAMESERVER = "127.0.0.53"
PATIENCE = 30  # seconds, for what should take less than one


def enter():
    """Returns an empty directory inside of the namespaces; outside it ends the program, with the status of the inner one
    or with 77."""
    inside = os.environ.pop("SMTPERR_WORLD", None)
    if inside:
        subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", inside], check=True)
        return pathlib.Path(inside)
    unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
    if os.getuid() != 0 or subprocess.run(unshare + ["mount", "-t", "proc", "proc", "/proc"], check=False).returncode:
        print("skipped: not root, or this machine allows no namespaces (unshare)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        environment = dict(os.environ, LC_ALL="C", SMTPERR_WORLD=directory, PYTHONDONTWRITEBYTECODE="1")
        sys.exit(subprocess.run(unshare + [sys.executable] + sys.argv, env=environment, check=False).returncode)


def add_addresses(addresses):
    """Brings the loopback up and gives it more addresses, as ip(8) would."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:

        def set_up(name):
            request = struct.pack("16sh14x", name, 0x41)  # IFF_UP | IFF_RUNNING
            fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS

        set_up(b"lo")
        for number, address in enumerate(addresses):
            name = b"lo:%d" % number
            for call, value in ((0x8916, address), (0x891C, "255.255.255.255")):  # SIOCSIFADDR, SIOCSIFNETMASK
                address_bytes = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(value))
                fcntl.ioctl(control, call, struct.pack("16s16s", name, address_bytes) + bytes(8))


# ---- DNS ----


class Nameserver(threading.Thread):
    """Answers from zone.txt, over UDP: what stands there, no data for other types, and NXDOMAIN for other names."""

    TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16}

    def __init__(self):
        super().__init__(daemon=True)
        self.records = {}
        for line in (HERE / "zone.txt").read_text().splitlines():
            name, kind, value = (line.split("#")[0].split(None, 2) + [""] * 3)[:3]
            if name:
                self.records.setdefault(name.lower(), []).append((kind, value.strip()))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((NAMESERVER, 53))

    def run(self):
        while True:
            query, sender = self.socket.recvfrom(4096)
            answer = self.answer(query)
            if answer:
                self.socket.sendto(answer, sender)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        question = query[12 : at + 5]
        asked = struct.unpack(">H", query[at + 1 : at + 3])[0]
        name = ".".join(labels).lower()
        records = self.records.get(name, [])
        if ("SILENT", "") in records:
            return None
        answers = [
            b"\xc0\x0c" + struct.pack(">HHIH", self.TYPES[kind], 1, 1, len(data)) + data
            for kind, data in ((kind, self.data(kind, value)) for kind, value in records if kind in self.TYPES)
            if self.TYPES[kind] in (asked, 5)
        ]
        exists = records or any(known.endswith("." + name) for known in self.records)
        code = 2 if ("SERVFAIL", "") in records else 0 if exists else 3
        flags = 0x8580 | code
        return query[:2] + struct.pack(">HHHHH", flags, 1, len(answers), 0, 0) + question + b"".join(answers)

    def data(self, kind, value):
        def name(text):
            return b"".join(bytes([len(part)]) + part.encode() for part in text.strip(".").split(".") if part) + b"\0"

        if kind == "A":
            return socket.inet_aton(value)
        if kind == "MX":
            return struct.pack(">H", int(value.split()[0])) + name(value.split()[1])
        if kind == "TXT":
            return b"".join(bytes([len(value[i : i + 255])]) + value[i : i + 255].encode() for i in range(0, len(value), 255))
        return name(value)


# ---- A server's tree ----


class Tree:
    """What fetch.py unpacked, read-only, with a fresh /etc, /var, /run, /tmp and /dev in memory, and a syslog.

    users: name -> number of user and group. run() and start() run programs in it as root.
    """

    def __init__(self, unpacked, directory, users):
        self.root = directory / "root"
        self.root.mkdir()
        self.output = directory / "output"
        self.processes = []
        self.log = []
        self._mount("--bind", unpacked, self.root)
        self._mount("-o", "remount,bind,ro", self.root)
        for name in ("etc", "var", "run", "tmp", "dev", "home"):
            self._mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", self.root / name)
            if name in ("etc", "var"):
                subprocess.run(["cp", "-a", f"{unpacked}/{name}/.", self.root / name], check=True)
        for name in ("null", "zero", "full", "random", "urandom"):
            (self.root / "dev" / name).touch()
            self._mount("--bind", "/dev/" + name, self.root / "dev" / name)
        self._mount("-t", "proc", "proc", self.root / "proc")
        (self.root / "tmp").chmod(0o1777)
        self.link("run", "../run", "var")
        self.users = users = {"root": 0, "nobody": 65534, "mail": 8, **users}
        self.write("/etc/passwd", "".join(f"{u}:x:{n}:{n}::/home/{u}:/bin/sh\n" for u, n in users.items()))
        self.write("/etc/group", "".join(f"{u}:x:{n}:\n" for u, n in users.items()))
        self.write("/etc/hosts", "127.0.0.1 localhost\n")
        self.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
        self.write("/etc/resolv.conf", f"nameserver {NAMESERVER}\noptions timeout:1 attempts:2\n")
        self.write("/etc/services", "smtp 25/tcp\ndomain 53/udp\n")
        self.write("/etc/mailname", "mx.example.org\n")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(self.root / "dev/log"))
        (self.root / "dev/log").chmod(0o666)
        threading.Thread(target=self._listen, args=(listener,), daemon=True).start()

    @staticmethod
    def _mount(*arguments):
        subprocess.run(["mount", *arguments], check=True)

    def _listen(self, listener):
        while True:
            self.log.append(listener.recv(65536).decode("utf-8", "replace"))

    def link(self, name, target, below):
        path = self.root / below / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        if not path.is_symlink():
            path.symlink_to(target)

    def small(self, path, size):
        """A file system of that size on path."""
        self.directory(path)
        self._mount("-t", "tmpfs", "-o", "size=" + size, "tmpfs", str(self.root) + path)

    def fill(self, path):
        """Leaves no byte free there."""
        with open(str(self.root) + path + "/filler", "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass

    def unfill(self, path):
        os.unlink(str(self.root) + path + "/filler")

    def certificate(self, path, days=3650):
        """A key and a certificate of its own in one file. 0 days: it is out of date in the next second."""
        name = ("-subj", "/CN=mx.example.org", "-addext", "subjectAltName=DNS:mx.example.org")
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *name, "-keyout", path, "-out", path + ".new")
        self.run("openssl", "x509", "-in", path + ".new", "-signkey", path, "-days", str(days), "-out", path + ".crt")
        full = pathlib.Path(str(self.root) + path)
        full.write_text(full.read_text() + pathlib.Path(f"{full}.crt").read_text())

    def postfix_spool(self):
        """The directories that a Postfix wants to find, of those whom it wants to own them."""
        self.small("/var/spool/postfix", "20m")
        for name in "active bounce corrupt defer deferred flush hold incoming private saved trace".split():
            self.directory("/var/spool/postfix/" + name, "postfix", 0o700)
        self.directory("/var/spool/postfix/maildrop", "postfix", 0o730, "postdrop")
        self.directory("/var/spool/postfix/public", "postfix", 0o710, "postdrop")
        self.directory("/var/spool/postfix/pid")
        self.directory("/var/lib/postfix", "postfix")

    def directory(self, path, owner="root", mode=0o755, group=None):
        full = pathlib.Path(str(self.root) + path)
        full.mkdir(parents=True, exist_ok=True)
        self.own(path, owner, mode, group)

    def pretend(self, path, text):
        """From now on, programs in the tree read this there."""
        self.write("/tmp/pretended", text)
        self._mount("--bind", str(self.root) + "/tmp/pretended", str(self.root) + path)

    def own(self, path, owner, mode, group=None):
        os.chown(str(self.root) + path, self.users[owner], self.users[group or owner])
        os.chmod(str(self.root) + path, mode)

    def write(self, path, text, owner="root", mode=0o644):
        full = pathlib.Path(str(self.root) + path)
        full.parent.mkdir(parents=True, exist_ok=True)
        if full.is_symlink():
            full.unlink()
        full.write_text(text)
        self.own(path, owner, mode)

    def run(self, *command, **options):
        run = subprocess.run(["chroot", self.root, *command], capture_output=True, text=True, check=False, **options)
        if run.returncode != 0:
            raise RuntimeError(f"{command}: {run.stdout}{run.stderr}" + self.tail())
        return run.stdout

    def start(self, *command):
        log = open(self.output, "ab")  # pylint: disable=consider-using-with
        process = subprocess.Popen(["chroot", self.root, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def tail(self):
        output = self.output.read_text(errors="replace") if self.output.exists() else ""
        return "\n".join(["", *self.log[-30:], output[-3000:]])

    def wait_for(self, address, port, greets=True):
        """Until something listens there and, if it greets, has said so."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with socket.create_connection((address, port), 1) as connection:
                    connection.settimeout(5)
                    if not greets or connection.recv(1):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"nothing listens on port {port}" + self.tail())


# ---- Between client and server ----


class Wire(threading.Thread):
    """Carries one connection at a time to a server, from the same address, and does what wires and bad programs do.

    commands, replies: [(old, new)] to replace in what the client says (the text of the message too) and the server says;
    early: what is said to the server before it has greeted; cut: ends the connection when the reply of this stage, or of
    this number, is due; stall: passes nothing more from this command on.
    """

    STAGES = ("greeting", "ehlo", "mail", "rcpt", "data", "eod")

    def __init__(self, address, port, commands=(), replies=(), early="", cut=None, stall=None):
        super().__init__(daemon=True)
        self.server = (address, port)
        self.commands, self.replies = ([tuple(part.encode("latin-1") for part in pair) for pair in pairs] for pairs in (commands, replies))
        self.early = early.encode()
        self.cut, self.stall = cut, stall.encode() if stall else None
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            client, _ = self.listener.accept()
            try:
                with client, socket.create_connection(self.server, PATIENCE) as server:
                    up = threading.Thread(target=self._up, args=(client, server), daemon=True)
                    up.start()
                    self._down(client, server)
            except OSError:
                pass

    def _up(self, client, server):
        try:
            if self.early:
                server.sendall(self.early)
            while data := client.recv(65536):
                for old, new in self.commands:
                    data = data.replace(old, new)
                passed, stalled, _ = data.partition(self.stall) if self.stall else (data, b"", b"")
                server.sendall(passed)
                if stalled:
                    return
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _down(self, client, server):
        due = list(self.STAGES)
        with server.makefile("rb") as lines:
            if isinstance(self.cut, int):
                due = list(range(1, self.cut + 1))
            # Only who counts replies must wait for the ends of lines; bytes of TLS have none.
            while data := lines.readline() if self.cut else lines.read1():
                if self.cut and due and due[0] == self.cut:
                    break
                for old, new in self.replies:
                    data = data.replace(old, new)
                client.sendall(data)
                if data[3:4] != b"-" and due:
                    due.pop(0)
        try:
            client.shutdown(socket.SHUT_RDWR)
            server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
