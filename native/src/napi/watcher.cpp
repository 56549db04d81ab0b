// SPDX-License-Identifier: Apache-2.0
#include "napi/watcher.h"

#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/snapshot_proc.h"
#include "handoff/fact_names.h"
#include "napi/activity.h"
#include "napi/snapshot_columns.h"

namespace bindscope::addon {

namespace {

// Two seconds of 20,000 binds a second, each three records, which is longer than JavaScript was
// measured to be behind; and at most 118 MB, for as long as it is.
constexpr std::size_t default_queue_length = 131'072;

constexpr const char *state_names[] = {"attached", "failed", "unused"};

const char *code_of(core::helper_failure::kind why) {
  using kind = core::helper_failure::kind;
  switch (why) {
  case kind::refused:
    return "REFUSED";
  case kind::failed:
    return "FAILED";
  case kind::unreachable:
    return "UNREACHABLE";
  case kind::declined:
    return "DECLINED";
  case kind::protocol:
    return "PROTOCOL";
  }
  return "PROTOCOL";
}

Napi::Error make_error(Napi::Env env, const char *code, const std::string &text) {
  Napi::Error error = Napi::Error::New(env, text);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

Napi::Array to_reports(Napi::Env env, const std::vector<core::hook_report> &hooks) {
  Napi::Array reports = Napi::Array::New(env, hooks.size());
  for (std::size_t i = 0; i < hooks.size(); i++) {
    const core::hook_report &hook = hooks[i];
    Napi::Object report = Napi::Object::New(env);
    report["fact"] = Napi::String::New(env, handoff::fact_name(hook.told));
    report["hook"] = Napi::String::New(env, hook.name);
    report["state"] = Napi::String::New(env, state_names[static_cast<std::size_t>(hook.state)]);
    report["reason"] = hook.state == handoff::hook_state::failed
                           ? Napi::Value(Napi::String::New(env, hook.reason))
                           : Napi::Value(env.Null());
    reports[static_cast<std::uint32_t>(i)] = report;
  }
  return reports;
}

Napi::Object to_loss(Napi::Env env, const char *where, const core::loss &missing) {
  Napi::Object told = Napi::Object::New(env);
  told["where"] = Napi::String::New(env, where);
  told["count"] = Napi::Number::New(env, static_cast<double>(missing.count));
  told["from"] = Napi::BigInt::New(env, missing.from_ns);
  told["to"] = Napi::BigInt::New(env, missing.to_ns);
  return told;
}

core::helper_address to_address(const Napi::CallbackInfo &info) {
  const auto fail = [&](const char *what) { return Napi::TypeError::New(info.Env(), what); };
  if (!info[0].IsObject())
    throw fail("connect: an address is wanted");
  const auto address = info[0].As<Napi::Object>();
  const Napi::Value kind = address.Get("kind");
  if (kind.IsString() && kind.As<Napi::String>().Utf8Value() == "connect") {
    const Napi::Value path = address.Get("path");
    if (!path.IsString())
      throw fail("connect: `path` is to be a string");
    return core::listening_helper{path.As<Napi::String>()};
  }
  if (kind.IsString() && kind.As<Napi::String>().Utf8Value() == "spawn") {
    const Napi::Value command = address.Get("command");
    if (!command.IsArray() || command.As<Napi::Array>().Length() == 0)
      throw fail("connect: `command` is to be a list of strings, not empty");
    core::spawned_helper helper;
    const auto words = command.As<Napi::Array>();
    for (std::uint32_t i = 0; i < words.Length(); i++) {
      const Napi::Value word = words[i];
      if (!word.IsString())
        throw fail("connect: `command` is to be a list of strings, not empty");
      helper.command.push_back(word.As<Napi::String>());
    }
    return helper;
  }
  throw fail("connect: `kind` is to be 'connect' or 'spawn'");
}

// A snapshot waits no longer than this for events of before its end to be read from the ring.
constexpr std::chrono::seconds longest_lag(1);

// Waits until the ring is read up to where the kernel stands, then has the watcher tell what it
// was.
class catch_up_worker : public Napi::AsyncWorker {
public:
  catch_up_worker(Napi::Object owner, std::function<void()> catch_up,
                  std::shared_ptr<const core::ring_buffer> ring)
      : Napi::AsyncWorker(owner.Env(), "bindscope catching up"), deferred_(owner.Env()),
        owner_(Napi::Persistent(owner)), catch_up_(std::move(catch_up)), ring_(std::move(ring)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

protected:
  void Execute() override {
    if (ring_)
      ring_->wait_for(ring_->produced(), longest_lag);
    ring_.reset();
  }
  void OnOK() override {
    catch_up_();
    deferred_.Resolve(Env().Undefined());
  }

private:
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference owner_;
  std::function<void()> catch_up_;
  std::shared_ptr<const core::ring_buffer> ring_;
};

// Runs on a thread of libuv's pool and touches nothing of the watcher, which may be closed before
// it ends. Only then, on the JavaScript thread, it has the watcher tell what was told before.
class snapshot_worker : public Napi::AsyncWorker {
public:
  // Without `links` the snapshot is taken by /proc and sock_diag. `owner` is kept from being
  // collected; `catch_up` makes it deliver the events that wait.
  snapshot_worker(Napi::Object owner, std::function<void()> catch_up,
                  std::shared_ptr<const core::iterator_links> links,
                  std::shared_ptr<const core::ring_buffer> ring,
                  std::shared_ptr<core::known_sockets> known,
                  std::shared_ptr<core::known_holderless> holderless)
      : Napi::AsyncWorker(owner.Env(), "bindscope snapshot"), deferred_(owner.Env()),
        owner_(Napi::Persistent(owner)), catch_up_(std::move(catch_up)), links_(std::move(links)),
        ring_(std::move(ring)), known_(std::move(known)), holderless_(std::move(holderless)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

protected:
  void Execute() override {
    taken_ = links_ ? core::take_snapshot_by_iterators(*links_, *holderless_)
                    : core::take_snapshot_by_proc();
    if (!links_)
      known_->replace(taken_.sockets);
    links_.reset();
    if (ring_)
      ring_->wait_for(ring_->produced(), longest_lag);
    ring_.reset();
  }
  void OnOK() override {
    catch_up_();
    deferred_.Resolve(to_columns(Env(), taken_));
  }
  void OnError(const Napi::Error &error) override { deferred_.Reject(error.Value()); }

private:
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference owner_;
  std::function<void()> catch_up_;
  std::shared_ptr<const core::iterator_links> links_;
  std::shared_ptr<const core::ring_buffer> ring_;
  std::shared_ptr<core::known_sockets> known_;
  std::shared_ptr<core::known_holderless> holderless_;
  core::snapshot taken_;
};

} // namespace

Napi::Value watcher::open(const Napi::CallbackInfo &info) {
  const Napi::Function constructor =
      DefineClass(info.Env(), "NativeWatcher",
                  {InstanceMethod<&watcher::connect>("connect"),
                   InstanceMethod<&watcher::start_limited>("startLimited"),
                   InstanceMethod<&watcher::snapshot>("snapshot"),
                   InstanceMethod<&watcher::caught_up>("caughtUp"),
                   InstanceMethod<&watcher::watch_activity>("watchActivity"),
                   InstanceMethod<&watcher::read_activity>("readActivity"),
                   InstanceMethod<&watcher::close>("close")});
  return constructor.New({info[0]});
}

watcher::watcher(const Napi::CallbackInfo &info) : Napi::ObjectWrap<watcher>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject())
    throw Napi::TypeError::New(env, "openWatcher: options are wanted");
  const auto options = info[0].As<Napi::Object>();
  const Napi::Value on_events = options.Get("onEvents");
  const Napi::Value on_hangup = options.Get("onHangup");
  if (!on_events.IsFunction() || !on_hangup.IsFunction())
    throw Napi::TypeError::New(env, "openWatcher: onEvents and onHangup are to be functions");
  const Napi::Value length = options.Get("queueLength");
  queue_length_ = default_queue_length;
  if (!length.IsUndefined()) {
    if (!length.IsNumber() || length.As<Napi::Number>().Int64Value() < 1)
      throw Napi::RangeError::New(env, "openWatcher: queueLength is to be a positive number");
    queue_length_ = static_cast<std::size_t>(length.As<Napi::Number>().Int64Value());
  }
  on_events_ = Napi::Persistent(on_events.As<Napi::Function>());
  on_hangup_ = Napi::Persistent(on_hangup.As<Napi::Function>());

  const napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, Napi::String::New(env, "bindscope events"), 0, 1, nullptr, nullptr,
      this, &watcher::on_wake, &wake_);
  if (status != napi_ok)
    throw Napi::Error::New(env);
  // Hooks run last in, first out: ours before the thread-safe function's own.
  napi_add_env_cleanup_hook(env, &watcher::on_environment_end, this);
  Ref();
}

watcher::~watcher() = default;

Napi::Value watcher::connect(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  const core::helper_address address = to_address(info);
  const Napi::Promise::Deferred deferred(env);
  if (!is_open()) {
    deferred.Reject(make_error(env, "UNREACHABLE", "The watcher is closed.").Value());
    return deferred.Promise();
  }
  give_up_reaching();
  if (!session_is_limited_)
    end_session();
  reaching_ = std::make_unique<core::session>(address, queue_length_, waker());
  connecting_.emplace(deferred);
  return deferred.Promise();
}

Napi::Value watcher::start_limited(const Napi::CallbackInfo &info) {
  if (!is_open())
    throw Napi::Error::New(info.Env(), "The watcher is closed.");
  end_session();
  session_is_limited_ = true;
  std::string refusal;
  try {
    session_ = std::make_unique<core::session>(std::make_unique<core::destroy_notices>(*known_),
                                               queue_length_, waker());
  } catch (const std::system_error &error) {
    refusal = error.what();
  }
  return to_reports(info.Env(), core::limited_reports(refusal));
}

Napi::Value watcher::snapshot(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!is_open()) {
    const Napi::Promise::Deferred deferred(env);
    deferred.Reject(Napi::Error::New(env, "The watcher is closed.").Value());
    return deferred.Promise();
  }
  if (session_)
    session_->look_for_skipped();
  // Owned by itself: it is deleted after OnOK or OnError.
  auto *worker = new snapshot_worker(
      info.This().As<Napi::Object>(), [this] { catch_up(); },
      session_ ? session_->iterators() : nullptr, session_ ? session_->ring() : nullptr, known_,
      holderless_);
  worker->Queue();
  return worker->promise();
}

