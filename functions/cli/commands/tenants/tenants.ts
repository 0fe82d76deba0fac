import type { Command } from 'commander';
import type { CommandContext } from '../../session/command.ts';
import { addTenantsAdd } from './add.ts';
import { addTenantsList } from './list.ts';
import { addTenantsRemove } from './remove.ts';

export function addTenants(program: Command, context: CommandContext): void {
  const tenants = program
    .command('tenants')
    .summary('add, list and remove the tenants of a fleet')
    .description('Manages the registrations of a fleet: each names a tenant and the Cloud Run job of its sandbox.');
  addTenantsAdd(tenants, context);
  addTenantsList(tenants, context);
  addTenantsRemove(tenants, context);
}
