/** One POST to a webhook: bounded in time and size, to an address that was looked at, without following anybody. */
import type { LookupAddress } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.js';

/** For all of it: the name, the connection, TLS, and the answer. */
const DEADLINE_MS = 10_000;
/** What is read of an answer; nothing in it matters. */
const ANSWER_BYTES_MAX = 4_096;

/** What to send where. */
export interface WebhookRequest {
  /** http or https. */
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of it: an answer, or none. */
export type WebhookAnswer =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly status: 0; readonly reason: string };

export interface PostOptions {
  /** All addresses of a name. */
  readonly resolve: (hostname: string) => Promise<LookupAddress[]>;
  /** Gives up at once. */
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
}

/** Never rejects. Redirects are answers like any other: what they lead to has been looked at by nobody. */
export function postWebhook(request: WebhookRequest, options: PostOptions): Promise<WebhookAnswer> {
  const { signal, resolve, deadlineMs = DEADLINE_MS } = options;
  return new Promise((settle) => {
    const url = new URL(request.url);
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    // An address in the URL is looked up by nobody, so that it must be looked at here.
    if (isIP(literal) !== 0 && !request.allowPrivate && !isPublicAddress(literal)) {
      settle({ status: 0, reason: refusalOf(literal) });
      return;
    }
    const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: { ...request.headers, 'content-length': Buffer.byteLength(request.body) },
      // A connection of its own: one that is kept would outlive what was found out about its address.
      agent: false,
      lookup: checkedLookup(resolve, request.allowPrivate),
    });
    const patience = setTimeout(
      () => sent.destroy(new Error(`no answer within ${deadlineMs / 1_000} s`)),
      deadlineMs,
    );
    const abort = (): void => void sent.destroy(new Error('given up: the sidecar stops'));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    watch(sent, (answer) => {
      clearTimeout(patience);
      signal.removeEventListener('abort', abort);
      settle(answer);
    });
    sent.end(request.body);
  });
}

/** Tells of the outcome once the connection is closed. An answer counts by its head, whatever happens to the rest. */
function watch(sent: ClientRequest, settle: (answer: WebhookAnswer) => void): void {
  let answer: WebhookAnswer = { status: 0, reason: 'the connection was closed without an answer' };
  sent.on('error', (error) => {
    if (answer.status === 0) answer = { status: 0, reason: error.message };
  });
  sent.on('response', (response) => {
    answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
    discard(response, sent);
  });
  sent.on('close', () => settle(answer));
}

/** Reads a little to the end, so that a polite receiver can finish its sentence, and cuts whatever is longer. */
function discard(response: IncomingMessage, sent: ClientRequest): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) sent.destroy();
  });
  response.on('error', () => sent.destroy());
}

/**
 * Resolves a name to addresses that were looked at; these very ones are connected to, so that a name which resolves
 * differently the next time (DNS rebinding) leads nowhere else. One address that is not public refuses the name.
 */
function checkedLookup(resolve: PostOptions['resolve'], allowPrivate: boolean): LookupFunction {
  return (hostname, { all }, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const refused = allowPrivate ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
        const [first] = addresses;
        if (refused !== undefined) callback(new Error(refusalOf(refused.address)), '');
        else if (first === undefined) callback(new Error('its name has no address'), '');
        else if (all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(new Error(`its name cannot be resolved: ${error.code}`), ''),
    );
  };
}

function refusalOf(address: string): string {
  return `${address} is not a public address; allow_private: true lets this webhook go there`;
}
