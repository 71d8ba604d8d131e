/** CallService: the calls in progress, and how some are ended by hand. */
import type { CallDesk, CallInView } from '../admission/call-desk.js';
import type { CallState } from '../admission/calls.js';
import { type Call, CallPhase, type CallServiceServer } from '../gen/acm/v1/calls.js';
import type { ManagementCalls } from './management-calls.js';
import { checkedUuid, filterOf, pageOf } from './request-fields.js';

const PHASES: Readonly<Record<CallState, CallPhase>> = {
  ringing: CallPhase.RINGING,
  answered: CallPhase.ACTIVE,
};

export function callService(calls: ManagementCalls, desk: CallDesk): CallServiceServer {
  return {
    listCalls: calls.query('alerts:read', async ({ bNumber, pageSize }) => {
      const { limit } = pageOf({ pageSize, pageToken: '' });
      const listed = await desk.list({ bNumber: filterOf(bNumber), limit });
      return { calls: listed.calls.map(callMessage), total: listed.total };
    }),
    disconnectCalls: calls.change('alerts:write', async ({ callIds, alertId, reason }, by) => {
      const checkedId = alertId === '' ? '' : checkedUuid('alert_id', alertId);
      return { results: await desk.disconnect({ callIds, alertId: checkedId, reason }, by) };
    }),
  };
}

function callMessage({ state, ...call }: CallInView): Call {
  return { ...call, phase: PHASES[state] };
}
