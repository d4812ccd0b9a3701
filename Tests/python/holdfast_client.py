#!/usr/bin/env python3
"""A small client for the holdfast/1 frame protocol, written from its description alone.

It shares no code with the server and the Swift client: the messages are generated from `proto/` by
protoc when it is loaded, the frames are packed by hand, TLS is the standard library's. What it can
talk to therefore speaks the protocol that is written down, not merely the one both Swift ends agree
on by using the same code.

Three layers, each usable alone:

* `TlsStream`: bytes over TLS 1.3, with the alert or the kind of end kept for whoever asks;
* `RawConnection`: one frame out, one frame in, nothing done behind the caller's back. The protocol
  tests use it to say things no client would say;
* `Client`: calls, streams with credits, deadlines, cancels, pings, and what a GOAWAY means.

It is not fast, does not reconnect and does not retry.

As a program: `holdfast_client.py --address HOST:PORT --certs DIR probe --seconds 2` calls Echo one
by one and prints what an honest caller gets, as one line of JSON.
"""

import argparse
import atexit
import collections
import dataclasses
import enum
import importlib
import itertools
import json
import os
import pathlib
import queue
import re
import select
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

ALPN = "holdfast/1"
HEADER = struct.Struct(">IBBHI")
STREAM_ID_MAX = 0x7FFFFFFF
DEFAULT_CREDIT = 16


class FrameType(enum.IntEnum):
    """The frame types of holdfast/1."""

    HELLO = 1
    REQUEST = 2
    RESPONSE = 3
    ITEM = 4
    CANCEL = 5
    CREDIT = 6
    PING = 7
    GOAWAY = 8


FLAG_ACK = 0x01
FLAG_MUST_UNDERSTAND = 0x80


