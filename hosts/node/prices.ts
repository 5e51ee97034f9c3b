/** What the control channel shows of prices: the `price` events that the callbacks of California pricing become. */

import type { DisplayMessage, SessionCost, TariffMessage } from '../../src/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Of RunningCost and FinalCost. */
export function shownCost(cost: SessionCost, decimals: number): Fields {
  const { session, state, message, nextPeriod, idlePrice, qrCodeText, ...amounts } = cost;
  return {
    kind: state === 'Finished' ? 'Final' : 'Running',
    identifier: session,
    identifierType: 'SessionId',
    messages: message,
    amounts,
    decimals,
    ...(nextPeriod === undefined ? {} : { nextPeriod }),
    ...(idlePrice === undefined ? {} : { idle: idlePrice }),
    ...(qrCodeText === undefined ? {} : { qrCode: qrCodeText }),
  };
}

export function shownTariff(messages: readonly DisplayMessage[]): Fields {
  return { kind: 'Tariff', messages };
}

export function shownPrice(kind: 'UserPrice' | 'Default', { message, ...about }: TariffMessage): Fields {
  return { kind, ...about, messages: message };
}
