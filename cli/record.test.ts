import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedKernel } from '../discovery/testing/scripted-kernel.js';
import { VirtualTime } from '../discovery/testing/virtual-time.js';
import { Output } from './output.js';
import { runProgram } from './program.js';
import { RecordingFile } from './recording-file.js';
import { plain } from './terminal-text.js';
import { Capture } from './testing/capture.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-record-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Run {
  out: Capture;
  err: Capture;
  kernel: ScriptedKernel;
  stop: AbortController;
  code: Promise<number>;
}

const run = (...args: string[]): Run => {
  const [out, err, stop] = [new Capture(), new Capture(), new AbortController()];
  const kernel = new ScriptedKernel(new VirtualTime());
  const code = runProgram(args, {
    version: '1.2.3',
    openSource: () => kernel,
    output: new Output(out, err),
    environment: {},
    paint: plain,
    signal: stop.signal,
  });
  return { out, err, kernel, stop, code };
};

const moment = (ms = 50): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('watch --record FILE', () => {
  it('writes everything while it watches, header first; criteria select only what is shown', async () => {
    const path = join(folder, 'r.ndjson');
    const { out, err, kernel, stop, code } = run('watch', '--ndjson', '--open-port', '80', '--record', path);
    await moment();
    kernel.serve(kernel.fork(7, { args: ['a', '--token', 'abc'] }), 80);
    kernel.serve(kernel.fork(8), 81);
    await moment();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      recording: { version: 1, program: '1.2.3', redacted: true, criteria: [{ enabled: true }] },
    });
    expect(lines.filter((line) => line.includes('"bpf":{"bound"'))).toHaveLength(2);
    expect(lines.join()).not.toContain('"abc"');
    expect(out.text).not.toContain('"network.local.port":81');
    stop.abort();
    expect(await code).toBe(0);
    expect(err.text).toContain(`recorded in ${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);

    const again = run('replay', path, '--ndjson', '--open-port', '80');
    expect(await again.code).toBe(0);
    const told = (text: Capture): unknown[] =>
      text.lines
        .slice(1)
        .filter(({ name }) => name !== 'poll.completed')
        .map((line) => ({ ...line, 'bindscope.seq': 0 }));
    expect(told(again.out)).toEqual(told(out));
  });

  it('does not write over a file, unless --force', async () => {
    const path = join(folder, 'r.ndjson');
    writeFileSync(path, 'before');
    const { code, err, out } = run('watch', '--record', path);
    expect(await code).toBe(2);
    expect(out.text).toBe('');
    expect(err.text).toBe(
      `error: --record ${path}: it exists already; name another file, or add --force to write over it.\n`,
    );
    expect(readFileSync(path, 'utf8')).toBe('before');
    const forced = run('watch', '--record', path, '--force', '--duration', '0.05');
    expect(await forced.code).toBe(0);
    expect(readFileSync(path, 'utf8')).toMatch(/^\{"recording":/);
  });

  it.each([
    [['watch', '--record', '/nowhere/r.ndjson'], 'its folder does not exist'],
    [['watch', '--record', '/', '--force'], 'it is a folder'],
    [['watch', '--force'], '--force is of use with --record FILE only'],
    [['watch', '--record'], 'argument missing'],
  ])('%j: exit 2 and why', async (args, words) => {
    const { code, err } = run(...args);
    expect(await code).toBe(2);
    expect(err.text).toContain(words);
    expect(err.text.trimEnd().split('\n')).toHaveLength(1);
  });

  it('a full disk ends the watch, exit 1, with what to know of the recording', async () => {
    const { code, err, kernel } = run('watch', '--ndjson', '--record', '/dev/full', '--force');
    await moment();
    kernel.serve(kernel.fork(7), 80);
    expect(await code).toBe(1);
    expect(err.text).toContain(
      'error: --record /dev/full: no space is left. What was written so far can be replayed.',
    );
  });
});

describe('a recording file', () => {
  it('keeps the order of what is written, however fast it comes', async () => {
    const path = join(folder, 'f');
    const file = new RecordingFile(path, { overwrite: false });
    const lines = Array.from({ length: 5000 }, (_, index) => `${String(index)} ${'x'.repeat(index % 500)}\n`);
    for (const [index, line] of lines.entries()) {
      file.write(line);
      if (index % 700 === 0) await moment(1);
    }
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
  });
});
