import { describe, expect, it } from 'vitest';
import { layoutColumns } from './use-column-widths.js';

const columns = [
  { id: 'port', width: 60 },
  { id: 'process', width: 100, grow: 2 },
  { id: 'holders', width: 120, grow: 1, whenRoom: true },
] as const;

describe('layoutColumns', () => {
  it('lets those that grow share what is left', () => {
    expect(layoutColumns(columns, {}, 400)).toEqual({
      shown: ['port', 'process', 'holders'],
      widths: { port: 60, process: 100, holders: 120 },
      least: 280,
      template: '60px minmax(100px, 2fr) minmax(120px, 1fr)',
    });
  });

  it('leaves out what may go before the table would scroll', () => {
    const { shown, least } = layoutColumns(columns, {}, 279);
    expect(shown).toEqual(['port', 'process']);
    expect(least).toBe(160);
  });

  it('takes the widths the user set, and no nonsense', () => {
    const { template } = layoutColumns(columns, { process: 150, port: -3, holders: 'wide' }, 400);
    expect(template).toBe('60px 150px minmax(120px, 1fr)');
  });
});
