/** Asks a gRPC server whether it serves (grpc.health.v1, gRPC's health checking protocol). */
import { makeClientConstructor } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { CHANNEL_OPTIONS, credentialsOf } from '../src/client/options.js';
import { callUnary, type UnaryMethod } from '../src/client/unary-call.js';
import { AcmError } from '../src/errors.js';
import { type ClientTlsFiles, clientTlsOf } from '../src/tls.js';

/** Connecting included. Docker gives a health check longer than that, so that the sentence is there to be read. */
const DEADLINE_MS = 2_000;
/** The server as a whole. */
const EVERYTHING = { service: '' };

const HealthClient = makeClientConstructor(service, 'grpc.health.v1.Health');
type Check = UnaryMethod<typeof EVERYTHING, { readonly status: string }>;

/**
 * @param address host:port, or unix:/path.
 * @returns a sentence. @throws AcmError with one, unless it serves.
 */
export async function askHealth(tls: ClientTlsFiles, address: string): Promise<string> {
  const client = new HealthClient(address, credentialsOf(clientTlsOf(tls)), CHANNEL_OPTIONS);
  try {
    const check = (client['check'] as Check).bind(client);
    const result = await callUnary(check, EVERYTHING, DEADLINE_MS);
    if (!result.ok)
      throw new AcmError('ACM_UNAVAILABLE', `no answer from ${address} (${result.failure.details})`);
    const { status } = result.response;
    if (status === 'SERVING') return `${address} serves`;
    throw new AcmError(
      'ACM_UNAVAILABLE',
      `${address} is there but does not serve (${status}): it starts, drains, or cannot use its database; its log says which`,
    );
  } finally {
    client.close();
  }
}
