// SPDX-License-Identifier: Apache-2.0
//
// Findings of verify(), one a trap, file and tag. Bounded.

#ifndef TBLOG_SRC_READER_FINDING_LIST_H_
#define TBLOG_SRC_READER_FINDING_LIST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/base/strings.h"
#include "src/reader/trap_table.h"

namespace tblog::internal {

// Where something was found.
struct FoundAt {
  std::string_view file;
  std::string_view run;
  std::string_view tag = {};
  uint64_t offset = 0;
  uint64_t length = 0;
  std::optional<int64_t> step = std::nullopt;
};

class FindingList {
 public:
  explicit FindingList(uint64_t max_findings) : max_(max_findings) {}

  void add(TrapId trap, const FoundAt& at, std::string detail) {
    std::string key(1, static_cast<char>(trap));
    key.append(at.file).push_back('\0');
    key.append(at.tag);
    const auto known = by_key_.find(key);
    if (known != by_key_.end()) {
      ++findings_[known->second].count;
      return;
    }
    if (findings_.size() >= max_) {
      ++unlisted_;
      return;
    }
    by_key_.emplace(std::move(key), findings_.size());
    findings_.push_back({&trap_of(trap), std::move(detail),
                         std::string(at.file), at.offset, at.length,
                         std::string(at.run), std::string(at.tag), at.step, 1});
  }

  std::vector<Finding> take() { return std::move(findings_); }
  uint64_t unlisted() const { return unlisted_; }

 private:
  uint64_t max_;
  uint64_t unlisted_ = 0;
  std::vector<Finding> findings_;
  absl::flat_hash_map<std::string, size_t> by_key_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_FINDING_LIST_H_
