// SPDX-License-Identifier: Apache-2.0
//
// How far long work is: a line on stderr, where that is a terminal, from half a
// second on; gone when the work is done.

#ifndef TBLOG_TOOLS_TBLOG_PROGRESS_H_
#define TBLOG_TOOLS_TBLOG_PROGRESS_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

namespace tblog::tool {

// What a line tells.
struct ProgressState {
  std::string what;    // "reading"
  uint64_t done = 0;   // bytes, or things
  uint64_t total = 0;  // 0: not known
  bool bytes = false;  // what `done` counts
  double secs = 0;     // since the work began
};

// One line of at most `width` columns: what, a bar, how much, how fast, how
// long it will last; what matters least is left out first.
std::string progress_line(const ProgressState& state, int width);

class Progress {
 public:
  // How much was done, asked again and again from another thread.
  using Source = std::function<ProgressState()>;
  struct Options {
    std::chrono::milliseconds delay{500};  // before the first line
    std::chrono::milliseconds interval{100};
  };

  // Draws on `out`, which is a terminal of `width` columns.
  Progress(std::ostream& out, int width, Source source, const Options& options);
  // On stderr where that is a terminal, else nothing.
  explicit Progress(Source source);
  // Wipes the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Wipes the line for what is printed meanwhile; it comes back by itself.
  void make_room();

 private:
  void start();
  void draw_until_done();
  void wipe();  // with mutex_ held

  std::ostream* out_ = nullptr;
  int width_ = 0;
  Source source_;
  Options options_;
  std::chrono::steady_clock::time_point begin_;
  std::mutex mutex_;
  std::condition_variable done_changed_;
  bool done_ = false;
  bool drawn_ = false;
  std::thread thread_;
};

// The bytes that this process reads, of those that the event files at or below
// `paths` have, which are read `passes` times.
Progress::Source reading_progress(std::string what,
                                  std::vector<std::string> paths,
                                  int passes = 1);

// `*done` of `total` things; `done` outlives the Progress.
Progress::Source counting_progress(std::string what, uint64_t total,
                                   const std::atomic<uint64_t>* done);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_PROGRESS_H_
