// SPDX-License-Identifier: Apache-2.0

#include "src/reader/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::internal {
namespace {

using tblog::testing::IsOk;
using tblog::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DiscoveryTest : public ::testing::Test {
 protected:
  std::vector<std::string> run_names() {
    absl::StatusOr<FoundRuns> found = find_runs(dir_.path());
    EXPECT_THAT(found, IsOk());
    std::vector<std::string> names;
    if (found.ok()) {
      for (const FoundRun& run : found->runs) names.push_back(run.name);
    }
    return names;
  }

  void link(std::string_view target, std::string_view name) {
    std::filesystem::create_symlink(target, dir_ / name);
  }

  tblog::testing::TempDir dir_;
};

TEST_F(DiscoveryTest, ARunIsADirectoryWithEventFiles) {
  dir_.write("events.out.tfevents.1", "");
  dir_.write("a/b/c/events.out.tfevents.1", "");
  dir_.write("a/b/notes.txt", "");
  dir_.write("mit Leerzeichen, größe:1/tfevents", "");
  dir_.write(".hidden/x.tfevents", "");
  EXPECT_THAT(run_names(),
              ElementsAre(".", ".hidden", "a/b/c", "mit Leerzeichen, größe:1"));
}

TEST_F(DiscoveryTest, AnEventFileHasTfeventsInItsName) {
  for (const char* name : {"tfevents", ".x.tfevents", "a.tfevents.b.gz",
                           "x.tfevents.v2", "x.tfevents.profile-empty"}) {
    dir_.write(name, "");
  }
  for (const char* name : {"TFEVENTS", "tfevent", "events.out"}) {
    dir_.write(name, "");
  }
  absl::StatusOr<FoundRuns> found = find_runs(dir_.path());
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->runs.size(), 1u);
  EXPECT_THAT(found->runs[0].files,
              ElementsAre(dir_ / ".x.tfevents", dir_ / "a.tfevents.b.gz",
                          dir_ / "tfevents", dir_ / "x.tfevents.profile-empty",
                          dir_ / "x.tfevents.v2"));
}

TEST_F(DiscoveryTest, FilesOfARunGoByTheirNamesAsBytes) {
  for (const char* name : {"tfevents.9", "tfevents.10", "tfevents.2"}) {
    dir_.write(name, "");
  }
  absl::StatusOr<FoundRuns> found = find_runs(dir_.path());
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(found->runs[0].files,
              ElementsAre(dir_ / "tfevents.10", dir_ / "tfevents.2",
                          dir_ / "tfevents.9"));
}

TEST_F(DiscoveryTest, ADirectoryNamedLikeAnEventFileIsADirectory) {
  dir_.write("x.tfevents.dir/y.tfevents", "");
  EXPECT_THAT(run_names(), ElementsAre("x.tfevents.dir"));
}

TEST_F(DiscoveryTest, FollowsLinksToDirectoriesAndFiles) {
  dir_.write("real/x.tfevents", "");
  link("real", "linked");
  std::filesystem::create_directory(dir_ / "other");
  link("../real/x.tfevents", "other/y.tfevents");
  link("nowhere", "broken.tfevents");
  EXPECT_THAT(run_names(), ElementsAre("linked", "other", "real"));
}

TEST_F(DiscoveryTest, LinksThatLeadUpwardsEnd) {
  dir_.write("a/x.tfevents", "");
  link("..", "a/up");
  link(".", "self");
  link("loop2", "loop1");
  link("loop1", "loop2");
  EXPECT_THAT(run_names(), ElementsAre("a"));
}

TEST_F(DiscoveryTest, VeryDeepDirectoriesAreNotedAndLeftOut) {
  dir_.write("x.tfevents", "");
  std::string deep;
  for (int i = 0; i < 150; ++i) deep += "d/";
  dir_.write(deep + "x.tfevents", "");
  absl::StatusOr<FoundRuns> found = find_runs(dir_.path());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->runs.size(), 1u);
  ASSERT_EQ(found->skipped.size(), 1u);
  EXPECT_THAT(found->skipped[0].reason, HasSubstr("too deep"));
}

TEST_F(DiscoveryTest, OneFileIsARunOfItsOwnWhateverItsName) {
  const std::string path = dir_.write("renamed.log", "");
  dir_.write("other.tfevents", "");
  absl::StatusOr<FoundRuns> found = find_runs(path);
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->runs.size(), 1u);
  EXPECT_EQ(found->runs[0].name, ".");
  EXPECT_THAT(found->runs[0].files, ElementsAre(path));
}

TEST_F(DiscoveryTest, AMissingDirectoryNamesTheNearestWithEvents) {
  dir_.write("runs/mnist/x.tfevents", "");
  EXPECT_THAT(find_runs(dir_ / "run/mnist"),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr(dir_ / "run/mnist does not exist"),
                             EndsWith("nearest directory with event files is " +
                                      (dir_ / "runs")))));
}

TEST_F(DiscoveryTest, TheNearestIsALogdirThatOneWouldOpen) {
  const auto nearest = [&](const std::string& path) {
    const std::string text(find_runs(dir_ / path).status().message());
    const std::string begin = "with event files is " + dir_.path() + "/";
    const size_t at = text.find(begin);
    return at == std::string::npos ? text : text.substr(at + begin.size());
  };
  dir_.write("build/logs/deep/train/x.tfevents", "");
  dir_.write("runs/mnist/adam/seed0/train/x.tfevents", "");
  dir_.write("runs/mnist/adam/seed1/train/x.tfevents", "");
  // Not one of its runs, and of two branches the one with the like name.
  EXPECT_EQ(nearest("rnus"), "runs/mnist/adam");
  EXPECT_EQ(nearest("run/mnist/adam"), "runs/mnist/adam");
  EXPECT_EQ(nearest("buidl"), "build/logs/deep");
  EXPECT_EQ(nearest("runs/mnist/sgd"), "runs/mnist/adam");
  // Two experiments: what holds both.
  dir_.write("runs/cifar/sgd/x.tfevents", "");
  EXPECT_EQ(nearest("rnus"), "runs");
  // A run among runs is itself the answer.
  EXPECT_EQ(nearest("runs/cifar/sdg"), "runs/cifar/sgd");
}

TEST_F(DiscoveryTest, AnEmptyDirectoryNamesTheNearestWithEvents) {
  dir_.write("logs/a/x.tfevents", "");
  std::filesystem::create_directories(dir_ / "logs/b/empty");
  EXPECT_THAT(find_runs(dir_ / "logs/b/empty/"),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("holds no event files"),
                             HasSubstr("is " + (dir_ / "logs/a")))));
}

TEST_F(DiscoveryTest, ADirectoryThatCannotBeReadIsNoted) {
  dir_.write("open/x.tfevents", "");
  dir_.write("closed/x.tfevents", "");
  std::filesystem::permissions(dir_ / "closed", std::filesystem::perms::none);
  // Root reads it all the same.
  const bool readable = access((dir_ / "closed").c_str(), R_OK) == 0;
  absl::StatusOr<FoundRuns> found = find_runs(dir_.path());
  std::filesystem::permissions(dir_ / "closed",
                               std::filesystem::perms::owner_all);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->runs.size(), readable ? 2u : 1u);
  EXPECT_EQ(found->skipped.size(), readable ? 0u : 1u);
}

}  // namespace
}  // namespace tblog::internal
