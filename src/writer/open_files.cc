// SPDX-License-Identifier: Apache-2.0

#include "src/writer/open_files.h"

#include <limits>

#include "src/writer/caught.h"

namespace tblog::internal {

void OpenFiles::use(Entry& entry) {
  if (entry.is_listed) {
    if (entry.place != files_.begin())
      files_.splice(files_.begin(), files_, entry.place);
    return;
  }
  while (files_.size() >= limit_ && !files_.empty() && suspend_last()) {
  }
  files_.push_front(&entry);
  entry.place = files_.begin();
  entry.is_listed = true;
}

void OpenFiles::remove(Entry& entry) noexcept {
  if (!std::exchange(entry.is_listed, false)) return;
  files_.erase(entry.place);
}

bool OpenFiles::take_for(const Entry& entry) {
  return !files_.empty() && files_.back() != &entry && suspend_last();
}

// Where files cannot be suspended, all stay open; and one that the crash
// handler writes, which is not waited for.
bool OpenFiles::suspend_last() {
  Entry& last = *files_.back();
  if (!last.gate->try_enter()) return false;
  const absl::Status status = caught([&] { return last.file->suspend(); });
  last.gate->leave();
  if (absl::IsUnimplemented(status)) {
    limit_ = std::numeric_limits<size_t>::max();
    return false;
  }
  remove(last);
  failure_.Update(status);
  return true;
}

}  // namespace tblog::internal
