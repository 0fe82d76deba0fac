/**
 * The fault switch of the emulators: a test decides for each call what goes wrong.
 *
 * Every server asks its switch once per request, before it does anything.
 */
export type Call = {
  service: 'storage' | 'pubsub' | 'run';
  /** The API's own method name: `objects.insert`, `objects.get`, `Publish`, `RunJob`, … */
  method: string;
  /** What the call is about: `bucket/object`, a topic, a job or an execution. */
  resource: string;
  /** The identity through whose endpoint the call came; absent: the owner. */
  caller?: string;
};

export type Fault =
  /** Refuse with this HTTP status (gRPC servers answer with its canonical code) and do nothing. */
  | { kind: 'status'; status: number }
  /** Drop the connection before anything is done. */
  | { kind: 'reset' }
  /** Do everything, then drop the connection: the caller cannot know the result. */
  | { kind: 'lost-response' }
  /** Send only this many bytes of the body, then drop the connection. */
  | { kind: 'truncate'; bytes: number }
  /** Answer after this many milliseconds. */
  | { kind: 'delay'; milliseconds: number };

export type FaultSwitch = (call: Call) => Fault | undefined;

export const noFaults: FaultSwitch = () => undefined;
