/** A directory for the PATH, with a command for each program that a test machine does not have. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STAND_INS } from './programs.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** @returns the directory. */
export function makeStandIns(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const tsx = import.meta.resolve('tsx');
  for (const name of Object.keys(STAND_INS)) {
    const file = join(directory, name);
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' --import '${tsx}' '${MAIN}' '${name}' "$@"\n`);
    chmodSync(file, 0o755);
  }
  return directory;
}
