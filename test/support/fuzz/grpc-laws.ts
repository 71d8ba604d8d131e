/** What holds of every status over gRPC, whatever was asked. */
import { status } from '@grpc/grpc-js';
import { leakInRefusal } from './leaks.js';

export interface GrpcEnd {
  readonly code: number;
  readonly details: string;
}

/** Statuses by which a server says that something is wrong with itself. */
const OUR_FAULT: ReadonlySet<number> = new Set([
  status.UNKNOWN,
  status.INTERNAL,
  status.DATA_LOSS,
  status.UNAVAILABLE,
  status.ABORTED,
]);

/** Begins with the field, as it stands in the proto file: `blocks[3].expires_at: is missing`. */
const NAMES_FIELD = /^[a-z][a-z0-9_]*(?:\[\d+\])?(?:\.[a-z][a-z0-9_]*(?:\[\d+\])?)*: \S/;
const CANNOT_BE_DECODED = /^the request cannot be decoded/;

/**
 * What the library says before any code of ours is asked, of a client that breaks gRPC itself. For the second, gRPC
 * demands this very status (grpc/doc/compression.md).
 */
const LIBRARYS_OWN = [/^Invalid grpc-timeout value /, /^Failed to decompress message$/];

function isLibrarysOwn({ details }: GrpcEnd): boolean {
  return LIBRARYS_OWN.some((pattern) => pattern.test(details));
}

/** For the tally. */
export function nameOf(end: GrpcEnd): string {
  const name = status[end.code] ?? String(end.code);
  return isLibrarysOwn(end) ? `${name} of grpc-js itself` : name;
}

export function complaintAboutEnd(end: GrpcEnd): string | undefined {
  const { code, details } = end;
  const leak = leakInRefusal(details);
  const name = nameOf(end);
  if (leak !== undefined) return `${name} gives away: ${leak}`;
  if (OUR_FAULT.has(code) && !LIBRARYS_OWN.some((pattern) => pattern.test(details)))
    return `${name}: ${details}`;
  if (code === status.INVALID_ARGUMENT && !NAMES_FIELD.test(details) && !CANNOT_BE_DECODED.test(details))
    return `${name} names no field: ${details}`;
  return undefined;
}
