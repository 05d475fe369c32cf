// SPDX-License-Identifier: Apache-2.0
//
// What rewriting knows of each tag: its new name, where its values go, its
// metadata.

#ifndef TBLOG_SRC_READER_REWRITE_TAGS_H_
#define TBLOG_SRC_READER_REWRITE_TAGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "src/reader/cut_plan.h"
#include "tblog/log_rewriter.h"

namespace tblog::internal {

// A tag by its new name.
struct RewriteTag {
  std::string name;
  uint64_t wanted = 0;    // targets that get it, a bit each
  uint64_t written = 0;   // those that have a value of it
  std::string metadata;   // encoded; of the first value that had any
  bool searched = false;  // for metadata, in all files
  CutPlan cut;
  std::optional<int64_t> last_step;  // of the values that stayed
};

class RewriteTags {
 public:
  RewriteTags(const RewriteOptions& options,
              const std::vector<RewriteTarget>& targets)
      : options_(options), targets_(targets) {}

  // The tag that the old name leads to; null where it is dropped.
  RewriteTag* find(std::string_view old_name);

  // Between the passes.
  void finish_cut_plans();

 private:
  std::string new_name(std::string_view old_name) const;
  RewriteTag& by_new_name(std::string name);

  const RewriteOptions& options_;
  const std::vector<RewriteTarget>& targets_;
  absl::flat_hash_map<std::string, RewriteTag*> by_old_name_;
  absl::node_hash_map<std::string, RewriteTag> tags_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_REWRITE_TAGS_H_
