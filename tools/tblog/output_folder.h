// SPDX-License-Identifier: Apache-2.0
//
// `--out`: files that a command writes. Names are made of tags, which may hold
// anything; nothing is written outside the folder, and nothing overwritten
// unless the user says --force.

#ifndef TBLOG_TOOLS_TBLOG_OUTPUT_FOLDER_H_
#define TBLOG_TOOLS_TBLOG_OUTPUT_FOLDER_H_

#include <set>
#include <string>
#include <string_view>

namespace tblog::tool {

enum class Existing : unsigned char { kKeep, kReplace };

// A file name made of `parts`, joined by '_': letters, digits, '.', '-', '_'
// of ASCII as they are, each other byte as "%xx"; never hidden, a path, or
// longer than 200 bytes.
std::string safe_file_name(const std::string& parts);

// Writes the file. Throws Failure: it exists and is to be kept, or the system
// says no. A symbolic link in its place is not followed.
void write_file(const std::string& path, std::string_view content,
                Existing existing);

class OutputFolder {
 public:
  // Creates the folder where it does not exist. Throws Failure.
  OutputFolder(std::string path, Existing existing);

  // Writes `content` as `<name>.<extension>` and returns its path; `name` is
  // made safe, and numbered where this folder object has used it already.
  std::string write(const std::string& name, const std::string& extension,
                    std::string_view content);

 private:
  std::string path_;
  Existing existing_;
  std::set<std::string> used_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_OUTPUT_FOLDER_H_
