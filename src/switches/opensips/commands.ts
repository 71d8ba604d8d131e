/** Commands of OpenSIPS's management interface by their old name, or by the one that modules prefix since 2026. */
import type { JsonRpcClient, RpcAnswer } from '../json-rpc/client.js';

/** JSON-RPC 2.0, section 5.1; mi_http answers it where no module has the command. */
export const METHOD_NOT_FOUND = -32_601;

/** A command, the name that most versions know first. */
export type Command = readonly [name: string, otherName: string];

export const DLG_END: Command = ['dlg_end_dlg', 'dialog:end_dlg'];
export const DLG_LIST: Command = ['dlg_list', 'dialog:list'];
export const DLG_LIST_CTX: Command = ['dlg_list_ctx', 'dialog:list_ctx'];

/** Asks by the name that was understood last, and by the other one where it is not. */
export class CommandCaller {
  readonly #understood = new Map<Command, string>();

  constructor(private readonly rpc: Pick<JsonRpcClient, 'call'>) {}

  /** @throws AcmError if there is no answer within the deadline, which is that of each attempt. */
  async call(
    command: Command,
    params: Readonly<Record<string, unknown>>,
    deadline: () => number,
  ): Promise<RpcAnswer> {
    const name = this.#understood.get(command) ?? command[0];
    const answer = await this.rpc.call(name, params, deadline());
    if (!isUnknown(answer)) {
      this.#understood.set(command, name);
      return answer;
    }
    const otherName = name === command[0] ? command[1] : command[0];
    const other = await this.rpc.call(otherName, params, deadline());
    if (!isUnknown(other)) this.#understood.set(command, otherName);
    return other;
  }
}

export function isUnknown(answer: RpcAnswer): boolean {
  return !answer.ok && answer.code === METHOD_NOT_FOUND;
}
