import { useState, type ReactElement } from 'react';
import type { ProcessInfo } from '../../../contract/index.js';
import { capturedArguments } from '../../model/arguments.js';
import { shellText } from '../../model/words.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { text } from '../../ui/text.js';
import { copyText } from '../copy.js';
import { Section } from './parts.js';
import styles from './Details.module.css';

const words = text.details;

/** A long command line shows this many lines until it is asked for: scripts are arguments too. */
const fewLines = 8;
/** Characters in a line at the panel's default width, to tell what wraps. */
const lineLength = 38;

const linesOf = (args: readonly string[]): number =>
  args
    .flatMap((arg) => arg.split('\n'))
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / lineLength)), 0);

/** The command line, one argument a line, and how much of it was captured. */
export const Arguments = ({ process }: { readonly process: ProcessInfo }): ReactElement => {
  const [all, setAll] = useState(false);
  const captured = capturedArguments(process);
  const lines = linesOf(process.args);
  const long = lines > fewLines + 2;
  return (
    <Section
      title={words.arguments}
      testId="details-arguments"
      aside={
        process.args.length === 0 ? null : (
          <CopyButton label={words.copyArguments} onCopy={() => copyText(shellText(process.args))} />
        )
      }
    >
      {process.args.length === 0 ? (
        <p className={styles['none']}>{words.argumentsNone}</p>
      ) : (
        <ol className={styles['arguments']} data-few={long && !all ? '' : undefined}>
          {process.args.map((arg, index) => (
            <li key={index}>{arg === '' ? '""' : arg}</li>
          ))}
        </ol>
      )}
      {long ? (
        <button
          type="button"
          className={styles['link']}
          aria-expanded={all}
          data-testid="arguments-all"
          onClick={() => setAll(!all)}
        >
          {all ? words.argumentsFew : words.argumentsAll(lines)}
        </button>
      ) : null}
      {process.args.length > 0 && captured.cut ? (
        <p className={styles['none']}>{words.argumentsCut(captured.bytes, process.argsLength)}</p>
      ) : null}
    </Section>
  );
};
