# SPDX-License-Identifier: Apache-2.0
"""Event files as bytes: their records, and clocks set to fixed times."""

import os
import struct


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc_table()


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    """The payloads of an event file."""
    while data:
        (size,) = struct.unpack("<Q", data[:8])
        yield data[12 : 12 + size]
        data = data[16 + size :]


def framed(payload):
    size = struct.pack("<Q", len(payload))
    return (
        size
        + struct.pack("<I", masked_crc(size))
        + payload
        + struct.pack("<I", masked_crc(payload))
    )


def with_fixed_times(data):
    """The same file, its event i written 1000 + i seconds after the epoch.

    All else stays byte for byte: wall_time is the first field of an event.
    """
    out = b""
    for i, payload in enumerate(records(data)):
        assert payload[:1] == b"\x09", "an event begins with its wall_time"
        out += framed(payload[:1] + struct.pack("<d", 1000.0 + i) + payload[9:])
    return out


def is_event_file(name):
    return "tfevents" in name


def collect(source, target):
    """Moves what a writer left in `source` to the folder `target`.

    Event files get fixed times and the name events.tfevents, numbered in the
    order of their names where a directory has several.
    """
    for folder, _, names in os.walk(source):
        below = os.path.relpath(folder, source)
        events = sorted(name for name in names if is_event_file(name))
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            if name in events:
                data = with_fixed_times(data)
                number = events.index(name)
                name = f"events.tfevents.{number}" if len(events) > 1 else "events.tfevents"
            os.makedirs(os.path.join(target, below), exist_ok=True)
            with open(os.path.join(target, below, name), "wb") as file:
                file.write(data)
