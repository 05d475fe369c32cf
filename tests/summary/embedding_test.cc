// SPDX-License-Identifier: Apache-2.0

#include "src/summary/embedding.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "src/base/strings.h"
#include "tblog/proto/plugins.pb.h"
#include "tests/image/decode_png.h"
#include "tests/summary/encoded.h"
#include "tests/summary/random_values.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using testing::decode_png;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

const float kPoints[] = {0.5f, -1, 1e-3f, 3};
const TensorView kMatrix{kPoints, {2, 2}};

EmbeddingFiles encoded(std::string_view name, const TensorView& matrix,
                       int64_t step, const EmbeddingOptions& options = {}) {
  auto files = encode_embedding(name, matrix, step, options);
  EXPECT_TRUE(files.ok()) << files.status();
  return files.ok() ? *std::move(files) : EmbeddingFiles();
}

// As protobuf's own parser reads a config.
proto::ProjectorConfig parsed_config(const std::string& text) {
  proto::ProjectorConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config))
      << text;
  return config;
}

proto::EmbeddingInfo entry_of(const EmbeddingFiles& files) {
  const auto config = parsed_config(files.entry);
  EXPECT_EQ(config.embeddings_size(), 1);
  return config.embeddings_size() == 1 ? config.embeddings(0)
                                       : proto::EmbeddingInfo();
}

TEST(EmbeddingTest, AMatrixIsATableAndAnEntry) {
  const EmbeddingFiles files = encoded("words", kMatrix, 7);
  ASSERT_THAT(files.files, SizeIs(1));
  EXPECT_EQ(files.files[0].path, "embeddings/words/7/tensors.tsv");
  EXPECT_EQ(files.files[0].bytes, "0.5\t-1\n0.001\t3\n");
  EXPECT_EQ(files.tensor_name, "words");
  const auto entry = entry_of(files);
  EXPECT_EQ(entry.tensor_name(), "words");
  EXPECT_EQ(entry.tensor_path(), files.files[0].path);
  EXPECT_THAT(entry.tensor_shape(), ElementsAre(2, 2));
  EXPECT_FALSE(entry.has_sprite());
  EXPECT_EQ(entry.metadata_path(), "");
}

TEST(EmbeddingTest, EachStepMayBeAnEntry) {
  EmbeddingOptions options;
  options.keep_steps = true;
  EXPECT_EQ(encoded("words", kMatrix, -7, options).tensor_name, "words@-7");
}

TEST(EmbeddingTest, TextReadsBackToTheSameNumbers) {
  RandomValues random(1);
  std::vector<float> numbers;
  for (int i = 0; i < 3000; ++i) {
    const auto number = static_cast<float>(random.number());
    numbers.push_back(std::isfinite(number) ? number : 1);
  }
  using Limits = std::numeric_limits<float>;
  for (float number : {Limits::max(), Limits::lowest(), Limits::denorm_min(),
                       -Limits::min(), -0.0f, 0.1f})
    numbers.push_back(number);
  std::istringstream text(numbers_as_tsv(numbers, 3));
  for (size_t i = 0; i < numbers.size(); ++i) {
    std::string cell;
    ASSERT_TRUE(std::getline(text, cell, i % 3 == 2 ? '\n' : '\t'));
    EXPECT_EQ(std::bit_cast<uint32_t>(std::strtof(cell.c_str(), nullptr)),
              std::bit_cast<uint32_t>(numbers[i]))
        << cell;
  }
}

