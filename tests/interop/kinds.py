# SPDX-License-Identifier: Apache-2.0
"""How TensorBoard stores and serves the values of each kind: through the data
provider of a reader, and by the HTTP routes that its pages ask.

A new kind is a class here: its plugin, its data class, its content, `check`
for a value, and a method for each route that gives the points it serves.
"""

import csv
import io
import itertools
import json

import numpy as np
import PIL.Image
from tensorboard.plugins.mesh import plugin_data_pb2 as mesh_pb2

from table import wall_time


def equal_bits(t, found, expected):
    """Equal as float32, the sign of zero included; NaN equals NaN."""
    found, expected = np.float32(found), np.float32(expected)
    if np.isnan(expected):
        t.assertTrue(np.isnan(found), found)
    else:
        t.assertEqual(found.view(np.uint32), expected.view(np.uint32), (found, expected))


class Kind:
    """`routes` maps a route to (read, check): `read(server, series)` gives the
    points that it serves, `check(t, expected, found)` compares a value."""

    name = ""
    plugin = ""
    data_class = 0  # SummaryMetadata.data_class
    content = b""  # PluginData.content
    old_content = b""  # that the readers make up for values of the old form
    old_metadata = False  # whether values of the old form have some all the same
    page = ""  # of the plugin's own
    has_index = True  # the plugin has a route of tags
    event = ""  # the field of Event that it stands in, where that is no summary

    def __init__(self):
        self.routes = {}

    @property
    def index_route(self):
        return f"{self.plugin}/tags"

    def provided(self, log, series):
        return log.read(self.data_class, self.plugin, series.run, series.tag)

    def check(self, t, expected, found):
        expected.check(t, found)

    def index(self, server):
        """What the route of tags says: {run: {tag: {…}}}."""
        return server.json(f"plugin/{self.plugin}/tags")

    def index_name(self, series):
        """What a series is called there."""
        return series.tag

    def check_index(self, t, entry, series, reader):
        """An entry of it."""
        t.assertEqual(entry["displayName"], series.display_name_of(reader))
        t.assertEqual(entry["description"], series.description_html)


def time_series(server, plugin, series, **more):
    """What the Time Series page asks for."""
    request = {"plugin": plugin, "tag": series.tag, "run": series.run, **more}
    (answer,) = json.loads(
        server.post("plugin/timeseries/timeSeries", {"requests": json.dumps([request])})
    )
    return answer["runToSeries"][series.run]


class Scalar(Kind):
    name, plugin, data_class, page = "scalar", "scalars", 1, "scalars"

    def __init__(self):
        super().__init__()
        self.routes = {
            "scalars/scalars": (self.of_route, self.check),
            "scalars/scalars?format=csv": (self.of_csv, self.check),
            "scalars/scalars_multirun": (self.of_multirun, self.check),
            "timeseries/timeSeries": (self.of_time_series, self.check),
        }

    def check(self, t, expected, found):
        equal_bits(t, float(found), expected)

    def of_route(self, server, series):
        rows = server.json("plugin/scalars/scalars", run=series.run, tag=series.tag)
        return [(step, wall_time, value) for wall_time, step, value in rows]

    def of_csv(self, server, series):
        text = server.get(
            "plugin/scalars/scalars", run=series.run, tag=series.tag, format="csv"
        )
        rows = list(csv.DictReader(io.StringIO(text.decode())))
        return [(int(r["Step"]), float(r["Wall time"]), r["Value"]) for r in rows]

    def of_multirun(self, server, series):
        form = {"tag": series.tag, "runs": series.run}
        found = json.loads(server.post("plugin/scalars/scalars_multirun", form))
        return [(s, wall_time, value) for wall_time, s, value in found[series.run]]

    def of_time_series(self, server, series):
        found = time_series(server, "scalars", series)
        return [(d["step"], d["wallTime"], d["value"]) for d in found]


BASIS_POINTS = (0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000)


def quantiles(rows):
    """Where the cumulative counts of [left, right, count] reach the nine basis
    points, in between by a straight line."""
    total = sum(count for _, _, count in rows)
    if not total:
        # Of nothing; a histogram without rows is all zeros.
        return [rows[-1][1] if len(rows) else 0.0 for _ in BASIS_POINTS]
    full = [row for row in rows if row[2] > 0]
    wanted = []
    for point in BASIS_POINTS:
        target, below = point / 10000 * total, 0
        for left, right, count in full:
            # At a bucket's very end the next one takes over.
            if target < below + count:
                wanted.append(left + (right - left) * (target - below) / count)
                break
            below += count
        else:
            wanted.append(rows[-1][1])
    return wanted


