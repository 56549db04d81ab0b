import { describe, expect, it } from 'vitest';
import { REDACTED, redactArguments } from './redact.js';

const R = REDACTED;

describe('arguments that look like secrets', () => {
  it.each<[string[], string[]]>([
    [
      ['x', '--password=hunter2'],
      ['x', `--password=${R}`],
    ],
    [
      ['x', '--password', 'hunter2', '--port', '80'],
      ['x', '--password', R, '--port', '80'],
    ],
    [
      ['x', '-password', 'hunter2'],
      ['x', '-password', R],
    ],
    [
      ['x', '--token', 'abc', 'file'],
      ['x', '--token', R, 'file'],
    ],
    [
      ['x', '--db-password=p'],
      ['x', `--db-password=${R}`],
    ],
    [
      ['x', '--dbPassword=p'],
      ['x', `--dbPassword=${R}`],
    ],
    [
      ['x', '--api-key=p'],
      ['x', `--api-key=${R}`],
    ],
    [
      ['x', '--apiKey', 'p'],
      ['x', '--apiKey', R],
    ],
    [
      ['x', '--client-secret=p'],
      ['x', `--client-secret=${R}`],
    ],
    [
      ['java', '-Dspring.datasource.password=p', '-jar', 'a.jar'],
      ['java', `-Dspring.datasource.password=${R}`, '-jar', 'a.jar'],
    ],
    [
      ['env', 'AWS_SECRET_ACCESS_KEY=abc', 'run'],
      ['env', `AWS_SECRET_ACCESS_KEY=${R}`, 'run'],
    ],
    [
      ['env', 'PGPASSWORD=abc'],
      ['env', `PGPASSWORD=${R}`],
    ],
    [
      ['env', 'GITHUB_TOKEN=abc', 'PATH=/bin'],
      ['env', `GITHUB_TOKEN=${R}`, 'PATH=/bin'],
    ],
    [
      ['psql', 'postgres://ada:s3cret@db:5432/x'],
      ['psql', `postgres://ada:${R}@db:5432/x`],
    ],
    [
      ['psql', '--url=postgres://ada:s3cret@db/x'],
      ['psql', `--url=postgres://ada:${R}@db/x`],
    ],
    [
      ['git', 'clone', 'https://0123456789abcdef0123@host/r'],
      ['git', 'clone', `https://${R}@host/r`],
    ],
    [
      ['curl', 'https://h/?access_token=abc&x=1'],
      ['curl', `https://h/?access_token=${R}&x=1`],
    ],
    [
      ['curl', '-H', 'Authorization: Bearer abcdef'],
      ['curl', '-H', `Authorization: ${R}`],
    ],
    [
      ['curl', '-H', 'X-Api-Key: abcdef'],
      ['curl', '-H', `X-Api-Key: ${R}`],
    ],
    [
      ['x', 'Bearer abcdef012345'],
      ['x', `Bearer ${R}`],
    ],
    [
      ['x', 'ghp_0123456789abcdefghij'],
      ['x', R],
    ],
    [
      ['x', 'AKIAIOSFODNN7EXAMPLE'],
      ['x', R],
    ],
    [
      ['x', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
      ['x', R],
    ],
    [
      ['x', '{"user":"ada","password":"p"}'],
      ['x', `{"user":"ada","password":"${R}"}`],
    ],
    [
      ['sh', '-c', 'exec run DB_PASSWORD=p --token t'],
      ['sh', '-c', `exec run DB_PASSWORD=${R} --token ${R}`],
    ],
    [
      ['x', 'host=db password=p user=ada'],
      ['x', `host=db password=${R} user=ada`],
    ],
    [
      ['x', '--auth', 'user:pass'],
      ['x', '--auth', R],
    ],
    [
      ['x', '--cookie=sid=1'],
      ['x', `--cookie=${R}`],
    ],
  ])('%j leaves as %j', (args, expected) => {
    expect(redactArguments(args)).toEqual(expected);
  });

  it.each<[string[]]>([
    [['nginx', '-p', '8080', '--port=8080']],
    [['x', '--bypass=all', '--author=ada', '--compass', 'north', '--tokenizer=bpe']],
    [['x', '--password-file=/run/secrets/db', '--token-path', '/etc/token']],
    [['x', '--password', '--verbose']],
    [['x', '--password=']],
    [['x', '--key', 'name', '--sort-key=port']],
    [['node', 'server.js', 'http://localhost:8080/a@b']],
    [['ssh', 'ada@host', 'ssh://ada@host/']],
    [['x', '--listen=0.0.0.0:8080', 'unix:///run/a.sock']],
    [['/usr/lib/jvm/bin/java', '-Xmx2g', '-Dfile.encoding=UTF-8']],
    [[]],
  ])('%j stays as it is', (args) => {
    expect(redactArguments(args)).toEqual(args);
  });

  it('takes linear time on hostile arguments', () => {
    const hostile = [
      '-'.repeat(50_000),
      'a='.repeat(50_000),
      '"'.repeat(50_000),
      'a://'.repeat(20_000),
      ' '.repeat(50_000),
    ];
    expect(redactArguments(hostile)).toHaveLength(5);
  });
});
