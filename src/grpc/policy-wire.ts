/** Policies, explanations and the switch between protobuf and admission. */
import type { PolicyInForce as RecordedPolicy } from '../admission/alert.js';
import type { Explanation } from '../admission/explain-call.js';
import { nameOfScope, type PolicyScope as Scope, type PolicyTerms as Terms } from '../admission/policy.js';
import { present } from '../admission/present-fields.js';
import type { StoredPolicy, EnforcementSwitch as Switch } from '../admission/stored-rules.js';
import { InvalidFieldError } from '../errors.js';
import {
  AnonymousCallers,
  type EnforcementSwitch,
  type ExplainPolicyResponse,
  type Policy,
  type PolicyInForce,
  type PolicyScope,
  type PolicyTerms,
} from '../gen/acm/v1/management.js';
import { ENFORCEMENTS, REASONS, VERDICTS } from './wire.js';
import { WireEnum } from './wire-enum.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const MODES = new WireEnum('ENFORCEMENT_', ENFORCEMENTS);
const ANONYMOUS = new WireEnum('ANONYMOUS_CALLERS_', {
  'per-source': AnonymousCallers.PER_SOURCE,
  one: AnonymousCallers.ONE,
  ignore: AnonymousCallers.IGNORE,
});

/** @throws InvalidFieldError for a scope that is missing. */
export function policyScopeOf(message: PolicyScope | undefined): Scope {
  const scope = message?.scope;
  switch (scope?.$case) {
    case 'allCalls':
      return { kind: 'default' };
    case 'bNumber':
      return { kind: 'b-number', digits: scope.value };
    case 'trunk':
      return { kind: 'trunk', name: scope.value };
    case 'bPrefix':
      return { kind: 'b-prefix', digits: scope.value };
    case undefined:
      throw new InvalidFieldError('scope', 'is missing; which calls is it about?');
  }
}

function policyScopeMessage(scope: Scope): PolicyScope {
  switch (scope.kind) {
    case 'default':
      return { scope: { $case: 'allCalls', value: {} } };
    case 'b-number':
      return { scope: { $case: 'bNumber', value: scope.digits } };
    case 'trunk':
      return { scope: { $case: 'trunk', value: scope.name } };
    case 'b-prefix':
      return { scope: { $case: 'bPrefix', value: scope.digits } };
  }
}

/** @throws InvalidFieldError for a value that stands for nothing; ranges are the use case's affair. */
export function termsOf(message: PolicyTerms | undefined): Terms {
  const { windowSeconds, cooldownSeconds, blockDurationHours, enforcement, anonymousCallers } = message ?? {};
  return present({
    windowMs: inMs(windowSeconds, SECOND_MS),
    threshold: message?.threshold,
    cooldownMs: inMs(cooldownSeconds, SECOND_MS),
    enforcement: enforcement === undefined ? undefined : MODES.fromWire(enforcement, 'enforcement'),
    autoBlock: message?.autoBlock,
    blockMs: inMs(blockDurationHours, HOUR_MS),
    autoDisconnect: message?.autoDisconnect,
    anonymousCallers:
      anonymousCallers === undefined ? undefined : ANONYMOUS.fromWire(anonymousCallers, 'anonymous_callers'),
  });
}

function termsMessage(terms: Terms): PolicyTerms {
  return {
    windowSeconds: inUnits(terms.windowMs, SECOND_MS),
    threshold: terms.threshold,
    cooldownSeconds: inUnits(terms.cooldownMs, SECOND_MS),
    enforcement: terms.enforcement && ENFORCEMENTS[terms.enforcement],
    autoBlock: terms.autoBlock,
    blockDurationHours: inUnits(terms.blockMs, HOUR_MS),
    autoDisconnect: terms.autoDisconnect,
    anonymousCallers: terms.anonymousCallers && ANONYMOUS.toWire(terms.anonymousCallers),
  };
}

function inMs(value: number | undefined, unitMs: number): number | undefined {
  return value === undefined ? undefined : value * unitMs;
}

function inUnits(ms: number | undefined, unitMs: number): number | undefined {
  return ms === undefined ? undefined : ms / unitMs;
}

export function policyMessage({ scope, terms, ...rest }: StoredPolicy): Policy {
  return { ...rest, scope: policyScopeMessage(scope), terms: termsMessage(terms) };
}

/** The policy that an alert was opened under, as far as it was written down. */
export function recordedPolicyMessage(policy: RecordedPolicy): PolicyInForce {
  const { scope, revision, windowSeconds, threshold, cooldownSeconds } = policy;
  const { enforcement, autoBlock, autoDisconnect } = policy;
  return {
    scope,
    revision,
    terms: {
      windowSeconds,
      threshold,
      cooldownSeconds,
      enforcement: ENFORCEMENTS[enforcement],
      autoBlock,
      autoDisconnect,
    },
  };
}

export function explanationMessage(explanation: Explanation): ExplainPolicyResponse {
  const { policies, decision, reason, ...rest } = explanation;
  return {
    ...rest,
    policies: policies.map((policy) => ({
      scope: nameOfScope(policy.scope),
      revision: policy.revision,
      terms: termsMessage(policy),
    })),
    verdict: VERDICTS[decision],
    reason: REASONS[reason],
  };
}

export function switchMessage({ on, author, reason, changedAt }: Switch): EnforcementSwitch {
  return { on, author, reason, changedAt };
}
