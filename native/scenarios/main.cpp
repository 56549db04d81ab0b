// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "helper/listener.h"
#include "helper/options.h"
#include "roles.h"
#include "suite.h"

namespace {

using namespace bindscope;

constexpr const char *usage =
    "bindscope-scenarios [NAME…]: acts every way a socket comes and goes, on the running kernel "
    "and\n"
    "with every hook it offers, and checks what is told of it. Needs root.\n"
    "\n"
    "  --list   print the names of the scenarios\n"
    "\n"
    "Exit status: 0 all was told as documented, 1 something was not, 2 wrong usage.\n";

// The helper that the suite starts: this program has its library, so that one file is all a kernel
// needs.
int serve_as_helper(const std::vector<std::string> &arguments) {
  const helper::options settings = helper::parse_options(arguments);
  ::close_range(3, ~0U, 0);
  return helper::run_listener(settings);
}

int act(const std::vector<std::string> &words) {
  using scenarios::performer;
  performer me({std::stoi(words.at(1)), std::stoi(words.at(2)), std::stoi(words.at(3))},
               static_cast<std::uint32_t>(std::stoul(words.at(4))));
  const std::vector<std::string> rest(words.begin() + 5, words.end());
  me.run([&](performer &self) { scenarios::play_role(words.at(0), self, rest); });
}

int run(const std::vector<std::string> &arguments) {
  if (!arguments.empty() && arguments[0] == "helper")
    return serve_as_helper({arguments.begin() + 1, arguments.end()});
  if (!arguments.empty() && arguments[0] == "act")
    return act({arguments.begin() + 1, arguments.end()});
  const std::vector<std::string> names = scenarios::scenario_names();
  for (const std::string &argument : arguments) {
    if (argument == "--help") {
      std::fputs(usage, stdout);
      return 0;
    }
    if (argument == "--list") {
      for (const std::string &name : names)
        std::puts(name.c_str());
      return 0;
    }
    if (std::find(names.begin(), names.end(), argument) == names.end()) {
      std::fprintf(stderr, "bindscope-scenarios: there is no scenario '%s'. See --list.\n",
                   argument.c_str());
      return 2;
    }
  }
  return scenarios::run_suite(arguments) ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bindscope-scenarios: %s\n", error.what());
    return 1;
  }
}
