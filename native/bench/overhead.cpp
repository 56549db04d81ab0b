// SPDX-License-Identifier: Apache-2.0
//
// What the kernel's system calls take longer while Bindscope's programs are attached: all that a
// helper attaches by itself, and each rung of its table alone. Prints JSON, a line each:
//   {"kernel":RELEASE,"calls":[{"name":…,"unrelated":true|false},…]}
//   {"subject":"default","hooks":["FACT=HOOK",…]}
//   {"subject":"FACT=HOOK","hooks":["FACT=HOOK",…]}     or
//   {"subject":"FACT=HOOK","refused":WHY}
//   {"subject":…,"before":{"ns":[…],"programs":[…,…]},"with":{…},"after":{…}}
//   {"done":true}
// The fifth is one trial: CPU nanoseconds of each call without programs, with them, and without
// again, right after each other, and the number of eBPF programs in the kernel as each of the three
// began and ended: where it differs by more than our own, somebody else has attached some
// meanwhile.
#include <bpf/bpf.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "attached_programs.h"
#include "helper/options.h"
#include "helper/worker.h"
#include "measured_calls.h"
#include "one_rung.h"
#include "timed_process.h"

namespace {

using namespace bindscope;
using bench::attached_programs;
using bench::measured_calls;
using bench::rung_name;
using bench::timed_process;
using handoff::hook_state;
using namespace std::chrono_literals;

constexpr const char *usage =
    "bindscope-overhead [--trials N] [--chunks N] [--only SUBJECT]: what system calls take longer "
    "with\n"
    "Bindscope's eBPF programs attached, as JSON. Needs root.\n"
    "\n"
    "  --trials N       of every subject: without, with, without (2)\n"
    "  --chunks N       of every call in each of the three (7)\n"
    "  --only SUBJECT   \"default\" or FACT=HOOK\n";

struct settings {
  unsigned int trials = 2;
  unsigned int chunks = 7;
  std::string only;
};

struct subject {
  std::string name;
  std::vector<std::string> arguments; // of the helper
};

std::string quoted(const std::string &text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\')
      quoted += '\\';
    quoted += static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
  }
  return quoted + "\"";
}

// Each of them as `text` has it, in brackets.
template <typename item, typename function>
std::string listed(const std::vector<item> &items, const function &text) {
  std::string list;
  for (const item &one : items)
    list += (list.empty() ? "" : ",") + text(one);
  return "[" + list + "]";
}

std::string listed(const std::vector<double> &numbers) {
  return listed(numbers, [](double number) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.1f", number);
    return std::string(text);
  });
}

void print(const std::string &members) {
  std::printf("{%s}\n", members.c_str());
  std::fflush(stdout);
}

unsigned int count_programs() {
  unsigned int count = 0;
  for (__u32 id = 0; ::bpf_prog_get_next_id(id, &id) == 0;)
    count++;
  return count;
}

// The kernel takes programs down in its own time once their helper has ended.
void wait_for_programs_to_go(unsigned int left) {
  for (int patience = 500; count_programs() > left && patience > 0; patience--)
    std::this_thread::sleep_for(10ms);
}

std::vector<std::string> attached_by(const attached_programs &kernel) {
  std::vector<std::string> attached;
  for (const core::hook_report &report : kernel.hooks())
    if (report.state == hook_state::attached)
      attached.push_back(bench::text_of({report.told, report.name}));
  return attached;
}

// Out of the words of a helper that could attach nothing, those about one hook.
std::string why_refused(const std::string &words, const std::string &hook) {
  std::size_t at = 0;
  while ((at = words.find("\n" + hook + ": ", at)) != words.npos) {
    const std::size_t begin = at + hook.size() + 3;
    const std::string reason = words.substr(begin, words.find('\n', begin) - begin);
    if (reason.rfind("switched off", 0) != 0)
      return reason;
    at = begin;
  }
  return words;
}

// Attaches a subject once. False, and a line that says so, where the kernel refuses it.
bool introduce(const subject &one, const std::string &hook) {
  try {
    const attached_programs kernel(one.arguments);
    print("\"subject\":" + quoted(one.name) + ",\"hooks\":" + listed(attached_by(kernel), quoted));
    return true;
  } catch (const core::helper_failure &error) {
    print("\"subject\":" + quoted(one.name) +
          ",\"refused\":" + quoted(why_refused(error.what(), hook)));
    return false;
  }
}

