/** The parameters of a query, as they stand in the payload of a QueryRequest. */
import { InvalidFieldError } from '../../errors.js';

export const PAYLOAD_BYTES_MAX = 1024 * 1024;
const PARAMETERS_MAX = 1_000;
const BRACKET = 0x5b;

/**
 * A JSON array is one parameter for each element: texts, numbers, booleans, null, and arrays of these, which become arrays of
 * PostgreSQL. Objects become their JSON text. A payload that does not begin with `[` is one bytea; an empty one is none.
 * @returns texts in PostgreSQL's format, or null.
 * @throws InvalidFieldError
 */
export function parametersOf(payload: Uint8Array): (string | null)[] {
  if (payload.length > PAYLOAD_BYTES_MAX)
    throw new InvalidFieldError(
      'payload',
      `is ${payload.length} bytes, and takes ${PAYLOAD_BYTES_MAX} at most`,
    );
  if (payload.length === 0) return [];
  if (payload[0] !== BRACKET) return [byteaText(payload)];
  const values = jsonIn(payload) as unknown[];
  if (values.length > PARAMETERS_MAX)
    throw new InvalidFieldError(
      'payload',
      `holds ${values.length} parameters, and takes ${PARAMETERS_MAX} at most`,
    );
  return values.map((value, place) => parameterText(value, `payload[${place}]`));
}

/** @throws InvalidFieldError */
export function jsonIn(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    throw new InvalidFieldError('payload', `is not JSON: ${(error as Error).message.slice(0, 100)}`);
  }
}

/** PostgreSQL manual, 8.4.1. */
function byteaText(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`;
}

function parameterText(value: unknown, place: string): string | null {
  if (value === null) return null;
  if (Array.isArray(value)) return arrayText(value, place, 1);
  if (typeof value === 'object') return JSON.stringify(value);
  return plainText(String(value), place);
}

/** PostgreSQL manual, 8.15.2; it takes six dimensions. */
function arrayText(values: readonly unknown[], place: string, depth: number): string {
  if (depth > 6) throw new InvalidFieldError(place, 'is an array of more than six dimensions');
  const elements = values.map((value) => {
    if (value === null) return 'NULL';
    if (Array.isArray(value)) return arrayText(value, place, depth + 1);
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return `"${plainText(text, place).replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join(',')}}`;
}

/** PostgreSQL has no text with a NUL in it. */
function plainText(text: string, place: string): string {
  if (text.includes('\0')) throw new InvalidFieldError(place, 'contains a NUL character');
  return text;
}
