/** drachtio-srf for unit tests: messages, dialogs and a stack that do what a test tells them. */
import type {
  B2buaOptions,
  ConnectOptions,
  Headers,
  InDialogRequest,
  Legs,
  SipDialog,
  SipRequest,
  SipResponse,
  SipStack,
} from '../../src/sip/stack.js';

/** A message as it stands on the wire. */
export function rawMessage(startLine: string, fields: readonly string[], body = ''): string {
  return `${[startLine, ...fields].join('\r\n')}\r\n\r\n${body}`;
}

function fieldOf(raw: string, name: string): string | undefined {
  const fields = (raw.split('\r\n\r\n')[0] ?? '').split('\r\n').slice(1);
  const wanted = `${name.toLowerCase()}:`;
  const values = fields.filter((field) => field.toLowerCase().startsWith(wanted));
  return values.length === 0 ? undefined : values.map((value) => value.slice(wanted.length).trim()).join(',');
}

export class FakeRequest implements SipRequest {
  readonly cancels: Headers[] = [];
  readonly source_address: string;
  readonly #cancelListeners: (() => void)[] = [];

  constructor(
    readonly method: string,
    readonly uri: string,
    readonly fields: readonly string[],
    readonly body = '',
    sourceAddress = '192.0.2.1',
  ) {
    this.source_address = sourceAddress;
  }

  get raw(): string {
    return rawMessage(`${this.method} ${this.uri} SIP/2.0`, this.fields, this.body);
  }

  get(name: string): string | undefined {
    return fieldOf(this.raw, name);
  }

  on(_event: 'cancel', listener: () => void): void {
    this.#cancelListeners.push(listener);
  }

  cancel({ headers }: { headers: Headers }): void {
    this.cancels.push(headers);
  }

  /** The caller gives up. */
  giveUp(): void {
    for (const listener of this.#cancelListeners) listener();
  }
}

/** An initial INVITE; `fields` come before, and so win over, the usual ones. */
export function invite(
  uri = 'sip:200@agent',
  fields: readonly string[] = [],
  sourceAddress?: string,
): FakeRequest {
  const usual = [
    'From: <sip:100@caller>;tag=f',
    'To: <sip:200@agent>',
    'Call-ID: c',
    'Contact: <sip:100@caller>',
  ];
  const given = new Set(fields.map((field) => field.split(':')[0]));
  const rest = usual.filter((field) => !given.has(field.split(':')[0]));
  return new FakeRequest('INVITE', uri, [...fields, ...rest], '', sourceAddress);
}

export interface Sent {
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
}

/** The way back to the caller. Like drachtio-srf's it sends one final response and ignores what follows. */
export class FakeResponse implements SipResponse {
  readonly sent: Sent[] = [];
  readonly raw: string;
  readonly body = '';

  constructor(
    readonly status = 0,
    readonly reason = '',
    fields: readonly string[] = [],
  ) {
    this.raw = rawMessage(`SIP/2.0 ${status} ${reason}`, fields);
  }

  get(name: string): string | undefined {
    return fieldOf(this.raw, name);
  }

  send(status: number, ...rest: readonly unknown[]): void {
    if (this.final !== undefined) return;
    const reason = typeof rest[0] === 'string' ? rest[0] : '';
    const options = rest.find((each): each is { headers?: Headers } => typeof each === 'object');
    this.sent.push({ status, reason, headers: options?.headers ?? {} });
  }

  get final(): Sent | undefined {
    return this.sent.find(({ status }) => status >= 200);
  }
}

type Listener = (req: SipRequest, res: SipResponse) => void;

export class FakeDialog implements SipDialog {
  connected = true;
  readonly local: { readonly contact: string };
  /** Reasons of the BYEs that this side sent. */
  readonly byes: (string | undefined)[] = [];
  readonly requests: InDialogRequest[] = [];
  /** What becomes of a BYE. */
  onBye: () => Promise<unknown> = () => Promise.resolve();
  /** How the far end answers a request. */
  onRequest: (callback: Parameters<SipDialog['request']>[1]) => void = () => undefined;
  readonly #listeners = new Map<string, Listener[]>();

  constructor(name: string) {
    this.local = { contact: `<sip:agent@${name}>` };
  }

  on(event: string, listener: (bye: SipRequest, res: SipResponse) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  once(event: string, listener: (req: SipRequest, res: SipResponse) => void): void {
    this.on(event, listener);
  }

  async destroy({ headers }: { headers: Headers }): Promise<void> {
    this.byes.push(headers['Reason']);
    await this.onBye();
    this.connected = false;
  }

  request(request: InDialogRequest, callback: Parameters<SipDialog['request']>[1]): void {
    this.requests.push(request);
    this.onRequest(callback);
  }

  /** A request from the far end. */
  receive(event: string, req: SipRequest, res: SipResponse = new FakeResponse()): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(req, res);
  }

  /** The far end hangs up. */
  hangUp(reason?: string): void {
    this.connected = false;
    this.receive(
      'destroy',
      new FakeRequest('BYE', 'sip:x', reason === undefined ? [] : [`Reason: ${reason}`]),
    );
  }
}

/** A stack that connects and calls only as a test says. */
export class FakeStack implements SipStack {
  readonly connects: ConnectOptions[] = [];
  readonly unregistered: string[] = [];
  readonly proxied: string[] = [];
  disconnects = 0;
  /** The callee's leg: its INVITE, and what becomes of it. */
  readonly bLegInvite = new FakeRequest('INVITE', 'sip:b', []);
  readonly legs = { uas: new FakeDialog('uas'), uac: new FakeDialog('uac') };
  readonly setUp = Promise.withResolvers<Legs>();
  readonly proxyEnd = Promise.withResolvers<{ finalStatus: number }>();
  b2buaOptions: B2buaOptions | undefined;
  inviteHandler: Listener = () => undefined;
  optionsHandler: Listener = () => undefined;
  readonly #listeners = new Map<string, (...args: never[]) => void>();

  on(event: string, listener: (...args: never[]) => void): void {
    this.#listeners.set(event, listener);
  }

  emit(event: 'connect' | 'error' | 'close', ...args: unknown[]): void {
    this.#listeners.get(event)?.(...(args as never[]));
  }

  invite(handler: Listener): void {
    this.inviteHandler = handler;
  }

  options(handler: Listener): void {
    this.optionsHandler = handler;
  }

  connect(options: ConnectOptions): void {
    this.connects.push(options);
  }

  disconnect(): void {
    this.disconnects++;
  }

  unregisterForMessages(method: string): void {
    this.unregistered.push(method);
  }

  createB2BUA(
    _req: SipRequest,
    _res: SipResponse,
    options: B2buaOptions,
    { cbRequest }: { cbRequest: (error: unknown, bLeg: SipRequest) => void },
  ): Promise<Legs> {
    this.b2buaOptions = options;
    cbRequest(null, this.bLegInvite);
    return this.setUp.promise;
  }

  proxyRequest(_req: SipRequest, destination: string): Promise<{ finalStatus: number }> {
    this.proxied.push(destination);
    return this.proxyEnd.promise;
  }

  /** The callee picks up. */
  answer(): Legs {
    this.setUp.resolve(this.legs);
    return this.legs;
  }

  /** The callee's leg fails, as drachtio-srf reports it. */
  fail(status: number, reason: string, fields: readonly string[] = []): void {
    this.setUp.reject(
      Object.assign(new Error(reason), { status, reason, res: new FakeResponse(status, reason, fields) }),
    );
  }
}

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
