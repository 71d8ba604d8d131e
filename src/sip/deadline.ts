/** drachtio-srf never settles a promise whose connection is gone, so each has a deadline. */

/**
 * What `promise` resolves to, or `otherwise` after `ms` milliseconds. The promise must not reject. The deadline keeps no
 * process alive: while there is a connection something else does, and without one there is nothing to wait for.
 */
export async function within<T>(promise: Promise<T>, ms: number, otherwise: T): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(otherwise), ms).unref();
  const value = await Promise.race([promise, late]);
  clearTimeout(timer);
  return value;
}
