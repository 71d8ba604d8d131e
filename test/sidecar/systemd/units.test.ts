import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ENVIRONMENT_FILES, environmentFile, environmentFileUrl } from '../../../docs/environment-files.js';
import { loadConfig, SETTINGS } from '../../../src/config.js';
import type { Setting } from '../../../src/settings/setting.js';
import { UNITS, type UnitFile } from './unit-file.js';

const test = suite('sidecar/systemd/units');

/** `systemd-analyze security` counts from 0 (nothing can happen) to 10; Node and the network take 1.4. */
const EXPOSURE_MAX = 1.5;
/** run-process.ts ends a process that long after its drain. */
const AFTER_DRAIN_S = 4;
const SWITCHES = ['kamailio.service', 'freeswitch.service', 'opensips.service'];
const byVariable = new Map(Object.values<Setting>(SETTINGS).map((setting) => [setting.name, setting]));
const sidecar = UNITS.find(({ name }) => name === 'acm-sidecar') as UnitFile;

test('has a unit for each process that runs beside a switch', () => {
  assert.equal(
    UNITS.map((unit) => [unit.name, unit.one('Service.ExecStart')]),
    [
      ['acm-lumadb-gateway', '/usr/bin/acm lumadb-gateway'],
      ['acm-sidecar', '/usr/bin/acm serve'],
      ['acm-sip-agent', '/usr/bin/acm sip-agent'],
    ],
  );
});

test('holds nothing that systemd would not take', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acm-units-'));
  try {
    // On this machine the program is not installed, and neither is what the documentation is about.
    for (const unit of UNITS) {
      const text = readFileSync(unit.path, 'utf8').replaceAll('/usr/bin/acm', '/bin/true');
      writeFileSync(join(folder, basename(unit.path)), text.replace(/^Documentation=.*$/m, ''));
    }
    const files = UNITS.map(({ path }) => join(folder, basename(path)));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...files], {
      encoding: 'utf8',
    });
    assert.is(stdout + stderr, '');
    assert.is(status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('leaves each process next to nothing that it could do to the machine', () => {
  for (const { name, path } of UNITS) {
    const report = execFileSync('systemd-analyze', ['security', '--offline=true', path], {
      encoding: 'utf8',
    });
    const exposure = Number(/Overall exposure level for .*: ([\d.]+)/.exec(report)?.[1]);
    assert.ok(exposure <= EXPOSURE_MAX, `${name}: ${exposure}\n${report}`);
  }
});

test('confines all of them alike', () => {
  const confinement = (unit: UnitFile): string[] =>
    unit.lines.filter((line) =>
      /^Service\.(User|Group|UMask|NoNew|Capab|Ambient|Protect|Private|Restrict|Lock|Keyring|RemoveIPC|SystemCall)/.test(
        line,
      ),
    );
  for (const unit of UNITS) assert.equal(confinement(unit), confinement(sidecar), unit.name);
  assert.ok(confinement(sidecar).length >= 25);
});

test('gives up on none of them, and lets each end its calls before it is killed', () => {
  for (const unit of UNITS) {
    assert.is(unit.one('Service.Restart'), 'always');
    assert.is(unit.one('Unit.StartLimitIntervalSec'), '0');
    const drainSMax = Number(loadConfig({ ACM_DRAIN_MS: '60000' }).drainMs) / 1000;
    assert.throws(() => loadConfig({ ACM_DRAIN_MS: '60001' }), /ACM_DRAIN_MS/);
    assert.ok(Number(unit.one('Service.TimeoutStopSec')) > drainSMax + AFTER_DRAIN_S);
  }
});

test('is there before the switch, which needs none of them', () => {
  for (const name of ['acm-sidecar', 'acm-sip-agent']) {
    const before = UNITS.find((unit) => unit.name === name)!
      .one('Unit.Before')
      .split(' ');
    assert.ok(
      SWITCHES.every((service) => before.includes(service)),
      name,
    );
  }
  for (const unit of UNITS)
    for (const line of unit.lines)
      assert.not.match(line, /^(Unit\.(Requires|BindsTo|PartOf)|Install\.RequiredBy)/);
});

test('sets variables that its process reads, to values that they take', () => {
  for (const unit of UNITS) {
    const process = unit.one('Service.ExecStart').split(' ')[1];
    for (const given of unit.all('Service.Environment')) {
      const [variable = '', value = ''] = given.split('=');
      const setting = byVariable.get(variable);
      const isRead = setting?.usedBy.some((each) => each === process) ?? false;
      const isTaken = setting?.schema.safeParse(value).success ?? false;
      assert.equal([isRead, isTaken], [true, true], `${unit.name}: ${given}`);
    }
  }
});

test('reads a settings file that lists every setting of its process with its default', () => {
  assert.equal(
    UNITS.map((unit) => unit.one('Service.EnvironmentFile')).sort(),
    ENVIRONMENT_FILES.map((name) => `/etc/acm/${name}.env`).sort(),
  );
  for (const name of ENVIRONMENT_FILES) {
    const text = readFileSync(environmentFileUrl(name), 'utf8');
    assert.is(text, environmentFile(name), 'run `make docs`');
    const listed = [...text.matchAll(/^#(\w+)=(.*)$/gm)];
    const process = name === 'sidecar' ? 'serve' : name;
    const wanted = Object.values<Setting>(SETTINGS).filter(({ usedBy }) => usedBy.includes(process));
    assert.equal(
      listed.map(([, variable]) => variable),
      wanted.map((setting) => setting.name),
    );
    // What is commented out must be as good as it stands there.
    const file = Object.fromEntries(listed.map(([, variable = '', value = '']) => [variable, value]));
    loadConfig({ ...file, ACM_CONFIG: 'sidecar/debian/etc/acm.yaml' });
  }
});

test.run();
