// SPDX-License-Identifier: Apache-2.0
//
// That runtimes take these ranks, in models of all operators, is tested in
// tests/onnx.

#include "src/graph/onnx_ranks.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace tblog::internal {
namespace {

OnnxType of_rank(int64_t dims, int64_t length = -1) {
  OnnxType type = OnnxType::tensor(1);
  type.rank = {dims, length};
  return type;
}

struct Case {
  std::string_view op;
  std::vector<OnnxType> inputs;
  std::vector<OnnxAttribute> attributes = {};
  size_t index = 0;
  std::string_view domain = {};
};

int64_t rank_of(const Case& one) {
  OnnxNode node;
  node.op_type = one.op;
  node.domain = one.domain;
  return output_rank(node, one.attributes, one.inputs, one.index).dims;
}

OnnxAttribute number(std::string_view name, int64_t value) {
  OnnxAttribute attribute;
  attribute.name = name;
  attribute.i = value;
  return attribute;
}

TEST(OnnxRanksTest, MostOperatorsKeepTheRankOfTheirInput) {
  for (const std::string_view op : {"Abs", "Conv", "Relu", "Upsample"}) {
    EXPECT_EQ(rank_of({op, {of_rank(4)}}), 4) << op;
    EXPECT_EQ(rank_of({op, {OnnxType()}}), -1) << op;
    EXPECT_EQ(rank_of({op, {}}), -1) << op;
  }
  EXPECT_EQ(rank_of({"MaxPool", {of_rank(3)}, {}, 1}), 3);
  EXPECT_EQ(rank_of({"BatchNormalization", {of_rank(3)}, {}, 1}), -1);
}

TEST(OnnxRanksTest, ArithmeticHasTheMostDimensionsOfItsInputs) {
  EXPECT_EQ(rank_of({"Add", {of_rank(1), of_rank(3)}}), 3);
  EXPECT_EQ(rank_of({"Where", {of_rank(2), of_rank(0), of_rank(1)}}), 2);
  EXPECT_EQ(rank_of({"Xor", {of_rank(1), OnnxType()}}), -1);
}

TEST(OnnxRanksTest, ReductionsKeepDimensionsUnlessTheyAreToldNotTo) {
  EXPECT_EQ(rank_of({"ReduceMean", {of_rank(3)}}), 3);
  EXPECT_EQ(rank_of({"ArgMax", {of_rank(3)}, {number("keepdims", 0)}}), -1);
}

TEST(OnnxRanksTest, ShapesAreCountedWhereTheirLengthIsKnown) {
  EXPECT_EQ(rank_of({"Reshape", {of_rank(4), of_rank(1, 2)}}), 2);
  EXPECT_EQ(rank_of({"Reshape", {of_rank(4), of_rank(1)}}), -1);
  EXPECT_EQ(rank_of({"Expand", {of_rank(3), of_rank(1, 2)}}), 3);
  EXPECT_EQ(rank_of({"Unsqueeze", {of_rank(2), of_rank(1, 2)}}), 4);
  EXPECT_EQ(rank_of({"Squeeze", {of_rank(2), of_rank(1, 1)}}), 1);
  EXPECT_EQ(rank_of({"Squeeze", {of_rank(2)}}), -1);
}

TEST(OnnxRanksTest, WhatIsNotCertainIsNotKnown) {
  EXPECT_EQ(rank_of({"MatMul", {of_rank(3), of_rank(2)}}), 3);
  EXPECT_EQ(rank_of({"MatMul", {of_rank(1), of_rank(2)}}), -1);
  EXPECT_EQ(rank_of({"Gather", {of_rank(2), of_rank(0)}}), 1);
  EXPECT_EQ(rank_of({"Gather", {of_rank(2), OnnxType()}}), -1);
  EXPECT_EQ(rank_of({"Relu", {of_rank(9)}}), -1);
  EXPECT_EQ(rank_of({"Relu", {of_rank(4)}, {}, 0, "com.example"}), -1);
  EXPECT_EQ(rank_of({"Einsum", {of_rank(4)}}), -1);
}

}  // namespace
}  // namespace tblog::internal
