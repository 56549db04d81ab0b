// SPDX-License-Identifier: Apache-2.0
//
// Kernel and libbpf → helper → engine: whatever words a failure has, the hand-off made of them is
// understood. Lines of: u8 fact, u8 state, section of a program, name, reason.
#include <fcntl.h>

#include <vector>

#include "core/handoff_reader.h"
#include "core/helper_failure.h"
#include "helper/failure_words.h"
#include "helper/handoff_message.h"
#include "input.h"

using namespace bindscope;

namespace {

helper::hook_report report_from(fuzz::input line) {
  helper::hook_report report;
  constexpr auto facts = static_cast<unsigned>(handoff::fact::activity) + 1;
  report.told = static_cast<handoff::fact>(line.byte() % facts);
  const std::uint8_t state = line.byte();
  report.state = static_cast<handoff::hook_state>(state % 3);
  report.error = line.byte();
  const std::string section(line.until('\t'));
  report.name = line.until('\t');
  report.reason = line.rest();
  if (report.reason.empty() && report.state == handoff::hook_state::failed)
    report.reason = helper::failure_words(
        {section, (state & 4) != 0 ? helper::stage::load : helper::stage::attach, report.error,
         (state & 8) != 0, (state & 16) != 0});
  return report;
}

// What of a text arrives: the part before a NUL that fits.
void require_beginning(const std::string &told, const std::string &meant, std::size_t room) {
  fuzz::require(told.size() < room && meant.compare(0, told.size(), told) == 0,
                "a text arrives as its beginning");
  const bool cut = told.size() < meant.size() && meant[told.size()] != '\0' && !told.empty();
  fuzz::require(!cut || (static_cast<unsigned char>(meant[told.size()]) & 0xc0) != 0x80,
                "a text is cut between characters");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  fuzz::input input(bytes, size);
  const auto result = static_cast<handoff::status>(input.byte() % 3);
  const std::string text(input.until('\n'));
  std::vector<helper::hook_report> reports;
  while (!input.empty()) {
    const std::string_view line = input.until('\n');
    reports.push_back(
        report_from({reinterpret_cast<const std::uint8_t *>(line.data()), line.size()}));
  }

  using meaning = handoff::descriptor;
  const bool served = result == handoff::status::ok;
  const std::vector<helper::passed_descriptor> passed =
      served ? std::vector<helper::passed_descriptor>{{meaning::ring, -1}, {meaning::stats, -1}}
             : std::vector<helper::passed_descriptor>{};
  const handoff::message message = helper::make_message(result, text, reports, passed);
  std::vector<core::unique_fd> descriptors;
  for (std::size_t i = 0; i < passed.size(); i++)
    descriptors.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  try {
    const core::received_handoff received =
        core::read_handoff(&message, sizeof(message), std::move(descriptors));
    fuzz::require(served, "only who is served is handed anything");
    for (std::size_t i = 0; i < received.hooks.size(); i++) {
      require_beginning(received.hooks[i].name, reports[i].name, sizeof(handoff::hook::name));
      if (reports[i].reason.c_str()[0] != '\0')
        require_beginning(received.hooks[i].reason, reports[i].reason,
                          sizeof(handoff::hook::reason));
    }
  } catch (const core::helper_failure &failure) {
    fuzz::require(!served && failure.why != core::helper_failure::kind::protocol,
                  "what the helper says is understood");
  }
  return 0;
}
