import { describe, expect, it } from 'vitest';
import { PortFetch } from './port-fetch.js';

const asked = (fetch: PortFetch, times: number): boolean[] =>
  Array.from({ length: times }, () => fetch.required());

describe('portFetchRequired', () => {
  it('until the watcher is Ready: always true', () => {
    expect(asked(new PortFetch(), 4)).toEqual([true, true, true, true]);
  });

  it('After Ready: true once, then false until a NewPort inside open_port, then true once', () => {
    const fetch = new PortFetch();
    fetch.watcherReady();
    expect(asked(fetch, 3)).toEqual([true, false, false]);
    fetch.want();
    fetch.want();
    expect(asked(fetch, 3)).toEqual([true, false, false]);
  });

  it('the watcher gone: always true again, until it is Ready', () => {
    const fetch = new PortFetch();
    fetch.watcherReady();
    asked(fetch, 2);
    fetch.watcherGone();
    expect(asked(fetch, 3)).toEqual([true, true, true]);
    fetch.watcherReady();
    expect(asked(fetch, 2)).toEqual([true, false]);
  });

  it('being Ready again changes nothing', () => {
    const fetch = new PortFetch();
    fetch.watcherReady();
    asked(fetch, 1);
    fetch.watcherReady();
    expect(asked(fetch, 1)).toEqual([false]);
  });
});
