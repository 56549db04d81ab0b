import { PanelLeft, PanelRight, Pause, Play } from 'lucide-react';
import type { ReactElement } from 'react';
import { useReplay } from '../../store/replay.js';
import { useStatus } from '../../store/status.js';
import { useView } from '../../store/view.js';
import { IconButton } from '../../ui/Button.js';
import { Tooltip } from '../../ui/Tooltip.js';
import { count, text } from '../../ui/text.js';
import { ExportPopover } from '../export/ExportPopover.js';
import { FilterBox } from './FilterBox.js';
import { MoreMenu } from './MoreMenu.js';
import { RecordButton } from './RecordButton.js';
import { VisibilityPopover } from './VisibilityPopover.js';
import styles from './Header.module.css';

const words = text.header;

const Counts = (): ReactElement | null => {
  const status = useStatus((state) => state.status);
  if (status === null) return null;
  const { kernel, skipped, queue } = status.lost;
  const lost = kernel + skipped + queue;
  return (
    <p className={styles['counts']}>
      <Tooltip text={status.evicted === 0 ? words.inLog : words.evicted(status.evicted)}>
        <span data-testid="event-count" tabIndex={0}>
          {words.events(status.events)}
        </span>
      </Tooltip>
      <Tooltip text={lost === 0 ? words.lostNoneWhere : words.lostWhere(kernel, skipped, queue)}>
        <span
          className={styles['lost']}
          data-some={lost > 0 ? '' : undefined}
          data-testid="lost"
          tabIndex={0}
        >
          {lost === 0 ? words.lostNone : words.lostSome(lost)}
        </span>
      </Tooltip>
    </p>
  );
};

const PauseButton = (): ReactElement => {
  const paused = useView((state) => state.pausedAt !== null);
  const pause = useView((state) => state.pause);
  const resume = useView((state) => state.resume);
  const waiting = useStatus((state) => state.waitingEvents);
  return (
    <span className={styles['pause']}>
      <IconButton
        label={paused ? words.resume : words.pause}
        hint="Space"
        data-testid="pause"
        aria-pressed={paused}
        onClick={paused ? resume : pause}
      >
        {paused ? <Play /> : <Pause />}
      </IconButton>
      {paused && waiting > 0 ? <span className={styles['waiting']}>{count(waiting)}</span> : null}
    </span>
  );
};

export interface HeaderProps {
  readonly criteriaShown: boolean;
  readonly detailsShown: boolean;
  readonly onToggleCriteria: () => void;
  readonly onToggleDetails: () => void;
}

export const Header = ({
  criteriaShown,
  detailsShown,
  onToggleCriteria,
  onToggleDetails,
}: HeaderProps): ReactElement => {
  // A replay records nothing, and sees what its file saw; it is played from its own bar.
  const replaying = useReplay((state) => state.replay !== null);
  return (
    <header className={styles['header']} data-testid="header">
      <div className={styles['side']}>
        <IconButton
          label={criteriaShown ? text.panels.hideCriteria : text.panels.showCriteria}
          hint="Ctrl+B"
          aria-pressed={criteriaShown}
          data-testid="toggle-criteria"
          onClick={onToggleCriteria}
        >
          <PanelLeft />
        </IconButton>
        {replaying ? null : (
          <>
            <RecordButton />
            <PauseButton />
          </>
        )}
      </div>
      <FilterBox />
      <div className={styles['side']} data-end="">
        <Counts />
        {replaying ? null : <VisibilityPopover />}
        <ExportPopover />
        <MoreMenu />
        <IconButton
          label={detailsShown ? text.panels.hideDetails : text.panels.showDetails}
          hint="Ctrl+D"
          aria-pressed={detailsShown}
          data-testid="toggle-details"
          onClick={onToggleDetails}
        >
          <PanelRight />
        </IconButton>
      </div>
    </header>
  );
};
