import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AlertNotice, Log } from '../../src/admission/ports.js';
import { AlertLog } from '../../src/telemetry/alert-log.js';

const test = suite('telemetry/alert-log');

const NOTICE: AlertNotice = {
  alertId: 'alert-1',
  bNumber: '2348099999999',
  severity: 'high',
  distinctACount: 7,
  distinctSources: 1,
  detections: 3,
  effect: 'rejecting',
};

function recording(): { log: Log; lines: [string, object, string][]; counted: string[]; alerts: AlertLog } {
  const lines: [string, object, string][] = [];
  const counted: string[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push([level, fields, message]);
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const alerts = new AlertLog(log, (event, severity) => void counted.push(`${event} ${severity}`));
  return { log, lines, counted, alerts };
}

test('warns when an attack begins and when it grows, and says when it is over', () => {
  const { alerts, lines, counted } = recording();
  alerts.opened(NOTICE);
  alerts.grew({ ...NOTICE, severity: 'critical' });
  alerts.ended(NOTICE);
  assert.equal(
    lines.map(([level, , message]) => `${level}: ${message}`),
    ['warn: call masking detected', 'warn: call masking grows', 'info: call masking has ceased'],
  );
  assert.equal(counted, ['opened high', 'grew critical']);
});

test('writes everything but the whole B-number', () => {
  const { alerts, lines } = recording();
  for (const tell of ['opened', 'grew', 'ended'] as const) alerts[tell](NOTICE);
  for (const [, fields] of lines) assert.equal(fields, { ...NOTICE, bNumber: '234********99' });
});

test.run();
