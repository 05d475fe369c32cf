// SPDX-License-Identifier: Apache-2.0

#include "src/writer/live_writers.h"

#include <setjmp.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "src/writer/core.h"

namespace tblog::internal {
namespace {

// Never freed, so that a handler may walk along; used again instead.
struct Place {
  std::atomic<Core*> core{nullptr};
  std::atomic<int> readers{0};
  Place* next = nullptr;
};

std::atomic<Place*> first_place{nullptr};

// The thread that dumps; 0: none does.
std::atomic<int64_t> dumping_thread{0};
sigjmp_buf after_writer;

int64_t this_thread() noexcept { return ::syscall(SYS_gettid); }

void sleep_a_millisecond() noexcept {
  const timespec pause{0, 1'000'000};
  ::nanosleep(&pause, nullptr);
}

// A crash inside leaves it by after_writer: nothing here has a destructor.
void dump(Place& place, int64_t wait_ms, bool last) noexcept {
  place.readers.fetch_add(1);
  Core* const core = place.core.load();
  if (core != nullptr) {
    if (sigsetjmp(after_writer, 1) == 0) core->begin_dump(wait_ms, last);
    core->end_dump();
  }
  place.readers.fetch_sub(1);
}

// Whoever leaves without close() gets what a handle's end would write. An
// ending process waits longer than a dying one.
void dump_at_exit() {
  constexpr int64_t kWaitMs = 2000;
  dump_live_writers(kWaitMs, false);
}

void register_at_exit() {
  static const int registered =
      std::atexit(dump_at_exit) + std::at_quick_exit(dump_at_exit);
  static_cast<void>(registered);
}

}  // namespace

void add_live_writer(Core& core) {
  register_at_exit();
  Place* place = first_place.load();
  for (; place != nullptr; place = place->next) {
    Core* free = nullptr;
    if (place->core.compare_exchange_strong(free, &core)) return;
  }
  place = new Place;
  place->core = &core;
  place->next = first_place.load();
  while (!first_place.compare_exchange_weak(place->next, place)) {
  }
}

void remove_live_writer(Core& core) noexcept {
  for (Place* place = first_place.load(); place != nullptr;
       place = place->next) {
    Core* found = &core;
    if (!place->core.compare_exchange_strong(found, nullptr)) continue;
    while (place->readers.load() > 0) sleep_a_millisecond();
    return;
  }
}

void dump_live_writers(int64_t wait_ms, bool last) noexcept {
  int64_t nobody = 0;
  // As long as the other one may take, nearly; it dies with the process.
  for (int64_t left_ms = 20 * wait_ms + 1000;
       !dumping_thread.compare_exchange_strong(nobody, this_thread());
       nobody = 0) {
    if (nobody == this_thread() || left_ms-- <= 0) return;
    sleep_a_millisecond();
  }
  for (Place* place = first_place.load(); place != nullptr; place = place->next)
    dump(*place, wait_ms, last);
  dumping_thread.store(0);
}

bool is_dumping() noexcept { return dumping_thread.load() == this_thread(); }

void skip_dumped_writer() noexcept { siglongjmp(after_writer, 1); }

}  // namespace tblog::internal
