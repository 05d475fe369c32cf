// SPDX-License-Identifier: Apache-2.0
//
// The input is events, which become a file for a command of the tool: the first
// byte says which, and before each event two bytes say how long it is, so that
// all checksums are right. Nothing of the file reaches a terminal as a command,
// and no file is written outside of the folder that was named, whatever a tag
// is called.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "src/record/framing.h"
#include "tests/fuzz/fuzz_file.h"
#include "tools/tblog/command.h"

namespace tblog::tool {
std::unique_ptr<Command> make_diff();
std::unique_ptr<Command> make_edit();
std::unique_ptr<Command> make_export();
std::unique_ptr<Command> make_grep();
std::unique_ptr<Command> make_head();
std::unique_ptr<Command> make_hparams();
std::unique_ptr<Command> make_ls();
std::unique_ptr<Command> make_merge();
std::unique_ptr<Command> make_plot();
std::unique_ptr<Command> make_show();
std::unique_ptr<Command> make_split();
std::unique_ptr<Command> make_stat();
std::unique_ptr<Command> make_tail();
std::unique_ptr<Command> make_verify();
}  // namespace tblog::tool

namespace {

namespace fs = std::filesystem;
namespace tool = tblog::tool;
using tblog::fuzz::check;

struct Call {
  std::unique_ptr<tool::Command> (*make)();
  std::vector<std::string> arguments;  // FILE: the input, OUT: a folder
  // Bytes as they are: standard output is no terminal here.
  bool for_programs = false;
};

// New ones go to the end: the corpus has their numbers.
const std::vector<Call>& calls() {
  static const auto* const kCalls = new std::vector<Call>{
      {tool::make_diff, {"FILE", "FILE"}},
      {tool::make_export, {"FILE", "--format", "csv"}, true},
      {tool::make_export, {"FILE", "--format", "jsonl"}},
      {tool::make_grep, {"a", "FILE"}},
      {tool::make_head, {"FILE"}},
      {tool::make_hparams, {"FILE"}},
      {tool::make_ls, {"FILE", "--width", "40"}},
      {tool::make_ls, {"FILE", "--json"}},
      {tool::make_plot, {"FILE", "--width", "60"}},
      {tool::make_show, {"FILE", "--width", "60"}},
      {tool::make_show, {"FILE", "--json"}},
      {tool::make_stat, {"FILE"}},
      {tool::make_verify, {"FILE"}},
      {tool::make_verify, {"FILE", "--json"}},
      {tool::make_export, {"FILE", "--format", "png", "-o", "OUT"}},
      {tool::make_export, {"FILE", "--format", "wav", "-o", "OUT"}},
      {tool::make_export, {"FILE", "--format", "svg", "-o", "OUT"}},
      {tool::make_export, {"FILE", "-o", "OUT.npz"}},
      {tool::make_show, {"FILE", "-o", "OUT"}},
      {tool::make_show, {"FILE", "--as", "heat", "--width", "50"}},
      {tool::make_plot, {"FILE", "--log-x", "--log-y", "--smooth", "0.9"}},
      {tool::make_plot, {"FILE", "-o", "OUT.svg"}},
      {tool::make_tail, {"FILE", "-n", "3"}},
      {tool::make_merge, {"FILE", "-o", "OUT"}},
      {tool::make_edit, {"FILE", "-o", "OUT", "--upgrade"}},
      {tool::make_split, {"FILE", "-o", "OUT", "--by", "tag"}},
  };
  return *kCalls;
}

void check_output(const std::string& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    check((byte >= 0x20 && byte != 0x7f) || byte == '\n',
          "a control character in the output");
    // U+0080 to U+009F, which terminals obey too.
    check(byte != 0xc2 || i + 1 == text.size() ||
              static_cast<uint8_t>(text[i + 1]) >= 0xa0,
          "a control character of two bytes in the output");
  }
}

// A directory to write to, looked through and emptied after each command.
class Scratch {
 public:
  Scratch() : path_(fs::temp_directory_path() / "tblog_fuzz_XXXXXX") {
    check(mkdtemp(path_.data()) != nullptr, "mkdtemp");
  }
  ~Scratch() { fs::remove_all(path_); }

  std::string out() const { return path_ + "/out"; }

  void check_and_empty() const {
    for (const auto& entry : fs::directory_iterator(path_)) {
      check(entry.path().stem() == "out", "a file outside of the folder");
      fs::remove_all(entry.path());
    }
  }

 private:
  std::string path_;
};

std::string file_of(std::string_view events) {
  std::string file;
  while (events.size() > 2) {
    const size_t wanted = static_cast<uint8_t>(events[0]) +
                          (size_t{static_cast<uint8_t>(events[1])} << 8);
    const std::string_view event = events.substr(2, wanted);
    tblog::internal::append_record(file, event);
    events.remove_prefix(2 + event.size());
  }
  return file;
}

std::vector<std::string> arguments_of(const Call& call, const std::string& file,
                                      const std::string& out) {
  std::vector<std::string> arguments = call.arguments;
  for (std::string& argument : arguments) {
    if (argument == "FILE") argument = file;
    if (argument.starts_with("OUT")) argument.replace(0, 3, out);
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  return arguments;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const Scratch scratch;
  const tblog::fuzz::FuzzFile file(
      file_of(tblog::fuzz::view(data + 1, size - 1)));
  const Call& call = calls()[data[0] % calls().size()];
  const std::unique_ptr<tool::Command> command = call.make();
  CLI::App app;
  command->declare(app);
  app.parse(arguments_of(call, file.path(), scratch.out()));
  std::ostringstream out;
  std::ostringstream err;
  try {
    command->run({out, err});
  } catch (const tool::Failure& failure) {  // told to the user
    check_output(failure.what());
  }
  if (!call.for_programs) check_output(out.str());
  check_output(err.str());
  scratch.check_and_empty();
  return 0;
}
