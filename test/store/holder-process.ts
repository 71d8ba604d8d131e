/** Takes the lock of the directory in its argument, says so, and keeps it until it is ended. */
import { DataDirectory } from '../../src/store/data-directory.js';

DataDirectory.hold(process.argv[2]!);
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
