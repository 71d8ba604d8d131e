import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { transportTo } from '../../../src/switches/json-rpc/address.js';
import { DatagramTransport } from '../../../src/switches/json-rpc/datagram-transport.js';
import { FifoTransport } from '../../../src/switches/json-rpc/fifo-transport.js';
import { HttpTransport } from '../../../src/switches/json-rpc/http-transport.js';

const test = suite('switches/json-rpc/address');

const CASES = [
  ['http://127.0.0.1:5060/rpc', HttpTransport],
  ['https://user:password@edge.example:8443/rpc?x=1', HttpTransport],
  ['udp:127.0.0.1:8090', DatagramTransport],
  ['udp:edge.example:8090', DatagramTransport],
  ['udp:[::1]:8090', DatagramTransport],
  ['fifo:/run/kamailio/kamailio_rpc.fifo', FifoTransport],
  ['fifo:/run/kamailio/kamailio_rpc.fifo?reply_dir=/run/acm', FifoTransport],
] as const;

for (const [address, transport] of CASES)
  test(`finds the transport of ${address}`, async () => {
    const found = transportTo(address, () => undefined);
    assert.instance(found, transport);
    await found.close();
  });

test.run();
