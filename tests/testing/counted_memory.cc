// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/counted_memory.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

std::atomic<int64_t> live{0};
thread_local int64_t made = 0;
thread_local int64_t allowed = kAll;

// Not inlined: else the compiler sees malloc() behind its own new and warns.
[[gnu::noinline]] void* allocate(size_t size) noexcept {
  if (allowed == 0) return nullptr;
  --allowed;
  ++made;
  void* p = std::malloc(size);
  if (p != nullptr) live += static_cast<int64_t>(malloc_usable_size(p));
  return p;
}

[[gnu::noinline]] void release(void* p) noexcept {
  if (p == nullptr) return;
  live -= static_cast<int64_t>(malloc_usable_size(p));
  std::free(p);
}

}  // namespace

void* operator new(size_t size) {
  void* p = allocate(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void* operator new[](size_t size) { return operator new(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { operator delete(p); }
void operator delete(void* p, size_t) noexcept { operator delete(p); }
void operator delete[](void* p, size_t) noexcept { operator delete(p); }

namespace tblog::testing {

int64_t live_bytes() { return live; }
int64_t allocations() { return made; }

AllocationsAllowed::AllocationsAllowed(int64_t count) { allowed = count; }
AllocationsAllowed::~AllocationsAllowed() { allowed = kAll; }

}  // namespace tblog::testing
