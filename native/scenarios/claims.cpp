// SPDX-License-Identifier: Apache-2.0
//
// What a stage claims of the kernel side: that it told all of what happened, right, and nothing
// else.
#include "stage.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "core/clocks.h"
#include "core/hooks.h"
#include "core/path_components.h"
#include "handoff/fact_names.h"

namespace bindscope::scenarios {

namespace {

using handoff::fact;

constexpr const char *unconfirmed_hook = "tp_btf/inet_sock_set_state";
constexpr const char *release_hook = "cgroup/sock_release";
constexpr const char *errnoless_hook = "cgroup/bind+sock_release";

constexpr const char *kind_words[] = {"?",           "attempted", "bound",
                                      "bind_failed", "listening", "listen_failed",
                                      "closed",      "exec",      "exit"};

std::string word_of(std::uint32_t kind) {
  return kind <= BS_EXIT ? kind_words[kind] : kind_words[0];
}

fact fact_of(std::uint32_t kind) {
  switch (kind) {
  case BS_ATTEMPTED:
    return fact::attempted;
  case BS_BOUND:
    return fact::bound;
  case BS_BIND_FAILED:
    return fact::bind_failed;
  case BS_CLOSED:
    return fact::closed;
  case BS_EXEC:
    return fact::exec;
  case BS_EXIT:
    return fact::exit;
  default:
    return fact::listening;
  }
}

std::string name_of_fact(std::uint32_t kind) {
  return handoff::fact_name(fact_of(kind));
}

std::string words_of(const std::vector<std::uint32_t> &kinds) {
  std::string text;
  for (const std::uint32_t kind : kinds)
    text += (text.empty() ? "" : ", ") + word_of(kind);
  return text.empty() ? "nothing" : text;
}

// Whether `part` is `whole` with some left out.
bool is_subsequence(const std::vector<std::uint32_t> &part,
                    const std::vector<std::uint32_t> &whole) {
  auto next = part.begin();
  for (const std::uint32_t one : whole)
    if (next != part.end() && *next == one)
      ++next;
  return next == part.end();
}

std::string hex(const std::uint8_t *bytes, std::size_t size) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; i++)
    text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
  return text;
}

// Tells how two values differ; empty when they do not.
template <class A, class B>
void compare(std::string &differences, const char *what, const A &told, const B &is) {
  if (told == is)
    return;
  std::ostringstream text;
  text << (differences.empty() ? "" : ", ") << what << " is " << told << " instead of " << is;
  differences += text.str();
}

std::string cut(const std::string &args) {
  return args.substr(0, BS_ARGS_LENGTH);
}

} // namespace

void stage::fail(const std::string &told, const std::string &words, std::size_t missing) {
  failures_.push_back({told, words, missing});
}

void stage::refusals_are_untold(const std::string &words) {
  limited("bind_failed", words);
  refusals_told_ = false;
}

void stage::refusals_have_no_errno(const std::string &words) {
  limited("bind_failed", words);
  refusals_have_errno_ = false;
}

void stage::attempts_may_be_untold(const std::string &words) {
  limited("attempted", words);
  all_attempts_told_ = false;
}

void stage::limited(const std::string &told, const std::string &words) {
  limits_.push_back({told, words});
}

void stage::expect(bool truth, const std::string &told, const std::string &words) {
  if (!truth)
    fail(told, words);
}

bool stage::listening_is_unconfirmed() const {
  return kernel_.attached(fact::listening, unconfirmed_hook);
}

void stage::saw(const record &told) {
  rungs_.emplace(name_of_fact(told.event.kind), core::hook_name(told.event.hook));
}

std::vector<record *> stage::of_socket(std::uint64_t cookie) {
  std::vector<record *> found;
  for (record &one : kernel_.records())
    if (one.event.cookie == cookie && one.event.kind != BS_ATTEMPTED &&
        one.event.kind != BS_BIND_FAILED)
      found.push_back(&one);
  return found;
}

