/** The API: all its routes, what they rest on, and who may ask. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AlertDesk } from '../admission/alert-desk.js';
import type { AuditDesk } from '../admission/audit-desk.js';
import type { CallDesk } from '../admission/call-desk.js';
import type { CallIntake } from '../admission/call-intake.js';
import type { CallStatistics } from '../admission/call-statistics.js';
import type { Calls } from '../admission/calls.js';
import type { AdmissionState } from '../admission/check-call.js';
import type { Doorkeeper } from '../admission/doorkeeper.js';
import type { FraudNews } from '../admission/fraud-news.js';
import type { Log, WallClock } from '../admission/ports.js';
import type { RuleDesk } from '../admission/rule-desk.js';
import type { RulesInForce } from '../admission/rules-in-force.js';
import type { StatisticsDesk } from '../admission/statistics-desk.js';
import type { TokenDesk } from '../admission/token-desk.js';
import type { WebhookDesk } from '../admission/webhook-desk.js';
import type { RequestSignatures } from '../admission/webhook-ports.js';
import { alertRoutes } from './alert-routes.js';
import { allowlistRoutes } from './allowlist-routes.js';
import { auditRoutes } from './audit-routes.js';
import { blockRoutes } from './block-routes.js';
import { callRoutes } from './call-routes.js';
import { carrierRoutes } from './carrier-routes.js';
import { carrierWebhookRoute } from './carrier-webhook.js';
import { configRoutes } from './config-routes.js';
import { enforcementRoutes } from './enforcement-routes.js';
import { eventRoutes } from './event-routes.js';
import type { EventStreams } from './event-streams.js';
import { HEALTH_PATHS } from './health.js';
import { openApiDocument } from './openapi.js';
import { policyRoutes } from './policy-routes.js';
import { type Route, route } from './route.js';
import { guardRoutes, serveRoutes } from './route-server.js';
import { statsRoutes } from './stats-routes.js';
import { threatRoutes } from './threat-routes.js';
import { tokenRoutes } from './token-routes.js';
import { webhookRoutes } from './webhook-routes.js';

const NAME = 'acm-sidecar';

/** What the routes rest on. */
export interface ApiParts {
  readonly admission: {
    readonly intake: CallIntake;
    readonly calls: Calls;
    readonly state: AdmissionState;
  };
  /** Says who asks. */
  readonly keeper: Doorkeeper;
  readonly alerts: AlertDesk;
  readonly rules: RuleDesk;
  readonly tokens: TokenDesk;
  readonly audit: AuditDesk;
  readonly statistics: StatisticsDesk;
  readonly inForce: RulesInForce;
  readonly webhooks: WebhookDesk;
  readonly callDesk: CallDesk;
  readonly callStatistics: CallStatistics;
  readonly fraudNews: FraudNews;
  /** Of what other systems tell. */
  readonly signatures: RequestSignatures;
  readonly events: Pick<EventStreams, 'checkRoom' | 'open'>;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
  readonly now: () => Date;
  readonly wallClock: WallClock;
  readonly version: string;
}

/**
 * Who asks matters in this scope of the server only, not for /health, /metrics and /docs.
 * @param corsOrigins whose pages may ask.
 */
export function serveApi(
  server: FastifyInstance,
  parts: ApiParts,
  corsOrigins: readonly string[],
  log: Log,
): void {
  guardRoutes(server, parts.keeper, corsOrigins);
  server.addHook('onResponse', async (request, reply) => {
    const { id: requestId, method, routeOptions } = request;
    log.debug({ requestId, method, route: routeOptions.url, status: reply.statusCode }, 'answered over HTTP');
  });
  serveRoutes(server, apiRoutes(parts, log), log);
}

/** All routes, with the two that tell of them. */
export function apiRoutes(parts: ApiParts, log: Log): Route[] {
  const { admission, alerts, rules, inForce, tokens, audit, statistics, webhooks, events } = parts;
  const { callDesk: desk, callStatistics, fraudNews: news, signatures } = parts;
  const { nowMs, now, wallClock, version } = parts;
  const { state, intake } = admission;
  const routes = [
    ...callRoutes({ ...admission, nowMs }, log),
    ...carrierRoutes({ intake, desk, statistics: callStatistics }, log),
    carrierWebhookRoute({ news, signatures }),
    ...alertRoutes(alerts, now),
    ...threatRoutes({ state, wallClock, nowMs }),
    ...statsRoutes(statistics),
    ...eventRoutes(events),
    ...policyRoutes({ rules, inForce }),
    ...configRoutes({ policies: state.policies, rules }),
    ...enforcementRoutes({ rules, inForce }),
    ...allowlistRoutes(rules),
    ...blockRoutes(rules),
    ...tokenRoutes(tokens),
    ...auditRoutes(audit),
    ...webhookRoutes(webhooks),
  ];
  const all = [rootRoute(routes, version), ...routes];
  const document = openApiDocument(all, version);
  return [...all, documentRoute(document)];
}

function rootRoute(routes: readonly Route[], version: string): Route {
  const listed = routes.flatMap(({ method, paths }) =>
    paths.map((path) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
  );
  const probes = [...HEALTH_PATHS, '/metrics'].map((path) => `GET ${path}`);
  const endpoints = ['GET /', ...probes, 'GET /openapi.json', 'GET /docs', ...listed];
  return route({
    method: 'GET',
    paths: ['/'],
    tag: 'sidecar',
    summary: 'What is served here',
    scopes: [],
    input: z.object({}),
    answer: z.object({ name: z.string(), version: z.string(), endpoints: z.array(z.string()) }),
    errors: [],
    handle: () => ({ name: NAME, version, endpoints }),
  });
}

function documentRoute(document: object): Route {
  return route({
    method: 'GET',
    paths: ['/openapi.json'],
    tag: 'sidecar',
    summary: 'This document',
    scopes: [],
    input: z.object({}),
    answer: z.looseObject({ openapi: z.string() }),
    errors: [],
    handle: () => document as { openapi: string },
  });
}
