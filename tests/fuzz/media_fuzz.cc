// SPDX-License-Identifier: Apache-2.0
//
// The headers of images that the writer looks at, and WAVs that the tool
// measures: the first byte chooses.

#include "src/image/sniff.h"
#include "tests/fuzz/fuzz_file.h"
#include "tools/tblog/wav.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = tblog::fuzz::view(data + 1, size - 1);
  if (data[0] % 2 == 0) {
    if (const auto header = tblog::internal::sniff_image(bytes)) {
      tblog::fuzz::check(header->width >= 1 && header->height >= 1,
                         "an image without a size");
    }
  } else {
    if (const auto wav = tblog::tool::decode_wav(bytes, 16)) {
      tblog::fuzz::check(wav->channels >= 1 && wav->peaks.size() <= 16,
                         "a clip that is none");
    }
  }
  return 0;
}
