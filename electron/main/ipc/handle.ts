import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron';
import {
  ipc,
  type InvokeChannel,
  type InvokeResponse,
  type NotifyChannel,
  type NotifyPayload,
} from '../../../contract/index.js';
import type { z } from 'zod';
import { isOurPage } from '../page.js';

type Parsed<C extends InvokeChannel> = z.output<(typeof ipc.invoke)[C]['request']>;

export type Handlers = {
  [C in InvokeChannel]: (
    request: Parsed<C>,
    sender: WebContents,
  ) => InvokeResponse<C> | Promise<InvokeResponse<C>>;
};

const isTrusted = ({ senderFrame, sender }: IpcMainInvokeEvent): boolean =>
  senderFrame !== null && senderFrame === sender.mainFrame && isOurPage(senderFrame.url);

/**
 * Registers a handler for every channel of the schema. A request from a frame that is not our page,
 * or of another shape, is refused and logged; the handler never sees it.
 */
export const handleAll = (handlers: Handlers, log: (message: string) => void): void => {
  for (const channel of Object.keys(ipc.invoke) as InvokeChannel[]) {
    // One channel at a time the types agree, which TypeScript cannot see through the union.
    const handler = handlers[channel] as (request: unknown, sender: WebContents) => unknown;
    ipcMain.handle(channel, (event, request: unknown) => {
      if (!isTrusted(event)) {
        log(`refused ${channel} from ${event.senderFrame?.url ?? 'a frame that is gone'}`);
        throw new Error(`${channel}: not allowed from here`);
      }
      const parsed = ipc.invoke[channel].request.safeParse(request);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
        log(`refused ${channel}: ${where}${issue?.message ?? 'wrong shape'}`);
        throw new Error(`${channel}: ${where}${issue?.message ?? 'wrong shape'}`);
      }
      return handler(parsed.data, event.sender);
    });
  }
};

export const notify = <C extends NotifyChannel>(
  window: WebContents,
  channel: C,
  payload: NotifyPayload<C>,
): void => {
  if (!window.isDestroyed()) window.send(channel, payload);
};
