// SPDX-License-Identifier: Apache-2.0
//
// The input is an ONNX model.

#include "tblog/onnx_graph.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)tblog::graph_from_onnx(tblog::fuzz::view(data, size)).ok();
  return 0;
}
