/**
 * What reconciling costs, and how late news is: real sidecars and a gateway over a real PostgreSQL, on loopback.
 * `--seconds=N` and `--rate=N` make it shorter and smaller.
 */
import { measureGrowth } from './reconcile/growth.js';
import { measureThree } from './reconcile/three-sidecars.js';

function option(name: string, otherwise: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  return given === undefined ? otherwise : Number(given.slice(given.indexOf('=') + 1));
}

console.log('## Reconciliation\n');
const seconds = option('seconds', 15);
await measureThree(option('rate', 10_000), seconds);
await measureGrowth(option('rate', 10_000) / 10, seconds);
