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

// Field numbers of the PNGs in a tensor's string_val and in an Image; their
// keys take a byte.
constexpr uint32_t kPngField = 8;

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

size_t begin_record(const StoredImages& images, std::string_view message,
                    std::string& record) {
  const uint64_t values_bytes =
      value_size(images.tag, message.size(), images.metadata.size());
  record.reserve(kRecordFramingBytes + summary_event_size(images.wall_time,
                                                          images.step,
                                                          values_bytes));
  const size_t payload =
      begin_summary_record(record, images.wall_time, images.step, values_bytes);
  append_value(record, images.tag, message, images.metadata, images.field);
  return payload;
}

}  // namespace

std::string image_message(ValueField field, int32_t width, int32_t height,
                          int32_t channels,
                          const std::vector<std::string_view>& pngs) {
  return field == kValueImage
             ? encode_legacy_image(width, height, channels, pngs.front())
             : encode_image_summary(width, height, pngs);
}

std::string stored_record(const StoredImages& images,
                          std::string_view message) {
  std::string record;
  const size_t payload = begin_record(images, message, record);
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
  finish_record(out, begin_record(images, message, out));
  return out;
}

}  // namespace tblog::internal
