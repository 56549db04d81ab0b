// SPDX-License-Identifier: Apache-2.0
#include "roles.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "servers.h"
#include "watch.h"

namespace bindscope::scenarios {

void play_role(const std::string &role, performer &me, const std::vector<std::string> &words) {
  const gate end(std::stoi(words.at(0)));
  if (role == "serve") {
    serve_everywhere(me);
    me.reached("serving");
  } else if (role == "hold") {
    me.reached("holding");
  } else {
    throw std::runtime_error("there is no role " + role);
  }
  end.wait();
}

void copy_own_program(const std::string &path) {
  std::ifstream from("/proc/self/exe", std::ios::binary);
  std::ofstream to(path, std::ios::binary);
  to << from.rdbuf();
  to.close();
  if (!to || ::chmod(path.c_str(), 0755) != 0)
    throw_errno("a copy of this program");
}

other_program::other_program() {
  char path[] = "/tmp/bindscope-other-XXXXXX";
  const int fd = ::mkstemp(path);
  if (fd < 0)
    throw_errno("mkstemp");
  ::close(fd);
  path_ = path;
  copy_own_program(path_);
}

other_program::~other_program() {
  ::unlink(path_.c_str());
}

} // namespace bindscope::scenarios