Napi::Value watcher::caught_up(const Napi::CallbackInfo &info) {
  auto *worker = new catch_up_worker(
      info.This().As<Napi::Object>(), [this] { catch_up(); },
      session_ ? session_->ring() : nullptr);
  worker->Queue();
  return worker->promise();
}

void watcher::catch_up() {
  if (is_open() && session_)
    deliver_news();
}

Napi::Value watcher::watch_activity(const Napi::CallbackInfo &info) {
  const std::vector<std::uint16_t> ports = to_ports(info);
  if (const auto probe = session_ ? session_->activity() : nullptr)
    probe->watch(ports);
  return info.Env().Undefined();
}

Napi::Value watcher::read_activity(const Napi::CallbackInfo &info) {
  return activity_promise(info.Env(), session_ ? session_->activity() : nullptr);
}

Napi::Value watcher::close(const Napi::CallbackInfo &info) {
  const Napi::HandleScope scope(info.Env());
  if (is_open()) {
    napi_remove_env_cleanup_hook(info.Env(), &watcher::on_environment_end, this);
    shut_down();
    Unref();
  }
  return info.Env().Undefined();
}

void watcher::on_wake(napi_env env, napi_value, void *context, void *) {
  if (env == nullptr)
    return; // the environment is being torn down
  const Napi::HandleScope scope(env);
  auto *self = static_cast<watcher *>(context);
  try {
    // Which session woke us is not told; looking at both costs nothing. The events of a helper just
    // reached wait for the next wake, so that JavaScript has heard of the helper by then.
    const bool reached = self->reaching_ && self->deliver_outcome();
    if (!reached && self->session_)
      self->deliver_news();
  } catch (const Napi::Error &error) {
    error.ThrowAsJavaScriptException();
  }
}

