import type { ReactElement } from 'react';
import { create } from 'zustand';
import { Dialog } from '../../ui/Dialog.js';
import { Kbd } from '../../ui/Kbd.js';
import { text } from '../../ui/text.js';
import { text as timeline } from '../timeline/timeline-text.js';
import styles from './Help.module.css';

const words = text.help;

export interface HelpState {
  readonly open: boolean;
  readonly show: () => void;
  readonly setOpen: (open: boolean) => void;
}

export const useHelp = create<HelpState>()((set) => ({
  open: false,
  show: () => set({ open: true }),
  setOpen: (open) => set({ open }),
}));

interface Group {
  readonly title: string;
  readonly keys: readonly (readonly [keys: string, meaning: string])[];
}

const columns: readonly (readonly Group[])[] = [
  words.groups,
  [
    { title: words.timelinePointer, keys: timeline.pointer },
    { title: words.timeline, keys: timeline.keys },
    words.tables,
    words.replay,
  ],
];

export const HelpDialog = (): ReactElement => {
  const { open, setOpen } = useHelp();
  return (
    <Dialog title={words.title} width="wide" open={open} onOpenChange={setOpen} testId="help">
      <div className={styles['columns']}>
        {columns.map((groups, index) => (
          <div key={index} className={styles['groups']}>
            {groups.map((group) => (
              <section key={group.title}>
                <h3 className={styles['title']}>{group.title}</h3>
                <dl>
                  {group.keys.map(([keys, meaning]) => (
                    <div key={keys} className={styles['line']}>
                      <dt>{meaning}</dt>
                      <dd>
                        <Kbd keys={keys} />
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        ))}
      </div>
    </Dialog>
  );
};
