// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

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
