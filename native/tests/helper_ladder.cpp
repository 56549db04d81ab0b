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
