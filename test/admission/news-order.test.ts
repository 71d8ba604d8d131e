import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ExpectedPeer, NewsOrder } from '../../src/admission/news-order.js';

const test = suite('admission/news-order');

const peerOf = (id: number, newsMs: number): ExpectedPeer => ({
  id: String(id),
  name: '',
  newsMs,
  place: 0,
});

test('knows the oldest of many, whoever comes, speaks or goes', () => {
  const acts = fc.array(
    fc.record({
      act: fc.constantFrom('add', 'add', 'renew', 'renew oldest', 'remove'),
      /** Which of those that are there, as a share. */
      which: fc.double({ min: 0, max: 0.999, noNaN: true }),
      newsMs: fc.integer({ min: 0, max: 50 }),
    }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(acts, (script) => {
      const order = new NewsOrder();
      const peers: ExpectedPeer[] = [];
      script.forEach(({ act, which, newsMs }, step) => {
        const chosen = act === 'renew oldest' ? order.oldest : peers[Math.floor(which * peers.length)];
        if (act === 'add') {
          peers.push(peerOf(step, newsMs));
          order.add(peers[peers.length - 1]);
        } else if (chosen === undefined) return;
        else if (act === 'remove') {
          peers.splice(peers.indexOf(chosen), 1);
          order.remove(chosen);
        } else order.renew(chosen, chosen.newsMs + newsMs);
        assert.is(order.size, peers.length);
        assert.is(order.oldest?.newsMs ?? Infinity, Math.min(...peers.map((peer) => peer.newsMs)));
      });
      const left = [...peers].map(({ newsMs }) => newsMs).sort((one, other) => one - other);
      for (const newsMs of left) {
        const { oldest } = order;
        assert.ok(oldest);
        assert.is(oldest.newsMs, newsMs);
        order.remove(oldest);
      }
      assert.is(order.oldest, undefined);
    }),
  );
});

test.run();
