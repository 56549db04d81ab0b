import type { ReactElement } from 'react';
import { create } from 'zustand';
import { Dialog } from '../../ui/Dialog.js';
import { Kbd } from '../../ui/Kbd.js';
import { text } from '../../ui/text.js';
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

export const HelpDialog = (): ReactElement => {
  const { open, setOpen } = useHelp();
  return (
    <Dialog title={words.title} open={open} onOpenChange={setOpen} testId="help">
      <div className={styles['groups']}>
        {words.groups.map((group) => (
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
    </Dialog>
  );
};
