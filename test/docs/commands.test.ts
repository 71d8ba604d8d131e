/**
 * What README.md and docs/ tell people to type, except for how it is operated (operation.test.ts). CONTRIBUTING.md says how
 * documents are written for it. With arguments, only these documents: `npx tsx test/docs/commands.test.ts docs/backup.md`.
 */
import { suite } from 'uvu';
import { followEach } from './follow.js';
import { documents, isAboutOperation } from './repository.js';

const test = suite('docs/commands');

const wanted = process.argv.slice(2);
if (wanted.length > 0) followEach(test, wanted, true);
else
  followEach(
    test,
    documents().filter((each) => !isAboutOperation(each)),
    false,
  );

test.run();
