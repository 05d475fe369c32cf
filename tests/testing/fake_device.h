// SPDX-License-Identifier: Apache-2.0
//
// FakeDevice: a device whose memory is the host's, and which computes at once
// but says so when a test lets it. Thread-safe.

#ifndef TBLOG_TESTS_TESTING_FAKE_DEVICE_H_
#define TBLOG_TESTS_TESTING_FAKE_DEVICE_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/device.h"

namespace tblog::testing {

class FakeDevice final : public DeviceReducer {
 public:
  // A view of host memory that claims to be this device's.
  static TensorView on_device(const TensorView& host) {
    return host.on_device(Device::kCuda, 0, nullptr);
  }

  // Lets result number `i`, from 0 in the order of the calls, come; or fail.
  void complete(size_t i, const absl::Status& status = absl::OkStatus()) {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->states[i].has_come = true;
    shared_->states[i].status = status;
  }
  // From now on results come at once.
  void complete_all() {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->is_idle = true;
  }
  // Whether calls are refused, as while a stream is captured.
  void set_capturing(bool capturing) { capturing_ = capturing; }

  size_t begun() const {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    return shared_->states.size();
  }
  // Results that live.
  size_t alive() const {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    return shared_->alive;
  }

  absl::StatusOr<std::unique_ptr<DeviceResult<double>>> value(
      const TensorView& tensor) override {
    return begin<double>(*static_cast<const float*>(tensor.data()));
  }
  absl::StatusOr<std::unique_ptr<DeviceResult<TensorStats>>> stats(
      const TensorView& tensor) override {
    return begin(compute_stats(on_host(tensor)));
  }
  absl::StatusOr<std::unique_ptr<DeviceResult<Histogram>>> histogram(
      const TensorView& tensor, const HistogramOptions& options) override {
    return begin(compute_histogram(on_host(tensor), options));
  }

 private:
  struct State {
    bool has_come = false;
    absl::Status status;
  };
  struct Shared {
    std::mutex mutex;
    std::vector<State> states;
    bool is_idle = false;
    size_t alive = 0;
  };

  template <class T>
  class Result final : public DeviceResult<T> {
   public:
    Result(std::shared_ptr<Shared> shared, size_t number,
           absl::StatusOr<T> result)
        : shared_(std::move(shared)),
          number_(number),
          result_(std::move(result)) {}
    ~Result() override {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      --shared_->alive;
    }

    bool ready() noexcept override {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      return shared_->is_idle || shared_->states[number_].has_come;
    }
    absl::StatusOr<T> take() override {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      if (!shared_->states[number_].status.ok())
        return shared_->states[number_].status;
      return result_;
    }

   private:
    const std::shared_ptr<Shared> shared_;
    const size_t number_;
    const absl::StatusOr<T> result_;
  };

  static TensorView on_host(const TensorView& tensor) {
    return tensor.on_device(Device::kCpu, 0, nullptr);
  }

  template <class T>
  absl::StatusOr<std::unique_ptr<DeviceResult<T>>> begin(
      absl::StatusOr<T> result) {
    if (capturing_)
      return absl::FailedPreconditionError("the stream is being captured");
    std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->states.emplace_back();
    ++shared_->alive;
    return std::make_unique<Result<T>>(shared_, shared_->states.size() - 1,
                                       std::move(result));
  }

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  bool capturing_ = false;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_FAKE_DEVICE_H_
