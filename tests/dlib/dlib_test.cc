// SPDX-License-Identifier: Apache-2.0

#include "tblog/dlib.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/hook/hook_fixture.h"

namespace tblog {
namespace {

using testing::ElementsAre;
using testing::HookFixture;
using testing::IsEmpty;
using testing::SizeIs;

using Sample = dlib::matrix<float, 0, 1>;
// layer<1> is the upper fc, 2 htan, 3 the lower fc, 4 the input.
using Small = dlib::loss_mean_squared<
    dlib::fc<1, dlib::htan<dlib::fc<4, dlib::input<Sample>>>>>;

// With a batch norm, repeated residual blocks, a skip, and dropout.
template <class Below>
using Residual = dlib::add_prev1<dlib::con<
    4, 3, 3, 1, 1, dlib::relu<dlib::con<4, 3, 3, 1, 1, dlib::tag1<Below>>>>>;
template <class Below>
using Stem = dlib::relu<dlib::bn_con<dlib::con<4, 3, 3, 1, 1, Below>>>;
using Large = dlib::loss_multiclass_log<dlib::fc<
    3,
    dlib::dropout<dlib::relu<dlib::fc<
        6, dlib::skip2<dlib::max_pool<
               2, 2, 2, 2,
               dlib::tag2<dlib::repeat<
                   2, Residual, Stem<dlib::input<dlib::matrix<float>>>>>>>>>>>>;

struct SmallBatch {
  std::vector<Sample> x;
  std::vector<float> y;
};
SmallBatch small_batch(int seed, int size = 8) {
  SmallBatch batch;
  for (int i = 0; i < size; ++i) {
    Sample sample(3);
    for (int j = 0; j < 3; ++j)
      sample(j) =
          static_cast<float>((i * 7 + j * 5 + seed * 3) % 11) / 11 - 0.5f;
    batch.y.push_back(sample(0) - 2 * sample(1) * sample(2));
    batch.x.push_back(std::move(sample));
  }
  return batch;
}

struct LargeBatch {
  std::vector<dlib::matrix<float>> x;
  std::vector<unsigned long> y;
};
LargeBatch large_batch(int seed, int size = 6) {
  LargeBatch batch;
  for (int i = 0; i < size; ++i) {
    dlib::matrix<float> image(6, 6);
    for (int j = 0; j < 36; ++j)
      image(j / 6, j % 6) =
          static_cast<float>((i * 13 + j * 7 + seed) % 17) / 17;
    batch.x.push_back(std::move(image));
    batch.y.push_back(static_cast<unsigned long>((i + seed) % 3));
  }
  return batch;
}

template <class Net>
std::string bytes_of(const Net& net) {
  std::ostringstream out;
  dlib::serialize(net, out);
  return out.str();
}

class DlibTest : public HookFixture {
 protected:
  DlibTest() { std::srand(1); }  // by which dlib makes weights

  struct Heard {
    const void* data = nullptr;
    std::vector<int64_t> shape;
    std::vector<float> values;
    int calls = 0;
  };
  Rule listen(Rule rule) {
    return rule.call([this](const LayerEvent& event) {
      std::string tag(event.layer);
      if (!event.leaf.empty()) tag += "/" + std::string(event.leaf);
      tag += " " + std::string(tensor_kind_name(event.kind));
      if (heard_.count(tag) == 0) order_.push_back(tag);
      Heard& heard = heard_[tag];
      heard.data = event.value.data();
      heard.shape.clear();
      for (size_t i = 0; i < event.value.rank(); ++i)
        heard.shape.push_back(event.value.dim(i));
      const auto* const data = static_cast<const float*>(event.value.data());
      heard.values.assign(data, data + event.value.size());
      ++heard.calls;
    });
  }
  template <class Model>
  void attach_to(Model& model) {
    absl::StatusOr<Binding> binding = attach(*hooks_, model);
    ASSERT_TRUE(binding.ok()) << binding.status();
    binding_ = *std::move(binding);
  }

