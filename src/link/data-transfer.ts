/** DataTransfer of the central system: which handler of the firmware answers it (OCPP 1.6 4.3). */

import type { Answer, Callbacks, DataTransferHandler, DataTransferRequest, DataTransferResponse } from '../callbacks.ts';
import { equalsIgnoringCase } from '../wire/text.ts';

interface Route {
  readonly vendorId: string;
  /** Undefined: every message of the vendor. */
  readonly messageId: string | undefined;
  readonly handler: DataTransferHandler;
}

/** Exists only while there are handlers. */
export class DataTransferRoutes {
  private routes: readonly Route[] = [];

  /** Replaces an earlier handler of the same vendor and message. */
  add(vendorId: string, messageId: string | undefined, handler: DataTransferHandler): void {
    const others = this.routes.filter((route) => !(equalsIgnoringCase(route.vendorId, vendorId) && isSame(route.messageId, messageId)));
    this.routes = [...others, { vendorId, messageId, handler }];
  }

  /** The handler of vendor and message, else that of the vendor. */
  find(vendorId: string, messageId: string | undefined): DataTransferHandler | undefined {
    let general: DataTransferHandler | undefined;
    for (const route of this.routes) {
      if (!equalsIgnoringCase(route.vendorId, vendorId)) continue;
      if (isSame(route.messageId, messageId)) return route.handler;
      if (route.messageId === undefined) general = route.handler;
    }
    return general;
  }

  knows(vendorId: string): boolean {
    return this.routes.some((route) => equalsIgnoringCase(route.vendorId, vendorId));
  }
}

/** Firmware code: asked from inside the gate only. The general callback answers what no handler does. */
export function answerDataTransfer(
  routes: DataTransferRoutes | undefined,
  callbacks: Callbacks,
  request: DataTransferRequest,
): Answer<DataTransferResponse> {
  const handler = routes?.find(request.vendorId, request.messageId);
  if (handler !== undefined) return handler.handle(request.data);
  if (callbacks.dataTransfer !== undefined) return callbacks.dataTransfer(request);
  return { status: routes?.knows(request.vendorId) ? 'UnknownMessageId' : 'UnknownVendorId' };
}

function isSame(registered: string | undefined, asked: string | undefined): boolean {
  return registered === asked || (registered !== undefined && asked !== undefined && equalsIgnoringCase(registered, asked));
}
