// SPDX-License-Identifier: Apache-2.0
//
// The program tblog, run as its users run it, in a folder of its own.

#ifndef TBLOG_TESTS_TOOL_COMMAND_FIXTURE_H_
#define TBLOG_TESTS_TOOL_COMMAND_FIXTURE_H_

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tool/event_files.h"

namespace tblog::tool {

struct Result {
  int code;
  std::string out;
  std::string err;

  std::vector<nlohmann::json> json() const {
    std::vector<nlohmann::json> objects;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
      objects.push_back(nlohmann::json::parse(line));
    return objects;
  }
};

class CommandFixture : public ::testing::Test {
 protected:
  CommandFixture() {
    std::string pattern = ::testing::TempDir() + "tblog_commands_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~CommandFixture() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const {
    return folder_ + "/" + name;
  }

  void write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(
        std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << bytes;
  }

  void write_run(const std::string& run,
                 const tblog::testing::EventFile& file) const {
    write(run + "/events.out.tfevents.1000000000.host.1.0", file.bytes());
  }

  std::string read(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path(name), std::ios::binary).rdbuf();
    return out.str();
  }

  // `arguments` as a shell takes them; run in the test's folder.
  Result tblog(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder_ + "' && env -u NO_COLOR -u COLUMNS TZ=UTC '" +
        TBLOG_TOOL + "' " + arguments + " >.out 2>.err </dev/null";
    const int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status)) << command;
    return {WEXITSTATUS(status), read(".out"), read(".err")};
  }

  std::string folder_;
};

// Whether `text` holds no control character but line breaks and our own SGR
// sequences, ESC [ digits and semicolons m.
inline bool is_safe_for_a_terminal(const std::string& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0x1b) {
      size_t end = i + 1;
      if (end >= text.size() || text[end] != '[') return false;
      ++end;
      while (end < text.size() &&
             (text[end] == ';' || (text[end] >= '0' && text[end] <= '9')))
        ++end;
      if (end >= text.size() || text[end] != 'm') return false;
      i = end;
    } else if ((byte < 0x20 && byte != '\n') || byte == 0x7f) {
      return false;
    } else if (byte == 0xc2 && i + 1 < text.size() &&
               static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return false;
    }
  }
  return true;
}

}  // namespace tblog::tool

#endif  // TBLOG_TESTS_TOOL_COMMAND_FIXTURE_H_
