// SPDX-License-Identifier: Apache-2.0

#include "src/writer/reporter.h"

#include <cstdio>
#include <string>
#include <tuple>
#include <utility>

#include "absl/hash/hash.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

void write_to_stderr(const absl::Status& status) {
  const std::string line = "tblog: " + std::string(status.message()) + "\n";
  std::fputs(line.c_str(), stderr);
}

thread_local bool inside_on_error = false;

}  // namespace

Reporter::Reporter(OnError on_error)
    : on_error_(on_error ? std::move(on_error) : OnError(write_to_stderr)) {}

bool Reporter::first_time(Cause cause, size_t run, std::string_view subject) {
  using Key = std::tuple<uint8_t, size_t, absl::string_view>;
  const uint64_t hash = absl::Hash<Key>{}(
      Key(static_cast<uint8_t>(cause), run, to_absl(subject)));
  std::lock_guard<std::mutex> lock(mutex_);
  return causes_.size() < kMaxCauses && causes_.insert(hash).second;
}

void Reporter::keep(const Notices& notices) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const Notice& notice : notices) {
    if (notice.failure) status_.Update(notice.status);
  }
}

void Reporter::tell(const Notices& notices) noexcept {
  if (notices.empty() || inside_on_error) return;
  inside_on_error = true;
  for (const Notice& notice : notices) {
    try {
      on_error_(notice.status);
    } catch (...) {
      // The handler's own trouble; status() has what it was told.
    }
  }
  inside_on_error = false;
}

void Reporter::deliver(const Notices& notices) noexcept {
  if (notices.empty()) return;
  keep(notices);
  tell(notices);
}

absl::Status Reporter::status() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

}  // namespace tblog::internal
