// SPDX-License-Identifier: Apache-2.0

#include "src/writer/byte_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/record/framing.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;

class ByteQueueTest : public ::testing::Test {
 protected:
  // Chunks of these bytes.
  void fill(const std::vector<std::string>& chunks,
            const std::vector<size_t>& file_breaks) {
    for (const std::string& bytes : chunks) {
      queue_.chunks.push_back({bytes, ++number_});
      queue_.bytes += bytes.size();
    }
    queue_.file_breaks = file_breaks;
  }

  static std::vector<std::string> bytes_of(const ByteQueue& queue) {
    std::vector<std::string> bytes;
    for (const Chunk& chunk : queue.chunks) bytes.push_back(chunk.bytes);
    return bytes;
  }

  ByteQueue queue_;
  ByteQueue front_;
  uint64_t number_ = 0;
};

TEST_F(ByteQueueTest, TakesAllThatFits) {
  fill({"aa", "bb"}, {1, 2});
  queue_.take(4, front_);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.bytes, 0u);
  EXPECT_THAT(bytes_of(front_), ElementsAre("aa", "bb"));
  EXPECT_THAT(front_.file_breaks, ElementsAre(1, 2));
  EXPECT_EQ(front_.bytes, 4u);
}

TEST_F(ByteQueueTest, LeavesWhatIsMoreAndTheFilesThatBeginThere) {
  fill({"aa", "bb", "cc", "dd"}, {0, 2, 3, 4});
  queue_.take(5, front_);
  EXPECT_THAT(bytes_of(front_), ElementsAre("aa", "bb"));
  EXPECT_THAT(front_.file_breaks, ElementsAre(0));
  EXPECT_EQ(front_.bytes, 4u);
  EXPECT_THAT(bytes_of(queue_), ElementsAre("cc", "dd"));
  EXPECT_THAT(queue_.file_breaks, ElementsAre(0, 1, 2));
  EXPECT_EQ(queue_.bytes, 4u);
}

TEST_F(ByteQueueTest, TakesOneChunkOfAnySize) {
  fill({"aaaaaa", "b"}, {});
  queue_.take(2, front_);
  EXPECT_THAT(bytes_of(front_), ElementsAre("aaaaaa"));
  EXPECT_THAT(bytes_of(queue_), ElementsAre("b"));
}

TEST_F(ByteQueueTest, RemovesAChunkAndKeepsFilesApart) {
  fill({"aa", "bb", "cc"}, {0, 1, 3});
  EXPECT_EQ(queue_.remove(0).bytes, "aa");
  EXPECT_THAT(queue_.file_breaks, ElementsAre(0, 2));
  EXPECT_EQ(queue_.remove(1).bytes, "cc");
  EXPECT_THAT(queue_.file_breaks, ElementsAre(0, 1));
  EXPECT_EQ(queue_.bytes, 2u);
}

TEST_F(ByteQueueTest, TheOldestIsTheFirstThatIsNotKept) {
  fill({"aa", "bb", "cc"}, {});
  EXPECT_EQ(queue_.oldest(), 0u);
  queue_.chunks[0].kept = true;
  EXPECT_EQ(queue_.oldest(), 1u);
  queue_.chunks[1].kept = queue_.chunks[2].kept = true;
  EXPECT_EQ(queue_.oldest(), 3u);
}

TEST_F(ByteQueueTest, KnowsWhatIsForTheNewestFile) {
  fill({"aa", "bb"}, {});
  EXPECT_TRUE(queue_.is_for_last_file(0));
  queue_.file_breaks = {1};
  EXPECT_FALSE(queue_.is_for_last_file(0));
  EXPECT_TRUE(queue_.is_for_last_file(1));
}

TEST(RecordsBeyondTest, CountsThoseThatEndThere) {
  std::string chunk;
  EXPECT_EQ(records_beyond(chunk, 0), 0u);
  append_record(chunk, "one");
  const size_t first = chunk.size();
  append_record(chunk, "");
  EXPECT_EQ(records_beyond(chunk, 0), 2u);
  EXPECT_EQ(records_beyond(chunk, first - 1), 2u);
  EXPECT_EQ(records_beyond(chunk, first), 1u);
  EXPECT_EQ(records_beyond(chunk, chunk.size()), 0u);
}

}  // namespace
}  // namespace tblog::internal
