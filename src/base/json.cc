// SPDX-License-Identifier: Apache-2.0

#include "src/base/json.h"

#include <cstddef>

#include "src/base/strings.h"

namespace tblog::internal {
namespace {

constexpr int kMaxDepth = 100;

// Each take_…() goes past what its name says and returns true, or returns false
// somewhere.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool take_document() {
    skip_space();
    if (!take_object(1)) return false;
    skip_space();
    return at_ == text_.size();
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void skip_space() {
    at_ = text_.find_first_not_of(" \t\n\r", at_);
    if (at_ == std::string_view::npos) at_ = text_.size();
  }

  bool take_value(int depth) {
    switch (peek()) {
      case '{':
        return take_object(depth + 1);
      case '[':
        return take_array(depth + 1);
      case '"':
        return take_string();
      case 't':
        return take_word("true");
      case 'f':
        return take_word("false");
      case 'n':
        return take_word("null");
      default:
        return take_number();
    }
  }

  bool take_object(int depth) {
    if (depth > kMaxDepth || !take('{')) return false;
    skip_space();
    if (take('}')) return true;
    do {
      skip_space();
      if (!take_string()) return false;
      skip_space();
      if (!take(':')) return false;
      skip_space();
      if (!take_value(depth)) return false;
      skip_space();
    } while (take(','));
    return take('}');
  }

  bool take_array(int depth) {
    if (depth > kMaxDepth || !take('[')) return false;
    skip_space();
    if (take(']')) return true;
    do {
      skip_space();
      if (!take_value(depth)) return false;
      skip_space();
    } while (take(','));
    return take(']');
  }

  bool take_string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !take_escape()) return false;
    }
    return false;
  }

  bool take_escape() {
    if (take('u')) {
      for (int i = 0; i < 4; ++i) {
        if (!take_one_of("0123456789abcdefABCDEF")) return false;
      }
      return true;
    }
    return take_one_of("\"\\/bfnrt");
  }

  bool take_one_of(std::string_view set) {
    if (at_ == text_.size() || set.find(text_[at_]) == std::string_view::npos)
      return false;
    ++at_;
    return true;
  }

  bool take_digits() {
    const size_t begin = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > begin;
  }

  bool take_number() {
    take('-');
    if (!take('0') && !take_digits()) return false;
    if (take('.') && !take_digits()) return false;
    if (take_one_of("eE")) {
      take_one_of("+-");
      return take_digits();
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

bool is_json_object(std::string_view text) {
  return is_valid_utf8(text) && Scanner(text).take_document();
}

}  // namespace tblog::internal
