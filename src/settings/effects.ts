/** What a changed key does at once, beside being read differently from now on (OCPP 1.6 9). */

/** Who has to hear of it. */
export interface Affected<C> {
  readonly connectors: readonly C[];
  readonly meter: { armSampling(connector: C): void; armClockAligned(): void };
  readonly session: { armHeartbeat(): void; armPing(): void };
  readonly chargingProfiles: { changed(): void } | undefined;
  callSetConnectionTimeout(): void;
}

export function putInForce<C>(affected: Affected<C>, key: string): void {
  const { connectors, meter, session, chargingProfiles } = affected;
  switch (key) {
    case 'MeterValueSampleInterval':
      for (const connector of connectors) meter.armSampling(connector);
      break;
    case 'ClockAlignedDataInterval':
      meter.armClockAligned();
      break;
    case 'HeartbeatInterval':
      session.armHeartbeat();
      break;
    case 'WebSocketPingInterval':
      session.armPing();
      break;
    case 'ConnectionTimeOut':
      affected.callSetConnectionTimeout();
      break;
    case 'CompositeScheduleDefaultLimitAmps':
    case 'CompositeScheduleDefaultLimitWatts':
    case 'CompositeScheduleDefaultNumberPhases':
    case 'IgnoredProfilePurposesOffline':
    case 'SupplyVoltage':
      chargingProfiles?.changed();
      break;
  }
}
