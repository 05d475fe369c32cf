# SPDX-License-Identifier: Apache-2.0
"""What embedding.cc logs: files, which TensorBoard's projector reads itself."""

import io
import os

import numpy as np
import PIL.Image

from table import add, check, points

from cases.scalar import scalar

RUN = "embeddings"
add(scalar(RUN, "beside", points(1)))


def matrix(rows, columns):
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return ((i * 7 + j * 13) % 32 - 16).astype(np.float32) / np.float32(10)


SMALL, LARGE = matrix(10, 4), matrix(4000, 256)


def entries(server):
    """{name: entry}, in the order of the page's list."""
    config = server.json("plugin/projector/info", run=RUN)
    return {entry["tensorName"]: entry for entry in config["embeddings"]}


def named(server, prefix):
    (name,) = [n for n in entries(server) if n.startswith(prefix)]
    return name


def tensor(server, name):
    shape = entries(server)[name]["tensorShape"]
    raw = server.get("plugin/projector/tensor", run=RUN, name=name, num_rows=100_000)
    return np.frombuffer(raw, np.float32).reshape(shape)


def metadata(server, name):
    raw = server.get("plugin/projector/metadata", run=RUN, name=name)
    return raw.decode("utf-8")


@check("projector-inside", "projector-names", "projector-unique")
def the_projector_lists_every_embedding_once(t, written):
    for server in written.servers.values():
        t.assertEqual(server.json("plugin/projector/runs"), [RUN])
        found = entries(server)
        t.assertEqual(len(found), 7)
        t.assertEqual(set(found) & {"words", "raw", "zeros", "labels only"},
                      {"words", "raw", "zeros", "labels only"})
        t.assertIn("each step@1", found)
        t.assertIn("each step@2", found)
        for name, entry in found.items():
            t.assertNotRegex(name, r"[&#%+?:]")
            t.assertNotIn("..", entry["tensorPath"])
            path = os.path.join(written.logdir, RUN, entry["tensorPath"])
            t.assertTrue(os.path.isfile(path), path)


@check("projector-binary", "projector-columns")
def the_projector_gets_the_numbers(t, written):
    for server in written.servers.values():
        for name in ("words", "labels only", "each step@1", "each step@2"):
            t.assertTrue(np.array_equal(tensor(server, name), SMALL), name)
        odd = named(server, "../R_D/a_b_0-")
        t.assertTrue(np.array_equal(tensor(server, odd), SMALL))
        t.assertTrue(np.array_equal(tensor(server, "raw"), LARGE))
        t.assertTrue(np.array_equal(tensor(server, "zeros"), np.zeros_like(LARGE)))
        t.assertRegex(entries(server)["raw"]["tensorPath"], r"\.bytes$")
        t.assertRegex(entries(server)["zeros"]["tensorPath"], r"\.tsv$")


@check("projector-metadata")
def the_projector_gets_a_text_for_each_point(t, written):
    labels = [f"label {i} " for i in range(10)]
    labels[3] = ""
    classes = [f"class ü {i % 3}" for i in range(10)]
    classes[3] = ""
    rows = [f"{label}\t{one}" for label, one in zip(labels, classes)]
    rows[3] = "(none)\t"
    labels[3] = "(none)"
    for server in written.servers.values():
        t.assertEqual(
            metadata(server, "words").split("\n"), ["label\tclass", *rows, ""]
        )
        t.assertEqual(metadata(server, "labels only").split("\n"), [*labels, ""])


@check("projector-sprite")
def the_projector_gets_an_image_for_each_point(t, written):
    images = (np.arange(60) * 5 % 256).reshape(10, 3, 2)
    for server in written.servers.values():
        sprite = entries(server)["words"]["sprite"]
        t.assertEqual(sprite["singleImageDim"], [2, 3])
        raw = server.get("plugin/projector/sprite_image", run=RUN, name="words")
        picture = np.asarray(PIL.Image.open(io.BytesIO(raw)))
        # Ten images in a square of 4 by 4, of which three rows are needed.
        t.assertEqual(picture.shape, (9, 8))
        for i, image in enumerate(images):
            y, x = i // 4 * 3, i % 4 * 2
            t.assertTrue(np.array_equal(picture[y : y + 3, x : x + 2], image))
