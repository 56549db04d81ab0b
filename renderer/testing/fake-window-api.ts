import type { InvokeChannel, NotifyChannel, Settings, WindowApi } from '../../contract/index.js';

export interface FakeWindowApi {
  readonly api: WindowApi;
  /** Every request, in order. */
  readonly requests: { readonly channel: InvokeChannel; readonly request: unknown }[];
  /** What main answers to a channel from now on; throw to refuse. */
  answer(channel: InvokeChannel, answer: (request: never) => unknown): void;
  notify(channel: NotifyChannel, payload: unknown): void;
}

/** Main's side of the contract: keeps settings, as main does, and answers what a test sets. */
export const fakeWindowApi = (initial: Settings): FakeWindowApi => {
  let settings = initial;
  const requests: FakeWindowApi['requests'] = [];
  const listeners = new Map<string, Set<(payload: never) => void>>();
  const answers = new Map<string, (request: never) => unknown>([
    ['settings:get', () => settings],
    [
      'settings:update',
      (patch: object) => {
        settings = { ...settings, ...patch };
        return settings;
      },
    ],
  ]);
  return {
    requests,
    answer: (channel, answer) => answers.set(channel, answer),
    notify: (channel, payload) => listeners.get(channel)?.forEach((listener) => listener(payload as never)),
    api: {
      invoke: async (channel, request) => {
        requests.push({ channel, request });
        await Promise.resolve();
        return answers.get(channel)?.(request as never) as never;
      },
      on: (channel, listener) => {
        const set = listeners.get(channel) ?? new Set();
        set.add(listener);
        listeners.set(channel, set);
        return () => set.delete(listener);
      },
    },
  };
};

/** Puts the fake where the preload script puts the real one. */
export const install = (fake: FakeWindowApi): void => {
  Object.defineProperty(window, 'bindscope', { value: fake.api, configurable: true });
};
