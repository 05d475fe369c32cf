# SPDX-License-Identifier: Apache-2.0
"""What `tblog onnx-tap` makes, in onnxruntime and in onnx's reference evaluator.

    tap_test.py TBLOG

Of models that the package silero-vad carries, of models with control flow and
with their weights elsewhere, and of the node tests of the package onnx: the
outputs that were there stay as they are, and each new one is what the reference
evaluator computes for that node of the model before.
"""

import importlib.util
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests
from onnx.reference import ReferenceEvaluator

# Operators whose values are chance, or what was there before.
RANDOM = {
    "Bernoulli",
    "Dropout",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
}


def tap(model, out, *options, memory=resource.RLIM_INFINITY):
    """(exit status, [what was said]). `memory`: all that the tool may have."""
    done = subprocess.run(
        [TBLOG, "onnx-tap", model, "-o", out, "--force", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)),
        check=False,
    )
    if done.returncode not in (0, 1, 2):
        raise AssertionError(done.stderr.decode())
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines() if line]


def session(path, optimised=False):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if not optimised:
        level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.graph_optimization_level = level
    model = path if isinstance(path, bytes) else str(path)
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"]
    )


def run(path, inputs, optimised=False):
    """{name of an output: its value}."""
    one = session(path, optimised)
    known = {value.name for value in one.get_inputs()}
    values = one.run(None, {n: v for n, v in inputs.items() if n in known})
    return dict(zip([output.name for output in one.get_outputs()], values))


def graphs_of(node):
    """{name of an attribute: the body}."""
    return {a.name: a.g for a in node.attribute if a.HasField("g")}


def names_used(graph):
    used = {output.name for output in graph.output}
    for node in graph.node:
        used.update(node.input)
        for body in graphs_of(node).values():
            used |= names_used(body)
    return used


def inner_values(model, graph, known, weights=None, path=""):
    """{path and name: value} of all that the graph computes when it sees the values
    `known` and the initializers `weights`, without our own tool: each branch that
    is taken becomes a model of its own, made by the package onnx."""
    weights = weights or {}
    alone = onnx.ModelProto()
    alone.CopyFrom(model)
    alone.graph.CopyFrom(graph)
    del alone.graph.input[:]
    own = {initializer.name for initializer in graph.initializer}
    used = names_used(graph) - own
    for name in sorted(used & weights.keys()):
        alone.graph.initializer.append(weights[name])
    for name in sorted(used & known.keys()):
        value = known[name]
        element = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
        alone.graph.input.append(
            onnx.helper.make_tensor_value_info(name, element, value.shape)
        )
    outputs = {output.name for output in graph.output}
    for node in graph.node:
        for name in node.output:
            if name and name not in outputs:
                alone.graph.output.append(onnx.ValueInfoProto(name=name))
    values = run(alone.SerializeToString(), known)
    found = {path + name: value for name, value in values.items()}
    seen = known | values
    weights = weights | {one.name: one for one in graph.initializer}
    for node in graph.node:
        if node.op_type != "If":
            continue
        taken = "then_branch" if seen[node.input[0]].item() else "else_branch"
        label = node.name or node.output[0]
        body = graphs_of(node)[taken]
        found |= inner_values(model, body, seen, weights, f"{path}{label}/{taken}/")
    return found


def same(found, expected):
    """Bit for bit, NaN like NaN."""
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if found is None or expected is None:
        return found is expected
    found, expected = np.asarray(found), np.asarray(expected)
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return False
    if expected.dtype.kind in "fc":
        return np.array_equal(found, expected, equal_nan=True)
    return np.array_equal(found, expected)


