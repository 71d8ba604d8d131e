/** What a sidecar's own OpenAPI document says that can be asked, and values of the shapes that it says. */
import type { Json } from '../http-client.js';
import type { SeededRandom } from './seeded-random.js';

export interface Operation {
  /** In upper case. */
  readonly method: string;
  /** `/acm/alerts/{id}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Schema of the body; undefined for none. */
  readonly body: Json | undefined;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Json;
}

export function operationsOf(document: Json): Operation[] {
  return Object.entries<Record<string, Json>>(document['paths']).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      parameters: operation['parameters'] ?? [],
      body: operation['requestBody']?.content?.['application/json']?.schema,
    })),
  );
}

const DEPTH_MAX = 6;

/** Makes values that keep a schema, as far as a schema says what is right. */
export class SchemaValues {
  constructor(
    private readonly document: Json,
    private readonly random: SeededRandom,
    /** A value for a property of this name that is likelier to be taken than what its schema alone tells. */
    private readonly known: (name: string) => unknown,
  ) {}

  valueOf(schema: Json, name = '', depth = 0): unknown {
    const known = this.known(name);
    if (known !== undefined && this.random.chance(0.7)) return known;
    const reference: string | undefined = schema['$ref'];
    if (reference !== undefined)
      return depth > DEPTH_MAX ? null : this.valueOf(this.#find(reference), name, depth + 1);
    if ('const' in schema) return schema['const'];
    const choices: unknown[] | undefined = schema['enum'] ?? schema['examples'];
    if (choices !== undefined && this.random.chance(0.8)) return this.random.pick(choices);
    const variants: Json[] | undefined = schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf'];
    if (variants !== undefined) return this.valueOf(this.random.pick(variants), name, depth + 1);
    return this.#plain(schema, name, depth);
  }

  #plain(schema: Json, name: string, depth: number): unknown {
    const type = Array.isArray(schema['type']) ? this.random.pick(schema['type']) : schema['type'];
    switch (type) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return Array.from({ length: this.random.below(4) + (schema['minItems'] ?? 0) }, () =>
          this.valueOf(schema['items'] ?? {}, name, depth + 1),
        );
      case 'string':
        return this.#text(schema);
      case 'integer':
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.random.chance(0.5);
      default:
        return null;
    }
  }

  #object(schema: Json, depth: number): Json {
    const required: readonly string[] = schema['required'] ?? [];
    const properties = Object.entries<Json>(schema['properties'] ?? {});
    const chosen = properties.filter(([name]) => required.includes(name) || this.random.chance(0.6));
    return Object.fromEntries(chosen.map(([name, each]) => [name, this.valueOf(each, name, depth + 1)]));
  }

  #text({ format, minLength = 0, maxLength = 20 }: Json): string {
    if (format === 'uuid') return '00000000-0000-4000-8000-000000000000';
    if (format === 'date-time') return new Date(Date.now() + this.random.below(1e9)).toISOString();
    const length = this.random.pick([minLength, minLength + 1, maxLength, Math.min(maxLength, 12)]);
    return '+234803000000123456789'.padEnd(length, '0').slice(0, length);
  }

  #number({ minimum = 0, maximum = 1_000 }: Json): number {
    return this.random.pick([minimum, maximum, minimum + this.random.below(maximum - minimum + 1)]);
  }

  #find(reference: string): Json {
    const steps = reference.replace('#/$defs/', '#/components/schemas/').split('/').slice(1);
    return steps.reduce<Json>((inner, step) => inner[step] ?? {}, this.document);
  }
}
