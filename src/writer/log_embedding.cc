// SPDX-License-Identifier: Apache-2.0
//
// The public call of embeddings: files, not events.

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/summary/embedding.h"
#include "src/writer/log_value.h"
#include "src/writer/run.h"
#include "tblog/summary_writer.h"

namespace tblog {
namespace {

using internal::Cause;
using internal::EmbeddingFiles;
using internal::Run;

// What is written, but not quite as it was given.
void remark_on(Run& run, std::string_view name, const EmbeddingFiles& files) {
  if (files.not_finite)
    run.core.remark(run, Cause::kNotFinite, name,
                    "is an embedding with numbers that are not finite: written "
                    "as 0");
  if (files.clamped)
    run.core.remark(run, Cause::kClampedPixels, name,
                    "has images with pixels outside of the range of "
                    "EmbeddingOptions::sprite_range: clamped");
  if (files.mended)
    run.core.remark(run, Cause::kInvalidUtf8, name,
                    "has labels or metadata that are not UTF-8; what is not is "
                    "written as U+FFFD");
  if (files.rows > internal::kMaxShownPoints)
    run.core.remark(run, Cause::kTooManyPoints, name,
                    absl::StrCat("is an embedding of ", files.rows,
                                 " points, of which TensorBoard shows ",
                                 internal::kMaxShownPoints));
}

void log_embedding(Run& run, std::string_view name, const TensorView& matrix,
                   At at, const EmbeddingOptions& options) {
  if (!run.core.takes_events(run)) return;
  if (name.empty())
    return run.core.refuse(run, Cause::kEmptyTag, name,
                           "the embedding's name is empty");
  if (!internal::is_valid_utf8(name))
    return run.core.refuse(run, Cause::kInvalidTag, name,
                           "the embedding's name is not UTF-8");
  absl::StatusOr<EmbeddingFiles> files = internal::encode_embedding(
      name, matrix, run.core.step_of(run, at, name), options);
  if (!files.ok())
    return run.core.refuse(run, Cause::kInvalidValue, name,
                           files.status().message());
  remark_on(run, name, *files);
  run.core.log_files(run, *std::move(files));
}

}  // namespace

void SummaryWriter::embedding(std::string_view name, const TensorView& matrix,
                              At at, const EmbeddingOptions& options) noexcept {
  internal::with_run(
      run_, [&](Run& run) { log_embedding(run, name, matrix, at, options); });
}

}  // namespace tblog
