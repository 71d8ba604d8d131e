/** An alert with evidence, for tests that read one. */
import type { Alert, AlertFile, RecordedCall } from '../../src/admission/alert.js';

export const ALERT_ID = '5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4';
export const B_NUMBER = '2348099999999';
export const OPENED_AT = new Date('2026-11-22T03:14:07.250Z');

/** Milliseconds after the alert was opened. */
export function later(ms: number): Date {
  return new Date(OPENED_AT.getTime() + ms);
}

export function alertOf(changes: Partial<Alert> = {}): Alert {
  return {
    alertId: ALERT_ID,
    bNumber: B_NUMBER,
    aNumbers: ['2348030000001', '2348030000002', 'anonymous'],
    callIds: ['c1@192.0.2.7', 'c2@192.0.2.7'],
    sourceIps: ['192.0.2.7'],
    distinctACount: 5,
    callCount: 6,
    detections: 2,
    windowStart: later(-1_000),
    windowEnd: later(2_000),
    severity: 'medium',
    effect: 'rejecting',
    status: 'NEW',
    retryCount: 1,
    policy: {
      scope: 'trunk lagos',
      revision: 12,
      windowSeconds: 5,
      threshold: 5,
      cooldownSeconds: 30,
      enforcement: 'enforce',
      autoBlock: true,
      autoDisconnect: true,
    },
    createdAt: OPENED_AT,
    updatedAt: later(2_000),
    endedAt: undefined,
    resolvedAt: undefined,
    assignedTo: '',
    notes: 'looks like\na robot',
    ...changes,
  };
}

export function callOf(place: number, changes: Partial<RecordedCall> = {}): RecordedCall {
  return {
    callId: `c${place}@192.0.2.7`,
    fromTag: `t${place}`,
    aNumber: `234803000000${place}`,
    bNumber: B_NUMBER,
    sourceIp: '192.0.2.7',
    switchId: 'sbc-1',
    trunk: 'lagos',
    calledAt: later(place * 100 - 1_000),
    decision: place < 5 ? 'allow' : 'reject',
    reason: place < 5 ? 'none' : 'masking',
    sipStatus: place < 5 ? 0 : 608,
    sipReason: place < 5 ? '' : 'Rejected',
    alertId: ALERT_ID,
    ...changes,
  };
}

export function alertFileOf(changes: Partial<Alert> = {}): AlertFile {
  return {
    alert: alertOf(changes),
    calls: [1, 2, 3, 4, 5, 6].map((place) => callOf(place)),
    disconnects: [
      {
        disconnectId: '0d9ff0b6-7a4e-4d52-9d3c-4b6a2f0f5a10',
        alertId: ALERT_ID,
        callId: 'c1@192.0.2.7',
        fromTag: 't1',
        switchId: 'sbc-1',
        control: 'grpc',
        outcome: 'ended',
        settledAt: later(3_000),
      },
    ],
    history: [
      { at: later(60_000), author: 'ada', changes: { status: { from: 'NEW', to: 'INVESTIGATING' } } },
    ],
  };
}
