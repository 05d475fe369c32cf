// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/canvas.h"

#include <gtest/gtest.h>

namespace tblog::tool {
namespace {

TEST(CanvasTest, DotsAreBraille) {
  Canvas canvas(2, 1);
  canvas.dot(0, 0, 0);
  canvas.dot(3, 3, 0);
  EXPECT_EQ(canvas.row(0, {}), "⠁⢀");
}

TEST(CanvasTest, LinesHaveNoGaps) {
  Canvas canvas(4, 2);
  canvas.line(0, 7, 7, 0, 0);
  EXPECT_EQ(canvas.row(0, {}), "  ⡠⠊");
  EXPECT_EQ(canvas.row(1, {}), "⡠⠊");
  Canvas back(4, 2);
  back.line(7, 0, 0, 7, 0);
  EXPECT_EQ(back.row(0, {}), canvas.row(0, {}));
}

TEST(CanvasTest, WhatLiesOutsideIsLeftOut) {
  Canvas canvas(1, 1);
  canvas.dot(-1, 0, 0);
  canvas.dot(0, 4, 0);
  canvas.mark(2, 0, "x", 0);
  EXPECT_EQ(canvas.row(0, {}), "");
}

TEST(CanvasTest, AsciiHasACharacterASeries) {
  Canvas canvas(2, 1);
  canvas.dot(0, 0, 0);
  canvas.dot(2, 0, 1);
  EXPECT_EQ(canvas.row(0, {.ascii = true}), "*+");
}

TEST(CanvasTest, EachCellHasTheColorOfItsSeries) {
  Canvas canvas(1, 1);
  canvas.mark(0, 0, "N", 1);
  EXPECT_EQ(canvas.row(0, {.color = true}), "\x1b[38;5;208mN\x1b[0m");
}

}  // namespace
}  // namespace tblog::tool
