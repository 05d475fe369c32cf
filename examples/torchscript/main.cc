// SPDX-License-Identifier: Apache-2.0
//
// Finds speech in a recording with a TorchScript model, Silero VAD as the
// package silero-vad brings it, and shows in TensorBoard what goes on in its
// layers meanwhile. What had to be added to a program that only finds speech:
// the lines that name tblog.
//
//   torchscript_vad silero_vad.jit SPEECH.wav [LOGDIR]

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "tblog/tblog.h"
#include "tblog/torchscript.h"

namespace {

using tblog::Rule;
using tblog::Stat;

constexpr int64_t kRateHz = 16'000;
constexpr int64_t kWindow = 512;  // samples that the model takes at once

// ---- Sound ----

uint32_t number_at(const std::string& bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t i = size; i-- > 0;) {
    number = number << 8 | static_cast<uint8_t>(bytes.at(at + i));
  }
  return number;
}

// The samples of a WAV of one channel of 16 bits, [frames] in [-1, 1), at
// kRateHz.
at::Tensor read_wav(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  if (bytes.size() < 44 || bytes.compare(0, 4, "RIFF") != 0 ||
      number_at(bytes, 20, 2) != 1 || number_at(bytes, 22, 2) != 1 ||
      number_at(bytes, 34, 2) != 16 || bytes.compare(36, 4, "data") != 0) {
    throw std::runtime_error(path + " is no WAV of one channel of 16 bits");
  }
  const uint32_t rate_hz = number_at(bytes, 24, 4);
  const auto frames = static_cast<int64_t>((bytes.size() - 44) / 2);
  at::Tensor samples = at::empty({frames}, at::kShort);
  std::memcpy(samples.data_ptr(), bytes.data() + 44,
              static_cast<size_t>(frames) * 2);
  samples = samples.to(at::kFloat) / 32768;
  const int64_t wanted = frames * kRateHz / rate_hz;
  return at::upsample_linear1d(samples.view({1, 1, frames}), {wanted},
                               /*align_corners=*/false)
      .view({wanted});
}

// ---- What is looked at ----

tblog::LayerHooks make_hooks(const tblog::SummaryWriter& writer) {
  return tblog::LayerHooks(
      writer,
      {Rule::layers("_model.encoder.?")
           .outputs()
           .histogram()
           .stats(Stat::kMean | Stat::kMax | Stat::kZeroFraction),
       Rule::layers("_model.stft, _model.decoder.rnn").outputs().histogram()});
}

int run(const std::string& model_path, const std::string& wav_path,
        const std::string& logdir) {
  at::set_num_threads(1);
  const at::NoGradGuard no_grad;
  const at::Tensor samples = read_wav(wav_path);
  tblog::Hooked<torch::jit::Module> model = torch::jit::load(model_path);
  model.eval();

  tblog::SummaryWriter writer(logdir);
  tblog::LayerHooks hooks = make_hooks(writer);
  const absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, model);
  if (!binding.ok()) {
    std::cerr << binding.status() << '\n';
    return 1;
  }
  writer.audio("recording", samples, 0, {.sample_rate_hz = kRateHz});

  int64_t speech = 0;
  const int64_t windows = samples.size(0) / kWindow;
  for (int64_t window = 0; window < windows; ++window) {
    const at::Tensor x = samples.narrow(0, window * kWindow, kWindow);
    const auto scope = hooks.step(window, tblog::Phase::kInference);
    const at::Tensor probability =
        model.forward({x.view({1, kWindow}), kRateHz}).toTensor();
    writer.scalar("speech_probability", probability, window);
    writer.scalar("loudness", x.square().mean().sqrt(), window);
    speech += probability.item<float>() > 0.5f ? 1 : 0;
  }
  const absl::Status status = writer.close();
  if (!status.ok()) std::cerr << status << '\n';
  std::cout << "speech in " << speech << " of " << windows << " windows of "
            << kWindow * 1000 / kRateHz << " ms\n"
            << "logdir: " << writer.logdir() << '\n';
  return status.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "torchscript_vad silero_vad.jit SPEECH.wav [LOGDIR]\n";
    return 2;
  }
  try {
    return run(argv[1], argv[2], argc > 3 ? argv[3] : "runs/torchscript");
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
