/** Asks the sidecar's grpc.health.v1 service: it warms the path of a call without counting one, and finds out who is back. */
import { type Channel, type Client, credentials, makeClientConstructor, status } from '@grpc/grpc-js';
import { service as HealthService } from 'grpc-health-check';
import type { ClientChannel } from './connection.js';
import { callUnary, type UnaryMethod } from './unary-call.js';

/** The service whose health matters, as the sidecar registers it. */
const SERVICE = 'acm.v1.DetectionService';

const HealthClient = makeClientConstructor(HealthService, 'grpc.health.v1.Health');

interface HealthCheckResponse {
  readonly status: 'UNKNOWN' | 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
}

type HealthCheck = UnaryMethod<{ readonly service: string }, HealthCheckResponse>;

/** Sends health checks over the connection that calls use. */
export class HealthProbe {
  readonly #check: HealthCheck;

  /** @param channel the channel of the DetectionService client, which stays its owner. */
  constructor(channel: ClientChannel) {
    // The address and the credentials are those of the channel; these arguments only fill their places.
    const client: Client & { readonly check?: unknown } = new HealthClient('', credentials.createInsecure(), {
      channelOverride: channel as Channel,
    });
    this.#check = (client.check as HealthCheck).bind(client);
  }

  /**
   * Whether the sidecar answers within `deadlineMs` that it serves. A server without the health service or without this
   * entry in it is there nevertheless, so it passes.
   */
  async passes(deadlineMs: number): Promise<boolean> {
    const result = await callUnary(this.#check, { service: SERVICE }, deadlineMs);
    if (result.ok) return result.response.status === 'SERVING';
    return result.failure.code === status.UNIMPLEMENTED || result.failure.code === status.NOT_FOUND;
  }
}
