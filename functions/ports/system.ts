export type Clock = {
  now(): Date;
  /** Resolves early when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
};

/** Static messages, data in fields. Fields hold no signed URL and no token. */
export type Log = {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
};

export type LogFields = Record<string, unknown>;

/** The Pub/Sub topics that Pincast itself publishes to. */
export type Messages = {
  publish(topic: string, data: object, attributes?: Record<string, string>): Promise<string>;
};
