// SPDX-License-Identifier: Apache-2.0
//
// What could not be read of one file above its framing. Bounded: a hostile file
// cannot fill the memory with reasons.

#ifndef TBLOG_SRC_READER_DAMAGE_LIST_H_
#define TBLOG_SRC_READER_DAMAGE_LIST_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tblog/record_io.h"

namespace tblog::internal {

class DamageList {
 public:
  static constexpr size_t kMaxRegions = 1000;

  // Offsets must not fall. The last of kMaxRegions regions covers all that
  // follow.
  void add(const std::string& file, uint64_t offset, uint64_t bytes,
           std::string reason) {
    if (regions_.size() < kMaxRegions) {
      regions_.push_back({file, offset, bytes, std::move(reason)});
      return;
    }
    SkippedRegion& last = regions_.back();
    last.bytes = offset + bytes - last.offset;
    last.reason = absl::StrCat("damage goes on from here, ", ++unlisted_,
                               " more regions");
  }

  const std::vector<SkippedRegion>& regions() const { return regions_; }

  // These and `others` together, by offset.
  std::vector<SkippedRegion> merged_with(
      const std::vector<SkippedRegion>& others) const {
    std::vector<SkippedRegion> all;
    std::merge(others.begin(), others.end(), regions_.begin(), regions_.end(),
               std::back_inserter(all),
               [](const SkippedRegion& a, const SkippedRegion& b) {
                 return a.offset < b.offset;
               });
    return all;
  }

 private:
  std::vector<SkippedRegion> regions_;
  uint64_t unlisted_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_DAMAGE_LIST_H_
