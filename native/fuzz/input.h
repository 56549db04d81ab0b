// SPDX-License-Identifier: Apache-2.0
//
// What every fuzz target needs: taking choices from the bytes that libFuzzer made up, and saying
// which rule they broke.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace bindscope::fuzz {

// Bytes, taken from the front. Behind the end everything is 0 or empty.
class input {
public:
  input(const std::uint8_t *bytes, std::size_t size)
      : left_(reinterpret_cast<const char *>(bytes), size) {}

  bool empty() const { return left_.empty(); }
  std::size_t size() const { return left_.size(); }

  std::uint8_t byte() { return number<std::uint8_t>(); }

  // Little-endian.
  template <typename Number> Number number() {
    Number value{};
    const std::string_view bytes = take(sizeof(value));
    std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }

  // At most so many bytes.
  std::string_view take(std::size_t count) {
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(taken.size());
    return taken;
  }

  // Up to the next `end`, which is taken and not told.
  std::string_view until(char end) {
    const std::size_t length = left_.find(end);
    const std::string_view taken = left_.substr(0, length);
    left_.remove_prefix(length == std::string_view::npos ? left_.size() : length + 1);
    return taken;
  }

  std::string_view rest() { return take(left_.size()); }

private:
  std::string_view left_;
};

// A finding that no sanitizer would see: ends the program, by which libFuzzer keeps the input.
inline void require(bool holds, const char *rule) {
  if (holds)
    return;
  std::fprintf(stderr, "bindscope: broken rule: %s\n", rule);
  std::abort();
}

inline bool has_control_character(std::string_view text) {
  for (const char byte : text)
    if (static_cast<unsigned char>(byte) < ' ' || byte == 0x7f)
      return true;
  return false;
}

} // namespace bindscope::fuzz

// libFuzzer calls it with one input after the other, on one thread.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size);
