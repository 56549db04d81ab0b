// SPDX-License-Identifier: Apache-2.0
#include "helper/mountinfo.h"

#include <sstream>

namespace bindscope::helper {

namespace {

bool octal(char digit) {
  return digit >= '0' && digit <= '7';
}

// The kernel writes space, tab, newline and backslash as \ooo.
std::string unescape(const std::string &text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

} // namespace

// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
std::vector<mount_entry> parse_mountinfo(std::istream &lines) {
  std::vector<mount_entry> entries;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root, point, mount_options, optional, type;
    if (!(fields >> id >> parent >> device >> root >> point >> mount_options))
      continue;
    while (fields >> optional && optional != "-") {
    }
    if (optional == "-" && fields >> type)
      entries.push_back({unescape(root), unescape(point), type});
  }
  return entries;
}

} // namespace bindscope::helper
