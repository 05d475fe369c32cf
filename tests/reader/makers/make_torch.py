#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What PyTorch's writer writes: ../data/torch.

Needs requirements-torch.txt. Usage: make_torch.py FOLDER
"""

import os
import sys
import tempfile

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

import event_files

# [2, 3, 3, 4]: two pictures in CHW.
PICTURES = np.arange(2 * 3 * 3 * 4).reshape(2, 3, 3, 4).astype(np.uint8) * 3


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = torch.nn.Linear(3, 2)

    def forward(self, x):
        return torch.relu(self.dense(x))


def write(folder):
    torch.manual_seed(1)
    writer = SummaryWriter(folder)
    for step, value in enumerate([0.5, 0.1, float("nan"), float("inf")]):
        writer.add_scalar("loss", value, step * 10)
        writer.add_scalar("new", value, step * 10, new_style=True, double_precision=True)
    writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 5)
    writer.add_histogram("weights", torch.tensor([1.0, 1.0, 2.0]), 3)
    writer.add_histogram("bins", np.array([0.0, 1, 1, 3]), 3, bins=[0, 1, 2, 4])
    writer.add_histogram_raw(
        "raw", min=-1, max=5, num=9, sum=1, sum_squares=1,
        bucket_limits=[0, 2, 6], bucket_counts=[4, 0, 5], global_step=3,
    )
    writer.add_image("picture", PICTURES[0], 4)
    writer.add_images("grid", PICTURES, 4)
    writer.add_audio("clip", torch.tensor([[0.0, 0.5, -0.5, -1.0]]), 5, sample_rate=8000)
    writer.add_text("note", "**größe**", 6)
    labels = np.array([False, True, True, False, True])
    predictions = np.array([0.1, 0.9, 0.4, 0.6, 0.75])
    writer.add_pr_curve("pr", labels, predictions, 7, num_thresholds=5)
    writer.add_pr_curve_raw(
        "pr raw", [3, 1], [2, 0], [0, 2], [0, 2], [0.6, 1.0], [1.0, 1 / 3], 7, num_thresholds=2
    )
    writer.add_mesh(
        "tetrahedron",
        vertices=torch.tensor([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.5]]]),
        faces=torch.tensor([[[0, 1, 2], [0, 1, 3]]]),
        colors=torch.tensor([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]]]),
        config_dict={"camera": {"cls": "PerspectiveCamera", "fov": 75}},
        global_step=8,
    )
    writer.add_custom_scalars(
        {"losses": {"both": ["Multiline", ["loss.*", "acc"]], "band": ["Margin", ["v", "l", "u"]]}}
    )
    writer.add_hparams(
        {"lr": 0.01, "optimizer": "adam", "epochs": 3, "amp": True},
        {"accuracy": 0.75},
        hparam_domain_discrete={"optimizer": ["adam", "sgd"]},
        run_name="trial",
    )
    writer.add_graph(Model(), torch.zeros(1, 3))
    # The pixels come without an alpha channel: [3, 3, 2, 2].
    writer.add_embedding(
        torch.tensor([[1.0, 2.5], [-3.0, 0.0], [0.5, 0.25]]),
        metadata=["eins", "zwei", "drei"],
        label_img=torch.linspace(0, 1, 36).reshape(3, 3, 2, 2),
        global_step=9,
        tag="words",
    )
    writer.add_embedding(
        torch.tensor([[1.0, 2.0]]),
        metadata=[("a", "red")],
        metadata_header=["name", "color"],
        global_step=10,
        tag="columns",
    )
    writer.close()


def main():
    with tempfile.TemporaryDirectory() as scratch:
        write(os.path.join(scratch, "run"))
        event_files.collect(scratch, os.path.join(sys.argv[1], "torch"))


if __name__ == "__main__":
    main()
