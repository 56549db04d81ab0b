import { Download, FolderOpen } from 'lucide-react';
import { useState, type ReactElement } from 'react';
import type { ExportFormat, ExportProgress, ExportScope } from '../../../contract/index.js';
import { moment, nsOf } from '../../model/time.js';
import { useExporting, type ExportState } from '../../store/exporting.js';
import { useSettings } from '../../store/settings.js';
import { useStatus } from '../../store/status.js';
import { useView } from '../../store/view.js';
import { Button } from '../../ui/Button.js';
import { Choice } from '../../ui/Choice.js';
import { MiddleText } from '../../ui/MiddleText.js';
import { Popover } from '../../ui/Popover.js';
import { Progress } from '../../ui/Progress.js';
import { Switch } from '../../ui/Switch.js';
import { text } from '../../ui/text.js';
import styles from './Export.module.css';

const words = text.export;

type ScopeKind = ExportScope['kind'];

const Range = (): ReactElement => {
  const { from, to } = useView((state) => state.range);
  return (
    <span className={styles['mono']}>
      {moment(from, to)} – {moment(to, to)}
    </span>
  );
};

const Form = (): ReactElement => {
  const [format, setFormat] = useState<ExportFormat>('ndjson');
  const [scope, setScope] = useState<ScopeKind>('all');
  const start = useExporting((state) => state.start);
  const events = useStatus((state) => state.status?.events ?? 0);
  const redactByDefault = useSettings((state) => state.settings?.redactSecrets ?? true);
  const [redact, setRedact] = useState(redactByDefault);

  const begin = (): void => {
    const { from, to } = useView.getState().range;
    void start({
      format,
      scope: scope === 'range' ? { kind: scope, from: nsOf(from), to: nsOf(to) } : { kind: scope },
      redactSecrets: redact,
    });
  };

  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        begin();
      }}
    >
      <fieldset className={styles['group']}>
        <legend>{words.format}</legend>
        <Choice
          label={words.format}
          value={format}
          onValue={setFormat}
          options={(['ndjson', 'csv'] as const).map((value) => ({ value, ...words.formats[value] }))}
        />
      </fieldset>
      <fieldset className={styles['group']}>
        <legend>{words.scope}</legend>
        <Choice
          label={words.scope}
          value={scope}
          onValue={setScope}
          options={[
            { value: 'all', label: words.scopes.all },
            { value: 'matched', label: words.scopes.matched },
            { value: 'range', label: words.scopes.range, note: <Range /> },
          ]}
        />
      </fieldset>
      <div className={styles['group']}>
        <Switch checked={redact} onChecked={setRedact} label={words.redact}>
          {words.redact}
        </Switch>
        <p className={redact ? styles['note'] : styles['warning']}>
          {redact ? words.redactNote : words.redactOff}
        </p>
      </div>
      <div className={styles['actions']}>
        {events === 0 ? <p className={styles['note']}>{words.empty}</p> : null}
        <Button
          type="submit"
          look="primary"
          icon={<Download />}
          disabled={events === 0}
          data-testid="export-start"
        >
          {words.start}
        </Button>
      </div>
    </form>
  );
};

const Known = ({
  path,
  progress,
}: {
  readonly path: string;
  readonly progress: ExportProgress;
}): ReactElement => {
  const { cancel, reveal, dismiss } = useExporting();
  switch (progress.state) {
    case 'running':
      return (
        <>
          <Progress label={words.progress} value={progress.written} max={progress.total} />
          <p data-testid="export-progress">{words.running(progress.written, progress.total)}</p>
          <MiddleText text={path} />
          <div className={styles['actions']}>
            <Button onClick={() => void cancel()} data-testid="export-cancel">
              {text.cancel}
            </Button>
          </div>
        </>
      );
    case 'done':
      return (
        <>
          <p className={styles['good']} role="status" data-testid="export-done">
            {words.done(progress.written)}
          </p>
          <MiddleText text={progress.path} />
          <div className={styles['actions']}>
            <Button onClick={dismiss}>{words.again}</Button>
            <Button look="primary" icon={<FolderOpen />} onClick={() => void reveal()}>
              {words.show}
            </Button>
          </div>
        </>
      );
    case 'cancelled':
      return (
        <>
          <p role="status">{words.cancelled}</p>
          <div className={styles['actions']}>
            <Button onClick={dismiss}>{words.again}</Button>
          </div>
        </>
      );
    case 'failed':
      return <Failed message={progress.message} path={progress.path} />;
  }
};

const Failed = ({
  message,
  path,
}: {
  readonly message: string;
  readonly path: string | null;
}): ReactElement => {
  const dismiss = useExporting((state) => state.dismiss);
  return (
    <>
      <p className={styles['bad']} role="alert" data-testid="export-failed">
        {words.failed}
      </p>
      <p>{message}</p>
      {path === null ? null : <MiddleText text={path} />}
      <div className={styles['actions']}>
        <Button onClick={dismiss}>{words.retry}</Button>
      </div>
    </>
  );
};

const Body = ({ state }: { readonly state: ExportState }): ReactElement => {
  switch (state.kind) {
    case 'idle':
      return <Form />;
    case 'choosing':
      return <p>{words.choosing}</p>;
    case 'known':
      return <Known path={state.path} progress={state.progress} />;
    case 'refused':
      return <Failed message={state.message} path={null} />;
  }
};

const buttonText = (state: ExportState): string => {
  if (state.kind !== 'known' || state.progress.state !== 'running') return text.header.export;
  const { written, total } = state.progress;
  return words.exporting(total === 0 ? null : Math.floor((written / total) * 100));
};

/** Settings of an export, then its course. It runs on while the popover is closed. */
export const ExportPopover = (): ReactElement => {
  const { open, setOpen, state } = useExporting();
  return (
    <Popover
      title={words.title}
      open={open}
      onOpenChange={setOpen}
      testId="export-popover"
      trigger={
        <Button look="quiet" icon={<Download />} data-testid="export">
          {buttonText(state)}
        </Button>
      }
    >
      <div className={styles['body']}>
        <Body state={state} />
      </div>
    </Popover>
  );
};
