/** The container that a cgroup's path tells of. */
export interface ContainerPlace {
  readonly id: string;
  readonly runtime: string;
}

const DELETED = ' (deleted)';

/**
 * The path of a process by its /proc/PID/cgroup: in the v2 tree; where that is not used (its root),
 * in the tree named systemd. Null where there is neither.
 */
export const parseCgroup = (text: string): string | null => {
  let unified: string | null = null;
  let systemd: string | null = null;
  for (const line of text.split('\n')) {
    // HIERARCHY:CONTROLLERS:PATH, and a path may hold colons.
    const [, hierarchy, controllers, told] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (told === undefined) continue;
    const path = told.endsWith(DELETED) ? told.slice(0, -DELETED.length) : told;
    if (hierarchy === '0' && controllers === '') unified = path;
    else if (controllers === 'name=systemd') systemd = path;
  }
  return unified === null || unified === '/' ? (systemd ?? unified) : unified;
};

/** systemd writes bytes that a name may not hold as \xNN. */
const unescape = (name: string): string => {
  if (!name.includes('\\x')) return name;
  const bytes = name.replaceAll(/\\x([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return /[^\0-\xff]/.test(bytes) ? name : Buffer.from(bytes, 'latin1').toString('utf8');
};

/** The innermost service or scope, by its name as systemctl shows it, unescaped. Null: none. */
export const unitOf = (path: string): string | null => {
  const unit = path
    .split('/')
    .findLast(
      (part) =>
        (part.endsWith('.service') && part !== '.service') || (part.endsWith('.scope') && part !== '.scope'),
    );
  // A leading underscore keeps a unit's cgroup apart from the kernel's own files.
  return unit === undefined ? null : unescape(unit.startsWith('_') ? unit.slice(1) : unit);
};

const ID = '([0-9a-f]{64})';

/** Names of cgroups, by what makes them. `conmon` and `monitor` cgroups hold the runtime, not the container. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^docker-${ID}\\.scope$`), 'docker'],
  [new RegExp(`^libpod-(?:payload-)?${ID}(?:\\.scope)?$`), 'podman'],
  [new RegExp(`^crio-${ID}(?:\\.scope)?$`), 'cri-o'],
  [new RegExp(`^cri-containerd-${ID}\\.scope$`), 'containerd'],
  [new RegExp(`^nerdctl-${ID}\\.scope$`), 'containerd'],
  [new RegExp(`^[^:]+:cri-containerd:${ID}$`), 'containerd'],
  [/^lxc\.payload\.(.+)$/, 'lxc'],
  [/^systemd-nspawn@(.+)\.service$/, 'systemd-nspawn'],
];

const BARE = new RegExp(`^${ID}$`);
/** systemd-machined names the scopes of all it knows so; those of libvirt's virtual machines are none of ours. */
const MACHINE = /^machine-(?!qemu-|lxc-|libpod_pod_)(.+)\.scope$/;
const LIBVIRT_LXC = /^machine-lxc-(?:\d+-)?(.+)\.scope$/;

const shapeOf = (part: string, parents: readonly string[]): ContainerPlace | null => {
  for (const [shape, runtime] of shapes) {
    const id = shape.exec(part)?.[1];
    if (id !== undefined) return { id: unescape(id), runtime };
  }
  const parent = parents.at(-1);
  if (BARE.test(part)) {
    if (parent === 'docker') return { id: part, runtime: 'docker' };
    // The kubelet's own tree, with a pod between: only containerd leaves its ids bare there.
    if (parents.some((one) => one.startsWith('kubepods')) && parent?.includes('pod') === true) {
      return { id: part, runtime: 'containerd' };
    }
    return null;
  }
  // The first version's tree of LXC; `lxc.monitor` and the like have a name of their own.
  if (parents.length === 1 && parent === 'lxc') return { id: part, runtime: 'lxc' };
  const name = unescape(part);
  const machine = MACHINE.exec(name)?.[1];
  if (machine !== undefined) return { id: machine, runtime: 'systemd-nspawn' };
  const libvirt = LIBVIRT_LXC.exec(name)?.[1];
  return libvirt === undefined ? null : { id: libvirt, runtime: 'lxc' };
};

/** The innermost container that the names in a path tell of. Null: none. */
export const containerOf = (path: string): ContainerPlace | null => {
  const parts = path.split('/').filter((part) => part !== '');
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    const found = shapeOf(parts[index] ?? '', parts.slice(0, index));
    if (found !== null) return found;
  }
  return null;
};
