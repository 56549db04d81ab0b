// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bindscope::core {

// What the kernel says of a descriptor in /proc/thread-self/fdinfo, which asks for no privilege
// where bpf(BPF_OBJ_GET_INFO_BY_FD) may.
class descriptor_info {
public:
  explicit descriptor_info(int fd);
  explicit descriptor_info(std::string text) : text_(std::move(text)) {}

  // The value of a line `key:\tvalue`.
  std::optional<std::string_view> text(std::string_view key) const;
  // The same as a number, decimal or 0x; nullopt also when it is none.
  std::optional<std::uint64_t> number(std::string_view key) const;

private:
  std::string text_;
};

} // namespace bindscope::core
