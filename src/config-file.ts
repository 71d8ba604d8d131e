/** The YAML file that `ACM_CONFIG` names: what has structure. Unknown keys are mistakes, since a misspelt one would be silent. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { SCOPES } from './admission/access.js';
import { isAddressRange } from './admission/address-ranges.js';
import { isKnownCountry } from './admission/numbering-plan.js';
import { REJECT_PROFILES } from './admission/reject-profile.js';
import { webhooksSchema } from './settings/webhook-schema.js';

/**
 * Emergency numbers, exempt unless `emergency_numbers` replaces them: 112 and 911 (ITU-T E.161.1) and what countries
 * use beside or instead of them. A number too many costs nothing; a missing one may cost a life.
 */
const EMERGENCY_NUMBERS = [
  '112',
  '911',
  '999',
  '000',
  '100',
  '101',
  '102',
  '103',
  '104',
  '106',
  '108',
  '110',
  '111',
  '113',
  '114',
  '115',
  '117',
  '118',
  '119',
  '120',
  '122',
  '123',
  '125',
  '128',
  '132',
  '133',
  '144',
  '150',
  '155',
  '158',
  '190',
  '191',
  '192',
  '193',
  '194',
  '195',
  '197',
  '198',
  '199',
  '767',
  '10111',
  '10177',
  '15',
  '17',
  '18',
];

/** YAML reads 0800 as the number 800, and 112 as no text at all. */
const calledNumber = z
  .string('takes a number in quotes, such as "112"')
  .min(1, 'is empty')
  .max(128, 'has more than 128 characters');

const trunkSchema = z.strictObject({
  name: z.string().min(1).max(64),
  sources: z
    .array(z.string().refine(isAddressRange, 'takes an address or a CIDR range, such as 10.1.0.0/16'))
    .default([]),
  country: z
    .string()
    .refine(isKnownCountry, 'takes an ISO 3166 country code in capitals, such as NG')
    .optional(),
  trust_identity: z.boolean().default(false),
  trust_diversion: z.boolean().default(false),
  reject_profile: z.enum(REJECT_PROFILES, 'takes "608", "603+", "603", "403" or "480", in quotes').optional(),
});

/** What the holder of a client certificate may do, by a name in the certificate. */
const identitySchema = z.strictObject({
  name: z.string().min(1).max(256),
  scopes: z.array(z.enum(SCOPES, `takes some of ${SCOPES.join(', ')}`)).min(1, 'is empty'),
});

/** Complains of two items of a list that share a name, whatever else is wrong with them. */
function namedOnce<T extends z.ZodType<readonly unknown[]>>(list: T, items: string) {
  return list.refine((value) => repeatedName(value) === undefined, {
    error: ({ input }) => `two ${items} are called "${repeatedName(input)}"`,
    when: ({ value }) => Array.isArray(value),
  });
}

function repeatedName(items: unknown): unknown {
  const names = (items as ({ name?: unknown } | null)[]).map((item) => item?.name);
  return names.find((name, i) => name !== undefined && names.indexOf(name) < i);
}

export const fileSchema = z.strictObject({
  trunks: namedOnce(z.array(trunkSchema).default([]), 'trunks'),
  identities: namedOnce(z.array(identitySchema).default([]), 'identities'),
  emergency_numbers: z.array(calledNumber).default(EMERGENCY_NUMBERS),
  exempt_numbers: z.array(calledNumber).default([]),
  webhooks: namedOnce(webhooksSchema.default([]), 'webhooks'),
  next_hop: z
    .string()
    .regex(/^sips?:[^\s<>]+$/, 'takes a SIP URI, such as sip:127.0.0.1:5080')
    .optional(),
});

/** The file, with defaults filled in. */
export type ConfigFile = z.output<typeof fileSchema>;

export const EMPTY_CONFIG_FILE: ConfigFile = fileSchema.parse({});

/** Reads the file; what is wrong with it goes into `mistakes`, and the empty file comes back. */
export function readConfigFile(path: string, mistakes: string[]): ConfigFile {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    mistakes.push(`ACM_CONFIG: ${path}: ${(error as Error).message.trim()}`);
    return EMPTY_CONFIG_FILE;
  }
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    mistakes.push(`ACM_CONFIG: ${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}`);
  }
  return EMPTY_CONFIG_FILE;
}
