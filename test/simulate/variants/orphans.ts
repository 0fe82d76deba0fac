import type { Variant } from '../substitute.ts';

/** The scan finds every execution without a launch, and reports no launched one. */
export const orphans: readonly Variant[] = [
  {
    name: 'strays-overlooked',
    file: 'core/orphans/detect.ts',
    find: 'return `no record of launch',
    replace: 'if (execution) return undefined;\n  return `no record of launch',
  },
  {
    name: 'stray-looked-for-too-late',
    file: 'core/orphans/scan-window.ts',
    find: 'return new Date(Math.min(now.getTime() - everySeconds * 1000, decidableUntil(policy, now).getTime()));',
    replace: 'return now;',
  },
  {
    name: 'launches-called-stray',
    file: 'flows/orphans/classify.ts',
    find: 'return (await launches.read(runtime, tenant, launchId))?.execution;',
    replace: 'return launches === null ? launchId : undefined;',
  },
];
