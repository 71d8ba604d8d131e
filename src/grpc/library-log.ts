/** What grpc-js writes to standard error by itself becomes lines of the log. */
import { setLogger } from '@grpc/grpc-js';
import type { Log } from '../admission/ports.js';

/** Is followed by the name and the value of a header, which may be a token, and are a stranger's to choose. */
const UNUSABLE_METADATA = /^Failed to add metadata entry /;

/** For the whole process. */
export function takeLibraryLog(log: Log): void {
  setLogger({
    error(message: unknown) {
      const text = String(message);
      if (UNUSABLE_METADATA.test(text))
        log.debug({}, 'a gRPC request carries metadata that is not printable ASCII');
      else log.warn({ detail: text }, 'gRPC library');
    },
  });
}
