// SPDX-License-Identifier: Apache-2.0
#include "helper/options.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "handoff/fact_names.h"
#include "helper/hook_table.h"

namespace bindscope::helper {

namespace {

constexpr std::uint64_t most_ring_bytes = 1u << 30;

// What was given, for a complaint of one line: no control character of it reaches the terminal.
std::string quoted(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char byte) { return byte < ' ' || byte == 0x7f; }, '?');
  return "'" + text + "'";
}

std::uint64_t parse_number(const std::string &option, const std::string &text, std::uint64_t most) {
  std::uint64_t number = 0;
  bool valid = !text.empty() && text.size() <= 10;
  for (const char digit : text) {
    valid = valid && digit >= '0' && digit <= '9';
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  if (!valid || number > most)
    throw usage_error(option + " wants a number from 0 to " + std::to_string(most) + ", not " +
                      quoted(text));
  return number;
}

std::uint32_t parse_ring_bytes(const std::string &text) {
  const std::uint64_t bytes = parse_number("--ring-bytes", text, most_ring_bytes);
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (bytes < page || (bytes & (bytes - 1)) != 0)
    throw usage_error("--ring-bytes wants a power of two from " + std::to_string(page) + " to " +
                      std::to_string(most_ring_bytes) + ", not " + quoted(text));
  return static_cast<std::uint32_t>(bytes);
}

std::string listed(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += " " + name;
  return text;
}

const ladder &parse_fact(const std::string &name) {
  std::vector<std::string> known;
  for (const ladder &one : hook_table()) {
    if (name == handoff::fact_name(one.told))
      return one;
    known.push_back(handoff::fact_name(one.told));
  }
  throw usage_error("--hooks does not know the fact " + quoted(name) + "; the facts are" +
                    listed(known));
}

// FACT=HOOK, by comma.
void parse_choice(const std::string &text, std::vector<hook_choice::told_by> &only) {
  std::istringstream words(text + ",");
  for (std::string word; std::getline(words, word, ',');) {
    const auto equals = word.find('=');
    if (equals == word.npos)
      throw usage_error("--hooks wants FACT=HOOK, by comma, not " + quoted(word));
    const ladder &facts = parse_fact(word.substr(0, equals));
    const std::string hook = word.substr(equals + 1);
    std::vector<std::string> known;
    for (const rung &one : facts.rungs)
      known.push_back(one.name);
    if (std::find(known.begin(), known.end(), hook) == known.end())
      throw usage_error("--hooks: " + std::string(handoff::fact_name(facts.told)) +
                        " is not told by " + quoted(hook) + " but by" + listed(known));
    only.push_back({facts.told, hook});
  }
}

std::string parse_hook(const std::string &name) {
  const std::vector<std::string> known = hook_names();
  if (std::find(known.begin(), known.end(), name) != known.end())
    return name;
  throw usage_error("--without does not know the hook " + quoted(name) + "; the hooks are" +
                    listed(known));
}

void set_mode(options &parsed, mode wanted) {
  if (parsed.mode != mode::help)
    throw usage_error("--stdin, --listen and --systemd exclude each other");
  parsed.mode = wanted;
}

} // namespace

