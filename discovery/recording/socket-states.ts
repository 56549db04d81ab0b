/** TCP_* of the kernel, by the names that `ss` and the kernel give them. */
const numbers: Readonly<Record<string, number>> = {
  listen: 10,
  bound: 7,
  established: 1,
  syn_sent: 2,
  syn_recv: 3,
  fin_wait1: 4,
  fin_wait2: 5,
  time_wait: 6,
  close_wait: 8,
  last_ack: 9,
  closing: 11,
  new_syn_recv: 12,
};

const others: Readonly<Record<string, string>> = {
  listening: 'listen',
  close: 'bound',
  closed: 'bound',
  unconn: 'bound',
  connected: 'established',
  estab: 'established',
};

export const LISTEN = 10;
/** Bound only, and every UDP socket that is not connected. */
export const CLOSE = 7;

export const stateWords = Object.keys(numbers);

export const stateNumber = (word: string): number | undefined => {
  const name = word.toLowerCase().replaceAll('-', '_');
  return numbers[others[name] ?? name];
};

const words = new Map(Object.entries(numbers).map(([word, number]) => [number, word]));

export const stateWord = (number: number): string => words.get(number) ?? 'bound';
