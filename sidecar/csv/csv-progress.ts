/** Tells on standard error how far a long transfer has come. */
const EVERY_MS = 2_000;

export class CsvProgress {
  #rows = 0;
  #toldAt: number;

  constructor(
    private readonly tell: (text: string) => void,
    private readonly now: () => number,
  ) {
    this.#toldAt = now();
  }

  get rows(): number {
    return this.#rows;
  }

  add(rows: number): void {
    this.#rows += rows;
    if (this.now() - this.#toldAt < EVERY_MS) return;
    this.#toldAt = this.now();
    this.tell(`${this.#rows.toLocaleString('en')} rows so far`);
  }
}
