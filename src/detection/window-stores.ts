/** What the parts of the window work on together. */
import type { CalledNumbers } from './called-numbers.js';
import type { CallerPairs } from './caller-pairs.js';
import type { CountedWindow } from './counted-window.js';
import type { NumberKeys } from './number-keys.js';
import type { TimeWheel } from './time-wheel.js';

export interface WindowStores {
  readonly pairs: CallerPairs;
  readonly called: CalledNumbers;
  /** The window lengths that are counted now; the window alone changes the list. */
  readonly counted: readonly CountedWindow[];
  readonly keys: NumberKeys;
  readonly wheel: TimeWheel;
}
