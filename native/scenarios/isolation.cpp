// SPDX-License-Identifier: Apache-2.0
//
// Other namespaces: of the network alone, and all those of a container.
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "helper/mountinfo.h"
#include "roles.h"
#include "scenarios.h"
#include "servers.h"

namespace bindscope::scenarios {

namespace {

// Loopback addresses can be bound to once the device is up.
void raise_loopback() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq device{};
  std::strcpy(device.ifr_name, "lo");
  device.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(fd, SIOCSIFFLAGS, &device) != 0)
    throw_errno("the loopback device");
  ::close(fd);
}

void serve_in_a_network_namespace(stage &on) {
  const gate seen;
  on.start("server", [&](performer &me) {
    // Stays in the namespace where it was made, wherever its process goes.
    const int outside = me.socket(tcp4);
    me.must_bind(outside, tcp4);
    me.knows("outside", outside);
    if (::unshare(CLONE_NEWNET) != 0)
      throw_errno("unshare");
    raise_loopback();
    me.introduce();
    const std::vector<int> inside = serve_everywhere(me);
    me.must_listen(outside);
    me.reached("listening");
    seen.wait();
    close_all(inside);
    ::close(outside);
  });
  on.until("listening");
  on.expect(on.socket(tcp4.name).netns != on.socket("outside").netns, "scenario",
            "both sockets are in one network namespace");
  on.look();
  held_everywhere(on, {"server"});
  on.held("outside", {"server"}, state_listen);
  on.shown("server");
  seen.open();
  on.wait_for("server");
  lived_everywhere(on);
  on.told("outside", {BS_BOUND, BS_LISTENING, BS_CLOSED});
}

// A cgroup below the root of the hierarchy; none where there is no hierarchy.
class own_cgroup {
public:
  own_cgroup() {
    std::ifstream mounts("/proc/self/mountinfo");
    for (const helper::mount_entry &one : helper::parse_mountinfo(mounts))
      if (one.type == "cgroup2" && one.root == "/")
        path_ = one.point + "/bindscope-scenario-" + std::to_string(::getpid());
    if (!path_.empty() && ::mkdir(path_.c_str(), 0755) != 0)
      throw_errno("a cgroup");
  }
  ~own_cgroup() {
    if (!path_.empty())
      ::rmdir(path_.c_str());
  }
  own_cgroup(const own_cgroup &) = delete;
  own_cgroup &operator=(const own_cgroup &) = delete;

  // The calling process, and its children to come.
  void enter() const {
    if (!path_.empty())
      std::ofstream(path_ + "/cgroup.procs") << ::getpid() << std::endl;
  }

private:
  std::string path_;
};

// A root of its own with this program and /proc in it, entered as container runtimes do.
void enter_own_root(const std::string &root) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", root.c_str(), "tmpfs", 0, nullptr) != 0)
    throw_errno("a root");
  for (const char *folder : {"/app", "/proc", "/old"})
    ::mkdir((root + folder).c_str(), 0755);
  copy_own_program(root + "/app/server");
  if (::mount("proc", (root + "/proc").c_str(), "proc", 0, nullptr) != 0)
    throw_errno("/proc");
  if (::syscall(SYS_pivot_root, root.c_str(), (root + "/old").c_str()) != 0)
    throw_errno("pivot_root");
  if (::chdir("/") != 0 || ::umount2("/old", MNT_DETACH) != 0)
    throw_errno("the old root");
}

void serve_in_a_container(stage &on) {
  const own_cgroup cgroup;
  char root[] = "/tmp/bindscope-root-XXXXXX";
  if (::mkdtemp(root) == nullptr)
    throw_errno("mkdtemp");
  const gate end;
  end.inherit();
  on.start("runtime", [&](performer &me) {
    cgroup.enter();
    // A pivot_root wants a root that is a mount: that of an initramfs is not.
    if (::unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC) != 0)
      throw_errno("unshare");
    raise_loopback();
    me.introduce();
    me.wait_for(me.fork([&](performer &first) {
      enter_own_root(root);
      first.become("/app/server", "serve", {std::to_string(end.fd())});
    }));
  });
  on.until("serving");
  on.name_child("container");
  on.told_exec("container");
  on.look();
  held_everywhere(on, {"container"});
  on.shown("container");
  end.open();
  on.wait_for("runtime");
  ::rmdir(root);
  lived_everywhere(on);
}

} // namespace

const std::vector<scenario> isolation = {
    {"network-namespace", serve_in_a_network_namespace},
    {"container", serve_in_a_container},
};

} // namespace bindscope::scenarios
