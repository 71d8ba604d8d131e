import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { complaintAbout, type Values } from './chart.js';
import { MATRIX } from './value-matrix.js';

const test = suite('helm/refusals');

const DATABASE = { ACM_GATEWAY_DATABASE_URL: { name: 'db', key: 'url' } };
const TLS = { secretName: 'gateway-tls' };
const gateway = (more: Values): Values => ({ gateway: { enabled: true, ...more } });

/** What is refused, and what the message must hold. */
const REFUSED: Record<string, [Values, RegExp]> = {
  'a variable that there is not': [
    { sidecar: { settings: { ACM_TRESHOLD: 5 } } },
    /settings.*ACM_TRESHOLD.*not allowed/s,
  ],
  'a number out of its range': [
    { sidecar: { settings: { ACM_THRESHOLD: 1 } } },
    /settings\/ACM_THRESHOLD.*minimum.*2/s,
  ],
  'a number with a fraction': [
    { sidecar: { settings: { ACM_WINDOW_SECONDS: 2.5 } } },
    /ACM_WINDOW_SECONDS.*integer/s,
  ],
  'a choice that there is not': [
    { sidecar: { settings: { ACM_ENFORCEMENT: 'block' } } },
    /ACM_ENFORCEMENT.*'enforce', 'shadow'/s,
  ],
  "the chart's own address": [
    { sidecar: { settings: { ACM_GRPC_ADDRESS: '0.0.0.0:50052' } } },
    /ACM_GRPC_ADDRESS.*is set by the chart: leave it out/s,
  ],
  'a secret as a plain value': [
    { sidecar: { settings: { DATABASE_URL: 'postgres://a:b@c/d' } } },
    /DATABASE_URL.*is a secret: name it under secrets/s,
  ],
  'a secret as a text where a Secret is named': [
    { sidecar: { secrets: { DATABASE_URL: 'x' } } },
    /DATABASE_URL.*object/s,
  ],
  "another process's variable": [
    { sidecar: { sipAgent: { settings: { ACM_THRESHOLD: 5 } } } },
    /sipAgent.*ACM_THRESHOLD/s,
  ],
  'a value that there is not': [{ gateway: { replica: 3 } }, /gateway.*replica/s],
  'a switch that there is not': [
    { switch: { kind: 'asterisk' } },
    /switch\/kind.*'kamailio', 'freeswitch', 'none'/s,
  ],
  'a port that needs privileges': [{ switch: { port: 506 } }, /switch\/port.*minimum.*1,024|1024/s],
  'a key of the file that there is not': [{ sidecar: { file: { trunk: [] } } }, /file.*trunk/s],
  "a webhook's secret in the file": [
    {
      sidecar: {
        file: { webhooks: [{ name: 'a', url: 'https://b.example', secret: 'sixteen-characters' }] },
      },
    },
    /webhooks\/0\/secret.*use secret_file/s,
  ],
  'a part that was taken back': [{ networkPolicy: null }, /missing property 'networkPolicy'/],
  'a number that was taken back': [
    { sidecar: { health: { port: null } } },
    /health.*missing property 'port'/s,
  ],
  'nothing to install': [{ switch: { kind: 'none' } }, /there is nothing to install/],
  'a Kamailio that asks an agent which is not there': [
    { switch: { kamailio: { asks: 'agent' } } },
    /switch\.kamailio\.asks: is agent if sidecar\.sipAgent\.enabled is true/,
  ],
  'an agent that nobody asks': [{ sidecar: { sipAgent: { enabled: true } } }, /switch\.kamailio\.asks/],
  'an agent beside FreeSWITCH': [
    { switch: { kind: 'freeswitch' }, sidecar: { sipAgent: { enabled: true } } },
    /sidecar\.sipAgent\.enabled: FreeSWITCH asks/,
  ],
  'HTTP without a certificate, where one is asked for': [
    { switch: { kamailio: { asks: 'http' } }, sidecar: { tls: { secretName: 'a' } } },
    /switch\.kamailio\.asks: with sidecar\.tls\.secretName/,
  ],
  'probes that would not arrive': [{ switch: { ipv6: true } }, /sidecar\.listenHost: .*\[::\]/],
  'a store on one claim for several pods': [
    { sidecar: { dataVolume: { persistentVolumeClaim: { claimName: 'acm' } } } },
    /sidecar\.dataVolume: one pod at a time/,
  ],
  'a store on a claim that the next pod would wait for': [
    { sidecar: { dataVolume: { persistentVolumeClaim: { claimName: 'acm' } } }, switch: { replicas: 1 } },
    /sidecar\.dataVolume: .*Recreate/,
  ],
  'ports for RTP from the last to the first': [
    { switch: { freeswitch: { rtpPorts: [20000, 10000] } } },
    /switch\.freeswitch\.rtpPorts/,
  ],
  "the chart's own label": [
    { extraLabels: { 'app.kubernetes.io/name': 'acm' } },
    /extraLabels.*is set by the chart: leave it out/s,
  ],
  'hashes without their key': [
    { sidecar: { settings: { ACM_NUMBER_PRIVACY: 'hash' } } },
    /sidecar\.secrets\.ACM_NUMBER_PRIVACY_KEY/,
  ],
  'an exchange in the clear': [
    { sidecar: { reconciliation: { host: 'luma.example.com' } } },
    /sidecar\.reconciliation\.tls\.secretName/,
  ],
  'webhooks without a store': [
    {
      sidecar: {
        settings: { ACM_DATA_DIR: 'none' },
        file: { webhooks: [{ name: 'a', url: 'https://b.example', secret_file: '/etc/acm/secrets/a' }] },
      },
    },
    /sidecar\.file\.webhooks/,
  ],
  'a gateway without a database': [gateway({ tls: TLS }), /gateway\.secrets\.ACM_GATEWAY_DATABASE_URL/],
  'a gateway without TLS': [gateway({ secrets: DATABASE }), /gateway\.tls\.secretName/],
  'a gateway for anybody': [gateway({ secrets: DATABASE, tls: TLS }), /gateway\.tokenHashes: anybody could/],
  'client certificates without TLS': [
    gateway({ secrets: DATABASE, allowPlaintext: true, tls: { clientCertificates: true } }),
    /gateway\.tls\.clientCertificates/,
  ],
  'sidecars without a token': [
    gateway({ secrets: DATABASE, tls: TLS, tokenHashes: ['a'.repeat(64)] }),
    /sidecar\.secrets\.LUMADB_GRPC_TOKEN/,
  ],
  'sidecars without a certificate': [
    gateway({ secrets: DATABASE, tls: { ...TLS, clientCertificates: true } }),
    /sidecar\.reconciliation\.tls\.secretName/,
  ],
  'a token in the place of its hash': [
    gateway({ secrets: DATABASE, tls: TLS, tokenHashes: ['acm_0'] }),
    /gateway\/tokenHashes\/0/,
  ],
  'fewer pods at the most than at the least': [
    {
      ...MATRIX['the gateway alone'],
      gateway: {
        ...(MATRIX['the gateway alone'] as { gateway: Values }).gateway,
        autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 2 },
      },
    },
    /gateway\.autoscaling\.minReplicas/,
  ],
};

for (const [name, [values, message]] of Object.entries(REFUSED)) {
  test(`refuses ${name}, and says where`, () => {
    assert.match(complaintAbout(values), message);
  });
}

test('takes the rest', () => {
  assert.is(complaintAbout({}), '');
});

test.run();