std::vector<subject> offered(const settings &wanted) {
  const auto is_wanted = [&](const std::string &name) {
    return wanted.only.empty() || wanted.only == name;
  };
  std::vector<subject> subjects;
  if (const subject all{"default", {}}; is_wanted(all.name) && introduce(all, ""))
    subjects.push_back(all);
  for (const rung_name &rung : bench::all_rungs())
    if (const subject one{bench::text_of(rung), bench::alone(rung)};
        is_wanted(one.name) && introduce(one, rung.second))
      subjects.push_back(one);
  return subjects;
}

// What the calls take now, and the number of programs in the kernel before and after.
struct timing {
  std::vector<double> nanoseconds;
  std::vector<unsigned int> programs;
};

timing time_calls(const settings &wanted, timed_process &timed) {
  // The helper still tidies up behind its hand-off, or the kernel behind the helper, on the CPU
  // beside.
  std::this_thread::sleep_for(20ms);
  timing result;
  result.programs.push_back(count_programs());
  result.nanoseconds = timed.time(wanted.chunks);
  result.programs.push_back(count_programs());
  return result;
}

void try_once(const subject &one, const settings &wanted, timed_process &timed) {
  std::string line = "\"subject\":" + quoted(one.name);
  const auto add = [&](const char *name, const timing &result) {
    line += ",\"" + std::string(name) + "\":{\"ns\":" + listed(result.nanoseconds) +
            ",\"programs\":" +
            listed(result.programs, [](unsigned int count) { return std::to_string(count); }) + "}";
  };
  const timing before = time_calls(wanted, timed);
  add("before", before);
  {
    const attached_programs kernel(one.arguments);
    add("with", time_calls(wanted, timed));
  }
  wait_for_programs_to_go(before.programs.front());
  add("after", time_calls(wanted, timed));
  print(line);
}

void measure(const settings &wanted) {
  timed_process timed;
  utsname kernel{};
  ::uname(&kernel);
  print("\"kernel\":" + quoted(kernel.release) +
        ",\"calls\":" + listed(measured_calls::all(), [](const measured_calls::call &one) {
          return "{\"name\":" + quoted(one.name) +
                 ",\"unrelated\":" + (one.unrelated ? "true" : "false") + "}";
        }));
  const unsigned int others = count_programs();
  const std::vector<subject> subjects = offered(wanted);
  wait_for_programs_to_go(others);
  // Subjects take turns, so that a bad minute of the machine is not one subject's alone.
  for (unsigned int trial = 0; trial < wanted.trials; trial++)
    for (const subject &one : subjects)
      try_once(one, wanted, timed);
  print("\"done\":true");
}

unsigned int number(const std::string &option, const std::string &text) {
  if (text.empty() || text.size() > 4 || text.find_first_not_of("0123456789") != text.npos ||
      std::stoul(text) == 0)
    throw std::invalid_argument(option + " wants a number from 1 to 9999, not '" + text + "'");
  return static_cast<unsigned int>(std::stoul(text));
}

// Throws std::invalid_argument.
settings parse(const std::vector<std::string> &arguments) {
  settings parsed;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string &option = arguments[i];
    const std::string value = i + 1 < arguments.size() ? arguments[i + 1] : "";
    if (option == "--trials")
      parsed.trials = number(option, value);
    else if (option == "--chunks")
      parsed.chunks = number(option, value);
    else if (option == "--only")
      parsed.only = value;
    else
      throw std::invalid_argument("there is no option '" + option + "'");
  }
  return parsed;
}

int run(const std::vector<std::string> &arguments) {
  const std::string first = arguments.empty() ? "" : arguments.front();
  if (first == bench::end_at_once)
    return 0;
  // The helper that attached_programs starts.
  if (first == "helper") {
    const helper::options options = helper::parse_options({arguments.begin() + 1, arguments.end()});
    ::close_range(3, ~0U, 0);
    helper::serve(0, ::getuid(), options);
  }
  if (first == "--help") {
    std::fputs(usage, stdout);
    return 0;
  }
  try {
    measure(parse(arguments));
    return 0;
  } catch (const std::invalid_argument &error) {
    std::fprintf(stderr, "bindscope-overhead: %s. See --help.\n", error.what());
    return 2;
  }
}

} // namespace

int main(int argc, char **argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bindscope-overhead: %s\n", error.what());
    return 1;
  }
}
