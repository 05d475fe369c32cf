// SPDX-License-Identifier: Apache-2.0
//
// A scheduler that asks and shows as ggml's does: nodes that nobody wants are
// computed in one stretch with those behind them.

#ifndef TBLOG_TESTS_ADAPTER_FAKE_GGML_GGML_BACKEND_H_
#define TBLOG_TESTS_ADAPTER_FAKE_GGML_GGML_BACKEND_H_

#include <cstring>
#include <functional>
#include <vector>

#include "ggml.h"

using ggml_backend_buffer_t = ggml_backend_buffer*;
using ggml_backend_sched_eval_callback = bool (*)(ggml_tensor*, bool ask,
                                                  void* user_data);

inline bool ggml_backend_buffer_is_host(ggml_backend_buffer_t buffer) {
  return buffer->is_host;
}
inline void ggml_backend_tensor_get(const ggml_tensor* tensor, void* data,
                                    size_t offset, size_t size) {
  std::memcpy(data, static_cast<const char*>(tensor->data) + offset, size);
}

struct FakeSched {
  struct Node {
    ggml_tensor* tensor;
    std::function<void()> compute;
  };
  std::vector<Node> nodes;
  ggml_backend_sched_eval_callback callback = nullptr;
  void* user_data = nullptr;
  int stretches = 0;

  void compute() {
    stretches = 0;
    size_t begin = 0;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const bool wanted =
          callback != nullptr && callback(nodes[i].tensor, true, user_data);
      if (!wanted && i + 1 < nodes.size()) continue;
      for (; begin <= i; ++begin) nodes[begin].compute();
      ++stretches;
      if (wanted && !callback(nodes[i].tensor, false, user_data)) return;
    }
  }
};

struct ggml_cgraph;
inline void ggml_backend_sched_set_eval_callback(
    FakeSched* sched, ggml_backend_sched_eval_callback callback,
    void* user_data) {
  sched->callback = callback;
  sched->user_data = user_data;
}
inline void ggml_backend_sched_graph_compute(FakeSched* sched, ggml_cgraph*) {
  sched->compute();
}

#endif  // TBLOG_TESTS_ADAPTER_FAKE_GGML_GGML_BACKEND_H_