def near(found, expected, tolerance=1e-3):
    """Of two runtimes."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        return found.size == expected.size == 0  # of a branch that was not taken
    if expected.dtype.kind not in "fc":
        return np.array_equal(found, expected)
    return np.allclose(
        found.astype(np.float64),
        expected.astype(np.float64),
        tolerance,
        tolerance / 10,
        equal_nan=True,
    )


class SileroTest(unittest.TestCase):
    """Voice activity: an If for the rate, and in its branches all layers."""

    def models(self):
        package = importlib.util.find_spec("silero_vad")
        data = pathlib.Path(package.submodule_search_locations[0]) / "data"
        found = sorted(data.glob("*.onnx"))
        self.assertGreaterEqual(len(found), 2)
        return found

    def inputs(self, path, rate):
        random = np.random.default_rng(1)
        frame = {16000: 512, 8000: 256}[rate]
        context = {16000: 64, 8000: 32}[rate]
        time = np.arange(frame + context) / rate
        sound = np.sin(2 * np.pi * 180 * time) + 0.1 * random.normal(size=time.size)
        return {
            "input": sound[None].astype(np.float32),
            "state": random.normal(size=(2, 1, 128)).astype(np.float32),
            "sr": np.array(rate, np.int64),
        }

    def test_every_layer_in_both_branches(self):
        for path in self.models():
            with self.subTest(path.name), tempfile.TemporaryDirectory() as folder:
                out = os.path.join(folder, "tapped.onnx")
                _, said = tap(path, out)
                added = [one["name"] for one in said if one.get("added")]
                if_outputs = [name for name in added if "branch" in name]
                print(path.name, len(added), "outputs,", len(if_outputs), "of branches,",
                      len([one for one in said if "left_out" in one]), "left out")
                self.assertGreater(len(added), 20)
                for rate in (16000, 8000):
                    self.check(path, out, added, self.inputs(path, rate))

    def check(self, path, out, added, inputs):
        try:
            before = run(path, inputs)
        except Exception as error:  # a model of one rate
            if "16k" in path.name:
                return
            raise error
        after = run(out, inputs)
        for name, value in before.items():
            self.assertTrue(same(after[name], value), name)
        self.assertEqual(set(after), set(before) | set(added))
        model = onnx.load(path)
        expected = inner_values(model, model.graph, inputs)
        taken = 0
        for name in added:
            if name in expected:
                self.assertTrue(same(after[name], expected[name]), name)
                taken += 1
            else:  # of a branch that was not taken
                self.assertEqual(np.size(after[name]), 0, name)
        self.assertGreater(taken, 10)
        print(path.name, inputs["sr"], taken, "values equal")
        optimised = run(out, inputs, optimised=True)
        for name, value in before.items():
            self.assertTrue(near(optimised[name], value), name)

    def test_chosen_layers_and_what_an_optimiser_removed(self):
        path = self.models()[0]
        with tempfile.TemporaryDirectory() as folder:
            optimised = os.path.join(folder, "optimised.onnx")
            options = onnxruntime.SessionOptions()
            options.optimized_model_filepath = optimised
            options.log_severity_level = 4
            onnxruntime.InferenceSession(str(path), options)
            out = os.path.join(folder, "tapped.onnx")
            status, said = tap(optimised, out, "--before", str(path))
            removed = [one for one in said if "optimiser" in one.get("left_out", "")]
            print(len(removed), "values removed by onnxruntime")
            self.assertEqual(status, 1)
            self.assertGreater(len(removed), 0)
            left = {o for n in onnx.load(optimised).graph.node for o in n.output}
            self.assertFalse(left & {one["value"] for one in removed})


class ControlFlowTest(unittest.TestCase):
    """inner.onnx, whose values are easily computed by hand."""

    MODEL = pathlib.Path(__file__).parents[1] / "graph" / "data" / "inner.onnx"

    def run_tapped(self, condition, x, times):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "tapped.onnx")
            tap(self.MODEL, out, "--loops")
            inputs = {
                "condition": np.array(condition),
                "times": np.array(times, np.int64),
                "x": np.array([x], np.float32),
            }
            before = run(self.MODEL, inputs)
            after = run(out, inputs)
            for name, value in before.items():
                self.assertTrue(same(after[name], value), name)
            return {name: np.asarray(value).tolist() for name, value in after.items()}

    def test_the_branch_that_was_taken_and_each_iteration(self):
        found = self.run_tapped(True, 2.0, 3)
        self.assertEqual(found["pick/then_branch/h"], [2.0])
        self.assertEqual(found["pick/then_branch/n/then_branch/nested/h"], [2.0])
        self.assertEqual(found["picked"], [-2.0])
        self.assertEqual(found["pick/else_branch/s"], [])
        self.assertEqual(found["pick/else_branch/c"], [])
        self.assertEqual(found["repeat/body/added"], [[0.0], [-2.0], [-2.0]])
        self.assertEqual(found["total"], [0.0])

    def test_the_other_branch(self):
        found = self.run_tapped(False, 3.0, 2)
        self.assertEqual(found["pick/then_branch/h"], [])
        self.assertEqual(found["pick/then_branch/n/then_branch/nested/h"], [])
        self.assertEqual(found["pick/else_branch/s"], [1])
        self.assertEqual(found["pick/else_branch/c"], [1.0])
        self.assertEqual(found["picked"], [3.0])
        self.assertEqual(found["repeat/body/added"], [[6.0], [9.0]])

    def test_no_iteration(self):
        found = self.run_tapped(False, 3.0, 0)
        self.assertEqual(np.shape(found["repeat/body/added"])[0], 0)


class ExternalDataTest(unittest.TestCase):
    def save(self, folder, weights):
        """y = relu(x weights) - 1, with the weights in a file beside the model."""
        graph = onnx.helper.make_graph(
            [
                onnx.helper.make_node("MatMul", ["x", "weights"], ["product"]),
                onnx.helper.make_node("Relu", ["product"], ["positive"]),
                onnx.helper.make_node("Sub", ["positive", "one"], ["y"]),
            ],
            "external",
            [onnx.helper.make_tensor_value_info("x", 1, [1, weights.shape[0]])],
            [onnx.helper.make_tensor_value_info("y", 1, None)],
            [
                numpy_helper.from_array(weights, "weights"),
                numpy_helper.from_array(np.ones(1, np.float32), "one"),
            ],
        )
        opset = [onnx.helper.make_opsetid("", 17)]
        path = os.path.join(folder, "model.onnx")
        onnx.save(
            onnx.helper.make_model(graph, opset_imports=opset, ir_version=8),
            path,
            save_as_external_data=True,
            location="weights.bin",
            size_threshold=0,
        )
        return path

    def test_weights_stay_where_they_are(self):
        weights = np.arange(-6, 6, dtype=np.float32).reshape(4, 3)
        x = np.array([[1, 0.5, -1, 2]], np.float32)
        with tempfile.TemporaryDirectory() as folder:
            path = self.save(folder, weights)
            out = os.path.join(folder, "tapped.onnx")
            status, _ = tap(path, out, "--layers", "#0..#1")
            self.assertEqual(status, 0)
            found = run(out, {"x": x})
            self.assertTrue(same(found["product"], x @ weights))
            self.assertTrue(same(found["positive"], np.maximum(x @ weights, 0)))
            self.assertTrue(same(found["y"], np.maximum(x @ weights, 0) - 1))
            status, _ = tap(path, os.path.join(folder, "..", "elsewhere.onnx"))
            self.assertEqual(status, 2)

    def test_five_gigabytes_of_weights_are_not_looked_at(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.save(folder, np.ones((4, 3), np.float32))
            model = onnx.load(path, load_external_data=False)
            size = 5 << 30
            (weights, _) = model.graph.initializer
            weights.dims[:] = [1, size // 4]
            (entry,) = [e for e in weights.external_data if e.key == "length"]
            entry.value = str(size)
            onnx.save(model, path)
            os.truncate(os.path.join(folder, "weights.bin"), size)  # no disk is taken
            out = os.path.join(folder, "tapped.onnx")
            status, said = tap(path, out, memory=256 << 20)
            self.assertEqual(status, 0)
            names = [one["name"] for one in said]
            self.assertEqual(names, ["product", "positive", "y"])
            tapped = onnx.load(out, load_external_data=False)
            self.assertEqual(tapped.graph.initializer, model.graph.initializer)


class ShapeTest(unittest.TestCase):
    """A model that does not say what its inner values are."""

    def test_new_outputs_have_as_many_dimensions_as_the_values(self):
        here = pathlib.Path(__file__).resolve().parent
        model = onnx.load(here.parents[1] / "examples" / "opencv" / "digits.onnx")
        self.assertGreater(len(model.graph.value_info), 5)
        del model.graph.value_info[:]
        inputs = {"image": np.linspace(0, 1, 128, dtype=np.float32).reshape(2, 1, 8, 8)}
        with tempfile.TemporaryDirectory() as folder:
            path, out = (os.path.join(folder, name) for name in ("m.onnx", "t.onnx"))
            onnx.save(model, path)
            status, _ = tap(path, out)
            self.assertEqual(status, 0)
            tapped = onnx.load(out)
            onnx.checker.check_model(tapped, full_check=True)
            values = run(out, inputs)
            self.assertEqual(len(values), len(model.graph.node))
            for output in tapped.graph.output:
                rank = len(output.type.tensor_type.shape.dim)
                self.assertEqual(rank, values[output.name].ndim, output.name)


class NodeTest(unittest.TestCase):
    def test_every_inner_value(self):
        counts = dict.fromkeys(("models", "not run", "values", "equal", "no reference", "checked"), 0)
        with tempfile.TemporaryDirectory() as scratch:
            for case in load_model_tests(kind="node"):
                with self.subTest(case.name):
                    self.check(case, scratch, counts)
        print(counts)
        self.assertGreater(counts["models"] - counts["not run"], 1000)
        self.assertGreater(counts["equal"], 1000)
        self.assertGreater(counts["checked"], 1500)

    def has_halves(self, values):
        """onnxruntime computes them in float32, and rounds those alone that are
        handed out."""
        parts = (part for value in values.values() for part in (value if isinstance(value, list) else [value]))
        return any(np.asarray(part).dtype == np.float16 for part in parts)

    def check(self, case, scratch, counts):
        path, out = (os.path.join(scratch, name) for name in ("m.onnx", "t.onnx"))
        model = case.model
        onnx.save(model, path)
        counts["models"] += 1
        _, said = tap(path, out, "--constants")
        added = [one["name"] for one in said if one.get("added")]
        try:
            onnx.checker.check_model(out)
            counts["checked"] += 1
        except onnx.checker.ValidationError:
            pass  # where the number of dimensions is not known
        names = [declared.name for declared in model.graph.input]
        inputs = dict(zip(names, case.data_sets[0][0]))
        try:
            before = run(path, inputs)
        except Exception:  # an operator or a type that onnxruntime lacks
            counts["not run"] += 1
            return
        after = run(out, inputs)
        if RANDOM & {node.op_type for node in model.graph.node}:
            return
        for name, value in before.items():
            self.assertTrue(
                same(after[name], value)
                or (self.has_halves(after) and near(after[name], value, 1e-2)),
                name,
            )
        if not added:
            return
        try:
            reference = ReferenceEvaluator(model)
            expected = reference.run(None, inputs, intermediate=True)
            expected = {name: expected[name] for name in added if "/" not in name}
        except Exception:
            counts["no reference"] += 1
            return
        halves = self.has_halves(after)
        for name, value in expected.items():
            counts["values"] += 1
            if isinstance(after[name], np.ndarray):
                good = near(after[name], value, 2e-2 if halves else 1e-3)
                counts["equal"] += good
                self.assertTrue(good, name)


if __name__ == "__main__":
    TBLOG = os.path.abspath(sys.argv.pop(1))
    unittest.main()
