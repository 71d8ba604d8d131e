import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_OBSERVATIONS } from '../../src/detection/observations.js';
import { AcmError } from '../../src/errors.js';
import { WindowDelta } from '../../src/gen/acm/v1/window.js';
import { DeltaCodec, idBytes } from '../../src/reconcile/delta-codec.js';
import { Seal } from '../../src/reconcile/sealed-news.js';

const seals = suite('reconcile/sealed-news');

const ID = idBytes('01234567-89ab-cdef-0123-456789abcdef');
const HEAD = { sidecarId: ID, number: 7, sentAtMs: 1_800_000_000_000 };
const PLAIN = Buffer.from('what nobody is to read');

const isForbidden = (error: unknown): boolean => error instanceof AcmError && error.code === 'ACM_FORBIDDEN';

seals('opens with the same secret what was sealed, and with no other', () => {
  const sealed = new Seal('one secret').seal(PLAIN, HEAD);
  assert.equal(new Seal('one secret').open(sealed, HEAD), PLAIN);
  assert.not(sealed.includes(PLAIN));
  assert.throws(() => new Seal('another one').open(sealed, HEAD), isForbidden);
});

seals('binds what is sealed to its sidecar, its number and its time', () => {
  const seal = new Seal('one secret');
  const sealed = seal.seal(PLAIN, HEAD);
  assert.throws(() => seal.open(sealed, { ...HEAD, number: 8 }), isForbidden);
  assert.throws(() => seal.open(sealed, { ...HEAD, sentAtMs: HEAD.sentAtMs + 1 }), isForbidden);
  assert.throws(() => seal.open(sealed, { ...HEAD, sidecarId: Buffer.alloc(16, 9) }), isForbidden);
});

seals('never seals twice alike', () => {
  const seal = new Seal('one secret');
  assert.not.equal(seal.seal(PLAIN, HEAD), seal.seal(PLAIN, HEAD));
});

seals('notices each byte that is changed or missing', () => {
  const seal = new Seal('one secret');
  const sealed = seal.seal(PLAIN, HEAD);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] ^= 1;
    assert.throws(() => seal.open(changed, HEAD), isForbidden);
    assert.throws(() => seal.open(sealed.subarray(0, at), HEAD), isForbidden);
  }
});

seals('goes on when there are more sidecars than keys are kept', () => {
  const seal = new Seal('one secret');
  const sealed = seal.seal(PLAIN, HEAD);
  for (let i = 0; i < 1_100; i++) {
    const id = Buffer.alloc(16);
    id.writeUInt32BE(i);
    seal.seal(PLAIN, { ...HEAD, sidecarId: id });
  }
  assert.equal(seal.open(sealed, HEAD), PLAIN);
});

seals('is wanted of every delta where it is configured, and of none elsewhere', () => {
  const clock = { offsetMs: 0 };
  const news = { observations: NO_OBSERVATIONS, blocks: [], incidents: [], rulesRevision: 3 };
  const head = {
    peer: { id: '01234567-89ab-cdef-0123-456789abcdef', name: 'x' },
    number: 1,
    signingOff: false,
  };
  const open = new DeltaCodec({ clock });
  const sealing = new DeltaCodec({ clock, seal: new Seal('one secret') });
  assert.throws(() => sealing.unpack(open.pack(head, news, 10), 10), isForbidden);
  assert.throws(() => open.unpack(sealing.pack(head, news, 10), 10), isForbidden);
});

seals('leaves nothing open of calls, blocks and incidents', () => {
  const sealing = new DeltaCodec({ clock: { offsetMs: 0 }, seal: new Seal('one secret') });
  const bytes = sealing.pack(
    { peer: { id: '01234567-89ab-cdef-0123-456789abcdef', name: 'x' }, number: 1, signingOff: false },
    {
      observations: { ...NO_OBSERVATIONS, named: [{ bNumber: 'bob', aNumber: 'alice', timeMs: 5 }] },
      blocks: [{ aNumber: 'alice', bNumber: 'bob', expiresMs: 100 }],
      incidents: [],
      rulesRevision: 0,
    },
    10,
  );
  assert.not(bytes.includes('alice'));
  const { observations, namedObservations, blocks, sealed } = WindowDelta.decode(bytes);
  assert.is(observations.length + namedObservations.length + blocks.length, 0);
  assert.ok(sealed.length > 28);
});

seals.run();
