/**
 * What README.md and the documents on using it tell people to type; CONTRIBUTING.md says how documents are written for it.
 * With arguments, only these documents, whatever they are about: `npx tsx test/docs/commands.test.ts docs/backup.md`.
 */
import { suite } from 'uvu';
import { followEach } from './follow.js';
import { documents } from './repository.js';

const test = suite('docs/commands');

const wanted = process.argv.slice(2);
followEach(test, wanted.length > 0 ? wanted : documents('use'), wanted.length > 0);

test.run();
