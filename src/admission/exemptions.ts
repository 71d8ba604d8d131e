/** B-numbers whose calls are never rejected, whatever else says so. */
import { canonicalToken, NOT_PACKED, type NumberingPlan, packNumber } from '../detection/number.js';

/** Emergency services by name instead of number (RFC 5031, section 4.1). */
const EMERGENCY_URN = 'urn:service:sos';

/** Exempt B-numbers. Whoever asks the sidecar holds the same list and applies it when the sidecar is away. */
export class Exemptions {
  readonly #packed = new Set<number>();
  readonly #tokens = new Set<string>();

  /** @param numbers in any form that a B-number may have; national numbers as they are dialled. */
  constructor(numbers: readonly string[]) {
    for (const number of numbers) {
      const key = packNumber(number, undefined);
      if (key === NOT_PACKED) this.#tokens.add(canonicalToken(number));
      else this.#packed.add(key);
    }
  }

  /**
   * True for a call that must not be rejected.
   * @param emergency whether the call says so itself (Priority, Resource-Priority).
   * @param plan of the trunk that the call came in by.
   */
  covers(bNumber: string, emergency: boolean, plan: NumberingPlan | undefined): boolean {
    if (emergency) return true;
    const key = packNumber(bNumber, plan);
    if (key === NOT_PACKED) return this.#tokens.has(canonicalToken(bNumber)) || isEmergencyUrn(bNumber);
    if (this.#packed.has(key)) return true;
    return plan !== undefined && this.#packed.has(packNumber(bNumber, undefined));
  }
}

/** `urn:service:sos` or a sub-service such as `urn:service:sos.fire`; URNs of this kind ignore case. */
function isEmergencyUrn(bNumber: string): boolean {
  const urn = bNumber.slice(0, EMERGENCY_URN.length + 1).toLowerCase();
  return urn === EMERGENCY_URN || urn === `${EMERGENCY_URN}.`;
}
