// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <random>

#include "handoff/fact_names.h"
#include "helper/hook_table.h"
#include "helper/options.h"

using namespace bindscope::helper;

namespace {

std::string complaint(const std::vector<std::string> &arguments) {
  try {
    parse_options(arguments);
    return "none";
  } catch (const usage_error &error) {
    return error.what();
  }
}

bool contains(const std::string &text, const char *part) {
  return text.find(part) != text.npos;
}

// Command lines that are nearly right: real options and values, some of them damaged. The same ones
// each time.
class command_lines {
public:
  std::vector<std::string> next() {
    std::vector<std::string> arguments;
    for (std::size_t left = below(7); left > 0; left--) {
      std::string option = pick(options);
      if (option.back() == '=')
        option += value();
      arguments.push_back(damaged(option));
      if (below(2) == 0)
        arguments.push_back(damaged(value()));
    }
    return arguments;
  }

private:
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  const std::string &pick(const std::vector<std::string> &from) { return from[below(from.size())]; }

  std::string value() {
    if (below(3) != 0)
      return pick(values);
    const ladder &told = hook_table()[below(hook_table().size())];
    const std::string hook = told.rungs[below(told.rungs.size())].name;
    return below(2) == 0 ? hook
                         : std::string(bindscope::handoff::fact_name(told.told)) + "=" + hook;
  }

  std::string damaged(std::string text) {
    if (below(8) != 0)
      return text;
    for (std::size_t left = 1 + below(3); left > 0; left--) {
      const std::size_t at = below(text.size() + 1);
      // No argument holds a NUL.
      const char byte = static_cast<char>(1 + below(255));
      switch (below(5)) {
      case 0:
        text.insert(at, 1, byte);
        break;
      case 1:
        text.insert(at, below(5000), byte);
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.insert(at, text);
        break;
      default:
        if (at < text.size())
          text[at] = byte;
      }
    }
    return text;
  }

  const std::vector<std::string> options = {
      "--stdin",
      "--stdin",
      "--listen",
      "--listen=",
      "--systemd",
      "--peer-uid",
      "--peer-uid=",
      "--ring-bytes",
      "--ring-bytes=",
      "--without",
      "--without=",
      "--hooks",
      "--hooks=",
      "--verbose",
      "--help",
      "--version",
      "--until-stdin-closes",
      "-h",
      "--",
      "-",
      "--stdin=",
      "--listen=/run/a.sock",
  };
  const std::vector<std::string> values = {
      "",         "0",       "1000",  "4294967294", "4294967295", "18446744073709551616",
      "-1",       "4096",    "65536", "1073741824", "2147483648", "/run/a",
      "relative", "/",       "=",     ",",          "bound=",     "=iter/task",
      "0x10",     "exit=x,", "8M",
  };
  std::mt19937 engine_{20260701};
};

// Why what was parsed should not have been; empty when it should.
std::string what_is_wrong(const options &parsed) {
  if (parsed.mode == mode::help || parsed.mode == mode::version)
    return "";
  if ((parsed.mode == mode::listen) != !parsed.listen_path.empty())
    return "a path without --listen, or none with it";
  if (parsed.mode == mode::listen && (parsed.listen_path.front() != '/' || !parsed.peer_uid))
    return "--listen without an absolute path or a user";
  if (parsed.mode != mode::listen && parsed.until_stdin_closes)
    return "an end that is not watched for";
  if (parsed.mode == mode::serve_systemd && parsed.peer_uid)
    return "a user besides the socket unit's";
  if (parsed.peer_uid == static_cast<uid_t>(-1))
    return "no user as a user";
  if (parsed.ring_bytes < static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) ||
      parsed.ring_bytes > 1u << 30 || (parsed.ring_bytes & (parsed.ring_bytes - 1)) != 0)
    return "a ring buffer that cannot be";
  const std::vector<std::string> known = hook_names();
  const auto is_known = [&](const std::string &name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  for (const std::string &name : parsed.hooks.without)
    if (!is_known(name))
      return "an unknown hook left out";
  for (const hook_choice::told_by &choice : parsed.hooks.only)
    if (!is_known(choice.name))
      return "an unknown hook chosen";
  return "";
}

} // namespace

