# SPDX-License-Identifier: MIT
"""The servers under test: how each is set up in its tree and started. Their configurations stand beside this file."""

import pathlib
import socket

HERE = pathlib.Path(__file__).parent


class Server:
    """One server. start() has it running when it returns; hooks are methods that situations name."""

    users = {}
    port = 25

    def __init__(self, tree):
        self.tree = tree

    def configure(self, source, target, **options):
        self.tree.write(target, (HERE / source).read_text(), **options)


SASL = "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\n"


class Postfix(Server):
    users = {"postfix": 101, "postdrop": 102, "postgrey": 103, "opendmarc": 104}

    def start(self):
        tree = self.tree
        tree.small("/var/spool/postfix", "20m")
        for name in "active bounce corrupt defer deferred flush hold incoming private saved trace".split():
            tree.directory("/var/spool/postfix/" + name, "postfix", 0o700)
        tree.directory("/var/spool/postfix/maildrop", "postfix", 0o730, "postdrop")
        tree.directory("/var/spool/postfix/public", "postfix", 0o710, "postdrop")
        tree.directory("/var/spool/postfix/pid")
        tree.directory("/var/lib/postfix", "postfix")
        self.configure("postfix/main.cf", "/etc/postfix/main.cf")
        self.configure("postfix/master.cf", "/etc/postfix/master.cf")
        tree.certificate("/etc/postfix/cert.pem")
        tree.certificate("/etc/postfix/old.pem", days=0)
        tree.write("/etc/postfix/sasl/smtpd.conf", SASL)
        tree.run("saslpasswd2", "-p", "-c", "-u", "example.org", "ann", input="secret\n")
        self.unlock_logins()
        tree.directory("/run/postgrey", "postgrey")
        tree.directory("/var/lib/postgrey", "postgrey")
        tree.start("/usr/sbin/postgrey", "--inet=127.0.0.1:10023", "--delay=2", "--dbdir=/var/lib/postgrey")
        tree.directory("/run/opendmarc", "opendmarc")
        self.configure("postfix/opendmarc.conf", "/etc/opendmarc.conf")
        tree.start("/usr/sbin/opendmarc", "-f", "-c", "/etc/opendmarc.conf")
        tree.start("/usr/lib/postfix/sbin/master", "-d", "-c", "/etc/postfix")
        for port in (25, 10023, 8893):
            tree.wait_for("127.0.0.1", port, greets=port == 25)

    def lock_logins(self):
        self.tree.own("/etc/sasldb2", "root", 0o600)

    def unlock_logins(self):
        self.tree.own("/etc/sasldb2", "postfix", 0o600)

    def connect_20(self):
        with socket.create_connection(("192.0.2.20", 2505)) as connection:
            connection.recv(1)

    def fill_queue(self):
        self.tree.fill("/var/spool/postfix")

    def empty_queue(self):
        self.tree.unfill("/var/spool/postfix")


SERVERS = {"postfix": Postfix}
