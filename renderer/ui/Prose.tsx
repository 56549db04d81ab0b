import type { ReactElement } from 'react';

/** A sentence in which `names between backticks` are set as code. */
export const Prose = ({ text }: { readonly text: string }): ReactElement => (
  <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
);
