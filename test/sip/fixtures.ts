/** What the agent's parts work with, in unit tests. */
import type { AgentTelemetry } from '../../src/admission/ports.js';
import { Trunks } from '../../src/admission/trunks.js';
import type { DisconnectCommand } from '../../src/client/disconnect-watch.js';
import { Call } from '../../src/sip/call.js';
import { readInvite } from '../../src/sip/invite.js';
import { type FakeRequest, FakeResponse, invite } from './fake-stack.js';

export const trunks = new Trunks([], '608', 'https://example.net/jcard');

export const REASON = 'SIP;cause=608;text="Rejected"';

/** A command to end the call that `invite()` makes. */
export function commandTo(callId: string, disconnectId = 'd'): DisconnectCommand {
  const answer = { sipStatus: 608, sipReason: 'Rejected', reasonHeader: REASON };
  return { disconnectId, callId, fromTag: 'f', alertId: 'alert', ...answer };
}

/** A call with the way back to its caller. */
export function callOf(req: FakeRequest = invite()): { call: Call; req: FakeRequest; res: FakeResponse } {
  const res = new FakeResponse();
  return { call: new Call(readInvite(req, trunks), req, res, 0), req, res };
}

/** Keeps what was counted and logged, one text each. */
export class Recorder implements AgentTelemetry {
  readonly counted: string[] = [];
  readonly logged: string[] = [];
  readonly log = {
    debug: () => undefined,
    info: (_fields: object, message: string) => void this.logged.push(message),
    warn: (_fields: object, message: string) => void this.logged.push(message),
    error: (_fields: object, message: string) => void this.logged.push(message),
  };

  screened(verdict: string): void {
    this.counted.push(verdict);
  }
  unscreened(cause: string, action: string): void {
    this.counted.push(`${cause} ${action}`);
  }
  disconnected(outcome: string): void {
    this.counted.push(`disconnect ${outcome}`);
  }
  frameDropped(): void {
    this.counted.push('frame dropped');
  }

  passedOn(outcome: string): void {
    this.counted.push(`passed on ${outcome}`);
  }
  connected(peer: string, up: boolean): void {
    this.counted.push(`${peer} ${up ? 'up' : 'down'}`);
  }
}
