// SPDX-License-Identifier: Apache-2.0
#include "core/handoff_reader.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "core/helper_failure.h"
#include "core/received_descriptors.h"

namespace bindscope::core {

namespace {

using kind = helper_failure::kind;

// Room for more descriptors than may come, so that a surplus is seen and closed.
constexpr std::size_t descriptor_room = handoff::max_descriptors * 2;

[[noreturn]] void throw_protocol(const std::string &what) {
  throw helper_failure(kind::protocol, "The helper's hand-off is not understood: " + what +
                                           ". Helper and application are of different versions: "
                                           "build or install both anew.");
}

template <std::size_t N> std::string text(const char (&field)[N], const char *name) {
  const std::size_t length = ::strnlen(field, N);
  if (length == N)
    throw_protocol(std::string(name) + " is not terminated");
  return {field, length};
}

unique_fd &place(received_handoff &received, handoff::descriptor meaning) {
  switch (meaning) {
  case handoff::descriptor::ring:
    return received.ring;
  case handoff::descriptor::stats:
    return received.stats;
  case handoff::descriptor::iter_process:
    return received.iter_process;
  case handoff::descriptor::iter_socket:
    return received.iter_socket;
  case handoff::descriptor::watched_ports:
    return received.watched_ports;
  case handoff::descriptor::activity:
    return received.activity;
  case handoff::descriptor::iter_connections:
    return received.iter_connections;
  case handoff::descriptor::program:
    return received.programs.emplace_back();
  }
  throw_protocol("a descriptor of unknown meaning " +
                 std::to_string(static_cast<std::uint32_t>(meaning)));
}

hook_report read_hook(const handoff::hook &hook) {
  if (hook.told > handoff::fact::activity)
    throw_protocol("a hook for an unknown fact");
  if (hook.state > handoff::hook_state::unused)
    throw_protocol("a hook in an unknown state");
  hook_report report{hook.told, hook.state, text(hook.name, "a hook's name"),
                     text(hook.reason, "a hook's reason")};
  if (report.state == handoff::hook_state::failed && report.reason.empty())
    report.reason = hook.error > 0 ? std::generic_category().message(hook.error) : "no reason told";
  return report;
}

// What comes first in a hand-off of any version.
struct version_header {
  std::uint32_t magic;
  std::uint32_t version;
};

void check_version(const void *bytes, std::size_t size) {
  version_header header;
  if (size < sizeof(header))
    return; // too short to say
  std::memcpy(&header, bytes, sizeof(header));
  if (header.magic != handoff::magic)
    throw_protocol("wrong magic number");
  if (header.version != handoff::version)
    throw_protocol("it is of version " + std::to_string(header.version) +
                   ", this application knows version " + std::to_string(handoff::version));
}

} // namespace

received_handoff read_handoff(const void *bytes, std::size_t size,
                              std::vector<unique_fd> descriptors) {
  check_version(bytes, size);
  if (size != sizeof(handoff::message))
    throw_protocol("it has " + std::to_string(size) + " bytes instead of " +
                   std::to_string(sizeof(handoff::message)));
  handoff::message message;
  std::memcpy(&message, bytes, sizeof(message));
  if (message.iterators > handoff::iterators::by_helper)
    throw_protocol("an unknown way of starting iterators");
  if (message.hook_count > handoff::max_hooks)
    throw_protocol("too many hooks");
  if (message.descriptor_count > handoff::max_descriptors)
    throw_protocol("too many descriptors");
  if (message.descriptor_count != descriptors.size())
    throw_protocol(std::to_string(message.descriptor_count) + " descriptors were announced, " +
                   std::to_string(descriptors.size()) + " came");

  const std::string said = text(message.text, "the text");
  received_handoff received;
  received.helper_pid = message.helper_pid;
  received.iterators = message.iterators;
  for (std::uint32_t i = 0; i < message.hook_count; i++)
    received.hooks.push_back(read_hook(message.hooks[i]));
  switch (message.result) {
  case handoff::status::ok:
    break;
  case handoff::status::refused:
    throw helper_failure(kind::refused, said.empty() ? "The helper refused to serve us." : said);
  case handoff::status::failed: {
    std::string words = said.empty() ? "The helper could not attach anything." : said;
    for (const hook_report &hook : received.hooks)
      if (hook.state == handoff::hook_state::failed)
        words += "\n" + hook.name + ": " + hook.reason;
    throw helper_failure(kind::failed, words);
  }
  default:
    throw_protocol("an unknown result");
  }

  for (std::uint32_t i = 0; i < message.descriptor_count; i++) {
    unique_fd &target = place(received, message.descriptors[i]);
    if (target)
      throw_protocol("a descriptor came twice");
    target = std::move(descriptors[i]);
  }
  if (!received.ring || !received.stats)
    throw_protocol("the ring buffer or its counters are missing");
  return received;
}

received_handoff receive_handoff(int socket) {
  handoff::message message{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * descriptor_room)];
  iovec part{&message, sizeof(message)};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t got;
  do
    got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0 && errno != ECONNRESET)
    throw helper_failure(kind::unreachable, "The helper cannot be heard: " +
                                                std::generic_category().message(errno) + ".");

  std::vector<unique_fd> descriptors = received_descriptors(header);
  if (got <= 0)
    throw helper_failure(kind::unreachable, "The helper hung up without a word.");
  check_version(&message, static_cast<std::size_t>(got));
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    throw_protocol("it is longer than it may be");
  return read_handoff(&message, static_cast<std::size_t>(got), std::move(descriptors));
}

} // namespace bindscope::core
