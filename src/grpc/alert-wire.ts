/** Alerts between protobuf and admission. */
import type { Actor } from '../admission/access.js';
import type {
  AlertChange,
  AlertFile,
  AlertHistoryEntry as Change,
  RecordedCall,
  RecordedDisconnect,
  Alert as StoredAlert,
} from '../admission/alert.js';

import { present } from '../admission/present-fields.js';
import type { AlertQuery } from '../admission/store-ports.js';
import type { AllowlistProposal as Proposal } from '../admission/stored-rules.js';
import { DisconnectOutcome, Severity } from '../gen/acm/v1/detection.js';
import {
  type Alert,
  type AlertCall,
  type AlertDisconnect,
  AlertEffect,
  type AlertHistoryEntry,
  AlertStatus,
  type AllowlistProposal,
  type GetAlertResponse,
  type ListAlertsRequest,
  type UpdateAlertRequest,
} from '../gen/acm/v1/management.js';
import { allowlistScopeMessage } from './allowlist-wire.js';
import { recordedPolicyMessage } from './policy-wire.js';
import { checkedTime, filterOf, pageOf } from './request-fields.js';
import { REASONS, VERDICTS } from './wire.js';
import { WireEnum } from './wire-enum.js';

const STATUSES = new WireEnum('ALERT_STATUS_', {
  NEW: AlertStatus.NEW,
  INVESTIGATING: AlertStatus.INVESTIGATING,
  RESOLVED: AlertStatus.RESOLVED,
  FALSE_POSITIVE: AlertStatus.FALSE_POSITIVE,
});
const SEVERITIES = new WireEnum('SEVERITY_', {
  medium: Severity.MEDIUM,
  high: Severity.HIGH,
  critical: Severity.CRITICAL,
});
const EFFECTS = new WireEnum('ALERT_EFFECT_', {
  rejecting: AlertEffect.REJECTING,
  observing: AlertEffect.OBSERVING,
  exempt: AlertEffect.EXEMPT,
});
const OUTCOMES = new WireEnum('DISCONNECT_OUTCOME_', {
  ended: DisconnectOutcome.ENDED,
  unsupported: DisconnectOutcome.UNSUPPORTED,
  gone: DisconnectOutcome.GONE,
  failed: DisconnectOutcome.FAILED,
});

/** @throws InvalidFieldError for a value that stands for nothing. */
export function alertQueryOf(request: ListAlertsRequest): AlertQuery {
  const { status, severity } = request;
  return {
    ...pageOf(request),
    ...present({
      status: status === AlertStatus.UNSPECIFIED ? undefined : STATUSES.fromWire(status, 'status'),
      severity: severity === Severity.UNSPECIFIED ? undefined : SEVERITIES.fromWire(severity, 'severity'),
      bNumber: filterOf(request.bNumber),
      aNumber: filterOf(request.aNumber),
      since: checkedTime('since', request.since),
      until: checkedTime('until', request.until),
    }),
  };
}

/** @throws InvalidFieldError for a value that stands for nothing. */
export function alertChangeOf({ status, assignedTo, notes }: UpdateAlertRequest, by: Actor): AlertChange {
  return {
    ...by,
    ...present({
      status: status === undefined ? undefined : STATUSES.fromWire(status, 'status'),
      assignedTo,
      notes,
    }),
  };
}

export function alertMessage(alert: StoredAlert): Alert {
  const { aNumbers, callIds, sourceIps, policy, severity, status, effect, ...rest } = alert;
  return {
    ...rest,
    aNumbers: [...aNumbers],
    callIds: [...callIds],
    sourceIps: [...sourceIps],
    policy: recordedPolicyMessage(policy),
    severity: SEVERITIES.toWire(severity),
    status: STATUSES.toWire(status),
    effect: EFFECTS.toWire(effect),
  };
}

/** An alert in a list: a page of whole ones would not fit into a message. */
export function alertSummaryMessage(alert: StoredAlert): Alert {
  return alertMessage({ ...alert, aNumbers: [], callIds: [], sourceIps: [], notes: '' });
}

export function alertFileMessage({ alert, calls, disconnects, history }: AlertFile): GetAlertResponse {
  return {
    alert: alertMessage(alert),
    calls: calls.map(callMessage),
    disconnects: disconnects.map(disconnectMessage),
    history: history.map(historyMessage),
  };
}

function callMessage({ decision, reason, ...call }: RecordedCall): AlertCall {
  return { ...call, verdict: VERDICTS[decision], reason: REASONS[reason] };
}

function disconnectMessage({ outcome, ...disconnect }: RecordedDisconnect): AlertDisconnect {
  return { ...disconnect, outcome: OUTCOMES.toWire(outcome) };
}

function historyMessage({ at, author, changes }: Change): AlertHistoryEntry {
  return {
    changedAt: at,
    author,
    changes: Object.entries(changes).map(([field, { from, to }]) => ({ field, from, to })),
  };
}

export function proposalMessage({ scope, days, reason }: Proposal): AllowlistProposal {
  return { scope: allowlistScopeMessage(scope), days, reason };
}
