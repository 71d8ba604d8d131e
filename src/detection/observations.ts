/** Calls that one sidecar saw, in columns: what sidecars tell each other, and what the window merges. */

/** A call whose numbers do not both pack into keys. */
export interface NamedObservation {
  /** Canonical, as NumberKeys.textOf() gives it. */
  readonly bNumber: string;
  readonly aNumber: string;
  readonly timeMs: number;
}

export interface Observations {
  /** How many places of the columns are filled. */
  readonly count: number;
  /** Packed B-numbers, 0 to 2^53. */
  readonly bKeys: Float64Array;
  readonly aKeys: Float64Array;
  /** Whole milliseconds of the clock of whoever holds this. */
  readonly timesMs: Float64Array;
  readonly named: readonly NamedObservation[];
}

export const NO_OBSERVATIONS: Observations = {
  count: 0,
  bKeys: new Float64Array(0),
  aKeys: new Float64Array(0),
  timesMs: new Float64Array(0),
  named: [],
};
