/** What `acm enforcement ...` does. Each function throws AcmError if the sidecar refuses or does not answer. */
import type { Config } from '../../src/config.js';
import { PolicyServiceClient } from '../../src/gen/acm/v1/management.js';
import { withSidecar } from '../ask-sidecar.js';
import { enforcementInWords, switchedInWords } from '../words/policy-words.js';
import { readableJson } from '../words/readable-json.js';

type Print = (text: string) => void;

export async function showEnforcement(
  config: Config,
  { json }: { readonly json?: true },
  print: Print,
): Promise<void> {
  const answer = await withSidecar(config, PolicyServiceClient, (stub, ask) => ask(stub.getEnforcement, {}));
  print(json ? readableJson(answer) : enforcementInWords(answer));
}

export interface SwitchOptions {
  readonly author: string;
  readonly reason: string;
}

export async function switchEnforcement(
  config: Config,
  on: boolean,
  { author, reason }: SwitchOptions,
  print: Print,
): Promise<void> {
  const answer = await withSidecar(config, PolicyServiceClient, (stub, ask) =>
    ask(stub.setEnforcement, { on, author, reason }),
  );
  print(switchedInWords(on, answer));
}
