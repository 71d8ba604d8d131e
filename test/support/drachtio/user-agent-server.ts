import { type Application, type Command, describeMessage } from './application.js';
import { applicationHeaders, defaultHeader, missingContentType } from './application-headers.js';
import { type Dialog, dialogIdOf, dialogOfServer } from './dialog.js';
import type { ServerTransaction } from './server-transaction.js';
import { type Endpoint, tagOf } from './sip-address.js';
import { Refusal, type SipCore } from './sip-core.js';
import { formatSipMessage, header, type SipRequest, type SipResponse } from './sip-message.js';
import { makeResponse } from './transaction-layer.js';

/** Methods that may begin something new; any other one needs a dialog, even an INFO with a To tag does not. */
const NEW_REQUEST_METHODS: ReadonlySet<string> = new Set([
  'INVITE',
  'REGISTER',
  'MESSAGE',
  'OPTIONS',
  'INFO',
  'NOTIFY',
  'SUBSCRIBE',
  'PUBLISH',
]);

/** A request that an application is to answer. */
interface IncomingRequest {
  readonly transaction: ServerTransaction;
  readonly application: Application;
  /** Empty for a new request other than INVITE, and for a BYE, whose dialog is over. */
  readonly dialogId: string;
  readonly dialog: Dialog | undefined;
  readonly forgetting: NodeJS.Timeout;
  isTouched: boolean;
}

/** Requests from the network: to an application and, by its responses, back. */
export class UserAgentServer {
  private readonly incoming = new Map<string, IncomingRequest>();

