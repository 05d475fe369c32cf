// SPDX-License-Identifier: Apache-2.0
//
// TagTable: what a run knows of its tags, in at most 300 bytes a tag beside its
// text. Not absl::flat_hash_map, which is left broken when there is no memory
// to grow: logging must survive that. One thread at a time.

#ifndef TBLOG_SRC_WRITER_TAG_TABLE_H_
#define TBLOG_SRC_WRITER_TAG_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/hash/hash.h"
#include "src/base/strings.h"
#include "src/summary/metadata.h"
#include "src/writer/text_store.h"
#include "src/writer/thinning.h"
#include "tblog/summary_writer.h"

namespace tblog::internal {

// What is known of few tags.
struct RareTagState {
  std::unique_ptr<SeriesInfo> info;  // from describe()
  uint64_t parts = 0;    // of each value, where all must have as many; else 0
  uint64_t bytes = 0;    // of values, with max_bytes_per_tag
  bool is_full = false;  // a value would have passed that
  Thinning thinning;     // with thin_scalars_after
};

// What is known of a tag: first, in 64 bytes, what each scalar needs.
struct TagState {
  std::string_view tag;
  std::string_view scalar_head;  // encode_scalar_head(tag); empty if not needed
  const Kind* kind = nullptr;    // null until the first value
  int64_t last_step = 0;         // where has_step
  uint64_t metadata_file = 0;    // Run::file_number that has the metadata
  bool has_step = false;
  bool step_reported = false;
  bool float_reported = false;
  uint32_t slot = 0;            // in a call of several scalars …
  uint64_t event = 0;           // … which met the tag last
  uint64_t metadata_chunk = 0;  // Chunk::number that had it last
  std::unique_ptr<RareTagState> rare;

  const SeriesInfo* info() const { return rare ? rare->info.get() : nullptr; }
  uint64_t parts() const { return rare ? rare->parts : 0; }
  RareTagState& make_rare() {
    if (!rare) rare = std::make_unique<RareTagState>();
    return *rare;
  }
};

class TagTable {
 public:
  size_t size() const { return size_; }
  // `i` below size(): in the order of add().
  TagState& operator[](size_t i) const {
    return (*blocks_[i / kBlock])[i % kBlock];
  }

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

  // `tag` must not be known. `scalar_head` may be empty; else it contains the
  // tag. The table is as before where memory is short.
  TagState& add(std::string_view tag, std::string_view scalar_head = {}) {
    if (2 * (size_ + 1) > entries_.size()) grow();
    if (size_ == kBlock * blocks_.size())
      blocks_.push_back(std::make_unique<std::array<TagState, kBlock>>());
    const std::string_view head = texts_.add(scalar_head);
    // The text of the tag, wherever in the head it is found first.
    const std::string_view text = head.empty()
                                      ? texts_.add(tag)
                                      : head.substr(head.find(tag), tag.size());
    TagState& state = (*this)[size_];
    state.tag = text;
    state.scalar_head = head;
    insert(entries_, {hash_of(tag), &state});
    ++size_;
    return state;
  }

  void set_scalar_head(TagState& state, std::string_view scalar_head) {
    state.scalar_head = texts_.add(scalar_head);
  }

 private:
  static constexpr size_t kBlock = 16;

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

  std::vector<std::unique_ptr<std::array<TagState, kBlock>>> blocks_;
  size_t size_ = 0;
  std::vector<Entry> entries_;  // at most half full
  TextStore texts_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_TAG_TABLE_H_
