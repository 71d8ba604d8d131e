/** Trunks: which one a call came in by, and so how its numbers are written, whom it trusts and how it is rejected. */
import { BlockList, isIP } from 'node:net';
import type { NumberingPlan } from '../detection/number.js';
import { numberingPlanOf } from './numbering-plan.js';
import type { RejectProfile } from './reject-profile.js';

/** What is configured for one trunk. */
export interface TrunkSettings {
  readonly name: string;
  /** Addresses and CIDR ranges, IPv4 or IPv6. */
  readonly sources: readonly string[];
  /** ISO 3166-1 alpha-2, for national numbers. */
  readonly country?: string | undefined;
  readonly trustIdentity: boolean;
  readonly trustDiversion: boolean;
  readonly rejectProfile: RejectProfile;
}

/** A configured trunk, ready for use. */
export interface Trunk extends TrunkSettings {
  readonly plan: NumberingPlan | undefined;
}

/** Source addresses remembered; switches talk to far fewer peers than this. */
const SOURCES_MAX = 10_000;

/** Finds the trunk of a call, by name or else by the address it came from. */
export class Trunks {
  readonly #byName = new Map<string, Trunk>();
  readonly #matchers: { readonly trunk: Trunk; readonly sources: BlockList }[] = [];
  /** Matching a range takes microseconds, so its outcome is kept for each address. */
  readonly #bySource = new Map<string, Trunk | undefined>();

  /** @param fallback what applies to a call of no configured trunk. */
  constructor(
    settings: readonly TrunkSettings[],
    readonly fallback: Trunk,
  ) {
    for (const each of settings) {
      const trunk: Trunk = { ...each, plan: each.country === undefined ? undefined : numberingPlanOf(each.country) };
      this.#byName.set(trunk.name, trunk);
      if (trunk.sources.length > 0) this.#matchers.push({ trunk, sources: matcherOf(trunk.sources) });
    }
  }

  /** The trunk called `name`; else the first whose ranges contain `sourceIp`; else the fallback. */
  find(name: string, sourceIp: string): Trunk {
    if (name !== '') return this.#byName.get(name) ?? this.fallback;
    if (this.#matchers.length === 0 || sourceIp === '') return this.fallback;
    if (!this.#bySource.has(sourceIp)) this.#remember(sourceIp);
    return this.#bySource.get(sourceIp) ?? this.fallback;
  }

  #remember(sourceIp: string): void {
    if (this.#bySource.size >= SOURCES_MAX) this.#bySource.clear();
    const family = isIP(sourceIp) === 6 ? 'ipv6' : 'ipv4';
    this.#bySource.set(sourceIp, this.#matchers.find(({ sources }) => sources.check(sourceIp, family))?.trunk);
  }
}

function matcherOf(sources: readonly string[]): BlockList {
  const matcher = new BlockList();
  for (const source of sources) {
    const [address = '', bits] = source.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    matcher.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  }
  return matcher;
}
