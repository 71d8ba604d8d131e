/**
 * A protocol peer of OpenSIPS's mi_http: JSON-RPC 2.0 in POST requests on loopback, with the commands of the dialog,
 * statistics and core groups that the connector uses, their error codes, and both generations of names. Written from the
 * source of modules/mi_http, modules/dialog and mi/, and held against OpenSIPS 4.1. Left out: SIP itself (what parties are told is only noted), parameters
 * by position, asynchronous commands, clustering, and limits of the buffer.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type MiDialog, writeDialog } from './mi-dialog.js';

/** Which names of commands are known: those before 2026, those since with the old ones as aliases, or the new ones alone. */
export type Names = 'old' | 'both' | 'new';

/** A dialog stays until both sides have answered what they were told, in milliseconds. */
const ENDING_MS = 25;
const NEW_NAMES: Readonly<Record<string, string>> = {
  'dialog:list': 'dlg_list',
  'dialog:list_ctx': 'dlg_list_ctx',
  'dialog:end_dlg': 'dlg_end_dlg',
};

type Params = Readonly<Record<string, unknown>>;

/** An answer that is no result. */
class MiError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export interface MiCall {
  readonly fromTag: string;
  readonly aNumber: string;
  readonly bNumber: string;
  readonly values?: Readonly<Record<string, string>>;
}

export class OpensipsPeer {
  /** Its statistic of calls that went on without a verdict. */
  unscreened = 0;
  readonly #dialogs = new Map<string, MiDialog>();
  readonly #mute = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;
  #startedAt = '';
  #isFrozen = false;
  #starts = 0;

  constructor(private readonly names: Names = 'both') {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}/mi`;
  }

  /** Starts it, or starts it again on the same port, without any dialog. */
  async start(): Promise<void> {
    this.#startedAt = `Wed Nov 25 03:12:${String(10 + this.#starts++)} 2026`;
    const server = createServer((request, response) => void this.#serve(request, response));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Its calls are gone, and nobody is told. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#dialogs.clear();
    this.unscreened = 0;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Takes requests, and leaves them for later. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** What came meanwhile is as good as lost. */
  thaw(): void {
    this.#isFrozen = false;
    for (const response of this.#mute) response.destroy();
    this.#mute.clear();
  }

  /** A call comes in, and rings or is answered at once. */
  addCall(callId: string, state: 2 | 4, call: MiCall): MiDialog {
    const dialog: MiDialog = {
      id: `${randomUUID().slice(0, 3)}.${randomUUID().slice(0, 8)}`,
      callId,
      fromTag: call.fromTag,
      fromUri: `sip:${call.aNumber}@127.0.0.1`,
      toUri: `sip:${call.bNumber}@127.0.0.1`,
      values: call.values ?? {},
      answeredSeconds: state === 4 ? Math.floor(Date.now() / 1_000) : 0,
      state,
      told: { caller: '', callee: '' },
    };
    this.#dialogs.set(dialog.id, dialog);
    return dialog;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.#isFrozen) {
      this.#mute.add(response);
      return;
    }
    const body = Buffer.concat(chunks).toString();
    // httpd knows what to do with JSON alone, and hangs up on anything else.
    if (request.headers['content-type'] !== 'application/json') return void response.destroy();
    if (request.method !== 'POST') response.writeHead(405).end();
    else if (body === '') response.writeHead(400).end();
    else this.#answer(body, response);
  }

  #answer(body: string, response: ServerResponse): void {
    let id: unknown = null;
    let answer: object;
    try {
      const { method, params = {}, ...rest } = JSON.parse(body);
      id = rest.id;
      answer = { jsonrpc: '2.0', result: this.#run(method, params), id };
    } catch (error) {
      const { code, message } = error instanceof MiError ? error : new MiError(-32_700, 'Parse error');
      answer = { jsonrpc: '2.0', error: { code, message }, id };
    }
    // A request without an id is a notification.
    if (id === undefined) response.writeHead(202).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #run(method: string, params: Params): unknown {
    const isNew = method.includes(':');
    const name = NEW_NAMES[method] ?? method;
    if (name.startsWith('dlg_') && this.names === (isNew ? 'old' : 'new')) throw unknownMethod();
    switch (name) {
      case 'uptime':
        return { Now: this.#startedAt, 'Up since': this.#startedAt, 'Up time': '1 [sec]' };
      case 'get_statistics':
        return { 'script:acm_unscreened': this.unscreened };
      case 'dlg_list':
        return this.#list(params, false);
      case 'dlg_list_ctx':
        return this.#list(params, true);
      case 'dlg_end_dlg':
        return this.#end(String(params['dialog_id']), String(params['extra_hdrs'] ?? ''));
      default:
        throw unknownMethod();
    }
  }

  #list({ callid, from_tag, index, counter }: Params, withContext: boolean): object {
    if (typeof callid === 'string') {
      const dialog = [...this.#dialogs.values()].find(
        (each) => each.callId === callid && (from_tag === undefined || each.fromTag === from_tag),
      );
      if (dialog === undefined || dialog.state === 5) throw new MiError(404, 'No such dialog');
      return { Dialog: writeDialog(dialog, withContext) };
    }
    const all = [...this.#dialogs.values()].map((dialog) => writeDialog(dialog, withContext));
    if (typeof index !== 'number' || typeof counter !== 'number') return { Dialogs: all };
    return { count: all.length, Dialogs: all.slice(index, index + counter) };
  }

  /** Says that it was understood, and does it after that. */
  #end(dialogId: string, extraHeaders: string): string {
    const dialog =
      this.#dialogs.get(dialogId) ?? [...this.#dialogs.values()].find(({ callId }) => callId === dialogId);
    if (dialog === undefined) throw new MiError(404, 'Requested Dialog not found');
    if (dialog.state === 5) throw new MiError(500, 'Operation failed');
    const isEarly = dialog.state <= 2;
    // The headers are for BYE alone: CANCEL and what the caller hears of it have none.
    dialog.told.callee = isEarly ? 'CANCEL' : `BYE ${extraHeaders}`;
    dialog.told.caller = isEarly ? '487' : `BYE ${extraHeaders}`;
    setTimeout(() => {
      dialog.state = 5;
      this.#dialogs.delete(dialog.id);
    }, ENDING_MS);
    return 'OK';
  }
}

function unknownMethod(): MiError {
  return new MiError(-32_601, 'Method not found');
}
