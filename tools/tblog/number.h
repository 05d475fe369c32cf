// SPDX-License-Identifier: Apache-2.0
//
// Numbers for people.

#ifndef TBLOG_TOOLS_TBLOG_NUMBER_H_
#define TBLOG_TOOLS_TBLOG_NUMBER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tblog::tool {

// Up to `digits` significant digits, as short as that: "0.1", "1.5e-07", "NaN",
// "inf".
std::string format_value(double value, int digits = 6);

// A tick's number, where ticks are `spacing` apart: as many decimals as tell
// them apart, a power of ten where that is shorter ("2e+06").
std::string format_tick(double value, double spacing);

// "512 B", "1.4 MiB".
std::string format_bytes(uint64_t bytes);

// "1 value", "3 values".
std::string format_count(uint64_t count, const char* noun);

// Seconds since the epoch as local time, "2026-11-21 04:00:00.123"; "-" where
// that is no date.
std::string format_wall_time(double secs);

// A span of time in its largest sensible unit: "90 s", "1.5 h".
std::string format_duration(double secs);

// Without blanks and tabs around it.
std::string_view trimmed(std::string_view text);

// "0.5", "-1e-3", "nan", "inf"; blanks around it do not count.
std::optional<double> parse_number(std::string_view text);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_NUMBER_H_
