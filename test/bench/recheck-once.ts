import '@google-cloud/functions-framework';
import { readConfig } from '#functions/core/config.ts';
import { handleRecheck } from '#functions/flows/rollout/handle-recheck.ts';
import { connectCloud } from '#functions/google/cloud.ts';
import { systemClock } from '#functions/host/clock.ts';

/** One recheck in a process that has loaded what the function loads; prints what it cost. */
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const config = readConfig(process.env);
const cloud = connectCloud(config, systemClock, silent);
// Published now: a routine recheck older than 120 s is dropped.
const message = { data: '{}', attributes: {}, messageId: '1', publishTime: new Date().toISOString() };
const start = process.cpuUsage();
await handleRecheck(message, cloud, config, new Date(Date.now() + 60_000));
const { user, system } = process.cpuUsage(start);
const peakMebibytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakMebibytes })}\n`);