  std::map<std::string, Heard> heard_;
  std::vector<std::string> order_;  // as they were heard first
  Binding binding_;
};

TEST_F(DlibTest, OutputsLieWhereDlibHoldsThem) {
  Small net;
  make({listen(Rule::layers("*").outputs())});
  attach_to(net);
  const SmallBatch batch = small_batch(0);
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    forward(*hooks_, net, batch.x);
  }
  EXPECT_THAT(order_, ElementsAre("htan_2 outputs", "fc_1 outputs"));
  EXPECT_EQ(heard_["htan_2 outputs"].data,
            dlib::layer<2>(net).get_output().host());
  EXPECT_THAT(heard_["htan_2 outputs"].shape, ElementsAre(8, 4, 1, 1));
  EXPECT_EQ(heard_["fc_1 outputs"].data,
            dlib::layer<1>(net).get_output().host());
}

TEST_F(DlibTest, WhatALayerInPlaceOverwritesIsNamed) {
  Small net;
  make({Rule::layers("*").outputs().stats()});
  attach_to(net);
  EXPECT_THAT(binding_.unseen(), ElementsAre("fc_3"));
}

TEST_F(DlibTest, LayersAreChosenInTheOrderOfTheComputation) {
  Small net;
  make({listen(Rule::layers("#0, #-1").weights()),
        listen(Rule::type("htan").outputs())});
  attach_to(net);
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    forward(*hooks_, net, small_batch(0).x[0]);
  }
  EXPECT_THAT(order_, ElementsAre("htan_2 outputs", "fc_3/params weights",
                                  "fc_1/params weights"));
  EXPECT_EQ(heard_["fc_3/params weights"].data,
            dlib::layer<3>(net).layer_details().get_layer_params().host());
}

// A layer's gradient by its biases is the sum over samples of that by its
// output.
TEST_F(DlibTest, AGradientThatLayersShareIsTheLowestOnes) {
  Small net;
  make({listen(Rule::layers("*").gradients().weight_gradients())});
  attach_to(net);
  const SmallBatch batch = small_batch(0);
  {
    auto scope = hooks_->step(0, Phase::kTrain);
    compute_parameter_gradients(*hooks_, net, batch.x.begin(), batch.x.end(),
                                batch.y.begin());
    scope.end_backward();
  }
  EXPECT_THAT(order_, ElementsAre("fc_3 gradients", "fc_1 gradients",
                                  "fc_3/params weight_gradients",
                                  "fc_1/params weight_gradients"));
  const std::vector<float>& by_output = heard_["fc_3 gradients"].values;
  const std::vector<float>& by_weights =
      heard_["fc_3/params weight_gradients"].values;
  ASSERT_THAT(by_output, SizeIs(8 * 4));
  ASSERT_THAT(by_weights, SizeIs(3 * 4 + 4));
  for (size_t unit = 0; unit < 4; ++unit) {
    float sum = 0;
    for (size_t sample = 0; sample < 8; ++sample)
      sum += by_output[sample * 4 + unit];
    EXPECT_NE(sum, 0);
    EXPECT_NEAR(sum, by_weights[3 * 4 + unit], 1e-5);
  }
}

TEST_F(DlibTest, TrainingIsTheSameToTheBit) {
  const auto train = [&](bool with_hooks) {
    std::srand(1);
    Large net;
    if (with_hooks) {
      make({Rule::layers("*").outputs().gradients().histogram().every(3),
            Rule::layers("*").weights().weight_gradients().stats().every(4)});
      attach_to(net);
    }
    std::vector<dlib::adam> solvers(Large::num_computational_layers,
                                    dlib::adam(0.001f, 0.9f, 0.999f));
    double losses = 0;
    for (int step = 0; step < 30; ++step) {
      const LargeBatch batch = large_batch(step);
      dlib::resizable_tensor x;
      net.to_tensor(batch.x.begin(), batch.x.end(), x);
      if (with_hooks) {
        auto scope = hooks_->step(step, Phase::kTrain);
        losses += compute_parameter_gradients(*hooks_, net, x, batch.y.begin());
        scope.end_backward();
      } else {
        losses += net.compute_parameter_gradients(x, batch.y.begin());
      }
      net.update_parameters(solvers, 0.01);
    }
    EXPECT_GT(losses, 0);
    net.clean();
    return bytes_of(net);
  };
  const std::string plain = train(false);
  EXPECT_EQ(train(true), plain);
  EXPECT_THAT(hooks_->never_fired(), IsEmpty());
}

TEST_F(DlibTest, TrainersTrainTheSameToTheBit) {
  constexpr int kSteps = 20;
  const auto train = [&](bool with_hooks) {
    std::srand(1);
    Large net;
    dlib::dnn_trainer<Large, dlib::adam> trainer(net, dlib::adam());
    trainer.set_learning_rate(0.01);
    if (with_hooks) {
      make({listen(Rule::layers("fc_1").outputs().weights()),
            Rule::layers("*").outputs().histogram().every(3)});
      attach_to(trainer);
    }
    for (int step = 0; step < kSteps; ++step) {
      const LargeBatch batch = large_batch(step);
      if (with_hooks) {
        const auto scope = hooks_->step(step, Phase::kTrain);
        trainer.train_one_step(batch.x, batch.y);
        show(*hooks_, trainer);
      } else {
        trainer.train_one_step(batch.x, batch.y);
      }
    }
    trainer.get_net();
    binding_ = Binding();
    net.clean();
    return bytes_of(net);
  };
  const std::string plain = train(false);
  EXPECT_EQ(train(true), plain);
  EXPECT_EQ(heard_["fc_1 outputs"].calls, kSteps);
  EXPECT_EQ(heard_["fc_1/params weights"].calls, kSteps);
}

