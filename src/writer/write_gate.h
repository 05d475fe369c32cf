// SPDX-License-Identifier: Apache-2.0
//
// WriteGate: who uses a run's files now, the thread that has the Core's turn or
// the crash handler. It is no mutex, since a handler of signals may take none;
// and it is apart from the turn, so that it is free again as soon as the files
// are.

#ifndef TBLOG_SRC_WRITER_WRITE_GATE_H_
#define TBLOG_SRC_WRITER_WRITE_GATE_H_

#include <atomic>
#include <chrono>
#include <thread>

namespace tblog::internal {

class WriteGate {
 public:
  // ---- Async-signal-safe ----

  bool try_enter() noexcept {
    return !entered_.exchange(true, std::memory_order_acquire);
  }
  void leave() noexcept { entered_.store(false, std::memory_order_release); }

  // ---- For who has the turn ----

  // Waits only while a crash handler writes, or the process dies: 10 s at most,
  // lest a process that somehow lives on never writes again. May be nested.
  class Hold {
   public:
    explicit Hold(WriteGate& gate) noexcept : gate_(gate) {
      if (gate_.depth_++ > 0) return;
      for (int tries = 0; !gate_.try_enter() && tries < 10'000; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ~Hold() {
      if (--gate_.depth_ == 0) gate_.leave();
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    WriteGate& gate_;
  };

 private:
  std::atomic<bool> entered_{false};
  int depth_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_WRITE_GATE_H_
