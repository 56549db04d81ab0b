// SPDX-License-Identifier: Apache-2.0
//
// Who is served, what is kept, and how it all ends.
#include <doctest/doctest.h>

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <set>
#include <utility>

#include "core/descriptor_info.h"
#include "core/skipped_runs.h"
#include "helper/handoff_message.h"
#include "helper/hook_table.h"
#include "helper/mountinfo.h"
#include "helper_live.h"
#include "helper_processes.h"

using namespace bindscope;
using namespace bindscope::helper;
using namespace bindscope::helper::test;
using handoff::fact;
using handoff::hook_state;
using handoff::status;

namespace {

// The ids of the programs that the links of a process keep attached.
std::set<__u32> programs_of(pid_t pid) {
  std::set<__u32> ids;
  const std::string folder = "/proc/" + std::to_string(pid) + "/fdinfo/";
  DIR *entries = ::opendir(folder.c_str());
  REQUIRE(entries != nullptr);
  while (const dirent *entry = ::readdir(entries)) {
    if (entry->d_name[0] == '.')
      continue;
    const std::string info = read_file(folder + entry->d_name);
    if (const auto at = info.find("prog_id:"); at != info.npos)
      ids.insert(static_cast<__u32>(std::stoul(info.substr(at + 8))));
  }
  ::closedir(entries);
  return ids;
}

bool loaded(__u32 program) {
  const core::unique_fd fd(bpf_prog_get_fd_by_id(program));
  return static_cast<bool>(fd);
}

std::string reason_of(const handoff::message &message, fact told, const std::string &hook) {
  for (std::uint32_t i = 0; i < message.hook_count; i++)
    if (message.hooks[i].told == told && message.hooks[i].name == hook)
      return message.hooks[i].reason;
  return "no such report";
}

// A helper started with --listen in a folder of its own.
class listening_helper {
public:
  explicit listening_helper(uid_t peer) {
    REQUIRE(::mkdtemp(folder_) != nullptr);
    ::chmod(folder_, 0755);
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    input_.reset(ends[1]);
    const core::unique_fd theirs(ends[0]);
    pid_ = start({helper_path(), "--listen", path(), "--peer-uid", std::to_string(peer),
                  "--until-stdin-closes"},
                 theirs.get());
    REQUIRE(eventually([&] { return ::access(path().c_str(), F_OK) == 0; }));
  }
  ~listening_helper() {
    if (pid_ > 0)
      close_stdin();
    ::rmdir(folder_);
  }
  std::string path() const { return std::string(folder_) + "/helper.sock"; }
  pid_t pid() const { return pid_; }
  int close_stdin() {
    input_.reset();
    const int status = wait_for_exit(pid_);
    pid_ = -1;
    return status;
  }
  core::unique_fd connect() const {
    core::unique_fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path().c_str(), path().size());
    // The path exists a moment before the socket listens.
    REQUIRE(eventually([&] {
      return ::connect(socket.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0;
    }));
    return socket;
  }

private:
  char folder_[32] = "/tmp/bindscope-listen-XXXXXX";
  core::unique_fd input_;
  pid_t pid_ = -1;
};

bool hung_up(int socket) {
  pollfd watched{socket, POLLRDHUP, 0};
  return ::poll(&watched, 1, 5000) == 1 && (watched.revents & (POLLHUP | POLLRDHUP)) != 0;
}

} // namespace

TEST_CASE("every fact and every hook of the table is reported, once per ladder") {
  REQUIRE_ROOT();
  live_helper helper;
  REQUIRE(helper.message().result == status::ok);
  CHECK(helper.message().helper_pid == static_cast<std::uint32_t>(helper.pid()));
  std::size_t at = 0;
  for (const ladder &ladder : hook_table())
    for (const rung &rung : ladder.rungs) {
      REQUIRE(at < helper.message().hook_count);
      const handoff::hook &hook = helper.message().hooks[at++];
      CHECK(hook.told == ladder.told);
      CHECK(std::string(hook.name) == rung.name);
      if (hook.state == hook_state::failed)
        CHECK(!std::string(hook.reason).empty());
      else if (hook.state == hook_state::unused)
        CHECK(hook.reason == rung.not_by_default);
    }
  CHECK(at == helper.message().hook_count);
  for (const auto meaning : {handoff::descriptor::ring, handoff::descriptor::stats,
                             handoff::descriptor::iter_process, handoff::descriptor::iter_socket})
    CHECK(helper.descriptor(meaning) >= 0);
  for (const auto meaning : {handoff::descriptor::watched_ports, handoff::descriptor::activity,
                             handoff::descriptor::iter_connections})
    CHECK((helper.descriptor(meaning) >= 0) ==
          helper.attached(fact::activity, "iter/bpf_sk_storage_map"));
}

