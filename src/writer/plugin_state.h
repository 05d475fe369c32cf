// SPDX-License-Identifier: Apache-2.0
//
// PluginState: what a run remembers of kinds whose calls depend on those
// before. Thread-safe; calls nothing while it holds its lock.

#ifndef TBLOG_SRC_WRITER_PLUGIN_STATE_H_
#define TBLOG_SRC_WRITER_PLUGIN_STATE_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

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

  // Whether the run's session begins: once.
  bool start_session() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (session_started_) return false;
    session_started_ = session_open_ = true;
    thread_ = std::this_thread::get_id();
    exceptions_ = std::uncaught_exceptions();
    return true;
  }

  // If a session is open, it ends now: whether it failed, that is, whether an
  // exception unwinds this thread that did not when the session began.
  std::optional<bool> end_session() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!std::exchange(session_open_, false)) return std::nullopt;
    const bool same_thread = thread_ == std::this_thread::get_id();
    return std::uncaught_exceptions() > (same_thread ? exceptions_ : 0);
  }

  // Whether the experiment is the first.
  bool start_experiment() {
    std::lock_guard<std::mutex> lock(mutex_);
    return !std::exchange(has_experiment_, true);
  }

  // Steps of layouts: the page shows the last one of the largest step.
  int64_t next_layout_step() {
    std::lock_guard<std::mutex> lock(mutex_);
    return next_layout_step_++;
  }

 private:
  const size_t max_tags_;
  std::mutex mutex_;
  std::map<std::string, uint32_t, std::less<>> mesh_components_;
  bool session_started_ = false;
  bool session_open_ = false;
  std::thread::id thread_;  // that began the session
  int exceptions_ = 0;      // on it, then
  bool has_experiment_ = false;
  int64_t next_layout_step_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_PLUGIN_STATE_H_
