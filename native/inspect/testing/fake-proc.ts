import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that looks like /proc for the processes that a test puts into it. */
export class FakeProc {
  readonly root = mkdtempSync(join(tmpdir(), 'bindscope-proc-'));

  /** `startTime` in boot-clock nanoseconds; `exe` null leaves the link out. */
  add(pid: number, { startTime, exe, cgroup }: { startTime: bigint; exe?: string; cgroup?: string }): void {
    const folder = join(this.root, String(pid));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const ticks = startTime / 10_000_000n;
    const fields = ['S', ...Array.from({ length: 18 }, () => '0'), String(ticks), '0', '0'];
    writeFileSync(join(folder, 'stat'), `${String(pid)} (a) b) ${fields.join(' ')}\n`);
    if (exe !== undefined) symlinkSync(exe, join(folder, 'exe'));
    if (cgroup !== undefined) writeFileSync(join(folder, 'cgroup'), cgroup);
  }

  remove(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true, force: true });
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
