import { useView } from '../../store/view.js';

/** Brings a moment (epoch ms) into the middle of the timeline and keeps its zoom. */
export const showOnTimeline = (time: number): void => {
  const { range, setRange } = useView.getState();
  const half = (range.to - range.from) / 2;
  setRange({ from: time - half, to: time + half });
};
