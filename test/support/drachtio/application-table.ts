import type { Application } from './application.js';

/** The applications connected, and which of them wants new requests of which method. */
export class ApplicationTable {
  private readonly connected = new Set<Application>();
  /** By method in lower case. Who registers twice is there twice, and gets twice as many requests. */
  private readonly routes = new Map<string, Application[]>();
  private readonly turns = new Map<string, number>();

  /** Applications that have authenticated. */
  get size(): number {
    return [...this.connected].filter((application) => application.isAuthenticated).length;
  }

  add(application: Application): void {
    this.connected.add(application);
  }

  remove(application: Application): void {
    this.connected.delete(application);
    this.unroute(application);
  }

  route(application: Application, method: string): void {
    const takers = this.routes.get(method) ?? [];
    takers.push(application);
    this.routes.set(method, takers);
  }

  /** Whatever method `remove_route` names, drachtio-server 0.9.10 forgets every route of the connection. */
  unroute(application: Application): void {
    for (const [method, takers] of this.routes) {
      this.routes.set(
        method,
        takers.filter((taker) => taker !== application),
      );
    }
  }

  /** Whose turn it is to get a new request of this method; undefined if nobody wants it. */
  select(method: string): Application | undefined {
    const key = method.toLowerCase();
    const takers = this.routes.get(key) ?? [];
    if (takers.length === 0) return undefined;
    const turn = (this.turns.get(key) ?? 0) % takers.length;
    this.turns.set(key, turn + 1);
    return takers[turn];
  }

  dropAll(): void {
    for (const application of this.connected) application.drop();
  }
}
