// SPDX-License-Identifier: Apache-2.0
//
// Trains a small convolutional network on handwritten digits, with every layer
// hooked in training and in inference, and logs what a TensorBoard page can
// show. Ends with the accuracy on held-out digits.
//
//   digits [--logdir DIR] [--epochs N] [--data FILE]

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <numbers>
#include <numeric>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "digits/data.h"
#include "digits/loss.h"
#include "digits/network.h"
#include "digits/picture.h"
#include "digits/random.h"
#include "digits/tensor_source.h"
#include "digits/tour.h"
#include "tblog/forward.h"
#include "tblog/layer_hooks.h"
#include "tblog/summary_writer.h"

namespace digits {
namespace {

using tblog::Phase;
using tblog::Rule;

constexpr uint64_t kSeed = 1;
constexpr Index kHeldOut = 360;
constexpr size_t kTrainBatch = 32;
constexpr size_t kTestBatch = 90;
constexpr double kLearningRate = 3e-3;
constexpr int64_t kHistogramSteps = 45;  // an epoch

// Inference on the held-out digits. The phase's name is that of its run.
constexpr Phase kTest("test");

// What is looked at inside the network.
std::vector<Rule> rules() {
  return {
      Rule::layers("*")
          .outputs()
          .gradients()
          .histogram()
          .in(Phase::kTrain)
          .every(kHistogramSteps),
      Rule::layers("*")
          .weights()
          .weight_gradients()
          .histogram()
          .in(Phase::kTrain)
          .every(kHistogramSteps),
      Rule::layers("*").outputs().histogram().in(kTest),
      Rule::layers("relu1,relu2,relu3").outputs().image_grid().in(kTest),
      // The filters of the first layer.
      Rule::layers("#0")
          .weights()
          .image_grid()
          .in(Phase::kTrain)
          .every(kHistogramSteps),
      // What differs between the phases.
      Rule::layers("norm1,dropout")
          .outputs()
          .stats()
          .in(Phase::kTrain)
          .every(kHistogramSteps),
      Rule::layers("norm1,dropout").outputs().stats().in(kTest),
      // How far each step moves the weights, and which units never speak.
      Rule::layers("*")
          .weights()
          .watch_update_ratio()
          .in(Phase::kTrain)
          .every(kHistogramSteps),
      Rule::type("Relu")
          .outputs()
          .watch_dead_units()
          .in(Phase::kTrain)
          .every(kHistogramSteps),
      // By how long each layer takes, the Graphs page colours it.
      Rule::layers("*").times().in(Phase::kTrain).every(kHistogramSteps),
      Rule::layers("*").times().in(kTest),
  };
}

struct Score {
  double loss = 0;      // mean, in nats
  double accuracy = 0;  // in [0, 1]
  Index correct = 0;
};

// Sums what several batches scored.
class Tally {
 public:
  void add(const Loss& loss, Index count) {
    loss_sum_ += loss.mean * static_cast<double>(count);
    correct_ += loss.correct;
    count_ += count;
  }
  Score score() const {
    const auto count = static_cast<double>(count_);
    return {loss_sum_ / count, static_cast<double>(correct_) / count, correct_};
  }

 private:
  double loss_sum_ = 0;
  Index correct_ = 0;
  Index count_ = 0;
};

std::vector<Index> indices_of(const Dataset& data) {
  std::vector<Index> indices(static_cast<size_t>(data.size()));
  std::iota(indices.begin(), indices.end(), Index{0});
  return indices;
}

// Calls visit(batch) with `data` in the order of `indices`, `size` at a time;
// the last batch may be smaller.
template <class Visit>
void for_each_batch(const Dataset& data, std::span<const Index> indices,
                    size_t size, Visit&& visit) {
  for (size_t i = 0; i < indices.size(); i += size) {
    visit(select(data, indices.subspan(i, std::min(size, indices.size() - i))));
  }
}

class Experiment {
 public:
  Experiment(const Split& data, const std::string& logdir, int64_t epochs)
      : data_(data),
        order_(indices_of(data.train)),
        steps_(epochs * static_cast<int64_t>((order_.size() + kTrainBatch - 1) /
                                             kTrainBatch)),
        writer_(logdir),
        train_(writer_.child("train")),
        test_(writer_.child("test")),
        hooks_(writer_, rules(), {.phase_runs = tblog::PhaseRuns::kChild}),
        binding_(tblog::attach(hooks_, layers_)) {
    writer_.text("model", describe_layers(), 0);
    hooks_.log_graph();
    for (tblog::SummaryWriter* run : {&train_, &test_}) {
      run->describe("loss", {.description = "softmax cross entropy in *nats*"});
      run->describe("accuracy", {.description = "share of digits read right"});
    }
  }

