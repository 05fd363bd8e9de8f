/** The question that is being asked anew; one at a time, and it survives the list's recycling of rows. */
import type { MessageId } from "../../generated/wire";

class Editing {
  message = $state<MessageId | null>(null);
}

export const editing = new Editing();
