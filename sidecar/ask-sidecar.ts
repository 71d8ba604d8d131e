/** How client commands ask the running sidecar, and what they say when it refuses or is not there. */
import {
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  connectivityState,
  status,
} from '@grpc/grpc-js';
import { CHANNEL_OPTIONS, credentialsOf, metadataWith } from '../src/client/options.js';
import { type CallFailure, callUnary, type UnaryMethod } from '../src/client/unary-call.js';
import type { Config } from '../src/config.js';
import { AcmError, type AcmErrorCode } from '../src/errors.js';
import { clientTlsOf } from '../src/tls.js';
import { clientTokenOf } from './config-slices.js';

/** A person waits longer than a phone call. */
const DEADLINE_MS = 10_000;
/** An alert with all its evidence passes gRPC's usual 4 MiB if its Call-IDs are very long. */
const OPTIONS = { ...CHANNEL_OPTIONS, 'grpc.max_receive_message_length': 64 * 1024 * 1024 };

const CODES: Partial<Record<status, AcmErrorCode>> = {
  [status.INVALID_ARGUMENT]: 'ACM_INVALID_ARGUMENT',
  [status.NOT_FOUND]: 'ACM_NOT_FOUND',
  [status.FAILED_PRECONDITION]: 'ACM_CONFLICT',
  [status.PERMISSION_DENIED]: 'ACM_FORBIDDEN',
  [status.UNAUTHENTICATED]: 'ACM_UNAUTHENTICATED',
  [status.RESOURCE_EXHAUSTED]: 'ACM_RATE_LIMITED',
};

type StubClass<Stub> = new (
  address: string,
  credentials: ChannelCredentials,
  options: Partial<ChannelOptions>,
) => Stub;

/** Asks one question. @throws AcmError with what the sidecar says, or with advice if it does not answer. */
export type Ask = <Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
) => Promise<Response>;

/** Connects to the configured sidecar for as long as `work` takes. @throws AcmError */
export async function withSidecar<Stub extends Client, Result>(
  config: Config,
  Stub: StubClass<Stub>,
  work: (stub: Stub, ask: Ask) => Promise<Result>,
): Promise<Result> {
  const token = clientTokenOf(config);
  const stub = new Stub(config.sidecarAddress, credentialsOf(clientTlsOf(config)), OPTIONS);
  const ask: Ask = async (method, request) => {
    const result = await callUnary(method.bind(stub), request, DEADLINE_MS, metadataWith(token));
    if (result.ok) return result.response;
    throw complaintOf(withAdvice(result.failure, token), config.sidecarAddress, isConnected(stub));
  };
  try {
    return await work(stub, ask);
  } finally {
    stub.close();
  }
}

/** A connection that stands after a failure is one over which the failure came. */
function isConnected(stub: Client): boolean {
  return stub.getChannel().getConnectivityState(false) === connectivityState.READY;
}

/** What the sidecar refuses to somebody without a token it may grant to somebody with one. */
function withAdvice(failure: CallFailure, token: string): CallFailure {
  const refused = failure.code === status.UNAUTHENTICATED || failure.code === status.PERMISSION_DENIED;
  if (!refused || token !== '') return failure;
  return {
    ...failure,
    details: `${failure.details}; set ACM_TOKEN, or ask over the UNIX socket of the sidecar`,
  };
}

function complaintOf({ code, details }: CallFailure, address: string, connected: boolean): AcmError {
  if (connected && code !== status.DEADLINE_EXCEEDED)
    return new AcmError(CODES[code] ?? 'ACM_UNAVAILABLE', details);
  const advice = 'is it running? Start it with `acm serve`, or set ACM_SIDECAR_ADDRESS';
  return new AcmError('ACM_UNAVAILABLE', `no answer from the sidecar at ${address} (${details}); ${advice}`);
}