TEST_CASE("programs that the kernel may skip are handed over, and their counts can be read") {
  REQUIRE_ROOT();
  live_helper helper;
  std::size_t programs = 0;
  const handoff::message &message = helper.message();
  for (std::uint32_t i = 0; i < message.descriptor_count; i++) {
    if (message.descriptors[i] != handoff::descriptor::program)
      continue;
    programs++;
    const core::descriptor_info info(helper.descriptor_at(i));
    CHECK(info.number("prog_id").value_or(0) > 0);
    CHECK(info.number("prog_type") != BPF_PROG_TYPE_CGROUP_SOCK); // never skipped
    CHECK(core::skipped_runs_of(info).has_value());
  }
  std::size_t skippable = 0;
  for (std::uint32_t i = 0; i < message.hook_count; i++)
    skippable += message.hooks[i].state == hook_state::attached &&
                 message.hooks[i].told < fact::sockets &&
                 std::string(message.hooks[i].name).rfind("cgroup/", 0) != 0;
  CHECK(skippable >= 4);
  CHECK(programs >= skippable); // a hook may be of more than one program
}

TEST_CASE("a helper for an ordinary user becomes that user, and is confined as any") {
  REQUIRE_ROOT();
  listening_helper listener(12345);
  int report[2];
  REQUIRE(::pipe(report) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // Nothing may be thrown out of here: the child would go on with the tests.
    try {
      if (::setresuid(12345, 12345, 12345) != 0)
        ::_exit(2);
      const core::unique_fd socket = listener.connect();
      const std::optional<received> got = receive(socket.get());
      const std::uint32_t pid =
          got && got->message.result == status::ok ? got->message.helper_pid : 0;
      if (::write(report[1], &pid, sizeof(pid)) == sizeof(pid))
        ::pause();
    } catch (...) {
    }
    ::_exit(1);
  }
  ::close(report[1]);
  std::uint32_t worker = 0;
  REQUIRE(::read(report[0], &worker, sizeof(worker)) == sizeof(worker));
  REQUIRE(worker != 0);
  const auto pid = static_cast<pid_t>(worker);
  CHECK(confined(pid));
  check_given_up(pid, 12345);
  for (const char *set : {"CapInh", "CapBnd", "CapAmb"})
    CHECK(status_field(pid, set) == "0000000000000000");
  // The rest of CAP_BPF, where the kernel wants it, is tested with the iterators.
  CHECK(status_field(pid, "CapPrm") == status_field(pid, "CapEff"));
  const bool alone = limit_of(pid, "Max open files") == "1 1";
  CHECK(status_field(pid, "CapEff") == (alone ? "0000000000000000" : "0000008000000000"));
  CHECK(limit_of(pid, "Max processes") == "0 0");
  // Neither the listener's socket and signals nor standard output and error.
  for (const auto &[fd, what] : descriptors_of(pid)) {
    CAPTURE(what);
    CHECK((fd == 0 ? what.rfind("socket:", 0) == 0 : what.rfind("anon_inode:", 0) == 0));
    CHECK(what != "anon_inode:[signalfd]");
    CHECK((fd == 0 || fd > 2));
  }
  ::kill(child, SIGKILL);
  wait_for_exit(child);
  CHECK(eventually([&] { return ::kill(static_cast<pid_t>(worker), 0) != 0; }));
  ::close(report[0]);
}

