/** What people do with alerts: look, work on them, settle them, and let a false positive not happen again. */
import { randomUUID } from 'node:crypto';
import { AcmError, InvalidFieldError } from '../errors.js';
import type { Alert, AlertChange, AlertFile } from './alert.js';
import { checkText } from './call-attempt.js';
import type { AlertChanges } from './ports.js';
import type { RuleDesk } from './rule-desk.js';
import { checkAuthor, checkedNumber, checkPage } from './rule-input.js';
import type { AlertQuery, AlertStore, Page } from './store-ports.js';
import type { AllowlistProposal, StoredAllowlistEntry } from './stored-rules.js';

const NOTES_MAX = 10_000;
const ASSIGNEE_MAX = 64;
const DAY_MS = 86_400_000;
/** A proposed entry leaves the number without protection, so it ends by itself. */
const PROPOSED_DAYS = 7;
const ALLOW_DAYS_MAX = 365;

export interface ChangedAlert {
  readonly alert: Alert;
  /** For an alert that is a false positive now. */
  readonly proposal: AllowlistProposal | undefined;
  /** The entry that was asked for. */
  readonly allowed: StoredAllowlistEntry | undefined;
}

export class AlertDesk {
  constructor(
    private readonly store: AlertStore,
    private readonly rules: RuleDesk,
    private readonly now: () => Date,
    private readonly changes: Pick<AlertChanges, 'changed'>,
  ) {}

  /** @throws InvalidFieldError; AcmError ACM_STORE_UNAVAILABLE. */
  async list(query: AlertQuery): Promise<Page<Alert>> {
    checkPage(query);
    const { aNumber, bNumber, ...rest } = query;
    return this.store.list({
      ...rest,
      ...(aNumber === undefined ? {} : { aNumber: checkedNumber('a_number', aNumber) }),
      ...(bNumber === undefined ? {} : { bNumber: checkedNumber('b_number', bNumber) }),
    });
  }

  /** @throws AcmError ACM_NOT_FOUND, ACM_STORE_UNAVAILABLE. */
  async find(alertId: string): Promise<AlertFile> {
    const file = await this.store.find(checkedAlertId(alertId));
    if (file === undefined) throw new AcmError('ACM_NOT_FOUND', `there is no alert ${alertId}`);
    return file;
  }

  /**
   * Changes an alert. Settling it ends its incident, here before the answer and elsewhere within a second; a false
   * positive also lifts the blocks that it has made.
   * @param allowDays for a false positive: creates the proposed allowlist entry for so many days (1 to 365).
   * @throws InvalidFieldError; AcmError ACM_NOT_FOUND, ACM_CONFLICT, ACM_STORE_UNAVAILABLE.
   */
  async change(alertId: string, change: AlertChange, allowDays?: number): Promise<ChangedAlert> {
    checkChange(change);
    if (allowDays !== undefined) checkAllowDays(allowDays, change);
    const alert = await this.store.change(checkedAlertId(alertId), change, this.now());
    this.changes.changed(alert, change);
    const proposal = alert.status === 'FALSE_POSITIVE' ? proposalFor(alert) : undefined;
    if (change.status === 'FALSE_POSITIVE') await this.rules.liftBlocksOf(alert.alertId, change);
    const allowed =
      proposal === undefined || allowDays === undefined
        ? undefined
        : await this.rules.allowForAlert(
            alert.alertId,
            proposal,
            change,
            this.#inDays(allowDays),
            randomUUID(),
          );
    await this.rules.catchUp();
    return { alert, proposal, allowed };
  }

  #inDays(days: number): Date {
    return new Date(this.now().getTime() + days * DAY_MS);
  }
}

/** The narrowest scope that covers every call of the alert whoever calls: its B-number, for a limited time. */
function proposalFor(alert: Alert): AllowlistProposal {
  return {
    scope: { kind: 'b-number', digits: alert.bNumber },
    days: PROPOSED_DAYS,
    reason: `false positive: alert ${alert.alertId}`,
  };
}

function checkedAlertId(alertId: string): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(alertId))
    throw new InvalidFieldError('alert_id', 'is not the id of an alert');
  return alertId.toLowerCase();
}

function checkChange({ author, status, assignedTo, notes }: AlertChange): void {
  checkAuthor(author);
  if (status === undefined && assignedTo === undefined && notes === undefined)
    throw new InvalidFieldError('status', 'is missing, and so are notes and assigned_to: nothing to change');
  if (assignedTo !== undefined) checkText('assigned_to', assignedTo, ASSIGNEE_MAX);
  if (notes === undefined) return;
  if (notes.length > NOTES_MAX)
    throw new InvalidFieldError('notes', `has ${notes.length} characters; at most ${NOTES_MAX} are allowed`);
  if (notes.includes('\0')) throw new InvalidFieldError('notes', 'holds a NUL character');
  if (!notes.isWellFormed()) throw new InvalidFieldError('notes', 'holds half a character');
}

function checkAllowDays(days: number, { status }: AlertChange): void {
  if (!Number.isInteger(days) || days < 1 || days > ALLOW_DAYS_MAX)
    throw new InvalidFieldError('allow_days', `takes a whole number from 1 to ${ALLOW_DAYS_MAX}`);
  if (status !== 'FALSE_POSITIVE')
    throw new InvalidFieldError('allow_days', 'goes with the status FALSE_POSITIVE only');
}
