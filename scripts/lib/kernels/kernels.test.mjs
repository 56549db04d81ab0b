import { expect, test } from 'vitest';
import { kernels } from './kernels.mjs';

/** @param {string} name @returns {string[]} Which kernels take a package of this name. */
const takers = (name) => kernels.filter(({ image }) => image.test(name)).map((kernel) => kernel.name);

test('each build of a kernel is taken for that kernel', () => {
  expect(takers('linux-image-5.10.0-46-amd64')).toEqual(['5.10']);
  expect(takers('linux-image-6.1.0-56-amd64')).toEqual(['6.1']);
  expect(takers('linux-image-6.12.117+deb12-amd64')).toEqual(['6.12']);
  expect(takers('linux-image-6.12.90+deb12.1-amd64')).toEqual(['6.12']);
  expect(takers('linux-binary-7.3.4+deb13-amd64')).toEqual(['7.x']);
});

test.each([
  'linux-image-6.1.0-0.deb11.52-amd64',
  'linux-image-6.1.0-56-cloud-amd64',
  'linux-image-6.1.0-56-rt-amd64',
  'linux-image-6.1.0-56-amd64-unsigned',
  'linux-image-6.12-amd64',
  'linux-image-6.12.117+deb12-amd64-dbg',
  'linux-binary-6.19.14+deb13-amd64',
  'linux-binary-7.3.4+deb13-cloud-amd64',
  'linux-image-7.3.4+deb13-amd64',
])('%s, another variant or an empty package, is not taken', (name) => {
  expect(takers(name)).toEqual([]);
});

test('modules come from packages of the same build', () => {
  const newest = kernels.at(-1);
  expect(newest?.others('linux-binary-7.3.4+deb13-amd64')).toEqual(['linux-modules-7.3.4+deb13-amd64']);
});
