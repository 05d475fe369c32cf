// SPDX-License-Identifier: Apache-2.0

#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/cuda/kernels.h"
#include "src/cuda/results.h"
#include "tblog/cuda.h"

namespace tblog::internal::cuda {
namespace {

// How many results may be on their way from a device.
constexpr size_t kMaxResults = 256;

absl::Status status_of(cudaError_t error, absl::string_view doing) {
  if (error == cudaSuccess) return absl::OkStatus();
  cudaGetLastError();  // what is not sticky shall not be the program's
  return absl::InternalError(
      absl::StrCat(doing, ": ", cudaGetErrorString(error)));
}

// The device of a view, while this lives; then the program's again.
class DeviceGuard {
 public:
  explicit DeviceGuard(int index) {
    if (cudaGetDevice(&before_) != cudaSuccess || before_ == index) return;
    changed_ = cudaSetDevice(index) == cudaSuccess;
  }
  ~DeviceGuard() {
    if (changed_) cudaSetDevice(before_);
  }
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;

 private:
  int before_ = 0;
  bool changed_ = false;
};

// While some thread captures a stream into a graph, CUDA refuses queries and
// allocations of others, too, and makes the capture fail. Ours touch nothing
// that is captured: while this lives, this thread may make them.
class UncapturedCalls {
 public:
  UncapturedCalls() { swapped_ = exchange(); }
  ~UncapturedCalls() {
    if (swapped_) exchange();
  }
  UncapturedCalls(const UncapturedCalls&) = delete;
  UncapturedCalls& operator=(const UncapturedCalls&) = delete;

 private:
  bool exchange() {
    return cudaThreadExchangeStreamCaptureMode(&mode_) == cudaSuccess;
  }

  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
  bool swapped_ = false;
};

// What one result needs: memory there and here, and an event for its end.
struct Lane {
  int device = 0;
  int multiprocessors = 1;
  Scratch* scratch = nullptr;  // on the device
  HostCopy* host = nullptr;    // pinned
  cudaEvent_t done = nullptr;
};

// Lanes of all devices. Never freed: the driver may be gone before us.
class Lanes {
 public:
  absl::StatusOr<Lane*> take(int device) {
    std::lock_guard<std::mutex> lock(mutex_);
    reclaim();
    for (size_t i = 0; i < free_.size(); ++i) {
      if (free_[i]->device != device) continue;
      Lane* const lane = free_[i];
      free_.erase(free_.begin() + static_cast<ptrdiff_t>(i));
      return lane;
    }
    const auto made = static_cast<size_t>(std::count_if(
        all_.begin(), all_.end(),
        [device](const auto& lane) { return lane->device == device; }));
    if (made >= kMaxResults)
      return absl::ResourceExhaustedError(absl::StrCat(
          kMaxResults, " results are on their way from device ", device));
    return make(device);
  }

  // Once the device has written to it.
  void give_back(Lane* lane) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(lane);
  }
  // Where it may still write to it.
  void abandon(Lane* lane) {
    std::lock_guard<std::mutex> lock(mutex_);
    abandoned_.push_back(lane);
  }

 private:
  void reclaim() {
    const auto is_done = [this](Lane* lane) {
      if (cudaEventQuery(lane->done) == cudaErrorNotReady) return false;
      free_.push_back(lane);
      return true;
    };
    abandoned_.erase(
        std::remove_if(abandoned_.begin(), abandoned_.end(), is_done),
        abandoned_.end());
  }

  absl::StatusOr<Lane*> make(int device) {
    auto lane = std::make_unique<Lane>();
    lane->device = device;
    cudaError_t error = cudaDeviceGetAttribute(
        &lane->multiprocessors, cudaDevAttrMultiProcessorCount, device);
    if (error == cudaSuccess)
      error =
          cudaMalloc(reinterpret_cast<void**>(&lane->scratch), sizeof(Scratch));
    if (error == cudaSuccess)
      error = cudaMemset(lane->scratch, 0, sizeof(Scratch));
    if (error == cudaSuccess)
      error = cudaMallocHost(reinterpret_cast<void**>(&lane->host),
                             sizeof(HostCopy));
    if (error == cudaSuccess)
      error = cudaEventCreateWithFlags(&lane->done, cudaEventDisableTiming);
    if (error != cudaSuccess) {
      cudaFree(lane->scratch);
      cudaFreeHost(lane->host);
      return status_of(error, "setting up results of a device");
    }
    all_.push_back(std::move(lane));
    return all_.back().get();
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> all_;
  std::vector<Lane*> free_;
  std::vector<Lane*> abandoned_;
};

// A lane in use. Made before the work is queued.
class Work {
 public:
  Work(Lanes& lanes, Lane* lane) : lanes_(lanes), lane_(lane) {}
  ~Work() {
    if (is_done_) {
      lanes_.give_back(lane_);
    } else {
      lanes_.abandon(lane_);
    }
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  Lane& lane() const { return *lane_; }

  bool ready() noexcept {
    const UncapturedCalls calls;
    const cudaError_t now = cudaEventQuery(lane_->done);
    if (now == cudaErrorNotReady) return false;
    error_ = now;
    is_done_ = true;
    return true;
  }
  absl::Status status() const {
    return status_of(error_, "computing on a device");
  }

 private:
  Lanes& lanes_;
  Lane* const lane_;
  cudaError_t error_ = cudaSuccess;
  bool is_done_ = false;
};

// `Finish` makes a T of what has come.
template <class T, class Finish>
class Result final : public DeviceResult<T> {
 public:
  Result(std::unique_ptr<Work> work, Finish finish)
      : work_(std::move(work)), finish_(std::move(finish)) {}

