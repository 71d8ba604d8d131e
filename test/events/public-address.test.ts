import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isPublicAddress, REFUSED_RANGES } from '../../src/events/public-address.js';

const test = suite('events/public-address');

const ipv4Ranges = REFUSED_RANGES.filter((range) => range.includes('.'));
const ipv6Ranges = [
  ...REFUSED_RANGES.filter((range) => range.includes(':')),
  '::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '4000::/2',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

function ipv4Of(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

function ipv6Of(value: bigint): string {
  return Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(
    ':',
  );
}

/** The bits of the address that a range of IPv6 is written with, by a way of its own. */
function bitsOf(address: string): bigint {
  const [head = '', tail = ''] = address.split('::');
  const groups = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const zeros = Array<string>(8 - groups(head).length - groups(tail).length).fill('0');
  return [...groups(head), ...zeros, ...groups(tail)].reduce(
    (bits, group) => (bits << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

test('takes addresses that anybody can reach', () => {
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '169.253.255.255',
    '223.255.255.255',
    '198.17.255.255',
    '2606:4700:4700::1111',
    '2a00:1450::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])
    assert.ok(isPublicAddress(address), address);
});

test('refuses those that only somebody within can reach, and what is no address', () => {
  for (const address of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:1::',
    '2001:db8::1',
    '',
    'localhost',
    '1.1.1',
    '0x7f.1',
    '01.1.1.1',
  ])
    assert.not.ok(isPublicAddress(address), address);
});

test('refuses every address of each refused range of IPv4, also within IPv6', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ipv4Ranges), fc.integer({ min: 0, max: 0xffff_ffff }), (range, any) => {
      const [base = '', bits] = range.split('/');
      const hosts = 2 ** (32 - Number(bits));
      const from = base.split('.').reduce((value, part) => value * 256 + Number(part), 0);
      const address = ipv4Of(from + (any % hosts));
      return [address, `::ffff:${address}`, `64:ff9b::${address}`].every((each) => !isPublicAddress(each));
    }),
    { numRuns: 1_000 },
  );
});

test('refuses every address of each refused range of IPv6', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ipv6Ranges),
      fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
      (range, any) => {
        const [base = '', bits] = range.split('/');
        const hosts = 2n ** (128n - BigInt(bits ?? 0));
        return !isPublicAddress(ipv6Of(bitsOf(base) + (any % hosts)));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('reads an IPv4 address within IPv6 as that IPv4 address', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
      const address = ipv4Of(value);
      const expected = isPublicAddress(address);
      return [`::ffff:${address}`, `64:ff9b::${address}`].every((each) => isPublicAddress(each) === expected);
    }),
  );
});

test.run();
