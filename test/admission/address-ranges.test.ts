import { BlockList, isIPv4 } from 'node:net';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressMap, AddressRanges, isAddressRange } from '../../src/admission/address-ranges.js';

const test = suite('admission/address-ranges');

test('knows the addresses of its ranges, and no others', () => {
  const ranges = new AddressRanges(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '::1', '203.0.113.64/26']);
  for (const address of [
    '10.1.255.255',
    '192.0.2.7',
    '2001:db8:ffff::1',
    '2001:0DB8:0:0:0:0:0:9',
    '::1',
    '0:0:0:0:0:0:0:1',
    '203.0.113.127',
    '::ffff:10.1.2.3',
    '::ffff:a01:203',
  ])
    assert.ok(ranges.contains(address), address);
  for (const address of ['10.2.0.0', '192.0.2.8', '2001:db9::', '::', '203.0.113.128', '::10.1.2.3'])
    assert.not.ok(ranges.contains(address), address);
});

test('contains nothing that is no address', () => {
  const ranges = new AddressRanges(['0.0.0.0/0', '::/0']);
  assert.ok(ranges.contains('255.255.255.255'));
  assert.ok(ranges.contains('ffff::1%eth0'));
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '1..2.3',
    ' 1.2.3.4',
    'example',
    ':::',
    '1:2',
  ])
    assert.not.ok(ranges.contains(text), text);
});

test('takes a range of IPv4-mapped addresses for one of IPv4', () => {
  const ranges = new AddressRanges(['::ffff:10.0.0.0/104']);
  assert.ok(ranges.contains('10.9.9.9'));
  assert.ok(ranges.contains('::ffff:10.9.9.9'));
  assert.not.ok(ranges.contains('11.0.0.0'));
});

test('tells what can be written as a range', () => {
  for (const text of ['10.0.0.0/8', '10.0.0.1', '0.0.0.0/0', '2001:db8::/128', '::'])
    assert.ok(isAddressRange(text), text);
  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '::/129',
    '::/-1',
    '::/1.5',
  ])
    assert.not.ok(isAddressRange(text), text);
});

test('leads to what each range that contains an address was set to', () => {
  const map = new AddressMap<string>();
  for (const range of ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '::/0']) map.set(range, range);
  assert.equal([...map.matches('10.1.2.3')].sort(), ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3']);
  assert.is(map.get('10.1.2.3/32'), '10.1.2.3');
  map.delete('10.1.99.99/16');
  map.delete('172.16.0.0/12');
  assert.equal([...map.matches('10.1.2.3')].sort(), ['10.0.0.0/8', '10.1.2.3']);
  map.clear();
  assert.equal(map.matches('10.1.2.3'), []);
});

/** Few different bits, so that ranges and addresses meet. */
const byte = fc.constantFrom(0, 1, 127, 128, 255);
const group = fc.constantFrom('0', '1', 'ff', '8000', 'ffff', '0001', 'Ab');
const ipv4 = fc.array(byte, { minLength: 4, maxLength: 4 }).map((bytes) => bytes.join('.'));
const fullIpv6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
const shortIpv6 = fc
  .tuple(fc.array(group, { maxLength: 3 }), fc.array(group, { maxLength: 3 }))
  .map(([head, tail]) => `${head.join(':')}::${tail.join(':')}`);
const ipv6WithIpv4 = fc.tuple(group, ipv4).map(([head, tail]) => `${head}::1:${tail}`);
const address = fc.oneof(ipv4, fullIpv6, shortIpv6, ipv6WithIpv4);
const range = fc
  .tuple(address, fc.integer({ min: 0, max: 128 }))
  .map(([text, bits]) => ({ text, bits: isIPv4(text) ? bits % 33 : bits }));

const familyOf = (text: string): 'ipv4' | 'ipv6' => (isIPv4(text) ? 'ipv4' : 'ipv6');
const mapped = new BlockList();
mapped.addSubnet('::ffff:0:0', 96, 'ipv6');

test("agrees with Node's own list of ranges, but keeps IPv4 out of wide ranges of IPv6", () => {
  const isIpv4 = (text: string, bits: number) => bits >= 96 && mapped.check(text, 'ipv6');
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), fc.array(address, { minLength: 1 }), (list, addresses) => {
      const ranges = new AddressRanges(list.map(({ text, bits }) => `${text}/${bits}`));
      const [ipv4Ranges, ipv6Ranges] = [new BlockList(), new BlockList()];
      for (const { text, bits } of list) {
        const family = familyOf(text);
        const expected = family === 'ipv4' || isIpv4(text, bits) ? ipv4Ranges : ipv6Ranges;
        expected.addSubnet(text, bits, family);
      }
      for (const each of addresses) {
        const family = familyOf(each);
        const expected = family === 'ipv4' || isIpv4(each, 128) ? ipv4Ranges : ipv6Ranges;
        assert.is(ranges.contains(each), expected.check(each, family), each);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.run();
