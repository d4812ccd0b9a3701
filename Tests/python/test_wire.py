#!/usr/bin/env python3
"""The holdfast/1 protocol from the outside: every frame type and rule, against a real server.

Where the server is comes from the environment; `tools/test-wire` starts servers and sets it:

    HOLDFAST_TEST_ADDRESS, HOLDFAST_TEST_CERTS    a server with default limits
    HOLDFAST_TEST_TIGHT_ADDRESS, ..._CERTS        one whose time limits are 1 s (ping interval 1 s,
                                                  write stall 2 s); without it those tests skip
    HOLDFAST_TEST_DRAIN_ADDRESS, ..._CERTS        one that may be drained by an admin call
    HOLDFAST_TEST_TERM_ADDRESS, ..._CERTS, _PID   one that may be ended with SIGTERM
    HOLDFAST_TEST_LOCKS_ADDRESS, ..._CERTS        one with --manual-clock, for locks in exact time
    HOLDFAST_TEST_SCRATCH=1                       the server is a scratch build: tests of services
                                                  it lacks skip; anywhere else they fail

The certs folder has ca.pem, client.pem, client-key.pem, admin.pem, admin-key.pem.
Run: python test_wire.py [-v] [NAMES]
"""

import contextlib
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from holdfast_client import (
    ADMIN,
    ECHO,
    ECHO_STREAM,
    FLAG_ACK,
    FLAG_MUST_UNDERSTAND,
    HEADER,
    HEALTH_CHECK,
    HEALTH_WATCH,
    LOCKS,
    CertificateRefused,
    Client,
    Closed,
    Code,
    ConnectionLost,
    Frame,
    FrameReader,
    FrameType,
    GoAwayCode,
    RawConnection,
    RpcError,
    TlsStream,
    admin_pb,
    cancel_frame,
    credit_frame,
    echo_pb,
    frame_pb,
    health_pb,
    hello_frame,
    lock_pb,
    open_socket,
    ping_frame,
    request_frame,
    tls_context,
)

SCRATCH = os.environ.get("HOLDFAST_TEST_SCRATCH") == "1"
KIB = 1024


class Server:
    """Where a server is."""

    def __init__(self, kind):
        prefix = f"HOLDFAST_TEST_{kind}_" if kind else "HOLDFAST_TEST_"
        self.address = os.environ.get(prefix + "ADDRESS")
        self.certs = os.environ.get(prefix + "CERTS")
        self.pid = int(os.environ.get(prefix + "PID", "0"))


def echo(stream, payload=b"x", delay_ms=0, timeout_us=5_000_000, **head):
    message = echo_pb.EchoRequest(payload=payload, delay_ms=delay_ms)
    return request_frame(stream, ECHO, message, timeout_us=timeout_us, **head)


def echo_stream(stream, count, payload=b"x", interval_ms=0, timeout_us=20_000_000, **head):
    message = echo_pb.EchoStreamRequest(payload=payload, count=count, interval_ms=interval_ms)
    return request_frame(stream, ECHO_STREAM, message, timeout_us=timeout_us, **head)


class WireTest(unittest.TestCase):
    """What all the tests below share."""

    kind = ""

    def setUp(self):
        self.server = Server(self.kind)
        if not self.server.address:
            self.skipTest(f"no server of kind '{self.kind or 'default'}' given")
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)

    def context(self, **options):
        return tls_context(self.server.certs, **options)

    def silent(self, **options):
        """A connection that has not said anything yet."""
        return self.stack.enter_context(
            RawConnection(self.server.address, self.context(), **options)
        )

    def raw(self, *behind, **options):
        """A connection whose HELLO (and `behind` it, in the same write) is sent and answered."""
        connection = self.silent(**options)
        connection.send(hello_frame(), *behind)
        first = connection.receive()
        self.assertEqual(first.type, FrameType.HELLO, first)
        connection.hello = frame_pb.Hello.FromString(first.body)
        return connection

    def client(self, name="client", **options):
        return self.stack.enter_context(
            Client(self.server.address, self.server.certs, name, **options)
        )

    def response(self, connection, stream, code=Code.OK, timeout=5.0):
        """The next frame, which must be the RESPONSE of that stream with that code."""
        frame = connection.receive(timeout)
        self.assertEqual((frame.type, frame.stream), (FrameType.RESPONSE, stream), self.tell(frame))
        head = frame.response_head
        self.assertEqual(Code(head.code), code, self.tell(frame))
        if code != Code.OK:
            self.assertEqual(frame.body, b"", "an error has no message")
            self.assertTrue(head.message, "an error says what was wrong")
        return frame

    def tell(self, frame):
        if frame.type == FrameType.GOAWAY:
            return f"GOAWAY {GoAwayCode(frame.goaway.code).name}: {frame.goaway.reason}"
        if frame.type == FrameType.RESPONSE:
            return f"RESPONSE {frame.stream}: {frame.response_head}"
        return str(frame)

    def assert_alive(self, connection, stream=0x7FFFFFF1):
        """The connection still serves; uses up all the stream ids below `stream`."""
        connection.send(echo(stream, b"alive?"))
        frame = self.response(connection, stream)
        self.assertEqual(echo_pb.EchoResponse.FromString(frame.body).payload, b"alive?")

    def assert_goaway(self, connection, *codes, timeout=5.0):
        """The connection ends with a readable GOAWAY of one of the codes, and a clean close."""
        frames, how = connection.receive_all(timeout)
        told = [self.tell(frame) for frame in frames]
        goaways = [frame for frame in frames if frame.type == FrameType.GOAWAY]
        self.assertEqual(len(goaways), 1, f"frames {told}, then {how}")
        self.assertIs(frames[-1], goaways[0], f"GOAWAY is the last frame: {told}")
        self.assertEqual(how, "close_notify", told)
        goaway = goaways[0].goaway
        self.assertEqual(goaways[0].stream, 0)
        self.assertIn(goaway.code, codes, told)
        self.assertTrue(goaway.reason.isprintable() and len(goaway.reason) > 5, goaway.reason)
        return goaway

    def violation(self, *frames, codes=(GoAwayCode.PROTOCOL_ERROR,), hello=True):
        """On a fresh connection these frames end in a GOAWAY."""
        with self.subTest(frames=[f if isinstance(f, bytes) else f.encode()[:40] for f in frames]):
            connection = self.raw() if hello else self.silent()
            connection.send(*frames)
            if not hello:
                frame = connection.receive()
                self.assertEqual(frame.type, FrameType.HELLO, self.tell(frame))
            return self.assert_goaway(connection, *codes)

    def needs(self, method):
        """Skips when a scratch server lacks the method; everywhere else it must be there."""
        if not SCRATCH:
            return
        with self.raw() as connection:
            connection.send(request_frame(1, method, b"", timeout_us=1_000_000))
            frame = connection.receive()
            if frame.type == FrameType.RESPONSE:
                if frame.response_head.code == Code.UNIMPLEMENTED:
                    self.skipTest(f"server lacks {method.split('/')[0]}")


