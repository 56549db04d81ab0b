// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace bindscope::helper {

enum class stage { load, attach };

// What is known of a program that the kernel or libbpf refused.
struct refusal {
  std::string section; // e.g. "kprobe/__sys_bind"
  helper::stage stage;
  int error;                   // errno > 0
  bool target_missing = false; // libbpf did not find what to attach to in the kernel's BTF
  bool call_missing = false;   // nor a function that the program calls
  bool kernel_has_kprobes = true;
};

// The reason in words for a user: no verifier dumps, no bare errno.
std::string failure_words(const refusal &refused);

} // namespace bindscope::helper