  constructor(
    private readonly core: SipCore,
    /** Ends a dialog with a BYE of the server's own. */
    private readonly hangUp: (dialog: Dialog, reason: string) => void,
  ) {}

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.core.dialogs.findFor(request);
    if (request.method === 'INVITE') this.core.layer.reply(transaction, 100, 'Trying');
    if (dialog !== undefined) this.onRequestInDialog(transaction, dialog);
    else if (isOrphan(request)) this.core.layer.reply(transaction, 481, 'Call/Transaction Does Not Exist');
    else if (isMalformed(request)) this.core.layer.reply(transaction, 400, 'Bad Request');
    else this.onNewRequest(transaction);
  }

  /** The ACK of our 2xx. */
  onAck(ack: SipRequest, source: Endpoint): void {
    const dialog = this.core.dialogs.findFor(ack);
    if (dialog === undefined) return;
    const transaction = dialog.unacknowledged;
    transaction?.acknowledge();
    dialog.unacknowledged = undefined;
    const text = formatSipMessage(ack);
    dialog.application.deliver(
      describeMessage('network', text, source),
      transaction?.id ?? '',
      dialog.id,
      text,
    );
  }

  /** Answers the cancelled INVITE, and only then tells the application, which has no more say in it. */
  onCancel(invite: ServerTransaction, cancel: SipRequest): void {
    this.core.layer.reply(invite, 487, 'Request Terminated');
    const incoming = this.take(invite.id);
    if (incoming === undefined) return;
    const text = formatSipMessage(cancel);
    const description = describeMessage('network', text, invite.source);
    incoming.application.deliver(description, invite.id, incoming.isTouched ? incoming.dialogId : '', text);
  }

  /** Sends an application's response. Throws a Refusal where no such request is waiting for one. */
  respond(application: Application, command: Command, message: SipResponse): void {
    const [transactionId] = command.arguments;
    const incoming = this.incoming.get(transactionId);
    if (incoming === undefined) throw new Refusal('Response not sent due to unknown transaction');
    const { transaction } = incoming;
    if (message.status < 200 && header(message, 'Require')?.includes('100rel')) {
      throw new Refusal('Remote endpoint does not support 100rel');
    }
    incoming.isTouched = true;
    clearTimeout(incoming.forgetting);
    const response = this.compose(transaction, message);
    if (message.status >= 200) this.incoming.delete(transactionId);
    const text = transaction.send(response) ?? '';
    if (message.status >= 200 && message.status < 300) this.confirm(incoming, response);
    const dialogId = transaction.request.method === 'BYE' ? '' : incoming.dialogId;
    const description = describeMessage('application', text, transaction.source);
    application.answer(
      command.id,
      'OK',
      description,
      transactionId,
      dialogId,
      '',
      'Msg sent:',
      `\r\n${text}`,
    );
  }

  /** Takes a request away from the application's answers, to be proxied; undefined if it has been answered at all. */
  takeUnanswered(transactionId: string): ServerTransaction | undefined {
    if (this.incoming.get(transactionId)?.isTouched !== false) return undefined;
    return this.take(transactionId)?.transaction;
  }

  close(): void {
    for (const { forgetting } of this.incoming.values()) clearTimeout(forgetting);
    this.incoming.clear();
  }

  private take(transactionId: string): IncomingRequest | undefined {
    const incoming = this.incoming.get(transactionId);
    clearTimeout(incoming?.forgetting);
    this.incoming.delete(transactionId);
    return incoming;
  }

  private onNewRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const application = this.core.applications.select(request.method);
    if (application === undefined) {
      this.core.layer.reply(transaction, 503, 'Service Unavailable');
      return;
    }
    const fromTag = tagOf(header(request, 'From') ?? '') ?? '';
    const dialogId = request.method === 'INVITE' ? dialogIdOf(header(request, 'Call-ID') ?? '', fromTag) : '';
    this.await(transaction, application, dialogId, undefined);
    const text = formatSipMessage(request);
    const description = describeMessage('network', text, transaction.source);
    application.deliver(description, transaction.id, '', text, this.core.own);
  }

  private onRequestInDialog(transaction: ServerTransaction, dialog: Dialog): void {
    const { request } = transaction;
    // The dialog ends with the BYE, not with the application's answer to it.
    if (request.method === 'BYE') this.core.dialogs.remove(dialog);
    if (!dialog.application.isConnected) {
      this.core.layer.reply(transaction, 481, 'Call/Transaction Does Not Exist');
      return;
    }
    this.await(transaction, dialog.application, dialog.id, dialog);
    const text = formatSipMessage(request);
    dialog.application.deliver(
      describeMessage('network', text, transaction.source),
      transaction.id,
      dialog.id,
      text,
    );
  }

  private await(
    transaction: ServerTransaction,
    application: Application,
    dialogId: string,
    dialog: Dialog | undefined,
  ): void {
    // drachtio-server drops a request that nobody answers; the caller hears nothing but the 100.
    const forgetting = setTimeout(() => {
      this.incoming.delete(transaction.id);
      transaction.end();
    }, this.core.layer.timers.unansweredMs);
    this.incoming.set(transaction.id, {
      transaction,
      application,
      dialogId,
      dialog,
      forgetting,
      isTouched: false,
    });
  }

  private compose(transaction: ServerTransaction, message: SipResponse): SipResponse {
    const { request } = transaction;
    transaction.toTag = tagOf(header(message, 'To') ?? '') ?? transaction.toTag;
    const isSuccess = message.status >= 200 && message.status < 300;
    const contact = `<sip:${this.core.own.address}:${this.core.own.port}>`;
    const extra = [
      ...(isSuccess && transaction.isInvite ? defaultHeader(message, 'Contact', contact) : []),
      ...applicationHeaders(message, this.core.own),
      ...missingContentType(message),
    ];
    return makeResponse(request, message.status, message.reason, transaction.toTag, extra, message.body);
  }

  /** A 2xx to an INVITE makes a dialog, or refreshes it, and is repeated until its ACK. */
  private confirm(incoming: IncomingRequest, response: SipResponse): void {
    const { transaction, application } = incoming;
    incoming.dialog?.refreshTarget(transaction.request);
    if (!transaction.isInvite) return;
    const dialog = incoming.dialog ?? dialogOfServer(application, transaction.request, response);
    if (incoming.dialog === undefined) this.core.dialogs.add(dialog);
    dialog.unacknowledged = transaction;
    transaction.repeatUntilAcknowledged(() => this.hangUp(dialog, 'ACK timeout'));
  }
}

/** A request within a dialog that does not exist, as far as its method tells. */
function isOrphan(request: SipRequest): boolean {
  if (!NEW_REQUEST_METHODS.has(request.method)) return true;
  return request.method === 'INVITE' && tagOf(header(request, 'To') ?? '') !== undefined;
}

function isMalformed(request: SipRequest): boolean {
  if (request.method !== 'INVITE') return false;
  return header(request, 'Contact') === undefined || tagOf(header(request, 'From') ?? '') === undefined;
}
