// SPDX-License-Identifier: Apache-2.0
//
// Files by TensorFlow, of summary ops of version 1 and 2 and of TensorBoard's
// plugins; makers/make_tensorflow.py wrote them.

#include <cmath>
#include <limits>
#include <string>
#include <variant>

#include "tests/reader/golden_log.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the helpers of golden_log.h

using Datum = HParamsValue::Datum;

// Pixel k of the makers' pictures, [2, 3, 4, 3], is 3 k.
void expect_picture(const std::string& png, int first) {
  const DecodedPng picture = decode_png(png);
  ASSERT_TRUE(picture.ok);
  EXPECT_EQ(picture.width, 4u);
  EXPECT_EQ(picture.height, 3u);
  EXPECT_EQ(picture.channels, 3);
  ASSERT_THAT(picture.pixels, SizeIs(36));
  for (int i = 0; i < 36; ++i)
    EXPECT_EQ(picture.pixels[static_cast<size_t>(i)], 3 * (first + i)) << i;
}

// Their first clip: frames of two channels, times 2^15 and clamped.
void expect_first_clip(const std::string& wav) {
  EXPECT_THAT(last_samples(wav, 8),
              ElementsAre(0, 32767, 16384, -32768, -16384, 0, 0, 8192));
}

class TensorFlowTest : public ::testing::Test {
 protected:
  const Series& v1(std::string_view tag, ValueKind kind) const {
    return find(log_, "v1", tag, kind);
  }
  const Series& v2(std::string_view tag, ValueKind kind) const {
    return find(log_, "v2", tag, kind);
  }
  LogReader log_ = golden_log("tensorflow");
};

TEST_F(TensorFlowTest, Scalars) {
  const Series& loss = v2("loss", ValueKind::kScalar);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(loss.steps(), ElementsAre(0, 10, 20, 30, 40));
  EXPECT_THAT(loss.values(), ElementsAre(.5, double{.1f}, ::testing::IsNan(),
                                         infinity, -infinity));
  EXPECT_EQ(loss.metadata().description, "mean, *nats*");
  EXPECT_THAT(v1("loss", ValueKind::kScalar).values(), ElementsAre(.5));
}

TEST_F(TensorFlowTest, Histograms) {
  EXPECT_THAT(rows(*v2("weights", ValueKind::kHistogram).histogram(0)),
              ElementsAre(ElementsAre(0, 1, 1), ElementsAre(1, 2, 2),
                          ElementsAre(2, 3, 1), ElementsAre(3, 4, 1)));
  EXPECT_THAT(rows(*v2("constant", ValueKind::kHistogram).histogram(0)),
              ElementsAre(ElementsAre(3, 3, 0), ElementsAre(3, 3, 2)));
  EXPECT_THAT(rows(*v2("empty", ValueKind::kHistogram).histogram(0)),
              ElementsAre(ElementsAre(0, 0, 0), ElementsAre(0, 0, 0)));
}

// On TensorFlow's grid: 0, then 1e-12 times powers of 1.1.
TEST_F(TensorFlowTest, OldHistograms) {
  const HistogramValue histogram =
      *v1("weights", ValueKind::kHistogram).histogram(0);
  ASSERT_GE(histogram.buckets.size(), 4u);
  EXPECT_EQ(histogram.buckets.front().left, 0);
  EXPECT_EQ(histogram.buckets.back().right, 4);
  double counts[5] = {};
  for (const HistogramBucket& bucket : histogram.buckets) {
    for (const double x : {0., 1., 2., 4.}) {
      const bool last = bucket.right == histogram.buckets.back().right;
      if (bucket.left <= x && (x < bucket.right || (last && x == bucket.right)))
        counts[static_cast<int>(x)] += bucket.count;
    }
  }
  EXPECT_THAT(counts, ElementsAre(1, 2, 1, 0, 1));
}

TEST_F(TensorFlowTest, Images) {
  const absl::StatusOr<ImageValue> both =
      v2("pictures", ValueKind::kImage).image(0);
  ASSERT_THAT(both, IsOk());
  EXPECT_EQ(both->width, 4);
  EXPECT_EQ(both->height, 3);
  ASSERT_THAT(both->images, SizeIs(2));
  expect_picture(both->images[0], 0);
  expect_picture(both->images[1], 36);
}

TEST_F(TensorFlowTest, OldImages) {
  for (const int i : {0, 1}) {
    const absl::StatusOr<ImageValue> image =
        v1("pictures/image/" + std::to_string(i), ValueKind::kImage).image(0);
    ASSERT_THAT(image, IsOk());
    EXPECT_EQ(image->width, 4);
    ASSERT_THAT(image->images, SizeIs(1));
    expect_picture(image->images[0], 36 * i);
  }
}

