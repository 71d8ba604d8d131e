/** Requests within an answered call go across to the other leg: re-INVITE (hold, change of media), UPDATE, INFO, REFER ... */
import { relayedHeaders } from './relayed-headers.js';
import type { Headers, SipDialog, SipRequest, SipResponse } from './stack.js';

/** drachtio-srf's events for requests within a dialog; `modify` is a re-INVITE. */
const EVENTS = ['modify', 'update', 'info', 'refer', 'notify', 'message', 'options'];

/** Connects two dialogs. BYE is not relayed here: each leg ends by itself. */
export function relayInDialog(one: SipDialog, other: SipDialog): void {
  for (const event of EVENTS) {
    one.on(event, (req: SipRequest, res: SipResponse) => relay(req, res, one, other));
    other.on(event, (req: SipRequest, res: SipResponse) => relay(req, res, other, one));
  }
}

function relay(req: SipRequest, res: SipResponse, from: SipDialog, to: SipDialog): void {
  const offerless = req.method === 'INVITE' && req.body === '';
  const request = {
    method: req.method,
    headers: { ...relayedHeaders(req), ...targetRefresh(req, to) },
    body: req.body,
    ...(offerless ? { noAck: true } : {}),
  };
  to.request(request, (error, response, ack) => {
    // The other leg is on its way out; 481 ends this one too (RFC 3261, section 12.2.1.2).
    if (error !== null && error !== undefined) return res.send(481);
    if (response.status < 200) return;
    if (ack !== undefined) from.once('ack', ({ body }) => ack({ body }));
    const headers = { ...relayedHeaders(response), ...targetRefresh(req, from) };
    res.send(response.status, response.reason, { headers, body: response.body });
  });
}

/** INVITE and UPDATE say anew where their sender is reached, on each leg the agent (RFC 3261, section 12.2; RFC 3311). */
function targetRefresh(req: SipRequest, leg: SipDialog): Headers {
  return req.method === 'INVITE' || req.method === 'UPDATE' ? { Contact: leg.local.contact } : {};
}
