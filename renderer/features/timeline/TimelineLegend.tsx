import { Info } from 'lucide-react';
import type { ReactElement } from 'react';
import { IconButton } from '../../ui/Button.js';
import { Kbd } from '../../ui/Kbd.js';
import { Popover } from '../../ui/Popover.js';
import { Sparkline } from '../../ui/Sparkline.js';
import { Switch } from '../../ui/Switch.js';
import { useLaneChoices } from './lane-choices.js';
import styles from './TimelineLegend.module.css';
import { text } from './timeline-text.js';

const samples = [
  'listening',
  'bound',
  'held',
  'ended',
  'before',
  'failed',
  'exec',
  'exit',
  'gap',
  'activity',
] as const;

/** What a sparkline looks like. */
const someActivity = [0, 0, 2, 3, 1, 0, 0, 4, 6, 3, 2, 0, 0, 1];

const signs: Readonly<Partial<Record<(typeof samples)[number], string>>> = { exec: '›', exit: '✕' };

/** What the drawing means, how it is moved, and which lanes it leaves out. */
export const TimelineLegend = (): ReactElement => {
  const onlyActive = useLaneChoices((state) => state.onlyActive);
  const setOnlyActive = useLaneChoices((state) => state.setOnlyActive);
  return (
    <Popover
      title={text.legend}
      testId="timeline-legend"
      trigger={
        <IconButton label={text.legend} size="small">
          <Info />
        </IconButton>
      }
    >
      <Switch checked={onlyActive} onChecked={setOnlyActive} label={text.onlyActive}>
        {text.onlyActive}
      </Switch>
      <ul className={styles['samples']}>
        {samples.map((sample) => (
          <li key={sample} className={styles['line']}>
            <span className={styles['sample']} data-sample={sample} aria-hidden="true">
              {sample === 'activity' ? (
                <Sparkline values={someActivity} width={56} height={12} label="" />
              ) : (
                signs[sample]
              )}
            </span>
            {text.legendRows[sample]}
          </li>
        ))}
      </ul>
      <ul className={styles['controls']}>
        {[...text.pointer, ...text.keys].map(([keys, what]) => (
          <li key={keys} className={styles['line']}>
            <span className={styles['keys']}>
              <Kbd keys={keys} />
            </span>
            {what}
          </li>
        ))}
      </ul>
    </Popover>
  );
};
