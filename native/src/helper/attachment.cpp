// SPDX-License-Identifier: Apache-2.0
#include "helper/attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "helper/failure_words.h"
#include "helper/hook_table.h"
#include "helper/libbpf_log.h"

#include "activity.skel.h"
#include "bind.skel.h"
#include "bind_attempt.skel.h"
#include "bind_failed.skel.h"
#include "bind_result.skel.h"
#include "bind_result_6_18.skel.h"
#include "bind_unconfirmed.skel.h"
#include "iterators.skel.h"
#include "listen.skel.h"
#include "process.skel.h"
#include "release.skel.h"

namespace bindscope::helper {

namespace {

struct embedded_object {
  const char *name;
  const void *(*bytes)(std::size_t *size);
};

constexpr embedded_object embedded_objects[] = {
    {"activity", bs_activity__elf_bytes},
    {"bind", bs_bind__elf_bytes},
    {"bind_attempt", bs_bind_attempt__elf_bytes},
    {"bind_failed", bs_bind_failed__elf_bytes},
    {"bind_result", bs_bind_result__elf_bytes},
    {"bind_result_6_18", bs_bind_result_6_18__elf_bytes},
    {"bind_unconfirmed", bs_bind_unconfirmed__elf_bytes},
    {"iterators", bs_iterators__elf_bytes},
    {"listen", bs_listen__elf_bytes},
    {"process", bs_process__elf_bytes},
    {"release", bs_release__elf_bytes},
};

// Maps of bpf/include/bindscope/maps.h.
constexpr const char *shared_maps[] = {"ring", "bs_stats", "settings", "sockets"};

// Holds all the shared maps, and is the smallest that does.
constexpr const char *maps_object = "release";

constexpr const char *kernel_btf = "/sys/kernel/btf/vmlinux";

bool kernel_has_kprobes() {
  return ::access("/sys/bus/event_source/devices/kprobe/type", F_OK) == 0;
}

bool starts_with(const std::string &text, const char *prefix) {
  return text.rfind(prefix, 0) == 0;
}

bool is_trampoline(const rung &rung) {
  return starts_with(rung.name, "fentry/") || starts_with(rung.name, "fexit/");
}

bool is_kprobe(const rung &rung) {
  return starts_with(rung.name, "kprobe/") || starts_with(rung.name, "kretprobe/");
}

failure explain(const bpf_program *program, stage stage, int error, const libbpf_log &log) {
  refusal refused;
  refused.section = bpf_program__section_name(program);
  refused.stage = stage;
  refused.error = error;
  refused.target_missing = error == ESRCH || log.contains("is not found in vmlinux BTF") ||
                           log.contains("failed to find kernel BTF type ID");
  refused.call_missing = log.contains("not found in kernel or module BTFs");
  refused.kernel_has_kprobes = kernel_has_kprobes();
  return {error, failure_words(refused)};
}

} // namespace

void link_deleter::operator()(bpf_link *link) const {
  bpf_link__destroy(link);
}

void object_deleter::operator()(bpf_object *object) const {
  bpf_object__close(object);
}

object_ptr attachment::open(const std::string &name) const {
  const auto found =
      std::find_if(std::begin(embedded_objects), std::end(embedded_objects),
                   [&](const embedded_object &candidate) { return name == candidate.name; });
  if (found == std::end(embedded_objects))
    throw attachment_error("There is no eBPF object named " + name + ".");
  std::size_t size = 0;
  const void *bytes = found->bytes(&size);
  bpf_object_open_opts settings{};
  settings.sz = sizeof(settings);
  settings.object_name = found->name;
  object_ptr object(bpf_object__open_mem(bytes, size, &settings));
  if (!object)
    throw attachment_error("The eBPF object " + name +
                           " cannot be read: " + std::generic_category().message(errno) + ".");
  bpf_program *program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    bpf_program__set_autoload(program, false);
    bpf_program__set_autoattach(program, false);
  }
  return object;
}

