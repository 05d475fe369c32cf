#!/usr/bin/env python3
"""What Pillow, and torch's SummaryWriter with it, need for the pixels of tblog_image_bench.

    TBLOG_BENCH_PIXELS=pixels build/release/tests/bench/tblog_image_bench > ours.txt
    tests/bench/image_peers.py pixels/*.p?m

A line an image: bytes, then microseconds, minimum and median of 7 (Pillow), and of torch's add_image() where torch is there
(encoding and writing, without the queue's thread). What was encoded is read back and compared.
"""
import io
import pathlib
import statistics
import sys
import tempfile
import time

import numpy
from PIL import Image

ROUNDS = 7


def seconds(call):
    """Minimum and median."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times), statistics.median(times)


def pillow(pixels):
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return encoded.getvalue()


def torch_call(pixels):
    """torch's path from an array to bytes in a file, or None."""
    try:
        from torch.utils.tensorboard import FileWriter, summary
    except ImportError:
        return None
    writer = FileWriter(tempfile.mkdtemp())

    def call():
        # What add_image() does; flush() waits for the thread that writes.
        writer.add_summary(summary.image("image", pixels, dataformats="HWC" if pixels.ndim == 3 else "HW"), 0)
        writer.flush()

    return call


def main():
    for name in sys.argv[1:]:
        pixels = numpy.asarray(Image.open(name))
        encoded = pillow(pixels)
        if not numpy.array_equal(numpy.asarray(Image.open(io.BytesIO(encoded))), pixels):
            sys.exit(f"{name}: Pillow gives back other pixels")
        line = f"{pathlib.Path(name).stem:14} {len(encoded):8} bytes"
        for peer, call in (("pillow", lambda: pillow(pixels)), ("torch", torch_call(pixels))):
            if call is not None:
                least, median = seconds(call)
                line += f"  {peer} {least * 1e6:8.0f} {median * 1e6:8.0f} us"
        print(line, flush=True)


if __name__ == "__main__":
    main()
