// SPDX-License-Identifier: Apache-2.0
//
// Embeddings: which files are written, when, and what becomes of those that
// stand in the directory.

#include "tblog/embedding.h"

#include <limits>
#include <string>
#include <vector>

#include "src/writer/embedding_files.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kConfig = "/memory/runs/a/projector_config.pbtxt";

class EmbeddingCallTest : public WriterFixture {
 protected:
  std::string config() { return memory_.contents(kConfig); }

  // A file that another program has written.
  void put(const std::string& path, const std::string& contents) {
    auto file = memory_.create(path);
    ASSERT_TRUE(file.ok()) << file.status();
    size_t written = 0;
    ASSERT_TRUE((*file)->append(contents, &written).ok());
  }

  const std::vector<float> numbers_ = {1, 2, 3, 4};
  const TensorView matrix_{numbers_.data(), {2, 2}};
};

TEST_F(EmbeddingCallTest, FilesAreThereAfterAFlushTheConfigLast) {
  open();
  EmbeddingOptions options;
  options.labels = {"a", "b"};
  disk_.stall();
  writer_->embedding("words", matrix_, 5, options);
  EXPECT_EQ(config(), "");
  disk_.resume();
  EXPECT_TRUE(writer_->flush().ok());
  EXPECT_EQ(memory_.contents("/memory/runs/a/embeddings/words/5/tensors.tsv"),
            "1\t2\n3\t4\n");
  EXPECT_EQ(memory_.contents("/memory/runs/a/embeddings/words/5/metadata.tsv"),
            "a\nb\n");
  EXPECT_THAT(config(), StartsWith("embeddings { tensor_name: \"words\""));
  EXPECT_THAT(memory_.paths(), Each(Not(HasSubstr("unfinished"))));
  EXPECT_EQ(writer_->stats().pending_bytes, 0u);
  EXPECT_EQ(writer_->stats().events, 1u);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(EmbeddingCallTest, LaterStepsTakeTheEntryAndEqualOnesTheFiles) {
  open();
  writer_->embedding("words", matrix_, 5);
  writer_->embedding("words", {numbers_.data(), {1, 2}}, 5);
  writer_->embedding("words", matrix_, 6);
  writer_->embedding("other", matrix_, 6);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_EQ(memory_.contents("/memory/runs/a/embeddings/words/5/tensors.tsv"),
            "1\t2\n");
  EXPECT_THAT(config(), AllOf(HasSubstr("words/6/"), HasSubstr("other/6/"),
                              Not(HasSubstr("words/5/"))));
}

TEST_F(EmbeddingCallTest, EachStepMayStay) {
  open();
  EmbeddingOptions options;
  options.keep_steps = true;
  writer_->embedding("words", matrix_, 5, options);
  writer_->embedding("words", matrix_, 6, options);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_THAT(config(), AllOf(HasSubstr("words@5"), HasSubstr("words@6")));
}

TEST_F(EmbeddingCallTest, WithoutAStepTheSetOneIsTaken) {
  open();
  writer_->set_step(9);
  writer_->embedding("words", matrix_);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_THAT(config(), HasSubstr("words/9/"));
}

TEST_F(EmbeddingCallTest, FilesOfAChildStandInItsDirectory) {
  open();
  SummaryWriter child = writer_->child("b");
  child.embedding("words", matrix_, 0);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_THAT(memory_.contents("/memory/runs/a/b/projector_config.pbtxt"),
              HasSubstr("words"));
  EXPECT_EQ(config(), "");
}

TEST_F(EmbeddingCallTest, NothingLeavesTheDirectory) {
  open();
  for (const char* name : {"..", "../x", "/etc/x", "a/../../../b", "~", "."})
    writer_->embedding(name, matrix_, 0);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_THAT(memory_.paths(), SizeIs(8));
  EXPECT_THAT(memory_.paths(),
              Each(AllOf(StartsWith("/memory/runs/a/"), Not(HasSubstr("..")))));
}

TEST_F(EmbeddingCallTest, AConfigOfAnotherProgramIsAddedTo) {
  ASSERT_TRUE(memory_.create_directories("/memory/runs/a").ok());
  const std::string theirs = "embeddings {\n  tensor_name: \"theirs\"\n}\n";
  put(kConfig, theirs);
  open();
  writer_->embedding("words", matrix_, 0);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_THAT(config(), AllOf(StartsWith(theirs), HasSubstr("words")));
}

TEST_F(EmbeddingCallTest, OrLeftAloneWithOneReportWhereItHasTheName) {
  ASSERT_TRUE(memory_.create_directories("/memory/runs/a").ok());
  const std::string theirs = "embeddings {\n  tensor_name: \"words\"\n}\n";
  put(kConfig, theirs);
  open();
  writer_->embedding("words", matrix_, 0);
  writer_->embedding("words", matrix_, 1);
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(config(), theirs);
  EXPECT_EQ(writer_->stats().dropped, 2u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("another program")));
}

