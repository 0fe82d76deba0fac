export type Clock = {
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
};