void stage::check_socket(const record &told, const socket_facts &socket, const std::string &where) {
  std::string differences;
  compare(differences, "port", told.event.port, socket.port);
  compare(differences, "family", told.event.family, socket.family);
  compare(differences, "protocol", int(told.event.protocol), int(socket.protocol));
  compare(differences, "network namespace", told.event.netns, socket.netns);
  compare(differences, "address", hex(told.event.address, 16), hex(socket.address.data(), 16));
  if (!differences.empty())
    fail(name_of_fact(told.event.kind), where + ": " + differences);
}

void stage::check_identity(const record &told, const process &by, const std::string &where,
                           const std::vector<identity> &allowed, const life_options &more) {
  const bs_event &event = told.event;
  const bool in_thread = more.thread && (event.kind == BS_BOUND || event.kind == BS_LISTENING);
  std::string least;
  for (const identity &who : allowed) {
    std::string differences;
    compare(differences, "pid", event.tgid, who.pid);
    // The end is told of the thread that ended last.
    const bool any_thread = event.kind == BS_EXIT;
    if (!any_thread)
      compare(differences, "tid", event.tid, in_thread ? *more.thread : who.pid);
    compare(differences, "parent", event.ppid, who.parent);
    compare(differences, "uid", event.uid, who.uid);
    compare(differences, "start time", ticks_of(event.start_time_ns), who.start_ticks);
    if (who.cgroup != 0)
      compare(differences, "cgroup", event.cgroup_id, who.cgroup);
    if (event.kind == BS_EXEC || event.kind == BS_EXIT)
      compare(differences, "network namespace", event.netns, who.netns);
    if (!any_thread || event.tid == who.pid)
      compare(differences, "name",
              std::string(event.comm, ::strnlen(event.comm, sizeof(event.comm))),
              in_thread ? more.thread_name : who.comm);
    if (told.identity) {
      const bs_identity_event &whole = *told.identity;
      std::string path;
      core::append_path(path, {whole.path, whole.path_size}, (event.flags & BS_PATH_CUT) != 0);
      compare(differences, "executable", path, who.executable);
      compare(differences, "executable's inode", whole.exe_inode, who.exe_inode);
      compare(differences, "executable's device", whole.exe_device, who.exe_device);
      compare(differences, "length of the arguments", whole.args_length, who.args.size());
      if (std::string(whole.args, whole.args_size) != cut(who.args))
        differences += (differences.empty() ? "" : ", ") + std::string("the arguments differ");
    }
    if (differences.empty())
      return;
    if (least.empty() || differences.size() < least.size())
      least = differences;
  }
  fail(name_of_fact(event.kind), where + ", by " + by.name + ": " + least);
}

