import { Check, Copy, Save } from 'lucide-react';
import { useEffect, useState, type ReactElement } from 'react';
import type { ConfigurationForm } from '../../../contract/index.js';
import type { WrittenConfiguration } from '../../ipc/engine-client.js';
import { errorWords } from '../../ipc/error-words.js';
import { windowApi } from '../../ipc/window-api.js';
import { useCriteria } from '../../store/criteria.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';
import { Button } from '../../ui/Button.js';
import { Segments } from '../../ui/Segments.js';
import { text as common } from '../../ui/text.js';
import { copyText } from '../copy.js';
import { CodeField } from './CodeField.js';
import { text } from './configuration-text.js';
import styles from './Configuration.module.css';

const forms: readonly ConfigurationForm[] = ['beyla', 'obi', 'env'];

/** What the engine writes in a form: undefined while it is awaited, null when the engine is away. */
const useWritten = (form: ConfigurationForm): WrittenConfiguration | null | undefined => {
  const [answer, setAnswer] = useState<{
    form: ConfigurationForm;
    written: WrittenConfiguration | null;
  } | null>(null);
  // What is written are the criteria as the engine has them, which it tells anew whenever they change.
  const inForce = useCriteria((state) => state.inForce);
  const connection = useStatus((state) => state.connection);
  useEffect(() => {
    let wanted = true;
    engine.writeConfiguration(form).then(
      (written) => {
        if (wanted) setAnswer({ form, written });
      },
      () => {
        if (wanted) setAnswer({ form, written: null });
      },
    );
    return () => {
      wanted = false;
    };
  }, [form, inForce, connection]);
  return answer?.form === form ? answer.written : undefined;
};

/** The last thing that was done with the text. */
interface Done {
  readonly kind: 'copied' | 'saved' | 'failed';
  readonly words: string;
}

/** The criteria as a configuration, to be copied or saved. */
export const ExportSide = (): ReactElement => {
  const [form, setForm] = useState<ConfigurationForm>('beyla');
  const [done, setDone] = useState<Done | null>(null);
  const empty = useCriteria((state) => state.list.length === 0);
  const written = useWritten(form);
  const body = written?.text ?? '';

  const tell = (work: Promise<Done | null>): void => {
    work.then(
      (next) => {
        if (next !== null) setDone(next);
      },
      (error: unknown) => setDone({ kind: 'failed', words: errorWords(error) }),
    );
  };
  const copy = (): void => tell(copyText(body).then(() => ({ kind: 'copied', words: common.copied })));
  const save = (): void =>
    tell(
      windowApi()
        .invoke('configuration:save', { form, text: body })
        .then((saved) => (saved === null ? null : { kind: 'saved', words: text.saved(saved.path) })),
    );

  return (
    <div className={styles['side']}>
      <div className={styles['bar']}>
        <Segments
          label={text.form}
          value={form}
          onValue={(next) => {
            setForm(next);
            setDone(null);
          }}
          options={forms.map((value) => ({ value, label: text.forms[value].label }))}
        />
        <span className={styles['muted']}>{text.forms[form].note}</span>
      </div>
      <CodeField
        label={text.exported}
        value={body}
        placeholder={written === undefined ? text.writing : ''}
        testId="configuration-exported"
      />
      <div className={styles['result']} data-testid="configuration-notes">
        {empty ? <p className={styles['muted']}>{text.empty}</p> : null}
        {written === null ? <p role="alert">{text.writingAway}</p> : null}
        {written == null || written.notes.length === 0 ? null : (
          <>
            <p className={styles['warn']}>{text.notSaid(written.notes.length)}</p>
            <ul className={styles['findings']} data-tone="plain">
              {written.notes.map((note, index) => (
                <li key={index}>{note}</li>
              ))}
            </ul>
          </>
        )}
      </div>
      <div className={styles['actions']}>
        <p className={styles[done?.kind === 'failed' ? 'bad' : 'done']} role="status">
          {done?.words}
        </p>
        <Button icon={<Save />} disabled={body === ''} onClick={save} data-testid="configuration-save">
          {text.save}
        </Button>
        <Button
          look="primary"
          icon={done?.kind === 'copied' ? <Check /> : <Copy />}
          disabled={body === ''}
          onClick={copy}
          data-testid="configuration-copy"
        >
          {text.copy}
        </Button>
      </div>
    </div>
  );
};
