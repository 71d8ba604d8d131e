/** Load from h2load (nghttp2): a grpc-js client costs several times what the server costs, and would hide it. */
import { execFile, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CheckCallRequest } from '../../src/gen/acm/v1/detection.js';
import { CLIENT_CORE, pinned } from './peer-process.js';

const CONNECTIONS = 4;
const STREAMS_PER_CONNECTION = 50;
/** gRPC's length-prefixed message: a flag for compression and 32 bits of length. */
const PREFIX_BYTES = 5;

/** @throws Error saying what to install. */
export function requireH2load(): void {
  if (spawnSync('h2load', ['--version']).status !== 0) {
    throw new Error('h2load is missing: install it with `apt-get install nghttp2-client`');
  }
}

/** A file with the body that h2load sends with each request, and a way to remove it. */
export function writeBody(request: CheckCallRequest): { path: string; remove: () => void } {
  const message = CheckCallRequest.encode(request).finish();
  const body = Buffer.alloc(PREFIX_BYTES + message.length);
  body.writeUInt32BE(message.length, 1);
  body.set(message, PREFIX_BYTES);
  const path = join(tmpdir(), `acm-bench-${process.pid}.bin`);
  writeFileSync(path, body);
  return { path, remove: () => rmSync(path) };
}

/**
 * Sends one request over and over.
 * @returns the number of calls that were answered with HTTP 200. h2load does not look at grpc-status.
 * @throws Error if any call was answered otherwise, or not at all.
 */
export async function runH2load(port: number, bodyPath: string, calls: number): Promise<number> {
  const [command = '', ...rest] = pinned(CLIENT_CORE, [
    'h2load',
    `--requests=${calls}`,
    `--clients=${CONNECTIONS}`,
    `--max-concurrent-streams=${STREAMS_PER_CONNECTION}`,
    `--data=${bodyPath}`,
    '--header=te: trailers',
    '--header=content-type: application/grpc',
    `http://127.0.0.1:${port}/acm.v1.DetectionService/CheckCall`,
  ]);
  const { stdout } = await promisify(execFile)(command, rest);
  const answered = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1]);
  if (answered !== calls) throw new Error(`h2load: not every call was answered\n${stdout}`);
  const perSecond = /finished in [^,]+, ([\d.]+) req\/s/.exec(stdout)?.[1];
  return Number(perSecond);
}
