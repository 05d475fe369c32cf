// SPDX-License-Identifier: Apache-2.0

#include "src/summary/metadata.h"

#include "src/event/wire.h"

namespace tblog::internal {
namespace {

enum Field : uint32_t {
  kPluginData = 1,
  kDisplayName = 2,
  kDescription = 3,
  kDataClass = 4
};
enum PluginDataField : uint32_t { kPluginName = 1, kContent = 2 };

}  // namespace

std::string encode_metadata(const Kind& kind, std::string_view display_name,
                            std::string_view description) {
  std::string plugin_data;
  wire::put_bytes(plugin_data, kPluginName, kind.plugin);
  wire::put_bytes(plugin_data, kContent, kind.content);
  std::string out;
  wire::put_bytes_always(out, kPluginData, plugin_data);
  wire::put_bytes(out, kDisplayName, display_name);
  wire::put_bytes(out, kDescription, description);
  wire::put_uint64_always(out, kDataClass,
                          static_cast<uint64_t>(kind.data_class));
  return out;
}

}  // namespace tblog::internal