TEST(EmbeddingTest, ManyNumbersAreRawUnlessTheyLookLikeText) {
  const float tenth = 0.1f;  // 3d cc cc cd
  const float zero = 0;      // NUL is a character, too
  const int64_t rows = kMaxTextNumbers / 2;
  const TensorView most{&tenth, {rows, 2}, {0, 0}};
  EXPECT_THAT(encoded("a", most, 0).files[0].path, EndsWith(".tsv"));
  const TensorView many{&tenth, {rows + 1, 2}, {0, 0}};
  const EmbeddingFiles raw = encoded("a", many, 0);
  EXPECT_THAT(raw.files[0].path, EndsWith(".bytes"));
  EXPECT_EQ(raw.files[0].bytes.size(), static_cast<size_t>(rows + 1) * 8);
  EXPECT_EQ(raw.files[0].bytes.substr(0, 4), "\xcd\xcc\xcc\x3d");
  const TensorView zeros{&zero, {rows + 1, 2}, {0, 0}};
  EXPECT_THAT(encoded("a", zeros, 0).files[0].path, EndsWith(".tsv"));
}

TEST(EmbeddingTest, OnlyTheFirstLineTellsTextFromBytes) {
  EXPECT_TRUE(looks_like_text(""));
  EXPECT_TRUE(looks_like_text("ab\n\xff"));
  EXPECT_FALSE(looks_like_text("ab\xff\n"));
  EXPECT_FALSE(looks_like_text("\xff"));
}

TEST(EmbeddingTest, NumbersThatAreNotFiniteBecomeZero) {
  using Limits = std::numeric_limits<double>;
  const double numbers[] = {Limits::quiet_NaN(), Limits::infinity(), 1e300, 1};
  const EmbeddingFiles files = encoded("a", {numbers, {2, 2}}, 0);
  EXPECT_TRUE(files.not_finite);
  EXPECT_EQ(files.files[0].bytes, "0\t0\n0\t1\n");
}

TEST(EmbeddingTest, LabelsHaveNoHeader) {
  EmbeddingOptions options;
  options.labels = {"a\tb", "c\r\nd"};
  const EmbeddingFiles files = encoded("a", kMatrix, 0, options);
  ASSERT_THAT(files.files, SizeIs(2));
  EXPECT_EQ(files.files[1].path, "embeddings/a/0/metadata.tsv");
  EXPECT_EQ(files.files[1].bytes, "a b\nc  d\n");
  EXPECT_EQ(entry_of(files).metadata_path(), files.files[1].path);
  EXPECT_FALSE(files.mended);
}

TEST(EmbeddingTest, ColumnsHaveOne) {
  EmbeddingOptions options;
  options.labels = {"a", "b"};
  options.metadata = {{"class\t1", {"x", ""}}, {"n", {"1", "\xff"}}};
  const EmbeddingFiles files = encoded("a", kMatrix, 0, options);
  EXPECT_EQ(files.files[1].bytes,
            "label\tclass 1\tn\na\tx\t1\nb\t\t\xef\xbf\xbd\n");
  EXPECT_TRUE(files.mended);
}

TEST(EmbeddingTest, NoLineIsBlankSinceThePagePassesOverThose) {
  EmbeddingOptions options;
  options.labels = {"", " \xc2\xa0\xe3\x80\x80"};
  EXPECT_EQ(encoded("a", kMatrix, 0, options).files[1].bytes,
            "(none)\n(none) \xc2\xa0\xe3\x80\x80\n");
  options.labels.clear();
  options.metadata = {{"x", {"", "1"}}, {"y", {"", ""}}};
  EXPECT_EQ(encoded("a", kMatrix, 0, options).files[1].bytes,
            "x\ty\n(none)\t\n1\t\n");
}

