/** Figures of the newest slots of time (seconds, minutes or hours), in one block of memory. */
import { addRow, type CheckFigures, type FigureRow, figuresOf, ROW_LENGTH } from './check-figures.js';

export class FigureRing {
  /** Which slot of time each place holds, counted from 1970. */
  readonly #numbers: Float64Array;
  readonly #rows: Float64Array;

  constructor(
    readonly slotMs: number,
    private readonly slots: number,
  ) {
    this.#numbers = new Float64Array(slots);
    this.#rows = new Float64Array(slots * ROW_LENGTH);
  }

  /**
   * Adds to the slot of a time; the slot that had its place is forgotten.
   * @param timeMs since 1970. It may go back, as wall clocks do: what is added then joins what is there.
   */
  add(timeMs: number, row: FigureRow): void {
    const number = Math.floor(timeMs / this.slotMs);
    const place = number % this.slots;
    const begin = place * ROW_LENGTH;
    if (this.#numbers[place] !== number) {
      this.#numbers[place] = number;
      this.#rows.fill(0, begin, begin + ROW_LENGTH);
    }
    addRow(this.#rows, begin, row);
  }

  /** The sum of the slots that begin at `fromMs` or later and before `toMs`. */
  between(fromMs: number, toMs: number): CheckFigures {
    const sum = new Float64Array(ROW_LENGTH);
    for (let number = Math.ceil(fromMs / this.slotMs); number * this.slotMs < toMs; number++) {
      const place = number % this.slots;
      const begin = place * ROW_LENGTH;
      if (this.#numbers[place] === number) addRow(sum, 0, this.#rows.subarray(begin, begin + ROW_LENGTH));
    }
    return figuresOf(sum);
  }
}
