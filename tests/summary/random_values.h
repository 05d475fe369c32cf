// SPDX-License-Identifier: Apache-2.0
//
// Values for property tests: what a seed gives, extremes more often than chance
// would.

#ifndef TBLOG_TESTS_SUMMARY_RANDOM_VALUES_H_
#define TBLOG_TESTS_SUMMARY_RANDOM_VALUES_H_

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace tblog::internal {

class RandomValues {
 public:
  explicit RandomValues(uint64_t seed) : engine_(seed) {}

  // Below `limit`.
  uint64_t below(uint64_t limit) { return engine_() % limit; }
  bool flag() { return below(2) == 1; }

  int64_t integer() {
    switch (below(6)) {
      case 0:
        return 0;
      case 1:
        return std::numeric_limits<int64_t>::min();
      case 2:
        return std::numeric_limits<int64_t>::max();
      case 3:
        return static_cast<int64_t>(below(256)) - 128;
      default:
        return static_cast<int64_t>(engine_());
    }
  }

  // Any bits, but not a NaN.
  double number() {
    switch (below(8)) {
      case 0:
        return 0;
      case 1:
        return -0.0;
      case 2:
        return std::numeric_limits<double>::infinity();
      case 3:
        return std::numeric_limits<double>::denorm_min();
      case 4:
        return std::numeric_limits<double>::lowest();
      default: {
        const auto any = std::bit_cast<double>(engine_());
        return any == any ? any : 1.5;
      }
    }
  }

  // UTF-8 of up to `most` characters, NUL and characters of four bytes among
  // them; every fourth is empty.
  std::string text(size_t most = 200) {
    static const std::string kCharacters[] = {
        "a",  "/",  " ",        std::string(1, '\0'), "\n",
        "\"", "\\", "\xc3\xbc", "\xe4\xbd\xa0",       "\xf0\x9f\x8e\x89"};
    std::string out;
    const size_t count = below(4) == 0 ? 0 : below(most + 1);
    for (size_t i = 0; i < count; ++i)
      out += kCharacters[below(std::size(kCharacters))];
    return out;
  }

  // Any bytes.
  std::string bytes(size_t most = 200) {
    std::string out(below(4) == 0 ? 0 : below(most + 1), '\0');
    for (char& c : out) c = static_cast<char>(engine_());
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tblog::internal

#endif  // TBLOG_TESTS_SUMMARY_RANDOM_VALUES_H_