TEST(EmbeddingTest, ASpriteIsASquareOfImagesRowByRow) {
  // Three images of 2 by 1 pixels, [n, h, w].
  const uint8_t images[] = {1, 2, 3, 4, 5, 6};
  EmbeddingOptions options;
  options.sprite = {images, {3, 1, 2}};
  options.sprite_layout = Layout::kHW;
  const float points[6] = {};
  const EmbeddingFiles files = encoded("a", {points, {3, 2}}, 0, options);
  ASSERT_THAT(files.files, SizeIs(2));
  EXPECT_EQ(files.files[1].path, "embeddings/a/0/sprite.png");
  const auto entry = entry_of(files);
  EXPECT_EQ(entry.sprite().image_path(), files.files[1].path);
  EXPECT_THAT(entry.sprite().single_image_dim(), ElementsAre(2, 1));
  const auto png = decode_png(files.files[1].bytes);
  EXPECT_EQ(png.width, 4u);
  EXPECT_EQ(png.height, 2u);
  EXPECT_THAT(std::vector<int>(png.pixels.begin(), png.pixels.end()),
              ElementsAre(1, 2, 3, 4, 5, 6, 5, 6));
}

TEST(EmbeddingTest, SpritesOfPlanesAndStrides) {
  // One image [3, 1, 2], channels first, of every other float.
  const float images[] = {0, 9, 1, 9, 0.2f, 9, 0, 9, 2, 9, 1, 9};
  EmbeddingOptions options;
  options.sprite = {images, {1, 3, 1, 2}, {0, 4, 0, 2}};
  options.sprite_layout = Layout::kCHW;
  const EmbeddingFiles files = encoded("a", {kPoints, {1, 2}}, 0, options);
  EXPECT_TRUE(files.clamped);
  const auto png = decode_png(files.files.at(1).bytes);
  EXPECT_EQ(png.channels, 3);
  EXPECT_THAT(std::vector<int>(png.pixels.begin(), png.pixels.end()),
              ElementsAre(0, 51, 255, 255, 0, 255));
}

TEST(EmbeddingTest, RefusalsNameWhatIsWrong) {
  const auto refusal = [](const TensorView& matrix,
                          const EmbeddingOptions& options = {}) {
    return encode_embedding("a", matrix, 0, options).status();
  };
  for (const TensorView& matrix :
       {TensorView(kPoints), TensorView(kPoints, {4, 1}),
        TensorView(kPoints, {0, 2}), TensorView(kPoints, {1, 2, 2})})
    EXPECT_THAT(refusal(matrix), StatusIs(kInvalid, HasSubstr("matrix")));
  EXPECT_THAT(refusal(TensorView::invalid("sparse")),
              StatusIs(kInvalid, HasSubstr("sparse")));
  const float one = 1;
  EXPECT_THAT(refusal({&one, {int64_t{1} << 30, 2}, {0, 0}}),
              StatusIs(kInvalid, HasSubstr("2^31")));
  EmbeddingOptions options;
  options.labels = {"a"};
  EXPECT_THAT(refusal(kMatrix, options),
              StatusIs(kInvalid, HasSubstr("1 labels for 2 points")));
  options.labels = {"a", "b"};
  options.metadata = {{"x", {"1"}}};
  EXPECT_THAT(refusal(kMatrix, options),
              StatusIs(kInvalid, HasSubstr("\"x\" has 1 values")));
  options.metadata = {{"label", {"1", "2"}}};
  EXPECT_THAT(refusal(kMatrix, options),
              StatusIs(kInvalid, HasSubstr("twice")));
  options.metadata = {{"", {"1", "2"}}};
  EXPECT_THAT(refusal(kMatrix, options),
              StatusIs(kInvalid, HasSubstr("no name")));
}

