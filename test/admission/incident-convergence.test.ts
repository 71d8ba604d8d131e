import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Delta, exchangeAll, GRACE_MS, pass, SidecarFixture } from './sidecar-fixture.js';

const test = suite('admission/incident-convergence');

const NUMBERS = ['+15550000001', 'conference'];

type Step =
  | { readonly kind: 'call'; readonly at: number; readonly a: number; readonly b: number }
  | { readonly kind: 'publish'; readonly at: number }
  | { readonly kind: 'hear'; readonly at: number; readonly which: number }
  | { readonly kind: 'pass'; readonly ms: number };

const at = fc.nat({ max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('call'), at, a: fc.nat({ max: 7 }), b: fc.nat({ max: 1 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('publish'), at }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('hear'), at, which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.nat({ max: 250 }) }) },
);
const errors = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -3, max: 3 })));

interface Run {
  readonly sidecars: SidecarFixture[];
  /** Every id that was answered, by B-number and sidecar. */
  readonly answered: { readonly bNumber: string; readonly alertId: string; readonly by: SidecarFixture }[];
}

/** News is lost for a while, comes twice, late and in another order; at last everybody hears everything. */
async function play(steps: readonly Step[], clockErrors: readonly number[]): Promise<Run> {
  const sidecars = clockErrors.map(
    (clockErrorMs) => new SidecarFixture({ policy: { threshold: 3, autoDisconnect: true }, clockErrorMs }),
  );
  const answered: Run['answered'] = [];
  const wire: Delta[] = [];
  for (const each of steps) {
    if (each.kind === 'pass') pass(sidecars, each.ms);
    else if (each.kind === 'publish') wire.push(sidecars[each.at].publish());
    else if (each.kind === 'call') {
      const [by, bNumber] = [sidecars[each.at], NUMBERS[each.b]];
      const { alertId } = by.call(`+23480300000${each.a}`, { bNumber });
      if (alertId !== '') answered.push({ bNumber, alertId, by });
    } else if (wire.length > 0) {
      const delta = wire[each.which % wire.length];
      if (delta.from !== sidecars[each.at]) sidecars[each.at].hear(delta);
    }
    await Promise.resolve();
  }
  for (const delta of wire) for (const each of sidecars) if (each !== delta.from) each.hear(delta);
  exchangeAll(sidecars);
  pass(sidecars, 2 * GRACE_MS);
  exchangeAll(sidecars);
  await Promise.resolve();
  return { sidecars, answered };
}

test('sidecars end with one incident for each attack, found by every id that was answered', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), errors, async (steps, clockErrors) => {
      const { sidecars, answered } = await play(steps, clockErrors);
      for (const bNumber of NUMBERS) {
        const ids = new Set(sidecars.map((each) => each.alertId(bNumber)));
        assert.is(ids.size, 1, `one id for ${bNumber}`);
      }
      for (const { bNumber, alertId, by } of answered) {
        const incident = [...by.admission.state.incidents.walk()].find(({ ids }) => ids.includes(alertId));
        assert.is(incident?.alertId, by.alertId(bNumber));
      }
    }),
    { numRuns: 100 },
  );
});

test('every sidecar ends each of its calls at most once, and all that belong to the burst', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), errors, async (steps, clockErrors) => {
      const { sidecars } = await play(steps, clockErrors);
      for (const { admission } of sidecars) {
        const ended = admission.orders.map(({ callId }) => callId);
        assert.is(new Set(ended).size, ended.length);
        for (const { bKey, lastDetectionMs, policy } of admission.state.incidents.walk()) {
          const left = admission.calls.startedSince(bKey, lastDetectionMs - policy.windowMs);
          assert.equal(
            left.filter(({ startedMs }) => startedMs <= lastDetectionMs),
            [],
          );
        }
      }
    }),
    { numRuns: 100 },
  );
});

test.run();
