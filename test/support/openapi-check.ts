/** Holds answers against an OpenAPI document: the operation must exist, tell of the status, and describe the body. */
import * as assert from 'uvu/assert';
import { z } from 'zod';
import type { Answer, Json } from './http-client.js';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

export class OpenApiCheck {
  /** Schemas by the JSON text that they came from. */
  readonly #compiled = new Map<string, z.ZodType>();
  /** `POST /acm/call 200`, for each answer that was held against the document. */
  readonly seen = new Set<string>();

  constructor(private readonly document: Json) {}

  /** Every operation that the document has, as `POST /acm/call`. */
  get operations(): string[] {
    return Object.entries<Json>(this.document['paths']).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** Operations on these paths that have not been seen to succeed. */
  untried(paths: RegExp): string[] {
    return this.operations.filter(
      (name) => paths.test(name) && !this.seen.has(`${name} 200`) && !this.seen.has(`${name} 202`),
    );
  }

  /** Paths and methods that the document does not have are left alone: they are answered with 404 and 405. */
  check(method: string, path: string, { status, headers, body }: Answer): void {
    const template = this.#templateOf(path.replace(/\?.*/, ''));
    const operation = this.document['paths'][template]?.[method.toLowerCase()];
    if (operation === undefined) return;
    const name = `${method} ${template} ${status}`;
    const response = this.#resolve(
      operation.responses[status] ?? assert.unreachable(`${name} is not documented`),
    );
    const type = (headers.get('content-type') ?? '').replace(/;.*/, '');
    const content = response['content'][type] ?? assert.unreachable(`${name}: ${type} is not documented`);
    const parsed = this.#schemaOf(content.schema).safeParse(body);
    assert.ok(parsed.success, `${name}: ${parsed.error?.message}`);
    this.seen.add(name);
  }

  #templateOf(path: string): string {
    const paths = Object.keys(this.document['paths']);
    if (paths.includes(path)) return path;
    return paths.find((template) => patternOf(template).test(path)) ?? path;
  }

  #resolve(response: Json): Json {
    const reference: string | undefined = response['$ref'];
    return reference === undefined
      ? response
      : this.document['components'].responses[reference.replace('#/components/responses/', '')];
  }

  #schemaOf(schema: Json): z.ZodType {
    const whole = { ...schema, $defs: this.document['components'].schemas };
    const text = JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/');
    const known = this.#compiled.get(text) ?? z.fromJSONSchema(JSON.parse(text) as JsonSchema);
    this.#compiled.set(text, known);
    return known;
  }
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`);
}
