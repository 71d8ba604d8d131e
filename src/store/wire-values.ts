/**
 * Values on their way into a database and out of it, in PostgreSQL's text format. Both databases use these functions
 * and not those of their drivers, so that a statement means the same to both.
 */
import { types } from 'pg';

/** Object identifiers of types (pg_type.oid); they never change. */
const INT8 = 20;
const NUMERIC = 1700;
const TEXT_ARRAY = 1009;
const INT8_ARRAY = 1016;

/**
 * A parameter as text, or null for null and undefined.
 * @param value null, a number, a string, a boolean, a Date, or an array of these (which may be nested).
 * @throws TypeError for anything else: JSON is passed as text (`$1::jsonb`).
 */
export function parameterText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return Array.isArray(value) ? arrayText(value) : scalarText(value);
}

function scalarText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      if (value instanceof Date) return value.toISOString();
      throw new TypeError(`a parameter cannot be a ${typeof value}: pass JSON as text, with $1::jsonb`);
  }
}

/** PostgreSQL manual, 8.15.2: `{1,"a b",NULL}`. */
function arrayText(values: readonly unknown[]): string {
  return `{${values.map(elementText).join(',')}}`;
}

function elementText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return arrayText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `"${scalarText(value).replace(/["\\]/g, '\\$&')}"`;
}

type Parse = (text: string) => unknown;

/** pg's own parsers; its declaration knows the plain types only, and not their arrays. */
const parserOf = types.getTypeParser as (oid: number) => Parse;
const parseTextArray = parserOf(TEXT_ARRAY) as (text: string) => (string | null)[];

const OWN_PARSERS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  // Counts and milliseconds: below 2^53, where a number is exact.
  [INT8, Number],
  [NUMERIC, Number],
  [INT8_ARRAY, (text) => parseTextArray(text).map((each) => (each === null ? null : Number(each)))],
]);

/** What turns a column's text into a value, by the object identifier of its type. Types it does not know stay text. */
export function columnParser(oid: number): Parse {
  return OWN_PARSERS.get(oid) ?? parserOf(oid);
}
