// SPDX-License-Identifier: Apache-2.0

#include "tblog/torch_tensor.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tblog/histogram.h"
#include "tblog/layer_hooks.h"
#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

struct Attention {
  at::Tensor context;
  c10::optional<at::Tensor> weights;
};

template <class Visit>
void tblog_visit(const Attention& attention, Visit&& visit) {
  visit("context", attention.context);
  visit("weights", attention.weights);
}

std::vector<int64_t> shape_of(const TensorView& view) {
  std::vector<int64_t> shape;
  for (size_t i = 0; i < view.rank(); ++i) shape.push_back(view.dim(i));
  return shape;
}

// ---- Views ----

struct TypeCase {
  c10::ScalarType torch;
  DType dtype;
};

class TorchDtypeTest : public ::testing::TestWithParam<TypeCase> {};

TEST_P(TorchDtypeTest, IsViewedWhereItLies) {
  const at::Tensor tensor = at::ones({2, 3}).to(GetParam().torch);
  const TensorView view(tensor);
  ASSERT_TRUE(view.valid()) << view.error();
  EXPECT_EQ(view.dtype(), GetParam().dtype);
  EXPECT_EQ(view.data(), tensor.data_ptr());
  EXPECT_EQ(shape_of(view), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(view.size_bytes(), tensor.nbytes());
}

INSTANTIATE_TEST_SUITE_P(
    All, TorchDtypeTest,
    ::testing::Values(
        TypeCase{at::kHalf, DType::kFloat16},
        TypeCase{at::kBFloat16, DType::kBFloat16},
        TypeCase{at::kFloat, DType::kFloat32},
        TypeCase{at::kDouble, DType::kFloat64},
        TypeCase{at::kChar, DType::kInt8}, TypeCase{at::kShort, DType::kInt16},
        TypeCase{at::kInt, DType::kInt32}, TypeCase{at::kLong, DType::kInt64},
        TypeCase{at::kByte, DType::kUint8}, TypeCase{at::kBool, DType::kBool},
        TypeCase{at::kComplexFloat, DType::kComplex64},
        TypeCase{at::kComplexDouble, DType::kComplex128}),
    [](const auto& test) { return std::string(dtype_name(test.param.dtype)); });

TEST(TorchTensorTest, ValuesOfSmallFloatsAreRight) {
  const at::Tensor values = at::tensor({-1.5, 0.25, 3.0});
  for (const auto type : {at::kHalf, at::kBFloat16, at::kFloat, at::kDouble}) {
    const auto stats = compute_stats(TensorView(values.to(type)));
    ASSERT_TRUE(stats.ok());
    EXPECT_EQ(stats->min, -1.5);
    EXPECT_EQ(stats->max, 3);
    EXPECT_EQ(stats->sum, 1.75);
  }
}

TEST(TorchTensorTest, StridesAreElements) {
  const at::Tensor base = at::arange(24, at::kFloat).reshape({4, 6});
  for (const at::Tensor& tensor :
       {base.t(), base.slice(1, 1, 6, 2), base.select(1, 3),
        base.unsqueeze(1).expand({4, 5, 6}), base.slice(0, 2, 3)}) {
    const TensorView view(tensor);
    ASSERT_TRUE(view.valid());
    EXPECT_EQ(view.data(), tensor.data_ptr());
    EXPECT_EQ(shape_of(view), tensor.sizes().vec());
    const auto stats = compute_stats(view);
    ASSERT_TRUE(stats.ok());
    EXPECT_EQ(stats->sum, tensor.sum().item<double>());
    EXPECT_EQ(stats->max, tensor.max().item<double>());
  }
}

TEST(TorchTensorTest, NoDimensionsIsOneValue) {
  const at::Tensor tensor = at::scalar_tensor(2.5);
  const TensorView view(tensor);
  EXPECT_EQ(view.rank(), 0u);
  EXPECT_EQ(view.size(), 1);
}

TEST(TorchTensorTest, NoElementsIsAnEmptyView) {
  const at::Tensor tensor = at::empty({0, 3});
  const TensorView view(tensor);
  EXPECT_TRUE(view.valid()) << view.error();
  EXPECT_EQ(view.size(), 0);
}

TEST(TorchTensorTest, RequiringGradientsChangesNothing) {
  const at::Tensor leaf = at::ones({3}).requires_grad_();
  const at::Tensor inner = leaf * 2;
  EXPECT_EQ(TensorView(leaf).data(), leaf.data_ptr());
  EXPECT_EQ(TensorView(inner).data(), inner.data_ptr());
  EXPECT_TRUE(inner.requires_grad());
}

// ---- What cannot be viewed ----

TEST(TorchTensorTest, WhatHasNoElementsInMemorySaysWhy) {
  const at::Tensor dense = at::eye(3);
  EXPECT_THAT(std::string(TensorView(at::Tensor()).error()),
              HasSubstr("undefined"));
  EXPECT_THAT(std::string(TensorView(dense.to_sparse()).error()),
              HasSubstr("sparse"));
  EXPECT_THAT(std::string(TensorView(dense.to_sparse_csr()).error()),
              HasSubstr("sparse"));
  const at::Tensor quantised =
      at::quantize_per_tensor(dense, 0.1, 0, at::kQInt8);
  EXPECT_THAT(std::string(TensorView(quantised).error()),
              HasSubstr("quantised"));
  EXPECT_THAT(
      std::string(TensorView(at::empty({2}, at::device(at::kMeta))).error()),
      HasSubstr("meta"));
  const at::Tensor nested = at::_nested_tensor_from_tensor_list(
      {at::ones({2, 3}), at::ones({4, 3})}, c10::nullopt, c10::nullopt,
      c10::nullopt, c10::nullopt);
  EXPECT_THAT(std::string(TensorView(nested).error()), HasSubstr("nested"));
  EXPECT_FALSE(TensorView(at::_efficientzerotensor({2})).valid());
  EXPECT_FALSE(TensorView(at::ones({1, 1, 1, 1, 1, 1, 1, 1, 1})).valid());
}

TEST(TorchTensorTest, LazyViewsSayWhatToLog) {
  const at::Tensor complex = at::ones({2}, at::kComplexFloat);
  EXPECT_THAT(std::string(TensorView(complex.conj()).error()),
              HasSubstr("resolve_conj()"));
  EXPECT_THAT(std::string(TensorView(at::imag(complex.conj())).error()),
              HasSubstr("resolve_neg()"));
}

// ---- Writing and tapping ----

class TorchHooksTest : public HookFixture {
 protected:
  // What Rule::call() hears: leaf → sum of its values.
  std::map<std::string, double> tapped(
      const std::function<void(LayerHooks&)>& tap) {
    std::map<std::string, double> sums;
    make({Rule::layers("*").call([&](const LayerEvent& event) {
      const auto stats = compute_stats(event.value);
      sums[std::string(event.leaf)] = stats.ok() ? stats->sum : -1;
    })});
    const auto scope = hooks_->step(0, Phase::kTrain);
    tap(*hooks_);
    return sums;
  }
};

TEST_F(TorchHooksTest, LossIsAScalar) {
  const at::Tensor loss =
      (at::ones({3}).requires_grad_() * 2).sum().to(at::kHalf);
  writer_->scalar("loss", loss, 7);
  EXPECT_EQ(scalar("loss", 7), 6);
}

TEST_F(TorchHooksTest, WriterTakesTensorsEverywhere) {
  writer_->histogram("weights", at::ones({4, 4}), 0);
  writer_->tensor("raw", at::arange(3), 0);
  writer_->image("pixels", at::rand({3, 8, 8}), 0, {.layout = Layout::kCHW});
  EXPECT_THAT(tags(), SizeIs(3));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(TorchHooksTest, RefusalIsCountedAndReportedOnce) {
  const at::Tensor sparse = at::eye(3).to_sparse();
  for (int64_t step = 0; step < 5; ++step) {
    writer_->histogram("weights", sparse, step);
  }
  ASSERT_THAT(reports(), SizeIs(1));
  EXPECT_THAT(reports()[0], HasSubstr("sparse"));
  EXPECT_EQ(writer_->stats().refused, 5u);
}

TEST_F(TorchHooksTest, HooksRefuseOnceAsWell) {
  make({Rule::layers("*").stats().histogram().tensor()});
  for (int64_t step = 0; step < 5; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("layer", at::empty({2}, at::device(at::kMeta)));
  }
  EXPECT_THAT(hooks_->reports(), ElementsAre(HasSubstr("meta")));
  EXPECT_EQ(hooks_->stats().refused, 5u);
}

// A tensor on a device that is not there: whoever reads or copies it, crashes
// or throws.
at::Tensor on_cuda() {
  c10::Storage storage(c10::Storage::use_byte_size_t(), 16,
                       c10::DataPtr(reinterpret_cast<void*>(64),
                                    c10::Device(c10::DeviceType::CUDA, 0)),
                       nullptr, /*resizable=*/false);
  at::Tensor tensor = at::detail::make_tensor<c10::TensorImpl>(
      std::move(storage), c10::DispatchKeySet(c10::DispatchKey::CUDA),
      caffe2::TypeMeta::Make<float>());
  tensor.unsafeGetTensorImpl()->set_sizes_contiguous({4});
  return tensor;
}

TEST_F(TorchHooksTest, TensorOnADeviceIsRefusedOnceAndNeverCopied) {
  make({Rule::layers("*").stats().histogram().tensor().capture()});
  const at::Tensor tensor = on_cuda();
  ASSERT_TRUE(tensor.is_cuda());
  for (int64_t step = 0; step < 3; ++step) {
    writer_->histogram("weights", tensor, step);
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("layer", tensor);
  }
  EXPECT_THAT(hooks_->reports(), ElementsAre(HasSubstr("CUDA device")));
  EXPECT_THAT(reports(),
              ElementsAre(HasSubstr("CUDA device"), HasSubstr("CUDA device")));
  EXPECT_EQ(writer_->stats().refused, 3u);
}

TEST_F(TorchHooksTest, LazyViewsAreResolved) {
  const at::Tensor complex = at::complex(at::ones({2}), at::full({2}, 3.0f));
  EXPECT_THAT(tapped([&](LayerHooks& hooks) {
                hooks.tap("layer", at::imag(complex.conj()));
              }),
              ElementsAre(std::pair<const std::string, double>("", -6)));
  std::complex<float> value;
  make({Rule::layers("*").call([&](const LayerEvent& event) {
    std::memcpy(&value, event.value.data(), sizeof(value));
  })});
  const auto scope = hooks_->step(1, Phase::kTrain);
  hooks_->tap("layer", complex.conj());
  EXPECT_EQ(value, std::complex<float>(1, -3));
}

TEST_F(TorchHooksTest, StructuresOfTensorsHaveLeaves) {
  const at::Tensor one = at::ones({1});
  using Sums = std::map<std::string, double>;
  EXPECT_EQ(tapped([&](LayerHooks& hooks) {
              hooks.tap("lstm", std::make_tuple(
                                    one, std::make_tuple(one * 2, one * 3)));
            }),
            (Sums{{"0", 1}, {"1/0", 2}, {"1/1", 3}}));
  EXPECT_EQ(tapped([&](LayerHooks& hooks) {
              hooks.tap("list", std::vector<at::Tensor>{one, one * 4});
            }),
            (Sums{{"0", 1}, {"1", 4}}));
  EXPECT_EQ(tapped([&](LayerHooks& hooks) {
              hooks.tap("map", std::map<std::string, at::Tensor>{{"a", one}});
            }),
            (Sums{{"a", 1}}));
  EXPECT_EQ(tapped([&](LayerHooks& hooks) {
              hooks.tap("optional", std::optional<at::Tensor>());
              hooks.tap("optional", c10::optional<at::Tensor>(one * 5));
            }),
            (Sums{{"", 5}}));
  EXPECT_EQ(tapped([&](LayerHooks& hooks) {
              hooks.tap("struct", Attention{one, one * 6});
            }),
            (Sums{{"context", 1}, {"weights", 6}}));
}

TEST_F(TorchHooksTest, UndefinedTensorIsNoLeaf) {
  using Sums = std::map<std::string, double>;
  EXPECT_EQ(tapped([&](LayerHooks& hooks) {
              hooks.tap("attention",
                        std::make_tuple(at::ones({2}), at::Tensor()));
            }),
            (Sums{{"0", 2}}));
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

}  // namespace
}  // namespace tblog::testing
