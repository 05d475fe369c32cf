// SPDX-License-Identifier: Apache-2.0

#include "src/reader/checked_parse.h"

#include <climits>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "src/base/strings.h"
#include "src/event/wire_reader.h"

namespace tblog::internal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr int kMaxDepth = 99;  // libprotobuf's limit, less the outer message

class Walk {
 public:
  bool check(const Descriptor& type, std::string_view encoded, int depth = 0) {
    if (depth > kMaxDepth) return false;
    wire::WireReader fields(encoded);
    while (fields.next()) {
      if (++parts_ > kMaxMessageParts) return false;
      const FieldDescriptor* field =
          type.FindFieldByNumber(static_cast<int>(fields.field()));
      if (field == nullptr || !fields.is(fields.field(), wire::kBytes))
        continue;
      if (field->type() == FieldDescriptor::TYPE_STRING &&
          !is_valid_utf8(fields.bytes())) {
        return false;
      }
      if (field->type() == FieldDescriptor::TYPE_MESSAGE &&
          !check(*field->message_type(), fields.bytes(), depth + 1)) {
        return false;
      }
    }
    return fields.ok();
  }

  bool too_many_parts() const { return parts_ > kMaxMessageParts; }

 private:
  int64_t parts_ = 0;
};

}  // namespace

absl::Status checked_parse(std::string_view encoded, std::string_view what,
                           google::protobuf::Message* message) {
  Walk walk;
  if (encoded.size() <= INT_MAX &&
      walk.check(*message->GetDescriptor(), encoded) &&
      message->ParseFromArray(encoded.data(),
                              static_cast<int>(encoded.size()))) {
    return absl::OkStatus();
  }
  if (walk.too_many_parts()) {
    return absl::ResourceExhaustedError(absl::StrCat(
        to_absl(what), " of more than ", kMaxMessageParts, " parts"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(to_absl(what),
                   " that is malformed, or has text that is not valid UTF-8"));
}

}  // namespace tblog::internal
