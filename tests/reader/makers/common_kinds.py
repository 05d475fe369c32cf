# SPDX-License-Identifier: Apache-2.0
"""What the writers of PyTorch and tensorboardX have in common."""

import numpy as np

# [2, 3, 3, 4]: two pictures in CHW.
PICTURES = np.arange(2 * 3 * 3 * 4).reshape(2, 3, 3, 4).astype(np.uint8) * 3


def write(writer, array, clip, loss_options=None, **hparams_options):
    """Logs a value of each kind.

    array: makes an array of the framework from nested lists. clip: of samples.
    loss_options: of a second series of scalars. hparams_options: of add_hparams.
    """
    for step, value in enumerate([0.5, 0.1, float("nan"), float("inf")]):
        writer.add_scalar("loss", value, step * 10)
        if loss_options:
            writer.add_scalar("new", value, step * 10, **loss_options)
    writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 5)
    writer.add_histogram("weights", array([1.0, 1.0, 2.0]), 3)
    writer.add_histogram("bins", np.array([0.0, 1, 1, 3]), 3, bins=[0, 1, 2, 4])
    writer.add_histogram_raw(
        "raw", min=-1, max=5, num=9, sum=1, sum_squares=1,
        bucket_limits=[0, 2, 6], bucket_counts=[4, 0, 5], global_step=3,
    )
    writer.add_image("picture", PICTURES[0], 4)
    writer.add_images("grid", PICTURES, 4)
    writer.add_audio("clip", array(clip), 5, sample_rate=8000)
    writer.add_text("note", "**größe**", 6)
    labels = np.array([False, True, True, False, True])
    predictions = np.array([0.1, 0.9, 0.4, 0.6, 0.75])
    writer.add_pr_curve("pr", labels, predictions, 7, num_thresholds=5)
    writer.add_pr_curve_raw(
        "pr raw", np.array([3, 1]), np.array([2, 0]), np.array([0, 2]), np.array([0, 2]),
        np.array([0.6, 1.0]), np.array([1.0, 1 / 3]), 7, num_thresholds=2,
    )
    writer.add_mesh(
        "tetrahedron",
        vertices=array([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.5]]]),
        faces=array([[[0, 1, 2], [0, 1, 3]]]),
        colors=array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]]]),
        config_dict={"camera": {"cls": "PerspectiveCamera", "fov": 75}},
        global_step=8,
    )
    writer.add_custom_scalars(
        {"losses": {"both": ["Multiline", ["loss.*", "acc"]], "band": ["Margin", ["v", "l", "u"]]}}
    )
    writer.add_hparams(
        {"lr": 0.01, "optimizer": "adam", "epochs": 3, "amp": True},
        {"accuracy": 0.75},
        **hparams_options,
    )
    # The pixels come without an alpha channel: [3, 3, 2, 2].
    pixels = np.linspace(0, 1, 36).reshape(3, 3, 2, 2).tolist()
    writer.add_embedding(
        array([[1.0, 2.5], [-3.0, 0.0], [0.5, 0.25]]),
        metadata=["eins", "zwei", "drei"],
        label_img=array(pixels),
        global_step=9,
        tag="words",
    )
