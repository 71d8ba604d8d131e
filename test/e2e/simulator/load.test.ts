/** The simulated FreeSWITCH with 2,000 calls a second and attacks among them, against a real sidecar, for a minute. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printTable } from '../../../bench/report.js';
import { median } from '../../../bench/statistics.js';
import type { SimulatorReport } from '../../../sidecar/compose-simulator.js';
import { eventually, readMetrics } from '../../support/grpc-sidecar.js';
import { AcmProcess, type SidecarProcess, startSidecarProcess } from '../../support/sidecar-process.js';

const test = suite('e2e/simulator/load');

const CPS = 2_000;
const SECONDS = 60;
const ATTACK_EVERY_S = 2;
/** An attack that is to be detected takes 6.6 s at the most; the rest is for ending its calls. */
const ATTACK_MS_MAX = 9_000;
/** What the median of the second half may be above that of the first, in MiB: garbage comes and goes, calls do not heap up. */
const GROWTH_MIB_MAX = 64;
const MIB = 1_024 * 1_024;

let directory: string;
let simulator: AcmProcess;
let sidecar: SidecarProcess;

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'acm-load-'));
});

test.after(async () => {
  await simulator?.kill();
  await sidecar?.process.kill();
  await rm(directory, { recursive: true, force: true });
});

/** Resident memory and processor time of the sidecar, once a second. */
async function sample(url: string, seconds: number): Promise<{ rss: number[]; cpuShare: number }> {
  const rss: number[] = [];
  const before = await readMetrics(url);
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    rss.push((await readMetrics(url)).get('process_resident_memory_bytes')! / MIB);
  }
  const cpuS =
    (await readMetrics(url)).get('process_cpu_seconds_total')! - before.get('process_cpu_seconds_total')!;
  return { rss, cpuShare: (cpuS * 1_000) / (performance.now() - began) };
}

test(`${CPS} calls a second for ${SECONDS} s: every attack found, no ordinary call flagged, memory flat`, async () => {
  const report = join(directory, 'report.json');
  const traffic = ['--cps', `${CPS}`, '--attack-interval', `${ATTACK_EVERY_S}`, '--seconds', `${SECONDS}`];
  simulator = new AcmProcess(['simulate', 'freeswitch', '--port', '0', '--report', report, ...traffic], {
    LOG_FORMAT: 'json',
  });
  const { event_socket } = await simulator.logged('ready');
  sidecar = await startSidecarProcess({
    ACM_ESL_HOST: '127.0.0.1',
    ACM_ESL_PORT: String(event_socket),
    ACM_DATA_DIR: 'none',
    ACM_AUTO_DISCONNECT: 'true',
    ACM_WINDOW_CAPACITY: '1000000',
    LOG_LEVEL: 'info',
  });
  const { rss, cpuShare } = await sample(sidecar.url, SECONDS - 5);
  assert.is((await simulator.end(30_000)).code, 0);
  const endedMs = Date.now();
  const truth = JSON.parse(await readFile(report, 'utf8')) as SimulatorReport;
  await eventually(
    async () => (await readMetrics(sidecar.url)).get('acm_switch_up{switch="freeswitch"}') === 0,
  );
  const metrics = await readMetrics(sidecar.url);
  const log = sidecar.process.logLines();
  const connectedMs = Date.parse(String(log.find(({ msg }) => msg === 'connected to FreeSWITCH')?.['time']));
  const whole = truth.attacks.filter(({ started_at }) => {
    const startedMs = Date.parse(started_at);
    return startedMs > connectedMs && startedMs < endedMs - ATTACK_MS_MAX;
  });
  checkFindings(truth, whole, log);
  checkTeardowns(truth, whole, metrics);
  checkMemory(rss);
  const half = rss.length / 2;
  printTable(
    ['sidecar', 'calls', 'share of a processor', 'RSS, first half', 'RSS, second half'],
    [
      [
        `${CPS} CPS`,
        String(metrics.get('acm_calls_processed_total{verdict="allow",reason="none"}')),
        cpuShare.toFixed(2),
        `${median(rss.slice(0, half)).toFixed(0)} MiB`,
        `${median(rss.slice(half)).toFixed(0)} MiB`,
      ],
    ],
  );
});

/** One alert for each attack that is to be detected, and none for anything else. @param whole those seen from begin to end. */
function checkFindings(
  { attacks }: SimulatorReport,
  whole: SimulatorReport['attacks'],
  log: readonly Record<string, unknown>[],
): void {
  // What the log leaves of a number; there are fewer than a hundred attacks.
  const tailOf = (number: unknown): string => String(number).slice(-2);
  const tailsOf = (some: SimulatorReport['attacks']): string[] =>
    some.filter((attack) => attack.expected_detection).map((attack) => tailOf(attack.b_number));
  const found = log
    .filter(({ msg }) => msg === 'call masking detected')
    .map(({ bNumber }) => tailOf(bNumber));
  assert.ok(tailsOf(whole).length >= 14, `${whole.length} attacks`);
  for (const tail of tailsOf(whole))
    assert.ok(found.includes(tail), `the attack on ...${tail} was not found`);
  for (const tail of found) assert.ok(tailsOf(attacks).includes(tail), `...${tail} was not attacked`);
  assert.is(new Set(found).size, found.length, 'one alert for each');
}

/** The switch says which calls it was told to end, the sidecar of which it has heard the end. */
function checkTeardowns(
  truth: SimulatorReport,
  whole: SimulatorReport['attacks'],
  metrics: ReadonlyMap<string, number>,
): void {
  assert.is(truth.events.lost, 0, 'events');
  assert.ok(truth.skipped_ms < 1_000, `${truth.skipped_ms} ms of traffic left out`);
  assert.is(truth.ordinary.killed, 0, 'ordinary calls');
  assert.ok(truth.ordinary.placed > 0.95 * CPS * SECONDS, `${truth.ordinary.placed} calls`);
  for (const { id, pattern, expected_detection, calls, killed } of whole)
    assert.is(killed, expected_detection ? calls : 0, `attack ${id}, ${pattern}`);
  const killed = whole.reduce((sum, attack) => sum + attack.killed, 0);
  const confirmed = metrics.get('acm_disconnects_total{switch="freeswitch",outcome="ended"}') ?? 0;
  assert.ok(confirmed >= killed, `${confirmed} confirmed of ${killed}`);
}

function checkMemory(rss: readonly number[]): void {
  const half = rss.length / 2;
  const growth = median(rss.slice(half)) - median(rss.slice(0, half));
  assert.ok(growth < GROWTH_MIB_MAX, `grew by ${growth.toFixed(0)} MiB: ${rss.map(Math.round).join(' ')}`);
}

test.run();
