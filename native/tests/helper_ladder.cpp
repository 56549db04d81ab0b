// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cerrno>
#include <set>

#include "helper/hook_table.h"
#include "helper/ladder.h"

using namespace bindscope::helper;
using bindscope::handoff::fact;
using bindscope::handoff::hook_state;

namespace {

// Attaches what is not in `refused`, and remembers what was tried.
struct fake_kernel {
  std::set<std::string> refused;
  std::vector<std::string> tried;

  attach_function function() {
    return [this](const rung &rung) -> std::optional<failure> {
      tried.push_back(rung.name);
      if (refused.count(rung.name) != 0)
        return failure{EPERM, "not " + rung.name};
      return std::nullopt;
    };
  }
};

ladder three(need need) {
  return {
      fact::bind_failed, need, {{"best", "o", {"a"}}, {"good", "o", {"b"}}, {"last", "o", {"c"}}}};
}

std::vector<hook_state> states(const std::vector<hook_report> &reports) {
  std::vector<hook_state> all;
  for (const hook_report &report : reports)
    all.push_back(report.state);
  return all;
}

using sequence = std::vector<hook_state>;

} // namespace

TEST_CASE("the best hook is taken and the others are not tried") {
  fake_kernel kernel;
  const std::vector<hook_report> reports = climb(three(need::first), {}, kernel.function());
  CHECK(states(reports) == sequence{hook_state::attached, hook_state::unused, hook_state::unused});
  CHECK(kernel.tried == std::vector<std::string>{"best"});
}

TEST_CASE("a hook that fails keeps its words and the next one is tried") {
  fake_kernel kernel{{"best"}, {}};
  const std::vector<hook_report> reports = climb(three(need::first), {}, kernel.function());
  CHECK(states(reports) == sequence{hook_state::failed, hook_state::attached, hook_state::unused});
  CHECK(reports[0].error == EPERM);
  CHECK(reports[0].reason == "not best");
  CHECK(reports[0].told == fact::bind_failed);
  CHECK(reports[1].reason.empty());
}

TEST_CASE("where every hook fails, every reason is told") {
  fake_kernel kernel{{"best", "good", "last"}, {}};
  for (const hook_report &report : climb(three(need::first), {}, kernel.function())) {
    CHECK(report.state == hook_state::failed);
    CHECK(report.reason == "not " + report.name);
  }
}

TEST_CASE("where each hook tells a part, all are tried") {
  fake_kernel kernel{{"good"}, {}};
  const std::vector<hook_report> reports = climb(three(need::every), {}, kernel.function());
  CHECK(states(reports) ==
        sequence{hook_state::attached, hook_state::failed, hook_state::attached});
}

TEST_CASE("a hook that is left out is not tried") {
  fake_kernel kernel;
  const std::vector<hook_report> reports =
      climb(three(need::first), {{"best"}, {}}, kernel.function());
  CHECK(states(reports) == sequence{hook_state::failed, hook_state::attached, hook_state::unused});
  CHECK(reports[0].reason == "switched off by --without");
  CHECK(kernel.tried == std::vector<std::string>{"good"});
}

TEST_CASE("a fact that is to be told by one hook is told by no other") {
  fake_kernel kernel;
  const hook_choice choice{{}, {{fact::bind_failed, "good"}, {fact::exit, "last"}}};
  const std::vector<hook_report> reports = climb(three(need::every), choice, kernel.function());
  CHECK(states(reports) == sequence{hook_state::failed, hook_state::attached, hook_state::failed});
  CHECK(reports[0].reason == "switched off by --hooks");
  CHECK(kernel.tried == std::vector<std::string>{"good"});
}

TEST_CASE("where the hook that is to tell a fact fails, no other is tried") {
  fake_kernel kernel{{"good"}, {}};
  const hook_choice choice{{}, {{fact::bind_failed, "good"}}};
  const std::vector<hook_report> reports = climb(three(need::first), choice, kernel.function());
  CHECK(states(reports) == sequence{hook_state::failed, hook_state::failed, hook_state::failed});
  CHECK(reports[1].reason == "not good");
  CHECK(kernel.tried == std::vector<std::string>{"good"});
}

TEST_CASE("a hook that has its price is left alone, with the reason, until it is asked for") {
  ladder dear = three(need::first);
  dear.rungs[2].not_by_default = "slows everything";
  fake_kernel kernel{{"best", "good"}, {}};
  std::vector<hook_report> reports = climb(dear, {}, kernel.function());
  CHECK(states(reports) == sequence{hook_state::failed, hook_state::failed, hook_state::unused});
  CHECK(reports[2].reason == "slows everything");
  CHECK(kernel.tried == std::vector<std::string>{"best", "good"});

  kernel.tried.clear();
  reports = climb(dear, {{}, {{fact::bind_failed, "last"}}}, kernel.function());
  CHECK(states(reports) == sequence{hook_state::failed, hook_state::failed, hook_state::attached});
  CHECK(kernel.tried == std::vector<std::string>{"last"});

  reports = climb(dear, {{"last"}, {{fact::bind_failed, "last"}}}, kernel.function());
  CHECK(reports[2].state == hook_state::failed);
  CHECK(reports[2].reason == "switched off by --without");
}

TEST_CASE("a hook works without its companions, and says what it lacks") {
  ladder accompanied{fact::bind_failed, need::first, {{"best", "o", {"a"}, {"b"}}}};
  std::vector<std::string> attached;
  bool refuse = false;
  const attach_function attach = [&](const rung &rung) -> std::optional<failure> {
    if (refuse && rung.programs.front() == "b")
      return failure{ENOENT, "no b"};
    attached.push_back(rung.programs.front());
    return std::nullopt;
  };
  std::vector<hook_report> reports = climb(accompanied, {}, attach);
  CHECK(states(reports) == sequence{hook_state::attached});
  CHECK(reports[0].reason.empty());
  CHECK(attached == std::vector<std::string>{"a", "b"});

  refuse = true;
  reports = climb(accompanied, {}, attach);
  CHECK(states(reports) == sequence{hook_state::attached});
  CHECK(reports[0].reason == "in part: no b");
}

TEST_CASE("no fact is told by a system call tracepoint unless that is asked for") {
  std::size_t tracepoints = 0;
  for (const ladder &ladder : hook_table())
    for (const rung &rung : ladder.rungs)
      if (rung.name.rfind("tracepoint/syscalls/", 0) == 0) {
        CHECK(!rung.not_by_default.empty());
        tracepoints++;
      }
  CHECK(tracepoints == 2);
}

TEST_CASE("the table has a ladder for every fact, in order, and fits into the message") {
  std::uint32_t next = 0;
  std::size_t rungs = 0;
  for (const ladder &ladder : hook_table()) {
    CHECK(ladder.told == static_cast<fact>(next++));
    CHECK(!ladder.rungs.empty());
    rungs += ladder.rungs.size();
  }
  CHECK(next == static_cast<std::uint32_t>(fact::activity) + 1);
  CHECK(rungs <= bindscope::handoff::max_hooks);
}
