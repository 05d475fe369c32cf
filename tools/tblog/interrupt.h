// SPDX-License-Identifier: Apache-2.0
//
// SIGINT and SIGTERM as a question, for a command that runs until it is told to
// end.

#ifndef TBLOG_TOOLS_TBLOG_INTERRUPT_H_
#define TBLOG_TOOLS_TBLOG_INTERRUPT_H_

namespace tblog::tool {

// Catches both signals while it lives; one at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Waits so long, or until a signal came or the reader of standard output went
  // away; then true.
  bool wait(double secs);
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_INTERRUPT_H_