TEST_F(EmbeddingCallTest, ALeftoverOfACrashIsNoObstacle) {
  ASSERT_TRUE(memory_.create_directories("/memory/runs/a").ok());
  put(kConfig + ".unfinished0", "embedd");
  open();
  writer_->embedding("words", matrix_, 0);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_THAT(config(), HasSubstr("words"));
}

TEST_F(EmbeddingCallTest, EventsAreWrittenWhateverBecomesOfTheFiles) {
  for (Operation operation :
       {Operation::kCreateDirectories, Operation::kCreate, Operation::kAppend,
        Operation::kClose, Operation::kRename, Operation::kRead}) {
    reports_.clear();
    open();
    EXPECT_TRUE(writer_->flush().ok());
    disk_.fail(operation, 1);
    writer_->embedding("words", matrix_, 0);
    writer_->flush().IgnoreError();
    disk_.heal();
    writer_->embedding("words", matrix_, 1);
    writer_->scalar("loss", 1, 0);
    EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_EQ(writer_->stats().dropped, 1u);
    EXPECT_EQ(writer_->stats().events, 3u);
    EXPECT_THAT(reports(), ElementsAre(AllOf(HasSubstr("/memory/runs/a"),
                                             HasSubstr("an embedding"))));
    EXPECT_THAT(config(), HasSubstr("words/1/"));
    writer_.reset();
    memory_.clear();
  }
}

TEST_F(EmbeddingCallTest, AFileSystemThatCannotReadAndRenameIsReported) {
  struct Old final : FileSystem {
    explicit Old(FileSystem* on) : base(on) {}
    absl::StatusOr<std::unique_ptr<WritableFile>> create(
        const std::string& path) override {
      return base->create(path);
    }
    absl::Status create_directories(const std::string& path) override {
      return base->create_directories(path);
    }
    absl::StatusOr<std::string> absolute(const std::string& path) override {
      return base->absolute(path);
    }
    FileSystem* base;
  };
  Old old(&memory_);
  options_.file_system = &old;
  open();
  writer_->embedding("words", matrix_, 0);
  writer_->scalar("loss", 1, 0);
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("cannot read")));
}

TEST_F(EmbeddingCallTest, ItWaitsForRoomNoLongerThanAnEvent) {
  options_.max_block = std::chrono::milliseconds(0);
  options_.max_pending_bytes = size_t{64} << 10;
  open();
  const std::vector<float> numbers(40'000, 0.1f);
  disk_.stall();
  writer_->embedding("a", {numbers.data(), {20'000, 2}}, 0);
  writer_->embedding("b", {numbers.data(), {20'000, 2}}, 0);
  EXPECT_EQ(writer_->stats().dropped, 1u);
  disk_.resume();
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(config(), AllOf(HasSubstr("\"a\""), Not(HasSubstr("\"b\""))));
}

TEST_F(EmbeddingCallTest, OddInputIsReportedOnceAndBadInputRefused) {
  open();
  const float odd[] = {std::numeric_limits<float>::quiet_NaN(), 2};
  EmbeddingOptions options;
  options.labels = {"\xff"};
  for (int step = 0; step < 2; ++step) {
    writer_->embedding("odd", {odd, {1, 2}}, step, options);
    writer_->embedding("flat", numbers_, step);
    writer_->embedding("", matrix_, step);
    writer_->embedding("\xff", matrix_, step);
  }
  const std::vector<float> many(200'002);
  writer_->embedding("many", {many.data(), {100'001, 2}}, 0);
  EXPECT_EQ(writer_->stats().refused, 6u);
  EXPECT_EQ(writer_->stats().events, 3u);
  EXPECT_THAT(reports(),
              ElementsAre(HasSubstr("written as 0"), HasSubstr("U+FFFD"),
                          HasSubstr("matrix"), HasSubstr("empty"),
                          HasSubstr("UTF-8"), HasSubstr("shows 100000")));
}

TEST_F(EmbeddingCallTest, NoFilesAfterClose) {
  open();
  writer_->close().IgnoreError();
  writer_->embedding("words", matrix_, 0);
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_EQ(config(), "");
}

}  // namespace
}  // namespace tblog::testing
