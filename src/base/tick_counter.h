// SPDX-License-Identifier: Apache-2.0
//
// The processor's counter of ticks, where it is a clock: it goes at one pace,
// and alike on all processors. Thread-safe.

#ifndef TBLOG_SRC_BASE_TICK_COUNTER_H_
#define TBLOG_SRC_BASE_TICK_COUNTER_H_

#include <cstdint>
#include <cstdio>
#include <cstring>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace tblog::internal {

#if defined(__x86_64__) && defined(__linux__)

inline uint64_t read_tick_counter() noexcept { return __rdtsc(); }

// The kernel has looked at it for as long as the machine is up, and takes
// another source where it is not.
inline bool is_kernels_clock_source(const char* name) noexcept {
  char source[32] = {};
  std::FILE* const file = std::fopen(
      "/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
  if (file == nullptr) return false;
  if (std::fgets(source, sizeof source, file) == nullptr) source[0] = '\0';
  std::fclose(file);
  source[std::strcspn(source, "\n")] = '\0';
  return std::strcmp(source, name) == 0;
}

inline bool has_tick_counter() noexcept {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  constexpr unsigned kPowerManagement = 0x80000007;
  constexpr unsigned kInvariantCounter = 1u << 8;
  return __get_cpuid(kPowerManagement, &eax, &ebx, &ecx, &edx) != 0 &&
         (edx & kInvariantCounter) != 0 && is_kernels_clock_source("tsc");
}

#else

inline uint64_t read_tick_counter() noexcept { return 0; }
inline bool has_tick_counter() noexcept { return false; }

#endif

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_TICK_COUNTER_H_