void watcher::on_environment_end(void *self) {
  auto *ending = static_cast<watcher *>(self);
  // JavaScript no longer runs; nobody can be told.
  ending->connecting_.reset();
  ending->shut_down();
}

bool watcher::deliver_outcome() {
  const Napi::Env env = Env();
  const auto outcome = reaching_->take_outcome();
  if (!outcome)
    return false;
  const Napi::Promise::Deferred deferred = *std::exchange(connecting_, std::nullopt);
  if (const auto *failure = std::get_if<core::helper_failure>(&*outcome)) {
    reaching_.reset();
    deferred.Reject(make_error(env, code_of(failure->why), failure->what()).Value());
    return false;
  }
  end_session();
  session_ = std::move(reaching_);
  session_is_limited_ = false;
  const auto &connected = std::get<core::helper_connected>(*outcome);
  Napi::Object told = Napi::Object::New(env);
  told["helperPid"] = Napi::Number::New(env, connected.helper_pid);
  told["hooks"] = to_reports(env, connected.hooks);
  told["ringBytes"] = Napi::Number::New(env, static_cast<double>(connected.ring_bytes));
  deferred.Resolve(told);
  return true;
}

void watcher::deliver_news() {
  core::session_news news = session_->take_news(std::move(recycled_));
  recycled_ = {};
  const std::uint64_t current = session_number_;
  if (news.events.count > 0 || news.missing.count > 0 || news.skipped.count > 0 ||
      news.events.missing.count > 0)
    deliver_events(news);
  recycled_ = std::move(news.events.records);
  if (!news.hung_up || current != session_number_)
    return; // the listener may have ended this session itself
  end_session();
  call(on_hangup_, {});
}

