import { handleReceipt } from './flows/adoption/handle-receipt.ts';
import { LookupBudget } from './flows/adoption/lookup-budget.ts';
import { ReceiptPrompts } from './flows/adoption/receipt-prompts.ts';
import { messageFunction } from './google/functions/message-function.ts';

/** One per process, because it limits the requests of all deliveries together. */
let prompts: ReceiptPrompts | undefined;
const lookups = new LookupBudget();

messageFunction('receipt', (message, { cloud, config }) => {
  prompts ??= new ReceiptPrompts(cloud);
  return handleReceipt(message, { ...cloud, prompts, lookups }, config);
});
