# SPDX-License-Identifier: Apache-2.0
"""Prints the members of an .npz: name, type, shape, values. Needs no numpy."""

import ast
import struct
import sys
import zipfile

FORMATS = {"<f4": "f", "<f8": "d", "<i8": "q", "|u1": "B", "|b1": "?"}

with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for name in archive.namelist():
        data = archive.read(name)
        assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
        (size,) = struct.unpack("<H", data[8:10])
        assert (10 + size) % 64 == 0
        header = ast.literal_eval(data[10:10 + size].decode("latin1"))
        assert header["fortran_order"] is False
        body = data[10 + size:]
        code = FORMATS[header["descr"]]
        count = len(body) // struct.calcsize(code)
        values = struct.unpack("<%d%s" % (count, code), body)
        print(name, header["descr"], header["shape"], *values)
