import type { ApplicationTable } from './application-table.js';
import type { DialogTable } from './dialog.js';
import type { Endpoint } from './sip-address.js';
import type { TransactionLayer } from './transaction-layer.js';

/** What the user agents and the proxy share. */
export interface SipCore {
  /** Where this peer receives SIP. */
  readonly own: Endpoint;
  readonly layer: TransactionLayer;
  readonly dialogs: DialogTable;
  readonly applications: ApplicationTable;
}

/** A command that cannot be carried out; its message is what the application reads after `NOK|`. */
export class Refusal extends Error {}
