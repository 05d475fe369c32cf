// SPDX-License-Identifier: Apache-2.0

#include "src/hook/npz_file.h"

#include <deque>
#include <filesystem>
#include <system_error>

#include "src/hook/npz.h"
#include "src/hook/owned_tensor.h"
#include "tblog/file_system.h"

namespace tblog::internal {
namespace {

bool is_small_float(DType dtype) {
  return dtype == DType::kFloat8E4M3 || dtype == DType::kFloat8E5M2;
}

}  // namespace

absl::Status save_entries(const std::vector<const CaptureEntry*>& entries,
                          const std::string& path) {
  std::deque<OwnedTensor> widened;  // keeps addresses
  std::vector<NpzMember> members;
  for (const CaptureEntry* entry : entries) {
    TensorView view = entry->tensor->view();
    if (is_small_float(view.dtype())) {
      view = widened.emplace_back(without_small_floats(view)).view();
    }
    members.push_back({entry->name(), view});
  }
  // A new file beside the old one, so that a failure leaves no half.
  const std::string fresh = path + ".part";
  std::error_code error;
  std::filesystem::remove(fresh, error);
  absl::Status status = write_npz(*FileSystem::real(), fresh, members);
  if (status.ok()) {
    std::filesystem::rename(fresh, path, error);
    if (error) {
      status = absl::UnknownError("cannot rename " + fresh + " to " + path +
                                  ": " + error.message());
    }
  }
  if (!status.ok()) std::filesystem::remove(fresh, error);
  return status;
}

absl::StatusOr<std::string> save_in(
    const std::string& directory, const std::string& file,
    const std::vector<const CaptureEntry*>& entries) {
  absl::Status status = FileSystem::real()->create_directories(directory);
  if (!status.ok()) return status;
  std::string path = directory + "/" + file;
  status = save_entries(entries, path);
  if (!status.ok()) return status;
  return path;
}

std::vector<const CaptureEntry*> pointers_to(
    const std::vector<CaptureEntry>& entries) {
  std::vector<const CaptureEntry*> pointers;
  for (const CaptureEntry& entry : entries) pointers.push_back(&entry);
  return pointers;
}

}  // namespace tblog::internal
