/** The errors that operations of the OpenAPI document refer to. */
import { STATUS_CODES } from 'node:http';
import type { Json } from './openapi-schemas.js';
import { PROBLEM_TYPE } from './problem.js';
import type { Route } from './route.js';

const ERRORS: Readonly<Record<number, string>> = {
  400: 'The request is malformed: no JSON, or not in UTF-8.',
  401: 'Nobody knows who asks: no token, or one that is not known, has expired or was revoked.',
  403: 'Whoever asks may not.',
  404: 'There is no such thing.',
  409: 'It cannot be done in the state that things are in.',
  413: 'The body is larger than 1 MB.',
  415: 'The body is not application/json.',
  422: 'Fields break their limits; `errors` names them.',
  429: 'Too much is asked from there.',
  500: 'A defect of the sidecar; its log has more under the request id.',
  503: 'The store does not answer now.',
};
const RETRY_AFTER = { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds to wait.' } };
const HEADERS: Readonly<Record<number, Json>> = {
  401: { 'WWW-Authenticate': { schema: { type: 'string' }, description: 'Bearer' } },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** The errors that a route can end with. */
export function errorsOf(
  { scopes, signatures, errors }: Pick<Route, 'scopes' | 'signatures' | 'errors'>,
  { body, ...others }: Readonly<Record<string, Json>>,
): Json {
  const ofBody = body === undefined ? [] : [400, 413, 415];
  const ofInput = body === undefined && Object.keys(others).length === 0 ? [] : [422];
  const ofCaller = scopes.length === 0 && signatures === undefined ? [403] : [401, 403];
  const statuses = new Set([...ofBody, ...ofCaller, ...errors, ...ofInput, 429, 500]);
  return Object.fromEntries([...statuses].map((status) => [status, referTo(status)]));
}

/** Each error once, for all operations. */
export function errorResponses(schema: Json): Json {
  return Object.fromEntries(
    Object.entries(ERRORS).map(([status, description]) => [
      nameOf(Number(status)),
      {
        description,
        ...(HEADERS[Number(status)] === undefined ? {} : { headers: HEADERS[Number(status)] }),
        content: { [PROBLEM_TYPE]: { schema } },
      },
    ]),
  );
}

export function referTo(status: number): Json {
  return { $ref: `#/components/responses/${nameOf(status)}` };
}

function nameOf(status: number): string {
  return (STATUS_CODES[status] ?? String(status)).replace(/\W/g, '');
}