class Histogram(Kind):
    name, plugin, data_class, page = "histogram", "histograms", 2, "histograms"

    def __init__(self):
        super().__init__()
        self.routes = {
            "histograms/histograms": (self.of_route, self.check_json),
            "distributions/distributions": (self.of_distributions, self.check_quantiles),
            "timeseries/timeSeries": (self.of_time_series, self.check_json),
        }

    def check(self, t, expected, found):
        t.assertIn(found.dtype, expected.dtypes)
        self.check_json(t, expected, found)

    def check_json(self, t, expected, found):
        rows = np.array(found, np.float64).reshape(-1, 3)
        t.assertTrue(np.all(np.isfinite(rows)))
        expected.check(t, rows)

    def check_quantiles(self, t, expected, found):
        (points, rows) = found
        expected.check(t, rows)
        t.assertEqual([p for p, _ in points], list(BASIS_POINTS))
        scale = max(1e-300, np.abs(rows[:, :2]).max() if len(rows) else 1)
        for (_, value), wanted in zip(points, quantiles(rows.tolist())):
            t.assertAlmostEqual(value / scale, wanted / scale, delta=1e-9)

    def of_route(self, server, series):
        rows = server.json("plugin/histograms/histograms", run=series.run, tag=series.tag)
        return [(step, wall_time, value) for wall_time, step, value in rows]

    def of_distributions(self, server, series):
        rows = server.json(
            "plugin/distributions/distributions", run=series.run, tag=series.tag
        )
        buckets = self.of_route(server, series)
        return [
            (step, wall_time, (value, np.array(of_step[2], np.float64).reshape(-1, 3)))
            for (wall_time, step, value), of_step in zip(rows, buckets)
        ]

    def of_time_series(self, server, series):
        return [
            (
                d["step"],
                d["wallTime"],
                [[b["min"], b["max"], b["count"]] for b in d["bins"]],
            )
            for d in time_series(server, "histograms", series)
        ]


class Image(Kind):
    """A value is (width, height, [encoded, …])."""

    name, plugin, data_class, page = "image", "images", 3, "images"
    old_content = b"\x10\x01"  # converted_to_tensor

    def __init__(self):
        super().__init__()
        self.routes = {
            "images/individualImage": (self.of_route, self.check),
            "timeseries/imageData": (self.of_time_series, self.check),
        }

    def provided(self, log, series):
        return [
            (step, wall_time, (int(blobs[0]), int(blobs[1]), blobs[2:]))
            for step, wall_time, blobs in super().provided(log, series)
        ]

    def check_index(self, t, entry, series, reader):
        super().check_index(t, entry, series, reader)
        counts = [point.value.count for point in series.points_of(reader)]
        t.assertEqual(entry["samples"], max(counts))

    def of_route(self, server, series):
        def entries(sample):
            return server.json(
                "plugin/images/images", run=series.run, tag=series.tag, sample=sample
            )

        def value(entry):
            data = server.get("plugin/images/individualImage?" + entry["query"])
            return entry["step"], entry["wall_time"], data

        return batches(entries, value)

    def of_time_series(self, server, series):
        def entries(sample):
            try:
                return time_series(server, "images", series, sample=sample)
            except KeyError:  # no step has so many
                return []

        def value(entry):
            data = server.get("plugin/timeseries/imageData", imageId=entry["imageId"])
            return entry["step"], entry["wallTime"], data

        return batches(entries, value)


def batches(entries, value):
    """Points made of what the routes serve image by image: entries(0) has the
    first of each step, entries(1) the second, until there is none."""
    found = {}
    for sample in itertools.count():
        page = entries(sample)
        if not page:
            break
        for step, wall_time, data in map(value, page):
            found.setdefault(step, (wall_time, []))[1].append(data)
    return [
        (step, wall_time, (*PIL.Image.open(io.BytesIO(images[0])).size, images))
        for step, (wall_time, images) in found.items()
    ]


class Audio(Kind):
    """A value is [encoded, …]."""

    name, plugin, data_class, page = "audio", "audio", 3, "audio"
    content = b"\x10\x0b"  # encoding: WAV
    # The Rust server would leave out the encoding, so that tblog writes it.
    old_content = {"Python": b"\x10\x0b\x18\x01", "Rust": b"\x10\x0b"}
    old_metadata = True

    def __init__(self):
        super().__init__()
        self.routes = {"audio/individualAudio": (self.of_route, self.check)}

    def of_route(self, server, series):
        samples = self.index(server)[series.run][series.tag]["samples"]
        found = {}
        for sample in range(samples):
            for entry in server.json(
                "plugin/audio/audio", run=series.run, tag=series.tag, sample=sample
            ):
                # Else a browser is not told what it shall play.
                if entry["contentType"] != "audio/wav":
                    raise AssertionError(entry["contentType"])
                data = server.get("plugin/audio/individualAudio?" + entry["query"])
                point = found.setdefault(entry["step"], (entry["wall_time"], []))
                point[1].append(data)
        return [(step, wall_time, clips) for step, (wall_time, clips) in found.items()]


