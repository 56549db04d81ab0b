// SPDX-License-Identifier: Apache-2.0
#include "helper/failure_words.h"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace bindscope::helper {

namespace {

std::string kind_of(const std::string &section) {
  return section.substr(0, section.find('/'));
}

std::string target_of(const std::string &section) {
  const auto slash = section.find('/');
  return slash == section.npos ? section : section.substr(slash + 1);
}

std::string named(int error) {
  const char *name = ::strerrorname_np(error);
  return std::generic_category().message(error) +
         (name != nullptr ? " (" + std::string(name) + ")" : std::string());
}

bool is_trampoline(const std::string &kind) {
  return kind == "fentry" || kind == "fexit";
}

} // namespace

std::string failure_words(const refusal &refused) {
  const std::string kind = kind_of(refused.section);
  const std::string target = target_of(refused.section);
  const bool probe = kind == "kprobe" || kind == "kretprobe";

  if (probe && !refused.kernel_has_kprobes)
    return "the kernel has no kprobes";
  if (refused.call_missing)
    return "the kernel is too old: it lacks a function that the program calls";
  if (refused.target_missing)
    return kind == "tp_btf" ? "the kernel has no tracepoint " + target
           : kind == "iter" || kind == "iter.s"
               ? "the kernel has no iterator " + target
               : "the kernel has no function " + target + " that can be traced";

  if (refused.stage == stage::load) {
    switch (refused.error) {
    case EPERM:
      return is_trampoline(kind) ? "the kernel refuses " + kind + " programs (EPERM)"
                                 : "the kernel does not let us load " + kind + " programs (EPERM)";
    case EACCES:
      return "the kernel's verifier rejected the program (EACCES); --verbose shows its words";
    case E2BIG:
      return "the program is too large for the kernel's verifier (E2BIG)";
    case EINVAL:
      return "the kernel does not know " + kind +
             " programs, or something this one calls (EINVAL); --verbose shows the verifier's "
             "words";
    default:
      return "loading failed: " + named(refused.error);
    }
  }

  switch (refused.error) {
  case ENOENT:
    if (kind == "tracepoint")
      return "the kernel has no tracepoint " + target;
    if (probe)
      return "the kernel has no function " + target + " that can be probed";
    break;
  case EPERM:
  case EACCES:
    return "the kernel does not let us attach to " + target + " (" +
           (refused.error == EPERM ? "EPERM" : "EACCES") + ")";
  case EOPNOTSUPP:
  case 524: // ENOTSUPP of the kernel, which has no name in user space
    return "the kernel cannot attach " + kind + " programs on this machine";
  default:
    break;
  }
  return "attaching failed: " + named(refused.error);
}

} // namespace bindscope::helper
