/** Colours (`#rrggbb`, those named soft with alpha) and fonts of the drawing, from `ui/tokens.css`. */
export interface Theme {
  readonly background: string;
  readonly surface: string;
  readonly raised: string;
  readonly hover: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly onAccent: string;
  readonly listening: string;
  readonly bound: string;
  readonly failed: string;
  readonly lost: string;
  readonly closed: string;
  readonly criteria: readonly string[];
  readonly sans: string;
  readonly mono: string;
}

export const readTheme = (element: Element): Theme => {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    background: token('background'),
    surface: token('surface'),
    raised: token('raised'),
    hover: token('hover'),
    line: token('line'),
    lineStrong: token('line-strong'),
    text: token('text'),
    muted: token('muted'),
    accent: token('accent'),
    accentSoft: token('accent-soft'),
    onAccent: token('on-accent'),
    listening: token('state-listening'),
    bound: token('state-bound'),
    failed: token('state-failed'),
    lost: token('state-lost'),
    closed: token('state-closed'),
    criteria: Array.from({ length: 8 }, (_, hue) => token(`criterion-${String(hue)}`)),
    sans: `11px ${token('font-sans')}`,
    mono: `11px ${token('font-mono')}`,
  };
};

/** Calls back when the theme may have changed. Returns what ends it. */
export const onThemeChange = (changed: () => void): (() => void) => {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    scheme.removeEventListener('change', changed);
  };
};
