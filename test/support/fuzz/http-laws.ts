/** What holds of every answer over HTTP, whatever was asked. */
import type { RawAnswer } from './http-answer.js';
import { leakIn, leakInRefusal } from './leaks.js';

const PROBLEM_TYPE = 'application/problem+json';

/** @param bodiless for the answer to HEAD. @returns what is wrong with it. */
export function complaintAbout(answer: RawAnswer, bodiless: boolean): string | undefined {
  const { status, head } = answer;
  if (status >= 500) return `${status}: ${answer.body.toString('utf8', 0, 400)}`;
  if (status < 400) return giving(leakIn(head + answer.body.toString()), answer);
  return giving(leakInRefusal(head + answer.body.toString()), answer) ?? refusalComplaint(answer, bodiless);
}

function giving(leak: string | undefined, { status }: RawAnswer): string | undefined {
  return leak === undefined ? undefined : `${status} gives away: ${leak}`;
}

function refusalComplaint({ status, headers, body }: RawAnswer, bodiless: boolean): string | undefined {
  const type = headers.get('content-type');
  if (type !== PROBLEM_TYPE) return `${status} is ${type}: ${body.toString('utf8', 0, 200)}`;
  if (headers.get('x-content-type-options') !== 'nosniff') return `${status} lacks x-content-type-options`;
  return bodiless ? undefined : problemComplaint(status, body);
}

interface Problem {
  readonly status?: unknown;
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly errors?: readonly { readonly field?: unknown; readonly detail?: unknown }[];
}

function problemComplaint(status: number, body: Buffer): string | undefined {
  const text = body.toString();
  let problem: Problem;
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    return `${status} is no JSON: ${text.slice(0, 200)}`;
  }
  const { title, detail, errors = [] } = problem;
  if (problem.status !== status) return `${status} says that it is ${problem.status}`;
  if (!isText(title) || !isText(detail)) return `${status} lacks a title or a detail: ${text.slice(0, 200)}`;
  const named = errors.length > 0 && errors.every((each) => isText(each.field) && isText(each.detail));
  return status === 422 && !named ? `422 names no field: ${text.slice(0, 200)}` : undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
