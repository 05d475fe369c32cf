// SPDX-License-Identifier: Apache-2.0
//
// The traps that verify() knows, by name.

#ifndef TBLOG_SRC_READER_TRAP_TABLE_H_
#define TBLOG_SRC_READER_TRAP_TABLE_H_

#include <cstdint>

#include "tblog/verify.h"

namespace tblog::internal {

// In the order of their numbers, which begin at 1.
enum class TrapId : uint8_t {
  kRecordFraming,
  kRecordEmpty,
  kRecordLength,
  kRecordCutOff,
  kEventInvalid,
  kNoCompression,
  kFileName,
  kLogdirTfevents,
  kRunNames,
  kFileSort,
  kFirstRecord,
  kSourceWriter,
  kTagUtf8,
  kMetaGraph,
  kWallTimeFinite,
  kStepAnyInt64,
  kDeadFields,
  kTagEmpty,
  kTensorEncoding,
  kTensorUndecodable,
  kTensorRepeat,
  kPluginContent,
  kPluginVersion,
  kMetadataFirst,
  kMetadataEachFile,
  kMetadataConstant,
  kOnePlugin,
  kTensorAlways,
  kScalarFloat32,
  kScalarNotFinite,
  kImageShape,
  kImageEncoding,
  kAudioContent,
  kAudioClipCount,
  kTextUtf8,
  kTextTable,
  kHparamsTensor,
  kHparamsBelowRoot,
  kHparamsOnce,
  kHparamsFinite,
  kHparamsOneExperiment,
  kPrShape,
  kPrCounts,
  kMeshShape,
  kMeshComponents,
  kMeshDtypes,
  kMeshSteps,
  kGraphSteps,
  kGraphNames,
  kGraphParsable,
  kRunMetadataContent,
  kRunMetadataGraph,
  kGraphLongAttributes,
  kLayoutOneString,
  kLayoutLast,
  kProjectorInside,
  kProjectorNames,
  kProjectorUnique,
  kProjectorBinary,
  kProjectorColumns,
  kProjectorMetadata,
  kProjectorSprite,
  kHistogramShape,
  kHistogramFinite,
  kHistogramRange,
  kHistogramOuterBuckets,
  kNoPreallocation,
  kStepIncreasing,
  kStepMissing,
  kStepTwiceInEvent,
  kSessionResume,
  kSessionStart,
  kRotation,
  kFileReadable,
};

const Trap& trap_of(TrapId id);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_TRAP_TABLE_H_
