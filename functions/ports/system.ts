export type Clock = {
  now(): Date;
  /** Resolves early when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
};

/** Messages are static; data is in fields, without signed URLs and tokens. */
export type Log = {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
};

export type LogFields = Record<string, unknown>;

/** Publishes to Pub/Sub. */
export type Messages = {
  publish(topic: string, data: object, attributes?: Record<string, string>): Promise<string>;
};
