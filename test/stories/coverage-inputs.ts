/** Inputs and callbacks that no other subject needs: reservations kept by the wallbox, schedules for the board, what is wired later. */

import { expect } from '../expect.ts';
import type { Story } from '../world.ts';

const second = 1000;

export const stories: Story[] = [
  {
    name: 'Firmware authorization: the wallbox keeps reservations, and is asked whether a remote start may use them',
    world: { options: { authorization: 'firmware' }, also: ['reserveNow', 'cancelReservation', 'isTokenReservedForConnector'] },
    run(world) {
      world.wallbox.next('reserveNow', { value: 'Accepted' }, { value: 'Occupied' });
      const reservation = { connectorId: 1, expiryDate: '2025-01-01T01:00:00Z', idTag: 'OWNER', reservationId: 7 };
      expect(world.request('ReserveNow', reservation).payload).toEqual({ status: 'Accepted' });
      expect(world.request('ReserveNow', { ...reservation, reservationId: 8 }).payload).toEqual({ status: 'Occupied' });
      world.input('onReservationStart', 1);
      world.wallbox.always('provideToken', { value: undefined });
      expect(world.statuses(1)).toEqual(['Available', 'Reserved']);
      world.wallbox.next('isTokenReservedForConnector', { value: 'ReservedForOtherToken' }, { value: 'ReservedForToken' });
      const start = (idTag: string) => world.request('RemoteStartTransaction', { connectorId: 1, idTag }).payload?.['status'];
      expect(start('STRANGER')).toBe('Rejected');
      expect(start('OWNER')).toBe('Accepted');
      expect(world.called('isTokenReservedForConnector')).toEqual([
        [1, 'STRANGER'],
        [1, 'OWNER'],
      ]);
      world.wallbox.next('cancelReservation', { value: true }, { value: false });
      expect(world.request('CancelReservation', { reservationId: 7 }).payload).toEqual({ status: 'Accepted' });
      expect(world.request('CancelReservation', { reservationId: 7 }).payload).toEqual({ status: 'Rejected' });
      world.input('onReservationEnd', 1);
      expect(world.statuses(1)).toEqual(['Available', 'Reserved', 'Available']);
    },
  },
  {
    name: 'Schedules for the board: every connector, plain and with where the limit comes from',
    world: { also: ['signalSetChargingProfiles'] },
    run(world) {
      const csChargingProfiles = {
        chargingProfileId: 1,
        stackLevel: 3,
        chargingProfilePurpose: 'TxDefaultProfile',
        chargingProfileKind: 'Absolute',
        chargingSchedule: {
          chargingRateUnit: 'W',
          startSchedule: '2025-01-01T00:00:00Z',
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 6900 }],
        },
      };
      expect(world.request('SetChargingProfile', { connectorId: 1, csChargingProfiles }).payload).toEqual({ status: 'Accepted' });
      world.advance(second);
      const sum = { startPeriod: 0, limit: 58, numberPhases: 3 };
      const none = { startPeriod: 0, limit: 48, numberPhases: 3 };
      expect(world.input('getAllCompositeChargingSchedules', 600)).toMatch([
        { duration: 600, chargingRateUnit: 'A', chargingSchedulePeriod: [sum] },
        { chargingSchedulePeriod: [{ startPeriod: 0, limit: 10, numberPhases: 3 }] },
        { chargingSchedulePeriod: [none] },
      ]);
      expect(world.input('getAllEnhancedCompositeChargingSchedules', 600)).toMatch([
        { chargingSchedulePeriod: [{ limit: 58, stackLevel: 0 }] },
        { chargingSchedulePeriod: [{ limit: 10, stackLevel: 3, converted: true }] },
        { chargingSchedulePeriod: [{ limit: 48, stackLevel: 0 }] },
      ]);
    },
  },
  {
    name: 'callSetConnectionTimeout tells the wallbox ConnectionTimeOut once more',
    run(world) {
      world.configure('ConnectionTimeOut', '45');
      world.input('callSetConnectionTimeout');
      expect(world.called('setConnectionTimeout')).toEqual([[60], [45], [45]]);
    },
  },
  {
    name: 'A security event of the wallbox is logged and shown; nothing is sent yet',
    run(world) {
      world.input('onSecurityEvent', 'TamperDetectionActivated', 'lid', true);
      world.input('onSecurityEvent', 'x'.repeat(60), 'y'.repeat(300));
      world.input('onSecurityEvent', 'SettingSystemTime');
      world.advance(second);
      expect(world.events.filter(({ event }) => event === 'security_event')).toEqual([
        { event: 'security_event', type: 'TamperDetectionActivated', techInfo: 'lid' },
        { event: 'security_event', type: 'x'.repeat(50), techInfo: 'y'.repeat(255) },
        { event: 'security_event', type: 'SettingSystemTime', techInfo: '' },
      ]);
      expect(world.logs).toContain('error Security event TamperDetectionActivated: lid');
      expect(world.sent('SecurityEventNotification')).toHaveLength(0);
    },
  },
  {
    name: 'Plug & Charge is off: its two questions are answered at once, and nothing is sent',
    world: { also: ['get15118EvCertificateResponse'] },
    run(world) {
      expect(world.authorizeContract('DE-ABC-C12345678-X', 'PEM').answers).toEqual([{ idTokenInfo: { status: 'Invalid' } }]);
      world.input('dataTransferPncGet15118EvCertificate', 1, 'ZXhp', 'urn:iso:15118:2:2013:MsgDef', 'Install');
      world.input('dataTransferPncGet15118EvCertificate', 9, 'ZXhp', 'urn:iso:15118:2:2013:MsgDef', 'Update');
      expect(world.called('get15118EvCertificateResponse')).toEqual([
        [1, { status: 'Failed' }, 'Install'],
        [9, { status: 'Failed' }, 'Update'],
      ]);
      expect(world.sent('DataTransfer')).toHaveLength(0);
      expect(
        world.request('DataTransfer', { vendorId: 'org.openchargealliance.iso15118pnc', messageId: 'TriggerMessage' }).payload,
      ).toEqual({
        status: 'UnknownVendorId',
      });
    },
  },
];
