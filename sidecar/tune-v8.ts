/**
 * Two settings of V8, made before anything else is loaded.
 *
 * V8 watches which objects live long and then allocates objects of that kind among the old ones at once. In a gRPC server
 * under load it draws the wrong conclusion from calls in flight: every short-lived object then waits for a full collection,
 * and for the life of the process each call costs about a fifth more (`make bench`, grpc).
 *
 * It also lets the space for new objects grow, to collect it less often; then calls wait for milliseconds while it is
 * collected. Kept small, it is collected in a fraction of that: of 2,000 calls a second one in a thousand waits half as long
 * (test/e2e/events/load.test.ts), and as many are answered at full load (`make bench`, grpc).
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-allocation-site-pretenuring');
setFlagsFromString('--semi-space-growth-factor=1');
