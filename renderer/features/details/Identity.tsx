import { useState, type ReactElement } from 'react';
import type { Container, ProcessInfo } from '../../../contract/index.js';
import { moment, msOf, timeAgo } from '../../model/time.js';
import { useNow } from '../../model/use-now.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { MiddleText } from '../../ui/MiddleText.js';
import { text } from '../../ui/text.js';
import { copyText } from '../copy.js';
import { Fact, Section } from './parts.js';
import styles from './Details.module.css';

const words = text.details;

/** Rendered apart, so that time passing renders nothing else. */
const Ago = ({ since }: { readonly since: number }): ReactElement => {
  const [young, setYoung] = useState(true);
  const now = useNow(young ? 1000 : 15_000);
  if (young && now - since >= 60_000) setYoung(false);
  return <>{timeAgo(now - since)}</>;
};

/** Language, version, and what told it. */
const LanguageFact = ({ process }: { readonly process: ProcessInfo }): ReactElement | null => {
  const type = process.executableType;
  if (type === null) return null;
  const { language, version, reason } = type;
  return (
    <Fact name={words.language}>
      <span data-testid="details-language" className={language === 'unknown' ? styles['missing'] : undefined}>
        {words.languages[language]}
        {version === null ? null : <span className={styles['version']}>{version}</span>}
      </span>
      <span className={styles['reason']}>{reason}</span>
    </Fact>
  );
};

/** Digits of a container's id that runtimes show. */
const SHORT_ID = 12;

const ContainerFact = ({ container }: { readonly container: Container }): ReactElement => {
  const { id, runtime, name, image } = container;
  return (
    <Fact name={words.container}>
      {name === null ? null : <span>{name}</span>}
      <span className={styles['withCopy']}>
        <span className={styles['mono']} title={id}>
          {runtime} {id.slice(0, SHORT_ID)}
        </span>
        <CopyButton label={words.copyContainer} onCopy={() => copyText(id)} />
      </span>
      {image === null ? null : <span className={styles['reason']}>{words.containerImage(image)}</span>}
    </Fact>
  );
};

/** Who a process is: its program, its user, and where it runs. */
export const Identity = ({
  process,
  alive,
}: {
  readonly process: ProcessInfo;
  readonly alive: boolean;
}): ReactElement => {
  const now = useNow(60_000);
  const startedMs = msOf(process.startedAt);
  const { executable, placement } = process;
  return (
    <Section title={words.process} testId="details-process">
      <dl className={styles['facts']}>
        <Fact name={words.executable}>
          {executable === null ? (
            <span className={styles['missing']}>{text.unreadable}</span>
          ) : (
            <span className={styles['withCopy']}>
              <MiddleText text={executable} />
              <CopyButton label={words.copyPath} onCopy={() => copyText(executable)} />
            </span>
          )}
        </Fact>
        <LanguageFact process={process} />
        <Fact name={words.user}>
          {process.userName ?? words.uid(process.uid)}
          {process.userName === null ? null : (
            <span className={styles['aside']}>{words.uid(process.uid)}</span>
          )}
        </Fact>
        <Fact name={words.started}>
          <span className={styles['mono']}>{moment(startedMs, now, 3)}</span>
          {alive ? (
            <span className={styles['aside']}>
              <Ago since={startedMs} />
            </span>
          ) : null}
        </Fact>
        {placement?.unit == null ? null : (
          <Fact name={words.unit}>
            <span className={styles['mono']}>{placement.unit}</span>
          </Fact>
        )}
        {placement?.container == null ? null : <ContainerFact container={placement.container} />}
        <Fact name={words.netns}>
          <span className={styles['mono']}>{process.networkNamespace}</span>
        </Fact>
      </dl>
    </Section>
  );
};
