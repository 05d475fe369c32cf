// SPDX-License-Identifier: Apache-2.0

#include "src/writer/run.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/summary/legacy.h"
#include "src/summary/scalar.h"

namespace tblog::internal {
namespace {

// Characters by which TensorBoard's Rust reader makes names of images that it
// cannot read back.
bool is_odd(std::string_view tag) {
  return std::any_of(tag.begin(), tag.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '"' || c == '\\';
  });
}

int64_t step_after(const TagState* state) {
  if (state == nullptr || !state->has_step) return 0;
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  return state->last_step == kMax ? kMax : state->last_step + 1;
}

std::string quoted(std::string_view tag) {
  return absl::StrCat("\"", escaped(tag), "\"");
}

}  // namespace

bool Run::find_tag(std::string_view tag, const Kind& kind, Slot& slot,
                   Notices& notices) {
  TagState* state = tags_.find(tag);
  if (!check(state, tag, kind, notices)) return false;
  if (state == nullptr) state = make_tag(tag, &kind, notices);
  if (state != nullptr && state->kind == nullptr) {
    if (state->scalar_head.empty())
      tags_.set_scalar_head(*state, head_of(tag, &kind));
    state->kind = &kind;
    state->is_scalar.store(!state->scalar_head.empty(),
                           std::memory_order_release);
  }
  slot.tag = state != nullptr ? state->tag : tag;
  slot.kind = &kind;
  slot.state = state;
  return true;
}

Slot Run::peek(std::string_view tag) const {
  Slot slot;
  slot.tag = tag;
  slot.state = tags_.find(tag);
  return slot;
}

bool Run::check_tag(std::string_view tag, const Kind& kind, Notices& notices) {
  return check(tags_.find(tag), tag, kind, notices);
}

bool Run::check(const TagState* state, std::string_view tag, const Kind& kind,
                Notices& notices) {
  if (state == nullptr) return check_new_tag(tag, notices);
  if (state->kind == nullptr || *state->kind == kind) return true;
  refuse(Cause::kOtherKind, tag,
         absl::StrCat("its first value was of the kind ",
                      to_absl(state->kind->plugin), ", this one is of ",
                      to_absl(kind.plugin)),
         notices);
  return false;
}

bool Run::check_parts(const Slot& slot, uint64_t parts, Notices& notices) {
  const bool first = slot.state == nullptr || slot.state->parts() == 0;
  if (first || slot.state->parts() == parts) return true;
  refuse(Cause::kOtherCount, slot.tag,
         absl::StrCat("its values so far have ", slot.state->parts(),
                      " clips, this one has ", parts,
                      ": TensorBoard shows none of a tag whose values differ"),
         notices);
  return false;
}

float Run::to_float(const Slot& slot, double value, Notices& notices) {
  const auto narrow = static_cast<float>(value);
  const bool lost = std::isinf(narrow) && !std::isinf(value);
  if (lost && (slot.state == nullptr ||
               !std::exchange(slot.state->float_reported, true)))
    remark(Cause::kBeyondFloat, slot.tag,
           absl::StrCat(value,
                        " is beyond float32, which TensorBoard stores: "
                        "written as infinity"),
           notices);
  return narrow;
}

bool Run::check_new_tag(std::string_view tag, Notices& notices) {
  if (tag.empty()) {
    refuse(Cause::kEmptyTag, tag, "the tag is empty", notices);
    return false;
  }
  if (!is_valid_utf8(tag)) {
    refuse(Cause::kInvalidTag, tag, "the tag is not UTF-8", notices);
    return false;
  }
  if (is_odd(tag))
    remark(Cause::kOddTag, tag,
           "the tag contains a quote, a backslash or a control character: "
           "TensorBoard's data server cannot serve images of it",
           notices);
  return true;
}

std::string Run::head_of(std::string_view tag, const Kind* kind) const {
  if (kind == nullptr || !(*kind == kScalarKind)) return {};
  return legacy_values() ? encode_legacy_scalar_head(tag)
                         : encode_scalar_head(tag);
}

TagState* Run::make_tag(std::string_view tag, const Kind* kind,
                        Notices& notices) {
  if (tags_.size() >= options_.max_tags) {
    remark(Cause::kManyTags, {},
           absl::StrCat("more than ", options_.max_tags,
                        " tags: those beyond are written with their metadata "
                        "each time, and their steps are not checked"),
           notices);
    return nullptr;
  }
  return &tags_.add(tag, head_of(tag, kind));
}

int64_t Run::resolve_step(At at, const Slot& slot, Notices& notices) {
  if (!at.is_current()) return at.step();
  if (current_step) return *current_step;
  remark(Cause::kNoStep, {},
         absl::StrCat("no step was given for ", quoted(slot.tag),
                      " and none was set: counting its values"),
         notices);
  return step_after(slot.state);
}

