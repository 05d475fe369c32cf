// SPDX-License-Identifier: Apache-2.0
//
// Frames to an animated PNG. A pure function, thread-safe.

#ifndef TBLOG_SRC_IMAGE_ANIMATION_H_
#define TBLOG_SRC_IMAGE_ANIMATION_H_

#include "absl/status/statusor.h"
#include "src/image/encode.h"
#include "tblog/image.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// Lossless, in the fewest channels that hold all frames, and in a file that
// shows its first frame where only plain PNGs are known. Range::kAuto is that
// of all frames.
//
// Cost: as encode_image() for each frame, with a frame's pixels in memory.
// Errors: as encode_images(); InvalidArgument also for AnimationOptions outside
// of what they say, and for more than kMaxImagePixels in all frames.
absl::StatusOr<EncodedImage> encode_animation(const TensorView& frames,
                                              const AnimationOptions& options);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_ANIMATION_H_
