#!/usr/bin/env python3
"""Attacks on a holdfast server, each bounded in time, rate and number of connections.

    hostile.py --address HOST:PORT --certs DIR --attack NAME --seconds N [--json]
    hostile.py --sink --attack NAME --seconds N        the same work against a local sink

An attack is a plan per round; rounds come at a fixed rate, so that what the attacker does (and the
processor time it takes) does not depend on how the server answers. What the server answered is
counted by name: "GOAWAY FRAME_TOO_LARGE", "RESPONSE RESOURCE_EXHAUSTED ACTIVE_STREAMS_LIMIT",
"alert: ...", "reset", "open" (nothing was said; the connection lived until we left).

`--sink` starts a child process that accepts TLS and throws everything away. The slowdown an honest
caller sees beside it is what the attacker's processor time alone costs on this machine; only what
goes beyond that is the server's.
"""

import argparse
import collections
import json
import math
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from holdfast_client import (
    ALPN,
    ECHO,
    ECHO_STREAM,
    HEADER,
    Closed,
    Frame,
    FrameType,
    FrameViolation,
    GoAwayCode,
    RawConnection,
    RpcError,
    cancel_frame,
    echo_pb,
    hello_frame,
    open_socket,
    ping_frame,
    request_frame,
    tls_context,
)

CONNECTIONS_MAX = 512


class Attacker:
    """What the attacks share: where to, until when, and the counts."""

    def __init__(self, address, context, seconds, rate, connections, sink_life=None):
        self.address, self.context = address, context
        self.ends = time.monotonic() + seconds
        self.rate, self.connections = rate, min(connections, CONNECTIONS_MAX)
        self.is_sink, self.sink_life = sink_life is not None, sink_life
        self.answers, self.sent = collections.Counter(), collections.Counter()
        self._lock = threading.Lock()

    def count(self, answer, by=1):
        with self._lock:
            self.answers[answer] += by

    def did(self, what, by=1):
        with self._lock:
            self.sent[what] += by

    def rounds(self):
        """Counts rounds at the rate, shared by nobody, until time is up."""
        began, number = time.monotonic(), 0
        while time.monotonic() < self.ends:
            self.did("rounds")
            yield number
            number += 1
            ahead = began + number / self.rate - time.monotonic()
            if ahead > 0:
                time.sleep(min(ahead, max(0.0, self.ends - time.monotonic())))

    def connect(self, *behind, **options):
        """A connection with HELLO and `behind` sent; None when it is refused."""
        try:
            connection = RawConnection(self.address, self.context, **options)
            self.did("connections")
            connection.send(hello_frame("hostile"), *behind)
            return connection
        except (Closed, OSError) as error:
            self.count(f"refused: {getattr(error, 'how', type(error).__name__)}")
            return None

    def send(self, connection, *frames):
        """Whether it could be sent."""
        try:
            connection.send(*frames)
            return True
        except Closed:
            return False

    def note(self, frame):
        """Counts one answer by name."""
        if frame.type == FrameType.GOAWAY:
            self.count(f"GOAWAY {GoAwayCode(frame.goaway.code).name}")
        elif frame.type == FrameType.RESPONSE:
            error = RpcError.from_head(frame.response_head)
            self.count(f"RESPONSE {error.code.name} {error.reason}".rstrip())
        elif frame.type != FrameType.HELLO:
            self.count(FrameType(frame.type).name)

    def listen(self, connection, seconds=0.3, until_end=True):
        """Counts what comes for so long; says whether the connection still lives."""
        if self.is_sink:
            return True
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.note(connection.receive(max(0.0, deadline - time.monotonic())))
            except Closed as closed:
                if closed.how == "timeout":
                    if until_end:
                        self.count("open")
                    return True
                if until_end or closed.how != "close_notify":
                    self.count(f"end: {closed.how}")
                return False
            except FrameViolation as violation:
                self.count(f"violation of the server: {violation}")
                return False

    def leave(self, connection):
        connection.tls.close()

    def burst(self, plan, pause=0.3):
        """One connection per round: sends what `plan` gives, listens, leaves."""
        for number in self.rounds():
            connection = self.connect()
            if connection:
                for frames in plan(number):
                    if not self.send(connection, *frames):
                        break
                    self.did("writes")
                self.listen(connection, pause)
                self.leave(connection)

    def keep(self, plan):
        """One connection for as long as it lives: each round sends what `plan` gives."""
        connection, turn = None, 0
        ends = time.monotonic() + (self.sink_life or 0)
        for _ in self.rounds():
            if self.is_sink and connection and time.monotonic() >= ends:
                # So often would the server have ended it.
                ends += self.sink_life
                self.leave(connection)
                connection = None
            if connection is None:
                connection, turn = self.connect(), 0
                if connection is None:
                    continue
                # Who never drains its socket is another attack.
                connection.tls.sock.settimeout(1.0)
            frames = plan(turn)
            turn += 1
            alive = self.send(connection, *frames)
            self.did("frames", len(frames))
            if not self.listen(connection, 0.0, until_end=False) or not alive:
                self.listen(connection, 0.2)
                self.leave(connection)
                connection = None
        if connection:
            self.listen(connection, 0.2)
            self.leave(connection)


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


