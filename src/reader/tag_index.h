// SPDX-License-Identifier: Apache-2.0
//
// Finds the number of a tag, 0 for the first one that was added. The tags
// themselves stand where their numbers lead: here are 8 bytes a slot.

#ifndef TBLOG_SRC_READER_TAG_INDEX_H_
#define TBLOG_SRC_READER_TAG_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/hash/hash.h"
#include "src/base/endian.h"
#include "src/base/strings.h"

namespace tblog::internal {

// a == b, without a call: nearly every event asks this once.
inline bool same_tag(std::string_view a, std::string_view b) {
  const size_t size = a.size();
  if (size != b.size()) return false;
  if (size < 8) return a == b;
  for (size_t i = 0; i + 8 < size; i += 8) {
    if (load_le64(a.data() + i) != load_le64(b.data() + i)) return false;
  }
  return load_le64(a.data() + size - 8) == load_le64(b.data() + size - 8);
}

class TagIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The number of `tag`, or kNone. `tag_of(number)` gives each one's tag.
  template <class TagOf>
  uint32_t find(std::string_view tag, TagOf&& tag_of) const {
    if (slots_.empty()) return kNone;
    const uint32_t hash = hash_of(tag);
    for (size_t i = hash & mask();; i = (i + 1) & mask()) {
      const Slot& slot = slots_[i];
      if (slot.number == kNone) return kNone;
      if (slot.hash == hash && same_tag(tag_of(slot.number), tag))
        return slot.number;
    }
  }

  // Adds a tag that is not there, and gives its number. Precondition: there are
  // fewer than kNone.
  uint32_t add(std::string_view tag) {
    if (4 * (size_t{count_} + 1) > 3 * slots_.size()) grow();
    put({hash_of(tag), count_});
    return count_++;
  }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t number = kNone;
  };

  static uint32_t hash_of(std::string_view tag) {
    // Seeded: nobody can choose tags that meet.
    return static_cast<uint32_t>(absl::Hash<absl::string_view>{}(to_absl(tag)));
  }
  size_t mask() const { return slots_.size() - 1; }

  void put(Slot slot) {
    size_t i = slot.hash & mask();
    while (slots_[i].number != kNone) i = (i + 1) & mask();
    slots_[i] = slot;
  }
  void grow() {
    std::vector<Slot> before(slots_.empty() ? 16 : 2 * slots_.size());
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.number != kNone) put(slot);
    }
  }

  std::vector<Slot> slots_;  // a power of two, a quarter of them free
  uint32_t count_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_TAG_INDEX_H_