TEST_CASE("each mode is parsed with its options") {
  CHECK(parse_options({"--help"}).mode == mode::help);
  CHECK(parse_options({"--stdin", "-h"}).mode == mode::help);
  CHECK(parse_options({"--version"}).mode == mode::version);
  CHECK(parse_options({"--systemd"}).mode == mode::serve_systemd);

  const options serving = parse_options({"--stdin", "--verbose", "--ring-bytes", "65536"});
  CHECK(serving.mode == mode::serve_stdin);
  CHECK(!serving.peer_uid);
  CHECK(serving.verbose);
  CHECK(serving.ring_bytes == 65536);
  CHECK(!serving.serve_iterators);
  CHECK(parse_options({"--stdin", "--serve-iterators"}).serve_iterators);
  CHECK(contains(complaint({"--stdin", "--serve-iterators=1"}), "takes no value"));

  const options listening =
      parse_options({"--listen", "/run/a.sock", "--peer-uid=1000", "--until-stdin-closes"});
  CHECK(listening.mode == mode::listen);
  CHECK(listening.listen_path == "/run/a.sock");
  CHECK(listening.peer_uid == 1000u);
  CHECK(listening.until_stdin_closes);
  CHECK(listening.ring_bytes == 8u << 20);
}

TEST_CASE("--without may be given more than once") {
  const options parsed =
      parse_options({"--stdin", "--without", "iter.s/task", "--without=cgroup/post_bind4"});
  CHECK(parsed.hooks.without == std::vector<std::string>{"iter.s/task", "cgroup/post_bind4"});
}

TEST_CASE("--hooks takes facts with the hooks that are to tell them") {
  const auto only = parse_options({"--stdin", "--hooks",
                                   "listening=tp_btf/inet_sock_set_state,exit="
                                   "tp_btf/sched_process_exit"})
                        .hooks.only;
  REQUIRE(only.size() == 2);
  CHECK(only[0].told == bindscope::handoff::fact::listening);
  CHECK(only[0].name == "tp_btf/inet_sock_set_state");
  CHECK(only[1].told == bindscope::handoff::fact::exit);

  CHECK(contains(complaint({"--stdin", "--hooks", "exit"}), "FACT=HOOK"));
  CHECK(contains(complaint({"--stdin", "--hooks", ""}), "FACT=HOOK"));
  CHECK(contains(complaint({"--stdin", "--hooks", "left=iter/task"}), "the facts are attempted"));
  CHECK(contains(complaint({"--stdin", "--hooks", "processes=iter/task_file"}),
                 "by iter.s/task iter/task"));
}

TEST_CASE("a command line that cannot be obeyed is refused with what is wrong") {
  CHECK(contains(complaint({}), "one of --stdin"));
  CHECK(contains(complaint({"--stdin", "--systemd"}), "exclude each other"));
  CHECK(contains(complaint({"--stdin", "extra"}), "unknown argument 'extra'"));
  CHECK(contains(complaint({"--stdin", "a\nb\x1b[2J"}), "unknown argument 'a?b?[2J'"));
  CHECK(contains(complaint({"--listen"}), "--listen wants a value"));
  CHECK(contains(complaint({"--listen", "relative", "--peer-uid", "1"}), "absolute path"));
  CHECK(contains(complaint({"--listen", "/run/a"}), "wants --peer-uid"));
  CHECK(contains(complaint({"--stdin", "--until-stdin-closes"}), "--listen only"));
  CHECK(contains(complaint({"--systemd", "--peer-uid", "1"}), "--systemd"));
  CHECK(contains(complaint({"--stdin=yes"}), "takes no value"));
  CHECK(contains(complaint({"--stdin", "--without", "nothing"}), "cgroup/post_bind4"));
}

TEST_CASE("numbers are checked") {
  for (const char *uid : {"", "-1", "1x", " 1", "4294967295", "99999999999"})
    CHECK(contains(complaint({"--stdin", "--peer-uid", uid}), "--peer-uid wants a number"));
  CHECK(parse_options({"--stdin", "--peer-uid", "4294967294"}).peer_uid == 4294967294u);
  for (const char *bytes : {"0", "1024", "12288", "2147483648", "8M"})
    CHECK(contains(complaint({"--stdin", "--ring-bytes", bytes}), "--ring-bytes"));
}

TEST_CASE("the help names every hook that --without takes") {
  CHECK(contains(usage(), "tracepoint/syscalls/sys_exit_bind"));
  CHECK(contains(usage(), "iter.s/task"));
}

TEST_CASE("any command line is obeyed as it is meant, or refused in one line") {
  command_lines random;
  int obeyed = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; i++) {
    const std::vector<std::string> arguments = random.next();
    std::string wrong;
    try {
      wrong = what_is_wrong(parse_options(arguments));
      obeyed++;
    } catch (const usage_error &error) {
      const std::string said = error.what();
      if (said.empty() || std::any_of(said.begin(), said.end(), [](unsigned char byte) {
            return byte < ' ' || byte == 0x7f;
          }))
        wrong = "not a line of words: " + said;
      refused++;
    }
    // Not checked one by one: that alone would take longer than all the parsing.
    if (!wrong.empty()) {
      std::string whole;
      for (const std::string &argument : arguments)
        whole += "[" + argument + "]";
      FAIL(wrong << " for " << whole);
    }
  }
  CHECK(obeyed > 1000);
  CHECK(refused > 1000);
}