# --- The attacks --------------------------------------------------------------------------------


def length_bomb(attacker):
    """Headers that announce up to 4 GiB, and bodies that announce more than they have."""
    lengths = [64 * 1024 + 1, 0x00FFFFFF, 0x01000000, 0x7FFFFFFF, 0xFFFFFFFF]

    def plan(number):
        kind = number % (len(lengths) + 2)
        if kind < len(lengths):
            return [[HEADER.pack(lengths[kind], FrameType.REQUEST, 0, 8, 1) + bytes(4096)]]
        if kind == len(lengths):
            body = b"\x0a" + varint(0x7FFFFFFF) + b"x"
            return [[request_frame(1, ECHO, body)]]
        # As large as allowed and never finished: memory must grow with bytes, not with LENGTH.
        return [[HEADER.pack(64 * 1024, FrameType.REQUEST, 0, 8, 1) + b"x"]]

    attacker.burst(plan)


def nesting_bomb(attacker):
    """Messages and groups nested as deep as 64 KiB allows, in bodies and heads."""
    nested = b""
    while len(nested) < 60_000:
        nested = b"\x7a" + varint(len(nested)) + nested
        if len(nested) > 20_000:
            break
    groups = b"\x7b" * 30_000
    deep_metadata = b"\x42" + varint(4000) + b"\x42" * 4000

    def plan(number):
        bodies = [nested, groups, b"\x0a" + varint(len(nested)) + nested]
        if number % 4 < 3:
            return [[request_frame(1, ECHO, bodies[number % 4])]]
        return [[Frame(FrameType.REQUEST, 1, deep_metadata, b"")]]

    attacker.burst(plan)


def slow_frame(attacker):
    """Many connections that each send one byte of a frame per second."""
    data = request_frame(1, ECHO, echo_pb.EchoRequest(payload=bytes(500))).encode()
    connections, positions = {}, {}
    per_second = attacker.connections
    began = time.monotonic()
    for number in range(attacker.connections):
        if time.monotonic() >= attacker.ends:
            break
        connection = attacker.connect()
        if connection:
            connections[number], positions[number] = connection, 0
    attacker.did("setup_ms", int((time.monotonic() - began) * 1000))
    attacker.rate = max(1, per_second)
    for turn in attacker.rounds():
        number = turn % attacker.connections
        connection = connections.get(number)
        if not connection:
            continue
        position = positions[number]
        if not attacker.send(connection, data[position : position + 1]):
            attacker.listen(connection, 0.1)
            attacker.leave(connections.pop(number))
        else:
            attacker.did("bytes")
            positions[number] = (position + 1) % len(data)
            if not attacker.listen(connection, 0.0, until_end=False):
                attacker.leave(connections.pop(number))
    for connection in connections.values():
        attacker.listen(connection, 0.01)
        attacker.leave(connection)


def never_reads(attacker):
    """Asks for large answers and endless streams and takes none of them."""
    payload = bytes(32 << 10)
    connections = []
    for number in attacker.rounds():
        if len(connections) < min(8, attacker.connections):
            connection = attacker.connect(receive_buffer=4096)
            if connection:
                connection.tls.sock.settimeout(0.05)
                message = echo_pb.EchoStreamRequest(payload=payload, count=1_000_000)
                stream = request_frame(
                    1, ECHO_STREAM, message, timeout_us=60_000_000, initial_credit=0xFFFFFFFF
                )
                attacker.send(connection, stream)
                connections.append([connection, 3, True])
        for entry in connections:
            if entry[2]:
                frame = request_frame(
                    entry[1], ECHO, echo_pb.EchoRequest(payload=payload), timeout_us=60_000_000
                )
                entry[1] += 2
                # A send that blocks leaves half a record behind: nothing may follow it.
                entry[2] = attacker.send(entry[0], frame)
                attacker.did("frames")
                if not entry[2]:
                    attacker.count("blocked or closed")
    for entry in connections:
        entry[0].tls.abort()


