import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Config, describeConfig, loadConfig, SETTINGS } from '../src/config.js';
import { ConfigError } from '../src/errors.js';
import type { Setting } from '../src/settings/setting.js';

const test = suite('config');

const ALL: readonly Setting[] = Object.values<Setting>(SETTINGS);

/** The mistakes in an environment. */
function mistakesIn(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    assert.instance(error, ConfigError);
    return (error as ConfigError).mistakes;
  }
  return [];
}

test('has the defaults that are documented', () => {
  const config = loadConfig({});
  assert.is(config.windowSeconds, 5);
  assert.is(config.threshold, 5);
  assert.is(config.cooldownSeconds, 30);
  assert.is(config.enforcement, 'enforce');
  assert.is(config.autoBlock, true);
  assert.is(config.autoDisconnect, false);
  assert.is(config.blockDurationHours, 24);
  assert.is(config.grpcAddress, '127.0.0.1:50052');
  assert.is(config.grpcSocket, '');
  assert.is(config.apiHost, '127.0.0.1');
  assert.is(config.apiPort, 5001);
  assert.is(config.allowPlaintext, false);
  assert.is(config.checkDeadlineMs, 20);
  assert.is(config.onFailure, 'allow');
  assert.is(config.sipMode, 'b2bua');
  assert.is(config.rejectProfile, '608');
  assert.is(config.logLevel, 'info');
  assert.equal(config.file.trunks, []);
  assert.ok(config.file.emergency_numbers.includes('112'));
});

test('takes an empty variable for an absent one', () => {
  const empty = Object.fromEntries(ALL.map(({ name }) => [name, '']));
  assert.equal(loadConfig(empty), loadConfig({}));
});

test('takes its own defaults when they are written out', () => {
  const written = Object.fromEntries(ALL.map((setting) => [setting.name, setting.default]));
  assert.equal(loadConfig(written), loadConfig({}));
});

test('reads what it is given', () => {
  const config = loadConfig({
    ACM_WINDOW_SECONDS: '300',
    ACM_THRESHOLD: '2',
    ACM_ENFORCEMENT: 'shadow',
    ACM_AUTO_DISCONNECT: 'true',
    ACM_AUTO_BLOCK: 'false',
    ACM_GRPC_ADDRESS: '[::1]:0',
    ACM_SIDECAR_ADDRESS: 'unix:/run/acm/acm.sock',
    API_PORT: '65535',
    ACM_REJECT_URL: 'https://example.com/complain',
  });
  assert.is(config.windowSeconds, 300);
  assert.is(config.threshold, 2);
  assert.is(config.enforcement, 'shadow');
  assert.is(config.autoDisconnect, true);
  assert.is(config.autoBlock, false);
  assert.is(config.grpcAddress, '[::1]:0');
  assert.is(config.sidecarAddress, 'unix:/run/acm/acm.sock');
  assert.is(config.apiPort, 65_535);
  assert.is(config.rejectUrl, 'https://example.com/complain');
});

test('reports every mistake at once, with the variable, what it takes and what it was given', () => {
  const mistakes = mistakesIn({
    ACM_WINDOW_SECONDS: '0',
    ACM_THRESHOLD: 'five',
    ACM_AUTO_BLOCK: 'perhaps',
    ACM_GRPC_ADDRESS: 'localhost',
    ACM_REJECT_PROFILE: '200',
    ACM_REJECT_URL: 'javascript:alert(1)',
    LOG_LEVEL: 'loud',
    ACM_CONFIG: '/nonexistent/acm.yaml',
  });
  assert.equal(mistakes, [
    'ACM_WINDOW_SECONDS: takes a whole number from 1 to 300, not "0"',
    'ACM_THRESHOLD: takes a whole number from 2 to 100, not "five"',
    'ACM_AUTO_BLOCK: takes true | false, not "perhaps"',
    'ACM_REJECT_PROFILE: takes 608 | 603+ | 603 | 403 | 480, not "200"',
    'ACM_REJECT_URL: takes an http or https URL, or nothing, not "javascript:alert(1)"',
    'ACM_GRPC_ADDRESS: takes host:port, an IPv6 host in square brackets, not "localhost"',
    'LOG_LEVEL: takes trace | debug | info | warn | error | fatal | silent, not "loud"',
    "ACM_CONFIG: /nonexistent/acm.yaml: ENOENT: no such file or directory, open '/nonexistent/acm.yaml'",
  ]);
});

test('refuses numbers that only look like numbers, and those out of range', () => {
  for (const value of ['-1', '1.5', '1e1', '0x10', ' 5', '5 s', '301', '9'.repeat(30), 'NaN', '٥']) {
    assert.is(mistakesIn({ ACM_WINDOW_SECONDS: value }).length, 1, value);
  }
});

