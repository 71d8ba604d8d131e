/** The UNIX socket that a killed process has left behind makes the next bind fail: it goes if nobody answers on it. */
import { lstatSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { AcmError } from '../errors.js';

/**
 * Makes room for a socket at `path`.
 * @throws AcmError if a living process listens there, or if there is something other than a socket.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new AcmError('ACM_CONFIG', `ACM_GRPC_SOCKET: ${path} exists and is not a socket`);
  if (await isAnswered(path))
    throw new AcmError('ACM_CONFIG', `ACM_GRPC_SOCKET: another process listens on ${path}`);
  rmSync(path, { force: true });
}

/** Only a refusal says that nobody is there; one who is too busy to accept is there, and so is one who is not for us. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}