TEST_F(TensorFlowTest, Audio) {
  const AudioValue clips = *v2("clips", ValueKind::kAudio).audio(0);
  ASSERT_THAT(clips.clips, SizeIs(2));
  expect_first_clip(clips.clips[0]);
  EXPECT_THAT(last_samples(clips.clips[1], 8),
              ElementsAre(0, 0, 32767, 32767, 0, 0, -32768, -32768));
  const AudioValue old = *v1("clip/audio/0", ValueKind::kAudio).audio(0);
  ASSERT_THAT(old.clips, SizeIs(1));
  expect_first_clip(old.clips[0]);
  EXPECT_EQ(old.sample_rate_hz, 8000);
  EXPECT_EQ(old.channels, 2);
  EXPECT_EQ(old.frames, 4);
  EXPECT_EQ(old.content_type, "audio/wav");
}

TEST_F(TensorFlowTest, Texts) {
  EXPECT_THAT(v2("note", ValueKind::kText).text(0)->texts,
              ElementsAre("**größe**"));
  EXPECT_THAT(v2("note", ValueKind::kText).text(0)->shape, IsEmpty());
  EXPECT_THAT(v2("table", ValueKind::kText).text(0)->shape, ElementsAre(2, 2));
  EXPECT_THAT(v2("table", ValueKind::kText).text(0)->texts,
              ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(v1("note", ValueKind::kText).text(0)->texts,
              ElementsAre("**größe**"));
}

TEST_F(TensorFlowTest, TensorsOfEveryDtype) {
  for (const DType dtype :
       {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16,
        DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64,
        DType::kUint8, DType::kUint16, DType::kUint32, DType::kUint64,
        DType::kBool}) {
    const std::string tag = "raw/" + std::string(dtype_name(dtype));
    const TensorValue tensor = *v2(tag, ValueKind::kTensor).tensor(0);
    EXPECT_EQ(tensor.dtype, dtype) << tag;
    EXPECT_THAT(tensor.shape, ElementsAre(1, 3)) << tag;
    EXPECT_THAT(*tensor.numbers(), ElementsAre(0, 1, 1)) << tag;
  }
  const TensorValue complex =
      *v2("raw/complex64", ValueKind::kTensor).tensor(0);
  EXPECT_EQ(complex.dtype, DType::kComplex64);
  EXPECT_EQ(complex.bytes.size(), 3u * 8);
  EXPECT_THAT(v2("raw/string", ValueKind::kTensor).tensor(0)->strings,
              ElementsAre("x", "é"));
  EXPECT_THAT(*v1("raw", ValueKind::kTensor).tensor(0)->numbers(),
              ElementsAre(1, 2));
}

TEST_F(TensorFlowTest, MeshesCurvesAndLayouts) {
  expect_tetrahedron(*log_.find("v2"));
  expect_pr_curve(v2("pr/pr_curves", ValueKind::kPrCurve));
  const LayoutValue layout =
      *v2("custom_scalars__config__", ValueKind::kLayout).layout(0);
  expect_losses(layout);
  ASSERT_THAT(layout.categories, SizeIs(2));
  EXPECT_EQ(layout.categories[1].title, "closed");
  EXPECT_TRUE(layout.categories[1].closed);
}

TEST_F(TensorFlowTest, Hyperparameters) {
  const HParamsValue start =
      *v2("_hparams_/session_start_info", ValueKind::kHParams).hparams(0);
  const auto& session = std::get<HParamsValue::SessionStart>(start.what);
  using Pair = std::pair<std::string, Datum>;
  EXPECT_THAT(session.hparams,
              ElementsAre(Pair("amp", true), Pair("epochs", 3.),
                          Pair("lr", .01), Pair("optimizer", "adam")));
  EXPECT_EQ(session.start_time_secs, 2345.5);
  const HParamsValue all =
      *v2("_hparams_/experiment", ValueKind::kHParams).hparams(0);
  const auto& experiment = std::get<HParamsValue::Experiment>(all.what);
  EXPECT_EQ(experiment.time_created_secs, 1234.5);
  ASSERT_THAT(experiment.hparams, SizeIs(2));
  EXPECT_EQ(experiment.hparams[0].display_name, "rate");
  const auto& interval =
      std::get<HParamsValue::Interval>(experiment.hparams[0].domain);
  EXPECT_EQ(interval.min, 1e-4);
  EXPECT_EQ(interval.max, 0.1);
  EXPECT_THAT(std::get<std::vector<Datum>>(experiment.hparams[1].domain),
              ElementsAre(Datum("adam"), Datum("sgd")));
  ASSERT_THAT(experiment.metrics, SizeIs(1));
  EXPECT_EQ(experiment.metrics[0].tag, "accuracy");
  EXPECT_EQ(experiment.metrics[0].group, "test");
  EXPECT_EQ(experiment.metrics[0].display_name, "acc");
  EXPECT_EQ(experiment.metrics[0].dataset, HParamsValue::Dataset::kValidation);
}

const GraphDefValue::Node* node_of(const GraphDefValue& graph,
                                   std::string_view name) {
  for (const GraphDefValue::Node& node : graph.nodes) {
    if (node.name == name) return &node;
  }
  return nullptr;
}

TEST_F(TensorFlowTest, Graphs) {
  const GraphDefValue graph = *v1("__run_graph__", ValueKind::kGraph).graph(0);
  EXPECT_THAT(graph.nodes, SizeIs(25));
  const GraphDefValue::Node* input = node_of(graph, "in");
  ASSERT_NE(input, nullptr);
  EXPECT_EQ(input->op, "Placeholder");
  EXPECT_THAT(input->output_shapes, ElementsAre(Optional(ElementsAre(-1, 3))));
  const GraphDefValue::Node* product = node_of(graph, "dense/product");
  ASSERT_NE(product, nullptr);
  EXPECT_EQ(product->op, "MatMul");
  EXPECT_THAT(product->inputs, ElementsAre("in", "dense/ones"));
  EXPECT_THAT(product->output_shapes,
              ElementsAre(Optional(ElementsAre(-1, 2))));
  ASSERT_GE(product->attributes.size(), 1u);
  EXPECT_EQ(product->attributes[0].name, "T");
  EXPECT_EQ(product->attributes[0].value, "DT_FLOAT");
  const GraphDefValue::Node* constant = node_of(graph, "Const");
  ASSERT_NE(constant, nullptr);
  EXPECT_EQ(constant->attributes.back().value, "DT_FLOAT [] 0.5");

  const GraphDefValue traced = *v2("__run_graph__", ValueKind::kGraph).graph(0);
  ASSERT_THAT(traced.nodes, SizeIs(5));
  EXPECT_EQ(node_of(traced, "Relu")->op, "Relu");
}

TEST_F(TensorFlowTest, TimesOfNodes) {
  const Series& series = v1("step 7", ValueKind::kRunMetadata);
  EXPECT_THAT(series.steps(), ElementsAre(7));
  const RunMetadataValue value = *series.run_metadata(0);
  ASSERT_THAT(value.devices, SizeIs(1));
  EXPECT_THAT(value.devices[0].name, ::testing::HasSubstr("CPU:0"));
  const RunMetadataValue::Node* product = nullptr;
  for (const RunMetadataValue::Node& node : value.devices[0].nodes) {
    EXPECT_GT(node.start_micros, 1.7e15);  // after 2023
    EXPECT_GE(node.total_micros, node.compute_micros);
    if (node.name == "dense/product") product = &node;
  }
  ASSERT_NE(product, nullptr);
  EXPECT_EQ(product->memory_bytes, 8);
  EXPECT_THAT(product->output_shapes, ElementsAre(Optional(ElementsAre(1, 2))));
}

TEST_F(TensorFlowTest, GraphsOfATrace) {
  const RunMetadataValue value =
      *v2("trace", ValueKind::kRunMetadata).run_metadata(0);
  ASSERT_FALSE(value.graphs.empty());
  const GraphDefValue::Node* product = node_of(value.graphs[0], "product");
  ASSERT_NE(product, nullptr);
  EXPECT_EQ(product->op, "MatMul");
  EXPECT_THAT(product->inputs, ElementsAre("x", "ones"));
}

TEST_F(TensorFlowTest, Sessions) {
  const Series& series = v1("__session_log__", ValueKind::kSession);
  ASSERT_EQ(series.size(), 3u);
  EXPECT_EQ(series.session(0)->status, SessionStatus::kStart);
  EXPECT_EQ(series.session(1)->status, SessionStatus::kCheckpoint);
  EXPECT_EQ(series.session(1)->checkpoint_path, "model-7.ckpt");
  EXPECT_EQ(series.session(2)->status, SessionStatus::kStop);
}

TEST_F(TensorFlowTest, Embeddings) {
  const auto& embeddings = log_.find("v1")->embeddings();
  ASSERT_THAT(embeddings, SizeIs(1));
  EXPECT_EQ(embeddings[0].name, "words");
  const absl::StatusOr<EmbeddingValue> value = embeddings[0].read();
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(value->points, 2);
  EXPECT_THAT(value->values, ElementsAre(1, 2.5, -3, 0));
  EXPECT_THAT(value->metadata, ElementsAre("eins", "zwei"));
}

}  // namespace
}  // namespace tblog
