/**
 * A canvas that fills its element at the device's resolution. Drawing is in CSS pixels; `snap`
 * puts a coordinate on a device pixel so that edges are crisp at any ratio.
 */
export class Surface {
  readonly context: CanvasRenderingContext2D;
  /** CSS pixels. */
  width = 0;
  height = 0;
  ratio = 1;

  constructor(readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This window cannot draw: no 2D canvas.');
    this.context = context;
  }

  /** Follows the element's size; to be called before a frame is drawn. Returns whether it changed. */
  fit(): boolean {
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    const ratio = devicePixelRatio;
    if (width === this.width && height === this.height && ratio === this.ratio) return false;
    this.width = width;
    this.height = height;
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return true;
  }

  snap(value: number): number {
    return Math.round(value * this.ratio) / this.ratio;
  }
}
