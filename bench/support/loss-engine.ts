// The engine of the loss bench, in a process of its own: the pipeline as production runs it, with a window that keeps up.
import { MessageChannel, Worker } from 'node:worker_threads';
import { WindowMessage } from '../../contract/index.js';
import { Pipeline } from '../../discovery/pipeline.js';
import { readHostFacts, readOwnNetworkNamespace } from '../../native/host-facts.js';
import { loadAddon } from '../../native/index.js';
import { createProcessInspector } from '../../native/inspect/process-inspector.js';
import { createKernelSource } from '../../native/kernel-source.js';
import { createUserNames } from '../../native/user-names.js';
import { addonPath, helperPath } from './paths.js';
import { quantile } from './stats.js';

/** What the engine saw, as it tells it when it is asked to stop. */
export interface LossReport {
  readonly bound: number;
  readonly closed: number;
  /** Events of all other processes. */
  readonly others: number;
  readonly lost: { readonly kernel: number; readonly queue: number };
  /** From bind() in the kernel to the event in the pipeline, in milliseconds. */
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly most: number };
  readonly cpuSeconds: number;
  readonly residentMiB: number;
}

/** Takes what a window is sent, and acknowledges it, as a renderer does. */
const windowThread = `
  const { parentPort } = require('node:worker_threads');
  parentPort.once('message', (port) => {
    port.on('message', ({ type, id }) => { if (type === 'batch') port.postMessage({ type: 'ack', id }); });
  });`;

/** Runs until the parent process tells a PID; then tells it a {@link LossReport} of that process. */
export const runEngine = async (): Promise<void> => {
  const pipeline = new Pipeline({
    source: createKernelSource({ addon: loadAddon(addonPath), helperPath }),
    timers: {
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    settings: { criteria: [], pollIntervalMs: 5000, showOwnProcesses: false, countPortsAsBeyla: false },
    activity: true,
    host: readHostFacts(),
    ownPids: [process.pid],
    ownNetworkNamespace: readOwnNetworkNamespace(),
    userName: createUserNames(),
    inspector: createProcessInspector(),
    notice: (level, message) => process.stderr.write(`${level}: ${message}\n`),
  });
  const bound = new Map<number, number[]>();
  const closed = new Map<number, number>();
  let all = 0;
  pipeline.observe((events) => {
    const now = pipeline.clocks().wall;
    for (const event of events) {
      if (event.source !== 'ebpf') continue;
      all += 1;
      if (event.name !== 'socket.closed' && event.name !== 'socket.bound') continue;
      const pid = event.process?.pid ?? 0;
      if (event.name === 'socket.closed') {
        closed.set(pid, (closed.get(pid) ?? 0) + 1);
        continue;
      }
      const delayMs = Number(now - event.time) / 1e6;
      const delays = bound.get(pid);
      if (delays === undefined) bound.set(pid, [delayMs]);
      else delays.push(delayMs);
    }
  });
  await pipeline.start();
  await pipeline.polledOnce;
  const { reason, helper } = pipeline.status();
  if (helper !== 'connected')
    throw new Error(`the bench needs the privileged helper: run it as root. ${reason ?? ''}`);

  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(windowThread, { eval: true });
  worker.postMessage(port2, [port2]);
  const window = pipeline.openWindow((message) => {
    port1.postMessage(message);
  });
  port1.on('message', (data) => {
    window.receive(WindowMessage.parse(data));
  });

  const before = process.cpuUsage();
  process.send?.('ready');
  process.once('message', (pid: number) => {
    const { user, system } = process.cpuUsage(before);
    const delays = bound.get(pid) ?? [];
    const ended = closed.get(pid) ?? 0;
    const report: LossReport = {
      bound: delays.length,
      closed: ended,
      others: all - delays.length - ended,
      lost: pipeline.status().lost,
      delayMs: {
        p50: quantile(delays, 0.5),
        p99: quantile(delays, 0.99),
        most: delays.reduce((left, right) => Math.max(left, right), 0),
      },
      cpuSeconds: (user + system) / 1e6,
      residentMiB: process.memoryUsage.rss() / 1024 / 1024,
    };
    process.send?.(report, () => {
      pipeline.close();
      process.exit(0);
    });
  });
};