class Text(Kind):
    """A value is an array of bytes."""

    name, plugin, data_class, page = "text", "text", 2, "text"

    def __init__(self):
        super().__init__()
        self.routes = {"text/text": (self.of_route, self.check_html)}

    def check_index(self, t, entry, series, reader):
        pass  # the page's index has names only

    def index(self, server):
        found = super().index(server)
        return {run: dict.fromkeys(tags) for run, tags in found.items()}

    def check_html(self, t, expected, found):
        expected.check_html(t, found)

    def of_route(self, server, series):
        found = server.json("plugin/text/text", run=series.run, tag=series.tag)
        return [(d["step"], d["wall_time"], d["text"]) for d in found]


class Tensor(Kind):
    """No page shows it: programs read it by the data provider."""

    name, plugin, data_class = "tensor", "tblog_tensor", 2

    def index(self, server):
        return None


class PrCurve(Kind):
    """A value is an array [6, thresholds]."""

    name, plugin, data_class, page = "pr_curve", "pr_curves", 2, "pr_curves"

    def __init__(self):
        super().__init__()
        self.routes = {"pr_curves/pr_curves": (self.of_route, self.check_shown)}

    def check_shown(self, t, expected, found):
        expected.check_shown(t, found)

    def of_route(self, server, series):
        found = server.json("plugin/pr_curves/pr_curves", run=series.run, tag=series.tag)
        return [(d["step"], d["wall_time"], d) for d in found[series.run]]


class Mesh(Kind):
    """A value is an array [meshes, n, 3]; a mesh has a series for each part,
    which the pages know by the name in their content."""

    name, plugin, data_class, page = "mesh", "mesh", 2, "mesh"

    def __init__(self):
        super().__init__()
        self.routes = {
            "mesh/meshes": (self.of_list, self.check_listed),
            "mesh/data": (self.of_data, self.check),
        }

    def index_name(self, series):
        return self.content_of(series).name

    def check_index(self, t, entry, series, reader):
        t.assertEqual(entry, {"samples": self.content_of(series).shape[0]})

    def content_of(self, series):
        return mesh_pb2.MeshPluginData.FromString(series.content)

    def of_list(self, server, series):
        content = self.content_of(series)
        found = server.json("plugin/mesh/meshes", run=series.run, tag=content.name)
        mine = [d for d in found if d["content_type"] == content.content_type]
        return [(d["step"], d["wall_time"], (content, d)) for d in mine]

    def check_listed(self, t, expected, found):
        content, entry = found
        t.assertEqual(entry["data_shape"], list(expected.array.shape))
        t.assertEqual(entry["components"], content.components)
        t.assertEqual(entry["config"], content.json_config)

    def of_data(self, server, series):
        """Mesh by mesh, put together again."""
        content = self.content_of(series)
        part = mesh_pb2.MeshPluginData.ContentType.Name(content.content_type)
        dtype = {"VERTEX": np.float32, "FACE": np.int32, "COLOR": np.uint8}[part]

        def of_step(step):
            meshes = [
                server.get(
                    "plugin/mesh/data",
                    run=series.run,
                    tag=content.name,
                    content_type=part,
                    sample=sample,
                    step=step,
                )
                for sample in range(content.shape[0])
            ]
            return np.array([np.frombuffer(m, dtype).reshape(-1, 3) for m in meshes])

        steps = [(step, wall_time) for step, wall_time, _ in self.of_list(server, series)]
        return [(step, wall_time, of_step(step)) for step, wall_time in steps]


class HParams(Kind):
    """What stands in the content of three reserved tags; their tensor holds a
    place. There is a kind for each tag, since each is served elsewhere."""

    plugin, data_class, page = "hparams", 2, "hparams"
    has_index = False

    def check_shown(self, t, expected, found):
        expected.check_shown(t, found)

    def of_route(self, server, series):
        """The one point that there is."""
        (point,) = series.points
        return [(point.step, point.wall_time, self.shown(server, series))]


class HParamsExperiment(HParams):
    name = "hparams experiment"

    def __init__(self):
        super().__init__()
        self.routes = {"hparams/experiment": (self.of_route, self.check_shown)}

    def shown(self, server, series):
        request = {"includeMetrics": True}
        return server.json("plugin/hparams/experiment", request=json.dumps(request))


