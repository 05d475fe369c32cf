// SPDX-License-Identifier: Apache-2.0

#include "src/summary/mesh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tblog/proto/plugins.pb.h"
#include "tests/summary/encoded.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

EncodedMesh encoded(const Mesh& mesh) {
  const auto result = encode_mesh(mesh);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : EncodedMesh();
}

// The numbers of part `i`, after a look at its dtype and shape.
template <class T>
std::vector<T> numbers(const EncodedMesh& mesh, size_t i, proto::DataType dtype,
                       std::initializer_list<int64_t> dims) {
  EXPECT_LT(i, mesh.parts.size());
  if (i >= mesh.parts.size()) return {};
  auto tensor = parsed<proto::TensorProto>(mesh.parts[i].tensor);
  const std::string content = tensor.tensor_content();
  tensor.clear_tensor_content();
  EXPECT_EQ(bytes_of(tensor), bytes_of(tensor_of(dtype, dims)));
  EXPECT_THAT(mesh.parts[i].shape, ::testing::ElementsAreArray(dims));
  std::vector<T> values(content.size() / sizeof(T));
  if (!values.empty())
    std::memcpy(values.data(), content.data(), values.size() * sizeof(T));
  return values;
}

const float kTriangle[] = {0, 0, 0, 1, 0, 0, 0, 1, 0};
const TensorView kVertices{kTriangle, {3, 3}};

TEST(MeshTest, ConvertsAllPartsToTheTypesOfThePage) {
  const double vertices[2][2][3] = {{{0.5, 1, 2}, {3, 4, 5}},
                                    {{-1, 1e-3, 7}, {8, 9, 1e30}}};
  const int64_t faces[] = {0, 1, 1, 1, 0, 0};
  const float colors[] = {0, 0.5f, 1, 0.25f, 0.1f, 0.002f,
                          1, 1,    1, 0,     0,    0.998f};
  const Mesh mesh{
      {&vertices[0][0][0], {2, 2, 3}}, {faces, {2, 1, 3}}, {colors, {2, 2, 3}}};
  const EncodedMesh result = encoded(mesh);
  EXPECT_EQ(mesh_components(mesh), 14u);
  ASSERT_EQ(result.parts.size(), 3u);
  EXPECT_THAT(numbers<float>(result, 0, proto::DT_FLOAT, {2, 2, 3}),
              ElementsAre(0.5f, 1, 2, 3, 4, 5, -1, 1e-3f, 7, 8, 9, 1e30f));
  EXPECT_THAT(numbers<int32_t>(result, 1, proto::DT_INT32, {2, 1, 3}),
              ElementsAre(0, 1, 1, 1, 0, 0));
  EXPECT_THAT(numbers<uint8_t>(result, 2, proto::DT_UINT8, {2, 2, 3}),
              ElementsAre(0, 128, 255, 64, 26, 1, 255, 255, 255, 0, 0, 254));
  EXPECT_FALSE(result.moved);
  EXPECT_FALSE(result.clamped);
}

TEST(MeshTest, APointCloudIsVerticesAlone) {
  const Mesh cloud{kVertices};
  const EncodedMesh result = encoded(cloud);
  EXPECT_EQ(mesh_components(cloud), 2u);
  ASSERT_EQ(result.parts.size(), 1u);
  EXPECT_EQ(numbers<float>(result, 0, proto::DT_FLOAT, {1, 3, 3}),
            std::vector<float>(kTriangle, kTriangle + 9));
}

