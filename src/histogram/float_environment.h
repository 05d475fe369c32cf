// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic that the definition of a histogram assumes, whatever the
// calling thread has set.

#ifndef TBLOG_SRC_HISTOGRAM_FLOAT_ENVIRONMENT_H_
#define TBLOG_SRC_HISTOGRAM_FLOAT_ENVIRONMENT_H_

#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#else
#include <cfenv>
#endif

namespace tblog::internal {

// While it lives, this thread rounds to nearest, keeps denormals (frameworks
// let their threads flush them) and traps nothing; then all is as it was, the
// flags too. What must heed it is to be in a function that is not inlined: no
// compiler knows that arithmetic depends on it.
class DefaultFloatEnvironment {
 public:
  DefaultFloatEnvironment(const DefaultFloatEnvironment&) = delete;
  DefaultFloatEnvironment& operator=(const DefaultFloatEnvironment&) = delete;

#if defined(__SSE2__)
  DefaultFloatEnvironment() : before_(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~DefaultFloatEnvironment() { _mm_setcsr(before_); }

 private:
  const uint32_t before_;
#else
  DefaultFloatEnvironment() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatEnvironment() { std::fesetenv(&before_); }

 private:
  std::fenv_t before_;
#endif
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_FLOAT_ENVIRONMENT_H_
