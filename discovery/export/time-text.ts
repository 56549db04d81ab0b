const SECOND = 1_000_000_000n;

/** RFC 3339 in UTC with nanoseconds: `2026-01-02T03:04:05.000000006Z`. */
export const wallTimeText = (time: bigint): string => {
  const fraction = ((time % SECOND) + SECOND) % SECOND;
  const seconds = (time - fraction) / SECOND;
  const date = new Date(Number(seconds) * 1000).toISOString();
  return `${date.slice(0, -5)}.${String(fraction).padStart(9, '0')}Z`;
};
