// SPDX-License-Identifier: Apache-2.0
//
// Asks a file for all that it may hold.

#ifndef TBLOG_TESTS_FUZZ_READ_EVERYTHING_H_
#define TBLOG_TESTS_FUZZ_READ_EVERYTHING_H_

#include <string>

#include "tblog/event_reader.h"
#include "tblog/log_reader.h"
#include "tests/fuzz/fuzz_file.h"

namespace tblog::fuzz {

inline void read_value(const Series& series, size_t i) {
  // Of each kind but its own a refusal is the answer.
  (void)series.histogram(i).ok();
  (void)series.image(i).ok();
  (void)series.audio(i).ok();
  (void)series.text(i).ok();
  (void)series.pr_curve(i).ok();
  (void)series.mesh(i).ok();
  (void)series.layout(i).ok();
  (void)series.hparams(i).ok();
  (void)series.graph(i).ok();
  (void)series.run_metadata(i).ok();
  (void)series.session(i).ok();
  if (const auto tensor = series.tensor(i); tensor.ok())
    (void)tensor->numbers().ok();
}

inline void read_log(const LogReader& log, size_t max_values) {
  for (const Run& run : log.runs()) {
    for (const Series& series : run.series()) {
      check(series.size() == series.steps().size() &&
                series.size() == series.wall_times().size() &&
                series.size() <= series.count(),
            "columns differ in length");
      for (size_t i = 0; i < series.size() && i < max_values; ++i)
        read_value(series, i);
    }
    for (const MeshSeries& mesh : run.meshes()) (void)mesh.at(0).ok();
  }
}

// `max_values`: of each series.
inline void read_everything(const std::string& path, size_t max_values = 8) {
  for (const LogReaderOptions& options :
       {LogReaderOptions{}, LogReaderOptions{.purge = Purge::kPython},
        LogReaderOptions{.purge = Purge::kRust},
        LogReaderOptions{.max_points = 2}}) {
    const auto log = LogReader::open(path, options);
    if (log.ok()) read_log(*log, max_values);  // else it is no event file
  }
  auto reader = EventReader::open(path);
  check(reader.ok(), "the file cannot be opened");
  while (true) {
    const auto event = reader->next();
    check(event.ok(), "reading fails");
    if (!event->has_value()) break;
  }
}

}  // namespace tblog::fuzz

#endif  // TBLOG_TESTS_FUZZ_READ_EVERYTHING_H_
