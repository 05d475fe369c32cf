// SPDX-License-Identifier: Apache-2.0
//
// Event files as other programs write them, for tests of the tool: made with
// the generated classes, so that every form of a value can be had.

#ifndef TBLOG_TESTS_TOOL_EVENT_FILES_H_
#define TBLOG_TESTS_TOOL_EVENT_FILES_H_

#include <string>
#include <vector>

#include "tblog/proto/event.pb.h"

namespace tblog::testing {

// Builds the bytes of one event file. The wall time of an event at step s is
// 1000000000 + s.
class EventFile {
 public:
  EventFile();

  EventFile& scalar(const std::string& tag, int64_t step, float value);
  // Of the old form, which every version of every reader knows.
  EventFile& old_scalar(const std::string& tag, int64_t step, float value);
  EventFile& text(const std::string& tag, int64_t step,
                  const std::string& text);
  // Rows of left edge, right edge, count.
  EventFile& histogram(const std::string& tag, int64_t step,
                       const std::vector<double>& rows);
  EventFile& image(const std::string& tag, int64_t step, int width, int height,
                   const std::string& encoded);
  EventFile& tensor(const std::string& tag, int64_t step,
                    const std::vector<float>& values);

  // Any other value; `plugin` empty: without metadata of its own.
  EventFile& add(const std::string& tag, int64_t step,
                 const std::string& plugin, proto::Summary::Value value);
  void append(const proto::Event& event);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TOOL_EVENT_FILES_H_
