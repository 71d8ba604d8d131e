import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freeTcpPort } from '../support/free-port.js';
import { render } from './chart.js';
import { startKamailioOf } from './rendered-kamailio.js';

const test = suite('helm/kamailio');

const START_MS_MAX = 20_000;

/** Whether somebody answers OPTIONS over UDP before the process ends or the time is over. */
async function answersSip(port: number, main: ChildProcess): Promise<boolean> {
  const socket = createSocket('udp4');
  let answer = '';
  socket.on('message', (message) => {
    answer = String(message);
  });
  const deadline = performance.now() + START_MS_MAX;
  try {
    for (
      let attempt = 1;
      answer === '' && main.exitCode === null && performance.now() < deadline;
      attempt++
    ) {
      socket.send(optionsRequest(port, attempt), port, '127.0.0.1');
      await sleep(100);
    }
  } finally {
    socket.close();
  }
  return answer.startsWith('SIP/2.0 200');
}

function optionsRequest(port: number, attempt: number): string {
  return [
    `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bK-${attempt}`,
    'From: <sip:probe@127.0.0.1>;tag=1',
    `To: <sip:127.0.0.1:${port}>`,
    `Call-ID: ${attempt}@127.0.0.1`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}

async function takesTcp(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

for (const asks of ['evapi', 'http', 'agent']) {
  test(`starts by the rendered command, without privileges, when it asks by ${asks}`, async () => {
    const [sip, rpc, evapi, back] = [
      await freeTcpPort(),
      await freeTcpPort(),
      await freeTcpPort(),
      await freeTcpPort(),
    ];
    const kamailio = startKamailioOf(
      render({
        switch: {
          port: sip,
          advertise: '203.0.113.5:5060',
          kamailio: {
            asks,
            definitions: [
              `ACM_RPC_LISTEN=tcp:127.0.0.1:${rpc}`,
              `ACM_EVAPI_BIND="127.0.0.1:${evapi}"`,
              `ACM_RETURN_LISTEN=udp:127.0.0.1:${back}`,
              `ACM_RETURN_PORT=${back}`,
            ],
          },
        },
        sidecar: {
          settings: { ACM_KAMAILIO_SWITCH_ID: 'lagos-1' },
          file: { emergency_numbers: ['112', '*911'] },
          ...(asks === 'agent' ? { sipAgent: { enabled: true } } : {}),
        },
      }),
    );
    try {
      assert.ok(await answersSip(sip, kamailio.main), kamailio.log());
      assert.ok(await takesTcp(sip), 'SIP over TCP, where the readiness probe asks');
      assert.ok(await takesTcp(rpc), 'JSON-RPC');
      assert.not.match(kamailio.log(), /ERROR|CRITICAL/);
    } finally {
      await kamailio.stop();
    }
  });
}

test.run();
