// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/reader/projector.h"
#include "src/reader/small_file.h"
#include "src/reader/value_checks.h"
#include "tblog/embedding_value.h"

namespace tblog::internal {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxTensorBytes = uint64_t{1} << 31;
constexpr uint32_t kMaxSpriteSide = 8192;

// Whether a path of the config, followed through links, stays in its directory.
bool stays_inside(const std::string& directory, const std::string& path) {
  std::error_code error;
  const fs::path top = fs::weakly_canonical(directory, error);
  const fs::path to = fs::weakly_canonical(fs::path(directory) / path, error);
  const auto [end, ignored] =
      std::mismatch(top.begin(), top.end(), to.begin(), to.end());
  return !error && end == top.end();
}

uint32_t big_endian_32(std::string_view bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<uint8_t>(bytes[at + i]);
  return number;
}

void check_tensor_file(const EmbeddingFiles& embedding, const TellTrap& tell) {
  const std::string path =
      absl::StrCat(embedding.directory, "/", embedding.tensor_path);
  absl::StatusOr<std::string> bytes = read_small_file(path, kMaxTensorBytes);
  if (!bytes.ok())
    return tell(TrapId::kProjectorColumns,
                std::string(bytes.status().message()));
  // TensorBoard takes for text what is valid UTF-8.
  const bool is_text = is_valid_utf8(*bytes);
  if (!embedding.tensor_shape.empty()) {
    int64_t elements = 1;
    for (const int64_t size : embedding.tensor_shape) elements *= size;
    const bool is_raw =
        bytes->size() == static_cast<uint64_t>(elements) * sizeof(float);
    if (is_text && is_raw && bytes->find('\t') == std::string::npos)
      tell(TrapId::kProjectorBinary, escaped(path, 4096));
    return;
  }
  const std::string first = bytes->substr(0, bytes->find('\n'));
  if (!is_text || first.find('\t') == std::string::npos) {
    tell(TrapId::kProjectorColumns,
         absl::StrCat(escaped(path, 4096),
                      is_text ? " has one column" : " has no shape"));
  }
}

size_t lines_of(const std::string& text, bool blank_ones) {
  size_t lines = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (blank_ones || end > at) ++lines;
    at = end + 1;
  }
  return lines;
}

void check_metadata(const EmbeddingFiles& embedding, const TellTrap& tell) {
  const auto read = [&](const std::string& path) {
    return read_small_file(absl::StrCat(embedding.directory, "/", path),
                           kMaxTensorBytes);
  };
  absl::StatusOr<std::string> metadata = read(embedding.metadata_path);
  if (!metadata.ok()) return;  // the page shows the points without
  const size_t shown = lines_of(*metadata, false);
  const size_t header =
      metadata->substr(0, metadata->find('\n')).find('\t') != std::string::npos
          ? 1
          : 0;
  size_t points = 0;
  if (!embedding.tensor_shape.empty()) {
    points =
        static_cast<size_t>(std::max<int64_t>(embedding.tensor_shape[0], 0));
  } else if (absl::StatusOr<std::string> rows = read(embedding.tensor_path);
             rows.ok()) {
    points = lines_of(*rows, false);
  }
  if (shown != points + header) {
    tell(TrapId::kProjectorMetadata,
         absl::StrCat(shown - std::min(shown, header), " texts for ", points,
                      " points"));
  }
}

void check_sprite(const EmbeddingFiles& embedding, const TellTrap& tell) {
  absl::StatusOr<std::string> sprite = read_small_file(
      absl::StrCat(embedding.directory, "/", embedding.sprite_path),
      kMaxTensorBytes);
  // Width and height stand at 16 and 20 of a PNG.
  if (!sprite.ok() || sprite->size() < 24 || sprite->substr(1, 3) != "PNG")
    return;
  const uint32_t width = big_endian_32(*sprite, 16);
  const uint32_t height = big_endian_32(*sprite, 20);
  if (width > kMaxSpriteSide || height > kMaxSpriteSide)
    tell(TrapId::kProjectorSprite, absl::StrCat(width, " x ", height));
}

}  // namespace

void check_projector(const std::string& directory, const TellTrap& tell) {
  std::vector<SkippedRegion> ignored;
  std::set<std::string> names;
  for (const EmbeddingFiles& embedding : find_embeddings(directory, &ignored)) {
    if (!names.insert(embedding.name).second) {
      tell(TrapId::kProjectorUnique,
           absl::StrCat("\"", escaped(embedding.name), "\""));
    }
    if (embedding.name.find_first_of("&#%+?") != std::string::npos ||
        embedding.name.ends_with(":0") || embedding.name.empty()) {
      tell(TrapId::kProjectorNames,
           absl::StrCat("\"", escaped(embedding.name), "\""));
    }
    bool inside = true;
    for (const std::string* path :
         {&embedding.tensor_path, &embedding.metadata_path,
          &embedding.bookmarks_path, &embedding.sprite_path}) {
      if (path->empty() || stays_inside(embedding.directory, *path)) continue;
      inside = false;
      tell(TrapId::kProjectorInside, escaped(*path, 4096));
    }
    if (!inside || embedding.tensor_path.empty()) continue;
    check_tensor_file(embedding, tell);
    if (!embedding.metadata_path.empty()) check_metadata(embedding, tell);
    if (!embedding.sprite_path.empty()) check_sprite(embedding, tell);
  }
}

}  // namespace tblog::internal