  // Whether the hooks found what their rules name.
  absl::Status status() const { return binding_.status(); }
  Layers& layers() { return layers_; }
  int64_t step() const { return step_; }
  tblog::SummaryWriter& writer() { return writer_; }

  Score train_epoch() {
    set_training(layers_, true);
    random_.shuffle(order_);
    Tally tally;
    for_each_batch(data_.train, order_, kTrainBatch, [&](Dataset batch) {
      jitter(batch.images, random_);
      tally.add(train_batch(batch), batch.size());
    });
    return tally.score();
  }

  // On the held-out digits, whose outputs the hooks merge over all batches.
  Score evaluate() {
    set_training(layers_, false);
    Tally tally;
    auto scope = hooks_.step(step_, kTest);
    for_each_batch(
        data_.test, indices_of(data_.test), kTestBatch, [&](Dataset batch) {
          const Tensor logits = tblog::forward(hooks_, layers_, batch.images);
          tally.add(softmax_cross_entropy(logits, batch.labels), batch.size());
        });
    const Score score = tally.score();
    test_.scalars({{"loss", score.loss}, {"accuracy", score.accuracy}}, step_);
    return score;
  }

  // The held-out digits that are read wrong: their pictures, and in the same
  // order a table of what they were taken for.
  void log_misclassified() {
    set_training(layers_, false);
    const Tensor logits = tblog::forward(hooks_, layers_, data_.test.images);
    const Tensor probabilities =
        softmax_cross_entropy(logits, data_.test.labels).probabilities;
    std::vector<Index> wrong;
    std::ostringstream table;
    table << std::fixed << std::setprecision(1)
          << "| # | meant | read as | probability | of the right one |\n"
             "|--:|:-:|:-:|--:|--:|\n";
    for (Index n = 0; n < data_.test.size(); ++n) {
      const int label = data_.test.labels[static_cast<size_t>(n)];
      const int read = largest(logits, n);
      if (read == label) continue;
      wrong.push_back(n);
      const auto p = probabilities.matrix().row(n);
      table << "| " << wrong.size() << " | **" << label << "** | **" << read
            << "** | " << 100 * p[read] << " % | " << 100 * p[label]
            << " % |\n";
    }
    if (wrong.empty()) {
      test_.text("misclassified/table", "none", step_);
      return;
    }
    const auto columns = std::min<Index>(5, static_cast<Index>(wrong.size()));
    test_.image("misclassified/digits",
                mosaic(select(data_.test, wrong).images, columns, 12), step_,
                {.layout = tblog::Layout::kHW});
    test_.text("misclassified/table", table.str(), step_);
  }

 private:
  // A table of the layers.
  std::string describe_layers() const {
    std::ostringstream table;
    table << "| # | layer | type | parameters |\n|--:|---|---|---|\n";
    for (size_t i = 0; i < layers_.size(); ++i) {
      table << "| " << i << " | " << layers_[i]->name() << " | "
            << layers_[i]->type() << " | ";
      for (const Parameter& p : layers_[i]->parameters()) {
        table << p.name << " " << p.value.size() << " ";
      }
      table << "|\n";
    }
    return table.str();
  }

  Loss train_batch(const Dataset& batch) {
    auto scope = hooks_.step(step_, Phase::kTrain);
    const Tensor logits = tblog::forward(hooks_, layers_, batch.images);
    const Loss loss = softmax_cross_entropy(logits, batch.labels);
    tblog::backward(hooks_, layers_, loss.gradient);
    scope.end_backward();  // before the weights change

    const double rate = learning_rate();
    adam_.step(static_cast<float>(rate));
    const auto size = static_cast<double>(batch.size());
    train_.scalars({{"loss", loss.mean},
                    {"accuracy", static_cast<double>(loss.correct) / size},
                    {"learning_rate", rate}},
                   step_);
    if (step_ % (5 * kHistogramSteps) == 0) {
      train_.image("inputs/batch", mosaic(batch.images, 8, 6), step_,
                   {.layout = tblog::Layout::kHW});
    }
    ++step_;
    return loss;
  }

