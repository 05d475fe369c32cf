// SPDX-License-Identifier: Apache-2.0

#include "src/summary/embedding.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "src/base/strings.h"
#include "src/event/wire.h"
#include "src/summary/numbers.h"
#include "src/summary/sprite.h"

namespace tblog::internal {
namespace {

constexpr int64_t kMaxBytes = (int64_t{1} << 31) - 1;
// Long enough to be told apart, short enough for file systems.
constexpr size_t kMaxFolderName = 100;
// What stands for a row without a text: the page passes over blank lines, and
// would give all later points the texts of others.
constexpr absl::string_view kNoText = "(none)";

absl::Status bad(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

// FNV-1a of 32 bits: short and the same everywhere.
uint32_t hash_of(std::string_view s) {
  uint32_t hash = 2166136261u;
  for (char c : s) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  return hash;
}

template <class Keep>
std::string safe_name(std::string_view name, size_t max_bytes, Keep&& keep) {
  std::string safe;
  for (char c : name.substr(0, max_bytes)) safe += keep(c) ? c : '_';
  if (safe != name) absl::StrAppendFormat(&safe, "-%08x", hash_of(name));
  return safe;
}

// A string of protobuf's text format, quotes and all.
std::string text_format(std::string_view s) {
  std::string out = "\"";
  for (char c : s) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(&out, "\\%03o", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

// ---- The matrix ----

absl::StatusOr<std::vector<float>> read_matrix(const TensorView& matrix,
                                               bool& not_finite) {
  if (absl::Status status = check_host_view(matrix); !status.ok())
    return status;
  if (matrix.rank() != 2 || matrix.dim(0) < 1 || matrix.dim(1) < 2)
    return bad(
        "an embedding is a matrix [points, dimensions] of at least one point "
        "and two dimensions");
  if (matrix.size() > kMaxBytes / int64_t{sizeof(float)})
    return bad("the matrix has 2^31 bytes or more as float32");
  std::vector<float> numbers;
  numbers.reserve(static_cast<size_t>(matrix.size()));
  const absl::Status status = for_each_number(matrix, "matrix", [&](double v) {
    const auto number = static_cast<float>(v);
    not_finite = not_finite || !std::isfinite(number);
    numbers.push_back(std::isfinite(number) ? number : 0);
  });
  if (!status.ok()) return status;
  return numbers;
}

std::string numbers_as_bytes(std::span<const float> numbers) {
  std::string raw;
  raw.reserve(numbers.size() * sizeof(float));
  for (float v : numbers) wire::put_fixed32(raw, std::bit_cast<uint32_t>(v));
  return raw;
}

EmbeddingFiles::File tensor_file(const std::string& folder,
                                 std::span<const float> numbers,
                                 size_t columns) {
  if (static_cast<int64_t>(numbers.size()) > kMaxTextNumbers) {
    std::string raw = numbers_as_bytes(numbers);
    if (!looks_like_text(raw))
      return {folder + "/tensors.bytes", std::move(raw)};
  }
  return {folder + "/tensors.tsv", numbers_as_tsv(numbers, columns)};
}

// ---- The texts ----

absl::Status check_metadata(const EmbeddingOptions& options, size_t rows) {
  if (!options.labels.empty() && options.labels.size() != rows)
    return bad(
        absl::StrCat(options.labels.size(), " labels for ", rows, " points"));
  std::set<std::string_view> names;
  if (!options.labels.empty()) names.insert("label");
  for (const EmbeddingColumn& column : options.metadata) {
    if (column.name.empty()) return bad("a column of metadata has no name");
    if (!names.insert(column.name).second)
      return bad(absl::StrCat("the column \"", escaped(column.name),
                              "\" of metadata is given twice"));
    if (column.values.size() != rows)
      return bad(absl::StrCat("the column \"", escaped(column.name), "\" has ",
                              column.values.size(), " values for ", rows,
                              " points"));
  }
  return absl::OkStatus();
}

// One cell of a table. CR breaks a line for TensorBoard's server, too.
void append_cell(std::string& out, const std::string& text, bool& mended) {
  const bool valid = is_valid_utf8(text);
  mended = mended || !valid;
  for (char c : valid ? text : to_valid_utf8(text))
    out += c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
}

// Whether the page's JavaScript, by trim(), would find nothing in `line`.
bool is_blank(std::string_view line) {
  // Beyond ASCII.
  static constexpr std::string_view kSpaces[] = {
      "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
      "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85",
      "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89",
      "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
      "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf"};
  while (!line.empty()) {
    if (absl::ascii_isspace(static_cast<unsigned char>(line.front()))) {
      line.remove_prefix(1);
      continue;
    }
    const auto* space =
        std::find_if(std::begin(kSpaces), std::end(kSpaces),
                     [&](std::string_view s) { return line.starts_with(s); });
    if (space == std::end(kSpaces)) return false;
    line.remove_prefix(space->size());
  }
  return true;
}

// Empty where there are no texts.
std::string metadata_table(const EmbeddingOptions& options, size_t rows,
                           bool& mended) {
  const std::string label = "label";
  std::vector<std::pair<const std::string*, const std::vector<std::string>*>>
      columns;
  if (!options.labels.empty()) columns.emplace_back(&label, &options.labels);
  for (const EmbeddingColumn& column : options.metadata)
    columns.emplace_back(&column.name, &column.values);
  std::string out;
  // By a tab in the first line the page knows that it is a header.
  if (columns.size() > 1) {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += '\t';
      append_cell(out, *columns[i].first, mended);
    }
    out += '\n';
  }
  for (size_t row = 0; row < rows && !columns.empty(); ++row) {
    const size_t begin = out.size();
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += '\t';
      append_cell(out, (*columns[i].second)[row], mended);
    }
    if (is_blank(std::string_view(out).substr(begin)))
      out.insert(begin, kNoText.data(), kNoText.size());
    out += '\n';
  }
  return out;
}

// Whether a line of somebody's config gives the name to an embedding, to which
// TensorBoard adds a ":0" where there is none.
bool names_tensor(std::string_view line, std::string_view tensor_name) {
  const size_t field = line.find("tensor_name");
  if (field == std::string_view::npos) return false;
  const std::string_view rest = line.substr(field);
  const std::string bare(tensor_name);
  return rest.find(text_format(bare)) != std::string_view::npos ||
         rest.find(text_format(bare + ":0")) != std::string_view::npos;
}

}  // namespace

std::string safe_folder_name(std::string_view name) {
  char before = '.';  // no '.' at the front, where it hides, and no ".."
  return safe_name(name, kMaxFolderName, [&](char c) {
    const bool dots = c == '.' && before == '.';
    before = c;
    return (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
            c == '_' || c == '-') &&
           !dots;
  });
}

std::string safe_tensor_name(std::string_view name) {
  // ':' because TensorBoard takes away a ":0" at the end.
  constexpr std::string_view kUnsafe = "&#%+?;:=\"'\\<>`";
  return safe_name(name, name.size(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f &&
           kUnsafe.find(c) == std::string_view::npos;
  });
}

std::string numbers_as_tsv(std::span<const float> numbers, size_t columns) {
  constexpr size_t kMaxDigits = 16;  // "-1.17549435e-38" and a separator
  std::string out;
  out.reserve(numbers.size() * 12);
  char digits[kMaxDigits];
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto end = std::to_chars(digits, digits + kMaxDigits, numbers[i]);
    out.append(digits, end.ptr);
    out += (i + 1) % columns == 0 ? '\n' : '\t';
  }
  return out;
}

bool looks_like_text(std::string_view raw) {
  return is_valid_utf8(raw.substr(0, raw.find('\n')));
}

absl::StatusOr<EmbeddingFiles> encode_embedding(
    std::string_view name, const TensorView& matrix, int64_t step,
    const EmbeddingOptions& options) {
  EmbeddingFiles result;
  const absl::StatusOr<std::vector<float>> numbers =
      read_matrix(matrix, result.not_finite);
  if (!numbers.ok()) return numbers.status();
  result.rows = matrix.dim(0);
  const auto rows = static_cast<size_t>(result.rows);
  if (absl::Status status = check_metadata(options, rows); !status.ok())
    return status;

  // A folder a step: what a TensorBoard reads now is never written over.
  const std::string folder =
      absl::StrCat("embeddings/", safe_folder_name(name), "/", step);
  result.tensor_name = safe_tensor_name(name);
  if (options.keep_steps) absl::StrAppend(&result.tensor_name, "@", step);
  result.files.push_back(
      tensor_file(folder, *numbers, static_cast<size_t>(matrix.dim(1))));
  result.entry = absl::StrCat(
      "embeddings { tensor_name: ", text_format(result.tensor_name),
      " tensor_path: ", text_format(result.files[0].path),
      " tensor_shape: ", matrix.dim(0), " tensor_shape: ", matrix.dim(1));

  std::string table = metadata_table(options, rows, result.mended);
  if (!table.empty()) {
    result.files.push_back({folder + "/metadata.tsv", std::move(table)});
    absl::StrAppend(&result.entry,
                    " metadata_path: ", text_format(result.files.back().path));
  }
  if (!is_absent(options.sprite)) {
    absl::StatusOr<Sprite> sprite =
        encode_sprite(options.sprite, options.sprite_layout,
                      options.sprite_range, result.rows);
    if (!sprite.ok()) return sprite.status();
    result.clamped = sprite->clamped;
    result.files.push_back({folder + "/sprite.png", std::move(sprite->png)});
    absl::StrAppend(&result.entry, " sprite { image_path: ",
                    text_format(result.files.back().path),
                    " single_image_dim: ", sprite->image_width,
                    " single_image_dim: ", sprite->image_height, " }");
  }
  result.entry += " }";
  return result;
}

absl::StatusOr<std::string> merge_projector_config(std::string_view config,
                                                   std::string_view tensor_name,
                                                   std::string_view entry) {
  const std::string name = text_format(tensor_name);
  const std::string ours =
      absl::StrCat("embeddings { tensor_name: ", name, " ");
  std::string merged;
  for (absl::string_view line : absl::StrSplit(to_absl(config), '\n')) {
    if (to_std(line).starts_with(ours)) continue;
    if (names_tensor(to_std(line), tensor_name))
      return absl::AlreadyExistsError(
          absl::StrCat("another program has written an embedding of the name ",
                       name, " into the config, which is left as it is"));
    merged.append(line.data(), line.size());
    merged += '\n';
  }
  // The split made a line more, unless the config ended within one.
  while (merged.ends_with("\n\n") || merged == "\n") merged.pop_back();
  merged += entry;
  merged += '\n';
  return merged;
}

}  // namespace tblog::internal
