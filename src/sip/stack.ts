/**
 * The part of drachtio-srf that the agent uses. The package's own declarations are incomplete, so what is used is
 * declared here, and a test can stand in for it.
 */
import Srf from 'drachtio-srf';

/** Header fields by name. A value may hold several lines: `one\r\nName: two`. */
export type Headers = Record<string, string>;

/** What requests and responses have in common. */
export interface SipMessage {
  /** The message as it came. */
  readonly raw: string;
  readonly body: string;
  /** The value of a header field, its name in any case; several fields of one name are joined by commas. */
  get(name: string): string | undefined;
}

export interface SipRequest extends SipMessage {
  readonly method: string;
  readonly uri: string;
  /** Where drachtio-server received it from. */
  readonly source_address: string;
  /** The caller has given up; drachtio-server has answered for us. */
  on(event: 'cancel', listener: () => void): unknown;
  /** Cancels a request that this side sent. */
  cancel(options: { readonly headers: Headers }, callback?: (error: unknown) => void): void;
}

export interface SipResponse extends SipMessage {
  readonly status: number;
  readonly reason: string;
  /** Throws on a status that sip-status lacks (see status-codes.ts); after a final response it does nothing. */
  send(
    status: number,
    reason: string,
    options?: { readonly headers?: Headers; readonly body?: string },
  ): void;
  send(status: number, options?: { readonly headers?: Headers; readonly body?: string }): void;
}

/** Listener for a request within a dialog; it has to answer. */
export type InDialogListener = (req: SipRequest, res: SipResponse) => void;

export interface InDialogRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
  /** For an INVITE without an offer: the answer comes with the caller's ACK, so the callback is given a way to send it. */
  readonly noAck?: boolean;
}

export interface SipDialog {
  /** False once a BYE has come or gone. */
  readonly connected: boolean;
  readonly local: { readonly contact: string };
  on(event: 'destroy', listener: (bye: SipRequest) => void): unknown;
  on(event: string, listener: InDialogListener): unknown;
  once(event: 'ack', listener: (ack: SipRequest) => void): unknown;
  /** Sends BYE; resolves when it was answered, and rejects when it could not be sent. Never settles if drachtio goes. */
  destroy(options: { readonly headers: Headers }): Promise<unknown>;
  /** Sends a request; the callback is called for each response, the provisional ones included. */
  request(
    request: InDialogRequest,
    callback: (
      error: unknown,
      response: SipResponse,
      ack?: (options: { readonly body: string }) => void,
    ) => void,
  ): void;
}

/** The two dialogs of a B2BUA call: `uas` towards the caller, `uac` towards the callee. */
export interface Legs {
  readonly uas: SipDialog;
  readonly uac: SipDialog;
}

export interface B2buaOptions {
  readonly uri: string;
  /** Where to send the INVITE, whatever its Request-URI says. */
  readonly proxy: string;
  readonly headers: Headers;
  /** Header fields of the responses to the caller, from the callee's. */
  readonly responseHeaders: (response: SipMessage) => Headers;
  readonly passFailure: false;
}

export interface ProxyOptions {
  readonly recordRoute: true;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly reconnect: { readonly maxAttempts: number };
}

export interface SipStack {
  on(event: 'connect', listener: (error: Error | null, hostports: string) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  invite(handler: (req: SipRequest, res: SipResponse) => void): void;
  options(handler: (req: SipRequest, res: SipResponse) => void): void;
  connect(options: ConnectOptions): void;
  /** Throws unless connected. */
  disconnect(): void;
  /** Takes back a route: drachtio-server then answers such requests with 503. Throws unless connected. */
  unregisterForMessages(method: string): void;
  /** Rejects with a SipFailure, or with another Error when drachtio-server refuses to send. */
  createB2BUA(
    req: SipRequest,
    res: SipResponse,
    options: B2buaOptions,
    progress: { readonly cbRequest: (error: unknown, bLeg: SipRequest | undefined) => void },
  ): Promise<Legs>;
  proxyRequest(
    req: SipRequest,
    destination: string,
    options: ProxyOptions,
  ): Promise<{ readonly finalStatus: number }>;
}

/** A final response of 300 or more, as drachtio-srf throws it. */
export interface SipFailure {
  readonly status: number;
  readonly reason?: string;
  readonly res?: SipMessage;
}

export function isSipFailure(error: unknown): error is SipFailure {
  return error instanceof Error && typeof (error as Partial<SipFailure>).status === 'number';
}

export function newStack(): SipStack {
  return new Srf() as unknown as SipStack;
}
