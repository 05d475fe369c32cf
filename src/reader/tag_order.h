// SPDX-License-Identifier: Apache-2.0
//
// Sorts by tags, in the order of their bytes. Tags of a run begin alike and lie
// scattered in memory, so each is looked at a few times, not once a comparison.

#ifndef TBLOG_SRC_READER_TAG_ORDER_H_
#define TBLOG_SRC_READER_TAG_ORDER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tblog::internal {

template <class T>
class TagOrder {
 public:
  // `tag_of` gives the tag of a T, a std::string_view.
  template <class TagOf>
  static void sort(std::vector<T>& items, TagOf tag_of) {
    const auto less = [&](const T& a, const T& b) {
      return tag_of(a) < tag_of(b);
    };
    if (std::is_sorted(items.begin(), items.end(), less)) return;
    std::vector<Entry> entries;
    entries.reserve(items.size());
    for (const T& item : items) entries.push_back({0, item});
    sort(entries.begin(), entries.end(), 0, tag_of);
    for (size_t i = 0; i < items.size(); ++i) items[i] = entries[i].item;
  }

 private:
  struct Entry {
    uint64_t key;  // bytes of the tag, from those on in which they part
    T item;
  };
  using Iterator = typename std::vector<Entry>::iterator;

  static constexpr int kMaxDepth = 64;

  // Bytes that the tags have in common at their begins.
  template <class TagOf>
  static size_t common_bytes(Iterator begin, Iterator end, TagOf tag_of) {
    const std::string_view first = tag_of(begin->item);
    size_t common = first.size();
    for (Iterator it = begin + 1; it != end; ++it) {
      const std::string_view tag = tag_of(it->item);
      const size_t n = std::min(common, tag.size());
      common = static_cast<size_t>(
          std::mismatch(tag.begin(), tag.begin() + static_cast<ptrdiff_t>(n),
                        first.begin())
              .first -
          tag.begin());
    }
    return common;
  }

  static uint64_t key_of(std::string_view tag, size_t from) {
    uint64_t key = 0;
    for (size_t i = 0; i < 8; ++i) {
      key <<= 8;
      if (from + i < tag.size()) key |= static_cast<uint8_t>(tag[from + i]);
    }
    return key;
  }

  template <class TagOf>
  static void sort(Iterator begin, Iterator end, int depth, TagOf tag_of) {
    const size_t common = common_bytes(begin, end, tag_of);
    for (Iterator it = begin; it != end; ++it)
      it->key = key_of(tag_of(it->item), common);
    std::sort(begin, end,
              [](const Entry& a, const Entry& b) { return a.key < b.key; });
    for (Iterator it = begin; it != end;) {
      const Iterator same = it;
      while (it != end && it->key == same->key) ++it;
      if (it - same < 2) continue;
      if (it - same < end - begin && depth < kMaxDepth) {
        sort(same, it, depth + 1, tag_of);
      } else {  // tags that end in zeros
        std::sort(same, it, [&](const Entry& a, const Entry& b) {
          return tag_of(a.item) < tag_of(b.item);
        });
      }
    }
  }
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_TAG_ORDER_H_
