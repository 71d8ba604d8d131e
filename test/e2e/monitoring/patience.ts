const PATIENCE_MS = 60_000;

/** Waits until what is asked of other processes holds; that it cannot be asked yet is as good as no. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`in vain waited until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
