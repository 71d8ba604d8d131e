/** The package as its users have it: installed by dpkg on a machine of its own, where systemd runs the units as they stand. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildPackage } from './built-package.js';
import { bootScratchMachine, type ScratchMachine } from './scratch-machine.js';

const test = suite('sidecar/debian/installed');

const PACKAGE = 'acm-sidecar';
const SOCKET = 'ACM_SIDECAR_ADDRESS=unix:/run/acm/acm.sock';
/** Prints /health. */
const HEALTH = `/usr/lib/acm/bin/node -e 'fetch("http://127.0.0.1:5001/health").then(async (r) => console.log(await r.text()))'`;
const DRACHTIO = fileURLToPath(new URL('drachtio-process.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'acm-debian-'));
const file = `/mnt/${buildPackage(folder).slice(folder.length + 1)}`;

const machine = await bootScratchMachine(folder);
if (typeof machine === 'string') {
  console.log(`\nnote: no systemd can be booted here (${machine}): the package is unpacked, not installed`);
  test('can be unpacked', () => {
    execFileSync('dpkg-deb', ['--extract', file.replace('/mnt', folder), join(folder, 'root')]);
    assert.ok(existsSync(join(folder, 'root/usr/bin/acm')));
  });
} else useOn(machine);

test.after(async () => {
  if (typeof machine !== 'string') await machine.stop();
  rmSync(folder, { recursive: true });
});

function useOn(machine: ScratchMachine): void {
  /** Five callers of one number, one after the other. */
  const fiveCallers = (b: string): string[] => [
    ...['acm', 'check', '--b', b, '--a'],
    ...[1, 2, 3, 4, 5].map((digit) => `+234803000000${digit}`),
  ];
  /** Somebody who is no more than a member of these groups. */
  const memberOf = (group: string): string[] => [
    'setpriv',
    '--reuid=nobody',
    `--regid=${group}`,
    '--clear-groups',
  ];
  const state = (unit: string): string => machine.run('systemctl', 'is-active', unit).output.trim();
  const property = (unit: string, name: string): string =>
    machine.must('systemctl', 'show', '--value', '--property', name, unit).trim();
  const journal = (unit: string): string =>
    machine.must('journalctl', '--no-pager', '--output=cat', `--unit=${unit}`);
  const serving = (): Promise<void> => machine.until(`${SOCKET} acm calls >/dev/null`);

  test('starts the sidecar when it is installed, and nothing else', async () => {
    // Somebody has put settings there before, for everybody to read.
    machine.must('install', '-D', '--mode=644', '/dev/null', '/etc/acm/acm.yaml');
    machine.must('chmod', '755', '/etc/acm');
    machine.must('dpkg', '--force-confold', '--install', file);
    await serving();
    const states = ['acm-sidecar', 'acm-sip-agent', 'acm-lumadb-gateway'].map((unit) => [
      state(unit),
      machine.run('systemctl', 'is-enabled', unit).output.trim(),
    ]);
    assert.equal(states, [
      ['active', 'enabled'],
      ['inactive', 'disabled'],
      ['inactive', 'disabled'],
    ]);
  });

  test('rejects the fifth caller, asked over the socket by a member of the group acm', () => {
    const command = ['env', SOCKET, ...fiveCallers('+2348099999999')];
    const lines = machine
      .must(...memberOf('acm'), ...command)
      .trim()
      .split('\n');
    assert.equal(
      lines.map((line) => line.split(/\s+/)[1]),
      ['ALLOW', 'ALLOW', 'ALLOW', 'ALLOW', 'REJECT'],
    );
    assert.is(machine.run(...memberOf('nogroup'), ...command).code, 1);
  });

  test('keeps settings, state and socket from everybody else', () => {
    const places = [
      ...['/etc/acm', '/etc/acm/sidecar.env', '/etc/acm/acm.yaml'],
      ...['/var/lib/acm/data', '/run/acm', '/run/acm/acm.sock'],
    ];
    assert.equal(
      machine
        .must('stat', '--format=%a %U:%G', ...places)
        .trim()
        .split('\n'),
      ['750 root:acm', '640 root:acm', '640 root:acm', '700 acm:acm', '750 acm:acm', '660 acm:acm'],
    );
  });

  test('confines the process: no capability, no privilege to gain, a filter of system calls, read-only files', () => {
    const pid = property('acm-sidecar', 'MainPID');
    const status = machine.must('cat', `/proc/${pid}/status`);
    for (const line of [
      'CapEff:\t0000000000000000',
      'CapBnd:\t0000000000000000',
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
    ])
      assert.ok(status.includes(line), `${line} in\n${status}`);
    assert.is(machine.must('cat', `/proc/${pid}/oom_score_adj`).trim(), '500');
    const mounts = machine.must('cat', `/proc/${pid}/mounts`);
    assert.match(mounts, /^\S+ \/ \S+ ro,/m);
    assert.match(mounts, /^\S+ \/var\/lib\/acm\/data \S+ rw,/m);
  });

  test('answers in the journal why a call was rejected', async () => {
    const call = ['--b', '+2348099999999', '--a', '+2348030000005', '--call-id', 'asked-why'];
    machine.must('env', SOCKET, 'acm', 'check', ...call);
    await machine.until('journalctl --output=cat --unit=acm-sidecar | grep asked-why | grep reject');
  });

  test('stops with 0 when systemd asks it to, and in its time', () => {
    const started = performance.now();
    machine.must('systemctl', 'stop', 'acm-sidecar');
    assert.ok(performance.now() - started < 10_000);
    assert.is(property('acm-sidecar', 'Result'), 'success');
    assert.is(property('acm-sidecar', 'ExecMainStatus'), '0');
  });

  test('says in the journal every mistake in its settings, and is there by itself once they are good', async () => {
    machine.must('sh', '-c', 'printf "ACM_THRESHOLD=one\\nAPI_PORT=none\\n" >>/etc/acm/sidecar.env');
    machine.run('systemctl', 'start', 'acm-sidecar');
    await machine.until('test "$(systemctl show --value --property=NRestarts acm-sidecar)" -ge 2');
    for (const mistake of [/ACM_THRESHOLD: takes .*"one"/, /API_PORT: takes .*"none"/])
      assert.match(journal('acm-sidecar'), mistake);
    machine.must('sed', '-i', '/^ACM_THRESHOLD=one/d; /^API_PORT=none/d', '/etc/acm/sidecar.env');
    await serving();
  });

  test('is there again when it was killed, and knows what it knew', async () => {
    const pid = property('acm-sidecar', 'MainPID');
    machine.must('systemctl', 'kill', '--signal=KILL', 'acm-sidecar');
    await machine.until(`test "$(systemctl show --value --property=MainPID acm-sidecar)" != ${pid}`);
    await serving();
    assert.match(machine.must('acm', 'alerts', 'list'), /2348099999999/);
  });

  test('joins other sidecars through the gateway', async () => {
    machine.must('systemctl', 'enable', '--now', 'acm-lumadb-gateway');
    machine.must('sh', '-c', 'echo LUMADB_GRPC_HOST=127.0.0.1 >>/etc/acm/sidecar.env');
    machine.must('systemctl', 'restart', 'acm-sidecar');
    await machine.until(`${HEALTH} | grep '"state":"reconciled"'`);
  });

  test('rejects the fifth INVITE on drachtio-server through the SIP agent', async () => {
    const [program = '', ...args] = [...machine.networkPrefix, process.execPath, '--import', 'tsx', DRACHTIO];
    const drachtio = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const lines = createInterface({ input: drachtio.stdout })[Symbol.asyncIterator]();
      const { value: port } = await lines.next();
      machine.must('sh', '-c', `echo "next_hop: sip:127.0.0.1:${port}" >>/etc/acm/acm.yaml`);
      machine.must('systemctl', 'enable', '--now', 'acm-sip-agent');
      await machine.until(`${HEALTH.replace('5001', '5002')} | grep '"status":"ok"'`);
      drachtio.stdin.end('\n');
      const { value: answers } = await lines.next();
      assert.is(answers, '486 486 486 486 608');
    } finally {
      drachtio.kill();
    }
    machine.must('systemctl', 'stop', 'acm-sip-agent');
    assert.is(property('acm-sip-agent', 'Result'), 'success');
  });

  test('goes on as the new version after an upgrade, with its settings and what it knew', async () => {
    const before = ['acm-sidecar', 'acm-lumadb-gateway'].map((unit) => property(unit, 'MainPID'));
    machine.must('dpkg', '--install', file);
    await serving();
    const after = ['acm-sidecar', 'acm-lumadb-gateway'].map((unit) => property(unit, 'MainPID'));
    assert.ok(after.every((pid, index) => pid !== '0' && pid !== before[index]));
    assert.is(state('acm-sip-agent'), 'inactive');
    assert.match(machine.must('acm', 'alerts', 'list'), /2348099999999/);
    assert.match(machine.must('cat', '/etc/acm/sidecar.env'), /^LUMADB_GRPC_HOST=127/m);
  });

  test('leaves settings and state behind when it is removed, and neither when it is purged', () => {
    machine.must('dpkg', '--remove', PACKAGE);
    assert.is(machine.run('pgrep', '--uid', 'acm').output, '');
    machine.must('test', '-f', '/etc/acm/sidecar.env', '-a', '-d', '/var/lib/acm/data');
    machine.must('dpkg', '--purge', PACKAGE);
    for (const gone of ['/etc/acm', '/var/lib/acm', '/usr/lib/acm', '/usr/bin/acm', '/run/acm'])
      assert.is(machine.run('test', '-e', gone).code, 1, gone);
    assert.is(machine.run('find', '/etc/systemd', '-name', 'acm-*').output, '');
  });
}

test.run();
