import { X } from 'lucide-react';
import { useState, type ReactElement, type ReactNode } from 'react';
import { useCriteria } from '../../store/criteria.js';
import { useLive } from '../../store/live.js';
import { useReplay } from '../../store/replay.js';
import { useSettings } from '../../store/settings.js';
import { useStatus } from '../../store/status.js';
import { Button, IconButton } from '../../ui/Button.js';
import { Prose } from '../../ui/Prose.js';
import { text } from '../../ui/text.js';
import { askForFullView } from '../header/full-view.js';
import { toggleRecording } from '../header/recording.js';
import styles from './Banners.module.css';

const words = text.banners;

interface BannerProps {
  readonly id: string;
  readonly tone: 'warn' | 'bad';
  readonly action?: ReactNode;
  readonly onDismiss?: () => void;
  readonly children: ReactNode;
}

const Banner = ({ id, tone, action, onDismiss, children }: BannerProps): ReactElement => (
  <div className={styles['banner']} data-tone={tone} data-testid={`banner-${id}`} role="status">
    <p className={styles['text']}>{children}</p>
    {action}
    {onDismiss === undefined ? null : (
      <IconButton label={words.dismiss} size="small" onClick={onDismiss}>
        <X />
      </IconButton>
    )}
  </div>
);

const EngineBanner = (): ReactElement | null => {
  const connection = useStatus((state) => state.connection);
  const message = useStatus((state) => state.message);
  if (connection === 'lost') {
    return (
      <Banner id="engine-lost" tone="bad">
        {message ?? words.engineLost}
      </Banner>
    );
  }
  if (connection === 'connected' || message === null) return null;
  return (
    <Banner id="engine-starting" tone="warn">
      {message}
    </Banner>
  );
};

/** What cannot be seen, why, and the way out. Limited and degraded can be put away until they change. */
const VisibilityBanner = (): ReactElement | null => {
  const status = useStatus((state) => state.status);
  const [dismissed, setDismissed] = useState<string | null>(null);
  if (status === null) return null;
  if (status.helper === 'restarting') {
    return (
      <Banner id="helper-restarting" tone="warn">
        {words.restarting}
      </Banner>
    );
  }
  const token = `${status.visibility} ${status.reason ?? ''}`;
  if (status.visibility === 'full' || dismissed === token) return null;
  return (
    <Banner
      id={status.visibility}
      tone="warn"
      onDismiss={() => setDismissed(token)}
      action={
        status.canAskForFullView ? (
          <Button size="small" onClick={() => void askForFullView()}>
            {text.visibility.enable}
          </Button>
        ) : undefined
      }
    >
      <strong>{words[status.visibility]}</strong>{' '}
      {status.reason === null ? null : <Prose text={status.reason} />}{' '}
      {status.canAskForFullView || status.remedy === null ? null : <Prose text={status.remedy} />}
    </Banner>
  );
};

const RecordingBanner = (): ReactElement | null => {
  const recording = useStatus((state) => state.status?.recording ?? true);
  if (recording) return null;
  return (
    <Banner
      id="not-recording"
      tone="warn"
      action={
        <Button size="small" onClick={toggleRecording}>
          {words.record}
        </Button>
      }
    >
      {words.notRecording}
    </Banner>
  );
};

/** Shown while `value` is above what was dismissed. */
const CountBanner = ({
  id,
  tone,
  value,
  say,
}: {
  readonly id: string;
  readonly tone: BannerProps['tone'];
  readonly value: number;
  readonly say: (value: number) => string;
}): ReactElement | null => {
  const [dismissed, setDismissed] = useState(0);
  // A new engine counts from nothing.
  if (value < dismissed) setDismissed(0);
  if (value <= dismissed) return null;
  return (
    <Banner id={id} tone={tone} onDismiss={() => setDismissed(value)}>
      {say(value)}
    </Banner>
  );
};

/** A file that could not be opened. It stays until it is read and put away: it says how to mend the file. */
const ReplayBanner = (): ReactElement | null => {
  const failure = useReplay((state) => state.failure);
  const dismiss = useReplay((state) => state.dismissFailure);
  if (failure === null) return null;
  return (
    <Banner id="replay-failed" tone="bad" onDismiss={dismiss}>
      <strong>{words.replayFailed(failure.path)}</strong> <Prose text={failure.message} />
    </Banner>
  );
};

/** What is amiss in the file that is shown: its last line cut short by a crash. */
const ReplayNotes = (): ReactElement | null => {
  const notes = useReplay((state) => state.notes);
  if (notes.length === 0) return null;
  return (
    <Banner id="replay-notes" tone="warn" onDismiss={() => useReplay.setState({ notes: [] })}>
      {notes.join('\n')}
    </Banner>
  );
};

export const Banners = (): ReactElement => {
  const replaying = useReplay((state) => state.replay !== null);
  const lost = useStatus((state) =>
    state.status === null
      ? 0
      : state.status.lost.kernel + state.status.lost.skipped + state.status.lost.queue,
  );
  const loadError = useSettings((state) => state.loadError);
  const skipped = useLive((live) => live.events.skipped);
  const refused = useStatus((state) => state.refused);
  const refusedProblem = useStatus((state) => state.refusedProblem);
  const saveError = useCriteria((state) => state.saveError);
  return (
    <div data-testid="banners">
      {loadError === null ? null : (
        <Banner id="no-link" tone="bad">
          {words.noLink(loadError)}
        </Banner>
      )}
      <EngineBanner />
      <ReplayBanner />
      <ReplayNotes />
      {replaying ? null : (
        <>
          <VisibilityBanner />
          <RecordingBanner />
        </>
      )}
      {saveError === null ? null : (
        <Banner id="save-failed" tone="bad" onDismiss={() => useCriteria.setState({ saveError: null })}>
          {words.saveFailed(saveError)}
        </Banner>
      )}
      <CountBanner id="lost" tone="warn" value={lost} say={words.lost} />
      <CountBanner id="skipped" tone="warn" value={skipped} say={words.skipped} />
      <CountBanner
        id="refused"
        tone="bad"
        value={refused}
        say={(value) => words.refused(value, refusedProblem ?? '')}
      />
    </div>
  );
};
