#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python libraries need for the work of tests/bench; scripts/bench --peers runs it in an environment of each.

    tests/bench/peers.py torch|tensorflow|tensorboardx [PIXELS]

PIXELS is where tblog_image_bench has put its images (TBLOG_BENCH_PIXELS). Prints one JSON object. Each call gets data that it has not seen; writing ends with the file closed; and what was written
is read back and compared.
"""

import contextlib
import glob
import importlib.metadata
import io
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy

SCALARS = 5_000
READ_SCALARS = 50_000
LARGE = 9_998_244  # as in histogram_bench.cc
SMALL = 1_000
SMALL_CALLS = 200
ROUNDS = 5
TAG = "loss/train"


def check(good, what):
    if not good:
        sys.exit(f"what was read back differs: {what}")


def events_in(directory):
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    for path in glob.glob(f"{directory}/**/*tfevents*", recursive=True):
        yield from EventFileLoader(path).Load()


def values_in(directory, tag):
    """The tensors of `tag`: its scalars, or [bucket, 3] of its histograms."""
    from tensorboard.util import tensor_util
    for event in events_in(directory):
        for value in event.summary.value if event.HasField("summary") else ():
            if value.tag == tag:
                yield tensor_util.make_ndarray(value.tensor)


class Measured:
    def __init__(self):
        self.benchmarks = []

    def add(self, work, peer, items, seconds, **more):
        nanos = [s / items * 1e9 for s in seconds]
        self.benchmarks.append({"work": work, "peer": peer, "median_ns": statistics.median(nanos), "min_ns": min(nanos),
                                "rounds": len(nanos), **more})


def timed(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def normal_values(rounds, count):
    random = numpy.random.default_rng(1)
    return [random.standard_normal(count, dtype=numpy.float32) * 20 for _ in range(rounds)]


def bytes_in(directory):
    return sum(os.path.getsize(p) for p in glob.glob(f"{directory}/**/*tfevents*", recursive=True))


def measure_scalars(found, work, peer, writer_of, flush_each=False):
    """writer_of(directory) gives (log(value, step), flush(), close())."""
    random = numpy.random.default_rng(2)
    seconds, size = [], 0
    count = SCALARS // 10 if flush_each else SCALARS
    for _ in range(ROUNDS):
        values = [float(v) for v in random.standard_normal(count)]
        with tempfile.TemporaryDirectory() as directory:
            log, flush, close = writer_of(directory)

            def write():
                for step, value in enumerate(values):
                    log(value, step)
                    if flush_each:
                        flush()
                close()

            seconds.append(timed(write))
            read = [float(v) for v in values_in(directory, TAG)]
            check(read == [float(numpy.float32(v)) for v in values], f"{peer}: {len(read)} of {count} scalars")
            size = bytes_in(directory) / count
    found.add(work, peer, count, seconds, bytes=size)


def measure_histograms(found, work, peer, writer_of, count, calls):
    """writer_of(directory) gives (log(values, step), close()); time per value, or per call of few."""
    seconds = []
    per_item = count if calls == 1 else 1
    data = normal_values(ROUNDS if calls == 1 else 1, count * calls)
    for i in range(ROUNDS):
        values = data[i % len(data)]
        with tempfile.TemporaryDirectory() as directory:
            log, close = writer_of(directory)
            parts = numpy.split(values, calls)

            def write():
                for step, part in enumerate(parts):
                    log(part, step)
                close()

            seconds.append(timed(write) / calls)
            read = list(values_in(directory, TAG))
            check(len(read) == calls and all(r[:, 2].sum() == count for r in read), f"{peer}: counts of histograms")
    found.add(work, peer, per_item, seconds)


def both_histograms(found, name, peer, writer_of):
    measure_histograms(found, f"{name}/normal", peer, writer_of, LARGE, 1)
    measure_histograms(found, f"{name.replace('histogram', 'histogram_call', 1)}/{SMALL}", peer, writer_of, SMALL, SMALL_CALLS)


def measure_reading(found, peer, directory):
    """The scalars of `directory`, one by one."""

    def read():
        steps = 0
        for event in events_in(directory):
            steps += len(event.summary.value)
        check(steps == READ_SCALARS, "the number of scalars")

    found.add("read_scalars", peer, READ_SCALARS, [timed(read) for _ in range(ROUNDS)])


def png_of_event(directory):
    """The first image that was logged."""
    for event in events_in(directory):
        for value in event.summary.value:
            if value.image.encoded_image_string:
                return value.image.encoded_image_string
            for text in value.tensor.string_val[2:]:
                return text
    return b""


def measure_images(found, peer, pixels, writer_of):
    """An image to a PNG in a file. writer_of(directory) gives (log(array of HWC, step), close())."""
    from PIL import Image
    for path in sorted(pathlib.Path(pixels).glob("*.p?m")):
        image = numpy.asarray(Image.open(path))
        hwc = image if image.ndim == 3 else image[:, :, None]
        with tempfile.TemporaryDirectory() as directory:
            log, close = writer_of(directory)
            seconds = [timed(lambda step=step: log(hwc, step)) for step in range(ROUNDS)]
            close()
            png = png_of_event(directory)
        check(numpy.array_equal(numpy.asarray(Image.open(io.BytesIO(png)).convert("L" if image.ndim == 2 else "RGB")), image),
              f"{peer}: the pixels of {path.stem}")
        found.add(f"image/{path.stem}", peer, 1, seconds, bytes=len(png))


def torch_like(found, name, writer_class):
    def scalar_writer(directory):
        writer = writer_class(directory)
        return lambda value, step: writer.add_scalar(TAG, value, step), writer.flush, writer.close

    def histogram_writer(directory):
        writer = writer_class(directory)
        return lambda values, step: writer.add_histogram(TAG, values, step), writer.close

    measure_scalars(found, "scalar", f"{name} add_scalar", scalar_writer)
    measure_scalars(found, "scalar_flushed", f"{name} add_scalar, flush", scalar_writer, flush_each=True)
    # Their default is TensorFlow's grid.
    both_histograms(found, "histogram_grid", f"{name} add_histogram", histogram_writer)
    return scalar_writer


def measure_torch(found, pixels):
    from torch.utils.tensorboard import FileWriter, SummaryWriter, summary
    scalar_writer = torch_like(found, "torch", SummaryWriter)
    with tempfile.TemporaryDirectory() as directory:
        log, _, close = scalar_writer(directory)
        for step in range(READ_SCALARS):
            log(0.5, step)
        close()
        measure_reading(found, "TensorBoard's Python", directory)

    def image_writer(directory):
        writer = FileWriter(directory)

        def log(hwc, step):
            # What add_image() does; flush() waits for the thread that writes.
            writer.add_summary(summary.image(TAG, hwc, dataformats="HWC"), step)
            writer.flush()

        return log, writer.close

    if pixels:
        measure_images(found, "torch", pixels, image_writer)
    return ["torch", "tensorboard", "numpy"]


def measure_tensorboardx(found, _):
    from tensorboardX import SummaryWriter
    torch_like(found, "tensorboardX", SummaryWriter)
    data = normal_values(ROUNDS, LARGE)

    def count(values):
        counts, _ = numpy.histogram(values, 30)
        check(counts.sum() == LARGE, "numpy's counts")

    found.add("histogram/normal", "numpy.histogram alone", LARGE, [timed(lambda v=v: count(v)) for v in data])
    return ["tensorboardX", "numpy"]


def measure_tensorflow(found, pixels):
    import tensorflow as tf

    def writer_with(directory, log):
        writer = tf.summary.create_file_writer(directory)
        scope = contextlib.ExitStack()
        scope.enter_context(writer.as_default())

        def close():
            scope.close()
            writer.close()

        return log, writer.flush, close

    def scalar_writer(directory):
        return writer_with(directory, lambda value, step: tf.summary.scalar(TAG, value, step))

    def histogram_writer(directory):
        log, _, close = writer_with(directory, lambda values, step: tf.summary.histogram(TAG, values, step))
        return log, close

    measure_scalars(found, "scalar", "tf.summary.scalar", scalar_writer)
    measure_scalars(found, "scalar_flushed", "tf.summary.scalar, flush", scalar_writer, flush_each=True)
    both_histograms(found, "histogram", "tf.summary.histogram", histogram_writer)

    def image_writer(directory):
        log, flush, close = writer_with(directory, None)

        def log_image(hwc, step):
            tf.summary.image(TAG, hwc[None], step)
            flush()

        return log_image, close

    if pixels:
        measure_images(found, "tf.summary.image", pixels, image_writer)
    return ["tensorflow-cpu", "tensorboard", "numpy"]


def main():
    measures = {"torch": measure_torch, "tensorboardx": measure_tensorboardx, "tensorflow": measure_tensorflow}
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in measures:
        sys.exit(__doc__)
    found = Measured()
    packages = measures[sys.argv[1]](found, sys.argv[2] if len(sys.argv) == 3 else None)
    versions = {name: importlib.metadata.version(name) for name in packages if name in ("torch", "tensorflow-cpu", "tensorboardX", "numpy")}
    versions = {k if k != "numpy" else f"numpy (with {sys.argv[1]})": v for k, v in versions.items()}
    print(json.dumps({"versions": versions, "benchmarks": found.benchmarks}))


if __name__ == "__main__":
    main()
