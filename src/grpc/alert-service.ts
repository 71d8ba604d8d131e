/** AlertService: what whoever looks into attacks asks. */
import { checkMay } from '../admission/access.js';
import type { AlertDesk } from '../admission/alert-desk.js';
import type { AlertServiceServer } from '../gen/acm/v1/management.js';
import {
  alertChangeOf,
  alertFileMessage,
  alertMessage,
  alertQueryOf,
  alertSummaryMessage,
  proposalMessage,
} from './alert-wire.js';
import { allowlistEntryMessage } from './allowlist-wire.js';
import type { ManagementCalls } from './management-calls.js';

export function alertService(calls: ManagementCalls, alerts: AlertDesk): AlertServiceServer {
  return {
    listAlerts: calls.query('alerts:read', async (request) => {
      const { items, next } = await alerts.list(alertQueryOf(request));
      return { alerts: items.map(alertSummaryMessage), nextPageToken: next };
    }),
    getAlert: calls.query('alerts:read', async ({ alertId }) => alertFileMessage(await alerts.find(alertId))),
    updateAlert: calls.change('alerts:write', async (request, by, caller) => {
      if (request.allowDays !== undefined) checkMay(caller, ['policy:write']);
      const change = alertChangeOf(request, by);
      const { alert, proposal, allowed } = await alerts.change(request.alertId, change, request.allowDays);
      return {
        alert: alertMessage(alert),
        proposal: proposal && proposalMessage(proposal),
        allowed: allowed && allowlistEntryMessage(allowed),
      };
    }),
  };
}
