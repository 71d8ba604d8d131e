/** Errors as HTTP statuses: the one table of this edge, and the problem details that go with them (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import { AcmError, type AcmErrorCode, InvalidFieldError } from '../errors.js';
import { InvalidRequestError } from './invalid-request.js';
import type { Problem } from './problem.js';

const STATUS_OF: Record<AcmErrorCode, number> = {
  ACM_INVALID_ARGUMENT: 422,
  ACM_CONFIG: 500,
  ACM_UNAVAILABLE: 503,
  ACM_NOT_FOUND: 404,
  ACM_CONFLICT: 409,
  ACM_FORBIDDEN: 403,
  ACM_UNAUTHENTICATED: 401,
  ACM_RATE_LIMITED: 429,
  ACM_STORE_UNAVAILABLE: 503,
  ACM_STORE_REFUSED: 500,
};

/** What Fastify refuses by itself, in our words. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'the request is malformed: a body must be JSON in UTF-8, and the path must be a valid URL',
  413: 'the body is larger than 1 MB',
  414: 'the id in the path is too long',
  415: 'the body must be application/json',
};
const INTERNAL = 'internal error; the log of the sidecar has more under this request id';

/** What a client is told. Of an error that is not its own doing it hears nothing but that there was one. */
export function problemOf(error: unknown): Problem {
  if (error instanceof InvalidRequestError) return problem(422, error.message, error.complaints);
  if (error instanceof InvalidFieldError)
    return problem(422, error.message, [{ field: error.field, detail: error.complaint }]);
  if (error instanceof AcmError) {
    const status = STATUS_OF[error.code];
    return problem(status, status === 500 ? INTERNAL : error.message);
  }
  const status = refusalOf(error);
  return problem(status, status === 500 ? INTERNAL : (REFUSALS[status] ?? 'the request cannot be served'));
}

/** A problem whose title is what its status means. */
export function problem(status: number, detail: string, errors?: Problem['errors']): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, ...(errors === undefined ? {} : { errors }) };
}

/** Fastify's own errors carry a status; whatever else is thrown is a defect of ours. */
function refusalOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? status : 500;
}
