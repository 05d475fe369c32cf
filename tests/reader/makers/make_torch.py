#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What PyTorch's writer writes: ../data/torch.

Needs requirements-torch.txt. Usage: make_torch.py FOLDER
"""

import os
import sys
import tempfile

import torch
from torch.utils.tensorboard import SummaryWriter

import common_kinds
import event_files


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = torch.nn.Linear(3, 2)

    def forward(self, x):
        return torch.relu(self.dense(x))


def write(folder):
    torch.manual_seed(1)
    writer = SummaryWriter(folder)
    common_kinds.write(
        writer,
        torch.tensor,
        clip=[[0.0, 0.5, -0.5, -1.0]],
        loss_options={"new_style": True, "double_precision": True},
        hparam_domain_discrete={"optimizer": ["adam", "sgd"]},
        run_name="trial",
    )
    writer.add_graph(Model(), torch.zeros(1, 3))
    writer.add_embedding(
        torch.tensor([[1.0, 2.0]]),
        metadata=[("a", "red")],
        metadata_header=["name", "color"],
        global_step=10,
        tag="columns",
    )
    writer.close()
    resumed = SummaryWriter(folder + "_resumed", purge_step=3)  # writes a session log
    resumed.add_scalar("loss", 1.0, 3)
    resumed.close()


def main():
    with tempfile.TemporaryDirectory() as scratch:
        write(os.path.join(scratch, "run"))
        event_files.collect(scratch, os.path.join(sys.argv[1], "torch"))


if __name__ == "__main__":
    main()
