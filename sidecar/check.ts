/** `acm check`: asks a running sidecar about one call and puts the verdict into words. */
import { randomUUID } from 'node:crypto';
import type { Config } from '../src/config.js';
import {
  type CheckCallRequest,
  type CheckCallResponse,
  DegradedCause,
  DetectionServiceClient,
  Reason,
  Severity,
  Verdict,
} from '../src/gen/acm/v1/detection.js';
import { withSidecar } from './ask-sidecar.js';

/** The options of `acm check`, as they were typed. */
export interface CheckOptions {
  readonly a: readonly string[];
  readonly b: string;
  readonly callId?: string;
  readonly sourceIp: string;
  readonly trunk: string;
  readonly json?: true;
}

/**
 * Checks a call from each A-number in turn and prints each verdict as it comes.
 * @throws AcmError if the sidecar does not answer or refuses a request.
 */
export async function askVerdicts(
  config: Config,
  options: CheckOptions,
  print: (text: string) => void,
): Promise<void> {
  await withSidecar(config, DetectionServiceClient, async (stub, ask) => {
    for (const aNumber of options.a) {
      const response = await ask(stub.checkCall, requestOf(aNumber, options));
      print(options.json ? JSON.stringify(readable(response), null, 2) : inWords(aNumber, response));
    }
  });
}

function requestOf(aNumber: string, { b, callId, sourceIp, trunk }: CheckOptions): CheckCallRequest {
  return {
    callId: callId ?? `acm-check-${randomUUID()}`,
    aNumber,
    bNumber: b,
    sourceIp,
    switchId: '',
    trunk,
    fromTag: '',
    emergency: false,
  };
}

/** One line for people: who calls, the verdict, why, and the facts behind it. */
function inWords(aNumber: string, response: CheckCallResponse): string {
  const window = `within ${response.windowMs / 1000} s`;
  const facts = [`${response.distinctACount} of ${response.threshold} A-numbers ${window}`];
  if (response.severity !== Severity.UNSPECIFIED)
    facts.push(`severity ${Severity[response.severity].toLowerCase()}`);
  if (response.sipStatus !== 0) facts.push(`SIP ${response.sipStatus} ${response.sipReason}`);
  if (response.alertId !== '') facts.push(`alert ${response.alertId}`);
  if (response.stateAgeMs !== 0) facts.push(`news of others ${response.stateAgeMs} ms old`);
  if (response.degraded) facts.push(`degraded: ${causesOf(response).join(', ')}`);
  const verdict = Verdict[response.verdict].padEnd(8);
  return `${(aNumber || 'anonymous').padEnd(16)}${verdict}${Reason[response.reason].toLowerCase().padEnd(12)}${facts.join(', ')}`;
}

function causesOf(response: CheckCallResponse): string[] {
  return response.degradedCauses.map((cause) => DegradedCause[cause].toLowerCase());
}

/** The response with names in place of enum numbers. */
function readable(response: CheckCallResponse): object {
  return {
    ...response,
    verdict: Verdict[response.verdict],
    reason: Reason[response.reason],
    severity: Severity[response.severity],
    degradedCauses: causesOf(response),
  };
}
