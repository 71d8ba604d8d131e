/** What a SidecarClient can be told, and how that becomes gRPC options. */
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  Metadata,
  type MetadataOptions,
} from '@grpc/grpc-js';
import type { BreakerOptions } from './circuit-breaker.js';

/** PEM files, read. */
export interface ClientTls {
  /** CA certificates to check the sidecar against; the system's when absent. */
  readonly ca?: Buffer;
  /** Certificate chain to present (mutual TLS); needs `key`. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** How to reach the sidecar and what to do without it. */
export interface SidecarClientOptions {
  /** `host:port`, or `unix:/path` of a socket. */
  readonly address: string;
  /** Turns TLS on. Default: plaintext, as befits one host. */
  readonly tls?: ClientTls;
  /** Access token to show with each call (`acm_...`). Default: none. */
  readonly token?: string;
  /** How long a call waits for its verdict, in milliseconds. Default 20. */
  readonly deadlineMs?: number;
  /** What to do with a call that has no verdict. Default `allow`. */
  readonly onFailure?: 'allow' | 'reject';
  /** When to stop asking a sidecar that fails; each part has a default of its own. */
  readonly breaker?: Partial<BreakerOptions>;
}

export const DEADLINE_MS_DEFAULT = 20;

/** Options of the gRPC channel: it notices a dead sidecar within seconds and a new one within about one. */
export const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.keepalive_permit_without_calls': 1,
  // The sidecar stands beside the switch; an http_proxy in the environment is meant for other things.
  'grpc.enable_http_proxy': 0,
};

/** gRPC credentials of the options' `tls`. */
export function credentialsOf(tls: ClientTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
}

/** Metadata of one call that shows a token; '' for none. */
export function metadataWith(token: string, options?: MetadataOptions): Metadata {
  const metadata = new Metadata(options);
  if (token !== '') metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}
