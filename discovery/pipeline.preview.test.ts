import { describe, expect, it } from 'vitest';
import type { CriterionDraft, EngineMessageOf } from '../contract/index.js';
import { criterion, Scenario } from './testing/scenario.js';
import { ScriptedInspector } from './testing/scripted-inspector.js';
import { VirtualTime } from './testing/virtual-time.js';

const opened = async (): Promise<{
  s: Scenario;
  inspector: ScriptedInspector;
  preview: (draft: CriterionDraft) => Promise<EngineMessageOf<'previewed'> | undefined>;
  close: () => void;
}> => {
  const time = new VirtualTime();
  const inspector = new ScriptedInspector(time);
  const s = new Scenario({
    time,
    inspector,
    ownPids: [3],
    criteria: [criterion('80', null, { name: 'first' })],
  });
  s.kernel.fork(3, { exe: '/opt/bindscope' });
  s.kernel.serve(s.kernel.fork(7, { exe: '/usr/bin/node' }), 80);
  s.kernel.serve(s.kernel.fork(8, { exe: '/usr/bin/node' }), 81);
  s.kernel.fork(9, { exe: '/usr/bin/go-app' });
  inspector.languages.set('/usr/bin/go-app', 'go');
  await s.start();
  let answer: EngineMessageOf<'previewed'> | undefined;
  const { receive, close } = s.pipeline.openWindow((message) => {
    if (message.type === 'previewed') answer = message;
  });
  return {
    s,
    inspector,
    close,
    preview: async (draft) => {
      answer = undefined;
      receive({ type: 'preview', request: 5, criterion: draft });
      await time.advance(1);
      return answer;
    },
  };
};

const speaksGo = criterion(null, null, {
  name: 'go',
  selectors: { languages: { syntax: 'glob', text: 'go' } },
});

describe('the preview of a criterion as it is typed', () => {
  it('answers at once what it would select now, of every living process but our own', async () => {
    const { preview } = await opened();
    const node = await preview(criterion(null, 'node', { name: '' }));
    expect(node).toMatchObject({ request: 5, problems: [], count: 2, taken: 1 });
    expect(node?.examples.map(({ pid }) => pid).sort()).toEqual([7, 8]);
    const all = await preview(criterion(null, null, { name: 'all', selectors: { everything: true } }));
    expect(all?.count).toBe(3);
  });

  it('a draft that cannot be put into force: what is wrong, and where', async () => {
    const { preview } = await opened();
    expect(await preview(criterion('80-', '(', { name: 'x'.repeat(81) }))).toMatchObject({
      problems: [{ field: 'name' }, { field: 'openPorts', position: 3 }, { field: 'executable' }],
      count: 0,
    });
  });

  it('has facts looked up that nobody asked for before, and counts what they tell', async () => {
    const { preview, inspector } = await opened();
    expect(inspector.asked).not.toContain('type /usr/bin/go-app');
    expect(await preview(speaksGo)).toMatchObject({ count: 1, examples: [{ pid: 9 }] });
    expect(inspector.asked).toContain('type /usr/bin/go-app');
  });

  it('does not wait long for what is not told', async () => {
    const { inspector, s } = await opened();
    inspector.hangs = true;
    let answer: unknown;
    const window = s.pipeline.openWindow((message) => {
      if (message.type === 'previewed') answer = message;
    });
    window.receive({ type: 'preview', request: 6, criterion: speaksGo });
    await s.time.advance(400);
    expect(answer).toBeUndefined();
    await s.time.advance(200);
    expect(answer).toMatchObject({ request: 6, count: 0 });
  });

  it('a window that closed meanwhile is told nothing', async () => {
    const { preview, close, inspector, s } = await opened();
    inspector.hangs = true;
    const pending = preview(speaksGo);
    close();
    await s.time.advance(1000);
    expect(await pending).toBeUndefined();
  });
});
