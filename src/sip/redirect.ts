/** Passing a call on by telling the switch where to send it (RFC 3261, section 21.3.3). The agent is out of its path then. */
import type { DisconnectOutcome } from '../admission/disconnect.js';
import { uriAt } from '../sip-headers/uri.js';
import type { Call, Carrier, PassedOn } from './call.js';
import { lostFromSight } from './out-of-reach.js';

export class RedirectCarrier implements Carrier {
  constructor(
    readonly call: Call,
    readonly nextHop: string,
  ) {}

  async carry(settled: (outcome: PassedOn) => void): Promise<void> {
    const { req, res } = this.call;
    res.send(302, { headers: { Contact: `<${uriAt(this.nextHop, req.uri) ?? req.uri}>` } });
    settled('redirected');
    await lostFromSight();
  }

  end(): Promise<DisconnectOutcome> {
    return Promise.resolve('unsupported');
  }
}
