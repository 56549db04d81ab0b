import { Ban, FolderOpen, TriangleAlert } from 'lucide-react';
import { useEffect, useRef, useState, type DragEvent, type ReactElement } from 'react';
import {
  defaultSettings,
  type Configuration,
  type ConfigurationProblem,
  type Criterion,
} from '../../../contract/index.js';
import { errorWords } from '../../ipc/error-words.js';
import { windowApi } from '../../ipc/window-api.js';
import { duration } from '../../model/time.js';
import { newCriterionId, useCriteria } from '../../store/criteria.js';
import { useSettings } from '../../store/settings.js';
import { useToasts } from '../../store/toasts.js';
import { Button } from '../../ui/Button.js';
import { text as common } from '../../ui/text.js';
import { Conditions } from '../criteria/Conditions.js';
import { CodeField, type CodeFieldHandle, type Place } from './CodeField.js';
import { PASTED, useConfiguration } from './configuration.js';
import { text } from './configuration-text.js';
import { readDroppedFile } from './dropped-file.js';
import { useReading, type Reading } from './use-reading.js';
import styles from './Configuration.module.css';

/** Criteria shown before they are imported; a list of thousands is not read line by line. */
const SHOWN = 100;
const MOST_CRITERIA = 2000;
const SHORTEST_POLL_MS = 250;
const LONGEST_POLL_MS = 3_600_000;

const placeOf = ({ line, column }: ConfigurationProblem): Place | null =>
  line === null ? null : { line, column: column ?? 1 };

const placeText = ({ file, line, column }: ConfigurationProblem): string =>
  [file, line, column].filter((part) => part !== null).join(':');

/** What is wrong or worth knowing, each with the way to its place. */
const Findings = ({
  findings,
  tone,
  onGoTo,
}: {
  readonly findings: readonly ConfigurationProblem[];
  readonly tone: 'bad' | 'plain';
  readonly onGoTo: (place: Place) => void;
}): ReactElement => (
  <ul className={styles['findings']} data-tone={tone}>
    {findings.map((finding, index) => {
      const place = placeOf(finding);
      const where = placeText(finding);
      return (
        <li key={index}>
          {place === null ? (
            <span className={styles['place']}>{where}</span>
          ) : (
            <button
              type="button"
              className={styles['place']}
              title={text.goTo(where)}
              onClick={() => onGoTo(place)}
            >
              {where}
            </button>
          )}{' '}
          {finding.message}
        </li>
      );
    })}
  </ul>
);

const CriterionLine = ({ criterion }: { readonly criterion: Criterion }): ReactElement => (
  <li className={styles['criterion']} data-testid="configuration-criterion">
    <p className={styles['criterionName']}>
      {criterion.exclude ? <Ban className={styles['ban']} aria-hidden="true" /> : null}
      <span title={criterion.name}>{criterion.name}</span>
    </p>
    <Conditions criterion={criterion} />
  </li>
);

const Good = ({
  configuration,
  onGoTo,
}: {
  readonly configuration: Configuration;
  readonly onGoTo: (place: Place) => void;
}): ReactElement => {
  const { criteria, notes, pollIntervalMs, kept } = configuration;
  return (
    <>
      <p className={styles['good']} role="status" data-testid="configuration-good">
        {text.good(criteria.length)}
      </p>
      <ul className={styles['criteria']}>
        {criteria.slice(0, SHOWN).map((criterion) => (
          <CriterionLine key={criterion.id} criterion={criterion} />
        ))}
      </ul>
      {criteria.length > SHOWN ? (
        <p className={styles['muted']}>{text.moreCriteria(criteria.length - SHOWN)}</p>
      ) : null}
      {notes.length === 0 && pollIntervalMs === null && kept === null ? null : (
        <>
          <h3 className={styles['heading']}>{text.notes}</h3>
          <Findings findings={notes} tone="plain" onGoTo={onGoTo} />
          {pollIntervalMs === null ? null : <p>{text.pollInterval(duration(pollIntervalMs))}</p>}
          {kept === null ? null : <p>{text.kept}</p>}
        </>
      )}
    </>
  );
};

const Result = ({
  reading,
  onGoTo,
}: {
  readonly reading: Reading;
  readonly onGoTo: (place: Place) => void;
}): ReactElement | null => {
  switch (reading.state) {
    case 'empty':
      return null;
    case 'waiting':
      return <p className={styles['muted']}>{text.reading}</p>;
    case 'away':
      return <p role="alert">{text.away}</p>;
    case 'read': {
      const { configuration, problems } = reading.read;
      if (configuration !== null) return <Good configuration={configuration} onGoTo={onGoTo} />;
      return (
        <div role="alert" data-testid="configuration-problems">
          <p className={styles['bad']}>
            <TriangleAlert aria-hidden="true" /> {text.problems(problems.length)}
          </p>
          <Findings findings={problems} tone="bad" onGoTo={onGoTo} />
        </div>
      );
    }
  }
};

