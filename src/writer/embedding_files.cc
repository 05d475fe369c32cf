// SPDX-License-Identifier: Apache-2.0

#include "src/writer/embedding_files.h"

#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace tblog::internal {
namespace {

// Names tried for a file that is not whole yet: others may write here, too, or
// may have left theirs.
constexpr int kMaxTries = 1000;

absl::Status write_whole(WritableFile& file, std::string_view bytes) {
  size_t written = 0;
  const absl::Status status = file.append(bytes, &written);
  const absl::Status closed = file.close();
  return status.ok() ? closed : status;
}

// In place of what may be at `path`.
absl::Status replace_file(FileSystem& file_system, const std::string& path,
                          std::string_view bytes) {
  for (int tries = 0;; ++tries) {
    const std::string unfinished = absl::StrCat(path, ".unfinished", tries);
    auto file = file_system.create(unfinished);
    if (absl::IsAlreadyExists(file.status()) && tries < kMaxTries) continue;
    if (!file.ok()) return file.status();
    if (absl::Status status = write_whole(**file, bytes); !status.ok())
      return status;
    return file_system.rename(unfinished, path);
  }
}

}  // namespace

absl::Status write_embedding(FileSystem& file_system,
                             const std::string& directory,
                             const EmbeddingFiles& embedding) {
  const std::string config_path =
      absl::StrCat(directory, "/", kProjectorConfig);
  absl::StatusOr<std::string> config = file_system.read(config_path);
  if (absl::IsNotFound(config.status())) config = std::string();
  if (!config.ok()) return config.status();
  const absl::StatusOr<std::string> merged =
      merge_projector_config(*config, embedding.tensor_name, embedding.entry);
  if (!merged.ok()) return merged.status();
  for (const EmbeddingFiles::File& file : embedding.files) {
    const std::string path = absl::StrCat(directory, "/", file.path);
    absl::Status status =
        file_system.create_directories(path.substr(0, path.rfind('/')));
    if (status.ok()) status = replace_file(file_system, path, file.bytes);
    if (!status.ok()) return status;
  }
  return replace_file(file_system, config_path, *merged);
}

}  // namespace tblog::internal
