import { LookupBudget } from './flows/lookup-budget.ts';
import { onReceipt } from './flows/on-receipt.ts';
import { ReceiptPrompts } from './flows/receipt-prompts.ts';
import { messageFunction } from './google/message-function.ts';

/** One per process: it spaces the requests of all deliveries. */
let prompts: ReceiptPrompts | undefined;
const lookups = new LookupBudget();

messageFunction('receipt', (message, { cloud, config }) => {
  prompts ??= new ReceiptPrompts(cloud);
  return onReceipt(message, { ...cloud, prompts, lookups }, config);
});
