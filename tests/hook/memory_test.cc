// SPDX-License-Identifier: Apache-2.0
//
// What hooks hold after many steps, counted by a replaced operator new.

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tblog/layer_hooks.h"
#include "tests/hook/network.h"
#include "tests/testing/status_matchers.h"

namespace {

std::atomic<int64_t> live_bytes{0};

// Not inlined: else the compiler sees malloc() behind its own new and warns.
[[gnu::noinline]] void* allocate(size_t size) noexcept {
  void* p = std::malloc(size);
  if (p != nullptr) live_bytes += static_cast<int64_t>(malloc_usable_size(p));
  return p;
}

[[gnu::noinline]] void release(void* p) noexcept {
  if (p == nullptr) return;
  live_bytes -= static_cast<int64_t>(malloc_usable_size(p));
  std::free(p);
}

}  // namespace

void* operator new(size_t size) {
  void* p = allocate(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void* operator new[](size_t size) { return operator new(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { operator delete(p); }
void operator delete(void* p, size_t) noexcept { operator delete(p); }
void operator delete[](void* p, size_t) noexcept { operator delete(p); }

namespace tblog::testing {
namespace {

// Takes all and keeps nothing.
class NullFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string&) override {
    return std::make_unique<NullFile>();
  }
  absl::Status create_directories(const std::string&) override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> absolute(const std::string& path) override {
    return "/" + path;
  }

 private:
  class NullFile final : public WritableFile {
   public:
    absl::Status append(std::string_view bytes, size_t* written) override {
      *written += bytes.size();
      return absl::OkStatus();
    }
    absl::Status sync() override { return absl::OkStatus(); }
    absl::Status close() override { return absl::OkStatus(); }
  };
};

// A training of a small network, watched and captured in every step and looked
// at by every other rule in some; now and then it blows up, or an exception
// ends a step.
class Training {
 public:
  Training() {
    WriterOptions options;
    options.file_system = &files_;
    options.max_block = std::chrono::hours(1);
    options.on_error = [](const absl::Status&) {};
    writer_ = SummaryWriter("runs/a", options);
    HookOptions hook_options;
    hook_options.max_overhead = 1;
    hooks_ = LayerHooks(writer_, all_rules("", 20), hook_options);
    binding_ = attach(hooks_, layers_);
    capture_ = hooks_.capture({"*"}, TensorKind::kOutputs);
  }

  void run(int64_t begin, int64_t end) {
    for (int64_t step = begin; step < end; ++step) {
      try {
        train(step);
      } catch (const std::runtime_error&) {
      }
    }
  }

  // The queue is emptied, so that only what is held counts.
  int64_t held() {
    EXPECT_THAT(writer_.flush(), IsOk());
    return live_bytes;
  }

  HookStats stats() const { return hooks_.stats(); }
  size_t captured() const { return capture_.names().size(); }

 private:
  void train(int64_t step) {
    auto scope = hooks_.step(step, Phase::kTrain);
    Matrix batch = batch_of(step);
    if (step % 1000 == 7) batch.values[0] = NAN;
    const Matrix y = forward(hooks_, layers_, batch);
    if (step % 100 == 50) throw std::runtime_error("of the model");
    backward(hooks_, layers_, y);
    scope.end_backward();
    if (step % 1000 != 7) {
      for (Dense& layer : layers_) layer.update(1e-3f);
    }
  }

  NullFileSystem files_;
  SummaryWriter writer_ = SummaryWriter::null();
  LayerHooks hooks_;
  std::vector<Dense> layers_ = make_network();
  absl::StatusOr<Binding> binding_;
  Capture capture_ = hooks_.capture({});
};

TEST(HookMemoryTest, IsFlatOverAHundredThousandSteps) {
  Training training;
  training.run(0, 10'000);
  const int64_t before = training.held();
  training.run(10'000, 110'000);
  EXPECT_LE(training.held(), before + 16'384);
  EXPECT_EQ(training.stats().broken_steps, 1'100u);
  EXPECT_GE(training.stats().findings, 1u);
  EXPECT_EQ(training.captured(), 3u);
}

}  // namespace
}  // namespace tblog::testing