TEST(EmbeddingTest, BadSpritesAreRefused) {
  const auto refusal = [](const TensorView& sprite) {
    EmbeddingOptions options;
    options.sprite = sprite;
    return encode_embedding("a", kMatrix, 0, options).status();
  };
  const uint8_t byte = 0;
  const auto batch = [&](int64_t n, int64_t h, int64_t w, int64_t c) {
    return TensorView(&byte, {n, h, w, c}, {0, 0, 0, 0});
  };
  EXPECT_THAT(refusal(batch(3, 1, 1, 1)),
              StatusIs(kInvalid, HasSubstr("3 images for 2 points")));
  EXPECT_THAT(refusal(batch(2, 1, 4097, 1)),
              StatusIs(kInvalid, HasSubstr("do not fit")));
  EXPECT_TRUE(refusal(batch(2, 1, 4096, 1)).ok());
  EXPECT_THAT(refusal(batch(2, 1, 1, 5)),
              StatusIs(kInvalid, HasSubstr("5 channels")));
  EXPECT_THAT(refusal(batch(2, 0, 1, 1)),
              StatusIs(kInvalid, HasSubstr("no pixels")));
  EXPECT_THAT(refusal({kPoints, {2, 1, 2}}),
              StatusIs(kInvalid, HasSubstr("3 dimensions, not 4")));
  EXPECT_THAT(refusal(TensorView::invalid("sparse")),
              StatusIs(kInvalid, HasSubstr("sprite: sparse")));
}

TEST(EmbeddingTest, NamesAreSafeAndStayDifferent) {
  EXPECT_EQ(safe_folder_name("words_1.x-y"), "words_1.x-y");
  EXPECT_THAT(safe_folder_name("a/b"), ::testing::StartsWith("a_b-"));
  EXPECT_NE(safe_folder_name("a/b"), safe_folder_name("a\\b"));
  RandomValues random(4);
  for (int round = 0; round < 1000; ++round) {
    const std::string name = "." + random.text();
    const std::string folder = safe_folder_name(name);
    EXPECT_NE(folder.front(), '.');
    EXPECT_LE(folder.size(), 120u);
    EXPECT_EQ(folder.find_first_not_of(
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "0123456789._-"),
              std::string::npos);
    const std::string tensor = safe_tensor_name(name);
    EXPECT_EQ(tensor.find_first_of("&#%+?:\"\\\n"), std::string::npos);
    EXPECT_TRUE(is_valid_utf8(tensor));
  }
  EXPECT_EQ(safe_tensor_name("é /x"), "é /x");
  EXPECT_NE(safe_tensor_name("a:0"), safe_tensor_name("a"));
  EXPECT_NE(safe_tensor_name("a&b"), safe_tensor_name("a+b"));
}

std::string merged(const std::string& config, const EmbeddingFiles& files) {
  auto text = merge_projector_config(config, files.tensor_name, files.entry);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *text : "";
}

TEST(EmbeddingTest, AnEntryTakesThePlaceOfItsFormerOne) {
  const EmbeddingFiles a = encoded("a", kMatrix, 1);
  const EmbeddingFiles b = encoded("b", kMatrix, 1);
  const EmbeddingFiles newer = encoded("a", kMatrix, 2);
  std::string config = merged(merged(merged("", a), b), newer);
  EXPECT_EQ(config, b.entry + "\n" + newer.entry + "\n");
  const auto read = parsed_config(config);
  EXPECT_EQ(read.embeddings(1).tensor_path(), "embeddings/a/2/tensors.tsv");
}

TEST(EmbeddingTest, WhatOthersWroteIsKept) {
  const std::string foreign =
      "# by hand\nmodel_checkpoint_path: \"x\"\n\nembeddings {\n"
      "  tensor_name: \"theirs\"\n  tensor_path: \"t.tsv\"\n}";
  const EmbeddingFiles a = encoded("a", kMatrix, 1);
  EXPECT_EQ(merged(foreign, a), foreign + "\n" + a.entry + "\n");
  EXPECT_EQ(merged(foreign + "\n\n", a), foreign + "\n" + a.entry + "\n");
  EXPECT_EQ(parsed_config(merged(foreign, a)).embeddings_size(), 2);
  for (const char* name : {"theirs", "theirs:0"}) {
    const std::string config =
        std::string("embeddings {\n  tensor_name: \"") + name + "\"\n}\n";
    EXPECT_THAT(
        merge_projector_config(config, "theirs", "embeddings { }").status(),
        StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("theirs")));
  }
}

}  // namespace
}  // namespace tblog::internal
