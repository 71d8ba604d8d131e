/** What an environment variable is, and the kinds of values that there are. */
import { z } from 'zod';

/** One environment variable: what docs/configuration.md and `acm config check` say about it. */
export interface Setting {
  readonly name: string;
  /** As text, the way it would stand in the environment. */
  readonly default: string;
  readonly unit: string;
  /** What it takes, in words; ends the complaint about a bad value. */
  readonly takes: string;
  readonly sentence: string;
  /** The processes that read it; client commands are all those that ask a running sidecar. */
  readonly usedBy: readonly ('serve' | 'sip-agent' | 'client commands' | 'simulate' | 'lumadb-gateway')[];
  readonly secret?: true;
  readonly schema: z.ZodType;
}

type Process = Setting['usedBy'][number];
export const SERVE: readonly Process[] = ['serve'];
export const AGENT: readonly Process[] = ['sip-agent'];
export const CLIENTS: readonly Process[] = ['sip-agent', 'client commands'];
export const BOTH: readonly Process[] = ['serve', 'sip-agent'];
/** What listens for others, and what keeps running. */
export const SERVERS: readonly Process[] = ['serve', 'lumadb-gateway'];
export const ALL: readonly Process[] = ['serve', 'sip-agent', 'lumadb-gateway'];
export const GATEWAY: readonly Process[] = ['lumadb-gateway'];

export function integer(min: number, max: number) {
  const takes = `a whole number from ${min} to ${max}`;
  return { takes, schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max)) };
}

export function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  return { takes: values.join(' | '), schema: z.enum(values) };
}

export const flag = { takes: 'true | false', schema: z.stringbool() };
export const text = { takes: 'text, or nothing', schema: z.string() };
export const file = { takes: 'the path of a file, or nothing', schema: z.string() };
export const httpUrl = {
  takes: 'an http or https URL, or nothing',
  schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
};
export const listenAddress = {
  takes: 'host:port, an IPv6 host in square brackets',
  schema: z
    .string()
    .regex(/^(\[[\da-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/)
    .refine((value) => portOf(value) <= 65_535),
};
export const optionalAddress = {
  takes: `${listenAddress.takes}, or nothing`,
  schema: z.union([z.literal(''), listenAddress.schema]),
};
export const dialAddress = {
  takes: 'host:port, or unix:/path of a socket',
  schema: z.union([z.string().regex(/^unix:\/.+/), listenAddress.schema]),
};

export const origins = {
  takes:
    'exact origins such as https://noc.example:8443, comma-separated, or nothing (* would let in every page)',
  schema: z
    .string()
    .transform((value) => (value === '' ? [] : value.split(',').map((each) => each.trim())))
    .pipe(z.array(z.string().refine(isOrigin))),
};

/** As browsers write it: scheme, host and a port that is not the usual one, nothing else. */
function isOrigin(value: string): boolean {
  return /^https?:[^*]+$/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}

/** The port of `host:port`. */
function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
