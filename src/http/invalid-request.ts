/** A request that does not have the shape that its schema asks for. */
import type { z } from 'zod';
import { AcmError } from '../errors.js';

/** Most complaints in one answer: a body of 1 MB can be wrong in very many places. */
const COMPLAINTS_MAX = 20;

/** What is wrong with one field. */
export interface Complaint {
  /** As it stands in the request, `events[3].b_number`; `body` for the whole of it. */
  readonly field: string;
  readonly detail: string;
}

/** Several fields may be wrong at once, unlike in an InvalidFieldError. */
export class InvalidRequestError extends AcmError {
  override readonly name = 'InvalidRequestError';
  readonly complaints: readonly Complaint[];

  /** @param issues with paths that begin with `params`, `query`, `headers` or `body`. */
  constructor(issues: readonly z.core.$ZodIssue[]) {
    const complaints = issues.flatMap(unfolded).slice(0, COMPLAINTS_MAX).map(complaintOf);
    super('ACM_INVALID_ARGUMENT', complaints.map(({ field, detail }) => `${field}: ${detail}`).join('; '));
    this.complaints = complaints;
  }
}

/** Of a value that takes several shapes: what is wrong with the one shape that was meant, if that can be told. */
function unfolded(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((issues) => issues.every(({ path }) => path.length > 0));
  if (meant.length !== 1) return [issue];
  return meant[0].map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function complaintOf({ path, message, ...issue }: z.core.$ZodIssue): Complaint {
  const [part = 'body', ...inner] = path;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => key.slice(0, 64)) : [];
  const steps = unknown.length === 1 ? [...inner, ...unknown] : inner;
  const field = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  const detail = unknown.length === 0 ? message.replace(/^Invalid input: /, '') : 'is not known here';
  return { field: field.replace(/^\./, '') || String(part), detail };
}

/** One item of a batch, validated by itself. @throws InvalidRequestError with fields as they stand in the item. */
export function checkedItem<T extends z.ZodType>(schema: T, item: unknown): z.output<T> {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(
    parsed.error.issues.map((issue) => ({ ...issue, path: ['body', ...issue.path] })),
  );
}
