import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ChartProcess,
  generatedDefinitions,
  isOwn,
  OWN_SETTINGS,
  renewedSchema,
  settingsOf,
} from '../../docs/helm-schemas.js';
import { loadConfig, SETTINGS } from '../../src/config.js';
import type { Setting } from '../../src/settings/setting.js';
import { type Manifest, render, type Values } from './chart.js';
import { environmentOf, processesOf } from './pods.js';
import { MATRIX } from './value-matrix.js';

const test = suite('helm/settings');

const PROCESSES = Object.keys(OWN_SETTINGS) as ChartProcess[];
const DEFINITIONS: Record<ChartProcess, string> = {
  serve: 'serveSettings',
  'sip-agent': 'agentSettings',
  'lumadb-gateway': 'gatewaySettings',
};
const BY_NAME = new Map(Object.values<Setting>(SETTINGS).map((setting) => [setting.name, setting]));

/** Whether the schema takes a value of a setting. */
function takes(process: ChartProcess, name: string, value: unknown): boolean {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const all = Object.assign({}, ...Object.values(generatedDefinitions()));
  return ajv.validate(all[DEFINITIONS[process]], { [name]: value });
}

/** Whether the process takes it, from its environment. */
function isTakenBy({ schema }: Setting, value: unknown): boolean {
  return schema.safeParse(String(value)).success;
}

/** What people may set themselves. */
function openSettings(process: ChartProcess): Setting[] {
  return settingsOf(process).filter(
    ({ name, secret }) => !isOwn(process, name) && !secret && name !== 'ACM_DATA_DIR',
  );
}

test('has schemas that say what src/settings says', () => {
  for (const [path, definitions] of Object.entries(generatedDefinitions())) {
    const text = readFileSync(path, 'utf8');
    assert.ok(renewedSchema(text, definitions) === text, `${path}: run make docs`);
  }
});

test('takes every number within its range, and no other', () => {
  let ranges = 0;
  for (const process of PROCESSES) {
    for (const setting of openSettings(process)) {
      const { name, takes: words } = setting;
      const [, min, max] = /^a whole number from (\d+) to (\d+)$/.exec(words) ?? [];
      if (min === undefined || max === undefined) continue;
      for (const value of [Number(min), Number(max), Number(min) - 1, Number(max) + 1])
        assert.is(takes(process, name, value), isTakenBy(setting, value), `${name}=${value}`);
      assert.not(takes(process, name, 'many'), name);
      ranges++;
    }
  }
  assert.ok(ranges >= 15, `${ranges} ranges`);
});

test('takes every choice, and no other', () => {
  for (const process of PROCESSES) {
    for (const setting of openSettings(process).filter(({ takes: words }) => words.includes(' | '))) {
      const isFlag = setting.takes === 'true | false';
      for (const word of [...setting.takes.split(' | '), 'perhaps'])
        assert.is(
          takes(process, setting.name, isFlag && word !== 'perhaps' ? word === 'true' : word),
          isTakenBy(setting, word),
          `${setting.name}=${word}`,
        );
    }
  }
});

test('takes no secret as a plain value, and nothing that the templates set', () => {
  for (const process of PROCESSES) {
    for (const { name, secret } of settingsOf(process).filter(
      (each) => each.secret || isOwn(process, each.name),
    ))
      assert.not(takes(process, name, 'postgres://x'), `${name} ${secret}`);
    for (const name of OWN_SETTINGS[process]) assert.ok(BY_NAME.get(name)?.usedBy.length, name);
  }
});

for (const [name, values] of Object.entries(MATRIX)) {
  test(`sets what the processes read, and take, with ${name}`, () => {
    const manifests = render(values);
    const processes = processesOf(manifests);
    assert.ok(processes.length > 0);
    for (const container of processes) {
      const process = container['args'][0] as ChartProcess;
      const env = environmentOf(container);
      for (const each of Object.keys(env))
        assert.ok(isRead(process, each), `${process} does not read ${each}`);
      withConfigFile(manifests, env, (complete) => loadConfig(complete));
    }
  });
}

/** What a process reads; commands that are run in the sidecar's container ask over its socket. */
function isRead(process: ChartProcess, name: string): boolean {
  return (
    BY_NAME.get(name)?.usedBy.includes(process) === true ||
    (process === 'serve' && name === 'ACM_SIDECAR_ADDRESS')
  );
}

/** The environment with the YAML file where this machine can read it. */
function withConfigFile(
  manifests: readonly Manifest[],
  env: Record<string, string>,
  use: (complete: Record<string, string>) => unknown,
): void {
  if (env['ACM_CONFIG'] === undefined) return void use(env);
  const map = manifests.find(({ kind, data }) => kind === 'ConfigMap' && 'acm.yaml' in data);
  const directory = mkdtempSync(join(tmpdir(), 'acm-config-'));
  try {
    const file = join(directory, 'acm.yaml');
    writeFileSync(file, map!['data']['acm.yaml']);
    use({ ...env, ACM_CONFIG: file });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test('writes numbers as they are, and lets people go before the chart', () => {
  const values: Values = {
    sidecar: {
      settings: {
        ACM_WINDOW_CAPACITY: 50_000_000,
        ACM_AUTO_BLOCK: false,
        KAMAILIO_MI_URL: 'http://127.0.0.1:9060/rpc',
      },
    },
  };
  const env = environmentOf(processesOf(render(values))[0]!);
  assert.is(env['ACM_WINDOW_CAPACITY'], '50000000');
  assert.is(env['ACM_AUTO_BLOCK'], 'false');
  assert.is(env['KAMAILIO_MI_URL'], 'http://127.0.0.1:9060/rpc');
  assert.is(env['ACM_EVAPI_ADDRESS'], '127.0.0.1:8448');
});

test('keeps the service on loopback and on the socket, unless it has a certificate', () => {
  for (const [name, values] of Object.entries(MATRIX)) {
    for (const container of processesOf(render(values)).filter(({ args }) => args[0] === 'serve')) {
      const env = environmentOf(container);
      assert.is(
        env['ACM_GRPC_ADDRESS'] === '127.0.0.1:50052' && env['API_HOST'] === '127.0.0.1',
        !('ACM_TLS_CERT' in env),
        name,
      );
      assert.is('ACM_TLS_CERT' in env, 'ACM_TLS_CLIENT_CA' in env, name);
      assert.is(env['ACM_GRPC_SOCKET'], '/run/acm/acm.sock', name);
    }
  }
});

test.run();