TEST_F(DlibTest, TheLinesOfTheDocsAreAllThatAProgramNeeds) {
  Small net;
  dlib::dnn_trainer<Small> trainer(net);
  const auto [samples, labels] = small_batch(0);
  make({Rule::layers("htan*").outputs().histogram().every(5)});
  tblog::LayerHooks& hooks = *hooks_;
  {
#include "dlib.inc"
  } EXPECT_THAT(tags(),
                ElementsAre(::testing::Pair("htan_2/outputs", Steps{0, 5})));
}

TEST_F(DlibTest, RepeatedBlocksAreLayersAndTagsAndSkipsAreNot) {
  Large net;
  make({listen(Rule::layers("*").outputs())});
  attach_to(net);
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    const LargeBatch batch = large_batch(0);
    EXPECT_THAT(forward(*hooks_, net, batch.x), SizeIs(6));
  }
  EXPECT_EQ(binding_.size(), size_t{Large::num_computational_layers});
  // Of two blocks of con, relu, con, add_prev, and what stands around them;
  // relu and dropout work in place.
  EXPECT_THAT(
      order_,
      ElementsAre("con_20 outputs", "relu_18 outputs", "relu_15 outputs",
                  "con_14 outputs", "add_prev1_13 outputs", "relu_10 outputs",
                  "con_9 outputs", "add_prev1_8 outputs", "max_pool_6 outputs",
                  "relu_3 outputs", "dropout_2 outputs", "fc_1 outputs"));
  EXPECT_THAT(binding_.unseen(),
              ElementsAre("bn_con_19", "con_16", "con_11", "fc_4"));
  EXPECT_EQ(heard_["con_14 outputs"].data,
            dlib::layer<14>(net).get_output().host());
}

TEST_F(DlibTest, InferenceOfManyIsACallABatch) {
  Small net;
  make({listen(Rule::layers("fc_1").outputs())});
  attach_to(net);
  const SmallBatch batch = small_batch(0, 300);
  const std::vector<float> expected = net(batch.x);
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    EXPECT_EQ(forward(*hooks_, net, batch.x), expected);
  }
  EXPECT_EQ(heard_["fc_1 outputs"].calls, 3);
  dlib::resizable_tensor x;
  net.to_tensor(batch.x.begin(), batch.x.end(), x);
  {
    const auto scope = hooks_->step(1, Phase::kInference);
    EXPECT_EQ(forward(*hooks_, net.subnet(), x).size(), 300u);
    EXPECT_EQ(forward(*hooks_, net, x).size(), 300u);
  }
  EXPECT_EQ(heard_["fc_1 outputs"].calls, 4);  // of layer<0> it is "fc_0"
}

TEST_F(DlibTest, TensorsAreViewedInPlace) {
  const dlib::resizable_tensor tensor(2, 3, 4, 5);
  const TensorView view(tensor);
  ASSERT_TRUE(view.valid());
  EXPECT_EQ(view.data(), tensor.host());
  EXPECT_EQ(view.dim(1), 3);
  EXPECT_EQ(view.size(), 120);
  dlib::resizable_tensor whole(6, 5);
  const auto part = dlib::alias_tensor(2, 5)(whole, 10);
  EXPECT_EQ(TensorView(part).data(), whole.host() + 10);
  const dlib::tensor& base = part;
  EXPECT_EQ(TensorView(base).dim(0), 2);
  EXPECT_TRUE(TensorView(dlib::resizable_tensor()).valid());
  EXPECT_EQ(TensorView(dlib::resizable_tensor()).size(), 0);
}

TEST_F(DlibTest, MatricesAreViewedInPlaceInEitherLayout) {
  dlib::matrix<double> rows(2, 3);
  dlib::matrix<int, 0, 0, dlib::default_memory_manager,
               dlib::column_major_layout>
      columns(2, 3);
  const TensorView by_rows(rows), by_columns(columns);
  for (long r = 0; r < 2; ++r) {
    for (long c = 0; c < 3; ++c) {
      EXPECT_EQ(static_cast<const double*>(by_rows.data()) +
                    r * by_rows.stride(0) + c * by_rows.stride(1),
                &rows(r, c));
      EXPECT_EQ(static_cast<const int*>(by_columns.data()) +
                    r * by_columns.stride(0) + c * by_columns.stride(1),
                &columns(r, c));
    }
  }
  const Sample vector(5);
  EXPECT_EQ(TensorView(vector).rank(), 1u);
  EXPECT_EQ(TensorView(vector).data(), &vector(0));
  EXPECT_EQ(TensorView(dlib::matrix<float>()).size(), 0);
}

}  // namespace
}  // namespace tblog
