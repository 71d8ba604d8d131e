/** What the documents on operation tell people to type; a suite of its own, since each suite has its time. */
import { suite } from 'uvu';
import { followEach } from './follow.js';
import { documents, isAboutOperation } from './repository.js';

const test = suite('docs/operation');

followEach(test, documents().filter(isAboutOperation), false);

test.run();
