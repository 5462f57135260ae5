# SPDX-License-Identifier: MIT
"""The servers under test: how each is set up in its tree and started. Their configurations stand beside this file."""

import os
import pathlib
import socket

HERE = pathlib.Path(__file__).parent


class Server:
    """One server. start() has it running when it returns; hooks are methods that situations name."""

    users = {}
    port = 25
    versions = ""  # how the versions begin that the configuration is for

    def __init__(self, tree):
        self.tree = tree

    def configure(self, source, target, **options):
        self.tree.write(target, (HERE / source).read_text(), **options)


SASL = "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\n"


class Postfix(Server):
    users = {"postfix": 101, "postdrop": 102, "postgrey": 103, "opendmarc": 104, "_rspamd": 105}

    def start(self):
        tree = self.tree
        tree.postfix_spool()
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
        for path in ("/run/rspamd", "/var/lib/rspamd"):
            tree.directory(path, "_rspamd")
        self.configure("postfix/rspamd.conf", "/etc/rspamd/rspamd.conf")
        tree.write("/etc/rspamd/domains", "org\nexample\n")  # the list of all takes it half a minute
        tree.start("/usr/bin/rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", "/etc/rspamd/rspamd.conf")
        tree.start("/usr/lib/postfix/sbin/master", "-d", "-c", "/etc/postfix")
        for port in (25, 10023, 8893, 11332):
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


class Dovecot(Server):
    users = {"dovecot": 101, "dovenull": 102, "vmail": 103}
    port = 24
    versions = "2.3."

    def start(self):
        tree = self.tree
        self.configure("dovecot/dovecot.conf", "/etc/dovecot/dovecot.conf")
        self.configure("dovecot/users", "/etc/dovecot/users")
        tree.directory("/home/vmail", "vmail")
        tree.small("/home/small", "64k")
        tree.directory("/home/small", "vmail")
        tree.fill("/home/small")
        tree.start("/usr/sbin/dovecot", "-F")
        tree.wait_for("127.0.0.1", 24)


class Exim(Server):
    users = {"Debian-exim": 101}

    def start(self):
        tree = self.tree
        tree.small("/var/spool/exim4", "20m")
        tree.directory("/var/spool/exim4", "Debian-exim")
        tree.directory("/var/mail", "mail")
        tree.write("/var/mail/full", "x" * 2000, owner="mail")
        self.configure("exim/exim.conf", "/etc/exim4/exim4.conf")
        tree.write("/etc/exim4/second.conf", "SECOND = yes\n" + (HERE / "exim/exim.conf").read_text())
        self.configure("exim/scan", "/etc/scan", mode=0o755)
        tree.start("/usr/sbin/exim4", "-bdf", "-q1h")
        tree.start("/usr/sbin/exim4", "-C", "/etc/exim4/second.conf", "-oX", "2501", "-oP", "/run/exim2", "-bdf")
        for port in (25, 2501):
            tree.wait_for("127.0.0.1", port)

    def connect_20(self):
        self.held = socket.create_connection(("192.0.2.20", 25))
        self.held.recv(1)

    def disconnect_20(self):
        self.held.close()

    def fill_queue(self):
        self.tree.fill("/var/spool/exim4")

    def empty_queue(self):
        self.tree.unfill("/var/spool/exim4")


class OpenSmtpd(Server):
    users = {"opensmtpd": 101, "opensmtpq": 102}

    def start(self):
        tree = self.tree
        tree.small("/var/spool/smtpd", "20m")
        tree.directory("/var/spool/smtpd", mode=0o711)
        for name in ("queue", "corrupt", "temporary", "incoming", "purge"):
            tree.directory("/var/spool/smtpd/" + name, "opensmtpq", 0o700, "root")
        tree.directory("/var/spool/smtpd/offline", "root", 0o770, "opensmtpq")
        tree.directory("/var/empty")
        tree.directory("/var/lib/opensmtpd/empty")
        self.configure("opensmtpd/smtpd.conf", "/etc/smtpd.conf")
        for name, days in (("/etc/cert", 3650), ("/etc/old", 0)):
            tree.certificate(name, days)
            tree.own(name, "root", 0o600)
        tree.write("/etc/ssl/certs/ca-certificates.crt", pathlib.Path(f"{tree.root}/etc/cert.crt").read_text())
        tree.start("/usr/sbin/smtpd", "-d")
        tree.wait_for("127.0.0.1", 25)

    def fill_queue(self):
        self.tree.fill("/var/spool/smtpd")

    def empty_queue(self):
        self.tree.unfill("/var/spool/smtpd")


class Sendmail(Server):
    users = {"smmta": 101, "smmsp": 102, "ann": 103, "bob": 104, "carla": 105}

    def start(self):
        tree = self.tree
        tree.small("/var/spool/mqueue", "20m")
        tree.directory("/var/spool/mqueue", "root", 0o700)
        tree.directory("/run/sendmail/mta")
        tree.directory("/var/lib/sendmail")
        tree.write("/etc/mail/local-host-names", "")
        tree.write("/etc/mail/aliases", "postmaster: root\nold: new@example.net.REDIRECT\n")
        tree.certificate("/etc/mail/cert.pem")
        tree.own("/etc/mail/cert.pem", "root", 0o600)
        tree.run("saslpasswd2", "-p", "-c", "-u", "example.org", "ann", input="secret\n")
        self.configure("sendmail/sendmail.mc", "/etc/mail/sendmail.mc")
        for name in ("sendmail", "now", "poor"):
            tree.write(f"/etc/mail/{name}.cf", tree.run("m4", "-D" + name.upper(), "/etc/mail/sendmail.mc"))
        for name in ("access", "virtusertable"):
            table = (HERE / "sendmail" / name).read_text()
            tree.run("/usr/libexec/sendmail/makemap", "hash", "/etc/mail/" + name, input=table)
        tree.run("/usr/libexec/sendmail/sendmail", "-bi")
        tree.pretend("/proc/loadavg", "0.00 0.00 0.00 1/1 1\n")  # however busy this machine is
        for name in ("sendmail", "now", "poor"):
            tree.start("/usr/libexec/sendmail/sendmail", f"-C/etc/mail/{name}.cf", "-bD", "-q1h")
        for port in (25, 2501, 2502, 2503, 2504, 2505, 2506):
            tree.wait_for("127.0.0.1", port, greets=False)

    def connect_20(self):
        self.held = [socket.create_connection(("192.0.2.20", port)) for port in (25, 2502)]
        for connection in self.held:
            connection.recv(1)

    def disconnect_20(self):
        for connection in self.held:
            connection.close()

    def lock_logins(self):
        os.rename(str(self.tree.root) + "/etc/sasldb2", str(self.tree.root) + "/etc/sasldb2.away")

    def unlock_logins(self):
        os.rename(str(self.tree.root) + "/etc/sasldb2.away", str(self.tree.root) + "/etc/sasldb2")

    def fill_queue(self):
        self.tree.fill("/var/spool/mqueue")

    def empty_queue(self):
        self.tree.unfill("/var/spool/mqueue")

    def load_machine(self):
        self.tree.pretend("/proc/loadavg", "99.00 99.00 99.00 99/99 99\n")


SERVERS = {"postfix": Postfix, "dovecot": Dovecot, "exim": Exim, "opensmtpd": OpenSmtpd, "sendmail": Sendmail}
