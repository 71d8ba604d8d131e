const WAIT_MS_MAX = 3000;

/** What a raw endpoint has received, to be waited for. */
export class Inbox {
  /** Everything received, in order. */
  readonly all: string[] = [];
  private readonly untaken: string[] = [];
  private wake: (() => void) | undefined;

  push(text: string): void {
    this.all.push(text);
    this.untaken.push(text);
    this.wake?.();
  }

  count(pattern: RegExp): number {
    return this.all.filter((text) => pattern.test(text)).length;
  }

  /** Takes the first message that matches and has not been taken; rejects if none comes within 3 s. */
  async take(pattern: RegExp): Promise<string> {
    const deadline = Date.now() + WAIT_MS_MAX;
    for (;;) {
      const index = this.untaken.findIndex((text) => pattern.test(text));
      if (index !== -1) return this.untaken.splice(index, 1)[0];
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new Error(`nothing like ${pattern} came, only:\n${this.untaken.join('\n')}`);
      await this.arrival(leftMs);
    }
  }

  private arrival(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
