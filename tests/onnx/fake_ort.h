// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for those parts of onnxruntime_cxx_api.h (onnxruntime 1.31) that
// docs/onnx.md uses: Debian 12 has no onnxruntime, and PyPI's has no headers.

#ifndef TBLOG_TESTS_ONNX_FAKE_ORT_H_
#define TBLOG_TESTS_ONNX_FAKE_ORT_H_

#include <cstdint>
#include <utility>
#include <vector>

// As in onnxruntime_c_api.h.
enum ONNXTensorElementDataType {
  ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING,
};

namespace Ort {

class TensorTypeAndShapeInfo {
 public:
  TensorTypeAndShapeInfo(ONNXTensorElementDataType type,
                         std::vector<int64_t> shape)
      : type_(type), shape_(std::move(shape)) {}
  ONNXTensorElementDataType GetElementType() const { return type_; }
  std::vector<int64_t> GetShape() const { return shape_; }

 private:
  ONNXTensorElementDataType type_;
  std::vector<int64_t> shape_;
};

class Value {
 public:
  Value() = default;  // no tensor
  Value(const void* data, ONNXTensorElementDataType type,
        std::vector<int64_t> shape)
      : data_(data), type_(type), shape_(std::move(shape)) {}
  bool IsTensor() const {
    return type_ != ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  }
  TensorTypeAndShapeInfo GetTensorTypeAndShapeInfo() const {
    return {type_, shape_};
  }
  const void* GetTensorRawData() const { return data_; }

 private:
  const void* data_ = nullptr;
  ONNXTensorElementDataType type_ = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::vector<int64_t> shape_;
};

}  // namespace Ort

#endif  // TBLOG_TESTS_ONNX_FAKE_ORT_H_
