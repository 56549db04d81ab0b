import { describe, expect, it } from 'vitest';
import { configurationProblemText } from '../../contract/index.js';
import { readConfiguration } from './configure.js';
import { readVariables, setsVariables } from './variable-lines.js';
import { writeConfiguration } from './write.js';

describe('lines that set variables', () => {
  it.each([
    ['BEYLA_OPEN_PORT=8080', true],
    ['export BEYLA_OPEN_PORT=8080\n# why\n\nBEYLA_EXECUTABLE_NAME=node', true],
    ['open_port: 8080', false],
    ['BEYLA_OPEN_PORT=8080\nopen_port: 8080', false],
    ['', false],
    ['# nothing', false],
  ])('%j: %s', (text, sets) => {
    expect(setsVariables(text)).toBe(sets);
  });

  it.each([
    ['A=b', { A: 'b' }],
    ["A='b c' B=d", { A: 'b c', B: 'd' }],
    ['A="b \\"c\\" \\d"', { A: 'b "c" \\d' }],
    ["A='it'\\''s'", { A: "it's" }],
    ['export A=1\r\nexport B=2 # two', { A: '1', B: '2' }],
    ['A=', { A: '' }],
    ['A=1\nA=2', { A: '2' }],
    ['A=b\\ c', { A: 'b c' }],
  ])('%j is read as a shell would', (text, environment) => {
    expect(readVariables(text).environment).toEqual(environment);
  });

  it('are a configuration: one criterion of what they say', () => {
    const { configuration } = readConfiguration(
      "export BEYLA_OPEN_PORT='80, 8000-8999'\nBEYLA_EXECUTABLE_NAME=node\nBEYLA_LOG_LEVEL=debug\n",
      'pasted',
    );
    expect(
      configuration?.criteria.map(({ selectors }) => [selectors.openPorts, selectors.executable]),
    ).toEqual([['80, 8000-8999', { syntax: 'regex', text: 'node' }]]);
    expect(configuration?.notes.map(configurationProblemText)).toEqual([
      'pasted:3:17: BEYLA_LOG_LEVEL is not about discovery; it is left out',
    ]);
  });

  it.each([
    ['X=1\nBEYLA_OPEN_PORT=8999-8000', /^pasted:2:17: BEYLA_OPEN_PORT: .*backwards/],
    ["BEYLA_OPEN_PORT='80", /^pasted:1:17: this quote is never closed/],
    [
      'BEYLA_LOG_LEVEL=debug',
      /^pasted:1:1: none of these variables selects a process; set OTEL_EBPF_OPEN_PORT/,
    ],
    ['BEYLA_EXECUTABLE_NAME=node(', /^pasted:1:23: BEYLA_EXECUTABLE_NAME: .*never closed/],
  ])('%j is refused at its place', (text, words) => {
    const { configuration, problems } = readConfiguration(text, 'pasted');
    expect(configuration).toBeNull();
    expect(problems.map(configurationProblemText)).toEqual([expect.stringMatching(words)]);
  });

  it('what is copied as variables is read again', () => {
    const { configuration } = readConfiguration("BEYLA_OPEN_PORT=80\nBEYLA_EXECUTABLE_NAME='it'\\''s'", 'a');
    const { text } = writeConfiguration(configuration?.criteria ?? [], null, 'env');
    expect(readConfiguration(text, 'b').configuration?.criteria.map(({ selectors }) => selectors)).toEqual(
      configuration?.criteria.map(({ selectors }) => selectors),
    );
  });
});
