// SPDX-License-Identifier: Apache-2.0
//
// The headers of images that the writer looks at, ONNX models that it reads,
// and WAVs that the tool measures: the first byte chooses.

#include "src/image/sniff.h"
#include "tblog/onnx_graph.h"
#include "tests/fuzz/fuzz_file.h"
#include "tools/tblog/wav.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = tblog::fuzz::view(data + 1, size - 1);
  if (data[0] % 3 == 0) {
    if (const auto header = tblog::internal::sniff_image(bytes)) {
      tblog::fuzz::check(header->width >= 1 && header->height >= 1,
                         "an image without a size");
    }
  } else if (data[0] % 3 == 1) {
    if (const auto wav = tblog::tool::decode_wav(bytes, 16)) {
      tblog::fuzz::check(wav->channels >= 1 && wav->peaks.size() <= 16,
                         "a clip that is none");
    }
  } else {
    (void)tblog::graph_from_onnx(bytes).ok();
  }
  return 0;
}
