// SPDX-License-Identifier: Apache-2.0
#include "core/descriptor_info.h"

#include <cstdlib>

#include "core/proc_fs.h"

namespace bindscope::core {

descriptor_info::descriptor_info(int fd) {
  read_file(("/proc/thread-self/fdinfo/" + std::to_string(fd)).c_str(), text_);
}

std::optional<std::string_view> descriptor_info::text(std::string_view key) const {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (line.size() > key.size() && line.compare(0, key.size(), key) == 0 &&
        line[key.size()] == ':') {
      std::string_view value = line.substr(key.size() + 1);
      while (!value.empty() && (value.front() == '\t' || value.front() == ' '))
        value.remove_prefix(1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> descriptor_info::number(std::string_view key) const {
  const std::optional<std::string_view> value = text(key);
  if (!value || value->empty())
    return std::nullopt;
  const std::string digits(*value);
  char *end = nullptr;
  const std::uint64_t number = std::strtoull(digits.c_str(), &end, 0);
  if (*end != '\0')
    return std::nullopt;
  return number;
}

} // namespace bindscope::core
