/** Calls that a proxy let go on without a verdict, as its script counts them with the statistics module. */
import { isObject } from './json-object.js';

/** As `modparam("statistics", "variable", "acm_unscreened")` declares it. */
export const UNSCREENED_STATISTIC = 'acm_unscreened';

export class UnscreenedCount {
  #last: number | undefined;

  /**
   * Takes what the switch has answered: `{"script.acm_unscreened": "7"}`, or `{"script:acm_unscreened": 7}`.
   * @param isNewLife whether the switch was started since the last reading, with its statistics at 0.
   * @returns how many calls have been added since the last reading; what was counted before the first one is old news.
   */
  take(result: unknown, isNewLife: boolean): number {
    const count = countOf(result);
    if (count === undefined) return 0;
    const before = this.#last ?? count;
    this.#last = count;
    return isNewLife || count < before ? count : count - before;
  }
}

function countOf(result: unknown): number | undefined {
  if (!isObject(result)) return undefined;
  const [, value] = Object.entries(result).find(([name]) => name.endsWith(UNSCREENED_STATISTIC)) ?? [];
  const count = Number(value ?? Number.NaN);
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}
