/** The commands of the units as they stand, run where the package was unpacked: for machines on which no systemd can be booted. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNITS, type UnitFile } from '../systemd/unit-file.js';
import { buildPackage } from './built-package.js';

const test = suite('sidecar/debian/unpacked');

const READY_MS_MAX = 90_000;
/** Other suites may have the ports that are set. */
const ANY_PORTS = {
  ACM_GRPC_ADDRESS: '127.0.0.1:0',
  API_PORT: '0',
  ACM_GATEWAY_ADDRESS: '127.0.0.1:0',
  ACM_GATEWAY_METRICS_ADDRESS: '127.0.0.1:0',
};

const folder = mkdtempSync(join(tmpdir(), 'acm-unpacked-'));
const root = join(folder, 'root');
const placed = (path: string): string => join(root, path);

test.before(() => {
  execFileSync('dpkg-deb', ['--extract', buildPackage(folder), root]);
  for (const place of ['run/acm', 'var/lib/acm']) mkdirSync(placed(place), { recursive: true });
});

test.after(() => rmSync(folder, { recursive: true }));

/** What systemd would give a unit's processes, with paths as they are here. */
function environmentOf(unit: UnitFile): Record<string, string> {
  const file = readFileSync(placed(unit.one('Service.EnvironmentFile')), 'utf8');
  const lines = [
    ...unit.all('Service.Environment'),
    ...file.split('\n').filter((line) => /^[^#;].*=/.test(line)),
  ];
  const given = lines.map((line) => {
    const [name = '', value = ''] = line.split(/=(.*)/s);
    return [name, value.startsWith('/') ? placed(value) : value];
  });
  return { PATH: '/usr/bin:/bin', ...Object.fromEntries(given), ...ANY_PORTS };
}

/** A command of a unit, started as its wrapper starts it. */
function start(command: string, env: Record<string, string>): ChildProcess {
  const [program = '', ...args] = command.split(' ');
  assert.is(program, '/usr/bin/acm');
  const wrapper = readFileSync(placed(program), 'utf8');
  const [, node = '', main = ''] = /^exec (\S+) (\S+) "\$@"$/m.exec(wrapper) ?? [];
  return spawn(placed(node), [placed(main), ...args], {
    env,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function run(command: string, env: Record<string, string>): Promise<{ code: number; output: string }> {
  const child = start(command, env);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, output };
}

/** Waits until a process says that it is ready. */
async function ready(child: ChildProcess): Promise<void> {
  const patience = setTimeout(() => child.kill('SIGKILL'), READY_MS_MAX);
  let output = '';
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    output += chunk;
    if (output.includes('"msg":"ready"')) break;
  }
  clearTimeout(patience);
  assert.match(output, '"msg":"ready"');
  child.stdout!.resume();
}

async function stop(child: ChildProcess): Promise<unknown> {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  return code;
}

for (const unit of UNITS.filter(({ name }) => name !== 'acm-sip-agent')) {
  test(`${unit.name} finds its settings good, gets ready, and ends with 0`, async () => {
    const env = environmentOf(unit);
    assert.is((await run(unit.one('Service.ExecStartPre'), env)).code, 0);
    const process = start(unit.one('Service.ExecStart'), env);
    try {
      await ready(process);
      if (unit.name === 'acm-sidecar') await letFiveCall(env);
      assert.is(await stop(process), 0);
    } finally {
      process.kill('SIGKILL');
    }
  });
}

async function letFiveCall(env: Record<string, string>): Promise<void> {
  assert.ok(existsSync(placed('/run/acm/acm.sock')));
  const callers = [1, 2, 3, 4, 5].map((digit) => `+234803000000${digit}`).join(' ');
  const address = `unix:${placed('/run/acm/acm.sock')}`;
  const check = `/usr/bin/acm check --b +2348099999999 --a ${callers}`;
  const { output } = await run(check, { ...env, ACM_SIDECAR_ADDRESS: address });
  assert.match(output, /^(\S+ +ALLOW .*\n){4}\S+ +REJECT +masking .*\n$/);
}

test('acm-sip-agent says what it needs before it is configured', async () => {
  const unit = UNITS.find(({ name }) => name === 'acm-sip-agent')!;
  const env = environmentOf(unit);
  assert.is((await run(unit.one('Service.ExecStartPre'), env)).code, 0);
  assert.is((await run(unit.one('Service.ExecStart'), env)).code, 1);
});

test.run();
