const size = 8;

const patterns = new WeakMap<CanvasRenderingContext2D, Map<string, CanvasPattern>>();

/** Diagonal stripes of a colour: time in which something may be missing. */
export const hatch = (
  context: CanvasRenderingContext2D,
  color: string,
  ratio: number,
): CanvasPattern | string => {
  const key = `${color} ${String(ratio)}`;
  const known = patterns.get(context)?.get(key);
  if (known !== undefined) return known;
  const tile = document.createElement('canvas');
  tile.width = size * ratio;
  tile.height = size * ratio;
  const pen = tile.getContext('2d');
  if (pen === null) return color;
  pen.scale(ratio, ratio);
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift - 1, size + 1);
    pen.lineTo(shift + size + 1, -1);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  if (pattern === null) return color;
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  const cached = patterns.get(context) ?? new Map<string, CanvasPattern>();
  cached.set(key, pattern);
  patterns.set(context, cached);
  return pattern;
};
