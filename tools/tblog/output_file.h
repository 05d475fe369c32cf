// SPDX-License-Identifier: Apache-2.0
//
// One file that a command writes: whole, or not at all.

#ifndef TBLOG_TOOLS_TBLOG_OUTPUT_FILE_H_
#define TBLOG_TOOLS_TBLOG_OUTPUT_FILE_H_

#include <memory>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

#include "tools/tblog/output_folder.h"

namespace tblog::tool {

// A file under a name of its own beside `path`, which takes that name when it
// is whole. All throw Failure.
class OutputFile {
 public:
  // Fails at once where `path` exists and is to be kept.
  OutputFile(std::string path, Existing existing);
  // Removes what commit() was not called for.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void append(std::string_view bytes);
  void commit();

  // What is written to it is appended.
  std::ostream& stream() { return stream_; }

 private:
  class Buffer : public std::streambuf {
   public:
    explicit Buffer(OutputFile& file) : file_(file) {
      setp(bytes_, bytes_ + sizeof bytes_);
    }
    int sync() override;

   protected:
    int overflow(int c) override;

   private:
    OutputFile& file_;
    char bytes_[1 << 16];
  };

  [[noreturn]] void fail(int error) const;

  std::string path_;
  std::string unfinished_path_;
  Existing existing_;
  int file_ = -1;
  Buffer buffer_{*this};
  std::ostream stream_{&buffer_};
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_OUTPUT_FILE_H_