options parse_options(const std::vector<std::string> &arguments) {
  options parsed;
  for (std::size_t i = 0; i < arguments.size(); i++) {
    std::string name = arguments[i];
    std::optional<std::string> attached;
    if (const auto equals = name.find('='); name.rfind("--", 0) == 0 && equals != name.npos) {
      attached = name.substr(equals + 1);
      name.resize(equals);
    }
    const auto value = [&] {
      if (attached)
        return *attached;
      if (i + 1 >= arguments.size())
        throw usage_error(name + " wants a value");
      return arguments[++i];
    };
    const auto flag = [&] {
      if (attached)
        throw usage_error(name + " takes no value");
    };

    if (name == "--help" || name == "-h") {
      flag();
      parsed.mode = mode::help;
      return parsed;
    }
    if (name == "--version") {
      flag();
      parsed.mode = mode::version;
      return parsed;
    }
    if (name == "--stdin") {
      flag();
      set_mode(parsed, mode::serve_stdin);
    } else if (name == "--systemd") {
      flag();
      set_mode(parsed, mode::serve_systemd);
    } else if (name == "--listen") {
      set_mode(parsed, mode::listen);
      parsed.listen_path = value();
    } else if (name == "--peer-uid") {
      // The largest uid_t means "no user" to the kernel.
      parsed.peer_uid = static_cast<uid_t>(
          parse_number(name, value(), std::numeric_limits<std::uint32_t>::max() - 1));
    } else if (name == "--until-stdin-closes") {
      flag();
      parsed.until_stdin_closes = true;
    } else if (name == "--ring-bytes") {
      parsed.ring_bytes = parse_ring_bytes(value());
    } else if (name == "--without") {
      parsed.hooks.without.push_back(parse_hook(value()));
    } else if (name == "--hooks") {
      parse_choice(value(), parsed.hooks.only);
    } else if (name == "--serve-iterators") {
      flag();
      parsed.serve_iterators = true;
    } else if (name == "--verbose") {
      flag();
      parsed.verbose = true;
    } else {
      throw usage_error("unknown argument " + quoted(arguments[i]));
    }
  }

  if (parsed.mode == mode::help)
    throw usage_error("one of --stdin, --listen PATH and --systemd is needed");
  if (parsed.mode == mode::listen) {
    if (parsed.listen_path.empty() || parsed.listen_path.front() != '/')
      throw usage_error("--listen wants an absolute path, not " + quoted(parsed.listen_path));
    if (!parsed.peer_uid)
      throw usage_error("--listen wants --peer-uid UID: the one user that may connect");
  } else if (parsed.until_stdin_closes) {
    throw usage_error("--until-stdin-closes goes with --listen only");
  }
  if (parsed.mode == mode::serve_systemd && parsed.peer_uid)
    throw usage_error("--peer-uid does not go with --systemd: the socket unit's mode says who may "
                      "connect");
  return parsed;
}

std::string usage() {
  std::string text =
      "bindscope-helper: the privileged part of Bindscope. Attaches eBPF programs, hands their\n"
      "descriptors to one peer and keeps nothing but the attachment, until the peer hangs up.\n"
      "\n"
      "  bindscope-helper --stdin [--peer-uid UID]\n"
      "      serve the connected SOCK_SEQPACKET unix socket on standard input. The peer must be "
      "the\n"
      "      user that asked pkexec, else UID, else the user that runs this program\n"
      "  bindscope-helper --listen PATH --peer-uid UID [--until-stdin-closes]\n"
      "      create the socket PATH (mode 0600, owned by UID) and serve UID, up to 8 peers at "
      "once.\n"
      "      Ends on SIGTERM, or when standard input closes\n"
      "  bindscope-helper --systemd\n"
      "      serve the connected socket that a socket unit with Accept=yes passes\n"
      "\n"
      "  --ring-bytes N   size of the ring buffer, a power of two (8388608)\n"
      "  --without HOOK   do not try this hook, to see how Bindscope does without it; "
      "repeatable:\n";
  for (const std::string &name : hook_names())
    text += "                     " + name + "\n";
  text += "  --hooks FACT=HOOK,…\n"
          "                   tell these facts by these hooks and by no other, for tests; a fact "
          "may be\n"
          "                   named more than once. Facts:\n                    ";
  for (const ladder &ladder : hook_table())
    text += std::string(" ") + handoff::fact_name(ladder.told);
  text += "\n"
          "  --serve-iterators\n"
          "                   start iterators for the peer, as on kernels before 5.19, for tests\n"
          "  --verbose        tell on standard error what libbpf and the kernel's verifier say\n"
          "  --version        print the version\n"
          "\n"
          "Exit status: 0 the peer hung up, 1 the peer was refused or nothing could be attached,\n"
          "2 wrong usage.\n";
  return text;
}

} // namespace bindscope::helper
