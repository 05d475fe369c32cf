// SPDX-License-Identifier: Apache-2.0

#include "src/histogram/kernels.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace tblog::internal {

extern const Kernels kPlainKernels;
#if defined(TBLOG_KERNELS_X86)
extern const Kernels kSse4Kernels, kAvx2Kernels, kAvx512Kernels;
#elif defined(TBLOG_KERNELS_NEON)
extern const Kernels kNeonKernels;
#endif

namespace {

constexpr const Kernels* kAll[] = {
#if defined(TBLOG_KERNELS_X86)
    &kAvx512Kernels, &kAvx2Kernels, &kSse4Kernels,
#elif defined(TBLOG_KERNELS_NEON)
    &kNeonKernels,
#endif
    &kPlainKernels};

std::atomic<const Kernels*> chosen = nullptr;

// A name that is unknown, or a target that the CPU lacks, changes nothing.
const Kernels* choose() {
  const char* wanted = std::getenv("TBLOG_SIMD");
  const Kernels* best = nullptr;
  for (const Kernels* target : kAll) {
    if (!target->supported()) continue;
    if (wanted != nullptr && std::strcmp(wanted, target->name) == 0) {
      return target;
    }
    if (best == nullptr) best = target;
  }
  return best;
}

}  // namespace

const Kernels& kernels() {
  const Kernels* target = chosen.load(std::memory_order_relaxed);
  if (target == nullptr) {  // threads that meet here choose the same one
    target = choose();
    chosen.store(target, std::memory_order_relaxed);
  }
  return *target;
}

KernelList all_kernels() { return {kAll, std::size(kAll)}; }

void force_kernels(const Kernels* target) {
  chosen.store(target, std::memory_order_relaxed);
}

}  // namespace tblog::internal
