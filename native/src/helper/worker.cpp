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
#include "helper/iterator_service.h"
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

iterator_links iterators_of(const attachment &attached) {
  return {attached.process_iterator(), attached.socket_iterator()};
}

// The peer has everything. It is not told another word, or, where `iterators` are by the helper,
// given one descriptor at a time: with all but the socket and the links closed, the lowest free
// number is 1, and the only one below the limit.
[[noreturn]] void stay_attached(int socket, attachment &attached,
                                handoff::iterators iterators) noexcept {
  const bool serves = iterators == handoff::iterators::by_helper;
  const iterator_links links = iterators_of(attached);
  try {
    attached.keep_links_only();
    std::vector<int> needed = attached.links();
    needed.push_back(socket);
    close_all_but(std::move(needed));
    limit_resources(serves ? 2 : 1);
    if (serves)
      allow_serving_iterators(socket);
    else
      allow_waiting_only();
  } catch (const std::exception &error) {
    log(error.what());
    end(1);
  }
  if (serves)
    serve_iterators(socket, links);
  else
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

    for (const int program : attached->programs())
      descriptors.emplace_back(handoff::descriptor::program, program);

    // Before the peer hears of us, so that it never meets a privileged process.
    const bool serves = drop_privileges(uid, [&] {
      const iterator_links links = iterators_of(*attached);
      // The peer reads both or none. And with nothing to hold it to these few calls, no process
      // stays with a capability.
      return links.processes >= 0 && links.sockets >= 0 && kernel_has_filters() &&
             (settings.serve_iterators || iterators_need_privilege(links));
    });
    handoff::message message = make_message(handoff::status::ok, {}, reports, descriptors);
    message.iterators = serves ? handoff::iterators::by_helper : handoff::iterators::by_peer;
    if (const int error = send_message(socket, message, descriptors); error != 0) {
      log(std::string("the peer cannot be told: ") + std::strerror(error));
      end(1);
    }
    stay_attached(socket, *attached, message.iterators);
  } catch (const std::exception &error) {
    fail(socket, error.what());
  }
}

} // namespace bindscope::helper
