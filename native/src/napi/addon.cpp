// SPDX-License-Identifier: Apache-2.0
//
// `NativeAddon` of native/index.ts. Loads in any number of environments of one process.
#include <napi.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/clocks.h"
#include "napi/watcher.h"

namespace {

Napi::Value clocks(const Napi::CallbackInfo &info) {
  const bindscope::core::clock_pair now = bindscope::core::read_clocks();
  Napi::Object told = Napi::Object::New(info.Env());
  told["boot"] = Napi::BigInt::New(info.Env(), now.boot);
  told["wall"] = Napi::BigInt::New(info.Env(), now.wall);
  return told;
}

Napi::Value gains_privilege(const Napi::CallbackInfo &info) {
  if (!info[0].IsString())
    throw Napi::TypeError::New(info.Env(), "gainsPrivilege: a path is wanted");
  const std::string path = info[0].As<Napi::String>();
  struct stat file {};
  const bool gains = ::stat(path.c_str(), &file) == 0 &&
                     ((file.st_uid == 0 && (file.st_mode & S_ISUID) != 0) ||
                      ::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0);
  return Napi::Boolean::New(info.Env(), gains);
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports["openWatcher"] = Napi::Function::New<bindscope::addon::watcher::open>(env, "openWatcher");
  exports["clocks"] = Napi::Function::New<clocks>(env, "clocks");
  exports["gainsPrivilege"] = Napi::Function::New<gains_privilege>(env, "gainsPrivilege");
  return exports;
}

} // namespace

NODE_API_MODULE(bindscope, initialise)