void stage::told(const std::string &name, const std::vector<act> &life, const life_options &more) {
  settle();
  const socket_facts &socket = this->socket(name);
  const bool listening_told = attached(fact::listening);
  const bool releases_told = kernel_.attached(fact::closed, release_hook);
  const bool unconfirmed = listening_is_unconfirmed();

  std::vector<act> expected;
  bool listens = false;
  for (const act &one : life) {
    if (one.kind == BS_LISTENING) {
      listens = true;
      if (listening_told)
        expected.push_back(one);
    } else if (one.kind == BS_LISTEN_FAILED) {
      if (unconfirmed)
        expected.insert(expected.end(), {{BS_LISTENING, one.by}, one});
    } else if (one.kind == BS_CLOSED) {
      // Without cgroup/sock_release only listeners are told closed, and only those known as such.
      if (releases_told || (listens && listening_told))
        expected.push_back(one);
      listens = false;
    } else {
      expected.push_back(one);
    }
  }

  std::vector<std::uint32_t> wanted, got;
  for (const act &one : expected)
    wanted.push_back(one.kind);
  const std::vector<record *> records = of_socket(socket.cookie);
  for (record *one : records) {
    got.push_back(one->event.kind);
    one->claimed = true;
    saw(*one);
  }
  if (wanted != got) {
    const auto differs = std::mismatch(wanted.begin(), wanted.end(), got.begin(), got.end());
    fail(name_of_fact(differs.first != wanted.end() ? *differs.first : *differs.second),
         name + ": told " + words_of(got) + " instead of " + words_of(wanted),
         is_subsequence(got, wanted) ? wanted.size() - got.size() : 0);
    return;
  }

  std::uint64_t bound_at = 0, last = began_;
  for (std::size_t i = 0; i < records.size(); i++) {
    const record &one = *records[i];
    const std::string where = name + " " + word_of(one.event.kind);
    socket_facts facts = socket;
    // Heard of before listen() has chosen the port.
    if (more.autobound && unconfirmed && one.event.kind == BS_LISTENING && one.event.port == 0)
      facts.port = 0;
    check_socket(one, facts, where);
    const process &by =
        expected[i].by.empty() ? processes_.at(sockets_.at(name).second) : named(expected[i].by);
    check_identity(one, by, where, by.known, more);

    const fact told = fact_of(one.event.kind);
    if (!kernel_.attached(told, core::hook_name(one.event.hook)))
      fail(handoff::fact_name(told),
           where + ": told by " + core::hook_name(one.event.hook) + ", which is not attached");
    const bool is_unconfirmed = (one.event.flags & BS_UNCONFIRMED) != 0;
    if (is_unconfirmed != (one.event.kind == BS_LISTENING && unconfirmed))
      fail(handoff::fact_name(told), where + ": unconfirmed is " + std::to_string(is_unconfirmed));
    if (one.event.time_ns < last || one.event.time_ns > core::boot_clock())
      fail(handoff::fact_name(told), where + ": its time is out of order");
    last = one.event.time_ns;

    if (one.event.kind == BS_BOUND && releases_told)
      bound_at = one.event.time_ns;
    if (one.event.kind == BS_LISTENING && bound_at == 0)
      bound_at = one.event.time_ns;
    if (one.event.kind == BS_CLOSED) {
      if (one.event.bound_ns != (more.before_watch ? 0 : bound_at))
        fail(handoff::fact_name(told), where + ": says bound at " +
                                           std::to_string(one.event.bound_ns) + " instead of " +
                                           std::to_string(bound_at));
      bound_at = 0; // if it listens again, it begins there
    }
  }
}

void stage::take_cookie_of_bound(const std::string &name) {
  settle();
  auto &[socket, performer] = sockets_.at(name);
  for (const record &one : kernel_.records())
    if (one.event.kind == BS_BOUND && one.event.port == socket.port &&
        one.event.family == socket.family &&
        std::memcmp(one.event.address, socket.address.data(), 16) == 0 &&
        one.event.tgid == pids_.at(performer))
      socket.cookie = one.event.cookie;
}

void stage::told_exec(const std::string &name) {
  settle();
  const process &who = named(name);
  if (!attached(fact::exec))
    return;
  for (record &one : kernel_.records()) {
    if (one.claimed || one.event.kind != BS_EXEC || one.event.tgid != who.known.front().pid ||
        ticks_of(one.event.start_time_ns) != who.known.front().start_ticks)
      continue;
    one.claimed = true;
    saw(one);
    check_identity(one, who, name + " exec", {who.known.back()});
    return;
  }
  fail("exec", name + ": its exec is not told", 1);
}

void stage::look() {
  read_all_reports();
  seen_ = kernel_.snapshot();
}

void stage::held(const std::string &name, const std::vector<std::string> &processes,
                 std::uint8_t state) {
  const socket_facts &socket = this->socket(name);
  rungs_.emplace("sockets", kernel_.tellers(fact::sockets).front());
  std::vector<std::uint32_t> wanted, holders;
  for (const std::string &process : processes)
    wanted.push_back(process == nobody ? 0 : named(process).known.front().pid);
  for (std::size_t i = 0; i < seen_.sockets.pid.size(); i++) {
    if (seen_.sockets.cookie[i] != socket.cookie)
      continue;
    holders.push_back(seen_.sockets.pid[i]);
    std::string differences;
    compare(differences, "inode", seen_.sockets.inode[i], socket.inode);
    compare(differences, "network namespace", seen_.sockets.netns[i], socket.netns);
    compare(differences, "family", int(seen_.sockets.family[i]), int(socket.family));
    compare(differences, "protocol", int(seen_.sockets.protocol[i]), int(socket.protocol));
    compare(differences, "state", int(seen_.sockets.state[i]), int(state));
    compare(differences, "port", seen_.sockets.port[i], socket.port);
    compare(differences, "address", hex(seen_.sockets.address[i].data(), 16),
            hex(socket.address.data(), 16));
    if (!differences.empty())
      fail("sockets", name + " in the snapshot: " + differences);
  }
  std::sort(wanted.begin(), wanted.end());
  std::sort(holders.begin(), holders.end());
  if (wanted != holders) {
    std::string words = name + ": held by";
    for (const std::uint32_t pid : holders)
      words += " " + std::to_string(pid);
    words += holders.empty() ? " nobody instead of" : " instead of";
    for (const std::uint32_t pid : wanted)
      words += " " + std::to_string(pid);
    fail("sockets", words);
  }
}

