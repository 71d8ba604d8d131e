/** Commands of the event socket, out of a stream that may split or merge them. */

/** One command: its first line, and the header lines that may follow it (`Job-UUID`). */
export interface SocketCommand {
  readonly line: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** Bytes; no command that makes sense is longer. */
const COMMAND_BYTES_MAX = 65_536;

/**
 * A command is `line LF [Name: value LF]... LF`; CR before LF is ignored, so are empty lines ahead of a command, and
 * so is a body that a `Content-Length` announces.
 */
export class CommandReader {
  #rest = Buffer.alloc(0);
  #lines: string[] = [];
  #lineBytes = 0;
  #bodyBytes = 0;

  /** The commands that `chunk` completes. @returns undefined once one is too long: then the connection is of no more use. */
  push(chunk: Buffer): SocketCommand[] | undefined {
    const commands: SocketCommand[] = [];
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (true) {
      data = this.#skipBody(data);
      const end = data.indexOf(10);
      if (end === -1) break;
      const command = this.#readLine(data.toString('utf8', 0, end).replace(/\r$/, ''));
      this.#lineBytes = command === undefined ? this.#lineBytes + end : 0;
      if (command !== undefined) commands.push(command);
      data = data.subarray(end + 1);
      if (this.#lineBytes > COMMAND_BYTES_MAX) return undefined;
    }
    this.#rest = Buffer.from(data);
    return this.#rest.length + this.#lineBytes > COMMAND_BYTES_MAX ? undefined : commands;
  }

  #skipBody(data: Buffer): Buffer {
    const skipped = Math.min(this.#bodyBytes, data.length);
    this.#bodyBytes -= skipped;
    return data.subarray(skipped);
  }

  #readLine(text: string): SocketCommand | undefined {
    if (text !== '') {
      this.#lines.push(text);
      return undefined;
    }
    const [line, ...rest] = this.#lines;
    this.#lines = [];
    if (line === undefined) return undefined;
    const headers = new Map<string, string>();
    for (const each of rest) {
      const [, name, value] = /^([^:]+):\s*(.*)$/.exec(each) ?? [];
      if (name !== undefined && value !== undefined) headers.set(name.toLowerCase(), value);
    }
    const length = headers.get('content-length') ?? '';
    if (/^\d{1,9}$/.test(length)) this.#bodyBytes = Number(length);
    return { line, headers };
  }
}
