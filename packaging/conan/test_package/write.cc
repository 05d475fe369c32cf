// SPDX-License-Identifier: Apache-2.0

#include "tblog/tblog.h"

int main() {
  tblog::SummaryWriter writer("runs/package");
  for (int step = 0; step < 3; ++step) writer.scalar("loss", 1.0 / (1 + step), step);
  return writer.close().ok() ? 0 : 1;
}