TEST_CASE("all programs are unloaded when the peer hangs up, and when the helper is killed") {
  REQUIRE_ROOT();
  for (const bool killed : {false, true}) {
    CAPTURE(killed);
    std::set<__u32> programs;
    {
      live_helper helper;
      programs = programs_of(helper.pid());
      CHECK(programs.size() >= 9);
      for (const __u32 program : programs)
        CHECK(loaded(program));
      if (killed)
        REQUIRE(::kill(helper.pid(), SIGKILL) == 0);
      else
        CHECK(helper.hang_up() == 0);
      // What we hold ourselves are the maps and the iterators' links, gone with `helper`.
    }
    for (const __u32 program : programs)
      CHECK(eventually([&] { return !loaded(program); }));
  }
}

TEST_CASE("a peer that says anything at all is left, and its programs with it") {
  REQUIRE_ROOT();
  const std::vector<std::pair<const char *, std::function<bool(int)>>> ways = {
      {"bytes", [](int socket) { return ::send(socket, "hello", 5, 0) == 5; }},
      {"nothing, as a message", [](int socket) { return ::send(socket, "", 0, 0) == 0; }},
      {"the helper's own message",
       [](int socket) {
         const handoff::message message{};
         return ::send(socket, &message, sizeof(message), 0) == sizeof(message);
       }},
      {"a descriptor",
       [](int socket) {
         return send_message(socket,
                             make_message(status::ok, "", {}, {{handoff::descriptor::ring, 2}}),
                             {{handoff::descriptor::ring, 2}}) == 0;
       }},
      {"that it will say nothing", [](int socket) { return ::shutdown(socket, SHUT_WR) == 0; }},
  };
  for (const auto &[what, say] : ways) {
    CAPTURE(what);
    std::set<__u32> programs;
    {
      live_helper helper;
      REQUIRE(confined(helper.pid()));
      programs = programs_of(helper.pid());
      REQUIRE(say(helper.socket()));
      CHECK(wait_for_exit(helper.pid()) == 0);
      CHECK(hung_up(helper.socket()));
    }
    for (const __u32 program : programs)
      CHECK(eventually([&] { return !loaded(program); }));
  }
}

TEST_CASE("a peer that spoke or left before it was served keeps no helper") {
  REQUIRE_ROOT();
  for (const bool left : {false, true}) {
    CAPTURE(left);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    core::unique_fd ours(ends[0]);
    core::unique_fd theirs(ends[1]);
    if (left)
      ours.reset();
    else
      REQUIRE(::send(ours.get(), "hello", 5, 0) == 5);
    const pid_t pid = start({helper_path(), "--stdin"}, theirs.get());
    theirs.reset();
    const int ended = wait_for_exit(pid);
    REQUIRE(WIFEXITED(ended));
    CHECK(WEXITSTATUS(ended) == (left ? 1 : 0));
  }
}

TEST_CASE("a peer of another user is refused, with words, and nothing is handed over") {
  REQUIRE_ROOT();
  SUBCASE("over standard input") {
    live_helper helper({"--peer-uid", "12345"});
    CHECK(helper.message().result == status::refused);
    CHECK(std::string(helper.message().text) == "The helper serves user 12345, not user 0.");
    CHECK(helper.message().descriptor_count == 0);
    CHECK(WEXITSTATUS(helper.hang_up()) == 1);
  }
  SUBCASE("over a listening socket, which serves on") {
    listening_helper listener(12345);
    const core::unique_fd socket = listener.connect();
    const std::optional<received> got = receive(socket.get());
    REQUIRE(got);
    CHECK(got->message.result == status::refused);
    CHECK(got->descriptors.empty());
    CHECK(hung_up(socket.get()));
    CHECK(::kill(listener.pid(), 0) == 0);
  }
}

