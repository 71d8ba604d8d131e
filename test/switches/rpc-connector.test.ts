import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallIntake } from '../../src/admission/call-intake.js';
import type { SwitchControl } from '../../src/admission/ports.js';
import { SwitchFigures } from '../../src/admission/switch-figures.js';
import type { CallLister } from '../../src/admission/switch-ports.js';
import { AcmError } from '../../src/errors.js';
import { type Pulse, RpcConnector } from '../../src/switches/rpc-connector.js';

const SILENCE = { debug() {}, info() {}, warn() {}, error() {} };
const NO_INTAKE = undefined as unknown as CallIntake;

const test = suite('switches/rpc-connector');

function connectorWith(pulse: Pulse, closed: () => void = () => undefined): RpcConnector {
  return new RpcConnector({
    figures: new SwitchFigures('proxy'),
    control: undefined as unknown as SwitchControl,
    lister: undefined as unknown as CallLister,
    rpc: {
      async close() {
        closed();
      },
    },
    pulse,
    log: SILENCE,
  });
}

test('learns of the switch with the first beat, and starts to count there', async () => {
  const asked: string[] = [];
  const connector = connectorWith({
    async startedAt() {
      asked.push('startedAt');
      return 'Wed Nov 25 03:12:13 2026';
    },
    async started() {
      asked.push('started');
    },
    async unscreened() {
      asked.push('unscreened');
      return { acm_unscreened: 12 };
    },
  });
  await new Promise<void>((resolve) => connector.start(NO_INTAKE, resolve));
  assert.equal(asked, ['startedAt', 'started', 'unscreened']);
  assert.equal(
    [connector.figures.up, connector.figures.connections, connector.figures.unscreened],
    [true, 1, 0],
  );
  await connector.stop();
});

test('starts although the switch is away, and stops in the middle of a beat', async () => {
  let fail = (): void => undefined;
  const connector = connectorWith(
    {
      startedAt: () =>
        new Promise((_, reject) => {
          fail = () => reject(new AcmError('ACM_UNAVAILABLE', 'the connection is closed'));
        }),
      unscreened: async () => undefined,
    },
    () => fail(),
  );
  await connector.start(NO_INTAKE, () => assert.unreachable('nobody has answered'));
  await connector.stop();
  assert.is(connector.figures.up, undefined, 'what ends with us tells nothing of the switch');
});

test.run();