class Code(enum.IntEnum):
    """google.rpc.Code."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class GoAwayCode(enum.IntEnum):
    """Why a connection ends."""

    UNSPECIFIED = 0
    DRAINING = 1
    MAX_AGE = 2
    IDLE = 3
    PROTOCOL_ERROR = 4
    FRAME_TOO_LARGE = 5
    TOO_MANY_PINGS = 6
    UNAUTHENTICATED = 7
    VERSION_UNSUPPORTED = 8
    SLOW_CONSUMER = 9
    OVERLOADED = 10
    INTERNAL = 11
    TOO_SLOW = 12
    TOO_MANY_CANCELS = 13


# --- Messages -----------------------------------------------------------------------------------


def _generate_messages():
    """Runs protoc into a folder that lives as long as this process; returns the modules."""
    root = pathlib.Path(__file__).resolve().parents[2] / "proto"
    files = sorted(str(path.relative_to(root)) for path in root.rglob("*.proto"))
    folder = tempfile.mkdtemp(prefix="holdfast-python-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(
        ["protoc", "-I", str(root), f"--python_out={folder}", *files], check=True
    )
    sys.path.insert(0, folder)
    try:
        return {
            file: importlib.import_module(file[: -len(".proto")].replace("/", ".") + "_pb2")
            for file in files
        }
    finally:
        sys.path.remove(folder)


_modules = _generate_messages()
frame_pb = _modules["holdfast/rpc/v1/frame.proto"]
details_pb = _modules["holdfast/rpc/v1/error_details.proto"]
echo_pb = _modules["holdfast/v1/echo.proto"]
health_pb = _modules["holdfast/v1/health.proto"]
admin_pb = _modules["holdfast/v1/admin.proto"]
lock_pb = _modules["holdfast/v1/lock.proto"]

ECHO = "holdfast.v1.EchoService/Echo"
ECHO_STREAM = "holdfast.v1.EchoService/EchoStream"
HEALTH_CHECK = "holdfast.v1.HealthService/Check"
HEALTH_WATCH = "holdfast.v1.HealthService/Watch"
LOCKS = "holdfast.v1.LockService/"
ADMIN = "holdfast.v1.AdminService/"


# --- Errors -------------------------------------------------------------------------------------


class HoldfastError(Exception):
    """Everything this module raises about a call or a connection."""


class RpcError(HoldfastError):
    """A call that ended with a code other than OK."""

    def __init__(self, code, message="", details=(), retry_after_ms=0, not_processed=False):
        self.code = Code(code)
        self.message = message
        self.details = list(details)
        self.retry_after_ms = retry_after_ms
        self.not_processed = not_processed
        super().__init__(f"{self.code.name} {self.reason or '-'}: {message}")

    @classmethod
    def from_head(cls, head):
        return cls(
            head.code, head.message, head.details, head.retry_after_ms, head.not_processed
        )

    def _detail(self, kind):
        for detail in self.details:
            if detail.type_url.rsplit("/", 1)[-1].rsplit(".", 1)[-1] == kind.DESCRIPTOR.name:
                return kind.FromString(detail.value)
        return None

    @property
    def error_info(self):
        """The ErrorInfo among the details, or None."""
        return self._detail(details_pb.ErrorInfo)

    @property
    def reason(self):
        """Why, for a program: "LIMIT_REACHED"; empty when the server gave none."""
        info = self.error_info
        return info.reason if info else ""

    @property
    def metadata(self):
        """Names and values that go with the reason."""
        info = self.error_info
        return {entry.key: entry.value for entry in info.metadata} if info else {}

    @property
    def violations(self):
        """Which fields are wrong, and how: (field, description)."""
        bad = self._detail(details_pb.BadRequest)
        return [(v.field, v.description) for v in bad.field_violations] if bad else []


class ConnectionLost(RpcError):
    """The connection ended while the call was open: what became of it is unknown."""

    def __init__(self, message, not_processed=False):
        super().__init__(Code.UNAVAILABLE, message, not_processed=not_processed)


class CertificateRefused(RpcError):
    """The server does not take our certificate. A repeat would not help."""

    def __init__(self, message):
        super().__init__(Code.UNAUTHENTICATED, message)


class Closed(HoldfastError):
    """No more bytes. `how` is "close_notify", "eof", "reset", "alert: ..." or "timeout"."""

    def __init__(self, how):
        self.how = how
        super().__init__(how)


class FrameViolation(HoldfastError):
    """The server sent something the protocol does not allow."""


# --- Bytes over TLS -----------------------------------------------------------------------------


def parse_address(text):
    """ "127.0.0.1:7420" or "[::1]:7420" as (host, port)."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def tls_context(certs, name="client", alpn=(ALPN,), verify=True):
    """A context for a caller with DIR/NAME.pem and DIR/NAME-key.pem; name None shows none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if verify:
        context.load_verify_locations(os.path.join(certs, "ca.pem"))
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if name:
        context.load_cert_chain(
            os.path.join(certs, f"{name}.pem"), os.path.join(certs, f"{name}-key.pem")
        )
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def open_socket(address, timeout=5.0, receive_buffer=None):
    """A connected TCP socket; a receive buffer must be set before connecting."""
    host, port = parse_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(timeout)
        sock.connect((host, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        sock.close()
        raise
    return sock


class TlsStream:
    """TLS over a socket by way of memory BIOs.

    One OpenSSL object must not be used by two threads at once, and a reader that waits must not
    stop a writer. So `_tls` guards the object and is never held while waiting for the network;
    `_sending` keeps records in order on the socket.
    """

    def __init__(self, sock, context, server_name=None, timeout=5.0):
        self.sock = sock
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._in, self._out, server_hostname=server_name or sock.getpeername()[0]
        )
        self._tls, self._sending = threading.Lock(), threading.Lock()
        self._handshake(time.monotonic() + timeout)

    def _handshake(self, deadline):
        try:
            while True:
                try:
                    self._object.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    self._flush()
                    self._fill(deadline)
            self._flush()
        except ssl.SSLError as error:
            self._flush_quietly()
            self.sock.close()
            raise Closed(_alert_text(error)) from error
        except (Closed, OSError) as error:
            self.sock.close()
            raise error if isinstance(error, Closed) else Closed(_os_text(error))

    @property
    def alpn(self):
        return self._object.selected_alpn_protocol()

    @property
    def version(self):
        return self._object.version()

    def _fill(self, deadline):
        """Moves what the socket has into the BIO, or raises Closed at the deadline."""
        poller = select.poll()
        poller.register(self.sock, select.POLLIN)
        left = max(0.0, deadline - time.monotonic())
        if not poller.poll(left * 1000):
            raise Closed("timeout")
        try:
            data = self.sock.recv(65536)
        except OSError as error:
            raise Closed(_os_text(error)) from error
        with self._tls:
            if data:
                self._in.write(data)
            else:
                self._in.write_eof()

    def _flush(self):
        with self._sending:
            with self._tls:
                data = self._out.read()
            if data:
                self.sock.sendall(data)

    def _flush_quietly(self):
        try:
            self._flush()
        except OSError:
            pass

    def send(self, data):
        """Encrypts and sends; blocks while the peer takes nothing (up to the socket's timeout)."""
        view = memoryview(data)
        try:
            while view:
                with self._tls:
                    view = view[self._object.write(view) :]
                self._flush()
        except ssl.SSLError as error:
            raise Closed(_alert_text(error)) from error
        except OSError as error:
            raise Closed(_os_text(error)) from error

    def receive(self, timeout):
        """Some bytes; raises Closed, which tells how the stream ended or that time is up."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                with self._tls:
                    data = self._object.read(262144)
                if not data:
                    raise Closed("close_notify")
                return data
            except ssl.SSLWantReadError:
                self._flush_quietly()
                self._fill(deadline)
            except ssl.SSLEOFError as error:
                raise Closed("eof") from error
            except ssl.SSLError as error:
                raise Closed(_alert_text(error)) from error

    def close(self, notify=True):
        """Ends the stream; without notify it looks like a machine that died."""
        if notify:
            try:
                with self._tls:
                    try:
                        self._object.unwrap()
                    except ssl.SSLError:
                        pass
                self.sock.settimeout(1.0)
                self._flush()
            except (OSError, ValueError):
                pass
        try:
            # Wakes a thread that waits for this socket; close alone would not.
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def abort(self):
        """Ends the connection with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def _alert_text(error):
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"server certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLEOFError):
        return "eof"
    if isinstance(error, ssl.SSLZeroReturnError):
        return "close_notify"
    # Which of the two names an alert has depends on the tables of this Python and this OpenSSL.
    name = error.reason or re.sub(r"^\[.*?\]\s*|\s*\(_ssl.*$", "", str(error))
    return f"alert: {name.upper().replace(' ', '_')}"


def _os_text(error):
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return "reset"
    if isinstance(error, TimeoutError):
        return "timeout"
    return f"socket: {error}"


# --- Frames -------------------------------------------------------------------------------------


@dataclasses.dataclass
class Frame:
    """One frame; `head` and `body` as bytes."""

    type: int
    stream: int = 0
    head: bytes = b""
    body: bytes = b""
    flags: int = 0

    def encode(self):
        return (
            HEADER.pack(
                len(self.head) + len(self.body),
                self.type,
                self.flags,
                len(self.head),
                self.stream,
            )
            + self.head
            + self.body
        )

    @property
    def response_head(self):
        return frame_pb.ResponseHead.FromString(self.head)

    @property
    def goaway(self):
        return frame_pb.GoAway.FromString(self.body)


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self):
        self._buffer = bytearray()

    def feed(self, data):
        self._buffer += data

    @property
    def partial_bytes(self):
        return len(self._buffer)

    def next(self):
        """The next whole frame or None."""
        if len(self._buffer) < HEADER.size:
            return None
        length, kind, flags, head_length, stream = HEADER.unpack_from(self._buffer)
        if length >= 1 << 24 or head_length > length:
            raise FrameViolation(f"length {length}, head {head_length}")
        if len(self._buffer) < HEADER.size + length:
            return None
        end = HEADER.size + length
        head = bytes(self._buffer[HEADER.size : HEADER.size + head_length])
        body = bytes(self._buffer[HEADER.size + head_length : end])
        del self._buffer[:end]
        return Frame(kind, stream, head, body, flags)


