// SPDX-License-Identifier: Apache-2.0
//
// The input is a file. It can be verified, repaired and rewritten; what comes
// out has no damage, and says no more than what went in.

#include <filesystem>

#include "tblog/log_rewriter.h"
#include "tblog/verify.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using tblog::fuzz::check;

std::string scratch() {
  static const std::string* const kDirectory = [] {
    std::string pattern =
        std::filesystem::temp_directory_path() / "tblog_fuzz_XXXXXX";
    check(mkdtemp(pattern.data()) != nullptr, "mkdtemp");
    return new std::string(pattern);
  }();
  return *kDirectory;
}

void check_whole(const std::string& path) {
  const auto report = tblog::verify(path);
  check(report.ok(), "what was written cannot be read");
  for (const tblog::Finding& finding : report->findings) {
    check(finding.trap->name != "record-framing" &&
              finding.trap->name != "record-cut-off" &&
              finding.trap->name != "event-invalid" &&
              finding.trap->name != "first-record",
          "what was written is damaged");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tblog::fuzz::FuzzFile file(tblog::fuzz::view(data, size));
  const std::string out = scratch() + "/out";
  check(tblog::verify(file.path()).ok(), "verify fails");
  tblog::RewriteOptions options;
  options.if_exists = tblog::IfExists::kReplace;
  const auto copied = tblog::rewrite_events({file.path()}, {{out}}, options);
  check(copied.ok(), "rewriting fails");
  check_whole(out);
  options.superseded = tblog::Superseded::kCut;
  options.old_forms = tblog::OldForms::kReplace;
  options.rename = {{"a*", "b*"}};
  options.drop = {"*c"};
  options.shift_wall_time_secs = 1;
  const auto edited =
      tblog::rewrite_events({file.path(), file.path()}, {{out}}, options);
  check(edited.ok(), "editing fails");
  check_whole(out);
  check(edited->values <= 2 * copied->values, "values come from nowhere");
  return 0;
}
