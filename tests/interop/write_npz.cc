// SPDX-License-Identifier: Apache-2.0
//
// Captures tensors of every kind and saves them: write_npz FILE.npz. The values
// are those that npz_test.py expects.

#include <array>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "tblog/layer_hooks.h"

namespace {

// 0, 20, … 100 as [2, 3].
template <class T>
void tap(tblog::LayerHooks& hooks, const std::string& name) {
  std::vector<T> values;
  for (int i = 0; i < 6; ++i) values.push_back(static_cast<T>(i * 20));
  hooks.tap(name, tblog::TensorView(values.data(), {2, 3}));
}

void tap_all(tblog::LayerHooks& hooks) {
  tap<int8_t>(hooks, "int8");
  tap<int16_t>(hooks, "int16");
  tap<int32_t>(hooks, "int32");
  tap<int64_t>(hooks, "int64");
  tap<uint8_t>(hooks, "uint8");
  tap<uint16_t>(hooks, "uint16");
  tap<uint32_t>(hooks, "uint32");
  tap<uint64_t>(hooks, "uint64");
  tap<float>(hooks, "float32");
  tap<double>(hooks, "float64");
  const bool bits[] = {true, false};
  hooks.tap("bool", tblog::TensorView(bits));
  const tblog::Float16 halves[] = {{0x3c00}, {0xc000}};  // 1, -2
  hooks.tap("float16", tblog::TensorView(halves));
  const tblog::BFloat16 brains[] = {{0x3f80}, {0xc000}};  // 1, -2
  hooks.tap("bfloat16", tblog::TensorView(brains));
  std::array<int32_t, 12> grid;
  std::iota(grid.begin(), grid.end(), 0);
  hooks.tap("transposed", tblog::TensorView(grid.data(), {4, 3}, {1, 4}));
  const double one = 2.5;
  hooks.tap("rank 0", tblog::TensorView(&one, {}));
  hooks.tap("empty", tblog::TensorView(&one, {0, 3}));
  hooks.tap("\xc3\xbcn\xc3\xaf", tblog::TensorView(&one, {1}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  tblog::LayerHooks hooks;
  tblog::Capture capture = hooks.capture({"*"});
  {
    auto scope = hooks.step(0, tblog::Phase::kInference);
    tap_all(hooks);
  }
  const absl::Status status = capture.save_npz(argv[1]);
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
