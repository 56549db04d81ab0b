// SPDX-License-Identifier: Apache-2.0
//
// Ties the layout of bpf/include/bindscope/events.h to native/decode-events.ts: both tests read the
// files in native/fixtures. After a change of the layout run this program with
// BINDSCOPE_UPDATE_GOLDEN=1, and change the expectations in native/decode-events.test.ts.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "core/hooks.h"
#include "core/path_components.h"
#include "core/proc_fs.h"
#include "core/records.h"
#include "core/seen_set.h"
#include "core/snapshot_iter.h"

using namespace bindscope::core;
using namespace std::string_literals;

namespace {

std::string fixture(const std::string &name) {
  const std::string here = __FILE__;
  return here.substr(0, here.rfind('/')) + "/../fixtures/" + name;
}

void compare_with_fixture(const std::string &name, const std::string &bytes) {
  if (std::getenv("BINDSCOPE_UPDATE_GOLDEN") != nullptr)
    std::ofstream(fixture(name), std::ios::binary) << bytes;
  std::string kept;
  REQUIRE(read_file(fixture(name).c_str(), kept));
  CHECK(kept.size() == bytes.size());
  CHECK((kept == bytes));
}

// Every field has a value of its own, so that swapped fields are seen.
bs_event event(bs_event_kind kind, bs_hook hook, std::uint64_t seed) {
  bs_event e{};
  e.kind = kind;
  e.size = sizeof(e);
  e.time_ns = 1'000'000'000'000'000'000u + seed;
  e.start_time_ns = 2'000'000'000'000'000u + seed;
  e.cgroup_id = 0xf000'0000'0000'0000u + seed;
  e.cookie = 4'000'000'000'000u + seed;
  e.netns = 4026531840u;
  e.tgid = 4'000'000u + static_cast<__u32>(seed);
  e.tid = 4'100'000u + static_cast<__u32>(seed);
  e.ppid = 700u + static_cast<__u32>(seed);
  e.uid = 4'294'967'294u;
  e.hook = static_cast<__u16>(hook);
  std::memcpy(e.comm, "node", 4);
  return e;
}

void set_socket(bs_event &e, int family, int protocol, std::uint16_t port, const char *address) {
  e.family = static_cast<__u16>(family);
  e.protocol = static_cast<__u8>(protocol);
  e.port = port;
  REQUIRE(::inet_pton(family, address, e.address) == 1);
}

bs_identity_event with_identity(bs_event e, const std::string &args, std::uint32_t args_length,
                                const std::string &path, std::uint8_t flags) {
  bs_identity_event whole{};
  e.size = sizeof(whole);
  e.flags = static_cast<__u8>(flags | BS_HAS_IDENTITY);
  whole.event = e;
  if (!path.empty()) {
    whole.exe_inode = 0x1'0000'0000'0000u + e.tgid;
    whole.exe_device = 0x80301f04u;
  }
  whole.args_length = args_length;
  whole.args_size = static_cast<__u16>(args.size());
  whole.path_size = static_cast<__u16>(path.size());
  std::memcpy(whole.args, args.data(), args.size());
  std::memcpy(whole.path, path.data(), path.size());
  return whole;
}

template <typename Record> void append(std::string &out, const Record &record) {
  out.append(reinterpret_cast<const char *>(&record), sizeof(record));
}

std::string golden_records() {
  std::string out;
  const std::string node = "node\0bin\0usr\0"s;
  const std::string args = "node\0server.js\0\0--port=8080\0"s;
  const auto length = static_cast<std::uint32_t>(args.size());

  bs_event e = event(BS_ATTEMPTED, BS_HOOK_FENTRY_SECURITY_SOCKET_BIND, 1);
  e.cookie = 0;
  set_socket(e, AF_INET, IPPROTO_TCP, 0, "0.0.0.0");
  append(out, with_identity(e, args, length, node, 0));

  e = event(BS_BOUND, BS_HOOK_CGROUP_POST_BIND4, 2);
  set_socket(e, AF_INET, IPPROTO_TCP, 8080, "127.0.0.1");
  append(out, with_identity(e, args, length, node, BS_EXE_DELETED));

  e = event(BS_BOUND, BS_HOOK_CGROUP_POST_BIND6, 3);
  set_socket(e, AF_INET6, IPPROTO_UDP, 65535, "2001:db8::8:800:200c:417a");
  append(out, with_identity(e, std::string(BS_ARGS_LENGTH, 'a'), 100'000, node, 0));

  e = event(BS_BIND_FAILED, BS_HOOK_TP_SYS_EXIT_BIND, 4);
  e.cookie = 0;
  e.error = 98;
  set_socket(e, AF_INET6, IPPROTO_TCP, 443, "::ffff:192.0.2.33");
  append(out, with_identity(e, "", 0, "", 0));

  e = event(BS_LISTENING, BS_HOOK_TP_BTF_INET_SOCK_SET_STATE, 5);
  set_socket(e, AF_INET6, IPPROTO_TCP, 5173, "::");
  append(out, with_identity(e, args, length, "deep\0er\0"s, BS_UNCONFIRMED | BS_PATH_CUT));

  e = event(BS_LISTEN_FAILED, BS_HOOK_TP_BTF_INET_SOCK_SET_STATE, 6);
  set_socket(e, AF_INET6, IPPROTO_TCP, 5173, "::1");
  append(out, e);

  e = event(BS_CLOSED, BS_HOOK_CGROUP_SOCK_RELEASE, 7);
  e.bound_ns = 3'000'000'000'000'000u;
  set_socket(e, AF_INET, IPPROTO_UDP, 53, "10.1.2.3");
  append(out, e);

  e = event(BS_CLOSED, BS_HOOK_SOCK_DIAG_DESTROY, 8);
  set_socket(e, AF_INET, IPPROTO_TCP, 53, "10.1.2.3");
  std::memcpy(e.comm, "0123456789abcde", 15);
  append(out, e);

  e = event(BS_EXEC, BS_HOOK_TP_BTF_SCHED_PROCESS_EXEC, 9);
  e.cookie = 0;
  append(out, with_identity(e, "caf\u00e9\0"s, 6, "caf\u00e9\0opt\0"s, 0));

  e = event(BS_EXIT, BS_HOOK_TP_BTF_SCHED_PROCESS_EXIT, 10);
  e.cookie = 0;
  e.error = 3 << 8 | 9;
  append(out, e);
  return out;
}

} // namespace

TEST_CASE("records have the bytes that TypeScript decodes") {
  compare_with_fixture("kernel-events.golden.bin", golden_records());
}

TEST_CASE("hooks have the names that TypeScript shows") {
  std::string names;
  for (const char *name : bs_hook_names)
    names += std::string(name) + "\n";
  compare_with_fixture("hooks.golden.txt", names);
}

TEST_CASE("a hook that we do not know has no name of another") {
  CHECK(hook_name(BS_HOOK_CGROUP_POST_BIND4) == "cgroup/post_bind4"s);
  CHECK(hook_name(BS_HOOK_SOCK_DIAG_DESTROY) == "sock_diag destroy"s);
  CHECK(hook_name(BS_HOOK_COUNT) == "unknown"s);
  CHECK(hook_name(0xffffffff) == "unknown"s);
}

TEST_CASE("components from leaf to root become an absolute path") {
  const auto path = [](const std::string &components, bool cut = false) {
    std::string out;
    append_path(out, components, cut);
    return out;
  };
  CHECK(path("node\0bin\0usr\0"s) == "/usr/bin/node");
  CHECK(path("node\0bin\0usr"s) == "/usr/bin/node");
  CHECK(path("init\0"s) == "/init");
  CHECK(path("") == "");
  CHECK(path("\0"s) == "");
  CHECK(path("node\0bin\0"s, true) == "/\u2026/bin/node");
  CHECK(path("a b\0c (deleted)\0"s) == "/c (deleted)/a b");
}

TEST_CASE("rows are whole however the reads cut them") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  unique_fd from(ends[0]), to(ends[1]);
  std::string bytes;
  for (std::uint32_t i = 0; i < 100; i++) {
    bs_socket_row row{};
    row.inode = i;
    append(bytes, row);
  }
  for (std::size_t at = 0; at < bytes.size(); at += 37)
    REQUIRE(::write(to.get(), bytes.data() + at, std::min<std::size_t>(37, bytes.size() - at)) > 0);
  to.reset();
  std::vector<std::uint64_t> inodes;
  read_rows(from.get(), sizeof(bs_socket_row), [&](const std::uint8_t *row) {
    inodes.push_back(reinterpret_cast<const bs_socket_row *>(row)->inode);
  });
  REQUIRE(inodes.size() == 100);
  for (std::uint64_t i = 0; i < 100; i++)
    CHECK(inodes[i] == i);
}

TEST_CASE("an end within a row is an error") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  unique_fd from(ends[0]), to(ends[1]);
  REQUIRE(::write(to.get(), "abc", 3) == 3);
  to.reset();
  CHECK_THROWS_AS(read_rows(from.get(), sizeof(bs_socket_row), [](const std::uint8_t *) {}),
                  std::runtime_error);
}

