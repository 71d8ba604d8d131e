/** What the documents on installation tell people to type. */
import { suite } from 'uvu';
import { followEach } from './follow.js';
import { documents } from './repository.js';

const test = suite('docs/installation');

followEach(test, documents('installation'), false);

test.run();
