// SPDX-License-Identifier: Apache-2.0

#include <cstring>
#include <filesystem>
#include <string>

#include "tblog/embedding_value.h"
#include "tests/reader/log_reader_fixture.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

class EmbeddingTest : public LogReaderFixture {
 protected:
  // The config of the only run, and the embeddings that it names.
  const std::vector<EmbeddingFiles>& config(const std::string& text) {
    dir_.write("projector_config.pbtxt", text);
    return read("").embeddings();
  }

  // What reading the only embedding of that config gives.
  absl::StatusOr<EmbeddingValue> value_of(const std::string& fields) {
    return config("embeddings { " + fields + " }").at(0).read();
  }
};

TEST_F(EmbeddingTest, ConfigsNameFilesBesideTheEvents) {
  const std::vector<EmbeddingFiles>& embeddings = config(R"(
      # two of them
      model_checkpoint_path: "ckpt"
      embeddings {
        tensor_name: "words"
        tensor_path: "00001/words/tensors.tsv"
        metadata_path: "labels.tsv"
        bookmarks_path: "b.json"
        sprite { image_path: "s.png" single_image_dim: 28 single_image_dim: 14 }
        unknown_field: 3
      }
      embeddings { tensor_name: "raw" tensor_path: "raw.bytes"
                   tensor_shape: 2 tensor_shape: 3 })");
  ASSERT_THAT(embeddings, SizeIs(2));
  EXPECT_EQ(embeddings[0].directory, dir_.path());
  EXPECT_EQ(embeddings[0].name, "words");
  EXPECT_EQ(embeddings[0].tensor_path, "00001/words/tensors.tsv");
  EXPECT_EQ(embeddings[0].metadata_path, "labels.tsv");
  EXPECT_EQ(embeddings[0].bookmarks_path, "b.json");
  EXPECT_EQ(embeddings[0].sprite_path, "s.png");
  EXPECT_EQ(embeddings[0].sprite_width, 28);
  EXPECT_EQ(embeddings[0].sprite_height, 14);
  EXPECT_THAT(embeddings[1].tensor_shape, ElementsAre(2, 3));
  EXPECT_THAT(log_.skipped(), IsEmpty());
}

TEST_F(EmbeddingTest, PointsAndWhatIsKnownOfThem) {
  dir_.write("t.tsv", "1\t2.5\n-3e2\t4\n\n0\tnan\n");
  dir_.write("m.tsv", "name\tcolor\na\tred\nb\t\nc\tblue\n");
  dir_.write("s.png", "sprite");
  dir_.write("b.json", "[]");
  absl::StatusOr<EmbeddingValue> value = value_of(
      "tensor_path: 't.tsv' metadata_path: 'm.tsv' bookmarks_path: 'b.json' "
      "sprite { image_path: 's.png' }");
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(value->points, 3);
  EXPECT_EQ(value->dimensions, 2);
  EXPECT_THAT(value->values,
              ElementsAre(1, 2.5, -300, 4, 0, ::testing::IsNan()));
  EXPECT_THAT(value->columns, ElementsAre("name", "color"));
  EXPECT_THAT(value->metadata, ElementsAre("a", "red", "b", "", "c", "blue"));
  EXPECT_EQ(value->sprite, "sprite");
  EXPECT_EQ(value->bookmarks, "[]");
}

TEST_F(EmbeddingTest, LabelsOfOneColumnHaveNoName) {
  dir_.write("t.tsv", "1\t2\r\n3\t4");
  dir_.write("m.tsv", "eins\r\nzwölf");
  absl::StatusOr<EmbeddingValue> value =
      value_of("tensor_path: 't.tsv' metadata_path: 'm.tsv'");
  ASSERT_THAT(value, IsOk());
  EXPECT_THAT(value->columns, IsEmpty());
  EXPECT_THAT(value->metadata, ElementsAre("eins", "zwölf"));
}