// Only the first value of a run is looked at.
void Run::compare_with_previous(int64_t step, Notices& notices) {
  const PreviousFiles found = *previous;
  previous.reset();
  if (!found.being_written.empty())
    remark(Cause::kOtherWriter, {},
           absl::StrCat(
               "another writer is at work here, in ",
               escaped(found.being_written, 4096),
               ": TensorBoard's Python reader follows the newest file alone, "
               "and shows what comes to the others once it is restarted; of a "
               "tag that both log, its data server erases the steps of the one "
               "where those of the other go back; log to a directory of its "
               "own, such as a child()"),
           notices);
  else if (found.is_cut_off)
    remark(Cause::kCutOff, {},
           "the newest event file ends inside a record: its writer was killed, "
           "or is at work still; it is left as it is, and a new file begins",
           notices);
  const bool below = found.last_step && step <= *found.last_step;
  const bool cut = options_.resume_step && step >= *options_.resume_step;
  if (below && !cut)
    remark(Cause::kBelowPrevious, {},
           absl::StrCat(
               "an earlier writer has come to step ", *found.last_step,
               ", and this one begins at step ", step,
               ": TensorBoard's Python reader shows both, its data server "
               "erases what the tags had from there on; log to another "
               "directory, or set WriterOptions::resume_step"),
           notices);
}

bool Run::take_step(const Slot& slot, int64_t step, Notices& notices) {
  const bool timeless = slot.kind != nullptr && slot.kind->timeless;
  if (previous && !timeless) compare_with_previous(step, notices);
  if (slot.state == nullptr) return true;
  TagState& state = *slot.state;
  const bool onward = !state.has_step || step > state.last_step;
  const bool take = onward || options_.on_step_back == OnStepBack::kWrite;
  if (!onward && !std::exchange(state.step_reported, true)) {
    remark(Cause::kStepBack, slot.tag,
           absl::StrCat("step ", step, " after step ", state.last_step,
                        take ? ": written, but TensorBoard's data server "
                               "erases what was logged at this step or later"
                             : ": dropped, and so are others like it"),
           notices);
  }
  if (take) {
    state.has_step = true;
    state.last_step = step;
  }
  return take;
}

bool Run::keep_point(TagState& state, const Thinning::Point& point,
                     WriterStats& stats) {
  Thinning& thinning = state.make_rare().thinning;
  if (thinning.has_last()) {
    thinning.forget_last();
    --waiting_points;
    ++stats.thinned;
  }
  if (thinning.take(options_.thin_scalars_after)) return true;
  thinning.set_last(point);
  ++waiting_points;
  return false;
}

bool Run::take_bytes(const Slot& slot, uint64_t bytes, Notices& notices) {
  if (slot.state == nullptr || slot.kind->timeless) return true;
  RareTagState& rare = slot.state->make_rare();
  const uint64_t limit = options_.max_bytes_per_tag;
  if (!rare.is_full && bytes <= limit - rare.bytes) {
    rare.bytes += bytes;
    return true;
  }
  rare.is_full = true;
  remark(Cause::kTagFull, slot.tag,
         absl::StrCat("has values of ", rare.bytes,
                      " bytes, and would pass WriterOptions::max_bytes_per_tag"
                      " with this one: it is dropped, and so are all later "
                      "ones of the tag"),
         notices);
  return false;
}

bool Run::would_take(std::string_view tag, At at) const {
  const TagState* state = tags_.find(tag);
  if (state == nullptr) return !tag.empty() && is_valid_utf8(tag);
  if (options_.on_step_back == OnStepBack::kWrite || !state->has_step)
    return true;
  if (at.is_current() && !current_step) return true;
  const int64_t step = at.is_current() ? *current_step : at.step();
  return step > state->last_step;
}

bool Run::describe(std::string_view tag, const SeriesInfo& info,
                   Notices& notices) {
  TagState* state = tags_.find(tag);
  if (state == nullptr) {
    if (!check_new_tag(tag, notices)) return false;
    state = make_tag(tag, nullptr, notices);
  }
  if (state == nullptr || state->kind != nullptr) {
    refuse(Cause::kLateDescription, tag,
           state == nullptr ? "the tag cannot be described: too many tags"
                            : "described after its first value, where "
                              "TensorBoard does not read it",
           notices);
    return false;
  }
  if (!is_valid_utf8(info.display_name) || !is_valid_utf8(info.description))
    remark(Cause::kInvalidUtf8, tag,
           "its display name or description is not UTF-8; what is not is "
           "written as U+FFFD",
           notices);
  state->make_rare().info = std::make_unique<SeriesInfo>(SeriesInfo{
      to_valid_utf8(info.display_name), to_valid_utf8(info.description)});
  return true;
}

void Run::refuse(Cause cause, std::string_view tag, absl::string_view why,
                 Notices& notices) {
  if (!reporter_.first_time(cause, number, tag)) return;
  notices.push_back(
      {absl::InvalidArgumentError(absl::StrCat(
           "refused a value of ", quoted(tag), " in ", directory, ": ", why)),
       true});
}

void Run::remark(Cause cause, std::string_view tag, absl::string_view what,
                 Notices& notices) {
  if (!reporter_.first_time(cause, number, tag)) return;
  const std::string subject = tag.empty() ? "" : absl::StrCat(quoted(tag), " ");
  notices.push_back({absl::InvalidArgumentError(
                         absl::StrCat(subject, "in ", directory, ": ", what)),
                     false});
}

}  // namespace tblog::internal
