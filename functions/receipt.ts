import { onReceipt } from './flows/on-receipt.ts';
import { messageFunction } from './google/message-function.ts';

messageFunction('receipt', (message, { cloud, config }) => onReceipt(message, cloud, config));
