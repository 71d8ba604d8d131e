/** What the commands for tokens and the audit log do, against the management services on a real gRPC server. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { auditPoint } from '../../../sidecar/commands/option-values.js';
import { listAudit, verifyAudit } from '../../../sidecar/management/audit.js';
import { createToken, listTokens, revokeToken } from '../../../sidecar/management/tokens.js';
import { type Config, loadConfig } from '../../../src/config.js';
import { AcmError } from '../../../src/errors.js';
import { type ManagementServer, startManagementServer } from '../../support/management-server.js';

const test = suite('sidecar/commands/access');

const HASH = 'ab'.repeat(32);
const FILTERS = { actor: '', action: '', target: '', limit: 100 };

let server: ManagementServer;
let config: Config;

test.before.each(async () => {
  server = await startManagementServer();
  config = loadConfig({ ACM_SIDECAR_ADDRESS: server.address });
});

test.after.each(() => server.stop());

async function output(work: (print: (text: string) => void) => Promise<void>): Promise<string> {
  const printed: string[] = [];
  await work((text) => printed.push(text));
  return printed.join('\n');
}

async function complaintOf(work: (print: () => void) => Promise<void>): Promise<AcmError> {
  const error: unknown = await work(() => undefined).catch((failure) => failure);
  assert.instance(error, AcmError);
  return error as AcmError;
}

/** Shows this token from now on. */
function withToken(token: string): void {
  config = loadConfig({ ACM_SIDECAR_ADDRESS: server.address, ACM_TOKEN: token });
}

function change(target: string): void {
  server.audit.note({ action: 'policy.set', target, before: null, after: { threshold: 5 } });
}

test('makes no first token over the network, lists tokens without secrets, and revokes one with another', async () => {
  const wanted = { name: 'ops', author: 'ada', scope: ['admin'] };
  const unmade = await complaintOf((print) => createToken(config, wanted, print));
  assert.is(unmade.code, 'ACM_FORBIDDEN');
  assert.match(unmade.message, 'acm token init');
  const secret = server.tokens.issue(['admin'], 'ops');
  const refused = await complaintOf((print) => listTokens(config, { limit: 10 }, print));
  assert.is(refused.code, 'ACM_FORBIDDEN');
  assert.match(refused.message, 'set ACM_TOKEN, or ask over the UNIX socket of the sidecar');
  withToken(secret);
  const made = JSON.parse(
    await output((print) => createToken(config, { ...wanted, name: 'b', json: true }, print)),
  );
  assert.is(made.token.author, 'ops', 'whose token was shown');
  const table = await output((print) => listTokens(config, { limit: 10 }, print));
  assert.match(table, 'ops');
  assert.not.ok(table.includes(secret.slice(17)));
  const id = made.token.tokenId ?? made.token.token_id;
  const said = await output((print) => revokeToken(config, id, { author: 'ada' }, print));
  assert.is(said, `Token ${id} is refused from now on, and in every sidecar within a second.`);
  const again = await complaintOf((print) => revokeToken(config, id, { author: 'ada' }, print));
  assert.equal(
    [again.code, again.message],
    ['ACM_NOT_FOUND', `there is no token ${id}, or it was revoked before`],
  );
  withToken(made.secret);
  const unknown = await complaintOf((print) => listTokens(config, { limit: 10 }, print));
  assert.is(unknown.code, 'ACM_UNAUTHENTICATED');
  assert.not.match(unknown.message, 'set ACM_TOKEN', 'it is set');
});

test('lists changes, and verifies them', async () => {
  assert.is(await output((print) => verifyAudit(config, {}, print)), 'The audit log is empty.');
  change('default');
  change('trunk lagos');
  const table = await output((print) => listAudit(config, FILTERS, print));
  assert.match(table, /trunk lagos[\s\S]*default/, 'the newest first');
  const json = JSON.parse(
    await output((print) => listAudit(config, { ...FILTERS, limit: 1, json: true }, print)),
  );
  assert.is(json.length, 1);
  const verified = await output((print) => verifyAudit(config, {}, print));
  assert.match(verified, 'The audit log is whole: entries 1 to 2');
  const anchor = auditPoint(verified.split('\n').at(-1)!.trim());
  change('default');
  assert.match(await output((print) => verifyAudit(config, { anchor }, print)), 'entries 1 to 3');
  const lost = await complaintOf((print) =>
    verifyAudit(config, { anchor: { entryId: 2, hash: HASH } }, print),
  );
  assert.equal(
    [lost.code, lost.message],
    [
      'ACM_CONFLICT',
      'the audit log was tampered with: entry 2 is not the one that was noted: the log was made anew',
    ],
  );
});

test('takes as an anchor what it has printed, and nothing else', () => {
  assert.equal(auditPoint(`17:${HASH}`), { entryId: 17, hash: HASH });
  for (const text of [
    '',
    '17',
    `:${HASH}`,
    `17:${HASH}0`,
    `17:${HASH.toUpperCase()}`,
    `-1:${HASH}`,
    `1.5:${HASH}`,
  ])
    assert.throws(() => auditPoint(text), 'It takes the number of an entry');
});

test.run();
