// SPDX-License-Identifier: Apache-2.0
//
// PluginState: what a run remembers of kinds whose calls depend on those
// before. Thread-safe; calls nothing while it holds its lock.

#ifndef TBLOG_SRC_WRITER_PLUGIN_STATE_H_
#define TBLOG_SRC_WRITER_PLUGIN_STATE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tblog::internal {

class PluginState {
 public:
  // Beyond `max_tags` tags of a kind nothing is remembered.
  explicit PluginState(size_t max_tags) : max_tags_(max_tags) {}

  // Whether a mesh of `components` may follow under `tag`, whose first mesh
  // decides.
  bool agree_on_mesh(std::string_view tag, uint32_t components) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto known = mesh_components_.find(tag);
    if (known != mesh_components_.end()) return known->second == components;
    if (mesh_components_.size() < max_tags_)
      mesh_components_.emplace(tag, components);
    return true;
  }

 private:
  const size_t max_tags_;
  std::mutex mutex_;
  std::map<std::string, uint32_t, std::less<>> mesh_components_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_PLUGIN_STATE_H_
