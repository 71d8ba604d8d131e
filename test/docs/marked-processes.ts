/** Ends what a document has started and what went into the background by itself, as a daemon does. */
import { readdirSync, readFileSync } from 'node:fs';

/** In the environment of all that a document starts. */
export const MARK = 'ACM_DOCS_RUN';

export function endMarked(value: string): void {
  const mark = `${MARK}=${value}`;
  for (const pid of readdirSync('/proc').map(Number).filter(Boolean)) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (pid !== process.pid && environment.includes(mark)) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile, or is somebody else's, and so not marked.
    }
  }
}
