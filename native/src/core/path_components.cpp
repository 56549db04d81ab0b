// SPDX-License-Identifier: Apache-2.0
#include "core/path_components.h"

namespace bindscope::core {

void append_path(std::string &out, std::string_view components, bool cut) {
  while (!components.empty() && components.back() == '\0')
    components.remove_suffix(1);
  if (components.empty())
    return;
  if (cut)
    out += "/\u2026";
  while (!components.empty()) {
    const std::size_t separator = components.rfind('\0');
    const std::size_t start = separator == std::string_view::npos ? 0 : separator + 1;
    const std::string_view component = components.substr(start);
    if (!component.empty()) {
      out += '/';
      out += component;
    }
    components = components.substr(0, start == 0 ? 0 : start - 1);
  }
}

} // namespace bindscope::core