class HParamsSession(HParams):
    """Of a session's start or its end."""

    def __init__(self, name):
        super().__init__()
        self.name = name
        self.routes = {"hparams/session_groups": (self.of_route, self.check_shown)}

    def shown(self, server, series):
        """(group, session)."""
        request = {
            "allowedStatuses": ["STATUS_SUCCESS", "STATUS_FAILURE"],
            "sliceSize": 1000,
            "includeMetrics": True,
        }
        found = server.json("plugin/hparams/session_groups", request=json.dumps(request))
        (shown,) = [
            (group, session)
            for group in found["sessionGroups"]
            for session in group["sessions"]
            if session["name"] == series.run
        ]
        return shown


class CustomScalars(Kind):
    """A value is an encoded Layout; the page is given what all runs have."""

    name, plugin, data_class, page = "custom_scalars", "custom_scalars", 2, "custom_scalars"
    has_index = False

    def __init__(self):
        super().__init__()
        self.routes = {"custom_scalars/layout": (self.of_route, self.check_shown)}

    def check_shown(self, t, expected, found):
        expected.check_shown(t, found)

    def of_route(self, server, series):
        shown = server.json("plugin/custom_scalars/layout")
        return [(point.step, point.wall_time, shown) for point in series.points]


class Graph(Kind):
    """What is on the Graphs page: a value is one message. The readers make a
    series of an event that is no summary (`event`, its field); the routes give
    the last one alone."""

    name, plugin, data_class, page = "graph", "graphs", 3, "graphs"
    event = "graph_def"
    index_route = "graphs/info"

    def __init__(self):
        super().__init__()
        self.routes = {"graphs/graph": (self.of_graph, self.check_last)}

    def index(self, server):
        found = server.json("plugin/graphs/info")
        return {run: {"__run_graph__": d} for run, d in found.items() if d["run_graph"]}

    def check_index(self, t, entry, series, reader):
        t.assertEqual(entry["run"], series.run)

    def of_graph(self, server, series):
        tag = None if self is GRAPH else series.tag
        return self.last(server, series, "plugin/graphs/graph", tag=tag)

    def last(self, server, series, route, **query):
        text = server.get(route, run=series.run, **query).decode()
        steps = [(p.step, p.wall_time or wall_time(p.step)) for p in series.points_of(server.name)]
        return [(*at, text if at == steps[-1] else None) for at in steps]

    def check_last(self, t, expected, found):
        if found is not None:
            expected.check_text(t, found)


class NodeTimes(Graph):
    """Run metadata of times and memory."""

    name, plugin = "run metadata", "graph_tagged_run_metadata"
    event = "tagged_run_metadata"
    has_graph = False

    def __init__(self):
        super().__init__()
        self.routes = {"graphs/run_metadata": (self.of_metadata, self.check_last)}

    def index(self, server):
        found = {
            run: {tag: e for tag, e in d["tags"].items() if e["op_graph"] == self.has_graph}
            for run, d in server.json("plugin/graphs/info").items()
        }
        return {run: tags for run, tags in found.items() if tags}

    def check_index(self, t, entry, series, reader):
        t.assertEqual((entry["tag"], entry["profile"]), (series.tag, True))

    def of_metadata(self, server, series):
        return self.last(server, series, "plugin/graphs/run_metadata", tag=series.tag)


class NodeTimesAndGraph(NodeTimes):
    """Run metadata with a graph of its own, which needs a summary."""

    name, plugin, content = "run metadata with a graph", "graph_run_metadata", b"1"
    event = ""
    has_graph = True

    def __init__(self):
        super().__init__()
        self.routes["graphs/graph"] = (self.of_graph, self.check_graph)

    def check_graph(self, t, expected, found):
        expected.check_text(
            t, found, lambda whole: whole.function_graphs[0].pre_optimization_graph
        )


SCALAR, HISTOGRAM, IMAGE, TEXT, TENSOR = Scalar(), Histogram(), Image(), Text(), Tensor()
PR_CURVE, MESH = PrCurve(), Mesh()
HPARAMS_EXPERIMENT = HParamsExperiment()
HPARAMS_SESSION = HParamsSession("hparams session")
HPARAMS_END = HParamsSession("hparams session's end")
CUSTOM_SCALARS = CustomScalars()
AUDIO = Audio()
GRAPH, NODE_TIMES, NODE_TIMES_AND_GRAPH = Graph(), NodeTimes(), NodeTimesAndGraph()
KINDS = (
    SCALAR,
    HISTOGRAM,
    IMAGE,
    AUDIO,
    TEXT,
    TENSOR,
    PR_CURVE,
    MESH,
    HPARAMS_EXPERIMENT,
    HPARAMS_SESSION,
    HPARAMS_END,
    CUSTOM_SCALARS,
    GRAPH,
    NODE_TIMES,
    NODE_TIMES_AND_GRAPH,
)
