import { type Application, describeMessage } from './application.js';
import type { ClientTransaction } from './client-transaction.js';
import type { ServerTransaction } from './server-transaction.js';
import { type Endpoint, endpointOf, isSameEndpoint, makeVia, newBranch } from './sip-address.js';
import type { SipCore } from './sip-core.js';
import {
  formatSipMessage,
  type HeaderField,
  header,
  type SipRequest,
  type SipResponse,
} from './sip-message.js';

export interface ProxyOptions {
  /** Whether every final response is reported; else the application hears `OK|done` at once and nothing more. */
  readonly fullResponse: boolean;
  /** Whether in-dialog requests are to pass here too. */
  readonly recordRoute: boolean;
  readonly simultaneous: boolean;
  /** How long a target may stay without any response before the next one is tried, in ms; 0 is for ever. */
  readonly provisionalTimeoutMs: number;
  readonly targets: readonly string[];
  /** What the application adds to the request. */
  readonly headers: readonly HeaderField[];
}

/** One request on its way to one or several targets: RFC 3261 section 16, as drachtio-server does it. */
export class ProxyAttempt {
  private readonly waiting: string[];
  private readonly branches = new Map<ClientTransaction, NodeJS.Timeout | undefined>();
  private readonly failures: SipResponse[] = [];
  private isSearching = true;
  private isDone = false;

  constructor(
    private readonly core: SipCore,
    private readonly application: Application,
    private readonly commandId: string,
    private readonly upstream: ServerTransaction,
    private readonly options: ProxyOptions,
    private readonly onDone: () => void,
  ) {
    this.waiting = [...options.targets];
  }

  /** Sends the request to the next target, or to all; false if there was none that could be reached. */
  proceed(): boolean {
    let isSent = false;
    while (this.isSearching && this.waiting.length > 0 && (!isSent || this.options.simultaneous)) {
      const target = this.waiting.shift() ?? '';
      const nextHop = endpointOf(target);
      if (nextHop === undefined) continue;
      this.launch(target, nextHop);
      isSent = true;
    }
    return isSent;
  }

  /** The caller has cancelled: 487 upstream, CANCEL downstream. The answers that still come are reported. */
  cancel(): void {
    this.core.layer.reply(this.upstream, 487, 'Request Terminated');
    this.stopSearching();
  }

  close(): void {
    for (const timer of this.branches.values()) clearTimeout(timer);
    this.branches.clear();
  }

  private launch(target: string, nextHop: Endpoint): void {
    const { layer } = this.core;
    const branch = layer.request(this.compose(target), nextHop, {
      onResponse: (response, source) => this.receive(branch, response, source),
      onRepeatedSuccess: (response) => this.forward(response),
      onTimeout: () => this.expire(branch),
    });
    const { provisionalTimeoutMs } = this.options;
    const timer =
      provisionalTimeoutMs > 0 ? setTimeout(() => this.skip(branch), provisionalTimeoutMs) : undefined;
    this.branches.set(branch, timer);
  }

  /** RFC 3261 section 16.6. The Request-URI changes only where it names this server. */
  private compose(target: string): SipRequest {
    const { request } = this.upstream;
    const { own } = this.core;
    const recordRoute = { name: 'Record-Route', value: `<sip:${own.address}:${own.port};lr>` };
    const replaced = new Set([...this.options.headers.map(({ name }) => name), 'Max-Forwards', 'Route']);
    const headers = [
      { name: 'Via', value: makeVia(own, newBranch()) },
      ...(this.options.recordRoute ? [recordRoute] : []),
      { name: 'Max-Forwards', value: String(Number(header(request, 'Max-Forwards') ?? 71) - 1) },
      ...request.headers.filter(({ name }) => !replaced.has(name)),
      ...this.options.headers,
    ];
    return { ...request, uri: isSameEndpoint(endpointOf(request.uri), own) ? target : request.uri, headers };
  }

  private receive(branch: ClientTransaction, response: SipResponse, source: Endpoint): void {
    clearTimeout(this.branches.get(branch));
    if (response.status < 200) {
      if (response.status > 100) this.forward(response);
      return;
    }
    this.branches.delete(branch);
    this.report(response, source);
    if (response.status < 300) {
      this.forward(response);
      this.stopSearching();
      this.finish();
      return;
    }
    this.failures.push(response);
    // A challenge goes back at once: only the caller has the credentials.
    if (response.status === 401 || response.status === 407) this.isSearching = false;
    this.proceed();
    this.conclude();
  }

  /** No answer: drachtio-server then tries no further target. */
  private expire(branch: ClientTransaction): void {
    clearTimeout(this.branches.get(branch));
    this.branches.delete(branch);
    this.conclude();
  }

  /** The provisional timeout: on to the next target, while this one is cancelled should it ever speak. */
  private skip(branch: ClientTransaction): void {
    this.core.layer.cancel(branch);
    this.branches.delete(branch);
    this.proceed();
    this.conclude();
  }

  /** When the last branch has ended without success, the best failure goes upstream (RFC 3261 section 16.7). */
  private conclude(): void {
    if (this.branches.size > 0 || this.isDone) return;
    // Of equally good ones drachtio-server takes the latest; the sort is stable.
    const best = this.failures.toReversed().sort((a, b) => rank(a.status) - rank(b.status))[0];
    if (best === undefined) this.core.layer.reply(this.upstream, 408, 'Request Timeout');
    else this.forward(best);
    this.finish();
  }

  private stopSearching(): void {
    this.isSearching = false;
    for (const branch of this.branches.keys()) this.core.layer.cancel(branch);
  }

  private finish(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.close();
    if (this.options.fullResponse) this.application.answer(this.commandId, 'OK', 'done');
    this.onDone();
  }

  private report(response: SipResponse, source: Endpoint): void {
    if (this.isDone || !this.options.fullResponse) return;
    const text = formatSipMessage(response);
    const description = describeMessage('network', text, source);
    this.application.answer(this.commandId, 'OK', description, '', '', `continue\r\n${text}`);
  }

  /** Upstream, without our Via. After a CANCEL the 487 is out, and this has no effect. */
  private forward(response: SipResponse): void {
    this.upstream.send(withoutTopVia(response));
  }
}

export function withoutTopVia(response: SipResponse): SipResponse {
  const top = response.headers.findIndex(({ name }) => name === 'Via');
  return { ...response, headers: response.headers.filter((_, index) => index !== top) };
}

/** Which failure tells the caller most: the lower, the better. */
function rank(status: number): number {
  if (status >= 600) return 0;
  if ([401, 407, 415, 420, 484].includes(status)) return 1;
  if (status >= 400 && status < 500) return 2;
  return status >= 500 ? 3 : 4;
}