test('refuses addresses that nobody can listen on or dial', () => {
  for (const address of [
    '50052',
    ':50052',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:50052',
    '1.2.3.4:x',
    'a b:1',
  ])
    assert.is(mistakesIn({ ACM_GRPC_ADDRESS: address }).length, 1, address);
  for (const address of ['unix:acm.sock', 'unix:', 'localhost'])
    assert.is(mistakesIn({ ACM_SIDECAR_ADDRESS: address }).length, 1, address);
  for (const address of ['localhost:1', '[::1]:1', 'acm.voice.svc:50052', 'unix:/run/a'])
    assert.is(mistakesIn({ ACM_SIDECAR_ADDRESS: address }).length, 0, address);
});

test('takes exact origins only, and not those of everybody', () => {
  const origins = (value: string) => loadConfig({ API_CORS_ORIGINS: value }).apiCorsOrigins;
  assert.equal(origins(''), []);
  assert.equal(origins('https://noc.example, http://localhost:5173'), [
    'https://noc.example',
    'http://localhost:5173',
  ]);
  assert.equal(mistakesIn({ API_CORS_ORIGINS: '*' }), [
    'API_CORS_ORIGINS: takes exact origins such as https://noc.example:8443, comma-separated, or nothing ' +
      '(* would let in every page), not "*"',
  ]);
  for (const value of [
    'noc.example',
    'https://noc.example/',
    'https://noc.example/path',
    'https://noc.example:443',
    'https://*.noc.example',
    'https://ada@noc.example',
    'https://NOC.example',
    'https://noc.example,',
    'https://noc.example,*',
    'ftp://noc.example',
    'file:///tmp',
    'null',
  ])
    assert.is(mistakesIn({ API_CORS_ORIGINS: value }).length, 1, value);
});

test('cannot be changed once it is read, however deep', () => {
  const config = loadConfig({});
  assert.throws(() => Object.assign(config, { threshold: 2 }), /read only|not extensible/);
  assert.throws(() => (config.file.emergency_numbers as string[]).pop(), /read only|delete|not extensible/);
  assert.throws(() => Object.assign(config.file, { next_hop: 'sip:elsewhere' }), /read only|not extensible/);
});

test('describes itself completely, in a form that can be read back, without its secrets', () => {
  const config: Config = loadConfig({ ACM_DRACHTIO_SECRET: 'hunter2', ACM_THRESHOLD: '7' });
  const text = describeConfig(config);
  assert.not.match(text, 'hunter2');
  assert.match(text, '\nACM_DRACHTIO_SECRET=***\n');
  const lines = text.split('\n');
  for (const { name } of ALL)
    assert.ok(
      lines.some((line) => line.startsWith(`${name}=`)),
      name,
    );
  const env = Object.fromEntries(
    lines.filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split(/=(.*)/s, 2)),
  );
  assert.is(loadConfig(env).threshold, 7);
  const secrets = { drachtioSecret: '', eslPassword: '' };
  assert.equal({ ...loadConfig(env), ...secrets }, { ...config, ...secrets });
});

test('takes a secret for the webhook of others that is long enough, or none', () => {
  assert.is(loadConfig({}).fraudWebhookSecret, '');
  assert.is(loadConfig({ FRAUD_WEBHOOK_SECRET: 'sixteen letters!' }).fraudWebhookSecret, 'sixteen letters!');
  assert.equal(mistakesIn({ FRAUD_WEBHOOK_SECRET: 'too short' }), [
    'FRAUD_WEBHOOK_SECRET: takes 16 characters or more, or nothing, not what it was given',
  ]);
  const config = loadConfig({ FRAUD_WEBHOOK_SECRET: 'sixteen letters!' });
  assert.match(describeConfig(config), '\nFRAUD_WEBHOOK_SECRET=***\n');
});

test('describes the webhooks of the file without their secrets', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acm-config-'));
  try {
    const path = join(directory, 'acm.yaml');
    writeFileSync(
      path,
      'webhooks: [{name: siem, url: "https://siem.example.com", secret: hunter2-hunter2-}]',
    );
    const text = describeConfig(loadConfig({ ACM_CONFIG: path }));
    assert.match(text, 'https://siem.example.com');
    assert.match(text, '"secret": "***"');
    assert.not.match(text, 'hunter2');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('names what a secret takes, but not what it was given', () => {
  for (const setting of ALL.filter(({ secret }) => secret))
    for (const mistake of mistakesIn({ [setting.name]: 'hunter2' })) assert.not.match(mistake, 'hunter2');
});

test('says of every setting what it is, what it takes and who reads it', () => {
  assert.is(new Set(ALL.map(({ name }) => name)).size, ALL.length);
  for (const setting of ALL) {
    assert.match(setting.name, /^[A-Z][A-Z_]+$/);
    assert.match(setting.sentence, /^[A-Z].*\.$/, setting.name);
    assert.is.not(setting.takes, '', setting.name);
    assert.is.not(setting.usedBy.length, 0, setting.name);
  }
});

test.run();
