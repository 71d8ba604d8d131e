/** Certificates for tests, made by the openssl command: a CA, a server at 127.0.0.1 and localhost, a client, and a stranger's client. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of one certificate (PEM) and its private key (PEM). */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** Directory that holds everything; remove() deletes it. */
  readonly directory: string;
  /** Path of the CA's certificate. */
  readonly ca: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
  /** Signed by a CA that nobody trusts. */
  readonly stranger: KeyPair;
  remove(): void;
}

const DAYS = '2';

export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'acm-certificates-'));
  const ca = selfSigned(directory, 'ca');
  const strangersCa = selfSigned(directory, 'strangers-ca');
  return {
    directory,
    ca: ca.cert,
    server: signed(directory, 'server', ca, 'subjectAltName=DNS:localhost,IP:127.0.0.1'),
    client: signed(directory, 'client', ca, 'extendedKeyUsage=clientAuth'),
    stranger: signed(directory, 'stranger', strangersCa, 'extendedKeyUsage=clientAuth'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function pathsOf(directory: string, name: string): KeyPair {
  return { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
}

function selfSigned(directory: string, name: string): KeyPair {
  const { cert, key } = pathsOf(directory, name);
  openssl('req', '-x509', ...NEW_KEY, '-days', DAYS, '-subj', `/CN=${name}`, '-keyout', key, '-out', cert);
  return { cert, key };
}

function signed(directory: string, name: string, issuer: KeyPair, extension: string): KeyPair {
  const { cert, key } = pathsOf(directory, name);
  const request = join(directory, `${name}.csr`);
  const extensions = join(directory, `${name}.ext`);
  writeFileSync(extensions, `${extension}\n`);
  openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
  const authority = ['-CA', issuer.cert, '-CAkey', issuer.key, '-CAcreateserial'];
  openssl('x509', '-req', '-in', request, ...authority, '-days', DAYS, '-extfile', extensions, '-out', cert);
  return { cert, key };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe', timeout: 20_000 });
}

/** The text of a PEM file. */
export function pem(path: string): Buffer {
  return readFileSync(path);
}
