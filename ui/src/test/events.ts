import type { LiveEvent } from '@/api/live';

/** Stands in for the browser's EventSource, which jsdom lacks; a test sends events by `EventSourceStub.send`. */
export class EventSourceStub {
  static all: EventSourceStub[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private readonly listeners = new Map<string, ((event: MessageEvent<string>) => void)[]>();

  constructor(readonly url: string) {
    EventSourceStub.all.push(this);
  }

  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), listener]);
  }

  close(): void {
    EventSourceStub.all = EventSourceStub.all.filter((one) => one !== this);
  }

  static send(event: LiveEvent): void {
    for (const source of EventSourceStub.all) {
      for (const listener of source.listeners.get(event.kind) ?? []) {
        listener(new MessageEvent(event.kind, { data: JSON.stringify(event) }));
      }
    }
  }
}
