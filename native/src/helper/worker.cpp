// SPDX-License-Identifier: Apache-2.0
#include "helper/worker.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <utility>

#include "helper/attachment.h"
#include "helper/confinement.h"
#include "helper/handoff_message.h"
#include "helper/hook_table.h"
#include "helper/peer.h"
#include "helper/privileges.h"

namespace bindscope::helper {

namespace {

void log(const std::string &line) {
  std::fprintf(stderr, "bindscope-helper: %s\n", line.c_str());
}

[[noreturn]] void end(int status) {
  std::fflush(stderr);
  ::_exit(status);
}

[[noreturn]] void fail(int socket, const std::string &why,
                       const std::vector<hook_report> &reports = {}) {
  log(why);
  send_message(socket, make_message(handoff::status::failed, why, reports, {}), {});
  end(1);
}

std::string join(const std::vector<std::string> &words) {
  std::string joined;
  for (std::size_t i = 0; i < words.size(); i++)
    joined += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return joined;
}

// The peer has everything, and is not told another word.
[[noreturn]] void stay_attached(int socket, attachment &attached) noexcept {
  try {
    attached.keep_links_only();
    std::vector<int> needed = attached.links();
    needed.push_back(socket);
    close_all_but(std::move(needed));
    limit_resources();
    allow_waiting_only();
  } catch (const std::exception &error) {
    log(error.what());
    end(1);
  }
  wait_for_hangup(socket);
  end(0);
}

} // namespace

void refuse(int socket, const std::string &why) {
  log(why);
  send_message(socket, make_message(handoff::status::refused, why, {}, {}), {});
}

void serve(int socket, std::optional<uid_t> expected, const options &settings) {
  try {
    const uid_t uid = peer_uid(socket);
    if (expected && uid != *expected) {
      refuse(socket, "The helper serves user " + std::to_string(*expected) + ", not user " +
                         std::to_string(uid) + ".");
      end(1);
    }
    if (const std::vector<std::string> missing = missing_capabilities(); !missing.empty())
      fail(socket, "The helper runs without " + join(missing) +
                       ": it must be started by root, by pkexec, or with these file capabilities.");

    // Lives until the process ends: what is attached, is attached by its links.
    static std::unique_ptr<attachment> attached;
    attached = std::make_unique<attachment>(settings.ring_bytes, settings.verbose);
    const std::vector<hook_report> reports = attached->attach_all(hook_table(), settings.hooks);
    if (std::none_of(reports.begin(), reports.end(), [](const hook_report &report) {
          return report.state == handoff::hook_state::attached;
        }))
      fail(socket, "The kernel took none of the eBPF programs.", reports);

    std::vector<passed_descriptor> descriptors = {
        {handoff::descriptor::ring, attached->ring()},
        {handoff::descriptor::stats, attached->stats()},
    };
    if (attached->process_iterator() >= 0)
      descriptors.emplace_back(handoff::descriptor::iter_process, attached->process_iterator());
    if (attached->socket_iterator() >= 0)
      descriptors.emplace_back(handoff::descriptor::iter_socket, attached->socket_iterator());
    if (const auto &activity = attached->activity()) {
      descriptors.emplace_back(handoff::descriptor::watched_ports, activity->watched_ports);
      descriptors.emplace_back(handoff::descriptor::activity, activity->counts);
      descriptors.emplace_back(handoff::descriptor::iter_connections, activity->iterator);
    }

    // Before the peer hears of us, so that it never meets a privileged process.
    drop_privileges(uid);
    if (const int error = send_message(
            socket, make_message(handoff::status::ok, {}, reports, descriptors), descriptors);
        error != 0) {
      log(std::string("the peer cannot be told: ") + std::strerror(error));
      end(1);
    }
    stay_attached(socket, *attached);
  } catch (const std::exception &error) {
    fail(socket, error.what());
  }
}

} // namespace bindscope::helper
