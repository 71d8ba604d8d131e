/** Schemas as they stand in the OpenAPI document. */
import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

/** Schemas as JSON Schema; those with an id are referred to and come by their name. */
export function schemasOf(
  schemas: readonly z.ZodType[],
  io: 'input' | 'output',
): { of: Json[]; named: Json } {
  const all = z.toJSONSchema(z.object(Object.fromEntries(schemas.entries())), {
    io,
    override: ({ jsonSchema }) => {
      // A format says it for people; its pattern fills half a page.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  const text = JSON.stringify(all).replaceAll('#/$defs/', '#/components/schemas/');
  const { properties, $defs = {} } = JSON.parse(text) as { properties: Record<number, Json>; $defs?: Json };
  return { of: schemas.map((_, place) => properties[place]), named: $defs };
}

export function jsonOf(schema: Json): Json {
  return { 'application/json': { schema } };
}
