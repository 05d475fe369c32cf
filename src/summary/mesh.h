// SPDX-License-Identifier: Apache-2.0
//
// Meshes: up to three series of tensors [meshes, n, 3], which TensorBoard's
// page puts together again by their step and their MeshPluginData. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_MESH_H_
#define TBLOG_SRC_SUMMARY_MESH_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/summary/metadata.h"
#include "tblog/mesh.h"

namespace tblog::internal {

inline constexpr Kind kMeshKind{"mesh", DataClass::kTensor};

// MeshPluginData.ContentType. Source:
// tensorflow/tensorboard:tensorboard/plugins/mesh/plugin_data.proto.
enum class MeshPart : uint32_t { kVertex = 1, kFace = 2, kColor = 3 };

// MeshPluginData.components has a bit for each part that is there.
constexpr uint32_t mesh_part_bit(MeshPart part) {
  return uint32_t{1} << static_cast<uint32_t>(part);
}

// The tag of the series of `part`, as TensorBoard's own writer names it.
std::string mesh_part_tag(std::string_view tag, MeshPart part);

// Of the parts that are given: all views but empty ones of rank 1.
uint32_t mesh_components(const Mesh& mesh);

struct EncodedMesh {
  struct Part {
    MeshPart part;
    std::array<int64_t, 3> shape;
    std::string tensor;  // a TensorProto
  };
  std::vector<Part> parts;  // the vertices first

  bool moved = false;    // vertices that are not finite
  bool clamped = false;  // colours outside of [0, 1]
};

// DT_FLOAT vertices, DT_INT32 faces, DT_UINT8 colours.
// Errors: InvalidArgument, naming the part, for shapes and dtypes other than
// Mesh says, no vertices, a face with an index that no vertex has, a dimension
// beyond int32, a tensor of 2^31 bytes or more, and a config that is no JSON
// object.
absl::StatusOr<EncodedMesh> encode_mesh(const Mesh& mesh);

// The MeshPluginData of `part`. `tag` and `config_json` must be UTF-8.
std::string encode_mesh_content(std::string_view tag,
                                const EncodedMesh::Part& part,
                                uint32_t components,
                                std::string_view config_json);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_MESH_H_
