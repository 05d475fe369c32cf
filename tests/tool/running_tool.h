// SPDX-License-Identifier: Apache-2.0
//
// The program tblog while it runs, on a terminal of its own or with a pipe.

#ifndef TBLOG_TESTS_TOOL_RUNNING_TOOL_H_
#define TBLOG_TESTS_TOOL_RUNNING_TOOL_H_

#include <string>
#include <vector>

namespace tblog::tool {

class RunningTool {
 public:
  struct Size {
    unsigned short columns;
    unsigned short rows;
  };

  // On a pseudo-terminal of that size.
  RunningTool(const std::vector<std::string>& arguments, const Size& size,
              const std::vector<std::string>& environment = {});
  // With a pipe for its output.
  explicit RunningTool(const std::vector<std::string>& arguments);
  // Ends it where it still runs.
  ~RunningTool();
  RunningTool(const RunningTool&) = delete;
  RunningTool& operator=(const RunningTool&) = delete;

  // Reads until the output holds `text`; false after 20 s, or at its end.
  bool prints(const std::string& text);
  // What was read so far.
  const std::string& output() const { return output_; }
  void forget() { output_.clear(); }
  void signal(int number) const;
  void close_output();
  // Reads the rest, waits for the end and returns the exit status, or minus the
  // signal's number.
  int wait();

 private:
  // False at the end of the output, or after the time.
  bool read_some(int timeout_ms);

  int process_ = -1;
  int output_file_ = -1;
  std::string output_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TESTS_TOOL_RUNNING_TOOL_H_
