/** What stands in an export where a secret stood. */
export const REDACTED = '[REDACTED]';

const SECRET_WORDS = new Set([
  'apikey',
  'apitoken',
  'accesskey',
  'auth',
  'authorization',
  'authtoken',
  'bearer',
  'cookie',
  'credential',
  'credentials',
  'jwt',
  'pass',
  'passcode',
  'passphrase',
  'passwd',
  'password',
  'pat',
  'privatekey',
  'pw',
  'pwd',
  'secret',
  'secretkey',
  'secrets',
  'sessionid',
  'signature',
  'signingkey',
  'token',
]);
/** Words grown together, as in PGPASSWORD. */
const SECRET_ENDS = /(?:password|passwd|passphrase|secret|token|apikey)$/;
/** Words that make a secret of the word `key` after them. */
const BEFORE_KEY = new Set([
  'access',
  'account',
  'api',
  'client',
  'encryption',
  'master',
  'private',
  'secret',
  'shared',
  'signing',
]);
/** A name that ends in one of these holds no secret, but says where or how one is found. */
const HARMLESS_ENDS = new Set([
  'file',
  'path',
  'dir',
  'directory',
  'env',
  'name',
  'type',
  'mode',
  'method',
  'provider',
  'url',
  'uri',
  'endpoint',
  'length',
  'ttl',
  'timeout',
  'expiry',
  'policy',
  'store',
  'helper',
  'command',
  'cmd',
]);

/** Whether an option, variable or field of this name holds a secret: `--db-password`, `AWS_SECRET_ACCESS_KEY`, `apiKey`. */
const namesSecret = (name: string): boolean => {
  const words = name
    .replace(/^-+/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1);
  if (last === undefined || HARMLESS_ENDS.has(last)) return false;
  return words.some(
    (word, index) =>
      SECRET_WORDS.has(word) ||
      SECRET_ENDS.test(word) ||
      (word === 'key' && BEFORE_KEY.has(words[index - 1] ?? '')),
  );
};

/** Tokens that give themselves away by their form, wherever they stand. */
const TOKEN_FORMS =
  /\b(?:gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{8,}|sk-[\w-]{16,}|sk_(?:live|test)_\w{8,}|AKIA[A-Z0-9]{12,}|AIza[\w-]{20,}|npm_[A-Za-z0-9]{16,}|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)/g;
const URL_CREDENTIALS = /([A-Za-z][A-Za-z0-9+.-]{0,31}:\/\/)([^\s/?#@]*)@/g;
const QUERY_PARAMETER = /([?&;])([\w.-]{1,64})=([^&;#\s"']+)/g;
const SCHEME = /\b(bearer|basic|digest|token)(\s+)[\w.~+/=-]{4,}/gi;
const HEADER = /^([\w-]{1,64})(\s*:\s*)(?!\/\/)(.+)$/s;
const JSON_FIELD = /(["'])([\w.-]{1,64})\1(\s*:\s*)(["'])(?:[^"'\\]|\\.)*(?:\4|$)/g;
const ASSIGNMENT = /^((?:--?|\/)?[A-Za-z_][\w.-]{0,127})(=)(.*)$/s;
/** `KEY=value` within a longer text, as in `sh -c "PASSWORD=x run"` or a connection string. */
const INNER_ASSIGNMENT = /(^|[\s;,&|(])(-{0,2}[A-Za-z_][\w.-]{0,63})=("[^"]*"?|'[^']*'?|[^\s;,&|)]+)/g;
/** `--password value` within a longer text. */
const INNER_OPTION = /(^|\s)(--?[A-Za-z][\w-]{0,63})(\s+)("[^"]*"?|'[^']*'?|[^\s-]\S*)/g;

const redactText = (text: string): string =>
  text
    .replace(URL_CREDENTIALS, (whole, scheme: string, userInfo: string) => {
      const colon = userInfo.indexOf(':');
      if (colon >= 0) return `${scheme}${userInfo.slice(0, colon)}:${REDACTED}@`;
      // A long user name without a password is a token.
      return userInfo.length >= 16 ? `${scheme}${REDACTED}@` : whole;
    })
    .replace(QUERY_PARAMETER, (whole, before: string, name: string) =>
      namesSecret(name) || /^(sig|code|key)$/i.test(name) ? `${before}${name}=${REDACTED}` : whole,
    )
    .replace(JSON_FIELD, (whole, quote: string, name: string, colon: string, valueQuote: string) =>
      namesSecret(name) ? `${quote}${name}${quote}${colon}${valueQuote}${REDACTED}${valueQuote}` : whole,
    )
    .replace(SCHEME, (_whole, scheme: string, space: string) => `${scheme}${space}${REDACTED}`)
    .replace(INNER_ASSIGNMENT, (whole, before: string, name: string) =>
      namesSecret(name) ? `${before}${name}=${REDACTED}` : whole,
    )
    .replace(INNER_OPTION, (whole, before: string, name: string, space: string) =>
      namesSecret(name) ? `${before}${name}${space}${REDACTED}` : whole,
    )
    .replace(TOKEN_FORMS, REDACTED);

const redactOne = (argument: string): string => {
  const assignment = ASSIGNMENT.exec(argument);
  if (assignment !== null) {
    const [, name = '', equals = '', value = ''] = assignment;
    if (namesSecret(name)) return value === '' ? argument : `${name}${equals}${REDACTED}`;
    return `${name}${equals}${redactText(value)}`;
  }
  const header = HEADER.exec(argument);
  if (header !== null) {
    const [, name = '', colon = ''] = header;
    if (namesSecret(name)) return `${name}${colon}${REDACTED}`;
  }
  return redactText(argument);
};

/**
 * A command line with the values of what looks like a secret replaced: `--password=…`,
 * `--token …`, `KEY=…`, credentials in URLs and headers, tokens known by their form. It errs on the
 * side of replacing; names, paths and ports stay readable.
 */
export const redactArguments = (args: readonly string[]): string[] => {
  const redacted: string[] = [];
  let secretNext = false;
  for (const argument of args) {
    if (secretNext && !/^--?[A-Za-z]/.test(argument)) {
      redacted.push(REDACTED);
      secretNext = false;
      continue;
    }
    secretNext = /^--?[A-Za-z][\w-]*$/.test(argument) && namesSecret(argument);
    redacted.push(redactOne(argument));
  }
  return redacted;
};
