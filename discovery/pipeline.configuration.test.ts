import { describe, expect, it } from 'vitest';
import type { EngineMessage, WindowMessage } from '../contract/index.js';
import { EngineMessage as EngineMessageSchema } from '../contract/index.js';
import type { PipelineSettings } from './pipeline.js';
import { criterion, Scenario } from './testing/scenario.js';

/** What a window is answered. */
const answer = (settings: Partial<PipelineSettings>, message: WindowMessage): EngineMessage | undefined => {
  const messages: EngineMessage[] = [];
  const { pipeline } = new Scenario(settings);
  pipeline.openWindow((sent) => messages.push(sent)).receive(message);
  return EngineMessageSchema.parse(messages.at(-1));
};

describe('configurations of the window', () => {
  it('are read', () => {
    const text = 'discovery:\n  services:\n    - open_ports: 80\n';
    expect(answer({}, { type: 'read_configuration', request: 3, file: 'pasted', text })).toMatchObject({
      type: 'configuration_read',
      request: 3,
      configuration: { criteria: [{ name: 'port 80' }] },
      problems: [],
    });
  });

  it('are refused with the place', () => {
    const text = 'open_port: 0';
    expect(answer({}, { type: 'read_configuration', request: 4, file: 'pasted', text })).toEqual({
      type: 'configuration_read',
      request: 4,
      configuration: null,
      problems: [
        {
          file: 'pasted',
          line: 1,
          column: 12,
          message: 'open_port: port 0 is never bound; the lowest port is 1',
        },
      ],
    });
  });

  it('are written, with what was kept of the one that was read, and the poll interval unless it is the default', () => {
    const settings = { criteria: [criterion('80')], keptConfiguration: 'ebpf: {}\n', pollIntervalMs: 1000 };
    expect(answer(settings, { type: 'write_configuration', request: 5, form: 'beyla' })).toEqual({
      type: 'configuration_written',
      request: 5,
      text: `discovery:
  poll_interval: 1s
  services:
    - name: web
      open_ports: 80
# kept: not used by Bindscope
ebpf: {}
`,
      notes: [],
    });
    const plain = { criteria: [criterion('80')] };
    expect(answer(plain, { type: 'write_configuration', request: 6, form: 'env' })).toMatchObject({
      text: 'BEYLA_OPEN_PORT=80\n',
    });
  });
});
