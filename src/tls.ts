/** TLS material, and the rule that nobody listens beyond loopback without it unless told so. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { isLoopback } from './admission/ip-address.js';
import type { ClientTls } from './client/options.js';
import { ConfigError } from './errors.js';

/** PEM texts of one side of TLS. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Clients must present a certificate signed by one of these. */
  readonly clientCa: Buffer | undefined;
}

/** Paths of PEM files, as ACM_TLS_CERT, ACM_TLS_KEY and ACM_TLS_CLIENT_CA name them; '' for none. */
export interface TlsFiles {
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly tlsClientCa: string;
}

/** Reads what a server needs for TLS; undefined without a certificate. @throws ConfigError with every mistake. */
export function readServerTls({ tlsCert, tlsKey, tlsClientCa }: TlsFiles): TlsMaterial | undefined {
  if (tlsCert === '' && tlsKey === '' && tlsClientCa === '') return undefined;
  const mistakes: string[] = [];
  if (tlsCert === '') mistakes.push('ACM_TLS_CERT: is needed as well, for TLS');
  if (tlsKey === '') mistakes.push('ACM_TLS_KEY: is needed as well, for TLS');
  const cert = readPem('ACM_TLS_CERT', 'cert', tlsCert, mistakes);
  const key = readPem('ACM_TLS_KEY', 'key', tlsKey, mistakes);
  const clientCa = readPem('ACM_TLS_CLIENT_CA', 'ca', tlsClientCa, mistakes);
  checkPair('ACM_TLS_KEY', cert, key, mistakes);
  if (mistakes.length > 0 || cert === undefined || key === undefined) throw new ConfigError(mistakes);
  return { cert, key, clientCa };
}

/** Paths of PEM files, as ACM_CLIENT_TLS_CA, ACM_CLIENT_TLS_CERT and ACM_CLIENT_TLS_KEY, or others, name them; '' for none. */
export interface ClientTlsFiles {
  readonly clientTlsCa: string;
  readonly clientTlsCert: string;
  readonly clientTlsKey: string;
}

/**
 * Reads what a client needs for TLS; undefined for plaintext.
 * @param variables how the names of the variables begin.
 * @throws ConfigError with every mistake.
 */
export function clientTlsOf(
  { clientTlsCa, clientTlsCert, clientTlsKey }: ClientTlsFiles,
  variables: 'ACM_CLIENT_TLS' | 'LUMADB_GRPC_TLS' = 'ACM_CLIENT_TLS',
): ClientTls | undefined {
  const mistakes: string[] = [];
  if (clientTlsCert !== '' && clientTlsKey === '')
    mistakes.push(`${variables}_KEY: is needed as well, for ${variables}_CERT`);
  if (clientTlsCert === '' && clientTlsKey !== '')
    mistakes.push(`${variables}_CERT: is needed as well, for ${variables}_KEY`);
  const ca = readPem(`${variables}_CA`, 'ca', clientTlsCa, mistakes);
  const cert = readPem(`${variables}_CERT`, 'cert', clientTlsCert, mistakes);
  const key = readPem(`${variables}_KEY`, 'key', clientTlsKey, mistakes);
  checkPair(`${variables}_KEY`, cert, key, mistakes);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

/** Reads one PEM file; undefined for no path, or for one that cannot be used. What is wrong goes into `mistakes`. */
function readPem(
  variable: string,
  role: 'cert' | 'key' | 'ca',
  path: string,
  mistakes: string[],
): Buffer | undefined {
  if (path === '') return undefined;
  try {
    const pem = readFileSync(path);
    if (!pem.includes('-----BEGIN ')) throw new Error('holds no PEM text');
    createSecureContext({ [role]: pem });
    return pem;
  } catch (error) {
    mistakes.push(`${variable}: ${path}: ${(error as Error).message}`);
    return undefined;
  }
}

/** Complains about a private key that belongs to another certificate. */
function checkPair(
  variable: string,
  cert: Buffer | undefined,
  key: Buffer | undefined,
  mistakes: string[],
): void {
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    mistakes.push(`${variable}: is not the key of the certificate: ${(error as Error).message}`);
  }
}

/** Complains about a listener that anybody on the network could use without being asked who they are. */
export function exposureMistake(
  variable: string,
  host: string,
  tls: boolean,
  allowPlaintext: boolean,
): string[] {
  if (tls || allowPlaintext || isLoopback(host)) return [];
  return [
    `${variable}: ${host} is not loopback; set ACM_TLS_CERT and ACM_TLS_KEY, or ACM_ALLOW_PLAINTEXT=true to listen without TLS`,
  ];
}
