// SPDX-License-Identifier: Apache-2.0

#include "src/reader/rewrite_tags.h"

#include <algorithm>
#include <utility>

#include "src/base/strings.h"
#include "tblog/log_reader.h"

namespace tblog::internal {
namespace {

bool any_matches(const std::vector<std::string>& globs, std::string_view tag) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return matches_glob(glob, tag);
  });
}

}  // namespace

RewriteTag* RewriteTags::find(std::string_view old_name) {
  const auto known = by_old_name_.find(to_absl(old_name));
  if (known != by_old_name_.end()) return known->second;
  RewriteTag* tag = any_matches(options_.drop, old_name)
                        ? nullptr
                        : &by_new_name(new_name(old_name));
  by_old_name_.emplace(std::string(old_name), tag);
  return tag;
}

std::string RewriteTags::new_name(std::string_view old_name) const {
  for (const auto& [from, to] : options_.rename) {
    if (from == old_name) return to;
    if (!from.ends_with('*') || !to.ends_with('*')) continue;
    const std::string_view begin(from.data(), from.size() - 1);
    if (!old_name.starts_with(begin)) continue;
    return to.substr(0, to.size() - 1) +
           std::string(old_name.substr(begin.size()));
  }
  return std::string(old_name);
}

RewriteTag& RewriteTags::by_new_name(std::string name) {
  const auto [at, is_new] = tags_.try_emplace(name);
  RewriteTag& tag = at->second;
  if (!is_new) return tag;
  for (size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i].tags.empty() || any_matches(targets_[i].tags, name))
      tag.wanted |= uint64_t{1} << i;
  }
  tag.name = std::move(name);
  return tag;
}

void RewriteTags::finish_cut_plans() {
  for (auto& [name, tag] : tags_) tag.cut.finish();
}

}  // namespace tblog::internal
