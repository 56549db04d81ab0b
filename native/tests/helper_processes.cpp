// SPDX-License-Identifier: Apache-2.0
#include "helper_processes.h"

#include <doctest/doctest.h>

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <sstream>

#include "helper_live.h"

namespace bindscope::helper::test {

std::map<int, std::string> descriptors_of(pid_t pid) {
  std::map<int, std::string> found;
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd/";
  DIR *entries = ::opendir(folder.c_str());
  REQUIRE(entries != nullptr);
  while (const dirent *entry = ::readdir(entries)) {
    if (entry->d_name[0] == '.')
      continue;
    char target[PATH_MAX];
    const ssize_t length = ::readlink((folder + entry->d_name).c_str(), target, sizeof(target));
    found[std::stoi(entry->d_name)] = {target, length < 0 ? 0 : static_cast<std::size_t>(length)};
  }
  ::closedir(entries);
  return found;
}

std::string limit_of(pid_t pid, const std::string &name) {
  std::istringstream lines(read_file("/proc/" + std::to_string(pid) + "/limits"));
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(name + "  ", 0) == 0) {
      std::istringstream words(line.substr(name.size()));
      std::string soft, hard;
      words >> soft >> hard;
      return soft + " " + hard;
    }
  return "no such limit";
}

void check_given_up(pid_t pid, uid_t user) {
  const std::string one = std::to_string(user);
  CHECK(status_field(pid, "Uid") == one + " " + one + " " + one + " " + one);
  CHECK(status_field(pid, "Gid") == "65534 65534 65534 65534");
  CHECK(status_field(pid, "Groups") == "");
  CHECK(status_field(pid, "NoNewPrivs") == "1");
  // The files of a process that cannot be dumped are root's, whoever it runs as.
  struct stat memory {};
  REQUIRE(::stat(("/proc/" + std::to_string(pid) + "/mem").c_str(), &memory) == 0);
  CHECK(memory.st_uid == 0);
}

pid_t fork_for(const std::function<int()> &act) {
  const pid_t child = ::fork();
  if (child != 0)
    return child;
  // Nothing may be thrown out of here: the child would go on with the tests.
  try {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::_exit(act());
  } catch (...) {
    ::_exit(99);
  }
}

int killed_by(pid_t child) {
  const int status = wait_for_exit(child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

} // namespace bindscope::helper::test
