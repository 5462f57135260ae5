#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The captured sessions without their servers: each situation of situations.toml must be in sessions/, and smtperr table
($SMTPERR) must come to the verdict that the table tells. live.py --write captures them anew."""

import os
import unittest

import table


class Replay(unittest.TestCase):
    def test_every_situation(self):
        captured = table.captured()
        self.assertEqual({server for server, _ in captured}, {situation["server"] for situation in table.situations()})
        for server, version in captured:
            sessions = table.read_sessions(server, version)
            situations = table.situations(server, version)
            self.assertEqual(sorted(sessions), sorted(situation["name"] for situation in situations))
            for situation in situations:
                with self.subTest(server=server, version=version, name=situation["name"]):
                    self.assertEqual(table.faults(os.environ["SMTPERR"], situation, sessions[situation["name"]]), [])

    def test_a_wrong_verdict_is_found(self):
        situation = next(one for one in table.situations() if one["name"] == "no such user")
        version = next(version for server, version in table.captured() if server == situation["server"])
        session = table.read_sessions(situation["server"], version)[situation["name"]]
        for old, new in (("5.1.1", "5.1.2"), ("suppress", "likely_permanent"), ("bounce", "hold"), ("author", "nobody")):
            changed = dict(situation, in_session=[situation["in_session"][0].replace(old, new)])
            self.assertNotEqual(table.faults(os.environ["SMTPERR"], changed, session), [], new)
        for changed in (dict(situation, says=["no such words"]), dict(situation, on_the_way=["250 at rcpt: ok by code, high"])):
            self.assertNotEqual(table.faults(os.environ["SMTPERR"], changed, session), [])


if __name__ == "__main__":
    unittest.main()
