// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "core/destroy_notices.h"
#include "core/session.h"

namespace bindscope::addon {

// `NativeWatcher` of native/index.ts over one session at a time, and a second one while a helper is
// being reached: limited mode goes on meanwhile. Lives on the JavaScript thread; the
// session's thread reaches it through one thread-safe function that has at most one call of each
// pending. An open watcher keeps itself and the event loop alive until `close`.
class watcher : public Napi::ObjectWrap<watcher> {
public:
  // `openWatcher` of NativeAddon.
  static Napi::Value open(const Napi::CallbackInfo &info);

  explicit watcher(const Napi::CallbackInfo &info);
  ~watcher() override;

private:
  Napi::Value connect(const Napi::CallbackInfo &info);
  Napi::Value start_limited(const Napi::CallbackInfo &info);
  Napi::Value snapshot(const Napi::CallbackInfo &info);
  Napi::Value caught_up(const Napi::CallbackInfo &info);
  Napi::Value watch_activity(const Napi::CallbackInfo &info);
  Napi::Value read_activity(const Napi::CallbackInfo &info);
  Napi::Value close(const Napi::CallbackInfo &info);

  // Runs on the JavaScript thread after the session woke us.
  static void on_wake(napi_env env, napi_value function, void *context, void *data);
  static void on_environment_end(void *self);

  // True when a helper was reached.
  bool deliver_outcome();
  void deliver_news();
  // For workers that end: delivers what waits, if anything does.
  void catch_up();
  void deliver_events(const core::session_news &news);
  // Calls a listener. What it throws becomes an uncaught exception, as in any event listener.
  void call(const Napi::FunctionReference &listener, std::initializer_list<napi_value> arguments);
  std::function<void()> waker();
  void end_session();
  void give_up_reaching();
  void shut_down();
  bool is_open() const { return wake_ != nullptr; }

  std::size_t queue_length_ = 0;
  Napi::FunctionReference on_events_;
  Napi::FunctionReference on_hangup_;
  napi_threadsafe_function wake_ = nullptr; // null once closed
  // Shared with snapshots that run on worker threads.
  std::shared_ptr<core::known_sockets> known_ = std::make_shared<core::known_sockets>();
  std::shared_ptr<core::known_holderless> holderless_ = std::make_shared<core::known_holderless>();
  std::unique_ptr<core::session> session_;
  bool session_is_limited_ = false;
  std::uint64_t session_number_ = 0; // changes whenever `session_` does
  // Set together.
  std::unique_ptr<core::session> reaching_;
  std::optional<Napi::Promise::Deferred> connecting_;
  std::vector<std::uint8_t> recycled_;
};

} // namespace bindscope::addon
