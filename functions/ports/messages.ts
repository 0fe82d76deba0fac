/** The Pub/Sub topics that Pincast itself publishes to. */
export type Messages = {
  publish(topic: string, data: object, attributes?: Record<string, string>): Promise<string>;
};