const clampedPoll = (ms: number): number =>
  Math.round(Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, ms)));

/** Reads a configuration as it is typed, pasted, opened or dropped, and puts its criteria into force. */
export const ImportSide = (): ReactElement => {
  const { source, setSource, imported, close } = useConfiguration();
  const present = useCriteria((state) => state.list);
  const putAll = useCriteria((state) => state.putAll);
  const settings = useSettings((state) => state.settings);
  const reading = useReading(source);
  const [fileProblem, setFileProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const field = useRef<CodeFieldHandle>(null);

  useEffect(() => field.current?.focus(), []);

  const configuration = reading.state === 'read' ? reading.read.configuration : null;
  const places =
    reading.state === 'read' && configuration === null
      ? reading.read.problems.map(placeOf).filter((place) => place !== null)
      : [];
  const tooMany =
    configuration !== null && present.length + configuration.criteria.length > MOST_CRITERIA
      ? present.length + configuration.criteria.length
      : null;
  const importable = configuration !== null && configuration.criteria.length > 0;

  const take = (from: Promise<{ file: string; text: string } | null>): void => {
    setFileProblem(null);
    from.then(
      (read) => {
        if (read !== null) setSource(read);
        field.current?.focus();
      },
      (error: unknown) => setFileProblem(errorWords(error)),
    );
  };

  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file !== undefined) take(readDroppedFile(file));
  };

  const finish = (how: 'replace' | 'add'): void => {
    if (configuration === null) return;
    // Criteria that were imported before may have the same ids.
    const criteria = configuration.criteria.map((criterion) => ({ ...criterion, id: newCriterionId() }));
    const { keptConfiguration, pollIntervalMs: interval } = settings ?? defaultSettings;
    const { kept, pollIntervalMs } = configuration;
    if (how === 'replace') {
      putAll(criteria, {
        keptConfiguration: kept,
        pollIntervalMs: pollIntervalMs === null ? interval : clampedPoll(pollIntervalMs),
      });
    } else {
      putAll(
        [...present, ...criteria],
        keptConfiguration === null && kept !== null
          ? { keptConfiguration: kept, pollIntervalMs: interval }
          : null,
      );
    }
    // Back to before the import, together with whatever was edited since.
    const beforeImport = useCriteria.getState().past.at(-1);
    const undoImport = (): void => {
      while (beforeImport !== undefined && useCriteria.getState().past.includes(beforeImport)) {
        useCriteria.getState().undo();
      }
    };
    useToasts.getState().show({
      tone: 'plain',
      text:
        how === 'replace' && present.length > 0
          ? text.replaced(criteria.length)
          : text.added(criteria.length),
      action: { label: common.undo, run: undoImport },
    });
    imported();
  };

  return (
    <div
      className={styles['side']}
      data-over={over ? '' : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={drop}
    >
      <div className={styles['bar']}>
        <Button
          size="small"
          icon={<FolderOpen />}
          onClick={() => take(windowApi().invoke('configuration:open', undefined))}
          data-testid="configuration-open"
        >
          {text.open}
        </Button>
        <span className={styles['fileName']}>{source.file === PASTED ? null : source.file}</span>
        {source.text === '' ? null : (
          <Button
            size="small"
            look="quiet"
            onClick={() => {
              setSource({ file: PASTED, text: '' });
              setFileProblem(null);
              field.current?.focus();
            }}
          >
            {text.clear}
          </Button>
        )}
      </div>
      {fileProblem === null ? null : (
        <p className={styles['bad']} role="alert">
          {fileProblem}
        </p>
      )}
      <CodeField
        ref={field}
        label={text.source}
        value={source.text}
        onValue={(typed) => setSource({ file: source.file, text: typed })}
        placeholder={text.placeholder}
        marks={places}
        testId="configuration-text"
      />
      {over ? <p className={styles['dropHint']}>{text.drop}</p> : null}
      <div className={styles['result']} data-testid="configuration-result">
        <Result reading={reading} onGoTo={(place) => field.current?.goTo(place)} />
        {importable &&
        present.length > 0 &&
        settings?.keptConfiguration != null &&
        configuration.kept !== null ? (
          <p>{text.keptBehind}</p>
        ) : null}
        {tooMany === null ? null : <p>{text.tooMany(tooMany)}</p>}
      </div>
      <div className={styles['actions']}>
        <Button look="quiet" onClick={close}>
          {common.cancel}
        </Button>
        {present.length === 0 ? null : (
          <Button
            disabled={!importable || tooMany !== null}
            onClick={() => finish('add')}
            data-testid="configuration-add"
          >
            {text.add}
          </Button>
        )}
        <Button
          look="primary"
          disabled={!importable}
          onClick={() => finish('replace')}
          data-testid="configuration-replace"
        >
          {present.length === 0 ? text.import : text.replace(present.length)}
        </Button>
      </div>
    </div>
  );
};
