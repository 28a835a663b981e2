import type { WebhookDelivery, WebhookDeliveryView } from "@millrace/core";
import { timeView } from "./time-view.ts";

export function deliveryView(delivery: WebhookDelivery): WebhookDeliveryView {
  return {
    event: delivery.event,
    state: delivery.state,
    attempts: delivery.attempts,
    last_time: timeView(delivery.triedAtMs),
    next_time: timeView(delivery.dueAtMs),
    answer_status: delivery.answerStatus ?? null,
    error: delivery.error ?? null,
  };
}
