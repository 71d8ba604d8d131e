/** Values as people would give them, one case for each thing that the chart can be asked for. */
import type { Values } from './chart.js';

const HASH = 'a'.repeat(64);
const key = (name: string, of = 'value') => ({ name, key: of });

/** A gateway with tokens over TLS, and sidecars that fit it. */
const GATEWAY_WITH_TOKENS = {
  gateway: {
    enabled: true,
    secrets: { ACM_GATEWAY_DATABASE_URL: key('acm-gateway-db', 'url') },
    tokenHashes: [HASH, 'b'.repeat(64)],
    tls: { secretName: 'acm-gateway-tls' },
  },
};

const AGENT = { sipAgent: { enabled: true } };
const TOKEN = { secrets: { LUMADB_GRPC_TOKEN: key('acm-gateway-token', 'token') } };

export const MATRIX: Record<string, Values> = {
  'nothing given': {},
  'Kamailio over HTTP': {
    switch: { kamailio: { asks: 'http' } },
    sidecar: { settings: { ACM_KAMAILIO_SWITCH_ID: 'lagos-1' } },
  },
  'Kamailio with the SIP agent': {
    switch: { kamailio: { asks: 'agent' } },
    sidecar: {
      sipAgent: { enabled: true, settings: { ACM_CHECK_DEADLINE_MS: 15, ACM_ON_FAILURE: 'allow' } },
    },
  },
  'Kamailio told of emergency numbers and definitions': {
    switch: {
      nextHop: 'sip:sbc.example.com:5060;transport=tcp',
      advertise: '203.0.113.5:5060',
      kamailio: { definitions: ['ACM_DEADLINE_MS="200"'] },
    },
    sidecar: { file: { emergency_numbers: ['112', '*911'] } },
  },
  FreeSWITCH: { switch: { kind: 'freeswitch' } },
  'FreeSWITCH with a password of its own, behind NAT': {
    switch: { kind: 'freeswitch', advertise: '203.0.113.5:5060', freeswitch: { rtpPorts: [20000, 20099] } },
    sidecar: { secrets: { ACM_ESL_PASSWORD: key('esl', 'password') } },
    networkPolicy: { enabled: true },
  },
  'drachtio-server as the switch': {
    switch: { kind: 'none', nextHop: 'sip:192.0.2.10:5060', port: 5070 },
    sidecar: {
      sipAgent: {
        enabled: true,
        secrets: { ACM_DRACHTIO_SECRET: key('drachtio', 'secret') },
        settings: { ACM_DRAIN_MS: 20000 },
      },
      drachtio: { externalIp: '203.0.113.5' },
    },
    networkPolicy: { enabled: true },
    monitoring: { podMonitor: { enabled: true } },
  },
  'the gateway alone': { switch: { kind: 'none' }, ...GATEWAY_WITH_TOKENS },
  'a gateway with tokens': { ...GATEWAY_WITH_TOKENS, sidecar: TOKEN },
  'a gateway with client certificates': {
    gateway: {
      enabled: true,
      secrets: { ACM_GATEWAY_DATABASE_URL: key('acm-gateway-db', 'url') },
      tls: { secretName: 'acm-gateway-tls', clientCertificates: true },
    },
    sidecar: { reconciliation: { tls: { secretName: 'acm-client-tls', clientCertificate: true } } },
  },
  'a gateway without TLS, its tokens in a Secret': {
    gateway: {
      enabled: true,
      allowPlaintext: true,
      secrets: {
        ACM_GATEWAY_DATABASE_URL: key('acm-gateway-db', 'url'),
        ACM_GATEWAY_TOKEN_HASHES: key('acm-gateway-token', 'hashes'),
      },
    },
    sidecar: TOKEN,
  },
  'a gateway that grows, everything watched and fenced': {
    gateway: {
      ...GATEWAY_WITH_TOKENS.gateway,
      autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 9 },
    },
    sidecar: {
      ...AGENT,
      secrets: { ...TOKEN.secrets, DATABASE_URL: key('acm-db', 'url') },
      tls: { secretName: 'acm-tls' },
    },
    switch: { kamailio: { asks: 'agent' }, service: { type: 'LoadBalancer' } },
    networkPolicy: {
      enabled: true,
      sipFrom: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
      sipTo: [{ ipBlock: { cidr: '198.51.100.0/24' } }],
      databaseTo: [{ podSelector: { matchLabels: { app: 'postgres' } } }],
      clientsFrom: [{ podSelector: { matchLabels: { app: 'dashboard' } } }],
      extraEgress: [{ ports: [{ port: 443, protocol: 'TCP' }] }],
    },
    monitoring: {
      podMonitor: { enabled: true, labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
      dashboard: { enabled: true },
    },
  },
  'an exchange elsewhere': {
    sidecar: {
      ...TOKEN,
      reconciliation: { host: 'luma.example.com', port: 6443, tls: { secretName: 'luma-ca' } },
    },
    networkPolicy: { enabled: true },
  },
  'mutual TLS beyond loopback': { sidecar: { tls: { secretName: 'acm-tls' } } },
  'numbers as hashes, and every kind of setting': {
    sidecar: {
      settings: {
        ACM_NUMBER_PRIVACY: 'hash',
        ACM_WINDOW_CAPACITY: 5000000,
        ACM_AUTO_DISCONNECT: true,
        ACM_ENFORCEMENT: 'shadow',
        ACM_REJECT_PROFILE: 608,
        ACM_REJECT_URL: 'https://example.com/complain',
        ACM_DRAIN_MS: 60000,
        API_CORS_ORIGINS: 'https://noc.example.com',
        LUMADB_PG_HOST: 'db.example.com',
      },
      secrets: {
        ACM_NUMBER_PRIVACY_KEY: key('acm-privacy', 'key'),
        LUMADB_PG_PASSWORD: key('acm-db', 'password'),
      },
    },
  },
  'trunks, webhooks and their secrets': {
    sidecar: {
      secretFiles: 'acm-webhooks',
      file: {
        trunks: [{ name: 'lagos', sources: ['192.0.2.0/24'], country: 'NG', trust_identity: true }],
        identities: [{ name: 'noc.example', scopes: ['alerts:write'] }],
        exempt_numbers: ['+2348001234567'],
        webhooks: [
          {
            name: 'siem',
            url: 'https://siem.example.com/acm',
            secret_file: '/etc/acm/secrets/siem',
            min_severity: 'HIGH',
          },
        ],
      },
    },
  },
  'names that YAML would take for numbers': {
    nameOverride: '608',
    fullnameOverride: 'masking',
    serviceAccount: { create: false, name: '1e3' },
    gateway: { ...GATEWAY_WITH_TOKENS.gateway, tls: { secretName: '443' } },
    sidecar: {
      secrets: { DATABASE_URL: key('5432', '1'), LUMADB_GRPC_TOKEN: key('50051', '0x1') },
      secretFiles: '123',
      tls: { secretName: '5001' },
    },
    switch: { service: { type: 'LoadBalancer', loadBalancerIP: '2001:db8::' } },
  },
  'images of a registry of their own': {
    imagePullSecrets: [{ name: 'registry' }],
    sidecar: {
      image: { repository: 'registry.example.com/acm-sidecar', digest: `sha256:${'c'.repeat(64)}` },
    },
    switch: { kamailio: { image: { repository: 'registry.example.com/kamailio', tag: '6.1.3' } } },
  },
  'other resources, places and names': {
    fullnameOverride: 'masking',
    extraLabels: { team: 'voice' },
    serviceAccount: { create: false },
    sidecar: {
      resources: { requests: { cpu: 2, memory: '4Gi' }, limits: { memory: '8Gi' } },
      readinessProbe: false,
      startupAttempts: 120,
      runAsUser: 20000,
      runAsGroup: 20000,
      dataVolume: { persistentVolumeClaim: { claimName: 'acm' } },
      health: { port: 9086 },
    },
    switch: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      drainSeconds: 0,
      nodeSelector: { voice: 'true' },
      tolerations: [{ key: 'voice', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      podAnnotations: { 'example.com/team': 'voice' },
      podDisruptionBudget: { enabled: false },
      service: { type: 'NodePort', externalTrafficPolicy: 'Cluster', annotations: { 'example.com/a': 'b' } },
    },
  },
  'values that were taken back': {
    sidecar: {
      settings: { LOG_LEVEL: null },
      secrets: { DATABASE_URL: null },
      tls: { secretName: null },
      reconciliation: { tls: { secretName: null } },
      secretFiles: null,
      image: { digest: null },
    },
    switch: {
      advertise: null,
      tolerations: null,
      topologySpreadConstraints: null,
      service: { loadBalancerIP: null },
      kamailio: { definitions: null },
    },
    gateway: { tokenHashes: null, tls: { secretName: null } },
    networkPolicy: { enabled: true, sipFrom: null, monitoringFrom: null, extraEgress: null },
  },
  'no store at all': { sidecar: { settings: { ACM_DATA_DIR: 'none' } } },
  'pods with IPv6 only, on the network of the node': {
    switch: { ipv6: true, hostNetwork: true },
    sidecar: { listenHost: '[::]' },
  },
};
