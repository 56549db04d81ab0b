import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerOf, parseCgroup, unitOf } from './cgroup-path.js';

const ID = '3f4a9c1de5b60718293a4b5c6d7e8f900112233445566778899aabbccddeeff0';
const OTHER = ID.replaceAll('3', '4');
const POD = 'pod0f2d6a1e-8c1b-4f0e-9a51-7d1f0c6a2b33';
const POD_SLICE = `kubepods-burstable-${POD.replaceAll('-', '_')}.slice`;
const USER = '/user.slice/user-1000.slice/user@1000.service';

describe('the path of a process', () => {
  it.each([
    ['of a machine with v2 alone', '0::/system.slice/nginx.service\n', '/system.slice/nginx.service'],
    ['in the root', '0::/\n', '/'],
    [
      'of a hybrid machine: v2 is used by systemd',
      '12:pids:/system.slice/a.service\n1:name=systemd:/system.slice/a.service\n0::/system.slice/a.service\n',
      '/system.slice/a.service',
    ],
    [
      'of a machine with the first version, where v2 is mounted and not used',
      '9:name=systemd:/system.slice/a.service\n8:pids:/\n0::/\n',
      '/system.slice/a.service',
    ],
    ['of a machine without v2', `2:cpu:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`, `/docker/${ID}`],
    ['with colons in it', '0::/a.slice/b:cri-containerd:c\n', '/a.slice/b:cri-containerd:c'],
    ['of a cgroup that was removed', '0::/system.slice/a.service (deleted)\n', '/system.slice/a.service'],
  ])('%s', (_what, text, path) => {
    expect(parseCgroup(text)).toBe(path);
  });

  it.each([[''], ['nonsense\n'], ['0::relative\n'], ['4:memory:/a\n']])('is none in %j', (text) => {
    expect(parseCgroup(text)).toBeNull();
  });
});

describe('the unit is the innermost service or scope', () => {
  it.each([
    ['/system.slice/nginx.service', 'nginx.service'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1.service'],
    ['/system.slice/docker.service/workers/a', 'docker.service'],
    [`${USER}/app.slice/pipewire.service`, 'pipewire.service'],
    [`${USER}/app.slice/app-gnome-org.gnome.Terminal-2811.scope`, 'app-gnome-org.gnome.Terminal-2811.scope'],
    [`${USER}/init.scope`, 'init.scope'],
    ['/user.slice/user-1000.slice/session-3.scope', 'session-3.scope'],
    ['/init.scope', 'init.scope'],
    [`/system.slice/docker-${ID}.scope`, `docker-${ID}.scope`],
    ['/system.slice/my\\x2dapp.service', 'my-app.service'],
    ['/system.slice/caf\\xc3\\xa9.service', 'café.service'],
    ['/system.slice/_cpu.service', 'cpu.service'],
    ['/', null],
    ['/user.slice', null],
    [`/docker/${ID}`, null],
    ['/.service/.scope', null],
  ])('%s: %s', (path, unit) => {
    expect(unitOf(path)).toBe(unit);
  });
});

describe('containers by the shapes of their paths', () => {
  it.each([
    ['Docker, systemd driver', `/system.slice/docker-${ID}.scope`, 'docker', ID],
    ['Docker, cgroupfs driver', `/docker/${ID}`, 'docker', ID],
    ['Docker, rootless', `${USER}/user.slice/docker-${ID}.scope`, 'docker', ID],
    ['Docker, a cgroup inside', `/system.slice/docker-${ID}.scope/init.scope`, 'docker', ID],
    ['Docker in Docker: the inner one', `/docker/${OTHER}/docker/${ID}`, 'docker', ID],
    ['Podman', `/machine.slice/libpod-${ID}.scope`, 'podman', ID],
    ['Podman, its own cgroup inside', `/machine.slice/libpod-${ID}.scope/container`, 'podman', ID],
    ['Podman, rootless', `${USER}/user.slice/libpod-${ID}.scope/container`, 'podman', ID],
    ['Podman, cgroupfs', `/libpod_parent/libpod-${ID}`, 'podman', ID],
    ['Podman in a pod', `/machine.slice/machine-libpod_pod_${OTHER}.slice/libpod-${ID}.scope`, 'podman', ID],
    ['Podman, split cgroups of a unit', `/system.slice/web.service/libpod-payload-${ID}`, 'podman', ID],
    [
      'CRI-O, systemd driver',
      `/kubepods.slice/kubepods-burstable.slice/${POD_SLICE}/crio-${ID}.scope`,
      'cri-o',
      ID,
    ],
    ['CRI-O, cgroupfs driver', `/kubepods/burstable/${POD}/crio-${ID}`, 'cri-o', ID],
    [
      'containerd, systemd driver',
      `/kubepods.slice/kubepods-burstable.slice/${POD_SLICE}/cri-containerd-${ID}.scope`,
      'containerd',
      ID,
    ],
    ['containerd, cgroupfs driver', `/kubepods/burstable/${POD}/${ID}`, 'containerd', ID],
    ['containerd, guaranteed pod', `/kubepods/${POD}/${ID}`, 'containerd', ID],
    [
      'containerd, systemd cgroup names under cgroupfs',
      `/system.slice/containerd.service/${POD_SLICE}:cri-containerd:${ID}`,
      'containerd',
      ID,
    ],
    [
      'kubelet in a container (kind)',
      `/docker/${OTHER}/kubelet/kubepods/besteffort/${POD}/${ID}`,
      'containerd',
      ID,
    ],
    ['nerdctl', `/system.slice/nerdctl-${ID}.scope`, 'containerd', ID],
    ['LXC', '/lxc.payload.web/system.slice/nginx.service', 'lxc', 'web'],
    ['LXC, first version', '/lxc/web', 'lxc', 'web'],
    ['Proxmox', '/lxc/101/ns/system.slice/nginx.service', 'lxc', '101'],
    ['libvirt’s LXC', '/machine.slice/machine-lxc\\x2d4321\\x2dweb.scope', 'lxc', 'web'],
    [
      'systemd-nspawn as a service',
      '/machine.slice/systemd-nspawn@web.service/payload',
      'systemd-nspawn',
      'web',
    ],
    [
      'systemd-nspawn from a shell',
      '/machine.slice/machine-my\\x2dweb.scope/payload',
      'systemd-nspawn',
      'my-web',
    ],
  ])('%s', (_what, path, runtime, id) => {
    expect(containerOf(path)).toEqual({ runtime, id });
  });

  it.each([
    ['the root', '/'],
    ['a service', '/system.slice/docker.service'],
    ['Podman’s monitor', `/machine.slice/libpod-conmon-${ID}.scope`],
    ['CRI-O’s monitor', `/kubepods.slice/crio-conmon-${ID}.scope`],
    ['LXC’s monitor', '/lxc.monitor.web'],
    ['a pod without a container', `/kubepods.slice/kubepods-burstable.slice/${POD_SLICE}`],
    ['a virtual machine', '/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/emulator'],
    ['an id that is cut', `/docker/${ID.slice(1)}`],
    ['64 digits that nobody explains', `/user.slice/${ID}`],
    ['a name that only begins like one', `/system.slice/docker-${ID}.scope.bak`],
  ])('%s is none', (_what, path) => {
    expect(containerOf(path)).toBeNull();
  });
});

it('no text is too odd', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const parsed = parseCgroup(`0::/${text}`);
      for (const path of [text, parsed ?? '']) {
        unitOf(path);
        containerOf(path);
      }
    }),
  );
});
