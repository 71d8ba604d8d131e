/** The OpenAPI 3.1 document, made from the schemas by which requests are validated. */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { healthSchema } from './health.js';
import { PROBLEM_TYPE, problemSchema } from './problem.js';
import type { Route } from './route.js';

type Json = Readonly<Record<string, unknown>>;
interface ObjectSchema {
  readonly properties: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

const ABOUT =
  'Anti-call-masking. Times are RFC 3339 in UTC. Every error is application/problem+json. Whoever is not on the ' +
  'machine of the sidecar needs a client certificate, except for /health and /metrics. The gRPC service answers ' +
  'the same questions faster.';
const ERRORS: Readonly<Record<number, string>> = {
  400: 'The request is malformed: no JSON, or not in UTF-8.',
  403: 'The API is for callers on loopback, or with a client certificate.',
  404: 'There is no such thing.',
  409: 'It cannot be done in the state that things are in.',
  413: 'The body is larger than 1 MB.',
  415: 'The body is not application/json.',
  422: 'Fields break their limits; `errors` names them.',
  500: 'A defect of the sidecar; its log has more under the request id.',
  503: 'The store does not answer now, or there are too many streams of events.',
};
const RETRY_AFTER = { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds to wait.' } };

export function openApiDocument(routes: readonly Route[], version: string): Json {
  const inputs = schemasOf(
    routes.map(({ input }) => input),
    'input',
  );
  const answers = schemasOf([...routes.map(({ answer }) => answer), problemSchema, healthSchema], 'output');
  const paths: Record<string, Record<string, Json>> = openPaths(answers.of[routes.length + 1]);
  for (const [place, route] of routes.entries()) {
    for (const path of route.paths) {
      const operation = operationOf(
        route,
        path,
        inputs.of[place] as unknown as ObjectSchema,
        answers.of[place],
      );
      const template = path.replace(/:(\w+)/g, '{$1}');
      paths[template] = { ...paths[template], [route.method.toLowerCase()]: operation };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'acm-sidecar', version, description: ABOUT },
    paths,
    components: {
      schemas: { ...inputs.named, ...answers.named },
      responses: errorResponses(answers.of[routes.length]),
    },
  };
}

/** Schemas as JSON Schema; those with an id are referred to and come by their name. */
function schemasOf(schemas: readonly z.ZodType[], io: 'input' | 'output'): { of: Json[]; named: Json } {
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

function operationOf(route: Route, path: string, { properties }: ObjectSchema, answer: Json): Json {
  const { params, query, headers, body } = properties;
  return {
    operationId: operationIdOf(route.method, path),
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(path === route.paths[0] ? {} : { description: `Another name of ${route.paths[0]}.` }),
    parameters: [
      ...parametersOf('path', params),
      ...parametersOf('query', query),
      ...parametersOf('header', headers),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonOf(body) } }),
    responses: {
      200:
        route.answerType === undefined
          ? { description: 'Done.', content: jsonOf(answer) }
          : { description: 'For as long as it lasts.', content: { [route.answerType]: { schema: answer } } },
      ...Object.fromEntries(errorsOf(route, properties).map((status) => [status, referTo(status)])),
    },
  };
}

/** `postAcmCall`, `getRoot`. */
function operationIdOf(method: string, path: string): string {
  const name = path.replace(/\W+(\w?)/g, (_, first: string) => first.toUpperCase());
  return method.toLowerCase() + (name || 'Root');
}

function parametersOf(place: 'path' | 'query' | 'header', schema: Json | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties, required = [] } = schema as unknown as ObjectSchema;
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function errorsOf({ errors }: Route, { body, ...others }: ObjectSchema['properties']): number[] {
  const ofBody = body === undefined ? [] : [400, 413, 415];
  const ofInput = body === undefined && Object.keys(others).length === 0 ? [] : [422];
  return [...new Set([...ofBody, 403, ...errors, ...ofInput, 500])].sort((one, other) => one - other);
}

function errorResponses(schema: Json): Json {
  return Object.fromEntries(
    Object.entries(ERRORS).map(([status, description]) => [
      nameOf(Number(status)),
      {
        description,
        ...(status === '503' ? { headers: RETRY_AFTER } : {}),
        content: { [PROBLEM_TYPE]: { schema } },
      },
    ]),
  );
}

/** What everybody may ask. */
function openPaths(health: Json): Record<string, Record<string, Json>> {
  const responses = {
    200: { description: 'It serves.', content: jsonOf(health) },
    503: { description: 'It is draining.', content: jsonOf(health) },
  };
  const text = { 'text/plain': { schema: { type: 'string' } } };
  const metrics = { 200: { description: 'Text format 0.0.4.', content: text }, 500: referTo(500) };
  return {
    '/health': { get: { operationId: 'getHealth', summary: 'How it is', responses } },
    '/metrics': { get: { operationId: 'getMetrics', summary: 'For Prometheus', responses: metrics } },
  };
}

function jsonOf(schema: Json): Json {
  return { 'application/json': { schema } };
}

function referTo(status: number): Json {
  return { $ref: `#/components/responses/${nameOf(status)}` };
}

function nameOf(status: number): string {
  return (STATUS_CODES[status] ?? String(status)).replace(/\W/g, '');
}
