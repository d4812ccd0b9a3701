#!/usr/bin/env python3
"""tools/tcp-proxy: every fault is seen happening, and seen to be over.

Run: python3 test_proxy.py [-v] [NAMES], or tools/test-proxy. `--speed` measures instead.
"""

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROXY = os.path.join(os.path.dirname(__file__), "..", "..", "tools", "tcp-proxy")


def echo(connection):
    """Gives back what comes, until the end."""
    try:
        while data := connection.recv(65536):
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    finally:
        connection.close()


class Target:
    """A server whose connections a test takes one by one, or that echoes."""

    def __init__(self, path=None, echoes=True):
        self.listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listener.bind(path or ("127.0.0.1", 0))
        self.listener.listen(64)
        self.address = f"unix:{path}" if path else f"127.0.0.1:{self.listener.getsockname()[1]}"
        if echoes:
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    def accept(self):
        self.listener.settimeout(10)
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        return connection

    def close(self):
        if self.listener.fileno() >= 0:
            # Wakes the thread that waits in accept.
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()


class Proxy:
    """A running tools/tcp-proxy."""

    def __init__(self, target, *options, listen="127.0.0.1:0", control="127.0.0.1:0", **popen):
        command = [sys.executable, PROXY, "--listen", listen, "--target", target]
        if control:
            command += ["--control", control]
        self.process = subprocess.Popen(
            command + list(options), stdout=subprocess.PIPE, text=True, **popen
        )
        self.ready = json.loads(self.process.stdout.readline())
        self.stream = None
        if control:
            connection = socket.socket(
                socket.AF_UNIX if control.startswith("unix:") else socket.AF_INET
            )
            connection.settimeout(10)
            if control.startswith("unix:"):
                connection.connect(control[5:])
            else:
                connection.connect(split(self.ready["control"]))
            self.stream = connection.makefile("rwb")
            connection.close()

    def send(self, **command):
        self.stream.write(json.dumps(command).encode() + b"\n")
        self.stream.flush()
        return json.loads(self.stream.readline())

    def do(self, what, **values):
        reply = self.send(do=what, **values)
        assert reply["ok"], reply
        return reply

    def connect(self):
        address = self.ready["listening"]
        family = socket.AF_UNIX if address.startswith("unix:") else socket.AF_INET
        connection = socket.socket(family)
        connection.settimeout(10)
        try:
            connection.connect(address[5:] if address.startswith("unix:") else split(address))
        except OSError:
            connection.close()
            raise
        return connection

    def close(self):
        if self.stream:
            self.stream.close()
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


def split(address):
    host, _, port = address.rpartition(":")
    return host, int(port)


