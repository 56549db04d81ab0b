// SPDX-License-Identifier: Apache-2.0
#include "napi/activity.h"

#include <utility>

namespace bindscope::addon {

namespace {

// `ActivityReading` of contract/activity.ts.
Napi::Object to_reading(Napi::Env env, const core::activity_reading &reading) {
  Napi::Array ports = Napi::Array::New(env, reading.ports.size());
  for (std::size_t i = 0; i < reading.ports.size(); i++) {
    const core::port_activity &counted = reading.ports[i];
    Napi::Object port = Napi::Object::New(env);
    port["port"] = Napi::Number::New(env, counted.port);
    port["networkNamespace"] = Napi::Number::New(env, counted.netns);
    port["accepted"] = Napi::BigInt::New(env, std::uint64_t{counted.counts.accepted});
    port["closed"] = Napi::BigInt::New(env, std::uint64_t{counted.counts.closed});
    port["bytesIn"] = Napi::BigInt::New(env, std::uint64_t{counted.counts.bytes_in});
    port["bytesOut"] = Napi::BigInt::New(env, std::uint64_t{counted.counts.bytes_out});
    ports[static_cast<std::uint32_t>(i)] = port;
  }
  Napi::Object object = Napi::Object::New(env);
  object["at"] = Napi::BigInt::New(env, reading.at);
  object["ports"] = ports;
  return object;
}

// Touches nothing of the watcher, which may be closed before it ends.
class activity_worker : public Napi::AsyncWorker {
public:
  activity_worker(Napi::Env env, std::shared_ptr<const core::activity_probe> probe)
      : Napi::AsyncWorker(env, "bindscope activity"), deferred_(env), probe_(std::move(probe)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

protected:
  void Execute() override {
    reading_ = probe_->read();
    probe_.reset();
  }
  void OnOK() override { deferred_.Resolve(to_reading(Env(), reading_)); }
  void OnError(const Napi::Error &error) override { deferred_.Reject(error.Value()); }

private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<const core::activity_probe> probe_;
  core::activity_reading reading_;
};

} // namespace

std::vector<std::uint16_t> to_ports(const Napi::CallbackInfo &info) {
  if (!info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint16_array)
    throw Napi::TypeError::New(info.Env(), "watchActivity: ports are to be a Uint16Array");
  const auto ports = info[0].As<Napi::Uint16Array>();
  return {ports.Data(), ports.Data() + ports.ElementLength()};
}

Napi::Promise activity_promise(Napi::Env env, std::shared_ptr<const core::activity_probe> probe) {
  if (!probe) {
    const Napi::Promise::Deferred deferred(env);
    deferred.Resolve(env.Null());
    return deferred.Promise();
  }
  // Owned by itself: it is deleted after OnOK or OnError.
  auto *worker = new activity_worker(env, std::move(probe));
  worker->Queue();
  return worker->promise();
}

} // namespace bindscope::addon
