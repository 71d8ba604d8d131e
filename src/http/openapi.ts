/** The OpenAPI 3.1 document, made from the schemas by which requests are validated. */
import { HEALTH_PATHS, healthSchema } from './health.js';
import { errorResponses, errorsOf, referTo } from './openapi-errors.js';
import { type Json, jsonOf, schemasOf } from './openapi-schemas.js';
import { SECURITY_SCHEMES, SIGNED, securityOf } from './openapi-security.js';
import { problemSchema } from './problem.js';
import { type Route, TAGS, type Tag } from './route.js';

interface ObjectSchema {
  readonly properties: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

const ABOUT =
  'Anti-call-masking. Times are RFC 3339 in UTC. Every error is application/problem+json. Whoever is not on the ' +
  'machine of the sidecar shows a token or a client certificate, except where an operation asks for neither. The gRPC ' +
  'service answers the same questions faster.';

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
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: { ...inputs.named, ...answers.named },
      responses: errorResponses(answers.of[routes.length]),
    },
  };
}

function operationOf(route: Route, path: string, { properties }: ObjectSchema, answer: Json): Json {
  const { params, query, headers, body } = properties;
  return {
    operationId: operationIdOf(route.method, path),
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(path === route.paths[0] ? {} : { description: `Another name of ${route.paths[0]}.` }),
    parameters: [
      ...parametersOf('path', params),
      ...parametersOf('query', query),
      ...parametersOf('header', headers),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonOf(body) } }),
    security: route.signatures === undefined ? securityOf(route.scopes) : SIGNED,
    responses: { [route.answerStatus ?? 200]: successOf(route, answer), ...errorsOf(route, properties) },
  };
}

/** What a route answers when all is well. */
function successOf({ answerType, answerStatus }: Route, answer: Json): Json {
  return answerType === undefined
    ? { description: answerStatus === 202 ? 'Accepted.' : 'Done.', content: jsonOf(answer) }
    : { description: 'For as long as it lasts.', content: { [answerType]: { schema: answer } } };
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

/** What everybody may ask. */
function openPaths(health: Json): Record<string, Record<string, Json>> {
  const responses = {
    200: { description: 'It serves.', content: jsonOf(health) },
    503: { description: 'It is draining.', content: jsonOf(health) },
  };
  const text = { 'text/plain': { schema: { type: 'string' } } };
  const metrics = { 200: { description: 'Text format 0.0.4.', content: text }, 500: referTo(500) };
  const open = { tags: ['sidecar' satisfies Tag], security: securityOf([]) };
  return {
    ...Object.fromEntries(
      HEALTH_PATHS.map((path) => [
        path,
        { get: { operationId: operationIdOf('get', path), ...open, summary: 'How it is', responses } },
      ]),
    ),
    '/metrics': {
      get: { operationId: 'getMetrics', ...open, summary: 'For Prometheus', responses: metrics },
    },
  };
}