def ping_flood(attacker):
    """PINGs, a hundred in each write."""
    attacker.keep(lambda turn: [ping_frame(b"%08d" % (turn * 100 + i)) for i in range(100)])


def cancel_flood(attacker):
    """Opens calls and cancels them at once."""
    message = echo_pb.EchoRequest(delay_ms=1000)

    def plan(turn):
        frames = []
        for stream in range(turn * 64 + 1, turn * 64 + 65, 2):
            frames += [request_frame(stream, ECHO, message), cancel_frame(stream)]
        return frames

    attacker.keep(plan)


def many_tiny_frames(attacker):
    """Frames without content, thousands in one write: of unknown type, and empty requests."""

    def plan(turn):
        if turn % 2 == 0:
            return [Frame(0x55).encode() * 4000]
        empty = request_frame(0, ECHO, b"")
        streams = range(turn * 1000 + 1, turn * 1000 + 401, 2)
        return [Frame(FrameType.REQUEST, s, empty.head, b"") for s in streams]

    attacker.keep(plan)


def unknown_field_bomb(attacker):
    """Requests that consist of fields nobody knows, which a decoder must not keep."""
    tiny = b"\x78\x01" * 30_000
    large = b"\x7a" + varint(60_000) + bytes(60_000)
    few = b"\x78\x01" * 2000
    head = b"\xf8\x07\x01" * 2000

    def plan(number):
        body = (tiny, large, few)[number % 3]
        frames = [request_frame(stream, ECHO, body) for stream in (1, 3, 5, 7)]
        with_head = request_frame(9, ECHO, b"")
        with_head.head += head
        return [[*frames, with_head]]

    attacker.burst(plan)


def handshake_flood(attacker):
    """TCP connections that begin TLS and stop half-way, and are kept open."""
    hello = client_hello(attacker.context)
    held = collections.deque()
    for number in attacker.rounds():
        try:
            sock = open_socket(attacker.address, timeout=1.0)
        except OSError as error:
            attacker.count(f"refused: {type(error).__name__}")
            continue
        cut = (len(hello), len(hello) // 2, 1)[number % 3]
        try:
            sock.sendall(hello[:cut])
            attacker.did("half handshakes")
        except OSError as error:
            attacker.count(f"end: {type(error).__name__}")
        held.append(sock)
        if len(held) > attacker.connections:
            look_and_close(attacker, held.popleft())
    for sock in held:
        look_and_close(attacker, sock)


def look_and_close(attacker, sock):
    sock.setblocking(False)
    try:
        data = sock.recv(65536)
        attacker.count("closed" if not data else "answered the handshake")
    except BlockingIOError:
        attacker.count("open")
    except OSError as error:
        attacker.count(f"end: {type(error).__name__}")
    sock.close()


def client_hello(context):
    """The first bytes a client of this context sends."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def connect_abort_flood(attacker):
    """Connections that are reset: before TLS, half-way, behind HELLO, with calls open."""
    hello = client_hello(attacker.context)
    linger = b"\x01\0\0\0\0\0\0\0"
    slow = request_frame(1, ECHO, echo_pb.EchoRequest(delay_ms=500))
    for number in attacker.rounds():
        if number % 8 == 7:
            connection = attacker.connect(slow)
            if connection:
                connection.tls.abort()
            continue
        try:
            sock = open_socket(attacker.address, timeout=1.0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            if number % 2:
                sock.sendall(hello)
            sock.close()
            attacker.did("aborted")
        except OSError as error:
            attacker.count(f"refused: {type(error).__name__}")


# name: (attack, rounds a second, connections)
ATTACKS = {
    "length-bomb": (length_bomb, 20, 1),
    "nesting-bomb": (nesting_bomb, 20, 1),
    "slow-frame": (slow_frame, 50, 50),
    "never-reads": (never_reads, 100, 8),
    "ping-flood": (ping_flood, 50, 1),
    "cancel-flood": (cancel_flood, 20, 1),
    "handshake-flood": (handshake_flood, 200, 100),
    "connect-abort-flood": (connect_abort_flood, 100, 1),
    "many-tiny-frames": (many_tiny_frames, 20, 1),
    "unknown-field-bomb": (unknown_field_bomb, 20, 1),
}


# --- The sink -----------------------------------------------------------------------------------


def serve_sink(folder):
    """Accepts TLS on a free port and throws away what comes. Prints the port first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(f"{folder}/server.pem", f"{folder}/server-key.pem")
    if os.path.exists(f"{folder}/ca.pem"):
        context.load_verify_locations(f"{folder}/ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols([ALPN])
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listener.getsockname()[1], flush=True)
    places = threading.BoundedSemaphore(512)

    def serve(sock):
        try:
            sock.settimeout(10)
            with context.wrap_socket(sock, server_side=True) as stream:
                while stream.recv(65536):
                    pass
        except (OSError, ValueError):
            pass
        finally:
            sock.close()
            places.release()

    while True:
        sock, _ = listener.accept()
        places.acquire()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-keyout", f"{folder}/server-key.pem", "-out", f"{folder}/server.pem"]
        + ["-days", "2", "-subj", "/CN=sink"],
        check=True,
        capture_output=True,
    )


