// SPDX-License-Identifier: Apache-2.0
//
// A record of images that waits to be compressed. It waits as a whole record
// whose PNGs are stored, so that all that is done with what waits can be done
// with it; the thread that writes puts the compressed one in its place.
// Thread-compatible.

#ifndef TBLOG_SRC_WRITER_STORED_IMAGES_H_
#define TBLOG_SRC_WRITER_STORED_IMAGES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/image/encode.h"
#include "src/summary/value.h"

namespace tblog::internal {

// What the record has beside its PNGs.
struct StoredImages {
  int32_t width = 0;
  int32_t height = 0;
  int32_t channels = 0;
  std::vector<size_t> png_bytes;  // of each image
  double wall_time = 0;
  int64_t step = 0;
  std::string tag = {};
  std::string metadata = {};
  ValueField field = kValueTensor;
};

// What stored PNGs are made of, borrowed.
struct ImagesToStore {
  StoredImages images;
  std::span<const EncodedImage> rows;  // of PngForm::kRows
};

// Bytes of the fields with the PNGs, which are the end of the message.
size_t png_fields_bytes(const StoredImages& images);

// The message of images of one size: a tensor, or for kValueImage an image in
// the form of old. `channels` as in encode_legacy_image().
std::string image_message(ValueField field, int32_t width, int32_t height,
                          int32_t channels,
                          const std::vector<std::string_view>& pngs);

// A record of the one value whose message is `head` and the PNGs, without their
// checksums and its own. Its memory, that of the empty `record` where it does,
// is all that is allocated.
std::string stored_record(const StoredImages& images, std::string_view head,
                          std::span<const EncodedImage> rows,
                          std::string record);

// Fills in the checksums of a record of stored_record() and of its PNGs.
// Async-signal-safe.
void seal_record(const StoredImages& images, std::string& record) noexcept;

// The same record with its PNGs compressed.
std::string compress_record(const StoredImages& images,
                            std::string_view record);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_STORED_IMAGES_H_
