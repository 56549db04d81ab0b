// SPDX-License-Identifier: Apache-2.0
//
//   seeds FOLDER
//
// Writes FOLDER/TARGET/NAME: what the fuzz targets begin with. Made by the code that makes the real
// thing, or read from this machine, so that a change of a layout leaves none behind.
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/hooks.h"
#include "core/proc_fs.h"
#include "core/records.h"
#include "core/unique_fd.h"
#include "handoff/fact_names.h"
#include "helper/handoff_message.h"
#include "helper/hook_table.h"

using namespace bindscope;
using namespace std::string_literals;

namespace {

class corpus {
public:
  explicit corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void add(const std::string &target, const std::string &name, const std::string &bytes) const {
    std::filesystem::create_directories(folder_ / target);
    std::ofstream file(folder_ / target / name, std::ios::binary);
    file << bytes;
    if (!file.flush())
      throw std::runtime_error("cannot write " + (folder_ / target / name).string());
  }

private:
  std::filesystem::path folder_;
};

template <typename Record> std::string bytes_of(const Record &record) {
  return {reinterpret_cast<const char *>(&record), sizeof(record)};
}

std::string trimmed(std::string bytes) {
  while (!bytes.empty() && bytes.back() == '\0')
    bytes.pop_back();
  return bytes;
}

std::vector<helper::hook_report> some_reports() {
  return {{handoff::fact::bound, "cgroup/post_bind4", handoff::hook_state::attached, 0, ""},
          {handoff::fact::listening, "fexit/inet_csk_listen_start", handoff::hook_state::failed, 1,
           "the kernel refuses fexit programs (EPERM)"},
          {handoff::fact::closed, "cgroup/sock_release", handoff::hook_state::unused, 0, ""}};
}

void add_handoffs(const corpus &seeds) {
  using meaning = handoff::descriptor;
  const std::vector<helper::passed_descriptor> all = {{meaning::ring, 0},
                                                      {meaning::stats, 0},
                                                      {meaning::iter_process, 0},
                                                      {meaning::iter_socket, 0},
                                                      {meaning::watched_ports, 0},
                                                      {meaning::activity, 0},
                                                      {meaning::iter_connections, 0}};
  const auto add = [&](const std::string &name, handoff::status result, const std::string &text,
                       const std::vector<helper::passed_descriptor> &passed, char longer = 0) {
    const handoff::message message = helper::make_message(result, text, some_reports(), passed);
    seeds.add("handoff", name,
              std::string{static_cast<char>(passed.size()), longer} + trimmed(bytes_of(message)));
  };
  add("all", handoff::status::ok, "", all);
  add("two", handoff::status::ok, "", {all[0], all[1]});
  add("twice", handoff::status::ok, "", {all[0], all[0]});
  add("refused", handoff::status::refused, "The helper serves user 1000, not user 0.", {});
  add("failed", handoff::status::failed, "The kernel took none of the eBPF programs.", {});
  add("short", handoff::status::ok, "", all, -1);
  add("long", handoff::status::ok, "", all, 1);
}

void add_words(const corpus &seeds) {
  seeds.add("words", "served",
            "\0\n\x01\x01\x01"
            "fexit/inet_csk_listen_start\tfexit\t\n"s);
  seeds.add("words", "failed",
            "\x02nothing was taken\n"
            "\x02\x05\x0dkprobe/__sys_bind\tkprobe/__sys_bind\t\n"
            "\x03\x0d\x02tp_btf/inet_sock_set_state\ttp_btf\t\n"s);
  seeds.add("words", "long",
            "\0\n"s + "\x03\x01\x01iter/task\tn\t"s + std::string(158, 'x') + "\u2026\n");
}

void add_rows(const corpus &seeds) {
  bs_process_row process{};
  process.tgid = static_cast<__u32>(::getpid());
  process.start_time_ns = 5;
  process.args_length = 400;
  process.args_size = 4;
  std::memcpy(process.args, "a\0b\0", 4);
  std::memcpy(process.comm, "0123456789abcdef", 16);
  const std::string path = "node\0bin\0usr\0"s;
  process.path_size = static_cast<__u16>(path.size());
  std::memcpy(process.path, path.data(), path.size());
  bs_process_row cut = process;
  cut.flags = BS_PATH_CUT;
  seeds.add("rows", "processes", "\x01\0"s + bytes_of(process) + bytes_of(cut));
  seeds.add("rows", "processes-in-pieces", "\x01\x25"s + bytes_of(cut) + bytes_of(process));
  bs_socket_row socket{};
  socket.cookie = 7;
  socket.family = AF_INET;
  socket.port = 80;
  socket.protocol = IPPROTO_TCP;
  seeds.add("rows", "sockets", "\0\0"s + bytes_of(socket) + bytes_of(socket));
  seeds.add("rows", "sockets-in-pieces", "\0\x25"s + bytes_of(socket) + bytes_of(socket));
}

void add_ring(const corpus &seeds) {
  const auto write = [](char act, std::size_t length) {
    return std::string{act, static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  };
  std::string mixed = "\xff"s + write(0, sizeof(bs_identity_event)) + write(0, sizeof(bs_event)) +
                      write(2, sizeof(bs_event)) + "\x04\x06"s;
  seeds.add("ring", "mixed", mixed);
  seeds.add("ring", "busy", "\xff"s + write(1, 112) + write(0, 112) + "\x04\x03\x04"s);
  std::string around = "\x02"s;
  for (int i = 0; i < 12; i++)
    around += write(0, sizeof(bs_identity_event)) + write(0, 1) + "\x05\x02"s;
  seeds.add("ring", "around", around);
}

void add_proc(const corpus &seeds) {
  for (const auto &[name, path] : std::initializer_list<std::pair<const char *, const char *>>{
           {"stat", "/proc/self/stat"},
           {"status", "/proc/self/status"},
           {"cgroup", "/proc/self/cgroup"},
           {"sockstat", "/proc/self/net/sockstat"},
           {"sockstat6", "/proc/self/net/sockstat6"},
           {"fdinfo", "/proc/self/fdinfo/0"}}) {
    std::string text;
    if (core::read_file(path, text))
      seeds.add("proc", name, text);
  }
  seeds.add("proc", "stat-of-any-name",
            "1 (a) S 1 (b) Z 77 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 9 1");
  seeds.add("proc", "link", "socket:[12345]");
  seeds.add("proc", "netns", "net:[4026531840]");
  seeds.add("proc", "cgroups-of-both-versions",
            "4:memory:/a\n1:name=systemd:/b\n0::/user.slice/x\n");
  seeds.add("proc", "ring-buffer",
            "pos:\t0\nmap_type:\t27\nmax_entries:\t4096\nmap_flags:\t0x400\n");
  seeds.add("proc", "components", "node\0bin\0usr\0"s);
}

void add_mountinfo(const corpus &seeds) {
  std::string text;
  if (core::read_file("/proc/self/mountinfo", text))
    seeds.add("mountinfo", "own", text.substr(0, 1024));
  seeds.add("mountinfo", "escaped",
            "36 35 98:0 /m\\040nt1 /mnt\\0112 rw,noatime master:1 - cgroup2 /dev/root rw\n");
  seeds.add("mountinfo", "cut", "36 35 98:0 /mnt1 /mnt2\\04 rw shared:1 -\n36 35\n");
}

void add_options(const corpus &seeds) {
  seeds.add("options", "stdin",
            "--stdin\0--verbose\0--ring-bytes\0"
            "65536\0"s);
  seeds.add("options", "listen", "--listen\0/run/a.sock\0--peer-uid=1000\0--until-stdin-closes\0"s);
  seeds.add("options", "systemd", "--systemd\0"s);
  seeds.add("options", "help", "-h\0"s);
  seeds.add("options", "long-path",
            "--peer-uid\0"
            "0\0--listen=/"s +
                std::string(120, 'p'));
  std::string without = "--stdin\0"s, only = "--stdin\0--hooks\0"s;
  for (const helper::ladder &ladder : helper::hook_table()) {
    without += "--without="s + ladder.rungs.front().name + '\0';
    only += handoff::fact_name(ladder.told) + "="s + ladder.rungs.front().name + ",";
  }
  seeds.add("options", "without", without);
  only.back() = '\0';
  seeds.add("options", "hooks", only);
}

void add_peer(const corpus &seeds) {
  const auto request = [](handoff::fact asked) { return "\0\x01\0"s + static_cast<char>(asked); };
  const std::string requests = request(handoff::fact::processes) + request(handoff::fact::sockets);
  // To a helper that is never spoken to, and to one that starts iterators.
  for (const char kind : {0, 7}) {
    const std::string which = kind == 0 ? "-to-none" : "-to-iterators";
    const auto add = [&](const std::string &name, const std::string &acts) {
      seeds.add("peer", name + which, kind + acts);
    };
    add("leaves", "\x02");
    add("says-nothing-more", requests + "\x01");
    add("speaks", "\0\x05\0hello"s);
    add("says-an-empty-word", "\0\0\0"s);
    add("passes-a-descriptor", "\0\x01\x01\x07"s);
    add("asks", requests);
    add("asks-for-no-iterator", requests + request(handoff::fact::bound));
    add("asks-twice-at-once", "\0\x02\0\x07\x08"s);
  }
  seeds.add("peer", "asks-for-what-is-missing", "\x03"s + requests);
}

// The datagrams with which the kernel tells of sockets of ours, and that it refuses a question.
void add_netlink(const corpus &seeds) {
  const core::unique_fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const core::unique_fd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (::listen(listener.get(), 1) != 0 || !netlink)
    throw std::runtime_error("no socket to ask the kernel about");
  struct {
    nlmsghdr header;
    inet_diag_req_v2 body;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.body.sdiag_family = AF_INET;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0u;
  for (const bool refused : {false, true}) {
    request.header.nlmsg_flags =
        static_cast<__u16>(refused ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_DUMP);
    std::vector<char> answer(1 << 16);
    const ssize_t sent = ::send(netlink.get(), &request, sizeof(request), 0);
    const ssize_t got = sent < 0 ? sent : ::recv(netlink.get(), answer.data(), answer.size(), 0);
    if (got < 0)
      throw std::runtime_error("the kernel does not tell of sockets");
    // Two sockets are enough.
    seeds.add("netlink", refused ? "refusal" : "dump",
              {answer.data(), std::min<std::size_t>(static_cast<std::size_t>(got), 512)});
    while (!refused && ::recv(netlink.get(), answer.data(), answer.size(), MSG_DONTWAIT) > 0) {
    }
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: seeds FOLDER\n");
    return 2;
  }
  try {
    const corpus seeds(argv[1]);
    for (const auto add : {add_handoffs, add_words, add_rows, add_ring, add_proc, add_mountinfo,
                           add_options, add_peer, add_netlink})
      add(seeds);
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "seeds: %s\n", error.what());
    return 1;
  }
}