TEST_CASE("a listening helper serves peers side by side and outlives its workers") {
  REQUIRE_ROOT();
  listening_helper listener(::getuid());
  struct stat socket_file {};
  REQUIRE(::lstat(listener.path().c_str(), &socket_file) == 0);
  CHECK(S_ISSOCK(socket_file.st_mode));
  CHECK((socket_file.st_mode & 0777) == 0600);
  CHECK(socket_file.st_uid == ::getuid());

  const core::unique_fd first = listener.connect();
  const core::unique_fd second = listener.connect();
  const std::optional<received> to_first = receive(first.get());
  const std::optional<received> to_second = receive(second.get());
  REQUIRE((to_first && to_second));
  CHECK(to_first->message.result == status::ok);
  CHECK(to_second->message.result == status::ok);
  CHECK(to_first->message.helper_pid != to_second->message.helper_pid);

  SUBCASE("one that is killed") {
    REQUIRE(::kill(static_cast<pid_t>(to_first->message.helper_pid), SIGKILL) == 0);
  }
  SUBCASE("one whose peer says anything") {
    REQUIRE(::send(first.get(), "x", 1, 0) == 1);
  }
  CHECK(hung_up(first.get()));
  const core::unique_fd third = listener.connect();
  const std::optional<received> to_third = receive(third.get());
  REQUIRE(to_third);
  CHECK(to_third->message.result == status::ok);

  CHECK(listener.close_stdin() == 0);
  CHECK(hung_up(second.get()));
  CHECK(hung_up(third.get()));
  CHECK(::access(listener.path().c_str(), F_OK) != 0);
}

TEST_CASE("the ninth peer at once is refused and a place that is left is given again") {
  REQUIRE_ROOT();
  listening_helper listener(::getuid());
  std::vector<core::unique_fd> peers;
  for (int i = 0; i < 8; i++) {
    peers.push_back(listener.connect());
    const std::optional<received> got = receive(peers.back().get());
    REQUIRE(got);
    REQUIRE(got->message.result == status::ok);
  }
  {
    const core::unique_fd ninth = listener.connect();
    const std::optional<received> got = receive(ninth.get());
    REQUIRE(got);
    CHECK(got->message.result == status::refused);
    CHECK(std::string(got->message.text).find("8 peers already") != std::string::npos);
  }
  peers.pop_back();
  CHECK(eventually([&] {
    const core::unique_fd again = listener.connect();
    const std::optional<received> got = receive(again.get());
    return got && got->message.result == status::ok;
  }));
}

TEST_CASE("a hook that is left out is reported so and the next best one tells the fact") {
  REQUIRE_ROOT();
  live_helper helper({"--without", "cgroup/sock_release", "--without", "iter.s/task", "--without",
                      "cgroup/post_bind6", "--without", "iter/bpf_sk_storage_map"});
  CHECK(reason_of(helper.message(), fact::closed, "cgroup/sock_release") ==
        "switched off by --without");
  CHECK(helper.attached(fact::closed, "tp_btf/inet_sock_set_state"));
  CHECK(helper.attached(fact::processes, "iter/task"));
  CHECK(!helper.attached(fact::bound, "cgroup/post_bind6"));
  CHECK(!helper.attached(fact::activity, "iter/bpf_sk_storage_map"));
  for (const auto meaning : {handoff::descriptor::watched_ports, handoff::descriptor::activity,
                             handoff::descriptor::iter_connections})
    CHECK(helper.descriptor(meaning) == -1);

  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  REQUIRE(socket.listen() == 0);
  const __u64 cookie = socket.cookie();
  const in_port_t port = socket.port();
  socket.close();
  const std::vector<record> told = helper.of_cookie(cookie);
  REQUIRE(told.size() == 3);
  CHECK(told[2].event.kind == BS_CLOSED);
  CHECK(told[2].event.port == port);
  CHECK(told[2].event.hook == BS_HOOK_TP_BTF_INET_SOCK_SET_STATE);

  test_socket ipv6(AF_INET6, SOCK_STREAM);
  REQUIRE(ipv6.bind() == 0);
  CHECK(helper.of_cookie(ipv6.cookie()).empty());

  bool seen = false;
  for (const bs_process_row &row : helper.rows<bs_process_row>(handoff::descriptor::iter_process))
    if (row.tgid == static_cast<__u32>(::getpid())) {
      seen = true;
      CHECK(row.path_size > 0);
      CHECK(row.args_size == 0);
    }
  CHECK(seen);
}

TEST_CASE("with every hook left out the helper says that nothing could be attached") {
  REQUIRE_ROOT();
  std::vector<std::string> arguments;
  for (const std::string &name : hook_names()) {
    arguments.push_back("--without");
    arguments.push_back(name);
  }
  live_helper helper(arguments);
  CHECK(helper.message().result == status::failed);
  CHECK(helper.message().hook_count > 0);
  CHECK(WEXITSTATUS(helper.hang_up()) == 1);
}

