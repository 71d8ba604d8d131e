/** A request as bytes: nothing in it is made right on its way out. */

export interface FuzzRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  /** The requests of which many are refused come from an address of their own, so that they alone run into its limit. */
  readonly fromElsewhere?: boolean;
  /** So much comes that the server may hang up before it has read all of it, and its answer be lost. */
  readonly mayBeCut?: boolean;
}

export function bytesOf({ method, target, headers, body }: FuzzRequest): Buffer {
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const host = named.has('host') ? [] : [['host', 'localhost'] as const];
  const length =
    body === undefined || named.has('content-length') ? [] : [['content-length', `${body.length}`] as const];
  const lines = [...host, ...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** For a finding: what was asked, as far as a person can read it. */
export function describe(request: FuzzRequest): string {
  return bytesOf(request).subarray(0, 2_000).toString().replace(/\r\n/g, ' | ').slice(0, 600);
}
