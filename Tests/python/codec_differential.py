"""Compares our codec with Python's protobuf: same messages taken, same meaning, same refusals.

Random messages of every type, and mutations of them, go to both. Ours is stricter on purpose; the
refusals that only it makes are listed in STRICTER and counted. Anything else is a failure:

- ours takes what Python refuses;
- ours refuses, for a reason not listed, what Python takes;
- both take it, and the message that ours writes again differs (unknown fields aside).

Run by tools/test-codec-differential, which prepares the arguments.
"""

import argparse
import collections
import importlib
import math
import pathlib
import random
import struct
import subprocess
import sys

from google.protobuf import descriptor as descriptors

# Refusals of ours that the protobuf specification does not ask for, and why we make them.
STRICTER = {
    "nulInText": "protobuf-c cuts text at a NUL",
    "duplicateMessage": "merging costs protobuf-c quadratic time",
    "group": "groups nest without limit; protobuf-c does not know them",
    "wireTypeMismatch": "a known field of a foreign type is a broken peer, not an unknown field",
    "tooDeep": "depth budget",
    "tooManyFields": "field budget",
    "tooMuchMemory": "memory budget",
}

SCALARS = descriptors.FieldDescriptor
RANGES = {
    SCALARS.TYPE_INT32: (-(2**31), 2**31 - 1),
    SCALARS.TYPE_SINT32: (-(2**31), 2**31 - 1),
    SCALARS.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    SCALARS.TYPE_ENUM: (-(2**31), 2**31 - 1),
    SCALARS.TYPE_INT64: (-(2**63), 2**63 - 1),
    SCALARS.TYPE_SINT64: (-(2**63), 2**63 - 1),
    SCALARS.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    SCALARS.TYPE_UINT32: (0, 2**32 - 1),
    SCALARS.TYPE_FIXED32: (0, 2**32 - 1),
    SCALARS.TYPE_UINT64: (0, 2**64 - 1),
    SCALARS.TYPE_FIXED64: (0, 2**64 - 1),
}
ALPHABET = ["a", "Z", "/", " ", "é", "€", "🙂", "\u0301", "\x01", "\x7f", "\uffff"]


