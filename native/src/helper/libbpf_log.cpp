// SPDX-License-Identifier: Apache-2.0
#include "helper/libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>

namespace bindscope::helper {

namespace {

libbpf_log *current = nullptr;

// Verifier dumps are cut: with --verbose libbpf passes them in one piece of up to 16 MiB.
constexpr std::size_t longest_line = 64 * 1024;

__attribute__((format(printf, 2, 0))) int print(libbpf_print_level level, const char *format,
                                                va_list arguments) {
  static char line[longest_line];
  const int length = std::vsnprintf(line, sizeof(line), format, arguments);
  if (current != nullptr)
    current->add(line, level == LIBBPF_WARN);
  return length;
}

} // namespace

libbpf_log::libbpf_log(bool verbose) : verbose_(verbose) {
  current = this;
  libbpf_set_print(print);
}

libbpf_log::~libbpf_log() {
  libbpf_set_print(nullptr);
  current = nullptr;
}

void libbpf_log::add(const char *line, bool warning) {
  if (warning)
    text_ += line;
  if (verbose_)
    std::fputs(line, stderr);
}

} // namespace bindscope::helper
