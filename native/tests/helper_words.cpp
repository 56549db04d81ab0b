// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "helper/failure_words.h"
#include "helper/handoff_message.h"
#include "helper/mountinfo.h"

using namespace bindscope;
using namespace bindscope::helper;

namespace {

refusal refused(const char *section, stage stage, int error) {
  refusal what;
  what.section = section;
  what.stage = stage;
  what.error = error;
  return what;
}

} // namespace

TEST_CASE("a refusal is told in words") {
  CHECK(failure_words(refused("fentry/security_socket_bind", stage::load, EPERM)) ==
        "the kernel refuses fentry programs (EPERM)");
  refusal no_kprobes = refused("kretprobe/__sys_bind", stage::attach, ENOENT);
  no_kprobes.kernel_has_kprobes = false;
  CHECK(failure_words(no_kprobes) == "the kernel has no kprobes");
  CHECK(failure_words(refused("kprobe/security_socket_bind", stage::attach, ENOENT)) ==
        "the kernel has no function security_socket_bind that can be probed");
  refusal missing = refused("fexit/__sys_bind", stage::load, ESRCH);
  missing.target_missing = true;
  CHECK(failure_words(missing) == "the kernel has no function __sys_bind that can be traced");
  refusal too_old = refused("cgroup/bind6", stage::load, ESRCH);
  too_old.target_missing = true;
  too_old.call_missing = true;
  CHECK(failure_words(too_old) ==
        "the kernel is too old: it lacks a function that the program calls");
  missing.section = "tp_btf/inet_sock_set_state";
  CHECK(failure_words(missing) == "the kernel has no tracepoint inet_sock_set_state");
  CHECK(failure_words(refused("tracepoint/syscalls/sys_exit_bind", stage::attach, ENOENT)) ==
        "the kernel has no tracepoint syscalls/sys_exit_bind");
  CHECK(failure_words(refused("cgroup/post_bind4", stage::attach, EPERM)) ==
        "the kernel does not let us attach to post_bind4 (EPERM)");
  CHECK(failure_words(refused("iter/task", stage::load, ENOMEM)) ==
        "loading failed: Cannot allocate memory (ENOMEM)");
}

TEST_CASE("mount points are found whatever optional fields and escapes a line has") {
  std::istringstream lines(
      "36 35 98:0 / /sys/fs/cgroup/unified rw,relatime master:1 shared:2 - cgroup2 cgroup2 rw\n"
      "37 35 98:0 /user.slice /mnt/with\\040space rw - cgroup2 none rw\n"
      "38 35 98:1 / /back\\134slash rw - ext4 /dev/sda rw\n"
      "39 35 98:1 / /cut\\04 rw - ext4 /dev/sda rw\n"
      "garbage\n"
      "40 35 98:1 / /no-separator rw shared:1\n");
  const std::vector<mount_entry> entries = parse_mountinfo(lines);
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].point == "/sys/fs/cgroup/unified");
  CHECK(entries[0].root == "/");
  CHECK(entries[0].type == "cgroup2");
  CHECK(entries[1].root == "/user.slice");
  CHECK(entries[1].point == "/mnt/with space");
  CHECK(entries[2].point == "/back\\slash");
  CHECK(entries[3].point == "/cut\\04");
}

TEST_CASE("the message carries reports and text, cut at a character where they are too long") {
  std::string text(254, 'x');
  text += "\xc3\xa9 and more"; // é would be cut in its middle
  const std::vector<hook_report> reports = {
      {handoff::fact::bound, "cgroup/post_bind4", handoff::hook_state::attached, 0, ""},
      {handoff::fact::exec, "tp_btf/x", handoff::hook_state::failed, EPERM, std::string(500, 'y')},
  };
  const handoff::message message =
      make_message(handoff::status::failed, text, reports, {{handoff::descriptor::ring, 1}});
  CHECK(message.magic == handoff::magic);
  CHECK(message.version == handoff::version);
  CHECK(message.helper_pid == static_cast<std::uint32_t>(::getpid()));
  CHECK(std::string(message.text) == std::string(254, 'x'));
  REQUIRE(message.hook_count == 2);
  CHECK(std::string(message.hooks[0].name) == "cgroup/post_bind4");
  CHECK(message.hooks[1].told == handoff::fact::exec);
  CHECK(message.hooks[1].error == EPERM);
  CHECK(std::strlen(message.hooks[1].reason) == sizeof(message.hooks[1].reason) - 1);
  CHECK(message.descriptor_count == 1);
  CHECK(message.descriptors[0] == handoff::descriptor::ring);
}

TEST_CASE("descriptors arrive with the message that names them") {
  int ends[2];
  int pipe_ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
  REQUIRE(::pipe(pipe_ends) == 0);
  const std::vector<passed_descriptor> passed = {{handoff::descriptor::ring, pipe_ends[0]},
                                                 {handoff::descriptor::stats, pipe_ends[1]}};
  REQUIRE(send_message(ends[0], make_message(handoff::status::ok, "", {}, passed), passed) == 0);

  handoff::message message{};
  iovec part{&message, sizeof(message)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * handoff::max_descriptors)];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  REQUIRE(::recvmsg(ends[1], &header, 0) == static_cast<ssize_t>(sizeof(message)));
  const cmsghdr *item = CMSG_FIRSTHDR(&header);
  REQUIRE(item != nullptr);
  REQUIRE(item->cmsg_len == CMSG_LEN(2 * sizeof(int)));
  int fds[2];
  std::memcpy(fds, CMSG_DATA(item), sizeof(fds));
  REQUIRE(::write(fds[1], "x", 1) == 1);
  char byte = 0;
  CHECK(::read(fds[0], &byte, 1) == 1);
  CHECK(byte == 'x');
  for (const int fd : {fds[0], fds[1], ends[0], ends[1], pipe_ends[0], pipe_ends[1]})
    ::close(fd);
}

TEST_CASE("a peer that is gone is an error, not a signal") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
  ::close(ends[1]);
  CHECK(send_message(ends[0], make_message(handoff::status::ok, "", {}, {}), {}) == EPIPE);
  ::close(ends[0]);
}