  bool ready() noexcept override { return work_->ready(); }
  absl::StatusOr<T> take() override {
    if (absl::Status status = work_->status(); !status.ok()) return status;
    return finish_(*work_->lane().host);
  }

 private:
  std::unique_ptr<Work> work_;
  Finish finish_;
};

template <class T, class Finish>
std::unique_ptr<DeviceResult<T>> result_of(std::unique_ptr<Work> work,
                                           Finish finish) {
  return std::make_unique<Result<T, Finish>>(std::move(work),
                                             std::move(finish));
}

absl::StatusOr<Element> element_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return Element::kHalf;
    case DType::kBFloat16:
      return Element::kBrain;
    case DType::kFloat32:
      return Element::kFloat;
    case DType::kFloat64:
      return Element::kDouble;
    default:
      return absl::InvalidArgumentError(absl::StrCat(
          "tensors of ",
          absl::string_view(dtype_name(dtype).data(), dtype_name(dtype).size()),
          " on a CUDA device are not read: float16, bfloat16, float32 and "
          "float64 are"));
  }
}

absl::Status check_view(const TensorView& view) {
  if (!view.valid())
    return absl::InvalidArgumentError(
        absl::string_view(view.error().data(), view.error().size()));
  if (view.device() != Device::kCuda)
    return absl::InvalidArgumentError("the tensor lies on no CUDA device");
  if (!is_gapless(view))
    return absl::InvalidArgumentError(
        "a tensor on a CUDA device must lie without gaps: make it contiguous "
        "first");
  if (reinterpret_cast<uintptr_t>(lowest_element(view)) %
          dtype_size(view.dtype()) !=
      0)
    return absl::InvalidArgumentError(
        "a tensor on a CUDA device must be aligned to its elements");
  return absl::OkStatus();
}

absl::Status check_stream(cudaStream_t stream) {
  cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
  const cudaError_t error = cudaStreamIsCapturing(stream, &capture);
  if (error == cudaSuccess && capture == cudaStreamCaptureStatusNone)
    return absl::OkStatus();
  if (error == cudaSuccess || error == cudaErrorStreamCaptureImplicit) {
    cudaGetLastError();
    return absl::FailedPreconditionError(
        "its stream is being captured into a graph, and what is captured does "
        "not run now");
  }
  return status_of(error, "looking at a stream");
}

class CudaReducer final : public DeviceReducer {
 public:
  absl::StatusOr<std::unique_ptr<DeviceResult<double>>> value(
      const TensorView& tensor) override {
    if (tensor.valid() && tensor.size() != 1)
      return absl::InvalidArgumentError(
          "a scalar needs a tensor of one element");
    const auto queue = [&](const Input& input, Lane& lane) {
      return cudaMemcpyAsync(lane.host->element, input.data,
                             dtype_size(tensor.dtype()), cudaMemcpyDeviceToHost,
                             input.stream);
    };
    auto work = begin(tensor, queue);
    if (!work.ok()) return work.status();
    return result_of<double>(
        *std::move(work), [dtype = tensor.dtype()](const HostCopy& host) {
          return absl::StatusOr<double>(element_value(dtype, host.element));
        });
  }

  absl::StatusOr<std::unique_ptr<DeviceResult<TensorStats>>> stats(
      const TensorView& tensor) override {
    const auto queue = [&](const Input& input, Lane& lane) {
      const cudaError_t error = queue_moments(input, 0, lane.scratch);
      return error != cudaSuccess ? error : copy_back(input, lane, 0);
    };
    auto work = begin(tensor, queue);
    if (!work.ok()) return work.status();
    return result_of<TensorStats>(*std::move(work), [](const HostCopy& host) {
      return absl::StatusOr<TensorStats>(stats_of(host.header.moments));
    });
  }

