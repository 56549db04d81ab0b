// SPDX-License-Identifier: Apache-2.0
#include "napi/snapshot_columns.h"

#include <cstring>

namespace bindscope::addon {

namespace {

template <typename Value>
Napi::TypedArrayOf<Value> copy(Napi::Env env, const std::vector<Value> &column) {
  auto array = Napi::TypedArrayOf<Value>::New(env, column.size());
  if (!column.empty())
    std::memcpy(array.Data(), column.data(), column.size() * sizeof(Value));
  return array;
}

// Offsets into the common text, in which this column's bytes begin at `base`.
Napi::Uint32Array offsets(Napi::Env env, const core::string_column &column, std::size_t base) {
  auto array = Napi::Uint32Array::New(env, column.offsets.size());
  std::uint32_t *out = array.Data();
  for (const std::uint32_t offset : column.offsets)
    *out++ = static_cast<std::uint32_t>(base) + offset;
  return array;
}

Napi::Object processes(Napi::Env env, const core::process_columns &columns) {
  const std::string &name = columns.name.bytes;
  const std::string &executable = columns.executable.bytes;
  const std::string &args = columns.args.bytes;
  auto text = Napi::Uint8Array::New(env, name.size() + executable.size() + args.size());
  std::uint8_t *out = text.Data();
  for (const std::string *bytes : {&name, &executable, &args}) {
    std::copy(bytes->begin(), bytes->end(), out);
    out += bytes->size();
  }

  Napi::Object object = Napi::Object::New(env);
  object["length"] = Napi::Number::New(env, static_cast<double>(columns.pid.size()));
  object["pid"] = copy(env, columns.pid);
  object["parentPid"] = copy(env, columns.parent);
  object["uid"] = copy(env, columns.uid);
  object["startTime"] = copy(env, columns.start_time);
  object["cgroupId"] = copy(env, columns.cgroup);
  object["networkNamespace"] = copy(env, columns.netns);
  object["argsLength"] = copy(env, columns.args_length);
  object["executableKnown"] = copy(env, columns.executable_known);
  object["executableDevice"] = copy(env, columns.executable_device);
  object["executableInode"] = copy(env, columns.executable_inode);
  object["text"] = text;
  object["name"] = offsets(env, columns.name, 0);
  object["executable"] = offsets(env, columns.executable, name.size());
  object["args"] = offsets(env, columns.args, name.size() + executable.size());
  return object;
}

Napi::Object sockets(Napi::Env env, const core::socket_columns &columns) {
  auto address = Napi::Uint8Array::New(env, columns.address.size() * 16);
  if (!columns.address.empty())
    std::memcpy(address.Data(), columns.address.data(), columns.address.size() * 16);

  Napi::Object object = Napi::Object::New(env);
  object["length"] = Napi::Number::New(env, static_cast<double>(columns.pid.size()));
  object["pid"] = copy(env, columns.pid);
  object["cookie"] = copy(env, columns.cookie);
  object["inode"] = copy(env, columns.inode);
  object["uid"] = copy(env, columns.uid);
  object["networkNamespace"] = copy(env, columns.netns);
  object["family"] = copy(env, columns.family);
  object["protocol"] = copy(env, columns.protocol);
  object["state"] = copy(env, columns.state);
  object["port"] = copy(env, columns.port);
  object["address"] = address;
  return object;
}

} // namespace

Napi::Object to_columns(Napi::Env env, const core::snapshot &taken) {
  Napi::Object object = Napi::Object::New(env);
  object["source"] =
      Napi::String::New(env, taken.source == core::snapshot_source::iterators ? "iter" : "proc");
  object["startedAt"] = Napi::BigInt::New(env, taken.started_at);
  object["finishedAt"] = Napi::BigInt::New(env, taken.finished_at);
  object["processes"] = processes(env, taken.processes);
  object["sockets"] = sockets(env, taken.sockets);
  return object;
}

} // namespace bindscope::addon
