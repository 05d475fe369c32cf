// SPDX-License-Identifier: Apache-2.0
//
// The files of an embedding, see tblog/embedding_value.h.

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/endian.h"
#include "src/base/strings.h"
#include "src/reader/small_file.h"
#include "tblog/embedding_value.h"

namespace tblog {
namespace {

namespace fs = std::filesystem;
using internal::escaped;
using internal::to_absl;

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 31;
constexpr int64_t kMaxCells = int64_t{1} << 24;  // of metadata

// `path` below `directory`, with all links resolved.
absl::StatusOr<std::string> resolved(const std::string& directory,
                                     const std::string& path) {
  // The system would see the path's first part only.
  if (path.find('\0') != std::string::npos)
    return absl::InvalidArgumentError("a path of the config has a NUL");
  std::error_code error;
  const fs::path base = fs::canonical(directory, error);
  const fs::path target =
      error ? fs::path() : fs::canonical(base / path, error);
  if (error) {
    return absl::ErrnoToStatus(
        error.value(), absl::StrCat("cannot open ", escaped(path, 4096), " of ",
                                    escaped(directory, 4096)));
  }
  const auto [end, rest] =
      std::mismatch(base.begin(), base.end(), target.begin(), target.end());
  if (end == base.end() && rest != target.end()) return target.native();
  return absl::InvalidArgumentError(absl::StrCat(
      escaped(path, 4096), " leads outside of ", escaped(directory, 4096)));
}

absl::StatusOr<std::string> read_below(const std::string& directory,
                                       const std::string& path) {
  absl::StatusOr<std::string> whole = resolved(directory, path);
  if (!whole.ok()) return whole.status();
  return internal::read_small_file(*whole, kMaxFileBytes);
}

// Calls f(line) for each line, without its end, until f says false.
template <class F>
bool for_each_line(std::string_view text, F&& f) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!f(line)) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

template <class F>
bool for_each_cell(std::string_view line, F&& f) {
  while (true) {
    const size_t end = std::min(line.find('\t'), line.size());
    if (!f(line.substr(0, end))) return false;
    if (end == line.size()) return true;
    line.remove_prefix(end + 1);
  }
}

int64_t cells_in(std::string_view line) {
  return 1 + std::count(line.begin(), line.end(), '\t');
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\f\v") == std::string_view::npos;
}

absl::Status fill_text_tensor(std::string_view text, EmbeddingValue& value) {
  std::string reason;
  for_each_line(text, [&](std::string_view line) {
    if (is_blank(line)) return true;
    const int64_t cells = cells_in(line);
    if (value.points++ == 0) value.dimensions = cells;
    if (cells != value.dimensions) {
      reason = absl::StrCat("point ", value.points, " has ", cells,
                            " numbers, the first one ", value.dimensions);
      return false;
    }
    return for_each_cell(line, [&](std::string_view cell) {
      float number;
      if (absl::SimpleAtof(to_absl(cell), &number)) {
        value.values.push_back(number);
        return true;
      }
      reason = absl::StrCat("\"", escaped(cell), "\" is no number");
      return false;
    });
  });
  return reason.empty() ? absl::OkStatus() : absl::InvalidArgumentError(reason);
}

// Whether that many bytes are a float32 for each element of a matrix.
bool fits(const std::vector<int64_t>& shape, size_t bytes) {
  int64_t size = 0;
  return shape.size() == 2 && shape[0] >= 0 && shape[1] >= 0 &&
         !__builtin_mul_overflow(shape[0], shape[1], &size) && bytes % 4 == 0 &&
         static_cast<uint64_t>(size) == bytes / 4;
}

absl::Status fill_binary_tensor(std::string_view bytes,
                                const std::vector<int64_t>& shape,
                                EmbeddingValue& value) {
  if (!fits(shape, bytes.size())) {
    return absl::InvalidArgumentError(
        absl::StrCat("the tensor's ", bytes.size(),
                     " bytes are not those of the shape in the config"));
  }
  value.points = shape[0];
  value.dimensions = shape[1];
  value.values.reserve(bytes.size() / 4);
  for (size_t i = 0; i < bytes.size(); i += 4) {
    value.values.push_back(
        std::bit_cast<float>(internal::load_le32(bytes.data() + i)));
  }
  return absl::OkStatus();
}

absl::Status fill_metadata(std::string_view text, EmbeddingValue& value) {
  if (!internal::is_valid_utf8(text))
    return absl::InvalidArgumentError("metadata that is not valid UTF-8");
  // As TensorBoard has it: a tab in the first line makes it a line of names.
  const std::string_view first = text.substr(0, text.find('\n'));
  const bool has_names = first.find('\t') != std::string_view::npos;
  const int64_t lines = std::count(text.begin(), text.end(), '\n') +
                        (!text.empty() && text.back() != '\n' ? 1 : 0) -
                        (has_names ? 1 : 0);
  if (lines != value.points) {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata of ", lines, " points for ", value.points));
  }
  const int64_t columns = has_names ? cells_in(first) : 1;
  if (lines > kMaxCells / columns) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "metadata of ", lines, " lines and ", columns, " columns"));
  }
  std::string reason;
  bool names = has_names;
  for_each_line(text, [&](std::string_view line) {
    std::vector<std::string>& out = names ? value.columns : value.metadata;
    names = false;
    if (columns == 1) {
      out.emplace_back(line);
      return true;
    }
    if (cells_in(line) != columns) {
      reason = absl::StrCat("a line of metadata has ", cells_in(line),
                            " columns, the first one ", columns);
      return false;
    }
    return for_each_cell(line, [&](std::string_view cell) {
      out.emplace_back(cell);
      return true;
    });
  });
  return reason.empty() ? absl::OkStatus() : absl::InvalidArgumentError(reason);
}

}  // namespace

absl::StatusOr<EmbeddingValue> EmbeddingFiles::read() const {
  if (tensor_path.empty()) {
    return absl::NotFoundError(
        "the config names no tensor_path: the values are in a checkpoint");
  }
  absl::StatusOr<std::string> content = read_below(directory, tensor_path);
  if (!content.ok()) return content.status();
  EmbeddingValue value;
  // TensorBoard takes for binary what is no text; small numbers may be either.
  const bool is_text =
      internal::is_valid_utf8(*content) && !fits(tensor_shape, content->size());
  absl::Status status = is_text
                            ? fill_text_tensor(*content, value)
                            : fill_binary_tensor(*content, tensor_shape, value);
  if (!status.ok()) return status;
  if (!metadata_path.empty()) {
    content = read_below(directory, metadata_path);
    if (!content.ok()) return content.status();
    status = fill_metadata(*content, value);
    if (!status.ok()) return status;
  }
  for (const auto& [path, out] :
       {std::pair{&sprite_path, &value.sprite},
        std::pair{&bookmarks_path, &value.bookmarks}}) {
    if (path->empty()) continue;
    content = read_below(directory, *path);
    if (!content.ok()) return content.status();
    *out = *std::move(content);
  }
  return value;
}

}  // namespace tblog
