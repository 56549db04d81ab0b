// SPDX-License-Identifier: Apache-2.0
#include "helper/handoff_message.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bindscope::helper {

namespace {

template <std::size_t N> void copy_text(char (&field)[N], const std::string &text) {
  std::size_t length = std::min(text.size(), N - 1);
  // Back to the start of the UTF-8 character that would be cut.
  while (length < text.size() && length > 0 &&
         (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
    length--;
  std::memcpy(field, text.data(), length);
}

} // namespace

handoff::message make_message(handoff::status result, const std::string &text,
                              const std::vector<hook_report> &reports,
                              const std::vector<passed_descriptor> &descriptors) {
  handoff::message message{};
  message.magic = handoff::magic;
  message.version = handoff::version;
  message.result = result;
  message.helper_pid = static_cast<std::uint32_t>(::getpid());
  copy_text(message.text, text);

  message.hook_count =
      static_cast<std::uint32_t>(std::min<std::size_t>(reports.size(), handoff::max_hooks));
  for (std::uint32_t i = 0; i < message.hook_count; i++) {
    handoff::hook &hook = message.hooks[i];
    hook.told = reports[i].told;
    hook.state = reports[i].state;
    hook.error = reports[i].error;
    copy_text(hook.name, reports[i].name);
    copy_text(hook.reason, reports[i].reason);
  }

  message.descriptor_count = static_cast<std::uint32_t>(
      std::min<std::size_t>(descriptors.size(), handoff::max_descriptors));
  for (std::uint32_t i = 0; i < message.descriptor_count; i++)
    message.descriptors[i] = descriptors[i].first;
  return message;
}

int send_message(int socket, const handoff::message &message,
                 const std::vector<passed_descriptor> &descriptors) {
  handoff::message copy = message;
  iovec part{&copy, sizeof(copy)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * handoff::max_descriptors)] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (message.descriptor_count > 0) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * message.descriptor_count);
    cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int) * message.descriptor_count);
    for (std::uint32_t i = 0; i < message.descriptor_count; i++)
      std::memcpy(CMSG_DATA(item) + i * sizeof(int), &descriptors[i].second, sizeof(int));
  }
  ssize_t sent;
  do
    sent = ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

} // namespace bindscope::helper
