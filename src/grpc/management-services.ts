/** The services for people and their tools, as a gRPC server takes them. */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { AlertDesk } from '../admission/alert-desk.js';
import type { Log } from '../admission/ports.js';
import type { RuleDesk } from '../admission/rule-desk.js';
import type { WebhookDesk } from '../admission/webhook-desk.js';
import {
  AlertServiceService,
  AllowlistServiceService,
  BlockServiceService,
  PolicyServiceService,
} from '../gen/acm/v1/management.js';
import { WebhookServiceService } from '../gen/acm/v1/webhook.js';
import { alertService } from './alert-service.js';
import { allowlistService } from './allowlist-service.js';
import { blockService } from './block-service.js';
import type { Door } from './management-access.js';
import { ManagementCalls } from './management-calls.js';
import { policyService, type RulesInForce } from './policy-service.js';
import { webhookService } from './webhook-service.js';

export interface ManagementParts {
  readonly alerts: AlertDesk;
  readonly rules: RuleDesk;
  readonly webhooks: WebhookDesk;
  readonly inForce: RulesInForce;
  readonly log: Log;
  readonly now: () => Date;
}

export const MANAGEMENT_SERVICES = [
  'acm.v1.AlertService',
  'acm.v1.PolicyService',
  'acm.v1.AllowlistService',
  'acm.v1.BlockService',
  'acm.v1.WebhookService',
] as const;

/** Every management service with its handlers, for callers who come in by one door. */
export function managementServices(
  { alerts, rules, webhooks, inForce, log, now }: ManagementParts,
  door: Door,
): readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[] {
  const calls = new ManagementCalls(door, log);
  return [
    [AlertServiceService, alertService(calls, alerts)],
    [PolicyServiceService, policyService(calls, rules, inForce)],
    [AllowlistServiceService, allowlistService(calls, rules, now)],
    [BlockServiceService, blockService(calls, rules, now)],
    [WebhookServiceService, webhookService(calls, webhooks)],
  ];
}
