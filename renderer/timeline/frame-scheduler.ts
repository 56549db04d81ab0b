/** Browser functions that the scheduler needs; a test gives its own. */
export interface FrameHost {
  requestFrame(callback: () => void): number;
  cancelFrame(handle: number): void;
  setTimer(callback: () => void, ms: number): number;
  clearTimer(handle: number): void;
}

export const browserFrames: FrameHost = {
  requestFrame: (callback) => requestAnimationFrame(callback),
  cancelFrame: (handle) => cancelAnimationFrame(handle),
  setTimer: (callback, ms) => window.setTimeout(callback, ms),
  clearTimer: (handle) => window.clearTimeout(handle),
};

/**
 * The one place that asks for animation frames. It draws when something was requested and at no
 * other time; `draw` returns in how many ms the picture changes by itself (Infinity: never), and
 * until then nothing runs. A hidden window gets no frames, so it draws nothing.
 */
export class FrameScheduler {
  private frame: number | null = null;
  private timer: number | null = null;

  constructor(
    private readonly draw: () => number,
    private readonly host: FrameHost = browserFrames,
  ) {}

  request(): void {
    if (this.frame !== null) return;
    this.clearTimer();
    this.frame = this.host.requestFrame(() => {
      this.frame = null;
      const next = this.draw();
      // Drawing may have led to a request of its own.
      if (next !== Infinity && !this.requested()) {
        this.timer = this.host.setTimer(() => {
          this.timer = null;
          this.request();
        }, next);
      }
    });
  }

  stop(): void {
    if (this.frame !== null) this.host.cancelFrame(this.frame);
    this.frame = null;
    this.clearTimer();
  }

  private requested(): boolean {
    return this.frame !== null;
  }

  private clearTimer(): void {
    if (this.timer !== null) this.host.clearTimer(this.timer);
    this.timer = null;
  }
}