void stage::shown(const std::string &name) {
  const identity &who = named(name).known.back();
  const std::string hook = kernel_.tellers(fact::processes).front();
  rungs_.emplace("processes", hook);
  std::size_t rows = 0;
  for (std::size_t i = 0; i < seen_.processes.pid.size(); i++) {
    if (seen_.processes.pid[i] != who.pid)
      continue;
    rows++;
    // An iterator that may not sleep cannot read arguments.
    const bool with_args = hook != "iter/task";
    std::string differences;
    compare(differences, "parent", seen_.processes.parent[i], who.parent);
    compare(differences, "uid", seen_.processes.uid[i], who.uid);
    compare(differences, "start time", ticks_of(seen_.processes.start_time[i]), who.start_ticks);
    compare(differences, "network namespace", seen_.processes.netns[i], who.netns);
    if (who.cgroup != 0)
      compare(differences, "cgroup", seen_.processes.cgroup[i], who.cgroup);
    compare(differences, "name", seen_.processes.name.row(i), who.comm);
    compare(differences, "executable", seen_.processes.executable.row(i), who.executable);
    compare(differences, "executable's inode", seen_.processes.executable_inode[i], who.exe_inode);
    compare(differences, "executable's device", seen_.processes.executable_device[i],
            who.exe_device);
    if (seen_.processes.args.row(i) != (with_args ? cut(who.args) : std::string()))
      differences += (differences.empty() ? "" : ", ") + std::string("the arguments differ");
    if (!differences.empty())
      fail("processes", name + " in the snapshot: " + differences);
  }
  if (rows != 1)
    fail("processes", name + ": " + std::to_string(rows) + " rows instead of one");
}

void stage::count_connections(const std::vector<std::string> &names) {
  read_all_reports();
  std::vector<std::uint16_t> ports;
  for (const std::string &name : names)
    ports.push_back(socket(name).port);
  kernel_.count_connections(ports);
}

std::optional<bs_activity> stage::activity_of(const socket_facts &socket) {
  for (const core::port_activity &row : kernel_.read_activity().ports)
    if (row.port == socket.port && row.netns == socket.netns)
      return row.counts;
  return std::nullopt;
}

