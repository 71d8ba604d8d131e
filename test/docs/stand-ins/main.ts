/** The program behind each stand-in: `main.ts NAME ARGUMENTS...`. */
import { Complaint } from './complaint.js';
import { STAND_INS } from './programs.js';

const [name = '', ...args] = process.argv.slice(2);
try {
  const standIn = STAND_INS[name];
  if (standIn === undefined) throw new Complaint('there is no such stand-in');
  await standIn(args);
} catch (error) {
  if (!(error instanceof Complaint)) throw error;
  console.error(`${name}, or rather its stand-in in the tests: ${error.message}`);
  process.exitCode = 2;
}