  absl::StatusOr<std::unique_ptr<DeviceResult<Histogram>>> histogram(
      const TensorView& tensor, const HistogramOptions& options) override {
    const absl::StatusOr<Plan> plan = plan_of(options);
    if (!plan.ok()) return plan.status();
    const auto queue = [&](const Input& input, Lane& lane) {
      return queue_histogram(input, *plan, lane);
    };
    auto work = begin(tensor, queue);
    if (!work.ok()) return work.status();
    return result_of<Histogram>(
        *std::move(work), [scale = options.scale](const HostCopy& host) {
          return absl::StatusOr<Histogram>(histogram_of(scale, host));
        });
  }

 private:
  // Takes a lane, queues the work and the event behind it.
  template <class Queue>
  absl::StatusOr<std::unique_ptr<Work>> begin(const TensorView& tensor,
                                              Queue&& queue) {
    if (absl::Status status = check_view(tensor); !status.ok()) return status;
    const absl::StatusOr<Element> element = element_of(tensor.dtype());
    if (!element.ok()) return element.status();
    const auto stream = static_cast<cudaStream_t>(tensor.stream());
    const DeviceGuard guard(tensor.device_index());
    const UncapturedCalls calls;
    if (absl::Status status = check_stream(stream); !status.ok()) return status;
    absl::StatusOr<Lane*> lane = lanes_.take(tensor.device_index());
    if (!lane.ok()) return lane.status();
    auto work = std::make_unique<Work>(lanes_, *lane);
    const Input input = {lowest_element(tensor),
                         static_cast<size_t>(tensor.size()), *element,
                         (*lane)->multiprocessors, stream};
    cudaError_t error = queue(input, **lane);
    const cudaError_t recorded = cudaEventRecord((*lane)->done, stream);
    if (error == cudaSuccess) error = recorded;
    if (error != cudaSuccess) return status_of(error, "queueing on a device");
    return work;
  }

  // Copies edges of the plan to the device, and the header, the edges and the
  // counts back.
  static cudaError_t queue_histogram(const Input& input, const Plan& plan,
                                     Lane& lane) {
    Scratch* const scratch = lane.scratch;
    cudaError_t error = queue_moments(input, plan.buckets, scratch);
    if (error != cudaSuccess) return error;
    if (plan.buckets > 0) {
      error = queue_linear_counts(input, plan.buckets, scratch);
      return error != cudaSuccess ? error
                                  : copy_back(input, lane, plan.buckets + 1);
    }
    const size_t edges = plan.edges.size();
    std::copy(plan.edges.begin(), plan.edges.end(), lane.host->edges);
    error = cudaMemcpyAsync(scratch->edges, lane.host->edges,
                            edges * sizeof(double), cudaMemcpyHostToDevice,
                            input.stream);
    if (error == cudaSuccess)
      error = cudaMemsetAsync(scratch->counts, 0,
                              (edges + 1) * sizeof(scratch->counts[0]),
                              input.stream);
    if (error == cudaSuccess)
      error =
          queue_counts(input, static_cast<int>(edges), plan.is_grid, scratch);
    if (error != cudaSuccess) return error;
    lane.host->given_edges = edges;
    return copy_back(input, lane, edges);
  }

  // Moments alone where `edges` is 0.
  static cudaError_t copy_back(const Input& input, Lane& lane, size_t edges) {
    Scratch* const scratch = lane.scratch;
    HostCopy* const host = lane.host;
    cudaError_t error =
        cudaMemcpyAsync(&host->header, &scratch->header, sizeof(Header),
                        cudaMemcpyDeviceToHost, input.stream);
    if (error == cudaSuccess && edges > 0)
      error =
          cudaMemcpyAsync(host->edges, scratch->edges, edges * sizeof(double),
                          cudaMemcpyDeviceToHost, input.stream);
    if (error == cudaSuccess && edges > 0)
      error = cudaMemcpyAsync(host->counts, scratch->counts,
                              (edges + 1) * sizeof(host->counts[0]),
                              cudaMemcpyDeviceToHost, input.stream);
    return error;
  }

  Lanes lanes_;
};

}  // namespace
}  // namespace tblog::internal::cuda

namespace tblog {

// Never destroyed: results may outlive all that ends a program.
DeviceReducer* cuda_device() {
  static internal::cuda::CudaReducer* const device =
      new internal::cuda::CudaReducer;
  return device;
}

}  // namespace tblog
