import { z } from 'zod';

const KEY = 'bindscope.layout.1';

const Side = z.object({ px: z.number().min(120).max(1200), shown: z.boolean() });

/** Sizes of the panels: the sides in px, which survive a window of another size. */
const Layout = z.object({
  criteria: Side,
  details: Side,
  /** Height of the timeline, in percent of the centre. */
  timeline: z.number().min(10).max(90),
});
export type Layout = z.infer<typeof Layout>;

export const defaultLayout: Layout = {
  criteria: { px: 240, shown: true },
  details: { px: 304, shown: true },
  timeline: 56,
};

/** What was remembered, or the default where there is nothing usable. */
export const recallLayout = (): Layout => {
  const stored = localStorage.getItem(KEY);
  if (stored === null) return defaultLayout;
  try {
    return Layout.parse(JSON.parse(stored));
  } catch {
    return defaultLayout;
  }
};

export const rememberLayout = (layout: Layout): void => {
  localStorage.setItem(KEY, JSON.stringify(layout));
};
