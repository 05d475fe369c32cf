// SPDX-License-Identifier: Apache-2.0
//
// Files by PyTorch's writer and by tensorboardX, which it came from; what
// makers/make_torch.py and make_tensorboardx.py logged is mostly the same.

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
using ::testing::StartsWith;
using namespace tblog::testing;  // NOLINT: the helpers of golden_log.h

using Datum = HParamsValue::Datum;

class TorchTest : public ::testing::TestWithParam<const char*> {
 protected:
  bool is_torch() const { return GetParam() == std::string("torch"); }
  const Series& series(std::string_view tag, ValueKind kind) const {
    return find(log_, "run", tag, kind);
  }
  LogReader log_ = golden_log(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Writers, TorchTest,
                         ::testing::Values("torch", "tensorboardx"),
                         [](const auto& writer) {
                           return std::string(writer.param);
                         });

TEST_P(TorchTest, Scalars) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Series& loss = series("loss", ValueKind::kScalar);
  EXPECT_THAT(loss.steps(), ElementsAre(0, 10, 20, 30));
  EXPECT_THAT(loss.values(),
              ElementsAre(.5, double{.1f}, ::testing::IsNan(), infinity));
  const std::string below = is_torch() ? "run/both_" : "run/both/";
  EXPECT_THAT(find(log_, below + "a", "both", ValueKind::kScalar).values(),
              ElementsAre(1));
  EXPECT_THAT(find(log_, below + "b", "both", ValueKind::kScalar).values(),
              ElementsAre(2));
  if (!is_torch()) return;
  EXPECT_THAT(series("new", ValueKind::kScalar).values(),
              ElementsAre(.5, .1, ::testing::IsNan(), infinity));
}

TEST_P(TorchTest, Histograms) {
  // {1, 1, 2} on the grid of powers of 1.1: the outer buckets end at the
  // extremes.
  const auto grid =
      rows(*series("weights", ValueKind::kHistogram).histogram(0));
  ASSERT_THAT(grid, SizeIs(9));
  EXPECT_EQ(grid.front()[0], 1);
  EXPECT_EQ(grid.front()[2], 2);
  EXPECT_EQ(grid.back()[1], 2);
  EXPECT_EQ(grid.back()[2], 1);
  EXPECT_THAT(rows(*series("bins", ValueKind::kHistogram).histogram(0)),
              ElementsAre(ElementsAre(0, 1, 1), ElementsAre(1, 2, 2),
                          ElementsAre(2, 3, 1)));
  EXPECT_THAT(rows(*series("raw", ValueKind::kHistogram).histogram(0)),
              ElementsAre(ElementsAre(-1, 0, 4), ElementsAre(0, 2, 0),
                          ElementsAre(2, 5, 5)));
}

// Number [c, h, w] of the makers' pictures, [2, 3, 3, 4], is 3 times its
// index; the grid has them side by side.
TEST_P(TorchTest, Images) {
  for (const char* tag : {"picture", "grid"}) {
    const ImageValue value = *series(tag, ValueKind::kImage).image(0);
    ASSERT_THAT(value.images, SizeIs(1));
    const DecodedPng png = decode_png(value.images[0]);
    ASSERT_TRUE(png.ok);
    EXPECT_EQ(png.width, tag == std::string("grid") ? 8u : 4u);
    EXPECT_EQ(value.width, static_cast<int>(png.width));
    EXPECT_EQ(value.height, 3);
    ASSERT_EQ(png.channels, 3);
    for (size_t h = 0; h < 3; ++h) {
      for (size_t w = 0; w < png.width; ++w) {
        for (size_t c = 0; c < 3; ++c) {
          const size_t index = (w / 4 * 3 + c) * 12 + h * 4 + w % 4;
          EXPECT_EQ(png.pixels[(h * png.width + w) * 3 + c], 3 * index);
        }
      }
    }
  }
  if (is_torch()) return;
  const ImageValue boxes = *series("boxes", ValueKind::kImage).image(0);
  ASSERT_THAT(boxes.images, SizeIs(1));
  EXPECT_TRUE(decode_png(boxes.images[0]).ok);
}

TEST_P(TorchTest, Audio) {
  const AudioValue audio = *series("clip", ValueKind::kAudio).audio(0);
  ASSERT_THAT(audio.clips, SizeIs(1));
  EXPECT_EQ(audio.sample_rate_hz, 8000);
  EXPECT_EQ(audio.content_type, "audio/wav");
  if (is_torch()) {  // which knows one channel only
    EXPECT_EQ(audio.channels, 1);
    EXPECT_THAT(last_samples(audio.clips[0], 4),
                ElementsAre(0, 16383, -16383, -32767));
  } else {
    EXPECT_EQ(audio.channels, 2);
    EXPECT_EQ(audio.frames, 2);
    EXPECT_THAT(last_samples(audio.clips[0], 4),
                ElementsAre(0, 16384, -16384, -32768));
  }
}

TEST_P(TorchTest, TextsMeshesCurvesAndLayouts) {
  const TextValue text = *series("note/text_summary", ValueKind::kText).text(0);
  EXPECT_THAT(text.shape, ElementsAre(1));
  EXPECT_THAT(text.texts, ElementsAre("**größe**"));
  expect_tetrahedron(*log_.find("run"));
  expect_pr_curve(series("pr", ValueKind::kPrCurve));
  const PrCurveValue raw = *series("pr raw", ValueKind::kPrCurve).pr_curve(0);
  EXPECT_THAT(raw.thresholds, ElementsAre(0, 1));
  EXPECT_THAT(raw.true_positives, ElementsAre(3, 1));
  EXPECT_THAT(raw.false_positives, ElementsAre(2, 0));
  EXPECT_THAT(raw.true_negatives, ElementsAre(0, 2));
  EXPECT_THAT(raw.false_negatives, ElementsAre(0, 2));
  EXPECT_THAT(raw.precision, ElementsAre(double{.6f}, 1));
  EXPECT_THAT(raw.recall, ElementsAre(1, double{1 / 3.f}));
  expect_losses(
      *series("custom_scalars__config__", ValueKind::kLayout).layout(0));
}

