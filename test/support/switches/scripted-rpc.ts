/** A JSON-RPC client that answers from a script and remembers what it was asked. */
import type { RpcAnswer } from '../../../src/switches/json-rpc/client.js';
import type { RpcRequest } from '../../../src/switches/json-rpc/transport.js';

type Params = RpcRequest['params'];

export class ScriptedRpc {
  readonly asked: { readonly method: string; readonly params: Params }[] = [];

  constructor(
    private readonly answers: Readonly<Record<string, unknown | ((params: Params) => unknown)>>,
    readonly answerBytesMax = 1e9,
  ) {}

  /** A value of the script is the result, a refusal() is one; what it does not name is no method. */
  async call(method: string, params: Params): Promise<RpcAnswer> {
    this.asked.push({ method, params });
    const scripted = this.answers[method];
    const answer = typeof scripted === 'function' ? scripted(params) : scripted;
    if (answer === undefined) return { ok: false, code: -32_601, message: 'Method not found' };
    return answer instanceof Refusal ? { ok: false, ...answer } : { ok: true, result: answer };
  }

  get methods(): string[] {
    return this.asked.map(({ method }) => method);
  }
}

class Refusal {
  constructor(
    readonly code: number,
    readonly message: string,
  ) {}
}

export function refusal(code: number, message: string): Refusal {
  return new Refusal(code, message);
}
