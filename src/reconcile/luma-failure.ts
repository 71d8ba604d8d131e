/** What goes wrong with LumaDB's gRPC port, in words that say what to do about it. */
import { status } from '@grpc/grpc-js';
import type { CallFailure } from '../client/unary-call.js';
import { AcmError, type AcmErrorCode } from '../errors.js';

/** What a peer says goes into logs and pages, so it is kept short, on one line. */
const WORDS_MAX = 200;

/** LumaDB cannot be used; `status` is gRPC's, OK where LumaDB itself has refused a query. */
export class LumaFailure extends AcmError {
  override readonly name: string = 'LumaFailure';

  constructor(
    readonly status: status,
    code: AcmErrorCode,
    message: string,
  ) {
    super(code, message);
  }
}

const CODES: { readonly [code in status]?: AcmErrorCode } = {
  [status.OK]: 'ACM_STORE_UNAVAILABLE',
  [status.UNAUTHENTICATED]: 'ACM_UNAUTHENTICATED',
  [status.PERMISSION_DENIED]: 'ACM_FORBIDDEN',
  [status.RESOURCE_EXHAUSTED]: 'ACM_RATE_LIMITED',
};

const WORDS: { readonly [code in status]?: string } = {
  [status.UNIMPLEMENTED]:
    'speaks another contract: luma.v1.LumaService is not there; set LUMADB_GRPC_HOST and LUMADB_GRPC_PORT to `acm lumadb-gateway`',
  [status.UNAUTHENTICATED]: 'wants a token that it knows: set LUMADB_GRPC_TOKEN, or a client certificate',
  [status.PERMISSION_DENIED]: 'does not let this token or certificate in: look at LUMADB_GRPC_TOKEN',
  [status.DEADLINE_EXCEEDED]: 'does not answer in time',
  [status.CANCELLED]: 'was hung up on',
};

/** What gRPC says of connections that did not come about, and what that means. */
const CONNECTION_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /ECONNREFUSED/,
    'is not there (connection refused): is it running, and are LUMADB_GRPC_HOST and LUMADB_GRPC_PORT right?',
  ],
  [/ENOTFOUND|EAI_|Name resolution failed/, 'has no address: is LUMADB_GRPC_HOST right?'],
  [/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/, 'cannot be reached over the network'],
  [
    /certificate required|SSL alert/i,
    'wants a client certificate, or does not trust the one that it is shown: look at LUMADB_GRPC_TLS_CERT',
  ],
  [
    /certificate|CERT_|self-signed|altname/i,
    'shows a TLS certificate that is not trusted here: look at LUMADB_GRPC_TLS_CA',
  ],
  [
    /Failed to connect|EPROTO|SSL|wrong version|protocol error/i,
    'hangs up: does it speak gRPC at LUMADB_GRPC_PORT? It may want TLS (LUMADB_GRPC_TLS_CA turns it on), or another certificate (LUMADB_GRPC_TLS_CERT)',
  ],
];

/** A call that has failed. */
export function failureOf({ code, details }: CallFailure): LumaFailure {
  const words = code === status.UNAVAILABLE ? connectionWords(details) : WORDS[code];
  return new LumaFailure(
    code,
    CODES[code] ?? 'ACM_UNAVAILABLE',
    `LumaDB ${words ?? `fails: ${oneLine(details)}`}`,
  );
}

/** A query that LumaDB itself could not run. */
export function refusal(error: string): LumaFailure {
  return new LumaFailure(
    status.OK,
    'ACM_STORE_UNAVAILABLE',
    `LumaDB could not run a query: ${oneLine(error)}`,
  );
}

/** An answer that says success and is none of the contract's. */
export class StrangeAnswer extends LumaFailure {
  override readonly name = 'StrangeAnswer';

  constructor(what: string) {
    super(status.OK, 'ACM_STORE_UNAVAILABLE', `LumaDB ${what}`);
  }
}

function connectionWords(details: string): string {
  const known = CONNECTION_WORDS.find(([pattern]) => pattern.test(details));
  return known?.[1] ?? `is away: ${oneLine(details)}`;
}

function oneLine(text: string): string {
  return text.slice(0, WORDS_MAX).replace(/[\p{Cc}\s]+/gu, ' ') || 'it says nothing';
}