TEST_P(TorchTest, Hyperparameters) {
  const auto hparams = [&](const char* tag) {
    return *find(log_, "run/trial", tag, ValueKind::kHParams).hparams(0);
  };
  const HParamsValue start = hparams("_hparams_/session_start_info");
  // PyTorch takes a bool for a number.
  const Datum amp = is_torch() ? Datum(1.) : Datum(true);
  using Pair = std::pair<std::string, Datum>;
  EXPECT_THAT(std::get<HParamsValue::SessionStart>(start.what).hparams,
              ElementsAre(Pair("amp", amp), Pair("epochs", 3.), Pair("lr", .01),
                          Pair("optimizer", "adam")));
  const HParamsValue end = hparams("_hparams_/session_end_info");
  EXPECT_EQ(std::get<HParamsValue::SessionEnd>(end.what).status,
            HParamsValue::Status::kSuccess);
  const HParamsValue all = hparams("_hparams_/experiment");
  const auto& experiment = std::get<HParamsValue::Experiment>(all.what);
  ASSERT_THAT(experiment.hparams, SizeIs(4));
  EXPECT_EQ(experiment.hparams[1].name, "optimizer");
  EXPECT_EQ(experiment.hparams[1].type, HParamsValue::Type::kString);
  if (is_torch()) {
    EXPECT_THAT(std::get<std::vector<Datum>>(experiment.hparams[1].domain),
                ElementsAre(Datum("adam"), Datum("sgd")));
  }
  ASSERT_THAT(experiment.metrics, SizeIs(1));
  EXPECT_EQ(experiment.metrics[0].tag, "accuracy");
  EXPECT_THAT(find(log_, "run/trial", "accuracy", ValueKind::kScalar).values(),
              ElementsAre(.75));
}

TEST_P(TorchTest, Embeddings) {
  const auto& embeddings = log_.find("run")->embeddings();
  ASSERT_THAT(embeddings, SizeIs(is_torch() ? 2 : 1));
  EXPECT_EQ(embeddings[0].name, "words:00009");
  EXPECT_EQ(embeddings[0].sprite_width, 2);
  EXPECT_EQ(embeddings[0].sprite_height, 2);
  absl::StatusOr<EmbeddingValue> words = embeddings[0].read();
  ASSERT_THAT(words, IsOk());
  EXPECT_EQ(words->points, 3);
  EXPECT_EQ(words->dimensions, 2);
  EXPECT_THAT(words->values, ElementsAre(1, 2.5, -3, 0, .5, .25));
  EXPECT_THAT(words->columns, IsEmpty());
  EXPECT_THAT(words->metadata, ElementsAre("eins", "zwei", "drei"));
  const DecodedPng sprite = decode_png(words->sprite);
  ASSERT_TRUE(sprite.ok);
  EXPECT_EQ(sprite.width, 4u);  // two images a row
  if (!is_torch()) return;
  absl::StatusOr<EmbeddingValue> columns = embeddings[1].read();
  ASSERT_THAT(columns, IsOk());
  EXPECT_THAT(columns->columns, ElementsAre("name", "color"));
  EXPECT_THAT(columns->metadata, ElementsAre("a", "red"));
}

// Linear(3, 2), then relu, called with [1, 3].
TEST(TorchGraphTest, HasOperationsAndShapes) {
  const LogReader log = golden_log("torch");
  const GraphDefValue graph =
      *find(log, "run", "__run_graph__", ValueKind::kGraph).graph(0);
  std::vector<std::string> ops;
  for (const GraphDefValue::Node& node : graph.nodes) ops.push_back(node.op);
  EXPECT_THAT(ops, ::testing::UnorderedElementsAre(
                       "IO Node", "IO Node", "prim::GetAttr", "prim::GetAttr",
                       "aten::linear", "aten::relu"));
  for (const GraphDefValue::Node& node : graph.nodes) {
    if (node.op != "aten::relu") continue;
    EXPECT_THAT(node.name, StartsWith("Model/"));
    EXPECT_THAT(node.output_shapes, ElementsAre(Optional(ElementsAre(1, 2))));
    ASSERT_THAT(node.inputs, SizeIs(1));
    EXPECT_THAT(node.inputs[0], StartsWith("Model/Linear[dense]/"));
  }
  // The profile that comes with it is empty but for its device.
  const RunMetadataValue profile =
      *find(log, "run", "step1", ValueKind::kRunMetadata).run_metadata(0);
  ASSERT_THAT(profile.devices, SizeIs(1));
  EXPECT_THAT(profile.devices[0].nodes, IsEmpty());
}

TEST(TensorboardXTest, AResumedRunHasASessionLog) {
  const LogReader log = golden_log("tensorboardx");
  const Series& session =
      find(log, "run_resumed", "__session_log__", ValueKind::kSession);
  EXPECT_THAT(session.steps(), ElementsAre(3));
  EXPECT_EQ(session.session(0)->status, SessionStatus::kStart);
}

}  // namespace
}  // namespace tblog
