/** What `acm alerts ...` does. Each function throws AcmError if the sidecar refuses or does not answer. */
import type { Config } from '../../src/config.js';
import { AcmError } from '../../src/errors.js';
import { Severity } from '../../src/gen/acm/v1/detection.js';
import { AlertServiceClient, AlertStatus } from '../../src/gen/acm/v1/management.js';
import { withSidecar } from '../ask-sidecar.js';
import { alertFileInWords } from '../words/alert-file-words.js';
import { alertTable, changedAlertInWords } from '../words/alert-words.js';
import { readableJson } from '../words/readable-json.js';
import { firstOf } from './pages.js';

type Print = (text: string) => void;

export interface AlertListOptions {
  readonly status?: keyof typeof AlertStatus;
  readonly severity?: keyof typeof Severity;
  readonly a: string;
  readonly b: string;
  readonly since?: Date;
  readonly limit: number;
  readonly json?: true;
}

export async function listAlerts(config: Config, options: AlertListOptions, print: Print): Promise<void> {
  const filters = {
    status: AlertStatus[options.status ?? 'UNSPECIFIED'],
    severity: Severity[options.severity ?? 'UNSPECIFIED'],
    aNumber: options.a,
    bNumber: options.b,
    since: options.since,
    until: undefined,
  };
  const { items, more } = await withSidecar(config, AlertServiceClient, (stub, ask) =>
    firstOf(options.limit, async (page) => {
      const { alerts, nextPageToken } = await ask(stub.listAlerts, { ...filters, ...page });
      return { items: alerts, nextPageToken };
    }),
  );
  print(options.json ? readableJson(items) : alertTable(items, more));
}

export async function showAlert(
  config: Config,
  alertId: string,
  { json }: { readonly json?: true },
  print: Print,
): Promise<void> {
  const file = await withSidecar(config, AlertServiceClient, (stub, ask) => ask(stub.getAlert, { alertId }));
  print(json ? readableJson(file) : alertFileInWords(file, new Date()));
}

export interface AlertUpdateOptions {
  readonly status?: keyof typeof AlertStatus;
  readonly note?: string;
  readonly assign?: string;
  readonly allow?: number;
  readonly author: string;
  readonly json?: true;
}

export async function updateAlert(
  config: Config,
  alertId: string,
  { status, note, assign, allow, author, json }: AlertUpdateOptions,
  print: Print,
): Promise<void> {
  if ([status, note, assign, allow].every((each) => each === undefined))
    throw new AcmError('ACM_INVALID_ARGUMENT', 'nothing to change: give --status, --note or --assign');
  const changed = await withSidecar(config, AlertServiceClient, (stub, ask) =>
    ask(stub.updateAlert, {
      alertId,
      author,
      status: status && AlertStatus[status],
      notes: note,
      assignedTo: assign,
      allowDays: allow,
    }),
  );
  print(json ? readableJson(changed) : changedAlertInWords(changed));
}
