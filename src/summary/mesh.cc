// SPDX-License-Identifier: Apache-2.0

#include "src/summary/mesh.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/json.h"
#include "src/base/strings.h"
#include "src/event/wire.h"
#include "src/summary/numbers.h"
#include "src/summary/tensor_proto.h"

namespace tblog::internal {
namespace {

using std::string_view_literals::operator""sv;
using Shape = std::array<int64_t, 3>;

constexpr int64_t kMaxBytes = (int64_t{1} << 31) - 1;

bool is_float(DType dtype) {
  return dtype == DType::kFloat16 || dtype == DType::kBFloat16 ||
         dtype == DType::kFloat32 || dtype == DType::kFloat64 ||
         dtype == DType::kFloat8E4M3 || dtype == DType::kFloat8E5M2;
}

absl::Status bad(absl::string_view part, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(part, ": ", why));
}

std::string text_of(const TensorView& view) {
  std::string text = "[";
  for (size_t axis = 0; axis < view.rank(); ++axis)
    absl::StrAppend(&text, axis == 0 ? "" : ", ", view.dim(axis));
  return text + "]";
}

// [meshes, n, 3] of a view that has it, or [n, 3] for one mesh.
absl::StatusOr<Shape> shape_of(const TensorView& view, absl::string_view part,
                               size_t element_bytes) {
  if (absl::Status status = check_host_view(view); !status.ok())
    return bad(part, status.message());
  const size_t rank = view.rank();
  if ((rank != 2 && rank != 3) || view.dim(rank - 1) != 3)
    return bad(part, absl::StrCat("the shape is ", text_of(view),
                                  ", not [n, 3] or [meshes, n, 3]"));
  const Shape shape = {rank == 3 ? view.dim(0) : 1, view.dim(rank - 2), 3};
  if (view.size() == 0) return bad(part, "there are none");
  if (view.size() > kMaxBytes / static_cast<int64_t>(element_bytes))
    return bad(part, "they have 2^31 bytes or more, which no reader takes");
  return shape;
}

// Moves the vertices of one mesh that are not finite; whether there were any.
bool move_bad_vertices(std::span<float> xyz) {
  const auto is_finite = [&](size_t i) {
    return std::isfinite(xyz[i]) && std::isfinite(xyz[i + 1]) &&
           std::isfinite(xyz[i + 2]);
  };
  size_t good = 0;
  while (good < xyz.size() && !is_finite(good)) good += 3;
  bool moved = false;
  for (size_t i = 0; i < xyz.size(); i += 3) {
    if (is_finite(i)) continue;
    moved = true;
    for (size_t axis = 0; axis < 3; ++axis)
      xyz[i + axis] = good < xyz.size() ? xyz[good + axis] : 0.0f;
  }
  return moved;
}

absl::StatusOr<std::string> encode_vertices(const TensorView& view,
                                            const Shape& shape, bool& moved) {
  std::vector<float> xyz;
  xyz.reserve(static_cast<size_t>(view.size()));
  const absl::Status status = for_each_number(view, "vertices", [&](double v) {
    xyz.push_back(static_cast<float>(v));
  });
  if (!status.ok()) return status;
  const auto mesh_size = static_cast<size_t>(shape[1] * 3);
  for (size_t begin = 0; begin < xyz.size(); begin += mesh_size)
    moved |= move_bad_vertices({xyz.data() + begin, mesh_size});
  std::string content;
  content.reserve(xyz.size() * sizeof(float));
  for (float v : xyz) wire::put_fixed32(content, std::bit_cast<uint32_t>(v));
  return encode_numeric_tensor(DataType::kFloat, shape, content);
}

absl::StatusOr<std::string> encode_faces(const TensorView& view,
                                         const Shape& shape, int64_t vertices) {
  if (is_float(view.dtype()) || view.dtype() == DType::kBool)
    return bad("faces", absl::StrCat(to_absl(dtype_name(view.dtype())),
                                     " is no dtype for indices of vertices"));
  std::string content;
  content.reserve(static_cast<size_t>(view.size()) * sizeof(int32_t));
  const auto end = static_cast<double>(vertices);
  double wrong = -1;
  bool good = true;
  const absl::Status status = for_each_number(view, "faces", [&](double index) {
    const bool is_vertex = index >= 0 && index < end;
    if (!is_vertex && good) wrong = index;
    good = good && is_vertex;
    wire::put_fixed32(content, is_vertex ? static_cast<uint32_t>(index) : 0);
  });
  if (!status.ok()) return status;
  if (!good)
    return bad("faces", absl::StrCat("the index ", wrong, " is none of the ",
                                     vertices, " vertices"));
  return encode_numeric_tensor(DataType::kInt32, shape, content);
}

absl::StatusOr<std::string> encode_colors(const TensorView& view,
                                          const Shape& shape, bool& clamped) {
  if (view.dtype() != DType::kUint8 && !is_float(view.dtype()))
    return bad("colors",
               absl::StrCat("they are ", to_absl(dtype_name(view.dtype())),
                            ", not uint8 or floats"));
  const bool bytes = view.dtype() == DType::kUint8;
  std::string content;
  content.reserve(static_cast<size_t>(view.size()));
  float rgb[3];
  size_t channel = 0;
  const absl::Status status = for_each_number(view, "colors", [&](double c) {
    if (!bytes) {
      clamped = clamped || c < 0 || c > 1;
      c = c < 0 ? 0 : c > 1 ? 255 : std::round(c * 255);
    }
    rgb[channel] = static_cast<float>(c);
    if (++channel < 3) return;
    channel = 0;
    if (std::isnan(rgb[0] + rgb[1] + rgb[2])) {
      content += "\xff\x00\xff"sv;
      return;
    }
    for (float v : rgb) content += static_cast<char>(static_cast<uint8_t>(v));
  });
  if (!status.ok()) return status;
  return encode_numeric_tensor(DataType::kUint8, shape, content);
}

absl::Status check_config(std::string_view config_json) {
  if (is_json_object(config_json)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "Mesh::config_json is no JSON object: ", escaped(config_json)));
}

}  // namespace

