import type { ReactElement } from 'react';
import { Dialog } from '../../ui/Dialog.js';
import { Segments } from '../../ui/Segments.js';
import { useConfiguration } from './configuration.js';
import { text } from './configuration-text.js';
import { ExportSide } from './ExportSide.js';
import { ImportSide } from './ImportSide.js';
import styles from './Configuration.module.css';

/** Configurations of Beyla and OBI in and out: paste, open, drop; copy, save. */
export const ConfigurationDialog = (): ReactElement => {
  const { side, show, close } = useConfiguration();
  return (
    <Dialog
      title={text.title}
      width="wide"
      open={side !== null}
      onOpenChange={(open) => {
        if (!open) close();
      }}
      testId="configuration"
    >
      {side === null ? null : (
        <div className={styles['dialog']}>
          <Segments
            label={text.side}
            value={side}
            onValue={show}
            options={(['import', 'export'] as const).map((value) => ({ value, label: text.sides[value] }))}
          />
          {side === 'import' ? <ImportSide /> : <ExportSide />}
        </div>
      )}
    </Dialog>
  );
};
