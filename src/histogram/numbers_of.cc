// SPDX-License-Identifier: Apache-2.0

#include "src/histogram/numbers_of.h"

namespace tblog::internal {

ByteCounts count_bytes(const TensorView& view) {
  constexpr int kTables = 4;  // see CountTables
  uint64_t tables[kTables][256] = {};
  for_each_run(view, Order::kAny, [&](const ElementRun& run) {
    const char* p = run.data;
    int64_t i = 0;
    for (; i + kTables <= run.count; i += kTables) {
      for (auto& table : tables) {
        ++table[static_cast<uint8_t>(*p)];
        p += run.stride;
      }
    }
    for (; i < run.count; ++i, p += run.stride) {
      ++tables[0][static_cast<uint8_t>(*p)];
    }
  });
  ByteCounts counts = {};
  for (const auto& table : tables) {
    for (int byte = 0; byte < 256; ++byte) counts.of[byte] += table[byte];
  }
  return counts;
}

}  // namespace tblog::internal
