// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/unique_fd.h"
#include "identity.h"
#include "performer.h"
#include "watch.h"

namespace bindscope::scenarios {

constexpr const char *nobody = "nobody";

// One thing that is to be told of a socket.
struct act {
  act(bs_event_kind told) : kind(told) {}
  act(bs_event_kind told, std::string who) : kind(told), by(std::move(who)) {}

  // BS_LISTEN_FAILED: a listen() that was refused. It is told as such after a BS_LISTENING where
  // listening is told before it is sure, and not at all elsewhere.
  bs_event_kind kind;
  std::string by; // name of the process; empty: whoever made the socket known
};

// What more there is to say of a socket's life.
struct life_options {
  bool before_watch = false;           // bound before anybody watched: its close says so
  bool autobound = false;              // listen() chose the port; some hooks hear of it before that
  std::optional<std::uint32_t> thread; // not the main one: binds and listens
  std::string thread_name;
};

// A failed expectation: what was to be told, and how it differs.
struct failure {
  std::string fact; // as handoff::fact_names, or "scenario"
  std::string words;
  std::size_t missing = 0; // records that did not come, where nothing else is wrong
};

// What cannot be told on this kernel by these hooks. The scenario claims exactly what is told
// instead.
struct limit {
  std::string fact;
  std::string words; // why
};

// One scenario's view: performers to direct, and claims on what the kernel must have told. Every
// record of its processes and sockets that no claim covers is a failure. One thread.
class stage {
public:
  explicit stage(watch &kernel);
  ~stage();

  // --- directing
  // A process that acts; `name` for the claims.
  void start(const std::string &name, const performer::script &play);
  // A name for the process that was born last. Returns once it is known who it is.
  void name_child(const std::string &name);
  // Reads what performers tell, up to that step. Throws where it does not come.
  void until(const std::string &step);
  // The wait status of a process of start(). All that it did has been told when this returns.
  int wait_for(const std::string &name);
  void kill(const std::string &name);
  pid_t pid_of(const std::string &name) const;
  std::uint16_t free_port(const endpoint &where);
  const socket_facts &socket(const std::string &name) const;

  // --- claims
  // All that is told of a socket, in order. Claims the records.
  void told(const std::string &socket, const std::vector<act> &life, const life_options &more = {});
  // For a socket whose own cookie is not that of its records.
  void take_cookie_of_bound(const std::string &socket);
  void told_exec(const std::string &process);
  // Takes the snapshot that the next two speak of.
  void look();
  // Who holds the socket, `nobody` for one that has no holder we can see: `state` as TCP_* of the
  // kernel.
  void held(const std::string &socket, const std::vector<std::string> &processes,
            std::uint8_t state);
  // The process is shown as it is.
  void shown(const std::string &process);
  // From now on connections to these sockets' ports are counted, and to no other.
  void count_connections(const std::vector<std::string> &sockets);
  // What has been counted at the socket's port, no more and no less; acknowledgements may come a
  // moment later than what they acknowledge.
  void counted(const std::string &socket, const bs_activity &counts);
  void not_counted(const std::string &socket);
  // The claims that follow are of a rung that cannot tell better.
  void limited(const std::string &fact, const std::string &words);
  // Such a limit: no bind that failed is told.
  void refusals_are_untold(const std::string &words);
  // Such a limit: binds that failed are told, with error 0.
  void refusals_have_no_errno(const std::string &words);
  // Such a limit: some attempts are not told.
  void attempts_may_be_untold(const std::string &words);
  bool told_by(handoff::fact told, const std::string &hook) const {
    return kernel_.attached(told, hook);
  }
  void expect(bool truth, const std::string &fact, const std::string &words);
  bool attached(handoff::fact told) const { return !kernel_.attached(told).empty(); }
  bool listening_is_unconfirmed() const;
  // Whether sockets are looked at by the kernel side, which from then on tells when they close.
  bool looks_by_iterator() const { return attached(handoff::fact::sockets); }

  // What every scenario claims: attempts and refusals, each process's end, no phantom, no loss.
  // Waits for the processes that still run.
  void finish();

  // Runs of our programs that the kernel left out meanwhile and that users are told of.
  std::uint64_t skipped() const;
  const std::vector<failure> &failures() const { return failures_; }
  const std::vector<limit> &limits() const { return limits_; }
  // fact=hook pairs that took part.
  const std::set<std::pair<std::string, std::string>> &rungs() const { return rungs_; }

private:
  struct process {
    std::string name;
    std::vector<identity> known; // who it was, oldest first
    std::optional<int> status;   // as of wait()
    bool ours = false;           // to be waited for by us
  };
  struct asked {
    std::uint32_t performer;
    socket_facts socket;
    int error; // of a refusal
  };

  // All that happened before is told when this returns; quick once all processes have ended.
  void settle();
  bool read_report(int patience_ms);
  void read_all_reports();
  process &named(const std::string &name);
  const process &named(const std::string &name) const;
  std::optional<bs_activity> activity_of(const socket_facts &socket);
  std::vector<record *> of_socket(std::uint64_t cookie);
  void check_socket(const record &told, const socket_facts &socket, const std::string &where);
  // Against identities that the process had.
  void check_identity(const record &told, const process &by, const std::string &where,
                      const std::vector<identity> &allowed, const life_options &more = {});
  void check_attempts();
  void check_refusals();
  void check_ends();
  void check_phantoms();
  bool is_of_scenario(const record &told) const;
  void saw(const record &told);
  void fail(const std::string &fact, const std::string &words, std::size_t missing = 0);

  watch &kernel_;
  std::uint64_t began_;
  std::uint64_t lost_before_;
  std::uint64_t skipped_before_;
  std::uint64_t skipped_told_before_;
  core::unique_fd reports_;
  core::unique_fd performers_end_;
  core::unique_fd next_performer_;
  gate acknowledged_;
  channel line_;
  std::map<std::uint32_t, process> processes_;  // by performer
  std::map<std::uint32_t, std::uint32_t> pids_; // their pids, from birth on
  std::uint32_t last_born_ = 0;
  bool settled_ = false; // all processes have ended, and what they did is told
  std::map<std::string, std::pair<socket_facts, std::uint32_t>> sockets_; // with who told it
  std::vector<asked> attempts_;
  std::vector<asked> refusals_;
  std::set<std::string> steps_;
  core::snapshot seen_;
  std::vector<failure> failures_;
  std::vector<limit> limits_;
  bool all_attempts_told_ = true;
  bool refusals_told_ = true;
  bool refusals_have_errno_ = true;
  std::set<std::pair<std::string, std::string>> rungs_;
};

} // namespace bindscope::scenarios
