// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/export_npz.h"

#include <cstdio>
#include <optional>

#include "tools/tblog/failure.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

struct Array {
  DType dtype = DType::kFloat64;
  std::vector<int64_t> shape;
  std::string bytes;
};

template <class T>
std::string bytes_of(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()),
          numbers.size() * sizeof(T)};
}

Array histogram_array(const HistogramValue& value) {
  std::vector<double> numbers;
  for (const HistogramBucket& bucket : value.buckets)
    numbers.insert(numbers.end(), {bucket.left, bucket.right, bucket.count});
  return {DType::kFloat64,
          {static_cast<int64_t>(value.buckets.size()), 3},
          bytes_of(numbers)};
}

Array pr_curve_array(const PrCurveValue& value) {
  std::vector<double> numbers;
  for (const auto* row :
       {&value.thresholds, &value.true_positives, &value.false_positives,
        &value.true_negatives, &value.false_negatives, &value.precision,
        &value.recall})
    numbers.insert(numbers.end(), row->begin(), row->end());
  return {DType::kFloat64,
          {7, static_cast<int64_t>(value.thresholds.size())},
          bytes_of(numbers)};
}

// None: a tensor of strings.
std::optional<Array> tensor_array(TensorValue value) {
  if (!value.dtype) return std::nullopt;
  // numpy has none of these.
  if (*value.dtype != DType::kBFloat16 && *value.dtype != DType::kFloat8E4M3 &&
      *value.dtype != DType::kFloat8E5M2)
    return Array{*value.dtype, std::move(value.shape), std::move(value.bytes)};
  const std::vector<double> numbers = value_or_throw(value.numbers());
  return Array{DType::kFloat32, std::move(value.shape),
               bytes_of(std::vector<float>(numbers.begin(), numbers.end()))};
}

std::optional<Array> array_at(const Series& series, size_t index) {
  switch (series.kind()) {
    case ValueKind::kHistogram:
      return histogram_array(value_or_throw(series.histogram(index)));
    case ValueKind::kPrCurve:
      return pr_curve_array(value_or_throw(series.pr_curve(index)));
    default:
      return tensor_array(value_or_throw(series.tensor(index)));
  }
}

// What all values have in common; none: they differ.
struct Survey {
  bool strings = false;
  std::optional<Array> common = {};  // without bytes
};

// A pass of its own, so that one value at a time is in memory.
Survey survey(const Series& series, const std::vector<size_t>& indices) {
  Survey result;
  bool alike = true;
  for (const size_t index : indices) {
    std::optional<Array> array = array_at(series, index);
    if (!array) return {.strings = true};
    array->bytes.clear();
    if (!result.common) result.common = array;
    alike = alike && array->dtype == result.common->dtype &&
            array->shape == result.common->shape;
  }
  constexpr size_t kMaxStacked = 7;  // a TensorView has 8 dimensions at most
  if (!alike || result.common->shape.size() > kMaxStacked)
    result.common.reset();
  return result;
}

void write_columns(NpzFile& npz, const std::string& name, const Series& series,
                   const std::vector<size_t>& indices) {
  std::vector<int64_t> steps;
  std::vector<double> wall_times;
  for (const size_t index : indices) {
    steps.push_back(series.steps()[index]);
    wall_times.push_back(series.wall_times()[index]);
  }
  const std::vector<int64_t> shape = {static_cast<int64_t>(indices.size())};
  npz.add(name + "/step", DType::kInt64, shape, steps.data());
  npz.add(name + "/wall_time", DType::kFloat64, shape, wall_times.data());
}

void write_scalars(NpzFile& npz, const std::string& name, const Series& series,
                   const std::vector<size_t>& indices) {
  std::vector<double> values;
  for (const size_t index : indices) values.push_back(series.values()[index]);
  npz.add(name + "/value", DType::kFloat64,
          {static_cast<int64_t>(indices.size())}, values.data());
}

std::string numbered(size_t i) {
  char text[24];
  std::snprintf(text, sizeof text, "%06zu", i);
  return text;
}

}  // namespace

absl::Status NpzFile::File::append(std::string_view bytes, size_t* written) {
  file_.append(bytes);
  *written += bytes.size();
  return absl::OkStatus();
}

void NpzFile::add(const std::string& name, DType dtype,
                  const std::vector<int64_t>& shape, const void* elements) {
  const absl::Status status =
      npz_.add(name, TensorView(elements, dtype, shape.data(), shape.size()));
  if (!status.ok()) throw Failure(kCannotRead, std::string(status.message()));
}

void NpzFile::finish() {
  const absl::Status status = npz_.finish();
  if (!status.ok()) throw Failure(kCannotRead, std::string(status.message()));
}

bool is_array_kind(ValueKind kind) {
  return kind == ValueKind::kScalar || kind == ValueKind::kHistogram ||
         kind == ValueKind::kTensor || kind == ValueKind::kPrCurve;
}

bool write_arrays(NpzFile& npz, const std::string& name, const Series& series,
                  const std::vector<size_t>& indices) {
  if (series.kind() == ValueKind::kScalar) {
    write_columns(npz, name, series, indices);
    write_scalars(npz, name, series, indices);
    return true;
  }
  const Survey found = survey(series, indices);
  if (found.strings) return false;
  write_columns(npz, name, series, indices);
  std::string stacked;
  for (size_t i = 0; i < indices.size(); ++i) {
    const std::optional<Array> array = array_at(series, indices[i]);
    // A file that changes while it is read.
    if (!array || (found.common && (array->dtype != found.common->dtype ||
                                    array->shape != found.common->shape)))
      throw Failure(kCannotRead, "the log changed while it was read");
    if (found.common)
      stacked += array->bytes;
    else
      npz.add(name + "/value/" + numbered(i), array->dtype, array->shape,
              array->bytes.data());
  }
  if (!found.common) return true;
  std::vector<int64_t> shape = {static_cast<int64_t>(indices.size())};
  shape.insert(shape.end(), found.common->shape.begin(),
               found.common->shape.end());
  npz.add(name + "/value", found.common->dtype, shape, stacked.data());
  return true;
}

}  // namespace tblog::tool