def hello_frame(agent="holdfast-python/1", min_minor=1, max_minor=1, **fields):
    hello = frame_pb.Hello(
        agent=agent,
        min_minor=min_minor,
        max_minor=max_minor,
        max_response_bytes=(1 << 24) - 1,
        **fields,
    )
    return Frame(FrameType.HELLO, body=hello.SerializeToString())


def request_frame(stream, method, message=b"", **head):
    if not isinstance(message, bytes):
        message = message.SerializeToString()
    head = frame_pb.RequestHead(method=method, **head).SerializeToString()
    return Frame(FrameType.REQUEST, stream, head, message)


def cancel_frame(stream, code=Code.CANCELLED, reason=""):
    head = frame_pb.CancelHead(code=code, reason=reason).SerializeToString()
    return Frame(FrameType.CANCEL, stream, head)


def credit_frame(stream, count):
    return Frame(FrameType.CREDIT, stream, body=struct.pack(">I", count))


def ping_frame(payload, ack=False):
    return Frame(FrameType.PING, body=payload, flags=FLAG_ACK if ack else 0)


class RawConnection:
    """Frames in and out, nothing else: HELLO is sent only when asked for."""

    def __init__(self, address, context, timeout=5.0, receive_buffer=None):
        sock = open_socket(address, timeout, receive_buffer)
        self.tls = TlsStream(sock, context, timeout=timeout)
        self._reader = FrameReader()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tls.close()

    def send(self, *frames):
        """All frames (or bytes) in one write."""
        self.tls.send(b"".join(f if isinstance(f, bytes) else f.encode() for f in frames))

    def receive(self, timeout=5.0):
        """The next frame, PINGs of the server included; raises Closed."""
        deadline = time.monotonic() + timeout
        while True:
            frame = self._reader.next()
            if frame:
                return frame
            self._reader.feed(self.tls.receive(max(0.0, deadline - time.monotonic())))

    def receive_all(self, timeout=5.0):
        """Every frame until the stream ends or time is up, and how it ended."""
        deadline, frames = time.monotonic() + timeout, []
        while True:
            try:
                frames.append(self.receive(max(0.0, deadline - time.monotonic())))
            except Closed as closed:
                return frames, closed.how


