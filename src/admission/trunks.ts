/** Trunks: which one a call came in by, and so how its numbers are written, whom it trusts and how it is rejected. */
import { isIP } from 'node:net';
import type { NumberingPlan } from '../detection/number.js';
import { AddressRanges } from './address-ranges.js';
import { numberingPlanOf } from './numbering-plan.js';
import { type RejectProfile, type SipAnswer, sipAnswerOf } from './reject-profile.js';

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
  /** How national numbers are read; undefined where no country is configured. */
  readonly plan: NumberingPlan | undefined;
  /** How a rejected call is answered. */
  readonly answer: SipAnswer;
}

/** Source addresses remembered; switches talk to far fewer peers than this. */
const SOURCES_MAX = 10_000;

/** Finds the trunk of a call, by name or else by the address it came from. */
export class Trunks {
  readonly #byName = new Map<string, Trunk>();
  readonly #ranges: { readonly trunk: Trunk; readonly sources: AddressRanges }[] = [];
  /** Matching an address against ranges costs more than a look-up, so its outcome is kept. */
  readonly #bySource = new Map<string, Trunk | undefined>();

  /** What applies to a call of no configured trunk; its name is ''. */
  readonly fallback: Trunk;

  /**
   * @param settings the first trunk whose sources contain an address wins.
   * @param fallbackProfile how a call of no configured trunk is rejected.
   * @param rejectUrl where a wrongly rejected caller can complain; '' for nowhere.
   */
  constructor(settings: readonly TrunkSettings[], fallbackProfile: RejectProfile, rejectUrl: string) {
    this.fallback = prepare(
      { name: '', sources: [], trustIdentity: false, trustDiversion: false, rejectProfile: fallbackProfile },
      rejectUrl,
    );
    for (const each of settings) {
      const trunk = prepare(each, rejectUrl);
      this.#byName.set(trunk.name, trunk);
      if (trunk.sources.length > 0) this.#ranges.push({ trunk, sources: new AddressRanges(trunk.sources) });
    }
  }

  /** The trunk called `name`; else the first whose ranges contain `sourceIp`; else the fallback. */
  find(name: string, sourceIp: string): Trunk {
    if (name !== '') return this.#byName.get(name) ?? this.fallback;
    if (this.#ranges.length === 0 || sourceIp === '') return this.fallback;
    if (!this.#bySource.has(sourceIp)) {
      // Requests are not validated yet; what is no address must not fill the memory.
      if (isIP(sourceIp) === 0) return this.fallback;
      this.#remember(sourceIp);
    }
    return this.#bySource.get(sourceIp) ?? this.fallback;
  }

  #remember(sourceIp: string): void {
    if (this.#bySource.size >= SOURCES_MAX) this.#bySource.clear();
    this.#bySource.set(sourceIp, this.#ranges.find(({ sources }) => sources.contains(sourceIp))?.trunk);
  }
}

function prepare(settings: TrunkSettings, rejectUrl: string): Trunk {
  const plan = settings.country === undefined ? undefined : numberingPlanOf(settings.country);
  return { ...settings, plan, answer: sipAnswerOf(settings.rejectProfile, rejectUrl) };
}
