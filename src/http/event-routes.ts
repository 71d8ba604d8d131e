/** GET /acm/events: the feed as server-sent events. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { choiceOf } from '../admission/event-feed.js';
import { EVENT_TYPES, type EventType } from '../admission/feed-event.js';
import { AcmError } from '../errors.js';
import { eventDataSchema } from './event-schemas.js';
import type { EventSink, EventStreams } from './event-streams.js';
import { ANSWERED_ITSELF, type Route, route } from './route.js';

/** How long a client has to take the last bytes of its stream, the reason among them, in milliseconds. */
const LINGER_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;
const ID_MAX = 128;

const types = EVENT_TYPES.join('|');
const typesSchema = z
  .string()
  .regex(
    new RegExp(`^(${types})(,(${types}))*$`),
    `takes any of ${EVENT_TYPES.join(', ')}, separated by commas`,
  )
  .default(EVENT_TYPES.join(','))
  .meta({ description: 'Which events, with commas between them.', examples: ['alert,threats'] });
const lastIdSchema = z.string().max(ID_MAX).optional();

export function eventRoutes(streams: Pick<EventStreams, 'checkRoom' | 'open'>): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/events'],
      tag: 'monitoring',
      summary: 'Follow alerts, threats and statistics as they happen',
      description:
        'Server-sent events of this sidecar: alerts that it has opened, and changes that people make through it. What ' +
        'other sidecars on the store open, or change without settling it, GET /acm/alerts tells. A client that comes back ' +
        'with the id of its last event misses nothing, for about five minutes; one that has missed something is told so by ' +
        '`event: reset`. One that does not take what it is sent is told `event: dropped`, and cut off. After an hour a ' +
        'stream ends, so that access is checked again.',
      scopes: ['alerts:read'],
      input: z.object({
        query: z.object({
          types: typesSchema,
          last_event_id: lastIdSchema.meta({ description: 'For clients that cannot set the header.' }),
        }),
        headers: z.object({
          'last-event-id': lastIdSchema.meta({
            description: 'Id of the last event that came. Goes before the parameter: browsers keep that one.',
          }),
        }),
      }),
      answer: eventDataSchema,
      answerType: 'text/event-stream',
      errors: [503],
      handle({ query, headers }, _by, { caller, reply }) {
        streams.checkRoom();
        const socket = takeOver(reply);
        const leave = streams.open(new SocketSink(socket), {
          choice: choiceOf(query.types.split(',') as EventType[]),
          lastEventId: headers['last-event-id'] ?? query.last_event_id,
          requestId: reply.request.id,
          caller,
        });
        socket.once('close', leave);
        return ANSWERED_ITSELF;
      },
    }),
  ];
}

/**
 * Sends the head, and gives the connection to whoever writes the rest. The body ends with the connection: without the
 * framing of chunks all clients can be sent the same bytes, and each write happens at once, so that its cost is seen.
 * @throws AcmError ACM_UNAVAILABLE for a request that was sent before the answer to the one before it had come.
 */
function takeOver(reply: FastifyReply): Socket {
  const response = reply.raw;
  const { socket } = response;
  if (socket === null) throw new AcmError('ACM_UNAVAILABLE', 'ask for events on a connection of its own');
  reply.hijack();
  reply.headers({
    'content-type': 'text/event-stream',
    // nginx and its like would hold events back to fill their buffers.
    'x-accel-buffering': 'no',
    connection: 'close',
  });
  response.removeHeader('transfer-encoding');
  response.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
  response.flushHeaders();
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

class SocketSink implements EventSink {
  constructor(private readonly socket: Socket) {}

  get unsent(): number {
    return this.socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  end(bytes: Uint8Array): void {
    this.write(bytes);
    this.socket.end();
    setTimeout(() => this.socket.destroy(), LINGER_MS).unref();
  }
}
