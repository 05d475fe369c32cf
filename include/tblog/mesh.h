// SPDX-License-Identifier: Apache-2.0
//
// A mesh or a point cloud, for TensorBoard's page of meshes.

#ifndef TBLOG_MESH_H_
#define TBLOG_MESH_H_

#include <string_view>

#include "tblog/tensor_view.h"

namespace tblog {

// Borrows everything for the call. Without faces: a point cloud.
//
//   writer.mesh("cloud", {vertices, faces, colors}, step);
struct Mesh {
  // Shape: [n, 3] or, for b meshes at once, [b, n, 3]; x, y, z; any real dtype,
  // stored as float32. A vertex that is not finite cannot be drawn: it is
  // moved to the first finite one of its mesh (else to the origin), and
  // reported once.
  TensorView vertices;

  // Shape: [f, 3] or [b, f, 3]: triangles, as indices of vertices, of any
  // integer dtype. Default: none.
  TensorView faces = {};

  // Shape: that of the vertices. uint8: red, green, blue as they are. Floats in
  // [0, 1]: scaled to 0–255; what lies outside is clamped, and reported once;
  // a colour with a NaN becomes magenta. Default: none.
  TensorView colors = {};

  // How the page's THREE.js shows it: a JSON object of `camera`, `lights` and
  // `material`, each with a `cls` that names a class of THREE.js and that
  // class's own properties. JSON, since those are THREE.js's to define; what is
  // no JSON object is refused, because the page could not show the mesh.
  //
  //   R"({"camera": {"cls": "PerspectiveCamera", "fov": 75},
  //       "material": {"cls": "PointsMaterial", "size": 0.05}})"
  std::string_view config_json = "{}";
};

}  // namespace tblog

#endif  // TBLOG_MESH_H_
