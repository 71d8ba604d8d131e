/** Attacks on several sidecars whose news is lost for a while, comes twice, late and in another order. */
import fc from 'fast-check';
import { type Delta, exchangeAll, GRACE_MS, pass, SidecarFixture } from './sidecar-fixture.js';

export type Step =
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
/** By how much each of three sidecars is wrong about the common clock. */
export const clockErrors = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -3, max: 3 })));

export const steps = fc.array(step, { minLength: 5, maxLength: 60 });

interface Run {
  readonly sidecars: SidecarFixture[];
  /** Every id that was answered, by B-number and sidecar. */
  readonly answered: { readonly bNumber: string; readonly alertId: string; readonly by: SidecarFixture }[];
}

/** At last everybody hears everything. */
export async function play(
  taken: readonly Step[],
  errors: readonly number[],
  bNumbers: readonly [string, string],
): Promise<Run> {
  const sidecars = errors.map(
    (clockErrorMs) => new SidecarFixture({ policy: { threshold: 3, autoDisconnect: true }, clockErrorMs }),
  );
  const answered: Run['answered'] = [];
  const wire: Delta[] = [];
  for (const each of taken) {
    if (each.kind === 'pass') pass(sidecars, each.ms);
    else if (each.kind === 'publish') wire.push(sidecars[each.at].publish());
    else if (each.kind === 'call') {
      const [by, bNumber] = [sidecars[each.at], bNumbers[each.b]];
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
