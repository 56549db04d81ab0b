// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdarg>
#include <string>

namespace bindscope::helper {

// Collects libbpf's warnings while it lives, instead of letting them onto standard error; with
// --verbose they go there as well, the verifier's words included. One at a time, one thread.
class libbpf_log {
public:
  explicit libbpf_log(bool verbose);
  ~libbpf_log();
  libbpf_log(const libbpf_log &) = delete;
  libbpf_log &operator=(const libbpf_log &) = delete;

  bool contains(const char *words) const { return text_.find(words) != text_.npos; }
  void clear() { text_.clear(); }

  void add(bool warning, const char *format, va_list arguments)
      __attribute__((format(printf, 3, 0)));

private:
  bool verbose_;
  std::string text_;
};

} // namespace bindscope::helper