attachment::attachment(std::uint32_t ring_bytes, bool verbose)
    : log_(std::make_unique<libbpf_log>(verbose)) {
  if (::access(kernel_btf, R_OK) != 0)
    throw attachment_error("The kernel has no type information (" + std::string(kernel_btf) + ": " +
                           std::generic_category().message(errno) +
                           "), which the eBPF programs need: it was built without "
                           "CONFIG_DEBUG_INFO_BTF.");
  maps_ = open(maps_object);
  bpf_map__set_max_entries(bpf_object__find_map_by_name(maps_.get(), "ring"), ring_bytes);
  if (const int error = bpf_object__load(maps_.get()); error != 0) {
    if (error == -EPERM)
      throw attachment_error(
          "The kernel does not let the helper create eBPF maps (EPERM): it needs root, or the "
          "capabilities CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN.");
    if (error == -ENOMEM)
      throw attachment_error("There is no memory for a ring buffer of " +
                             std::to_string(ring_bytes) + " bytes: try a smaller --ring-bytes.");
    throw attachment_error(
        "The shared eBPF maps cannot be created: " + std::generic_category().message(-error) + ".");
  }
}

attachment::~attachment() = default;

std::vector<hook_report> attachment::attach_all(const std::vector<ladder> &table,
                                                const hook_choice &choice) {
  const attach_function attach = [this](const rung &rung) { return this->attach(rung); };
  std::vector<std::vector<hook_report>> reports(table.size());

  // First what deletes tracked sockets, so that what inserts them knows who will.
  for (std::size_t i = 0; i < table.size(); i++) {
    if (table[i].told != handoff::fact::closed)
      continue;
    reports[i] = climb(table[i], choice, attach);
    tell_hooks_what_is_watched(reports);
  }
  for (std::size_t i = 0; i < table.size(); i++)
    if (table[i].told != handoff::fact::closed)
      reports[i] = climb(table[i], choice, attach);
  tell_hooks_what_is_watched(reports);

  std::vector<hook_report> all;
  for (const std::vector<hook_report> &some : reports)
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

void attachment::tell_hooks_what_is_watched(const std::vector<std::vector<hook_report>> &reports) {
  // struct bs_settings of bpf/include/bindscope/maps.h.
  struct {
    std::uint32_t release_watched;
    std::uint32_t listen_watched;
  } watched{};
  for (const std::vector<hook_report> &told : reports) {
    for (const hook_report &report : told) {
      if (report.state != handoff::hook_state::attached)
        continue;
      if (report.name == release_hook)
        watched.release_watched = 1;
      if (report.told == handoff::fact::listening)
        watched.listen_watched = 1;
    }
  }
  const std::uint32_t key = 0;
  bpf_map_update_elem(bpf_object__find_map_fd_by_name(maps_.get(), "settings"), &key, &watched,
                      BPF_ANY);
}

// What is known to fail without trying: each try reads all of the kernel's BTF (some 30 ms).
std::optional<failure> attachment::hopeless(const rung &rung) const {
  refusal refused{rung.name, stage::load, 0, false, kernel_has_kprobes()};
  if (is_kprobe(rung) && !refused.kernel_has_kprobes) {
    refused.error = ENOENT;
    return failure{refused.error, failure_words(refused)};
  }
  if (is_trampoline(rung) && trampolines_refused_) {
    refused.error = EPERM;
    return failure{refused.error, failure_words(refused)};
  }
  return std::nullopt;
}

// `name`: of the object.
std::optional<failure> attachment::load(const rung &rung, const std::string &name,
                                        object_ptr &object) {
  object = open(name);
  for (const char *map_name : shared_maps) {
    bpf_map *map = bpf_object__find_map_by_name(object.get(), map_name);
    if (map == nullptr)
      continue;
    const int shared = bpf_object__find_map_fd_by_name(maps_.get(), map_name);
    if (const int error = bpf_map__reuse_fd(map, shared); error != 0)
      return failure{-error, std::string("the map ") + map_name + " cannot be shared"};
  }
  const bpf_program *last = nullptr;
  for (const std::string &wanted : rung.programs) {
    bpf_program *program = bpf_object__find_program_by_name(object.get(), wanted.c_str());
    if (program == nullptr)
      return failure{ENOENT, "the eBPF object " + name + " has no program " + wanted};
    bpf_program__set_autoload(program, true);
    last = program;
  }
  if (const int error = bpf_object__load(object.get()); error != 0)
    return explain(last, stage::load, -error, *log_);
  return std::nullopt;
}

link_ptr attachment::attach_program(const bpf_object *object, bpf_program *program,
                                    std::string &reason) {
  const std::string section = bpf_program__section_name(program);
  if (section == connections_iterator) {
    bpf_iter_link_info over{};
    over.map.map_fd = static_cast<__u32>(bpf_object__find_map_fd_by_name(object, "connections"));
    bpf_iter_attach_opts settings{};
    settings.sz = sizeof(settings);
    settings.link_info = &over;
    settings.link_info_len = sizeof(over);
    return link_ptr(bpf_program__attach_iter(program, &settings));
  }
  if (starts_with(section, "cgroup/")) {
    const int root = mounts_.cgroup_root(reason);
    return link_ptr(root < 0 ? nullptr : bpf_program__attach_cgroup(program, root));
  }
  if (starts_with(section, "tracepoint/") && !mounts_.tracefs(reason))
    return nullptr;
  if (starts_with(section, "lsm/") && !mounts_.asks_bpf_as_security_module(reason))
    return nullptr;
  return link_ptr(bpf_program__attach(program));
}

std::optional<failure> attachment::attach(const rung &rung) {
  log_->clear();
  if (std::optional<failure> known = hopeless(rung))
    return known;
  object_ptr object;
  std::optional<failure> failed = load(rung, rung.object, object);
  if (failed && !rung.older_object.empty())
    failed = load(rung, rung.older_object, object);
  if (failed) {
    // Not a word against this program: a kernel that does so refuses every one of the kind.
    trampolines_refused_ = trampolines_refused_ || (is_trampoline(rung) && failed->error == EPERM);
    return failed;
  }

  std::vector<link_ptr> links;
  for (const std::string &name : rung.programs) {
    bpf_program *program = bpf_object__find_program_by_name(object.get(), name.c_str());
    std::string reason;
    errno = 0;
    link_ptr link = attach_program(object.get(), program, reason);
    if (!link)
      return reason.empty() ? explain(program, stage::attach, errno, *log_)
                            : failure{errno, reason};
    links.push_back(std::move(link));
  }
  keep_descriptors(rung, object.get(), links);
  if (rung.object != "iterators" && rung.name != connections_iterator)
    for (const std::string &name : rung.programs) {
      const bpf_program *program = bpf_object__find_program_by_name(object.get(), name.c_str());
      if (!starts_with(bpf_program__section_name(program), "cgroup/"))
        programs_.push_back(bpf_program__fd(program));
    }
  objects_.push_back(std::move(object));
  std::move(links.begin(), links.end(), std::back_inserter(links_));
  return std::nullopt;
}

void attachment::keep_descriptors(const rung &rung, const bpf_object *object,
                                  const std::vector<link_ptr> &links) {
  // An iterator is the last program of its rung.
  const int last = bpf_link__fd(links.back().get());
  if (rung.name == connections_iterator)
    activity_ = {bpf_object__find_map_fd_by_name(object, "watched_ports"),
                 bpf_object__find_map_fd_by_name(object, "activity"), last};
  else if (rung.object == "iterators")
    (rung.name == "iter/task_file" ? socket_iterator_ : process_iterator_) = last;
  else if (rung.object == "bind_result")
    // The kernel takes no task work of a map that no descriptor is open of.
    pending_binds_.reset(
        ::fcntl(bpf_object__find_map_fd_by_name(object, "pending_binds"), F_DUPFD_CLOEXEC, 3));
}

void attachment::keep_links_only() {
  programs_.clear();
  objects_.clear();
  maps_.reset();
  mounts_ = kernel_mounts();
  // Reading the kernel's BTF once per program left tens of megabytes free, but resident.
  ::malloc_trim(0);
}

std::vector<int> attachment::links() const {
  std::vector<int> descriptors;
  for (const link_ptr &link : links_)
    descriptors.push_back(bpf_link__fd(link.get()));
  if (pending_binds_)
    descriptors.push_back(pending_binds_.get());
  return descriptors;
}

int attachment::ring() const {
  return bpf_object__find_map_fd_by_name(maps_.get(), "ring");
}

int attachment::stats() const {
  return bpf_object__find_map_fd_by_name(maps_.get(), "bs_stats");
}

} // namespace bindscope::helper
