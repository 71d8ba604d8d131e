/** What the fuzzer has sent, how it was answered, and what was wrong with that. */

/** Most different findings that are told of. */
const TOLD_MAX = 15;
/** Findings that begin alike are the same one again. */
const ALIKE = 60;

export class Findings {
  readonly #tally = new Map<string, number>();
  /** One example of each kind. */
  readonly #told = new Map<string, string>();
  #sent = 0;
  #wrong = 0;

  get sent(): number {
    return this.#sent;
  }

  /** @param answer what the tally goes by: a status, or that there was none. */
  count(answer: string): void {
    this.#sent++;
    this.#tally.set(answer, (this.#tally.get(answer) ?? 0) + 1);
  }

  /** @param complaint undefined: nothing is wrong. */
  note(request: string, complaint: string | undefined): void {
    if (complaint === undefined) return;
    this.#wrong++;
    const kind = complaint.slice(0, ALIKE);
    if (this.#told.size < TOLD_MAX && !this.#told.has(kind))
      this.#told.set(kind, `${complaint}\n      on ${request.slice(0, 600)}`);
  }

  /** How often an answer came. */
  countOf(answer: string): number {
    return this.#tally.get(answer) ?? 0;
  }

  summary(): string {
    const answers = [...this.#tally].sort(([, one], [, other]) => other - one);
    return `${this.#sent} requests: ${answers.map(([answer, count]) => `${answer} ${count}`).join(', ')}`;
  }

  /** @throws Error that gives an example of each kind of finding. */
  mustBeNone(): void {
    const examples = [...this.#told.values()].join('\n  - ');
    if (this.#wrong > 0) throw new Error(`${this.#wrong} findings\n  - ${examples}`);
  }
}
