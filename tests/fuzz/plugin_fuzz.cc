// SPDX-License-Identifier: Apache-2.0
//
// The first byte chooses what the rest is: the content of a plugin, a tensor of
// its own, or a message that an event holds as bytes.

#include "src/reader/plain_value.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/value_checks.h"
#include "src/reader/value_decoder.h"
#include "tblog/graph_value.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

namespace in = tblog::internal;

// What is told without the generated classes is what they say.
void check_plain(const in::ValueView& value,
                 const tblog::proto::Summary::Value& message) {
  using Kind = tblog::ValueKind;
  if (value.has_metadata && !in::decode_metadata(value).ok()) return;
  for (const Kind kind : {Kind::kHistogram, Kind::kImage, Kind::kAudio,
                          Kind::kText, Kind::kTensor, Kind::kOther}) {
    if (!in::is_plain_and_right(kind, value)) continue;
    tblog::fuzz::check(in::check_value(kind, message).ok(), "it is not right");
    if (!in::is_harmless(kind, value)) continue;
    in::check_value_traps(kind, message, "", [](in::TrapId, std::string) {
      tblog::fuzz::check(false, "a harmless value is a trap");
    });
  }
  if (const auto quick = in::decode_plain_histogram(value)) {
    const auto slow = in::decode_histogram(message);
    tblog::fuzz::check(
        slow.ok() && slow->buckets.size() == quick->buckets.size(),
        "another histogram");
  }
}

void decode_value(std::string_view bytes) {
  in::ValueView value;
  tblog::proto::Summary::Value message;
  if (!in::parse_value(bytes, &value) ||
      !in::parse_message(bytes, &message).ok())
    return;
  check_plain(value, message);
  (void)in::decode_scalar(value).ok();
  (void)in::decode_histogram(message).ok();
  (void)in::decode_image(message).ok();
  (void)in::decode_audio(message).ok();
  (void)in::decode_text(message).ok();
  (void)in::decode_pr_curve(message).ok();
  (void)in::decode_mesh(message, bytes).ok();
  (void)in::decode_layout(message).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = tblog::fuzz::view(data + 1, size - 1);
  const auto ignore = [](in::TrapId, const std::string&) {};
  switch (data[0] % 7) {
    case 0:
      (void)in::decode_mesh_content(bytes).ok();
      break;
    case 1:
      (void)in::decode_hparams(bytes).ok();
      break;
    case 2:
      (void)tblog::decode_graph(bytes).ok();
      in::check_graph(bytes, ignore);
      break;
    case 3:
      (void)tblog::decode_run_metadata(bytes).ok();
      break;
    case 4:
      (void)in::decode_session(bytes).ok();
      break;
    case 5:
      for (const char* plugin :
           {"scalars", "images", "text", "mesh", "hparams"})
        in::check_content(plugin, bytes, ignore);
      break;
    default:
      decode_value(bytes);
  }
  return 0;
}
