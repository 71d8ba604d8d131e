/** A switch that goes about its business while others misbehave: nothing that they do may reach its streams. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
} from '@grpc/grpc-js';
import * as assert from 'uvu/assert';
import { DetectionClient } from '../grpc-detection.js';
import { freshCallId, freshNumber } from '../grpc-sidecar.js';
import { field } from './protobuf-bytes.js';

const SERVICE = '/acm.v1.DetectionService';
const SWITCH = 'bystander';
const PATIENCE_MS = 10_000;

const asTheyAre = (bytes: Buffer): Buffer => bytes;

export class Bystander {
  readonly #client: Client;
  readonly #bulk: ClientDuplexStream<Buffer, Buffer>;
  readonly #watch: ClientReadableStream<Buffer>;
  readonly #ends: string[] = [];
  #answers = 0;
  #orders = 0;

  constructor(private readonly address: string) {
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_http_proxy': 0 };
    this.#client = new Client(address, credentials.createInsecure(), options);
    this.#bulk = this.#client.makeBidiStreamRequest(
      `${SERVICE}/CheckCalls`,
      asTheyAre,
      asTheyAre,
      new Metadata(),
    );
    const me = field(1, 'bytes', Buffer.from(SWITCH));
    this.#watch = this.#client.makeServerStreamRequest(
      `${SERVICE}/WatchDisconnects`,
      asTheyAre,
      asTheyAre,
      me,
      new Metadata(),
    );
    for (const stream of [this.#bulk, this.#watch])
      stream.on('error', () => undefined).on('status', ({ details }) => this.#ends.push(details));
    this.#bulk.on('data', () => this.#answers++);
    this.#watch.on('data', () => this.#orders++);
  }

  /** Both streams still do what they are for, under the rules that are there to begin with. */
  async assertUndisturbed(): Promise<void> {
    const [answers, orders] = [this.#answers, this.#orders];
    // One call, with a B-number and nothing else.
    this.#bulk.write(field(1, 'bytes', field(3, 'bytes', Buffer.from(freshNumber()))));
    await this.#sufferAttack();
    const deadline = performance.now() + PATIENCE_MS;
    while (this.#answers === answers || this.#orders === orders) {
      assert.equal(this.#ends, []);
      if (performance.now() > deadline)
        assert.unreachable(`${this.#answers - answers} answers and ${this.#orders - orders} orders`);
      await pause(10);
    }
    assert.equal(this.#ends, []);
  }

  close(): void {
    this.#bulk.cancel();
    this.#watch.cancel();
    this.#client.close();
  }

  /** An attack of calls that are in progress on this switch: it will be told to end the first ones. */
  async #sufferAttack(): Promise<void> {
    const client = new DetectionClient(this.address);
    const b_number = freshNumber();
    for (let i = 0; i < 5; i++) {
      const call = { call_id: freshCallId(), a_number: freshNumber(), b_number, switch_id: SWITCH };
      await client.checkCall(call);
      if (i < 4) await client.reportCallState({ ...call, state: 'CALL_STATE_ANSWERED' });
    }
    client.close();
  }
}