# --- Calls --------------------------------------------------------------------------------------


class Call:
    """One open call; made by `Client.start`."""

    def __init__(self, client, stream, deadline, response_type):
        self.client, self.stream, self.deadline = client, stream, deadline
        self.response_type = response_type
        self.head = None
        self._events = queue.SimpleQueue()

    def _take(self):
        """The next event: ("item" or "end", value)."""
        left = self.deadline - time.monotonic()
        try:
            return self._events.get(timeout=max(0.0, left))
        except queue.Empty:
            # Our clock decides, not the network: the server is told, its answer is dropped.
            self.client._forget(self, Code.DEADLINE_EXCEEDED, "deadline of the caller")
            raise RpcError(Code.DEADLINE_EXCEEDED, "no answer in time") from None

    def _finish(self, value):
        if isinstance(value, Exception):
            raise value
        self.head = value.response_head
        if self.head.code != Code.OK:
            raise RpcError.from_head(self.head)
        return value.body

    def result(self):
        """Waits for the answer of a unary call."""
        kind, value = self._take()
        if kind == "item":
            raise FrameViolation("ITEM for a unary call")
        return self.response_type.FromString(self._finish(value))

    def cancel(self, reason="cancelled by the caller"):
        """Asks the server to stop; the one answer still comes and is what `result` tells."""
        self.client._send_quietly(cancel_frame(self.stream, Code.CANCELLED, reason))


class ResponseStream(Call):
    """A server stream: iterate over it. Credit is given back for each item taken."""

    def __init__(self, *arguments, credit):
        super().__init__(*arguments)
        self._window, self._taken = credit, 0

    def __iter__(self):
        while True:
            kind, value = self._take()
            if kind == "end":
                if self._finish(value):
                    raise FrameViolation("the RESPONSE that ends a stream has a body")
                return
            self._taken += 1
            if self._taken * 2 >= self._window:
                self.client._send_quietly(credit_frame(self.stream, self._taken))
                self._taken = 0
            yield self.response_type.FromString(value.body)


