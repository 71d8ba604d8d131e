/** What `acm calls ...` does. Each function throws AcmError if the sidecar refuses or does not answer. */
import type { Config } from '../../src/config.js';
import { AcmError } from '../../src/errors.js';
import { CallServiceClient } from '../../src/gen/acm/v1/calls.js';
import { withSidecar } from '../ask-sidecar.js';
import { callTable, endedInWords } from '../words/call-words.js';
import { readableJson } from '../words/readable-json.js';

type Print = (text: string) => void;

export interface CallListOptions {
  readonly b: string;
  readonly limit: number;
  readonly json?: true;
}

export async function listCalls(
  config: Config,
  { b: bNumber, limit: pageSize, json }: CallListOptions,
  print: Print,
): Promise<void> {
  const { calls, total } = await withSidecar(config, CallServiceClient, (stub, ask) =>
    ask(stub.listCalls, { bNumber, pageSize }),
  );
  print(json ? readableJson(calls) : callTable(calls, total));
}

export interface CallEndOptions {
  readonly alert: string;
  readonly reason: string;
  readonly author: string;
  readonly json?: true;
}

/** @throws AcmError also if not every call is known to have ended. */
export async function endCalls(
  config: Config,
  callIds: readonly string[],
  { alert: alertId, reason, author, json }: CallEndOptions,
  print: Print,
): Promise<void> {
  const { results } = await withSidecar(config, CallServiceClient, (stub, ask) =>
    ask(stub.disconnectCalls, { callIds: [...callIds], alertId, reason, author }),
  );
  print(json ? readableJson(results) : endedInWords(results));
  const left = results.filter(({ success }) => !success).length;
  if (left > 0)
    throw new AcmError('ACM_UNAVAILABLE', `of ${results.length} calls ${left} are not known to have ended`);
}
