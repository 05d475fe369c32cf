// SPDX-License-Identifier: Apache-2.0
//
// Embeddings: no summaries, but files that TensorBoard's projector reads, and a
// line for each in the run's projector_config.pbtxt. Pure functions; nothing is
// written here. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_EMBEDDING_H_
#define TBLOG_SRC_SUMMARY_EMBEDDING_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/embedding.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// More numbers than these are written as raw float32, which TensorBoard reads
// faster than text; below, text is what a person can read.
constexpr int64_t kMaxTextNumbers = 1'000'000;
// More rows than these the page does not load.
constexpr int64_t kMaxShownPoints = 100'000;
// Of a sprite, as browsers have it.
constexpr int64_t kMaxSpriteSide = 8192;

struct EmbeddingFiles {
  struct File {
    std::string path;  // relative to the run's directory
    std::string bytes;
  };
  std::vector<File> files;
  std::string tensor_name;  // by which the page and its routes know it
  std::string entry;        // its line of projector_config.pbtxt

  bool not_finite = false;  // numbers, written as 0
  bool clamped = false;     // pixels of the sprite
  bool mended = false;      // texts that were not UTF-8
  int64_t rows = 0;
};

// Shape: [n, d], n >= 1, d >= 2, of any real dtype; stored as float32.
// Errors: InvalidArgument for other shapes and dtypes, labels, columns or
// images of another number, columns without a name or of one name, images that
// image() would refuse or that do not fit into a sprite, and 2^31 bytes or
// more.
absl::StatusOr<EmbeddingFiles> encode_embedding(
    std::string_view name, const TensorView& matrix, int64_t step,
    const EmbeddingOptions& options);

// `config` with the line `entry` for `tensor_name`, instead of the line that it
// has for it; all else is kept as it is, whoever wrote it.
// Errors: AlreadyExists where something that is no line of ours has that name.
absl::StatusOr<std::string> merge_projector_config(std::string_view config,
                                                   std::string_view tensor_name,
                                                   std::string_view entry);

// ---- Parts of it, for tests ----

// A folder's name: letters, digits, '_', '-' and single '.' of `name`; where
// that is not all of it, a hash of it follows, so that different names stay so.
std::string safe_folder_name(std::string_view name);
// `name` without what a URL's query or TensorBoard would misread, likewise.
std::string safe_tensor_name(std::string_view name);

// Rows of numbers as text that reads back to the same float32.
std::string numbers_as_tsv(std::span<const float> numbers, size_t columns);
// Whether TensorBoard would take raw bytes for text: it tells by their being no
// UTF-8, of which it may look at no more than the first "line".
bool looks_like_text(std::string_view raw);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_EMBEDDING_H_
