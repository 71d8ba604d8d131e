/** Who may ask what, as the OpenAPI document says it. */
import type { Scope } from '../admission/access.js';
import type { Json } from './openapi-schemas.js';

export const SECURITY_SCHEMES = {
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'acm_...',
    description:
      'An access token. Its scopes say what it may ask; each operation names those of which one suffices.',
  },
  certificate: {
    type: 'mutualTLS',
    description: 'A client certificate that is signed by the CA of the sidecar (ACM_TLS_CLIENT_CA).',
  },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'acm-signature',
    description:
      'A signature over the body by a secret that both sides have; the operation says how it is made.',
  },
} as const;

/** What takes a signature, and nothing else. */
export const SIGNED: Json[] = [{ signature: [] }];

/** A token with one of the scopes, or a certificate; nothing for what is open to everybody. */
export function securityOf(scopes: readonly Scope[]): Json[] {
  const oneOf = (name: 'token' | 'certificate') => scopes.map((scope) => ({ [name]: [scope] }));
  return [...oneOf('token'), ...oneOf('certificate')];
}
