/** Asks a switch by JSON-RPC. What it answers is a value, also where it refuses; only silence is an error. */
import { isObject } from '../json-object.js';
import { closed, type OnRpcDrop, type RpcRequest, type RpcTransport, unavailable } from './transport.js';

export type RpcAnswer =
  | { readonly ok: true; readonly result: unknown }
  /** The codes are the switch's: Kamailio has those of SIP (404, 500), OpenSIPS those of JSON-RPC too (-32601). */
  | { readonly ok: false; readonly code: number; readonly message: string };

/** An id stays a whole number in any language. */
const ID_MAX = 2 ** 31 - 1;

export class JsonRpcClient {
  #lastId = 0;
  #isClosed = false;

  constructor(
    private readonly transport: RpcTransport,
    private readonly onDrop: OnRpcDrop,
  ) {}

  get answerBytesMax(): number {
    return this.transport.answerBytesMax;
  }

  /** @throws AcmError as the transport does, or ACM_UNAVAILABLE for an answer that is no JSON-RPC. */
  async call(method: string, params: RpcRequest['params'], deadlineMs: number): Promise<RpcAnswer> {
    if (this.#isClosed) throw closed();
    this.#lastId = this.#lastId >= ID_MAX ? 1 : this.#lastId + 1;
    const request = { jsonrpc: '2.0' as const, method, params, id: this.#lastId };
    const answer = await this.transport.exchange(request, deadlineMs);
    const read = readAnswer(answer);
    if (read !== undefined) return read;
    this.onDrop('malformed');
    throw unavailable(`the answer to ${method} is no JSON-RPC`);
  }

  /** Ends what is under way; nothing is asked any more. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.transport.close();
  }
}

function readAnswer(answer: unknown): RpcAnswer | undefined {
  if (!isObject(answer)) return undefined;
  if ('result' in answer) return { ok: true, result: answer['result'] };
  const error = answer['error'];
  if (!isObject(error) || typeof error['code'] !== 'number') return undefined;
  return { ok: false, code: error['code'], message: String(error['message'] ?? '') };
}