  // Falls from kLearningRate to 0 as half a cosine.
  double learning_rate() const {
    const double done =
        static_cast<double>(step_) / static_cast<double>(steps_);
    return kLearningRate * (0.5 + 0.5 * std::cos(std::numbers::pi * done));
  }

  const Split& data_;
  std::vector<Index> order_;
  int64_t steps_;  // of the whole training
  int64_t step_ = 0;
  Random random_{kSeed + 2};
  Layers layers_ = make_network(kSeed);
  Adam adam_{layers_};

  tblog::SummaryWriter writer_;
  tblog::SummaryWriter train_;
  tblog::SummaryWriter test_;
  tblog::LayerHooks hooks_;
  absl::StatusOr<tblog::Binding> binding_;
};

struct Arguments {
  std::string logdir;  // empty: a new one
  std::string data = DIGITS_DATA;
  int64_t epochs = 30;
};

// Nothing where the arguments are not understood.
std::optional<Arguments> parse(std::span<char*> words) {
  Arguments arguments;
  if (words.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < words.size(); i += 2) {
    const std::string_view name = words[i], value = words[i + 1];
    if (name == "--logdir" && !value.empty()) {
      arguments.logdir = value;
    } else if (name == "--data") {
      arguments.data = value;
    } else if (name == "--epochs") {
      char* end = nullptr;
      arguments.epochs = std::strtol(words[i + 1], &end, 10);
      if (*end != '\0' || arguments.epochs < 1) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

// Steps begin at 0 again: two trainings in one run would show as one curve that
// jumps back.
std::string new_logdir() {
  std::string logdir = "runs/digits";
  for (int i = 2; std::filesystem::exists(logdir); ++i) {
    logdir = "runs/digits-" + std::to_string(i);
  }
  return logdir;
}

void print_scores(int64_t epoch, const Score& train, const Score& test) {
  std::cout << std::fixed << std::setw(8) << epoch << std::setprecision(4)
            << std::setw(12) << train.loss << std::setprecision(2)
            << std::setw(10) << 100 * train.accuracy << " %"
            << std::setprecision(4) << std::setw(12) << test.loss
            << std::setprecision(2) << std::setw(10) << 100 * test.accuracy
            << " %" << std::endl;
}

int run(const Arguments& arguments) {
  const Split data = split(read_digits(arguments.data), kHeldOut);
  Experiment experiment(
      data, arguments.logdir.empty() ? new_logdir() : arguments.logdir,
      arguments.epochs);
  if (absl::Status status = experiment.status(); !status.ok()) {
    std::cerr << "digits: " << status << '\n';
    return EXIT_FAILURE;
  }
  std::cout << "digits: " << experiment.layers().size() << " layers with "
            << count_parameters(experiment.layers()) << " parameters, "
            << data.train.size() << " digits to learn, " << data.test.size()
            << " held out\n\n   epoch  train loss    accuracy   test loss    "
               "accuracy\n";
  Score test = experiment.evaluate();
  for (int64_t epoch = 1; epoch <= arguments.epochs; ++epoch) {
    const Score train = experiment.train_epoch();
    test = experiment.evaluate();
    print_scores(epoch, train, test);
  }
  experiment.log_misclassified();
  take_tour(experiment.layers(), data.test, std::cout);

  const absl::Status status = experiment.writer().close();
  std::cout << "\naccuracy on held-out digits: " << std::setprecision(2)
            << std::fixed << 100 * test.accuracy << " % (" << test.correct
            << " of " << data.test.size()
            << ")\nlogdir: " << experiment.writer().logdir() << '\n';
  if (!status.ok()) {
    std::cerr << "digits: not all of it was logged: " << status << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace digits

int main(int argc, char** argv) {
  const auto arguments =
      digits::parse(std::span(argv, static_cast<size_t>(argc)).subspan(1));
  if (!arguments.has_value()) {
    std::cerr << "usage: digits [--logdir DIR] [--epochs N] [--data FILE]\n";
    return 2;
  }
  try {
    return digits::run(*arguments);
  } catch (const std::exception& e) {
    std::cerr << "digits: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
