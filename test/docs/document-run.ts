/**
 * Does what a document says, on a machine of its own (own-machine.ts):
 *
 *   tsx document-run.ts docs/backup.md ROOM
 *
 * where ROOM holds the clone and the home. Says what it types; ends with 1 and a complaint when a step fails.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endMarked } from './marked-processes.js';
import { Reader } from './reader.js';
import { REPOSITORY } from './repository.js';
import { stepsOf, typedIn } from './steps.js';
import { takenForGranted } from './taken-for-granted.js';

const [document = '', room = ''] = process.argv.slice(2);
const markdown = readFileSync(join(REPOSITORY, document), 'utf8');
const granted = await takenForGranted(typedIn(markdown));
const reader = new Reader(document, room, console.log);
try {
  await reader.read(stepsOf(markdown));
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 1;
} finally {
  reader.close();
  endMarked(String(process.pid));
  await granted.close();
}
// What a document has left behind must not keep this from ending.
process.exit();
