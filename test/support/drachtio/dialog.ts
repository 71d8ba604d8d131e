import type { Application } from './application.js';
import type { ServerTransaction } from './server-transaction.js';
import { type Endpoint, endpointOf, makeVia, newBranch, tagOf, uriOf } from './sip-address.js';
import {
  cseqOf,
  type HeaderField,
  header,
  headerValues,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  splitList,
} from './sip-message.js';

export const MAX_FORWARDS = '70';

/** What a dialog consists of: RFC 3261 section 12. */
interface DialogState {
  readonly callId: string;
  /** Our From or To with its tag, as it stands in requests that we send. */
  readonly local: string;
  readonly remote: string;
  /** The tag of whoever sent the INVITE; with the Call-ID it is drachtio's dialog id. */
  readonly initiatorTag: string;
  readonly routeSet: readonly string[];
  /** The Contact that we gave. */
  readonly localContact: string;
  remoteTarget: string;
  /** CSeq of the last request that we sent. */
  localSeq: number;
}

export function dialogIdOf(callId: string, initiatorTag: string): string {
  return `${callId};from-tag=${initiatorTag}`;
}

/** A call, from the 2xx to the BYE. */
export class Dialog {
  readonly id: string;
  /** Our 2xx that waits for its ACK. */
  unacknowledged: ServerTransaction | undefined;
  /** CSeq of our INVITE whose 2xx the application is to acknowledge. */
  inviteSeq = 0;
  /** The ACK that we sent, repeated whenever the 2xx is. */
  acknowledgement: { readonly text: string; readonly to: Endpoint } | undefined;
  /** Our CANCEL came too late: after the ACK the server sends BYE by itself. */
  endsAfterAck = false;

  constructor(
    /** Gets the requests that arrive within the dialog. */
    readonly application: Application,
    private readonly state: DialogState,
  ) {
    this.id = dialogIdOf(state.callId, state.initiatorTag);
  }

  get localContact(): string {
    return this.state.localContact;
  }

  get remoteTarget(): string {
    return this.state.remoteTarget;
  }

  /** The next hop: the first route, else the remote target. Undefined if that is no loopback address. */
  get nextHop(): Endpoint | undefined {
    const [route] = this.state.routeSet;
    return endpointOf(route === undefined ? this.state.remoteTarget : uriOf(route));
  }

  matches(message: SipRequest): boolean {
    return (
      tagOf(header(message, 'To') ?? '') === tagOf(this.state.local) &&
      tagOf(header(message, 'From') ?? '') === tagOf(this.state.remote)
    );
  }

  /** A target refresh: the Contact of a re-INVITE or UPDATE, or of the response to ours (RFC 3261 section 12.2). */
  refreshTarget(message: SipMessage): void {
    if (!['INVITE', 'UPDATE'].includes(cseqOf(message).method)) return;
    const contact = header(message, 'Contact');
    if (contact !== undefined) this.state.remoteTarget = uriOf(splitList(contact)[0]);
  }

  /** A request within the dialog. An ACK takes the CSeq of the INVITE, any other request the next one. */
  request(
    own: Endpoint,
    method: string,
    uri: string,
    extra: readonly HeaderField[] = [],
    body = '',
  ): SipRequest {
    if (method !== 'ACK') this.state.localSeq++;
    const seq = method === 'ACK' ? this.inviteSeq : this.state.localSeq;
    const headers = [
      { name: 'Via', value: makeVia(own, newBranch()) },
      ...this.state.routeSet.map((value) => ({ name: 'Route', value })),
      { name: 'Max-Forwards', value: MAX_FORWARDS },
      { name: 'From', value: this.state.local },
      { name: 'To', value: this.state.remote },
      { name: 'Call-ID', value: this.state.callId },
      { name: 'CSeq', value: `${seq} ${method}` },
      ...extra,
    ];
    return { kind: 'request', method, uri, headers, body };
  }
}

/** The dialog that our 2xx to an INVITE creates: RFC 3261 section 12.1.1. */
export function dialogOfServer(application: Application, invite: SipRequest, success: SipResponse): Dialog {
  const remote = header(invite, 'From') ?? '';
  return new Dialog(application, {
    callId: header(invite, 'Call-ID') ?? '',
    local: header(success, 'To') ?? '',
    remote,
    initiatorTag: tagOf(remote) ?? '',
    routeSet: headerValues(invite, 'Record-Route'),
    localContact: header(success, 'Contact') ?? '',
    remoteTarget: uriOf(splitList(header(invite, 'Contact') ?? '')[0]),
    localSeq: cseqOf(invite).seq,
  });
}

/** The dialog that a 2xx to our INVITE creates: RFC 3261 section 12.1.2. */
export function dialogOfClient(application: Application, invite: SipRequest, success: SipResponse): Dialog {
  const local = header(invite, 'From') ?? '';
  const dialog = new Dialog(application, {
    callId: header(invite, 'Call-ID') ?? '',
    local,
    remote: header(success, 'To') ?? '',
    initiatorTag: tagOf(local) ?? '',
    routeSet: headerValues(success, 'Record-Route').reverse(),
    localContact: header(invite, 'Contact') ?? '',
    remoteTarget: uriOf(splitList(header(success, 'Contact') ?? invite.uri)[0]),
    localSeq: cseqOf(invite).seq,
  });
  dialog.inviteSeq = cseqOf(invite).seq;
  return dialog;
}

/** The dialogs in progress. They outlive the application's connection, as they do in drachtio-server. */
export class DialogTable {
  private readonly dialogs = new Map<string, Dialog>();

  get size(): number {
    return this.dialogs.size;
  }

  add(dialog: Dialog): void {
    this.dialogs.set(dialog.id, dialog);
  }

  find(id: string): Dialog | undefined {
    return this.dialogs.get(id);
  }

  /** The dialog that a received request belongs to, whichever side sent the INVITE. */
  findFor(request: SipRequest): Dialog | undefined {
    const callId = header(request, 'Call-ID') ?? '';
    const tags = [tagOf(header(request, 'From') ?? ''), tagOf(header(request, 'To') ?? '')];
    for (const tag of tags) {
      const dialog = tag === undefined ? undefined : this.dialogs.get(dialogIdOf(callId, tag));
      if (dialog?.matches(request)) return dialog;
    }
    return undefined;
  }

  /** Forgets a dialog; its 2xx, if still unacknowledged, is not repeated any more. */
  remove(dialog: Dialog): void {
    dialog.unacknowledged?.acknowledge();
    this.dialogs.delete(dialog.id);
  }
}
