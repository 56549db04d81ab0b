import { isReplaying } from '../../store/replay.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';

/** Starts or stops recording; the engine's next status shows it. Does nothing without an engine, or in a replay. */
export const toggleRecording = (): void => {
  const { connection, status } = useStatus.getState();
  if (connection === 'connected' && status !== null && !isReplaying()) engine.setRecording(!status.recording);
};