class Probe:
    """The Swift half."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def recode(self, name, data):
        encoded = name.encode()
        self.process.stdin.write(struct.pack("<I", len(encoded)) + encoded)
        self.process.stdin.write(struct.pack("<I", len(data)) + data)
        self.process.stdin.flush()
        header = self.process.stdout.read(5)
        if len(header) < 5:
            raise SystemExit(f"the probe died on {name} {data.hex()}")
        status, count = struct.unpack("<BI", header)
        answer = self.process.stdout.read(count)
        return (True, answer) if status == 0 else (False, answer.decode())

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit("the probe failed at its end")


def random_value(field, rng):
    kind = field.type
    if kind in RANGES:
        low, high = RANGES[kind]
        small = rng.choice([0, 1, 2, 127, 128, 300])
        return rng.choice([low, high, min(small, high), rng.randint(low, high)])
    if kind == SCALARS.TYPE_BOOL:
        return rng.random() < 0.5
    if kind == SCALARS.TYPE_FLOAT:
        return struct.unpack("<f", struct.pack("<f", rng.choice([0, -0.0, 1.5, math.inf, math.nan])))[0]
    if kind == SCALARS.TYPE_DOUBLE:
        return rng.choice([0, -0.0, 0.1, -math.inf, math.nan, 5e-324])
    if kind == SCALARS.TYPE_STRING:
        return "".join(rng.choice(ALPHABET) for _ in range(rng.choice([0, 1, 7, 8, 9, 40])))
    if kind == SCALARS.TYPE_BYTES:
        return rng.randbytes(rng.choice([0, 1, 16, 200]))
    raise AssertionError(f"no values for {field.full_name}")


def fill(message, rng, depth=0):
    for field in message.DESCRIPTOR.fields:
        if rng.random() < 0.4:
            continue
        repeated = field.label == SCALARS.LABEL_REPEATED
        if field.type == SCALARS.TYPE_MESSAGE:
            if repeated:
                for _ in range(rng.randint(0, 3)):
                    fill(getattr(message, field.name).add(), rng, depth + 1)
            else:
                child = getattr(message, field.name)
                child.SetInParent()
                fill(child, rng, depth + 1)
        elif repeated:
            getattr(message, field.name).extend(
                random_value(field, rng) for _ in range(rng.randint(0, 5))
            )
        else:
            setattr(message, field.name, random_value(field, rng))


def mutate(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        if not data:
            data += rng.randbytes(3)
        place = rng.randrange(len(data))
        match rng.randrange(7):
            case 0:
                data[place] ^= 1 << rng.randrange(8)
            case 1:
                data[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
            case 2:
                del data[place]
            case 3:
                data.insert(place, rng.randrange(256))
            case 4:
                del data[place:]
            case 5:
                piece = data[place : place + rng.randrange(1, 20)]
                data[place:place] = piece
            case 6:
                data += data[place:]
    return bytes(data)


def canonical(message):
    message.DiscardUnknownFields()
    return message.SerializeToString(deterministic=True)


def compare(probe, message_class, data, tally):
    """Returns what is wrong, or None."""
    name = message_class.DESCRIPTOR.full_name
    taken, answer = probe.recode(name, data)
    theirs = message_class()
    try:
        theirs.ParseFromString(data)
        refusal = None
    except Exception as error:  # DecodeError, or UnicodeDecodeError for bad text
        refusal = error
    if not taken:
        tally["refused by both" if refusal else f"refused by ours: {answer}"] += 1
        if refusal is None and answer not in STRICTER:
            return f"ours refuses ({answer}) what Python takes"
        return None
    if refusal is not None:
        return f"ours takes what Python refuses ({refusal})"
    tally["taken by both"] += 1
    ours = message_class()
    ours.ParseFromString(answer)
    if canonical(ours) != canonical(theirs):
        return f"meaning differs:\n  ours   {canonical(ours).hex()}\n  theirs {canonical(theirs).hex()}"
    if answer != canonical(theirs):
        return f"bytes differ:\n  ours   {answer.hex()}\n  theirs {canonical(theirs).hex()}"
    return None


def load(directory):
    """Every top-level message class of the generated Python modules."""
    sys.path.insert(0, directory)
    classes = {}
    for path in sorted(pathlib.Path(directory).rglob("*_pb2.py")):
        module = importlib.import_module(
            ".".join(path.relative_to(directory).with_suffix("").parts)
        )
        for name in module.DESCRIPTOR.message_types_by_name:
            message_class = getattr(module, name)
            classes[message_class.DESCRIPTOR.full_name] = message_class
    return classes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--probe", required=True, help="path of holdfast-codec-probe")
    parser.add_argument("--python-out", required=True, help="directory of protoc's Python output")
    parser.add_argument("--messages", type=int, default=150, help="random messages per type")
    parser.add_argument("--mutations", type=int, default=20, help="mutations per message")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    classes = load(options.python_out)
    known = subprocess.run([options.probe, "--list"], check=True, capture_output=True, text=True)
    if set(known.stdout.split()) != set(classes):
        different = set(known.stdout.split()) ^ set(classes)
        raise SystemExit(f"known to one side only: {sorted(different)}; see KnownMessage.swift")

    rng = random.Random(options.seed)
    probe = Probe(options.probe)
    tally = collections.Counter()
    failures = 0
    for name in sorted(classes):
        for _ in range(options.messages):
            message = classes[name]()
            fill(message, rng)
            data = message.SerializeToString()
            cases = [data] + [mutate(data, rng) for _ in range(options.mutations)]
            for number, case in enumerate(cases):
                wrong = compare(probe, classes[name], case, tally)
                if wrong is None and number == 0 and not probe.recode(name, case)[0]:
                    wrong = "a well-formed message is refused"
                if wrong is not None:
                    failures += 1
                    print(f"{name}: {wrong}\n  bytes  {case.hex()}", file=sys.stderr)
                    if failures >= 20:
                        raise SystemExit("too many differences")
    probe.close()
    for outcome, count in sorted(tally.items()):
        print(f"{count:8} {outcome}")
    if failures:
        raise SystemExit(f"{failures} differences")
    if tally["taken by both"] == 0 or tally["refused by both"] == 0:
        raise SystemExit("nothing was compared")
    print(f"no differences; {len(classes)} types, seed {options.seed}")


if __name__ == "__main__":
    main()
