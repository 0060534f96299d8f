/** What each browser reports is enough to tell whether anything came. */
import { describe, expect, test } from '@jest/globals';
import { Arrivals } from '../../../../src/client/ice/pathArrivals.ts';

type Report = Record<string, Record<string, unknown>>;
const reportOf = (entries: Report): RTCStatsReport =>
  new Map(Object.entries(entries).map(([id, entry]) => [id, { id, ...entry }]));

/** Twice the same, and once more after something came. */
const browsers: Record<string, readonly [Report, Report]> = {
  Chromium: [
    { T: { type: 'transport', packetsReceived: 7 }, P: { type: 'candidate-pair', responsesReceived: 1 } },
    { T: { type: 'transport', packetsReceived: 8 }, P: { type: 'candidate-pair', responsesReceived: 1 } },
  ],
  'Firefox 153': [
    { T: { type: 'transport' }, P: { type: 'candidate-pair', responsesReceived: 1, bytesReceived: 3_973 } },
    { T: { type: 'transport' }, P: { type: 'candidate-pair', responsesReceived: 1, bytesReceived: 4_409 } },
  ],
  'Firefox before 142, a check of ICE alone': [
    { P: { type: 'candidate-pair', lastPacketReceivedTimestamp: 1_795_895_454_149 } },
    { P: { type: 'candidate-pair', lastPacketReceivedTimestamp: 1_795_895_455_050 } },
  ],
  'streams alone': [
    { I: { type: 'inbound-rtp', packetsReceived: 3 } },
    { I: { type: 'inbound-rtp', packetsReceived: 4 } },
  ],
  'a report about what is sent': [
    { R: { type: 'remote-inbound-rtp', roundTripTimeMeasurements: 2 } },
    { R: { type: 'remote-inbound-rtp', roundTripTimeMeasurements: 3 } },
  ],
  'a path that is found, in a browser that counts nothing': [
    { P: { type: 'candidate-pair', state: 'succeeded' } },
    { P: { type: 'candidate-pair', state: 'succeeded' }, Q: { type: 'candidate-pair', state: 'succeeded' } },
  ],
};

describe.each(Object.entries(browsers))('%s', (_name, [before, after]) => {
  test('an arrival is reported once', () => {
    const arrivals = new Arrivals();
    arrivals.look(reportOf(before));
    expect(arrivals.look(reportOf(before))).toBe('nothing');
    expect(arrivals.look(reportOf(after))).toBe('something');
    expect(arrivals.look(reportOf(after))).toBe('nothing');
  });
});

test('a removed path is not an arrival', () => {
  const arrivals = new Arrivals();
  const path = { type: 'candidate-pair', bytesReceived: 10 };
  arrivals.look(reportOf({ P: path, Q: path }));
  expect(arrivals.look(reportOf({ P: path }))).toBe('nothing');
});

test('a browser without counters reports nothing', () => {
  expect(new Arrivals().look(reportOf({ T: { type: 'transport' }, C: { type: 'codec' } }))).toBe('unreported');
});
