# SPDX-License-Identifier: Apache-2.0
"""What hparams.cc logs."""

import dataclasses
import json

from google.protobuf import struct_pb2
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from kinds import HPARAMS_END, HPARAMS_EXPERIMENT, HPARAMS_SESSION
from table import Point, Series, add, check, points, wall_time

from cases.scalar import scalar

FIXED_TIME = 1_000_000_000.0
STATUS = {"success": 1, "failure": 2}


def place_holder(t, found):
    t.assertEqual((found.dtype, found.shape), ("float32", (0,)))


@dataclasses.dataclass
class Session:
    """`metrics`: {(group, tag): (step, last value)}."""

    name: str
    hparams: dict
    metrics: dict

    def check(self, t, found):
        place_holder(t, found)

    def check_shown(self, t, found):
        group, session = found
        t.assertEqual(session["name"], self.name)
        t.assertEqual(session["startTimeSecs"], FIXED_TIME)
        t.assertEqual(self.metrics_of(session), self.metrics)
        if len(group["sessions"]) == 1:
            t.assertEqual(group["name"], self.name)
            t.assertEqual(group["hparams"], self.hparams)

    @staticmethod
    def metrics_of(session):
        return {
            (m["name"]["group"], m["name"]["tag"]): (m["trainingStep"], m["value"])
            for m in session["metricValues"]
        }


@dataclasses.dataclass
class End:
    status: str

    def check(self, t, found):
        place_holder(t, found)

    def check_shown(self, t, found):
        _, session = found
        t.assertEqual(session["status"], f"STATUS_{self.status.upper()}")
        t.assertEqual(session["endTimeSecs"], FIXED_TIME)


@dataclasses.dataclass
class Experiment:
    proto: api_pb2.Experiment

    def check(self, t, found):
        place_holder(t, found)

    def check_shown(self, t, found):
        """The columns are sorted by their names; there are no others."""
        t.assertEqual(found["name"], self.proto.name)
        t.assertEqual(found["description"], self.proto.description)
        t.assertEqual(found["user"], self.proto.user)
        t.assertEqual(found["timeCreatedSecs"], FIXED_TIME)
        infos = {info["name"]: info for info in found["hparamInfos"]}
        t.assertEqual(sorted(infos), ["amp", "layers", "lr", "opt"])
        t.assertEqual(infos["lr"]["displayName"], "learning rate")
        t.assertEqual(infos["lr"]["description"], "of *Adam*")
        t.assertEqual(infos["lr"]["type"], "DATA_TYPE_FLOAT64")
        t.assertEqual(infos["lr"]["domainInterval"], {"minValue": 0.0, "maxValue": 1.0})
        t.assertEqual(infos["opt"]["type"], "DATA_TYPE_STRING")
        t.assertEqual(infos["opt"]["domainDiscrete"], ["adam", "sgd"])
        t.assertEqual(infos["amp"]["type"], "DATA_TYPE_BOOL")
        t.assertEqual(infos["amp"]["domainDiscrete"], [True, False])
        t.assertEqual(infos["layers"]["type"], "DATA_TYPE_UNSET")
        loss, acc = found["metricInfos"]
        t.assertEqual(loss["name"], {"group": "", "tag": "loss"})
        t.assertEqual(loss["displayName"], "Loss")
        t.assertEqual(acc["name"], {"group": "eval", "tag": "acc"})
        t.assertEqual(acc["description"], "of 1")
        t.assertEqual(acc["datasetType"], "DATASET_VALIDATION")


def value_of(value):
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    return struct_pb2.Value(number_value=value)


def bytes_of(**data):
    message = plugin_data_pb2.HParamsPluginData(**data)
    return message.SerializeToString(deterministic=True)


def session(run, hparams, metrics, group="", status="success", traps=()):
    start = plugin_data_pb2.SessionStartInfo(group_name=group, start_time_secs=FIXED_TIME)
    for name, value in hparams.items():
        start.hparams[name].CopyFrom(value_of(value))
    end = plugin_data_pb2.SessionEndInfo(
        status=STATUS[status], end_time_secs=FIXED_TIME
    )
    add(
        Series(
            run,
            "_hparams_/session_start_info",
            HPARAMS_SESSION,
            [Point(0, Session(run, hparams, metrics), FIXED_TIME)],
            content=bytes_of(session_start_info=start),
            traps=["hparams-tensor", "hparams-below-root", *traps],
        ),
        Series(
            run,
            "_hparams_/session_end_info",
            HPARAMS_END,
            [Point(0, End(status), FIXED_TIME)],
            content=bytes_of(session_end_info=end),
        ),
    )


for i in range(10):
    run = f"hparams/run{i}"
    session(
        run,
        {"lr": i / 8, "opt": "adam" if i % 2 else "sgd", "amp": i % 3 == 0, "layers": i},
        {("", "loss"): (2, 2.0 + i), ("eval", "acc"): (2, i / 16)},
        group="seeds" if i >= 8 else "",
    )
    add(
        scalar(run, "loss", points(4.0 + i, 3.0 + i, 2.0 + i)),
        scalar(f"{run}/eval", "acc", [Point(2, i / 16)]),
    )

session(
    "hparams failed/session", {"lr": 0.5}, {("", "loss"): (0, 7.0)}, status="failure"
)
add(
    scalar("hparams failed", "before", points(1)),
    scalar("hparams failed/session", "loss", points(7)),
)
session(
    "reported hparams",
    {"opt": "\N{REPLACEMENT CHARACTER}", "layers": 2, "amp": False},
    {("", "loss"): (0, 1.0)},
    traps=["hparams-once", "hparams-finite"],
)
add(scalar("reported hparams", "loss", points(1)))

EXPERIMENT = api_pb2.Experiment(
    name="ten runs",
    description="to *compare*",
    user="ü",
    time_created_secs=FIXED_TIME,
    metric_infos=[
        api_pb2.MetricInfo(
            name=api_pb2.MetricName(tag="loss"), display_name="Loss"
        ),
        api_pb2.MetricInfo(
            name=api_pb2.MetricName(tag="acc", group="eval"),
            description="of 1",
            dataset_type=api_pb2.DATASET_VALIDATION,
        ),
    ],
)
lr = EXPERIMENT.hparam_infos.add(
    name="lr",
    display_name="learning rate",
    description="of *Adam*",
    type=api_pb2.DATA_TYPE_FLOAT64,
)
lr.domain_interval.min_value, lr.domain_interval.max_value = 0, 1
opt = EXPERIMENT.hparam_infos.add(name="opt", type=api_pb2.DATA_TYPE_STRING)
opt.domain_discrete.extend(["adam", "sgd"])
amp = EXPERIMENT.hparam_infos.add(name="amp", type=api_pb2.DATA_TYPE_BOOL)
amp.domain_discrete.extend([True, False])
EXPERIMENT.hparam_infos.add(name="layers")
add(
    Series(
        "hparams",
        "_hparams_/experiment",
        HPARAMS_EXPERIMENT,
        [Point(0, Experiment(EXPERIMENT), FIXED_TIME)],
        content=bytes_of(experiment=EXPERIMENT),
        traps=["hparams-one-experiment"],
    )
)


@check("hparams-below-root")
def the_page_draws_a_metric_of_a_session(t, written):
    for server in written.servers.values():
        for i in range(10):
            request = {
                "sessionName": f"hparams/run{i}",
                "metricName": {"tag": "loss", "group": ""},
            }
            found = server.json(
                "plugin/hparams/metric_evals", request=json.dumps(request)
            )
            expected = [[wall_time(step), step, 4.0 - step + i] for step in range(3)]
            t.assertEqual(found, expected)
