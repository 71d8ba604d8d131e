/** PolicyService: how strictly calls are judged, why, and whether at all. */
import type { RuleDesk } from '../admission/rule-desk.js';
import type { RulesInForce } from '../admission/rules-in-force.js';
import { InvalidFieldError } from '../errors.js';
import type { PolicyServiceServer } from '../gen/acm/v1/management.js';
import type { ManagementCalls } from './management-calls.js';
import { explanationMessage, policyMessage, policyScopeOf, switchMessage, termsOf } from './policy-wire.js';
import { pageOf } from './request-fields.js';
import { ENFORCEMENTS } from './wire.js';

export function policyService(
  calls: ManagementCalls,
  rules: RuleDesk,
  inForce: RulesInForce,
): PolicyServiceServer {
  const enforcement = () => ENFORCEMENTS[inForce.enforcement()];
  return {
    listPolicies: calls.query('policy:read', async (request) => {
      const { items, next } = await rules.listPolicies(pageOf(request));
      return { policies: items.map(policyMessage), nextPageToken: next };
    }),
    setPolicy: calls.change('policy:write', async ({ scope, terms, reason }, by) => {
      await rules.setPolicy(policyScopeOf(scope), termsOf(terms), { ...by, reason });
      return {};
    }),
    removePolicy: calls.change('policy:write', async ({ scope }, by) => {
      await rules.removePolicy(policyScopeOf(scope), by);
      return {};
    }),
    explainPolicy: calls.query('policy:read', (request) => explanationMessage(inForce.explain(request))),
    getEnforcement: calls.query('policy:read', () => ({
      enforcementSwitch: switchMessage(rules.enforcement),
      enforcement: enforcement(),
    })),
    setEnforcement: calls.change('policy:write', async ({ on, reason }, by) => {
      if (on === undefined) throw new InvalidFieldError('on', 'is missing; on or off?');
      const { everywhere } = await rules.switchEnforcement(on, { ...by, reason });
      return { everywhere, enforcement: enforcement() };
    }),
  };
}
