/** A plain HTTP client of the API. */

// biome-ignore lint/suspicious/noExplicitAny: a stranger knows the bodies by their documentation alone.
export type Json = Record<string, any>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export class HttpClient {
  /** @param check looks at every answer, and throws if it is not as it should be. */
  constructor(
    private readonly url: string,
    private readonly check: (method: string, path: string, answer: Answer) => void = () => undefined,
  ) {}

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.ask('POST', path, JSON.stringify(body));
  }

  patch(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('PATCH', path, JSON.stringify(body), headers);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.ask('PUT', path, JSON.stringify(body));
  }

  delete(path: string): Promise<Answer> {
    return this.ask('DELETE', path);
  }

  /** @param body goes out as it is, as JSON unless the headers say otherwise. */
  async ask(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(this.url + path, {
      method,
      headers: { ...type, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const { status, headers: answered } = response;
    const answer = { status, headers: answered, body: text === '' ? {} : JSON.parse(text) };
    this.check(method, path, answer);
    return answer;
  }
}
