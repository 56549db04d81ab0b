// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "core/clocks.h"
#include "core/descriptor_info.h"
#include "core/proc_fs.h"

using namespace bindscope::core;

namespace {
const std::string after_comm =
    " S 77 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1000 200 18446744073709551615";
} // namespace

TEST_CASE("stat is parsed") {
  const std::string text = "4711 (nginx)" + after_comm;
  const auto stat = parse_stat(text);
  REQUIRE(stat);
  CHECK(stat->comm == "nginx");
  CHECK(stat->parent == 77);
  CHECK(stat->start_ticks == 123456);
}

TEST_CASE("a process has ended when it is defunct and has no other thread") {
  const auto ended = [](const std::string &state, const std::string &threads) {
    const auto stat = parse_stat("1 (a) " + state + " 77 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 " +
                                 threads + " 0 123456 0 0");
    REQUIRE(stat);
    return stat->ended;
  };
  CHECK(ended("Z", "1"));
  CHECK(ended("X", "1"));
  CHECK_FALSE(ended("Z", "2"));
  CHECK_FALSE(ended("S", "1"));
}

TEST_CASE("comm in stat may hold parentheses, spaces and newlines") {
  for (const std::string comm : {"a) S 1 (b", "evil)", ")", "((", "x y\n z", ""}) {
    const std::string text = "1 (" + comm + ")" + after_comm;
    const auto stat = parse_stat(text);
    REQUIRE(stat);
    CHECK(stat->comm == comm);
    CHECK(stat->parent == 77);
    CHECK(stat->start_ticks == 123456);
  }
}

TEST_CASE("a stat that is cut or is none gives nothing") {
  CHECK_FALSE(parse_stat(""));
  CHECK_FALSE(parse_stat("1 (a"));
  CHECK_FALSE(parse_stat("1 a) S 1"));
  CHECK_FALSE(parse_stat("1 (a) S 1 2 3"));
  CHECK_FALSE(parse_stat("1 (a) S x 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 9 1"));
}

TEST_CASE("the real uid is the first of the four") {
  CHECK(parse_real_uid("Name:\tx\nUmask:\t0022\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n") == 1000u);
  CHECK_FALSE(parse_real_uid("Name:\tUid:\t3\n"));
  CHECK_FALSE(parse_real_uid(""));
}

TEST_CASE("the cgroup v2 path is found among those of v1") {
  CHECK(parse_cgroup2_path("4:memory:/a\n1:name=systemd:/b\n0::/user.slice/x\n") ==
        "/user.slice/x");
  CHECK(parse_cgroup2_path("0::/") == "/");
  CHECK_FALSE(parse_cgroup2_path("4:memory:/a\n10::/b\n"));
}

TEST_CASE("links of the form kind:[inode] are taken apart") {
  CHECK(parse_inode_link("socket:[12345]", "socket") == 12345u);
  CHECK(parse_inode_link("net:[4026531840]", "net") == 4026531840u);
  CHECK_FALSE(parse_inode_link("pipe:[12345]", "socket"));
  CHECK_FALSE(parse_inode_link("socket:[]", "socket"));
  CHECK_FALSE(parse_inode_link("socket:[12", "socket"));
  CHECK_FALSE(parse_inode_link("socket:[1x]", "socket"));
  CHECK_FALSE(parse_inode_link("/tmp/socket:[1]", "socket"));
}

TEST_CASE("the kernel's mark of a deleted executable is no part of the path") {
  char folder[] = "/tmp/bindscope-test-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  // Named as if deleted, to tell a mark from a name.
  for (const std::string name : {"prog", "prog (deleted)"})
    for (const bool deleted : {false, true}) {
      const std::string path = std::string(folder) + "/" + name;
      REQUIRE(std::system(("cp /bin/sleep '" + path + "'").c_str()) == 0);
      const pid_t child = ::fork();
      if (child == 0) {
        ::execl(path.c_str(), "sleep", "60", nullptr);
        ::_exit(1);
      }
      const std::string proc = "/proc/" + std::to_string(child);
      const unique_fd directory(::open(proc.c_str(), O_RDONLY | O_DIRECTORY));
      for (int i = 0; i < 1000 && read_executable(directory.get()) != path; i++)
        ::usleep(1000);
      struct stat file {};
      CHECK(::stat(path.c_str(), &file) == 0);
      if (deleted)
        ::unlink(path.c_str());
      CHECK(read_executable(directory.get()) == path);
      CHECK(read_executable_id(directory.get()).inode == file.st_ino);
      CHECK(read_executable_id(directory.get()).device == file.st_dev);
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      ::unlink(path.c_str());
    }
  ::rmdir(folder);
}

TEST_CASE("reading a process that is gone says so and throws nothing") {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(0);
  const std::string proc = "/proc/" + std::to_string(child);
  const unique_fd directory(::open(proc.c_str(), O_RDONLY | O_DIRECTORY));
  REQUIRE(directory);
  ::waitpid(child, nullptr, 0);
  std::string text = "left over";
  CHECK_FALSE(read_file_at(directory.get(), "stat", text));
  CHECK(text.empty());
  CHECK(read_executable(directory.get()).empty());
  CHECK(read_executable_id(directory.get()).inode == 0);
  CHECK(read_executable_id(directory.get()).device == 0);
}

TEST_CASE("clock ticks become nanoseconds without overflow") {
  const auto rate = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  CHECK(nanoseconds_of_ticks(0) == 0);
  CHECK(nanoseconds_of_ticks(1) == nanoseconds_per_second / rate);
  CHECK(nanoseconds_of_ticks(rate * 400'000'000) == 400'000'000 * nanoseconds_per_second);
}

TEST_CASE("the cgroup id is the inode of its directory") {
  cgroup_ids ids;
  CHECK(ids.id("/surely/not/there") == 0);
  std::string mounts;
  REQUIRE(read_file("/proc/self/mounts", mounts));
  if (mounts.find(" cgroup2 ") == std::string::npos) {
    MESSAGE("no cgroup v2 here");
    return;
  }
  CHECK(ids.id("/") != 0);
  CHECK(ids.id("/") == ids.id("/"));
}

TEST_CASE("fdinfo lines are found by their whole key") {
  const descriptor_info info(
      std::string("pos:\t0\nmap_type:\t27\nmap_flags:\t0x400\nname:\tabc\n"));
  CHECK(info.number("map_type") == 27u);
  CHECK(info.number("map_flags") == 0x400u);
  CHECK(info.text("name") == "abc");
  CHECK_FALSE(info.number("name"));
  CHECK_FALSE(info.number("map"));
  CHECK_FALSE(info.text("missing"));
}
