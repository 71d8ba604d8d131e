/** Requests to everything that the OpenAPI document names: some right, some nearly right, some wild. */
import type { Json } from '../http-client.js';
import { damageBytes, hostileBody, mutateJson } from './hostile-bodies.js';
import { hostileHeaders, hostilePath, UNKNOWN_METHODS } from './hostile-heads.js';
import { FAR_TIMES, HostileValues } from './hostile-values.js';
import type { FuzzRequest } from './http-request.js';
import type { KnownValues } from './known-values.js';
import { type Operation, SchemaValues } from './openapi-operations.js';
import type { SeededRandom } from './seeded-random.js';

const ODD_KEYS = [
  '__proto__',
  'constructor',
  'a[b]',
  'a[]',
  '',
  '%',
  '%00',
  '&',
  ';a',
  '%zz',
  'x'.repeat(9_000),
];
const ODD_VALUES = [
  ...[
    '%',
    '%zz',
    '%c0%af',
    '%ed%a0%80',
    '%00',
    '%ff',
    '+',
    '=',
    '%2525',
    '%u0041',
    '[]',
    '%0d%0aa:b',
    '&&',
    ';',
  ],
] as const;
const QUERIES = [
  '?',
  '&&&',
  'a=1;b=2',
  'limit=1&limit=2',
  'minutes=1&minutes=2',
  'b_number=1&b_number=2',
  'a'.repeat(9_000),
];
const PAGE_KEY = /^(after|page_token|cursor)$/;
const JSON_TYPE = ['content-type', 'application/json'] as const;

export class HttpRequests {
  readonly #values: HostileValues;
  readonly #schemas: SchemaValues;

  constructor(
    document: Json,
    private readonly operations: readonly Operation[],
    private readonly known: KnownValues,
    private readonly random: SeededRandom,
  ) {
    this.#values = new HostileValues(random);
    this.#schemas = new SchemaValues(document, random, (name) => known.valueFor(name));
  }

  /** The next request, to an operation of its own choosing unless one is named. */
  next(operation = this.random.pick(this.operations)): FuzzRequest {
    const right = this.#right(operation);
    return this.random.weighted<() => FuzzRequest>([
      [2, () => right],
      [6, () => this.#nearly(operation, right)],
      [3, () => this.#wild(operation, right)],
    ])();
  }

  /** A request that keeps the schemas of its operation. */
  #right(operation: Operation): FuzzRequest {
    const body =
      operation.body && Buffer.from(JSON.stringify(this.#schemas.valueOf(operation.body)) ?? 'null');
    const headers = body === undefined ? [] : [JSON_TYPE];
    return { method: operation.method, target: this.#rightTarget(operation), headers, body };
  }

  #rightTarget({ path, parameters }: Operation, besides: readonly string[] = [], without = ''): string {
    const bare = path.replace(/\{(\w+)\}/g, (_, name: string) => encode(this.known.valueFor(name) ?? name));
    const pairs = parameters
      .filter(({ in: place, name }) => place === 'query' && name !== without)
      .filter(({ required }) => required === true || this.random.chance(0.3))
      .map(({ name, schema }) => `${encode(name)}=${encode(this.#schemas.valueOf(schema, name))}`);
    const query = [...pairs, ...besides].join('&');
    return query === '' ? bare : `${bare}?${query}`;
  }

  /** One thing is wrong with it. */
  #nearly(operation: Operation, right: FuzzRequest): FuzzRequest {
    const { body } = right;
    const ofBody: readonly (() => FuzzRequest)[] =
      body === undefined
        ? []
        : [
            () => ({ ...right, body: mutateJson(body, this.#values, this.random) }),
            () => ({ ...right, body: mutateJson(body, this.#values, this.random) }),
            () => ({ ...right, body: damageBytes(body, this.random) }),
          ];
    return this.random.pick([
      ...ofBody,
      () => this.#withQuery(operation, right),
      () => this.#withParameter(operation, right),
      () => hostileHeaders(right, this.#values, this.random),
    ])();
  }

  #wild(operation: Operation, right: FuzzRequest): FuzzRequest {
    const { random } = this;
    return random.weighted<() => FuzzRequest>([
      [4, () => ({ ...right, headers: [JSON_TYPE], body: hostileBody(this.#values, random) })],
      [2, () => ({ ...right, target: hostilePath(right.target, this.#values, random) })],
      [1, () => ({ ...right, method: random.pick(UNKNOWN_METHODS) })],
      [1, () => ({ ...this.#withParameter(operation, right), method: random.pick(UNKNOWN_METHODS) })],
      [1, () => ({ ...right, target: this.#rightTarget(operation, [random.pick(QUERIES)]) })],
      [2, () => hostileHeaders(this.#withQuery(operation, right), this.#values, random)],
    ])();
  }

  /** One parameter holds nonsense. */
  #withQuery(operation: Operation, request: FuzzRequest): FuzzRequest {
    const names = operation.parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name);
    const pages = names.filter((name) => PAGE_KEY.test(name));
    // Where pages are asked for, their tokens are what is worth most to forge.
    const name = this.random.pick([...names, ...pages, ...pages, ...pages, this.random.pick(ODD_KEYS)]);
    const value = PAGE_KEY.test(name) ? this.#token() : this.#queryValue();
    return { ...request, target: this.#rightTarget(operation, [`${name}=${value}`], name) };
  }

  #token(): string {
    return encode(this.#values.forgedToken(this.known.tokens));
  }

  #queryValue(): string {
    const { random } = this;
    return random.pick([
      () => encode(this.#values.text().slice(0, 8_000)),
      () => String(this.#values.number()),
      () => this.#token(),
      () => encode(random.pick(FAR_TIMES)),
      () => encode(this.known.valueFor(random.pick(['id', 'b_number', 'call_id']))),
      () => random.pick(ODD_VALUES),
    ])();
  }

  /** What stands in the path where an id belongs. */
  #withParameter({ path }: Operation, request: FuzzRequest): FuzzRequest {
    if (!path.includes('{'))
      return { ...request, target: hostilePath(request.target, this.#values, this.random) };
    const target = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      this.random.pick([
        () => encode(this.#values.nearly(String(this.known.valueFor(name) ?? name))),
        () => encode(this.#values.text().slice(0, 4_000)),
        () =>
          this.random.pick([
            '%',
            '%zz',
            '%00',
            '%2F',
            '%2e%2e',
            '..',
            '.',
            '%ff',
            '%ed%a0%80',
            ';',
            '*',
            '%0a',
          ]),
      ])(),
    );
    return { ...request, target };
  }
}

/** In percent encoding; lone surrogates have none that is valid, and get one that is not. */
function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : String(JSON.stringify(value));
  return text.isWellFormed() ? encodeURIComponent(text) : '%ed%a0%80';
}
