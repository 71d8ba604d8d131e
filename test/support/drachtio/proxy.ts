import type { Application, Command } from './application.js';
import { applicationHeaders } from './application-headers.js';
import { ProxyAttempt, type ProxyOptions, withoutTopVia } from './proxy-attempt.js';
import type { ServerTransaction } from './server-transaction.js';
import {
  derivedBranch,
  endpointOf,
  isSameEndpoint,
  makeVia,
  responseTarget,
  tagOf,
  uriOf,
} from './sip-address.js';
import { Refusal, type SipCore } from './sip-core.js';
import { header, type SipRequest, type SipResponse } from './sip-message.js';

/** The `proxy` command, and the in-dialog requests and late responses that pass through because of it. */
export class SipProxy {
  private readonly attempts = new Map<ServerTransaction, ProxyAttempt>();

  constructor(private readonly core: SipCore) {}

  start(application: Application, command: Command, transaction: ServerTransaction): void {
    const { layer } = this.core;
    if (Number(header(transaction.request, 'Max-Forwards') ?? 70) <= 0) {
      layer.reply(transaction, 483, 'Too Many Hops');
      throw new Refusal('Rejected with 483 Too Many Hops due to Max-Forwards value of 0');
    }
    const options = this.parseOptions(command);
    const attempt: ProxyAttempt = new ProxyAttempt(
      this.core,
      application,
      command.id,
      transaction,
      options,
      () => this.attempts.delete(transaction),
    );
    if (!attempt.proceed()) {
      layer.reply(transaction, 500, 'Internal Server Error');
      throw new Refusal('error proxying request to ');
    }
    this.attempts.set(transaction, attempt);
    if (!options.fullResponse) application.answer(command.id, 'OK', 'done');
  }

  /** Cancels what is being proxied; false if this INVITE is not. */
  cancel(invite: ServerTransaction): boolean {
    const attempt = this.attempts.get(invite);
    attempt?.cancel();
    return attempt !== undefined;
  }

  /** Passes on, without state, an in-dialog request whose first Route is our Record-Route: RFC 3261 section 16.12. */
  forward(request: SipRequest): boolean {
    const { own, layer } = this.core;
    const route = uriOf(header(request, 'Route') ?? '');
    if (tagOf(header(request, 'To') ?? '') === undefined || !/;lr\b/.test(route)) return false;
    if (!isSameEndpoint(endpointOf(route), own)) return false;
    const first = request.headers.findIndex(({ name }) => name === 'Route');
    const rest = request.headers.filter(({ name }, index) => index !== first && name !== 'Max-Forwards');
    const hops = Number(header(request, 'Max-Forwards') ?? 71) - 1;
    const nextRoute = rest.find(({ name }) => name === 'Route')?.value;
    const nextHop = endpointOf(nextRoute === undefined ? request.uri : uriOf(nextRoute));
    if (hops < 0 || nextHop === undefined) return true;
    const via = makeVia(own, derivedBranch(header(request, 'Via') ?? ''));
    const headers = [{ name: 'Via', value: via }, { name: 'Max-Forwards', value: String(hops) }, ...rest];
    layer.send({ ...request, headers }, nextHop);
    return true;
  }

  /** The response to a request that was passed on without state goes where the next Via says. */
  onStrayResponse(response: SipResponse): void {
    const upward = withoutTopVia(response);
    const target = responseTarget(header(upward, 'Via') ?? '');
    if (target !== undefined) this.core.layer.send(upward, target);
  }

  close(): void {
    for (const attempt of this.attempts.values()) attempt.close();
    this.attempts.clear();
  }

  /**
   * The arguments of the command:
   *
   *     txnId|remainInDialog|fullResponse|followRedirects|simultaneous or serial|provisional timeout|final timeout|target|...
   *
   * The final timeout is ignored, as it is in drachtio-server 0.9.10.
   */
  private parseOptions(command: Command): ProxyOptions {
    const [, remainInDialog, fullResponse, , forking, provisionalTimeout, , ...targets] = command.arguments;
    const timeout = /^(\d+)(ms|s)$/.exec(provisionalTimeout ?? '');
    return {
      fullResponse: fullResponse === 'fullResponse',
      recordRoute: remainInDialog === 'remainInDialog',
      simultaneous: forking === 'simultaneous',
      provisionalTimeoutMs: timeout === null ? 0 : Number(timeout[1]) * (timeout[2] === 's' ? 1000 : 1),
      targets,
      headers: command.message === undefined ? [] : applicationHeaders(command.message, this.core.own),
    };
  }
}
