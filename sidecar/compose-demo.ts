/** The composition root of `acm demo`: a simulated switch and a sidecar beside it, in one process, on ports of their own. */
import type { Log } from '../src/admission/ports.js';
import { redactNumber } from '../src/admission/redaction.js';
import { loadConfig } from '../src/config.js';
import type { SimulatedCall } from '../src/simulator/simulated-call.js';
import type { CallWatcher } from '../src/simulator/switchboard.js';
import { startSidecar } from './compose.js';
import { attackNames, type SimulatorReport, startSimulator } from './compose-simulator.js';
import type { RunningProcess } from './running-process.js';
import { canonical, type DemoEvent, partiesOf } from './words/demo-words.js';

const LOOPBACK = '127.0.0.1';
const PASSWORD = 'ClueCon';
/** Rejections that are still to be carried out by the switch; each takes milliseconds. */
const PENDING_MAX = 1_000;

export interface DemoOptions {
  readonly cps: number;
  readonly attackIntervalS: number;
  readonly seed: number;
}

export interface RunningDemo extends RunningProcess {
  report(): SimulatorReport;
}

type Tell = (event: DemoEvent, text: string) => void;

/** Starts both, and tells what happens. @throws AcmError if one cannot start. */
export async function startDemo(options: DemoOptions, tell: Tell): Promise<RunningDemo> {
  const address = { host: LOOPBACK, port: 0, password: PASSWORD };
  const simulator = await startSimulator({ ...options, ...address, attacks: attackNames });
  const narrator = new Narrator(tell);
  simulator.watch(narrator, ({ pattern, b_number, expected_detection }, sentence) =>
    tell(
      'attack',
      `${pattern} on ${redactNumber(canonical(b_number))}: ${sentence}${expected_detection ? '' : ' (no masking)'}`,
    ),
  );
  // Nothing of the environment: what is shown does not depend on where.
  const config = loadConfig({
    ACM_ESL_HOST: LOOPBACK,
    ACM_ESL_PORT: String(simulator.ports['event_socket']),
    ACM_ESL_PASSWORD: PASSWORD,
    ACM_AUTO_DISCONNECT: 'true',
    ACM_DATA_DIR: 'none',
    ACM_WINDOW_CAPACITY: '100000',
    ACM_GRPC_ADDRESS: `${LOOPBACK}:0`,
    API_PORT: '0',
  });
  const sidecar = await startSidecar(config, narrator.log).catch(async (error: unknown) => {
    await simulator.stop();
    throw error;
  });
  return {
    ports: { ...sidecar.ports, ...simulator.ports },
    report: simulator.report,
    async stop() {
      await sidecar.stop();
      await simulator.stop();
    },
  };
}

/** Tells what the sidecar logs and what the switch sees, each thing once. */
class Narrator implements CallWatcher {
  readonly #tell: Tell;
  /** By Call-ID and caller: how many callers there were, with him. */
  readonly #rejected = new Map<string, number>();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  answered({ plan }: SimulatedCall): void {
    this.#tell('allowed', partiesOf(plan));
  }

  killed({ plan, callId }: SimulatedCall): void {
    const key = `${callId} ${redactNumber(canonical(plan.aNumber))}`;
    const callers = this.#rejected.get(key);
    this.#rejected.delete(key);
    if (callers === undefined) this.#tell('torn down', partiesOf(plan));
    else this.#tell('rejected', `${partiesOf(plan)}  ${callers} callers`);
  }

  get log(): Log {
    const take = (fields: object, message: string): void => this.#hear({ ...fields }, message);
    return { debug: () => undefined, info: take, warn: take, error: take };
  }

  #hear(fields: Record<string, unknown>, message: string): void {
    const { bNumber, distinctACount, distinctSources, severity } = fields;
    const extent = `${bNumber}  ${distinctACount} callers from ${distinctSources} address(es), ${severity}`;
    if (message === 'call detected' && fields['decision'] === 'reject') this.#expect(fields);
    else if (message === 'call masking detected') this.#tell('ALERT', extent);
    else if (message === 'call masking grows') this.#tell('grows', extent);
    else if (message === 'call masking has ceased') this.#tell('over', extent);
    else if (message === 'teardown' && fields['outcome'] === 'failed')
      this.#tell('not ended', String(fields['callId']));
  }

  #expect({ callId, a, distinctACount }: Record<string, unknown>): void {
    if (this.#rejected.size < PENDING_MAX) this.#rejected.set(`${callId} ${a}`, Number(distinctACount));
  }
}
