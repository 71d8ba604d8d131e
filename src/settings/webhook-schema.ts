/** `webhooks` in the YAML file: who elsewhere is told of alerts. */
import { z } from 'zod';

/** Each has a few connections and queues of its own. */
const WEBHOOKS_MAX = 16;
export const SECRET_MIN = 16;

const secret = z.string().min(SECRET_MIN, `takes ${SECRET_MIN} characters or more`);

const webhookSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,64}$/, 'takes 1 to 64 characters of a-z, 0-9 and -'),
    url: z.string().refine(isWebhookUrl, 'takes an https URL without a user or password in it'),
    secret: secret.optional(),
    secret_file: z.string().min(1, 'takes the path of a file').optional(),
    min_severity: z.enum(['MEDIUM', 'HIGH', 'CRITICAL'], 'takes MEDIUM, HIGH or CRITICAL').default('MEDIUM'),
    allow_private: z.boolean().default(false),
  })
  .refine(({ url, allow_private }) => allow_private || !url.toLowerCase().startsWith('http:'), {
    path: ['url'],
    error: 'takes http only together with allow_private: true',
  })
  .refine((webhook) => (webhook.secret === undefined) !== (webhook.secret_file === undefined), {
    path: ['secret'],
    error: 'is needed, or secret_file; not both',
  });

export const webhooksSchema = z
  .array(webhookSchema)
  .max(WEBHOOKS_MAX, `has more than ${WEBHOOKS_MAX} webhooks`);

function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
