/** Many clients that listen to events, each on a connection of its own, read as cheaply as can be. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { constants, setPriority } from 'node:os';
import { type ListenerFigures, type ListenerTask, serveParent } from './peer.js';

interface Listener {
  readonly answer: IncomingMessage;
  /** Number of the last event; ids go up by one when every type is wanted. */
  last: number;
  alerts: number;
  gaps: number;
  ended: boolean;
  rest: string;
}

const listeners: Listener[] = [];

async function listen(url: string): Promise<Listener> {
  const request = get(url, { agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const listener = { answer, last: -1, alerts: 0, gaps: 0, ended: false, rest: '' };
  answer.setEncoding('latin1');
  answer.on('data', (text: string) => take(listener, text));
  answer.on('error', () => undefined);
  answer.on('close', () => {
    listener.ended = true;
  });
  return listener;
}

function take(listener: Listener, text: string): void {
  const lines = (listener.rest + text).split('\n');
  listener.rest = lines.pop() ?? '';
  for (const line of lines) {
    if (line.startsWith('data: {"what":"opened"')) listener.alerts++;
    if (!line.startsWith('id: ')) continue;
    const place = Number(line.slice(line.lastIndexOf('-') + 1));
    // A heartbeat repeats the id of the last event.
    if (listener.last >= 0 && place > listener.last + 1) listener.gaps++;
    listener.last = place;
  }
}

async function run(task: ListenerTask): Promise<ListenerFigures> {
  if (task.kind === 'open') {
    // A few at a time: the queue of new connections is short on some machines.
    while (listeners.length < task.count) {
      const few = Math.min(50, task.count - listeners.length);
      listeners.push(...(await Promise.all(Array.from({ length: few }, () => listen(task.url)))));
    }
  }
  const figures = {
    listening: listeners.filter(({ ended }) => !ended).length,
    gaps: listeners.reduce((sum, { gaps }) => sum + gaps, 0),
    alertsLeast: Math.min(...listeners.map(({ alerts }) => alerts)),
    alertsMost: Math.max(...listeners.map(({ alerts }) => alerts)),
  };
  if (task.kind === 'close') for (const { answer } of listeners.splice(0)) answer.destroy();
  return figures;
}

// Real ones are on other machines, and do not compete with the caller for a processor.
setPriority(constants.priority.PRIORITY_LOW);
serveParent<ListenerTask, ListenerFigures>(run);