class Client:
    """One connection. Calls may come from any thread; one thread reads."""

    def __init__(self, address, certs, name="client", agent="holdfast-python/1", timeout=5.0):
        self._lock = threading.Lock()
        self._calls, self._pings = {}, {}
        self._next_stream, self._ping_count = 1, itertools.count(1)
        self._ended = None
        self.goaways = []
        try:
            self._raw = RawConnection(address, tls_context(certs, name), timeout)
        except Closed as closed:
            raise _as_call_error(closed) from closed
        try:
            self._raw.send(hello_frame(agent))
            first = self._raw.receive(timeout)
        except Closed as closed:
            # In TLS 1.3 a refused certificate is seen here, at the first read.
            self._raw.tls.close(notify=False)
            raise _as_call_error(closed) from closed
        if first.type == FrameType.GOAWAY:
            self._raw.tls.close()
            raise ConnectionLost(_goaway_text(first.goaway), not_processed=True)
        if first.type != FrameType.HELLO or first.stream != 0:
            raise FrameViolation(f"first frame is {first}")
        self.hello = frame_pb.Hello.FromString(first.body)
        self._raw.tls.sock.settimeout(30.0)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Calls.

    def unary(self, method, request, response_type, timeout=10.0, **head):
        """Calls and waits. Raises RpcError."""
        return self.start(method, request, response_type, timeout, **head).result()

    def start(self, method, request, response_type, timeout=10.0, **head):
        """Calls and does not wait."""
        deadline = time.monotonic() + timeout
        return self._open(
            lambda stream: Call(self, stream, deadline, response_type), method, request, head
        )

    def stream(self, method, request, response_type, timeout=60.0, credit=DEFAULT_CREDIT, **head):
        """Opens a server stream."""
        deadline = time.monotonic() + timeout
        return self._open(
            lambda stream: ResponseStream(self, stream, deadline, response_type, credit=credit),
            method,
            request,
            {"initial_credit": credit, **head},
        )

    def _open(self, make, method, request, head):
        body = request.SerializeToString()
        with self._lock:
            # Stream ids must increase on the wire, so they are given out where frames are sent.
            if self._ended or self.goaways:
                why = self._ended or ConnectionLost("the server is going away")
                raise ConnectionLost(str(why), not_processed=True)
            if self._next_stream > STREAM_ID_MAX:
                raise ConnectionLost("stream ids are used up", not_processed=True)
            call = make(self._next_stream)
            left = max(1, int((call.deadline - time.monotonic()) * 1_000_000))
            frame = request_frame(call.stream, method, body, timeout_us=left, **head)
            size = len(frame.head) + len(frame.body)
            if self.hello.max_request_bytes and size > self.hello.max_request_bytes:
                raise RpcError(
                    Code.RESOURCE_EXHAUSTED,
                    f"request of {size} bytes; the server takes {self.hello.max_request_bytes}",
                    not_processed=True,
                )
            self._next_stream += 2
            self._calls[call.stream] = call
            try:
                self._raw.send(frame)
            except Closed as closed:
                self._calls.pop(call.stream, None)
                raise ConnectionLost(str(closed)) from closed
        return call

    def ping(self, timeout=5.0):
        """The time of one round trip, in seconds."""
        payload = struct.pack(">Q", next(self._ping_count))
        answered = threading.Event()
        self._pings[payload] = answered
        began = time.monotonic()
        try:
            self._raw.send(ping_frame(payload))
            if not answered.wait(timeout) or self._ended:
                raise ConnectionLost(str(self._ended or "no answer to a PING"))
        finally:
            self._pings.pop(payload, None)
        return time.monotonic() - began

    def close(self):
        """Ends the connection; open calls fail."""
        self._end(ConnectionLost("closed by the caller"))
        self._raw.tls.close()
        self._thread.join(5)

    def wait_closed(self, timeout):
        """Whether the connection ended in that time."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # The reading thread. It never waits for a consumer: events go to unbounded queues, which
    # credits bound.

    def _read(self):
        try:
            while not self._ended:
                try:
                    frame = self._raw.receive(1.0)
                except Closed as closed:
                    if closed.how == "timeout":
                        continue
                    raise
                self._received(frame)
        except Closed as closed:
            self._end(_as_call_error(closed))
        except (HoldfastError, OSError, ValueError) as error:
            self._end(ConnectionLost(f"{type(error).__name__}: {error}"))

    def _received(self, frame):
        if frame.type == FrameType.RESPONSE:
            call = self._call(frame, final=True)
            if call:
                call._events.put(("end", frame))
        elif frame.type == FrameType.ITEM:
            call = self._call(frame, final=False)
            if call:
                call._events.put(("item", frame))
        elif frame.type == FrameType.PING and frame.flags & FLAG_ACK:
            answered = self._pings.get(frame.body)
            if answered:
                answered.set()
        elif frame.type == FrameType.PING:
            self._send_quietly(ping_frame(frame.body, ack=True))
        elif frame.type == FrameType.GOAWAY:
            self._going_away(frame.goaway)
        elif frame.type in iter(FrameType):
            raise FrameViolation(f"{FrameType(frame.type).name} from a server")
        elif frame.flags & FLAG_MUST_UNDERSTAND:
            raise FrameViolation(f"unknown frame type {frame.type}")

    def _call(self, frame, final):
        with self._lock:
            if frame.stream % 2 == 0 or frame.stream >= self._next_stream:
                raise FrameViolation(f"answer for stream {frame.stream}, which was never opened")
            # A call we gave up is not in the table any more: its answer crossed our CANCEL.
            if final:
                return self._calls.pop(frame.stream, None)
            return self._calls.get(frame.stream)

    def _going_away(self, goaway):
        with self._lock:
            self.goaways.append(goaway)
            lost = [s for s in self._calls if s > goaway.last_stream_id]
            calls = [self._calls.pop(stream) for stream in lost]
        for call in calls:
            call._events.put(("end", ConnectionLost(_goaway_text(goaway), not_processed=True)))

    def _forget(self, call, code, reason):
        with self._lock:
            if self._calls.pop(call.stream, None) is None:
                return
        self._send_quietly(cancel_frame(call.stream, code, reason))

    def _send_quietly(self, frame):
        try:
            self._raw.send(frame)
        except (Closed, ValueError):
            pass

    def _end(self, error):
        with self._lock:
            if self._ended is None:
                self._ended = error
            calls, self._calls = list(self._calls.values()), {}
        for call in calls:
            call._events.put(("end", self._ended))
        for answered in list(self._pings.values()):
            answered.set()


def _goaway_text(goaway):
    return f"GOAWAY {GoAwayCode(goaway.code).name}: {goaway.reason}"


def _as_call_error(closed):
    if "CERTIFICATE" in closed.how.upper() or "UNKNOWN_CA" in closed.how.upper():
        return CertificateRefused(closed.how)
    return ConnectionLost(closed.how)


# --- An honest caller ---------------------------------------------------------------------------


def probe(address, certs, seconds, pause=0.01):
    """Calls Echo one by one for that long; what a caller would say about the service."""
    times, failures = [], collections.Counter()
    ends = time.monotonic() + seconds
    client = None
    try:
        while time.monotonic() < ends:
            began = time.monotonic()
            try:
                client = client or Client(address, certs, agent="probe")
                payload = os.urandom(16)
                request = echo_pb.EchoRequest(payload=payload)
                answer = client.unary(ECHO, request, echo_pb.EchoResponse, timeout=5)
                if answer.payload != payload:
                    raise FrameViolation("another payload came back")
                times.append(time.monotonic() - began)
            except (HoldfastError, OSError) as error:
                failures[str(error)[:80]] += 1
                if client and client._ended:
                    client = None
            time.sleep(pause)
    finally:
        if client:
            client.close()
    times.sort()
    at = lambda share: round(times[int(share * (len(times) - 1))] * 1000, 2) if times else None
    return {
        "calls": len(times),
        "failures": dict(failures),
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "max_ms": at(1.0),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--address", required=True, help="HOST:PORT of the server")
    parser.add_argument("--certs", required=True, help="folder with ca.pem, client.pem, client-key.pem")
    parser.add_argument("command", choices=["probe"])
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    result = probe(arguments.address, arguments.certs, arguments.seconds)
    print(json.dumps(result))
    return 0 if result["calls"] and not result["failures"] else 1


if __name__ == "__main__":
    sys.exit(main())
