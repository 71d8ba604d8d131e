/** What lies behind an alert as it stands on the wire: its calls, what became of their teardown, and who did what. */
import { z } from 'zod';
import type { AlertFile, RecordedCall } from '../admission/alert.js';
import { answeredTime, orNull } from './answered-values.js';
import { reasonSchema, VERDICTS, verdictSchema } from './call-schemas.js';

const callSchema = z
  .object({
    call_id: z.string().meta({ description: 'SIP Call-ID.' }),
    from_tag: z.string().meta({ description: 'Tag of the From header; may be empty.' }),
    a_number: z.string().meta({ description: 'Who called; `anonymous` for a caller who hid the number.' }),
    source_ip: z.string().meta({ description: 'May be empty.' }),
    switch_id: z.string().meta({ description: 'The switch that carried the call; may be empty.' }),
    trunk: z.string().meta({ description: 'May be empty.' }),
    called_at: answeredTime,
    verdict: verdictSchema,
    reason: reasonSchema,
    sip_status: z
      .int()
      .nullable()
      .meta({ description: 'The SIP answer that was ordered; null for a call that went on.' }),
    sip_reason: z.string().nullable(),
  })
  .meta({ id: 'AlertCall' });

const disconnectSchema = z
  .object({
    disconnect_id: z.string(),
    call_id: z.string(),
    from_tag: z.string(),
    switch_id: z.string().meta({ description: 'The switch that was told.' }),
    control: z.string().meta({ description: 'The way that was tried.', examples: ['grpc'] }),
    outcome: z.enum(['ended', 'unsupported', 'gone', 'failed']),
    settled_at: answeredTime,
  })
  .meta({ id: 'AlertDisconnect', description: 'How the teardown of one call by one way was settled.' });

const historySchema = z
  .object({
    changed_at: answeredTime,
    author: z.string(),
    changes: z.array(
      z.object({
        field: z.string().meta({ examples: ['status', 'assigned_to', 'notes'] }),
        from: z.string(),
        to: z.string(),
      }),
    ),
  })
  .meta({ id: 'AlertHistoryEntry', description: 'One change that a person made.' });

const OLDEST_FIRST = 'The oldest first, at most 1,000.';

export const evidenceSchema = z
  .object({
    alert_id: z.uuid().meta({ description: 'The id that the alert goes by now.' }),
    calls: z.array(callSchema).meta({ description: OLDEST_FIRST }),
    disconnects: z.array(disconnectSchema).meta({ description: OLDEST_FIRST }),
    history: z.array(historySchema).meta({ description: OLDEST_FIRST }),
  })
  .meta({ id: 'AlertEvidence' });

export function evidenceBody(file: AlertFile): z.input<typeof evidenceSchema> {
  return {
    alert_id: file.alert.alertId,
    calls: file.calls.map(callBody),
    disconnects: file.disconnects.map((disconnect) => ({
      disconnect_id: disconnect.disconnectId,
      call_id: disconnect.callId,
      from_tag: disconnect.fromTag,
      switch_id: disconnect.switchId,
      control: disconnect.control,
      outcome: disconnect.outcome,
      settled_at: disconnect.settledAt.toISOString(),
    })),
    history: file.history.map(({ at, author, changes }) => ({
      changed_at: at.toISOString(),
      author,
      changes: Object.entries(changes).map(([field, { from, to }]) => ({ field, from, to })),
    })),
  };
}

function callBody(call: RecordedCall): z.input<typeof callSchema> {
  const rejected = call.sipStatus !== 0;
  return {
    call_id: call.callId,
    from_tag: call.fromTag,
    a_number: call.aNumber,
    source_ip: call.sourceIp,
    switch_id: call.switchId,
    trunk: call.trunk,
    called_at: call.calledAt.toISOString(),
    verdict: VERDICTS[call.decision],
    reason: call.reason,
    sip_status: rejected ? call.sipStatus : null,
    sip_reason: rejected ? orNull(call.sipReason) : null,
  };
}
