// SPDX-License-Identifier: Apache-2.0
//
// TagTable: what a run knows of its tags. Not absl::flat_hash_map, which is
// left broken when there is no memory to grow: logging must survive that. One
// thread at a time.

#ifndef TBLOG_SRC_WRITER_TAG_TABLE_H_
#define TBLOG_SRC_WRITER_TAG_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "src/base/strings.h"
#include "src/summary/metadata.h"
#include "tblog/summary_writer.h"

namespace tblog::internal {

// What is known of a tag.
struct TagState {
  std::string tag;
  const Kind* kind = nullptr;  // null until the first value
  std::optional<int64_t> last_step;
  uint64_t metadata_file = 0;   // Run::file_number that has the metadata
  uint64_t metadata_chunk = 0;  // Chunk::number that had it last
  std::string scalar_head;  // encode_scalar_head(tag); empty if never needed
  std::unique_ptr<SeriesInfo> info;  // from describe()
  uint64_t parts = 0;  // of each value, where all must have as many; else 0
  bool step_reported = false;
  bool float_reported = false;
  uint64_t event = 0;  // the scalars() call that met the tag last …
  size_t slot = 0;     // … and where in it
};

class TagTable {
 public:
  size_t size() const { return states_.size(); }

  // Null where `tag` is not known. States keep their addresses.
  TagState* find(std::string_view tag) const {
    if (entries_.empty()) return nullptr;
    const size_t hash = hash_of(tag);
    for (size_t i = hash & mask();; i = (i + 1) & mask()) {
      const Entry& entry = entries_[i];
      if (entry.state == nullptr) return nullptr;
      if (entry.hash == hash && entry.state->tag == tag) return entry.state;
    }
  }

  // `tag` must not be known. The table is as before where memory is short.
  TagState& add(std::string_view tag) {
    if (2 * (states_.size() + 1) > entries_.size()) grow();
    TagState state;
    state.tag = tag;
    states_.push_back(std::move(state));
    insert(entries_, {hash_of(tag), &states_.back()});
    return states_.back();
  }

 private:
  struct Entry {
    size_t hash = 0;
    TagState* state = nullptr;
  };

  static size_t hash_of(std::string_view tag) {
    return absl::Hash<absl::string_view>{}(to_absl(tag));
  }

  // The number of entries is a power of two.
  size_t mask() const { return entries_.size() - 1; }

  static void insert(std::vector<Entry>& entries, Entry entry) {
    const size_t mask = entries.size() - 1;
    size_t i = entry.hash & mask;
    while (entries[i].state != nullptr) i = (i + 1) & mask;
    entries[i] = entry;
  }

  void grow() {
    std::vector<Entry> larger(entries_.empty() ? 64 : 2 * entries_.size());
    for (const Entry& entry : entries_) {
      if (entry.state != nullptr) insert(larger, entry);
    }
    entries_ = std::move(larger);
  }

  std::deque<TagState> states_;
  std::vector<Entry> entries_;  // at most half full
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_TAG_TABLE_H_
