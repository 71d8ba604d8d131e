/** One connection to LumaDB, from its probe until it is given up. What runs in it looks here after every wait. */
export class LinkSession {
  #ended = false;
  readonly #endings: (() => void)[] = [];

  get ended(): boolean {
    return this.#ended;
  }

  /** What is to be cut short when the session ends. */
  onEnd(ending: () => void): void {
    if (this.#ended) ending();
    else this.#endings.push(ending);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const ending of this.#endings) ending();
  }
}
