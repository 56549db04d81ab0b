import { describe, expect, it } from 'vitest';
import { VirtualTime } from './virtual-time.js';

describe('virtual time', () => {
  it('runs what is due in the order of its moments, and of its making within one', async () => {
    const time = new VirtualTime(0n);
    const ran: string[] = [];
    time.after(2, () => ran.push(`b ${String(time.now)}`));
    time.after(1, () => {
      ran.push(`a ${String(time.now)}`);
      time.after(1, () => ran.push(`d ${String(time.now)}`));
    });
    time.after(2, () => ran.push(`c ${String(time.now)}`));
    time.after(9, () => ran.push('never'));
    await time.runUntil(5_000_000n);
    expect(ran).toEqual(['a 1000000', 'b 2000000', 'c 2000000', 'd 2000000']);
    expect(time.now).toBe(5_000_000n);
    expect(time.pending).toBe(1);
  });

  it('does not run what was cancelled, and never goes back', async () => {
    const time = new VirtualTime(10n);
    let ran = false;
    time.after(1, () => (ran = true))();
    await time.runUntil(5n);
    expect(time.now).toBe(10n);
    await time.advance(5);
    expect(ran).toBe(false);
  });
});
