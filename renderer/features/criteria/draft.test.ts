import { describe, expect, it } from 'vitest';
import { Criterion } from '../../../contract/index.js';
import { newCriterionId } from '../../store/criteria.js';
import { criterionOf, portsProblem } from './draft.js';

describe('portsProblem', () => {
  it.each(['80', '80,8080', '8000-8999', '   80\t,   100 -200,443, 8000- 8999   ', ''])(
    'accepts %j',
    (text) => expect(portsProblem(text)).toBeNull(),
  );
  it.each([
    [',', 0],
    ['1a', 1],
    ['33,', 3],
    ['80 81', 3],
    ['70000', 0],
    ['80, 8999-8000', 4],
    ['0', 0],
  ])('points into %j at %d', (text, position) => expect(portsProblem(text)?.position).toBe(position));
});

it('makes a criterion of the contract, named after its selector when no name is typed', () => {
  const made = criterionOf({ name: ' ', ports: ' 80, 443 ', executable: '' }, newCriterionId(), true);
  expect(Criterion.parse(made)).toMatchObject({ name: '80, 443', openPorts: '80, 443', executable: null });
});
