// SPDX-License-Identifier: Apache-2.0
//
// As much of ggml's interface as tblog/ggml.h uses, with ggml's names and
// numbers (those of 2026), since Debian 12 has no ggml.

#ifndef TBLOG_TESTS_ADAPTER_FAKE_GGML_GGML_H_
#define TBLOG_TESTS_ADAPTER_FAKE_GGML_GGML_H_

#include <cstddef>
#include <cstdint>

#define GGML_MAX_DIMS 4
#define GGML_MAX_NAME 64

enum ggml_type {
  GGML_TYPE_F32 = 0,
  GGML_TYPE_F16 = 1,
  GGML_TYPE_Q4_0 = 2,
  GGML_TYPE_Q8_0 = 8,
  GGML_TYPE_I8 = 24,
  GGML_TYPE_I16 = 25,
  GGML_TYPE_I32 = 26,
  GGML_TYPE_I64 = 27,
  GGML_TYPE_F64 = 28,
  GGML_TYPE_BF16 = 30,
};

struct ggml_backend_buffer {
  bool is_host;
};

// ne: elements in each dimension; nb: bytes from one to the next. The first
// dimension varies fastest.
struct ggml_tensor {
  ggml_type type;
  ggml_backend_buffer* buffer;
  int64_t ne[GGML_MAX_DIMS];
  size_t nb[GGML_MAX_DIMS];
  ggml_tensor* view_src;
  void* data;
  char name[GGML_MAX_NAME];
};

inline size_t ggml_nbytes(const ggml_tensor* tensor) {
  size_t bytes = tensor->nb[0];
  for (int i = 0; i < GGML_MAX_DIMS; ++i)
    bytes += static_cast<size_t>(tensor->ne[i] - 1) * tensor->nb[i];
  return bytes;
}

#endif  // TBLOG_TESTS_ADAPTER_FAKE_GGML_GGML_H_