TEST(MeshTest, StridedViewsAndBytesOfColour) {
  const int16_t transposed[] = {1, 4, 2, 5, 3, 6};
  const uint8_t rgba[] = {9, 8, 7, 255, 6, 5, 4, 255};
  const EncodedMesh result =
      encoded({{transposed, {2, 3}, {1, 2}}, {}, {rgba, {2, 3}, {4, 1}}});
  EXPECT_THAT(numbers<float>(result, 0, proto::DT_FLOAT, {1, 2, 3}),
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(numbers<uint8_t>(result, 1, proto::DT_UINT8, {1, 2, 3}),
              ElementsAre(9, 8, 7, 6, 5, 4));
}

TEST(MeshTest, VerticesThatAreNotFiniteMoveToTheFirstGoodOneOfTheirMesh) {
  const double vertices[] = {0,    kNaN, 0, 1, 2, 3,    4, 1e300,      5,
                             kNaN, 0,    0, 0, 0, kNaN, 0, -kInfinity, 0};
  const EncodedMesh result = encoded({{vertices, {2, 3, 3}}});
  EXPECT_TRUE(result.moved);
  EXPECT_THAT(
      numbers<float>(result, 0, proto::DT_FLOAT, {2, 3, 3}),
      ElementsAre(1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(MeshTest, ColoursOutsideAreClampedAndNanIsMagenta) {
  const float colors[] = {-1, 2, kInfinity, 0.5f, kNaN, 0, -kInfinity, 0, 0};
  const EncodedMesh result = encoded({kVertices, {}, {colors, {3, 3}}});
  EXPECT_TRUE(result.clamped);
  EXPECT_THAT(numbers<uint8_t>(result, 1, proto::DT_UINT8, {1, 3, 3}),
              ElementsAre(0, 255, 255, 255, 0, 255, 0, 0, 0));
}

TEST(MeshTest, RefusalsNameThePart) {
  const float numbers[12] = {};
  const auto refusal = [](const Mesh& mesh) {
    return encode_mesh(mesh).status();
  };
  EXPECT_THAT(refusal({TensorView(numbers)}),
              StatusIs(kInvalid, HasSubstr("vertices: the shape is [12]")));
  EXPECT_THAT(refusal({{numbers, {3, 4}}}),
              StatusIs(kInvalid, HasSubstr("[3, 4]")));
  EXPECT_THAT(refusal({TensorView()}),
              StatusIs(kInvalid, HasSubstr("vertices")));
  EXPECT_THAT(refusal({{numbers, {0, 3}}}),
              StatusIs(kInvalid, HasSubstr("none")));
  EXPECT_THAT(refusal({TensorView::invalid("sparse")}),
              StatusIs(kInvalid, HasSubstr("vertices: sparse")));
  EXPECT_THAT(refusal({kVertices, TensorView::invalid("sparse")}),
              StatusIs(kInvalid, HasSubstr("faces: sparse")));
  const int32_t faces[] = {0, 1, 2, 0, 1, 3};
  EXPECT_THAT(refusal({kVertices, {faces, {2, 3}}}),
              StatusIs(kInvalid, HasSubstr("index 3 is none of the 3")));
  EXPECT_THAT(refusal({kVertices, {faces, {2, 1, 3}}}),
              StatusIs(kInvalid, HasSubstr("2 meshes")));
  const int64_t beyond[] = {0, int64_t{1} << 32, -1};
  EXPECT_THAT(refusal({kVertices, {beyond, {1, 3}}}),
              StatusIs(kInvalid, HasSubstr("index")));
  EXPECT_THAT(refusal({kVertices, {numbers, {1, 3}}}),
              StatusIs(kInvalid, HasSubstr("float32")));
  EXPECT_THAT(refusal({kVertices, {}, {numbers, {2, 3}}}),
              StatusIs(kInvalid, HasSubstr("colors: the shape is [2, 3]")));
  const int32_t ints[9] = {};
  EXPECT_THAT(refusal({kVertices, {}, {ints, {3, 3}}}),
              StatusIs(kInvalid, HasSubstr("colors")));
  const float one[3] = {};
  EXPECT_THAT(refusal({{one, {int64_t{1} << 30, 3}, {0, 1}}}),
              StatusIs(kInvalid, HasSubstr("2^31")));
  EXPECT_THAT(refusal({kVertices, {}, {}, "[]"}),
              StatusIs(kInvalid, HasSubstr("config_json")));
}

TEST(MeshTest, ContentIsAsGeneratedCodeWritesIt) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    const auto part = static_cast<MeshPart>(1 + random() % 3);
    const EncodedMesh::Part encoded{
        part,
        {1 + static_cast<int64_t>(random() % 300),
         static_cast<int64_t>(random() % 0x7fffffff), 3},
        ""};
    const uint32_t components = 2 + random() % 13;
    const std::string tag(random() % 300, 't');
    const std::string config = random() % 2 == 0 ? "{}" : R"({"a": "é"})";
    proto::MeshPluginData expected;
    expected.set_name(tag);
    expected.set_content_type(
        static_cast<proto::MeshPluginData::ContentType>(part));
    expected.set_json_config(config);
    for (int64_t size : encoded.shape)
      expected.add_shape(static_cast<int32_t>(size));
    expected.set_components(components);
    EXPECT_EQ(encode_mesh_content(tag, encoded, components, config),
              bytes_of(expected));
  }
}

}  // namespace
}  // namespace tblog::internal
