import { deploy } from '../fixtures/mocks.ts';
import { buildLargeStack } from '../fixtures/stacks.ts';

/** `npm run infra:size -- 500`: how many resources a stack of so many tenants has, and what running the program takes. */
const tenants = Number(process.argv[2] ?? 500);
const { resources } = await deploy(buildLargeStack(tenants));
const count = (type: string) => resources.filter((one) => one.type.includes(type)).length;
const { user, system } = process.cpuUsage();

process.stdout.write(
  `${JSON.stringify({
    tenants,
    resources: resources.length,
    names: new Set(resources.map(({ type, name }) => `${type} ${name}`)).size,
    jobs: count('cloudrunv2/job:'),
    accounts: count('serviceaccount/account:'),
    cpuSeconds: Number(((user + system) / 1e6).toFixed(1)),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  })}\n`,
);
