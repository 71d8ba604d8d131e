/** Passing a call on as a proxy: drachtio-server routes it and stays in its path (Record-Route); the agent does not. */
import type { DisconnectOutcome } from '../admission/disconnect.js';
import { uriAt } from '../sip-headers/uri.js';
import type { Call, Carrier, PassedOn } from './call.js';
import { lostFromSight } from './out-of-reach.js';
import type { SipStack } from './stack.js';

export class ProxyCarrier implements Carrier {
  constructor(
    readonly call: Call,
    readonly stack: SipStack,
    readonly nextHop: string,
  ) {}

  async carry(settled: (outcome: PassedOn) => void): Promise<void> {
    const outcome = await this.#proxy();
    settled(outcome);
    if (outcome === 'answered') await lostFromSight();
  }

  end(): Promise<DisconnectOutcome> {
    return Promise.resolve('unsupported');
  }

  async #proxy(): Promise<PassedOn> {
    const { req, res } = this.call;
    // drachtio-server puts the destination in place of a Request-URI that names itself and leaves any other as it is.
    const destination = uriAt(this.nextHop, req.uri) ?? this.nextHop;
    try {
      const { finalStatus } = await this.stack.proxyRequest(req, asSip(destination), { recordRoute: true });
      if (finalStatus < 300) return 'answered';
      return finalStatus === 487 ? 'cancelled' : 'failed';
    } catch {
      res.send(500);
      return 'failed';
    }
  }
}

/** drachtio-srf takes a sips: destination for a bare host, so it gets the same thing in words that it knows. */
function asSip(uri: string): string {
  return /^sips:/i.test(uri) ? `sip:${uri.slice('sips:'.length)};transport=tls` : uri;
}
