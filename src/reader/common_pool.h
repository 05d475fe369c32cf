// SPDX-License-Identifier: Apache-2.0
//
// What series have in common, each once a run: a million tags have, mostly, the
// metadata of one or two kinds.

#ifndef TBLOG_SRC_READER_COMMON_POOL_H_
#define TBLOG_SRC_READER_COMMON_POOL_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "src/base/strings.h"
#include "src/reader/series_data.h"

namespace tblog::internal {

class CommonPool {
 public:
  explicit CommonPool(std::shared_ptr<const Paths> paths)
      : paths_(std::move(paths)), nothing_(share({})) {}

  // That of series whose values said nothing yet.
  const Ref<const SeriesCommon>& nothing() const { return nothing_; }

  // That with these encoded metadata, or null.
  Ref<const SeriesCommon> find(std::string_view encoded) {
    if (encoded.empty()) return {};
    if (last_ && last_->encoded == encoded) return last_;
    const auto found = encoded_.find(to_absl(encoded));
    return found == encoded_.end() ? Ref<const SeriesCommon>() : found->second;
  }

  // The same with metadata that were decoded; `encoded`: empty where these are
  // not what the bytes of one field say.
  Ref<const SeriesCommon> share(SeriesMetadata metadata,
                                std::string_view encoded = {}) {
    if (Ref<const SeriesCommon> known = find(encoded)) return known;
    const bool is_plugin_alone = encoded.empty() && metadata.content.empty() &&
                                 metadata.display_name.empty() &&
                                 metadata.description.empty();
    if (is_plugin_alone) {
      const auto known = plugins_.find(metadata.plugin);
      if (known != plugins_.end()) return known->second;
    }
    auto* common = new SeriesCommon;
    const Ref<const SeriesCommon> made(common);
    common->metadata = std::move(metadata);
    common->encoded = std::string(encoded);
    common->paths = paths_;
    if (is_plugin_alone) plugins_.emplace(common->metadata.plugin, made);
    if (!encoded.empty()) encoded_.emplace(common->encoded, last_ = made);
    return made;
  }

 private:
  std::shared_ptr<const Paths> paths_;
  absl::flat_hash_map<absl::string_view, Ref<const SeriesCommon>> encoded_;
  absl::flat_hash_map<std::string, Ref<const SeriesCommon>> plugins_;
  Ref<const SeriesCommon> last_;  // of encoded_
  Ref<const SeriesCommon> nothing_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_COMMON_POOL_H_
