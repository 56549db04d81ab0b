// SPDX-License-Identifier: Apache-2.0
#include "helper/libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdio>

namespace bindscope::helper {

namespace {

libbpf_log *current = nullptr;

// Enough for a sentence of libbpf's; only the verifier's dumps are longer.
constexpr std::size_t longest_kept = 4096;

__attribute__((format(printf, 2, 0))) int print(libbpf_print_level level, const char *format,
                                                va_list arguments) {
  if (current != nullptr)
    current->add(level == LIBBPF_WARN, format, arguments);
  return 0;
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

void libbpf_log::add(bool warning, const char *format, va_list arguments) {
  if (warning) {
    char line[longest_kept];
    va_list again;
    va_copy(again, arguments);
    std::vsnprintf(line, sizeof(line), format, again);
    va_end(again);
    text_ += line;
  }
  if (verbose_)
    std::vfprintf(stderr, format, arguments);
}

} // namespace bindscope::helper
