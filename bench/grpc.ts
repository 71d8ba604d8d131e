/** The gRPC service, each process on a core of its own, over loopback. */
import { measureClient } from './grpc/client-figures.js';
import { requireH2load } from './grpc/h2load.js';
import { coresAreKeptApart } from './grpc/peer-process.js';
import { measureThroughput } from './grpc/throughput.js';

console.log('## gRPC\n');
if (!coresAreKeptApart) console.log('Processes share their cores: no second core, or no taskset.\n');
requireH2load();
await measureThroughput();
await measureClient();