def receive(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            break
        data += part
    return data


def is_silent(connection, seconds=0.2):
    return not select.select([connection], [], [], seconds)[0]


class ProxyTest(unittest.TestCase):
    echoes = True

    def setUp(self):
        self.target = Target(echoes=self.echoes)
        self.addCleanup(self.target.close)
        self.proxy = Proxy(self.target.address)
        self.addCleanup(self.proxy.close)

    def connect(self):
        connection = self.proxy.connect()
        self.addCleanup(connection.close)
        return connection

    def both(self):
        """The two ends of one connection."""
        caller = self.connect()
        target = self.target.accept()
        self.addCleanup(target.close)
        return caller, target

    def assert_echoes(self, connection, data=b"hello"):
        connection.sendall(data)
        self.assertEqual(receive(connection, len(data)), data)


class Forwarding(ProxyTest):
    def test_bytes_pass_unchanged(self):
        data = os.urandom(3_000_000)
        connection = self.connect()
        threading.Thread(target=connection.sendall, args=(data,), daemon=True).start()
        self.assertEqual(receive(connection, len(data)), data)
        status = self.proxy.do("status")
        self.assertEqual(status["up"]["forwarded"], len(data))
        self.assertEqual(status["down"]["received"], len(data))
        self.assertEqual(status["up"]["held"], 0)
        self.assertEqual((status["accepted"], status["open"]), (1, 1))

    def test_an_end_passes_and_the_other_direction_lives_on(self):
        connection = self.connect()
        connection.sendall(b"last words")
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(receive(connection, 100), b"last words")
        self.assertEqual(connection.recv(1), b"")
        deadline = time.monotonic() + 10
        while self.proxy.do("status")["open"] and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(self.proxy.do("status")["open"], 0)

    def test_nobody_at_the_target_is_a_reset(self):
        self.target.close()
        with self.assertRaises(ConnectionResetError):
            self.connect().recv(1)
        self.assertEqual(self.proxy.do("status")["target_failures"], 1)

    def test_unix_sockets_at_every_place(self):
        with tempfile.TemporaryDirectory() as folder:
            target = Target(path=f"{folder}/target")
            proxy = Proxy(
                target.address, listen=f"unix:{folder}/proxy", control=f"unix:{folder}/control"
            )
            with proxy.connect() as connection:
                self.assert_echoes(connection)
            proxy.do("accept", how="refuse")
            with self.assertRaises(ConnectionRefusedError):
                proxy.connect()
            proxy.do("heal")
            with proxy.connect() as connection:
                self.assert_echoes(connection)
            proxy.close()
            target.close()
            self.assertEqual(os.listdir(folder), ["target"])


class Slowness(ProxyTest):
    def round_trip(self, connection):
        start = time.monotonic()
        self.assert_echoes(connection)
        return time.monotonic() - start

    def test_latency_of_each_direction(self):
        connection = self.connect()
        self.assert_echoes(connection)
        self.proxy.do("set", direction="up", latency=0.2)
        self.assertGreater(self.round_trip(connection), 0.19)
        self.proxy.do("set", direction="down", latency=0.2)
        self.assertGreater(self.round_trip(connection), 0.39)
        self.proxy.do("set", latency=0)
        self.assertLess(min(self.round_trip(connection) for _ in range(20)), 0.19)

    def test_latency_does_not_bound_throughput(self):
        connection = self.connect()
        self.proxy.do("set", direction="up", latency=0.3)
        start = time.monotonic()
        for _ in range(50):
            connection.sendall(b"x" * 100)
            time.sleep(0.002)
        self.assertEqual(len(receive(connection, 5000)), 5000)
        self.assertLess(time.monotonic() - start, 50 * 0.3 / 2)

    def test_jitter_keeps_the_order(self):
        connection = self.connect()
        self.proxy.do("set", jitter=0.02)
        sent = b"".join(struct.pack(">I", number) for number in range(200))
        for start in range(0, len(sent), 4):
            connection.sendall(sent[start : start + 4])
        self.assertEqual(receive(connection, len(sent)), sent)

    def test_bandwidth(self):
        connection = self.connect()
        self.proxy.do("set", direction="down", bandwidth=20_000)
        start = time.monotonic()
        connection.sendall(b"x" * 10_000)
        self.assertEqual(len(receive(connection, 10_000)), 10_000)
        self.assertGreater(time.monotonic() - start, 0.45)

    def test_a_full_proxy_stops_reading(self):
        proxy = Proxy(self.target.address, "--hold-max", "65536")
        self.addCleanup(proxy.close)
        proxy.do("set", direction="up", stall=True)
        connection = proxy.connect()
        connection.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            for _ in range(10_000):
                connection.sendall(b"x" * 65536)
        self.assertLess(proxy.do("status")["up"]["held"], 65536 * 8)
        connection.close()


class Silence(ProxyTest):
    echoes = False

    def test_a_stall_holds_and_lets_go_in_order(self):
        caller, target = self.both()
        self.proxy.do("set", direction="up", stall=True)
        caller.sendall(b"one ")
        time.sleep(0.02)
        caller.sendall(b"two")
        self.assertTrue(is_silent(target))
        target.sendall(b"the other way")
        self.assertEqual(receive(caller, 13), b"the other way")
        self.assertEqual(self.proxy.do("status")["up"]["held"], 7)
        self.proxy.do("set", direction="up", stall=False)
        self.assertEqual(receive(target, 7), b"one two")
        self.assertEqual(self.proxy.do("status")["up"]["held"], 0)

    def test_a_stall_holds_the_end_and_a_reset_too(self):
        caller, target = self.both()
        self.proxy.do("set", direction="up", stall=True)
        caller.sendall(b"last")
        caller.shutdown(socket.SHUT_WR)
        self.assertTrue(is_silent(target))
        self.proxy.do("heal")
        self.assertEqual(receive(target, 100), b"last")

        caller, target = self.both()
        self.proxy.do("set", stall=True)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.close()
        self.assertTrue(is_silent(target))
        self.proxy.do("heal")
        with self.assertRaises(ConnectionResetError):
            target.recv(1)

    def test_a_cut_swallows_one_direction(self):
        caller, target = self.both()
        self.proxy.do("set", direction="down", cut=True)
        caller.sendall(b"request")
        self.assertEqual(receive(target, 7), b"request")
        target.sendall(b"answer")
        self.assertTrue(is_silent(caller))
        self.assertEqual(self.proxy.do("status")["down"]["swallowed"], 6)
        self.proxy.do("heal")
        for end in (caller, target):
            with self.assertRaises(ConnectionResetError):
                end.recv(1)

    def test_a_cut_without_loss_is_not_noticed(self):
        caller, target = self.both()
        self.proxy.do("set", cut=True)
        self.proxy.do("heal")
        target.sendall(b"next")
        self.assertEqual(receive(caller, 4), b"next")

    def test_an_end_that_was_cut_is_told_when_it_is_over(self):
        caller, target = self.both()
        self.proxy.do("set", cut=True)
        caller.close()
        self.assertTrue(is_silent(target))
        self.proxy.do("heal")
        with self.assertRaises(ConnectionResetError):
            target.recv(1)

    def test_new_connections_hang(self):
        self.proxy.do("accept", how="hang")
        connection = self.connect()
        connection.sendall(b"hello")
        self.assertTrue(is_silent(connection))
        self.assertTrue(is_silent(self.target.listener))
        self.assertEqual(self.proxy.do("status")["refused"], 1)


class Ends(ProxyTest):
    echoes = False

    def test_close(self):
        caller, target = self.both()
        self.assertEqual(self.proxy.do("close")["connections"], 1)
        self.assertEqual((caller.recv(1), target.recv(1)), (b"", b""))
        self.assertEqual(self.proxy.do("status")["closes"], 1)

    def test_reset(self):
        caller, target = self.both()
        self.assertEqual(self.proxy.do("reset")["connections"], 1)
        for end in (caller, target):
            with self.assertRaises(ConnectionResetError):
                end.recv(1)
        self.assertEqual(self.proxy.do("status")["open"], 0)

    def test_refused_and_healed(self):
        self.proxy.do("accept", how="refuse")
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        self.proxy.do("accept", how="reset")
        with self.assertRaises(ConnectionResetError):
            self.connect().recv(1)
        self.proxy.do("heal")
        caller, target = self.both()
        caller.sendall(b"hello")
        self.assertEqual(receive(target, 5), b"hello")

    def test_open_connections_live_on_when_new_ones_are_refused(self):
        caller, target = self.both()
        self.proxy.do("accept", how="refuse")
        caller.sendall(b"hello")
        self.assertEqual(receive(target, 5), b"hello")

    def test_truncated_after_every_number_of_bytes(self):
        for how in ("close", "reset"):
            for count in range(0, 8):
                self.proxy.do("set", direction="down", truncate=count, then=how)
                caller, target = self.both()
                target.sendall(b"0123")
                try:
                    target.sendall(b"4567")
                except OSError:
                    pass  # it has ended already
                got = b""
                try:
                    got = receive(caller, 100)
                    self.assertEqual(how, "close")
                except ConnectionResetError:
                    # A reset takes with it what was not read yet.
                    self.assertEqual(how, "reset")
                if how == "close":
                    self.assertEqual(got, b"01234567"[:count])

    def test_truncated_on_an_open_connection_and_then_silent(self):
        caller, target = self.both()
        target.sendall(b"before")
        self.assertEqual(receive(caller, 6), b"before")
        self.proxy.do("set", direction="down", truncate=3, then="cut")
        target.sendall(b"abcdef")
        self.assertEqual(receive(caller, 3), b"abc")
        self.assertTrue(is_silent(caller))
        caller.sendall(b"still there")
        self.assertEqual(receive(target, 11), b"still there")


class Damage(ProxyTest):
    echoes = False

    def test_one_byte_is_flipped(self):
        self.proxy.do("set", direction="up", flip_after=5)
        for _ in range(2):
            caller, target = self.both()
            caller.sendall(b"\0" * 3)
            time.sleep(0.02)
            caller.sendall(b"\0" * 6)
            self.assertEqual(receive(target, 9), b"\0" * 5 + b"\xff" + b"\0" * 3)
        self.assertEqual(self.proxy.do("status")["up"]["flipped"], 2)

    def test_corruption_flips_bits(self):
        caller, target = self.both()
        self.proxy.do("set", direction="up", corrupt=1)
        caller.sendall(b"\0" * 1000)
        got = receive(target, 1000)
        flipped = sum(byte.bit_count() for byte in got)
        self.assertEqual(flipped, self.proxy.do("status")["up"]["flipped"])
        self.assertGreater(flipped, 0)

    def test_injected_bytes_come_in_order(self):
        caller, target = self.both()
        target.sendall(b"one")
        self.assertEqual(receive(caller, 3), b"one")
        self.proxy.do("inject", direction="down", hex=b"evil".hex())
        target.sendall(b"two")
        self.assertEqual(receive(caller, 7), b"eviltwo")
        self.assertEqual(self.proxy.do("status")["down"]["injected"], 4)

    def test_slices(self):
        caller, target = self.both()
        # Slow as well, so that the system has no time to join them again.
        self.proxy.do("set", direction="up", slice=1, bandwidth=20)
        caller.sendall(b"0123456789")
        sizes = []
        while sum(sizes) < 10:
            sizes.append(len(target.recv(100)))
        self.assertGreater(len(sizes), 1)


class Commands(ProxyTest):
    def test_wrong_commands_are_refused_and_change_nothing(self):
        before = self.proxy.do("status")
        for command in (
            {"do": "explode"},
            {"do": None},
            {},
            {"do": "set", "latency": -1},
            {"do": "set", "latency": "fast"},
            {"do": "set", "latency": True},
            {"do": "set", "latency": 0.1, "cut": 1},
            {"do": "set", "bandwidth": 0},
            {"do": "set", "slice": 1.5},
            {"do": "set", "truncate": -1},
            {"do": "set", "then": "explode"},
            {"do": "set", "direction": "sideways"},
            {"do": "set", "corrupt": 2},
            {"do": "set", "lag": 1},
            {"do": "inject", "hex": "xyz"},
            {"do": "inject"},
            {"do": "accept", "how": "maybe"},
            {"do": "close", "direction": "up"},
        ):
            reply = self.proxy.send(**command)
            self.assertFalse(reply["ok"], command)
            self.assertTrue(reply["error"])
        self.proxy.stream.write(b"not json\n[1]\n")
        self.proxy.stream.flush()
        for _ in range(2):
            self.assertFalse(json.loads(self.proxy.stream.readline())["ok"])
        self.assertEqual(self.proxy.do("status"), before)

    def test_told_from_a_shell(self):
        def tell(*commands):
            return subprocess.run(
                [sys.executable, PROXY, "--tell", self.proxy.ready["control"], *commands],
                capture_output=True, text=True, timeout=20,
            )

        told = tell('{"do": "set", "latency": 0.5}', '{"do": "status"}')
        self.assertEqual(told.returncode, 0)
        self.assertEqual(json.loads(told.stdout.splitlines()[1])["up"]["latency"], 0.5)
        self.assertEqual(tell('{"do": "explode"}').returncode, 1)

    def test_stdin_and_stop(self):
        proxy = Proxy(self.target.address, "--stdin", control=None, stdin=subprocess.PIPE)
        proxy.process.stdin.write('{"do": "status"}\n{"do": "stop"}\n')
        proxy.process.stdin.flush()
        self.assertTrue(json.loads(proxy.process.stdout.readline())["ok"])
        self.assertTrue(json.loads(proxy.process.stdout.readline())["ok"])
        self.assertEqual(proxy.process.wait(10), 0)
        proxy.process.stdin.close()
        proxy.process.stdout.close()

    def test_ends_by_signal(self):
        proxy = Proxy(self.target.address)
        connection = proxy.connect()
        connection.sendall(b"hello")
        self.assertEqual(receive(connection, 5), b"hello")
        proxy.process.send_signal(signal.SIGTERM)
        self.assertEqual(proxy.process.wait(10), 0)
        self.assertEqual(connection.recv(1), b"")
        connection.close()
        proxy.close()

    def test_wrong_options(self):
        for options in ([], ["--listen", "x:y"], ["--listen", "1", "--target", "1", "more"]):
            ended = subprocess.run(
                [sys.executable, PROXY, *options], capture_output=True, timeout=20
            )
            self.assertEqual(ended.returncode, 2)


def measure(address, connections, in_flight, seconds=2.0, size=100):
    """Messages a second, and the median time of one, for callers with so many in flight."""
    open_ones = []
    for _ in range(connections):
        connection = socket.create_connection(split(address))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        open_ones.append(connection)
    poller = select.epoll()
    by_number = {connection.fileno(): connection for connection in open_ones}
    for number in by_number:
        poller.register(number, select.EPOLLIN)
    waiting = dict.fromkeys(by_number, 0)
    start, done, times = time.monotonic(), 0, []
    sent = {}
    for number, connection in by_number.items():
        sent[number] = time.monotonic()
        connection.sendall(b"x" * size * in_flight)
    while time.monotonic() - start < seconds:
        for number, _ in poller.poll(0.1):
            waiting[number] += len(by_number[number].recv(1 << 20))
            complete, waiting[number] = divmod(waiting[number], size)
            done += complete
            if in_flight == 1 and complete:
                times.append(time.monotonic() - sent[number])
                sent[number] = time.monotonic()
            for _ in range(complete):
                by_number[number].send(b"x" * size)
    for connection in open_ones:
        connection.close()
    times.sort()
    return done / (time.monotonic() - start), times[len(times) // 2] * 1e6 if times else None


def speed():
    """An echo, straight and through the proxy: round trips a second, that is two messages each."""
    target = subprocess.Popen(
        [sys.executable, "-c", ECHO_SERVER], stdout=subprocess.PIPE, text=True
    )
    address = target.stdout.readline().strip()
    proxy = Proxy(address)
    print(f"{'connections':>11} {'in flight':>9} {'straight/s':>10} {'proxy/s':>10} {'median':>10}")
    for connections, in_flight in ((1, 1), (16, 1), (1, 16), (16, 16)):
        straight, _ = measure(address, connections, in_flight)
        through, median = measure(proxy.ready["listening"], connections, in_flight)
        told = f"{median:.0f} us" if median else "-"
        print(f"{connections:>11} {in_flight:>9} {straight:>10.0f} {through:>10.0f} {told:>10}")
    proxy.close()
    target.terminate()
    target.wait()


ECHO_SERVER = """
import select, socket
listener = socket.create_server(("127.0.0.1", 0))
print("127.0.0.1:%d" % listener.getsockname()[1], flush=True)
poller, connections = select.epoll(), {}
poller.register(listener, select.EPOLLIN)
while True:
    for number, _ in poller.poll():
        if number == listener.fileno():
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connections[connection.fileno()] = connection
            poller.register(connection, select.EPOLLIN)
            continue
        try:
            data = connections[number].recv(1 << 20)
            if data:
                connections[number].sendall(data)
                continue
        except OSError:
            pass
        connections.pop(number).close()
"""

if __name__ == "__main__":
    if sys.argv[1:] == ["--speed"]:
        speed()
    else:
        unittest.main()
