/** Sidecars that are attacked together, and what one of them may be told. */
import { randomUUID } from 'node:crypto';
import type { SidecarNews } from '../../src/admission/exchange-ports.js';
import type { StoredIncident } from '../../src/admission/incident.js';
import { B } from './admission-fixture.js';
import { type Delta, pass, SidecarFixture, type SidecarOptions } from './sidecar-fixture.js';

export const CANONICAL_B = B.slice(1);
export const NO_CALLS = new SidecarFixture().publish().news.observations;

export function sidecars(count: number, options: SidecarOptions = {}): SidecarFixture[] {
  return Array.from({ length: count }, () => new SidecarFixture(options));
}

/** One caller at each, 20 ms apart; nobody sees more than one of them. */
export function spreadAttack(all: readonly SidecarFixture[]): void {
  all.forEach((each, i) => {
    each.call(`+234803000000${i}`);
    pass(all, 20);
  });
}

export function deltaOf(from: SidecarFixture, news: Partial<SidecarNews>, number = 1): Delta {
  return {
    from,
    number,
    news: { observations: NO_CALLS, blocks: [], incidents: [], rulesRevision: 0, ...news },
  };
}

export function told(overrides: Partial<StoredIncident> = {}): StoredIncident {
  return {
    alertId: randomUUID(),
    bNumber: CANONICAL_B,
    exempt: false,
    openedMs: 1_000_000,
    lastDetectionMs: 1_000_000,
    distinctMax: 5,
    severity: 'medium',
    ...overrides,
  };
}