std::string mesh_part_tag(std::string_view tag, MeshPart part) {
  const char* const suffix = part == MeshPart::kVertex ? "_VERTEX"
                             : part == MeshPart::kFace ? "_FACE"
                                                       : "_COLOR";
  return std::string(tag) + suffix;
}

uint32_t mesh_components(const Mesh& mesh) {
  uint32_t components = mesh_part_bit(MeshPart::kVertex);
  if (!is_absent(mesh.faces)) components |= mesh_part_bit(MeshPart::kFace);
  if (!is_absent(mesh.colors)) components |= mesh_part_bit(MeshPart::kColor);
  return components;
}

absl::StatusOr<EncodedMesh> encode_mesh(const Mesh& mesh) {
  if (absl::Status status = check_config(mesh.config_json); !status.ok())
    return status;
  EncodedMesh encoded;
  const auto add = [&](MeshPart part, const Shape& shape,
                       absl::StatusOr<std::string> tensor) {
    if (!tensor.ok()) return tensor.status();
    encoded.parts.push_back({part, shape, *std::move(tensor)});
    return absl::OkStatus();
  };
  const auto shape = shape_of(mesh.vertices, "vertices", sizeof(float));
  if (!shape.ok()) return shape.status();
  absl::Status status =
      add(MeshPart::kVertex, *shape,
          encode_vertices(mesh.vertices, *shape, encoded.moved));
  if (status.ok() && !is_absent(mesh.faces)) {
    const auto faces = shape_of(mesh.faces, "faces", sizeof(int32_t));
    if (!faces.ok()) return faces.status();
    if ((*faces)[0] != (*shape)[0])
      return bad("faces", absl::StrCat("of ", (*faces)[0], " meshes, but ",
                                       "vertices of ", (*shape)[0]));
    status = add(MeshPart::kFace, *faces,
                 encode_faces(mesh.faces, *faces, (*shape)[1]));
  }
  if (status.ok() && !is_absent(mesh.colors)) {
    const auto colors = shape_of(mesh.colors, "colors", 1);
    if (!colors.ok()) return colors.status();
    if (*colors != *shape)
      return bad("colors", absl::StrCat("the shape is ", text_of(mesh.colors),
                                        ", that of the vertices is ",
                                        text_of(mesh.vertices)));
    status = add(MeshPart::kColor, *colors,
                 encode_colors(mesh.colors, *colors, encoded.clamped));
  }
  if (!status.ok()) return status;
  return encoded;
}

std::string encode_mesh_content(std::string_view tag,
                                const EncodedMesh::Part& part,
                                uint32_t components,
                                std::string_view config_json) {
  enum Field : uint32_t {
    kName = 2,
    kContentType = 3,
    kJsonConfig = 5,
    kShape = 6,
    kComponents = 7
  };
  std::string shape;
  for (int64_t size : part.shape)
    wire::put_varint(shape, static_cast<uint64_t>(size));
  std::string out;
  wire::put_bytes(out, kName, tag);
  wire::put_uint64_always(out, kContentType, static_cast<uint64_t>(part.part));
  wire::put_bytes(out, kJsonConfig, config_json);
  wire::put_bytes(out, kShape, shape);
  wire::put_int64(out, kComponents, components);
  return out;
}

}  // namespace tblog::internal
