import { Config } from '@pulumi/pulumi';
import { parseInput } from './input/parse.ts';
import { defineStack } from './stack.ts';

export const { buckets, statusUrl, tenants, serviceAgents } = defineStack(
  parseInput(new Config('pincast').requireObject('stack')),
);
