// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/number.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace tblog::tool {

std::string format_value(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0.0 : value);
  return text;
}

std::string format_tick(double value, double spacing) {
  if (std::abs(value) < spacing * 1e-6) return "0";
  // Decimals from the power of ten of the spacing; 1e-9 lets 0.1 be 0.1.
  const int exponent = static_cast<int>(std::floor(std::log10(spacing) + 1e-9));
  const int magnitude =
      static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  if (magnitude >= 6 || exponent < -5)
    return format_value(value, std::clamp(magnitude - exponent + 1, 1, 15));
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", std::max(0, -exponent), value);
  return text;
}

std::string format_bytes(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double scaled = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (scaled >= 1024 && unit + 1 < std::size(kUnits)) {
    scaled /= 1024;
    ++unit;
  }
  char text[40];
  std::snprintf(text, sizeof text, "%.1f %s", scaled, kUnits[unit]);
  return text;
}

std::string format_count(uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string format_wall_time(double secs) {
  constexpr double kYear10000 = 253402300800;
  if (!(secs > -kYear10000 && secs < kYear10000)) return "-";
  const int64_t millis = std::llround(secs * 1000);
  const int64_t millis_of_second = ((millis % 1000) + 1000) % 1000;
  const time_t whole = static_cast<time_t>((millis - millis_of_second) / 1000);
  tm local{};
  if (localtime_r(&whole, &local) == nullptr) return "-";
  char date[40];
  strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &local);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%03d", date,
                static_cast<int>(millis_of_second));
  return text;
}

std::string format_duration(double secs) {
  const double size = std::abs(secs);
  if (size < 1) return format_value(secs * 1000, 3) + " ms";
  if (size < 120) return format_value(secs, 3) + " s";
  if (size < 7200) return format_value(secs / 60, 3) + " min";
  if (size < 172800) return format_value(secs / 3600, 3) + " h";
  return format_value(secs / 86400, 3) + " d";
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::optional<double> parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto result =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ptr != text.data() + text.size() || text.empty())
    return std::nullopt;
  if (result.ec == std::errc::result_out_of_range) {
    // from_chars() does not say which way.
    const bool tiny =
        text.find("e-") != text.npos || text.find("E-") != text.npos;
    value = tiny ? 0 : HUGE_VAL;
    return text.starts_with('-') ? -value : value;
  }
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

}  // namespace tblog::tool
