import type { MessagePortMain } from 'electron';
import { defaultRingBytes } from '../../contract/index.js';
import { Pipeline } from '../../discovery/pipeline.js';
import { ReplaySession } from '../../discovery/replay/replay-session.js';
import type { Timers } from '../../discovery/timers.js';
import { readHostFacts, readOwnNetworkNamespace } from '../../native/host-facts.js';
import { loadAddon } from '../../native/index.js';
import { createProcessInspector } from '../../native/inspect/process-inspector.js';
import { createKernelSource } from '../../native/kernel-source.js';
import { nativePaths } from '../../native/paths.js';
import { createUserNames } from '../../native/user-names.js';
import type { WindowPort } from './engine.js';
import { Engine } from './engine.js';

const { parentPort } = process;

const windowPort = (port: MessagePortMain): WindowPort => ({
  postMessage: (message) => {
    port.postMessage(message);
  },
  onMessage: (listener) => {
    port.on('message', ({ data }) => {
      listener(data);
    });
  },
  onClose: (listener) => {
    port.on('close', listener);
  },
  start: () => {
    port.start();
  },
});

const timers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

let ringBytes = defaultRingBytes;

const engine = new Engine({
  settings: (settings) => {
    ringBytes = settings.ringBytes;
  },
  createPipeline: ({ settings, ownPids, gapSince, notice }) => {
    const { addon, helper } = nativePaths(import.meta.url);
    return new Pipeline({
      source: createKernelSource({
        addon: loadAddon(addon),
        helperPath: helper,
        ringBytes: () => ringBytes,
      }),
      timers,
      settings,
      activity: true,
      host: readHostFacts(),
      ownPids: [...ownPids, process.pid],
      ownNetworkNamespace: readOwnNetworkNamespace(),
      userName: createUserNames(),
      inspector: createProcessInspector(),
      gapSince,
      notice,
    });
  },
  openReplay: (options) =>
    ReplaySession.open({
      ...options,
      realTime: {
        ...timers,
        now: () => performance.now(),
        turn: () => new Promise((resolve) => setImmediate(resolve)),
      },
    }),
  tell: (notice) => {
    parentPort.postMessage(notice);
  },
  exit: () => {
    process.exit(0);
  },
});

parentPort.on('message', ({ data, ports }) => {
  engine.receive(data, ports.map(windowPort));
});
