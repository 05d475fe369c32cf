// SPDX-License-Identifier: Apache-2.0
//
// Capture: copies of what chosen layers produced in the last finished step, by
// name; made by LayerHooks::capture().
//
//   tblog::LayerHooks hooks;                        // no writer needed
//   tblog::Capture c = hooks.capture({"conv1", "fc2"});
//   {
//     auto scope = hooks.step(0, tblog::Phase::kInference);
//     tblog::forward(hooks, layers, x);
//   }
//   c.print(std::cout);
//   tblog::TensorView conv1 = c["conv1"];
//
// An entry is named `<layer>[:<call>][/<leaf>]` for outputs, with `/<kind>`
// behind it for other kinds ("conv1/gradients", "fc2/bias/weights"). One thread
// at a time, but beside the model's threads; it may outlive the hooks.

#ifndef TBLOG_CAPTURE_H_
#define TBLOG_CAPTURE_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tblog/export.h"
#include "tblog/rule.h"
#include "tblog/tensor_view.h"

namespace tblog {

namespace internal {
class CaptureView;
}  // namespace internal

class TBLOG_EXPORT Capture {
 public:
  ~Capture();
  Capture(Capture&& other) noexcept;
  Capture& operator=(Capture&& other) noexcept;

  // All of these speak of the step that was the last to finish when they are
  // called. Copies are row-major, on the CPU, and of the same type; a view of
  // one is good until the first call here after a further step has finished.

  // What the layer gave; where outputs were not captured, but one other kind
  // was, that. An invalid view that says so where the layer did not run, was
  // not asked for, or returned several tensors (ask for "lstm/0").
  TensorView operator[](std::string_view name) const;
  // The same by kind: `c.get("conv1", TensorKind::kGradients)`.
  TensorView get(std::string_view name, TensorKind kind) const;
  bool contains(std::string_view name) const;
  // In the order in which the tensors were seen.
  std::vector<std::string> names() const;
  size_t size() const;
  bool empty() const { return size() == 0; }
  // Of the step; -1 and "" before the first one.
  int64_t step() const;
  std::string phase() const;
  // What is not here because it would have passed
  // HookOptions::max_capture_bytes.
  size_t left_out() const;

  // A table with a line an entry: name, type, shape, and min, mean and max of
  // the finite values.
  std::string to_string() const;
  void print(std::ostream& out) const;

  // Writes an .npz that numpy.load() reads: one uncompressed member an entry,
  // C order; bfloat16 and 8-bit floats, which numpy has not, as float32. An
  // existing file is replaced when all is written. Member names are the
  // entries' names, with "_" for what is unsafe in a file name.
  // Errors: what the file system said, with the path.
  absl::Status save_npz(const std::string& path) const;

 private:
  friend class LayerHooks;
  explicit Capture(std::shared_ptr<internal::CaptureView> view) noexcept;
  // Null before the first finished step.
  const internal::CaptureView* latest() const;

  std::shared_ptr<internal::CaptureView> view_;  // null: empty
};

}  // namespace tblog

#endif  // TBLOG_CAPTURE_H_
