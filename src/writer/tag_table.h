// SPDX-License-Identifier: Apache-2.0
//
// TagTable: what a run knows of its tags, in at most 300 bytes a tag beside its
// text. One thread at a time, but for find(), beside which others may add().
//
// Not absl::flat_hash_map, which is left broken when there is no memory to
// grow: logging must survive that.

#ifndef TBLOG_SRC_WRITER_TAG_TABLE_H_
#define TBLOG_SRC_WRITER_TAG_TABLE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "src/summary/metadata.h"
#include "src/writer/tag_text.h"
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
  uint64_t awaited = 0;  // values that come from a device or wait behind one
  uint64_t asked = 0;    // when one of them was found not to have come
  Thinning thinning;     // with thin_scalars_after
};

// What is known of a tag: first, in 64 bytes, what each scalar needs. On lines
// of the cache of its own, since a tag mostly belongs to one thread.
struct alignas(64) TagState {
  uint64_t hash = 0;
  std::string_view tag;
  std::string_view scalar_head;  // encode_scalar_head(tag); empty if not needed
  int64_t last_step = 0;         // where has_step
  uint64_t metadata_file = 0;    // Run::file_number that has the metadata
  bool has_step = false;
  bool step_reported = false;
  bool float_reported = false;
  // Once it is set, neither the head nor the kind changes any more, and both
  // may be read by whoever read this.
  std::atomic<bool> is_scalar{false};
  uint32_t slot = 0;            // in a call of several scalars …
  uint64_t event = 0;           // … which met the tag last
  const Kind* kind = nullptr;   // null until the first value
  uint64_t metadata_chunk = 0;  // Chunk::number that had it last
  std::unique_ptr<RareTagState> rare;
  bool is_awaited = false;  // its values wait for one from a device

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

  // Null where `tag` is not known. States keep their addresses, hashes and
  // texts. Beside add() it may miss what that adds. `hash`: text_hash(tag).
  TagState* find(std::string_view tag, uint64_t hash) const {
    const Index* const index = index_.load(std::memory_order_acquire);
    if (index == nullptr) return nullptr;
    for (uint64_t i = hash;; ++i) {
      TagState* const state =
          index->places[i & index->mask].load(std::memory_order_acquire);
      if (state == nullptr) return nullptr;
      if (state->hash == hash && same_text(state->tag, tag)) return state;
    }
  }
  TagState* find(std::string_view tag) const {
    return find(tag, text_hash(tag));
  }

  // `tag` must not be known. `scalar_head` may be empty; else it contains the
  // tag. The table is as before where memory is short.
  TagState& add(std::string_view tag, std::string_view scalar_head = {}) {
    if (indices_.empty() || 2 * (size_ + 1) > indices_.back().mask + 1) grow();
    if (size_ == kBlock * blocks_.size())
      blocks_.push_back(std::make_unique<std::array<TagState, kBlock>>());
    const std::string_view head = texts_.add(scalar_head);
    // The text of the tag, wherever in the head it is found first.
    const std::string_view text = head.empty()
                                      ? texts_.add(tag)
                                      : head.substr(head.find(tag), tag.size());
    TagState& state = (*this)[size_];
    state.hash = text_hash(tag);
    state.tag = text;
    state.scalar_head = head;
    insert(indices_.back(), state);
    ++size_;
    return state;
  }

  void set_scalar_head(TagState& state, std::string_view scalar_head) {
    state.scalar_head = texts_.add(scalar_head);
  }

 private:
  static constexpr size_t kBlock = 16;

  static constexpr size_t kFirstPlaces = 64;

  // Where states are found, from the place on that their hash says; null: free.
  // At most half full.
  struct Index {
    explicit Index(size_t places_in)
        : mask(places_in - 1),
          places(std::make_unique<std::atomic<TagState*>[]>(places_in)) {}

    uint64_t mask;  // their number, a power of two, less 1
    std::unique_ptr<std::atomic<TagState*>[]> places;
  };

  static void insert(const Index& index, TagState& state) {
    uint64_t i = state.hash;
    while (index.places[i & index.mask].load(std::memory_order_relaxed) !=
           nullptr)
      ++i;
    index.places[i & index.mask].store(&state, std::memory_order_release);
  }

  // Who is in find() may still read the index before: all are kept, which take
  // as much memory as the last.
  void grow() {
    Index larger(indices_.empty() ? kFirstPlaces
                                  : 2 * (indices_.back().mask + 1));
    for (size_t i = 0; i < size_; ++i) insert(larger, (*this)[i]);
    indices_.push_back(std::move(larger));
    index_.store(&indices_.back(), std::memory_order_release);
  }

  std::vector<std::unique_ptr<std::array<TagState, kBlock>>> blocks_;
  size_t size_ = 0;
  std::deque<Index> indices_;
  std::atomic<const Index*> index_{nullptr};  // the last one
  TextStore texts_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_TAG_TABLE_H_
