// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/largest_allocation.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace tblog::testing {
namespace {

std::atomic<size_t> largest = 0;

void* allocate(size_t size) {
  size_t before = largest.load();
  while (before < size && !largest.compare_exchange_weak(before, size)) {
  }
  return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

size_t largest_allocation() { return largest; }
void reset_largest_allocation() { largest = 0; }

}  // namespace tblog::testing

void* operator new(size_t size) {
  if (void* p = tblog::testing::allocate(size)) return p;
  throw std::bad_alloc();
}
void* operator new[](size_t size) { return operator new(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return tblog::testing::allocate(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return tblog::testing::allocate(size);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept {
  std::free(p);
}
