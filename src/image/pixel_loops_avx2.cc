// SPDX-License-Identifier: Apache-2.0

#include "src/image/pixel_loops-inl.h"

namespace tblog::internal {

const PixelLoops kAvx2PixelLoops = kLoops;

}  // namespace tblog::internal
