/** What `acm policy ...` does. Each function throws AcmError if the sidecar refuses or does not answer. */
import type { Config } from '../../src/config.js';
import { AcmError } from '../../src/errors.js';
import { Enforcement } from '../../src/gen/acm/v1/detection.js';
import {
  AnonymousCallers,
  type PolicyScope,
  PolicyServiceClient,
  type PolicyTerms,
} from '../../src/gen/acm/v1/management.js';
import { withSidecar } from '../ask-sidecar.js';
import { explanationInWords, policyTable, scopeInWords, termsInWords } from '../words/policy-words.js';
import { readableJson } from '../words/readable-json.js';
import { firstOf } from './pages.js';

type Print = (text: string) => void;

export interface PolicyListOptions {
  readonly limit: number;
  readonly json?: true;
}

export async function listPolicies(config: Config, options: PolicyListOptions, print: Print): Promise<void> {
  const { items, more } = await withSidecar(config, PolicyServiceClient, (stub, ask) =>
    firstOf(options.limit, async (page) => {
      const { policies, nextPageToken } = await ask(stub.listPolicies, page);
      return { items: policies, nextPageToken };
    }),
  );
  print(options.json ? readableJson(items) : policyTable(items, more));
}

export interface PolicyScopeOptions {
  readonly default?: true;
  readonly b?: string;
  readonly trunk?: string;
  readonly bPrefix?: string;
  readonly author: string;
}

export interface PolicySetOptions extends PolicyScopeOptions {
  readonly threshold?: number;
  readonly window?: number;
  readonly cooldown?: number;
  readonly enforcement?: 'enforce' | 'shadow';
  readonly autoBlock?: boolean;
  readonly autoDisconnect?: boolean;
  readonly blockHours?: number;
  readonly anonymous?: 'per-source' | 'one' | 'ignore';
  readonly reason: string;
}

export async function setPolicy(config: Config, options: PolicySetOptions, print: Print): Promise<void> {
  const { author, reason } = options;
  const [scope, terms] = [policyScopeOf(options), termsOf(options)];
  await withSidecar(config, PolicyServiceClient, (stub, ask) =>
    ask(stub.setPolicy, { scope, terms, author, reason }),
  );
  print(`Policy ${scopeInWords(scope)} is in force: ${termsInWords(terms)}.`);
}

export async function removePolicy(config: Config, options: PolicyScopeOptions, print: Print): Promise<void> {
  const { author } = options;
  const scope = policyScopeOf(options);
  await withSidecar(config, PolicyServiceClient, (stub, ask) => ask(stub.removePolicy, { scope, author }));
  print(`Policy ${scopeInWords(scope)} is removed.`);
}

export interface ExplainOptions {
  readonly a: string;
  readonly b: string;
  readonly trunk: string;
  readonly sourceIp: string;
  readonly json?: true;
}

export async function explainPolicy(config: Config, options: ExplainOptions, print: Print): Promise<void> {
  const { a: aNumber, b: bNumber, trunk, sourceIp, json } = options;
  const answer = await withSidecar(config, PolicyServiceClient, (stub, ask) =>
    ask(stub.explainPolicy, { aNumber, bNumber, trunk, sourceIp }),
  );
  print(json ? readableJson(answer) : explanationInWords(answer, aNumber));
}

function policyScopeOf({ default: all, b, trunk, bPrefix }: PolicyScopeOptions): PolicyScope {
  const scopes: PolicyScope['scope'][] = [];
  if (all) scopes.push({ $case: 'allCalls', value: {} });
  if (b !== undefined) scopes.push({ $case: 'bNumber', value: b });
  if (trunk !== undefined) scopes.push({ $case: 'trunk', value: trunk });
  if (bPrefix !== undefined) scopes.push({ $case: 'bPrefix', value: bPrefix });
  if (scopes.length !== 1)
    throw new AcmError(
      'ACM_INVALID_ARGUMENT',
      'which calls? Give one of --default, --b, --trunk, --b-prefix',
    );
  return { scope: scopes[0] };
}

function termsOf(options: PolicySetOptions): PolicyTerms {
  const { enforcement, anonymous } = options;
  return {
    windowSeconds: options.window,
    threshold: options.threshold,
    cooldownSeconds: options.cooldown,
    enforcement: enforcement && (enforcement === 'enforce' ? Enforcement.ENFORCE : Enforcement.SHADOW),
    autoBlock: options.autoBlock,
    blockDurationHours: options.blockHours,
    autoDisconnect: options.autoDisconnect,
    anonymousCallers: anonymous && ANONYMOUS[anonymous],
  };
}

const ANONYMOUS = {
  'per-source': AnonymousCallers.PER_SOURCE,
  one: AnonymousCallers.ONE,
  ignore: AnonymousCallers.IGNORE,
} as const;
