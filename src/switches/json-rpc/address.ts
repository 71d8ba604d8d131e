/** Which transport an address asks for. */
import { DatagramTransport } from './datagram-transport.js';
import { FifoTransport } from './fifo-transport.js';
import { HttpTransport } from './http-transport.js';
import type { OnRpcDrop, RpcTransport } from './transport.js';

/** The default of jsonrpcs's `fifo_reply_dir`. */
const FIFO_REPLY_DIRECTORY = '/tmp';

/**
 * @param address an http or https URL, `udp:host:port`, or `fifo:/path` with `?reply_dir=/path` where Kamailio's
 * `fifo_reply_dir` is not /tmp.
 */
export function transportTo(address: string, onDrop: OnRpcDrop): RpcTransport {
  const [, host, bracketed, port] = /^udp:((?:\[(.+)\]|[^:]+)):(\d+)$/.exec(address) ?? [];
  if (host !== undefined) return new DatagramTransport(bracketed ?? host, Number(port), onDrop);
  const [, path, directory] = /^fifo:([^?]+)(?:\?reply_dir=(.+))?$/.exec(address) ?? [];
  if (path !== undefined) return new FifoTransport(path, directory ?? FIFO_REPLY_DIRECTORY, onDrop);
  return new HttpTransport(address, onDrop);
}