void stage::counted(const std::string &name, const bs_activity &counts) {
  const socket_facts &socket = this->socket(name);
  rungs_.emplace("activity", kernel_.tellers(fact::activity).front());
  std::string differences;
  // Ten seconds: an acknowledgement is sent within a twentieth of one.
  for (int left = 1000; left > 0; left--) {
    const bs_activity found = activity_of(socket).value_or(bs_activity{});
    differences.clear();
    compare(differences, "accepted", found.accepted, counts.accepted);
    compare(differences, "closed", found.closed, counts.closed);
    compare(differences, "bytes in", found.bytes_in, counts.bytes_in);
    compare(differences, "bytes out", found.bytes_out, counts.bytes_out);
    const bool too_many = found.accepted > counts.accepted || found.closed > counts.closed ||
                          found.bytes_in > counts.bytes_in || found.bytes_out > counts.bytes_out;
    if (differences.empty() || too_many)
      break;
    ::usleep(10'000);
  }
  if (!differences.empty())
    fail("activity", name + ": " + differences);
}

void stage::not_counted(const std::string &name) {
  expect(!activity_of(socket(name)), "activity", name + ": counted, though nobody asked for it");
}

void stage::check_attempts() {
  if (!attached(fact::attempted))
    return;
  for (const asked &one : attempts_) {
    const process &by = processes_.at(one.performer);
    bool found = false;
    for (record &told : kernel_.records()) {
      if (found || told.claimed || told.event.kind != BS_ATTEMPTED ||
          told.event.tgid != by.known.front().pid || told.event.port != one.socket.port ||
          std::memcmp(told.event.address, one.socket.address.data(), 16) != 0)
        continue;
      found = told.claimed = true;
      saw(told);
      check_socket(told, one.socket, by.name + " attempted");
    }
    if (!found && all_attempts_told_)
      fail("attempted",
           by.name + ": an attempt at port " + std::to_string(one.socket.port) + " is not told", 1);
  }
}

void stage::check_refusals() {
  if (!refusals_.empty() && refusals_told_ && refusals_have_errno_ &&
      kernel_.attached(fact::bind_failed, errnoless_hook))
    refusals_have_no_errno("this hook does not tell why a bind failed");
  if (!attached(fact::bind_failed) || !refusals_told_)
    return;
  for (const asked &one : refusals_) {
    const process &by = processes_.at(one.performer);
    bool found = false;
    for (record &told : kernel_.records()) {
      if (found || told.claimed || told.event.kind != BS_BIND_FAILED ||
          told.event.tgid != by.known.front().pid || told.event.port != one.socket.port ||
          told.event.protocol != one.socket.protocol)
        continue;
      found = told.claimed = true;
      saw(told);
      check_socket(told, one.socket, by.name + " bind_failed");
      check_identity(told, by, by.name + " bind_failed", by.known);
      const int error = refusals_have_errno_ ? one.error : 0;
      if (told.event.error != error)
        fail("bind_failed", by.name + ": errno is " + std::to_string(told.event.error) +
                                " instead of " + std::to_string(error));
    }
    if (!found)
      fail("bind_failed",
           by.name + ": the bind that failed with errno " + std::to_string(one.error) +
               " is not told",
           1);
  }
}

void stage::check_ends() {
  if (!attached(fact::exit))
    return;
  for (const auto &[id, one] : processes_) {
    if (one.known.empty())
      continue;
    std::size_t ends = 0;
    for (record &told : kernel_.records()) {
      if (told.event.kind != BS_EXIT || told.event.tgid != one.known.front().pid ||
          ticks_of(told.event.start_time_ns) != one.known.front().start_ticks)
        continue;
      ends++;
      told.claimed = true;
      saw(told);
      check_identity(told, one, one.name + " exit", {one.known.back()});
      if (one.status && told.event.error != *one.status)
        fail("exit", one.name + ": the wait status is " + std::to_string(told.event.error) +
                         " instead of " + std::to_string(*one.status));
    }
    if (ends != 1)
      fail("exit", one.name + ": told ended " + std::to_string(ends) + " times", ends == 0 ? 1 : 0);
  }
}

bool stage::is_of_scenario(const record &told) const {
  for (const auto &[name, socket] : sockets_)
    if (told.event.cookie != 0 && told.event.cookie == socket.first.cookie)
      return true;
  for (const auto &[id, pid] : pids_)
    if (told.event.tgid == pid)
      return true;
  return false;
}

void stage::check_phantoms() {
  for (const record &told : kernel_.records())
    if (!told.claimed && is_of_scenario(told))
      fail(name_of_fact(told.event.kind), "told but did not happen: " + word_of(told.event.kind) +
                                              ", port " + std::to_string(told.event.port) +
                                              ", process " + std::to_string(told.event.tgid));
}

void stage::finish() {
  for (auto &[id, one] : processes_)
    if (one.ours && !one.status)
      wait_for(one.name);
  settle();
  check_attempts();
  check_refusals();
  check_ends();
  check_phantoms();
  if (kernel_.lost() != lost_before_)
    fail("scenario", std::to_string(kernel_.lost() - lost_before_) + " records were lost");
}

} // namespace bindscope::scenarios
