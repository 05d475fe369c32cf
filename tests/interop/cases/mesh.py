# SPDX-License-Identifier: Apache-2.0
"""What mesh.cc logs."""

import dataclasses

import numpy as np
from tensorboard.plugins.mesh import plugin_data_pb2

from kinds import MESH
from table import Series, add, points

PARTS = {"VERTEX": (1, np.float32), "FACE": (2, np.int32), "COLOR": (3, np.uint8)}


@dataclasses.dataclass
class Part:
    """[meshes, n, 3]."""

    array: np.ndarray

    def check(self, t, found):
        t.assertEqual((found.dtype, found.shape), (self.array.dtype, self.array.shape))
        t.assertEqual(found.tolist(), self.array.tolist())


def mesh(name, config="{}", traps=(), **parts):
    """The series of a mesh, of {part: arrays, one a step}."""
    components = sum(1 << PARTS[part][0] for part in parts)
    for part, steps in parts.items():
        number, dtype = PARTS[part]
        arrays = [np.asarray(a, dtype).reshape(-1, *np.shape(a)[-2:]) for a in steps]
        content = plugin_data_pb2.MeshPluginData(
            name=name,
            content_type=number,
            json_config=config,
            shape=arrays[0].shape,
            components=components,
        ).SerializeToString()
        add(
            Series(
                "meshes",
                f"{name}_{part}",
                MESH,
                points(*map(Part, arrays)),
                content=content,
                traps=["mesh-shape", "mesh-components", "mesh-dtypes", *traps],
            )
        )


VERTICES = np.array(
    [[(i * (axis + 3) % 16 - 8) / 8 for axis in range(3)] for i in range(10)]
)
COLORS = np.arange(30).reshape(10, 3) * 7 % 256
FACES = np.array([[i, i + 1, i + 2] for i in range(8)])

mesh("cloud", VERTEX=[VERTICES])
mesh("coloured", VERTEX=[VERTICES], COLOR=[COLORS])
mesh("batch", VERTEX=[VERTICES.reshape(2, 5, 3)])
mesh("strided", VERTEX=[VERTICES])
mesh("faces", VERTEX=[VERTICES], FACE=[FACES])
mesh(
    "all parts",
    config='{"camera": {"cls": "PerspectiveCamera", "fov": 75}}',
    traps=["mesh-steps"],
    VERTEX=[VERTICES] * 3,
    FACE=[FACES] * 3,
    COLOR=[np.full((10, 3), grey) for grey in (0, 128, 255)],
)
