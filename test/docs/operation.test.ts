/** What the documents on operation tell people to type. */
import { suite } from 'uvu';
import { followEach } from './follow.js';
import { documents } from './repository.js';

const test = suite('docs/operation');

followEach(test, documents('operation'), false);

test.run();
