/**
 * What it takes to ask for each thing that the sidecar serves. A method or route that is added gets a line here, with the
 * scopes of which one suffices; test/contract/scopes.test.ts finds out by itself what is served, and asks for all of it.
 */
import type { Scope } from '../../src/admission/access.js';

/** What the holder of one scope may do, in full. */
export const MAY: Readonly<Record<Scope, readonly Scope[]>> = {
  check: ['check'],
  switch: ['switch'],
  'events:write': ['events:write'],
  'alerts:read': ['alerts:read'],
  'alerts:write': ['alerts:read', 'alerts:write'],
  'policy:read': ['policy:read'],
  'policy:write': ['policy:read', 'policy:write'],
  admin: [
    'check',
    'switch',
    'events:write',
    'alerts:read',
    'alerts:write',
    'policy:read',
    'policy:write',
    'admin',
  ],
};

/** What everybody may ask for, from anywhere, without saying who they are. */
const OPEN: readonly Scope[] = [];

export const GRPC_METHODS: Readonly<Record<string, readonly Scope[]>> = {
  'DetectionService/CheckCall': ['check'],
  'DetectionService/CheckCalls': ['check'],
  'DetectionService/ReportCallState': ['switch'],
  'DetectionService/WatchDisconnects': ['switch'],
  'DetectionService/ConfirmDisconnect': ['switch'],
  'AlertService/ListAlerts': ['alerts:read'],
  'AlertService/GetAlert': ['alerts:read'],
  'AlertService/UpdateAlert': ['alerts:write'],
  'PolicyService/ListPolicies': ['policy:read'],
  'PolicyService/SetPolicy': ['policy:write'],
  'PolicyService/RemovePolicy': ['policy:write'],
  'PolicyService/ExplainPolicy': ['policy:read'],
  'PolicyService/GetEnforcement': ['policy:read'],
  'PolicyService/SetEnforcement': ['policy:write'],
  'AllowlistService/ListAllowlistEntries': ['policy:read'],
  'AllowlistService/AddAllowlistEntries': ['policy:write'],
  'AllowlistService/RemoveAllowlistEntry': ['policy:write'],
  'AllowlistService/SetAllowlistExpiry': ['policy:write'],
  'BlockService/ListBlocks': ['policy:read'],
  'BlockService/AddBlocks': ['policy:write'],
  'BlockService/RemoveBlock': ['policy:write'],
  'BlockService/SetBlockExpiry': ['policy:write'],
  'TokenService/ListTokens': ['admin'],
  'TokenService/CreateToken': ['admin'],
  'TokenService/RevokeToken': ['admin'],
  'AuditService/ListAuditEntries': ['admin'],
};

/** As /openapi.json names them. */
export const HTTP_OPERATIONS: Readonly<Record<string, readonly Scope[]>> = {
  'GET /': OPEN,
  'GET /openapi.json': OPEN,
  'GET /health': OPEN,
  'GET /metrics': OPEN,
  'POST /acm/call': ['check', 'events:write'],
  'POST /event': ['check', 'events:write'],
  'POST /acm/calls/batch': ['check', 'events:write'],
  'POST /events/batch': ['check', 'events:write'],
  'GET /acm/alerts': ['alerts:read'],
  'GET /acm/alerts/{id}': ['alerts:read'],
  'PATCH /acm/alerts/{id}': ['alerts:write'],
  'GET /acm/threat': ['alerts:read'],
  'GET /acm/threats': ['alerts:read'],
  'GET /acm/stats': ['alerts:read'],
  'GET /stats': ['alerts:read'],
  'GET /acm/config': ['policy:read'],
  'POST /acm/config': ['policy:write'],
  'GET /acm/tokens': ['admin'],
  'POST /acm/tokens': ['admin'],
  'DELETE /acm/tokens/{id}': ['admin'],
  'GET /acm/audit': ['admin'],
};
