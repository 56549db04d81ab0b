import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';

/** Starts or stops recording; the engine's next status shows it. Does nothing without an engine. */
export const toggleRecording = (): void => {
  const { connection, status } = useStatus.getState();
  if (connection === 'connected' && status !== null) engine.setRecording(!status.recording);
};
