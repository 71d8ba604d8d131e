import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { webhooksSchema } from '../../src/settings/webhook-schema.js';

const test = suite('settings/webhook-schema');

const WEBHOOK = { name: 'siem', url: 'https://siem.example.com/hook', secret: 'sixteen letters!' };

/** Where the mistakes are, and what they are. */
function mistakesIn(...webhooks: object[]): string[] {
  const { error } = webhooksSchema.safeParse(webhooks);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('takes a webhook, with defaults for what is left out', () => {
  assert.equal(webhooksSchema.parse([WEBHOOK]), [
    { ...WEBHOOK, min_severity: 'MEDIUM', allow_private: false },
  ]);
  assert.equal(
    mistakesIn(
      { ...WEBHOOK, url: 'http://10.0.0.7:8080/', allow_private: true },
      { name: 'a-1', url: WEBHOOK.url, secret_file: '/run/secrets/siem', min_severity: 'CRITICAL' },
    ),
    [],
  );
});

test('says of each mistake where it is and what is taken instead', () => {
  for (const [changes, mistake] of [
    [{ name: 'SIEM' }, '0.name: takes 1 to 64 characters of a-z, 0-9 and -'],
    [{ name: 'a'.repeat(65) }, '0.name: takes 1 to 64 characters of a-z, 0-9 and -'],
    [{ url: 'http://siem.example.com' }, '0.url: takes http only together with allow_private: true'],
    [{ url: 'HTTP://siem.example.com' }, '0.url: takes http only together with allow_private: true'],
    [{ url: 'ftp://siem.example.com' }, '0.url: takes an https URL without a user or password in it'],
    [{ url: 'https://u:p@siem.example.com' }, '0.url: takes an https URL without a user or password in it'],
    [{ url: 'siem' }, '0.url: takes an https URL without a user or password in it'],
    [{ secret: 'too short' }, '0.secret: takes 16 characters or more'],
    [{ secret: undefined }, '0.secret: is needed, or secret_file; not both'],
    [{ secret_file: '/a' }, '0.secret: is needed, or secret_file; not both'],
    [{ min_severity: 'LOW' }, '0.min_severity: takes MEDIUM, HIGH or CRITICAL'],
    [{ colour: 'blue' }, '0: Unrecognized key: "colour"'],
  ] as const)
    assert.equal(mistakesIn({ ...WEBHOOK, ...changes }), [mistake]);
});

test('has room for sixteen', () => {
  const many = Array.from({ length: 17 }, (_, i) => ({ ...WEBHOOK, name: `w${i}` }));
  assert.equal(mistakesIn(...many), [': has more than 16 webhooks']);
});

test.run();
