/** Server-sent events as bytes (the HTML standard, section 9.2): JSON has no line breaks, so each event is one `data` line. */
import type { FeedEvent } from '../admission/feed-event.js';
import { eventBody } from './event-schemas.js';

/** An event of the feed, with the id by which a client resumes after it. */
export function feedFrame(id: string, event: FeedEvent): Uint8Array {
  return Buffer.from(`id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(eventBody(event))}\n\n`);
}

/**
 * What happens to the stream itself.
 * @param retryMs when a client should come back, if it has to.
 */
export function streamFrame(
  event: 'reset' | 'dropped' | 'bye',
  id: string,
  reason: string,
  retryMs?: number,
): Uint8Array {
  const retry = retryMs === undefined ? '' : `retry: ${retryMs}\n`;
  return Buffer.from(`id: ${id}\n${retry}event: ${event}\ndata: ${JSON.stringify({ reason })}\n\n`);
}

/** No event, but it keeps proxies from closing the connection, and the client's id from going out of date. */
export function heartbeatFrame(id: string): Uint8Array {
  return Buffer.from(`: still here\nid: ${id}\n\n`);
}

/** How a stream begins: with the id to come back with, and when to come back. */
export function openingFrame(id: string, retryMs: number): Uint8Array {
  return Buffer.from(`: connected\nretry: ${retryMs}\nid: ${id}\n\n`);
}
