// SPDX-License-Identifier: Apache-2.0
#include "suite.h"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <set>
#include <utility>

#include "handoff/fact_names.h"
#include "helper/hook_table.h"
#include "scenarios.h"
#include "watch.h"

namespace bindscope::scenarios {

namespace {

using handoff::fact;
using handoff::hook_state;

using rung_name = std::pair<fact, std::string>;

std::string release() {
  utsname kernel{};
  ::uname(&kernel);
  return kernel.release;
}

std::vector<scenario> all_scenarios() {
  std::vector<scenario> all;
  for (const std::vector<scenario> *some :
       {&binding, &listening, &holding, &processes, &protocols, &isolation, &activity})
    all.insert(all.end(), some->begin(), some->end());
  return all;
}

// One line, whatever the text.
void print(std::string line) {
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::puts(line.c_str());
  std::fflush(stdout);
}

std::string text_of(const rung_name &rung) {
  return std::string(handoff::fact_name(rung.first)) + "=" + rung.second;
}

struct tally {
  int passed = 0;
  int failed = 0;
  int limits = 0;
  int lost = 0;
  int unsupported = 0;
};

// How a scenario went, as the end of its line.
std::string outcome_of(const std::vector<failure> &failures, const std::vector<limit> &limits,
                       std::uint64_t skipped) {
  if (!failures.empty()) {
    const failure &first = failures.front();
    const std::string words = first.fact + ": " + first.words;
    const std::size_t others = failures.size() - 1;
    const std::string more = others > 0 ? " (and " + std::to_string(others) + " more)" : "";
    std::uint64_t missing = 0;
    bool nothing_but_missing = true;
    for (const failure &one : failures) {
      missing += one.missing;
      nothing_but_missing = nothing_but_missing && one.missing > 0;
    }
    if (nothing_but_missing && missing <= skipped)
      return "LOST " + words + more + "; " + std::to_string(skipped) +
             " runs were left out by the kernel, and counted";
    return "FAIL " + words + more;
  }
  if (limits.empty())
    return "PASS";
  std::string all;
  for (const limit &one : limits)
    all += (all.empty() ? "LIMIT " : " | ") + one.fact + ": " + one.words;
  return all;
}

void play(const scenario &one, watch &kernel, tally &count) {
  std::string outcome;
  std::set<std::pair<std::string, std::string>> rungs;
  try {
    stage on(kernel);
    std::vector<failure> failures;
    try {
      one.play(on);
      on.finish();
    } catch (const std::runtime_error &error) {
      // Neither what the kernel lacks nor a broken watch; a std::system_error is one, too.
      if (dynamic_cast<const not_supported *>(&error) != nullptr ||
          dynamic_cast<const watch_error *>(&error) != nullptr)
        throw;
      failures.push_back({"scenario", error.what()});
    }
    failures.insert(failures.end(), on.failures().begin(), on.failures().end());
    rungs = on.rungs();
    outcome = outcome_of(failures, on.limits(), on.skipped());
  } catch (const not_supported &lack) {
    outcome = std::string("UNSUPPORTED ") + lack.what();
  }
  const auto begins = [&](const char *word) { return outcome.rfind(word, 0) == 0; };
  (begins("PASS")    ? count.passed
   : begins("LIMIT") ? count.limits
   : begins("LOST")  ? count.lost
   : begins("UNS")   ? count.unsupported
                     : count.failed)++;

  std::string told;
  for (const auto &[fact, hook] : rungs)
    told += (told.empty() ? "" : ",") + fact + "=" + hook;
  print(std::string("SCENARIO ") + one.name + " " + (told.empty() ? "-" : told) + " " + outcome);
}

// What of the table has not been settled yet: neither attached nor refused.
std::vector<rung_name> left_of(const helper::ladder &ladder, const std::set<rung_name> &settled) {
  std::vector<rung_name> left;
  for (const helper::rung &rung : ladder.rungs)
    if (settled.count({ladder.told, rung.name}) == 0)
      left.emplace_back(ladder.told, rung.name);
  return left;
}

// The rungs that the next round tries instead of better ones; empty when all are settled.
std::vector<rung_name> next_rungs(const std::set<rung_name> &settled) {
  std::vector<rung_name> chosen;
  for (const helper::ladder &ladder : helper::hook_table())
    if (const std::vector<rung_name> left = left_of(ladder, settled); !left.empty())
      chosen.push_back(left.front());
  return chosen;
}

} // namespace

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const scenario &one : all_scenarios())
    names.emplace_back(one.name);
  return names;
}

bool run_suite(const std::vector<std::string> &wanted) {
  const rlimit room{65'536, 65'536};
  ::setrlimit(RLIMIT_NOFILE, &room);
  print("KERNEL " + release());

  tally count;
  std::set<rung_name> settled, refused;
  bool closes_alone = false;
  for (bool first = true;; first = false) {
    std::vector<rung_name> chosen = first ? std::vector<rung_name>{} : next_rungs(settled);
    if (!first && chosen.empty())
      break;
    // Both hooks of `closed` work together; once, the one that every kernel has works alone.
    if (!first && !closes_alone) {
      closes_alone = true;
      chosen.emplace_back(fact::closed, "tp_btf/inet_sock_set_state");
    }
    std::vector<std::string> arguments;
    for (const rung_name &rung : chosen) {
      arguments.emplace_back("--hooks");
      arguments.push_back(text_of(rung));
    }
    watch watched(arguments);
    bool anything_new = false;
    for (const core::hook_report &report : watched.hooks()) {
      const rung_name rung{report.told, report.name};
      const bool asked = first || std::find(chosen.begin(), chosen.end(), rung) != chosen.end();
      if (report.state == hook_state::unused || !asked || settled.count(rung) != 0)
        continue;
      settled.insert(rung);
      const bool attached = report.state == hook_state::attached;
      anything_new = anything_new || attached;
      print("RUNG " + text_of(rung) + (attached ? " attached" : " refused " + report.reason));
    }
    if (!anything_new)
      continue;
    std::string round;
    for (const helper::ladder &ladder : helper::hook_table())
      for (const std::string &hook : watched.tellers(ladder.told))
        round += (round.empty() ? "ROUND " : ",") + text_of({ladder.told, hook});
    print(round);
    for (const scenario &one : all_scenarios())
      if (wanted.empty() || std::find(wanted.begin(), wanted.end(), one.name) != wanted.end())
        play(one, watched, count);
  }
  print("DONE " + std::to_string(count.passed) + " passed " + std::to_string(count.failed) +
        " failed " + std::to_string(count.limits) + " limits " + std::to_string(count.lost) +
        " lost " + std::to_string(count.unsupported) + " unsupported");
  return count.failed == 0;
}

} // namespace bindscope::scenarios
