/** An agent that watches over gRPC, as the broker of its orders sees it: calls are a set, and ending one takes it out. */
import { randomUUID } from 'node:crypto';
import type { DisconnectOrder } from '../../../src/admission/disconnect.js';
import { DisconnectBroker } from '../../../src/grpc/disconnect-broker.js';
import type { PlacedCall, SwitchFixture } from './fixture.js';

const SWITCH_ID = 'edge-3';
const CONFIRM_MS = 5;

export async function startGrpcFixture(): Promise<SwitchFixture> {
  const broker = new DisconnectBroker();
  const calls = new Map<string, PlacedCall>();
  let isFrozen = false;
  const deliver = ({ disconnectId, callId, fromTag }: DisconnectOrder): void => {
    if (isFrozen) return;
    setTimeout(() => {
      const isThere = calls.get(callId)?.fromTag === fromTag && calls.delete(callId);
      broker.confirm(disconnectId, SWITCH_ID, isThere ? 'ended' : 'gone');
    }, CONFIRM_MS);
  };
  let leave = broker.watch(SWITCH_ID, { deliver });
  return {
    switchId: SWITCH_ID,
    control: broker,
    async placeCall() {
      const call = { callId: randomUUID(), fromTag: randomUUID(), aNumber: '+49301', bNumber: '+49302' };
      calls.set(call.callId, call);
      return call;
    },
    isOver: async ({ callId }) => !calls.has(callId),
    async freeze() {
      isFrozen = true;
    },
    async thaw() {
      isFrozen = false;
    },
    async kill() {
      leave();
      calls.clear();
    },
    async revive() {
      leave = broker.watch(SWITCH_ID, { deliver });
    },
    async stop() {
      leave();
    },
  };
}
