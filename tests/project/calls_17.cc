// SPDX-License-Identifier: Apache-2.0
//
// Every kind of call that a C++17 user makes, under -pedantic-errors. It is
// compiled and linked; calls_20.cc has what C++20 adds.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tblog/tblog.h"

// What a library of ours brings along must not be protobuf: the user's program
// may have another one.
#if defined(GOOGLE_PROTOBUF_VERSION) || defined(PROTOBUF_VERSION) || \
    defined(GOOGLE_PROTOBUF_PORT_) || defined(PROTOBUF_EXPORT)
#error "a public header includes protobuf"
#endif

namespace {

void log_scalars(tblog::SummaryWriter& writer) {
  const float f = 0.5f;
  const double d = 0.25;
  const int i = 7;
  const int64_t step = 1;
  const size_t n = 2;
  const uint32_t u = 3;
  writer.scalar("a", f, step);
  writer.scalar("a", d, n);
  writer.scalar("a", i, u);
  writer.scalar("a", 1, 1);
  writer.scalar("a", f);
  writer.scalar("a", f, {step, 1.7e9});
  writer.scalar("a", f, {n, 1.7e9});
  writer.scalar("a", f, tblog::kCurrentStep);
  writer.scalar(std::string("a"), f, step);
  writer.scalar("a", tblog::TensorView(&f, {}), step);
  writer.scalars({{"loss", f}, {"acc", d}, {"n", i}}, step);
  const std::map<std::string, double> values;
  writer.scalars(values.begin(), values.end(), step);
}

void log_tensors(tblog::SummaryWriter& writer) {
  using tblog::TensorView;
  const int64_t step = 1;
  std::vector<float> v(3);
  std::array<double, 2> a{};
  const float c[4] = {};
  std::vector<uint8_t> pixels(12);
  writer.histogram("h", v, step);
  writer.histogram("h", a, step);
  writer.histogram("h", c, step);
  writer.histogram("h", v);
  writer.histogram("h", {v.data(), {1, 3}}, step);
  writer.histogram("h", {v.data(), {3, 1}, {1, 3}}, step);
  writer.histogram(
      "h", [&] { return v; }, step);
  tblog::HistogramOptions options;
  options.buckets = 50;
  writer.histogram("h", v, step, options);
  writer.histogram("h", v, tblog::kCurrentStep, options);
  writer.image("i", TensorView(pixels.data(), {2, 2, 3}), step);
  writer.image("i", tblog::ImageBytes{"png"}, step);
  writer.tensor("t", TensorView(v.data(), {3, 1}), step);
}

void log_plugins(tblog::SummaryWriter& writer) {
  const int64_t step = 1;
  std::vector<float> v(3);
  const std::vector<uint8_t> labels = {0, 1, 1};
  const std::vector<int> faces = {0, 0, 0};
  const tblog::TensorView vertices(v.data(), {1, 3});
  writer.pr_curve("pr", labels, v, step);
  writer.pr_curve("pr", labels, v, step, {51, v});
  writer.pr_curve("pr counts", tblog::PrCurveCounts{v, v, v, v}, step);
  writer.mesh("mesh", {vertices, {faces.data(), {1, 3}}, vertices}, step);
  writer.mesh("cloud", {vertices}, {step, 1.7e9});
  tblog::CustomScalarLayout layout;
  layout.category("losses")
      .multiline("both", {"loss/.*", "val/.*"})
      .margin("band", {{"value", "lower", "upper"}});
  writer.layout(layout);
  writer.hparams({{"lr", 0.1}, {"opt", "adam"}, {"amp", true}, {"n", 10}});
  const std::map<std::string, std::string> texts;
  tblog::SummaryWriter child = writer.child("b");
  child.hparams(texts.begin(), texts.end());
  tblog::HParamsExperiment{{{"lr"}, {"opt", "", "", {"adam", "sgd"}}},
                           {{"loss"}, {"acc", "eval"}}}
      .write(writer);
  tblog::EmbeddingOptions options;
  options.labels = {"a"};
  writer.embedding("words", vertices, step, options);
  writer.embedding("words", vertices);
  writer.checkpoint("model.ckpt", step);
}

void log_media(tblog::SummaryWriter& writer) {
  const std::vector<float> v(3);
  const tblog::TensorView batch(v.data(), {1, 1, 1, 3});
  tblog::ImageOptions options;
  options.layout = tblog::Layout::kNHWC;
  options.boxes.push_back({0, 0, 1, 1, "label"});
  writer.images("b", batch, 0, options);
  writer.images("b", batch);
  writer.image_grid("g", batch, tblog::kCurrentStep, tblog::TileOptions());
  writer.image_grid("g", batch);
  writer.animation("m", batch, 0, tblog::AnimationOptions());
  writer.animation("m", batch);
  tblog::AudioOptions sound;
  sound.sample_rate_hz = 8000;
  writer.audio("s", v, 0, sound);
  writer.audio("s", v);
  writer.audio("s", tblog::AudioBytes{"RIFF"}, 1);
  writer.text_table("r", {{"a", "b"}, {"c"}}, 0);
  writer.text_table("r", {{"a", "b"}});
  const std::vector<std::vector<std::string>> rows(2);
  writer.text_table("r", rows, 1);
}

// A layer that knows nothing of tblog, as forward.h takes it.
struct Doubling {
  std::string name() const { return "double"; }
  std::vector<float> forward(const std::vector<float>& x) const {
    std::vector<float> y = x;
    for (float& value : y) value *= 2;
    return y;
  }
};

bool log_hooks(tblog::SummaryWriter& writer) {
  using tblog::Phase;
  using tblog::Rule;
  const int64_t step = 1;
  tblog::LayerHooks hooks(
      writer,
      {Rule::layers("double").outputs().gradients().histogram().stats(),
       Rule::layers("#0,#-1").outputs().image_grid().in(Phase::kInference),
       Rule::layers("*")
           .weights()
           .histogram()
           .every(std::chrono::seconds(30))
           .repeat(tblog::Repeat::kIndex),
       Rule::layers("double")
           .stats(tblog::Stat::kMean | tblog::Stat::kStd)
           .watch_nonfinite()
           .watch_norm()
           .watch_dead_units()
           .watch_saturation(),
       Rule::layers("*").weights().watch_update_ratio()});
  tblog::Capture capture = hooks.capture({"double", "block1/*"});
  std::vector<Doubling> layers(1);
  absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, layers);
  const std::vector<float> x = {1, 2};
  {
    tblog::StepScope scope = hooks.step(step, Phase("warmup"));
    {
      const tblog::NameScope prefix = hooks.scope("block1");
      hooks.tap("fc1", x);
    }
    if (tblog::forward(hooks, layers, x) != std::vector<float>{2, 4})
      return false;
    scope.end_backward();
  }
  return binding.ok() && capture["double"].size() == 2 &&
         capture["block1/fc1"].size() == 2;
}

