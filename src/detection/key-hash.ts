/** Hashing of keys into power-of-two tables. */

const keyBits = new Float64Array(1);
const keyWords = new Int32Array(keyBits.buffer);

/**
 * A 32-bit hash of a key and a second value. `seed` differs from process to process, so that nobody outside can choose
 * numbers that fall into one chain.
 */
export function hashKey(key: number, other: number, seed: number): number {
  keyBits[0] = key;
  let hash = Math.imul(keyWords[0] ^ seed, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + keyWords[1], 0x85ebca77);
  hash = Math.imul((hash ^ (hash >>> 13)) + other, 0xc2b2ae3d);
  return hash ^ (hash >>> 16);
}

/** The smallest power of two that is at least `entries`. */
export function tableSizeFor(entries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(entries, 2)));
}