class Handshakes(WireTest):
    """Who gets in, and what the others are told."""

    def refused(self, context):
        """The alert (or end) a caller with this context gets, in the handshake or behind it."""
        try:
            sock = open_socket(self.server.address)
            stream = TlsStream(sock, context)
        except Closed as closed:
            return closed.how
        with contextlib.closing(stream):
            try:
                stream.send(hello_frame().encode())
                while True:
                    stream.receive(5)
            except Closed as closed:
                return closed.how

    def test_tls_1_3_with_our_alpn(self):
        connection = self.raw()
        self.assertEqual(connection.tls.version, "TLSv1.3")
        self.assertEqual(connection.tls.alpn, "holdfast/1")

    def test_our_alpn_among_others(self):
        context = self.context(alpn=("http/1.1", "holdfast/1"))
        with RawConnection(self.server.address, context) as connection:
            self.assertEqual(connection.tls.alpn, "holdfast/1")

    def test_no_alpn_is_refused(self):
        self.assertIn("NO_APPLICATION_PROTOCOL", self.refused(self.context(alpn=())))

    def test_wrong_alpn_is_refused(self):
        for name in ("http/1.1", "holdfast/2", "holdfast/", "holdfast/11"):
            with self.subTest(alpn=name):
                how = self.refused(self.context(alpn=(name,)))
                self.assertIn("NO_APPLICATION_PROTOCOL", how)

    def test_no_client_certificate_is_refused_late(self):
        # The client's handshake is over before the server has looked; the refusal is read later.
        stream = TlsStream(open_socket(self.server.address), self.context(name=None))
        with contextlib.closing(stream), self.assertRaises(Closed) as caught:
            while True:
                stream.receive(5)
        self.assertIn("CERTIFICATE_REQUIRED", caught.exception.how)

    def test_foreign_client_certificate_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
                + ["-nodes", "-keyout", f"{folder}/k.pem", "-out", f"{folder}/c.pem", "-days", "2"]
                + ["-subj", "/CN=admin", "-addext", "subjectAltName=DNS:admin"],
                check=True,
                capture_output=True,
            )
            context = self.context(name=None)
            context.load_cert_chain(f"{folder}/c.pem", f"{folder}/k.pem")
            self.assertRegex(self.refused(context), "UNKNOWN_CA|BAD_CERTIFICATE")

    def test_the_client_names_a_refused_certificate(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.join(self.server.certs, "ca.pem"), f"{folder}/ca.pem")
            with self.assertRaises(CertificateRefused) as caught:
                Client(self.server.address, folder, name=None)
            self.assertEqual(caught.exception.code, Code.UNAUTHENTICATED)

    def test_tls_1_2_is_refused(self):
        context = self.context()
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertIn("PROTOCOL_VERSION", self.refused(context))

    def plain(self, data):
        """What a caller without TLS is answered."""
        with open_socket(self.server.address) as sock:
            sock.sendall(data)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while chunk := sock.recv(4096):
                    answer += chunk
            return answer

    def test_plain_http_gets_a_readable_refusal(self):
        for line in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /a HTTP/1.1\r\n\r\n"):
            answer = self.plain(line)
            self.assertTrue(answer.startswith(b"HTTP/1."), answer)
            self.assertIn(b" 400 ", answer.split(b"\r\n")[0] + b" ")
            self.assertIn(b"TLS", answer)

    def test_plain_http_in_pieces_gets_a_readable_refusal(self):
        with open_socket(self.server.address) as sock:
            for byte in b"GET / HTTP/1.1\r\nHost: x\r\n\r\n":
                try:
                    sock.sendall(bytes([byte]))
                except (BrokenPipeError, ConnectionResetError):
                    break
                time.sleep(0.002)
            with contextlib.suppress(ConnectionResetError):
                self.assertTrue(sock.recv(4096).startswith(b"HTTP/1."))

    def test_plain_frames_and_noise_are_closed(self):
        self.plain(hello_frame().encode())
        self.plain(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.plain(bytes(range(255, 0, -1)) * 4)
        self.plain(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
        self.assert_alive(self.raw())

    def test_http_inside_tls_gets_a_goaway(self):
        connection = self.silent()
        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertEqual(connection.receive().type, FrameType.HELLO)
        self.assert_goaway(
            connection, GoAwayCode.PROTOCOL_ERROR, GoAwayCode.FRAME_TOO_LARGE
        )

    def test_a_cut_connection_does_no_harm(self):
        for _ in range(20):
            connection = self.raw(echo(1, delay_ms=200), echo_stream(3, 10, interval_ms=100))
            connection.tls.abort()
        self.assert_alive(self.raw())


class Hellos(WireTest):
    """The first frame of each side."""

    def test_the_server_tells_what_it_allows(self):
        hello = self.raw().hello
        self.assertEqual(hello.min_minor, hello.max_minor)
        self.assertEqual(hello.max_request_bytes, 64 * KIB)
        self.assertEqual(hello.max_response_bytes, KIB * KIB)
        self.assertEqual(hello.max_concurrent_streams, 256)
        self.assertEqual(hello.max_parked_streams, 16384)
        self.assertEqual(hello.min_ping_interval_ms, 5000)
        self.assertEqual(hello.default_timeout_ms, 10_000)
        self.assertEqual(hello.max_timeout_ms, 600_000)
        self.assertTrue(hello.agent and hello.node_id and hello.cluster_id and hello.incarnation)
        self.assertEqual(hello.incarnation, self.raw().hello.incarnation)

    def test_requests_may_follow_in_the_same_write(self):
        requests = [echo(stream, b"%d" % stream) for stream in range(1, 80, 2)]
        self.assertLess(sum(len(r.encode()) for r in requests), 4 * KIB)
        connection = self.raw(*requests)
        for request in requests:
            frame = self.response(connection, request.stream)
            answer = echo_pb.EchoResponse.FromString(frame.body)
            self.assertEqual(answer.payload, b"%d" % request.stream)

    def test_a_newer_client_is_served(self):
        connection = self.silent()
        connection.send(hello_frame(min_minor=1, max_minor=99, features=["teleport"]))
        hello = frame_pb.Hello.FromString(connection.receive().body)
        self.assertLessEqual(hello.max_minor, 99)
        self.assert_alive(connection)

    def test_no_common_version(self):
        unsupported = (GoAwayCode.VERSION_UNSUPPORTED,)
        self.violation(
            hello_frame(min_minor=1000, max_minor=1001), codes=unsupported, hello=False
        )
        self.violation(hello_frame(min_minor=9, max_minor=1), hello=False,
                       codes=(GoAwayCode.VERSION_UNSUPPORTED, GoAwayCode.PROTOCOL_ERROR))

    def test_anything_else_first_is_refused(self):
        self.violation(echo(1), hello=False)
        self.violation(ping_frame(b"12345678"), hello=False)
        self.violation(cancel_frame(1), hello=False)
        self.violation(Frame(99, flags=FLAG_MUST_UNDERSTAND), hello=False)

    def test_a_second_hello_is_refused(self):
        self.violation(hello_frame())

    def test_a_hello_that_is_none(self):
        self.violation(Frame(FrameType.HELLO, body=b"\xff\xff\xff"), hello=False)
        self.violation(Frame(FrameType.HELLO, 1, body=hello_frame().body), hello=False)

    def test_a_large_hello_is_refused_at_its_header(self):
        header = HEADER.pack(4097, FrameType.HELLO, 0, 0, 0)
        self.violation(header, hello=False,
                       codes=(GoAwayCode.FRAME_TOO_LARGE, GoAwayCode.PROTOCOL_ERROR))

    def test_a_long_agent_is_refused(self):
        self.violation(hello_frame(agent="a" * 257), hello=False,
                       codes=(GoAwayCode.FRAME_TOO_LARGE, GoAwayCode.PROTOCOL_ERROR))
        connection = self.silent()
        connection.send(hello_frame(agent="a" * 256))
        connection.receive()
        self.assert_alive(connection)


class Frames(WireTest):
    """The framing itself."""

    def test_byte_by_byte(self):
        connection = self.silent()
        data = hello_frame().encode() + echo(1, b"slow").encode() + ping_frame(b"abcdefgh").encode()
        for byte in data:
            connection.send(bytes([byte]))
        kinds = {connection.receive().type for _ in range(3)}
        self.assertEqual(kinds, {FrameType.HELLO, FrameType.RESPONSE, FrameType.PING})

    def test_cut_at_every_place(self):
        connection = self.raw()
        length = len(echo(1, b"cut here").encode())
        for offset in range(1, length):
            stream = offset * 2 - 1
            data = echo(stream, b"cut here").encode()
            connection.send(data[:offset])
            time.sleep(0.001)
            connection.send(data[offset:])
            self.response(connection, stream)

    def test_an_unknown_type_is_dropped(self):
        connection = self.raw()
        for stream in (0, 1, 2, 7):
            connection.send(Frame(77, stream, b"\xff" * 9, b"\xff" * 2000))
        connection.send(Frame(0), Frame(255, 3, body=b"x"), Frame(9))
        self.assert_alive(connection)

    def test_an_unknown_type_that_must_be_understood(self):
        self.violation(Frame(77, flags=FLAG_MUST_UNDERSTAND))

    def test_must_understand_on_a_known_type_changes_nothing(self):
        connection = self.raw()
        request = echo(1)
        request.flags = FLAG_MUST_UNDERSTAND
        connection.send(request)
        self.response(connection, 1)

    def test_reserved_bits(self):
        for flags in (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x7F):
            request = echo(1)
            request.flags = flags
            self.violation(request)
        self.violation(Frame(FrameType.PING, body=b"12345678", flags=0x02))
        self.violation(Frame(FrameType.CANCEL, 1, flags=0x01))

    def test_the_top_byte_of_length(self):
        sizes = (GoAwayCode.FRAME_TOO_LARGE, GoAwayCode.PROTOCOL_ERROR)
        for length in (0x01000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
            for kind in (FrameType.REQUEST, 77):
                self.violation(HEADER.pack(length, kind, 0, 0, 1), codes=sizes)

    def test_oversize_is_refused_at_the_header(self):
        codes = (GoAwayCode.FRAME_TOO_LARGE,)
        self.violation(HEADER.pack(64 * KIB + 1, FrameType.REQUEST, 0, 10, 1), codes=codes)
        self.violation(HEADER.pack(0x00FFFFFF, FrameType.REQUEST, 0, 10, 1), codes=codes)
        self.violation(HEADER.pack(0x00FFFFFF, 77, 0, 0, 1), codes=codes)

    def test_the_goaway_is_readable_when_more_was_sent(self):
        # A server that closes with unread bytes resets the connection, and the reason is lost.
        connection = self.raw()
        connection.send(HEADER.pack(1 << 20, FrameType.REQUEST, 0, 10, 1) + bytes(1 << 20))
        self.assert_goaway(connection, GoAwayCode.FRAME_TOO_LARGE)

    def test_exactly_the_largest_request(self):
        connection = self.raw()
        request = echo(1, b"")
        room = 64 * KIB - len(request.head)
        body = b"\x0a" + _varint(room - 4) + bytes(room - 4)
        request.body = body
        self.assertEqual(len(request.head) + len(request.body), 64 * KIB)
        connection.send(request)
        frame = self.response(connection, 1)
        self.assertEqual(frame.body, body)

    def test_head_lengths(self):
        sizes = (GoAwayCode.FRAME_TOO_LARGE, GoAwayCode.PROTOCOL_ERROR)
        self.violation(HEADER.pack(10, FrameType.REQUEST, 0, 11, 1), codes=sizes)
        self.violation(HEADER.pack(0, FrameType.PING, 0, 1, 0), codes=sizes)
        self.violation(HEADER.pack(60000, FrameType.REQUEST, 0, 8 * KIB + 1, 1), codes=sizes)

    def test_a_broken_head(self):
        self.violation(Frame(FrameType.REQUEST, 1, b"\xff\xff\xff"))
        self.violation(Frame(FrameType.REQUEST, 1, b"\x0a\x7fshort"))

    def test_a_broken_cancel_head(self):
        connection = self.raw(echo(1, delay_ms=1000))
        connection.send(Frame(FrameType.CANCEL, 1, b"\xff\xff\xff"))
        self.assert_goaway(connection, GoAwayCode.PROTOCOL_ERROR)

    def test_stream_ids(self):
        self.violation(echo(0))
        self.violation(echo(2))
        self.violation(echo(0x80000000))
        for first, second in ((5, 3), (5, 5), (7, 1)):
            with self.subTest(first=first, second=second):
                connection = self.raw(echo(first))
                self.response(connection, first)
                connection.send(echo(second))
                self.assert_goaway(connection, GoAwayCode.PROTOCOL_ERROR)

    def test_stream_ids_may_leave_gaps_up_to_the_last(self):
        connection = self.raw()
        for stream in (1, 9, 1001, 0x10000001, 0x7FFFFFFF):
            connection.send(echo(stream))
            self.response(connection, stream)

    def test_frames_only_a_server_sends(self):
        self.violation(Frame(FrameType.RESPONSE, 1))
        self.violation(Frame(FrameType.ITEM, 1))

    def test_streams_never_opened(self):
        self.violation(credit_frame(1, 1))
        self.violation(cancel_frame(1))
        self.violation(credit_frame(0, 1))
        self.violation(cancel_frame(0))
        self.violation(cancel_frame(2))

    def test_shapes_of_control_frames(self):
        self.violation(Frame(FrameType.PING, 0, body=b"1234567"))
        self.violation(Frame(FrameType.PING, 0, body=b"123456789"))
        self.violation(Frame(FrameType.PING, 1, body=b"12345678"))
        connection = self.raw(echo_stream(1, 100, initial_credit=1))
        connection.send(Frame(FrameType.CREDIT, 1, body=b"123"))
        self.assert_goaway(connection, GoAwayCode.PROTOCOL_ERROR)

    def test_late_frames_for_an_answered_stream_are_ignored(self):
        connection = self.raw(echo(1))
        self.response(connection, 1)
        connection.send(cancel_frame(1), credit_frame(1, 5), cancel_frame(1))
        self.assert_alive(connection)

    def test_a_goaway_of_the_client_lets_open_calls_end(self):
        connection = self.raw(echo(1, delay_ms=300))
        body = frame_pb.GoAway(code=GoAwayCode.DRAINING, reason="leaving").SerializeToString()
        connection.send(Frame(FrameType.GOAWAY, body=body))
        frames, _ = connection.receive_all(2)
        answers = [f for f in frames if f.type == FrameType.RESPONSE]
        self.assertEqual([f.response_head.code for f in answers], [Code.OK])

    def test_close_notify_with_open_calls(self):
        connection = self.raw(echo(1, delay_ms=300))
        connection.tls.close()
        self.assert_alive(self.raw())

    def test_many_frames_in_one_write(self):
        connection = self.raw()
        for batch in range(10):
            streams = range(batch * 400 + 1, batch * 400 + 401, 2)
            connection.send(*[echo(stream) for stream in streams])
            seen = sorted(connection.receive().stream for _ in streams)
            self.assertEqual(seen, list(streams))


class Unary(WireTest):
    """Calls with one answer."""

    def test_what_is_sent_comes_back(self):
        client = self.client()
        for payload in (b"", b"\0", os.urandom(1000), os.urandom(60 * KIB)):
            answer = client.unary(ECHO, echo_pb.EchoRequest(payload=payload), echo_pb.EchoResponse)
            self.assertEqual(answer.payload, payload)

    def test_an_ok_head_is_small(self):
        connection = self.raw(echo(1))
        head = self.response(connection, 1).response_head
        self.assertEqual((head.code, head.message, head.not_processed), (0, "", False))

    def test_unknown_methods(self):
        connection = self.raw()
        names = ["holdfast.v1.EchoService/Nope", "holdfast.v1.Nope/Echo", "nonsense", "", "/", "a" * 4000]
        for index, name in enumerate(names):
            stream = index * 2 + 1
            connection.send(request_frame(stream, name, b"anything"))
            frame = connection.receive()
            code = frame.response_head.code
            self.assertEqual((frame.type, frame.stream), (FrameType.RESPONSE, stream), self.tell(frame))
            self.assertIn(code, (Code.UNIMPLEMENTED, Code.INVALID_ARGUMENT), name)
            if index < 2:
                self.assertEqual(code, Code.UNIMPLEMENTED)
        self.assert_alive(connection)

    def bad_body(self, body, method=ECHO):
        connection = self.raw(request_frame(1, method, body, timeout_us=2_000_000))
        self.response(connection, 1, Code.INVALID_ARGUMENT)
        self.assert_alive(connection)

    def test_bad_bodies(self):
        cases = {
            "garbage": b"\xff\xff\xff\xff",
            "cut": b"\x0a\x05abc",
            "wrong wire type": b"\x08\x01",
            "varint of 11 bytes": b"\x10" + b"\xff" * 10 + b"\x01",
            "field number 0": b"\x02\x00",
            "group": b"\x7b\x7c",
            "end of no group": b"\x7c",
            "reserved wire types": b"\x7e",
            "length beyond the body": b"\x0a\xff\xff\xff\xff\x0f",
        }
        for name, body in cases.items():
            with self.subTest(name):
                self.bad_body(body)

    def test_too_many_fields(self):
        self.bad_body(b"\x10\x01" * 5000)
        self.bad_body(b"\x78\x01" * 5000)

    def test_unknown_fields_are_ignored(self):
        body = echo_pb.EchoRequest(payload=b"p").SerializeToString()
        extra = b"\x78\x01" + b"\x7a\x03abc" + b"\x7d\0\0\0\0" + b"\x79" + bytes(8)
        connection = self.raw(request_frame(1, ECHO, extra + body + extra))
        answer = echo_pb.EchoResponse.FromString(self.response(connection, 1).body)
        self.assertEqual(answer.payload, b"p")

    def test_unknown_fields_in_the_head_are_ignored(self):
        request = echo(1)
        request.head = b"\xfa\x07\x03abc" + request.head
        connection = self.raw(request)
        self.response(connection, 1)

    def test_strings_are_checked(self):
        self.needs(HEALTH_CHECK)
        self.bad_body(b"\x0a\x02\xc3\x28", HEALTH_CHECK)
        self.bad_body(b"\x0a\x03a\0b", HEALTH_CHECK)

    def test_metadata(self):
        connection = self.raw()
        entry = lambda name: frame_pb.Metadata(key=name, value=b"\0\xff")
        connection.send(echo(1, metadata=[entry(f"name-{i}") for i in range(32)]))
        self.response(connection, 1)
        connection.send(echo(3, metadata=[entry(f"name-{i}") for i in range(33)]))
        self.response(connection, 3, Code.RESOURCE_EXHAUSTED)
        for stream, name in ((5, "Upper"), (7, ""), (9, "two words"), (11, "new\nline")):
            with self.subTest(name=name):
                connection.send(echo(stream, metadata=[entry(name)]))
                self.response(connection, stream, Code.INVALID_ARGUMENT)
        self.assert_alive(connection)

    def test_request_ids(self):
        connection = self.raw()
        connection.send(echo(1, request_id=os.urandom(16)))
        self.response(connection, 1)
        for stream, size in ((3, 1), (5, 15), (7, 17)):
            with self.subTest(bytes=size):
                connection.send(echo(stream, request_id=os.urandom(size)))
                self.response(connection, stream, Code.INVALID_ARGUMENT)

    def test_a_slow_call_does_not_hold_up_the_others(self):
        connection = self.raw(echo(1, delay_ms=300), echo(3))
        self.response(connection, 3)
        self.response(connection, 1)

    def test_deadline(self):
        connection = self.raw()
        began = time.monotonic()
        connection.send(echo(1, delay_ms=10_000, timeout_us=150_000))
        frame = self.response(connection, 1, Code.DEADLINE_EXCEEDED)
        took = time.monotonic() - began
        self.assertGreaterEqual(took, 0.14)
        self.assertLess(took, 2.0)
        self.assertFalse(frame.response_head.not_processed)
        self.assert_alive(connection)

    def test_deadlines_at_the_ends_of_the_range(self):
        connection = self.raw()
        connection.send(echo(1, delay_ms=1000, timeout_us=1))
        self.response(connection, 1, Code.DEADLINE_EXCEEDED)
        connection.send(echo(3, timeout_us=(1 << 64) - 1), echo(5, timeout_us=1 << 63))
        self.response(connection, 3)
        self.response(connection, 5)
        connection.send(echo(7, timeout_us=0))
        self.response(connection, 7)

    def test_the_client_keeps_its_own_deadline(self):
        client = self.client()
        with self.assertRaises(RpcError) as caught:
            client.unary(ECHO, echo_pb.EchoRequest(delay_ms=5000), echo_pb.EchoResponse, timeout=0.2)
        self.assertEqual(caught.exception.code, Code.DEADLINE_EXCEEDED)
        client.unary(ECHO, echo_pb.EchoRequest(), echo_pb.EchoResponse)

    def test_cancel(self):
        connection = self.raw(echo(1, delay_ms=10_000, timeout_us=20_000_000))
        began = time.monotonic()
        connection.send(cancel_frame(1, reason="changed my mind"))
        self.response(connection, 1, Code.CANCELLED)
        self.assertLess(time.monotonic() - began, 2)
        connection.send(cancel_frame(1))
        self.assert_alive(connection)

    def test_cancel_in_the_same_write(self):
        connection = self.raw()
        for stream in range(1, 101, 2):
            connection.send(echo(stream, delay_ms=3000), cancel_frame(stream), cancel_frame(stream))
            self.response(connection, stream, Code.CANCELLED)
        self.assert_alive(connection)

    def test_each_stream_has_one_answer_whatever_crosses(self):
        # Cancels and deadlines that fall on the answer: still exactly one RESPONSE each.
        connection = self.raw()
        streams = range(1, 301, 2)
        for stream in streams:
            connection.send(echo(stream, delay_ms=5, timeout_us=5_000 if stream % 4 == 1 else 10**6))
            if stream % 4 == 3:
                time.sleep(0.005)
                connection.send(cancel_frame(stream))
        connection.send(echo(1001, delay_ms=300))
        seen = []
        while not seen or seen[-1] != 1001:
            frame = connection.receive()
            self.assertEqual(frame.type, FrameType.RESPONSE, self.tell(frame))
            code = frame.response_head.code
            self.assertIn(code, (Code.OK, Code.CANCELLED, Code.DEADLINE_EXCEEDED))
            seen.append(frame.stream)
        self.assertEqual(sorted(seen), [*streams, 1001])

    def test_more_calls_than_allowed(self):
        connection = self.raw()
        streams = range(1, 801, 2)
        connection.send(*[echo(stream, delay_ms=800) for stream in streams])
        codes = {}
        for _ in streams:
            frame = connection.receive(10)
            self.assertEqual(frame.type, FrameType.RESPONSE, self.tell(frame))
            self.assertNotIn(frame.stream, codes)
            head = frame.response_head
            codes[frame.stream] = head.code
            if head.code != Code.OK:
                self.assertEqual(head.code, Code.RESOURCE_EXHAUSTED, head)
                self.assertTrue(head.not_processed, head)
                error = RpcError.from_head(head)
                self.assertTrue(error.reason, "says why, for a program")
                self.assertEqual(error.error_info.domain, "holdfast")
        admitted = sum(code == Code.OK for code in codes.values())
        # 16 of the 256 may be kept back for keep-alive, release and close.
        self.assertIn(admitted, range(240, 257))
        self.assert_alive(connection)

    def test_the_client_gives_the_reason_of_an_error(self):
        client = self.client()
        calls = [
            client.start(ECHO, echo_pb.EchoRequest(delay_ms=400), echo_pb.EchoResponse)
            for _ in range(300)
        ]
        errors = []
        for call in calls:
            try:
                call.result()
            except RpcError as error:
                errors.append(error)
        self.assertGreaterEqual(len(errors), 44)
        self.assertEqual({error.code for error in errors}, {Code.RESOURCE_EXHAUSTED})
        self.assertEqual(len({error.reason for error in errors}), 1)
        self.assertTrue(all(error.not_processed for error in errors))


class Streams(WireTest):
    """Server streams and credits."""

    def items(self, connection, stream, count, first=0):
        for index in range(first, first + count):
            frame = connection.receive()
            self.assertEqual((frame.type, frame.stream), (FrameType.ITEM, stream), self.tell(frame))
            self.assertEqual(frame.head, b"", "the HEAD of an ITEM is reserved")
            self.assertEqual(echo_pb.EchoStreamResponse.FromString(frame.body).index, index)

    def quiet(self, connection, seconds=0.3):
        frames, how = connection.receive_all(seconds)
        self.assertEqual((frames, how), ([], "timeout"))

    def test_items_then_one_response(self):
        connection = self.raw(echo_stream(1, 10))
        self.items(connection, 1, 10)
        self.assertEqual(self.response(connection, 1).body, b"")

    def test_no_items(self):
        connection = self.raw(echo_stream(1, 0))
        self.assertEqual(self.response(connection, 1).body, b"")

    def test_sixteen_credits_when_none_are_named(self):
        connection = self.raw(echo_stream(1, 40))
        self.items(connection, 1, 16)
        self.quiet(connection)
        connection.send(credit_frame(1, 1))
        self.items(connection, 1, 1, first=16)
        self.quiet(connection)
        connection.send(credit_frame(1, 2), credit_frame(1, 3))
        self.items(connection, 1, 5, first=17)
        self.quiet(connection)
        connection.send(credit_frame(1, 1000))
        self.items(connection, 1, 18, first=22)
        self.response(connection, 1)

    def test_one_credit_at_a_time(self):
        connection = self.raw(echo_stream(1, 30, initial_credit=1))
        for index in range(30):
            self.items(connection, 1, 1, first=index)
            connection.send(credit_frame(1, 1))
        self.response(connection, 1)

    def test_the_end_needs_no_credit(self):
        connection = self.raw(echo_stream(1, 3, initial_credit=3))
        self.items(connection, 1, 3)
        self.response(connection, 1)

    def test_too_much_credit_overflows_nothing(self):
        connection = self.raw(echo_stream(1, 50, initial_credit=0xFFFFFFFF, interval_ms=1))
        for _ in range(5):
            connection.send(credit_frame(1, 0xFFFFFFFF), credit_frame(1, 0))
        frames, how = connection.receive_all(1.5)
        if frames[-1].type != FrameType.GOAWAY:
            self.assertEqual(len(frames), 51)
        self.assert_alive(self.raw())

    def test_cancel(self):
        connection = self.raw(echo_stream(1, 1_000_000, interval_ms=10))
        self.items(connection, 1, 3)
        connection.send(cancel_frame(1))
        frames, _ = connection.receive_all(0.6)
        self.assertEqual(frames[-1].type, FrameType.RESPONSE)
        self.assertEqual(frames[-1].response_head.code, Code.CANCELLED)
        self.assertTrue(all(frame.type == FrameType.ITEM for frame in frames[:-1]))
        self.assert_alive(connection)

    def test_cancel_without_credit(self):
        connection = self.raw(echo_stream(1, 1_000_000, initial_credit=1))
        self.items(connection, 1, 1)
        connection.send(cancel_frame(1))
        self.response(connection, 1, Code.CANCELLED)

    def test_deadline(self):
        connection = self.raw(echo_stream(1, 1000, interval_ms=20, timeout_us=200_000))
        frames, _ = connection.receive_all(1.5)
        self.assertEqual(frames[-1].type, FrameType.RESPONSE)
        self.assertEqual(frames[-1].response_head.code, Code.DEADLINE_EXCEEDED)

    def test_deadline_without_credit(self):
        connection = self.raw(echo_stream(1, 1000, initial_credit=1, timeout_us=200_000))
        self.items(connection, 1, 1)
        self.response(connection, 1, Code.DEADLINE_EXCEEDED)

    def test_streams_do_not_take_the_place_of_calls(self):
        streams = range(1, 801, 2)
        connection = self.raw()
        connection.send(*[echo_stream(s, 2, initial_credit=1) for s in streams])
        for _ in streams:
            self.assertEqual(connection.receive().type, FrameType.ITEM)
        self.assert_alive(connection, 1001)
        connection.send(*[credit_frame(s, 1) for s in streams])
        ends = [connection.receive() for _ in range(800)]
        self.assertEqual(sum(f.type == FrameType.RESPONSE for f in ends), 400)

    def test_calls_do_not_take_the_place_of_streams(self):
        connection = self.raw()
        connection.send(*[echo(stream, delay_ms=1000) for stream in range(1, 513, 2)])
        connection.send(echo_stream(2001, 1))
        while (frame := connection.receive()).stream != 2001:
            self.assertEqual(frame.response_head.code, Code.RESOURCE_EXHAUSTED, self.tell(frame))
        self.assertEqual(frame.type, FrameType.ITEM, self.tell(frame))

    def test_the_client_gives_credit_as_it_takes(self):
        client = self.client()
        request = echo_pb.EchoStreamRequest(payload=b"p" * 100, count=2000)
        for credit in (1, 2, 16, 100):
            stream = client.stream(ECHO_STREAM, request, echo_pb.EchoStreamResponse, credit=credit)
            self.assertEqual([item.index for item in stream], list(range(2000)))

    def test_a_stream_that_is_not_read_stops_nobody(self):
        client = self.client()
        request = echo_pb.EchoStreamRequest(payload=b"p" * 1000, count=2000)
        stream = client.stream(ECHO_STREAM, request, echo_pb.EchoStreamResponse, credit=4)
        for _ in range(50):
            client.unary(ECHO, echo_pb.EchoRequest(), echo_pb.EchoResponse)
        self.assertEqual(sum(1 for _ in stream), 2000)

    def test_a_unary_method_gives_no_items(self):
        connection = self.raw(echo(1, initial_credit=5))
        self.response(connection, 1)
        connection.send(echo(3, delay_ms=100), credit_frame(3, 5))
        frame = connection.receive()
        self.assertIn(frame.type, (FrameType.RESPONSE, FrameType.GOAWAY))


class Pings(WireTest):
    """Life signs."""

    def test_the_same_bytes_come_back(self):
        connection = self.raw(ping_frame(b"\0\xff01abcd"))
        frame = connection.receive()
        self.assertEqual((frame.type, frame.flags, frame.stream), (FrameType.PING, FLAG_ACK, 0))
        self.assertEqual((frame.head, frame.body), (b"", b"\0\xff01abcd"))

    def test_the_client_measures_a_round_trip(self):
        self.assertLess(self.client().ping(), 5)

    def test_answered_ahead_of_queued_answers(self):
        # The client takes nothing for a while, so answers queue up in the server; the answer to
        # the PING may have to wait for bytes that are on the way, not for those that are queued.
        connection = self.raw(receive_buffer=4096)
        size, count = 60 * KIB, 60
        for stream in range(1, count * 2, 2):
            connection.send(echo(stream, os.urandom(size), timeout_us=30_000_000))
            if stream == 31:
                time.sleep(0.3)
                connection.send(ping_frame(b"queue me"))
        kinds = []
        while len(kinds) < count + 1:
            frame = connection.receive(20)
            self.assertIn(frame.type, (FrameType.RESPONSE, FrameType.PING), self.tell(frame))
            kinds.append(frame.type)
        place = kinds.index(FrameType.PING)
        self.assertLess(place, count)

    def test_behind_pipelined_requests(self):
        requests = [echo(stream, b"x" * 400, delay_ms=20) for stream in range(1, 201, 2)]
        connection = self.raw()
        connection.send(*requests, ping_frame(b"overtake"))
        kinds = [connection.receive().type for _ in range(101)]
        self.assertEqual(kinds[0], FrameType.PING)

    def test_flood(self):
        connection = self.raw()
        for count in range(30):
            try:
                connection.send(ping_frame(struct.pack(">Q", count)))
            except Closed:
                break
        frames, how = connection.receive_all(5)
        acks = [frame for frame in frames if frame.type == FrameType.PING]
        self.assertLessEqual(len(acks), 6)
        self.assertGreaterEqual(len(acks), 1)
        self.assertEqual(frames[-1].goaway.code, GoAwayCode.TOO_MANY_PINGS)
        self.assertEqual(how, "close_notify")

    def test_an_answer_nobody_asked_for(self):
        connection = self.raw()
        connection.send(ping_frame(b"12345678", ack=True))
        self.assert_alive(connection)


class Bounds(WireTest):
    """Too much of something."""

    def test_cancel_flood(self):
        connection = self.raw()
        try:
            for stream in range(1, 1201, 2):
                connection.send(echo(stream, delay_ms=2000), cancel_frame(stream))
        except Closed:
            pass
        frames, how = connection.receive_all(5)
        self.assertEqual(frames[-1].type, FrameType.GOAWAY, self.tell(frames[-1]))
        self.assertEqual(frames[-1].goaway.code, GoAwayCode.TOO_MANY_CANCELS)
        self.assertEqual(how, "close_notify")

    def test_who_does_not_read_is_not_read(self):
        # Beyond 1 MiB of queued answers the server takes no more requests from this caller.
        connection = self.raw(receive_buffer=4096)
        connection.tls.sock.settimeout(1.0)
        sent, stream = 0, 1
        try:
            while sent < 64 * KIB * KIB:
                connection.send(echo(stream, bytes(60 * KIB), timeout_us=60_000_000))
                sent, stream = sent + 60 * KIB, stream + 2
        except Closed as closed:
            self.assertIn(closed.how, ("timeout", "reset"))
        self.assertLess(sent, 32 * KIB * KIB)
        self.assert_alive(self.raw())


class Health(WireTest):
    """holdfast.v1.HealthService."""

    def setUp(self):
        super().setUp()
        self.needs(HEALTH_CHECK)

    def check(self, client, name):
        request = health_pb.HealthServiceCheckRequest(service=name)
        return client.unary(HEALTH_CHECK, request, health_pb.HealthServiceCheckResponse).status

    def watch(self, client, name):
        request = health_pb.HealthServiceWatchRequest(service=name)
        return client.stream(HEALTH_WATCH, request, health_pb.HealthServiceWatchResponse)

    def test_check(self):
        client = self.client()
        self.assertEqual(self.check(client, ""), health_pb.SERVING_STATUS_SERVING)
        for name in ("EchoService", "HealthService", "AdminService"):
            status = self.check(client, f"holdfast.v1.{name}")
            self.assertEqual(status, health_pb.SERVING_STATUS_SERVING, name)

    def test_check_of_an_unknown_service(self):
        with self.assertRaises(RpcError) as caught:
            self.check(self.client(), "holdfast.v1.Nope")
        self.assertEqual(caught.exception.code, Code.NOT_FOUND)

    def test_watch(self):
        client = self.client()
        for name, status in (
            ("", health_pb.SERVING_STATUS_SERVING),
            ("holdfast.v1.EchoService", health_pb.SERVING_STATUS_SERVING),
            ("holdfast.v1.Nope", health_pb.SERVING_STATUS_SERVICE_UNKNOWN),
        ):
            stream = self.watch(client, name)
            items = iter(stream)
            self.assertEqual(next(items).status, status, name)
            stream.cancel()
            with self.assertRaises(RpcError) as caught:
                list(items)
            self.assertEqual(caught.exception.code, Code.CANCELLED)


class Admin(WireTest):
    """holdfast.v1.AdminService."""

    def setUp(self):
        super().setUp()
        self.needs(ADMIN + "GetServerInfo")

    def call(self, client, name, **fields):
        request = getattr(admin_pb, name + "Request")(**fields)
        return client.unary(ADMIN + name, request, getattr(admin_pb, name + "Response"))

    def test_server_info(self):
        client = self.client("admin")
        info = self.call(client, "GetServerInfo")
        if SCRATCH and info.version == "scratch":
            self.skipTest("server lacks an answer of its own to GetServerInfo")
        self.assertEqual(info.node_id, client.hello.node_id)
        self.assertEqual(info.cluster_id, client.hello.cluster_id)
        self.assertEqual(info.incarnation, client.hello.incarnation)
        self.assertEqual(info.state, admin_pb.SERVER_STATE_SERVING)
        self.assertGreaterEqual(info.connections, 1)
        self.assertGreaterEqual(info.active_streams, 1)
        self.assertGreaterEqual(info.loops, 1)
        self.assertIn("OpenSSL", info.tls_library)
        self.assertTrue(info.version and info.caller_identity and info.certificate_identity)
        self.assertGreater(info.certificate_not_after_unix_ms, time.time() * 1000)
        self.assertLess(abs(info.started_at_unix_ms + info.uptime_ms - time.time() * 1000), 5000)
        self.assertGreater(info.resident_bytes, 1 << 20)
        if self.server.pid:
            self.assertEqual(info.process_id, self.server.pid)
        before = info.calls_total
        self.assertGreater(self.call(client, "GetServerInfo").calls_total, before)

    def test_limits(self):
        client = self.client("admin")
        limits = {limit.name.split(".")[-1]: limit for limit in self.call(client, "ListLimits").limits}
        for name, told in (
            ("request_bytes", client.hello.max_request_bytes),
            ("response_bytes", client.hello.max_response_bytes),
            ("active_streams", client.hello.max_concurrent_streams),
            ("parked_streams", client.hello.max_parked_streams),
            ("ping_interval_min", client.hello.min_ping_interval_ms),
        ):
            self.assertEqual(limits[name].value, told, name)
        self.assertEqual(limits["request_bytes"].unit, "bytes")
        self.assertEqual(limits["ping_interval_min"].unit, "ms")
        self.assertEqual(limits["active_streams"].unit, "count")
        self.assertTrue(all(limit.effect for limit in limits.values()))

    def test_connections(self):
        client = self.client("admin", agent="the-admin")
        others = [self.client(agent=f"caller-{i}") for i in range(4)]
        found, token = [], b""
        for _ in range(1000):
            page = self.call(client, "ListConnections", page_size=2, page_token=token)
            self.assertLessEqual(len(page.connections), 2)
            found += page.connections
            token = page.next_page_token
            if not token:
                break
        agents = [connection.agent for connection in found]
        for agent in ("the-admin", "caller-0", "caller-1", "caller-2", "caller-3"):
            self.assertEqual(agents.count(agent), 1, agent)
        self.assertEqual(len({connection.id for connection in found}), len(found))
        own = found[agents.index("the-admin")]
        self.assertEqual(own.state, "open")
        self.assertTrue(own.peer.startswith("127.0.0.1:"), own.peer)
        self.assertTrue(own.identity)
        self.assertGreater(own.bytes_in, 0)
        self.assertGreater(own.bytes_out, 0)
        self.assertGreaterEqual(own.active_streams, 1)
        for other in others:
            other.close()

    def test_a_page_token_of_somebody_else(self):
        with self.assertRaises(RpcError) as caught:
            self.call(self.client("admin"), "ListConnections", page_token=b"no token of yours")
        self.assertEqual(caught.exception.code, Code.INVALID_ARGUMENT)

    def test_streams(self):
        client = self.client("admin", agent="stream-lister")
        slow = client.start(ECHO, echo_pb.EchoRequest(delay_ms=1000), echo_pb.EchoResponse)
        request = echo_pb.EchoStreamRequest(count=5)
        stream = client.stream(ECHO_STREAM, request, echo_pb.EchoStreamResponse, credit=1)
        time.sleep(0.1)
        page = self.call(client, "ListConnections", page_size=1000)
        own = [c.id for c in page.connections if c.agent == "stream-lister"][0]
        answer = self.call(client, "ListStreams", connection_id=own)
        streams = {info.stream_id: info for info in answer.streams}
        self.assertEqual(streams[slow.stream].method, ECHO)
        self.assertFalse(streams[slow.stream].parked)
        self.assertGreater(streams[slow.stream].remaining_ms, 1000)
        self.assertEqual(streams[stream.stream].method, ECHO_STREAM)
        self.assertTrue(streams[stream.stream].parked)
        self.assertFalse(answer.truncated)
        self.assertTrue(self.call(client, "ListStreams", connection_id=own, page_size=1).truncated)
        slow.result()
        self.assertEqual(len(list(stream)), 5)

    def test_log_level(self):
        client = self.client("admin")
        first = self.call(client, "SetLogLevel", level="debug").previous_level
        try:
            self.assertEqual(self.call(client, "GetServerInfo").log_level, "debug")
            with self.assertRaises(RpcError) as caught:
                self.call(client, "SetLogLevel", level="loud")
            self.assertEqual(caught.exception.code, Code.INVALID_ARGUMENT)
        finally:
            self.assertEqual(self.call(client, "SetLogLevel", level=first).previous_level, "debug")

    def test_reload(self):
        self.assertTrue(self.call(self.client("admin"), "Reload").outcomes)


class SlowPeers(WireTest):
    """Time limits, on a server where they are short."""

    kind = "TIGHT"

    def test_a_handshake_that_is_not_finished(self):
        with open_socket(self.server.address) as sock:
            sock.sendall(b"\x16\x03\x01")
            self.ends_within(sock, 4)

    def test_a_caller_that_says_nothing(self):
        with open_socket(self.server.address) as sock:
            self.ends_within(sock, 4)

    def ends_within(self, sock, seconds):
        began = time.monotonic()
        sock.settimeout(seconds)
        with contextlib.suppress(ConnectionResetError):
            while sock.recv(4096):
                pass
        self.assertGreater(time.monotonic() - began, 0.5)

    def test_no_hello(self):
        connection = self.silent()
        self.assertEqual(connection.receive().type, FrameType.HELLO)
        self.assert_goaway(connection, GoAwayCode.TOO_SLOW)

    def test_half_a_hello(self):
        connection = self.silent()
        connection.send(hello_frame().encode()[:15])
        self.assertEqual(connection.receive().type, FrameType.HELLO)
        self.assert_goaway(connection, GoAwayCode.TOO_SLOW)

    def test_half_a_frame(self):
        connection = self.raw(echo(1).encode()[:20])
        self.slow_goaway(connection)

    def test_one_byte_at_a_time_is_no_life_sign(self):
        connection = self.raw()
        data, began = echo(1, b"x" * 100).encode(), time.monotonic()
        with contextlib.suppress(Closed):
            for byte in data:
                connection.send(bytes([byte]))
                time.sleep(0.1)
        self.assertLess(time.monotonic() - began, 8)
        self.slow_goaway(connection)

    def slow_goaway(self, connection):
        frames, how = connection.receive_all(4)
        self.assertEqual(frames[-1].type, FrameType.GOAWAY, [self.tell(f) for f in frames])
        self.assertEqual(frames[-1].goaway.code, GoAwayCode.TOO_SLOW)
        self.assertEqual(how, "close_notify")

    def test_the_server_pings_who_is_silent(self):
        connection = self.raw()
        for _ in range(2):
            frame = connection.receive(4)
            self.assertEqual((frame.type, frame.flags), (FrameType.PING, 0), self.tell(frame))
            self.assertEqual(len(frame.body), 8)
            connection.send(ping_frame(frame.body, ack=True))
        self.assert_alive(connection)

    def test_who_does_not_answer_a_ping_is_gone(self):
        connection = self.raw()
        began = time.monotonic()
        frames, how = connection.receive_all(6)
        self.assertNotEqual(how, "timeout", [self.tell(frame) for frame in frames])
        self.assertGreater(time.monotonic() - began, 1.5)

    def test_the_client_answers_pings(self):
        client = self.client()
        self.assertFalse(client.wait_closed(4))
        client.unary(ECHO, echo_pb.EchoRequest(), echo_pb.EchoResponse)

    def test_who_takes_nothing_is_closed(self):
        connection = self.raw(receive_buffer=4096)
        connection.tls.sock.settimeout(0.5)
        stream = 1
        with contextlib.suppress(Closed):
            while stream < 2000:
                connection.send(echo(stream, bytes(60 * KIB), timeout_us=60_000_000))
                stream += 2
        time.sleep(4)
        frames, how = connection.receive_all(10)
        self.assertNotEqual(how, "timeout", "the connection is still open")
        self.assertLess(len(frames), stream // 2)
        self.assert_alive(self.raw())


class Locks(WireTest):
    """Locks, in time that passes only when a test says so."""

    kind = "LOCKS"

    def setUp(self):
        super().setUp()
        self.caller = self.client()
        self.admin = self.client("admin")

    def call(self, method, request, **options):
        response = getattr(lock_pb, type(request).__name__.replace("Request", "Response"))
        return self.caller.unary(LOCKS + method, request, response, **options)

    def attempt(self, *names, **fields):
        head = {"request_id": fields.pop("request_id")} if "request_id" in fields else {}
        fields.setdefault("ttl_ms", 1000)
        request = lock_pb.TryAcquireRequest(names=names, **fields)
        return self.call("TryAcquire", request, **head)

    def release(self, name, grant):
        return self.call("Release", lock_pb.ReleaseRequest(names=[name], grant=grant)).was_held

    def advance(self, milliseconds):
        request = admin_pb.AdvanceClockRequest(milliseconds=milliseconds)
        self.admin.unary(ADMIN + "AdvanceClock", request, admin_pb.AdvanceClockResponse)

    def waiting(self, name):
        return self.call("GetLock", lock_pb.GetLockRequest(name=name)).lock.waiting

    def test_a_lock_has_one_holder_until_it_ends(self):
        first = self.attempt("py/one", metadata=b"me").held
        self.assertEqual(len(first.grant), 16)
        self.advance(999)
        refused = self.attempt("py/one").not_held
        self.assertEqual(refused.obstacle, lock_pb.LOCK_OBSTACLE_HELD)
        self.assertEqual((refused.name, refused.remaining_ms), ("py/one", 1))
        self.assertEqual(refused.holder_metadata, b"me")
        self.advance(1)
        second = self.attempt("py/one").held
        self.assertGreater(second.fence, first.fence)

    def test_the_request_id_names_the_grant(self):
        name = os.urandom(16)
        first = self.attempt("py/id", request_id=name).held
        again = self.attempt("py/id", request_id=name).held
        self.assertEqual(first.grant, name)
        self.assertEqual((again.grant, again.fence), (first.grant, first.fence))
        self.assertTrue(self.release("py/id", name))
        self.assertFalse(self.release("py/id", name))
        with self.assertRaises(RpcError) as caught:
            self.attempt("py/id", request_id=name)
        self.assertEqual((caught.exception.code, caught.exception.reason), (Code.ABORTED, "LOCK_BURIED"))

    def test_a_grant_without_request_id_is_named_by_the_server(self):
        connection = self.raw()
        request = lock_pb.TryAcquireRequest(names=["py/nameless"], ttl_ms=1000)
        connection.send(request_frame(1, LOCKS + "TryAcquire", request, timeout_us=5_000_000))
        frame = self.response(connection, 1)
        held = lock_pb.TryAcquireResponse.FromString(frame.body).held
        self.assertEqual(len(held.grant), 16)
        self.assertTrue(self.release("py/nameless", held.grant))

    def test_who_waits_is_answered_by_the_release(self):
        held = self.attempt("py/wait").held
        connection = self.raw()
        request = lock_pb.AcquireRequest(names=["py/wait"], ttl_ms=1000, wait_ms=60_000)
        connection.send(request_frame(1, LOCKS + "Acquire", request, request_id=os.urandom(16)))
        while self.waiting("py/wait") == 0:
            time.sleep(0.01)
        release = lock_pb.ReleaseRequest(names=["py/wait"], grant=held.grant)
        connection.send(request_frame(3, LOCKS + "Release", release, timeout_us=5_000_000))
        frames = {frame.stream: frame for frame in (connection.receive(5), connection.receive(5))}
        self.assertTrue(lock_pb.ReleaseResponse.FromString(frames[3].body).was_held)
        next_held = lock_pb.AcquireResponse.FromString(frames[1].body).held
        self.assertGreater(next_held.fence, held.fence)

    def test_a_cancelled_wait_leaves_nothing(self):
        held = self.attempt("py/cancel").held
        connection = self.raw()
        request = lock_pb.AcquireRequest(names=["py/cancel"], ttl_ms=1000, wait_ms=60_000)
        connection.send(request_frame(1, LOCKS + "Acquire", request, request_id=os.urandom(16)))
        while self.waiting("py/cancel") == 0:
            time.sleep(0.01)
        connection.send(cancel_frame(1))
        self.response(connection, 1, Code.CANCELLED)
        self.assertEqual(self.waiting("py/cancel"), 0)
        self.assertTrue(self.release("py/cancel", held.grant))
        self.assertTrue(self.attempt("py/cancel").HasField("held"))

    def test_a_thousand_waits_do_not_keep_a_lock_from_being_released(self):
        held = self.attempt("py/many").held
        connection = self.raw()
        count = 1000
        request = lock_pb.AcquireRequest(names=["py/many"], ttl_ms=1000, wait_ms=60_000)
        for index in range(count):
            connection.send(
                request_frame(1 + 2 * index, LOCKS + "Acquire", request, request_id=os.urandom(16))
            )
        while self.waiting("py/many") < count:
            time.sleep(0.02)
        release = lock_pb.ReleaseRequest(names=["py/many"], grant=held.grant)
        stream = 1 + 2 * count
        connection.send(request_frame(stream, LOCKS + "Release", release, timeout_us=5_000_000))
        frames = {frame.stream: frame for frame in (connection.receive(5), connection.receive(5))}
        self.assertIn(stream, frames)
        first = lock_pb.AcquireResponse.FromString(frames[1].body).held
        self.assertGreater(first.fence, held.fence)
        # The connection ends here, with everybody who waits on it.
        self.stack.close()
        self.caller = self.client()
        deadline = time.monotonic() + 10
        while self.waiting("py/many") > 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.waiting("py/many"), 0)

    def test_what_is_wrong_is_said(self):
        cases = [
            ({"names": []}, "names", "INVALID_NAME"),
            ({"names": ["a", "a"]}, "names", "INVALID_NAME"),
            ({"names": ["x" * 513]}, "names", "INVALID_NAME"),
            ({"names": ["a\tb"]}, "names", "INVALID_NAME"),
            ({"names": ["a"], "ttl_ms": 1}, "ttl_ms", "INVALID_FIELD"),
            ({"names": ["a"], "session": b"123"}, "session", "INVALID_FIELD"),
            ({"names": ["a"], "wait_ms": (1 << 64) - 1}, "wait_ms", "INVALID_FIELD"),
        ]
        for fields, field, reason in cases:
            with self.subTest(field=field, reason=reason):
                with self.assertRaises(RpcError) as caught:
                    self.call("Acquire", lock_pb.AcquireRequest(**fields))
                self.assertEqual(caught.exception.code, Code.INVALID_ARGUMENT)
                self.assertEqual(caught.exception.reason, reason)
                self.assertEqual(caught.exception.violations[0][0], field)

    def test_names_that_are_no_utf_8_are_refused(self):
        connection = self.raw()
        for stream, body in ((1, b"\x0a\x02\xc3\x28"), (3, b"\x0a\x02a\x00"), (5, b"\x0a\xff")):
            connection.send(request_frame(stream, LOCKS + "TryAcquire", body, timeout_us=1_000_000))
            self.response(connection, stream, Code.INVALID_ARGUMENT)
        self.assert_alive(connection)


class DrainTest(WireTest):
    """What a draining server does; subclasses say how it is told to."""

    def begin(self):
        raise NotImplementedError

    def assert_nobody_gets_in(self):
        """A new caller is told at once; one left waiting would not go to another server."""
        began = time.monotonic()
        try:
            with RawConnection(self.server.address, self.context(), timeout=3.0) as connection:
                connection.send(hello_frame())
                frames, how = connection.receive_all(3)
                self.assertEqual(frames[-1].type, FrameType.GOAWAY, how)
        except (Closed, OSError) as error:
            self.assertNotEqual(getattr(error, "how", ""), "timeout", "left waiting")
        self.assertLess(time.monotonic() - began, 2.0)

    def drain(self):
        busy = self.raw(echo(1, b"slow", delay_ms=1500))
        watching = self.raw()
        idle = self.raw()
        self.begin()

        frame = busy.receive()
        self.assertEqual(frame.type, FrameType.GOAWAY, self.tell(frame))
        self.assertEqual(frame.goaway.code, GoAwayCode.DRAINING)
        self.assertGreaterEqual(frame.goaway.last_stream_id, 0x7FFFFFFF)
        self.assertTrue(frame.goaway.reason)

        self.assert_nobody_gets_in()

        # A request that crossed the first GOAWAY is served: the client could not know.
        busy.send(echo(3, b"crossed"))
        kinds = []
        final = None
        answers = {}
        while True:
            try:
                frame = busy.receive(10)
            except Closed as closed:
                how = closed.how
                break
            kinds.append(self.tell(frame)[:60])
            if frame.type == FrameType.PING and not frame.flags & FLAG_ACK:
                busy.send(ping_frame(frame.body, ack=True))
            elif frame.type == FrameType.GOAWAY:
                self.assertIsNone(final, kinds)
                final = frame.goaway
                busy.send(echo(5, b"too late"))
            elif frame.type == FrameType.RESPONSE:
                self.assertNotIn(frame.stream, answers)
                answers[frame.stream] = frame.response_head
        self.assertIsNotNone(final, kinds)
        self.assertEqual(final.last_stream_id, 3, kinds)
        self.assertEqual(answers[1].code, Code.OK, kinds)
        self.assertEqual(answers[3].code, Code.OK, kinds)
        if 5 in answers:
            self.assertEqual(answers[5].code, Code.UNAVAILABLE)
            self.assertTrue(answers[5].not_processed)
        self.assertEqual(how, "close_notify", kinds)

        # Who has nothing open goes at once: both GOAWAYs, then a clean close, well before the grace.
        for connection in (idle, watching):
            frames, how = connection.receive_all(5)
            goaways = [f.goaway for f in frames if f.type == FrameType.GOAWAY]
            self.assertEqual([g.code for g in goaways], [GoAwayCode.DRAINING] * 2)
            self.assertEqual(goaways[1].last_stream_id, 0)
            self.assertEqual(how, "close_notify")


class DrainByAdmin(DrainTest):
    """The server is told by an admin call."""

    kind = "DRAIN"

    def setUp(self):
        super().setUp()
        # Asking for Drain itself would drain the server.
        self.needs(ADMIN + "GetServerInfo")

    def begin(self):
        admin = self.client("admin")
        request = admin_pb.DrainRequest(grace_ms=8000, reason="moving house")
        told = admin.unary(ADMIN + "Drain", request, admin_pb.DrainResponse)
        self.assertGreaterEqual(told.connections, 3)

    def test_admin_drain(self):
        health = self.client(agent="health")
        request = health_pb.HealthServiceWatchRequest()
        items = iter(health.stream(HEALTH_WATCH, request, health_pb.HealthServiceWatchResponse))
        self.assertEqual(next(items).status, health_pb.SERVING_STATUS_SERVING)
        self.drain()
        self.assertEqual(next(items).status, health_pb.SERVING_STATUS_NOT_SERVING)
        self.assertEqual(health.goaways[0].reason, "moving house")


class DrainByTerm(DrainTest):
    """The server is told by SIGTERM."""

    kind = "TERM"

    def setUp(self):
        super().setUp()
        if not self.server.pid:
            self.skipTest("no pid given")

    def begin(self):
        os.kill(self.server.pid, signal.SIGTERM)

    def test_sigterm_drain(self):
        client = self.client()
        slow = client.start(ECHO, echo_pb.EchoRequest(payload=b"s", delay_ms=1000), echo_pb.EchoResponse)
        self.drain()
        self.assertEqual(slow.result().payload, b"s")
        with self.assertRaises(ConnectionLost) as caught:
            client.unary(ECHO, echo_pb.EchoRequest(), echo_pb.EchoResponse)
        self.assertTrue(caught.exception.not_processed)
        self.assertTrue(client.wait_closed(5))
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            try:
                open_socket(self.server.address, timeout=1).close()
            except OSError:
                return
            time.sleep(0.1)
        self.fail("still accepting 10 s after it was told to stop")


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def main():
    if not os.environ.get("HOLDFAST_TEST_ADDRESS"):
        print(__doc__, file=sys.stderr)
        return 2
    began = time.monotonic()
    program = unittest.main(exit=False)
    result = program.result
    print(
        f"wire: {result.testsRun} tests, {len(result.failures)} failed, "
        f"{len(result.errors)} broken, {len(result.skipped)} skipped, "
        f"{time.monotonic() - began:.1f} s"
    )
    for test, why in result.skipped:
        print(f"  skipped: {why} ({test.id().removeprefix('__main__.')})")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
