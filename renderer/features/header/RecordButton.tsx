import type { ReactElement } from 'react';
import { useStatus } from '../../store/status.js';
import { Tooltip } from '../../ui/Tooltip.js';
import { text } from '../../ui/text.js';
import { toggleRecording } from './recording.js';
import styles from './Header.module.css';

const words = text.header;

export const RecordButton = (): ReactElement => {
  const connection = useStatus((state) => state.connection);
  const recording = useStatus((state) => state.status?.recording ?? false);
  const live = connection === 'connected';
  const state = !live ? connection : recording ? 'recording' : 'stopped';
  const label = {
    waiting: words.waiting,
    lost: words.lost,
    recording: words.recording,
    stopped: words.stopped,
  }[state];
  return (
    <Tooltip text={recording ? words.stopRecording : words.startRecording} hint="Ctrl+R">
      <button
        type="button"
        className={styles['record']}
        data-state={state}
        data-testid="record"
        aria-pressed={recording}
        disabled={!live}
        onClick={toggleRecording}
      >
        <span className={styles['recordDot']} aria-hidden="true" />
        {label}
      </button>
    </Tooltip>
  );
};
