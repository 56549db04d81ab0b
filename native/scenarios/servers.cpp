// SPDX-License-Identifier: Apache-2.0
#include "servers.h"

#include <unistd.h>

#include "scenarios.h"

namespace bindscope::scenarios {

int serve_at(performer &me, const endpoint &where, std::uint16_t port) {
  const int fd = me.socket(where);
  me.must_bind(fd, where, port);
  if (where.type == SOCK_STREAM)
    me.must_listen(fd);
  me.knows(where.name, fd);
  return fd;
}

std::vector<int> serve_everywhere(performer &me) {
  std::vector<int> open;
  for (const endpoint &where : all_endpoints())
    open.push_back(serve_at(me, where));
  return open;
}

void close_all(const std::vector<int> &descriptors) {
  for (const int fd : descriptors)
    ::close(fd);
}

std::vector<act> opening_at(const endpoint &where, const std::string &by) {
  std::vector<act> told{{BS_BOUND, by}};
  if (where.type == SOCK_STREAM)
    told.push_back({BS_LISTENING, by});
  return told;
}

std::vector<act> life_at(const endpoint &where, const std::string &by, const std::string &closer) {
  std::vector<act> told = opening_at(where, by);
  told.push_back({BS_CLOSED, closer});
  return told;
}

std::uint8_t state_at(const endpoint &where) {
  return where.type == SOCK_STREAM ? state_listen : state_close;
}

void held_everywhere(stage &on, const std::vector<std::string> &processes) {
  for (const endpoint &where : all_endpoints())
    on.held(where.name, processes, state_at(where));
}

void opened_everywhere(stage &on, const std::string &by) {
  for (const endpoint &where : all_endpoints())
    on.told(where.name, opening_at(where, by));
}

void lived_everywhere(stage &on, const std::string &by, const std::string &closer) {
  for (const endpoint &where : all_endpoints())
    on.told(where.name, life_at(where, by, closer));
}

} // namespace bindscope::scenarios
