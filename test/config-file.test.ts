import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConfigFile, EMPTY_CONFIG_FILE, readConfigFile } from '../src/config-file.js';

const test = suite('config-file');

let directory: string;
let path: string;

test.before(() => {
  directory = mkdtempSync(join(tmpdir(), 'acm-config-'));
  path = join(directory, 'acm.yaml');
});

test.after(() => rmSync(directory, { recursive: true }));

function read(yaml: string): { file: ConfigFile; mistakes: string[] } {
  writeFileSync(path, yaml);
  const mistakes: string[] = [];
  return { file: readConfigFile(path, mistakes), mistakes };
}

/** What is wrong with the file, without the variable and the path, which each mistake must begin with. */
function mistakesIn(yaml: string): string[] {
  const { file, mistakes } = read(yaml);
  assert.is(file, EMPTY_CONFIG_FILE);
  const start = `ACM_CONFIG: ${path}: `;
  return mistakes.map((mistake) => {
    assert.ok(mistake.startsWith(start), mistake);
    return mistake.slice(start.length);
  });
}

test('reads trunks, exempt numbers and the next hop', () => {
  const { file, mistakes } = read(`
trunks:
  - name: lagos
    sources: [10.1.0.0/16, '2001:db8::/32', 192.0.2.1]
    country: NG
    trust_identity: true
    trust_diversion: true
    reject_profile: '603'
  - name: bare
emergency_numbers: ['112']
exempt_numbers: ['+234800', helpdesk]
next_hop: sip:10.0.0.2:5080;transport=tcp
`);
  assert.equal(mistakes, []);
  assert.equal(file, {
    trunks: [
      {
        name: 'lagos',
        sources: ['10.1.0.0/16', '2001:db8::/32', '192.0.2.1'],
        country: 'NG',
        trust_identity: true,
        trust_diversion: true,
        reject_profile: '603',
      },
      { name: 'bare', sources: [], trust_identity: false, trust_diversion: false },
    ],
    emergency_numbers: ['112'],
    exempt_numbers: ['+234800', 'helpdesk'],
    webhooks: [],
    identities: [],
    next_hop: 'sip:10.0.0.2:5080;transport=tcp',
  });
});

test('takes an empty file for one that leaves everything as it is', () => {
  for (const yaml of ['', '# nothing\n', '{}']) {
    const { file, mistakes } = read(yaml);
    assert.equal(mistakes, []);
    assert.equal(file, EMPTY_CONFIG_FILE);
    for (const emergency of ['112', '911', '999', '000'])
      assert.ok(file.emergency_numbers.includes(emergency));
  }
});

test('reports every mistake at once, and where it is', () => {
  const mistakes = mistakesIn(`
trunks:
  - name: a
    sources: [10.0.0.0/33, gateway, 10.0.0.0/8/8, '::1/129', 10.0.0.0/]
    country: ng
    reject_profile: 608
    colour: blue
  - name: a
  - sources: []
exempt_numbers: [112, '', 0800]
next_hop: 127.0.0.1:5080
nexthop: sip:127.0.0.1
`);
  const cidr = 'takes an address or a CIDR range, such as 10.1.0.0/16';
  assert.equal(mistakes.toSorted(), [
    'exempt_numbers.0: takes a number in quotes, such as "112"',
    'exempt_numbers.1: is empty',
    'exempt_numbers.2: takes a number in quotes, such as "112"',
    'next_hop: takes a SIP URI, such as sip:127.0.0.1:5080',
    'the file: Unrecognized key: "nexthop"',
    'trunks.0.country: takes an ISO 3166 country code in capitals, such as NG',
    'trunks.0.reject_profile: takes "608", "603+", "603", "403" or "480", in quotes',
    ...[0, 1, 2, 3, 4].map((nth) => `trunks.0.sources.${nth}: ${cidr}`),
    'trunks.0: Unrecognized key: "colour"',
    'trunks.2.name: Invalid input: expected string, received undefined',
    'trunks: two trunks are called "a"',
  ]);
});

test('reads webhooks, says where each mistake is, and which name there is twice', () => {
  const webhook = 'url: "https://a.example", secret: 0123456789abcdef0';
  const { file, mistakes } = read(`webhooks: [{name: siem, ${webhook}}]`);
  assert.equal([mistakes, file.webhooks[0].name], [[], 'siem']);
  assert.equal(
    mistakesIn(`webhooks: [{name: a, ${webhook}}, {name: A, ${webhook}}, {name: a, ${webhook}}]`),
    ['webhooks.1.name: takes 1 to 64 characters of a-z, 0-9 and -', 'webhooks: two webhooks are called "a"'],
  );
});

test('reads what certificates may do, and says which scope there is not', () => {
  const { file, mistakes } = read('identities: [{name: noc.example, scopes: [alerts:write, policy:read]}]');
  assert.equal(
    [mistakes, file.identities],
    [[], [{ name: 'noc.example', scopes: ['alerts:write', 'policy:read'] }]],
  );
  const wrong = mistakesIn('identities: [{name: a, scopes: [root]}, {name: a, scopes: []}]');
  assert.match(wrong[0], /^identities\.0\.scopes\.0: takes some of check, switch, /);
  assert.equal(wrong.slice(1), [
    'identities.1.scopes: is empty',
    'identities: two identities are called "a"',
  ]);
});

test('names the trunk that there is twice', () => {
  assert.equal(mistakesIn('trunks: [{name: a}, {name: b}, {name: b}]'), [
    'trunks: two trunks are called "b"',
  ]);
});

test('reports what is no mapping at all', () => {
  for (const yaml of ['- 1', 'text', '7'])
    assert.match(mistakesIn(yaml)[0], /^the file: Invalid input: expected object/);
  for (const yaml of ['trunks: {}', 'trunks: a', 'trunks: [1]', 'trunks: [null]'])
    assert.match(mistakesIn(yaml)[0], /^trunks(\.0)?: Invalid input: expected/);
});

test('reports what is no YAML, and where', () => {
  for (const yaml of ['a: [', 'a: 1\na: 2', '---\na: 1\n---\nb: 2\n', '\ta: 1', 'a: *nowhere']) {
    const mistakes = mistakesIn(yaml);
    assert.is(mistakes.length, 1, yaml);
    assert.match(mistakes[0], /line \d+|anchor|alias/i);
  }
});

test('refuses a next hop that would put more than a URI on the wire', () => {
  for (const uri of ['tel:112', 'sip:', 'sip:a b', 'sip:a>;x', '"sip:a\\r\\nVia: b"'])
    assert.equal(mistakesIn(`next_hop: ${uri}`).length, 1, uri);
});

test('reports a file that cannot be read', () => {
  for (const [unreadable, reason] of [
    [join(directory, 'absent.yaml'), 'ENOENT'],
    [directory, 'EISDIR'],
  ]) {
    const mistakes: string[] = [];
    assert.is(readConfigFile(unreadable, mistakes), EMPTY_CONFIG_FILE);
    assert.is(mistakes.length, 1);
    assert.ok(mistakes[0].startsWith(`ACM_CONFIG: ${unreadable}: ${reason}`), mistakes[0]);
  }
});

test.run();