def start_sink(certs):
    """The child process and its address."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--internal-sink", certs], stdout=subprocess.PIPE, text=True
    )
    return child, f"127.0.0.1:{int(child.stdout.readline())}"


# --- The program --------------------------------------------------------------------------------


def run(arguments):
    attack, rate, connections = ATTACKS[arguments.attack]
    rate = arguments.rate or rate * arguments.rate_factor
    child = None
    with tempfile.TemporaryDirectory() as folder:
        try:
            if arguments.sink and arguments.certs:
                child, address = start_sink(arguments.certs)
                context = tls_context(arguments.certs)
            elif arguments.sink:
                make_certificate(folder)
                child, address = start_sink(folder)
                context = tls_context(None, name=None, verify=False)
            else:
                address, context = arguments.address, tls_context(arguments.certs)
            before = time.process_time()
            began = time.monotonic()
            attacker = Attacker(
                address,
                context,
                arguments.seconds,
                rate,
                arguments.connections or connections,
                arguments.sink_life if arguments.sink else None,
            )
            if arguments.announce:
                print("begins", flush=True)
            attack(attacker)
            return {
                "attack": arguments.attack,
                "target": "sink" if arguments.sink else "server",
                "seconds": round(time.monotonic() - began, 2),
                "attacker_cpu_seconds": round(time.process_time() - before, 3),
                "sent": dict(attacker.sent.most_common()),
                "answers": dict(attacker.answers.most_common()),
            }
        finally:
            if child:
                child.kill()
                child.wait()


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--internal-sink":
        serve_sink(sys.argv[2])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--address", help="HOST:PORT of the server")
    parser.add_argument("--certs", help="folder with ca.pem, client.pem, client-key.pem")
    parser.add_argument("--attack", choices=sorted(ATTACKS), help="what to do")
    parser.add_argument("--seconds", type=float, default=2.0, help="for how long (default 2)")
    parser.add_argument("--rate", type=float, help="rounds a second, in place of the attack's own")
    parser.add_argument("--rate-factor", type=float, default=1.0, help="times the attack's own rate")
    parser.add_argument("--announce", action="store_true", help="print a line when it begins")
    parser.add_argument("--connections", type=int, help=f"at most {CONNECTIONS_MAX}")
    parser.add_argument(
        "--sink", action="store_true",
        help="against a local sink instead; with --certs its handshakes cost what a server's do")
    parser.add_argument(
        "--sink-life", type=float, default=math.inf, metavar="SECONDS",
        help="how long an attack that keeps its connection may keep it at the sink (default: ever)")
    parser.add_argument("--json", action="store_true", help="one line of JSON at the end")
    parser.add_argument("--list", action="store_true", help="names the attacks")
    arguments = parser.parse_args()
    if arguments.list:
        for name, (attack, *_) in ATTACKS.items():
            print(f"{name:20} {attack.__doc__}" if not arguments.json else name)
        return 0
    if not arguments.attack:
        parser.error("--attack is missing")
    if not arguments.sink and not (arguments.address and arguments.certs):
        parser.error("--address and --certs are needed, or --sink")
    if not 0 < arguments.seconds <= 3600:
        parser.error("--seconds must be above 0 and at most 3600")
    result = run(arguments)
    if not arguments.json:
        print(f"{result['attack']} against the {result['target']}: {result['seconds']} s, "
              f"{result['attacker_cpu_seconds']} s of processor time")
        for kind in ("sent", "answers"):
            for name, count in result[kind].items():
                print(f"  {kind:8} {count:8}  {name}")
    else:
        print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
