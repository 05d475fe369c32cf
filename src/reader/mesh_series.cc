// SPDX-License-Identifier: Apache-2.0
//
// The parts of meshes, put together.

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/reader/plugin_decoder.h"
#include "tblog/log_reader.h"

namespace tblog {
namespace {

using internal::MeshPart;

// The part of `series` at `step`, the last one where there are several; empty
// where there is none.
absl::StatusOr<MeshValue> part_at(const Series* series, int64_t step) {
  if (series == nullptr) return MeshValue();
  const Column<int64_t> steps = series->steps();
  const auto found = std::find(steps.rbegin(), steps.rend(), step);
  if (found == steps.rend()) return MeshValue();
  return series->mesh(static_cast<size_t>(steps.rend() - found) - 1);
}

absl::Status check_together(const MeshValue& mesh, const MeshValue& faces,
                            const MeshValue& colors) {
  if ((!faces.faces.empty() && faces.batch != mesh.batch) ||
      (!colors.colors.empty() && colors.batch != mesh.batch)) {
    return absl::InvalidArgumentError("a mesh's parts are of other batches");
  }
  if (!colors.colors.empty() && colors.colors.size() != mesh.vertices.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("mesh of ", colors.colors.size() / 3, " colours for ",
                     mesh.vertices.size() / 3, " vertices"));
  }
  const int64_t points =
      mesh.batch == 0
          ? 0
          : static_cast<int64_t>(mesh.vertices.size() / 3) / mesh.batch;
  for (const int32_t index : faces.faces) {
    if (index >= 0 && index < points) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "mesh with a face of vertex ", index, " of ", points, " vertices"));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<MeshSeries> Run::meshes() const {
  std::map<std::string, MeshSeries> by_name;
  for (const Series& series : series_) {
    if (series.kind() != ValueKind::kMesh) continue;
    absl::StatusOr<internal::MeshContent> content =
        internal::decode_mesh_content(series.metadata().content);
    if (!content.ok()) continue;
    MeshSeries& mesh = by_name[content->name];
    if (content->part == MeshPart::kVertices) mesh.vertices = &series;
    if (content->part == MeshPart::kFaces) mesh.faces = &series;
    if (content->part == MeshPart::kColors) mesh.colors = &series;
  }
  std::vector<MeshSeries> meshes;
  for (auto& [name, mesh] : by_name) {
    if (mesh.vertices == nullptr) continue;
    mesh.name = name;
    meshes.push_back(std::move(mesh));
  }
  return meshes;
}

absl::StatusOr<MeshValue> MeshSeries::at(size_t index) const {
  absl::StatusOr<MeshValue> mesh = vertices->mesh(index);
  if (!mesh.ok()) return mesh.status();
  const int64_t step = vertices->steps()[index];
  absl::StatusOr<MeshValue> face_part = part_at(faces, step);
  if (!face_part.ok()) return face_part.status();
  absl::StatusOr<MeshValue> color_part = part_at(colors, step);
  if (!color_part.ok()) return color_part.status();
  absl::Status status = check_together(*mesh, *face_part, *color_part);
  if (!status.ok()) return status;
  mesh->faces = std::move(face_part->faces);
  mesh->colors = std::move(color_part->colors);
  return mesh;
}

}  // namespace tblog
