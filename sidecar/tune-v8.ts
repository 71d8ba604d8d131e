/**
 * One setting of V8, made before anything else is loaded. V8 watches which objects live long and then allocates objects of
 * that kind among the old ones at once. In a gRPC server under load it draws the wrong conclusion from calls in flight: every
 * short-lived object then waits for a full collection, and for the life of the process each call costs about a fifth more
 * (`make bench`, grpc).
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-allocation-site-pretenuring');