void log_graphs(tblog::SummaryWriter& writer) {
  const std::vector<int64_t> strides = {1, 2};
  const size_t groups = 4;
  tblog::Graph graph;
  graph.node("conv1", "Conv2D").input("x").output_shape({1, 8, 8, 16});
  graph.node("conv2", std::string("Conv2D"))
      .input("conv1:0")
      .control_input("conv1")
      .output_shape({}, tblog::DType::kFloat32)
      .output_shape(tblog::GraphShape::unknown(), tblog::GraphType::string())
      .device("/device:CPU:0")
      .attribute("padding", "SAME")
      .attribute("name", std::string("x"))
      .attribute("groups", groups)
      .attribute("rate", 0.5f)
      .attribute("bias", true)
      .attribute("T", tblog::DType::kInt8)
      .attribute("window", tblog::GraphShape{3, 3})
      .attribute("strides", strides)
      .attribute("list", {1, 2})
      .attribute("texts", {"a", "b"});
  writer.graph(graph);
  writer.graph(tblog::GraphDefBytes{"no graph"});
  tblog::RunMetadata metadata;
  metadata.node("conv1")
      .start(std::chrono::microseconds(1))
      .duration(std::chrono::milliseconds(2))
      .memory(4096);
  writer.run_metadata("step 1", metadata, 1);
  writer.run_metadata("bytes", tblog::RunMetadataBytes{"no metadata"}, 1);
  if (tblog::graph_from_onnx("no model").ok()) writer.graph(tblog::Graph(), 2);
}

absl::Status log_the_rest(tblog::SummaryWriter& writer) {
  const int64_t step = 1;
  writer.text("t", "**x**", step);
  writer.text("t", std::string("x"));
  tblog::SeriesInfo info;
  info.display_name = "A";
  writer.describe("a", info);
  writer.set_step(step);
  tblog::SummaryWriter test = writer.child("test");
  tblog::SummaryWriter same = test.share();
  test = tblog::SummaryWriter::null();
  const tblog::SummaryWriter moved = std::move(same);
  if (moved.enabled() && moved.should_log("a", step)) return moved.status();
  if (absl::Status s = writer.flush(tblog::FlushLevel::kDisk); !s.ok())
    return s;
  return writer.close();
}

}  // namespace

// Linked with calls_20.cc, which runs it.
absl::Status log_all_17(const std::string& logdir) {
  tblog::WriterOptions options;
  options.max_flush_delay = std::chrono::milliseconds(100);
  absl::StatusOr<tblog::SummaryWriter> writer =
      tblog::SummaryWriter::open(logdir, options);
  if (!writer.ok()) return writer.status();
  log_scalars(*writer);
  log_tensors(*writer);
  log_plugins(*writer);
  log_media(*writer);
  log_graphs(*writer);
  if (!log_hooks(*writer)) return absl::InternalError("the hooks saw nothing");
  return log_the_rest(*writer);
}
