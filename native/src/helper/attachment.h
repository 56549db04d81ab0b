// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/unique_fd.h"
#include "helper/kernel_mounts.h"
#include "helper/ladder.h"

struct bpf_link;
struct bpf_map;
struct bpf_object;
struct bpf_program;

namespace bindscope::helper {

class libbpf_log;

struct link_deleter {
  void operator()(bpf_link *link) const;
};
struct object_deleter {
  void operator()(bpf_object *object) const;
};
using link_ptr = std::unique_ptr<bpf_link, link_deleter>;
using object_ptr = std::unique_ptr<bpf_object, object_deleter>;

// Nothing can be loaded at all; what() says why and how to mend it.
class attachment_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/*
 * The programs attached for one peer, the maps they share, and the links that keep them attached.
 * What is attached stays so until this object is destroyed or the process ends.
 */
class attachment {
public:
  // Creates the shared maps. Throws attachment_error.
  attachment(std::uint32_t ring_bytes, bool verbose);
  ~attachment();

  // Climbs every ladder. The reports are in the order of the table.
  std::vector<hook_report> attach_all(const std::vector<ladder> &table, const hook_choice &choice);

  int ring() const;
  int stats() const;
  // Link of the attached iterator, -1 when there is none.
  int process_iterator() const { return process_iterator_; }
  int socket_iterator() const { return socket_iterator_; }
  // Of the activity probe, nullopt when it is not attached. The descriptors stay ours.
  struct activity_descriptors {
    int watched_ports;
    int counts;
    int iterator;
  };
  const std::optional<activity_descriptors> &activity() const { return activity_; }
  // Of the attached programs that tell events, those of which the kernel leaves out a run while
  // another program of the kind is interrupted on the same CPU. They stay ours.
  const std::vector<int> &programs() const { return programs_; }

  // Closes all descriptors but those that keep the programs at work, and lets go of what goes with
  // them. Nothing but links() may be asked for after it.
  void keep_links_only();
  // The descriptors that keep the programs attached and at work; they stay ours.
  std::vector<int> links() const;

private:
  std::optional<failure> attach(const rung &rung);
  std::optional<failure> hopeless(const rung &rung) const;
  std::optional<failure> load(const rung &rung, const std::string &name, object_ptr &object);
  link_ptr attach_program(const bpf_object *object, bpf_program *program, std::string &reason);
  // Remembers what is to be handed over of a rung that is attached.
  void keep_descriptors(const rung &rung, const bpf_object *object,
                        const std::vector<link_ptr> &links);
  void tell_hooks_what_is_watched(const std::vector<std::vector<hook_report>> &reports);
  object_ptr open(const std::string &name) const;

  std::unique_ptr<libbpf_log> log_;
  kernel_mounts mounts_;
  object_ptr maps_; // whose maps all other objects use; no program of it is loaded
  std::vector<object_ptr> objects_;
  std::vector<link_ptr> links_;
  core::unique_fd pending_binds_;
  bool trampolines_refused_ = false;
  int process_iterator_ = -1;
  int socket_iterator_ = -1;
  std::optional<activity_descriptors> activity_;
  std::vector<int> programs_;
};

} // namespace bindscope::helper
