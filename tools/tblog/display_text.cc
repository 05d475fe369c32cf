// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/display_text.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace tblog::tool {
namespace {

// One character at the front of a text; where `valid` is false, bytes that are
// none.
struct Character {
  char32_t code = 0;
  size_t bytes = 1;
  bool valid = false;
};

Character first_character(std::string_view s) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(s[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead < 0xc2 || lead > 0xf4 || bytes > s.size()) return {};
  char32_t code = lead & (0xff >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < kSmallest[bytes] || code > 0x10ffff || surrogate) return {};
  return {code, bytes, true};
}

// The C library's table of character widths, which is empty in the locale that
// a program starts in.
class Utf8Locale {
 public:
  Utf8Locale() : before_(uselocale(utf8())) {}
  ~Utf8Locale() { uselocale(before_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

  // -1 for what is no printable character.
  int width(char32_t code) const { return wcwidth(static_cast<wchar_t>(code)); }

 private:
  static locale_t utf8() {
    static const locale_t locale =
        newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
    return locale;
  }
  locale_t before_;
};

// Marks that turn the direction of what follows, hide in text, or end a line
// for some programs.
bool misleads(char32_t code) {
  return (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0x061c ||
         code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

void append_byte_escapes(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<uint8_t>(c));
    out += escape;
  }
}

void append_code_escape(std::string& out, char32_t code) {
  char escape[16];
  std::snprintf(escape, sizeof escape,
                code < 0x80      ? "\\x%02x"
                : code < 0x10000 ? "\\u%04x"
                                 : "\\U%08x",
                static_cast<unsigned>(code));
  out += escape;
}

enum class Backslash { kDoubled, kKept };

std::string printable_line(std::string_view text, Backslash backslash) {
  const Utf8Locale locale;
  std::string out;
  while (!text.empty()) {
    const Character c = first_character(text);
    const std::string_view bytes = text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
    if (!c.valid) {
      append_byte_escapes(out, bytes);
    } else if (c.code == '\\') {
      out += backslash == Backslash::kDoubled ? "\\\\" : "\\";
    } else if (c.code >= 0x20 && c.code < 0x7f) {
      out += bytes;
    } else if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\t') {
      out += backslash == Backslash::kDoubled ? "\\t" : "    ";
    } else if (c.code < 0x20 || misleads(c.code) || locale.width(c.code) < 0) {
      append_code_escape(out, c.code);
    } else {
      out += bytes;
    }
  }
  return out;
}

// Bytes of the longest beginning of `text` that fits in `width` columns, its
// combining characters with it.
size_t prefix_bytes(std::string_view text, size_t width) {
  const Utf8Locale locale;
  size_t at = 0;
  size_t columns = 0;
  while (at < text.size()) {
    const Character c = first_character(text.substr(at));
    const size_t wide = static_cast<size_t>(std::max(0, locale.width(c.code)));
    if (columns + wide > width) break;
    columns += wide;
    at += c.bytes;
  }
  return at;
}

// Where the shortest ending of `text` begins that leaves out at least
// `width` columns before it.
size_t suffix_begin(std::string_view text, size_t width) {
  size_t at = prefix_bytes(text, width);
  if (display_width(text.substr(0, at)) < width && at < text.size())
    at += first_character(text.substr(at)).bytes;  // half of a wide one
  while (at < text.size() &&
         display_width(
             text.substr(at, first_character(text.substr(at)).bytes)) == 0)
    at += first_character(text.substr(at)).bytes;
  return at;
}

}  // namespace

std::string printable(std::string_view text) {
  return printable_line(text, Backslash::kDoubled);
}

std::vector<std::string> printable_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(printable_line(line, Backslash::kKept));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

size_t display_width(std::string_view text) {
  const Utf8Locale locale;
  size_t columns = 0;
  while (!text.empty()) {
    const Character c = first_character(text);
    columns += static_cast<size_t>(std::max(0, locale.width(c.code)));
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string shortened(std::string_view text, size_t width,
                      std::string_view ellipsis) {
  const size_t columns = display_width(text);
  if (columns <= width) return std::string(text);
  const size_t mark = display_width(ellipsis);
  if (width <= mark + 1) return cut(text, width, ellipsis);
  const size_t front = (width - mark) / 2;
  const size_t back = width - mark - front;
  std::string out(text.substr(0, prefix_bytes(text, front)));
  out += ellipsis;
  out += text.substr(suffix_begin(text, columns - back));
  return out;
}

std::string cut(std::string_view text, size_t width,
                std::string_view ellipsis) {
  if (display_width(text) <= width) return std::string(text);
  const size_t mark = display_width(ellipsis);
  if (width < mark)
    return std::string(text.substr(0, prefix_bytes(text, width)));
  return std::string(text.substr(0, prefix_bytes(text, width - mark))) +
         std::string(ellipsis);
}

}  // namespace tblog::tool
