// SPDX-License-Identifier: Apache-2.0
//
// Tensors that lie in the memory of a device: what logs them does not wait for
// them. WriterOptions::device is what computes their numbers there, on their
// own stream; these come back while the program goes on.
//
// tblog::cuda has one for CUDA: cuda_device() of tblog/cuda.h. Derive from
// DeviceReducer for another kind of device.

#ifndef TBLOG_DEVICE_H_
#define TBLOG_DEVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "tblog/histogram.h"
#include "tblog/tensor_view.h"

namespace tblog {

// A result that is on its way from a device. One thread at a time. May be
// destroyed before it has come, and must then keep alive what the device still
// writes to.
template <class T>
class DeviceResult {
 public:
  DeviceResult() = default;
  DeviceResult(const DeviceResult&) = delete;
  DeviceResult& operator=(const DeviceResult&) = delete;
  virtual ~DeviceResult() = default;

  // Whether it has come, or failed. Never waits.
  virtual bool ready() noexcept = 0;
  // What came, once ready(); called at most once.
  virtual absl::StatusOr<T> take() = 0;
};

// Computes numbers of tensors of one kind of device. Thread-safe.
//
// Each call queues its work on the stream of the view, behind what made the
// tensor, and returns: it waits neither for the stream nor for the device.
// What it returns is that of a call on the CPU: counts, minimum and maximum are
// equal, sums as near as compute_stats() says.
//
// Errors: InvalidArgument for views that it does not read, FailedPrecondition
// while the stream is captured into a graph (what is captured does not run),
// ResourceExhausted while too many results are on their way.
class DeviceReducer {
 public:
  virtual ~DeviceReducer() = default;

  // Of a tensor of one element.
  virtual absl::StatusOr<std::unique_ptr<DeviceResult<double>>> value(
      const TensorView& tensor) = 0;
  // As compute_stats().
  virtual absl::StatusOr<std::unique_ptr<DeviceResult<TensorStats>>> stats(
      const TensorView& tensor) = 0;
  // As compute_histogram().
  virtual absl::StatusOr<std::unique_ptr<DeviceResult<Histogram>>> histogram(
      const TensorView& tensor, const HistogramOptions& options) = 0;
};

}  // namespace tblog

#endif  // TBLOG_DEVICE_H_
