# SPDX-License-Identifier: Apache-2.0
"""What `tblog export` writes, loaded: npz by numpy, csv by pandas, each value against `tblog show --json`.

export_test.py TBLOG LOGDIR…
"""

import io
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

try:
    import pandas
except ImportError:  # an environment of before it was in tests/interop/requirements.txt
    pandas = None


def run(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True).stdout


def number(value):
    return float(value.replace("Infinity", "inf")) if isinstance(value, str) else value


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def shown(tblog, logdir, *options):
    """Points by (run, tag), as `show --json` gives them."""
    series = {}
    for line in run(tblog, "show", logdir, "--json", "--steps", ":", *options).splitlines():
        point = json.loads(line)
        series.setdefault((point["run"], point["tag"]), []).append(point)
    return series


def name_of(run_name, tag):
    return tag if run_name == "." else f"{run_name}/{tag}"


def check_npz(tblog, logdir, folder):
    path = folder / "all.npz"
    run(tblog, "export", logdir, "-o", path)
    assert zipfile.ZipFile(path).testzip() is None
    checked = 0
    with np.load(path, allow_pickle=False) as arrays:
        for (run_name, tag), points in shown(tblog, logdir).items():
            if points[0]["kind"] not in ("scalar", "histogram", "tensor", "pr_curve"):
                continue
            if points[0]["kind"] == "tensor" and any(p["value"]["dtype"] == "string" for p in points):
                continue
            name = name_of(run_name, tag)
            assert arrays[f"{name}/step"].tolist() == [p["step"] for p in points], name
            assert arrays[f"{name}/wall_time"].tolist() == [p["wall_time"] for p in points], name
            for i, point in enumerate(points):
                one = f"{name}/value/{i:06}"
                check_value(point, arrays[one] if one in arrays else arrays[f"{name}/value"][i], name)
            checked += 1
    assert checked > 0, logdir


def check_value(point, array, name):
    value = point["value"]
    if point["kind"] == "scalar":
        assert same(float(array), number(value)), name
    elif point["kind"] == "histogram":
        expected = [[number(x) for x in bucket] for bucket in value["buckets"]]
        assert array.tolist() == expected, name
    elif point["kind"] == "pr_curve":
        assert array[6].tolist() == value["recall"] and array[1].tolist() == value["true_positives"], name
    elif "values" in value:
        assert list(array.shape) == value["shape"], name
        flat = array.ravel().tolist()
        assert all(same(float(a), float(number(b))) for a, b in zip(flat, value["values"], strict=True)), name


def check_csv(tblog, logdir):
    expected = [p for points in shown(tblog, logdir, "--kind", "scalar").values() for p in points]
    text = run(tblog, "export", logdir, "--kind", "scalar").decode()
    if pandas is None:
        import csv

        rows = list(csv.DictReader(io.StringIO(text)))
    else:
        table = pandas.read_csv(io.StringIO(text), float_precision="round_trip", dtype={"run": str, "tag": str})
        assert table["step"].dtype == "int64" and table["value"].dtype == "float64"
        rows = table.to_dict("records")
    assert len(rows) == len(expected)
    for row, point in zip(rows, expected, strict=True):
        assert row["run"] == point["run"] and row["tag"] == point["tag"], point
        assert int(row["step"]) == point["step"] and float(row["wall_time"]) == point["wall_time"], point
        assert same(float(row["value"]), number(point["value"])), point


def main():
    tblog, *logdirs = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for i, logdir in enumerate(logdirs):
            (pathlib.Path(folder) / str(i)).mkdir()
            check_npz(tblog, logdir, pathlib.Path(folder) / str(i))
            check_csv(tblog, logdir)


if __name__ == "__main__":
    main()