TEST_CASE("process rows become columns") {
  process_columns columns;
  bs_process_row row{};
  row.tgid = 7;
  row.ppid = 1;
  row.uid = 1000;
  row.start_time_ns = 5;
  row.cgroup_id = 6;
  row.netns = 9;
  row.exe_inode = 0x8000'0000'0000'0001u;
  row.exe_device = 0xfd01u;
  row.args_length = 400;
  row.args_size = 4;
  std::memcpy(row.args, "a\0b\0", 4);
  std::memcpy(row.comm, "0123456789abcdef", 16);
  const std::string path = "node\0bin\0"s;
  row.path_size = static_cast<__u16>(path.size());
  std::memcpy(row.path, path.data(), path.size());
  append_process(columns, row);
  bs_process_row thread{};
  thread.tgid = 2;
  std::memcpy(thread.comm, "kthreadd", 8);
  append_process(columns, thread);

  CHECK(columns.pid == std::vector<std::uint32_t>{7, 2});
  CHECK(columns.args_length[0] == 400);
  CHECK(columns.name.row(0) == "0123456789abcdef");
  CHECK(columns.name.row(1) == "kthreadd");
  CHECK(columns.executable.row(0) == "/bin/node");
  CHECK(columns.executable.row(1) == "");
  CHECK(columns.executable_known == std::vector<std::uint8_t>{1, 0});
  CHECK(columns.executable_inode == std::vector<std::uint64_t>{0x8000'0000'0000'0001u, 0});
  CHECK(columns.executable_device == std::vector<std::uint32_t>{0xfd01u, 0});
  CHECK(columns.args.row(0) == "a\0b\0"s);
  CHECK(columns.args.row(1) == "");
}

TEST_CASE("a path that was cut is completed from /proc where that is possible") {
  process_columns columns;
  bs_process_row row{};
  row.tgid = static_cast<__u32>(::getpid());
  row.flags = BS_PATH_CUT;
  row.path_size = 5;
  std::memcpy(row.path, "leaf", 5);
  append_process(columns, row);
  row.tgid = 0x7fffffff; // nobody has this pid
  append_process(columns, row);
  CHECK(columns.executable.row(0) == read_link_at(AT_FDCWD, "/proc/self/exe"));
  CHECK(columns.executable.row(1) == "/\u2026/leaf");
}

TEST_CASE("a set of numbers tells each once until it is emptied") {
  seen_set seen;
  CHECK(seen.insert(10));
  CHECK_FALSE(seen.insert(10));
  CHECK(seen.insert(0));
  CHECK_FALSE(seen.insert(0));
  seen.clear();
  CHECK(seen.insert(10));
  for (std::uint64_t inode = 1; inode < 10'000; inode++)
    CHECK(seen.insert(inode * 4096));
  for (std::uint64_t inode = 1; inode < 10'000; inode++)
    CHECK_FALSE(seen.insert(inode * 4096));
  CHECK(seen.contains(4096));
  CHECK_FALSE(seen.contains(4097));
  seen.clear();
  CHECK_FALSE(seen.contains(4096));
  CHECK(seen.insert(4096));
}
