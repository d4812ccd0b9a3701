#!/usr/bin/env python3
"""tools/clock-shim: a step of the clock expires a key of a real redis-server, and a step back makes
one live too long; the monotonic clocks do not move.

Run: python3 test_clock.py [-v], or tools/test-clock. Needs redis-server and clang.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SHIM = os.path.join(os.path.dirname(__file__), "..", "..", "tools", "clock-shim")


class Redis:
    """A redis-server without files whose clock steps."""

    def __init__(self, folder):
        self.path = f"{folder}/redis.sock"
        self.clock = f"{folder}/clock"
        self.step(0)
        self.process = subprocess.Popen(
            [SHIM, "run", self.clock, "redis-server", "--port", "0", "--unixsocket", self.path,
             "--save", "", "--appendonly", "no", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(self.path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)
        self.socket.settimeout(10)
        self.stream = self.socket.makefile("rwb")

    def step(self, seconds):
        subprocess.run([SHIM, "set", self.clock, str(seconds)], check=True, timeout=20)

    def ask(self, *words):
        """The answer to a command: a number, a text, or a list of texts."""
        self.stream.write(b"*%d\r\n" % len(words))
        for word in words:
            self.stream.write(b"$%d\r\n%s\r\n" % (len(word), word.encode()))
        self.stream.flush()
        return self.answer()

    def answer(self):
        line = self.stream.readline().decode().rstrip()
        kind, rest = line[0], line[1:]
        if kind == ":":
            return int(rest)
        if kind == "$":
            return None if rest == "-1" else self.stream.read(int(rest) + 2)[:-2].decode()
        if kind == "*":
            return [self.answer() for _ in range(int(rest))]
        return rest

    def wall_offset(self):
        """How far the clock of the server is from ours, in seconds."""
        seconds, micros = self.ask("TIME")
        return int(seconds) + int(micros) / 1e6 - time.time()

    def close(self):
        self.stream.close()
        self.socket.close()
        self.process.terminate()
        self.process.wait(10)


class ClockTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.redis = Redis(folder.name)
        self.addCleanup(self.redis.close)

    def test_a_step_ahead_expires_a_lock_at_once(self):
        redis = self.redis
        self.assertEqual(redis.ask("SET", "lock", "me", "NX", "PX", "60000"), "OK")
        self.assertGreater(redis.ask("PTTL", "lock"), 50_000)
        self.assertLess(abs(redis.wall_offset()), 5)
        redis.step(7200)
        self.assertEqual(redis.ask("PTTL", "lock"), -2)
        self.assertEqual(redis.ask("SET", "lock", "you", "NX", "PX", "60000"), "OK")
        self.assertLess(abs(redis.wall_offset() - 7200), 5)

    def test_a_step_back_makes_a_lock_live_too_long(self):
        redis = self.redis
        redis.step(7200)
        self.assertEqual(redis.ask("SET", "lock", "me", "PX", "60000"), "OK")
        redis.step(0)
        self.assertGreater(redis.ask("PTTL", "lock"), 7_200_000)

    def test_a_step_back_behind_the_start(self):
        redis = self.redis
        redis.step(-3600.5)
        self.assertLess(abs(redis.wall_offset() + 3600.5), 5)
        self.assertEqual(redis.ask("PING"), "PONG")

    def test_scripts_see_the_step(self):
        script = "return redis.call('TIME')[1]"
        before = int(self.redis.ask("EVAL", script, "0"))
        self.redis.step(1000)
        self.assertGreater(int(self.redis.ask("EVAL", script, "0")), before + 900)


class ShimTest(unittest.TestCase):
    def run_python(self, seconds, code):
        with tempfile.TemporaryDirectory() as folder:
            clock = f"{folder}/clock"
            subprocess.run([SHIM, "set", clock, str(seconds)], check=True, timeout=20)
            return subprocess.run(
                [SHIM, "run", clock, sys.executable, "-c", code], capture_output=True, text=True,
                timeout=60, check=True,
            ).stdout

    def test_only_the_wall_clock_steps(self):
        code = (
            "import time; print(time.clock_gettime(time.CLOCK_BOOTTIME),"
            " time.clock_gettime(time.CLOCK_MONOTONIC), time.time())"
        )
        boot, monotonic, wall = map(float, self.run_python(86400, code).split())
        self.assertLess(abs(boot - time.clock_gettime(time.CLOCK_BOOTTIME)), 50)
        self.assertLess(abs(monotonic - time.monotonic()), 50)
        self.assertLess(abs(wall - time.time() - 86400), 50)

    def test_wrong_use_is_refused(self):
        for words in ([], ["set", "x"], ["set", "x", "soon"], ["run", "absent", "true"], ["fly"]):
            ended = subprocess.run([SHIM, *words], capture_output=True, timeout=20)
            self.assertEqual(ended.returncode, 2, words)

    def test_a_file_that_cannot_be_mapped_ends_the_process(self):
        library = subprocess.run(
            [SHIM, "build"], capture_output=True, text=True, check=True, timeout=60
        ).stdout.strip()
        ended = subprocess.run(
            ["/bin/true"], env={"LD_PRELOAD": library, "HOLDFAST_CLOCK_FILE": "/absent"},
            capture_output=True, timeout=20,
        )
        self.assertEqual(ended.returncode, 127)
        self.assertIn(b"cannot be mapped", ended.stderr)


if __name__ == "__main__":
    unittest.main()
