import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clockErrors, play, steps } from './exchanged-attacks.js';

const test = suite('admission/incident-convergence');

const NUMBERS = ['+15550000001', 'conference'] as const;

test('sidecars end with one incident for each attack, found by every id that was answered', async () => {
  await fc.assert(
    fc.asyncProperty(steps, clockErrors, async (taken, errors) => {
      const { sidecars, answered } = await play(taken, errors, NUMBERS);
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
    fc.asyncProperty(steps, clockErrors, async (taken, errors) => {
      const { sidecars } = await play(taken, errors, NUMBERS);
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
