/** The services for people and their tools, as a gRPC server takes them. */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { AlertDesk } from '../admission/alert-desk.js';
import type { AuditDesk } from '../admission/audit-desk.js';
import type { CallDesk } from '../admission/call-desk.js';
import type { Log } from '../admission/ports.js';
import type { RuleDesk } from '../admission/rule-desk.js';
import type { RulesInForce } from '../admission/rules-in-force.js';
import type { StatisticsDesk } from '../admission/statistics-desk.js';
import type { TokenDesk } from '../admission/token-desk.js';
import type { WebhookDesk } from '../admission/webhook-desk.js';
import { AuditServiceService, TokenServiceService } from '../gen/acm/v1/access.js';
import { CallServiceService } from '../gen/acm/v1/calls.js';
import {
  AlertServiceService,
  AllowlistServiceService,
  BlockServiceService,
  PolicyServiceService,
} from '../gen/acm/v1/management.js';
import { StatsServiceService } from '../gen/acm/v1/stats.js';
import { WebhookServiceService } from '../gen/acm/v1/webhook.js';
import { alertService } from './alert-service.js';
import { allowlistService } from './allowlist-service.js';
import { auditService } from './audit-service.js';
import { blockService } from './block-service.js';
import { callService } from './call-service.js';
import type { Door } from './door.js';
import { ManagementCalls } from './management-calls.js';
import { policyService } from './policy-service.js';
import { statsService } from './stats-service.js';
import { tokenService } from './token-service.js';
import { webhookService } from './webhook-service.js';

export interface ManagementParts {
  readonly alerts: AlertDesk;
  readonly rules: RuleDesk;
  readonly tokens: TokenDesk;
  readonly audit: AuditDesk;
  readonly statistics: StatisticsDesk;
  readonly webhooks: WebhookDesk;
  readonly callDesk: CallDesk;
  readonly inForce: RulesInForce;
  readonly log: Log;
}

export const MANAGEMENT_SERVICES = [
  'acm.v1.AlertService',
  'acm.v1.PolicyService',
  'acm.v1.AllowlistService',
  'acm.v1.BlockService',
  'acm.v1.TokenService',
  'acm.v1.AuditService',
  'acm.v1.StatsService',
  'acm.v1.WebhookService',
  'acm.v1.CallService',
] as const;

/** Every management service with its handlers, for callers who come in by one door. */
export function managementServices(
  { alerts, rules, tokens, audit, statistics, webhooks, callDesk, inForce, log }: ManagementParts,
  door: Door,
): readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[] {
  const calls = new ManagementCalls(door, log);
  return [
    [AlertServiceService, alertService(calls, alerts)],
    [PolicyServiceService, policyService(calls, rules, inForce)],
    [AllowlistServiceService, allowlistService(calls, rules)],
    [BlockServiceService, blockService(calls, rules)],
    [TokenServiceService, tokenService(calls, tokens)],
    [AuditServiceService, auditService(calls, audit)],
    [StatsServiceService, statsService(calls, statistics)],
    [WebhookServiceService, webhookService(calls, webhooks)],
    [CallServiceService, callService(calls, callDesk)],
  ];
}
