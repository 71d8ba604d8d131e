/** The root of the repository, and the documents in it whose commands are run. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** Paths from the root. */
export function documents(theme: Theme): string[] {
  const all = ['README.md', ...globSync('docs/*.md', { cwd: REPOSITORY }).sort()];
  return all.filter((each) => themeOf(each) === theme);
}

/** What a document is about; each has a suite of its own, since a suite has its time. */
export type Theme = 'installation' | 'operation' | 'use';

function themeOf(document: string): Theme {
  if (/\/(compose|debian|kubernetes|reconciliation)\.md$/.test(document)) return 'installation';
  const operation =
    /\/(alerts|backup|failure-modes|monitoring|privacy|runbook|security|sizing|tuning|upgrade)\.md$/;
  return operation.test(document) ? 'operation' : 'use';
}