TEST_CASE("where cgroup v2 is not mounted the helper mounts it for itself alone") {
  REQUIRE_ROOT();
  const std::string before = read_file("/proc/self/mountinfo");
  live_helper helper({}, [] {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      ::_exit(3);
    std::ifstream lines("/proc/self/mountinfo");
    for (const mount_entry &entry : parse_mountinfo(lines))
      if (entry.type == "cgroup2" || entry.type == "tracefs")
        ::umount2(entry.point.c_str(), MNT_DETACH);
  });
  CHECK(helper.attached(fact::bound, "cgroup/post_bind4"));
  CHECK(helper.attached(fact::closed, "cgroup/sock_release"));
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  CHECK(helper.of_cookie(socket.cookie()).size() == 1);
  CHECK(read_file("/proc/self/mountinfo") == before);
}

TEST_CASE("on a kernel without type information the helper says so") {
  REQUIRE_ROOT();
  live_helper helper({}, [] {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", "/sys/kernel/btf", "tmpfs", 0, nullptr) != 0)
      ::_exit(3);
  });
  CHECK(helper.message().result == status::failed);
  const std::string text = helper.message().text;
  CHECK(text.find("no type information") != std::string::npos);
  CHECK(text.find("CONFIG_DEBUG_INFO_BTF") != std::string::npos);
}

TEST_CASE("without privilege the helper says what it lacks") {
  REQUIRE_ROOT();
  live_helper helper({"--peer-uid", "0"}, [] {
    if (::setresuid(12345, 12345, 12345) != 0)
      ::_exit(3);
  });
  CHECK(helper.message().result == status::failed);
  const std::string text = helper.message().text;
  CHECK(text.find("CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON") != std::string::npos);
}

TEST_CASE("a helper started by hand says how it is meant to be started") {
  const core::unique_fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  for (const std::vector<std::string> &arguments :
       {std::vector<std::string>{"--stdin"}, {"--systemd"}, {}, {"--nonsense"}}) {
    std::vector<std::string> command = {helper_path()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const pid_t pid = start(command, nothing.get(), [] { ::close(2); });
    CHECK(WEXITSTATUS(wait_for_exit(pid)) == 2);
  }
}

TEST_CASE("systemd's socket is served to whoever its unit lets connect") {
  REQUIRE_ROOT();
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const core::unique_fd ours(ends[0]);
  core::unique_fd theirs(ends[1]);
  const pid_t pid = start({helper_path(), "--systemd"}, theirs.get(), [&] {
    ::dup2(0, 3);
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  });
  theirs.reset();
  const std::optional<received> got = receive(ours.get());
  REQUIRE(got);
  CHECK(got->message.result == status::ok);
  CHECK(::shutdown(ours.get(), SHUT_RDWR) == 0);
  CHECK(wait_for_exit(pid) == 0);
}

TEST_CASE("under pkexec the helper serves the user that asked and nobody else") {
  REQUIRE_ROOT();
  const auto as_asked_by = [](const char *uid) {
    return [uid] { ::setenv("PKEXEC_UID", uid, 1); };
  };
  {
    live_helper helper({}, as_asked_by("0"));
    CHECK(helper.message().result == status::ok);
  }
  {
    live_helper helper({}, as_asked_by("12345"));
    CHECK(helper.message().result == status::refused);
  }
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const core::unique_fd ours(ends[0]), theirs(ends[1]);
  for (const std::vector<std::string> &refused :
       {std::vector<std::string>{"--listen", "/run/bindscope-test.sock", "--peer-uid", "0"},
        {"--stdin", "--peer-uid", "0"},
        {"--stdin", "--serve-iterators"}}) {
    std::vector<std::string> command = {helper_path()};
    command.insert(command.end(), refused.begin(), refused.end());
    const pid_t pid = start(command, theirs.get(), as_asked_by("12345"));
    CHECK(WEXITSTATUS(wait_for_exit(pid)) == 2);
  }
  CHECK(::access("/run/bindscope-test.sock", F_OK) != 0);
}
