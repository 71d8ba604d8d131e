import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `holds`, at most 10 s. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`in vain waited until ${what}`);
    await sleep(2);
  }
}
