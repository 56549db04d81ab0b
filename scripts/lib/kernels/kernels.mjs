/**
 * @typedef {object} Kernel One of Debian's.
 * @property {string} name As `--kernel` takes it.
 * @property {readonly (readonly [archive: string, suite: string])[]} suites Where its packages are.
 * @property {RegExp} image Names of its packages, any build of it.
 * @property {(image: string) => string[]} others Packages of the same build that hold its modules.
 */

/** @param {string} suite @returns {readonly [string, string]} */
const main = (suite) => ['debian', suite];
/** @param {string} suite @returns {readonly [string, string]} */
const security = (suite) => ['debian-security', `${suite}-security`];

/** @type {readonly Kernel[]} Oldest first. */
export const kernels = [
  {
    name: '5.10',
    suites: [main('bullseye'), security('bullseye')],
    image: /^linux-image-5\.10\.0-\d+-amd64$/,
    others: () => [],
  },
  {
    name: '6.1',
    suites: [main('bookworm'), security('bookworm')],
    image: /^linux-image-6\.1\.0-\d+-amd64$/,
    others: () => [],
  },
  {
    name: '6.12',
    suites: [main('bookworm-backports'), security('bookworm')],
    image: /^linux-image-6\.12\.[\d.]+\+deb12[\d.]*-amd64$/,
    others: () => [],
  },
  {
    name: '7.x',
    suites: [main('trixie-backports')],
    image: /^linux-binary-7\.[\d.]+\+deb13[\d.]*-amd64$/,
    others: (image) => [image.replace('linux-binary-', 'linux-modules-')],
  },
];

/** The kernel that runs already; needs root and no boot. */
export const hostName = 'host';

/** What a running system would load; the guest (e2e/kernels/init) has nobody who does it. */
export const modules = [
  'inet_diag',
  'tcp_diag',
  'udp_diag',
  'crc32c_generic',
  'libcrc32c',
  'udp_tunnel',
  'ip6_udp_tunnel',
  'sctp',
];
