// SPDX-License-Identifier: Apache-2.0
//
// The public calls of kinds whose plugins have a message of their own (curves
// of precision and recall, meshes, layouts of custom scalars), and checkpoints.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/strings.h"
#include "src/summary/checkpoint.h"
#include "src/summary/custom_scalars.h"
#include "src/summary/mesh.h"
#include "src/summary/pr_curve.h"
#include "src/writer/log_value.h"
#include "src/writer/run.h"
#include "tblog/summary_writer.h"

namespace tblog {

using internal::Cause;
using internal::EncodedMesh;
using internal::EncodedValue;
using internal::kMeshKind;
using internal::kPrCurveKind;
using internal::MeshPart;
using internal::PrCurve;
using internal::Run;
using internal::with_run;

namespace {

// Logs the curve that `compute()` gives.
template <class Compute>
void log_pr_curve(Run& run, std::string_view tag, At at, Compute&& compute) {
  if (!run.core.admits(run, tag, kPrCurveKind, at)) return;
  const absl::StatusOr<PrCurve> curve = compute();
  if (!curve.ok())
    return run.core.refuse(run, Cause::kInvalidValue, tag,
                           curve.status().message());
  if (curve->clamped)
    run.core.remark(run, Cause::kClampedValues, tag,
                    "has predictions outside of [0, 1]: clamped");
  if (curve->nan > 0)
    run.core.remark(run, Cause::kNotFinite, tag,
                    "has predictions or labels that are NaN: left out");
  const std::string tensor = internal::encode_pr_curve(*curve);
  const std::string content =
      internal::encode_pr_curve_content(curve->thresholds());
  const EncodedValue value{tag, &kPrCurveKind, tensor, content};
  run.core.log_values(run, {&value, 1}, at);
}

// The parts of a mesh are series of their own, of which the page shows all or
// nothing: all go into one event, or none.
void log_mesh(Run& run, std::string_view tag, const Mesh& mesh, At at) {
  if (tag.empty())
    return run.core.refuse(run, Cause::kEmptyTag, tag, "the tag is empty");
  const uint32_t components = internal::mesh_components(mesh);
  std::vector<std::string> tags;
  for (MeshPart part : {MeshPart::kVertex, MeshPart::kFace, MeshPart::kColor}) {
    if ((components & internal::mesh_part_bit(part)) == 0) continue;
    tags.push_back(internal::mesh_part_tag(tag, part));
    if (!run.core.admits(run, tags.back(), kMeshKind, at)) return;
  }
  const absl::StatusOr<EncodedMesh> encoded = internal::encode_mesh(mesh);
  if (!encoded.ok())
    return run.core.refuse(run, Cause::kInvalidValue, tag,
                           encoded.status().message());
  if (!run.plugins.agree_on_mesh(tag, components))
    return run.core.refuse(run, Cause::kOtherKind, tag,
                           "its first mesh had other parts (faces, colors): "
                           "TensorBoard knows them by that one");
  if (encoded->moved)
    run.core.remark(run, Cause::kNotFinite, tag,
                    "has vertices that are not finite: moved to another one");
  if (encoded->clamped)
    run.core.remark(run, Cause::kClampedValues, tag,
                    "has colors outside of [0, 1]: clamped");
  std::vector<std::string> contents;
  for (const EncodedMesh::Part& part : encoded->parts)
    contents.push_back(
        internal::encode_mesh_content(tag, part, components, mesh.config_json));
  std::vector<EncodedValue> values;
  for (size_t i = 0; i < tags.size(); ++i)
    values.push_back(
        {tags[i], &kMeshKind, encoded->parts[i].tensor, contents[i]});
  run.core.log_values(run, values, at);
}

void log_layout(Run& run, const CustomScalarLayout& layout) {
  const std::string_view tag = internal::kLayoutTag;
  const absl::StatusOr<std::string> message = internal::encode_layout(layout);
  if (!message.ok())
    return run.core.refuse(run, Cause::kInvalidValue, tag,
                           message.status().message());
  const std::string tensor = internal::encode_layout_tensor(*message);
  const EncodedValue value{tag, &internal::kCustomScalarsKind, tensor};
  run.core.log_values(run, {&value, 1}, At(run.plugins.next_layout_step()));
}

void log_checkpoint(Run& run, std::string_view path, At at) {
  if (path.empty())
    return run.core.refuse(run, Cause::kInvalidValue, path,
                           "the path of a checkpoint is empty");
  if (!internal::is_valid_utf8(path))
    run.core.remark(run, Cause::kInvalidUtf8, path,
                    "is the path of a checkpoint; what is not UTF-8 in it is "
                    "written as U+FFFD");
  const std::string message =
      internal::encode_checkpoint(internal::to_valid_utf8(path));
  run.core.log_event(run, {internal::EventField::kSessionLog, message}, at);
}

}  // namespace

void SummaryWriter::pr_curve(std::string_view tag, const TensorView& labels,
                             const TensorView& predictions, At at,
                             const PrCurveOptions& options) noexcept {
  with_run(run_, [&](Run& run) {
    log_pr_curve(run, tag, at, [&] {
      return internal::compute_pr_curve(labels, predictions, options);
    });
  });
}

void SummaryWriter::pr_curve(std::string_view tag, const PrCurveCounts& counts,
                             At at) noexcept {
  with_run(run_, [&](Run& run) {
    log_pr_curve(run, tag, at,
                 [&] { return internal::pr_curve_of_counts(counts); });
  });
}

void SummaryWriter::mesh(std::string_view tag, const Mesh& mesh,
                         At at) noexcept {
  with_run(run_, [&](Run& run) { log_mesh(run, tag, mesh, at); });
}

void SummaryWriter::layout(const CustomScalarLayout& layout) noexcept {
  with_run(run_, [&](Run& run) { log_layout(run, layout); });
}

void SummaryWriter::checkpoint(std::string_view path, At at) noexcept {
  with_run(run_, [&](Run& run) { log_checkpoint(run, path, at); });
}

}  // namespace tblog
