/** The root of the repository, and the documents in it whose commands are run. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** Paths from the root. */
export function documents(): string[] {
  return ['README.md', ...globSync('docs/*.md', { cwd: REPOSITORY }).sort()];
}

/** What people read who have it running. */
export function isAboutOperation(document: string): boolean {
  return /\/(alerts|backup|failure-modes|monitoring|privacy|runbook|security|sizing|tuning|upgrade)\.md$/.test(
    document,
  );
}