TEST_F(EmbeddingTest, BinaryTensorsHaveTheShapeOfTheConfig) {
  const float numbers[] = {1, -2, 0.5f, 3, 4, 5};
  std::string bytes(sizeof numbers, '\0');
  std::memcpy(bytes.data(), numbers, sizeof numbers);
  dir_.write("raw", bytes);
  dir_.write("zeros", std::string(8, '\0'));  // valid UTF-8
  absl::StatusOr<EmbeddingValue> value =
      value_of("tensor_path: 'raw' tensor_shape: 3 tensor_shape: 2");
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(value->points, 3);
  EXPECT_EQ(value->dimensions, 2);
  EXPECT_THAT(value->values, ElementsAre(1, -2, 0.5, 3, 4, 5));
  value = value_of("tensor_path: 'zeros' tensor_shape: 1 tensor_shape: 2");
  ASSERT_THAT(value, IsOk());
  EXPECT_THAT(value->values, ElementsAre(0, 0));
  for (const char* shape : {"", "tensor_shape: 4 tensor_shape: 2",
                            "tensor_shape: 6", "tensor_shape: 0"}) {
    EXPECT_THAT(value_of(std::string("tensor_path: 'raw' ") + shape),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << shape;
  }
}

TEST_F(EmbeddingTest, PathsThatLeadOutsideAreErrors) {
  TempDir outside;
  const std::string secret = outside.write("secret.tsv", "1\t2\n");
  std::filesystem::create_symlink(secret, dir_ / "link.tsv");
  std::filesystem::create_directory_symlink(outside.path(), dir_ / "folder");
  const std::string up =
      "../" + std::filesystem::path(outside.path()).filename().string();
  for (const std::string& path :
       {secret, up + "/secret.tsv", std::string("link.tsv"),
        std::string("folder/secret.tsv"), std::string("..")}) {
    EXPECT_THAT(value_of("tensor_path: '" + path + "'"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("leads outside")))
        << path;
  }
  EXPECT_THAT(value_of("tensor_path: 'a\\0b'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(EmbeddingTest, PathsInsideAreTakenAbsoluteOnesAndLinksToo) {
  dir_.write("data/t.tsv", "1\t2\n");
  std::filesystem::create_symlink("data/t.tsv", dir_ / "link.tsv");
  for (const std::string& path :
       {dir_ / "data/t.tsv", std::string("data/../data/t.tsv"),
        std::string("link.tsv")}) {
    EXPECT_THAT(value_of("tensor_path: '" + path + "'"), IsOk()) << path;
  }
}

TEST_F(EmbeddingTest, FilesThatAreNoneAreErrors) {
  std::filesystem::create_directory(dir_ / "folder");
  EXPECT_THAT(value_of("tensor_path: 'absent'"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("absent")));
  EXPECT_THAT(value_of("tensor_path: 'folder'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(value_of("tensor_name: 'of a checkpoint'"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("checkpoint")));
}

TEST_F(EmbeddingTest, ContentThatContradictsItselfIsAnError) {
  const auto error = [&](const char* tensor, const char* metadata) {
    dir_.write("t.tsv", tensor);
    dir_.write("m.tsv", metadata);
    absl::StatusOr<EmbeddingValue> value =
        value_of("tensor_path: 't.tsv' metadata_path: 'm.tsv'");
    EXPECT_THAT(value, StatusIs(absl::StatusCode::kInvalidArgument));
    return std::string(value.status().message());
  };
  EXPECT_EQ(error("1\t2\n3\n", ""), "point 2 has 1 numbers, the first one 2");
  EXPECT_EQ(error("1\tx\n", ""), "\"x\" is no number");
  EXPECT_EQ(error("1\t2\n", "a\nb\n"), "metadata of 2 points for 1");
  EXPECT_EQ(error("1\t2\n", "n\tm\na\n"),
            "a line of metadata has 1 columns, the first one 2");
  EXPECT_EQ(error("1\t2\n", "\xff\n"), "metadata that is not valid UTF-8");
}

TEST_F(EmbeddingTest, AConfigThatCannotBeReadIsNoted) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "x {";
  ::testing::internal::CaptureStderr();
  for (const std::string& text :
       {std::string("embeddings {"), std::string("\xff"), deep,
        std::string("embeddings: 3")}) {
    EXPECT_THAT(config(text), IsEmpty());
    ASSERT_THAT(log_.skipped(), SizeIs(1));
    EXPECT_EQ(log_.skipped()[0].file, dir_ / "projector_config.pbtxt");
    EXPECT_EQ(log_.skipped()[0].bytes, text.size());
    EXPECT_THAT(log_.skipped()[0].reason, HasSubstr("config"));
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(EmbeddingTest, TheConfigMayStandInThePluginsFolder) {
  dir_.write(
      "plugins/org_tensorflow_tensorboard_projector/projector_config.pbtxt",
      "embeddings { tensor_name: 'w' tensor_path: 't.tsv' }");
  dir_.write("plugins/org_tensorflow_tensorboard_projector/t.tsv", "1\t2\n");
  const std::vector<EmbeddingFiles>& embeddings = read("").embeddings();
  ASSERT_THAT(embeddings, SizeIs(1));
  EXPECT_THAT(embeddings[0].read(), IsOk());
}

TEST_F(EmbeddingTest, ALogdirWithAConfigAloneIsARun) {
  dir_.write("projector_config.pbtxt", "embeddings { tensor_name: 'w' }");
  const tblog::Run& run = reopen();
  EXPECT_EQ(run.name(), ".");
  EXPECT_THAT(run.series(), IsEmpty());
  EXPECT_THAT(run.embeddings(), SizeIs(1));
}

TEST_F(EmbeddingTest, FiltersHoldForEmbeddings) {
  config("embeddings { tensor_name: 'a' } embeddings { tensor_name: 'b' }");
  LogReaderOptions by_tag;
  by_tag.tags = {"b"};
  ASSERT_THAT(reopen(by_tag).embeddings(), SizeIs(1));
  EXPECT_EQ(reopen(by_tag).embeddings()[0].name, "b");
  LogReaderOptions by_kind;
  by_kind.kinds = {ValueKind::kScalar};
  EXPECT_THAT(reopen(by_kind).embeddings(), IsEmpty());
  by_kind.kinds = {ValueKind::kEmbedding};
  EXPECT_THAT(reopen(by_kind).embeddings(), SizeIs(2));
}

}  // namespace
}  // namespace tblog
