// SPDX-License-Identifier: Apache-2.0
//
// Seeded random numbers that are the same with every standard library, which
// the distributions of <random> are not.

#ifndef EXAMPLES_DIGITS_RANDOM_H_
#define EXAMPLES_DIGITS_RANDOM_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace digits {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // In [0, 1).
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  // Of mean 0 and standard deviation 1 (Box-Muller).
  double normal() {
    constexpr double kTwoPi = 6.283185307179586;
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(kTwoPi * uniform());
  }
  // In [0, count).
  size_t below(size_t count) {
    return static_cast<size_t>(uniform() * static_cast<double>(count));
  }
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(i)]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace digits

#endif  // EXAMPLES_DIGITS_RANDOM_H_
