// SPDX-License-Identifier: Apache-2.0

#include "src/writer/stored_images.h"

#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/event/event_encoder.h"
#include "src/event/wire.h"
#include "src/image/stored_png.h"
#include "src/record/framing.h"
#include "src/summary/image.h"
#include "src/summary/legacy.h"

namespace tblog::internal {
namespace {

// Field numbers of the PNGs, the last fields of a tensor, in its string_val,
// and of an Image of old; their keys take a byte.
constexpr uint32_t kPngField = 8;
constexpr uint32_t kLegacyPngField = 4;

// Calls visit(begin, bytes) for where each PNG stands in the record, the last
// one first: behind it there is the metadata and the record's checksum alone.
template <class F>
void for_each_png(const StoredImages& images, size_t record_bytes, F&& visit) {
  size_t end = record_bytes - kRecordFooterBytes;
  if (!images.metadata.empty())
    end -= wire::bytes_field_size(kValueMetadata, images.metadata.size());
  for (size_t i = images.png_bytes.size(); i-- > 0;) {
    const size_t bytes = images.png_bytes[i];
    visit(end - bytes, bytes);
    end -= wire::bytes_field_size(kPngField, bytes);
  }
}

// Up to the end of `message`, of which `rest` bytes follow.
size_t begin_record(const StoredImages& images, std::string_view message,
                    size_t rest, std::string& record) {
  const uint64_t values_bytes =
      value_size(images.tag, message.size() + rest, images.metadata.size());
  record.reserve(kRecordFramingBytes + summary_event_size(images.wall_time,
                                                          images.step,
                                                          values_bytes));
  const size_t payload =
      begin_summary_record(record, images.wall_time, images.step, values_bytes);
  append_value_head(record, images.tag, message, rest, images.metadata,
                    images.field);
  return payload;
}

}  // namespace

std::string image_message(ValueField field, int32_t width, int32_t height,
                          int32_t channels,
                          const std::vector<std::string_view>& pngs) {
  const std::string_view first = pngs.empty() ? "" : pngs.front();
  return field == kValueImage
             ? encode_legacy_image(width, height, channels, first)
             : encode_image_summary(width, height, pngs);
}

size_t png_fields_bytes(const StoredImages& images) {
  size_t sum = 0;
  for (const size_t bytes : images.png_bytes)
    sum += wire::bytes_field_size(kPngField, bytes);
  return sum;
}

std::string stored_record(const StoredImages& images, std::string_view head,
                          std::span<const EncodedImage> rows,
                          std::string record) {
  const uint32_t field =
      images.field == kValueImage ? kLegacyPngField : kPngField;
  const size_t payload =
      begin_record(images, head, png_fields_bytes(images), record);
  for (const EncodedImage& image : rows) {
    wire::put_bytes_header(record, field, stored_png_bytes(image.shape));
    append_stored_png(record, image.shape, image.fill_row);
  }
  append_metadata(record, images.metadata);
  store_record_header(record.data() + payload - kRecordHeaderBytes,
                      record.size() - payload);
  record.append(kRecordFooterBytes, '\0');
  return record;
}

void seal_record(const StoredImages& images, std::string& record) noexcept {
  for_each_png(images, record.size(), [&](size_t begin, size_t bytes) {
    seal_stored_png(record.data() + begin, bytes);
  });
  const std::string_view payload = std::string_view(record).substr(
      kRecordHeaderBytes, record.size() - kRecordFramingBytes);
  store_le32(record.data() + record.size() - kRecordFooterBytes,
             mask_crc(crc32c(payload)));
}

std::string compress_record(const StoredImages& images,
                            std::string_view record) {
  std::vector<std::string> compressed(images.png_bytes.size());
  size_t next = compressed.size();
  for_each_png(images, record.size(), [&](size_t begin, size_t bytes) {
    compressed[--next] = compress_stored_png(record.substr(begin, bytes));
  });
  const std::string message =
      image_message(images.field, images.width, images.height, images.channels,
                    {compressed.begin(), compressed.end()});
  std::string out;
  const size_t payload = begin_record(images, message, 0, out);
  append_metadata(out, images.metadata);
  finish_record(out, payload);
  return out;
}

}  // namespace tblog::internal