void watcher::deliver_events(const core::session_news &news) {
  const Napi::Env env = Env();
  const core::event_batch &batch = news.events;
  auto records = Napi::Uint8Array::New(env, batch.records.size());
  if (!batch.records.empty())
    std::memcpy(records.Data(), batch.records.data(), batch.records.size());
  Napi::Object object = Napi::Object::New(env);
  object["records"] = records;
  object["count"] = Napi::Number::New(env, static_cast<double>(batch.count));
  Napi::Array losses = Napi::Array::New(env);
  for (const auto &[where, missing] :
       {std::pair("kernel", news.missing), std::pair("skipped", news.skipped),
        std::pair("queue", batch.missing)})
    if (missing.count > 0)
      losses[losses.Length()] = to_loss(env, where, missing);
  object["losses"] = losses;
  call(on_events_, {object});
}

void watcher::call(const Napi::FunctionReference &listener,
                   std::initializer_list<napi_value> arguments) {
  try {
    listener.Call(arguments);
  } catch (const Napi::Error &error) {
    napi_fatal_exception(Env(), error.Value());
  }
}

std::function<void()> watcher::waker() {
  // The session is joined before the function is released, so the handle outlives every call.
  return [wake = wake_] { napi_call_threadsafe_function(wake, nullptr, napi_tsfn_nonblocking); };
}

void watcher::end_session() {
  session_.reset();
  session_number_++;
}

void watcher::give_up_reaching() {
  reaching_.reset();
  if (const auto deferred = std::exchange(connecting_, std::nullopt))
    deferred->Reject(
        make_error(Env(), "UNREACHABLE", "Given up for another request or at the end.").Value());
}

void watcher::shut_down() {
  give_up_reaching();
  end_session();
  napi_release_threadsafe_function(std::exchange(wake_, nullptr), napi_tsfn_abort);
  on_events_.Reset();
  on_hangup_.Reset();
}

} // namespace bindscope::addon
