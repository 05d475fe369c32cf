// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/progress.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "tblog/log_reader.h"
#include "tools/tblog/bars.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/number.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {
namespace {

constexpr char kWipeLine[] = "\r\x1b[K";
constexpr int kMostBarColumns = 30;
constexpr int kLeastBarColumns = 8;
// Before that, what is said of speed is guessed.
constexpr double kSpeedAfterSecs = 1;

std::string amount(const ProgressState& state, uint64_t count) {
  return state.bytes ? format_bytes(count) : std::to_string(count);
}

std::string percent_of(double share) {
  const int percent = static_cast<int>(share * 100);
  return (percent < 10    ? "  "
          : percent < 100 ? " "
                          : "") +
         std::to_string(percent) + "%";
}

// Bytes that read() and its kin gave to all threads of this process, whatever
// library called them; Linux counts them.
std::optional<uint64_t> bytes_read() {
  std::ifstream io("/proc/self/io");
  std::string name;
  for (uint64_t value = 0; io >> name >> value;) {
    if (name == "rchar:") return value;
  }
  return std::nullopt;
}

uint64_t bytes_below(const std::vector<std::string>& paths) {
  uint64_t bytes = 0;
  for (const std::string& path : paths) {
    const auto runs = find_event_files(path);
    if (!runs.ok()) continue;
    for (const RunFiles& run : *runs) {
      for (const std::string& file : run.paths) {
        std::error_code error;
        const uint64_t size = std::filesystem::file_size(file, error);
        if (!error) bytes += size;
      }
    }
  }
  return bytes;
}

}  // namespace

std::string progress_line(const ProgressState& state, int width) {
  // The last column stays free: some terminals begin a new line behind it.
  const int room = width - 1;
  const bool known = state.total > 0;
  const double share = known
                           ? std::min(1.0, static_cast<double>(state.done) /
                                               static_cast<double>(state.total))
                           : 0;
  std::string front = state.what;
  std::string back = known ? percent_of(share) : "";
  const auto add = [&](const std::string& text) {
    const size_t all = display_width(front) + 1 + display_width(back) + 2 +
                       display_width(text);
    if (all + kLeastBarColumns + 1 > static_cast<size_t>(room)) return;
    back += (back.empty() ? "" : "  ") + text;
  };
  const double speed = static_cast<double>(state.done) / state.secs;
  const bool steady = state.secs >= kSpeedAfterSecs && state.done > 0;
  if (known && steady && share < 1)
    add(format_duration(state.secs * (1 - share) / share) + " left");
  if (known)
    add(amount(state, std::min(state.done, state.total)) + " of " +
        amount(state, state.total));
  else
    add(state.done > 0 ? amount(state, state.done)
                       : format_duration(state.secs));
  if (state.bytes && steady)
    add(format_bytes(static_cast<uint64_t>(speed)) + "/s");
  const int left = room - static_cast<int>(display_width(front)) -
                   static_cast<int>(display_width(back)) - 2;
  if (known && left >= kLeastBarColumns) {
    const int columns = std::min(left, kMostBarColumns);
    const std::string drawn = bar(share, columns, false);
    front +=
        " " + drawn +
        std::string(static_cast<size_t>(columns) - display_width(drawn), ' ');
  }
  return cut(front + " " + back, static_cast<size_t>(std::max(1, room)));
}

Progress::Progress(std::ostream& out, int width, Source source,
                   const Options& options)
    : out_(&out), width_(width), source_(std::move(source)), options_(options) {
  start();
}

Progress::Progress(Source source) : source_(std::move(source)) {
  const Terminal terminal = describe_stderr();
  if (!terminal.interactive) return;
  out_ = &std::cerr;
  width_ = terminal.width;
  start();
}

void Progress::start() {
  begin_ = std::chrono::steady_clock::now();
  thread_ = std::thread([this] { draw_until_done(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  done_changed_.notify_all();
  thread_.join();
  wipe();
}

void Progress::draw_until_done() {
  std::unique_lock lock(mutex_);
  const auto waits = [&](std::chrono::milliseconds time) {
    return !done_changed_.wait_for(lock, time, [&] { return done_; });
  };
  if (!waits(options_.delay)) return;
  do {
    // Without the lock: it may look at every file.
    lock.unlock();
    ProgressState state = source_();
    state.secs =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_)
            .count();
    const std::string line = progress_line(state, width_);
    lock.lock();
    if (done_) return;
    *out_ << kWipeLine << line << std::flush;
    drawn_ = true;
  } while (waits(options_.interval));
}

void Progress::make_room() {
  if (!thread_.joinable()) return;
  const std::lock_guard lock(mutex_);
  wipe();
}

void Progress::wipe() {
  if (drawn_) *out_ << kWipeLine << std::flush;
  drawn_ = false;
}

Progress::Source reading_progress(std::string what,
                                  std::vector<std::string> paths, int passes) {
  const uint64_t begin = bytes_read().value_or(0);
  // The sizes are asked for once somebody wants to know.
  auto total = std::make_shared<std::optional<uint64_t>>();
  return
      [what = std::move(what), paths = std::move(paths), passes, begin, total] {
        if (!total->has_value())
          *total = bytes_below(paths) * static_cast<uint64_t>(passes);
        const std::optional<uint64_t> now = bytes_read();
        ProgressState state;
        state.what = what;
        state.bytes = true;
        if (now.has_value()) {
          state.done = *now - begin;
          state.total = **total;
        }
        return state;
      };
}

Progress::Source counting_progress(std::string what, uint64_t total,
                                   const std::atomic<uint64_t>* done) {
  return [what = std::move(what), total, done] {
    ProgressState state;
    state.what = what;
    state.done = done->load();
    state.total = total;
    return state;
  };
}

}  // namespace tblog::tool
