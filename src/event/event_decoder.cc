// SPDX-License-Identifier: Apache-2.0

#include "src/event/event_decoder.h"

#include "src/base/strings.h"

namespace tblog::internal {
namespace {

using wire::WireReader;

bool is_what(uint32_t field) {
  return (field >= 3 && field <= 5) || (field >= 7 && field <= 9);
}

bool is_form(uint32_t field) {
  return (field >= 3 && field <= 6) || field == 8;
}

// Whether each value of a Summary is one, with a valid tag. `*only` is the last
// of the `*count` values.
bool summary_is_valid(std::string_view encoded, size_t* count,
                      ValueView* only) {
  WireReader fields(encoded);
  while (fields.next()) {
    if (!fields.is(1, wire::kBytes)) continue;
    if ((*count)++ > 0) *only = {};
    if (!parse_value(fields.bytes(), only) || !is_valid_utf8(only->tag))
      return false;
  }
  return fields.ok();
}

// A part of the event's summary, the first one where `is_first`.
bool add_summary(std::string_view encoded, bool is_first, EventView* event) {
  size_t count = 0;
  event->only_value = {};
  const bool valid = summary_is_valid(encoded, &count, &event->only_value);
  event->has_only_value = is_first && count == 1;
  return valid;
}

bool parse_source_metadata(std::string_view encoded, std::string_view* writer) {
  WireReader fields(encoded);
  while (fields.next()) {
    if (!fields.is(1, wire::kBytes)) continue;
    if (!is_valid_utf8(fields.bytes())) return false;
    *writer = fields.bytes();
  }
  return fields.ok();
}

bool body_is_valid(What what, std::string_view body) {
  std::string_view tag;
  std::string_view bytes;
  switch (what) {
    case What::kFileVersion:
      return is_valid_utf8(body);
    case What::kRunMetadata:
      return parse_run_metadata(body, &tag, &bytes);
    default:
      return true;
  }
}

}  // namespace

bool parse_event(std::string_view payload, EventView* event) {
  WireReader fields(payload);
  const char* field_begin = payload.data();
  while (fields.next()) {
    const std::string_view bytes = fields.bytes();
    if (fields.is(1, wire::kFixed64)) {
      event->wall_time = fields.as_double();
    } else if (fields.is(2, wire::kVarint)) {
      event->step = static_cast<int64_t>(fields.number());
    } else if (fields.is(10, wire::kBytes)) {
      if (!parse_source_metadata(bytes, &event->writer)) return false;
    } else if (is_what(fields.field()) &&
               fields.is(fields.field(), wire::kBytes)) {
      const What what = static_cast<What>(fields.field());
      const bool is_first = event->what != What::kSummary;
      if (what == What::kSummary) {
        if (!add_summary(bytes, is_first, event)) return false;
        if (is_first)
          event->summaries =
              payload.substr(static_cast<size_t>(field_begin - payload.data()));
      } else if (!body_is_valid(what, bytes)) {
        return false;
      }
      event->has_more = event->has_more || event->what != What::kNone;
      event->what = what;
      event->body = bytes;
    } else {
      event->has_more = true;
    }
    field_begin = fields.position();
  }
  return fields.ok();
}

bool parse_value(std::string_view encoded, ValueView* value) {
  value->encoded = encoded;
  WireReader fields(encoded);
  while (fields.next()) {
    if (fields.is(1, wire::kBytes)) {
      value->has_more = value->has_more || value->tag.data() != nullptr;
      value->tag = fields.bytes();
    } else if (fields.is(9, wire::kBytes)) {
      value->in_parts = value->in_parts || value->has_metadata;
      value->has_metadata = true;
      value->metadata = fields.bytes();
    } else if (fields.is(2, wire::kFixed32)) {
      value->has_more = value->has_more || value->form != Form::kNone;
      value->form = Form::kSimpleValue;
      value->simple_value = fields.as_float();
    } else if (is_form(fields.field()) &&
               fields.is(fields.field(), wire::kBytes)) {
      const Form form = static_cast<Form>(fields.field());
      value->in_parts = value->in_parts || value->form == form;
      value->has_more = value->has_more || value->form != Form::kNone;
      value->form = form;
      value->body = fields.bytes();
    } else {
      value->has_more = true;
    }
  }
  return fields.ok();
}

bool parse_run_metadata(std::string_view encoded, std::string_view* tag,
                        std::string_view* bytes) {
  WireReader fields(encoded);
  while (fields.next()) {
    if (fields.is(1, wire::kBytes)) *tag = fields.bytes();
    if (fields.is(2, wire::kBytes)) *bytes = fields.bytes();
  }
  return fields.ok() && is_valid_utf8(*tag);
}

bool parse_session(std::string_view encoded, SessionView* session) {
  WireReader fields(encoded);
  while (fields.next()) {
    if (fields.is(1, wire::kVarint)) session->status = fields.number();
    if (fields.is(2, wire::kBytes)) session->checkpoint_path = fields.bytes();
    if (fields.is(3, wire::kBytes)) session->message = fields.bytes();
  }
  return fields.ok() && is_valid_utf8(session->checkpoint_path) &&
         is_valid_utf8(session->message);
}

}  // namespace tblog::internal
