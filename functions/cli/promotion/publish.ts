import { topics } from '../../core/messages/topics.ts';
import { promotionFingerprint } from '../../core/promotion/decide.ts';
import type { PublishedPromotion } from '../../core/status/promotion-progress.ts';
import type { Messages } from '../../ports/system.ts';
import { publish } from '../publish.ts';
import type { PromoteRequest } from './request.ts';

export async function publishPromotion(order: PromoteRequest, messages: Messages): Promise<PublishedPromotion> {
  const { runtime, promotionId } = order.event;
  const advice = `; a retry with --promotion-id ${promotionId} is safe in both cases`;
  const messageId = await publish(messages, topics.pinPromoted, order.data, advice);
  return { runtime, promotionId, messageId, content: promotionFingerprint(order.event) };
}

/** The ids and the pin, by which a script finds the promotion. */
export function promotionSummary({ event }: PromoteRequest, { messageId }: PublishedPromotion) {
  const { promotionId, runtime, environmentTarUrl, environmentTarDigest } = event;
  return { messageId, promotionId, runtime, environmentTarUrl, environmentTarDigest };
}
