// SPDX-License-Identifier: Apache-2.0

#include "src/record/record_chain.h"

#include <string_view>
#include <unordered_set>

#include "src/base/endian.h"
#include "src/record/framing.h"

namespace tblog::internal {
namespace {

class Chains {
 public:
  Chains(FileWindow& window, uint64_t end, uint64_t file_end,
         uint64_t* hops_left)
      : window_(window),
        end_(end),
        file_end_(file_end),
        hops_left_(hops_left) {}

  // Whether the headers from `offset` on lead to one of the ends.
  absl::StatusOr<bool> lead_on(uint64_t offset) {
    while (offset != end_ && offset < file_end_) {
      // From where we have been it went elsewhere.
      if (gave_up() || !dead_ends_.insert(offset).second) return false;
      --*hops_left_;
      char header[kRecordHeaderBytes];
      absl::StatusOr<size_t> got = window_.peek(offset, header, sizeof header);
      if (!got.ok()) return got.status();
      if (*got < sizeof header || !header_checksum_holds(header)) return false;
      const uint64_t length = load_le64(header);
      if (length > kMaxPayloadBytes) return false;
      offset += length + kRecordFramingBytes;
    }
    return offset == end_ || offset == file_end_;
  }

  bool gave_up() const { return *hops_left_ == 0; }

 private:
  FileWindow& window_;
  uint64_t end_;
  uint64_t file_end_;
  uint64_t* hops_left_;
  std::unordered_set<uint64_t> dead_ends_;
};

}  // namespace

absl::StatusOr<std::optional<uint64_t>> find_record_chain(FileWindow& window,
                                                          uint64_t begin,
                                                          uint64_t end,
                                                          uint64_t file_end,
                                                          uint64_t* hops_left) {
  Chains chains(window, end, file_end, hops_left);
  while (begin + kRecordFramingBytes <= end && !chains.gave_up()) {
    absl::StatusOr<std::string_view> bytes =
        window.bytes_at(begin, kRecordHeaderBytes);
    if (!bytes.ok()) return bytes.status();
    if (bytes->size() < kRecordHeaderBytes) break;
    const size_t headers = bytes->size() - kRecordHeaderBytes + 1;
    for (size_t i = 0; i < headers && begin + i < end; ++i) {
      const char* header = bytes->data() + i;
      if (load_le64(header) > kMaxPayloadBytes) continue;
      if (!header_checksum_holds(header)) continue;
      absl::StatusOr<bool> found = chains.lead_on(begin + i);
      if (!found.ok()) return found.status();
      if (*found) return begin + i;
    }
    begin += headers;
  }
  return std::nullopt;
}

}  // namespace tblog::internal
