/** A real sidecar with a store, asked over HTTP; each answer is held against its own OpenAPI document. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { eventually, freshCallId, freshNumber, startTestSidecar, type TestSidecar } from './grpc-sidecar.js';
import { type Answer, HttpClient, type Json } from './http-client.js';
import { OpenApiCheck } from './openapi-check.js';

export class HttpSidecar {
  private constructor(
    readonly sidecar: TestSidecar,
    readonly client: HttpClient,
    readonly openApi: OpenApiCheck,
    private readonly directory: string,
  ) {}

  /** Address of the UNIX socket, by which the sidecar's owner comes in. */
  get socket(): string {
    return `unix:${join(this.directory, 'acm.sock')}`;
  }

  static async start(extra: Record<string, string> = {}): Promise<HttpSidecar> {
    const directory = mkdtempSync(join(tmpdir(), 'acm-http-'));
    // A window that outlasts the suite, however slow the machine: what is counted stays.
    const env = {
      ACM_DATA_DIR: join(directory, 'data'),
      ACM_GRPC_SOCKET: join(directory, 'acm.sock'),
      ACM_WINDOW_SECONDS: '300',
    };
    const sidecar = await startTestSidecar({ ...env, ...extra });
    const openApi = new OpenApiCheck((await new HttpClient(sidecar.url).get('/openapi.json')).body);
    const client = new HttpClient(sidecar.url, (...answer) => openApi.check(...answer));
    return new HttpSidecar(sidecar, client, openApi, directory);
  }

  async stop(): Promise<void> {
    await this.sidecar.stop();
    rmSync(this.directory, { recursive: true });
  }

  async call(event: Json): Promise<Json> {
    return (await this.client.post('/acm/call', event)).body;
  }

  /** Lets `callers` new A-numbers call a B-number, each from an address of its own; the last verdict. */
  async attack(b_number: string, callers = 5): Promise<Json> {
    let last: Json = {};
    for (let i = 1; i <= callers; i++) {
      const source_ip = `192.0.2.${i}`;
      last = await this.call({ a_number: freshNumber(), b_number, call_id: freshCallId(), source_ip });
    }
    return last;
  }

  /** An attack whose alert the store has. */
  async storedAlert(): Promise<{ readonly id: string; readonly b_number: string }> {
    const b_number = freshNumber();
    const { alert_id } = await this.attack(b_number);
    await eventually(async () => (await this.client.get(`/acm/alerts/${alert_id}`)).status === 200);
    return { id: String(alert_id), b_number };
  }
}

/** The answer is a problem of this status, about this field. */
export function assertProblem({ status, headers, body }: Answer, expected: number, field?: string): void {
  assert.is(status, expected, JSON.stringify(body));
  assert.is(headers.get('content-type'), 'application/problem+json');
  assert.is(body['status'], expected);
  assert.is(body['type'], 'about:blank');
  assert.type(body['title'], 'string');
  assert.type(body['detail'], 'string');
  if (field !== undefined) assert.is(body['errors'][0].field, field);
}
