// SPDX-License-Identifier: Apache-2.0
//
// A file by TensorBoard's own Python writer, see makers/make_tensorboard.py.

#include "tests/reader/golden_log.h"

namespace tblog {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace tblog::testing;  // NOLINT: the helpers of golden_log.h

class TensorBoardTest : public ::testing::Test {
 protected:
  const Series& series(std::string_view tag, ValueKind kind) const {
    return find(log_, ".", tag, kind);
  }
  LogReader log_ = golden_log("tensorboard");
};

TEST_F(TensorBoardTest, SaysWhatItsFileIs) {
  ASSERT_THAT(log_.files(), SizeIs(1));
  EXPECT_EQ(log_.files()[0].events, 31u);
  EXPECT_EQ(log_.files()[0].incomplete_bytes, 0u);
  EXPECT_EQ(log_.files()[0].file_version, "brain.Event:2");
  EXPECT_EQ(log_.files()[0].writer,
            "tensorboard.summary.writer.event_file_writer");
}

TEST_F(TensorBoardTest, Scalars) {
  const Series& loss = series("loss", ValueKind::kScalar);
  EXPECT_THAT(loss.steps(), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(loss.wall_times(), ElementsAre(1001, 1002, 1003, 1004, 1005));
  EXPECT_THAT(loss.values(), ElementsAre(1, 0.5, DoubleNear(1.0 / 3, 1e-7),
                                         0.25, DoubleNear(0.2, 1e-7)));
  EXPECT_EQ(loss.metadata().display_name, "Loss");
  EXPECT_EQ(loss.metadata().description, "mean, *nats*");
  EXPECT_THAT(series("old scalar", ValueKind::kScalar).values(),
              ElementsAre(0.25));
}

TEST_F(TensorBoardTest, Histograms) {
  EXPECT_THAT(rows(*series("weights", ValueKind::kHistogram).histogram(0)),
              ElementsAre(ElementsAre(0, 0.5, 3), ElementsAre(0.5, 1, 2)));
  EXPECT_THAT(
      rows(*series("old histogram", ValueKind::kHistogram).histogram(0)),
      ElementsAre(ElementsAre(0.1, 1, 3), ElementsAre(1, 2, 0),
                  ElementsAre(2, 3, 2), ElementsAre(3, 3.9, 1)));
}

TEST_F(TensorBoardTest, Images) {
  for (const char* tag : {"pixel", "old image"}) {
    const ImageValue value = *series(tag, ValueKind::kImage).image(0);
    EXPECT_EQ(value.width, 1);
    EXPECT_EQ(value.height, 1);
    EXPECT_THAT(value.images, ElementsAre(StartsWith("\x89PNG")));
  }
}

TEST_F(TensorBoardTest, Audio) {
  const AudioValue clips = *series("clips", ValueKind::kAudio).audio(0);
  EXPECT_THAT(clips.clips, ElementsAre("RIFF 1", "RIFF 2"));
  EXPECT_THAT(clips.labels, ElementsAre("*one*", ""));
  const AudioValue old = *series("old audio", ValueKind::kAudio).audio(0);
  EXPECT_THAT(old.clips, ElementsAre("RIFF old"));
  EXPECT_THAT(old.labels, IsEmpty());
  EXPECT_EQ(old.sample_rate_hz, 8000);
  EXPECT_EQ(old.channels, 2);
  EXPECT_EQ(old.frames, 4);
}

TEST_F(TensorBoardTest, Texts) {
  EXPECT_THAT(series("note", ValueKind::kText).text(0)->texts,
              ElementsAre("**grüße**"));
  const TextValue table = *series("table", ValueKind::kText).text(0);
  EXPECT_THAT(table.shape, ElementsAre(2, 2));
  EXPECT_THAT(table.texts, ElementsAre("a", "b", "c", "d"));
}

}  // namespace
}  // namespace tblog
